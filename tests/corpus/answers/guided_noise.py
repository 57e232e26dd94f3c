# %% right two calls
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    return e_uncond + scale * (e_cond - e_uncond)


# %% right a doubled batch
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond, e_uncond = model(torch.cat([x, x]), torch.cat([t, t]), torch.cat([labels, torch.full_like(labels, null)])).chunk(2)
    return e_uncond + scale * (e_cond - e_uncond)


# %% right null first
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_uncond, e_cond = model(torch.cat([x, x]), torch.cat([t, t]), torch.cat([torch.full_like(labels, null), labels])).chunk(2)
    return e_uncond + scale * (e_cond - e_uncond)


# %% right the other form
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    return scale * e_cond + (1 - scale) * e_uncond


# %% right lerp
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    return torch.lerp(e_uncond, e_cond, scale)


# %% right null times ones
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, null * torch.ones_like(labels))
    return e_uncond + scale * (e_cond - e_uncond)


# %% right detached instead
def guided_noise(model, x, t, labels, null, scale):
    e_cond = model(x, t, labels).detach()
    e_uncond = model(x, t, torch.full(labels.shape, null)).detach()
    return e_uncond + scale * (e_cond - e_uncond)


# %% right repeated
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond, e_uncond = model(torch.cat([x, x]), t.repeat(2), torch.cat([labels, torch.full_like(labels, null)])).chunk(2)
    return e_uncond + scale * (e_cond - e_uncond)


# %% wrong [w_for_scale] the paper's w
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    return (1 + scale) * e_cond - scale * e_uncond


# %% wrong [exchanged] halves exchanged
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_uncond, e_cond = model(torch.cat([x, x]), torch.cat([t, t]), torch.cat([labels, torch.full_like(labels, null)])).chunk(2)
    return e_uncond + scale * (e_cond - e_uncond)


# %% wrong [difference_only] the difference
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    return scale * (e_cond - e_uncond)


# %% wrong [scaled_cond] no difference
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    return e_uncond + scale * e_cond


# %% wrong [scaled_cond] minus e_uncond
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    return scale * e_cond - e_uncond


# %% wrong [sign] away
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    return e_uncond + scale * (e_uncond - e_cond)


# %% wrong [scale_ignored] conditional alone
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        return model(x, t, labels)


# %% wrong [scale_limited] at most 1
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    return e_uncond + min(scale, 1.0) * (e_cond - e_uncond)


# %% wrong [null_fixed] ten is none
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, 10))
    return e_uncond + scale * (e_cond - e_uncond)


# %% wrong [null_fixed] zero is none
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.zeros_like(labels))
    return e_uncond + scale * (e_cond - e_uncond)


# %% wrong [shape_of_null] one null
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.tensor([null]))
    return e_uncond + scale * (e_cond - e_uncond)


# %% wrong [batch_not_doubled] t not doubled
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond, e_uncond = model(torch.cat([x, x]), t, torch.cat([labels, torch.full_like(labels, null)])).chunk(2)
    return e_uncond + scale * (e_cond - e_uncond)


# %% wrong [not_split] both halves
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        none = torch.full_like(labels, null)
        e = model(torch.cat([x, x]), torch.cat([t, t]), torch.cat([labels, none]))
    return scale * e


# %% wrong [one_label] the first label
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, torch.full_like(labels, labels[0].item()))
        e_uncond = model(x, t, torch.full_like(labels, null))
    return e_uncond + scale * (e_cond - e_uncond)


# %% wrong [first_t] the first t
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, torch.full_like(t, t[0].item()), labels)
        e_uncond = model(x, torch.full_like(t, t[0].item()), torch.full_like(labels, null))
    return e_uncond + scale * (e_cond - e_uncond)


# %% wrong [mutates] in place
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        e_cond = model(x, t, labels)
        labels[:] = null
        e_uncond = model(x, t, labels)
    return e_uncond + scale * (e_cond - e_uncond)


# %% wrong [graph_kept] no no_grad
def guided_noise(model, x, t, labels, null, scale):
    e_cond, e_uncond = model(x, t, labels), model(x, t, torch.full_like(labels, null))
    return e_uncond + scale * (e_cond - e_uncond)


# %% wrong [model_mode] eval()
def guided_noise(model, x, t, labels, null, scale):
    model.eval()
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    return e_uncond + scale * (e_cond - e_uncond)


# %% wrong [grad_mode] switched for good
def guided_noise(model, x, t, labels, null, scale):
    torch.set_grad_enabled(False)
    e_cond, e_uncond = model(x, t, labels), model(x, t, torch.full_like(labels, null))
    return e_uncond + scale * (e_cond - e_uncond)


# %% right inference mode
def guided_noise(model, x, t, labels, null, scale):
    with torch.inference_mode():
        cond = model(x, t, labels)
        uncond = model(x, t, torch.full(labels.shape, null, dtype=labels.dtype))
        return uncond + scale * (cond - uncond)


