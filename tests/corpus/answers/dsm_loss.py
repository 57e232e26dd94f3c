# %% right as in the hint
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = s * score_net(x_noisy, sigma) + noise
    return (error**2).flatten(1).sum(1).mean()


# %% right if for floats
def dsm_loss(score_net, x, sigma, noise):
    if isinstance(sigma, float):
        sigma = torch.full((x.shape[0],), sigma)
    s = sigma.view(x.shape[0], *([1] * (x.dim() - 1)))
    target = -noise / s
    loss = s**2 * (score_net(x + s * noise, sigma) - target) ** 2
    return loss.reshape(len(x), -1).sum(dim=-1).mean()


# %% right sum over everything, divided by the batch
def dsm_loss(score_net, x, sigma, noise):
    s = sigma
    if torch.is_tensor(s) and s.ndim:
        while s.ndim < x.ndim:
            s = s.unsqueeze(-1)
    out = score_net(x + s * noise, sigma)
    return torch.sum((s * out + noise) ** 2) / x.shape[0]


# %% right a loop over the batch
def dsm_loss(score_net, x, sigma, noise):
    sigmas = [float(sigma)] * len(x) if isinstance(sigma, (int, float)) else sigma
    total = 0.0
    for one, s, z in zip(x, sigmas, noise):
        s = torch.as_tensor(s)
        score = score_net((one + s * z)[None], s[None])[0]
        total = total + ((s * score + z) ** 2).sum()
    return total / len(x)


# %% right F.mse_loss with reduction sum
def dsm_loss(score_net, x, sigma, noise):
    s = sigma if isinstance(sigma, float) else sigma[(...,) + (None,) * (x.ndim - 1)]
    prediction = -s * score_net(x + s * noise, sigma)
    return F.mse_loss(prediction, noise, reduction="sum") / x.size(0)


# %% right the squared norm by linalg, the paper's weight written out
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma).expand(len(x)).float()
    shape = (len(x),) + (1,) * (x.ndim - 1)
    noisy = x + s.reshape(shape) * noise
    difference = score_net(noisy, s) + (noisy - x) / s.reshape(shape) ** 2
    squared = torch.linalg.vector_norm(difference.flatten(1), dim=1) ** 2
    return torch.mean(s**2 * squared)


# %% wrong [sign] target with the wrong sign
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = s * score_net(x_noisy, sigma) - noise
    return (error**2).flatten(1).sum(1).mean()


# %% wrong [clean_input] the network sees x
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = s * score_net(x, sigma) + noise
    return (error**2).flatten(1).sum(1).mean()


# %% wrong [unscaled_noise] noise added without σ
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + noise
    error = s * score_net(x_noisy, sigma) + noise
    return (error**2).flatten(1).sum(1).mean()


# %% wrong [score_unscaled] score not multiplied by σ
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = score_net(x_noisy, sigma) + noise
    return (error**2).flatten(1).sum(1).mean()


# %% wrong [variance_for_sigma] σ² times the score
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = s**2 * score_net(x_noisy, sigma) + noise
    return (error**2).flatten(1).sum(1).mean()


# %% wrong [mean_over_dimensions] mean over all
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = s * score_net(x_noisy, sigma) + noise
    return (error**2).mean()


# %% wrong [sum_over_batch] sum over all
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = s * score_net(x_noisy, sigma) + noise
    return (error**2).sum()


# %% wrong [halved] ½ kept
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = s * score_net(x_noisy, sigma) + noise
    return 0.5 * (error**2).flatten(1).sum(1).mean()


# %% wrong [unweighted] weight left out
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = score_net(x_noisy, sigma) + noise / s
    return (error**2).flatten(1).sum(1).mean()


# %% wrong [root] norm not squared
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = s * score_net(x_noisy, sigma) + noise
    return (error**2).flatten(1).sum(1).sqrt().mean()


# %% wrong [absolute] absolute values
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = s * score_net(x_noisy, sigma) + noise
    return (error.abs()).flatten(1).sum(1).mean()


