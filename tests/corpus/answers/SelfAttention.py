# %% right nn.MultiheadAttention after a norm
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        b, c, height, width = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        h, _ = self.attention(h, h, h)
        return x + h.transpose(1, 2).reshape(b, c, height, width)


# %% right queries, keys and values by a 1×1 convolution, einsum
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, height * width).unbind(1)
        weights = torch.einsum("bhdi,bhdj->bhij", q, k) / math.sqrt(c // self.heads)
        weights = weights.softmax(dim=-1)
        h = torch.einsum("bhij,bhdj->bhdi", weights, v)
        return x + self.out(h.reshape(b, c, height, width))


# %% right scaled_dot_product_attention, no residual
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels, bias=False) for _ in range(3))

    def forward(self, x):
        b, c, height, width = x.shape
        tokens = x.permute(0, 2, 3, 1).reshape(b, height * width, c)
        q, k, v = (f(tokens).view(b, -1, self.heads, c // self.heads).transpose(1, 2) for f in (self.to_q, self.to_k, self.to_v))
        h = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, height, width, c)
        return h.permute(0, 3, 1, 2)


# %% right one head, a gate that starts at zero
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.query = nn.Conv2d(channels, channels // 8, 1)
        self.key = nn.Conv2d(channels, channels // 8, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        q, k, v = self.query(x).flatten(2), self.key(x).flatten(2), self.value(x).flatten(2)
        weights = torch.softmax(torch.bmm(q.transpose(1, 2), k), dim=-1)
        return x + self.gamma * torch.bmm(v, weights.transpose(1, 2)).view_as(x)


# %% right sequence first, a zero last layer
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.attention = nn.MultiheadAttention(channels, heads)
        self.last = nn.Linear(channels, channels)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x):
        h = x.flatten(2).permute(2, 0, 1)
        h = self.last(self.attention(h, h, h, need_weights=False)[0])
        return x + h.permute(1, 2, 0).reshape(x.shape)


# %% right a loop over the pixels
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.q = nn.Parameter(torch.randn(channels, channels) / channels**0.5)
        self.k = nn.Parameter(torch.randn(channels, channels) / channels**0.5)
        self.v = nn.Parameter(torch.randn(channels, channels) / channels**0.5)

    def forward(self, x):
        tokens = x.flatten(2).transpose(1, 2)
        keys, values = tokens @ self.k, tokens @ self.v
        rows = []
        for i in range(tokens.shape[1]):
            scores = (keys * (tokens[:, i : i + 1] @ self.q)).sum(-1) / x.shape[1] ** 0.5
            weights = torch.exp(scores - scores.max(1, keepdim=True).values)
            weights = weights / weights.sum(1, keepdim=True)
            rows.append((weights[:, :, None] * values).sum(1))
        return x + torch.stack(rows, dim=2).reshape(x.shape)


# %% right layer norm over channels, transformer style
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.ln = nn.LayerNorm(channels)
        self.mha = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, channels), nn.GELU(), nn.Linear(channels, channels))

    def forward(self, x):
        size = x.shape[-2:]
        x = x.flatten(2).swapaxes(1, 2)
        h = self.ln(x)
        x = self.mha(h, h, h)[0] + x
        x = self.mlp(x) + x
        return x.swapaxes(2, 1).unflatten(2, size)


# %% right a whole transformer layer
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(channels, heads, 2 * channels, batch_first=True)

    def forward(self, x):
        return self.layer(x.flatten(2).transpose(1, 2)).transpose(1, 2).reshape(x.shape)


# %% wrong [mixes_samples] batch_first forgotten
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.attention = nn.MultiheadAttention(channels, heads)

    def forward(self, x):
        b, c, height, width = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        h, _ = self.attention(h, h, h)
        return x + h.transpose(1, 2).reshape(b, c, height, width)


# %% wrong [reshaped_not_transposed] reshape in place of transpose
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        b, c, height, width = x.shape
        h = self.norm(x).reshape(b, height * width, c)
        h, _ = self.attention(h, h, h)
        return x + h.reshape(b, c, height, width)


# %% wrong [reshaped_not_transposed] transposed on the way in only
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        b, c, height, width = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        h, _ = self.attention(h, h, h)
        return x + h.reshape(b, c, height, width)


# %% wrong [sequence_returned] the sequence is returned
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        b, c, height, width = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        h, _ = self.attention(h, h, h)
        return h


# %% wrong [transposed] height and width exchanged
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        b, c, height, width = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        h, _ = self.attention(h, h, h)
        return h.transpose(1, 2).reshape(b, c, width, height)


