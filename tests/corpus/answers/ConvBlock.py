# %% right GroupNorm with 8 groups, or as many as divide the channels
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% right one group
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, kernel_size=3, padding="same")
        self.emb = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, out_c))
        self.norm = nn.GroupNorm(1, out_c)
        self.act = nn.SiLU()

    def forward(self, x, t):
        h = self.conv(x)
        h = h + self.emb(t).unsqueeze(-1).unsqueeze(-1)
        return self.act(self.norm(h))


# %% right one group a channel
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(out_c, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% right the shift comes after the norm
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(min(4, out_c) if out_c % 4 == 0 else 1, out_c)

    def forward(self, x, t):
        h = self.norm(self.conv(x)) + self.time(t).view(t.shape[0], -1, 1, 1)
        return F.gelu(h)


# %% right pre-activation: norm, activation, then convolution
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.norm = nn.GroupNorm(1, in_c)
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)

    def forward(self, x, t):
        return self.conv(F.silu(self.norm(x))) + self.time(t)[:, :, None, None]


# %% right a residual connection in the block already
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(2, out_c)
        self.skip = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        h = self.norm(self.conv(x) + self.time(t)[:, :, None, None])
        return F.silu(h) + self.skip(x)


# %% right functional style, with bare parameters
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(out_c, in_c, 3, 3) / (9 * in_c) ** 0.5)
        self.project = nn.Parameter(torch.randn(embed_dim, out_c) / embed_dim**0.5)
        self.gain = nn.Parameter(torch.ones(out_c))
        self.shift = nn.Parameter(torch.zeros(out_c))

    def forward(self, x, t):
        h = F.conv2d(x, self.kernel, padding=1) + (t @ self.project)[:, :, None, None]
        h = F.group_norm(h, 2, self.gain, self.shift)
        return h * torch.sigmoid(h)


# %% right scale and shift from t, as in improved DDPM
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1, bias=False)
        self.time = nn.Linear(embed_dim, 2 * out_c)
        self.norm = nn.GroupNorm(max(1, out_c // 16), out_c)

    def forward(self, x, t):
        scale, shift = self.time(t)[:, :, None, None].chunk(2, dim=1)
        return nn.functional.silu(self.norm(self.conv(x)) * (1 + scale) + shift)


# %% right a loop over the samples, norm by hand
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.weight = nn.Parameter(torch.ones(1, out_c, 1, 1))
        self.bias = nn.Parameter(torch.zeros(1, out_c, 1, 1))

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[..., None, None]
        h = torch.stack([(one - one.mean()) / (one.std() + 1e-5) for one in h])
        return F.silu(self.weight * h + self.bias)


# %% right weight normalisation in the convolution, ReLU
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv2d(in_c, out_c, 3, padding=1))
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        return F.relu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% right scale and shift that start at zero, dropout
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, 2 * out_c)
        nn.init.zeros_(self.time.weight)
        nn.init.zeros_(self.time.bias)
        self.norm = nn.GroupNorm(2, out_c, affine=False)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, t):
        scale, shift = self.time(t)[:, :, None, None].chunk(2, dim=1)
        return self.dropout(F.elu(self.norm(self.conv(x)) * (1 + scale) + shift))


# %% wrong [batchnorm_kept] BatchNorm is still there
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.BatchNorm2d(out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% wrong [batchnorm_kept] GroupNorm was added, BatchNorm stayed
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.bn = nn.BatchNorm2d(out_c)
        self.gn = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        return F.silu(self.gn(self.bn(self.conv(x) + self.time(t)[:, :, None, None])))


# %% wrong [mixes_samples] statistics over the batch by hand
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        h = (h - h.mean(dim=(0, 2, 3), keepdim=True)) / (h.std(dim=(0, 2, 3), keepdim=True) + 1e-5)
        return F.silu(h)


# %% wrong [mixes_samples] BatchNorm without running averages
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.BatchNorm2d(out_c, track_running_stats=False)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% wrong [no_norm] GroupNorm made but not used
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        return F.silu(self.conv(x) + self.time(t)[:, :, None, None])


# %% wrong [no_norm] the norm is called, its result dropped
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        self.norm(h)
        return F.silu(h)


# %% wrong [groups_too_many] 8 groups, whatever the channels
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(8, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% wrong [groups_too_many] 32 groups, as in the large models
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(32, out_c)
        self.act = nn.SiLU()

    def forward(self, x, t):
        return self.act(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% wrong [groups_too_many] 16 channels a group: no group at all for few channels
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(out_c // 16, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% wrong [time_ignored] t is not used
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x)))


# %% wrong [time_shared] the shift of the first sample for all
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t).mean(0)[None, :, None, None]))


