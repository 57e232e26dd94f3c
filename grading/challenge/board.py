"""The challenge's board: a CSV file that is added to, and a page made from it."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch

from grading.challenge.scoring import ChallengeEntry
from grading.results import pages, tables
from helpers.files import write_text

CSV, PAGE = "board.csv", "board.html"
COLUMNS = [field.name for field in fields(ChallengeEntry)]


def add(folder: Path, entries: list[ChallengeEntry]) -> list[ChallengeEntry]:
    """Put entries on the board in place of older ones of the same name and steps; returns the whole board, best first."""
    new = {(entry.name, entry.steps): entry for entry in entries}
    kept = [entry for entry in load(folder) if (entry.name, entry.steps) not in new]
    board = sorted([*kept, *new.values()], key=lambda entry: (entry.steps, entry.copies, entry.fid))
    tables.write(folder / CSV, COLUMNS, [asdict(entry) for entry in board])
    return board


def load(folder: Path) -> list[ChallengeEntry]:
    """The board of a folder; empty where there is none.

    Raises:
        ValueError: a file that is no board.
    """
    if not (folder / CSV).is_file():
        return []
    columns, rows = tables.read(folder / CSV)
    if columns != COLUMNS:
        raise ValueError(f"{folder / CSV} is no board: its columns are {', '.join(columns)}")
    kinds: dict[str, Callable] = {"steps": int, "n": int, "copies": lambda text: text == "true"}
    kinds |= dict.fromkeys(("fid", "low", "high", "legible", "near"), float)

    def values(row: dict[str, str]) -> dict[str, Any]:
        return {key: kinds.get(key, str)(value) for key, value in row.items()}

    return [ChallengeEntry(**values(row)) for row in rows]


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
    place = _strip(folder, entry)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(buffer.getvalue())


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
