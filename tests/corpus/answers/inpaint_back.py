# %% right one line
def inpaint_back(x_prev, t, betas, noise):
    return (1 - betas[t]).sqrt() * x_prev + betas[t].sqrt() * noise


# %% right torch.sqrt and a name
def inpaint_back(x_prev, t, betas, noise):
    beta = betas[t]
    return torch.sqrt(1 - beta) * x_prev + torch.sqrt(beta) * noise


# %% right powers
def inpaint_back(x_prev, t, betas, noise):
    return (1 - betas[t]) ** 0.5 * x_prev + betas[t] ** 0.5 * noise


# %% right Python floats
def inpaint_back(x_prev, t, betas, noise):
    b = float(betas[t])
    return math.sqrt(1 - b) * x_prev + math.sqrt(b) * noise


# %% right in float64
def inpaint_back(x_prev, t, betas, noise):
    b = betas.double()[t]
    return ((1 - b).sqrt() * x_prev.double() + b.sqrt() * noise.double()).float()


# %% right through alpha
def inpaint_back(x_prev, t, betas, noise):
    alphas = 1 - betas
    return alphas[t].sqrt() * x_prev + (1 - alphas[t]).sqrt() * noise


# %% wrong [root_missing] no roots
def inpaint_back(x_prev, t, betas, noise):
    return (1 - betas[t]) * x_prev + betas[t] * noise


# %% wrong [signal_root_missing] no root on the signal
def inpaint_back(x_prev, t, betas, noise):
    return (1 - betas[t]) * x_prev + betas[t].sqrt() * noise


# %% wrong [noise_root_missing] no root on the noise
def inpaint_back(x_prev, t, betas, noise):
    return (1 - betas[t]).sqrt() * x_prev + betas[t] * noise


# %% wrong [exchanged] factors exchanged
def inpaint_back(x_prev, t, betas, noise):
    return betas[t].sqrt() * x_prev + (1 - betas[t]).sqrt() * noise


# %% wrong [signal_unscaled] noise on top
def inpaint_back(x_prev, t, betas, noise):
    return x_prev + betas[t].sqrt() * noise


# %% wrong [noise_missing] noise forgotten
def inpaint_back(x_prev, t, betas, noise):
    return (1 - betas[t]).sqrt() * x_prev


# %% wrong [jump] the jump from the clean image
def inpaint_back(x_prev, t, betas, noise):
    a = (1 - betas).cumprod(0)[t]
    return a.sqrt() * x_prev + (1 - a).sqrt() * noise


# %% wrong [wrong_index] the paper's index
def inpaint_back(x_prev, t, betas, noise):
    b = betas[t - 1]
    return (1 - b).sqrt() * x_prev + b.sqrt() * noise


# %% wrong [wrong_index] the next one, held at the end
def inpaint_back(x_prev, t, betas, noise):
    b = betas[min(t + 1, len(betas) - 1)]
    return (1 - b).sqrt() * x_prev + b.sqrt() * noise


# %% wrong [noise_subtracted] noise taken away
def inpaint_back(x_prev, t, betas, noise):
    return (1 - betas[t]).sqrt() * x_prev - betas[t].sqrt() * noise


# %% wrong [undone] divided
def inpaint_back(x_prev, t, betas, noise):
    return x_prev / (1 - betas[t]).sqrt() + betas[t].sqrt() * noise


# %% wrong [own_noise] draws its own
def inpaint_back(x_prev, t, betas, noise):
    return (1 - betas[t]).sqrt() * x_prev + betas[t].sqrt() * torch.randn_like(x_prev)


# %% wrong [mutates] in place
def inpaint_back(x_prev, t, betas, noise):
    x_prev *= (1 - betas[t]).sqrt()
    return x_prev + betas[t].sqrt() * noise


# %% wrong [unattempted] the stub
def inpaint_back(x_prev, t, betas, noise):
    raise NotImplementedError()


# %% right half power
def inpaint_back(x_prev, t, betas, noise):
    alpha = 1.0 - betas[t]
    return x_prev * alpha ** 0.5 + noise * (1 - alpha) ** 0.5


