"""Check of a linear layer with a low-rank detour (LoRA, arXiv:2106.09685, §4.1).

The two matrices may have any names and lie either way round; two nn.Linear without bias pass as well.
"""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import close, expect, numbers, repeated
from ..probes import Probe
from ..trainable import expect_whole_gradient

check = Check(
    "LoRALinear",
    home="helpers.lora.layer",
    mistakes={
        "not_equal_when_new": "A new layer differs from its base: one of A and B has to start at zero.",
        "base_changed": "The base's own weight or bias is changed by a call: nothing is added to it in place, neither to .data.",
        "not_the_base": "Even with A and B at zero the layer does not give base(x): keep the base given, and call it once.",
        "both_zero": "A and B both start at zero: then neither ever gets a gradient. One of them starts at random.",
        "alike": "The rows of A (or the columns of B) all start alike, and get the same gradient: they stay alike, "
        "and the rank is 1. Start them at random.",
        "base_trains": "The base still trains: base.requires_grad_(False).",
        "bias_left_out": "The base's bias is lost: call base(x), not x @ base.weight.T.",
        "base_left_out": "What comes out is the detour alone; base(x) has to be added.",
        "not_scaled": "The detour is not scaled: multiply it by alpha / rank.",
        "alpha_alone": "The detour is multiplied by alpha; it is alpha / rank.",
        "upside_down": "The detour is multiplied by rank / alpha; it is alpha / rank.",
        "whole_division": "alpha / rank is rounded to a whole number: divide with /, not with //.",
        "root_of_rank": "The detour is multiplied by alpha / √rank; here it is alpha / rank.",
        "other_factor": "The detour has another factor: multiply it by alpha / rank, and once.",
        "subtracted": "The detour is subtracted; it is added to base(x).",
        "wrong_rank": "The trainable numbers are not those of A (rank, in) and B (out, rank).",
        "unregistered": "A and B are not parameters of the module: wrap them in nn.Parameter, or make them nn.Linear.",
        "detour_detached": "A or B gets no gradient: both are to train. forward has no .detach(), .data or no_grad, and the "
        "base alone is frozen.",
        "part_detached": "A part of the gradient towards x is missing: a frozen base passes it on, so call base(x) without "
        "no_grad() and .detach().",
        "extra_bias": "Something besides A and B trains: a bias (make the two nn.Linear with bias=False), or a factor.",
        "dropout": "In training the detour is another: the formula has no dropout, and holds there, too.",
        "made_in_forward": "Two calls with the same input differ: A and B are made in __init__, not in forward.",
        "bent": "The detour is not linear: no activation between A and B.",
    },
    hints=(
        "The layer itself stays as it is. How can a product of two narrow matrices be added to its output, and be zero when new?",
        "base.requires_grad_(False); A (rank, in) at random, B (out, rank) zero, both nn.Parameter.",
        "The detour is x @ A.T @ B.T: scale it by alpha / rank, and add it to what base(x) gives.",
    ),
)

IN, OUT, RANK, ALPHA = 7, 5, 3, 8.6


class _Layer:
    """The answer round a base of the check's own, and what it should give."""

    def __init__(self, bench, bias: bool = True):
        self.weight = bench.randn("weight", OUT, IN)
        self.bias = bench.randn("bias", OUT) if bias else None
        params = {"weight": self.weight, "bias": self.bias}
        self.module = bench.subject.build(Probe("linear", params), RANK, ALPHA, seed=bench.seed)
        self.bench = bench

    def base(self, x: torch.Tensor) -> torch.Tensor:
        out = x.double() @ self.weight.double().T
        return out if self.bias is None else out + self.bias.double()

    def __call__(self, x: torch.Tensor, seed: int = 0) -> torch.Tensor:
        return numbers(self.module.forward(x, seed=seed), (*x.shape[:-1], OUT))

    def of_the_base(self) -> set[str]:
        """Names of the base's weight and bias in the module's state."""
        given = [value for value in (self.weight, self.bias) if value is not None]
        return {name for name, value in self.module.state().items() if any(torch.equal(value, each) for each in given)}

    def grads(self, x: torch.Tensor) -> dict[str, torch.Tensor | None]:
        return self.module.forward(x, train=True, param_grads=True).param_grads

    def opened(self, size: float = 1.0) -> tuple[torch.Tensor, dict[str, str]]:
        """Fill A and B with numbers of this size; returns the detour's map (in, out), and where in the state the two lie."""
        state = self.module.state()
        found: dict[str, str] = {}
        for name, value in state.items():
            shape = tuple(value.shape)
            if shape in ((RANK, IN), (IN, RANK)):
                found["A"] = name
            elif shape in ((OUT, RANK), (RANK, OUT)):
                found["B"] = name
        if set(found) != {"A", "B"}:
            raise Wrong(
                "wrong_rank" if len(state) > 2 else "unregistered", f"A ({RANK}, {IN}) and B ({OUT}, {RANK})", _shapes(state)
            )
        values = {part: size * self.bench.randn(part, *state[name].shape) for part, name in found.items()}
        self.module.load_state(state | {found[part]: value for part, value in values.items()})
        A = values["A"] if values["A"].shape == (RANK, IN) else values["A"].T
        B = values["B"] if values["B"].shape == (OUT, RANK) else values["B"].T
        return A.double().T @ B.double().T, found


