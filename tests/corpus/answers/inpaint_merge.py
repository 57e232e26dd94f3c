# %% right the formula
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% right torch.where
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return torch.where(mask.bool(), known, x_prev)


# %% right lerp
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return torch.lerp(x_prev, known, mask.expand_as(x_prev))


# %% right the clean level put in front
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = torch.cat([torch.ones(1), alphas_cumprod])[t_prev + 1]
    known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return known * mask + x_prev * (1 - mask)


# %% right an early return
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    if t_prev < 0:
        return mask * x0_known + (1 - mask) * x_prev
    a = float(alphas_cumprod[t_prev])
    return mask * (math.sqrt(a) * x0_known + math.sqrt(1 - a) * noise) + (1 - mask) * x_prev


# %% right the copy is written to
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return _put(known, x_prev, mask)


def _put(known, x_prev, mask):
    merged, where = x_prev.clone(), mask.expand_as(x_prev) == 1
    merged[where] = known[where]
    return merged


# %% right in float64
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod.double()[t_prev] if t_prev >= 0 else torch.ones((), dtype=torch.float64)
    known = a.sqrt() * x0_known.double() + (1 - a).sqrt() * noise.double()
    return (x_prev + mask * (known - x_prev)).float()


# %% wrong [inverted] the mask the other way round
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * x_prev + (1 - mask) * known


# %% wrong [clean_known] clean at every step
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    return mask * x0_known + (1 - mask) * x_prev


# %% wrong [noise_missing] scaled only
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known
    return mask * known + (1 - mask) * x_prev


# %% wrong [root_missing] no roots
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a * x0_known + (1 - a) * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [exchanged] factors exchanged
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = (1 - a).sqrt() * x0_known + a.sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [signal_unscaled] noise on top
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [level_above] the level of t
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod[t_prev + 1]
    known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [level_above] the level of t, clean at the end
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev + 1]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [level_below] a level too low
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[max(t_prev - 1, 0)]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [last_not_clean] Python's last element
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod[t_prev]
    known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [last_noisy] held at level 0
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod[max(t_prev, 0)]
    known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [unknown_lost] only the known part
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known


# %% wrong [unknown_lost] noise in the hole
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * noise


# %% wrong [unknown_lost] no merge
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return known


# %% wrong [all_noised] merged first, noised after
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    merged = mask * x0_known + (1 - mask) * x_prev
    if t_prev < 0:
        return merged
    a = alphas_cumprod[t_prev]
    return a.sqrt() * merged + (1 - a).sqrt() * noise


# %% wrong [added] x_prev everywhere
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known + x_prev


# %% wrong [own_noise] draws its own
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * torch.randn_like(x0_known)
    return mask * known + (1 - mask) * x_prev


# %% wrong [mutates] in place
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return x_prev.mul_(1 - mask).add_(mask * known)


# %% wrong [one_mask] one mask for the batch alone
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return torch.where(mask[:, 0].reshape(2, 1, 4, 5) == 1, known, x_prev)


# %% right torch.where, again
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    known = torch.sqrt(a) * x0_known + torch.sqrt(1 - a) * noise
    return torch.where(mask.bool(), known, x_prev)


# %% right lerp, again
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    if t_prev < 0:
        return torch.lerp(x_prev, x0_known, mask.expand_as(x_prev))
    a = alphas_cumprod[t_prev].item()
    return torch.lerp(x_prev, a ** 0.5 * x0_known + (1 - a) ** 0.5 * noise, mask.expand_as(x_prev))


# %% right x plus mask times the difference
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    if t_prev == -1:
        known = x0_known
    else:
        ab = alphas_cumprod[t_prev]
        known = ab ** 0.5 * x0_known + (1 - ab) ** 0.5 * noise
    return x_prev + mask * (known - x_prev)


# %% right padded schedule
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    padded = torch.cat([torch.ones(1, dtype=alphas_cumprod.dtype), alphas_cumprod])
    a = padded[t_prev + 1]
    return (mask * (a.sqrt() * x0_known + (1 - a).sqrt() * noise) + (1.0 - mask) * x_prev).to(x_prev.dtype)


# %% right by indexing
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    out = x_prev.clone()
    known = x0_known if t_prev < 0 else alphas_cumprod[t_prev].sqrt() * x0_known + (1 - alphas_cumprod[t_prev]).sqrt() * noise
    m = mask.expand_as(out) > 0.5
    out[m] = known[m]
    return out


# %% wrong [inverted] mask exchanged
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]; known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return (1 - mask) * known + mask * x_prev


# %% wrong [last_not_clean] minus one is the last level
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod[t_prev]
    return mask * (a.sqrt() * x0_known + (1 - a).sqrt() * noise) + (1 - mask) * x_prev


