"""Slips in √a signal + √(1-a) noise, the formula that several exercises have in common (arXiv:2006.11239, eq. 4)."""

from __future__ import annotations

from collections.abc import Callable

import torch


def mistakes(signal: str, keep: str, add: str) -> dict[str, str]:
    """A sentence for each of `slips`: the signal's name, and a and 1-a as the exercise writes them."""
    of_signal, of_noise = (f"√({variance})" if "-" in variance else f"√{variance}" for variance in (keep, add))
    return {
        "root_missing": f"The factors lack their roots: {signal} is multiplied by {of_signal}, the noise by {of_noise}.",
        "signal_root_missing": f"{signal} is multiplied by {keep}; multiply by {of_signal}.",
        "noise_root_missing": f"The noise is multiplied by {add}; its factor is {of_noise}.",
        "one_minus_root": f"One factor is 1 minus a root; {of_signal} multiplies {signal}, {of_noise} the noise.",
        "root_of_one_minus_root": f"A factor is √(1-√…): {of_signal} multiplies {signal}, {of_noise} the noise.",
        "exchanged": f"The two factors are exchanged: {of_signal} belongs to {signal}, {of_noise} to the noise.",
        "noise_unscaled": f"The noise is added without its factor {of_noise}.",
        "signal_unscaled": f"{signal} is left at full strength; it is multiplied by {of_signal}.",
        "signal_missing": f"{signal} is missing: {of_signal} times {signal}, and {of_noise} times the noise.",
        "noise_missing": f"There is no noise: add it with the factor {of_noise}.",
        "noise_subtracted": "The noise is taken away; add it.",
        "in_bracket": f"{of_signal} multiplies the noise, too: it belongs to {signal} alone.",
    }


def mixed(signal: torch.Tensor, noise: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
    """√a signal + √(1-a) noise in float64; a is a number or (B,)."""
    a = _shaped(a, signal)
    return a.sqrt() * signal.double() + (1 - a).sqrt() * noise.double()


def slips(signal: torch.Tensor, noise: torch.Tensor, a: torch.Tensor) -> dict[str, torch.Tensor]:
    """What each slip gives for a, a number or (B,), in float64."""
    a, x, e = _shaped(a, signal), signal.double(), noise.double()
    keep, add = a.sqrt(), (1 - a).sqrt()
    return {
        "root_missing": a * x + (1 - a) * e,
        "root_missing/one minus the square": a * x + (1 - a**2).sqrt() * e,
        "signal_root_missing": a * x + add * e,
        "noise_root_missing": keep * x + (1 - a) * e,
        "one_minus_root": keep * x + (1 - keep) * e,
        "one_minus_root/signal": (1 - add) * x + add * e,
        "root_of_one_minus_root": keep * x + (1 - keep).sqrt() * e,
        "exchanged": add * x + keep * e,
        "noise_unscaled": keep * x + e,
        "signal_unscaled": x + add * e,
        "signal_unscaled/noise over signal": x + add / keep * e,
        "signal_missing": add * e,
        "noise_missing": keep * x,
        "noise_subtracted": keep * x - add * e,
        "in_bracket": keep * (x + add * e),
    }


def _shaped(a: torch.Tensor, signal: torch.Tensor) -> torch.Tensor:
    """a in float64, so that it multiplies images."""
    return a.double().reshape(-1, *[1] * (signal.ndim - 1)) if a.ndim else a.double()


def some_levels(bench, key: str, T: int = 1000) -> torch.Tensor:
    """ᾱ (T,) in float32, another one for each key: none is the notebook's own, nor the one of the call before."""
    end = bench.uniform(f"{key} end", 0.012, 0.028)
    return torch.cumprod(1 - torch.linspace(1e-4, end, T, dtype=torch.float64), 0).float()


def ends_moved(t: torch.Tensor, of: Callable[[torch.Tensor], torch.Tensor], T: int = 1000) -> dict[str, torch.Tensor]:
    """What of(t) becomes where one end of the times, or both, is taken for its neighbour."""
    limits = ((1, T), (0, T - 2), (1, T - 2))
    return {f"end_moved/{i}": of(t.clamp(low, high)) for i, (low, high) in enumerate(limits)}


class Along:
    """What came, what is right and what each slip gives at one level after the other: one level alone may not tell them apart."""

    def __init__(self):
        self.received: list[torch.Tensor] = []
        self.right: list[torch.Tensor] = []
        self.wrong: dict[str, list[torch.Tensor]] = {}

    def add(self, received: torch.Tensor, right: torch.Tensor, wrong: dict[str, torch.Tensor]) -> None:
        self.received.append(received)
        self.right.append(right)
        for name, value in wrong.items():
            self.wrong.setdefault(name, []).append(value)

    def all(self) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """The three, stacked: the arguments of `expect`."""
        wrong = {name: torch.stack(values) for name, values in self.wrong.items()}
        return torch.stack(self.received), torch.stack(self.right), wrong
