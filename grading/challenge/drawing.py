"""Samples of handed-in weights, drawn in the sandbox: the file is read and run there, and only pictures come back."""

from __future__ import annotations

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
TARGETS = ["said_of_itself", "drawn"]
# runs in the sandbox; it is the course's own, what it reads is not
PROGRAM = '''
import json
import torch
from safetensors.torch import load
from helpers import flow_model

def said_of_itself(data):
    """The metadata of a safetensors file, given as bytes in a tensor."""
    raw = bytes(data.numpy())
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    return {str(key): str(value)[:100] for key, value in dict(header.get("__metadata__") or {}).items()}

def drawn(data, n, steps, sampler, seed):
    """n pictures by the challenge's network with the weights in the file."""
    weights = {name: value.float() for name, value in load(bytes(data.numpy())).items()}
    model = flow_model.flow_unet(0)
    model.load_state_dict(weights)
    return flow_model.draw(model.eval(), n, steps, sampler, seed)
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
        said, drawn = (RemoteSubject(name, hosted) for name in TARGETS)
        try:
            metadata = said.call(data).value
            sampler = metadata.get("sampler", "euler") if isinstance(metadata, dict) else "euler"
            pictures = {count: _pictures(drawn, data, n, count, sampler, seed) for count in steps}
        except SubjectError as error:
            raise ValueError(_explained(weights, error)) from None
    return Drawn(pictures, sampler)


def _bytes_of(weights: Path) -> torch.Tensor:
    try:
        size = weights.stat().st_size
        if size > MAX_MEGABYTES * 2**20:
            raise ValueError(f"{weights} has {size / 2**20:.0f} MB; the challenge's network fits into {MAX_MEGABYTES}")
        raw = weights.read_bytes()
    except OSError as error:
        raise ValueError(f"{weights} cannot be read: {error.strerror}") from None
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
    if "state_dict" in error.message:
        return f"{weights} does not hold the challenge's network, helpers.flow_model.flow_unet(): {error.message[:300]}"
    if "sampler must be one of" in error.message:
        return f"{weights}: {error.message}; the metadata of the file name it, as notebook 6 shows"
    return f"{weights} could not be sampled from: {error.type_name} {error.message[:300]}"
