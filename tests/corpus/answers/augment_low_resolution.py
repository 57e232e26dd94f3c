# %% right the formula
def augment_low_resolution(low, level, noise):
    level = level.reshape(-1, 1, 1, 1)
    return (1 - level**2).sqrt() * low + level * noise


# %% right indexing with None
def augment_low_resolution(low, level, noise):
    a = level[:, None, None, None]
    return torch.sqrt(1.0 - a * a) * low + a * noise


# %% right a loop over the batch
def augment_low_resolution(low, level, noise):
    return torch.stack([math.sqrt(1 - s.item() ** 2) * x + s * n for x, s, n in zip(low, level, noise)])


# %% right sine and cosine
def augment_low_resolution(low, level, noise):
    angle = torch.asin(level).view(-1, 1, 1, 1)
    return torch.cos(angle) * low + torch.sin(angle) * noise


# %% right float64 inside
def augment_low_resolution(low, level, noise):
    s = level.double().view(len(low), *([1] * (low.dim() - 1)))
    return ((1 - s.square()).sqrt() * low.double() + s * noise.double()).float()


# %% right einsum
def augment_low_resolution(low, level, noise):
    keep = (1 - level.pow(2)) ** 0.5
    return torch.einsum("b,bchw->bchw", keep, low) + torch.einsum("b,bchw->bchw", level, noise)


# %% right transposed so that the batch comes last
def augment_low_resolution(low, level, noise):
    return (low.permute(1, 2, 3, 0) * (1 - level**2).sqrt() + noise.permute(1, 2, 3, 0) * level).permute(3, 0, 1, 2)


# %% wrong [no_square] the level not squared
def augment_low_resolution(low, level, noise):
    level = level.reshape(-1, 1, 1, 1)
    return (1 - level).sqrt() * low + level * noise


# %% wrong [level_as_variance] as alpha bar
def augment_low_resolution(low, level, noise):
    level = level.reshape(-1, 1, 1, 1)
    return (1 - level).sqrt() * low + level.sqrt() * noise


# %% wrong [no_root] no root
def augment_low_resolution(low, level, noise):
    level = level.reshape(-1, 1, 1, 1)
    return (1 - level**2) * low + level * noise


# %% wrong [straight] flow matching's path
def augment_low_resolution(low, level, noise):
    level = level.reshape(-1, 1, 1, 1)
    return (1 - level) * low + level * noise


# %% wrong [straight] lerp
def augment_low_resolution(low, level, noise):
    return torch.lerp(low, noise, level.view(-1, 1, 1, 1))


# %% wrong [not_scaled_down] only adds noise
def augment_low_resolution(low, level, noise):
    return low + level.view(-1, 1, 1, 1) * noise


# %% wrong [exchanged] the factors exchanged
def augment_low_resolution(low, level, noise):
    level = level.reshape(-1, 1, 1, 1)
    return level * low + (1 - level**2).sqrt() * noise


# %% wrong [sign] minus
def augment_low_resolution(low, level, noise):
    level = level.reshape(-1, 1, 1, 1)
    return (1 - level**2).sqrt() * low - level * noise


# %% wrong [one_level] the first level for all
def augment_low_resolution(low, level, noise):
    level = level[0]
    return (1 - level**2).sqrt() * low + level * noise


# %% wrong [one_level] the mean level for all
def augment_low_resolution(low, level, noise):
    level = level.mean()
    return (1 - level**2).sqrt() * low + level * noise


# %% wrong [wrong_axis] the level broadcast along the width
def augment_low_resolution(low, level, noise):
    return (1 - level**2).sqrt() * low + level * noise


# %% wrong [level_not_shaped] the level shaped for points
def augment_low_resolution(low, level, noise):
    level = level[:, None]
    return (1 - level**2).sqrt() * low + level * noise


# %% wrong [own_noise] draws its own noise
def augment_low_resolution(low, level, noise):
    level = level.reshape(-1, 1, 1, 1)
    return (1 - level**2).sqrt() * low + level * torch.randn_like(low)


# %% wrong [mutates] in place
def augment_low_resolution(low, level, noise):
    level = level.reshape(-1, 1, 1, 1)
    low *= (1 - level**2).sqrt()
    low += level * noise
    return low


# %% right view
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return torch.sqrt(1 - s * s) * low + s * noise


# %% right float64 inside, again
def augment_low_resolution(low, level, noise):
    s = level[:, None, None, None].double()
    return (torch.sqrt(1 - s.pow(2)) * low + s * noise).to(low.dtype)


