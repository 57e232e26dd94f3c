# %% right algorithm 1
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [sigma_shape] σ as a python float
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    last = float(sigmas[-1])
    for s in sigmas.tolist():
        alpha = step_size * (s / last) ** 2
        for k in range(steps_per_level):
            noise = torch.randn(*x.shape, generator=generator)
            x = x + 0.5 * alpha * score_net(x, s) + math.sqrt(alpha) * noise
    return x


# %% right all noise drawn at once
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    noise = torch.randn((len(sigmas), steps_per_level, *x.shape), generator=generator)
    alphas = step_size * (sigmas / sigmas[-1]).square()
    for i in range(len(sigmas)):
        for k in range(steps_per_level):
            sigma = torch.full((x.shape[0],), sigmas[i].item())
            x = x + (alphas[i] / 2) * score_net(x, sigma) + alphas[i].sqrt() * noise[i, k]
    return x


# %% right langevin_step with half the step
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    def langevin_step(x, score, step_size, noise):
        return x + step_size * score + (2 * step_size) ** 0.5 * noise

    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            score = score_net(x, torch.ones(x.shape[0]) * sigma)
            x = langevin_step(x, score, alpha / 2, torch.randn(x.size(), generator=generator, dtype=x.dtype))
    return x


# %% wrong [sigma_shape] a clone changed in place, σ of shape (B, 1, …)
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    x = x.clone()
    for sigma in sigmas:
        alpha = step_size * sigma.item() ** 2 / sigmas[-1].item() ** 2
        level = torch.full((len(x), *[1] * (x.ndim - 1)), sigma.item())
        for _ in range(steps_per_level):
            with torch.no_grad():
                x += alpha / 2 * score_net(x, level)
                x += torch.empty_like(x).normal_(generator=generator) * alpha**0.5
    return x


# %% right float64 inside, a while loop
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    state, i = x.double(), 0
    total = len(sigmas) * steps_per_level
    while i < total:
        sigma = sigmas[i // steps_per_level].double()
        alpha = step_size * sigma**2 / sigmas[-1].double() ** 2
        z = torch.randn(x.shape, generator=generator, dtype=torch.float64)
        state = state + alpha / 2 * score_net(state.to(x.dtype), sigma[None].repeat(len(x)).to(x.dtype)).double() + torch.sqrt(alpha) * z
        i += 1
    return state.to(x.dtype)


# %% wrong [step_not_halved] α in place of α/2
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [langevin_pairing] (α, √(2α))
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha * score_net(x, sigma.expand(len(x))) + (2 * alpha) ** 0.5 * z
    return x


# %% wrong [constant_step] the same step at all levels
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = torch.tensor(step_size)
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [sigma_not_squared] σ_i/σ_L
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma / sigmas[-1]
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [divided_by_first] σ_1 for σ_L
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[0] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [not_divided] no division by σ_L²
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [ascending] from small to large
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas.flip(0):
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [one_step_a_level] one step at each level
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(1):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [one_step_more] one step too many
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level + 1):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [one_step_less] one step too few
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(1, steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [level_missing] the last level left out
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas[:-1]:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [first_level_missing] the first level left out
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas[1:]:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [wrong_sigma_passed] always the last σ for the network
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigmas[-1].expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [sign] down the score
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x - alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [no_noise] no noise
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x)))
    return x


# %% wrong [noise_unscaled] noise of std 1
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + z
    return x


# %% wrong [noise_not_rooted] noise of std α
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha * z
    return x


# %% wrong [noise_doubled] √(2α) with α/2
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + (2 * alpha) ** 0.5 * z
    return x


# %% wrong [noise_of_last_level] √ε at all levels
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + step_size**0.5 * z
    return x


