# %% right the formula
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return t, x_t


# %% right a tensor's item
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = int(torch.tensor(strength * (alphas_cumprod.shape[0] - 1)).round().item())
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return t, x_t


# %% right half added
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = math.floor(strength * (len(alphas_cumprod) - 1) + 0.5)
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return t, x_t


# %% right numpy's round
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = int(np.round(strength * (alphas_cumprod.numel() - 1)))
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return t, x_t


# %% right Python floats
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = math.sqrt(float(a)) * x0 + math.sqrt(1 - float(a)) * noise
    return t, x_t


# %% right powers
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = a**0.5 * x0 + (1 - a) ** 0.5 * noise
    return (t, x_t)


# %% wrong [times_T] T levels
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = min(round(strength * len(alphas_cumprod)), len(alphas_cumprod) - 1)
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return t, x_t


# %% wrong [times_T] T levels, rounded down
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = min(int(strength * len(alphas_cumprod)), len(alphas_cumprod) - 1)
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return t, x_t


# %% wrong [rounded_down] int
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = int(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return t, x_t


# %% wrong [from_the_end] the wrong way
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round((1 - strength) * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return t, x_t


# %% wrong [t_not_int] a tensor
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = torch.tensor(round(strength * (len(alphas_cumprod) - 1)))
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return t, x_t


# %% wrong [order] picture first
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return x_t, t


# %% wrong [only_picture] no t
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return x_t


# %% wrong [root_missing] no roots
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = a * x0 + (1 - a) * noise
    return t, x_t


# %% wrong [exchanged] exchanged
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = (1 - a).sqrt() * x0 + a.sqrt() * noise
    return t, x_t


# %% wrong [signal_unscaled] noise on top
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = x0 + (1 - a).sqrt() * noise
    return t, x_t


# %% wrong [noise_missing] scaled only
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0
    return t, x_t


# %% wrong [wrong_level] one below
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[max(t - 1, 0)]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise
    return t, x_t


# %% wrong [blend] by strength
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = (1 - strength) * x0 + strength * noise
    return t, x_t


# %% wrong [clean_at_zero] nothing at 0
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * noise if strength > 0 else x0.clone()
    return t, x_t


# %% wrong [own_noise] draws its own
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * torch.randn_like(x0)
    return t, x_t


# %% wrong [mutates] in place
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x_t = x0.mul_(a.sqrt()) + (1 - a).sqrt() * noise
    return t, x_t


# %% right torch sqrt, tuple by name
def sdedit_start(x0, strength, alphas_cumprod, noise):
    T = alphas_cumprod.shape[0]
    t = int(round((T - 1) * strength))
    x_t = torch.sqrt(alphas_cumprod[t]) * x0 + torch.sqrt(1 - alphas_cumprod[t]) * noise
    return t, x_t


# %% right numpy
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = int(np.round(strength * (len(alphas_cumprod) - 1)))
    a = float(alphas_cumprod[t])
    return t, a ** 0.5 * x0 + (1 - a) ** 0.5 * noise


# %% right a list
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return [t, a.sqrt() * x0 + (1 - a).sqrt() * noise]


# %% right float and then int
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = int(strength * (len(alphas_cumprod) - 1) + 0.5)
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [rounded_down] int cuts
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = int(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [times_T] times T, cut to the last
def sdedit_start(x0, strength, alphas_cumprod, noise):
    T = len(alphas_cumprod)
    t = min(int(strength * T), T - 1)
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [times_T] diffusers init_timestep minus one
def sdedit_start(x0, strength, alphas_cumprod, noise):
    T = len(alphas_cumprod)
    t = max(round(strength * T) - 1, 0)
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [fixed_T] 999 written in
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * 999)
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [from_the_end] one minus strength
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round((1 - strength) * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [t_not_int] t as a tensor
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = torch.tensor(round(strength * (len(alphas_cumprod) - 1)))
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [t_not_int] t per sample
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = torch.full((len(x0),), round(strength * (len(alphas_cumprod) - 1)))
    a = alphas_cumprod[t][:, None, None, None]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [order] x_t first
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return a.sqrt() * x0 + (1 - a).sqrt() * noise, t


# %% wrong [only_picture] x_t alone
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [own_noise] own noise
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * torch.randn_like(x0)


# %% wrong [blend] strength mixes
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    return t, (1 - strength) * x0 + strength * noise


# %% wrong [clean_at_zero] clean at zero
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    if t == 0:
        return 0, x0
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [root_missing] no roots, again
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return t, a * x0 + (1 - a) * noise


# %% wrong [not_rounded] t a float
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = strength * (len(alphas_cumprod) - 1)
    a = alphas_cumprod[int(round(t))]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [wrong_level] level of t from the next one
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t - 1]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [mutates] in place, again
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    x0.mul_(a.sqrt()).add_((1 - a).sqrt() * noise)
    return t, x0


# %% wrong [rounded_up] ceil
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = math.ceil(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [mutates] the schedule's roots in place
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    signal = alphas_cumprod.sqrt_()[t]
    return t, signal * x0 + (1 - signal**2).sqrt() * noise


# %% right a named tuple
from collections import namedtuple
Start = namedtuple("Start", "t x")
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return Start(t, a.sqrt() * x0 + (1 - a).sqrt() * noise)


# %% right NumPy's integer
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = np.rint(strength * (len(alphas_cumprod) - 1)).astype(int)
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [times_T] T levels, out of bounds
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * len(alphas_cumprod))
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [clean_at_zero] level -1 at zero
def sdedit_start(x0, strength, alphas_cumprod, noise):
    if strength == 0:
        return -1, x0
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [noise_at_one] pure noise at one
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    if strength == 1:
        return t, noise
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [rounded_first] strength rounded first
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength) * (len(alphas_cumprod) - 1)
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [noise_root_missing] the noise's root forgotten
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a) * noise


# %% wrong [one_minus_root] one minus the root
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a.sqrt()) * noise


# %% wrong [wrong_level] the level before, without an end
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t - 1]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [unnamed] the level whose variance is the strength
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = int(((1 - alphas_cumprod) - strength).abs().argmin())
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [from_the_end] where a list of steps from the noise starts, T - int(T strength)
def sdedit_start(x0, strength, alphas_cumprod, noise):
    T = len(alphas_cumprod)
    t_start = max(T - int(T * strength), 0)
    t = min(t_start, T - 1)
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [times_T] int(T strength) steps, less one
def sdedit_start(x0, strength, alphas_cumprod, noise):
    T = len(alphas_cumprod)
    init_timestep = min(int(T * strength), T)
    t = max(init_timestep - 1, 0)
    a = alphas_cumprod[t]
    return t, a.sqrt() * x0 + (1 - a).sqrt() * noise


# %% wrong [clamped] x_t clamped
def sdedit_start(x0, strength, alphas_cumprod, noise):
    t = round(strength * (len(alphas_cumprod) - 1))
    a = alphas_cumprod[t]
    return t, (a.sqrt() * x0 + (1 - a).sqrt() * noise).clamp(-1, 1)
