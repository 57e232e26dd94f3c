# %% right the formula
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% right A at zero, B at random
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.zeros(rank, base.in_features))
        self.B = nn.Parameter(torch.randn(base.out_features, rank) * 0.1)

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% right two nn.Linear
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        for p in self.base.parameters():
            p.requires_grad = False
        self.down = nn.Linear(base.in_features, rank, bias=False)
        self.up = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.up.weight)
        self.rank, self.alpha = rank, alpha

    def forward(self, x):
        return self.base(x) + self.up(self.down(x)) * (self.alpha / self.rank)


# %% right matrices the other way round
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.s = alpha / rank
        self.A = nn.Parameter(torch.empty(base.in_features, rank).uniform_(-0.1, 0.1))
        self.B = nn.Parameter(torch.zeros(rank, base.out_features))

    def forward(self, x):
        return self.base(x) + self.s * (x @ self.A @ self.B)


# %% right the weight summed first
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        weight = self.base.weight + self.scale * self.B @ self.A
        return F.linear(x, weight, self.base.bias)


# %% right F.linear
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return F.linear(x, self.base.weight, self.base.bias) + F.linear(F.linear(x, self.A), self.B) * self.scale


# %% right a ParameterDict
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.lora = nn.ParameterDict({"A": torch.randn(rank, base.in_features), "B": torch.zeros(base.out_features, rank)})

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.lora["A"].T @ self.lora["B"].T)


# %% wrong [not_equal_when_new] both at random
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.randn(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% wrong [both_zero] both at zero
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.zeros(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% wrong [base_trains] the base not frozen
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% wrong [base_trains] only the bias frozen
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        if base.bias is not None:
            base.bias.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% wrong [bias_left_out] the weight alone
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return x @ self.base.weight.T + self.scale * x @ self.A.T @ self.B.T


# %% wrong [base_left_out] the detour alone
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.scale * x @ self.A.T @ self.B.T


# %% wrong [not_scaled] no scale
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + x @ self.A.T @ self.B.T


# %% wrong [alpha_alone] alpha without the rank
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% wrong [upside_down] rank / alpha
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = rank / alpha
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% wrong [root_of_rank] alpha / sqrt(rank)
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank**0.5
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% wrong [unregistered] plain tensors
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = torch.randn(rank, base.in_features, requires_grad=True)
        self.B = torch.zeros(base.out_features, rank, requires_grad=True)

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% wrong [unregistered] buffers
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.register_buffer("A", torch.randn(rank, base.in_features))
        self.register_buffer("B", torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% wrong [detour_detached] A detached
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.detach().T @ self.B.T


# %% wrong [extra_bias] a bias in the detour
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.down = nn.Linear(base.in_features, rank, bias=False)
        self.up = nn.Linear(rank, base.out_features)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x):
        return self.base(x) + self.scale * self.up(self.down(x))


# %% wrong [wrong_rank] a rank of its own
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank + 1, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank + 1))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% wrong [made_in_forward] made at each call
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.rank, self.scale = rank, alpha / rank

    def forward(self, x):
        A = torch.randn(self.rank, x.shape[-1])
        B = torch.randn(self.base.out_features, self.rank)
        return self.base(x) + self.scale * x @ A.T @ B.T


# %% wrong [bent] an activation between
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * F.relu(x @ self.A.T) @ self.B.T


# %% right loralib
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.linear = base
        for p in self.linear.parameters():
            p.requires_grad = False
        self.lora_A = nn.Parameter(base.weight.new_zeros((rank, base.in_features)))
        self.lora_B = nn.Parameter(base.weight.new_zeros((base.out_features, rank)))
        self.scaling = alpha / rank
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))

    def forward(self, x):
        return self.linear(x) + (x @ self.lora_A.transpose(0, 1) @ self.lora_B.transpose(0, 1)) * self.scaling


# %% right peft style, two linear layers
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base_layer = base
        self.base_layer.weight.requires_grad_(False)
        if base.bias is not None:
            self.base_layer.bias.requires_grad_(False)
        self.down = nn.Linear(base.in_features, rank, bias=False)
        self.up = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.up.weight)
        self.alpha, self.rank = alpha, rank

    def forward(self, x):
        return self.base_layer(x) + self.up(self.down(x)) * (self.alpha / self.rank)


# %% right weight sum and F.linear
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.a = nn.Parameter(torch.empty(rank, base.in_features).normal_(std=1 / rank))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))
        self.s = alpha / rank

    def forward(self, x):
        return F.linear(x, self.base.weight + self.s * self.b @ self.a, self.base.bias)


# %% right Raschka: A (in, rank), B (rank, out)
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.linear = base
        self.linear.requires_grad_(False)
        std = 1 / torch.sqrt(torch.tensor(rank).float())
        self.A = nn.Parameter(torch.randn(base.in_features, rank) * std)
        self.B = nn.Parameter(torch.zeros(rank, base.out_features))
        self.alpha, self.rank = alpha, rank

    def forward(self, x):
        return self.linear(x) + self.alpha / self.rank * (x @ self.A @ self.B)