# %% wrong [noise_reused] one noise for all steps
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    z = torch.randn(x.shape, generator=generator)
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [noise_reused_in_level] one noise a level
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        z = torch.randn(x.shape, generator=generator)
        for _ in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [noise_shared] one noise for all samples
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape[1:], generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [no_noise_at_end] no noise at the last step
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            if sigma == sigmas[-1] and _ == steps_per_level - 1:
                z = 0 * z
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [uniform_noise] rand for randn
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.rand(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [generator_ignored] the generator is not used
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn_like(x)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [reseeded] seeded inside
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    generator = torch.Generator().manual_seed(0)
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [mutates] x += …
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x += alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [two_dimensions_only] unpacks batch and dimensions
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    batch, dim = x.shape
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(batch, dim, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [levels_collected] all levels returned
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    seen = []
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
        seen.append(x)
    return seen


# %% wrong [noise_shared] one noise for all dimensions
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * sigma**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn((len(x),) + (1,) * (x.ndim - 1), generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% right full_like, in-place on a clone
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    x = x.clone()
    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x += alpha / 2 * score_net(x, torch.full_like(x.flatten(1)[:, 0], sigma)) + alpha.sqrt() * z
    return x


# %% wrong [sigma_shape] σ of shape (B, 1)
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))[:, None] if x.ndim == 2 else sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [sigma_shape] σ without a shape
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, sigma) + alpha**0.5 * z
    return x


# %% wrong [mean_point] the score at the batch's mean
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x.mean(0, keepdim=True).expand_as(x), sigma.expand(len(x))) + alpha**0.5 * z
    return x


# %% wrong [shaken_point] noise first, then the score there
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha**0.5 * z
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x)))
    return x


# %% right all levels in one list, torch.normal
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    levels = [float(s) for s in sigmas for _ in range(steps_per_level)]
    for s in levels:
        alpha = step_size * s**2 / float(sigmas[-1]) ** 2
        drift = score_net(x, x.new_full((x.shape[0],), s)) * alpha / 2
        x = x + drift + torch.normal(0.0, 1.0, x.shape, generator=generator) * math.sqrt(alpha)
    return x


# %% right σ expanded to the batch
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    with torch.no_grad():
        alphas = step_size * (sigmas / sigmas[-1]).square()
        for alpha, sigma in zip(alphas, sigmas):
            for _ in range(steps_per_level):
                z = torch.empty_like(x).normal_(generator=generator)
                x = x + 0.5 * alpha * score_net(x, sigma.expand(x.shape[0])) + alpha.sqrt() * z
    return x


# %% right all noise drawn before the loops
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    zs = torch.randn((len(sigmas), steps_per_level, *x.shape), generator=generator)
    for sigma, level in zip(sigmas, zs):
        alpha = step_size * sigma ** 2 / sigmas[-1] ** 2
        for z in level:
            x = x + alpha / 2 * score_net(x, torch.full(x.shape[:1], sigma.item())) + alpha.sqrt() * z
    return x


# %% right one loop over all steps
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for k in range(len(sigmas) * steps_per_level):
        sigma = sigmas[k // steps_per_level]
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        x = x + alpha / 2 * score_net(x, sigma * torch.ones(len(x))) + alpha.sqrt() * torch.randn(*x.shape, generator=generator)
    return x


# %% right with the langevin_step of the exercise before
def langevin_step(x, score, step_size, noise):
    return x + step_size * score + math.sqrt(2 * step_size) * noise
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = float(step_size * sigma ** 2 / sigmas[-1] ** 2)
        for _ in range(steps_per_level):
            s = score_net(x, torch.full((len(x),), float(sigma)))
            x = langevin_step(x, s, alpha / 2, torch.randn(x.shape, generator=generator))
    return x


# %% wrong [index_for_sigma] the level's index for σ, from 0
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for c, sigma in enumerate(sigmas):
        labels = torch.ones(x.shape[0]) * c
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for s in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, labels) + alpha.sqrt() * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [index_for_sigma] the level's index for σ, from 1
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for c, sigma in enumerate(sigmas):
        labels = (torch.ones(x.shape[0]) * (c + 1)).long()
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for s in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, labels) + alpha.sqrt() * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [ratio_upside_down] ratio of the σ upside down
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * (sigmas[-1] / sigma) ** 2
        for s in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, torch.ones(len(x)) * sigma) + alpha.sqrt() * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [returned_in_level] return after the first level
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for s in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, torch.ones(len(x)) * sigma) + alpha.sqrt() * torch.randn(x.shape, generator=generator)
        return x


