"""Objects that a check hands to an answer as arguments, described in plain data and rebuilt where the answer runs.

An energy function or a score network can't be sent to a sandbox, but its name and parameters can. No expected value lives
here: parameters are drawn by the check, and what the answer should have done with them is computed by the check.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn

from .tiny_pipeline import random_pipeline


@dataclass(frozen=True)
class Probe:
    """A callable or object to be rebuilt by name from plain parameters."""

    name: str
    params: dict = field(default_factory=dict)


def make(probe: Probe):
    """Build the object that a Probe describes; raises ValueError for an unknown name."""
    if probe.name not in _PROBES:
        raise ValueError(f"unknown probe {probe.name!r}; known: {sorted(_PROBES)}")
    return _PROBES[probe.name](**probe.params)


def record(thing) -> list:
    """What a probe wrote down about its calls (plain data), or an empty list."""
    return list(getattr(thing, "record", ()))[:1_000]


def upcast(thing) -> bool:
    """Whether a probe that stands for a network was called with numbers of another dtype than float32."""
    return bool(getattr(thing, "upcast", False))


class Network(nn.Module):
    """A probe that stands for a network: it takes any dtype, and notes one that float32 weights would refuse."""

    upcast = False

    def __call__(self, x, *args, **kwargs):
        if isinstance(x, torch.Tensor) and x.is_floating_point() and x.dtype != torch.float32:
            self.upcast = True
        return super().__call__(x, *args, **kwargs)


def generator(seed: int) -> torch.Generator:
    """A torch.Generator on the CPU, seeded."""
    return torch.Generator().manual_seed(seed)


class QuadraticEnergy(Network):
    """E(x) = Σ_ij x_i A_ij x_j / 2 + Σ_i b_i x_i + wave Σ_i cos 3x_i over the flattened sample; x (B, ...) → (B,).

    In the precision of x. With a wave a difference quotient over a large step is off, which a quadratic energy forgives.
    """

    def __init__(self, A: torch.Tensor, b: torch.Tensor, wave: float = 0.0, column: bool = False, strict: bool = False):
        super().__init__()
        self.A, self.b, self.wave, self.column, self.strict = A, b, wave, column, strict
        self.record: list = []

    def forward(self, x):
        self.record.append(list(x.shape))
        if self.strict and not torch.is_grad_enabled():
            raise RuntimeError("gradients are switched off")
        if self.strict and not x.requires_grad:
            raise RuntimeError("energy_fn was given a tensor that does not require grad")
        flat = x.flatten(1)
        A, b = self.A.to(flat), self.b.to(flat)
        energy = ((flat @ A) * flat).sum(1) / 2 + flat @ b + self.wave * (3 * flat).cos().sum(1)
        return energy[:, None] if self.column else energy


class LinearScore(Network):
    """s(x, σ) = weight · x / σ^power + bias / σ^bias_power, elementwise; writes down the σ that it was called with."""

    def __init__(self, weight: float, bias: float, power: float = 1.0, bias_power: float = 1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(float(weight), dtype=torch.float64))
        self.bias = nn.Parameter(torch.tensor(float(bias), dtype=torch.float64))
        self.power, self.bias_power = power, bias_power
        self.record: list = []

    def forward(self, x, sigma):
        if not isinstance(x, torch.Tensor) or x.ndim < 2:
            raise ValueError("score_net wants the places x (B, …) first, and sigma after them: score_net(x, sigma)")
        sigma = torch.as_tensor(sigma, dtype=x.dtype, device=x.device)
        self.record.append([list(x.shape), list(sigma.shape), float(sigma.flatten()[0])])
        if sigma.ndim == 1:
            if len(sigma) not in (1, len(x)):
                raise ValueError(f"score_net wants one sigma a sample: x is {tuple(x.shape)}, sigma {tuple(sigma.shape)}")
            sigma = sigma.reshape(-1, *[1] * (x.ndim - 1))
        return self.weight.to(x) * x / sigma**self.power + self.bias.to(x) / sigma**self.bias_power


LATEST = 60.0  # a time that no number of steps is: what comes later has been multiplied, as by 1000


class VelocityField(Network):
    """v(x, t) = x A + b + t c + q (1 + t) x² + sin(k x)/k over the flattened sample, t (B,); without the last for k = 0.

    Writes down the shapes and times it was given.
    """

    def __init__(self, A: torch.Tensor, b: torch.Tensor, c: torch.Tensor, q: float, k: float = 0.0):
        super().__init__()
        self.A, self.b, self.c = (nn.Parameter(value.double()) for value in (A, b, c))
        self.q, self.k = q, k
        self.record: list = []

    def forward(self, x, t):
        if not isinstance(x, torch.Tensor) or x.ndim < 2:
            raise ValueError("velocity wants the places x (B, …) first, and t after them: velocity(x, t)")
        if not isinstance(t, torch.Tensor) or t.shape != x.shape[:1]:
            given = f"shape {tuple(t.shape)}" if isinstance(t, torch.Tensor) else f"the {type(t).__name__} {t}"
            raise ValueError(f"velocity wants one time a sample, t of shape ({len(x)},); got {given}")
        self.upcast |= t.is_floating_point() and t.dtype != x.dtype  # a network embeds t in its own dtype
        self.record.append([list(x.shape), [float(value) for value in t]])
        if len(t) and float(t.max()) > LATEST:
            raise ValueError(f"velocity wants times between 0 and 1; got {float(t.max()):.4g}")
        flat, times = x.flatten(1), t.to(x)[:, None]
        if flat.shape[1] != len(self.b):
            raise ValueError(f"velocity wants samples of {len(self.b)} numbers; got x of shape {tuple(x.shape)}")
        A, b, c = (value.to(x) for value in (self.A, self.b, self.c))
        wave = (self.k * flat).sin() / self.k if self.k else 0.0
        return (flat @ A + b + times * c + self.q * (1 + times) * flat**2 + wave).reshape(x.shape)


class LinearNoise(Network):
    """ε_θ(x, t) = weight · x + slope · t/1000, as strict about shapes as a network that embeds t."""

    def __init__(self, weight: float, slope: float):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(float(weight), dtype=torch.float64))
        self.slope = nn.Parameter(torch.tensor(float(slope), dtype=torch.float64))

    def forward(self, x, t):
        if not isinstance(x, torch.Tensor) or x.ndim != 4:
            raise ValueError("the network wants images x of shape (B, C, H, W) first, and t after them: model(x_t, t)")
        if not isinstance(t, torch.Tensor) or t.shape not in ((len(x),), (1,)):
            came = f"shape {tuple(t.shape)}" if isinstance(t, torch.Tensor) else f"a {type(t).__name__}"
            raise ValueError(f"the network wants integers t of shape (B,), one an image: got {came}")
        return self.weight.to(x) * x + self.slope.to(x) * t.to(x).reshape(-1, 1, 1, 1) / 1000


class LabelNoise(Network):
    """ε of x (N, C, H, W), t (N,), labels (N,): a slope, an offset and a weight of t for each label, in x's precision.

    Writes down what it was called with, and at the end of `record` in which modes it and torch were left.
    """

    def __init__(self, slope: torch.Tensor, offset: torch.Tensor, drift: torch.Tensor, train: bool = False):
        super().__init__()
        table = torch.stack([slope, offset, drift], dim=1).double()
        self.table = nn.Parameter(table)
        self.calls: list = []
        self.train(train)

    @property
    def record(self) -> list:
        return [*self.calls, {"training": self.training, "grad_enabled": torch.is_grad_enabled()}]

    def forward(self, x, t, labels):
        for name, given in (("t", t), ("labels", labels)):
            if not isinstance(given, torch.Tensor) or given.shape != x.shape[:1]:
                shape = tuple(given.shape) if isinstance(given, torch.Tensor) else type(given).__name__
                raise ValueError(f"model wants one of {name} for each image, shape ({len(x)},); got {shape}")
        if labels.max() >= len(self.table):
            raise ValueError(f"model knows the labels 0 to {len(self.table) - 1}; got {labels.max()} among the labels")
        self.calls.append({"t": t.tolist(), "labels": labels.tolist(), "training": self.training})
        slope, offset, drift = self.table[labels].to(x).T[..., None, None, None]
        return slope * x + offset + drift * t.to(x).reshape(-1, 1, 1, 1)


class Functions(list):
    """A list of functions of an image (B, C, H, W); writes down in which order they were called."""

    def __init__(self, makers):
        self.record: list = []
        self.upcast = False
        super().__init__(self._noting(i, function) for i, function in enumerate(makers))

    def _noting(self, index, function):
        def call(x):
            self.record.append(index)
            self.upcast |= x.dtype != torch.float32
            return function(x)

        return call


def linear_predictors(slopes: list, maps: list) -> Functions:
    """Predictors x → slope · x + map, each with a map (H, W) of its own, so that turning before and after shows."""
    return Functions([lambda x, a=a, b=b: a * x + b.to(x) for a, b in zip(slopes, maps)])


def quarter_turns(turns: list) -> Functions:
    """Views that turn square images (B, C, N, N) by so many quarters."""
    return Functions([lambda x, k=k: torch.rot90(x, k, (-2, -1)) for k in turns])


class FrameMixer(Network):
    """(N, F, C) → (N, F, C): frames mixed by M (F, F), channels by K (C, C); in place of attention along time."""

    def __init__(self, M: torch.Tensor, K: torch.Tensor):
        super().__init__()
        self.M, self.K = nn.Parameter(M.double()), nn.Parameter(K.double())

    def forward(self, x):
        if x.ndim != 3 or tuple(x.shape[1:]) != (len(self.M), len(self.K)):
            raise ValueError(f"attend wants sequences (N, {len(self.M)}, {len(self.K)}); got {tuple(x.shape)}")
        return torch.einsum("gf,nfc,cd->ngd", self.M.to(x), x, self.K.to(x))


def linear(weight: torch.Tensor, bias: torch.Tensor | None = None) -> nn.Linear:
    """An nn.Linear with the given weight (out, in) and bias (out,)."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    layer.load_state_dict({"weight": weight} if bias is None else {"weight": weight, "bias": bias})
    return layer


_PROBES: dict[str, Callable[..., object]] = {
    "frame_mixer": FrameMixer,
    "linear": linear,
    "generator": generator,
    "quadratic_energy": QuadraticEnergy,
    "linear_score": LinearScore,
    "noise_predictor": LinearNoise,
    "pipeline": random_pipeline,
    "velocity_field": VelocityField,
    "label_noise": LabelNoise,
    "linear_predictors": linear_predictors,
    "quarter_turns": quarter_turns,
}
