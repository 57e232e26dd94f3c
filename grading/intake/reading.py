"""Reading a file that a student handed in: any bytes become a list of plain cells, or one sentence saying why not.

Nothing of the student's metadata is trusted further on; only sources, cell types and the nbgrader hints survive.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field

from grading.cells import KEY
from grading.intake.scripts import cells_of
from grading.intake.signatures import kind_of
from grading.intake.slimming import slim
from grading.model import Repair

MAX_BYTES = 400_000_000  # a larger file is not opened
SLIM_FROM = 4_000_000  # from here on outputs are cut out before the JSON is parsed
MAX_CELLS = 2_000
MAX_SOURCE = 200_000  # characters a cell
MAX_ATTACHMENTS = 2_000_000  # characters of pasted images a cell

WIDE = (  # the longer marks first: that of UTF-32 begins as that of UTF-16 does
    ((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "utf-32"),
    ((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "utf-16"),
)
CONFLICT = re.compile(r"^<<<<<<<", re.MULTILINE)


@dataclass
class Cell:
    """One cell of a student's notebook, reduced to what intake may look at."""

    kind: str  # "code", "markdown" or "raw"
    source: str
    nbgrader: dict = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    attachments: dict = field(default_factory=dict)

    @property
    def claim(self) -> str | None:
        """The grade_id that the cell carries, whether or not it is the right one."""
        name = self.nbgrader.get("grade_id")
        return name if isinstance(name, str) else None


@dataclass
class Reading:
    """The cells of a file and what was odd about it; `problem` is set when there is nothing to mark."""

    cells: list[Cell] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    problem: str | None = None


def read(data) -> Reading:
    """Read `data`, the bytes (or a memory map) of a file; never raises on what is in it."""
    if not len(data):
        return Reading(problem="The file is empty (0 bytes); ask the student to send it again.")
    if len(data) > MAX_BYTES:
        megabytes = len(data) // 1_000_000
        return Reading(problem=f"The file has {megabytes} MB, over the limit of {MAX_BYTES // 1_000_000} MB.")
    reading = Reading()
    try:
        raw = bytes(data) if len(data) <= SLIM_FROM else slim(data)
    except ValueError as error:
        return Reading(problem=str(error))
    if len(raw) < len(data):
        cut = (len(data) - len(raw)) // 1_000_000
        reading.repairs.append(Repair("outputs-dropped", f"{cut} MB of stored outputs were left out."))
    if what := kind_of(raw):
        return Reading(problem=f"The file is {what}, not a notebook; ask for the .ipynb file.")
    if not raw.strip(b"\0 \t\r\n"):
        return Reading(problem="The file holds nothing but zero bytes or white space; ask the student to send it again.")
    text = decode(raw)
    for cell in _cells(text, reading):
        _keep(cell, reading)
    if len(reading.cells) > MAX_CELLS:
        reading.repairs.append(Repair("too-many-cells", f"Of {len(reading.cells)} cells only the first {MAX_CELLS} were read."))
        del reading.cells[MAX_CELLS:]
    if reading.problem is None and not any(cell.source.strip() for cell in reading.cells):
        reading.problem = "The notebook holds no cell with any text in it."
    return reading


def decode(raw: bytes) -> str:
    """Text from bytes in UTF-8, UTF-16 or UTF-32, with their marks or without, or, failing all, Latin-1."""
    for marks, encoding in WIDE:
        if raw.startswith(marks):
            return raw.decode(encoding, errors="replace")
    try:
        if b"\0" in raw[:4]:  # what begins with ASCII shows its width by its zeros
            return raw.decode(json.detect_encoding(raw))
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _cells(text: str, reading: Reading) -> list:
    """The raw cell objects in `text`, in any notebook format, salvaged one by one if the whole does not parse."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        if CONFLICT.search(text):
            detail = "Git's marks of a merge that was not finished (<<<<<<<) are in the file; the first side of each was taken."
            reading.repairs.append(Repair("salvaged", detail))
            return _cells(_first_side(text), reading)
        return _broken(text, error, reading)
    if not isinstance(notebook, dict):
        reading.problem = f"The file is JSON, but a {type(notebook).__name__} in place of a notebook."
        return []
    notebook = _unwrapped(notebook)
    metadata = notebook.get("metadata")
    if isinstance(metadata, dict) and "colab" in metadata:
        reading.repairs.append(Repair("colab", "Downloaded from Colab: its metadata and cell ids were dropped."))
    if isinstance(metadata, dict) and isinstance(metadata.get("widgets"), dict):
        state = metadata["widgets"].get("application/vnd.jupyter.widget-state+json", metadata["widgets"])
        if not (isinstance(state, dict) and "state" in state):
            reading.repairs.append(Repair("widgets", "Widget metadata without a state (it stops other tools) was dropped."))
    if isinstance(notebook.get("cells"), list):
        return notebook["cells"]
    sheets = notebook.get("worksheets")
    if isinstance(sheets, list):
        reading.repairs.append(Repair("old-format", "The notebook is in format 3 or older and was converted."))
        return [c for s in sheets if isinstance(s, dict) for c in _as_list(s.get("cells"))]
    reading.problem = "The file is JSON but holds no cells, so it is not a notebook."
    return []


def _first_side(text: str) -> str:
    """`text` without git's conflict marks and what stands between `=======` (or `|||||||`) and `>>>>>>>`."""
    kept, inside, first = [], False, True
    for line in text.split("\n"):
        mark = line[:7]
        if mark == "<<<<<<<":
            inside = first = True
        elif inside and mark in ("|||||||", "======="):
            first = False
        elif inside and mark == ">>>>>>>":
            inside, first = False, True
        elif first:
            kept.append(line)
    return "\n".join(kept)


