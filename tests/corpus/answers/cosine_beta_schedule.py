# %% right as in the paper, float64 inside
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    alphas_cumprod = f / f[0]
    betas = 1 - alphas_cumprod[1:] / alphas_cumprod[:-1]
    return betas.clamp(max=0.999).float()


# %% right float32 throughout
def cosine_beta_schedule(T, s=0.008):
    steps = T + 1
    x = torch.linspace(0, T, steps)
    alphas_cumprod = torch.cos(((x / T) + s) / (1 + s) * torch.pi * 0.5) ** 2
    alphas_cumprod = alphas_cumprod / alphas_cumprod[0]
    betas = 1 - (alphas_cumprod[1:] / alphas_cumprod[:-1])
    return torch.clip(betas, 0, 0.999)


# %% right numpy inside
def cosine_beta_schedule(T, s=0.008):
    t = np.arange(T + 1) / T
    abar = np.cos((t + s) / (1 + s) * np.pi / 2) ** 2
    betas = np.minimum(1 - abar[1:] / abar[:-1], 0.999)
    return torch.tensor(betas, dtype=torch.float32)


# %% right a loop over t, with math
def cosine_beta_schedule(T, s=0.008):
    def alpha_bar(t):
        return math.cos((t + s) / (1 + s) * math.pi / 2) ** 2

    betas = []
    for i in range(T):
        betas.append(min(1 - alpha_bar((i + 1) / T) / alpha_bar(i / T), 0.999))
    return torch.tensor(betas)


# %% right a loop that fills a tensor
def cosine_beta_schedule(T, s=0.008):
    betas = torch.zeros(T)
    f0 = math.cos(s / (1 + s) * math.pi / 2) ** 2
    previous = 1.0
    for t in range(1, T + 1):
        current = math.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2 / f0
        betas[t - 1] = min(0.999, 1 - current / previous)
        previous = current
    return betas


# %% right the half-angle identity for the square, torch.minimum for the clip
def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T + 1, dtype=torch.double)
    f = (1 + torch.cos((t / T + s) / (1 + s) * math.pi)) / 2
    betas = 1 - f[1:] / f[:-1]
    return torch.minimum(betas, torch.tensor(0.999, dtype=torch.double)).to(torch.float32)


# %% wrong [no_square] the cosine is not squared
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2)
    alphas_cumprod = f / f[0]
    return (1 - alphas_cumprod[1:] / alphas_cumprod[:-1]).clamp(max=0.999).float()


# %% wrong [no_offset] no offset s
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos(t / T * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()


# %% wrong [no_rescale] the angle is not divided by 1 + s
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(0, 0.999).float()


# %% wrong [unclipped] the last beta is 1
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    alphas_cumprod = f / f[0]
    return (1 - alphas_cumprod[1:] / alphas_cumprod[:-1]).float()


# %% wrong [clipped_elsewhere] clipped at 0.9999
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.9999).float()


# %% wrong [clipped_below] small betas are clipped too
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return torch.clip(1 - f[1:] / f[:-1], 0.0001, 0.999).float()


# %% wrong [T_plus_one_long] one beta for each of the T + 1 points
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    alphas_cumprod = f / f[0]
    previous = torch.cat([torch.ones(1), alphas_cumprod[:-1]])
    return (1 - alphas_cumprod / previous).clamp(max=0.999).float()


# %% wrong [one_short] T points give T - 1 betas
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()


# %% wrong [column] an extra axis
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float().reshape(-1, 1)


# %% wrong [returns_alphas_cumprod] ᾱ in place of β
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    alphas_cumprod = f / f[0]
    return alphas_cumprod[1:].clamp(max=0.999).float()


# %% wrong [one_minus_alphas_cumprod] no ratio of neighbours
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    alphas_cumprod = f / f[0]
    return (1 - alphas_cumprod[1:]).clamp(max=0.999).float()


# %% wrong [ratio_upside_down] ᾱ_{t-1}/ᾱ_t
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[:-1] / f[1:]).clamp(max=0.999).float()


