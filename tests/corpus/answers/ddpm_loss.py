# %% right as in the hint
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return ((model(x_t, t) - e) ** 2).mean()


# %% right F.mse_loss
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t), e)


# %% right nn.MSELoss, target first
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return nn.MSELoss()(e, model(x_t, t))


# %% right eq. 4 written out
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].float()[:, None, None, None]
    guess = model(a.sqrt() * x0 + (1 - a).sqrt() * e, t)
    return torch.mean(torch.square(e - guess))


# %% right sum over everything divided by its number
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return (e - model(x_t, t)).pow(2).sum() / e.numel()


# %% right mean of means
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return (e - model(x_t, t)).pow(2).mean(dim=(1, 2, 3)).mean()


# %% right one image after the other
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    total = 0
    for i in range(len(x0)):
        x_t = forward_diffusion(x0[i : i + 1], t[i : i + 1], e[i : i + 1], alphas_cumprod)
        total = total + F.mse_loss(model(x_t, t[i : i + 1]), e[i : i + 1])
    return total / len(x0)


# %% right the noising without a graph
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    with torch.no_grad():
        x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    missed = (model(x_t, t) - e).flatten()
    return missed.dot(missed) / len(missed)


# %% wrong [clean_input] the network sees x0
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    return F.mse_loss(model(x0, t), e)


# %% wrong [noise_input] the network sees e
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    return F.mse_loss(model(e, t), e)


# %% wrong [wrong_x_t] roots forgotten in eq. 4
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].float()[:, None, None, None]
    return F.mse_loss(model(a * x0 + (1 - a) * e, t), e)


# %% wrong [wrong_x_t] noise added unscaled
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].float()[:, None, None, None]
    return F.mse_loss(model(a.sqrt() * x0 + e, t), e)


# %% wrong [predicts_x0] compared with x0
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t), x0)


# %% wrong [predicts_x_t] compared with x_t
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t), x_t)


# %% wrong [sign] sum for difference
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return ((model(x_t, t) + e) ** 2).mean()


# %% wrong [summed] sum over everything
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return ((model(x_t, t) - e) ** 2).sum()


# %% wrong [summed_over_pixels] sum over the pixels
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return ((model(x_t, t) - e) ** 2).sum(dim=(1, 2, 3)).mean()


# %% wrong [halved] with ½
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return 0.5 * F.mse_loss(model(x_t, t), e)


# %% wrong [root] RMSE
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t), e).sqrt()


# %% wrong [root] norm
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return (model(x_t, t) - e).norm()


# %% wrong [absolute] L1
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.l1_loss(model(x_t, t), e)


# %% wrong [weighted] times t
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return (t.reshape(-1, 1, 1, 1) * (model(x_t, t) - e) ** 2).mean()


# %% wrong [t_shifted] the paper's t
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t + 1), e)


# %% wrong [t_scaled] t/T
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t / len(alphas_cumprod)), e)


# %% wrong [t_forgotten] model(x_t)
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t), e)


# %% wrong [t_shape] t as (B, 1, 1, 1)
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t.reshape(-1, 1, 1, 1)), e)


# %% wrong [own_noise] draws its own noise
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    e = torch.randn_like(x0)
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t), e)


# %% wrong [own_noise] draws its own t
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    t = torch.randint(0, len(alphas_cumprod), (len(x0),))
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t), e)


# %% wrong [not_scalar] a loss a pixel
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return (model(x_t, t) - e) ** 2


# %% wrong [not_scalar] a loss an image
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return ((model(x_t, t) - e) ** 2).mean(dim=(1, 2, 3))


# %% wrong [no_gradient] item()
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t), e).item()


# %% wrong [no_gradient] under no_grad
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    with torch.no_grad():
        x_t = forward_diffusion(x0, t, e, alphas_cumprod)
        return F.mse_loss(model(x_t, t), e)


# %% wrong [half_detached] half of the product detached
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    missed = model(x_t, t) - e
    return (missed * missed.detach()).mean()


# %% wrong [other_dtype] float64 to the network
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t][:, None, None, None]
    return F.mse_loss(model(a.sqrt() * x0 + (1 - a).sqrt() * e, t), e)


# %% wrong [mutates] e -= …
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    guess = model(x_t, t)
    e -= guess
    return (e**2).mean()


# %% wrong [unattempted] nothing written
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    raise NotImplementedError()


# %% wrong [arguments_exchanged] t before the images
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].to(x0.dtype)[:, None, None, None]
    return F.mse_loss(model(t, a.sqrt() * x0 + (1 - a).sqrt() * e), e)


# %% right the difference in float64
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    a = alphas_cumprod.double()[t].view(-1, 1, 1, 1)
    x_t = (torch.sqrt(a) * x0 + torch.sqrt(1.0 - a) * e).float()
    return (model(x_t, t).double() - e.double()).pow(2).mean()


# %% right a forward process of its own
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    a = alphas_cumprod.to(x0.dtype)[t][:, None, None, None]
    pred = model(torch.sqrt(a) * x0 + torch.sqrt(1 - a) * e, t)
    return torch.mean((e - pred).pow(2))


# %% right image by image
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    losses = []
    for i in range(len(x0)):
        xt = forward_diffusion(x0[i:i+1], t[i:i+1], e[i:i+1], alphas_cumprod)
        losses.append(F.mse_loss(model(xt, t[i:i+1]), e[i:i+1]))
    return sum(losses) / len(losses)


# %% right x_t made without a graph
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    with torch.no_grad():
        xt = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(xt, t), e.detach())


