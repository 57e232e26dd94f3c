"""Plain data: the only things that pass between a check and the answer it examines.

Plain data are None, bool, int, float, str, CPU tensors, and tuples, lists and string-keyed dicts of them. `normalise` turns
what a student returned into plain data and writes down, for each tensor, the facts that the conversion would lose.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

MAX_DEPTH = 6
MAX_LEAVES = 2_000
MAX_BYTES = 64 * 2**20
MAX_TEXT = 10_000
FLOATS = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128)
INTEGERS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)


class SubjectError(Exception):
    """The answer could not be examined.

    kind is one of "unattempted", "raised", "timeout", "died", "bad_reply", "not_callable", "too_big"; type_name and message
    describe the exception or the value that came back; where is the line of the student's code, or "" if it is unknown.

    Raises ValueError for an unknown kind.
    """

    KINDS = ("unattempted", "raised", "timeout", "died", "bad_reply", "not_callable", "too_big")

    def __init__(self, kind: str, type_name: str = "", message: str = "", where: str = ""):
        if kind not in self.KINDS:
            raise ValueError(f"kind must be one of {self.KINDS}, got {kind!r}")
        self.kind, self.type_name, self.message, self.where = kind, type_name, message, where
        super().__init__(f"{kind}: {type_name}: {message}")

    def as_plain(self) -> dict:
        return {"kind": self.kind, "type_name": self.type_name, "message": self.message, "where": self.where}


@dataclass(frozen=True)
class Fact:
    """What was true of one returned tensor before it was detached and copied to the CPU."""

    dtype: str
    shape: tuple[int, ...]
    requires_grad: bool = False
    was_numpy: bool = False
    device: str = "cpu"

    def as_plain(self) -> dict:
        return asdict(self)


def normalise(value) -> tuple[Any, dict[str, Fact]]:
    """Return (plain copy of value, {path: Fact}); the root's path is "", the first entry of a tuple is "0", and so on.

    Raises SubjectError("bad_reply" | "too_big") for what isn't plain data.
    """
    facts: dict[str, Fact] = {}
    budget = {"leaves": MAX_LEAVES, "bytes": MAX_BYTES}
    return _normalise(value, "", 0, facts, budget), facts


def _normalise(value, path, depth, facts, budget):
    budget["leaves"] -= 1
    if depth > MAX_DEPTH or budget["leaves"] < 0:
        raise SubjectError("too_big", type(value).__name__, "the returned value has too many or too deeply nested parts")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, np.generic):
        number = int(value) if isinstance(value, int) else float(value)
        if isinstance(number, int) and number.bit_length() > 63:
            raise SubjectError("bad_reply", "int", f"a whole number of {number.bit_length()} bits is too large for a tensor")
        return number
    if isinstance(value, str):
        return str(value)[:MAX_TEXT]
    if isinstance(value, (torch.Tensor, np.ndarray, np.generic)):
        tensor, fact = _tensor(value)
        if tensor.dtype not in FLOATS + INTEGERS:
            raise SubjectError("bad_reply", "Tensor", f"numbers of the dtype {fact.dtype} are not compared: return float32")
        budget["bytes"] -= tensor.numel() * tensor.element_size()
        if budget["bytes"] < 0:
            raise SubjectError("too_big", type(value).__name__, f"a tensor of shape {fact.shape} is too large")
        facts[path] = fact
        return tensor
    child = f"{path}." if path else ""
    if isinstance(value, (tuple, list)):
        items = [_normalise(item, f"{child}{i}", depth + 1, facts, budget) for i, item in enumerate(value)]
        return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {str(key): _normalise(item, f"{child}{key}", depth + 1, facts, budget) for key, item in value.items()}
    raise SubjectError("bad_reply", type(value).__name__, f"expected a tensor or numbers, got {describe(value)}")


def _tensor(value) -> tuple[torch.Tensor, Fact]:
    if not isinstance(value, torch.Tensor):
        array = np.array(value)
        if array.dtype.kind not in "biufc":
            raise SubjectError("bad_reply", "ndarray", f"a NumPy array of dtype {array.dtype} does not hold numbers")
        tensor = torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape))
        return tensor, Fact(_dtype(tensor), tuple(tensor.shape), was_numpy=True)
    with torch._C.DisableTorchFunctionSubclass():  # a subclass may answer for itself, and lie
        return _plain_tensor(value)


def _plain_tensor(value) -> tuple[torch.Tensor, Fact]:
    if value.layout != torch.strided or value.device.type == "meta" or value.is_quantized:
        raise SubjectError("bad_reply", "Tensor", f"expected an ordinary dense tensor, got {value.layout} on {value.device}")
    plain = value.detach().as_subclass(torch.Tensor)
    fact = Fact(_dtype(plain), tuple(plain.shape), bool(value.requires_grad), False, str(plain.device))
    if plain.numel() * plain.element_size() > MAX_BYTES:  # before the copy: an expanded tensor may be tiny in memory
        raise SubjectError("too_big", "Tensor", f"a tensor of shape {fact.shape} is too large")
    return plain.to("cpu", copy=True).contiguous(), fact


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def describe(value) -> str:
    """One short line about any value, for messages: what it is, its shape, never more than 120 characters."""
    if value is None:
        return "None (is there a `return`?)"
    if isinstance(value, torch.Tensor):
        dtype = _dtype(value)
        return f"{'an' if dtype.startswith('int') else 'a'} {dtype} tensor of shape {tuple(value.shape)}"
    if isinstance(value, np.ndarray):
        return f"a NumPy array of shape {value.shape}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, (bool, int, float, str)):
        text = repr(value)
        return f"the {type(value).__name__} {text[:60]}{'…' if len(text) > 60 else ''}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"an object of type {type(value).__name__[:60]}"