# %% wrong [time_same_in_all_channels] t projected to one number
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, 1)
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x)) + self.time(t)[:, :, None, None])


# %% wrong [no_activation] no SiLU
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return self.norm(self.conv(x) + self.time(t)[:, :, None, None])


# %% wrong [no_padding] no padding
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% wrong [too_much_padding] padding of 2
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=2)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% wrong [raised] the shift lacks its two axes
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)))


# %% wrong [raised] super().__init__() forgotten
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% wrong [unattempted] nothing written
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        # YOUR CODE HERE
        raise NotImplementedError()

    def forward(self, x, t):
        # YOUR CODE HERE
        raise NotImplementedError()


# %% right lazy layers, their sizes found at the first call
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.LazyConv2d(out_c, 3, padding=1)
        self.time = nn.LazyLinear(out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% right spectral normalisation of the convolution
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.utils.parametrizations.spectral_norm(nn.Conv2d(in_c, out_c, 3, padding=1))
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% right the older spectral normalisation
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.utils.spectral_norm(nn.Conv2d(in_c, out_c, 3, padding=1))
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% right layers in a ModuleList, functional norm without parameters
class ConvBlock(nn.Module):
    def __init__(self, in_c: int, out_c: int, embed_dim: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(in_c, out_c, (3, 3), padding=(1, 1)), nn.Linear(embed_dim, out_c)])
        self.groups = 2 if out_c % 2 == 0 else 1

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        conv, time = self.layers
        h = torch.add(conv(x), time(t)[..., None, None])
        return F.mish(F.group_norm(h, self.groups))


# %% right forward compiled
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    @torch.compile
    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% wrong [unregistered] layers in a plain list
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = [nn.Conv2d(in_c, out_c, 3, padding=1)]
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    def forward(self, x, t):
        h = self.conv[0](x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% wrong [made_in_forward] layers made in forward
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = in_c, out_c
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    def forward(self, x, t):
        h = nn.Conv2d(*self.conv, 3, padding=1)(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% wrong [unregistered] the norm is built at each call
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(nn.GroupNorm(2, h.shape[1])(h))


# %% wrong [no_gradient] no_grad on forward
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    @torch.no_grad()
    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% wrong [parameter_unreached] the convolution is detached
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x).detach() + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% wrong [input_detached] the input is detached
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x.detach()) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% wrong [pixel_kernel] a 1×1 convolution
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% wrong [x_ignored] an image of ones
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    def forward(self, x, t):
        h = 0 * (self.conv(x) + self.time(t)[:, :, None, None]) + 1
        return h


# %% wrong [x_ignored] the convolution is made, and not used
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        h = self.time(t)[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return F.silu(self.norm(h))


# %% right scale and shift by t
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.emb = nn.Linear(embed_dim, 2 * out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)

    def forward(self, x, t):
        scale, shift = self.emb(t)[:, :, None, None].chunk(2, dim=1)
        return F.silu(self.norm(self.conv(x)) * (1 + scale) + shift)


# %% right parameters of its own and F.conv2d
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_c, in_c, 3, 3) / (3 * in_c ** 0.5))
        self.bias = nn.Parameter(torch.zeros(out_c))
        self.proj = nn.Parameter(torch.randn(out_c, embed_dim) / embed_dim ** 0.5)
        self.gamma = nn.Parameter(torch.ones(out_c))
        self.beta = nn.Parameter(torch.zeros(out_c))
        self.groups = 2

    def forward(self, x, t):
        h = F.conv2d(x, self.weight, self.bias, padding=1) + (t @ self.proj.T).view(x.size(0), -1, 1, 1)
        return F.silu(F.group_norm(h, self.groups, self.gamma, self.beta))


# %% right group norm by hand
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.g = 2 if out_c % 2 == 0 else 1

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        B, Ch, H, W = h.shape
        v = h.view(B, self.g, -1)
        v = (v - v.mean(-1, keepdim=True)) / torch.sqrt(v.var(-1, keepdim=True, unbiased=False) + 1e-5)
        return F.silu(v.view(B, Ch, H, W))


