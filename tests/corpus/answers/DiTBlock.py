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


# %% wrong [gate_open] 1 + gate
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


# %% right as in DiT's own code
def modulate(x, shift, scale):
    return x * (1 + scale.unsqueeze(1)) + shift.unsqueeze(1)


class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim, mlp_ratio=4.0):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False, eps=1e-6)
        self.num_heads = heads
        self.qkv = nn.Linear(dim, dim * 3, bias=True)
        self.proj = nn.Linear(dim, dim)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False, eps=1e-6)
        hidden = int(dim * mlp_ratio)
        self.mlp = nn.Sequential(nn.Linear(dim, hidden), nn.GELU(approximate="tanh"), nn.Linear(hidden, dim))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim, bias=True))
        nn.init.constant_(self.adaLN_modulation[-1].weight, 0)
        nn.init.constant_(self.adaLN_modulation[-1].bias, 0)

    def attn(self, x):
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.num_heads, C // self.num_heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        x = F.scaled_dot_product_attention(q, k, v)
        return self.proj(x.transpose(1, 2).reshape(B, N, C))

    def forward(self, x, c):
        a, b, g, d, e, f = self.adaLN_modulation(c).chunk(6, dim=1)
        x = x + g.unsqueeze(1) * self.attn(modulate(self.norm1(x), a, b))
        x = x + f.unsqueeze(1) * self.mlp(modulate(self.norm2(x), d, e))
        return x


# %% right RMS norm and a gated MLP
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.n1 = nn.RMSNorm(dim, elementwise_affine=False)
        self.n2 = nn.RMSNorm(dim, elementwise_affine=False)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.w1, self.w2, self.w3 = nn.Linear(dim, 4 * dim), nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.ada = nn.Linear(embed_dim, 6 * dim)
        self.ada.weight.data.zero_()
        self.ada.bias.data.zero_()

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c).unsqueeze(1).chunk(6, -1)
        h = self.n1(x) * (1 + s1) + b1
        x = x + g1 * self.attn(h, h, h)[0]
        h = self.n2(x) * (1 + s2) + b2
        return x + g2 * self.w3(F.silu(self.w1(h)) * self.w2(h))


# %% right einsum, F.layer_norm and addcmul
class Gate(nn.Linear):
    def __init__(self, i, o):
        super().__init__(i, o)
        self.reset()

    def reset(self):
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)


class DiTBlock(nn.Module):
    def __init__(self, dim: int, heads: int, embed_dim: int):
        super().__init__()
        self.dim, self.heads = dim, heads
        self.to_q, self.to_k, self.to_v, self.to_out = (nn.Linear(dim, dim) for _ in range(4))
        self.ff1, self.ff2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.mod = Gate(embed_dim, 6 * dim)

    def forward(self, x, c):
        m = self.mod(F.silu(c)).reshape(len(c), 6, 1, self.dim)
        h = torch.addcmul(m[:, 0], F.layer_norm(x, (self.dim,)), 1 + m[:, 1])
        split = lambda y: y.unflatten(-1, (self.heads, -1))
        q, k, v = split(self.to_q(h)), split(self.to_k(h)), split(self.to_v(h))
        a = (torch.einsum("bihd,bjhd->bhij", q, k) / (self.dim // self.heads) ** 0.5).softmax(-1)
        o = torch.einsum("bhij,bjhd->bihd", a, v).flatten(2)
        x = torch.addcmul(x, m[:, 2], self.to_out(o))
        h = torch.addcmul(m[:, 3], F.layer_norm(x, (self.dim,)), 1 + m[:, 4])
        return torch.addcmul(x, m[:, 5], self.ff2(F.gelu(self.ff1(h))))


# %% right queries and keys normalised
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim))
        for p in self.ada[-1].parameters():
            nn.init.zeros_(p)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        B, N, D = x.shape
        h = self.norm1(x) * (1 + s1) + b1
        q, k, v = self.qkv(h).view(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        q, k = F.layer_norm(q, q.shape[-1:]), F.layer_norm(k, k.shape[-1:])
        o = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, N, D)
        x = x + g1 * self.out(o)
        return x + g2 * self.mlp(self.norm2(x) * (1 + s2) + b2)


