"""Whether an input of a block reaches its output past the convolutions, as a residual connection has it (arXiv:1512.03385)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import torch

from .modules import biases, kernels, same, silenced
from .subject import ModuleSubject

GROWN = 5  # times larger, for an input that is 100 times larger: what a norm has passed stays well below


class Block(Protocol):
    """A built block with inputs to try it on; features(name=value) is its output where some inputs are others."""

    module: ModuleSubject
    inputs: dict[str, torch.Tensor]

    def features(self, **changed: torch.Tensor) -> torch.Tensor: ...


def depends(block: Block, name: str, **still) -> bool:
    """Whether the block's features change with the input of that name, the others being as they are, or as given."""
    return not same(block.features(**still), block.features(**({name: 1 - 2 * block.inputs[name].flip(-1)} | still)), 1e-4)


@contextmanager
def _restored(block: Block) -> Iterator[dict[str, torch.Tensor]]:
    """The block's state, which it has again in the end whatever is loaded meanwhile."""
    state = block.module.state()
    try:
        yield state
    finally:
        block.module.load_state(state)


def survives(block: Block, name: str) -> bool:
    """Whether the input reaches the output, and grows in it, where all 3×3 kernels (or all but one: a shortcut) are silent.

    Convolutions that are made in another way cannot be silenced here. Behind their norms nothing grows, but a residual does,
    unless it has a norm of its own; where all of the output grows as the input does, there are none.
    """
    with _restored(block) as state:
        found = kernels(state, 3)
        if not found and _all_grows(block, name):
            return False
        if _passes(block, state, name, found, found) or (found and _projected(block, state, name, found)):
            return True
        entrance = _entrance(block, state, name, found)
        return any(
            _passes(block, state, name, [kernel for kernel in found if kernel not in (kept, *entrance)], found)
            for kept in ("", *found)
        )


def _quiet(state: dict[str, torch.Tensor], quiet: list[str], found: list[str]) -> dict[str, torch.Tensor]:
    """The state with the given ones of the 3×3 kernels found silent, and all biases."""
    return silenced(state, *quiet, *(name for name in biases(state) if name not in found))


def _passes(block: Block, state: dict[str, torch.Tensor], name: str, quiet: list[str], found: list[str]) -> bool:
    """Whether the input reaches the output past the quiet kernels, and grows in it."""
    still = {"t": 0 * block.inputs["t"]}
    block.module.load_state(_quiet(state, quiet, found))
    # what a norm has passed does not grow: it is an activation from inside, not the input
    return depends(block, name, **still) and _growth(block, name, **still) > GROWN


def _projected(block: Block, state: dict[str, torch.Tensor], name: str, found: list[str]) -> bool:
    """Whether the input reaches the output through 1×1 convolutions alone, which may have a norm behind them, as in the ResNets,
    or before them, as behind an upsampling."""
    still = {"t": 0 * block.inputs["t"]}
    quiet = _quiet(state, found, found)
    block.module.load_state(quiet)
    if not depends(block, name, **still):
        return False
    block.module.load_state(silenced(quiet, *kernels(state, 1)))
    return not depends(block, name, **still)


def _entrance(block: Block, state: dict[str, torch.Tensor], name: str, found: list[str]) -> list[str]:
    """Kernels that only the input of that name goes through, before it meets another: those of an upsampling."""
    others = set(block.inputs) - {name, "t"}
    return [
        k for k in found if others and not _reaches(block, state, name, k) and all(_reaches(block, state, o, k) for o in others)
    ]


def _all_grows(block: Block, name: str) -> bool:
    """Whether the features change as much as the input of that name does, or not at all."""
    value, silence = block.inputs[name], block.features(**{name: 0 * block.inputs[name]})
    small, large = (block.features(**{name: size * value}) - silence for size in (1, 100))
    return same(large, 100 * small, 1e-3)


def _growth(block: Block, name: str, **still) -> float:
    """How many times more the features change with the input of that name, when all changes are 100 times as large."""
    value, silence = block.inputs[name], block.features(**{name: 0 * block.inputs[name]}, **still)
    small, large = ((block.features(**{name: size * value}, **still) - silence).abs().mean() for size in (1, 100))
    return float(large / small.clamp(min=1e-9))


def _reaches(block: Block, state: dict[str, torch.Tensor], name: str, *quiet: str) -> bool:
    """Whether the features change with the input of that name while some kernels are silent, all else being as in the state."""
    block.module.load_state(silenced(state, *quiet))
    return depends(block, name)


def meet(block: Block, one: str, other: str) -> bool:
    """Whether one input changes what another does to the features, as behind a convolution of both."""
    changed = {name: 1 - 2 * block.inputs[name].flip(-1) for name in (one, other)}
    alone = [block.features(**{name: value}) for name, value in changed.items()]
    return not same(block.features(**changed) - alone[1], alone[0] - block.features())


def passes_round(block: Block, name: str) -> bool:
    """Whether the input of that name still reaches the features with one 3×3 kernel silent."""
    with _restored(block) as state:
        return any(_reaches(block, state, name, kernel) for kernel in kernels(state, 3))


def what_instead(block: Block, otherwise: str) -> str:
    """What an answer without a residual connection does in its place: a product, or a connection that starts too late."""
    with _restored(block) as state:
        found = kernels(state, 3)
        if not found:
            return otherwise
        if _reaches(block, state, "x", *found):
            return "multiplied"
    return "inner_added" if passes_round(block, "x") else otherwise
