"""Which sandbox the command line asks for: names alone, so that any machine can list the options, and at once."""

from __future__ import annotations

import sys

SEALED = ("bubblewrap", "podman", "docker")  # in the order in which they are tried
UNSAFE = "unsafe"  # none at all: must be asked for


def add_options(parser, what: str, doing: str) -> None:
    """--sandbox and --unsafe-no-sandbox; `what` runs in it, and `doing` it without one is the risk."""
    choice = parser.add_mutually_exclusive_group()
    sandbox = f"what {what} in (default: auto, the first of the others that works here)"
    choice.add_argument("--sandbox", default="auto", choices=("auto", *SEALED), help=sandbox)
    none = f"{doing} with your own rights: only on a machine to lose"
    choice.add_argument("--unsafe-no-sandbox", action="store_true", help=none)


def asked_for(args) -> str:
    """The name of the backend that was asked for, or "auto"; says what it risks where that is none."""
    if not args.unsafe_no_sandbox:
        return args.sandbox
    print("No sandbox: what students handed in can read, change and send whatever you can.", file=sys.stderr)
    return UNSAFE