# %% wrong [last_noisy] clamped to zero
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod[max(t_prev, 0)]
    return mask * (a.sqrt() * x0_known + (1 - a).sqrt() * noise) + (1 - mask) * x_prev


# %% wrong [zero_clean] t_prev zero taken for clean
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev > 0:
        a = alphas_cumprod[t_prev]; known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [noise_unscaled] noise not scaled
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]; known = a.sqrt() * x0_known + noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [mutates] x_prev written over
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]; known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    m = mask.expand_as(x_prev).bool()
    x_prev[m] = known[m]
    return x_prev


# %% wrong [all_noised] noise on the mask
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    x = mask * x0_known + (1 - mask) * x_prev
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]; x = a.sqrt() * x + (1 - a).sqrt() * noise
    return x


# %% wrong [mask_as_index] mask of x's shape only
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]; known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    out = x_prev.clone()
    out[mask == 1] = known[mask == 1]
    return out


# %% wrong [one_mask] the first mask for all
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]; known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return torch.where(mask[:1, :1] > 0, known, x_prev)


# %% wrong [cumprod_again] betas for alpha bar
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod.cumprod(0)[t_prev]; known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [noise_root_missing] the noise's root forgotten
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    known = a.sqrt() * x0_known + (1 - a) * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [mask_as_index] indexed by the mask as it came
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    out = x_prev.clone()
    out[mask > 0.5] = known[mask > 0.5]
    return out


# %% right lerp with the mask expanded
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = 1.0 if t_prev < 0 else float(alphas_cumprod[t_prev])
    known = a ** 0.5 * x0_known + (1 - a) ** 0.5 * noise
    return torch.lerp(x_prev, known, mask.expand_as(x_prev))


# %% wrong [unknown_lost] the whole known picture at the end
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    if t_prev == -1: return x0_known
    a = alphas_cumprod[t_prev]
    return mask * (a.sqrt() * x0_known + (1 - a).sqrt() * noise) + (1 - mask) * x_prev


# %% right masked_scatter
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    ab = alphas_cumprod[t_prev].item() if t_prev >= 0 else 1.0
    known = x0_known * ab**0.5 + noise * (1 - ab) ** 0.5
    m = torch.broadcast_to(mask, x_prev.shape) == 1
    return x_prev.masked_scatter(m, known[m])


# %% right a loop over the batch
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    mask = mask.expand(len(x_prev), x_prev.shape[1], *mask.shape[2:])
    result = []
    for i in range(x_prev.shape[0]):
        k = x0_known[i]
        if t_prev > -1:
            k = alphas_cumprod[t_prev] ** 0.5 * k + (1 - alphas_cumprod[t_prev]) ** 0.5 * noise[i]
        result.append(mask[i] * k + (1 - mask[i]) * x_prev[i])
    return torch.stack(result)


# %% wrong [signal_root_missing] the picture's root forgotten
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a * x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [one_minus_root] one minus the root
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a.sqrt()) * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [noise_subtracted] noise taken away
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known - (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [one_mask] the first channel's mask for all
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        a = alphas_cumprod[t_prev]
        known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return torch.where(mask[:, :1].bool(), known, x_prev)


# %% wrong [last_noisy] noise at the clean level too
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    known = a.sqrt() * x0_known + (1 - alphas_cumprod[t_prev]).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [known_lost] nothing put in at the end
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    if t_prev < 0:
        return x_prev
    a = alphas_cumprod[t_prev]
    known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [all_noised] noise added after the merge
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    if t_prev < 0:
        return mask * x0_known + (1 - mask) * x_prev
    a = alphas_cumprod[t_prev]
    return mask * a.sqrt() * x0_known + (1 - mask) * x_prev + (1 - a).sqrt() * noise


# %% wrong [known_lost] no merge at the two last levels
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    if t_prev <= 0:
        return x_prev
    a = alphas_cumprod[t_prev]
    return mask * (a.sqrt() * x0_known + (1 - a).sqrt() * noise) + (1 - mask) * x_prev


# %% wrong [unnamed] the α of one step in the place of ᾱ
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    known = x0_known
    if t_prev >= 0:
        before = alphas_cumprod[t_prev - 1] if t_prev > 0 else torch.tensor(1.0)
        alpha = alphas_cumprod[t_prev] / before
        known = alpha.sqrt() * x0_known + (1 - alpha).sqrt() * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [noise_root_missing] line 5 of the paper's Algorithm 1 as it is printed
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    known = a**0.5 * x0_known + (1 - a) * noise
    return mask * known + (1 - mask) * x_prev


# %% wrong [clamped] the merged picture clamped
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    a = alphas_cumprod[t_prev] if t_prev >= 0 else torch.tensor(1.0)
    known = a.sqrt() * x0_known + (1 - a).sqrt() * noise
    return (mask * known + (1 - mask) * x_prev).clamp(-1, 1)