# %% wrong [unnamed] a dilated convolution
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=2, dilation=2)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% wrong [unnamed] a 5×5 kernel
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 5, padding=2)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% wrong [padding_true] padding given as True
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=True)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% wrong [random_in_forward] F.dropout always on
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.dropout(F.silu(self.norm(h)), 0.1)


# %% wrong [random_in_forward] noise added to the output
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h)) + 0.01 * torch.randn_like(h)


# %% wrong [parameter_unreached] the convolution frozen
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)
        self.conv.requires_grad_(False)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% right norm first, scale and shift like guided diffusion
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.in_layers = nn.Sequential(nn.GroupNorm(1, in_c), nn.SiLU(), nn.Conv2d(in_c, out_c, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 2 * out_c))
        self.norm = nn.GroupNorm(math.gcd(32, out_c), out_c)
    def forward(self, x, t):
        h = self.in_layers(x)
        scale, shift = self.emb_layers(t)[:, :, None, None].chunk(2, dim=1)
        return F.silu(self.norm(h) * (1 + scale) + shift)


# %% right layer norm over channels and pixels as GroupNorm(1) with einops-free view
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, kernel_size=3, padding="same")
        self.time_mlp = nn.Linear(embed_dim, out_c)
        self.gn = nn.GroupNorm(num_groups=1, num_channels=out_c)
        self.act = nn.GELU()
    def forward(self, x, t):
        time_emb = self.time_mlp(t)
        time_emb = time_emb[(...,) + (None,) * 2]
        return self.act(self.gn(self.conv(x) + time_emb))


# %% right dropout at the end
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim, dropout=0.1):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.norm = nn.GroupNorm(1, out_c)
        self.drop = nn.Dropout(dropout)
        self.emb = nn.Linear(embed_dim, out_c)
    def forward(self, x, t):
        h = self.norm(self.conv(x) + self.emb(t)[:, :, None, None])
        return self.drop(F.silu(h))


# %% right layernorm over channels-last
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.norm = nn.LayerNorm(out_c)
        self.emb = nn.Linear(embed_dim, out_c)
    def forward(self, x, t):
        h = self.conv(x) + self.emb(t)[:, :, None, None]
        h = self.norm(h.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return F.silu(h)


# %% wrong [groups_too_many] nn.GroupNorm(4, out_c)
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.norm = nn.GroupNorm(4, out_c)
        self.emb = nn.Linear(embed_dim, out_c)
    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.emb(t)[:, :, None, None]))


# %% wrong [time_shared] shift of only the first sample
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.norm = nn.GroupNorm(1, out_c)
        self.emb = nn.Linear(embed_dim, out_c)
    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.emb(t)[0][None, :, None, None]))


# %% wrong [mixes_samples] mean and deviation of the whole batch
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.emb = nn.Linear(embed_dim, out_c)
    def forward(self, x, t):
        h = self.conv(x) + self.emb(t)[:, :, None, None]
        h = (h - h.mean()) / h.std()
        return F.silu(h)


# %% wrong [mixes_samples] track_running_stats off
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.norm = nn.BatchNorm2d(out_c, track_running_stats=False)
        self.emb = nn.Linear(embed_dim, out_c)
    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.emb(t)[:, :, None, None]))


# %% wrong [unnamed] a 1×3 kernel
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, (1, 3), padding=(0, 1))
        self.norm = nn.GroupNorm(1, out_c)
        self.emb = nn.Linear(embed_dim, out_c)
    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.emb(t)[:, :, None, None]))


# %% wrong [input_detached] x.data for x
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.norm = nn.GroupNorm(1, out_c)
        self.emb = nn.Linear(embed_dim, out_c)
    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x.data) + self.emb(t)[:, :, None, None]))


# %% wrong [channels_alone] a depthwise convolution, then the channels side by side
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        groups = math.gcd(in_c, out_c)
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1, groups=groups)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% right a depthwise convolution and a 1×1 convolution after it
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.depth = nn.Conv2d(in_c, in_c, 3, padding=1, groups=in_c)
        self.point = nn.Conv2d(in_c, out_c, 1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.point(self.depth(x)) + self.time(t)[:, :, None, None]))


# %% wrong [softmax_activation] softmax over the channels
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        return F.softmax(self.norm(self.conv(x) + self.time(t)[:, :, None, None]), dim=1)


# %% wrong [softmax_activation] softmax along the rows
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        return torch.softmax(self.norm(self.conv(x) + self.time(t)[:, :, None, None]), -1)