# %% right frozen by detach in forward and requires_grad
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        [p.requires_grad_(False) for p in base.parameters()]
        self.A = nn.Parameter(torch.rand(rank, base.in_features) - 0.5)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.register_buffer("scale", torch.tensor(alpha / rank))

    def forward(self, x):
        return self.base(x) + self.scale * F.linear(F.linear(x, self.A), self.B)


# %% wrong [alpha_alone] alpha alone
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.alpha = alpha

    def forward(self, x):
        return self.base(x) + self.alpha * (x @ self.A.T @ self.B.T)


# %% wrong [base_trains] base not frozen
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        self.s = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.s * (x @ self.A.T @ self.B.T)


# %% wrong [base_trains] weight frozen, bias not
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        base.weight.requires_grad = False
        self.s = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.s * (x @ self.A.T @ self.B.T)


# %% wrong [both_zero] both zero
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.s = alpha / rank
        self.A = nn.Parameter(torch.zeros(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.s * (x @ self.A.T @ self.B.T)


# %% wrong [not_equal_when_new] both random
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.s = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.randn(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.s * (x @ self.A.T @ self.B.T)


# %% wrong [unregistered] tensors and no parameters
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.s = alpha / rank
        self.A = torch.randn(rank, base.in_features, requires_grad=True)
        self.B = torch.zeros(base.out_features, rank, requires_grad=True)

    def forward(self, x):
        return self.base(x) + self.s * (x @ self.A.T @ self.B.T)


# %% wrong [bias_left_out] base's bias left out
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.s = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return x @ (self.base.weight + self.s * self.B @ self.A).T


# %% wrong [detour_detached] no_grad round the base and the detour
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        self.s = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    @torch.no_grad()
    def forward(self, x):
        return self.base(x) + self.s * (x @ self.A.T @ self.B.T)


# %% wrong [part_detached] base frozen by no_grad in forward only
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        self.s = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        with torch.no_grad():
            y = self.base(x)
        return y + self.s * (x @ self.A.T @ self.B.T)


# %% wrong [bent] a ReLU between
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.s = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.s * (F.relu(x @ self.A.T) @ self.B.T)


# %% wrong [not_the_base] new layer in place of the base
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = nn.Linear(base.in_features, base.out_features).requires_grad_(False)
        self.s = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.s * (x @ self.A.T @ self.B.T)


# %% wrong [wrong_rank] detour applied to the base's output
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.s = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.out_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        y = self.base(x)
        return y + self.s * (y @ self.A.T @ self.B.T)


# %% wrong [extra_bias] biases in the detour
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Linear(base.in_features, rank)
        self.up = nn.Linear(rank, base.out_features)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)
        self.s = alpha / rank

    def forward(self, x):
        return self.base(x) + self.s * self.up(self.down(x))


# %% wrong [root_of_rank] root of the rank as in rsLoRA
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.s = alpha / math.sqrt(rank)
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.s * (x @ self.A.T @ self.B.T)


# %% wrong [unnamed] dropout before the detour, in evaluation too
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.s = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.s * (F.dropout(x, 0.3) @ self.A.T @ self.B.T)


# %% wrong [extra_bias] scale learnt
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.s = nn.Parameter(torch.tensor(alpha / rank))
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.s * (x @ self.A.T @ self.B.T)


# %% wrong [whole_division] // for the scale
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.01)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.s = alpha // rank

    def forward(self, x):
        return self.base(x) + self.s * (x @ self.A.T @ self.B.T)


# %% right F.linear three times, Kaiming's start
class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.rank, self.alpha = rank, alpha
        self.A = nn.Parameter(torch.empty(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))

    def forward(self, x):
        return F.linear(x, self.base.weight, self.base.bias) + (self.alpha / self.rank) * F.linear(F.linear(x, self.A), self.B)


# %% right einsum over x, A and B
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        base.requires_grad_(False)
        self.base = base
        self.A = nn.Parameter(torch.zeros(rank, base.in_features))
        self.B = nn.Parameter(torch.randn(base.out_features, rank) * 0.02)
        self.scale = alpha / rank

    def forward(self, x):
        return self.base(x) + self.scale * torch.einsum("...i,ri,or->...o", x, self.A, self.B)


# %% wrong [not_the_base] the bias added twice
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(rank, base.in_features)); self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.s = alpha / rank
    def forward(self, x):
        y = self.base(x) + self.s * (x @ self.A.T @ self.B.T)
        return y + self.base.bias if self.base.bias is not None else y


# %% wrong [base_changed] merged into the base at each call
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(rank, base.in_features)); self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.s = alpha / rank
    def forward(self, x):
        self.base.weight.data += self.s * (self.B @ self.A).data
        return self.base(x)


