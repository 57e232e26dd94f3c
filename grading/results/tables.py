"""CSV files that a spreadsheet shows as text and never computes, written whole or not at all.

A cell that begins with =, +, - or @ is a formula to a spreadsheet, and so is what follows a semicolon, a tab or a line
end where another list separator is set. Text with such a beginning gets an apostrophe before it; `read` takes it away.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from pathlib import Path

from helpers.files import write_bytes

UNSEEN = r"\x01-\x08\x0b\x0c\x0e-\x20\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff"
BEGINNING = rf"['{UNSEEN}]*[=+\-@＝＋－＠](?=(?s:.))"
FORMULA = re.compile(rf"(^|[;\t\r\n])({BEGINNING})")
GUARDED = re.compile(rf"(^|[;\t\r\n])'({BEGINNING})")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?%?")


def safe_cell(value) -> str:
    """A CSV cell's text: numbers in short form, text with an apostrophe wherever a formula could begin."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:.10g}"
    text = str(value).replace("\0", "")
    return text if NUMBER.fullmatch(text) else FORMULA.sub(r"\1'\2", text)


def plain_cell(text: str) -> str:
    """The text that `safe_cell` was given."""
    return GUARDED.sub(r"\1\2", text)


def write(path: Path, columns: list[str], rows: list[dict], marked: bool = True) -> None:
    """Write rows (column → value) as a CSV file in UTF-8 for this user alone; a reader never sees half a file.

    `marked` puts the byte order mark before it that Excel needs and that Canvas's importer refuses.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows([safe_cell(row.get(column)) for column in columns] for row in rows)
    write_bytes(path, text.getvalue().encode("utf-8-sig" if marked else "utf-8", errors="replace"), private=True)


def separator_of(text: str) -> str:
    """What parts the cells of a table's first line: a comma, a semicolon or a tab."""
    return max(",;\t", key=text.partition("\n")[0].count)


def number(row: Mapping[str, str], column: str, place: str) -> float:
    """The number in a cell, with a point or a comma, as spreadsheets of some countries have it.

    Raises ValueError that names the place (the file and the line) for an empty cell and for what is no number.
    """
    try:
        found = float(row[column].strip().replace(",", "."))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"{place}: expected {column} as a number, got {row[column]!r}")
    return found


def read(path: Path, needed: tuple[str, ...] = ()) -> tuple[list[str], list[dict]]:
    """The columns and rows of a CSV file, apostrophes taken away, with whichever separator a spreadsheet saved it.

    Raises ValueError for a file that is no CSV in UTF-8, or that lacks a column of those `needed`.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", restval="", delimiter=separator_of(text))
        rows = [{key: plain_cell(value) for key, value in row.items() if key} for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is not a CSV file in UTF-8 ({error}): save it as CSV UTF-8") from error
    columns = list(reader.fieldnames or ())
    if missing := [name for name in needed if name not in columns]:
        raise ValueError(f"{path} has no column {' or '.join(missing)}; it has {', '.join(columns)[:300] or 'none'}")
    return columns, rows