# %% wrong [returns_alphas] α in place of β
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    betas = (1 - f[1:] / f[:-1]).clamp(max=0.999)
    return (1 - betas).float()


# %% wrong [s_ignored] s is written into the formula
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + 0.008) / 1.008 * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()


# %% wrong [wrong_default_s] the default has one zero too few
def cosine_beta_schedule(T, s=0.08):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()


# %% right not brought back to float32 (float64)
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999)


# %% wrong [numpy_returned] a NumPy array
def cosine_beta_schedule(T, s=0.008):
    t = np.arange(T + 1) / T
    abar = np.cos((t + s) / (1 + s) * np.pi / 2) ** 2
    return np.clip(1 - abar[1:] / abar[:-1], 0, 0.999)


# %% wrong [pi_for_half_pi] π in place of π/2
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()


# %% wrong [off_by_one] a loop from t = 0, which reaches back to t = -1
def cosine_beta_schedule(T, s=0.008):
    def f(t):
        return math.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2

    return torch.tensor([min(1 - f(t) / f(t - 1), 0.999) for t in range(T)])


# %% wrong [off_by_one] the first beta is 0
def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    alphas_cumprod = f / f[0]
    previous = torch.cat([torch.ones(1, dtype=torch.float64), alphas_cumprod[:-1]])
    return (1 - alphas_cumprod / previous).clamp(max=0.999).float()


# %% wrong [linear_schedule] the linear schedule again
def cosine_beta_schedule(T, s=0.008):
    return torch.linspace(1e-4, 0.02, T)


# %% wrong [raised] np.cos of a torch expression that does not exist
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, T, T + 1)
    f = torch.cosine((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999)


# %% wrong [unattempted] nothing written
def cosine_beta_schedule(T, s=0.008):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong [default_missing] right but for the defaults of the stub
def cosine_beta_schedule(T, s):
    t = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos((t + s) / (1 + s) * torch.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()


# %% wrong [T_hard_coded] the T of the paper written in
def cosine_beta_schedule(T, s=0.008):
    x = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((x / 1000 + s) / (1 + s) * torch.pi * 0.5) ** 2
    alphas_cumprod = f / f[0]
    return torch.clip(1 - alphas_cumprod[1:] / alphas_cumprod[:-1], 0, 0.999).float()


# %% wrong [s_inside_fraction] a bracket too wide
def cosine_beta_schedule(T, s=0.008):
    x = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos(((x + s) / T) / (1 + s) * torch.pi * 0.5) ** 2
    alphas_cumprod = f / f[0]
    return torch.clip(1 - alphas_cumprod[1:] / alphas_cumprod[:-1], 0, 0.999).float()


# %% wrong [s_divided_alone] a bracket missing
def cosine_beta_schedule(T, s=0.008):
    x = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((x / T + s / (1 + s)) * torch.pi * 0.5) ** 2
    alphas_cumprod = f / f[0]
    return torch.clip(1 - alphas_cumprod[1:] / alphas_cumprod[:-1], 0, 0.999).float()


# %% right a function of the fraction, and a loop
def cosine_beta_schedule(T, s=0.008):
    def alpha_bar(t):
        return math.cos((t + s) / (1 + s) * math.pi / 2) ** 2
    betas = []
    for i in range(T):
        t1 = i / T
        t2 = (i + 1) / T
        betas.append(min(1 - alpha_bar(t2) / alpha_bar(t1), 0.999))
    return torch.tensor(betas)


# %% right half-angle identity
def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T + 1).double()
    f = 0.5 * (1 + torch.cos(math.pi * (t / T + s) / (1 + s)))
    b = (f[:-1] - f[1:]) / f[:-1]
    return b.clamp_max(0.999).to(torch.float32)


# %% right expm1 of differences of logarithms
def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T + 1, dtype=torch.float64)
    logf = 2 * torch.log(torch.cos((t / T + s) / (1 + s) * math.pi / 2))
    return (-torch.expm1(logf.diff())).clamp(max=0.999).float()


# %% right torch.roll, the first dropped
def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    prev = torch.roll(f, 1)
    return torch.clamp(1 - f / prev, max=0.999)[1:]