def _shapes(state) -> str:
    return ", ".join(str(tuple(value.shape)) for value in state.values()) or "no parameters"


@check.property(1.0, "equals its base when new, with a bias and without")
def new(bench):
    for bias in (True, False):
        layer = _Layer(bench, bias)
        x = bench.randn(f"x {bias}", 4, IN)
        received = layer(x)
        if not repeated(received, layer(x, seed=1)):
            raise Wrong("made_in_forward", "the same output for the same input", "another output")
        suspects = {}
        if layer.bias is not None:
            suspects = {"bias_left_out": layer.base(x) - layer.bias.double(), "base_left_out": torch.zeros_like(received)}
        if not any(close(received, value) for value in (layer.base(x), *suspects.values())):
            suspects = {_fault_of_a_new_layer(layer, x): received}
        expect(received, layer.base(x), suspects)


def _fault_of_a_new_layer(layer: _Layer, x: torch.Tensor) -> str:
    """Whether it is A and B that make a new layer differ: then it does not once they are zero."""
    state, own = layer.module.state(), layer.of_the_base()
    layer.module.load_state({name: value if name in own else torch.zeros_like(value) for name, value in state.items()})
    return "not_equal_when_new" if own and close(layer(x), layer.base(x)) else "not_the_base"


@check.property(1.5, "base(x) + (alpha/rank) x Aᵀ Bᵀ, for x (…, in)", needs="new")
def formula(bench):
    layer = _Layer(bench)
    product, _ = layer.opened()
    for shape in ((4, IN), (2, 3, IN), (IN,)):
        x = bench.randn(f"x {shape}", *shape)
        base, detour = layer.base(x), x.double() @ product
        own, received = layer.of_the_base(), layer(x)
        if layer.of_the_base() != own:
            raise Wrong("base_changed", "the base's weight as it was", "another one after the call")
        suspects = {
            "not_scaled": base + detour,
            "alpha_alone": base + ALPHA * detour,
            "upside_down": base + RANK / ALPHA * detour,
            "root_of_rank": base + ALPHA / RANK**0.5 * detour,
            "whole_division": base + ALPHA // RANK * detour,
            "base_left_out": ALPHA / RANK * detour,
        }
        right = base + ALPHA / RANK * detour
        known = any(_near(received, value) for value in (right, *suspects.values()))
        both_sides = received - base + layer(-x) - layer.base(-x)
        at_zero = layer(0 * x) - layer.base(0 * x)  # not zero where the detour has a bias
        if not known and not _near(both_sides, 2 * at_zero):
            raise Wrong("bent", "a straight line through the detour at x and -x", "something else")
        if not known:
            _expect_factor(received - base, detour)
        expect(received, right, suspects, rtol=1e-3, atol=1e-4)
        in_training = numbers(layer.module.forward(x, train=True), tuple(received.shape))
        if not _near(in_training, received):
            raise Wrong("dropout", "the same in training", "another output")


def _expect_factor(added: torch.Tensor, detour: torch.Tensor):
    """Raise Wrong where what is added is the detour times a number that is not the right one."""
    factor = float((added * detour).sum() / detour.square().sum())
    if abs(factor) > 1e-3 and _near(added, factor * detour):
        mistake = "subtracted" if abs(factor + ALPHA / RANK) < 1e-3 else "other_factor"
        raise Wrong(mistake, f"{ALPHA / RANK:.4g} times the detour", f"{factor:.4g} times")


def _near(a: torch.Tensor, b: torch.Tensor) -> bool:
    return torch.allclose(a, b, 1e-3, 1e-4)


@check.property(1.5, "only A and B train, and both can", needs="new")
def trains(bench):
    layer, x = _Layer(bench), bench.randn("x", 6, IN)
    at_first, new_state = [grad for grad in layer.grads(x).values() if grad is not None], layer.module.state()
    _, found = layer.opened(0.5)  # neither base nor detour outweighs the other's gradient towards x
    grads = layer.grads(x)
    training = {name for name, grad in grads.items() if grad is not None}
    silent = not any(bool(new_state[name].any()) for name in found.values())
    if silent and at_first and not any(bool(grad.any()) for grad in at_first):
        raise Wrong("both_zero", "a gradient for A or B in a new layer", "zeros")
    narrow = [new_state[name].T if tuple(new_state[name].shape)[1] == RANK else new_state[name] for name in found.values()]
    if any(bool(rows.any()) and bool((rows == rows[:1]).all()) for rows in narrow):
        raise Wrong("alike", "rows that differ", "the same row again and again")
    if training & layer.of_the_base():
        raise Wrong("base_trains", "no gradient for the base", "a gradient")
    unreached = set(found.values()) - training
    if unreached:
        mistake = "detour_detached" if unreached <= set(grads) else "unregistered"
        mistake = "base_changed" if "base_changed" in bench.named else mistake  # the detour went into the base's weight
        raise Wrong(mistake, "a gradient for A and B", "none")
    expect_whole_gradient(layer.module, (x,), 0)
    if training - set(found.values()):
        raise Wrong("extra_bias", "A and B alone", f"{', '.join(sorted(training - set(found.values())))} too")