def _unwrapped(notebook: dict) -> dict:
    """The notebook within, where a server's or a tool's answer was saved in its place ({"content": {…}, "type": "notebook"})."""
    inner = [value for value in notebook.values() if isinstance(value, dict) and ("cells" in value or "worksheets" in value)]
    return inner[0] if len(inner) == 1 and not ("cells" in notebook or "worksheets" in notebook) else notebook


def _broken(text: str, error: Exception, reading: Reading) -> list:
    """What can be saved from text that is not JSON: whole cells, or the cells of an exported script."""
    start = text.lstrip()[:200]
    decoder, cells, end, failures = json.JSONDecoder(), [], 0, 0
    for match in re.finditer(r'\{\s*"(?:cell_type|attachments|execution_count|id|metadata)"', text):
        if match.start() < end:
            continue
        try:
            cell, end = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            failures += 1
            if failures > 20:  # each failure may read to the end of the file
                break
            continue
        if isinstance(cell, dict) and "cell_type" in cell and ("source" in cell or "input" in cell):
            cells.append(cell)
    if cells:
        detail = f"The notebook is damaged ({_brief(error)}); {len(cells)} whole cells were saved from it."
        reading.repairs.append(Repair("salvaged", detail))
        return cells
    found, repairs = cells_of(text)
    if found:
        reading.repairs += repairs
        return found
    if start.startswith(("{", "[")):
        reading.problem = f"The notebook is damaged and no cell of it could be saved ({_brief(error)})."
    else:
        reading.problem = f"The file is not a notebook; it begins with {start[:40]!r}."
    return []


def _keep(raw, reading: Reading) -> None:
    """Add one raw cell object to the reading, if it is one."""
    if not isinstance(raw, dict):
        return
    kind = raw.get("cell_type")
    source = next((raw[key] for key in ("source", "input", "code") if key in raw), "")
    if isinstance(source, list):
        source = _joined([line for line in source if isinstance(line, str)])
    if not isinstance(source, str):
        source = ""
    source = plain(source)
    if kind == "heading":
        kind, source = "markdown", f"# {source}"
    if len(source) > MAX_SOURCE:
        detail = f"A cell of {len(source):,} characters was cut at {MAX_SOURCE:,}."
        reading.repairs.append(Repair("cell-cut", detail))
        source = source[:MAX_SOURCE]
    metadata = _as_dict(raw.get("metadata"))
    nbgrader = _as_dict(metadata.get(KEY))
    tags = tuple(tag for tag in _as_list(metadata.get("tags")) if isinstance(tag, str))
    kind = kind if kind in ("code", "markdown", "raw") else "markdown"
    reading.cells.append(Cell(kind, source, nbgrader, tags, _pictures(raw.get("attachments"))))


def _joined(lines: list[str]) -> str:
    """The text of a list of lines, from a tool that leaves their ends away as well."""
    return ("" if any("\n" in line for line in lines) else "\n").join(lines)


def _pictures(attachments) -> dict:
    """The pasted bitmap images among a cell's attachments, as nbformat keeps them."""
    kept: dict[str, dict[str, str]] = {}
    size = 0
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        for mime, data in bundle.items() if isinstance(bundle, dict) else ():
            if mime in ("image/png", "image/jpeg", "image/gif") and isinstance(data, str):
                size += len(data)
                if size <= MAX_ATTACHMENTS:
                    kept.setdefault(plain(name), {})[mime] = plain(data)
    return kept


def plain(text: str) -> str:
    """`text` with Unix line ends, without NUL characters and lone surrogates, so that it can be saved as UTF-8."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8")


def _as_dict(value) -> dict:
    return value if isinstance(value, dict) else {}


def _as_list(value) -> list:
    return value if isinstance(value, list) else []


def _brief(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)[:120]