# %% wrong [softmax_activation] log-softmax over the channels
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        return F.log_softmax(self.norm(self.conv(x) + self.time(t)[:, :, None, None]), dim=1)


# %% wrong [time_summed] the mean of t as another channel
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c + 1, out_c, 3, padding=1)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)

    def forward(self, x, t):
        tt = t.mean(1)[:, None, None, None].expand(-1, 1, *x.shape[2:])
        return F.silu(self.norm(self.conv(torch.cat([x, tt], 1))))


# %% wrong [pooled] a convolution with a stride of 2
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, stride=2, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% right weight standardisation
class WS(nn.Conv2d):
    def forward(self, x):
        w = self.weight
        m = w.mean(dim=(1, 2, 3), keepdim=True)
        v = w.var(dim=(1, 2, 3), keepdim=True, unbiased=False)
        return F.conv2d(x, (w - m) * (v + 1e-5).rsqrt(), self.bias, self.stride, self.padding)


class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.proj = WS(in_c, out_c, 3, padding=1)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)
        self.emb = nn.Linear(embed_dim, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.proj(x) + self.emb(t)[:, :, None, None]))


# %% right two convolutions, the time between them
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        g = next(k for k in (8, 4, 2, 1) if out_c % k == 0)
        self.block1 = nn.Sequential(nn.Conv2d(in_c, out_c, 3, padding=1), nn.GroupNorm(g, out_c), nn.SiLU())
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, out_c))
        self.block2 = nn.Sequential(nn.Conv2d(out_c, out_c, 3, padding=1), nn.GroupNorm(g, out_c), nn.SiLU())

    def forward(self, x, t):
        h = self.block1(x)
        h = h + self.mlp(t)[:, :, None, None]
        return self.block2(h)


# %% right reflected borders
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1, padding_mode="reflect")
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)
        self.act = nn.GELU()

    def forward(self, x, t):
        return self.act(self.norm(self.conv(x) + self.time(t)[..., None, None]))


# %% right tanh for the activation
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)

    def forward(self, x, t):
        return torch.tanh(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% right nn.Unflatten for the shift, Mish
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, kernel_size=(3, 3), padding="same")
        self.time = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, out_c), nn.Unflatten(1, (out_c, 1, 1)))
        self.out = nn.Sequential(nn.GroupNorm(2, out_c), nn.Mish())

    def forward(self, x, t):
        return self.out(self.conv(x) + self.time(t))


# %% right the time through a 1×1 convolution, after the norm
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1, bias=False)
        self.time = nn.Conv2d(embed_dim, out_c, 1)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        h = self.norm(self.conv(x))
        h += self.time(t[..., None, None])
        return F.gelu(h)


# %% wrong [no_norm] a sigmoid, and no norm
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)

    def forward(self, x, t):
        return torch.sigmoid(self.conv(x) + self.time(t)[:, :, None, None])


# %% wrong [no_norm] tanh, and no norm
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)

    def forward(self, x, t):
        return torch.tanh(self.conv(x) + self.time(t)[:, :, None, None])


# %% wrong [no_norm] ReLU6, and no norm
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)

    def forward(self, x, t):
        return F.relu6(self.conv(x) + self.time(t)[:, :, None, None])


# %% wrong [mixes_samples] divided by the batch's largest value
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(h / h.abs().max())


# %% wrong [no_activation] dropout in the activation's place
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(1, out_c)
        self.act = nn.Dropout(0.1)

    def forward(self, x, t):
        return self.act(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% wrong [no_norm] a depthwise and a 1×1 convolution, without a norm
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed):
        super().__init__()
        self.depthwise = nn.Conv2d(in_c, in_c, 3, padding=1, groups=in_c)
        self.pointwise = nn.Conv2d(in_c, out_c, 1)
        self.time = nn.Linear(embed, out_c)

    def forward(self, x, t):
        return nn.functional.silu(self.pointwise(self.depthwise(x)) + self.time(t)[:, :, None, None])


# %% wrong [no_norm] the neighbours unfolded into channels, mixed by a 1×1 convolution, without a norm
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed):
        super().__init__()
        self.mix = nn.Conv2d(9 * in_c, out_c, 1)
        self.time = nn.Linear(embed, out_c)

    def forward(self, x, t):
        B, C, H, W = x.shape
        patches = nn.functional.unfold(x, 3, padding=1).reshape(B, 9 * C, H, W)
        return nn.functional.silu(self.mix(patches) + self.time(t)[:, :, None, None])