# %% wrong [x_overwritten] x overwritten by what is normalised
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim))
        nn.init.zeros_(self.ada[1].weight)
        nn.init.zeros_(self.ada[1].bias)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        x = self.norm1(x) * (1 + s1) + b1
        x = x + g1 * self.attn(x, x, x)[0]
        x = self.norm2(x) * (1 + s2) + b2
        return x + g2 * self.mlp(x)


# %% wrong [gate_open] a sigmoid round the gate
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim))
        nn.init.zeros_(self.ada[1].weight)
        nn.init.zeros_(self.ada[1].bias)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + s1) + b1
        x = x + g1.sigmoid() * self.attn(h, h, h)[0]
        h = self.norm2(x) * (1 + s2) + b2
        return x + g2.sigmoid() * self.mlp(h)


# %% wrong [not_identity] nothing set to zero
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim))

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + s1) + b1
        x = x + g1 * self.attn(h, h, h)[0]
        h = self.norm2(x) * (1 + s2) + b2
        return x + g2 * self.mlp(h)


# %% wrong [few_vectors] zero last layers in place of gates
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        nn.init.zeros_(self.attn.out_proj.weight)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        nn.init.zeros_(self.mlp[2].weight)
        nn.init.zeros_(self.mlp[2].bias)
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 4 * dim))

    def forward(self, x, c):
        s1, b1, s2, b2 = self.ada(c)[:, None].chunk(4, -1)
        h = self.norm1(x) * (1 + s1) + b1
        x = x + self.attn(h, h, h)[0]
        h = self.norm2(x) * (1 + s2) + b2
        return x + self.mlp(h)


# %% wrong [not_trained] last layers at zero as well
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        nn.init.zeros_(self.attn.out_proj.weight)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        nn.init.zeros_(self.mlp[2].weight)
        nn.init.zeros_(self.mlp[2].bias)
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + s1) + b1
        x = x + g1 * self.attn(h, h, h)[0]
        h = self.norm2(x) * (1 + s2) + b2
        return x + g2 * self.mlp(h)


# %% wrong [parallel] both steps from the same x
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + s1) + b1
        a = self.attn(h, h, h)[0]
        h2 = self.norm2(x) * (1 + s2) + b2
        return x + g1 * a + g2 * self.mlp(h2)


# %% wrong [gate_open] the gate on the values
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + s1) + b1
        x = x + self.attn(h, h, g1 * h)[0]
        h = self.norm2(x) * (1 + s2) + b2
        return x + g2 * self.mlp(h)


# %% wrong [modulation] values of x itself
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        h = self.norm1(x) * (1 + s1) + b1
        x = x + g1 * self.attn(h, h, x)[0]
        h = self.norm2(x) * (1 + s2) + b2
        return x + g2 * self.mlp(h)


# %% wrong [unnamed] a causal mask
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        B, N, D = x.shape
        h = self.norm1(x) * (1 + s1) + b1
        q, k, v = self.qkv(h).view(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        o = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, N, D)
        x = x + g1 * self.out(o)
        return x + g2 * self.mlp(self.norm2(x) * (1 + s2) + b2)


