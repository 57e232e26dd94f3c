"""What this machine is, and how much of the course to run on it.

Three profiles: `gpu`, `cpu` (a laptop) and `quick` (the same code in seconds, for automatic checks).
The device decides; the environment variable COURSE_PROFILE overrides it.
"""

import contextlib
import functools
import os
import time
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

import torch

NAMES = ("quick", "cpu", "gpu")
Precision = Literal["fp32", "bf16", "fp16"]
PRECISIONS: tuple[str, ...] = get_args(Precision)
T = TypeVar("T")


@dataclass(frozen=True)
class Profile:
    """The profile's name ("quick", "cpu" or "gpu") and the device and precision that the training uses."""

    name: str
    device: torch.device
    precision: Precision

    def pick(self, quick: T, cpu: T, gpu: T) -> T:
        """The value for this profile: `profile.pick(quick=2, cpu=50, gpu=500)`."""
        return {"quick": quick, "cpu": cpu, "gpu": gpu}[self.name]

    def __str__(self) -> str:
        return f"{describe(self.device)}, {self.precision}, profile “{self.name}”"


def current() -> Profile:
    """The profile for this machine.

    Raises:
        ValueError: COURSE_PROFILE is set to something else than quick, cpu or gpu, or to gpu where there is none.
    """
    device = pick_device()
    name = os.environ.get("COURSE_PROFILE") or ("cpu" if device.type == "cpu" else "gpu")
    if name not in NAMES:
        raise ValueError(f"COURSE_PROFILE must be one of {', '.join(NAMES)}; got {name!r}")
    if name == "gpu" and device.type == "cpu":
        raise ValueError("COURSE_PROFILE is gpu, but PyTorch sees no GPU here: unset it, or set it to cpu")
    if name == "cpu":
        device = torch.device("cpu")
    return Profile(name, device, best_precision(device))


def pick_device() -> torch.device:
    """CUDA if there is one, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


@functools.cache
def best_precision(device: torch.device) -> Precision:
    """The number format that training is fastest in without losing anything: "bf16", "fp16" or "fp32".

    On a CPU it is timed: with matrix units (AMX) bf16 is several times faster, without them often slower.
    """
    if device.type == "cuda":
        return "bf16" if torch.cuda.get_device_capability(device) >= (8, 0) else "fp16"
    if device.type == "cpu" and getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)():
        return "bf16" if _matmul_seconds(torch.bfloat16) < 0.7 * _matmul_seconds(torch.float32) else "fp32"
    return "fp32"


def _matmul_seconds(dtype: torch.dtype, size: int = 512, repeats: int = 5) -> float:
    a = torch.ones(size, size, dtype=dtype)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    return min(times)


def autocast(device: torch.device | str, precision: Precision) -> contextlib.AbstractContextManager:
    """The context in which a network runs in `precision`; weights and everything outside stay float32.

    Raises ValueError for an unknown precision.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}; got {precision!r}")
    if precision == "fp32":
        return contextlib.nullcontext()
    dtype = torch.bfloat16 if precision == "bf16" else torch.float16
    return torch.autocast(torch.device(device).type, dtype)


def describe(device: torch.device) -> str:
    """The device in words, such as “CPU with 2 threads”."""
    if device.type == "cuda":
        memory = torch.cuda.get_device_properties(device).total_memory / 2**30
        return f"{torch.cuda.get_device_name(device)} with {memory:.0f} GiB"
    if device.type == "mps":
        return "Apple GPU"
    return f"CPU with {torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"


def device_of(network: torch.nn.Module) -> torch.device:
    """Where a network's parameters are, and where what it is shown has to be; the CPU for one without any."""
    first = next(network.parameters(), None) if isinstance(network, torch.nn.Module) else None
    return torch.device("cpu") if first is None else first.device
