# %% right float64 inside
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64).square().float()


# %% right float32 throughout
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start**0.5, beta_end**0.5, T) ** 2


# %% right numpy inside
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.tensor(np.linspace(np.sqrt(beta_start), np.sqrt(beta_end), T) ** 2, dtype=torch.float32)


# %% right a loop
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    low, high = math.sqrt(beta_start), math.sqrt(beta_end)
    return torch.tensor([(low + (high - low) * t / (T - 1)) ** 2 for t in range(T)])


# %% right arange and interpolation
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    share = torch.arange(T) / (T - 1)
    return torch.lerp(torch.tensor(beta_start).sqrt(), torch.tensor(beta_end).sqrt(), share).pow(2)


# %% right a tensor filled step by step
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    betas = torch.empty(T)
    step = (beta_end**0.5 - beta_start**0.5) / (T - 1)
    for t in range(T):
        betas[t] = (beta_start**0.5 + t * step) ** 2
    return betas


# %% wrong [linear] linear β
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start, beta_end, T)


# %% wrong [not_squared_back] √β returned
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start**0.5, beta_end**0.5, T)


# %% wrong [no_roots] squared without roots
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start, beta_end, T) ** 2


# %% wrong [geometric] geometric
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.logspace(math.log10(beta_start), math.log10(beta_end), T)


# %% wrong [ends_exchanged] from end to start
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_end**0.5, beta_start**0.5, T) ** 2


# %% wrong [end_left_out] arange(T) / T
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    share = torch.arange(T) / T
    return (beta_start**0.5 + share * (beta_end**0.5 - beta_start**0.5)) ** 2


# %% wrong [start_left_out] arange(1, T + 1) / T
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    share = torch.arange(1, T + 1) / T
    return (beta_start**0.5 + share * (beta_end**0.5 - beta_start**0.5)) ** 2


# %% wrong [ddpm_ends] the ends of DDPM as defaults
def scaled_linear_beta_schedule(T, beta_start=1e-4, beta_end=0.02):
    return torch.linspace(beta_start**0.5, beta_end**0.5, T) ** 2


# %% wrong [wrong_defaults] a zero too many in the default
def scaled_linear_beta_schedule(T, beta_start=0.000085, beta_end=0.012):
    return torch.linspace(beta_start**0.5, beta_end**0.5, T) ** 2


# %% wrong [T_plus_one_long] T + 1 values
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start**0.5, beta_end**0.5, T + 1) ** 2


# %% wrong [T_ignored] always 1000 values
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start**0.5, beta_end**0.5, 1000) ** 2


# %% wrong [column] an extra axis
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start**0.5, beta_end**0.5, T)[:, None] ** 2


# %% right not brought back to float32 (float64)
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64) ** 2


# %% wrong [numpy_returned] a NumPy array
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return np.linspace(beta_start**0.5, beta_end**0.5, T) ** 2


# %% wrong [list_returned] a Python list
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return [(beta_start**0.5 + (beta_end**0.5 - beta_start**0.5) * t / (T - 1)) ** 2 for t in range(T)]


# %% wrong [arguments_ignored] the ends are written into the formula
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(0.00085**0.5, 0.012**0.5, T) ** 2


# %% wrong [end_ignored] one end is written into the formula
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start**0.5, 0.012**0.5, T) ** 2


# %% wrong [returns_alphas] α in place of β
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return 1 - torch.linspace(beta_start**0.5, beta_end**0.5, T) ** 2


# %% wrong [returns_alphas_cumprod] ᾱ in place of β
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.cumprod(1 - torch.linspace(beta_start**0.5, beta_end**0.5, T) ** 2, 0)


# %% wrong [default_missing] right but for the defaults of the stub
def scaled_linear_beta_schedule(T, beta_start, beta_end):
    return torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64).pow(2).float()


# %% right numpy linspace, from_numpy
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.from_numpy(np.linspace(np.sqrt(beta_start), np.sqrt(beta_end), T) ** 2).float()


# %% right by arange and a lerp
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    a, b = math.sqrt(beta_start), math.sqrt(beta_end)
    f = torch.arange(T, dtype=torch.double) / (T - 1)
    return torch.lerp(torch.tensor(a, dtype=torch.double), torch.tensor(b, dtype=torch.double), f).pow(2).to(torch.float32)


# %% right a list comprehension
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    s, e = beta_start ** 0.5, beta_end ** 0.5
    return torch.tensor([(s + (e - s) * i / (T - 1)) ** 2 for i in range(T)])


# %% wrong [linear] linear
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start, beta_end, T, dtype=torch.float64).float()


# %% wrong [no_roots] linear, then squared
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start, beta_end, T, dtype=torch.float64).square().float()


# %% wrong [geometric] geometric, again
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.exp(torch.linspace(math.log(beta_start), math.log(beta_end), T, dtype=torch.float64)).float()


# %% wrong [returns_alphas] alphas
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return 1 - torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64).square().float()


# %% wrong [returns_alphas_cumprod] alphas cumprod
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.cumprod(1 - torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64).square(), 0).float()


# %% wrong [T_plus_one_long] T+1 entries
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return (torch.linspace(beta_start**0.5, beta_end**0.5, T + 1, dtype=torch.float64) ** 2).float()


# %% wrong [end_left_out] divides by T
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    i = torch.arange(T, dtype=torch.float64) / T
    return ((beta_start**0.5 + i * (beta_end**0.5 - beta_start**0.5)) ** 2).float()


# %% wrong [start_left_out] from 1/T
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    i = torch.arange(1, T + 1, dtype=torch.float64) / T
    return ((beta_start**0.5 + i * (beta_end**0.5 - beta_start**0.5)) ** 2).float()


# %% wrong [arguments_ignored] the ends of ddpm written in
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return (torch.linspace(0.00085**0.5, 0.012**0.5, T, dtype=torch.float64) ** 2).float()


# %% wrong [T_ignored] 1000 written in
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return (torch.linspace(beta_start**0.5, beta_end**0.5, 1000, dtype=torch.float64) ** 2).float()


# %% wrong [ddpm_ends] defaults of ddpm
def scaled_linear_beta_schedule(T, beta_start=0.0001, beta_end=0.02):
    return (torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64) ** 2).float()


# %% wrong [unnamed] fourth power
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start**0.25, beta_end**0.25, T).pow(4)


# %% wrong [unnamed] one end rooted only
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start**0.5, beta_end, T).pow(2)


# %% wrong [ends_exchanged] backwards
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_end**0.5, beta_start**0.5, T).pow(2)


# %% wrong [unnamed] integer dtype
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start**0.5, beta_end**0.5, T).pow(2).half()


# %% wrong [squares_for_roots] squares first, then the root
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start ** 2, beta_end ** 2, T, dtype=torch.float64).sqrt().float()


# %% wrong [stretched] ends times 1000/T
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    scale = 1000 / T
    return (torch.linspace((scale * beta_start) ** 0.5, (scale * beta_end) ** 0.5, T, dtype=torch.float64) ** 2).float()


# %% wrong [stretched] linear, ends times 1000/T
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    scale = 1000 / T
    return torch.linspace(scale * beta_start, scale * beta_end, T)


# %% wrong [root_of_linear] the root of a linear schedule
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    return torch.linspace(beta_start, beta_end, T).sqrt()