# %% wrong [returned_in_step] return after the first step
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for s in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, torch.ones(len(x)) * sigma) + alpha.sqrt() * torch.randn(x.shape, generator=generator)
            return x


# %% wrong [denoised] a last step without noise
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for s in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, torch.ones(len(x)) * sigma) + alpha.sqrt() * torch.randn(x.shape, generator=generator)
    last = torch.ones(len(x)) * sigmas[-1]
    return x + sigmas[-1] ** 2 * score_net(x, last)


# %% wrong [reseeded] a generator of its own
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    g = torch.Generator().manual_seed(0)
    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for s in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, torch.ones(len(x)) * sigma) + alpha.sqrt() * torch.randn(x.shape, generator=g)
    return x


# %% wrong [start_ignored] a random start of its own
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    x = torch.randn(x.shape, generator=generator)
    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for s in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, torch.ones(len(x)) * sigma) + alpha.sqrt() * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [restarted] each level starts anew
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    x0 = x
    for sigma in sigmas:
        x = x0
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for s in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, torch.ones(len(x)) * sigma) + alpha.sqrt() * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [unnamed] noise of std σ
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = step_size * (sigma / sigmas[-1]) ** 2
        for s in range(steps_per_level):
            x = x + alpha / 2 * score_net(x, torch.ones(len(x)) * sigma) + sigma * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [other_dtype] float64 throughout
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    x = x.double()
    for sigma in sigmas.double():
        alpha = step_size * sigma ** 2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator, dtype=torch.float64)
            x = x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha.sqrt() * z
    return x


# %% wrong [other_dtype] noise in float64
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = float(step_size * sigma ** 2 / sigmas[-1] ** 2)
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator, dtype=torch.double)
            x = x + alpha / 2 * score_net(x, torch.full((len(x),), float(sigma))) + math.sqrt(alpha) * z
    return x


# %% right noise drawn as a flat vector
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    y = x.clone()
    last = float(sigmas[-1])
    for level in range(len(sigmas)):
        s = float(sigmas[level])
        a = step_size * s * s / (last * last)
        for _ in range(steps_per_level):
            z = torch.randn(y.numel(), generator=generator).view_as(y)
            y += a / 2 * score_net(y, torch.full((y.shape[0],), s)) + a ** 0.5 * z
    return y


# %% right normal_ in an empty tensor, under inference_mode
@torch.inference_mode()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        eps = step_size * sigma ** 2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.empty_like(x).normal_(generator=generator)
            x = x + eps / 2 * score_net(x, torch.full((x.size(0),), sigma.item())) + eps.sqrt() * z
    return x


