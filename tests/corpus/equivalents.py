"""Mutants that are right answers too, by exercise: {the change in words, as `python -m tests.corpus` prints it: why}."""

LEARNT_SIGN = "what is learnt takes either sign: the layer before it learns the opposite"
NO_GRADIENT = "data, noise, σ and t need no gradient: nothing that is learnt lies before this"
SQUARED = "the difference is squared"
ONCE_IN_MANY = "the two differ only where a random number is p exactly, once in 2^24 draws"
ANY_GROUPS = "any number of groups that divides the channels does what the text asks for"
FREE_START = "how A is drawn is left to the answer: B is zero, so that the layer starts as its base all the same"
FREE_DTYPE = "the text asks for no dtype, and both are accurate enough for the notebook"
CANCELS = "β_t has the ratio of two neighbours of f alone: a constant factor cancels"
LAST_AXIS = "the tensor has one axis, which is the first and the last"

EQUIVALENT: dict[str, dict[str, str]] = {
    "ConvBlock": {
        "operator: self.conv(x) + self.time(t)[:, :, None, None] → self.conv(x) - self.time(t)[:, :, None, None]": LEARNT_SIGN,
        "constant: 8 → 9": ANY_GROUPS,
        "constant: 8 → 16": ANY_GROUPS,
        "constant: 8 → 7": ANY_GROUPS,
    },
    "DiTBlock": {
        "reordered: nn.init.zeros_(self.modulation.weight)": "which of the two is set to zero first does not matter",
        "reordered: super().__init__()": "a number may be kept before nn.Module is set up",
        "operator: self.norm1(x) * (1 + scale1) + shift1 → self.norm1(x) * (1 + scale1) - shift1": LEARNT_SIGN,
        "operator: self.norm2(x) * (1 + scale2) + shift2 → self.norm2(x) * (1 + scale2) - shift2": LEARNT_SIGN,
        "operator: x + gate1 * self.project(h) → x - gate1 * self.project(h)": LEARNT_SIGN,
        "operator: x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2) → "
        "x - gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)": LEARNT_SIGN,
        "operator: 1 + scale1 → 1 - scale1": LEARNT_SIGN,
        "operator: 1 + scale2 → 1 - scale2": LEARNT_SIGN,
        "keyword elementwise_affine left out: nn.LayerNorm(dim, elementwise_affine=False) → nn.LayerNorm(dim)": (
            "a weight and a bias of the norm's own, beside scale and shift, are more than is needed, and do no harm"
        ),
        "dropped: F.silu(c) → c": "the text asks for one linear layer from c; a SiLU before it is the answer's affair",
        "exchanged: F.scaled_dot_product_attention(q, k, v) → F.scaled_dot_product_attention(k, q, v)": (
            "the thirds of a matrix that is learnt may have either role"
        ),
        "exchanged: F.scaled_dot_product_attention(q, k, v) → F.scaled_dot_product_attention(q, v, k)": (
            "the thirds of a matrix that is learnt may have either role"
        ),
    },
    "EncBlock_DecBlock": {
        "one branch: nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1) → nn.Conv2d(in_c, out_c, 1)": (
            "a projection where none is needed can learn to be the identity"
        ),
        "operator: self.conv2(self.conv1(x, t), t) + self.project(x) → "
        "self.conv2(self.conv1(x, t), t) - self.project(x)": LEARNT_SIGN,
        "operator: self.conv2(self.conv1(h, t), t) + self.project(h) → "
        "self.conv2(self.conv1(h, t), t) - self.project(h)": LEARNT_SIGN,
    },
    "LoRALinear": {
        "operator: torch.randn(rank, base.in_features) * 0.02 → torch.randn(rank, base.in_features) / 0.02": FREE_START,
        "dropped: torch.randn(rank, base.in_features) * 0.02 → torch.randn(rank, base.in_features)": FREE_START,
        "function: torch.randn(rank, base.in_features) → torch.rand(rank, base.in_features)": FREE_START,
        "constant: 0.02 → 1.02": FREE_START,
        "constant: 0.02 → 0.04": FREE_START,
        "constant: 0.02 → -0.98": FREE_START,
    },
    "SelfAttention": {
        "operator: x + h.transpose(1, 2).reshape(b, c, height, width) → x - h.transpose(1, 2).reshape(b, c, height, width)": (
            LEARNT_SIGN
        ),
        "dropped: x + h.transpose(1, 2).reshape(b, c, height, width) → h.transpose(1, 2).reshape(b, c, height, width)": (
            "the text leaves norm and residual connection to the answer"
        ),
        "constant: 1 → 2": ANY_GROUPS,
    },
    "ancestral_step": {"constant: 0 → -1": LAST_AXIS},
    "annealed_langevin": {
        "operator: x + alpha / 2 * score_net(x, sigma.expand(len(x))) + alpha ** 0.5 * z → "
        "x + alpha / 2 * score_net(x, sigma.expand(len(x))) - alpha ** 0.5 * z": "-z is as good a draw as z",
    },
    "boltzmann_density": {"constant: 0 → -1": LAST_AXIS},
    "clip_loss": {
        "keyword dim left out: F.normalize(image_features, dim=1) → F.normalize(image_features)": "1 is F.normalize's default",
        "keyword dim left out: F.normalize(text_features, dim=1) → F.normalize(text_features)": "1 is F.normalize's default",
    },
    "cosine_beta_schedule": {
        "keyword dtype left out: torch.linspace(0, T, T + 1, dtype=torch.float64) → torch.linspace(0, T, T + 1)": FREE_DTYPE,
        "dropped: betas.clamp(max=0.999).float() → betas.clamp(max=0.999)": FREE_DTYPE,
        "operator: f / f[0] → f * f[0]": CANCELS,
        "dropped: f / f[0] → f": CANCELS,
        "constant: 0 → 1 (2)": CANCELS,
        "constant: 0 → -1 (2)": CANCELS,
    },
    "ddpm_loss": {
        "detach: forward_diffusion(x0, t, e, alphas_cumprod) → forward_diffusion(x0, t, e, alphas_cumprod).detach()": NO_GRADIENT,
        "exchanged: model(x_t, t) - e → e - model(x_t, t)": SQUARED,
    },
    "drop_labels": {
        "comparison: torch.rand(labels.shape, generator=generator) < p → torch.rand(labels.shape, generator=generator) <= p": (
            ONCE_IN_MANY
        )
    },
    "dsm_loss": {
        "detach: torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1)) → "
        "torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, *[1] * (x.ndim - 1)).detach()": NO_GRADIENT,
        "detach: torch.as_tensor(sigma, dtype=x.dtype) → torch.as_tensor(sigma, dtype=x.dtype).detach()": NO_GRADIENT,
        "detach: x + s * noise → (x + s * noise).detach()": NO_GRADIENT,
        "detach: s * noise → (s * noise).detach()": NO_GRADIENT,
        "keyword dtype left out: torch.as_tensor(sigma, dtype=x.dtype) → torch.as_tensor(sigma)": (
            "a float becomes float32 here, which is x's dtype"
        ),
    },
    "flow_matching_loss": {
        "detach: t.reshape(-1, *[1] * (data.ndim - 1)) → t.reshape(-1, *[1] * (data.ndim - 1)).detach()": NO_GRADIENT,
        "detach: (1 - s) * noise + s * data → ((1 - s) * noise + s * data).detach()": NO_GRADIENT,
        "detach: (1 - s) * noise → ((1 - s) * noise).detach()": NO_GRADIENT,
        "detach: s * data → (s * data).detach()": NO_GRADIENT,
        "detach: 1 - s → (1 - s).detach()": NO_GRADIENT,
        "detach: data - noise → (data - noise).detach()": NO_GRADIENT,
        "exchanged: model(x_t, t) - (data - noise) → data - noise - model(x_t, t)": SQUARED,
    },
    "score_from_energy": {"constant: 0 → -1": "autograd.grad returns one gradient, the first and the last"},
    "scaled_linear_beta_schedule": {
        "dropped: torch.linspace(beta_start ** 0.5, beta_end ** 0.5, T, dtype=torch.float64).square().float() → "
        "torch.linspace(beta_start ** 0.5, beta_end ** 0.5, T, dtype=torch.float64).square()": FREE_DTYPE,
        "keyword dtype left out: torch.linspace(beta_start ** 0.5, beta_end ** 0.5, T, dtype=torch.float64) → "
        "torch.linspace(beta_start ** 0.5, beta_end ** 0.5, T)": FREE_DTYPE,
    },
    "text_to_image": {
        "keyword max_length left out: pipe.tokenizer([''] * len(prompts) + list(prompts), padding='max_length', "
        "max_length=pipe.tokenizer.model_max_length, truncation=True, return_tensors='pt') → pipe.tokenizer([''] * len(prompts) + "
        "list(prompts), padding='max_length', truncation=True, return_tensors='pt')": "model_max_length is the default",
        "keyword truncation left out: pipe.tokenizer([''] * len(prompts) + list(prompts), padding='max_length', "
        "max_length=pipe.tokenizer.model_max_length, truncation=True, return_tensors='pt') → pipe.tokenizer([''] * len(prompts) + "
        "list(prompts), padding='max_length', max_length=pipe.tokenizer.model_max_length, return_tensors='pt')": (
            "the text asks for prompts that fit"
        ),
        "dropped: list(prompts) → prompts": "prompts is a list already",
        "reordered: words = pipe.text_encoder(tokens)[0]": "set_timesteps has nothing to do with the text",
        "reordered: pipe.scheduler.set_timesteps(steps)": "the size of the image has nothing to do with the timesteps",
    },
}
