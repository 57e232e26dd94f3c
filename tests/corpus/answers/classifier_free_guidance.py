# %% right from the unconditional one
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_uncond + scale * (eps_cond - eps_uncond)


# %% right a weighted sum
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return scale * eps_cond + (1 - scale) * eps_uncond


# %% right the paper's w
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    w = scale - 1
    return (1 + w) * eps_cond - w * eps_uncond


# %% right torch.lerp
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return torch.lerp(eps_uncond, eps_cond, scale)


# %% right numpy inside
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return torch.from_numpy(eps_uncond.numpy() + scale * (eps_cond.numpy() - eps_uncond.numpy()))


# %% right a loop over the batch, float64
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    rows = [u.double() + scale * (c.double() - u.double()) for u, c in zip(eps_uncond, eps_cond)]
    return torch.stack(rows).to(eps_cond.dtype)


# %% right from the conditional one
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_cond + (scale - 1) * (eps_cond - eps_uncond)


# %% wrong [w_for_scale] the paper's w taken for scale
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return (1 + scale) * eps_cond - scale * eps_uncond


# %% wrong [w_for_scale] from the conditional one by scale
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_cond + scale * (eps_cond - eps_uncond)


# %% wrong [exchanged] the two exchanged
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_cond + scale * (eps_uncond - eps_cond)


# %% wrong [difference_only] only the difference
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return scale * (eps_cond - eps_uncond)


# %% wrong [scaled_cond] scale times the conditional one
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_uncond + scale * eps_cond


# %% wrong [scaled_cond] scale times the conditional one, minus the other
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return scale * eps_cond - eps_uncond


# %% wrong [sign] away from the prompt
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_uncond - scale * (eps_cond - eps_uncond)


# %% wrong [scale_ignored] always the conditional one
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_cond


# %% wrong [scale_limited] torch.clamp on the scale
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    share = min(max(scale, 0.0), 1.0)
    return (1 - share) * eps_uncond + share * eps_cond


# %% wrong [added] the two added
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_uncond + scale * (eps_cond + eps_uncond)


# %% wrong [halved] averaged
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_uncond + scale * (eps_cond - eps_uncond) / 2


# %% wrong [mutates] in-place sum
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    eps_uncond += scale * (eps_cond - eps_uncond)
    return eps_uncond


# %% wrong [mutates] in-place difference
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    eps_cond -= eps_uncond
    return eps_uncond + scale * eps_cond


# %% wrong [raised] a tensor method that does not exist
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_uncond.lerp_to(eps_cond, scale)


# %% wrong [unattempted] nothing written
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong [off_up_to_one] guidance only above 1
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    if scale <= 1:
        return eps_cond
    return eps_uncond + scale * (eps_cond - eps_uncond)


# %% right weights that sum to one
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return (1 - scale) * eps_uncond + scale * eps_cond


# %% right torch.add with alpha
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return torch.add(eps_uncond, eps_cond - eps_uncond, alpha=scale)


# %% right shortcut at scale one
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    if scale == 1:
        return eps_cond
    return eps_uncond + scale * (eps_cond - eps_uncond)


# %% wrong [off_up_to_one] no guidance for scale at most one
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_uncond + scale * (eps_cond - eps_uncond) if scale > 1 else eps_cond


# %% wrong [rescaled] rescaled as in the zero terminal SNR paper
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    e = eps_uncond + scale * (eps_cond - eps_uncond)
    return e * eps_cond.std() / e.std()


# %% wrong [scaled_cond] without parentheses
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_uncond + scale * eps_cond - eps_uncond


# %% wrong [mutates] in place
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    eps_cond -= eps_uncond
    eps_cond *= scale
    eps_cond += eps_uncond
    return eps_cond


# %% wrong [clamped] clamped
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return (eps_uncond + scale * (eps_cond - eps_uncond)).clamp(-1, 1)


# %% wrong [argument_unused] seven point five
def classifier_free_guidance(eps_uncond, eps_cond, scale=7.5):
    return eps_uncond + 7.5 * (eps_cond - eps_uncond)


# %% wrong [unnamed] average
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return (eps_uncond + scale * eps_cond) / (1 + scale)


# %% wrong [argument_unused] scale on the unconditional
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_cond - scale * eps_uncond


# %% wrong [argument_unused] int of the scale
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return eps_uncond + int(scale) * (eps_cond - eps_uncond)


# %% right tensordot of a stack
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    both = torch.stack((eps_uncond, eps_cond))
    w = torch.tensor([1 - scale, scale], dtype=both.dtype)
    return torch.tensordot(w, both, dims=1)


# %% wrong [terms_added] the paper's terms added
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return (1 + scale) * eps_cond + scale * eps_uncond


# %% wrong [cond_unscaled] ε_cond without its factor
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return (1 - scale) * eps_uncond + eps_cond


# %% wrong [rescaled] rescaled by phi = 0.7
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    e = eps_uncond + scale * (eps_cond - eps_uncond)
    dims = list(range(1, e.ndim))
    r = e * (eps_cond.std(dim=dims, keepdim=True) / e.std(dim=dims, keepdim=True))
    return 0.7 * r + 0.3 * e


# %% wrong [rescaled] scaled to the conditional's norm
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    e = eps_uncond + scale * (eps_cond - eps_uncond)
    return e * eps_cond.norm() / e.norm()


# %% wrong [unnamed] projected guidance
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    d = (eps_cond - eps_uncond).flatten(1)
    c = F.normalize(eps_cond.flatten(1), dim=1)
    d = d - (d * c).sum(1, keepdim=True) * c
    return eps_cond + (scale - 1) * d.reshape(eps_cond.shape)


# %% wrong [uncond_added] a plus in the sum of the two
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return scale * eps_cond + (scale - 1) * eps_uncond


# %% wrong [three_channels] three channels guided
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    g = eps_uncond[:, :3] + scale * (eps_cond[:, :3] - eps_uncond[:, :3])
    return torch.cat([g, eps_cond[:, 3:]], 1)


# %% wrong [axis_lost] squeezed
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    return (eps_uncond + scale * (eps_cond - eps_uncond)).squeeze()
