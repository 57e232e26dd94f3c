# %% right one matrix for q, k and v
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.qkv, self.project = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x, c):
        B, N, D = x.shape
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(F.silu(c))[:, None].chunk(6, dim=-1)
        h = self.norm1(x) * (1 + scale1) + shift1
        q, k, v = self.qkv(h).reshape(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        h = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, N, D)
        x = x + gate1 * self.project(h)
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


# %% right nn.MultiheadAttention
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False, eps=1e-6)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False, eps=1e-6)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.SiLU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim))
        nn.init.constant_(self.ada[1].weight, 0)
        nn.init.constant_(self.ada[1].bias, 0)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c).chunk(6, dim=1)
        h = self.norm1(x) * (1 + s1.unsqueeze(1)) + b1.unsqueeze(1)
        x = x + g1.unsqueeze(1) * self.attention(h, h, h, need_weights=False)[0]
        h = self.norm2(x) * (1 + s2.unsqueeze(1)) + b2.unsqueeze(1)
        return x + g2.unsqueeze(1) * self.mlp(h)


# %% right six layers of its own for the vectors
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads, self.dim = heads, dim
        self.vectors = nn.ModuleList(nn.Linear(embed_dim, dim) for _ in range(6))
        for layer in self.vectors:
            layer.weight.data.zero_()
            layer.bias.data.zero_()
        self.norms = nn.ModuleList(nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.q, self.k, self.v, self.o = (nn.Linear(dim, dim) for _ in range(4))
        self.up, self.down = nn.Linear(dim, 2 * dim), nn.Linear(2 * dim, dim)

    def split(self, h):
        return h.view(h.shape[0], h.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x, c):
        a, b, g, d, e, k = [layer(c).unsqueeze(1) for layer in self.vectors]
        h = (1 + a) * self.norms[0](x) + b
        q, key, v = self.split(self.q(h)), self.split(self.k(h)), self.split(self.v(h))
        weights = (q @ key.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1)
        x = x + g * self.o((weights @ v).transpose(1, 2).flatten(2))
        h = (1 + d) * self.norms[1](x) + e
        return x + k * self.down(F.relu(self.up(h)))


# %% right affine norms and no bias in q, k, v
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        with torch.no_grad():
            self.ada.weight.fill_(0)
            self.ada.bias.fill_(0)

    def attend(self, h):
        q, k, v = (part.unflatten(-1, (self.heads, -1)) for part in self.qkv(h).chunk(3, -1))
        weights = torch.einsum("bnhd,bmhd->bhnm", q, k).div(q.shape[-1] ** 0.5).softmax(-1)
        return self.out(torch.einsum("bhnm,bmhd->bnhd", weights, v).flatten(2))

    def forward(self, x, c):
        m = self.ada(c).unflatten(-1, (6, -1))[:, :, None]
        x = x + m[:, 0] * self.attend(self.n1(x) * (1 + m[:, 1]) + m[:, 2])
        return x + m[:, 3] * self.mlp(self.n2(x) * (1 + m[:, 4]) + m[:, 5])


# %% right a small MLP makes the vectors
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.Mish(), nn.Linear(4 * dim, dim))
        self.ada = nn.Sequential(nn.Linear(embed_dim, embed_dim), nn.SiLU(), nn.Linear(embed_dim, 6 * dim))
        nn.init.zeros_(self.ada[-1].weight)
        nn.init.zeros_(self.ada[-1].bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = torch.addcmul(b, self.norm(x), 1 + a)
        x = torch.addcmul(x, g, self.attention(h, h, h)[0])
        return torch.addcmul(x, k, self.mlp(torch.addcmul(e, self.norm(x), 1 + d)))


# %% right two modulation layers and a function for the norm
def _modulated(x, shift, scale):
    return F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift


class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.attention = nn.MultiheadAttention(dim, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, 3 * dim), nn.ELU(), nn.Linear(3 * dim, dim))
        self.first, self.second = nn.Linear(embed_dim, 3 * dim), nn.Linear(embed_dim, 3 * dim)
        for p in [*self.first.parameters(), *self.second.parameters()]:
            nn.init.zeros_(p)

    def forward(self, x, c):
        shift, scale, gate = self.first(c)[:, None].chunk(3, -1)
        h = _modulated(x, shift, scale).transpose(0, 1)
        x = x + gate * self.attention(h, h, h)[0].transpose(0, 1)
        shift, scale, gate = self.second(c)[:, None].chunk(3, -1)
        return x + gate * self.mlp(_modulated(x, shift, scale))


# %% wrong [not_identity] modulation not zero
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [not_identity] the bias forgotten
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [not_identity] 1 + gate
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + (1 + g) * self.attention(h, h, h)[0]
        return x + (1 + k) * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [no_residual] gate without x
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = g * self.attention(h, h, h)[0]
        return k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [always_identity] returns x
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.ada = nn.Linear(embed_dim, 6 * dim)

    def forward(self, x, c):
        return x


# %% wrong [always_identity] the gates detached from c
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        g, k = torch.zeros_like(g), torch.zeros_like(k)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [c_ignored] learnt gates, no c
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.vectors = nn.Parameter(torch.zeros(6, 1, dim))

    def forward(self, x, c):
        a, b, g, d, e, k = self.vectors
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [c_shared] the mean of c
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c.mean(0)).chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [tokens_alone] no attention
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.first = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        x = x + g * self.first(self.norm1(x) * (1 + a) + b)
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [mixes_samples] batch_first forgotten
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [positions] places added inside
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        h = h + torch.arange(x.shape[1])[:, None].sin()
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [no_norm] no norm at all
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = x * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(x * (1 + d) + e)


# %% wrong [no_norm] the MLP's norm forgotten
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(x * (1 + d) + e)


# %% wrong [few_vectors] gates alone
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 2 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        g, k = self.ada(c)[:, None].chunk(2, -1)
        h = self.norm1(x)
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x))


# %% wrong [few_vectors] the same three twice
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 3 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g = self.ada(c)[:, None].chunk(3, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + g * self.mlp(self.norm2(x) * (1 + a) + b)


# %% wrong [not_trained] the MLP's vectors made but not used
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + g * self.mlp(self.norm2(x) * (1 + a) + b)


# %% wrong [not_trained] two gates at zero, one behind the other
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        self.open = nn.Parameter(torch.zeros(dim))
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + self.open * g * self.attention(h, h, h)[0]
        return x + self.open * k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [detached] attention under no_grad
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        with torch.no_grad():
            h = self.attention(h, h, h)[0]
        x = x + g * h
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [unregistered] layers in a plain list
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.parts = [
            nn.MultiheadAttention(dim, heads, batch_first=True),
            nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim)),
        ]
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.parts[0](h, h, h)[0]
        return x + k * self.parts[1](self.norm2(x) * (1 + d) + e)


# %% wrong [no_mlp] a linear layer in the MLP's place
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [detached] the norm's output detached
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x).detach() * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [detached] c detached
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c.detach())[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [one_missing] scale in place of 1 + scale
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * a + b
        x = x + g * self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * d + e)


# %% wrong [gate_misplaced] the gate divided by attention
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g / self.attention(h, h, h)[0]
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)


# %% wrong [gate_misplaced] the residual inside the gate
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        a, b, g, d, e, k = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + a) + b
        x = x + g * (h + self.attention(h, h, h)[0])
        return x + k * self.mlp(self.norm2(x) * (1 + d) + e)