# %% wrong [T_hard_coded] divided by 1000 whatever T is
def cosine_beta_schedule(T, s=0.008):
    x = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos(((x / 1000) + s) / (1 + s) * math.pi * 0.5) ** 2
    return torch.clip(1 - f[1:] / f[:-1], 0, 0.999)


# %% wrong [s_inside_fraction] s divided by T too
def cosine_beta_schedule(T, s=0.008):
    x = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos(((x + s) / T) / (1 + s) * math.pi * 0.5) ** 2
    return torch.clip(1 - f[1:] / f[:-1], 0, 0.999)


# %% wrong [s_divided_alone] one plus s under s only
def cosine_beta_schedule(T, s=0.008):
    x = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos((x / T + s / (1 + s)) * math.pi * 0.5) ** 2
    return torch.clip(1 - f[1:] / f[:-1], 0, 0.999)


# %% wrong [clipped_elsewhere] clipped at 0.02
def cosine_beta_schedule(T, s=0.008):
    x = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos((x / T + s) / (1 + s) * math.pi * 0.5) ** 2
    return torch.clip(1 - f[1:] / f[:-1], 0, 0.02)


# %% wrong [first_not_divided] the first β compared with 1
def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(1, T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi * 0.5) ** 2
    prev = torch.cat([torch.ones(1, dtype=torch.float64), f[:-1]])
    return torch.clip(1 - f / prev, 0, 0.999)


# %% wrong [default_missing] s without its default
def cosine_beta_schedule(T, s):
    t = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi * 0.5) ** 2
    return torch.clip(1 - f[1:] / f[:-1], 0, 0.999)


# %% wrong [divided_by_half_pi] divided by half pi
def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T + 1).double()
    f = torch.cos((t / T + s) / ((1 + s) * math.pi / 2)) ** 2
    return torch.clip(1 - f[1:] / f[:-1], 0, 0.999)


# %% wrong [half_returned] half precision
def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T + 1).double()
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return torch.clip(1 - f[1:] / f[:-1], 0, 0.999).half()


# %% wrong [brackets_missing] brackets of 1 + s left out
def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T + 1).double()
    f = torch.cos((t / T + s) / 1 + s * math.pi / 2) ** 2
    return torch.clip(1 - f[1:] / f[:-1], 0, 0.999)


# %% wrong [T_minus_one] one length corrected: t/(T+1)
def cosine_beta_schedule(T, s=0.008):
    n = T + 1
    grid = torch.linspace(0, T, n) / n
    level = torch.cos(math.pi / 2 * (grid + s) / (1 + s)).square()
    level = level / level[0].clone()
    return (1 - level[1:] / level[:-1]).clip(0, 0.999)


# %% wrong [T_minus_one] the other length corrected: beyond T
def cosine_beta_schedule(T, s=0.008):
    n = T + 1
    grid = torch.linspace(0, n, n) / T
    level = torch.cos(math.pi / 2 * (grid + s) / (1 + s)).square()
    level = level / level[0].clone()
    return (1 - level[1:] / level[:-1]).clip(0, 0.999)


# %% right keyword-only s
def cosine_beta_schedule(T, *, s=0.008):
    x = torch.arange(0, T + 1).double()
    f = torch.cos(((x / T) + s) / (1 + s) * torch.pi / 2).pow(2)
    a = f / f[0]
    return (1 - a[1:] / a[:-1]).clamp_(max=0.999).float()


# %% right torch.diff of the logarithms
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    log_f = 2 * torch.log(torch.cos((t + s) / (1 + s) * math.pi / 2).clamp(min=1e-30))
    return (1 - torch.exp(torch.diff(log_f))).clamp(max=0.999).float()


# %% wrong [argument_unused] a cosine between the ends of the linear schedule
def cosine_beta_schedule(T, s=0.008):
    t = torch.linspace(0, math.pi, T)
    return 1e-4 + 0.5 * (0.02 - 1e-4) * (1 - torch.cos(t))


