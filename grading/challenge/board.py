"""The challenge's board: a CSV file that is added to, and a page made from it."""

from __future__ import annotations

import base64
import io
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_type_hints

import torch

from grading.challenge.scoring import ChallengeEntry
from grading.results import pages, tables
from helpers.files import write_bytes, write_text

CSV, PAGE = "board.csv", "board.html"
COLUMNS: dict[str, type] = get_type_hints(ChallengeEntry)


def add(folder: Path, entries: list[ChallengeEntry]) -> list[ChallengeEntry]:
    """Put entries on the board in place of older ones of the same name and steps; returns the whole board, best first.

    The caller holds the folder (`grading.locks.locked`): of two that add at once one would lose its entries.
    """
    new = {(entry.name, entry.steps): entry for entry in entries}
    kept = [entry for entry in load(folder) if (entry.name, entry.steps) not in new]
    board = sorted([*kept, *new.values()], key=lambda entry: (entry.steps, entry.copies, entry.fid))
    tables.write(folder / CSV, list(COLUMNS), [asdict(entry) for entry in board])
    return board


def load(folder: Path) -> list[ChallengeEntry]:
    """The board of a folder; empty where there is none.

    Raises:
        ValueError: a file that is no board, or a line with a word where a number belongs.
    """
    if not (folder / CSV).is_file():
        return []
    columns, rows = tables.read(folder / CSV)
    if columns != list(COLUMNS):
        raise ValueError(f"{folder / CSV} is no board: its columns are {', '.join(columns)}")
    return [_entry(row, f"{folder / CSV}, line {line}") for line, row in enumerate(rows, 2)]


def _entry(row: dict[str, str], place: str) -> ChallengeEntry:
    def value(name: str, kind: type) -> Any:
        if kind is bool:
            return row[name].lower() == "true"
        return row[name] if kind is str else kind(tables.number(row, name, place))

    return ChallengeEntry(**{name: value(name, kind) for name, kind in COLUMNS.items()})


def write_page(folder: Path, board: list[ChallengeEntry], floor: float) -> Path:
    """The board as a page, with the first pictures of each entry where they were kept; returns its path."""
    shown = {(entry.name, entry.steps): _picture(folder, entry) for entry in board}
    steps = sorted({entry.steps for entry in board})
    text = pages.render("challenge.html.j2", board=board, steps=steps, shown=shown, floor=floor)
    write_text(folder / PAGE, text)
    return folder / PAGE


def keep_pictures(folder: Path, entry: ChallengeEntry, pictures: torch.Tensor, count: int = 16) -> None:
    """Keep the first pictures of an entry beside the board, as one strip."""
    from PIL import Image

    strip = ((pictures[:count, 0].clamp(-1, 1) + 1) * 127.5).round().byte()
    buffer = io.BytesIO()
    Image.fromarray(torch.cat(list(strip), dim=1).numpy()).save(buffer, "PNG")
    write_bytes(_strip(folder, entry), buffer.getvalue())


def _strip(folder: Path, entry: ChallengeEntry) -> Path:
    return folder / "pictures" / f"{entry.sha256[:16]}-{entry.steps}.png"


def _picture(folder: Path, entry: ChallengeEntry) -> str:
    place = _strip(folder, entry)
    return base64.b64encode(place.read_bytes()).decode() if place.is_file() else ""


def as_text(board: list[ChallengeEntry], steps: tuple[int, ...], floor: float) -> str:
    """The board of some numbers of steps, for the terminal."""
    lines = []
    for count in steps:
        lines.append(f"{count} step{'s' * (count > 1)} (real digits: FID {floor:.1f})")
        for place, entry in enumerate((entry for entry in board if entry.steps == count), 1):
            interval = f"[{entry.low:.1f}, {entry.high:.1f}]"
            remark = f"  COPIES: {100 * entry.near:.0f} % lie near a training digit" if entry.copies else ""
            lines.append(f"{place:4}  {entry.name:28} FID {entry.fid:6.1f} {interval:16} legible {entry.legible:.2f}{remark}")
    return "\n".join(lines)
