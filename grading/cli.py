"""`course`, the instructor's command: one subcommand a module, each module adds its own parser."""

from __future__ import annotations

import argparse
import importlib
import sys

from grading.terminal import quiet
from helpers.console import escape_unknown_letters

COMMANDS = {
    "build": "grading.notebooks.build",
    "release": "grading.notebooks.release",
    "collect": "grading.intake.collect",
    "grade": "grading.marking.grade",
    "regrade": "grading.marking.regrade",
    "marks": "grading.marks",
    "export": "grading.results.export",
    "class": "grading.results.class_report",
    "feedback": "grading.giving_back",
    "simulate": "grading.simulate.classroom",
    "challenge": "grading.challenge.command",
    "status": "grading.status",
    "doctor": "grading.doctor",
}
EXTRA = 'pip install -e ".[grading]"'  # what to type where a package of the instructor's is missing


def parser(command: str = "") -> argparse.ArgumentParser:
    """The command line; each module of COMMANDS has `add_parser(subparsers)` and sets `run=function(args)`.

    Of a command that is known, its module alone is loaded: `course doctor` works where what others need is broken.
    """
    top = argparse.ArgumentParser(prog="course", description="Build, collect, grade and report the course's assignments.")
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in [COMMANDS[command]] if command in COMMANDS else COMMANDS.values():
        importlib.import_module(name).add_parser(subparsers)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand; what is wrong with the input or the machine is one line on stderr and exit 2, or its own exit code.

    A command that is stopped by Ctrl-C says how to go on.
    """
    escape_unknown_letters()
    with quiet():
        return _run(sys.argv[1:] if argv is None else argv)


def _run(argv: list[str]) -> int:
    command, again = "course", ""
    try:
        args = parser(*argv[:1]).parse_args(argv)
        command, again = f"course {args.command}", getattr(args, "again", "run it again")
        done = args.run(args) or 0
        sys.stdout.flush()
        return done
    except KeyboardInterrupt:
        print(f"\n{command}: stopped before its end{again and f'; {again}'}.", file=sys.stderr)
        return 130  # as a shell has it
    except ImportError as error:
        package = (error.name or "").split(".")[0]
        if package in ("grading", "helpers"):
            raise
        if isinstance(error, ModuleNotFoundError) and package:
            said = f"the package {package} is not installed. In the course's folder, type: {EXTRA}"
        else:
            said = f"the package {package} can't be used" if package else "a package can't be used"
            said += f" ({' '.join(str(error).split())}). `course doctor` says which; to install it again: {EXTRA}"
        print(f"{command}: {said}", file=sys.stderr)
    except ValueError as error:
        print(f"{command}: {error}", file=sys.stderr)
        return getattr(error, "exit_code", 2)
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        print(f"{command}: {where}{error.strerror or error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