# %% right norm squared over the count
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    xt = forward_diffusion(x0, t, e, alphas_cumprod)
    return torch.linalg.norm((model(xt, t) - e).flatten()) ** 2 / e.numel()


# %% wrong [huber] smooth L1
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    xt = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.smooth_l1_loss(e, model(xt, t))


# %% wrong [halved] Huber loss with a large delta
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    xt = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.huber_loss(e, model(xt, t), delta=100.)


# %% wrong [own_noise] t drawn again
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    t = torch.randint(0, len(alphas_cumprod), (len(x0),))
    xt = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(xt, t), e)


# %% wrong [weighted] weights of min-SNR
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    xt = forward_diffusion(x0, t, e, alphas_cumprod)
    a = alphas_cumprod[t].view(-1, 1, 1, 1)
    snr = a / (1 - a)
    return (snr.clamp(max=5) / snr * (model(xt, t) - e) ** 2).mean()


# %% wrong [no_gradient] detached, then requires_grad again
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    xt = forward_diffusion(x0, t, e, alphas_cumprod)
    pred = model(xt, t).detach().requires_grad_(True)
    return F.mse_loss(pred, e)


# %% wrong [raised] calls backward itself
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    xt = forward_diffusion(x0, t, e, alphas_cumprod)
    loss = F.mse_loss(model(xt, t), e)
    loss.backward()
    return loss


# %% wrong [model_mode] the network put into evaluation mode
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    model.eval()
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t), e)


# %% right float64 but for the network
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    a = alphas_cumprod.double()[t].view(-1, 1, 1, 1)
    x_t = a.sqrt() * x0.double() + (1 - a).sqrt() * e.double()
    pred = model(x_t.to(x0.dtype), t)
    return ((pred - e) ** 2).mean()


# %% right float64 before and after the network
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    a = alphas_cumprod.double()[t].view(-1, 1, 1, 1)
    x_t = a.sqrt() * x0.double() + (1 - a).sqrt() * e.double()
    pred = model(x_t.to(x0.dtype), t)
    return F.mse_loss(pred.double(), e.double())


# %% right gather in a helper
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    def extract(a, t, x_shape):
        out = a.gather(-1, t)
        return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1)))
    x_t = extract(alphas_cumprod.float().sqrt(), t, x0.shape) * x0 + extract((1 - alphas_cumprod.float()).sqrt(), t, x0.shape) * e
    predicted_noise = model(x_t, t)
    return F.mse_loss(e, predicted_noise)


# %% right einsum over the residual
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    r = e - model(forward_diffusion(x0, t, e, alphas_cumprod), t)
    return torch.einsum("bchw,bchw->", r, r) / r.numel()


# %% wrong [unnamed] compared with the scaled noise
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    c = (1 - alphas_cumprod[t]).sqrt().reshape(-1, 1, 1, 1).to(x0.dtype)
    return F.mse_loss(model(x_t, t), c * e)


# %% wrong [t_shape] one t without a shape
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t[0]), e)


# %% wrong [square_of_mean] the mean's square
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    return (e - model(forward_diffusion(x0, t, e, alphas_cumprod), t)).mean() ** 2


# %% wrong [predicts_v] compared with v
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].to(x0.dtype).reshape(-1, 1, 1, 1)
    v = a.sqrt() * e - (1 - a).sqrt() * x0
    return F.mse_loss(model(forward_diffusion(x0, t, e, alphas_cumprod), t), v)


# %% wrong [summed_over_batch] a mean for each image, summed
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    p = model(forward_diffusion(x0, t, e, alphas_cumprod), t)
    return (p - e).square().mean((1, 2, 3)).sum()


# %% wrong [weighted] weighted by the signal-to-noise ratio
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    snr = (alphas_cumprod / (1 - alphas_cumprod))[t].float()
    return (snr * (model(x_t, t) - e).square().flatten(1).mean(1)).mean()


# %% wrong [x_t_compared] x_t made again and compared
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(forward_diffusion(x0, t, model(x_t, t), alphas_cumprod), x_t)


# %% wrong [x_t_clamped] clipped x_t
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    x = forward_diffusion(x0, t, e, alphas_cumprod).clamp(-1, 1)
    return F.mse_loss(model(x, t), e)


# %% right predicts x0, weighted back
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].to(x0.dtype).view(-1, 1, 1, 1)
    x = forward_diffusion(x0, t, e, alphas_cumprod)
    guess = (x - (1 - a).sqrt() * model(x, t)) / a.sqrt()
    return (a / (1 - a) * (guess - x0) ** 2).mean()


# %% wrong [argument_unused] the schedule of another cell
_levels = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0)


def ddpm_loss(model, x0, t, e, alphas_cumprod):
    return F.mse_loss(model(forward_diffusion(x0, t, e, _levels), t), e)


# %% wrong [end_moved] t from 1 on
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    t = t.clamp(min=1)
    return F.mse_loss(model(forward_diffusion(x0, t, e, alphas_cumprod), t), e)


# %% wrong [end_moved] t up to T - 2
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    t = t.clamp(max=len(alphas_cumprod) - 2)
    return F.mse_loss(model(forward_diffusion(x0, t, e, alphas_cumprod), t), e)


# %% wrong [kept_from_before] the mean of all losses so far
_losses = []


def ddpm_loss(model, x0, t, e, alphas_cumprod):
    _losses.append(F.mse_loss(model(forward_diffusion(x0, t, e, alphas_cumprod), t), e))
    return sum(_losses) / len(_losses)
