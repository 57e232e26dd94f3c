"""`course`, the instructor's command: one subcommand a module, each module adds its own parser."""

from __future__ import annotations

import argparse
import importlib
import sys

COMMANDS = (
    "grading.notebooks.build",
    "grading.notebooks.release",
    "grading.intake.collect",
    "grading.marking.grade",
    "grading.results.export",
    "grading.simulate.classroom",
    "grading.challenge.command",
)


def parser() -> argparse.ArgumentParser:
    """The whole command line; each module of COMMANDS has `add_parser(subparsers)` and sets `run=function(args)`."""
    top = argparse.ArgumentParser(prog="course", description="Build, collect, grade and report the course's assignments.")
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(name).add_parser(subparsers)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand; a ValueError (bad input) is one line on stderr and exit 2, or the exit code that it carries."""
    args = parser().parse_args(argv)
    try:
        return args.run(args) or 0
    except ValueError as error:
        print(f"course {args.command}: {error}", file=sys.stderr)
        return getattr(error, "exit_code", 2)


if __name__ == "__main__":
    sys.exit(main())
