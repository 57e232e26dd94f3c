# %% right the formula
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1)
    s = s.reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% right a loop
def dynamic_threshold(x0, quantile):
    out = []
    for x in x0:
        s = max(1.0, torch.quantile(x.abs(), quantile).item())
        out.append(x.clamp(-s, s) / s)
    return torch.stack(out)


# %% right divide first, then clamp at one
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().reshape(len(x0), -1), quantile, dim=-1)
    s = torch.maximum(s, torch.ones_like(s))[:, None, None, None]
    return (x0 / s).clamp(-1, 1)


# %% right minimum and maximum
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.flatten(1).abs(), quantile, dim=1, keepdim=True)
    s = torch.where(s < 1, torch.ones_like(s), s).view(-1, 1, 1, 1)
    return torch.max(torch.min(x0, s), -s) / s


# %% right numpy
def dynamic_threshold(x0, quantile):
    x = x0.numpy()
    s = np.maximum(1, np.quantile(np.abs(x).reshape(len(x), -1), quantile, axis=1))[:, None, None, None]
    return torch.from_numpy(np.clip(x, -s, s) / s)


# %% right the quantile by hand
def dynamic_threshold(x0, quantile):
    values = x0.abs().flatten(1).sort(dim=1).values
    place = quantile * (values.shape[1] - 1)
    below = int(place)
    above = min(below + 1, values.shape[1] - 1)
    s = values[:, below] + (place - below) * (values[:, above] - values[:, below])
    s = s.clamp(min=1).view(-1, 1, 1, 1)
    return x0.clamp(min=-s, max=s).div(s)


# %% wrong [whole_batch] one threshold for the batch
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs(), quantile).clamp(min=1)
    return x0.clamp(-s, s) / s


# %% wrong [each_channel] one for each channel
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(2), quantile, dim=2).clamp(min=1)[:, :, None, None]
    return x0.clamp(-s, s) / s


# %% wrong [no_floor] no floor at one
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [ceiling] max and min confused
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(max=1).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [not_divided] clamps only
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s)


# %% wrong [not_clamped] divides only
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1).reshape(-1, 1, 1, 1)
    return x0 / s


# %% wrong [signed] without abs
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.flatten(1), quantile, dim=1).clamp(min=1).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [maximum] the largest
def dynamic_threshold(x0, quantile):
    s = x0.abs().flatten(1).max(dim=1).values.clamp(min=1).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [static] clamps at one
def dynamic_threshold(x0, quantile):
    return x0.clamp(-1, 1)


# %% wrong [other_way] from the other end
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), 1 - quantile, dim=1).clamp(min=1).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [clamped_at_one] clamps at one, then divides
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1).reshape(-1, 1, 1, 1)
    return x0.clamp(-1, 1) / s


# %% wrong [spread] the standard deviation
def dynamic_threshold(x0, quantile):
    s = x0.abs().flatten(1).std(dim=1).clamp(min=1).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [spread] the next lower number
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1, interpolation="lower").clamp(min=1).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [mutates] in place
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1).reshape(-1, 1, 1, 1)
    x0.clamp_(-s, s)
    x0 /= s
    return x0


# %% right diffusers
def dynamic_threshold(x0, quantile):
    b, c, h, w = x0.shape
    flat = x0.reshape(b, c * h * w)
    s = torch.quantile(flat.abs(), quantile, dim=1)
    s = torch.clamp(s, min=1).unsqueeze(1)
    return (torch.clamp(flat, -s, s) / s).reshape(b, c, h, w)


# %% right maximum and minimum
def dynamic_threshold(x0, quantile):
    s = x0.abs().flatten(1).quantile(quantile, dim=-1, keepdim=True)
    s = torch.maximum(s, torch.ones_like(s))[..., None, None]
    return torch.minimum(torch.maximum(x0, -s), s) / s


# %% right a loop over samples
def dynamic_threshold(x0, quantile):
    out = []
    for image in x0:
        s = max(1.0, torch.quantile(image.abs().flatten(), quantile).item())
        out.append(image.clamp(-s, s) / s)
    return torch.stack(out)


# %% right divide, then clamp to one
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp_min(1.0).view(-1, 1, 1, 1)
    return (x0 / s).clamp(-1, 1)


# %% right numpy, again
def dynamic_threshold(x0, quantile):
    s = np.maximum(1, np.quantile(x0.abs().flatten(1).numpy(), quantile, axis=1))
    s = torch.from_numpy(s).to(x0.dtype)[:, None, None, None]
    return torch.clip(x0, -s, s) / s


# %% wrong [no_floor] no lower bound of one
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).view(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [not_divided] no division
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1).view(-1, 1, 1, 1)
    return x0.clamp(-s, s)


# %% wrong [not_clamped] divided without a clamp
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1).view(-1, 1, 1, 1)
    return x0 / s


# %% wrong [clamped_at_one] clamp to one, then divide
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1).view(-1, 1, 1, 1)
    return x0.clamp(-1, 1) / s