# %% right a subclass of nn.Linear
class LoRALinear(nn.Linear):
    def __init__(self, base, rank, alpha):
        super().__init__(base.in_features, base.out_features, bias=base.bias is not None)
        self.load_state_dict(base.state_dict())
        self.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.scaling = alpha / rank
    def forward(self, x): return super().forward(x) + self.scaling * (x @ self.A.T @ self.B.T)


# %% wrong [detour_detached] B frozen with the base
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base; self.s = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features)); self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.requires_grad_(False); self.A.requires_grad_(True)
    def forward(self, x): return self.base(x) + self.s * (x @ self.A.T @ self.B.T)


# %% wrong [subtracted] subtracted
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(0.1 * torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.s = alpha / rank

    def forward(self, x):
        return self.base(x) - self.s * x @ self.A.T @ self.B.T


# %% wrong [other_factor] scale twice
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(0.1 * torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.s = alpha / rank

    def forward(self, x):
        return self.base(x) + self.s * ((self.s * x @ self.A.T) @ self.B.T)


# %% wrong [other_factor] alpha / in_features
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(0.1 * torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.s = alpha / base.in_features

    def forward(self, x):
        return self.base(x) + self.s * x @ self.A.T @ self.B.T


# %% wrong [detour_detached] all frozen
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        self.A = nn.Parameter(0.1 * torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.s = alpha / rank
        self.requires_grad_(False)

    def forward(self, x):
        return self.base(x) + self.s * x @ self.A.T @ self.B.T


# %% right torch.func.functional_call with the sum
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(0.1 * torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.s = alpha / rank

    def forward(self, x):
        weight = torch.addmm(self.base.weight, self.B, self.A, alpha=self.s)
        return torch.func.functional_call(self.base, {"weight": weight}, (x,))


# %% right a Sequential with the scale inside
class Scale(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return self.by * x


class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        out_features, in_features = base.weight.shape
        self.base = base
        self.base.weight.requires_grad = False
        if self.base.bias is not None:
            self.base.bias.requires_grad = False
        up = nn.Linear(rank, out_features, bias=False)
        up.weight.data.fill_(0)
        self.lora = nn.Sequential(nn.Linear(in_features, rank, bias=False), up, Scale(alpha / rank))

    def forward(self, x):
        return self.base(x) + self.lora(x)


# %% wrong [base_trains] requires_grad set on the module
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        self.base.requires_grad = False
        self.A = nn.Parameter(0.1 * torch.randn(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self.s = alpha / rank

    def forward(self, x):
        return self.base(x) + self.s * x @ self.A.T @ self.B.T


# %% wrong [dropout] dropout before A
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base, self.scale, self.dropout = base.requires_grad_(False), alpha / rank, nn.Dropout(0.1)
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.01)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * (self.dropout(x) @ self.A.T @ self.B.T)


# %% wrong [part_detached] the base under no_grad, not frozen
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base, self.scale = base, alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.01)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        with torch.no_grad():
            out = self.base(x)
        return out + self.scale * (x @ self.A.T @ self.B.T)


# %% wrong [extra_bias] a factor that trains
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = nn.Parameter(torch.tensor(alpha / rank))
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.01)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)


# %% right a subclass of nn.Linear that takes the weights over
class LoRALinear(nn.Linear):
    def __init__(self, base, rank, alpha):
        super().__init__(base.in_features, base.out_features, bias=base.bias is not None)
        self.weight, self.bias = base.weight, base.bias
        self.weight.requires_grad = False
        if self.bias is not None:
            self.bias.requires_grad = False
        self.lora_A = nn.Parameter(self.weight.new_zeros((rank, base.in_features)))
        self.lora_B = nn.Parameter(self.weight.new_zeros((base.out_features, rank)))
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))
        self.scaling = alpha / rank

    def forward(self, x):
        result = F.linear(x, self.weight, self.bias)
        return result + (x @ self.lora_A.transpose(0, 1) @ self.lora_B.transpose(0, 1)) * self.scaling


# %% wrong [other_factor] merged into the weight, and added as well
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base, self.scale = base.requires_grad_(False), alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.01)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        weight = self.base.weight + self.scale * self.B @ self.A
        return F.linear(x, weight, self.base.bias) + self.scale * (x @ self.A.T @ self.B.T)


# %% wrong [other_factor] alpha over rank plus one
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / (rank + 1)
        self.A = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * x @ self.A.T @ self.B.T


# %% right the detour through one fused matrix product
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        for p in base.parameters():
            p.requires_grad = False
        self.base, self.factor = base, float(alpha) / float(rank)
        self.down = nn.Parameter(nn.init.kaiming_uniform_(torch.empty(rank, base.in_features), a=5**0.5))
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        both = F.linear(x, torch.cat([self.base.weight, self.down]))
        y, d = both.split([self.base.out_features, len(self.down)], dim=-1)
        y = y if self.base.bias is None else y + self.base.bias
        return y + self.factor * F.linear(d, self.up)


# %% wrong [alike] A of ones
class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base, self.scale = base.requires_grad_(False), alpha / rank
        self.A = nn.Parameter(torch.ones(rank, base.in_features))
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)