# %% wrong [not_scalar] one loss a sample
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = s * score_net(x_noisy, sigma) + noise
    return (error**2).flatten(1).sum(1)


# %% wrong [float_sigma] sigma.view of a float
def dsm_loss(score_net, x, sigma, noise):
    s = sigma.view(-1, *[1] * (x.ndim - 1))
    return ((s * score_net(x + s * noise, sigma) + noise) ** 2).flatten(1).sum(1).mean()


# %% wrong [images_sigma] σ made (B, 1) for images too
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, 1)
    x_noisy = x + s * noise
    error = s * score_net(x_noisy, sigma) + noise
    return (error**2).flatten(1).sum(1).mean()


# %% wrong [batch_sigma] σ of shape (B,) multiplied as it is
def dsm_loss(score_net, x, sigma, noise):
    return ((sigma * score_net(x + sigma * noise, sigma) + noise) ** 2).flatten(1).sum(1).mean()


# %% wrong [no_gradient] computed under no_grad
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    with torch.no_grad():
        score = score_net(x + s * noise, sigma)
    return ((s * score + noise) ** 2).flatten(1).sum(1).mean()


# %% wrong [own_noise] draws its own noise
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    noise = torch.randn_like(x)
    x_noisy = x + s * noise
    error = s * score_net(x_noisy, sigma) + noise
    return (error**2).flatten(1).sum(1).mean()


# %% wrong [mutates] x += …
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x += s * noise
    x_noisy = x
    error = s * score_net(x_noisy, sigma) + noise
    return (error**2).flatten(1).sum(1).mean()


# %% wrong [weighted_twice] σ² a second time
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    x_noisy = x + s * noise
    error = s * score_net(x_noisy, sigma) + noise
    return ((s * error) ** 2).flatten(1).sum(1).mean()


# %% wrong [unattempted] nothing written
def dsm_loss(score_net, x, sigma, noise):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong [half_gradient] a factor is detached
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma).reshape(-1, *[1] * (x.ndim - 1))
    error = s * score_net(x + s * noise, sigma) + noise
    return (error * error.detach()).flatten(1).sum(1).mean()


# %% wrong [network_sigma] the network is told σ = 1
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma).reshape(-1, *[1] * (x.ndim - 1))
    error = s * score_net(x + s * noise, torch.ones(len(x))) + noise
    return (error**2).flatten(1).sum(1).mean()


# %% right branches by the type of sigma
def dsm_loss(score_net, x, sigma, noise):
    if not torch.is_tensor(sigma):
        used = torch.full((x.shape[0],), float(sigma))
    else:
        used = sigma
    used = used.view(x.shape[0], *([1] * len(x.shape[1:])))
    perturbed = x + noise * used
    target = -noise / used
    scores = score_net(perturbed, sigma)
    target = target.view(target.shape[0], -1)
    scores = scores.view(scores.shape[0], -1)
    loss = ((scores - target) ** 2).sum(dim=-1) * used.reshape(-1) ** 2
    return loss.mean(dim=0)


# %% right axes appended in a loop
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma)
    while 0 < s.dim() < x.dim():
        s = s.unsqueeze(-1)
    diff = s * score_net(x + s * noise, sigma) + noise
    return diff.pow(2).sum(dim=tuple(range(1, x.dim()))).mean()


# %% right transposed, multiplied, transposed back
def dsm_loss(score_net, x, sigma, noise):
    mul = lambda v: (v.transpose(0, -1) * sigma).transpose(0, -1)
    r = mul(score_net(x + mul(noise), sigma)) + noise
    return (r ** 2).flatten(1).sum(1).mean()


# %% right mse_loss times the number of dimensions
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma).reshape(-1, *[1] * (x.dim() - 1))
    loss = F.mse_loss(s * score_net(x + s * noise, sigma), -noise)
    return loss * x[0].numel()


# %% right einsum of the residual
def dsm_loss(score_net, x, sigma, noise):
    s = torch.ones(len(x)) * sigma
    broad = s.view(-1, *[1 for _ in x.shape[1:]])
    r = (broad * score_net(x + broad * noise, sigma) + noise).reshape(len(x), -1)
    return torch.einsum("bd,bd->b", r, r).mean()


