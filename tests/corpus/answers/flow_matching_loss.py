# %% right the formula
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    x_t = (1 - s) * noise + s * data
    return (model(x_t, t) - (data - noise)).square().mean()


# %% right F.mse_loss and view
def flow_matching_loss(model, data, noise, t):
    shape = (len(data),) + (1,) * (data.dim() - 1)
    time = t.view(shape)
    x = noise + time * (data - noise)
    return F.mse_loss(model(x, t), data - noise)


# %% right a loop over the batch
def flow_matching_loss(model, data, noise, t):
    rows = [(1 - a) * n + a * d for d, n, a in zip(data, noise, t)]
    prediction = model(torch.stack(rows), t)
    losses = [((p - (d - n)) ** 2).mean() for p, d, n in zip(prediction, data, noise)]
    return sum(losses) / len(losses)


# %% right torch.lerp
def flow_matching_loss(model, data, noise, t):
    while t.ndim < data.ndim:
        t = t.unsqueeze(-1)
    error = model(torch.lerp(noise, data, t), t.flatten()) - data + noise
    return torch.mean(error**2)


# %% right einsum, the mean by hand
def flow_matching_loss(model, data, noise, t):
    x_t = torch.einsum("b,b...->b...", t, data) + torch.einsum("b,b...->b...", 1 - t, noise)
    difference = model(x_t, t) - (data - noise)
    return (difference * difference).sum() / difference.numel()


# %% wrong [other_dtype] per sample first, float64
def flow_matching_loss(model, data, noise, t):
    data, noise, t = data.double(), noise.double(), t.double()
    s = t[(...,) + (None,) * (data.ndim - 1)]
    v = model(s * data + (1 - s) * noise, t)
    return ((v - data + noise) ** 2).flatten(1).mean(dim=1).mean()


# %% wrong [time_reversed] t runs from data to noise
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return (model((1 - s) * data + s * noise, t) - (data - noise)).square().mean()


# %% wrong [time_reversed] as in Stable Diffusion 3, target reversed as well
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return (model((1 - s) * data + s * noise, t) - (noise - data)).square().mean()


# %% wrong [sign] noise minus data
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return (model((1 - s) * noise + s * data, t) - (noise - data)).square().mean()


# %% wrong [diffusion_path] square roots
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return (model((1 - s).sqrt() * noise + s.sqrt() * data, t) - (data - noise)).square().mean()


# %% wrong [diffusion_path] variance preserving
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return (model((1 - s**2).sqrt() * noise + s * data, t) - (data - noise)).square().mean()


# %% wrong [noise_target] the noise, as in a DDPM
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t), noise)


# %% wrong [data_target] the data
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t), data)


# %% wrong [clean_input] the model sees the data
def flow_matching_loss(model, data, noise, t):
    return F.mse_loss(model(data, t), data - noise)


# %% wrong [noise_input] the model sees the noise
def flow_matching_loss(model, data, noise, t):
    return F.mse_loss(model(noise, t), data - noise)


# %% wrong [model_time] 1 - t to the model
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, 1 - t), data - noise)


# %% wrong [summed] over dimensions, mean over the batch
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    error = model((1 - s) * noise + s * data, t) - (data - noise)
    return error.square().flatten(1).sum(1).mean()


# %% wrong [summed] over everything
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t), data - noise, reduction="sum")


# %% wrong [halved] half
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return 0.5 * F.mse_loss(model((1 - s) * noise + s * data, t), data - noise)


# %% wrong [root] root mean square
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t), data - noise).sqrt()


# %% wrong [absolute] L1
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.l1_loss(model((1 - s) * noise + s * data, t), data - noise)


# %% wrong [not_scalar] one number a sample
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    error = model((1 - s) * noise + s * data, t) - (data - noise)
    return error.square().flatten(1).mean(1)


# %% wrong [shape_of_t] t as a column
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, s), data - noise)


# %% wrong [t_not_shaped] t as it is
def flow_matching_loss(model, data, noise, t):
    return F.mse_loss(model((1 - t) * noise + t * data, t), data - noise)


# %% wrong [t_for_images_only] four axes always
def flow_matching_loss(model, data, noise, t):
    s = t[:, None, None, None]
    return F.mse_loss(model((1 - s) * noise + s * data, t), data - noise)


# %% wrong [no_gradient] no_grad around the model
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    with torch.no_grad():
        v = model((1 - s) * noise + s * data, t)
    return F.mse_loss(v, data - noise)


# %% wrong [half_gradient] one factor of the square detached
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    error = model((1 - s) * noise + s * data, t) - (data - noise)
    return (error * error.detach()).mean()


