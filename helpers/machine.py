"""Can this machine run the course? `python -m helpers.machine` says so: a line for each part, and what to do about it."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from helpers.console import escape_unknown_letters

GIB = 2**30
USED = ("torch", "torchvision", "numpy", "scipy", "matplotlib", "diffusers", "transformers", "safetensors", "ipywidgets")


@dataclass(frozen=True)
class Finding:
    """One part of the machine: whether it is all right, what was found, and what to do where it is not."""

    part: str
    fine: bool
    found: str
    todo: str = ""

    def __str__(self) -> str:
        found, todo = (" ".join(text.splitlines()) for text in (self.found, self.todo))
        line = f"{'ok  ' if self.fine else 'LOOK'}  {self.part:<11} {found}"
        return line if self.fine else f"{line}\n      {'':<11} → {todo}"


def python() -> Finding:
    """Whether this Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 10), f"{version} in {sys.prefix}", "the course needs Python 3.10 or newer")


def packages() -> Finding:
    """Whether what the notebooks use can be imported, and is new enough."""
    return usable("packages", USED, "all that the notebooks use", "install the course again: pip install -e . in its folder")


def usable(part: str, names: Iterable[str], all_fine: str, todo: str, extra: str = "") -> Finding:
    """Whether modules can be imported, and what is installed has the versions that the course (and its `extra`) asks for."""
    wrong = []
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:  # a package that is there and broken, too: whatever it raises is what to show
            wrong.append(f"{name} ({raised(error)})")
    for wanted in required(extra):
        with contextlib.suppress(metadata.PackageNotFoundError):  # not installed: the imports have told it
            found = metadata.version(wanted.name)
            if not wanted.specifier.contains(found, prereleases=True):
                wrong.append(f"{wanted.name} {found} (the course needs {wanted.specifier})")
    return Finding(part, not wrong, "; ".join(wrong) or all_fine, todo)


def required(extra: str = "") -> list[Requirement]:
    """What the installed course asks for, without extras but this one; nothing where the course is not installed."""
    for name in ("diffusion-course", "diffusion-course-helpers"):  # the whole course, the students' copy
        with contextlib.suppress(metadata.PackageNotFoundError):
            wanted = map(Requirement, metadata.requires(name) or [])
            return [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": extra})]
    return []


def raised(error: Exception) -> str:
    """What was raised, in one line."""
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


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
        return Finding("course", False, raised(error), "files are missing or damaged: get a new copy of the course")
    return Finding(
        "course", results[0].status == "passed", f"{len(digits)} test digits, shipped weights, and a check that passes"
    )


PARTS: tuple[Callable[[], Finding], ...] = (python, packages, device, memory, disk, course)


def report(parts: Iterable[Callable[[], Finding]] = PARTS) -> int:
    """Print each part's finding, and of one that can't be tried what it raised; 0 if all are fine, else 1."""
    fine = True
    for part in parts:
        try:
            finding = part()
        except Exception as error:  # a broken machine breaks what looks at it: say so, and look at the rest
            finding = Finding(part.__name__, False, f"could not be tried ({raised(error)})", "put the lines above right first")
        print(finding, flush=True)
        fine = fine and finding.fine
    return 0 if fine else 1


def main() -> int:
    """`python -m helpers.machine`."""
    escape_unknown_letters()
    return report()


if __name__ == "__main__":
    sys.exit(main())
