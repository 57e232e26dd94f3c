"""The sheets that platforms hand out and take back: read as they are, filled in, and written in the very same form.

A sheet keeps its separator, its byte order mark and each cell that is not ours to the letter: two columns of one name, a
colleague's feedback that begins with a dash, a translated header. Only what we fill in is made safe for a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from grading.intake.signatures import kind_of
from grading.results.destinations import way_to
from grading.results.tables import safe_cell, separator_of
from helpers.files import write_bytes

NUMBER = re.compile(r"\d+([.,]\d+)?")
DECIMAL = re.compile(r"\d+[.,]\d\d")
NO = (
    "no",
    "non",
    "nein",
    "não",
    "nee",
    "nej",
    "nei",
    "ei",
    "ne",
    "nie",
    "nu",
    "nem",
    "hayır",
    "όχι",
    "нет",
    "ні",
    "いいえ",
    "否",
)
BLACKBOARD = re.compile(r"(?P<name>.+?) \[Total Pts: (?:up to )?(?P<most>\d+(?:[.,]\d+)?)[^\]]*\](?: *\|\d+)?")
BRIGHTSPACE = re.compile(r"(?P<name>.+?) Points Grade(?: *<(?:.*?MaxPoints:(?P<most>\d+(?:[.,]\d+)?))?[^>]*>)?")
NUMBERED = re.compile(r"\D*\d+")
IDENTIFIER = re.compile(r"\D*(\d+)(?:[.,]0+)?")  # a table that once was one of numbers writes 2001.0
POSSIBLE = "points possible"  # Canvas's row of maxima; it is in English everywhere


@dataclass
class Sheet:
    """A table as it lay in the file: rows of cells, the first row apart; `comma` when its numbers have a decimal comma."""

    columns: list[str]
    rows: list[list[str]]
    separator: str = ","
    marked: bool = False  # begins with a byte order mark
    encoding: str = "utf-8"
    comma: bool = False

    def find(self, *names: str) -> list[int]:
        """Where columns of these names stand."""
        return [i for i, column in enumerate(self.columns) if column.strip() in names]

    def cells(self, column: int) -> list[str]:
        """The cells of a column that are not empty."""
        return [row[column] for row in self.rows if row[column].strip()]

    def put(self, row: list[str], column: int, value) -> None:
        """Fill in a cell of ours, a number as the sheet writes its own: a German spreadsheet takes 3.75 for a date."""
        text = safe_cell(value)
        row[column] = text.replace(".", ",") if self.comma and not isinstance(value, str) else text


def read(path: Path) -> Sheet:
    """Read a sheet in UTF-8, or in UTF-16 with its mark, as Blackboard writes its tabs; raises ValueError for any other file."""
    raw = Path(path).read_bytes()
    if what := kind_of(raw):
        raise ValueError(f"{path} is {what}, not a CSV file: take the platform's own export, or save it as CSV UTF-8")
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
        separator = separator_of(text)
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        said = f"{path} is not a CSV file in UTF-8 ({error})"
        raise ValueError(f"{said}: take the platform's own export, or save it as CSV UTF-8") from error
    if not rows:
        raise ValueError(f"{path} is empty: export it from the platform again")
    width = max(map(len, rows))
    columns, *rest = ([*row, *[""] * (width - len(row))] for row in rows)
    marks = {cell.strip()[-3:-2] for row in rest for cell in row if DECIMAL.fullmatch(cell.strip())}
    return Sheet(columns, rest, separator, raw.startswith(b"\xef\xbb\xbf"), "utf-16" if wide else "utf-8", marks == {","})


def write(path: Path, sheet: Sheet) -> None:
    """Write a sheet in its own form for this user alone; a reader never sees half a file.

    Canvas's importer takes a byte order mark for a part of the first header, and refuses one before a quotation mark: the mark
    is written only where the sheet had one and its header needs no quotes.
    """
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=sheet.separator, lineterminator="\r\n").writerows([sheet.columns, *sheet.rows])
    marked = sheet.marked and not text.getvalue().startswith('"')
    write_bytes(path, text.getvalue().encode("utf-8-sig" if marked else sheet.encoding, errors="replace"), private=True)


def letters(name: str) -> str:
    """A name's letters in one order: "lovelaceada" and "Lovelace, Ada" have the same, however a system writes an accent."""
    return "".join(sorted(filter(str.isalpha, unicodedata.normalize("NFKC", name.casefold()))))


