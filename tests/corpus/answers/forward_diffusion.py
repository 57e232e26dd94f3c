# %% right as in the hint
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% right view and float()
def forward_diffusion(x0, t, e, alphas_cumprod):
    s = torch.sqrt(alphas_cumprod[t]).float().view(len(t), 1, 1, 1)
    n = torch.sqrt(1.0 - alphas_cumprod[t]).float().view(len(t), 1, 1, 1)
    return s * x0 + n * e


# %% right a loop over the batch
def forward_diffusion(x0, t, e, alphas_cumprod):
    out = []
    for image, noise, i in zip(x0, e, t):
        a = float(alphas_cumprod[i])
        out.append(math.sqrt(a) * image + math.sqrt(1 - a) * noise)
    return torch.stack(out)


# %% right numpy inside
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod.numpy()[t.numpy()][:, None, None, None]
    x = np.sqrt(a) * x0.numpy() + np.sqrt(1 - a) * e.numpy()
    return torch.from_numpy(x).to(x0.dtype)


# %% right gather and index with None
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = torch.gather(alphas_cumprod, 0, t)[:, None, None, None]
    return (a**0.5 * x0 + (1 - a) ** 0.5 * e).type_as(x0)


# %% right einsum
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod.to(x0)[t]
    return torch.einsum('b,bchw->bchw', a.sqrt(), x0) + torch.einsum('b,bchw->bchw', (1 - a).sqrt(), e)


# %% right unsqueeze until it fits
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t]
    while a.ndim < x0.ndim:
        a = a.unsqueeze(-1)
    return (a.sqrt() * x0 + (1 - a).sqrt() * e).to(x0.dtype)


# %% right lerp in float64
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod.double()[t].view(-1, 1, 1, 1)
    x = torch.addcmul(torch.sqrt(a) * x0.double(), torch.sqrt(1 - a), e.double())
    return x.to(x0.dtype)


# %% wrong [root_missing] ᾱ and 1-ᾱ without roots
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    return a * x0 + (1 - a) * e


# %% wrong [signal_root_missing] x_0 times ᾱ
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    return a * x0 + (1 - a).sqrt() * e


# %% wrong [noise_root_missing] noise times 1-ᾱ
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    return a.sqrt() * x0 + (1 - a) * e


# %% wrong [one_minus_root] one minus the root
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    return a.sqrt() * x0 + (1 - a.sqrt()) * e


# %% wrong [exchanged] factors exchanged
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    return (1 - a).sqrt() * x0 + a.sqrt() * e


# %% wrong [noise_unscaled] noise at full strength
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    return a.sqrt() * x0 + e


# %% wrong [signal_unscaled] image at full strength
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    return x0 + (1 - a).sqrt() * e


# %% wrong [noise_missing] only shrunk
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    return a.sqrt() * x0


# %% wrong [noise_subtracted] minus
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    return a.sqrt() * x0 - (1 - a).sqrt() * e


# %% wrong [index_shifted] the paper's index
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t - 1].reshape(-1, 1, 1, 1).to(x0.dtype)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [cumprod_again] a second product
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod.cumprod(0)[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [own_noise] draws its own noise
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    e = torch.randn_like(x0)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [one_t_for_all] the first image's t
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t[0]].to(x0.dtype)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [one_t_for_all] the mean of ᾱ
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].mean().to(x0.dtype)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [along_the_width] factors (B,) as they are
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].to(x0.dtype)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [broadcast] factors (B, 1, 1) on the channels
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].to(x0.dtype)[:, None, None]
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [other_dtype] float64 comes back
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [mutates] x0 *=
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype)
    x0 *= a.sqrt()
    return x0 + (1 - a).sqrt() * e


# %% wrong [left_alone] x0 itself
def forward_diffusion(x0, t, e, alphas_cumprod):
    return x0


# %% wrong [unattempted] nothing written
def forward_diffusion(x0, t, e, alphas_cumprod):
    raise NotImplementedError()


# %% right gather and reshape in a helper
def extract(a, t, x_shape):
    b = t.shape[0]
    out = a.gather(-1, t)
    return out.reshape(b, *((1,) * (len(x_shape) - 1)))
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = extract(alphas_cumprod.to(x0), t, x0.shape)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% right batch axis moved to the end
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t]
    x = a.sqrt() * x0.permute(1, 2, 3, 0) + (1 - a).sqrt() * e.permute(1, 2, 3, 0)
    return x.permute(3, 0, 1, 2).to(x0.dtype)


# %% right torch.vmap over the batch
def forward_diffusion(x0, t, e, alphas_cumprod):
    f = lambda x, a, z: a.sqrt() * x + (1 - a).sqrt() * z
    return torch.vmap(f)(x0, alphas_cumprod.to(x0.dtype)[t], e)


# %% right flattened images
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].unsqueeze(1)
    out = a.sqrt() * x0.flatten(1) + (1 - a).sqrt() * e.flatten(1)
    return out.view_as(x0).to(x0.dtype)


# %% wrong [clamped] clamped to ±3
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].view(-1, 1, 1, 1).to(x0)
    return (a.sqrt() * x0 + (1 - a).sqrt() * e).clamp(-3, 3)


# %% wrong [unnamed] squeezed at the end
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].view(-1, 1, 1, 1).to(x0)
    return (a.sqrt() * x0 + (1 - a).sqrt() * e).squeeze()