# %% right addcmul
def inpaint_back(x_prev, t, betas, noise):
    b = betas[t].to(x_prev)
    return torch.addcmul(torch.sqrt(1 - b) * x_prev, noise, torch.sqrt(b))


# %% right numpy roots
def inpaint_back(x_prev, t, betas, noise):
    b = betas[t].item()
    return np.sqrt(1 - b) * x_prev + np.sqrt(b) * noise


# %% wrong [jump] alpha bar
def inpaint_back(x_prev, t, betas, noise):
    a = torch.cumprod(1 - betas, 0)[t]
    return a.sqrt() * x_prev + (1 - a).sqrt() * noise


# %% wrong [wrong_index] t minus one
def inpaint_back(x_prev, t, betas, noise):
    return (1 - betas[t - 1]).sqrt() * x_prev + betas[t - 1].sqrt() * noise


# %% wrong [unnamed] divides
def inpaint_back(x_prev, t, betas, noise):
    return (x_prev + betas[t].sqrt() * noise) / (1 - betas[t]).sqrt()


# %% wrong [quiet_at_zero] no noise at zero
def inpaint_back(x_prev, t, betas, noise):
    if t == 0:
        return x_prev
    return (1 - betas[t]).sqrt() * x_prev + betas[t].sqrt() * noise


# %% wrong [mutates] in place, again
def inpaint_back(x_prev, t, betas, noise):
    x_prev *= (1 - betas[t]).sqrt()
    x_prev += betas[t].sqrt() * noise
    return x_prev


# %% wrong [one_minus_root] one minus root
def inpaint_back(x_prev, t, betas, noise):
    return (1 - betas[t].sqrt()) * x_prev + betas[t].sqrt() * noise


# %% wrong [mutates] betas made into alphas in place
def inpaint_back(x_prev, t, betas, noise):
    betas.neg_().add_(1)
    return betas[t].sqrt() * x_prev + (1 - betas[t]).sqrt() * noise


# %% right t made into a batch
def inpaint_back(x_prev, t, betas, noise):
    t = torch.full((len(x_prev),), t)
    b = betas[t][:, None, None, None]
    return (1 - b).sqrt() * x_prev + b.sqrt() * noise


# %% wrong [quiet_at_zero] x_prev itself at zero
def inpaint_back(x_prev, t, betas, noise):
    if t == 0:
        return x_prev
    return (1 - betas[t]).sqrt() * x_prev + betas[t].sqrt() * noise


# %% wrong [posterior] the way down's variance
def inpaint_back(x_prev, t, betas, noise):
    a = 1 - betas[t]
    abar = torch.cumprod(1 - betas, 0)
    var = betas[t] * (1 - (abar[t - 1] if t > 0 else 1)) / (1 - abar[t])
    return a.sqrt() * x_prev + var.sqrt() * noise


# %% wrong [wrong_index] time from the other end
def inpaint_back(x_prev, t, betas, noise):
    b = betas[len(betas) - 1 - t]
    return (1 - b).sqrt() * x_prev + b.sqrt() * noise


# %% right by the ratio of two ᾱ
def inpaint_back(x_prev, t, betas, noise):
    alphas_cumprod = torch.cumprod(1 - betas.double(), 0)
    ratio = alphas_cumprod[t] / (alphas_cumprod[t - 1] if t > 0 else 1.0)
    return (ratio.sqrt() * x_prev + (1 - ratio).sqrt() * noise).to(x_prev.dtype)


# %% wrong [unnamed] two steps at once, with one noise
def inpaint_back(x_prev, t, betas, noise):
    x = x_prev
    for i in range(2):
        beta = betas[min(t + i, len(betas) - 1)]
        x = (1 - beta) ** 0.5 * x + beta**0.5 * noise
    return x


# %% wrong [clamped] clamped to [-1, 1]
def inpaint_back(x_prev, t, betas, noise):
    return ((1 - betas[t]).sqrt() * x_prev + betas[t].sqrt() * noise).clamp(-1, 1)