# %% wrong [no_softmax] scores used as they are
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, height * width).unbind(1)
        weights = torch.einsum("bhdi,bhdj->bhij", q, k) / math.sqrt(c // self.heads)
        h = torch.einsum("bhij,bhdj->bhdi", weights, v)
        return x + self.out(h.reshape(b, c, height, width))


# %% wrong [no_softmax] exponentials that are not normalised
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, height * width).unbind(1)
        weights = torch.einsum("bhdi,bhdj->bhij", q, k) / math.sqrt(c // self.heads)
        weights = weights.exp()
        h = torch.einsum("bhij,bhdj->bhdi", weights, v)
        return x + self.out(h.reshape(b, c, height, width))


# %% wrong [no_softmax] a sigmoid in place of the softmax
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, height * width).unbind(1)
        weights = torch.einsum("bhdi,bhdj->bhij", q, k) / math.sqrt(c // self.heads)
        weights = weights.sigmoid()
        h = torch.einsum("bhij,bhdj->bhdi", weights, v)
        return x + self.out(h.reshape(b, c, height, width))


# %% wrong [content_ignored] the mean of all values
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, height * width).unbind(1)
        weights = torch.einsum("bhdi,bhdj->bhij", q, k) / math.sqrt(c // self.heads)
        weights = torch.full_like(weights, 1 / (height * width))
        h = torch.einsum("bhij,bhdj->bhdi", weights, v)
        return x + self.out(h.reshape(b, c, height, width))


# %% wrong [content_ignored] global pooling
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.value = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return x + self.value(x).mean(dim=(2, 3), keepdim=True)


# %% wrong [pixels_alone] attention over the heads of each pixel alone
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, height * width).unbind(1)
        weights = torch.einsum("bhdi,bgdi->bihg", q, k) / math.sqrt(c // self.heads)
        weights = weights.softmax(dim=-1)
        h = torch.einsum("bihg,bgdi->bhdi", weights, v)
        return x + self.out(h.reshape(b, c, height, width))


# %% wrong [pixels_alone] the values pass, the weights are lost
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, height * width).unbind(1)
        weights = torch.einsum("bhdi,bhdj->bhij", q, k) / math.sqrt(c // self.heads)
        weights = weights.softmax(dim=-1)
        h = v
        return x + self.out(h.reshape(b, c, height, width))


# %% wrong [pixels_alone] a channel gate from 1×1 convolutions
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.gate = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return x + x * torch.sigmoid(self.gate(x))


# %% wrong [sees_only_neighbours] attention along the rows only
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        b, c, height, width = x.shape
        h = x.permute(0, 2, 3, 1).reshape(b * height, width, c)
        h, _ = self.attention(h, h, h)
        return x + h.reshape(b, height, width, c).permute(0, 3, 1, 2)


# %% wrong [sees_only_neighbours] a 3×3 convolution in place of attention
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + F.silu(self.conv(x))


# %% wrong [raised] the image is given to nn.MultiheadAttention
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        b, c, height, width = x.shape
        h = self.norm(x)
        h, _ = self.attention(h, h, h)
        return x + h.transpose(1, 2).reshape(b, c, height, width)


# %% wrong [positions_added] the row is added to each pixel
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        b, c, height, width = x.shape
        rows = torch.linspace(0, 1, height)[:, None]
        x = x + rows
        h = self.norm(x).flatten(2).transpose(1, 2)
        h, _ = self.attention(h, h, h)
        return x + h.transpose(1, 2).reshape(b, c, height, width)


# %% wrong [mixes_samples] all pixels of the batch in one sequence
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        b, c, height, width = x.shape
        h = x.permute(0, 2, 3, 1).reshape(1, -1, c)
        h, _ = self.attention(h, h, h)
        return x + h.reshape(b, height, width, c).permute(0, 3, 1, 2)


# %% right heads by view and transpose, softmax written out
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(4, channels)
        self.q, self.k, self.v, self.out = (nn.Linear(channels, channels) for _ in range(4))

    def split(self, h):
        return h.view(h.shape[0], h.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x):
        B, C, H, W = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (self.split(layer(h)) for layer in (self.q, self.k, self.v))
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        h = scores.softmax(dim=-1) @ v
        h = h.transpose(1, 2).reshape(B, H * W, C)
        return x + self.out(h).transpose(1, 2).reshape(B, C, H, W)


# %% right SAGAN: narrow queries and keys, a gate
class SelfAttention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = nn.Conv1d(channels, channels // 8, 1)
        self.g = nn.Conv1d(channels, channels // 8, 1)
        self.h = nn.Conv1d(channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        flat = x.flatten(2)
        f, g, h = self.f(flat), self.g(flat), self.h(flat)
        beta = F.softmax(torch.bmm(f.transpose(1, 2), g), dim=1)
        return (self.gamma * torch.bmm(h, beta) + flat).view_as(x)


# %% right spectral normalisation
class SelfAttention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.qkv = nn.utils.parametrizations.spectral_norm(nn.Conv2d(channels, 3 * channels, 1))

    def forward(self, x):
        q, k, v = self.qkv(x).flatten(2).transpose(1, 2).chunk(3, dim=-1)
        return x + F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)


# %% wrong [no_softmax] softmax over the queries
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(4, channels)
        self.q, self.k, self.v, self.out = (nn.Linear(channels, channels) for _ in range(4))

    def split(self, h):
        return h.view(h.shape[0], h.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x):
        B, C, H, W = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (self.split(layer(h)) for layer in (self.q, self.k, self.v))
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        h = scores.softmax(dim=-2) @ v
        h = h.transpose(1, 2).reshape(B, H * W, C)
        return x + self.out(h).transpose(1, 2).reshape(B, C, H, W)


# %% wrong [no_softmax] the weights are applied transposed
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(4, channels)
        self.q, self.k, self.v, self.out = (nn.Linear(channels, channels) for _ in range(4))

    def split(self, h):
        return h.view(h.shape[0], h.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x):
        B, C, H, W = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (self.split(layer(h)) for layer in (self.q, self.k, self.v))
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        h = scores.softmax(dim=-1).transpose(-1, -2) @ v
        h = h.transpose(1, 2).reshape(B, H * W, C)
        return x + self.out(h).transpose(1, 2).reshape(B, C, H, W)


# %% wrong [no_softmax] softmax over the queries, after the layer comes a norm
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(4, channels)
        self.q, self.k, self.v, self.out = (nn.Linear(channels, channels) for _ in range(4))

    def split(self, h):
        return h.view(h.shape[0], h.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x):
        B, C, H, W = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (self.split(layer(h)) for layer in (self.q, self.k, self.v))
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        h = scores.softmax(dim=-2) @ v
        h = h.transpose(1, 2).reshape(B, H * W, C)
        return self.norm(x + self.out(h).transpose(1, 2).reshape(B, C, H, W))


# %% wrong [reshaped_not_transposed] heads are merged without a permute
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(4, channels)
        self.q, self.k, self.v, self.out = (nn.Linear(channels, channels) for _ in range(4))

    def split(self, h):
        return h.view(h.shape[0], h.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x):
        B, C, H, W = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (self.split(layer(h)) for layer in (self.q, self.k, self.v))
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        h = scores.softmax(dim=-1) @ v
        h = h.reshape(B, H * W, C)
        return x + self.out(h).transpose(1, 2).reshape(B, C, H, W)


# %% wrong [too_few_parameters] attention without parameters
class SelfAttention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x):
        h = x.flatten(2).transpose(1, 2)
        h = F.scaled_dot_product_attention(h, h, h)
        return x + self.scale * h.transpose(1, 2).reshape(x.shape)


# %% wrong [unregistered] projections in a plain list
class SelfAttention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.layers = [nn.Conv2d(channels, channels, 1) for _ in range(3)]
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        q, k, v = (layer(x).flatten(2).transpose(1, 2) for layer in self.layers)
        h = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(h.transpose(1, 2).reshape(x.shape))


# %% wrong [no_gradient] no_grad on forward
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(4, channels)
        self.q, self.k, self.v, self.out = (nn.Linear(channels, channels) for _ in range(4))

    def split(self, h):
        return h.view(h.shape[0], h.shape[1], self.heads, -1).transpose(1, 2)

    @torch.no_grad()
    def forward(self, x):
        B, C, H, W = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (self.split(layer(h)) for layer in (self.q, self.k, self.v))
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        h = scores.softmax(dim=-1) @ v
        h = h.transpose(1, 2).reshape(B, H * W, C)
        return x + self.out(h).transpose(1, 2).reshape(B, C, H, W)


# %% wrong [parameter_unreached] the weights are detached
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(4, channels)
        self.q, self.k, self.v, self.out = (nn.Linear(channels, channels) for _ in range(4))

    def split(self, h):
        return h.view(h.shape[0], h.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x):
        B, C, H, W = x.shape
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (self.split(layer(h)) for layer in (self.q, self.k, self.v))
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        h = scores.softmax(dim=-1).detach() @ v
        h = h.transpose(1, 2).reshape(B, H * W, C)
        return x + self.out(h).transpose(1, 2).reshape(B, C, H, W)


# %% wrong [default_missing] right but for the defaults of the stub
class SelfAttention(nn.Module):
    def __init__(self, channels, heads):
        super().__init__()
        self.norm = nn.GroupNorm(math.gcd(8, channels), channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        b, c, h, w = x.shape
        tokens = self.norm(x).flatten(2).transpose(1, 2)
        out, _ = self.attention(tokens, tokens, tokens)
        return x + out.transpose(1, 2).reshape(b, c, h, w)


# %% right hand-written single head with conv qkv (SAGAN-like)
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.q = nn.Conv2d(channels, channels // 8, 1)
        self.k = nn.Conv2d(channels, channels // 8, 1)
        self.v = nn.Conv2d(channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(1))
    def forward(self, x):
        B, C, H, W = x.shape
        q = self.q(x).view(B, -1, H * W).permute(0, 2, 1)
        k = self.k(x).view(B, -1, H * W)
        a = torch.softmax(torch.bmm(q, k), dim=-1)
        v = self.v(x).view(B, -1, H * W)
        out = torch.bmm(v, a.permute(0, 2, 1)).view(B, C, H, W)
        return self.gamma * out + x


# %% right lucidrains attention
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4, dim_head=8):
        super().__init__()
        self.scale = dim_head ** -0.5
        self.heads = heads
        self.to_qkv = nn.Conv2d(channels, heads * dim_head * 3, 1, bias=False)
        self.to_out = nn.Conv2d(heads * dim_head, channels, 1)
    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = (z.reshape(b, self.heads, -1, h * w) for z in self.to_qkv(x).chunk(3, dim=1))
        sim = torch.einsum("b h d i, b h d j -> b h i j", q * self.scale, k)
        attn = sim.softmax(dim=-1)
        out = torch.einsum("b h i j, b h d j -> b h i d", attn, v)
        return self.to_out(out.permute(0, 1, 3, 2).reshape(b, -1, h, w))


# %% right dome272 DDPM with MultiheadAttention, LayerNorm and feed-forward
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.channels = channels
        self.mha = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.ln = nn.LayerNorm([channels])
        self.ff_self = nn.Sequential(nn.LayerNorm([channels]), nn.Linear(channels, channels), nn.GELU(), nn.Linear(channels, channels))
    def forward(self, x):
        size = x.shape[-2:]
        x = x.view(-1, self.channels, size[0] * size[1]).swapaxes(1, 2)
        x_ln = self.ln(x)
        attention_value, _ = self.mha(x_ln, x_ln, x_ln)
        attention_value = attention_value + x
        attention_value = self.ff_self(attention_value) + attention_value
        return attention_value.swapaxes(2, 1).view(-1, self.channels, size[0], size[1])


# %% right TransformerEncoderLayer
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(channels, heads, 2 * channels, batch_first=True, dropout=0.0)
    def forward(self, x):
        return self.layer(x.flatten(2).transpose(1, 2)).transpose(1, 2).reshape(x.shape)


# %% right one head, one matrix for queries and keys
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.qk = nn.Linear(channels, channels, bias=False)
        self.v = nn.Linear(channels, channels)
    def forward(self, x):
        s = x.flatten(2).transpose(1, 2)
        a = (self.qk(s) @ self.qk(s).transpose(1, 2) / s.shape[-1] ** 0.5).softmax(-1)
        return (a @ self.v(s)).transpose(1, 2).reshape_as(x) + x


# %% wrong [reshaped_not_transposed] heads split without permute
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels); self.out = nn.Linear(channels, channels)
    def forward(self, x):
        B, C, H, W = x.shape
        s = x.flatten(2).transpose(1, 2)
        q, k, v = (z.reshape(B, self.heads, H * W, -1) for z in self.qkv(s).chunk(3, -1))
        o = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, H * W, C)
        return self.out(o).transpose(1, 2).reshape(x.shape)


# %% wrong [unnamed] channels attend
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.q, self.k, self.v = (nn.Conv2d(channels, channels, 1) for _ in range(3))
    def forward(self, x):
        q, k, v = (f(x).flatten(2) for f in (self.q, self.k, self.v))
        a = torch.softmax(q @ k.transpose(1, 2), dim=-1)
        return (a @ v).reshape(x.shape) + x


# %% wrong [causal] causal mask
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.qkv = nn.Linear(channels, 3 * channels)
    def forward(self, x):
        q, k, v = self.qkv(x.flatten(2).transpose(1, 2)).chunk(3, -1)
        return F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(x.shape)


# %% wrong [no_softmax] sigmoid for softmax
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.qkv = nn.Linear(channels, 3 * channels)
    def forward(self, x):
        q, k, v = self.qkv(x.flatten(2).transpose(1, 2)).chunk(3, -1)
        return (torch.sigmoid(q @ k.transpose(1, 2)) @ v).transpose(1, 2).reshape(x.shape)


# %% wrong [pixels_alone] squeeze and excitation
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, channels), nn.Sigmoid())
    def forward(self, x):
        return x * self.fc(x.mean((2, 3)))[:, :, None, None]


