"""The learning platforms that marks go to: the options that name one, and the way to each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Way = TypeVar("Way")


def add_options(parser, ways: Mapping[str, str], required: bool = False) -> None:
    """An option for each platform in {name: help}, of which one may be given."""
    group = parser.add_mutually_exclusive_group(required=required)
    for name, text in ways.items():
        group.add_argument(f"--{name}", dest="platform", action="store_const", const=name, help=text)


def way_to(platform: str, ways: Mapping[str, Way]) -> Way:
    """The platform's among {name: way}; raises ValueError for a platform that has none."""
    if platform not in ways:
        raise ValueError(f"marks can't go to {platform!r} in this form; they can to: {', '.join(ways)}")
    return ways[platform]