# %% wrong [target_by_variance] target divided by the variance
def dsm_loss(score_net, x, sigma, noise):
    used = torch.as_tensor(sigma).reshape(-1, *[1] * (x.ndim - 1))
    target = -1 / used ** 2 * noise
    return ((score_net(x + noise * used, sigma) - target) ** 2 * used ** 2).flatten(1).sum(-1).mean()


# %% wrong [noise_predicted] the output compared with the noise
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma).reshape(-1, *[1] * (x.ndim - 1))
    return (score_net(x + s * noise, sigma) - noise).square().flatten(1).sum(1).mean()


# %% wrong [some_dimensions_only] summed over the channels only
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma).reshape(-1, *[1] * (x.ndim - 1))
    return (s * score_net(x + s * noise, sigma) + noise).square().sum(1).mean()


# %% wrong [some_dimensions_only] summed over the last axis only
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma).reshape(-1, *[1] * (x.ndim - 1))
    return (s * score_net(x + s * noise, sigma) + noise).square().sum(-1).mean()


# %% wrong [sigma_shape] the reshaped σ goes to the network
def dsm_loss(score_net, x, sigma, noise):
    sigma = torch.as_tensor(sigma).reshape(-1, *[1] * (x.ndim - 1))
    return (sigma * score_net(x + sigma * noise, sigma) + noise).square().flatten(1).sum(1).mean()


# %% wrong [one_sigma] the batch's mean σ for all
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma).float().mean()
    return (s * score_net(x + s * noise, sigma) + noise).square().flatten(1).sum(1).mean()


# %% wrong [x_shrunk] variance-preserving noise
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma).reshape(-1, *[1] * (x.ndim - 1))
    return (s * score_net((1 - s**2).clamp(min=0).sqrt() * x + s * noise, sigma) + noise).square().flatten(1).sum(1).mean()


# %% wrong [model_mode] the network put into evaluation mode
def dsm_loss(score_net, x, sigma, noise):
    score_net.eval()
    s = torch.as_tensor(sigma).reshape(-1, *[1] * (x.ndim - 1))
    return (s * score_net(x + s * noise, sigma) + noise).square().flatten(1).sum(1).mean()


# %% wrong [batch_sigma] σ shaped for images alone
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).view(-1, 1, 1, 1)
    return (s * score_net(x + s * noise, sigma) + noise).square().flatten(1).sum(1).mean()


# %% wrong [weights_broadcast] weights that meet every sample's error
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    err = (score_net(x + s * noise, sigma) + noise / s).square().flatten(1).sum(1)
    return (s.reshape(-1, 1) ** 2 * err).mean()


# %% wrong [weight_not_squared] weight σ in place of σ²
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    return (s * (score_net(x + s * noise, sigma) + noise / s).square()).flatten(1).sum(1).mean()


# %% right σ unsqueezed until it fits
def dsm_loss(score_net, x, sigma, noise):
    b = sigma
    while isinstance(b, torch.Tensor) and 0 < b.ndim < x.ndim:
        b = b.unsqueeze(-1)
    r = b * score_net(x + b * noise, sigma) + noise
    return r.flatten(1).norm(dim=1).pow(2).mean()


# %% wrong [arguments_exchanged] the network is given σ first
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    return (s * score_net(sigma, x + s * noise) + noise).square().flatten(1).sum(1).mean()


# %% right axes added by indexing, addcmul for the residual
def dsm_loss(score_net, x, sigma, noise):
    s = sigma if not torch.is_tensor(sigma) or sigma.ndim == 0 else sigma[(...,) + (None,) * (x.ndim - 1)]
    d = torch.addcmul(noise, torch.as_tensor(s, dtype=x.dtype), score_net(torch.add(x, s * noise), sigma))
    return torch.mean(torch.sum(d * d, dim=list(range(1, d.ndim))))


