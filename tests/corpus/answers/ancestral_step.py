# %% right as in the hint
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% right all terms by name
def ancestral_step(x_t, e, t, betas, z):
    alphas = 1.0 - betas
    alphas_cumprod = torch.cumprod(alphas, dim=0)
    x = torch.sqrt(1.0 / alphas[t]) * (x_t - (1 - alphas[t]) / torch.sqrt(1 - alphas_cumprod[t]) * e)
    if t > 0:
        x = x + torch.sqrt(betas[t]) * z
    return x


# %% right z set to zero at the end
def ancestral_step(x_t, e, t, betas, z):
    if t == 0 or z is None:
        z = torch.zeros_like(x_t)
    alpha, a_bar = 1 - betas[t], torch.prod(1 - betas[: t + 1])
    return (x_t - (1 - alpha) / (1 - a_bar) ** 0.5 * e) / alpha**0.5 + betas[t] ** 0.5 * z


# %% right numpy inside
def ancestral_step(x_t, e, t, betas, z):
    b = betas.double().numpy()
    a_bar = np.cumprod(1 - b)[t]
    out = (x_t.numpy() - b[t] / np.sqrt(1 - a_bar) * e.numpy()) / np.sqrt(1 - b[t])
    if t != 0:
        out = out + np.sqrt(b[t]) * z.numpy()
    return torch.from_numpy(out).float()


# %% right python floats
def ancestral_step(x_t, e, t, betas, z):
    beta, a_bar = float(betas[t]), math.exp(float(torch.log1p(-betas.double())[: t + 1].sum()))
    mean = (x_t - beta / math.sqrt(1 - a_bar) * e) / math.sqrt(1 - beta)
    return mean + math.sqrt(beta) * z if t else mean


# %% right through the score
def ancestral_step(x_t, e, t, betas, z):
    beta, a_bar = betas[t], (1 - betas).cumprod(0)[t]
    score = -e / torch.sqrt(1 - a_bar)
    x = (x_t + beta * score) / torch.sqrt(1 - beta)
    return x if t < 1 else x + torch.sqrt(beta) * z


# %% right through x_0 and the posterior's mean
def ancestral_step(x_t, e, t, betas, z):
    b = betas.double()
    a_bar = (1 - b).cumprod(0)
    now = a_bar[t]
    before = a_bar[t - 1] if t > 0 else torch.ones_like(now)
    x0 = (x_t.double() - (1 - now).sqrt() * e) / now.sqrt()
    mean = (before.sqrt() * b[t] * x0 + (1 - b[t]).sqrt() * (1 - before) * x_t) / (1 - now)
    return (mean if t == 0 else mean + b[t].sqrt() * z).float()


# %% wrong [noise_added] plus ε
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t + beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [bar_root_missing] 1-ᾱ without root
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar) * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [whole_noise] all of ε
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [whole_noise] √(1-ᾱ) ε
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [not_cumulative] α for ᾱ
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / beta.sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [alpha_for_beta] α/√(1-ᾱ)
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - (1 - beta) / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [rescaling_missing] no 1/√α
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = x_t - beta / (1 - a_bar).sqrt() * e
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [alpha_root_missing] 1/α
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta)
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [multiplied] times √α
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) * (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [bar_in_front] 1/√ᾱ
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / a_bar.sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [only_x_rescaled] brackets misread
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = x_t / (1 - beta).sqrt() - beta / (1 - a_bar).sqrt() * e
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [index_shifted] betas[t - 1]
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t - 1] if t else betas[0]
    a_bar = (1 - betas).cumprod(0)[max(t - 1, 0)]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [product_short] betas[:t]
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = torch.prod(1 - betas[:t]) if t else 1 - beta
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [returns_x0] jumps to x_0
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    return (x_t - (1 - a_bar).sqrt() * e) / a_bar.sqrt()


# %% wrong [x0_clipped] x_0 clipped inside
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    x0 = ((x_t - (1 - a_bar).sqrt() * e) / a_bar.sqrt()).clamp(-1, 1)
    e = (x_t - a_bar.sqrt() * x0) / (1 - a_bar).sqrt()
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * z