# %% right a depthwise and a 1×1 convolution
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed):
        super().__init__()
        self.depthwise = nn.Conv2d(in_c, in_c, 3, padding=1, groups=in_c)
        self.pointwise = nn.Conv2d(in_c, out_c, 1)
        self.time = nn.Linear(embed, out_c)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        h = self.pointwise(self.depthwise(x)) + self.time(t)[:, :, None, None]
        return nn.functional.silu(self.norm(h))


# %% right unfolded neighbours, a linear layer over them, GroupNorm
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.mix = nn.Conv2d(9 * in_c, out_c, 1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)

    def forward(self, x, t):
        B, C, H, W = x.shape
        patches = F.unfold(x, 3, padding=1).reshape(B, 9 * C, H, W)
        return F.silu(self.norm(self.mix(patches) + self.time(t)[:, :, None, None]))


# %% right unfold and nn.Linear
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.lin = nn.Linear(9 * in_c, out_c)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(1, out_c)

    def forward(self, x, t):
        h = self.lin(F.unfold(x, 3, padding=1).transpose(1, 2)) + self.time(t)[:, None]
        return F.silu(self.norm(h.transpose(1, 2))).reshape(x.shape[0], -1, *x.shape[2:])


# %% right a 3×1 and a 1×3 convolution
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.v = nn.Conv2d(in_c, out_c, (3, 1), padding=(1, 0))
        self.h = nn.Conv2d(out_c, out_c, (1, 3), padding=(0, 1))
        self.time = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, out_c))
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return F.gelu(self.norm(self.h(self.v(x)) + self.time(t).unflatten(1, (-1, 1, 1))))


# %% right the convolution as a sum of nine shifted 1×1 convolutions
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.taps = nn.ModuleList(nn.Conv2d(in_c, out_c, 1, bias=False) for _ in range(9))
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(4, out_c), out_c)

    def forward(self, x, t):
        H, W = x.shape[2:]
        p = F.pad(x, (1, 1, 1, 1))
        h = sum(tap(p[:, :, i // 3 : i // 3 + H, i % 3 : i % 3 + W]) for i, tap in enumerate(self.taps))
        return F.silu(self.norm(h + self.time(t)[:, :, None, None]))


# %% right RMS norm over the channels, as lucidrains has it now
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.g = nn.Parameter(torch.ones(1, out_c, 1, 1))
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 2 * out_c))

    def forward(self, x, t):
        h = F.normalize(self.conv(x), dim=1) * self.g * self.conv.out_channels**0.5
        scale, shift = self.mlp(t)[:, :, None, None].chunk(2, dim=1)
        return F.silu(h * (scale + 1) + shift)


# %% wrong [time_cancelled] nn.Linear(embed, 1)
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Sequential(nn.Linear(embed_dim, out_c), nn.SiLU(), nn.Linear(out_c, 1))
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


# %% wrong [no_activation] Identity for activation
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Sequential(nn.Linear(embed_dim, out_c), nn.SiLU(), nn.Linear(out_c, out_c))
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return self.norm(self.conv(x) + self.time(t)[:, :, None, None])


# %% right the shift and its scale start at 1e-10, as in Song's code
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, 2 * out_c)
        nn.init.uniform_(self.time.weight, -1e-10, 1e-10)
        nn.init.zeros_(self.time.bias)
        self.norm = nn.GroupNorm(math.gcd(32, out_c), out_c)

    def forward(self, x, t):
        scale, shift = self.time(t)[:, :, None, None].chunk(2, dim=1)
        return F.silu(self.norm(self.conv(x)) * (1 + scale) + shift)


# %% wrong [other_in_evaluation] instance norm with running averages
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.InstanceNorm2d(out_c, track_running_stats=True)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x)) + self.time(t)[:, :, None, None])


# %% wrong [other_in_evaluation] the norm in training alone
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        if self.training:
            h = self.norm(h)
        return F.silu(h)


# %% wrong [misread] channels read as pixels by a layer norm
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.LayerNorm(out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        B, C, H, W = h.shape
        return F.silu(self.norm(h.view(B, H * W, C)).view(B, C, H, W))


# %% wrong [misread] a norm by hand, over groups of the last axis
class ConvBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        groups = h.reshape(len(h), -1, h.shape[1])
        centred = groups - groups.mean(-1, keepdim=True)
        return F.silu((centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()).reshape(h.shape))
