# %% right round both convolutions, 1×1 projection where channels differ
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% right always projected, activation after the sum
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.convs = nn.ModuleList([ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)])
        self.res = nn.Conv2d(in_c, out_c, kernel_size=1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        shortcut = self.res(x)
        for conv in self.convs:
            x = conv(x, t)
        x = F.relu(x + shortcut)
        return [x, self.pool(x)]


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(in_c, out_c, 1))
        self.convs = nn.ModuleList([ConvBlock(2 * out_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)])
        self.res = nn.Conv2d(2 * out_c, out_c, kernel_size=1)

    def forward(self, x, skip, t):
        x = torch.cat([self.up(x), skip], dim=1)
        shortcut = self.res(x)
        for conv in self.convs:
            x = conv(x, t)
        return F.relu(x + shortcut)


# %% right in the ConvBlock, so that both convolutions have one
class ResConv(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.block = ConvBlock(in_c, out_c, embed_dim)
        self.skip = nn.Conv2d(in_c, out_c, 1) if in_c != out_c else nn.Sequential()

    def forward(self, x, t):
        return (self.block(x, t) + self.skip(x)) / math.sqrt(2)


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.a, self.b = ResConv(in_c, out_c, embed_dim), ResConv(out_c, out_c, embed_dim)

    def forward(self, x, t):
        x = self.b(self.a(x, t), t)
        return x, nn.MaxPool2d(2)(x)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.a, self.b = ResConv(2 * out_c, out_c, embed_dim), ResConv(out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.b(self.a(torch.cat([skip, self.up(x)], 1), t), t)


# %% right the shortcut is a 3×3 convolution, its gate starts at zero
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.short = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.gate = nn.Parameter(torch.zeros(1))
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)

    def forward(self, x, t):
        h = self.short(x) + self.gate * self.conv2(self.conv1(x, t), t)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.short = nn.Conv2d(2 * out_c, out_c, 3, padding=1)
        self.gate = nn.Parameter(torch.zeros(1))

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.short(h) + self.gate * self.conv2(self.conv1(h, t), t)


# %% right functional style, the projections by einsum
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.w = nn.Parameter(torch.randn(out_c, in_c) / in_c**0.5)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t)
        h = h + torch.einsum("oc,bchw->bohw", self.w, x)
        return h, F.max_pool2d(h, kernel_size=2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.w = nn.Parameter(torch.randn(out_c, 2 * out_c) / (2 * out_c) ** 0.5)

    def forward(self, x, skip, t):
        x = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(x, t), t) + torch.einsum("oc,bchw->bohw", self.w, x)


# %% right round each convolution
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res_conv = nn.Conv2d(in_c, out_c, 1) if in_c != out_c else nn.Identity()

    def forward(self, x, t):
        h = self.conv1(x, t) + self.res_conv(x)
        h = self.conv2(h, t) + h
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(in_c, out_c, 1))
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res_conv = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat((self.up(x), skip), dim=1)
        h = self.conv1(h, t) + self.res_conv(h)
        return (self.conv2(h, t) + h) / 2**0.5


# %% wrong [enc_no_residual] EncBlock plain, DecBlock right
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [enc_no_residual] EncBlock makes the projection but does not add it
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [enc_residual_only_same] residual of EncBlock only where channels match
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t)
        if h.shape == x.shape:
            h = h + x
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [enc_residual_only_different] residual of EncBlock only where channels differ
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(in_c, out_c, 1) if in_c != out_c else None
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t)
        if self.project is not None:
            h = h + self.project(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [residual_shape] x added without a projection
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + x
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [one_returned] EncBlock returns the pooled features alone
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [pair_swapped] EncBlock returns pooled first
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return self.pool(h), h


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [not_pooled] EncBlock forgets to pool
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, h


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [skip_is_pooled] EncBlock hands the pooled features to the skip
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.pool(self.conv2(self.conv1(x, t), t) + self.project(x))
        return h, h


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [average_pooled] average pooling
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, F.avg_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [pool_before_residual] pooled before the residual is added
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t)
        pooled = self.pool(h)
        return h + self.project(x), pooled


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [enc_no_residual] the residual reaches the pooled output only
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t)
        return h, self.pool(h + self.project(x))


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [dec_no_residual] DecBlock plain, EncBlock right
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t)


# %% wrong [dec_residual_only_skip] DecBlock adds the encoder's skip
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + skip