# %% wrong [several_returned] the pair of nn.MultiheadAttention
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.mha = nn.MultiheadAttention(channels, heads, batch_first=True)
    def forward(self, x):
        s = x.flatten(2).transpose(1, 2)
        return self.mha(s, s, s)


# %% right cosines of queries and keys, a learnt temperature
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Conv2d(channels, channels * 3, 1)
        self.temp = nn.Parameter(torch.tensor(10.0))
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, h * w).unbind(1)
        q, k = F.normalize(q, dim=2), F.normalize(k, dim=2)
        a = (torch.einsum("bhdi,bhdj->bhij", q, k) * self.temp).softmax(-1)
        o = torch.einsum("bhij,bhdj->bhdi", a, v)
        return x + self.out(o.reshape(b, c, h, w))


# %% right linear layers, unflatten for the heads
class SelfAttention(nn.Module):
    def __init__(self, channels, heads: int = 4):
        super().__init__()
        self.h = heads
        self.ln = nn.LayerNorm(channels)
        self.qkv = nn.Linear(channels, channels * 3, bias=False)
        self.out = nn.Linear(channels, channels)

    def forward(self, x):
        b, c, hh, ww = x.shape
        s = self.ln(x.permute(0, 2, 3, 1).reshape(b, hh * ww, c))
        q, k, v = [y.unflatten(-1, (self.h, -1)).transpose(1, 2) for y in self.qkv(s).chunk(3, -1)]
        o = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        return x + self.out(o).transpose(1, 2).unflatten(2, (hh, ww))


