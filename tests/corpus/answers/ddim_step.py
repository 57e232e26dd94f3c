# %% right term by term
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% right numpy inside
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    x, eps, abar = x_t.numpy(), e.numpy(), alphas_cumprod.numpy().astype(np.float64)
    a, b = abar[t], (1.0 if t_prev < 0 else abar[t_prev])
    x0 = np.clip((x - np.sqrt(1 - a) * eps) / np.sqrt(a), -1, 1)
    eps = (x - np.sqrt(a) * x0) / np.sqrt(1 - a)
    sigma = eta * np.sqrt((1 - b) / (1 - a) * (1 - a / b))
    out = np.sqrt(b) * x0 + np.sqrt(1 - b - sigma**2) * eps
    if z is not None:
        out = out + sigma * z.numpy()
    return torch.from_numpy(out).float()


# %% right ᾱ with a 1 put in front
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    abar = torch.cat([torch.ones(1), alphas_cumprod])
    a, a_prev = abar[t + 1], abar[t_prev + 1]
    x0 = torch.clip((x_t - torch.sqrt(1 - a) * e) / torch.sqrt(a), -1.0, 1.0)
    noise = (x_t - torch.sqrt(a) * x0) / torch.sqrt(1 - a)
    sigma = eta * torch.sqrt((1 - a_prev) / (1 - a) * (1 - a / a_prev))
    if z is None:
        z = torch.zeros_like(x_t)
    return torch.sqrt(a_prev) * x0 + torch.sqrt(1 - a_prev - sigma**2) * noise + sigma * z


# %% right python floats and math.sqrt
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = float(alphas_cumprod[t])
    b = float(alphas_cumprod[t_prev]) if t_prev != -1 else 1.0
    x0 = ((x_t - math.sqrt(1 - a) * e) / math.sqrt(a)).clamp(-1, 1)
    direction = (x_t - math.sqrt(a) * x0) / math.sqrt(1 - a)
    variance = eta**2 * (1 - b) / (1 - a) * (1 - a / b)
    out = math.sqrt(b) * x0 + math.sqrt(1 - b - variance) * direction
    return out if z is None else out + math.sqrt(variance) * z


# %% right float64 inside
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    x, eps, abar = x_t.double(), e.double(), alphas_cumprod.double()
    a = abar[t]
    b = abar[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = ((x - (1 - a) ** 0.5 * eps) / a**0.5).clamp(min=-1, max=1)
    eps = (x - a**0.5 * x0) / (1 - a) ** 0.5
    sigma = eta * ((1 - b) / (1 - a)) ** 0.5 * (1 - a / b) ** 0.5
    noise = 0 if z is None else sigma * z
    return (b**0.5 * x0 + (1 - b - sigma**2).clamp(min=0) ** 0.5 * eps + noise).to(x_t.dtype)


# %% right the noise drawn if none is given
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    def abar(i):
        return alphas_cumprod[i] if i >= 0 else alphas_cumprod.new_tensor(1.0)

    now, then = abar(t), abar(t_prev)
    x0 = (x_t / now.sqrt() - (1 / now - 1).sqrt() * e).clamp(-1, 1)
    e = (x_t - now.sqrt() * x0) / (1 - now).sqrt()
    sigma = eta * (((1 - then) / (1 - now)) * (1 - now / then)).sqrt()
    z = torch.randn_like(x_t) if z is None else z
    return then.sqrt() * x0 + (1 - then - sigma.square()).sqrt() * e + sigma * z


# %% wrong [not_clipped] x_0 not clipped
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [noise_not_recomputed] the network's ε is kept after clipping
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [output_clipped] x_{t_prev} clipped in place of x_0
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x.clamp(-1, 1)


# %% wrong [clipped_to_0_1] clipped to [0, 1] as an image for display
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(0, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [negative_index] t_prev = -1 used as an index
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev]
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [first_alpha] max(t_prev, 0)
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[max(t_prev, 0)]
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [no_direction] no direction term
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [direction_of_t] direction with ᾱ_t
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [direction_root_missing] direction without its root
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2) * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [root_missing_x0] x_0 divided by ᾱ
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [noise_root_missing] 1 - ᾱ without root in x_0
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a) * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [noise_added] sign of ε in x_0
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t + (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [prev_root_missing] x_0 times ᾱ_prev
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [returns_x0] returns the predicted x_0
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x0


# %% wrong [prev_is_t_minus_1] goes to t - 1
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t - 1] if t >= 1 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [sigma_not_in_direction] σ² not taken out of the direction
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [no_noise] eta > 0, but no noise
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        pass
    return x