# %% wrong [dec_residual_only_skip] DecBlock adds the skip before the second convolution
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        h = self.conv1(h, t) + skip
        return self.conv2(h, t)


# %% wrong [dec_skip_ignored] DecBlock adds the upsampled x twice and loses the skip
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        x = self.up(x)
        h = torch.cat([x, x], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [residual_shape] DecBlock adds the concatenation without a projection
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + h


# %% wrong [dec_not_upsampled] DecBlock halves the skip in place of upsampling x
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Conv2d(in_c, out_c, 1)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), F.max_pool2d(skip, 2)], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [enc_time_ignored] EncBlock gives the convolutions a zero for t
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        t = torch.zeros_like(t)
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [dec_time_ignored] DecBlock gives the convolutions a zero for t
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        t = 0 * t
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [enc_time_ignored] EncBlock returns the shortcut in place of the sum
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t)
        h = self.project(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [unattempted] nothing written
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        # YOUR CODE HERE
        raise NotImplementedError()

    def forward(self, x, t):
        # YOUR CODE HERE
        raise NotImplementedError()


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        # YOUR CODE HERE
        raise NotImplementedError()

    def forward(self, x, skip, t):
        # YOUR CODE HERE
        raise NotImplementedError()


# %% wrong [square_only] adaptive pooling to a square
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, F.adaptive_max_pool2d(h, h.shape[2] // 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [inner_added] round the second convolution only
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.first = ConvBlock(in_c, out_c, embed_dim)
        self.second = ConvBlock(out_c, out_c, embed_dim)

    def forward(self, x, t):
        h = self.first(x, t)
        h = h + self.second(h, t)
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, kernel_size=2, stride=2)
        self.first = ConvBlock(2 * out_c, out_c, embed_dim)
        self.second = ConvBlock(out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        h = self.first(torch.cat((skip, self.up(x)), 1), t)
        return h + self.second(h, t)


# %% wrong [multiplied] EncBlock multiplies by the shortcut
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) * self.project(x)
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [multiplied] DecBlock multiplies by the shortcut
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) * self.project(h)


# %% wrong [input_detached] the shortcut is detached in both ways
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x.detach(), t), t) + self.project(x.detach())
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [no_gradient] DecBlock under no_grad
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    @torch.no_grad()
    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [made_in_forward] the projection is made in forward
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.make = lambda x: [nn.Conv2d(in_c, out_c, 1)][0](x)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.make(x)
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [part_detached] the pooled features detached
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, F.max_pool2d(h.detach(), 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% wrong [part_detached] a residual without a gradient, in both
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x.detach())
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h.detach())


# %% right F.max_pool2d and a dict of layers
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)


    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, F.max_pool2d(h, kernel_size=2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% right nearest upsampling and a 3×3 convolution
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(in_c, out_c, 3, padding=1))
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% right bilinear upsampling by F.interpolate
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Conv2d(in_c, out_c, 1)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([F.interpolate(self.up(x), size=skip.shape[-2:], mode="bilinear"), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% right skip first in the concatenation
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([skip, self.up(x)], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% right divided by the root of two, as in Song and Ermon
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = (self.conv2(self.conv1(x, t), t) + self.res(x)) / 2**0.5
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return (self.conv2(self.conv1(h, t), t) + self.res(h)) / math.sqrt(2)


# %% right residual round each convolution
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv1(x, t) + self.res(x)
        h = h + self.conv2(h, t)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat((self.up(x), skip), 1)
        r = self.res(h)
        h = self.conv1(h, t) + r
        return self.conv2(h, t) + h


# %% right ConvTranspose of 4 with padding, 3×3 shortcut
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 4, stride=2, padding=1)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% right silu after the sum
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = F.silu(self.conv2(self.conv1(x, t), t) + self.res(x))
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return F.silu(self.conv2(self.conv1(h, t), t) + self.res(h))


# %% wrong [dec_no_residual] no residual in the decoder
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t)


# %% wrong [enc_no_residual] no residual in the encoder
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [pair_swapped] pooled first in the pair
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return self.pool(h), h


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [average_pooled] average pooling, again
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.AvgPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [learnt_pooling] pooling by a convolution with a stride
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.Conv2d(out_c, out_c, 2, stride=2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [one_returned] pooled only, no skip
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [dec_skip_ignored] x added before the concatenation in the decoder, skip ignored
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = self.up(x)
        h = torch.cat([h, h], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [dec_residual_only_skip] residual of the skip alone
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(skip)


# %% wrong [enc_time_ignored] t left out of both
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, 0 * t), 0 * t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, 0 * t), 0 * t) + self.res(h)