# %% wrong [own_noise] draws its own
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    noise = torch.randn_like(data)
    return F.mse_loss(model((1 - s) * noise + s * data, t), data - noise)


# %% wrong [mutates] data changed in place
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    x_t = (1 - s) * noise + s * data
    data -= noise
    return F.mse_loss(model(x_t, t), data)


# %% wrong [t_not_shaped] two axes always
def flow_matching_loss(model, data, noise, t):
    s = t[:, None]
    return F.mse_loss(model((1 - s) * noise + s * data, t), data - noise)


# %% wrong [model_mode] the network put into evaluation mode
def flow_matching_loss(model, data, noise, t):
    model.eval()
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t), data - noise)


# %% right F.mse_loss, expand by view
def flow_matching_loss(model, data, noise, t):
    tt = t.view(t.size(0), *([1] * (data.dim() - 1)))
    xt = torch.lerp(noise, data, tt.expand_as(data))
    return F.mse_loss(model(xt, t), data - noise)


# %% right while unsqueezing
def flow_matching_loss(model, data, noise, t):
    s = t
    while s.ndim < data.ndim:
        s = s.unsqueeze(-1)
    target = data - noise
    pred = model(noise + s * target, t)
    return ((pred - target) ** 2).mean()


# %% right per sample, then the batch
def flow_matching_loss(model, data, noise, t):
    s = t.reshape((-1,) + (1,) * (data.ndim - 1))
    v = model(s * data + (1 - s) * noise, t)
    return (v - data + noise).pow(2).flatten(1).mean(dim=1).mean()


# %% right target detached
def flow_matching_loss(model, data, noise, t):
    s = t[(...,) + (None,) * (data.ndim - 1)]
    with torch.no_grad():
        x_t, u = (1 - s) * noise + s * data, data - noise
    return torch.mean(torch.square(model(x_t, t) - u))


# %% right norm squared over the count
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    d = model((1 - s) * noise + s * data, t) - (data - noise)
    return d.norm() ** 2 / d.numel()


# %% wrong [t_not_shaped] t broadcast along the last axis
def flow_matching_loss(model, data, noise, t):
    x_t = (1 - t[:, None]) * noise + t[:, None] * data
    return F.mse_loss(model(x_t, t), data - noise)


# %% wrong [time_reversed] rectified flow the other way round
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * data + s * noise, t), noise - data)


# %% wrong [sign] sign of the target
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t), noise - data)


# %% wrong [time_reversed] path backwards, target right
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model(s * noise + (1 - s) * data, t), data - noise)


# %% wrong [summed] summed
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return (model((1 - s) * noise + s * data, t) - (data - noise)).square().flatten(1).sum(1).mean()


# %% wrong [not_scalar] no reduction
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t), data - noise, reduction="none")


# %% wrong [no_gradient] item
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t), data - noise).item()


# %% wrong [smallest_sigma] sigma min of Lipman
def flow_matching_loss(model, data, noise, t, sigma_min=1e-4):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    x_t = (1 - (1 - 0.1) * s) * noise + s * data
    return F.mse_loss(model(x_t, t), data - (1 - 0.1) * noise)


# %% wrong [own_noise] t drawn inside
def flow_matching_loss(model, data, noise, t):
    t = torch.rand(len(data))
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t), data - noise)


# %% wrong [own_noise] noise drawn inside
def flow_matching_loss(model, data, noise, t):
    noise = torch.randn_like(data)
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t), data - noise)


# %% wrong [place_target] target toward x_t
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    x_t = (1 - s) * noise + s * data
    return F.mse_loss(model(x_t, t), data - x_t)


# %% wrong [mutates] noise altered in place
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    u = data - noise
    noise.mul_(1 - s).add_(s * data)
    return F.mse_loss(model(noise, t), u)


# %% wrong [weighted] weighted by t
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return (s * (model((1 - s) * noise + s * data, t) - (data - noise)) ** 2).mean()


# %% wrong [t_multiplied] t in thousandths
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t * 1000), data - noise)


# %% wrong [raised] model called the other way round
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model(t, (1 - s) * noise + s * data), data - noise)


# %% wrong [raised] backward inside
def flow_matching_loss(model, data, noise, t):
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    loss = F.mse_loss(model((1 - s) * noise + s * data, t), data - noise)
    loss.backward()
    return loss


# %% wrong [place_target] target x_t - noise
def flow_matching_loss(model, data, noise, t):
    s = t.view(-1, *[1] * (data.ndim - 1))
    x_t = (1 - s) * noise + s * data
    return F.mse_loss(model(x_t, t), x_t - noise)


