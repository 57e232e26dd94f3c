"""Ways to start the process that hosts students' code: bubblewrap, a container, or (asked for by name) nothing at all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from grading.sandbox.inside.isolation import NODES
from grading.sandbox.standins import HELPERS

REPOSITORY = HELPERS.parent
NAMESPACES = [f"--unshare-{kind}" for kind in ("pid", "net", "ipc", "uts", "cgroup-try")]
FIRST_UID = 0x40000000  # far from any user that a machine has; each grader that root starts takes 65,536 from there on
IMAGE = "diffusion-course-sandbox"
INSTALL = (
    "No sandbox is available, so students' code would run with your rights. Install bubblewrap "
    "(Debian, Ubuntu: `apt install bubblewrap`; Fedora: `dnf install bubblewrap`), or podman or docker with the image of "
    "grading/sandbox/Containerfile. To mark on a throw-away machine without one, say --unsafe-no-sandbox."
)


class SandboxUnavailable(ValueError):
    """This machine has no way to seal students' code off; the message says what to install."""

    exit_code = 3  # of `course`, so that a script can tell it from bad input


@dataclass(frozen=True)
class Limits:
    """What one exercise may use. The CPU time is the kernel's to enforce, the wall-clock time the judge's."""

    cpu_seconds: int = 6
    wall_seconds: float = 20.0
    memory_mb: int = 2048  # beyond what the template maps
    file_mb: int = 32
    tmp_mb: int = 64


@dataclass
class Plan:
    """What to start: the folder that it is shown, and what it may use."""

    root: Path  # the folder that standins.build filled
    hide: tuple[Path, ...] = ()  # folders that must not be seen even when they lie below something that is shown
    limits: Limits = field(default_factory=Limits)

    def options(self, isolate: bool, site: list[str], first_uid: int = 0) -> str:
        return json.dumps({"isolate": isolate, "site": site, "first_uid": first_uid, **asdict(self.limits)})


class Bubblewrap:
    """Linux namespaces by way of `bwrap`: a warm template inside, one sealed-off child an exercise."""

    name = "bubblewrap"
    warm = True

    def command(self, plan: Plan, control: int) -> list[str]:
        """The bwrap command line; it shows the interpreter, its libraries and the stand-ins, all read-only."""
        shown = _shown_places()
        line = ["bwrap", *_namespaces(), "--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
        line += ["--proc", "/proc", "--perms", "1777", "--tmpfs", "/tmp", "--tmpfs", "/dev", "--dir", "/dev/shm"]
        for node in NODES:  # each session makes its own mounts of them read-only
            line += ["--dev-bind", node, node]
        for place in ("/bin", "/sbin", "/lib", "/lib64", "/lib32"):
            if os.path.islink(place):
                line += ["--symlink", os.readlink(place), place]
            elif os.path.isdir(place):
                line += ["--ro-bind", place, place]
        for place in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"):
            line += ["--ro-bind-try", place, place]
        for place in shown:
            for parent in reversed(place.parents[:-1]):  # whoever may enter them outside
                line += ["--perms", "0755", "--dir", str(parent)]
            line += ["--ro-bind", str(place), str(place)]
            for hidden in (*plan.hide, REPOSITORY):
                if place != hidden and place in hidden.parents:
                    line += ["--tmpfs", str(hidden)]
        inside: list[str] = []
        line += ["--perms", "0755", "--dir", "/site"]
        for number, site in enumerate(_site_folders()):
            inside.append(f"/site/{number}")  # wherever it lies outside, be it /tmp, which answers get anew
            line += ["--ro-bind", str(site), inside[-1]]
            line += [
                part for name in ("helpers", "grading") if (site / name).is_dir() for part in ("--tmpfs", f"{inside[-1]}/{name}")
            ]
        line += ["--ro-bind", str(plan.root), "/sandbox", "--ro-bind", str(HELPERS / "assets"), "/sandbox/helpers/assets"]
        for name, value in _environment().items():
            line += ["--setenv", name, value]
        line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", *_python(), "/sandbox/start.py"]
        return [*line, str(control), plan.options(isolate=True, site=inside, first_uid=_first_uid())]

    def problem(self) -> str | None:
        """Why it can't be used here, or None."""
        if shutil.which("bwrap") is None:
            return "bubblewrap (the command bwrap) is not installed"
        line = ["bwrap", *_namespaces(), "--ro-bind", "/", "/", "--proc", "/proc", "true"]
        tried = subprocess.run(line, capture_output=True, text=True, timeout=60)
        if tried.returncode == 0:
            return None
        hint = ""
        if Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").exists():
            hint = "; on Ubuntu try `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"
        return f"bubblewrap is installed but may not make namespaces here: {tried.stderr.strip()[:200]}{hint}"


class Container:
    """podman or docker: a fresh container for each exercise; seconds slower than bubblewrap, for machines without it."""

    warm = False

    def __init__(self, engine: str):
        self.name = engine

    def command(self, plan: Plan, label: str) -> list[str]:
        """The command line that runs one exercise, with its channel on standard input and output."""
        limits = plan.limits
        return [
            *(self.name, "run", "--rm", "--interactive", "--name", label, "--network", "none", "--read-only"),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "65534:65534", "--ipc", "private"),
            *("--pids-limit", "64", "--memory", f"{limits.memory_mb + 1024}m", "--ulimit", "core=0"),
            *("--tmpfs", f"/tmp:rw,nosuid,nodev,size={limits.tmp_mb}m"),
            *("--volume", f"{plan.root}:/sandbox:ro", "--volume", f"{HELPERS / 'assets'}:/sandbox/helpers/assets:ro"),
            *[part for name, value in _environment().items() for part in ("--env", f"{name}={value}")],
            *(IMAGE, "python", "-I", "-B", "/sandbox/start.py", "single", plan.options(isolate=False, site=[])),
        ]

    def stop(self, label: str) -> list[str]:
        """The command line that ends a container at once."""
        return [self.name, "kill", label]

    def problem(self) -> str | None:
        """Why it can't be used here, or None."""
        if shutil.which(self.name) is None:
            return f"{self.name} is not installed"
        tried = subprocess.run([self.name, "image", "inspect", IMAGE], capture_output=True, text=True, timeout=60)
        if tried.returncode == 0:
            return None
        return (
            f"{self.name} has no image {IMAGE}; build it with `{self.name} build -t {IMAGE} -f grading/sandbox/Containerfile .`"
        )


