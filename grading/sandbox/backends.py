"""Ways to start the process that hosts students' code: bubblewrap, a container, or (asked for by name) nothing at all."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable

from grading.sandbox.bubblewrap import Bubblewrap
from grading.sandbox.choice import SEALED, UNSAFE
from grading.sandbox.plan import Backend, Plan, environment, python, site_folders
from grading.sandbox.standins import HELPERS

IMAGE = "diffusion-course-sandbox"
NO_IMAGE = re.compile(r"no such (image|object)|image not known|unable to find", re.IGNORECASE)  # the engines' words for it
PATIENCE = 60  # seconds for an engine's answer
INSTALL = (
    "No sandbox is available, so students' code would run with your rights. Install bubblewrap "
    "(Debian, Ubuntu: `apt install bubblewrap`; Fedora: `dnf install bubblewrap`), or podman or docker with the image of "
    "grading/sandbox/Containerfile. To mark on a throw-away machine without one, say --unsafe-no-sandbox."
)


class SandboxUnavailable(ValueError):
    """This machine has no way to seal students' code off; the message says what to install."""

    exit_code = 3  # of `course`, so that a script can tell it from bad input


class Container:
    """podman or docker: a fresh container for each exercise; seconds slower than bubblewrap, for machines without it."""

    warm = False

    def __init__(self, engine: str):
        self.name = engine

    def command(self, plan: Plan) -> list[str]:
        """The command line that runs one exercise, with its channel on standard input and output."""
        limits = plan.limits
        return [
            *(self.name, "run", "--rm", "--interactive", "--name", plan.label, "--network", "none", "--read-only"),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "65534:65534", "--ipc", "private"),
            *("--pids-limit", "64", "--memory", f"{limits.memory_mb + 1024}m", "--ulimit", "core=0"),
            *("--tmpfs", f"/tmp:rw,nosuid,nodev,size={limits.tmp_mb}m"),
            *("--volume", f"{plan.root}:/sandbox:ro", "--volume", f"{HELPERS / 'assets'}:/sandbox/helpers/assets:ro"),
            *[part for name, value in environment().items() for part in ("--env", f"{name}={value}")],
            *(IMAGE, "python", "-I", "-B", "/sandbox/start.py", "single", plan.options(isolate=False, site=[])),
        ]

    def stop(self, plan: Plan) -> list[str]:
        return [self.name, "kill", plan.label]

    def problem(self) -> str | None:
        """Why it can't be used here, or None."""
        if shutil.which(self.name) is None:
            return f"{self.name} is not installed"
        try:
            tried = subprocess.run([self.name, "image", "inspect", IMAGE], capture_output=True, text=True, timeout=PATIENCE)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{self.name} does not answer ({error})"
        if tried.returncode == 0:
            return None
        if not NO_IMAGE.search(tried.stderr):
            return f"{self.name} does not work here ({' '.join(tried.stderr.split())[:300] or f'exit code {tried.returncode}'})"
        return (
            f"{self.name} has no image {IMAGE}; build it with `{self.name} build -t {IMAGE} -f grading/sandbox/Containerfile .`"
        )


class Unsafe:
    """No isolation: students' code runs with the rights of whoever marks. Time and memory limits still hold."""

    name = UNSAFE
    warm = True

    def command(self, plan: Plan) -> list[str]:
        """The template's plain command line."""
        assets = plan.root / "helpers/assets"
        if not assets.is_symlink():
            assets.rmdir()
            assets.symlink_to(HELPERS / "assets")
        options = plan.options(isolate=False, site=[str(site) for site in site_folders()])
        return [*python(), str(plan.root / "start.py"), str(plan.control), options]

    def stop(self, plan: Plan) -> list[str]:
        return []

    def problem(self) -> None:
        return None


BACKENDS: dict[str, Callable[[], Backend]] = {
    "bubblewrap": Bubblewrap,
    "podman": lambda: Container("podman"),
    "docker": lambda: Container("docker"),
    UNSAFE: Unsafe,
}


def choose(wanted: str = "auto") -> Backend:
    """The backend by name, or the first that works; raises SandboxUnavailable, which says what to install, when there is none.

    An unknown name is a ValueError.
    """
    if wanted != "auto" and wanted not in BACKENDS:
        raise ValueError(f"expected a sandbox among auto, {', '.join(BACKENDS)}, got {wanted!r}")
    problems = []
    for name in SEALED if wanted == "auto" else (wanted,):
        backend = BACKENDS[name]()
        problem = backend.problem()
        if problem is None:
            return backend
        problems.append(problem)
    if wanted != "auto":
        raise SandboxUnavailable(f"the sandbox {wanted} can't be used: {problems[0]}")
    raise SandboxUnavailable(f"{INSTALL} (Tried: {'; '.join(problems)}.)")