# %% wrong [output_clipped] x clamped
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    x = mean if t == 0 else mean + beta.sqrt() * z
    return x.clamp(-1, 1)


# %% wrong [no_noise] the mean only
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    return (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()


# %% wrong [noise_unscaled] plus z
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + z


# %% wrong [sigma_not_rooted] plus β z
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta * z


# %% wrong [posterior_sigma] √β̃
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + ((1 - a_bar / (1 - beta)) / (1 - a_bar) * beta).sqrt() * z


# %% wrong [noise_rescaled] noise inside the bracket
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    noise = 0 if t == 0 else beta.sqrt() * z
    return (x_t - beta / (1 - a_bar).sqrt() * e + noise) / (1 - beta).sqrt()


# %% wrong [noise_at_last] noise at t = 0 too
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if z is None else mean + beta.sqrt() * z


# %% wrong [z_none] z used at t = 0
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    return (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt() + (t > 0) * beta.sqrt() * z


# %% wrong [paper_index] t > 1
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean + beta.sqrt() * z if t > 1 else mean


# %% wrong [own_noise] draws its own noise
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - beta / (1 - a_bar).sqrt() * e) / (1 - beta).sqrt()
    return mean if t == 0 else mean + beta.sqrt() * torch.randn_like(x_t)


# %% wrong [mutates] x_t -=
def ancestral_step(x_t, e, t, betas, z):
    beta = betas[t]
    a_bar = (1 - betas).cumprod(0)[t]
    x_t -= beta / (1 - a_bar).sqrt() * e
    x_t /= (1 - beta).sqrt()
    return x_t if t == 0 else x_t + beta.sqrt() * z


# %% wrong [left_alone] x_t itself
def ancestral_step(x_t, e, t, betas, z):
    return x_t


# %% wrong [unattempted] nothing written
def ancestral_step(x_t, e, t, betas, z):
    raise NotImplementedError()


# %% right by the mean of the posterior
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas.double()
    bar = a.cumprod(0)
    prev = bar[t - 1] if t > 0 else torch.ones((), dtype=torch.float64)
    x0 = (x_t - (1 - bar[t]).sqrt() * e) / bar[t].sqrt()
    mean = prev.sqrt() * betas[t] / (1 - bar[t]) * x0 + a[t].sqrt() * (1 - prev) / (1 - bar[t]) * x_t
    if t > 0:
        mean = mean + betas[t].sqrt() * z
    return mean.float()


# %% right zeros for z at the end
def ancestral_step(x_t, e, t, betas, z):
    z = torch.zeros_like(x_t) if t == 0 or z is None else z
    a, abar = 1 - betas[t], torch.prod(1 - betas[: t + 1])
    return (x_t - (1 - a) / (1 - abar) ** 0.5 * e) / a ** 0.5 + betas[t] ** 0.5 * z


# %% right gathered for a batch of t
def ancestral_step(x_t, e, t, betas, z):
    tt = torch.full((len(x_t),), t, dtype=torch.long)
    g = lambda v: v.gather(0, tt).reshape(-1, 1, 1, 1)
    a = 1 - betas
    mean = (x_t - g(betas) / g(1 - a.cumprod(0)).sqrt() * e) / g(a).sqrt()
    nonzero = (tt != 0).float().view(-1, 1, 1, 1)
    return mean + nonzero * g(betas).sqrt() * (z if z is not None else torch.zeros_like(x_t))


# %% right floats in a while loop
def ancestral_step(x_t, e, t, betas, z):
    bar, i = 1.0, 0
    while i <= t:
        bar *= 1 - betas[i].item(); i += 1
    m = (x_t - betas[t].item() * e / (1 - bar) ** .5) / (1 - betas[t].item()) ** .5
    if t >= 1:
        m += betas[t].item() ** .5 * z
    return m


# %% wrong [unnamed] cumulative sum
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas; bar = a.cumsum(0)
    mean = (x_t - betas[t] / (1 - bar[t]).sqrt() * e) / a[t].sqrt()
    return mean if t == 0 else mean + betas[t].sqrt() * z


# %% wrong [unnamed] product of the betas
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas; bar = 1 - betas.cumprod(0)
    mean = (x_t - betas[t] / (1 - bar[t]).sqrt() * e) / a[t].sqrt()
    return mean if t == 0 else mean + betas[t].sqrt() * z


# %% wrong [output_clipped] clipped at the last step
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas; bar = a.cumprod(0)
    mean = (x_t - betas[t] / (1 - bar[t]).sqrt() * e) / a[t].sqrt()
    return mean.clamp(-1, 1) if t == 0 else mean + betas[t].sqrt() * z


# %% wrong [clamped] clipped to ±3 at the last step
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas; bar = a.cumprod(0)
    mean = (x_t - betas[t] / (1 - bar[t]).sqrt() * e) / a[t].sqrt()
    return mean.clamp(-3, 3) if t == 0 else mean + betas[t].sqrt() * z


# %% wrong [unnamed] noise at half the temperature
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas; bar = a.cumprod(0)
    mean = (x_t - betas[t] / (1 - bar[t]).sqrt() * e) / a[t].sqrt()
    return mean if t == 0 else mean + 0.5 * betas[t].sqrt() * z


# %% right through x0 and eq. 7
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas
    ab = torch.cumprod(a, 0)
    ab_prev = ab[t - 1] if t > 0 else torch.tensor(1.0, dtype=ab.dtype)
    x0 = (x_t - (1 - ab[t]).sqrt() * e) / ab[t].sqrt()
    mean = ab_prev.sqrt() * betas[t] / (1 - ab[t]) * x0 + a[t].sqrt() * (1 - ab_prev) / (1 - ab[t]) * x_t
    if t > 0:
        mean = mean + betas[t].sqrt() * z
    return mean.to(x_t.dtype)


# %% right logarithms of α and of the variance
def ancestral_step(x_t, e, t, betas, z):
    ab = (1 - betas).log().cumsum(0).exp()
    mean = (x_t - betas[t] * e / torch.sqrt(-torch.expm1((1 - betas).log().cumsum(0)))[t]) * torch.rsqrt(1 - betas[t])
    nonzero = float(t != 0)
    if z is None:
        return mean
    return mean + nonzero * torch.exp(0.5 * torch.log(betas[t])) * z


# %% wrong [noise_not_divided] the noise not divided
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas
    mean = (x_t - betas[t] * e) / a[t].sqrt()
    return mean if t == 0 else mean + betas[t].sqrt() * z


# %% wrong [unnamed] 1 minus the product of the betas
def ancestral_step(x_t, e, t, betas, z):
    ab = 1 - torch.cumprod(betas, 0)
    mean = (x_t - betas[t] / (1 - ab[t]).sqrt() * e) / (1 - betas[t]).sqrt()
    return mean if t == 0 else mean + betas[t].sqrt() * z


# %% wrong [sigma_of_all] √(1-ᾱ) z
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas
    ab = a.cumprod(0)
    mean = (x_t - betas[t] / (1 - ab[t]).sqrt() * e) / a[t].sqrt()
    return mean if t == 0 else mean + (1 - ab[t]).sqrt() * z


# %% wrong [sigma_of_alpha] √α z
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas
    ab = a.cumprod(0)
    mean = (x_t - betas[t] / (1 - ab[t]).sqrt() * e) / a[t].sqrt()
    return mean if t == 0 else mean + a[t].sqrt() * z


# %% wrong [beta_rooted] the root over the whole fraction
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas
    ab = a.cumprod(0)
    mean = (x_t - (betas[t] / (1 - ab[t])).sqrt() * e) / a[t].sqrt()
    return mean if t == 0 else mean + betas[t].sqrt() * z


# %% right ᾱ by log1p
def ancestral_step(x_t, e, t, betas, z):
    a_bar = torch.exp(torch.log1p(-betas[: t + 1]).sum())
    b = betas[t]
    x = torch.lerp(x_t, x_t - b / torch.sqrt(1 - a_bar) * e, 1.0) / torch.sqrt(1 - b)
    if t > 0:
        x = x + torch.sqrt(b) * z
    return x


# %% wrong [not_the_product] 1 minus the sum of the betas
def ancestral_step(x_t, e, t, betas, z):
    abar = 1 - betas.cumsum(0)
    mean = (x_t - betas[t] / (1 - abar[t]).sqrt() * e) / (1 - betas[t]).sqrt()
    return mean + betas[t].sqrt() * z if t else mean


# %% wrong [betas_multiplied] the product of the betas for ᾱ
def ancestral_step(x_t, e, t, betas, z):
    abar = betas.cumprod(0)
    mean = (x_t - betas[t] / (1 - abar[t]).sqrt() * e) / (1 - betas[t]).sqrt()
    return mean + betas[t].sqrt() * z if t else mean


# %% wrong [ddim] DDIM's step
def ancestral_step(x_t, e, t, betas, z):
    abar = (1 - betas).cumprod(0)
    x0 = (x_t - (1 - abar[t]).sqrt() * e) / abar[t].sqrt()
    before = abar[t - 1] if t else torch.tensor(1.0)
    return before.sqrt() * x0 + (1 - before).sqrt() * e


# %% wrong [only_e_rescaled] 1/√α on the noise alone
def ancestral_step(x_t, e, t, betas, z):
    a, abar = 1 - betas, torch.cumprod(1 - betas, 0)
    mean = x_t - betas[t] / (1 - abar[t]).sqrt() * e / a[t].sqrt()
    return mean + betas[t].sqrt() * z if t else mean


# %% right logarithms, and rsqrt
def ancestral_step(x_t, e, t, betas, z):
    a = 1 - betas.double()
    abar = a.log().cumsum(0).exp()[t]
    mean = (x_t - betas[t] / (1 - abar).sqrt().float() * e) * a[t].rsqrt().float()
    return mean if z is None or t == 0 else torch.addcmul(mean, betas[t].sqrt(), z)


# %% right math.prod
def ancestral_step(x_t, e, t, betas, z):
    b = betas.tolist()
    abar = math.prod(1 - i for i in b[: t + 1])
    mean = (x_t - b[t] / math.sqrt(1 - abar) * e) / math.sqrt(1 - b[t])
    return mean + (math.sqrt(b[t]) * z if t else 0)


# %% wrong [betas_multiplied] the product of the betas
def ancestral_step(x_t, e, t, betas, z):
    ab = torch.cumprod(betas, 0)
    mean = (x_t - betas[t] / (1 - ab[t]).sqrt() * e) / (1 - betas[t]).sqrt()
    return mean if t == 0 else mean + betas[t].sqrt() * z


# %% wrong [posterior_not_rooted] exp of the log variance, without the half
def ancestral_step(x_t, e, t, betas, z):
    alphas = 1 - betas
    ab = torch.cumprod(alphas, 0)
    prev = F.pad(ab[:-1], (1, 0), value=1.0)
    logvar = torch.log((betas * (1 - prev) / (1 - ab)).clamp(min=1e-20))
    mean = (x_t - betas[t] / (1 - ab[t]).sqrt() * e) / alphas[t].sqrt()
    return mean if t == 0 else mean + logvar[t].exp() * z


# %% wrong [wrong_previous] eq. 7, padded on the wrong side
def ancestral_step(x_t, e, t, betas, z):
    alphas = 1 - betas
    ac = torch.cumprod(alphas, 0)
    prev = F.pad(ac[1:], (0, 1), value=1.0)
    x0 = (torch.sqrt(1 / ac[t]) * x_t - torch.sqrt(1 / ac[t] - 1) * e)
    mean = betas[t] * torch.sqrt(prev[t]) / (1 - ac[t]) * x0 + (1 - prev[t]) * torch.sqrt(alphas[t]) / (1 - ac[t]) * x_t
    return mean if t == 0 else mean + betas[t].sqrt() * z


# %% wrong [wrong_previous] eq. 7, padded with 0
def ancestral_step(x_t, e, t, betas, z):
    alphas = 1 - betas
    ac = torch.cumprod(alphas, 0)
    prev = F.pad(ac[:-1], (1, 0))
    x0 = (torch.sqrt(1 / ac[t]) * x_t - torch.sqrt(1 / ac[t] - 1) * e)
    mean = betas[t] * torch.sqrt(prev[t]) / (1 - ac[t]) * x0 + (1 - prev[t]) * torch.sqrt(alphas[t]) / (1 - ac[t]) * x_t
    return mean if t == 0 else mean + betas[t].sqrt() * z


# %% wrong [wrong_previous] eq. 7, index -1 before the first step
def ancestral_step(x_t, e, t, betas, z):
    alphas = 1 - betas
    ac = torch.cumprod(alphas, 0)
    prev = ac[t - 1]
    x0 = (torch.sqrt(1 / ac[t]) * x_t - torch.sqrt(1 / ac[t] - 1) * e)
    mean = betas[t] * torch.sqrt(prev) / (1 - ac[t]) * x0 + (1 - prev) * torch.sqrt(alphas[t]) / (1 - ac[t]) * x_t
    return mean if t == 0 else mean + betas[t].sqrt() * z


# %% wrong [posterior_roots_missing] eq. 7 without its roots
def ancestral_step(x_t, e, t, betas, z):
    alphas = 1 - betas
    ac = torch.cumprod(alphas, 0)
    prev = F.pad(ac[:-1], (1, 0), value=1.0)
    x0 = (torch.sqrt(1 / ac[t]) * x_t - torch.sqrt(1 / ac[t] - 1) * e)
    mean = betas[t] * prev[t] / (1 - ac[t]) * x0 + (1 - prev[t]) * alphas[t] / (1 - ac[t]) * x_t
    return mean if t == 0 else mean + betas[t].sqrt() * z


# %% right a table of variances whose first entry is the posterior's, never used
def ancestral_step(x_t, e, t, betas, z):
    alphas = 1 - betas
    ab = torch.cumprod(alphas, 0)
    prev = F.pad(ab, (1, 0), value=1)[:-1]
    post = betas * (1 - prev) / (1 - ab)
    var = torch.cat([post[1:2], betas[1:]])
    mean = (x_t - (1 - alphas[t]) / (1 - ab[t]).sqrt() * e) / alphas[t].sqrt()
    return mean + var[t].sqrt() * (torch.zeros_like(x_t) if t == 0 else z)


# %% right a mask for t = 0, half the log variance
def ancestral_step(x_t, e, t, betas, z):
    alphas = 1.0 - betas
    ab = torch.cumprod(alphas, dim=0)
    z = torch.zeros_like(x_t) if z is None else z
    tt = torch.full((x_t.shape[0],), t, dtype=torch.long)
    nonzero = (tt != 0).to(x_t).reshape(-1, 1, 1, 1)
    extract = lambda a: a[tt].reshape(-1, 1, 1, 1).to(x_t)
    mean = extract(torch.rsqrt(alphas)) * (x_t - extract(betas / torch.sqrt(1 - ab)) * e)
    return mean + nonzero * torch.exp(0.5 * torch.log(extract(betas))) * z


# %% wrong [kept_from_before] ᾱ made at the first call
_bars = []


def ancestral_step(x_t, e, t, betas, z):
    if not _bars:
        _bars.append((1 - betas).cumprod(0))
    mean = (x_t - betas[t] / (1 - _bars[0][t]).sqrt() * e) / (1 - betas[t]).sqrt()
    return mean if t == 0 else mean + betas[t].sqrt() * z


# %% wrong [quiet_at_first] no noise at the first step either
def ancestral_step(x_t, e, t, betas, z):
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - betas[t] / (1 - a_bar).sqrt() * e) / (1 - betas[t]).sqrt()
    return mean if t in (0, len(betas) - 1) else mean + betas[t].sqrt() * z


# %% wrong [langevin_pairing] √(2β) z
def ancestral_step(x_t, e, t, betas, z):
    a_bar = (1 - betas).cumprod(0)[t]
    mean = (x_t - betas[t] / (1 - a_bar).sqrt() * e) / (1 - betas[t]).sqrt()
    return mean if t == 0 else mean + (2 * betas[t]).sqrt() * z


# %% wrong [argument_unused] the betas of another cell
_betas = torch.linspace(1e-4, 0.02, 1000)


def ancestral_step(x_t, e, t, betas, z):
    a_bar = (1 - _betas).cumprod(0)[t]
    mean = (x_t - _betas[t] / (1 - a_bar).sqrt() * e) / (1 - _betas[t]).sqrt()
    return mean if t == 0 else mean + _betas[t].sqrt() * z
