"""`course status`: how far along the notebooks are, as `python -m helpers.status` says it to students."""

from __future__ import annotations

from helpers import status


def add_parser(subparsers) -> None:
    """`course status`."""
    parser = subparsers.add_parser("status", help="exercises done and points in the notebooks as last saved, and what comes next")
    status.add_arguments(parser)
    parser.set_defaults(run=status.run)