# %% wrong [unnamed] s added to the angle
def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T + 1, dtype=torch.float64)
    a = torch.cos(t / T * math.pi / 2 + s) ** 2
    a = a / a[0]
    return (1 - a[1:] / a[:-1]).clamp(max=0.999).float()


# %% wrong [max_for_min] clamp(min=0.999)
def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(min=0.999).float()


# %% wrong [brackets_missing] brackets round s/(1+s)
def cosine_beta_schedule(T, s=0.008):
    x = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    a = torch.cos(x + s / (1 + s) * torch.pi * 0.5) ** 2
    return (1 - a[1:] / a[:-1]).clamp(max=0.999)


# %% wrong [angle_squared] the cosine of the square
def cosine_beta_schedule(T, s=0.008):
    x = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    a = torch.cos(((x + s) / (1 + s) * torch.pi * 0.5) ** 2)
    return (1 - a[1:] / a[:-1]).clamp(max=0.999)


# %% wrong [alphas_cumprod_clipped] ᾱ kept away from 0
def cosine_beta_schedule(T, s=0.008):
    x = torch.arange(T + 1, dtype=torch.float64) / T
    a = (torch.cos((x + s) / (1 + s) * torch.pi / 2) ** 2).clamp(min=0.001)
    return 1 - a[1:] / a[:-1]


# %% right by the double angle
def cosine_beta_schedule(T, s=0.008):
    u = torch.linspace(0, T, T + 1, dtype=torch.float64) / T
    f = (1 + torch.cos((u + s) / (1 + s) * torch.pi)) / 2
    return torch.clamp(1 - f.roll(-1)[:-1] / f[:-1], max=0.999).to(torch.float32)


# %% wrong [max_for_min] clamp with min for max
def cosine_beta_schedule(T, s=0.008):
    x = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    a = torch.cos((x + s) / (1 + s) * torch.pi * 0.5) ** 2
    return (1 - a[1:] / a[:-1]).clamp(min=0.999)


# %% wrong [angle_squared] the square inside the cosine
def cosine_beta_schedule(T, s=0.008):
    x = torch.linspace(0, T, T + 1, dtype=torch.float64)
    a = torch.cos(((x / T + s) / (1 + s) * torch.pi / 2) ** 2)
    a = a / a[0]
    return torch.clip(1 - a[1:] / a[:-1], 0, 0.999)


# %% right points up to T + 1, divided by T + 1, which are t/T after all
def cosine_beta_schedule(T, s=0.008):
    steps = T + 1
    x = torch.linspace(0, steps, steps, dtype=torch.float64)
    a = torch.cos(((x / steps) + s) / (1 + s) * math.pi * 0.5) ** 2
    a = a / a[0]
    return torch.clip(1 - a[1:] / a[:-1], 0, 0.999)


# %% right cos² as (1 + cos 2u)/2
def cosine_beta_schedule(T, s=0.008):
    u = (np.arange(T + 1) / T + s) / (1 + s) * np.pi
    f = (1 + np.cos(u)) / 2
    return torch.tensor(np.clip(1 - f[1:] / f[:-1], None, 0.999), dtype=torch.float32)


# %% wrong [graph_returned] s made a parameter
def cosine_beta_schedule(T, s=0.008):
    s = torch.tensor(s, requires_grad=True)
    f = torch.cos((torch.arange(T + 1).double() / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999).float()


# %% wrong [several_returned] α and ᾱ as well
def cosine_beta_schedule(T, s=0.008):
    f = torch.cos((torch.arange(T + 1).double() / T + s) / (1 + s) * math.pi / 2) ** 2
    betas = (1 - f[1:] / f[:-1]).clamp(max=0.999).float()
    return betas, 1 - betas, (1 - betas).cumprod(0)


# %% right clipped at 1e-8 too, below every β
def cosine_beta_schedule(T, s=0.008):
    x = torch.linspace(0, T, T + 1, dtype=torch.float64)
    f = torch.cos((x / T + s) / (1 + s) * torch.pi * 0.5) ** 2
    return torch.clip(1 - f[1:] / f[:-1], 1e-8, 0.999).float()