# %% right einsum, again
def augment_low_resolution(low, level, noise):
    return torch.einsum("b,bchw->bchw", (1 - level**2) ** 0.5, low) + torch.einsum("b,bchw->bchw", level, noise)


# %% right a loop
def augment_low_resolution(low, level, noise):
    return torch.stack([math.sqrt(1 - float(l) ** 2) * a + float(l) * n for a, l, n in zip(low, level, noise)])


# %% right cos of asin
def augment_low_resolution(low, level, noise):
    a = torch.asin(level).reshape(len(level), 1, 1, 1)
    return a.cos() * low + a.sin() * noise


# %% wrong [level_as_variance] variance for level
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return (1 - s).sqrt() * low + s.sqrt() * noise


# %% wrong [straight] blend
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return (1 - s) * low + s * noise


# %% wrong [not_scaled_down] not kept in variance
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return low + s * noise


# %% wrong [no_root] no root, again
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return (1 - s**2) * low + s * noise


# %% wrong [exchanged] exchanged
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return s * low + (1 - s**2).sqrt() * noise


# %% wrong [one_level] one level for all
def augment_low_resolution(low, level, noise):
    s = level[0]
    return (1 - s**2).sqrt() * low + s * noise


# %% wrong [one_level] the mean level
def augment_low_resolution(low, level, noise):
    s = level.mean()
    return (1 - s**2).sqrt() * low + s * noise


# %% wrong [own_noise] own noise
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return (1 - s**2).sqrt() * low + s * torch.randn_like(low)


# %% wrong [sign] minus, again
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return (1 - s**2).sqrt() * low - s * noise


# %% wrong [clamped] clamped
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return ((1 - s**2).sqrt() * low + s * noise).clamp(-1, 1)


# %% wrong [mutates] in place, again
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    low *= (1 - s**2).sqrt()
    low += s * noise
    return low


# %% wrong [both_factors] 1 + level squared
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return (low + s * noise) / (1 + s**2).sqrt()


# %% wrong [noise_factor] level squared on the noise
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return (1 - s**2).sqrt() * low + s**2 * noise


# %% wrong [several_returned] a pair
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return (1 - s**2).sqrt() * low + s * noise, level


# %% wrong [picture_factor] square of the sum
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return (1 - s).pow(2) * low + s * noise


# %% wrong [noise_factor] the noise left without its factor
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return (1 - s**2).sqrt() * low + noise


# %% wrong [both_factors] divided to keep variance
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return (low + s * noise) / (1 + s)


# %% wrong [picture_factor] picture's sign
def augment_low_resolution(low, level, noise):
    s = level.view(-1, 1, 1, 1)
    return s * noise - (1 - s**2).sqrt() * low


# %% right vmap
def augment_low_resolution(low, level, noise):
    return torch.vmap(lambda x, s, e: (1 - s * s).sqrt() * x + s * e)(low, level, noise)


# %% right factors (1-s)(1+s) and expand_as
def augment_low_resolution(low, level, noise):
    s = level.unsqueeze(1).unsqueeze(2).unsqueeze(3).expand_as(low)
    keep = torch.sqrt((1 - s) * (1 + s))
    return torch.addcmul(keep * low, s, noise)


# %% right sine and cosine of one angle
def augment_low_resolution(low, level, noise):
    angle = torch.asin(level)[:, None, None, None]
    return torch.cos(angle) * low + torch.sin(angle) * noise


# %% wrong [both_factors] levels below 0.3 taken for 0
def augment_low_resolution(low, level, noise):
    level = torch.where(level < 0.3, 0, level).view(-1, 1, 1, 1)
    return (1 - level**2).sqrt() * low + level * noise


# %% right a complex number's parts
def augment_low_resolution(low, level, noise):
    turn = torch.polar(torch.ones_like(level), torch.asin(level)).reshape(-1, 1, 1, 1)
    return (torch.complex(low, -noise) * turn).real


# %% wrong [clamped] clamped at three standard deviations
def augment_low_resolution(low, level, noise):
    level = level.reshape(-1, 1, 1, 1)
    return ((1 - level**2).sqrt() * low + level * noise).clamp(-3, 3)


# %% wrong [axis_lost] squeezed
def augment_low_resolution(low, level, noise):
    s = level[:, None, None, None]
    return ((1 - s ** 2).sqrt() * low + s * noise).squeeze()