# %% right the paper's two terms divided and weighted
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).view([-1] + [1] * (len(x.shape) - 1))
    moved = x + s * noise
    per_sample = (score_net(moved, sigma) - (x - moved) / s**2).square().flatten(1).sum(1)
    return (s.flatten() ** 2 * per_sample).mean()


# %% wrong [noise_times_sigma] σ (s + noise)
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    d = s * (score_net(x + s * noise, sigma) + noise)
    return d.square().flatten(1).sum(1).mean()


# %% wrong [noise_subtracted] the network sees x - σ noise
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    d = s * score_net(x - s * noise, sigma) + noise
    return d.square().flatten(1).sum(1).mean()


# %% right the square multiplied out
def dsm_loss(score_net, x, sigma, noise):
    n = x.ndim - 1
    s = sigma.reshape((-1,) + (1,) * n) if torch.is_tensor(sigma) else sigma
    g = s * score_net(x + s * noise, sigma)
    dims = tuple(range(1, x.ndim))
    return (g.pow(2).sum(dims) + 2 * (g * noise).sum(dims) + noise.pow(2).sum(dims)).mean(0)


# %% wrong [weight_not_squared] weighted by sigma
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma).to(x).reshape(-1, *([1] * (x.dim() - 1)))
    return (s * (score_net(x + s * noise, sigma) + noise / s) ** 2).flatten(1).sum(1).mean()


# %% wrong [noise_rooted] noise times the root of sigma
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma).to(x).reshape(-1, *([1] * (x.dim() - 1)))
    return ((s * score_net(x + s.sqrt() * noise, sigma) + noise) ** 2).flatten(1).sum(1).mean()


# %% wrong [target_by_variance] unit noise over σ², no weight
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    d = score_net(x + s * noise, sigma) + noise / s ** 2
    return d.square().flatten(1).sum(1).mean()


# %% wrong [noise_rooted] σ taken for a variance where the noise is added
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    d = s * score_net(x + s.sqrt() * noise, sigma) + noise
    return d.square().flatten(1).sum(1).mean()


# %% right scores times std plus z, an index of Nones
def dsm_loss(score_net, x, sigma, noise):
    std = sigma if torch.is_tensor(sigma) and sigma.ndim else torch.full((x.shape[0],), float(sigma), dtype=x.dtype)
    std = std.to(x.dtype)[(...,) + (None,) * (x.dim() - 1)]
    score = score_net(x + std * noise, sigma)
    return torch.mean(torch.sum((score * std + noise) ** 2, dim=tuple(range(1, x.dim()))))


# %% right through the denoiser, Tweedie
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    noisy = x + s * noise
    denoised = noisy + s**2 * score_net(noisy, sigma)
    return ((denoised - x) / s).square().flatten(1).sum(1).mean()


# %% wrong [noisy_clamped] the noisy x clamped
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    noisy = (x + s * noise).clamp(-1, 1)
    return (s * score_net(noisy, sigma) + noise).square().flatten(1).sum(1).mean()


# %% wrong [one_sigma] the first σ for all
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).flatten()[0]
    return (s * score_net(x + s * noise, sigma) + noise).square().flatten(1).sum(1).mean()


# %% wrong [target_by_variance] NCSN's target for noise of std 1, with ½
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    squares = (score_net(x + s * noise, sigma) + noise / s**2).square().flatten(1).sum(1)
    return (0.5 * squares * s.flatten() ** 2).mean()


# %% wrong [clean_predicted] compared with the clean x
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    return (score_net(x + s * noise, sigma) - x).square().flatten(1).sum(1).mean()


# %% wrong [square_of_sum] the sum over a sample is squared
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    return (s * score_net(x + s * noise, sigma) + noise).flatten(1).sum(1).square().mean()


# %% right the target from a normal distribution's own gradient
def dsm_loss(score_net, x, sigma, noise):
    s = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    noisy = (x + s * noise).detach().requires_grad_(True)
    log_p = torch.distributions.Normal(x, s.expand_as(x)).log_prob(noisy).sum()
    (target,) = torch.autograd.grad(log_p, noisy)
    return (s * (score_net(noisy.detach(), sigma) - target)).square().flatten(1).sum(1).mean()