# %% wrong [signed] without abs, again
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.flatten(1), quantile, dim=1).clamp(min=1).view(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [maximum] the maximum
def dynamic_threshold(x0, quantile):
    s = x0.abs().flatten(1).amax(1).clamp(min=1).view(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [ceiling] clamp of s from above
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(max=1).view(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [each_channel] per channel
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(2), quantile, dim=2).clamp(min=1)[..., None, None]
    return x0.clamp(-s, s) / s


# %% wrong [spread] the nearest rank
def dynamic_threshold(x0, quantile):
    flat = x0.abs().flatten(1)
    s = flat.sort(1).values[:, int(quantile * flat.shape[1])].clamp(min=1).view(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [one_sided] from below only
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1).view(-1, 1, 1, 1)
    return x0.clamp(max=s.expand_as(x0)) / s


# %% wrong [quantile_fixed] 0.995 written in
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), 0.995, dim=1).clamp(min=1).view(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [spread] max of imagen's cap as well
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(1, 1.5).view(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [mutates] in place, again
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1).view(-1, 1, 1, 1)
    return x0.clamp_(-s, s).div_(s)


# %% wrong [other_way] one minus the quantile
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), 1 - quantile, dim=1).clamp(min=1).view(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [other_axes] pixels over the batch
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs(), quantile, dim=0).clamp(min=1)
    return x0.clamp(-s, s) / s


# %% wrong [other_axes] one for each row
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs(), quantile, dim=-1, keepdim=True).clamp(min=1)
    return x0.clamp(-s, s) / s


# %% wrong [other_axes] over the batch axis
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=0).view(1, *x0.shape[1:]).clamp(min=1)
    return x0.clamp(-s, s) / s


# %% wrong [one_sided] clamps to [0, s]
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1)[:, None, None, None]
    return x0.clamp(0 * s, s) / s


# %% wrong [multiplied] multiplied by s
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1)[:, None, None, None]
    return x0.clamp(-s, s) * s


# %% wrong [squared] squares for sizes
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.pow(2).flatten(1), quantile, dim=1).clamp(min=1)[:, None, None, None]
    return x0.clamp(-s, s) / s


# %% wrong [not_clamped] clamp forgotten, floor forgotten
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1)[:, None, None, None]
    return x0 / s


# %% right sign times the smaller size
def dynamic_threshold(x0, quantile):
    size = x0.abs()
    s = size.flatten(1).quantile(quantile, 1).clamp(min=1.0).reshape(-1, 1, 1, 1)
    return x0.sign() * torch.where(size > s, s, size) / s


# %% right vmap with hardtanh
def dynamic_threshold(x0, quantile):
    def one(x):
        s = torch.quantile(x.abs().flatten(), quantile).clamp_min(1.0)
        return F.hardtanh(x / s)

    return torch.vmap(one)(x0)


# %% wrong [not_clamped] divides, then clamps to s
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1)[:, None, None, None]
    return (x0 / s).clamp(-s, s)


# %% wrong [left_below_one] samples with a quantile below 1 left alone
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1)[:, None, None, None]
    return torch.where(s > 1, x0.clamp(-s, s) / s, x0)


# %% wrong [spread] the larger of two quantiles of x0
def dynamic_threshold(x0, quantile):
    flat = x0.flatten(1)
    low, high = torch.quantile(flat, torch.tensor([1 - quantile, quantile]), dim=1)
    s = torch.maximum(-low, high).clamp(min=1)[:, None, None, None]
    return x0.clamp(-s, s) / s


# %% wrong [static] np.percentile of the quantile, not of 100 times it
def dynamic_threshold(x0, quantile):
    s = np.percentile(np.abs(x0.numpy()), quantile, axis=tuple(range(1, x0.ndim)))
    s = torch.from_numpy(np.maximum(s, 1.0)).to(x0.dtype)[:, None, None, None]
    return torch.clip(x0, -s, s) / s


# %% wrong [s_not_shaped] s as it is
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1)
    return x0.clamp(-s, s) / s


# %% right np.percentile, 100 times the quantile
def dynamic_threshold(x0, quantile):
    s = np.percentile(np.abs(x0.numpy()), 100 * quantile, axis=(1, 2, 3))
    s = torch.from_numpy(np.maximum(s, 1.0)).to(x0.dtype)[:, None, None, None]
    return torch.clip(x0, -s, s) / s


# %% wrong [other_floor] at least 1.1
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1.1).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% wrong [other_floor] at least 0.9
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=0.9).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s


# %% right sorted and interpolated by hand
def dynamic_threshold(x0, quantile):
    flat = x0.abs().flatten(1).sort(dim=1).values
    place = quantile * (flat.shape[1] - 1)
    low = int(place)
    high = min(low + 1, flat.shape[1] - 1)
    s = torch.lerp(flat[:, low], flat[:, high], place - low)
    s = torch.where(s < 1, torch.ones_like(s), s)[:, None, None, None]
    return (x0 / s).clamp(-1, 1)


# %% wrong [left_below_one] nothing is done where no sample of the batch is wide
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1)
    if s.max() <= 1:
        return x0
    s = s.clamp(min=1)[:, None, None, None]
    return x0.clamp(-s, s) / s


# %% wrong [one_sample] the first sample's threshold
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1)[0]
    return x0.clamp(-s, s) / s


# %% wrong [sign_lost] |x0| clamped
def dynamic_threshold(x0, quantile):
    x = x0.abs()
    s = torch.quantile(x.flatten(1), quantile, dim=1).clamp(min=1)[:, None, None, None]
    return x.clamp(-s, s) / s


# %% wrong [sign_lost] the absolute values taken in place
def dynamic_threshold(x0, quantile):
    s = torch.quantile(x0.abs_().flatten(1), quantile, dim=1).clamp(min=1).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s