# %% right a function for each level
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    def level(x, s):
        a = step_size * float(s / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            with torch.no_grad():
                g = score_net(x, s.repeat(len(x)))
            x = x + (a / 2) * g + math.sqrt(a) * torch.randn(x.shape, generator=generator)
        return x
    for s in sigmas:
        x = level(x, s)
    return x.detach()


# %% right σ in float64, from NumPy
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    s_np = sigmas.numpy().astype(np.float64)
    for s in s_np:
        a = step_size * (s / s_np[-1]) ** 2
        for _ in range(steps_per_level):
            lab = torch.from_numpy(np.full(len(x), s))
            x = x + a / 2 * score_net(x, lab) + np.sqrt(a) * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [index_for_sigma] labels as long, as in NCSN's first code
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for c, sigma in enumerate(sigmas):
        labels = torch.ones(x.shape[0]) * c
        labels = labels.long()
        a = step_size * (sigma / sigmas[-1]) ** 2
        for s in range(steps_per_level):
            x = x + a / 2 * score_net(x, labels) + torch.sqrt(a) * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [mutates] x += … without no_grad
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        a = step_size * (sigma / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            x += a / 2 * score_net(x, sigma.expand(len(x))).detach() + torch.sqrt(a) * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [clamped] clamped to [0, 1] at each step
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        a = step_size * (sigma / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            x = x + a / 2 * score_net(x, sigma.expand(len(x))) + torch.sqrt(a) * torch.randn(x.shape, generator=generator)
            x = x.clamp(0, 1)
    return x


# %% wrong [unnamed] the score divided by σ, as NCSNv2's network does
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        a = step_size * (sigma / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            x = x + a / 2 * score_net(x, sigma.expand(len(x))) / sigma + torch.sqrt(a) * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [ascending] levels sorted
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sorted(sigmas.tolist()):
        a = step_size * (sigma / float(sigmas[-1])) ** 2
        for _ in range(steps_per_level):
            x = x + a / 2 * score_net(x, torch.full((len(x),), sigma)) + a ** 0.5 * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [sigma_shape] σ of shape (1,)
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for i in range(len(sigmas)):
        a = step_size * (sigmas[i] / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            x = x + a / 2 * score_net(x, sigmas[i:i+1]) + torch.sqrt(a) * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [generator_ignored] randn_like
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        a = step_size * (sigma / sigmas[-1]) ** 2
        for _ in range(steps_per_level):
            x = x + a / 2 * score_net(x, sigma.expand(len(x))) + torch.sqrt(a) * torch.randn_like(x)
    return x


# %% wrong [noise_times_sigma] noise of std σ √α
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = float(step_size * sigma**2 / sigmas[-1] ** 2)
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator) * sigma
            x = x + alpha / 2 * score_net(x, torch.full((len(x),), float(sigma))) + math.sqrt(alpha) * z
    return x


# %% wrong [score_of_level] the score once a level
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = float(step_size * sigma**2 / sigmas[-1] ** 2)
        score = score_net(x, torch.full((len(x),), float(sigma)))
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score + math.sqrt(alpha) * z
    return x


# %% wrong [loops_exchanged] all levels, again and again
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for _ in range(steps_per_level):
        for sigma in sigmas:
            alpha = float(step_size * sigma**2 / sigmas[-1] ** 2)
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, torch.full((len(x),), float(sigma))) + math.sqrt(alpha) * z
    return x


# %% wrong [other_sigma] the network is told σ²
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = float(step_size * sigma**2 / sigmas[-1] ** 2)
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, torch.full((len(x),), float(sigma)**2)) + math.sqrt(alpha) * z
    return x


# %% wrong [other_sigma] the network is told α
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        alpha = float(step_size * sigma**2 / sigmas[-1] ** 2)
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, torch.full((len(x),), alpha)) + math.sqrt(alpha) * z
    return x


# %% wrong [unnamed] divided by the next σ²
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for i, sigma in enumerate(sigmas):
        nxt = sigmas[i + 1] if i + 1 < len(sigmas) else sigmas[-1]
        alpha = float(step_size * sigma**2 / nxt ** 2)
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + alpha / 2 * score_net(x, torch.full((len(x),), float(sigma))) + math.sqrt(alpha) * z
    return x


# %% right a level calls the next
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    last = sigmas[-1]
    def level(x, i):
        if i == len(sigmas):
            return x
        a = step_size * (sigmas[i] / last) ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + a / 2 * score_net(x, sigmas[i].repeat(len(x))) + a.sqrt() * z
        return level(x, i + 1)
    return level(x, 0)


# %% right pairs from itertools.product
import itertools


@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    smallest = sigmas[-1]
    for sigma, _ in itertools.product(sigmas.tolist(), range(steps_per_level)):
        a = step_size * (sigma / float(smallest)) ** 2
        s = score_net(x, x.new_full((x.size(0),), sigma))
        x = torch.add(x, s, alpha=0.5 * a) + a**0.5 * torch.randn(x.size(), generator=generator, dtype=x.dtype)
    return x


# %% right np.random-free, gaussians from erfinv
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        a = float(step_size * (sigma / sigmas[-1]) ** 2)
        for _ in range(steps_per_level):
            u = torch.rand(x.shape, generator=generator).clamp(1e-6, 1 - 1e-6)
            z = math.sqrt(2) * torch.erfinv(2 * u - 1)
            x = x + a / 2 * score_net(x, sigma.repeat(len(x))) + math.sqrt(a) * z
    return x


# %% wrong [clamped] x clamped to [-1, 1] at each step
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        a = float(step_size * (sigma / sigmas[-1]) ** 2)
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = (x + a / 2 * score_net(x, sigma.repeat(len(x))) + math.sqrt(a) * z).clamp(-1, 1)
    return x


# %% wrong [clamped] clamped to ±3 once a level
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        a = float(step_size * (sigma / sigmas[-1]) ** 2)
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + a / 2 * score_net(x, sigma.repeat(len(x))) + math.sqrt(a) * z
        x = torch.clip(x, -3, 3)
    return x


# %% wrong [start_ignored] a uniform start, as NCSN's first code
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    x = torch.rand(x.shape, generator=generator)
    for sigma in sigmas:
        a = float(step_size * (sigma / sigmas[-1]) ** 2)
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + a / 2 * score_net(x, sigma.repeat(len(x))) + math.sqrt(a) * z
    return x


# %% wrong [start_ignored] a uniform start between -8 and 8
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    x = 16 * torch.rand(x.shape, generator=generator) - 8
    for sigma in sigmas:
        a = float(step_size * (sigma / sigmas[-1]) ** 2)
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + a / 2 * score_net(x, sigma.repeat(len(x))) + math.sqrt(a) * z
    return x


# %% wrong [uniform_noise] 2 rand - 1
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        a = float(step_size * (sigma / sigmas[-1]) ** 2)
        for _ in range(steps_per_level):
            z = 2 * torch.rand(x.shape, generator=generator) - 1
            x = x + a / 2 * score_net(x, sigma.repeat(len(x))) + math.sqrt(a) * z
    return x


# %% wrong [uniform_noise] uniform noise of variance 1
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        a = float(step_size * (sigma / sigmas[-1]) ** 2)
        for _ in range(steps_per_level):
            z = math.sqrt(12) * (torch.rand(x.shape, generator=generator) - 0.5)
            x = x + a / 2 * score_net(x, sigma.repeat(len(x))) + math.sqrt(a) * z
    return x


# %% wrong [clamped] clamped to the data's range of ±8 before each step
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        a = float(step_size * (sigma / sigmas[-1]) ** 2)
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = torch.clamp(x, -8, 8)
            x = x + a / 2 * score_net(x, sigma.repeat(len(x))) + math.sqrt(a) * z
    return x


# %% wrong [unnamed] Laplace noise
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for sigma in sigmas:
        a = float(step_size * (sigma / sigmas[-1]) ** 2)
        for _ in range(steps_per_level):
            u = torch.rand(x.shape, generator=generator) - 0.5
            z = -u.sign() * torch.log1p(-2 * u.abs()) / math.sqrt(2)
            x = x + a / 2 * score_net(x, sigma.repeat(len(x))) + math.sqrt(a) * z
    return x


# %% wrong [grad_mode] gradients switched off for good
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    torch.set_grad_enabled(False)
    for s in sigmas:
        a = step_size * s**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            x = x + a / 2 * score_net(x, s.expand(len(x))) + a.sqrt() * torch.randn(x.shape, generator=generator)
    return x


# %% wrong [step_overwritten] step_size overwritten
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for s in sigmas:
        step_size = step_size * s**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            z = torch.randn(x.shape, generator=generator)
            x = x + step_size / 2 * score_net(x, s.expand(len(x))) + step_size**0.5 * z
    return x


# %% wrong [last_step_only] x_new from the first x
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for s in sigmas:
        a = step_size * s**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            x_new = x + a / 2 * score_net(x, s.expand(len(x))) + a.sqrt() * torch.randn(x.shape, generator=generator)
    return x_new


# %% wrong [noise_halved] √(α/2) z
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    for s in sigmas:
        a = step_size * s**2 / sigmas[-1] ** 2
        for _ in range(steps_per_level):
            x = x + a / 2 * score_net(x, s.expand(len(x))) + (a / 2).sqrt() * torch.randn(x.shape, generator=generator)
    return x
