"""The six vectors of an adaLN-Zero block (arXiv:2212.09748, §3.2), set by hand: shift, scale and gate of each of its two steps.

They are found in a new block as the layers whose weight and bias are zero, and told apart by what they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from .check import Wrong
from .compare import numbers
from .modules import same
from .subject import ModuleSubject

Place = tuple[str, int]  # name of a bias, and which of the pieces of size dim in it


def silent(value: torch.Tensor) -> bool:
    """Whether a parameter is all zeros."""
    return value.is_floating_point() and not value.any()


def makers(state: dict[str, torch.Tensor]) -> list[str]:
    """Names of the biases of those layers in a new block that are zero, weight and bias."""
    return [n for n, v in state.items() if n.endswith("bias") and silent(v) and silent(state.get(n[:-4] + "weight", v + 1))]


@dataclass
class GatedStep:
    """One of the two steps x + gate · f(norm · (1 + scale) + shift), by its place for each; sign is that of scale."""

    gate: Place
    scale: Place
    shift: Place
    sign: float


class SixVectors:
    """A new block (a module with its input x (B, N, dim) and c (B, embed)), whose six vectors are set through their biases."""

    def __init__(self, module: ModuleSubject, x: torch.Tensor, c: torch.Tensor):
        self.module, self.x, self.c, self.dim = module, x, c, x.shape[2]
        self.new = module.state()
        self.makers = makers(self.new)
        self.found = sum(self.new[name].numel() for name in self.makers) == 6 * self.dim
        self.places = [(name, part) for name in self.makers for part in range(self.new[name].numel() // self.dim)]

    def added(self, values: dict[Place, float | torch.Tensor], x: torch.Tensor | None = None) -> torch.Tensor:
        """What the block adds to x, float64, with these values in the six vectors and zero in the others."""
        x = self.x if x is None else x
        self.set(values)
        return numbers(self.module.forward(x, self.c[: len(x)]), tuple(x.shape)) - x.double()

    def set(self, values: Mapping[Place, float | torch.Tensor]) -> None:
        """Give the six vectors these values, and zero where there is none."""
        biases = {name: self.new[name].clone() for name in self.makers}
        for (name, part), value in values.items():
            biases[name][part * self.dim : (part + 1) * self.dim] = value
        self.module.load_state(self.new | biases)

    def gates(self) -> list[Place]:
        """The places that open a step by themselves."""
        return [place for place in self.places if float(self.added({place: 1.0}).abs().max()) > 1e-5]

    def steps(self) -> list[GatedStep]:
        """The two steps, one a gate; raises Wrong where a gate has no scale or shift."""
        gates = self.gates()
        return [self._step(gate, [place for place in self.places if place not in gates]) for gate in gates]

    def _step(self, gate: Place, others: list[Place]) -> GatedStep:
        if same_for_all_tokens(self.added({gate: 1.0})):
            raise Wrong("one_missing", "each token to get what is made of it", "the same for all tokens")
        # 1 - scale learns what 1 + scale does: either may be 0
        for scale, sign in ((place, sign) for place in others for sign in (-1.0, 1.0)):
            if not same_for_all_tokens(still := self.added({gate: 1.0, scale: sign})):
                continue
            for shift in (place for place in others if place != scale):
                if float((self.added({gate: 1.0, scale: sign, shift: 0.7}) - still).abs().max()) > 1e-5:
                    return GatedStep(gate, scale, shift, sign)
        order = torch.arange(self.x.shape[1]).roll(1)
        moves = not same(self.added({gate: 1.0}, self.x[:, order]), self.added({gate: 1.0})[:, order], 1e-3)  # has another name
        raise Wrong(
            "" if moves else "modulation",
            "norm · (1 + scale) + shift: with scale = -1 the same added to all tokens",
            "something else for each",
        )

    def sees_others(self, step: GatedStep) -> bool:
        """Whether what a step adds to a token depends on the other tokens."""
        x = self.x.clone()
        x[:, 0] = x[:, 0].flip(-1) + 1
        return float((self.added({step.gate: 1.0}, x) - self.added({step.gate: 1.0}))[:, 1:].abs().max()) > 1e-5

    def of_one_input(self, step: GatedStep, values: torch.Tensor) -> torch.Tensor:
        """What a step makes of one and the same input at every token, (dim,)."""
        return self.added({step.gate: 1.0, step.scale: step.sign, step.shift: values})[0, 0]


def expect_two_steps(six: SixVectors) -> None:
    """Raise Wrong unless either gate lets its own step through, times the gate, and the second step starts from the first's x."""
    six.steps()
    gates = six.gates()
    opened = [six.added({gate: 1.0}) for gate in gates]
    # with the second step's gate open alone its shift and scale show; a third vector that does can only be the other gate
    if len(gates) == 1:
        others = [place for place in six.places if place not in gates]
        if sum(not same(six.added({gates[0]: 1.0, other: 1.0}), opened[0], 1e-4) for other in others) > 2:
            raise Wrong("step_lost", "something added by either gate alone", "nothing by one of them")
    bent = any(not same(six.added({gate: 2.0}), 2 * once, 1e-3) for gate, once in zip(gates, opened))
    if len(gates) == 2 and bent:
        raise Wrong("gate_bent", "twice as much added for twice the gate", "something else")
    if len(gates) == 2 and same(six.added(dict.fromkeys(gates, 1.0)), opened[0] + opened[1], 1e-5):
        raise Wrong("parallel", "a second step from where the first one led", "the sum of what each adds to x")


