"""What the judge orders of a template and what is reported to it: one dataclass a message, one JSON line each.

The control socket carries lines in both directions, some with a file descriptor attached. A container, which takes no orders,
reports in the same form on its standard error. Both ends import this module.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Limits:
    """What one exercise may use. The CPU time is the kernel's to enforce, the wall-clock time the judge's."""

    cpu_seconds: int = 6
    wall_seconds: float = 20.0
    memory_mb: int = 2048  # beyond what the template maps
    file_mb: int = 32
    tmp_mb: int = 64


@dataclass(frozen=True)
class Options:
    """How the process that `start.py` becomes is to behave, given on its command line and in preload.json."""

    isolate: bool  # whether each session gets namespaces of its own
    site: list[str]  # folders of third-party packages
    first_uid: int = 0
    limits: Limits = field(default_factory=Limits)  # of the one answer in a container; a template hears them with each
    preload: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    home: int = 0  # a handle on the template's pid namespace

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Options:
        """The inverse of dataclasses.asdict."""
        return cls(**{**plain, "limits": Limits(**plain["limits"])})


@dataclass(frozen=True)
class Preload:
    """Order: import these modules, parse these cells, then say Ready."""

    modules: list[str]
    known: list[str]


@dataclass(frozen=True)
class Listen:
    """Order: let other judges in by the listening socket that is attached."""


@dataclass(frozen=True)
class Host(Limits):
    """Order: start a session under these limits; its channel is attached."""

    number: int = 0


@dataclass(frozen=True)
class Ready:
    """Report: all is imported."""


@dataclass(frozen=True)
class Handle:
    """Report: a pidfd of the session's process is attached, where the kernel has such."""

    number: int


@dataclass(frozen=True)
class Started:
    """Report: the session's process is sealed off and about to run the answer, or (`error`) there is none."""

    number: int
    pid: int = 0
    error: str = ""


@dataclass(frozen=True)
class Ending:
    """Report: how a session's process ended, by which signal (0: none), and what it had used."""

    signal: int = 0
    cpu: float = 0.0  # seconds of processor time
    memory_mb: int = 0
    number: int = 0


Order = Preload | Listen | Host
Report = Ready | Handle | Started | Ending
_KINDS: dict[str, type[Order | Report]] = {
    kind.__name__: kind for kind in (Preload, Listen, Host, Ready, Handle, Started, Ending)
}


def line(message: Order | Report) -> bytes:
    """The message as a line of JSON."""
    return json.dumps({"message": type(message).__name__, **asdict(message)}).encode() + b"\n"


class Lines:
    """Messages out of bytes that come in pieces; `other` keeps the end of what is none, such as an engine's own words."""

    def __init__(self) -> None:
        self._rest, self.other = b"", b""

    def feed(self, data: bytes) -> list[Order | Report]:
        """The messages that these bytes complete."""
        *complete, self._rest = (self._rest + data).split(b"\n")
        return [message for text in complete if (message := self._parsed(text)) is not None]

    def _parsed(self, text: bytes) -> Order | Report | None:
        try:
            fields = json.loads(text)
            return _KINDS[fields.pop("message")](**fields)
        except (ValueError, KeyError, TypeError, AttributeError):
            self.other = (self.other + text + b"\n")[-2000:]
            return None