# %% wrong [sum_target] the sum data + noise
def flow_matching_loss(model, data, noise, t):
    s = t.view(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, t), data + noise)


# %% wrong [one_factor] only t data added
def flow_matching_loss(model, data, noise, t):
    s = t.view(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model(noise + s * data, t), data - noise)


# %% wrong [squared_late] mean before the square
def flow_matching_loss(model, data, noise, t):
    s = t.view(-1, *[1] * (data.ndim - 1))
    return (model((1 - s) * noise + s * data, t) - (data - noise)).mean() ** 2


# %% wrong [not_squared] no square
def flow_matching_loss(model, data, noise, t):
    s = t.view(-1, *[1] * (data.ndim - 1))
    return (model((1 - s) * noise + s * data, t) - (data - noise)).mean()


# %% wrong [huber] smooth l1
def flow_matching_loss(model, data, noise, t):
    s = t.view(-1, *[1] * (data.ndim - 1))
    return F.smooth_l1_loss(model((1 - s) * noise + s * data, t), data - noise)


# %% wrong [no_time] zero time to the model
def flow_matching_loss(model, data, noise, t):
    s = t.view(-1, *[1] * (data.ndim - 1))
    return F.mse_loss(model((1 - s) * noise + s * data, torch.zeros_like(t)), data - noise)


# %% wrong [one_time] first t for all
def flow_matching_loss(model, data, noise, t):
    s = t[0]
    return F.mse_loss(model((1 - s) * noise + s * data, t), data - noise)


# %% right vmap over the batch
def flow_matching_loss(model, data, noise, t):
    blend = torch.vmap(lambda d, n, a: n + a * (d - n))
    difference = torch.sub(model(blend(data, noise, t), t), torch.sub(data, noise))
    return torch.linalg.vector_norm(difference).pow(2) / difference.numel()


# %% right torch.func.jvp gives the velocity
def flow_matching_loss(model, data, noise, t):
    shaped = t.view(-1, *(1,) * (data.ndim - 1))
    x_t, u = torch.func.jvp(lambda s: (1 - s) * noise + s * data, (shaped,), (torch.ones_like(shaped),))
    return F.mse_loss(model(x_t, t), u)


# %% wrong [smallest_sigma] a smallest sigma of 1e-4
def flow_matching_loss(model, data, noise, t):
    sigma_min = 1e-4
    s = t.view(-1, *[1] * (data.dim() - 1))
    x_t = (1 - (1 - sigma_min) * s) * noise + s * data
    return F.mse_loss(model(x_t, t), data - (1 - sigma_min) * noise)


# %% wrong [summed] half the sum over the dimensions
def flow_matching_loss(model, data, noise, t):
    s = t.view(-1, *[1] * (data.dim() - 1))
    x_t = (1 - s) * noise + s * data
    losses = torch.square(model(x_t, t) - (data - noise))
    losses = 0.5 * torch.sum(losses.reshape(losses.shape[0], -1), dim=-1)
    return losses.mean()


# %% wrong [data_target] the model's answer taken for the data, (data - x_t)/(1-t)
def flow_matching_loss(model, data, noise, t):
    s = t.view(-1, *[1] * (data.dim() - 1))
    x_t = (1 - s) * noise + s * data
    v = (model(x_t, t) - x_t) / (1 - s)
    return F.mse_loss(v, data - noise)


# %% wrong [unnamed] a path along sine and cosine
def flow_matching_loss(model, data, noise, t):
    s = t.view(-1, *[1] * (data.dim() - 1))
    x_t = torch.cos(math.pi / 2 * s) * noise + torch.sin(math.pi / 2 * s) * data
    ut = math.pi / 2 * (torch.cos(math.pi / 2 * s) * data - torch.sin(math.pi / 2 * s) * noise)
    return F.mse_loss(model(x_t, t), ut)


# %% wrong [diffusion_path] along a quarter of a circle
def flow_matching_loss(model, data, noise, t):
    angle = t.reshape(-1, *[1] * (data.ndim - 1)) * math.pi / 2
    x_t = torch.cos(angle) * noise + torch.sin(angle) * data
    return F.mse_loss(model(x_t, t), data - noise)


# %% wrong [mutates] the target made in place of the data, which x_t is made of
def flow_matching_loss(model, data, noise, t):
    target = data.sub_(noise)
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    x_t = (1 - s) * noise + s * data
    return F.mse_loss(model(x_t, t), target)