# %% wrong [unscaled_noise] z added unscaled
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + z
    return x


# %% wrong [eta_ignored] eta forgotten in σ
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    if eta == 0:
        sigma = 0 * sigma
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [sigma_not_rooted] variance for standard deviation
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * (1 - a_prev) / (1 - a) * (1 - a / a_prev)
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [own_noise] draws its own noise
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * torch.randn_like(x)
    return x


# %% wrong [mutates] in-place arithmetic on x_t
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    x = x_t.clone()
    a_prev = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    x_t -= x_t - x
    return x_t


# %% wrong [zero_is_clean] t_prev = 0 taken for the clean image
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    a_prev = alphas_cumprod[t_prev] if t_prev > 0 else torch.tensor(1.0)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    x0 = x0.clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a)).sqrt() * (1 - a / a_prev).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).sqrt() * e
    if eta > 0:
        x = x + sigma * z
    return x


# %% wrong [default_missing] right but for the defaults of the stub
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta, z):
    a_t = alphas_cumprod[t]
    a_p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a_t)
    x0 = ((x_t - (1 - a_t).sqrt() * e) / a_t.sqrt()).clamp(-1, 1)
    e = (x_t - a_t.sqrt() * x0) / (1 - a_t).sqrt()
    sigma = eta * ((1 - a_p) / (1 - a_t)).sqrt() * (1 - a_t / a_p).sqrt()
    x = a_p.sqrt() * x0 + (1 - a_p - sigma**2).clamp(min=0).sqrt() * e
    return x if z is None else x + sigma * z


# %% right floats of math
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t].item()
    p = alphas_cumprod[t_prev].item() if t_prev != -1 else 1.0
    x0 = torch.clip((x_t - math.sqrt(1 - a) * e) / math.sqrt(a), min=-1.0, max=1.0)
    eps = (x_t - math.sqrt(a) * x0) / math.sqrt(1 - a)
    sigma = eta * math.sqrt((1 - p) / (1 - a)) * math.sqrt(1 - a / p)
    noise = 0.0 if z is None else sigma * z
    return math.sqrt(p) * x0 + math.sqrt(1 - p - sigma ** 2) * eps + noise


# %% right F.hardtanh for the clip
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    p = alphas_cumprod[max(t_prev, 0)] if t_prev >= 0 else alphas_cumprod.new_ones(())
    x0 = F.hardtanh((x_t - (1 - a).sqrt() * e) / a.sqrt())
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - p) / (1 - a)).sqrt() * (1 - a / p).sqrt()
    out = p.sqrt() * x0 + (1 - p - s**2).sqrt() * e
    if eta:
        out = torch.add(out, s * z)
    return out


# %% right ᾱ padded by a 1
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    padded = F.pad(alphas_cumprod, (1, 0), value=1.0)
    a, p = padded[t + 1], padded[t_prev + 1]
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1.0, 1.0)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - p) / (1 - a)).sqrt() * (1 - a / p).sqrt()
    return p.sqrt() * x0 + (1 - p - s**2).clamp_min(0).sqrt() * e + (s * z if z is not None else 0)


# %% wrong [default_missing] eta and z without defaults
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta, z):
    a = alphas_cumprod[t]
    p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - p) / (1 - a)).sqrt() * (1 - a / p).sqrt()
    out = p.sqrt() * x0 + (1 - p - s**2).sqrt() * e
    return out if z is None else out + s * z


# %% wrong [z_none] z is used at eta = 0
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - p) / (1 - a)).sqrt() * (1 - a / p).sqrt()
    return p.sqrt() * x0 + (1 - p - s**2).sqrt() * e + s * z


