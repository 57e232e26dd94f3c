"""The first of the backends: Linux namespaces by way of `bwrap`, which needs no rights and shows only what is named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from grading.sandbox.inside.isolation import NODES
from grading.sandbox.plan import Plan, environment, python, site_folders
from grading.sandbox.standins import HELPERS

REPOSITORY = HELPERS.parent
NAMESPACES = [f"--unshare-{kind}" for kind in ("pid", "net", "ipc", "uts", "cgroup-try")]
FIRST_UID = 0x40000000  # far from any user that a machine has; each grader that root starts takes 65,536 from there on


class Bubblewrap:
    """Linux namespaces by way of `bwrap`: a warm template inside, one sealed-off child an exercise."""

    name = "bubblewrap"
    warm = True

    def command(self, plan: Plan) -> list[str]:
        """The bwrap command line; it shows the interpreter, its libraries and the stand-ins, all read-only."""
        shown = _shown_places()
        line = ["bwrap", *_namespaces(), "--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
        line += ["--proc", "/proc", "--perms", "1777", "--tmpfs", "/tmp", "--tmpfs", "/dev", "--dir", "/dev/shm"]
        for node in NODES:  # each session makes its own mounts of them read-only
            line += ["--dev-bind", node, node]
        for system in ("/bin", "/sbin", "/lib", "/lib64", "/lib32"):
            if os.path.islink(system):
                line += ["--symlink", os.readlink(system), system]
            elif os.path.isdir(system):
                line += ["--ro-bind", system, system]
        for setting in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"):
            line += ["--ro-bind-try", setting, setting]
        for place in shown:
            for parent in reversed(place.parents[:-1]):  # whoever may enter them outside
                line += ["--perms", "0755", "--dir", str(parent)]
            line += ["--ro-bind", str(place), str(place)]
            for hidden in (*plan.hide, REPOSITORY):
                if place != hidden and place in hidden.parents:
                    line += ["--tmpfs", str(hidden)]
        inside: list[str] = []
        line += ["--perms", "0755", "--dir", "/site"]
        for number, site in enumerate(site_folders()):
            inside.append(f"/site/{number}")  # wherever it lies outside, be it /tmp, which answers get anew
            line += ["--ro-bind", str(site), inside[-1]]
            line += [
                part for name in ("helpers", "grading") if (site / name).is_dir() for part in ("--tmpfs", f"{inside[-1]}/{name}")
            ]
        line += ["--ro-bind", str(plan.root), "/sandbox", "--ro-bind", str(HELPERS / "assets"), "/sandbox/helpers/assets"]
        for name, value in environment().items():
            line += ["--setenv", name, value]
        line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", *python(), "/sandbox/start.py"]
        return [*line, str(plan.control), plan.options(isolate=True, site=inside, first_uid=_first_uid())]

    def stop(self, plan: Plan) -> list[str]:
        return []

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


def _shown_places() -> list[Path]:
    """Folders that Python needs, outermost first, none within another."""
    wanted = [Path("/usr"), Path(sys.base_prefix).resolve(), Path(os.path.realpath(sys.executable)).parent]
    found: list[Path] = []
    for place in sorted(dict.fromkeys(wanted), key=lambda path: len(path.parts)):
        if not any(outer == place or outer in place.parents for outer in found):
            found.append(place)
    return found
