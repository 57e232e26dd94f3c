"""What a sandbox is to start, and what each way to start it offers: `Plan` and `Backend`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from grading.sandbox.orders import Limits, Options


@dataclass(frozen=True)
class Plan:
    """What to start: the folder that it is shown, what it may use, and how it is spoken to."""

    root: Path  # the folder that standins.build filled
    hide: tuple[Path, ...] = ()  # folders that must not be seen even when they lie below something that is shown
    limits: Limits = field(default_factory=Limits)
    control: int = -1  # a template's descriptor for its control socket; a container speaks by its standard streams
    label: str = ""  # the name by which a container's engine knows it

    def options(self, isolate: bool, site: list[str], first_uid: int = 0) -> str:
        """The options of `start.py` as JSON."""
        return json.dumps(asdict(Options(isolate, site, first_uid, self.limits)))


class Backend(Protocol):
    """A way to start the process that hosts students' code."""

    @property
    def name(self) -> str:
        """The word for it on the command line and in reports."""
        ...

    @property
    def warm(self) -> bool:
        """Whether one template hosts all sessions; else each session is started by a command of its own."""
        ...

    def command(self, plan: Plan) -> list[str]:
        """The command line that starts the template, or the one session."""
        ...

    def stop(self, plan: Plan) -> list[str]:
        """The command line that ends what was started at once; empty where killing the process does that."""
        ...

    def problem(self) -> str | None:
        """Why it can't be used here, or None."""
        ...


def python() -> list[str]:
    """The command that starts an interpreter inside: isolated, without its site module, writing no bytecode."""
    return [os.path.realpath(sys.executable), "-I", "-S", "-B"]


def site_folders() -> list[Path]:
    """Where third-party packages lie; given to the interpreter inside by hand, for it runs no site module."""
    folders = [Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def environment() -> dict[str, str]:
    """All that the sandbox has for an environment: one thread, a fixed hash seed, no way out."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/tmp",
        "HF_HUB_OFFLINE": "1",
    }