# %% wrong [sigma_not_squared] σ in place of σ² in the direction
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - p) / (1 - a)).sqrt() * (1 - a / p).sqrt()
    out = p.sqrt() * x0 + (1 - p - s).clamp(min=0).sqrt() * e
    return out if z is None else out + s * z


# %% wrong [sigma_factor_missing] σ of one DDPM step
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * (1 - a / p).sqrt()
    out = p.sqrt() * x0 + (1 - p - s**2).clamp(min=0).sqrt() * e
    return out if z is None else out + s * z


# %% wrong [sigma_upside_down] ᾱ exchanged in σ
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - a) / (1 - p + 1e-8)).sqrt() * (1 - a / p).sqrt()
    out = p.sqrt() * x0 + (1 - p - s**2).clamp(min=0).sqrt() * e
    return out if z is None else out + s * z


# %% wrong [unnamed] divided by the largest value
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = (x_t - (1 - a).sqrt() * e) / a.sqrt()
    s0 = x0.abs().max().clamp(min=1)
    x0 = x0 / s0
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - p) / (1 - a)).sqrt() * (1 - a / p).sqrt()
    out = p.sqrt() * x0 + (1 - p - s**2).sqrt() * e
    return out if z is None else out + s * z


# %% wrong [argument_unused] ε computed from the wrong level
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    if t_prev >= 0:
        e = (x_t - p.sqrt() * x0) / (1 - p).sqrt()
    s = eta * ((1 - p) / (1 - a)).sqrt() * (1 - a / p).sqrt()
    out = p.sqrt() * x0 + (1 - p - s**2).sqrt() * e
    return out if z is None else out + s * z


# %% right ᾱ with a 1 in front, c1 and c2
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    at = alphas_cumprod[t]
    at_next = torch.cat([torch.ones(1, dtype=alphas_cumprod.dtype), alphas_cumprod])[t_prev + 1]
    x0_t = (x_t - e * (1 - at).sqrt()) / at.sqrt()
    x0_t = x0_t.clamp(-1.0, 1.0)
    et = (x_t - at.sqrt() * x0_t) / (1 - at).sqrt()
    c1 = eta * ((1 - at / at_next) * (1 - at_next) / (1 - at)).sqrt()
    c2 = ((1 - at_next) - c1 ** 2).sqrt()
    noise = z if z is not None and eta > 0 else torch.zeros_like(x_t)
    return at_next.sqrt() * x0_t + c1 * noise + c2 * et


# %% wrong [first_alpha] the first ᾱ for the clean image, as in latent diffusion
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a, p = alphas_cumprod[t], alphas_cumprod[max(t_prev, 0)]
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - p) / (1 - a)).sqrt() * (1 - a / p).clamp(min=0).sqrt()
    x = p.sqrt() * x0 + (1 - p - s ** 2).clamp(min=0).sqrt() * e
    return x if eta == 0 else x + s * z


# %% wrong [unnamed] η times the variance under the root
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a, p = alphas_cumprod[t], alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    var = (1 - p) / (1 - a) * (1 - a / p)
    x = p.sqrt() * x0 + (1 - p - eta * var).clamp(min=0).sqrt() * e
    return x if eta == 0 else x + eta * var.sqrt() * z


# %% wrong [sigma_of_t] σ from ᾱ_t alone
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a, p = alphas_cumprod[t], alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    x = p.sqrt() * x0 + (1 - p - eta ** 2 * (1 - a)).clamp(min=0).sqrt() * e
    return x if eta == 0 else x + eta * (1 - a).sqrt() * z


# %% wrong [several_returned] x and the predicted x0
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a, p = alphas_cumprod[t], alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    return p.sqrt() * x0 + (1 - p).sqrt() * e, x0


