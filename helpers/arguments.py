"""What many functions ask of their arguments, in one place: a count that is one, and tensors of one shape."""

from numbers import Integral
from typing import Any

from torch import Tensor


def is_count(value: Any, least: int = 1) -> bool:
    """Whether a value is a whole number, Python's or NumPy's, of `least` or more; True and False count nothing."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def check_batch_size(value: Any) -> None:
    """Raise ValueError unless a batch holds something: the mean loss of nothing is nan, and nobody would say why."""
    if not is_count(value):
        raise ValueError(f"batch_size is a whole number, 1 or more; got {value}")


def check_shape(given: Tensor, like: Tensor, name: str) -> None:
    """Raise ValueError unless a tensor, called `name`, has the shape of another, where torch would stretch it and go on."""
    if given.shape != like.shape:
        raise ValueError(f"{name} must have the shape {tuple(like.shape)}; got {tuple(given.shape)}")