# %% wrong [root_of_one_minus_root] root of 1-√ᾱ
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].view(-1, 1, 1, 1).to(x0)
    return a.sqrt() * x0 + (1 - a.sqrt()).sqrt() * e


# %% wrong [unnamed] time runs backwards
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[len(alphas_cumprod) - 1 - t].view(-1, 1, 1, 1).to(x0)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [unnamed] noise standardised
def forward_diffusion(x0, t, e, alphas_cumprod):
    e = (e - e.mean()) / e.std()
    a = alphas_cumprod[t].view(-1, 1, 1, 1).to(x0)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [numpy_returned] NumPy in and out
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = np.asarray(alphas_cumprod)[np.asarray(t)].reshape(-1, 1, 1, 1).astype(np.asarray(x0).dtype)
    return np.sqrt(a) * np.asarray(x0) + np.sqrt(1 - a) * np.asarray(e)


# %% right an angle whose cosine and sine are the factors
def forward_diffusion(x0, t, e, alphas_cumprod):
    angle = torch.acos(alphas_cumprod[t].double().sqrt())[:, None, None, None]
    return (torch.cos(angle) * x0 + torch.sin(angle) * e).to(x0.dtype)


# %% wrong [in_bracket] √ᾱ in front of both
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].to(x0.dtype).view(-1, 1, 1, 1)
    return a.sqrt() * (x0 + (1 - a).sqrt() * e)


# %% right sigmoids of the log signal-to-noise ratio
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = torch.take(alphas_cumprod, t).to(x0)
    snr = a / (1 - a)
    w = torch.sigmoid(torch.log(snr))
    pad = (slice(None),) + (None,) * (x0.ndim - 1)
    return w[pad] ** 0.5 * x0 + (1 - w)[pad] ** 0.5 * e


# %% wrong [root_missing] ᾱ for its root in both factors
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].view(-1, 1, 1, 1).to(x0.dtype)
    return a * x0 + (1 - a ** 2).sqrt() * e


# %% wrong [signal_unscaled] x_0 at full strength, noise over signal
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].view(-1, 1, 1, 1).to(x0.dtype)
    return x0 + ((1 - a) / a).sqrt() * e


# %% right NumPy tables, axes added in a loop
def forward_diffusion(x0, t, e, alphas_cumprod):
    def _extract_into_tensor(arr, timesteps, broadcast_shape):
        res = torch.from_numpy(arr).to(device=timesteps.device)[timesteps].float()
        while len(res.shape) < len(broadcast_shape):
            res = res[..., None]
        return res.expand(broadcast_shape)
    abar = alphas_cumprod.numpy()
    return _extract_into_tensor(np.sqrt(abar), t, x0.shape) * x0 + _extract_into_tensor(np.sqrt(1.0 - abar), t, x0.shape) * e


# %% wrong [taken_for_betas] alphas_cumprod taken for betas
def forward_diffusion(x0, t, e, alphas_cumprod):
    a_bar = torch.cumprod(1 - alphas_cumprod, 0)[t].view(-1, 1, 1, 1).to(x0.dtype)
    return a_bar.sqrt() * x0 + (1 - a_bar).sqrt() * e


# %% wrong [signal_missing] noise alone
def forward_diffusion(x0, t, e, alphas_cumprod):
    x_t = torch.zeros_like(x0)
    return x_t + e


# %% wrong [signal_missing] x_0 forgotten
def forward_diffusion(x0, t, e, alphas_cumprod):
    sigma = (1 - alphas_cumprod[t]).sqrt()
    return sigma[:, None, None, None].to(e.dtype) * e


# %% wrong [clamped] clamped to [-1, 1]
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].view(-1, 1, 1, 1).to(x0)
    return (a.sqrt() * x0 + (1 - a).sqrt() * e).clamp(-1, 1)


# %% right embedding lookup
def forward_diffusion(x0, t, e, alphas_cumprod):
    table = torch.stack([alphas_cumprod.sqrt(), (1 - alphas_cumprod).sqrt()], 1).to(x0.dtype)
    signal, noise = F.embedding(t, table).chunk(2, dim=1)
    return signal[..., None, None] * x0 + noise[..., None, None] * e


# %% wrong [argument_unused] tables made at the first call
_tables = {}


def forward_diffusion(x0, t, e, alphas_cumprod):
    a = _tables.setdefault("a", alphas_cumprod.float())[t].view(-1, 1, 1, 1)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [argument_unused] the schedule of another cell
_levels = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0)


def forward_diffusion(x0, t, e, alphas_cumprod):
    a = _levels[t].view(-1, 1, 1, 1)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [end_moved] t from 1 on
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t.clamp(min=1)].view(-1, 1, 1, 1).to(x0.dtype)
    return a.sqrt() * x0 + (1 - a).sqrt() * e


# %% wrong [several_returned] the noise as well
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = alphas_cumprod[t].view(-1, 1, 1, 1).to(x0.dtype)
    return a.sqrt() * x0 + (1 - a).sqrt() * e, e


# %% right one-hot times the table
def forward_diffusion(x0, t, e, alphas_cumprod):
    a = (F.one_hot(t, len(alphas_cumprod)).to(x0.dtype) @ alphas_cumprod.to(x0.dtype)).view(-1, 1, 1, 1)
    return a**0.5 * x0 + (1 - a) ** 0.5 * e