# %% wrong [mutates] the clean level put into the schedule
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t].clone()
    if t_prev < 0:
        alphas_cumprod[-1] = 1.0
    else:
        alphas_cumprod = alphas_cumprod.clamp_(max=1.0 - 1e-3)
    a_prev = alphas_cumprod[t_prev]
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    sigma = eta * ((1 - a_prev) / (1 - a) * (1 - a / a_prev)).clamp(min=0).sqrt()
    x = a_prev.sqrt() * x0 + (1 - a_prev - sigma**2).clamp(min=0).sqrt() * e
    return x + sigma * z if eta else x


# %% wrong [quiet_at_zero] no noise at t_prev = 0
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a_t = alphas_cumprod[t]
    a_p = alphas_cumprod[t_prev] if t_prev > -1 else torch.tensor(1.0)
    x0 = ((x_t - (1 - a_t).sqrt() * e) / a_t.sqrt()).clamp(-1, 1)
    e = (x_t - a_t.sqrt() * x0) / (1 - a_t).sqrt()
    sigma = eta * ((1 - a_p) / (1 - a_t)).sqrt() * (1 - a_t / a_p).sqrt()
    x = a_p.sqrt() * x0 + (1 - a_p - sigma**2).clamp(min=0).sqrt() * e
    return x + sigma * z if t_prev > 0 and eta > 0 else x


# %% wrong [unnamed] σ taken away outside the root
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a_t = alphas_cumprod[t]
    a_p = alphas_cumprod[t_prev] if t_prev > -1 else torch.tensor(1.0)
    x0 = ((x_t - (1 - a_t).sqrt() * e) / a_t.sqrt()).clamp(-1, 1)
    e = (x_t - a_t.sqrt() * x0) / (1 - a_t).sqrt()
    sigma = eta * ((1 - a_p) / (1 - a_t)).sqrt() * (1 - a_t / a_p).sqrt()
    x = a_p.sqrt() * x0 + ((1 - a_p).sqrt() - sigma) * e
    return x + sigma * z if eta > 0 else x


# %% wrong [index_shifted] both times from the padded table
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    prev = F.pad(alphas_cumprod[:-1], (1, 0), value=1.0)
    a = prev[t]
    p = prev[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - p) / (1 - a) * (1 - a / p)).sqrt()
    x = p.sqrt() * x0 + (1 - p - s ** 2).sqrt() * e
    return x if eta == 0 else x + s * z


# %% wrong [eta_rooted] eta under the root
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = (eta * (1 - p) / (1 - a) * (1 - a / p)).sqrt()
    x = p.sqrt() * x0 + (1 - p - s ** 2).sqrt() * e
    return x if eta == 0 else x + s * z


# %% wrong [scale_of_t] x_0 scaled for t again
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - p) / (1 - a) * (1 - a / p)).sqrt()
    x = a.sqrt() * x0 + (1 - p - s ** 2).sqrt() * e
    return x if eta == 0 else x + s * z


# %% wrong [only_x_divided] a bracket missing in x_0
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a = alphas_cumprod[t]
    p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a)
    x0 = (x_t / a.sqrt() - (1 - a).sqrt() * e).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - p) / (1 - a) * (1 - a / p)).sqrt()
    x = p.sqrt() * x0 + (1 - p - s ** 2).sqrt() * e
    return x if eta == 0 else x + s * z


# %% wrong [argument_unused] the schedule of another cell
_levels = F.pad(torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0), (1, 0), value=1.0)


def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    a, p = _levels[t + 1], _levels[t_prev + 1]
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    s = eta * ((1 - p) / (1 - a) * (1 - a / p)).sqrt()
    out = p.sqrt() * x0 + (1 - p - s**2).clamp(min=0).sqrt() * e
    return out + s * z if eta else out


# %% wrong [eta_not_in_direction] σ of η = 1 in the direction
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    levels = F.pad(alphas_cumprod, (1, 0), value=1.0)
    a, p = levels[t + 1], levels[t_prev + 1]
    x0 = ((x_t - (1 - a).sqrt() * e) / a.sqrt()).clamp(-1, 1)
    e = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    variance = (1 - p) / (1 - a) * (1 - a / p)
    out = p.sqrt() * x0 + (1 - p - variance).clamp(min=0).sqrt() * e
    return out + eta * variance.sqrt() * z if eta else out
