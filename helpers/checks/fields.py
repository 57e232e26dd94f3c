"""What the checks of notebook 6 share: a velocity field that a check knows in closed form."""

from __future__ import annotations

from collections.abc import Callable

import torch

from .check import Wrong
from .plain import SubjectError
from .probes import Probe


class Field:
    """v(x, t) = x A + b + t c + q (1 + t) x² + sin(k x)/k in float64, drawn from a check's seed, and the probe of it.

    For k = 0 the wave is left out; along a fast one a difference quotient is off, however it is taken.
    """

    def __init__(self, bench, key: str, dims: int, k: float = 0.0):
        self.A = 0.7 * bench.randn(f"{key} A", dims, dims, dtype=torch.float64) / dims**0.5
        self.b = bench.randn(f"{key} b", dims, dtype=torch.float64)
        self.c = bench.randn(f"{key} c", dims, dtype=torch.float64)
        self.q = bench.uniform(f"{key} q", 0.05, 0.1)
        self.k = k

    @property
    def probe(self) -> Probe:
        return Probe("velocity_field", {"A": self.A, "b": self.b, "c": self.c, "q": self.q, "k": self.k})

    def __call__(self, x: torch.Tensor, t) -> torch.Tensor:
        """v at x (B, …), t a number or (B,); float64, with a graph if x or the field's own tensors have one."""
        flat = x.double().flatten(1)
        t = t.double().expand(len(flat))[:, None] if isinstance(t, torch.Tensor) else t
        wave = (self.k * flat).sin() / self.k if self.k else 0.0
        return (flat @ self.A + self.b + t * self.c + self.q * (1 + t) * flat**2 + wave).reshape(x.shape)

    def form(self, x: torch.Tensor, t: torch.Tensor, probe: torch.Tensor) -> torch.Tensor:
        """probeᵀ (∂v/∂x) probe of each sample, (B,) float64; the Jacobian is Aᵀ + diag(2 q (1 + t) x + cos(k x))."""
        x, p = x.double().flatten(1), probe.double().flatten(1)
        bend = 2 * self.q * (1 + t.double())[:, None] * x + ((self.k * x).cos() if self.k else 0.0)
        return ((p @ self.A) * p).sum(1) + (bend * p**2).sum(1)


MISTAKES = {
    "t_multiplied": "velocity is given a multiple of t, as networks of 1000 steps want it: give it t itself, from 0 to 1.",
}


def ask(bench, mistake: str, *args, **how):
    """The reply to a call that hands a velocity field over; `mistake` is what a t of another shape than (B,) is called.

    A check that asks so has MISTAKES among its own.
    """
    try:
        return bench.call(*args, **how)
    except SubjectError as error:
        came = error.message.split("; got ")[-1]
        if "velocity wants one time a sample" in error.message:
            raise Wrong(mistake, "t of shape (B,)", came) from None
        if "velocity wants times between 0 and 1" in error.message:
            raise Wrong("t_multiplied", "t from 0 to 1", came) from None
        raise


def first_right(bench, *tries: Callable):
    """What the first of `tries` (functions of the bench that raise where the answer is wrong) returns.

    For properties that only mean something for an answer that is right, be it for points or for images.
    """
    for attempt in tries:
        try:
            return attempt(bench)
        except (Wrong, SubjectError):
            continue
    raise Wrong(expected="right numbers, before anything else", received="other numbers")