# %% right doubled batch
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    both = torch.cat([labels, torch.full_like(labels, null)])
    cond, uncond = model(torch.cat([x, x]), torch.cat([t, t]), both).chunk(2)
    return (1 - scale) * uncond + scale * cond


# %% right doubled batch with repeat
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        out = model(x.repeat(2, 1, 1, 1), t.repeat(2), torch.cat((labels, null + 0 * labels)))
    c, u = out[: len(x)], out[len(x):]
    return torch.lerp(u, c, scale)


# %% right detach at the end
def guided_noise(model, x, t, labels, null, scale):
    e_c = model(x, t, labels)
    e_u = model(x, t, torch.ones_like(labels) * null)
    return (e_u + scale * (e_c - e_u)).detach()


# %% right skips the unconditional when scale is one
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    e = model(x, t, labels)
    if scale == 1:
        return e
    u = model(x, t, torch.full_like(labels, null))
    return u + scale * (e - u)


# %% right mode put back by hand
def guided_noise(model, x, t, labels, null, scale):
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    c = model(x, t, labels)
    u = model(x, t, torch.full_like(labels, null))
    torch.set_grad_enabled(before)
    return u + scale * (c - u)


# %% wrong [w_for_scale] the paper's w, again
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels); u = model(x, t, torch.full_like(labels, null))
    return (1 + scale) * c - scale * u


# %% wrong [exchanged] halves exchanged, again
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    u, c = model(torch.cat([x, x]), torch.cat([t, t]), torch.cat([labels, torch.full_like(labels, null)])).chunk(2)
    return u + scale * (c - u)


# %% wrong [rows_mixed] repeat_interleave and chunk
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    both = torch.cat([torch.full_like(labels, null), labels])
    u, c = model(x.repeat_interleave(2, 0), t.repeat(2), both).chunk(2)
    return u + scale * (c - u)


# %% wrong [null_fixed] zeros for null
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels); u = model(x, t, torch.zeros_like(labels))
    return u + scale * (c - u)


# %% wrong [graph_kept] graph kept
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels); u = model(x, t, torch.full_like(labels, null))
    return u + scale * (c - u)


# %% wrong [model_mode] eval
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    model.eval()
    c = model(x, t, labels); u = model(x, t, torch.full_like(labels, null))
    return u + scale * (c - u)


# %% wrong [grad_mode] gradients stay off
def guided_noise(model, x, t, labels, null, scale):
    torch.set_grad_enabled(False)
    c = model(x, t, labels); u = model(x, t, torch.full_like(labels, null))
    return u + scale * (c - u)


# %% wrong [frozen] frozen for good
def guided_noise(model, x, t, labels, null, scale):
    for p in model.parameters():
        p.requires_grad = False
    c = model(x, t, labels); u = model(x, t, torch.full_like(labels, null))
    return u + scale * (c - u)


# %% wrong [mutates] labels overwritten
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels)
    labels.fill_(null)
    u = model(x, t, labels)
    return u + scale * (c - u)


# %% wrong [shape_of_null] null as an int
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels); u = model(x, t, null)
    return u + scale * (c - u)


# %% wrong [shape_of_null] None for null
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels); u = model(x, t, None)
    return u + scale * (c - u)


# %% wrong [unnamed] uncond at another t
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels); u = model(x, torch.zeros_like(t), torch.full_like(labels, null))
    return u + scale * (c - u)


# %% wrong [argument_unused] no uncond
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    return scale * model(x, t, labels)


# %% wrong [w_for_scale] cond plus scale times diff
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels); u = model(x, t, torch.full_like(labels, null))
    return c + scale * (c - u)


# %% wrong [first_t] first t for all
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    t = t[:1].expand(len(x))
    c = model(x, t, labels); u = model(x, t, torch.full_like(labels, null))
    return u + scale * (c - u)


# %% wrong [unnamed] some channels guided alone, as in DiT's sampling
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels)
    u = model(x, t, torch.full_like(labels, null))
    g = u + scale * (c - u)
    out = c.clone()
    out[:, :1] = g[:, :1]
    return out


# %% right repeat, labels from a list
@torch.inference_mode()
def guided_noise(model, x, t, labels, null, scale):
    n = x.shape[0]
    y = torch.tensor([null] * n + labels.tolist())
    eps = model(x.repeat(2, 1, 1, 1), t.repeat(2), y)
    return (1 - scale) * eps[:n] + scale * eps[n:]


# %% right detach in place of no_grad
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels).detach()
    u = model(x, t, labels.new_full(labels.shape, null)).detach()
    return u + scale * (c - u)


# %% wrong [grad_mode] gradients are on afterwards, whatever they were
def guided_noise(model, x, t, labels, null, scale):
    torch.set_grad_enabled(False)
    c = model(x, t, labels); u = model(x, t, torch.full_like(labels, null))
    torch.set_grad_enabled(True)
    return u + scale * (c - u)