# %% wrong [residual_shape] x added without a projection, again
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + x
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + h


# %% wrong [multiplied] sigmoid gate of the shortcut
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) * torch.sigmoid(self.res(x))
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) * torch.sigmoid(self.res(h))


# %% wrong [inner_added] the activation between as the shortcut
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(out_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        a = self.conv1(x, t)
        h = self.conv2(a, t) + self.res(a)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [pool_before_residual] the pooled of the features without the shortcut
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        f = self.conv2(self.conv1(x, t), t)
        return f + self.res(x), self.pool(f)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [raised] one convolution used twice
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = self.conv1
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [raised] upsampled by four
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 4, stride=4)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [raised] not upsampled
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Conv2d(in_c, out_c, 1)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [parameter_unreached] no_grad on the shortcut
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        with torch.no_grad():
            r = self.res(x)
        h = self.conv2(self.conv1(x, t), t) + r
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.res(h)


# %% wrong [made_in_forward] layers made in forward
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.res(x)
        return h, self.pool(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.res = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + nn.Conv2d(h.shape[1], skip.shape[1], 1)(h)


# %% wrong [skip_added] DecBlock adds the skip in place of concatenating
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.a, self.b = ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.s = nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        y = self.s(x) + self.b(self.a(x, t), t)
        return y, F.max_pool2d(y, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.a, self.b = ConvBlock(out_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        x = self.up(x) + skip
        return x + self.b(self.a(x, t), t)


# %% wrong [skip_added] DecBlock adds the skip, with a projection as shortcut
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.a, self.b = ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.s = nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        y = self.s(x) + self.b(self.a(x, t), t)
        return y, F.max_pool2d(y, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2)
        self.fit = nn.Conv2d(in_c, out_c, 1)
        self.a, self.b = ConvBlock(out_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.s = nn.Conv2d(out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = self.fit(self.up(x)) + skip
        return self.s(h) + self.b(self.a(h, t), t)


# %% wrong [skip_added] DecBlock averages x and skip
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.a, self.b = ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.s = nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        y = self.s(x) + self.b(self.a(x, t), t)
        return y, F.max_pool2d(y, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.a, self.b = ConvBlock(out_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        x = (self.up(x) + skip) / 2
        return x + self.b(self.a(x, t), t)


# %% right upsampling keeps the channels
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.a, self.b = ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.s = nn.Conv2d(in_c, out_c, 1, bias=False)

    def forward(self, x, t):
        y = self.s(x) + self.b(self.a(x, t), t)
        return (y, nn.functional.max_pool2d(y, 2, 2))


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.a, self.b = ConvBlock(in_c + out_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.s = nn.Conv2d(in_c + out_c, out_c, 1, bias=False)

    def forward(self, x, skip, t):
        x = F.interpolate(x, scale_factor=2.0, mode="nearest")
        y = torch.cat([x, skip], 1)
        return self.s(y) + self.b(self.a(y, t), t)


# %% wrong [dec_residual_only_skip] DecBlock adds half of the concatenation
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.a, self.b = ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.s = nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        y = self.s(x) + self.b(self.a(x, t), t)
        return y, F.max_pool2d(y, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.a, self.b = ConvBlock(2 * out_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.out_c = out_c

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], 1)
        return h[:, self.out_c:] + self.b(self.a(h, t), t)


# %% right pooling by unfold, upsampling by pixel shuffle
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.a, self.b = ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.skip = nn.Conv2d(in_c, out_c, 1, bias=False) if in_c != out_c else nn.Sequential()
    def forward(self, x, t):
        h = torch.add(self.b(self.a(x, t), t), self.skip(x))
        B, C, H, W = h.shape
        return h, h.unfold(2, 2, 2).unfold(3, 2, 2).amax((-1, -2))
class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Sequential(nn.Conv2d(in_c, 4 * out_c, 1), nn.PixelShuffle(2))
        self.a, self.b = ConvBlock(2 * out_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.skip = nn.Conv2d(2 * out_c, out_c, 1)
    def forward(self, x, skip, t):
        x = torch.cat((self.up(x), skip), 1)
        return self.skip(x) + self.b(self.a(x, t), t)


# %% right the neighbours unfolded, a 1×1 convolution over them
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


class _Pair(nn.Module):
    """Two ConvBlocks and a shortcut."""

    def __init__(self, i, o, d):
        super().__init__()
        self.a, self.b = ConvBlock(i, o, d), ConvBlock(o, o, d)
        self.s = nn.Conv2d(i, o, 1) if i != o else nn.Sequential()

    def forward(self, x, t):
        return self.b(self.a(x, t), t) + self.s(x)


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.body = _Pair(in_c, out_c, embed_dim)
        self.down = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.body(x, t)
        return h, self.down(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.body = _Pair(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat((self.up(x), skip), 1), t)


# %% right adaptive max pool to half
class _Pair(nn.Module):
    """Two ConvBlocks and a shortcut."""

    def __init__(self, i, o, d):
        super().__init__()
        self.a, self.b = ConvBlock(i, o, d), ConvBlock(o, o, d)
        self.s = nn.Conv2d(i, o, 1) if i != o else nn.Sequential()

    def forward(self, x, t):
        return self.b(self.a(x, t), t) + self.s(x)


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.body = _Pair(in_c, out_c, embed_dim)
        self.down = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.body(x, t)
        return h, F.adaptive_max_pool2d(h, (h.shape[2] // 2, h.shape[3] // 2))


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.body = _Pair(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat((self.up(x), skip), 1), t)


# %% wrong [learnt_pooling] a 3×3 convolution with a stride, as guided diffusion
class _Pair(nn.Module):
    """Two ConvBlocks and a shortcut."""

    def __init__(self, i, o, d):
        super().__init__()
        self.a, self.b = ConvBlock(i, o, d), ConvBlock(o, o, d)
        self.s = nn.Conv2d(i, o, 1) if i != o else nn.Sequential()

    def forward(self, x, t):
        return self.b(self.a(x, t), t) + self.s(x)


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.body = _Pair(in_c, out_c, embed_dim)
        self.down = nn.Conv2d(out_c, out_c, 3, stride=2, padding=1)

    def forward(self, x, t):
        h = self.body(x, t)
        return h, self.down(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.body = _Pair(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat((self.up(x), skip), 1), t)


# %% wrong [learnt_pooling] space to depth and a 1×1 convolution, as lucidrains now
class _Pair(nn.Module):
    """Two ConvBlocks and a shortcut."""

    def __init__(self, i, o, d):
        super().__init__()
        self.a, self.b = ConvBlock(i, o, d), ConvBlock(o, o, d)
        self.s = nn.Conv2d(i, o, 1) if i != o else nn.Sequential()

    def forward(self, x, t):
        return self.b(self.a(x, t), t) + self.s(x)


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.body = _Pair(in_c, out_c, embed_dim)
        self.down = nn.Conv2d(4 * out_c, out_c, 1)

    def forward(self, x, t):
        h = self.body(x, t)
        return h, self.down(F.pixel_unshuffle(h, 2))


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.body = _Pair(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat((self.up(x), skip), 1), t)


# %% wrong [other_pooling] every other pixel
class _Pair(nn.Module):
    """Two ConvBlocks and a shortcut."""

    def __init__(self, i, o, d):
        super().__init__()
        self.a, self.b = ConvBlock(i, o, d), ConvBlock(o, o, d)
        self.s = nn.Conv2d(i, o, 1) if i != o else nn.Sequential()

    def forward(self, x, t):
        return self.b(self.a(x, t), t) + self.s(x)


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.body = _Pair(in_c, out_c, embed_dim)
        self.down = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.body(x, t)
        return h, h[..., ::2, ::2]


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.body = _Pair(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat((self.up(x), skip), 1), t)


# %% wrong [other_pooling] max pool of 3 with stride 2
class _Pair(nn.Module):
    """Two ConvBlocks and a shortcut."""

    def __init__(self, i, o, d):
        super().__init__()
        self.a, self.b = ConvBlock(i, o, d), ConvBlock(o, o, d)
        self.s = nn.Conv2d(i, o, 1) if i != o else nn.Sequential()

    def forward(self, x, t):
        return self.b(self.a(x, t), t) + self.s(x)


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.body = _Pair(in_c, out_c, embed_dim)
        self.down = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.body(x, t)
        return h, F.max_pool2d(h, 3, 2, 1)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.body = _Pair(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat((self.up(x), skip), 1), t)


# %% wrong [enc_no_residual] unfolded neighbours without the residual in EncBlock
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


class _Pair(nn.Module):
    """Two ConvBlocks and a shortcut."""

    def __init__(self, i, o, d):
        super().__init__()
        self.a, self.b = ConvBlock(i, o, d), ConvBlock(o, o, d)
        self.s = nn.Conv2d(i, o, 1) if i != o else nn.Sequential()

    def forward(self, x, t):
        return self.b(self.a(x, t), t) + self.s(x)


class _Plain(nn.Module):
    """Two ConvBlocks and a shortcut."""

    def __init__(self, i, o, d):
        super().__init__()
        self.a, self.b = ConvBlock(i, o, d), ConvBlock(o, o, d)
        self.s = nn.Conv2d(i, o, 1) if i != o else nn.Sequential()

    def forward(self, x, t):
        return self.b(self.a(x, t), t)


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.body = _Plain(in_c, out_c, embed_dim)
        self.down = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.body(x, t)
        return h, self.down(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.body = _Pair(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat((self.up(x), skip), 1), t)


# %% wrong [dec_no_residual] unfolded neighbours without the residual in DecBlock
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


class _Pair(nn.Module):
    """Two ConvBlocks and a shortcut."""

    def __init__(self, i, o, d):
        super().__init__()
        self.a, self.b = ConvBlock(i, o, d), ConvBlock(o, o, d)
        self.s = nn.Conv2d(i, o, 1) if i != o else nn.Sequential()

    def forward(self, x, t):
        return self.b(self.a(x, t), t) + self.s(x)


class _Plain(nn.Module):
    """Two ConvBlocks and a shortcut."""

    def __init__(self, i, o, d):
        super().__init__()
        self.a, self.b = ConvBlock(i, o, d), ConvBlock(o, o, d)
        self.s = nn.Conv2d(i, o, 1) if i != o else nn.Sequential()

    def forward(self, x, t):
        return self.b(self.a(x, t), t)


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.body = _Pair(in_c, out_c, embed_dim)
        self.down = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.body(x, t)
        return h, self.down(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.body = _Plain(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat((self.up(x), skip), 1), t)


# %% wrong [subtracted] sub for add
class _Pair(nn.Module):
    """Two ConvBlocks and a shortcut."""

    def __init__(self, i, o, d):
        super().__init__()
        self.a, self.b = ConvBlock(i, o, d), ConvBlock(o, o, d)
        self.s = nn.Conv2d(i, o, 1) if i != o else nn.Sequential()

    def forward(self, x, t):
        return self.b(self.a(x, t), t) - self.s(x)


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.body = _Pair(in_c, out_c, embed_dim)
        self.down = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.body(x, t)
        return h, self.down(h)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.body = _Pair(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat((self.up(x), skip), 1), t)


# %% right pre-activation, 3×3 convolutions in the shortcut and behind the upsampling
class Body(nn.Module):
    def __init__(self, i, o, e):
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(1, i), nn.SiLU(), nn.Conv2d(i, o, 3, padding=1))
        self.t = nn.Sequential(nn.SiLU(), nn.Linear(e, 2 * o))
        self.norm = nn.GroupNorm(1, o, affine=False)
        self.last = nn.Sequential(nn.SiLU(), nn.Dropout(0.0), nn.Conv2d(o, o, 3, padding=1))
        nn.init.zeros_(self.last[2].weight)
        nn.init.zeros_(self.last[2].bias)
        self.s = nn.Conv2d(i, o, 3, padding=1) if i != o else nn.Identity()

    def forward(self, x, t):
        scale, shift = self.t(t)[:, :, None, None].chunk(2, 1)
        return self.s(x) + self.last(self.norm(self.first(x)) * (1 + scale) + shift)


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.body = Body(in_c, out_c, embed_dim)

    def forward(self, x, t):
        h = self.body(x, t)
        return h, F.adaptive_max_pool2d(h, (h.shape[2] // 2, h.shape[3] // 2))


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Sequential(nn.Upsample(scale_factor=2, mode='nearest'), nn.Conv2d(in_c, out_c, 3, padding=1))
        self.body = Body(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat([self.up(x), skip], dim=1), t)


# %% right the shortcut padded with zeros, pooled by amax
class Body(nn.Module):
    def __init__(self, i, o, e):
        super().__init__()
        self.o, self.convs = o, nn.ModuleList([ConvBlock(i, o, e), ConvBlock(o, o, e), ConvBlock(o, o, e)])
        self.s = nn.ModuleList([nn.Conv2d(i, o, 1)] if i > o else [])

    def forward(self, x, t):
        short = self.s[0](x) if len(self.s) else F.pad(x, (0, 0, 0, 0, 0, self.o - x.shape[1]))
        for conv in self.convs:
            x = conv(x, t)
        return x + short


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.body = Body(in_c, out_c, embed_dim)

    def forward(self, x, t):
        h = self.body(x, t)
        return h, F.adaptive_max_pool2d(h, (h.shape[2] // 2, h.shape[3] // 2))


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Sequential(nn.Upsample(scale_factor=2, mode='bilinear', align_corners=False), nn.Conv2d(in_c, out_c, 1))
        self.body = Body(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat([self.up(x), skip], dim=1), t)


# %% right functional style; DecBlock adds the upsampled x
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.w = nn.Parameter(torch.randn(out_c, in_c) / in_c**0.5)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t)
        h = h + torch.einsum("oc,bchw->bohw", self.w, x)
        return h, F.max_pool2d(h, kernel_size=2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, 2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        x = self.up(x)
        h = self.conv2(self.conv1(torch.cat([x, skip], dim=1), t), t)
        return h + x


# %% wrong [past_the_convolutions] DecBlock adds the skip in the end
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1, self.conv2 = ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2)
        self.conv1, self.conv2 = ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, skip, t):
        h = self.up(x)
        return self.conv2(self.conv1(h, t), t) + self.project(h) + skip


# %% wrong [past_the_convolutions] DecBlock convolves the skip alone, and adds x
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1, self.conv2 = ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1, self.conv2 = ConvBlock(out_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        both = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(skip, t), t) + self.project(both)


# %% right the upsampled x added by a 1×1 convolution of its own
class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1, self.conv2 = ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(in_c, out_c, 3, padding=1))
        self.conv1, self.conv2 = ConvBlock(2 * out_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.shortcut = nn.Conv2d(out_c, out_c, 1)

    def forward(self, x, skip, t):
        x = self.up(x)
        return self.shortcut(x) + self.conv2(self.conv1(torch.cat([skip, x], dim=1), t), t)


# %% right a norm behind the projection, as in the ResNets
class _Conv(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv, self.time = nn.Conv2d(in_c, out_c, 3, padding=1), nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1, self.conv2 = _Conv(in_c, out_c, embed_dim), _Conv(out_c, out_c, embed_dim)
        self.downsample = nn.Sequential()
        if in_c != out_c:
            self.downsample = nn.Sequential(nn.Conv2d(in_c, out_c, 1, bias=False), nn.BatchNorm2d(out_c))

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.downsample(x)
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1, self.conv2 = _Conv(2 * out_c, out_c, embed_dim), _Conv(out_c, out_c, embed_dim)
        self.downsample = nn.Sequential(nn.Conv2d(2 * out_c, out_c, 1, bias=False), nn.GroupNorm(2, out_c))

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.downsample(h)


# %% right a norm and an activation behind the upsampling
class _Conv(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv, self.time = nn.Conv2d(in_c, out_c, 3, padding=1), nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(2, out_c)

    def forward(self, x, t):
        return F.silu(self.norm(self.conv(x) + self.time(t)[:, :, None, None]))


class EncBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1, self.conv2 = _Conv(in_c, out_c, embed_dim), _Conv(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t) + self.project(x)
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.Sequential(nn.ConvTranspose2d(in_c, out_c, 2, stride=2), nn.GroupNorm(2, out_c), nn.SiLU())
        self.conv1, self.conv2 = _Conv(2 * out_c, out_c, embed_dim), _Conv(out_c, out_c, embed_dim)
        self.project = nn.Conv2d(2 * out_c, out_c, 1)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t) + self.project(h)


# %% right what the convolutions make starts at a millionth, as a LayerScale
class _Residual(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1, self.conv2 = ConvBlock(in_c, out_c, embed_dim), ConvBlock(out_c, out_c, embed_dim)
        self.project = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.gamma = nn.Parameter(1e-6 * torch.ones(out_c, 1, 1))

    def forward(self, x, t):
        return self.project(x) + self.gamma * self.conv2(self.conv1(x, t), t)


class EncBlock(_Residual):
    def forward(self, x, t):
        h = super().forward(x, t)
        return h, F.max_pool2d(h, 2)


class DecBlock(nn.Module):
    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up, self.body = nn.ConvTranspose2d(in_c, out_c, 2, stride=2), _Residual(2 * out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        return self.body(torch.cat([self.up(x), skip], dim=1), t)