def number(text: str) -> float | None:
    """A number as sheets write it, with a point or a comma, else None."""
    return float(text.strip().replace(",", ".")) if NUMBER.fullmatch(text.strip()) else None


def one_column(sheet: Sheet, found: list[int], wanted: str, path: Path, option: str) -> int:
    """The one column among `found`; raises ValueError that names the option to say which."""
    if len(found) == 1:
        return found[0]
    have = ", ".join(sheet.columns)[:300]
    count = f"{len(found)} columns" if found else "no column"
    raise ValueError(f"{path} should have the columns {wanted}, exactly once; it has {count} that could be meant ({have}). "
                     f"Say which with {option}")  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """Which columns of a sheet say who, what mark, of how many, and where feedback goes (None where there is none)."""

    who: int
    mark: int
    names: tuple[int, ...] = ()
    maximum: float | None = None
    feedback: int | None = None
    locked: int | None = None  # says whether the platform takes a grade at all
    words: bool = False  # the platform tells students by a name of letters, not by a number
    by_name: bool = False  # the number in the sheet is another than in the downloads: only the name tells

    def number(self, row: list[str]) -> str:
        """What the platform calls the student of a row."""
        if self.by_name:
            return letters(self.name(row))
        cell = row[self.who].strip()
        found = IDENTIFIER.fullmatch(cell)
        return cell if self.words else found[1] if found else ""

    def name(self, row: list[str]) -> str:
        """The name in a row."""
        return " ".join(row[column] for column in self.names)

    def closed(self, row: list[str]) -> str:
        """Why the platform takes no mark in a row, in its own word for it; nothing where it does."""
        if row[self.mark].strip().upper() == "EX":  # Canvas's word for excused
            return "excused"
        return "locked" if self.locked is not None and row[self.locked].strip().casefold() in NO else ""


def layout(platform: str, sheet: Sheet, path: Path, assignment: str, column: str | None = None) -> Layout:
    """The layout of a platform's sheet; raises ValueError where a column that it needs is missing or there twice.

    So it does for a platform that hands out no sheet.
    """
    ways = {
        "moodle": lambda: moodle_layout(sheet, path, column),
        "canvas": lambda: canvas_layout(sheet, path, assignment, column),
        "blackboard": lambda: blackboard_layout(sheet, path, assignment, column),
        "brightspace": lambda: brightspace_layout(sheet, path, assignment, column),
    }
    return way_to(platform, ways)()


def moodle_layout(sheet: Sheet, path: Path, column: str | None = None) -> Layout:
    """Moodle's grading worksheet, in whichever language: translated headers are told by what stands under them.

    The identifier is a word and the participant's number; the maximum is one number all the way down; the mark stands left of it.
    Raises ValueError for a sheet of words, in place of points, and where a column is missing or there twice.
    """
    who = sheet.find("Identifier") or [i for i in range(len(sheet.columns)) if _all(sheet, i, NUMBERED)][:1]
    most = sheet.find("Maximum Grade", "Maximum grade") or _constant(sheet)
    marks = sheet.find(column) if column else sheet.find("Grade") or [i - 1 for i in most if i > 0]
    last = len(sheet.columns) - 1
    known = sheet.find("Feedback comments") or ([last] if not sheet.find("Identifier") and most and last > most[0] + 1 else [])
    wanted = "Identifier and " + (column or "Grade")
    who_at = one_column(sheet, who, wanted, path, "--column")
    mark = one_column(sheet, marks, wanted, path, "--column")
    names = sheet.find("Full name") or ([who_at + 1] if who_at + 1 < len(sheet.columns) and who_at + 1 != mark else [])
    maximum = number(sheet.cells(most[0])[0]) if len(most) == 1 and sheet.cells(most[0]) else None
    if sheet.find("Scale") and not most:
        raise ValueError(f"{path} is of an assignment graded on a scale, and Moodle would skip numbers: have it graded in points")
    locked = sheet.find("Grade can be changed") or [i + 1 for i in most[:1] if i < last]  # it stands beside the maximum
    return Layout(who_at, mark, tuple(names[:1]), maximum, known[0] if known else None, locked[0] if locked else None)