# %% right 1×1 convolutions and torch.bmm
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.q = nn.Conv2d(channels, channels, 1)
        self.k = nn.Conv2d(channels, channels, 1)
        self.v = nn.Conv2d(channels, channels, 1)
        self.proj = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        B, C, H, W = x.shape
        h = self.norm(x)
        q, k, v = self.q(h), self.k(h), self.v(h)
        q = q.permute(0, 2, 3, 1).view(B, H * W, C)
        k = k.view(B, C, H * W)
        w = torch.bmm(q, k) * (int(C) ** (-0.5))
        w = F.softmax(w, dim=-1)
        v = v.permute(0, 2, 3, 1).view(B, H * W, C)
        h = torch.bmm(w, v).view(B, H, W, C).permute(0, 3, 1, 2)
        return x + self.proj(h)


# %% wrong [no_softmax] softmax over the heads
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Conv2d(channels, channels * 3, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, h * w).unbind(1)
        a = torch.einsum("bhdi,bhdj->bhij", q, k).softmax(1)
        o = torch.einsum("bhij,bhdj->bhdi", a, v)
        return x + self.out(o.reshape(b, c, h, w))


# %% wrong [unnamed] softmax over queries and keys together
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.qkv = nn.Conv2d(channels, channels * 3, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(x).flatten(2).transpose(1, 2).chunk(3, -1)
        a = (q @ k.transpose(1, 2)).flatten(1).softmax(-1).view(b, h * w, h * w)
        return x + (a @ v).transpose(1, 2).reshape(b, c, h, w)


# %% wrong [sees_only_neighbours] windows of 2×2
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.mha = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        b, c, h, w = x.shape
        y = x.view(b, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 3, 5, 1).reshape(-1, 4, c)
        o, _ = self.mha(y, y, y)
        o = o.view(b, h // 2, w // 2, 2, 2, c).permute(0, 5, 1, 3, 2, 4).reshape(b, c, h, w)
        return x + o


# %% wrong [raised] square images only
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.mha = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.ln = nn.LayerNorm([channels])

    def forward(self, x):
        n = x.shape[-1]
        s = x.view(-1, x.shape[1], n * n).swapaxes(1, 2)
        y = self.ln(s)
        o, _ = self.mha(y, y, y)
        return (o + s).swapaxes(2, 1).view(-1, x.shape[1], n, n)


# %% wrong [no_softmax] ReLU of the scores, over the number of pixels
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = F.relu(scores) / scores.shape[-1]
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% wrong [no_softmax] squared ReLU, over the number of pixels
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(32, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = F.relu(scores).square() / scores.shape[-1]
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% wrong [no_softmax] sigmoid attention, over the number of pixels
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = torch.sigmoid(scores) / (height * width)
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% wrong [no_softmax] exponentials, over the number of pixels
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = scores.exp().mul(1 / (height * width))
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% wrong [no_softmax] the scores themselves, over the number of pixels
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = scores / (height * width)
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% wrong [no_softmax] one more in the sum of exponentials
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = scores.exp()
        weights = weights / (1 + weights.sum(-1, keepdim=True))
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% wrong [no_softmax] softmax twice
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = F.softmax(F.softmax(scores, dim=-1), dim=-1)
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% wrong [unnamed] softplus for exp
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = F.softplus(scores)
        weights = weights / weights.sum(-1, keepdim=True)
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% wrong [unnamed] ELU + 1 for exp, as in linear attention
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(32, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = F.elu(scores) + 1
        weights = weights / weights.sum(dim=-1, keepdim=True)
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% wrong [unnamed] squares for exponentials
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = F.normalize(scores.square(), p=1, dim=-1)
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% wrong [unnamed] sigmoids that are made to sum to 1
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = F.normalize(scores.sigmoid(), p=1, dim=-1)
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% right softmax by logsumexp, one channel a group
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(32, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c // self.heads)
        weights = torch.exp(scores - scores.logsumexp(-1, keepdim=True))
        return x + self.out((weights @ v).transpose(-1, -2).reshape(x.shape))


# %% right one matrix of its own, a gate for each pixel
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.W = nn.Parameter(torch.randn(channels, 3 * channels) / channels**0.5)
        self.gate = nn.Linear(channels, channels)

    def forward(self, x):
        tokens = x.flatten(2).mT
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in (tokens @ self.W).chunk(3, dim=2))
        h = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        return (tokens + torch.sigmoid(self.gate(tokens)) * h).mT.reshape(x.shape)


# %% right queries and keys go through a layer norm
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads, size = heads, channels // heads
        self.qkv, self.out = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.norm_q, self.norm_k = nn.LayerNorm(size), nn.LayerNorm(size)

    def forward(self, x):
        tokens = x.flatten(2).mT
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.qkv(tokens).chunk(3, dim=2))
        h = F.scaled_dot_product_attention(self.norm_q(q), self.norm_k(k), v).transpose(1, 2).flatten(2)
        return x + self.out(h).mT.reshape(x.shape)


# %% right linear layers, the queries scaled first
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.h = heads
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels, bias=False) for _ in range(3))
        self.out = nn.Linear(channels, channels)
    def forward(self, x):
        b, c, hh, w = x.shape
        s = x.permute(0, 2, 3, 1).reshape(b, hh * w, c)
        split = lambda y: y.reshape(b, -1, self.h, c // self.h).transpose(1, 2)
        q, k, v = split(self.to_q(s)) * (c // self.h) ** -0.5, split(self.to_k(s)), split(self.to_v(s))
        a = (q @ k.mT).softmax(-1) @ v
        return self.out(a.transpose(1, 2).flatten(2)).mT.unflatten(2, (hh, w)) + x


# %% wrong [not_of_products] linear attention, a softmax of queries and one of keys
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
    def forward(self, x):
        B, C, H, W = x.shape
        q, k, v = self.qkv(x).reshape(B, 3, self.heads, C // self.heads, H * W).unbind(1)
        q, k = q.softmax(dim=-2) * (C // self.heads) ** -0.5, k.softmax(dim=-1)
        ctx = torch.einsum("bhdn,bhen->bhde", k, v)
        return x + self.out(torch.einsum("bhde,bhdn->bhen", ctx, q).reshape(B, C, H, W))


# %% wrong [unscaled] scores without 1/√d
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, -1).transpose(3, 4).unbind(1)
        h = (q @ k.transpose(2, 3)).softmax(-1) @ v
        return x + self.out(h.transpose(2, 3).reshape(b, c, height, width))


# %% wrong [unscaled] multiplied by √d
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, -1).transpose(3, 4).unbind(1)
        h = (q @ k.transpose(2, 3) * math.sqrt(c // self.heads)).softmax(-1) @ v
        return x + self.out(h.transpose(2, 3).reshape(b, c, height, width))


# %% wrong [scaled_twice] by hand, and again in scaled_dot_product_attention
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, -1).transpose(3, 4).unbind(1)
        h = F.scaled_dot_product_attention(q / math.sqrt(c // self.heads), k, v)
        return x + self.out(h.transpose(2, 3).reshape(b, c, height, width))


# %% wrong [scaled_twice] divided by d
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, -1).transpose(3, 4).unbind(1)
        h = (q @ k.transpose(2, 3) / (c // self.heads)).softmax(-1) @ v
        return x + self.out(h.transpose(2, 3).reshape(b, c, height, width))


# %% wrong [scaled_by_all] 1/√C with several heads
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, height, width = x.shape
        q, k, v = self.qkv(x).reshape(b, 3, self.heads, c // self.heads, -1).transpose(3, 4).unbind(1)
        h = F.scaled_dot_product_attention(q, k, v, scale=c**-0.5)
        return x + self.out(h.transpose(2, 3).reshape(b, c, height, width))


# %% right weight-normalised projections, softmax by log_softmax
class Proj(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.f = nn.utils.parametrizations.weight_norm(nn.Linear(i, o))
    def forward(self, h):
        return self.f(h)


def attend(q, k, v):
    return F.log_softmax(torch.baddbmm(q.new_zeros(1), q.flatten(0, 1), k.flatten(0, 1).mT, beta=0, alpha=q.shape[-1] ** -0.5), -1).exp().unflatten(0, q.shape[:2]) @ v


class ChanLN(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = ChanLN(channels)
        self.q, self.k, self.v = Proj(channels, channels), Proj(channels, channels), Proj(channels, channels)
        self.out = nn.Linear(channels, channels)
        self.ff = nn.Sequential(nn.GroupNorm(1, channels), nn.Conv2d(channels, 2 * channels, 1), nn.GELU(), nn.Conv2d(2 * channels, channels, 1))

    def forward(self, x):
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (f(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        h = self.out(attend(q, k, v).transpose(1, 2).flatten(2)).transpose(1, 2).reshape(x.shape)
        return (x + h) + self.ff(x + h)


# %% right the older weight normalisation of Conv1d
class Proj(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.f = nn.utils.weight_norm(nn.Conv1d(i, o, 1))
    def forward(self, h):
        return self.f(h.transpose(1, 2)).transpose(1, 2)


def attend(q, k, v):
    return F.scaled_dot_product_attention(q, k, v)


class ChanRMS(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.g = nn.Parameter(torch.ones(1, c, 1, 1))
    def forward(self, x):
        return F.normalize(x, dim=1) * self.g * x.shape[1] ** 0.5


class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = ChanRMS(channels)
        self.q, self.k, self.v = Proj(channels, channels), Proj(channels, channels), Proj(channels, channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x):
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (f(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        h = self.out(attend(q, k, v).transpose(1, 2).flatten(2)).transpose(1, 2).reshape(x.shape)
        return x + h


# %% right spectral normalisation of each, a gate of 1e-4 for each channel
class Proj(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.f = nn.utils.parametrizations.spectral_norm(nn.Linear(i, o))
    def forward(self, h):
        return self.f(h)


def attend(q, k, v):
    q = q * q.shape[-1] ** -0.5
    return (q @ k.transpose(-2, -1)).softmax(-1) @ v


class ChanLNb(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(c, 1, 1))
        self.beta = nn.Parameter(torch.zeros(c, 1, 1))
    def forward(self, x):
        var, mean = torch.var_mean(x, dim=1, keepdim=True, unbiased=False)
        return (x - mean) * (var + 1e-5).rsqrt() * self.gamma + self.beta


class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = ChanLNb(channels)
        self.q, self.k, self.v = Proj(channels, channels), Proj(channels, channels), Proj(channels, channels)
        self.out = nn.Linear(channels, channels)
        self.gamma = nn.Parameter(torch.full((channels, 1, 1), 1e-4))

    def forward(self, x):
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (f(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        h = self.out(attend(q, k, v).transpose(1, 2).flatten(2)).transpose(1, 2).reshape(x.shape)
        return x + self.gamma * h


# %% right rows of unit length, a gate
class Proj(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(o, i))
    def forward(self, h):
        return F.linear(h, F.normalize(self.weight, dim=1))


def attend(q, k, v):
    s = torch.einsum('bhid,bhjd->bhij', q, k).div(math.sqrt(k.size(-1)))
    m = s.max(-1, keepdim=True).values
    lse = m + (s - m).exp().sum(-1, keepdim=True).log()
    return torch.einsum('bhij,bhjd->bhid', (s - lse).exp(), v)


class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.q, self.k, self.v = Proj(channels, channels), Proj(channels, channels), Proj(channels, channels)
        self.out = nn.Linear(channels, channels)
        self.gate = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (f(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        h = self.out(attend(q, k, v).transpose(1, 2).flatten(2)).transpose(1, 2).reshape(x.shape)
        return x + self.gate * h


# %% right a gate of 1e-4 for each channel, no biases
class Proj(nn.Linear):
    def __init__(self, i, o):
        super().__init__(i, o, bias=False)


def attend(q, k, v):
    q = q * q.shape[-1] ** -0.5
    return (q @ k.transpose(-2, -1)).softmax(-1) @ v


class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(32, channels)
        self.q, self.k, self.v = Proj(channels, channels), Proj(channels, channels), Proj(channels, channels)
        self.out = nn.Linear(channels, channels)
        self.gamma = nn.Parameter(torch.full((channels, 1, 1), 1e-4))

    def forward(self, x):
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (f(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        h = self.out(attend(q, k, v).transpose(1, 2).flatten(2)).transpose(1, 2).reshape(x.shape)
        return x + self.gamma * h


# %% right heads of four channels, however many that makes
class Proj(nn.Linear):
    pass


def attend(q, k, v):
    s = torch.einsum('bhid,bhjd->bhij', q, k).div(math.sqrt(k.size(-1)))
    m = s.max(-1, keepdim=True).values
    lse = m + (s - m).exp().sum(-1, keepdim=True).log()
    return torch.einsum('bhij,bhjd->bhid', (s - lse).exp(), v)


class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = channels // 4
        self.norm = nn.GroupNorm(32, channels)
        self.q, self.k, self.v = Proj(channels, channels), Proj(channels, channels), Proj(channels, channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x):
        h = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = (f(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        h = self.out(attend(q, k, v).transpose(1, 2).flatten(2)).transpose(1, 2).reshape(x.shape)
        return x + h


# %% right matrices and biases of its own
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.wq, self.wk, self.wv, self.wo = (nn.Parameter(nn.init.kaiming_uniform_(torch.empty(channels, channels))) for _ in range(4))
        self.bq, self.bk, self.bv, self.bo = (nn.Parameter(torch.zeros(channels)) for _ in range(4))

    def forward(self, x):
        B, C, H, W = x.shape
        h = F.group_norm(x, 1).flatten(2).mT
        q, k, v = (F.linear(h, w, b).view(B, H * W, self.heads, -1).transpose(1, 2) for w, b in ((self.wq, self.bq), (self.wk, self.bk), (self.wv, self.bv)))
        w = torch.softmax(q @ k.mT / (C / self.heads) ** 0.5, -1)
        h = (w @ v).transpose(1, 2).reshape(B, H * W, C)
        return x + F.linear(h, self.wo, self.bo).mT.reshape(B, C, H, W)


# %% right F.multi_head_attention_forward
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.w = nn.Parameter(torch.randn(3 * channels, channels) / channels**0.5)
        self.b = nn.Parameter(torch.zeros(3 * channels))
        self.out = nn.Linear(channels, channels)

    def forward(self, x):
        h = F.group_norm(x, 32).flatten(2).permute(2, 0, 1)
        h, _ = F.multi_head_attention_forward(h, h, h, x.shape[1], self.heads, self.w, self.b, None, None, False, 0.0, self.out.weight, self.out.bias, need_weights=False)
        return x + h.permute(1, 2, 0).reshape(x.shape)


# %% right one matrix between the tokens themselves
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.M = nn.Parameter(torch.randn(channels, channels) / channels)
        self.v = nn.Linear(channels, channels)

    def forward(self, x):
        h = F.group_norm(x, 32).flatten(2).mT
        w = torch.softmax(h @ self.M @ h.mT / math.sqrt(x.shape[1]), dim=-1)
        return x + (w @ self.v(h)).mT.reshape(x.shape)


# %% right queries alone are projected
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.q, self.out = nn.Linear(channels, channels), nn.Linear(channels, channels)

    def forward(self, x):
        h = F.group_norm(x, 32).flatten(2).mT
        q, k = (each.unflatten(2, (self.heads, -1)).transpose(1, 2) for each in (self.q(h), h))
        h = F.scaled_dot_product_attention(q, k, k)
        return x + self.out(h.transpose(1, 2).flatten(2)).mT.reshape(x.shape)


# %% right one key and one value for all heads
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads, self.d = heads, channels // heads
        self.norm = nn.GroupNorm(32, channels)
        self.q, self.kv, self.out = nn.Linear(channels, channels), nn.Linear(channels, 2 * self.d), nn.Linear(channels, channels)

    def forward(self, x):
        h = self.norm(x).flatten(2).transpose(1, 2)
        q = self.q(h).unflatten(2, (self.heads, self.d)).transpose(1, 2)
        k, v = self.kv(h).unsqueeze(1).chunk(2, dim=-1)
        h = (q @ k.mT / math.sqrt(self.d)).softmax(-1) @ v
        return x + self.out(h.transpose(1, 2).flatten(2)).transpose(1, 2).reshape(x.shape)


# %% right a parameter of three axes, one matrix a head
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        d = channels // heads
        self.q, self.k, self.v = (nn.Parameter(torch.randn(heads, d, channels) / channels**0.5) for _ in range(3))
        self.o = nn.Parameter(torch.zeros(heads, channels, d))

    def forward(self, x):
        flat = F.instance_norm(x).flatten(2).unsqueeze(1)
        q, k, v = self.q @ flat, self.k @ flat, self.v @ flat
        w = F.softmax(q.mT @ k / self.q.shape[1] ** 0.5, dim=-1)
        return x + (self.o @ (v @ w.mT)).sum(1).view_as(x)


# %% right the DDPM's own code: its last layer starts at 1e-10
class NIN(nn.Module):
    def __init__(self, in_dim, num_units, init_scale=0.1):
        super().__init__()
        limit = math.sqrt(3 * max(init_scale, 1e-10) / ((in_dim + num_units) / 2))
        self.W = nn.Parameter(limit * (2 * torch.rand(in_dim, num_units) - 1))
        self.b = nn.Parameter(torch.zeros(num_units))

    def forward(self, x):
        return (torch.einsum("bchw,co->bhwo", x, self.W) + self.b).permute(0, 3, 1, 2)


class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.GroupNorm(math.gcd(32, channels), channels, eps=1e-6)
        self.q, self.k, self.v = NIN(channels, channels), NIN(channels, channels), NIN(channels, channels)
        self.out = NIN(channels, channels, init_scale=0.0)

    def forward(self, x):
        B, C, H, W = x.shape
        h = self.norm(x)
        w = torch.einsum("bchw,bcij->bhwij", self.q(h), self.k(h)) * C**-0.5
        w = F.softmax(w.reshape(B, H, W, H * W), dim=-1).reshape(B, H, W, H, W)
        return x + self.out(torch.einsum("bhwij,bcij->bchw", w, self.v(h)))


# %% right a LayerScale of a millionth
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.gamma = nn.Parameter(1e-6 * torch.ones(channels))

    def forward(self, x):
        tokens = x.flatten(2).transpose(1, 2)
        h = self.norm(tokens)
        tokens = tokens + self.gamma * self.attention(h, h, h, need_weights=False)[0]
        return tokens.transpose(1, 2).reshape(x.shape)


# %% wrong [causal] is_causal, as in a language model
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(math.gcd(8, channels), channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        B, C, H, W = x.shape
        qkv = self.qkv(self.norm(x)).view(B, 3, self.heads, C // self.heads, H * W)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        h = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return x + self.out(h.transpose(-1, -2).reshape(B, C, H, W))


# %% wrong [causal] a mask of -inf above the diagonal
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, x):
        tokens = x.flatten(2).transpose(1, 2)
        mask = torch.full((tokens.shape[1],) * 2, -torch.inf).triu(1)
        h, _ = self.attention(tokens, tokens, tokens, attn_mask=mask)
        return (tokens + h).transpose(1, 2).reshape(x.shape)


# %% wrong [random_in_forward] dropout_p is for evaluation, too
class SelfAttention(nn.Module):
    def __init__(self, channels, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        B, C, H, W = x.shape
        q, k, v = self.qkv(x).view(B, 3, self.heads, C // self.heads, H * W).transpose(-1, -2).unbind(1)
        h = F.scaled_dot_product_attention(q, k, v, dropout_p=0.1)
        return x + self.out(h.transpose(-1, -2).reshape(B, C, H, W))
