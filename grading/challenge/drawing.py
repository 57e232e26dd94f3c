"""Samples of handed-in weights, drawn in the sandbox: the file is read and run there, and only pictures come back."""

from __future__ import annotations

import stat
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from grading.sandbox.exchange import Program
from grading.sandbox.host import Sandbox
from grading.sandbox.remote import HostedAnswer, RemoteSubject
from helpers.checks.plain import SubjectError

MAX_MEGABYTES = 8  # the network in float32 has 2.4
PART = 250  # pictures a call
MAX_SECONDS = 300  # of processor time, for all calls
TARGETS = ["named_sampler", "drawn"]
# runs in the sandbox; it is the course's own, what it reads is not
PROGRAM = '''
import json
from safetensors.torch import load
from helpers import flow_model

BEGINNINGS = {
    b"PK": "a zip archive, as torch.save writes it too",
    b"\\x80": "a pickle, as torch.save writes it",
    b"<": "a web page",
    b"version https://git-lfs": "a pointer of Git LFS",
}

def tensors(raw):
    try:
        return load(raw)
    except Exception as error:
        kind = next((kind for begin, kind in BEGINNINGS.items() if raw.startswith(begin)), "")
        found = f"it begins like {kind}" if kind else str(error)[:200]
        raise ValueError(f"is no safetensors file, or a damaged one: {found}. Save the weights as notebook 6 shows") from None

def listed(names):
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

def fitted(found):
    model = flow_model.flow_unet(0)
    wanted = model.state_dict()
    faults = {
        "missing are": [name for name in wanted if name not in found],
        "too many are": [name[:80] for name in found if name not in wanted],
        "of another shape are": [
            f"{name} {tuple(found[name].shape)}, which is {tuple(value.shape)} there"
            for name, value in wanted.items() if name in found and found[name].shape != value.shape
        ],
        "no floating-point numbers are": [
            f"{name} ({value.dtype})" for name, value in found.items() if not value.is_floating_point()
        ],
    }
    said = "; ".join(f"{what} {listed(names)}" for what, names in faults.items() if names)
    if said:
        raise ValueError(f"does not hold the challenge's network, helpers.flow_model.flow_unet(): {said}")
    model.load_state_dict({name: value.float() for name, value in found.items()})
    return model.eval()

def named_sampler(data):
    """The sampler that the metadata of a safetensors file name, given as bytes in a tensor, if it holds the network."""
    raw = bytes(data.numpy())
    fitted(tensors(raw))
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    return str((header.get("__metadata__") or {}).get("sampler", "euler"))[:100]

def drawn(data, n, steps, sampler, seed):
    """n pictures by the challenge's network with the weights in the file."""
    return flow_model.draw(fitted(tensors(bytes(data.numpy()))), n, steps, sampler, seed)
'''


@dataclass(frozen=True)
class Drawn:
    """Pictures (n, 1, 32, 32) at each number of steps, and the sampler that the file names."""

    pictures: dict[int, torch.Tensor]
    sampler: str


def draw(weights: Path, steps: tuple[int, ...], n: int, sandbox: Sandbox, seed: int = 0) -> Drawn:
    """Draw n pictures for each of `steps` with the weights of a safetensors file.

    Raises:
        ValueError: the file cannot be read, is too large, does not hold the challenge's network, or its pictures are none.
        SandboxLost: the sandbox itself failed.
    """
    data = _bytes_of(weights)
    limits = replace(sandbox.plan.limits, cpu_seconds=MAX_SECONDS, wall_seconds=4.0 * MAX_SECONDS)
    with HostedAnswer(sandbox, _program(sandbox), limits) as hosted:
        named, drawn = (RemoteSubject(name, hosted) for name in TARGETS)
        try:
            sampler = str(named.call(data).value)
            pictures = {count: _pictures(drawn, data, n, count, sampler, seed) for count in steps}
        except SubjectError as error:
            raise ValueError(_explained(weights, error)) from None
    return Drawn(pictures, sampler)


def _bytes_of(weights: Path) -> torch.Tensor:
    """The file's bytes; a pipe or a device is not opened: either may never end."""
    most = MAX_MEGABYTES * 2**20
    try:
        if not stat.S_ISREG(weights.stat().st_mode):
            raise ValueError(f"{weights} is no file, but a folder, a pipe or a device")
        with weights.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise ValueError(f"{weights} cannot be read: {error.strerror}") from None
    if len(raw) > most:
        raise ValueError(f"{weights} is too large; the challenge's network fits into {MAX_MEGABYTES} MB")
    if len(raw) < 9:
        raise ValueError(f"{weights} is no safetensors file: it has {len(raw)} bytes")
    return torch.frombuffer(bytearray(raw), dtype=torch.uint8)


def _program(sandbox: Sandbox) -> Program:
    references = sandbox.references
    return Program([("challenge", PROGRAM)], TARGETS, overlay=references.overlay([]), homes=references.homes)


def _pictures(drawn: RemoteSubject, data, n: int, steps: int, sampler: str, seed: int) -> torch.Tensor:
    parts = []
    for start in range(0, n, PART):
        count = min(PART, n - start)
        part = drawn.call(data, count, steps, sampler, seed * 100_003 + start).value
        if not isinstance(part, torch.Tensor) or tuple(part.shape) != (count, 1, 32, 32):
            raise ValueError(f"{count} pictures of 1×32×32 were expected; something else came back")
        if not torch.isfinite(part).all():
            raise ValueError(f"with {steps} step(s) the network makes pictures that are no numbers (nan or inf)")
        parts.append(part.float())
    return torch.cat(parts)


def _explained(weights: Path, error: SubjectError) -> str:
    if "sampler must be one of" in error.message:
        return f"{weights}: {error.message}; the metadata of the file name it, as notebook 6 shows"
    if error.kind == "raised" and error.type_name == "ValueError":
        return f"{weights} {error.message}"
    return f"{weights} could not be sampled from: {error.type_name} {error.message or 'the process that drew ended'}"