def canvas_layout(sheet: Sheet, path: Path, assignment: str, column: str | None = None) -> Layout:
    """Canvas's gradebook: the assignment's column bears its name, with Canvas's number of it in brackets."""
    marks = [i for i, title in enumerate(sheet.columns) if _bare(title) == assignment]
    if column:
        marks = sheet.find(column) or [i for i, title in enumerate(sheet.columns) if _bare(title) == column]
    wanted = f"ID and {column or f'{assignment} (…)'}"
    who = one_column(sheet, sheet.find("ID"), wanted, path, "--column")
    mark = one_column(sheet, marks, wanted, path, "--column")
    names = sheet.find("Student") or sheet.find("LastName", "FirstName")  # as the gradebook's settings have it
    possible = [row[mark] for row in sheet.rows if POSSIBLE in (cell.strip().lower() for cell in row[:who])]
    return Layout(who, mark, tuple(names), number(possible[0]) if possible else None)


def _bare(title: str) -> str:
    """A column's title without Canvas's number of the assignment."""
    return re.sub(r" \(\d+\)$", "", title.strip())


def blackboard_layout(sheet: Sheet, path: Path, assignment: str, column: str | None = None) -> Layout:
    """Blackboard's grade book ("Work Offline", "Download"): `3_ddpm [Total Pts: 25 Score] |664617`, a student's user name.

    The number after the bar is Blackboard's own of the column and must come back as it was.
    """
    titles = [BLACKBOARD.fullmatch(title.strip()) for title in sheet.columns]
    marks = [i for i, title in enumerate(titles) if title and title["name"] == assignment]
    if column:
        marks = sheet.find(column) or [i for i, title in enumerate(titles) if title and title["name"] == column]
    wanted = f"Username and {column or f'{assignment} [Total Pts: …] |…'}"
    who = one_column(sheet, sheet.find("Username"), wanted, path, "--column")
    mark = one_column(sheet, marks, wanted, path, "--column")
    said = sheet.find("Feedback to Learner", "Feedback to User")
    title = titles[mark]
    most = number(title["most"]) if title else None
    return Layout(who, mark, (), most, said[0] if len(said) == 1 else None, words=True)


def brightspace_layout(sheet: Sheet, path: Path, assignment: str, column: str | None = None) -> Layout:
    """Brightspace's grades ("Enter Grades", "Export"): `3_ddpm Points Grade <Numeric MaxPoints:25 …>`, first and last name.

    Its numbers of students are others than those in its downloads. Raises ValueError where a column is missing or there twice.
    """
    titles = [BRIGHTSPACE.fullmatch(title.strip()) for title in sheet.columns]
    marks = [i for i, title in enumerate(titles) if title and title["name"] == (column or assignment)]
    marks = marks or (sheet.find(column) if column else [])
    wanted = f"First Name, Last Name and {column or f'{assignment} Points Grade <…>'}"
    names = (*sheet.find("First Name"), *sheet.find("Last Name"))
    if len(names) != 2:
        raise ValueError(f"{path} should have one First Name and one Last Name: tick both under User Details when you export it")
    mark = one_column(sheet, marks, wanted, path, "--column")
    title = titles[mark]
    most = number(title["most"]) if title and title["most"] else None
    return Layout(names[0], mark, names, most, by_name=True)


def _all(sheet: Sheet, column: int, pattern: re.Pattern) -> bool:
    cells = sheet.cells(column)
    return bool(cells) and all(pattern.fullmatch(cell.strip()) for cell in cells) and not all(map(number, cells))


def _constant(sheet: Sheet) -> list[int]:
    """The columns that hold one and the same number in every row."""
    found = []
    for column in range(1, len(sheet.columns)):
        values = {number(cell) for cell in sheet.cells(column)}
        if len(values) == 1 and None not in values and len(sheet.cells(column)) == len(sheet.rows):
            found.append(column)
    beside = len(found) == 2 and found[1] == found[0] + 1  # all have one and the same mark: the maximum is on its right
    return found[1:] if beside else found