def same_for_all_tokens(added: torch.Tensor) -> bool:
    """Whether (B, N, dim) is the same at each of the N."""
    return float((added - added[:, :1]).abs().max()) < 1e-5


def bends_between_layers(six: SixVectors, step: GatedStep, bases: torch.Tensor) -> bool:
    """Whether a step's MLP has its activation between two linear layers: tried with one input at all tokens, near bases (2, dim).

    Then coordinates interact, no output follows one line, and outputs have both signs.
    """
    units = torch.eye(six.dim)[:6]

    def slopes(base, size):
        here = six.of_one_input(step, base)
        return torch.stack([six.of_one_input(step, base + size * unit) - here for unit in units])

    together = six.of_one_input(step, bases[0] + 2 * units.sum(0)) - six.of_one_input(step, bases[0])
    before = same(together, slopes(bases[0], 2).sum(0), 1e-3)
    # behind the layers an output is a curve of one linear function: its slopes have one direction everywhere
    one_way = torch.cosine_similarity(slopes(bases[0], 0.05), slopes(bases[1], 0.05), dim=0).abs()
    far = torch.stack([six.of_one_input(step, 30 * sign * base) for base in (*bases, *units) for sign in (-1, 1)])
    one_sided = float(far.min()) > -0.02 * float(far.max()) or float(far.max()) < -0.02 * float(far.min())
    return not before and not one_sided and float(one_way.median()) <= 0.995


class AttentionStep:
    """The step that attends, by itself: an `Attention` of softmax.py."""

    def __init__(self, six: SixVectors, step: GatedStep):
        self.six, self.opened, self.channels = six, {step.gate: 1.0}, six.dim

    def _conditions(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.six.c[:1].expand(len(tokens), -1).contiguous()

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        self.six.set(self.opened)
        return numbers(self.six.module.forward(tokens, self._conditions(tokens)), tuple(tokens.shape)) - tokens.double()

    def gradients(self, tokens: torch.Tensor) -> dict[str, torch.Tensor | None]:
        self.six.set(self.opened)
        return self.six.module.forward(tokens, self._conditions(tokens), param_grads=True).param_grads

    def state(self) -> dict[str, torch.Tensor]:
        return self.six.new

    def load_state(self, state: dict[str, torch.Tensor]) -> None:
        self.six.new = state


def one_head(step: AttentionStep, a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether one weight for all channels mixes the tokens a and b (dim,): between the two alone lies what they make together."""
    together, ends = step.attend(torch.stack([a, b])[None])[0], [step.attend(torch.stack([x, x])[None])[0, 0] for x in (a, b)]
    line = ends[0] - ends[1]
    beside = [point - ends[1] - (point - ends[1]) @ line / (line @ line) * line for point in together]
    return max(float(rest.norm()) for rest in beside) < 1e-3 * float(line.norm())