# %% wrong [heads_misread] heads merged without a transpose
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        B, N, D = x.shape
        h = self.norm1(x) * (1 + s1) + b1
        q, k, v = self.qkv(h).view(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        o = F.scaled_dot_product_attention(q, k, v).reshape(B, N, D)
        x = x + g1 * self.out(o)
        return x + g2 * self.mlp(self.norm2(x) * (1 + s2) + b2)


# %% wrong [no_softmax] softmax over the queries
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        B, N, D = x.shape
        h = self.norm1(x) * (1 + s1) + b1
        q, k, v = self.qkv(h).view(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-1, -2) / (D // self.heads) ** 0.5).softmax(-2)
        o = (a @ v).transpose(1, 2).reshape(B, N, D)
        x = x + g1 * self.out(o)
        return x + g2 * self.mlp(self.norm2(x) * (1 + s2) + b2)


# %% wrong [no_softmax] no softmax
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        B, N, D = x.shape
        h = self.norm1(x) * (1 + s1) + b1
        q, k, v = self.qkv(h).view(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        a = q @ k.transpose(-1, -2) / (D // self.heads) ** 0.5
        o = (a @ v).transpose(1, 2).reshape(B, N, D)
        x = x + g1 * self.out(o)
        return x + g2 * self.mlp(self.norm2(x) * (1 + s2) + b2)


# %% wrong [not_of_products] linear attention, a softmax of queries and one of keys
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.ada.weight)
        nn.init.zeros_(self.ada.bias)

    def forward(self, x, c):
        s1, b1, g1, s2, b2, g2 = self.ada(c)[:, None].chunk(6, -1)
        B, N, D = x.shape
        h = self.norm1(x) * (1 + s1) + b1
        q, k, v = self.qkv(h).view(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        o = q.softmax(-1) @ (k.softmax(-2).transpose(-1, -2) @ v)
        x = x + g1 * self.out(o.transpose(1, 2).reshape(B, N, D))
        return x + g2 * self.mlp(self.norm2(x) * (1 + s2) + b2)


# %% wrong [no_softmax] ReLU of the scores, over the number of tokens
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.project = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def attend(self, h):
        q, k, v = self.qkv(h).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        scores = q @ k.mT / q.shape[-1] ** 0.5
        weights = F.relu(scores) / scores.shape[-1]
        return self.project((weights @ v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c)[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm(x) * (1 + scale2) + shift2)


# %% wrong [no_softmax] sigmoids over the number of tokens
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.project = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def attend(self, h):
        q, k, v = self.qkv(h).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        scores = q @ k.mT / q.shape[-1] ** 0.5
        weights = torch.sigmoid(scores) / scores.shape[-1]
        return self.project((weights @ v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c)[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm(x) * (1 + scale2) + shift2)


# %% wrong [no_softmax] exponentials over the number of tokens
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.project = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def attend(self, h):
        q, k, v = self.qkv(h).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        scores = q @ k.mT / q.shape[-1] ** 0.5
        weights = scores.exp() / scores.shape[-1]
        return self.project((weights @ v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c)[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm(x) * (1 + scale2) + shift2)


# %% wrong [unnamed] softplus for exp
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.project = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def attend(self, h):
        q, k, v = self.qkv(h).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        scores = q @ k.mT / q.shape[-1] ** 0.5
        weights = F.normalize(F.softplus(scores), p=1, dim=-1)
        return self.project((weights @ v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c)[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm(x) * (1 + scale2) + shift2)


# %% wrong [unnamed] squares for exponentials
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.project = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def attend(self, h):
        q, k, v = self.qkv(h).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        scores = q @ k.mT / q.shape[-1] ** 0.5
        weights = F.normalize(scores.square(), p=1, dim=-1)
        return self.project((weights @ v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c)[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm(x) * (1 + scale2) + shift2)


# %% right softmax by hand
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.project = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def attend(self, h):
        q, k, v = self.qkv(h).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        scores = q @ k.mT / q.shape[-1] ** 0.5
        weights = (scores - scores.amax(-1, keepdim=True)).exp()
        weights = weights / weights.sum(-1, keepdim=True)
        return self.project((weights @ v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c)[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm(x) * (1 + scale2) + shift2)


# %% wrong [mlp_activation] GELU behind both layers
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim), nn.GELU())
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c)[:, None].chunk(6, dim=-1)
        h = self.norm(x) * (1 + scale1) + shift1
        x = x + gate1 * self.attention(h, h, h)[0]
        return x + gate2 * self.mlp(self.norm(x) * (1 + scale2) + shift2)


# %% right a matrix (embed, 6 dim) of parameters
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        s = dim ** -0.5
        self.Wq, self.Wk, self.Wv, self.Wo = (nn.Parameter(s * torch.randn(dim, dim)) for _ in range(4))
        self.W1, self.W2 = nn.Parameter(s * torch.randn(dim, 4 * dim)), nn.Parameter(s / 2 * torch.randn(4 * dim, dim))
        self.b1, self.b2 = nn.Parameter(torch.zeros(4 * dim)), nn.Parameter(torch.zeros(dim))
        self.M, self.m = nn.Parameter(torch.zeros(embed_dim, 6 * dim)), nn.Parameter(torch.zeros(6 * dim))
        self.heads = heads
    def ln(self, x):
        return (x - x.mean(-1, keepdim=True)) / (x.var(-1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    def att(self, x):
        B, N, D = x.shape; H = self.heads
        q, k, v = ((x @ W).reshape(B, N, H, D // H).transpose(1, 2) for W in (self.Wq, self.Wk, self.Wv))
        w = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(D // H), -1)
        return (w @ v).transpose(1, 2).reshape(B, N, D) @ self.Wo
    def forward(self, x, c):
        v = (c @ self.M + self.m).unsqueeze(1)
        s1, k1, g1, s2, k2, g2 = torch.tensor_split(v, 6, dim=-1)
        x = x + g1 * self.att(self.ln(x) * (1 + k1) + s1)
        return x + g2 * (F.gelu((self.ln(x) * (1 + k2) + s2) @ self.W1 + self.b1) @ self.W2 + self.b2)


# %% right a module for each head
class Head(nn.Module):
    def __init__(self, d, k):
        super().__init__(); self.q = nn.Linear(d, k); self.k = nn.Linear(d, k); self.v = nn.Linear(d, k); self.s = k ** -0.5
    def forward(self, x): return ((self.q(x) @ self.k(x).mT) * self.s).softmax(-1) @ self.v(x)
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = nn.ModuleList(Head(dim, dim // heads) for _ in range(heads))
        self.out = nn.Linear(dim, dim)
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.Mish(), nn.Linear(4 * dim, dim))
        self.six = nn.Linear(embed_dim, 6 * dim)
        self.six.weight.data.zero_(); self.six.bias.data.zero_()
    def forward(self, x, c):
        a, b, g, d, e, k = self.six(F.silu(c)).unsqueeze(1).chunk(6, 2)
        h = torch.addcmul(a, self.norm(x), 1 + b)
        x = x + g * self.out(torch.cat([f(h) for f in self.heads], -1))
        return x + k * self.mlp(torch.addcmul(d, self.norm(x), 1 + e))


# %% right ReLU, and attention and vectors as classes
class Attn(nn.MultiheadAttention):
    def forward(self, z): return super().forward(z, z, z, need_weights=False)[0]
class Mod(nn.Linear):
    def __init__(self, e, d):
        super().__init__(e, d)
        with torch.no_grad():
            self.weight.zero_(); self.bias.zero_()
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.attn = Attn(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.ReLU(), nn.Linear(4 * dim, dim))
        self.mod = Mod(embed_dim, 6 * dim)
        self.dim = dim
    def norm(self, x): return F.layer_norm(x, (self.dim,))
    def forward(self, x, c):
        b1, g1, a1, b2, g2, a2 = self.mod(c).reshape(len(c), 6, 1, self.dim).unbind(1)
        x = x + a1 * self.attn(self.norm(x) * (g1 + 1) + b1)
        x = x + a2 * self.mlp(self.norm(x) * (g2 + 1) + b2)
        return x


# %% wrong [random_in_forward] F.dropout in evaluation
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.at = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.no = nn.LayerNorm(dim, elementwise_affine=False)
        self.ff = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.to6 = nn.Linear(embed_dim, 6 * dim); nn.init.zeros_(self.to6.weight); nn.init.zeros_(self.to6.bias)
    def forward(self, x, c):
        s, k, g, s2, k2, g2 = self.to6(c).unsqueeze(1).chunk(6, 2)
        h = self.no(x) * (1 + k) + s
        x = x + g * self.at(h, h, h)[0]
        return x + g2 * F.dropout(self.ff(self.no(x) * (1 + k2) + s2), 0.1)


# %% wrong [mlp_mixes] normalised over the tokens
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.at = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.ff = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.to6 = nn.Linear(embed_dim, 6 * dim); nn.init.zeros_(self.to6.weight); nn.init.zeros_(self.to6.bias)
    def no(self, x): return (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-5)
    def forward(self, x, c):
        s, k, g, s2, k2, g2 = self.to6(c).unsqueeze(1).chunk(6, 2)
        h = self.no(x) * (1 + k) + s
        x = x + g * self.at(h, h, h)[0]
        return x + g2 * self.ff(self.no(x) * (1 + k2) + s2)


# %% wrong [heads_ignored] one head, whatever heads is
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.at = nn.MultiheadAttention(dim, 1, batch_first=True)
        self.no = nn.LayerNorm(dim, elementwise_affine=False)
        self.ff = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.to6 = nn.Linear(embed_dim, 6 * dim); nn.init.zeros_(self.to6.weight); nn.init.zeros_(self.to6.bias)
    def forward(self, x, c):
        s, k, g, s2, k2, g2 = self.to6(c).unsqueeze(1).chunk(6, 2)
        h = self.no(x) * (1 + k) + s
        x = x + g * self.at(h, h, h)[0]
        return x + g2 * self.ff(self.no(x) * (1 + k2) + s2)


# %% right a class for each half
class Half(nn.Module):
    def __init__(self, dim, embed_dim, f):
        super().__init__()
        self.f, self.mod = f, nn.Linear(embed_dim, 3 * dim)
        nn.init.zeros_(self.mod.weight); nn.init.zeros_(self.mod.bias)
    def forward(self, x, c):
        shift, scale, gate = self.mod(F.silu(c)).unsqueeze(1).chunk(3, -1)
        return x + gate * self.f(F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift)
class SA(nn.Module):
    def __init__(self, dim, heads):
        super().__init__(); self.m = nn.MultiheadAttention(dim, heads, batch_first=True)
    def forward(self, h): return self.m(h, h, h)[0]
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.one = Half(dim, embed_dim, SA(dim, heads))
        self.two = Half(dim, embed_dim, nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim)))
    def forward(self, x, c): return self.two(self.one(x, c), c)


# %% right two convolutions of size 1 as the MLP
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.h = heads
        self.q, self.k, self.v, self.o = (nn.Linear(dim, dim) for _ in range(4))
        self.up, self.down = nn.Conv1d(dim, 4 * dim, 1), nn.Conv1d(4 * dim, dim, 1)
        self.ada = nn.Linear(embed_dim, 6 * dim)
        for p in self.ada.parameters(): p.data.zero_()
    def forward(self, x, c):
        B, N, D = x.shape
        s = lambda z: z.view(B, N, self.h, -1).transpose(1, 2)
        b1, g1, a1, b2, g2, a2 = self.ada(c)[:, None].chunk(6, -1)
        h = F.layer_norm(x, (D,)) * (1 + g1) + b1
        o = F.scaled_dot_product_attention(s(self.q(h)), s(self.k(h)), s(self.v(h)))
        x = x + a1 * self.o(o.transpose(1, 2).flatten(2))
        h = (F.layer_norm(x, (D,)) * (1 + g2) + b2).transpose(1, 2)
        return x + a2 * self.down(F.hardswish(self.up(h))).transpose(1, 2)


# %% wrong [heads_misread] heads and their size exchanged
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
        q, k, v = self.qkv(h).reshape(B, N, 3, D // self.heads, self.heads).permute(2, 0, 3, 1, 4)
        h = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, N, D)
        x = x + gate1 * self.project(h)
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


# %% wrong [detached] the second norm detached
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
        return x + gate2 * self.mlp(self.norm2(x).detach() * (1 + scale2) + shift2)


# %% wrong [step_lost] the MLP is added to the x of before attention
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

    def attend(self, h):
        B, N, D = h.shape
        q, k, v = self.qkv(h).reshape(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        return self.project(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, N, D))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(F.silu(c))[:, None].chunk(6, dim=-1)
        y = x + gate1 * self.attend(self.norm1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm2(y) * (1 + scale2) + shift2)


# %% wrong [gate_bent] the tanh of a gate
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

    def attend(self, h):
        B, N, D = h.shape
        q, k, v = self.qkv(h).reshape(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        return self.project(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, N, D))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(F.silu(c))[:, None].chunk(6, dim=-1)
        x = x + gate1.tanh() * self.attend(self.norm1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


# %% wrong [mlp_activation] a second activation behind the last layer
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.qkv, self.project = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim), nn.GELU())
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def attend(self, h):
        B, N, D = h.shape
        q, k, v = self.qkv(h).reshape(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        return self.project(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, N, D))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(F.silu(c))[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


# %% wrong [modulation] normalised after scale and shift
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

    def attend(self, h):
        B, N, D = h.shape
        q, k, v = self.qkv(h).reshape(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        return self.project(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, N, D))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(F.silu(c))[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm1(x * (1 + scale1) + shift1))
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


# %% wrong [modulation] the second scale forgotten
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

    def attend(self, h):
        B, N, D = h.shape
        q, k, v = self.qkv(h).reshape(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        return self.project(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, N, D))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(F.silu(c))[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm2(x) + shift2)


# %% right unflatten to (6, dim) and unbind
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

    def attend(self, h):
        B, N, D = h.shape
        q, k, v = self.qkv(h).reshape(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        return self.project(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, N, D))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c).unflatten(-1, (6, -1)).unsqueeze(1).unbind(2)
        x = x + gate1 * self.attend(self.norm1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


# %% right vmap over samples and heads
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

    def attend(self, h):
        B, N, D = h.shape
        q, k, v = self.qkv(h).reshape(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        one = lambda q, k, v: (q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1) @ v
        return self.project(torch.vmap(torch.vmap(one))(q, k, v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(F.silu(c))[:, None].chunk(6, dim=-1)
        x = x + gate1 * self.attend(self.norm1(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


# %% right an abstract gated branch, inherited twice
class Branch(nn.Module):
    def __init__(self, dim, embed_dim):
        super().__init__()
        self.three = nn.Linear(embed_dim, 3 * dim)
        self.three.weight.data.zero_()
        self.three.bias.data.zero_()

    def inner(self, h):
        raise NotImplementedError

    def forward(self, x, c):
        a, b, g = self.three(c).unsqueeze(1).tensor_split(3, dim=2)
        return x + g * self.inner(F.layer_norm(x, x.shape[2:]) * (a + 1) + b)


class Mix(Branch):
    def __init__(self, dim, embed_dim, heads):
        super().__init__(dim, embed_dim)
        self.mha = nn.MultiheadAttention(embed_dim=dim, num_heads=heads, batch_first=True)

    def inner(self, h):
        return self.mha(query=h, key=h, value=h)[0]


class Think(Branch):
    def __init__(self, dim, embed_dim):
        super().__init__(dim, embed_dim)
        self.a, self.b = nn.Linear(dim, 3 * dim), nn.Linear(3 * dim, dim)

    def inner(self, h):
        return self.b(F.mish(self.a(h)))


class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.steps = nn.ModuleList([Mix(dim, embed_dim, heads), Think(dim, embed_dim)])

    def forward(self, x, c):
        for step in self.steps:
            x = step(x, c)
        return x


# %% wrong [unscaled] scores without 1/√d
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.SiLU(), nn.Linear(4 * dim, dim))
        self.six = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.six.weight)
        nn.init.zeros_(self.six.bias)

    def attend(self, h):
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(h).chunk(3, dim=-1))
        weights = (q @ k.transpose(-2, -1)).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        b1, s1, g1, b2, s2, g2 = self.six(c).unsqueeze(1).chunk(6, dim=-1)
        x = x + g1 * self.attend(self.norm(x) * (1 + s1) + b1)
        return x + g2 * self.mlp(self.norm(x) * (1 + s2) + b2)


# %% wrong [scaled_twice] divided by d
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.SiLU(), nn.Linear(4 * dim, dim))
        self.six = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.six.weight)
        nn.init.zeros_(self.six.bias)

    def attend(self, h):
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(h).chunk(3, dim=-1))
        weights = (q @ k.transpose(-2, -1) / q.shape[-1]).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        b1, s1, g1, b2, s2, g2 = self.six(c).unsqueeze(1).chunk(6, dim=-1)
        x = x + g1 * self.attend(self.norm(x) * (1 + s1) + b1)
        return x + g2 * self.mlp(self.norm(x) * (1 + s2) + b2)


# %% wrong [scaled_by_all] 1/√dim with two heads
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.SiLU(), nn.Linear(4 * dim, dim))
        self.six = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.six.weight)
        nn.init.zeros_(self.six.bias)

    def attend(self, h):
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(h).chunk(3, dim=-1))
        weights = (q @ k.transpose(-2, -1) / h.shape[-1] ** 0.5).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        b1, s1, g1, b2, s2, g2 = self.six(c).unsqueeze(1).chunk(6, dim=-1)
        x = x + g1 * self.attend(self.norm(x) * (1 + s1) + b1)
        return x + g2 * self.mlp(self.norm(x) * (1 + s2) + b2)


# %% wrong [no_softmax] softmax over the queries, no factor
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.SiLU(), nn.Linear(4 * dim, dim))
        self.six = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.six.weight)
        nn.init.zeros_(self.six.bias)

    def attend(self, h):
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(h).chunk(3, dim=-1))
        weights = (q @ k.transpose(-2, -1)).softmax(-2)
        return self.out((weights @ v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        b1, s1, g1, b2, s2, g2 = self.six(c).unsqueeze(1).chunk(6, dim=-1)
        x = x + g1 * self.attend(self.norm(x) * (1 + s1) + b1)
        return x + g2 * self.mlp(self.norm(x) * (1 + s2) + b2)


# %% right attention of its own, modulate and six chunks
def modulate(x, shift, scale):
    return x * (1 + scale.unsqueeze(1)) + shift.unsqueeze(1)


class Attention(nn.Module):
    def __init__(self, dim, num_heads):
        super().__init__()
        self.num_heads, self.scale = num_heads, (dim // num_heads) ** -0.5
        self.qkv, self.proj = nn.Linear(dim, dim * 3, bias=True), nn.Linear(dim, dim)

    def forward(self, x):
        B, N, C = x.shape
        q, k, v = self.qkv(x).reshape(B, N, 3, self.num_heads, C // self.num_heads).permute(2, 0, 3, 1, 4).unbind(0)
        attn = ((q * self.scale) @ k.transpose(-2, -1)).softmax(dim=-1)
        return self.proj((attn @ v).transpose(1, 2).reshape(B, N, C))


class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, elementwise_affine=False, eps=1e-6)
        self.attn = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, elementwise_affine=False, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(approximate="tanh"), nn.Linear(4 * dim, dim))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim, bias=True))
        nn.init.constant_(self.adaLN_modulation[-1].weight, 0)
        nn.init.constant_(self.adaLN_modulation[-1].bias, 0)

    def forward(self, x, c):
        shift_msa, scale_msa, gate_msa, shift_mlp, scale_mlp, gate_mlp = self.adaLN_modulation(c).chunk(6, dim=1)
        x = x + gate_msa.unsqueeze(1) * self.attn(modulate(self.norm1(x), shift_msa, scale_msa))
        x = x + gate_mlp.unsqueeze(1) * self.mlp(modulate(self.norm2(x), shift_mlp, scale_mlp))
        return x


# %% wrong [gate_open] a sigmoid on the gates, with a bias of -2
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, elementwise_affine=False), nn.LayerNorm(dim, elementwise_affine=False)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.film, self.gate = nn.Linear(embed_dim, 4 * dim), nn.Linear(embed_dim, 2 * dim)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)
        nn.init.zeros_(self.gate.weight)
        nn.init.constant_(self.gate.bias, -2.0)

    def forward(self, x, c):
        s1, k1, s2, k2 = self.film(c).unsqueeze(1).chunk(4, dim=-1)
        g1, g2 = self.gate(c).unsqueeze(1).chunk(2, dim=-1)
        h = self.norm1(x) * (1 + k1) + s1
        x = x + g1.sigmoid() * self.attn(h, h, h)[0]
        return x + g2.sigmoid() * self.mlp(self.norm2(x) * (1 + k2) + s2)


# %% wrong [not_trained] every parameter starts at zero
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, elementwise_affine=False), nn.LayerNorm(dim, elementwise_affine=False)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim))
        for p in self.parameters():
            nn.init.zeros_(p)

    def forward(self, x, c):
        s1, k1, g1, s2, k2, g2 = self.ada(c).unsqueeze(1).chunk(6, dim=-1)
        h = self.norm1(x) * (1 + k1) + s1
        x = x + g1 * self.attn(h, h, h)[0]
        return x + g2 * self.mlp(self.norm2(x) * (1 + k2) + s2)


