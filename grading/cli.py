"""`course`, the instructor's command: one subcommand a module, each module adds its own parser."""

from __future__ import annotations

import argparse
import importlib
import io
import sys

from grading.terminal import quiet

COMMANDS = (
    "grading.notebooks.build",
    "grading.notebooks.release",
    "grading.intake.collect",
    "grading.marking.grade",
    "grading.marking.regrade",
    "grading.marks",
    "grading.results.export",
    "grading.results.class_report",
    "grading.giving_back",
    "grading.simulate.classroom",
    "grading.challenge.command",
    "grading.status",
    "grading.doctor",
)
EXTRA = 'pip install -e ".[grading]"'  # what to type where a package of the instructor's is missing


def parser() -> argparse.ArgumentParser:
    """The whole command line; each module of COMMANDS has `add_parser(subparsers)` and sets `run=function(args)`."""
    top = argparse.ArgumentParser(prog="course", description="Build, collect, grade and report the course's assignments.")
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(name).add_parser(subparsers)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand; what is wrong with the input or the machine is one line on stderr and exit 2, or its own exit code.

    A command that is stopped by Ctrl-C says how to go on.
    """
    for stream in (sys.stdout, sys.stderr):  # a console of code page 1252 has no letters for most of the world's names
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with quiet():
        return _run(argv)


def _run(argv: list[str] | None) -> int:
    command, again = "course", ""
    try:
        args = parser().parse_args(argv)
        command, again = f"course {args.command}", getattr(args, "again", "run it again")
        done = args.run(args) or 0
        sys.stdout.flush()
        return done
    except KeyboardInterrupt:
        print(f"\n{command}: stopped before its end{again and f'; {again}'}.", file=sys.stderr)
        return 130  # as a shell has it
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing in ("", "grading", "helpers"):
            raise
        print(f"{command}: the package {missing} is not installed. In the course's folder, type: {EXTRA}", file=sys.stderr)
    except ValueError as error:
        print(f"{command}: {error}", file=sys.stderr)
        return getattr(error, "exit_code", 2)
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        print(f"{command}: {where}{error.strerror or error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
