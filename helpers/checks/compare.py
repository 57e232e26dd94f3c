"""Compare what came with what is right, and recognise known wrong answers by the numbers that they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch

from .check import Wrong
from .form import missing_or_too_many
from .messages import Reply
from .plain import describe
from .relations import CLAMPED, is_clamped, of_axes, times


def numbers(reply: Reply, shape: tuple[int, ...] | None = None) -> torch.Tensor:
    """The reply's value as a float64 tensor, of the given shape if one is given; raises Wrong if it is anything else."""
    value = reply.value
    if isinstance(value, (list, tuple)) and value and all(isinstance(item, (int, float)) for item in value):
        value = torch.tensor(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = torch.tensor(float(value))
    if not isinstance(value, torch.Tensor) or value.is_complex():
        raise Wrong(missing_or_too_many(value), "a tensor", describe(value))
    if shape is not None and tuple(value.shape) != shape:
        raise Wrong(of_axes(tuple(value.shape), shape), f"shape {shape}", f"shape {tuple(value.shape)}")
    return value.to(torch.float64)


def close(received: torch.Tensor, expected: torch.Tensor, rtol: float = 1e-4, atol: float = 1e-6) -> bool:
    """Same shape, all finite, and |received - expected| <= atol + rtol |expected| everywhere."""
    return received.shape == expected.shape and torch.allclose(received.double(), expected.double(), rtol, atol)


def repeated(first: torch.Tensor, second: torch.Tensor, rtol: float = 0.0, atol: float = 0.0) -> bool:
    """Whether two calls gave the same, nan in the same places included: else something was drawn inside."""
    return first.shape == second.shape and torch.allclose(first.double(), second.double(), rtol, atol, equal_nan=True)


Suspects = Mapping[str, torch.Tensor | Callable[[], torch.Tensor]]


def expect(
    received: torch.Tensor,
    expected: torch.Tensor,
    suspects: Suspects | Callable[[], Suspects] = MappingProxyType({}),
    rtol: float = 1e-4,
    atol: float = 1e-6,
    otherwise: Callable[[], str] | None = None,
) -> None:
    """Raise Wrong unless received is close to expected; names a mistake if only that one gives these very numbers.

    suspects: {mistake: what it gives}, or what makes them, which a right answer need not wait for; "mistake/variant" when one
    mistake can show in several ways.
    otherwise: what names a mistake, or "", where none of them fits.
    """
    if close(received, expected, rtol, atol):
        return
    matching = {
        name.split("/")[0]
        for name, wrong in (suspects() if callable(suspects) else suspects).items()
        if close(received, wrong() if callable(wrong) else wrong, rtol, atol)
    }
    if not matching and otherwise:
        matching = {otherwise()} - {""}
    if not matching:
        clamped = is_clamped(received.double(), expected.double(), rtol, atol)
        matching = {CLAMPED if clamped else of_axes(tuple(received.shape), tuple(expected.shape))}
    raise Wrong(matching.pop() if len(matching) == 1 else "", *_apart(expected, received, rtol, atol))


DIFFERENCE_QUOTIENT = (
    "This is near the right number, and not it, as a difference quotient is: torch.autograd.grad gives the derivative itself."
)


def near_miss(received: torch.Tensor, right: torch.Tensor) -> str:
    """The id of DIFFERENCE_QUOTIENT if what came is within a few percent of what is right, else ""."""
    return "difference_quotient" if close(received, right, 0.05, 0.05 * float(right.abs().mean())) else ""


def _apart(expected: torch.Tensor, received: torch.Tensor, rtol: float, atol: float) -> tuple[str, str]:
    """Both for a message: their shapes if these differ; else their first and last numbers, or where those are close, the place
    that is furthest off."""
    if expected.shape != received.shape:
        return f"shape {tuple(expected.shape)}", f"shape {tuple(received.shape)}"
    shown = [torch.cat([x.flatten()[:SHOWN], x.flatten()[SHOWN:][-2:]]) for x in (received, expected)]
    if not received.isfinite().all() or not close(shown[0], shown[1], rtol, atol):
        scaled = times(received.double(), expected.double(), rtol, atol)
        return show(expected), f"{show(received)}{', ' if scaled else ''}{scaled}"
    place = torch.unravel_index(((received - expected).abs() - rtol * expected.abs()).argmax(), expected.shape)
    where = f" at [{', '.join(str(int(i)) for i in place)}]"
    return f"{float(expected[place]):.7g}{where}", f"{float(received[place]):.7g}"


SHOWN = 4  # numbers from the beginning, and two from the end


def show(tensor: torch.Tensor, count: int = SHOWN) -> str:
    """The first and last few numbers of a tensor, for a message."""
    flat = tensor.flatten()
    if not torch.isfinite(flat).all():
        bad = "nan" if flat.isnan().any() else "inf"
        return f"{bad} in {int((~torch.isfinite(flat)).sum())} of {flat.numel()} places"
    head = [f"{number:.5g}" for number in flat[:count].tolist()]
    tail = [f"{number:.5g}" for number in flat[count:][-2:].tolist()]
    if not tail:
        return head[0] if tensor.ndim == 0 else f"[{', '.join(head)}]"
    dots = ["…"] if flat.numel() > count + 2 else []
    return f"[{', '.join(head + dots + tail)}]"