# %% right weight-normalised projections
class Proj(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.f = nn.utils.parametrizations.weight_norm(nn.Linear(i, o))
    def forward(self, h):
        return self.f(h)


def attend(q, k, v):
    return F.log_softmax(torch.baddbmm(q.new_zeros(1), q.flatten(0, 1), k.flatten(0, 1).mT, beta=0, alpha=q.shape[-1] ** -0.5), -1).exp().unflatten(0, q.shape[:2]) @ v


class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        self.q, self.k, self.v, self.o = (Proj(dim, dim) for _ in range(4))
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(approximate="tanh"), nn.Linear(4 * dim, dim))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim))
        nn.init.zeros_(self.ada[-1].weight)
        nn.init.zeros_(self.ada[-1].bias)

    def attention(self, h):
        q, k, v = (f(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        return self.o(attend(q, k, v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        a, b, g, d, e, f = self.ada(c).unsqueeze(1).chunk(6, dim=-1)
        x = x + g * self.attention(self.n1(x) * (1 + b) + a)
        return x + f * self.mlp(self.n2(x) * (1 + e) + d)


# %% right spectral normalisation of the projections
class Proj(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.f = nn.utils.parametrizations.spectral_norm(nn.Linear(i, o))
    def forward(self, h):
        return self.f(h)


def attend(q, k, v):
    q = q * q.shape[-1] ** -0.5
    return (q @ k.transpose(-2, -1)).softmax(-1) @ v


class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.RMSNorm(dim, elementwise_affine=False), nn.RMSNorm(dim, elementwise_affine=False)
        self.q, self.k, self.v, self.o = (Proj(dim, dim) for _ in range(4))
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(approximate="tanh"), nn.Linear(4 * dim, dim))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim))
        nn.init.zeros_(self.ada[-1].weight)
        nn.init.zeros_(self.ada[-1].bias)

    def attention(self, h):
        q, k, v = (f(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        return self.o(attend(q, k, v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        a, b, g, d, e, f = self.ada(c).unsqueeze(1).chunk(6, dim=-1)
        x = x + g * self.attention(self.n1(x) * (1 + b) + a)
        return x + f * self.mlp(self.n2(x) * (1 + e) + d)


# %% right the older weight normalisation
class Proj(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.f = nn.utils.weight_norm(nn.Conv1d(i, o, 1))
    def forward(self, h):
        return self.f(h.transpose(1, 2)).transpose(1, 2)


def attend(q, k, v):
    return F.scaled_dot_product_attention(q, k, v)


class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.RMSNorm(dim), nn.RMSNorm(dim)
        self.q, self.k, self.v, self.o = (Proj(dim, dim) for _ in range(4))
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(approximate="tanh"), nn.Linear(4 * dim, dim))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim))
        nn.init.zeros_(self.ada[-1].weight)
        nn.init.zeros_(self.ada[-1].bias)

    def attention(self, h):
        q, k, v = (f(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        return self.o(attend(q, k, v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        a, b, g, d, e, f = self.ada(c).unsqueeze(1).chunk(6, dim=-1)
        x = x + g * self.attention(self.n1(x) * (1 + b) + a)
        return x + f * self.mlp(self.n2(x) * (1 + e) + d)


# %% right a matrix for each head in one parameter
class Proj(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.W = nn.Parameter(torch.randn(2, i, o // 2) * i ** -0.5)
    def forward(self, h):
        return torch.einsum('bni,hio->bnho', h, self.W).flatten(2)


def attend(q, k, v):
    s = torch.einsum('bhid,bhjd->bhij', q, k).div(math.sqrt(k.size(-1)))
    m = s.max(-1, keepdim=True).values
    lse = m + (s - m).exp().sum(-1, keepdim=True).log()
    return torch.einsum('bhij,bhjd->bhid', (s - lse).exp(), v)


class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.LayerNorm(dim, elementwise_affine=False), nn.LayerNorm(dim, elementwise_affine=False)
        self.q, self.k, self.v, self.o = (Proj(dim, dim) for _ in range(4))
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(approximate="tanh"), nn.Linear(4 * dim, dim))
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(embed_dim, 6 * dim))
        nn.init.zeros_(self.ada[-1].weight)
        nn.init.zeros_(self.ada[-1].bias)

    def attention(self, h):
        q, k, v = (f(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        return self.o(attend(q, k, v).transpose(1, 2).flatten(2))

    def forward(self, x, c):
        a, b, g, d, e, f = self.ada(c).unsqueeze(1).chunk(6, dim=-1)
        x = x + g * self.attention(self.n1(x) * (1 + b) + a)
        return x + f * self.mlp(self.n2(x) * (1 + e) + d)


# %% wrong [heads_ignored] four heads, whatever heads is
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(F.silu(c))[:, None].chunk(6, dim=-1)
        h = self.norm1(x) * (1 + scale1) + shift1
        x = x + gate1 * self.attention(h, h, h)[0]
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


# %% wrong [heads_ignored] as many as channels, whatever heads is
class DiTBlock(nn.Module):
    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2))
        self.attention = nn.MultiheadAttention(dim, dim, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(F.silu(c))[:, None].chunk(6, dim=-1)
        h = self.norm1(x) * (1 + scale1) + shift1
        x = x + gate1 * self.attention(h, h, h)[0]
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)