# %% right one image at a time
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    out = torch.empty_like(x)
    for i in range(len(x)):
        c = model(x[i:i+1], t[i:i+1], labels[i:i+1])
        u = model(x[i:i+1], t[i:i+1], torch.tensor([null]))
        out[i] = (u + scale * (c - u))[0]
    return out


# %% wrong [batch_not_doubled] labels doubled alone
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c, u = model(x, t, torch.cat([labels, torch.full_like(labels, null)])).chunk(2)
    return u + scale * (c - u)


# %% wrong [argument_unused] minus one for null
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c, u = model(x, t, labels), model(x, t, torch.full_like(labels, -1))
    return u + scale * (c - u)


# %% right in place, on its own
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    u = model(x, t, torch.full_like(labels, null))
    c = model(x, t, labels)
    c -= u
    c *= scale
    c += u
    return c


# %% wrong [rows_mixed] t alone by row
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    u, c = model(torch.cat([x, x]), t.repeat_interleave(2), torch.cat([torch.full_like(labels, null), labels])).chunk(2)
    return u + scale * (c - u)


# %% wrong [arguments_exchanged] labels before t
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c, u = model(x, labels, t), model(x, torch.full_like(labels, null), t)
    return u + scale * (c - u)


# %% wrong [scale_less_one] scale minus one
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c, u = model(x, t, labels), model(x, t, torch.full_like(labels, null))
    return u + (scale - 1) * (c - u)


# %% wrong [clamped] clamped
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c, u = model(x, t, labels), model(x, t, torch.full_like(labels, null))
    return (u + scale * (c - u)).clamp(-1, 1)


# %% right the paper's w, from scale
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    w = scale - 1
    return (1 + w) * model(x, t, labels) - w * model(x, t, torch.full_like(labels, null))


# %% wrong [off_up_to_one] guidance at scales above 1 alone, as pipelines switch it
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    cond = model(x, t, labels)
    if scale <= 1:
        return cond
    uncond = model(x, t, torch.full_like(labels, null))
    return uncond + scale * (cond - uncond)


# %% wrong [half_batch] the first half twice, as for an x that is doubled already
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    half = x[: len(x) // 2]
    combined = torch.cat([half, half])
    y = torch.cat([labels[: len(x) // 2], torch.full_like(labels[: len(x) // 2], null)])
    out = model(combined, t[: len(combined)], y)
    c, u = out.chunk(2)
    e = u + scale * (c - u)
    return torch.cat([e, e])


# %% wrong [rescaled] brought to the spread of the conditional prediction
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels)
    u = model(x, t, torch.full_like(labels, null))
    g = u + scale * (c - u)
    return g * (c.std(dim=(1, 2, 3), keepdim=True) / g.std(dim=(1, 2, 3), keepdim=True))


# %% wrong [rescaled] brought to the conditional's norm
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        c, u = model(x, t, labels), model(x, t, torch.full_like(labels, null))
    e = u + scale * (c - u)
    return e * (c.flatten(1).norm(dim=1) / e.flatten(1).norm(dim=1)).reshape(-1, 1, 1, 1)


# %% right a generator of both, reduced
def guided_noise(model, x, t, labels, null, scale):
    with torch.no_grad():
        u, c = (model(x, t, y) for y in (labels * 0 + null, labels))
    return u.mul(1 - scale).add(c, alpha=scale)


# %% wrong [three_channels] three channels guided
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels); u = model(x, t, torch.full_like(labels, null))
    eps, rest = c[:, :3], c[:, 3:]
    return torch.cat([u[:, :3] + scale * (eps - u[:, :3]), rest], 1)


# %% wrong [uncond_added] a plus in the sum of the two
@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    c = model(x, t, labels); u = model(x, t, torch.full_like(labels, null))
    return scale * c + (scale - 1) * u


# %% right eval() for the calls, and the mode given back
def guided_noise(model, x, t, labels, null, scale):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    model.train(was_training)
    return e_uncond + scale * (e_cond - e_uncond)


# %% right a context that gives the mode back
from contextlib import contextmanager


@contextmanager
def evaluating(model):
    mode = model.training
    model.eval()
    try:
        yield model
    finally:
        model.train(mode)


@torch.no_grad()
def guided_noise(model, x, t, labels, null, scale):
    with evaluating(model):
        both = model(torch.cat([x, x]), torch.cat([t, t]), torch.cat([labels, torch.full_like(labels, null)]))
    e_cond, e_uncond = both.chunk(2)
    return torch.lerp(e_uncond, e_cond, scale)


# %% wrong [model_mode] eval(), and train() whatever the mode was
def guided_noise(model, x, t, labels, null, scale):
    model.eval()
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    model.train()
    return e_uncond + scale * (e_cond - e_uncond)