class Unsafe:
    """No isolation: students' code runs with the rights of whoever marks. Time and memory limits still hold."""

    name = "unsafe"
    warm = True

    def command(self, plan: Plan, control: int) -> list[str]:
        """The template's plain command line."""
        assets = plan.root / "helpers/assets"
        if not assets.is_symlink():
            assets.rmdir()
            assets.symlink_to(HELPERS / "assets")
        options = plan.options(isolate=False, site=[str(site) for site in _site_folders()])
        return [*_python(), str(plan.root / "start.py"), str(control), options]

    def problem(self) -> None:
        return None


def choose(wanted: str = "auto"):
    """The backend by name, or the first that works; raises SandboxUnavailable, which says what to install, when there is none."""
    known = {"bubblewrap": Bubblewrap(), "podman": Container("podman"), "docker": Container("docker"), "unsafe": Unsafe()}
    if wanted != "auto" and wanted not in known:
        raise ValueError(f"expected a sandbox among auto, {', '.join(known)}, got {wanted!r}")
    if wanted != "auto":
        problem = known[wanted].problem()
        if problem:
            raise SandboxUnavailable(f"the sandbox {wanted} can't be used: {problem}")
        return known[wanted]
    problems = []
    for name in ("bubblewrap", "podman", "docker"):
        problem = known[name].problem()
        if problem is None:
            return known[name]
        problems.append(problem)
    raise SandboxUnavailable(f"{INSTALL} (Tried: {'; '.join(problems)}.)")


def _namespaces() -> list[str]:
    """Namespaces and rights of the template's parent: none at all, or, for root, only that to become other users.

    An ordinary user needs a user namespace to make the others. Root doesn't, and would own the machine's files in one.
    """
    if os.geteuid() == 0:
        return [*NAMESPACES, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return ["--unshare-user", *NAMESPACES, "--cap-drop", "ALL", "--uid", "1000", "--gid", "1000"]


def _first_uid() -> int:
    """The first of the users that root's sessions run as; 0 where an ordinary user marks, whose sessions are that user's."""
    return FIRST_UID + os.getpid() % 10_000 * 65_536 if os.geteuid() == 0 else 0


def _python() -> list[str]:
    return [os.path.realpath(sys.executable), "-I", "-S", "-B"]


def _site_folders() -> list[Path]:
    """Where third-party packages lie; given to the interpreter inside by hand, for it runs no site module."""
    folders = [Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def _shown_places() -> list[Path]:
    """Folders that Python needs, outermost first, none within another."""
    wanted = [Path("/usr"), Path(sys.base_prefix).resolve(), Path(os.path.realpath(sys.executable)).parent]
    found: list[Path] = []
    for place in sorted(dict.fromkeys(wanted), key=lambda path: len(path.parts)):
        if not any(outer == place or outer in place.parents for outer in found):
            found.append(place)
    return found


def _environment() -> dict[str, str]:
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
