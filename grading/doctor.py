"""`course doctor`: can this machine teach and mark the course? A line for each part, fine or with what to do."""

from __future__ import annotations

import os
import shutil
import socket

from grading.notebooks.course import ROOT, SETTING, Address
from grading.rights import open_to_others
from grading.terminal import typed
from helpers.machine import PARTS, Finding, report, usable

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
USED = (
    *("nbgrader", "jupytext", "nbformat", "nbclient", "nbconvert", "sqlalchemy", "jinja2", "nh3", "yaml", "psutil"),
    *("dask", "distributed", "rapidfuzz"),
)
INSTALL = 'pip install -e ".[grading]" in the course\'s folder'
PORTS = {8888: "JupyterLab", 8786: "a Dask scheduler"}

ESSENTIAL = {"sandbox", "filter", "network", "sockets", "processes", "nodes", "files"}  # of the protections that are tried


def add_parser(subparsers) -> None:
    """`course doctor`."""
    parser = subparsers.add_parser("doctor", help="say what this machine has and what is missing, a line for each part")
    parser.set_defaults(run=run)


def run(args) -> int:
    """Print the lines; 0 if all is fine, else 1."""
    return report((*PARTS, packages_of_the_grader, address, git, sandbox, answers, browser, ports))


def packages_of_the_grader() -> Finding:
    """Whether the packages that only the instructor's commands use can be imported, and are new enough."""
    return usable("grader", USED, "all that the commands use", INSTALL, extra="grading")


def address() -> Finding:
    """Where students find the course, as course.yml says it."""
    try:
        said = Address.of(ROOT).base
    except ValueError as error:
        return Finding("address", False, f"{SETTING} can't be used", str(error))
    return Finding("address", True, said or f"{SETTING} names none, so the notebooks have no links")


def git() -> Finding:
    """Whether git is there, which `course release` asks for its files."""
    found = shutil.which("git")
    return Finding(
        "git", bool(found), found or "not found", "`course release` asks git which files belong to the course: install git"
    )


def sandbox() -> Finding:
    """What students' code would run in, and which protections hold there: tried from inside, not assumed."""
    from grading.sandbox.backends import SandboxUnavailable
    from grading.sandbox.guarantees import guarantees

    try:
        found = guarantees()
    except SandboxUnavailable as error:
        return Finding("sandbox", False, "none", str(error))
    except ValueError as error:
        return Finding("sandbox", False, "does not start", str(error))
    held = ", ".join(each.name for each in found if each.holds)
    more = ", ".join(each.name for each in found if not each.holds and each.name not in ESSENTIAL)
    lacking = "; ".join(each.meaning for each in found if not each.holds and each.name in ESSENTIAL)
    return Finding("sandbox", not lacking, f"holds: {held}" + (f"; not here: {more}" if more else ""), f"missing: {lacking}")


def answers() -> Finding:
    """Whether others who have an account here can read the answers and hidden tests."""
    others = _other_accounts() if open_to_others(ROOT / "solutions") else []
    who = f"{', '.join(others[:3])}{' and others' if len(others) > 3 else ''}"
    found = f"{who} can read solutions/" if others else "nobody else here can read them"
    return Finding("answers", not others, found, f"close the course's folder: {typed('chmod', 'o=', ROOT)}")


def _other_accounts() -> list[str]:
    """People's accounts on this machine but for this one, as far as the system lists them."""
    try:
        import pwd
    except ImportError:  # Windows
        return []
    people = [each for each in pwd.getpwall() if 1000 <= each.pw_uid < 60_000 and each.pw_uid != os.geteuid()]
    return [each.pw_name for each in people if not each.pw_shell.endswith(("nologin", "false"))]


def chromium() -> str | None:
    """Where the browser of the tests lies."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def browser() -> Finding:
    """Whether there is a browser for the tests."""
    found = chromium()
    return Finding("browser", bool(found), found or "not found", "only the browser's tests need it: install the package chromium")


def ports() -> Finding:
    """Whether the usual ports are free; the programs take others where they are not."""
    taken = []
    for port, user in PORTS.items():
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                taken.append(f"{port} ({user})")
    todo = "another server runs there: stop it, or give yours another with --port"
    return Finding(
        "ports", not taken, f"in use: {', '.join(taken)}" if taken else f"{' and '.join(map(str, PORTS))} are free", todo
    )
