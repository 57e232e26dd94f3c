"""How far along are you? `python -m helpers.status` reads the saved notebooks: done, points, and what comes next.

Nothing is run: the cards under the checks, as last saved, say it.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers.console import escape_unknown_letters

CARD = re.compile(r"^(?P<name>\w+): .*\((?P<score>[\d.]+) of (?P<most>[\d.]+) points\)", re.MULTILINE)
NAME = re.compile(r"\d_\w+")  # of a notebook of the course; what follows it is a copy's
CALL = re.compile(r"^checks\.(\w+)\(", re.MULTILINE)


@dataclass(frozen=True)
class Standing:
    """An exercise that a check can mark: points earned, as last saved, and to be had."""

    name: str
    score: float
    most: float

    @property
    def done(self) -> bool:
        return self.score == self.most


def exercises(notebook: Path) -> list[Standing]:
    """The exercises of a saved notebook, in their order.

    Raises:
        ValueError: the file is no notebook.
    """
    try:
        return list(_standings(json.loads(notebook.read_text(encoding="utf-8"))["cells"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"{notebook} is no notebook, or damaged: save it again, or get a new copy") from None


def _standings(cells: list[dict]) -> Iterator[Standing]:
    for cell in cells:
        about = cell.get("metadata", {}).get("nbgrader", {})
        call = CALL.search("".join(cell.get("source", "")))
        if cell.get("cell_type") == "code" and about.get("grade") and call:
            score = next((float(card["score"]) for card in _cards(cell) if card["name"] == call[1]), 0.0)
            yield Standing(call[1], score, float(about["points"]))


def _cards(cell: dict) -> Iterator[re.Match]:
    for output in cell.get("outputs", []):
        for text in (output.get("text", ""), output.get("data", {}).get("text/plain", "")):
            yield from CARD.finditer("".join(text))


def report(folder: Path) -> str:
    """One line a notebook of the folder, the sum, and the first exercise that is not done.

    Raises:
        ValueError: no notebook with exercises is in the folder.
    """
    paths = sorted(folder.glob("[0-9]_*.ipynb"))
    copies = [path for path in paths if _original(path) != path and _original(path) in paths]
    books = {path.stem: found for path in paths if path not in copies and (found := exercises(path))}
    if not books:
        raise ValueError(f"no notebook of the course is in {folder}: name the folder that holds 1_energy.ipynb")
    lines, after = [], ""
    for name, found in books.items():
        done, score, most = sum(e.done for e in found), sum(e.score for e in found), sum(e.most for e in found)
        lines.append(f"{name:<20} {done:2} of {len(found):2} exercises done   {score:4g} of {most:4g} points")
        after = after or next((f"Next: {e.name}, in {name}.ipynb." for e in found if not e.done), "")
    every = [e for found in books.values() for e in found]
    lines.append(
        f"{'all':<20} {sum(e.done for e in every):2} of {len(every):2} exercises done   "
        f"{sum(e.score for e in every):4g} of {sum(e.most for e in every):4g} points"
    )
    lines.append(after or "All exercises that a check can mark are done.")
    lines += [f"Not counted, as {_original(path).name} lies beside it: {path.name}" for path in copies]
    return "\n".join([*lines, "(As last saved; exercises in words are not counted.)"])


def _original(path: Path) -> Path:
    """Of which notebook this one is a copy, by its name: of 3_ddpm.ipynb, as 3_ddpm-Copy1.ipynb and `3_ddpm (2).ipynb` are."""
    name = NAME.match(path.stem)
    return path.with_stem(name[0]) if name else path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, the one thing to say."""
    parser.add_argument("folder", type=Path, nargs="?", help="the notebooks' folder (default: notebooks/, or this one)")


def run(args: argparse.Namespace) -> int:
    """Print the report."""
    here = Path.cwd()
    print(report(args.folder or (here / "notebooks" if (here / "notebooks").is_dir() else here)))
    return 0


def main() -> int:
    """`python -m helpers.status`: what is wrong is one line, and exit 2."""
    parser = argparse.ArgumentParser(prog="python -m helpers.status", description=__doc__)
    add_arguments(parser)
    escape_unknown_letters()
    try:
        return run(parser.parse_args())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
