"""Can this machine run the course? `python -m helpers.machine` says so: a line for each part, and what to do about it."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

GIB = 2**30


@dataclass(frozen=True)
class Finding:
    """One part of the machine: whether it is all right, what was found, and what to do where it is not."""

    part: str
    fine: bool
    found: str
    todo: str = ""

    def __str__(self) -> str:
        line = f"{'ok  ' if self.fine else 'LOOK'}  {self.part:<11} {self.found}"
        return line if self.fine else f"{line}\n      {'':<11} → {self.todo}"


def python() -> Finding:
    """Whether this Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 10), f"{version} in {sys.prefix}", "the course needs Python 3.10 or newer")


def packages() -> Finding:
    """Whether what the notebooks use can be imported."""
    missing = []
    for name in ("torch", "torchvision", "matplotlib", "diffusers", "transformers", "safetensors", "ipywidgets"):
        try:
            importlib.import_module(name)
        except Exception as error:  # a package that is there and broken, too: whatever it raises is what to show
            missing.append(f"{name} ({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''})")
    found = "; ".join(missing) or "all that the notebooks use"
    return Finding("packages", not missing, found, "install the course again: pip install -e . in its folder")


def device() -> Finding:
    """PyTorch, what it computes on, and in which precision."""
    import torch

    from helpers import profile

    try:
        here = profile.current()
    except ValueError as error:
        return Finding("PyTorch", False, torch.__version__, str(error))
    return Finding("PyTorch", True, f"{torch.__version__} on {here}")


def memory() -> Finding:
    """Memory that is free, or all of it where the system does not say."""
    try:
        pages = "SC_AVPHYS_PAGES" if "SC_AVPHYS_PAGES" in os.sysconf_names else "SC_PHYS_PAGES"
        free = os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE") / GIB
    except (AttributeError, ValueError, OSError):  # Windows
        return Finding("memory", True, "not known on this system; the notebooks need 4 GiB")
    return Finding(
        "memory", free >= 2, f"{free:.1f} GiB free", "close other programs and other notebooks' kernels; 4 GiB are plenty"
    )


def disk() -> Finding:
    """Room for checkpoints and figures in the working folder."""
    free = shutil.disk_usage(Path.cwd()).free / GIB
    try:
        with tempfile.TemporaryFile(dir=Path.cwd()):
            writable = True
    except OSError:
        writable = False
    where = f"{free:.1f} GiB free in {Path.cwd()}{'' if writable else ', which cannot be written to'}"
    return Finding("disk", writable and free >= 1, where, "make room, or open the course in a folder that you may write to")


def course() -> Finding:
    """The shipped data and weights, and a check, used for real."""
    import torch

    try:
        from helpers import checks, pretrained, schedules
        from helpers.data import load_digits

        with checks.collecting() as results:
            checks.CHECKS["cosine_beta_schedule"](schedules.cosine_beta_schedule)
        digits, _ = load_digits("test")
        with torch.no_grad():
            pretrained.load_ddpm()[0](digits[:1], torch.zeros(1, dtype=torch.long))
    except Exception as error:  # any fault of an incomplete copy: name it
        return Finding(
            "course", False, f"{type(error).__name__}: {error}", "files are missing or damaged: get a new copy of the course"
        )
    return Finding(
        "course", results[0].status == "passed", f"{len(digits)} test digits, shipped weights, and a check that passes"
    )


PARTS: tuple[Callable[[], Finding], ...] = (python, packages, device, memory, disk, course)


def report(parts: Iterable[Callable[[], Finding]] = PARTS) -> int:
    """Print each part's finding; 0 if all are fine, else 1."""
    findings = []
    for part in parts:
        findings.append(part())
        print(findings[-1], flush=True)
    return 0 if all(finding.fine for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(report())
