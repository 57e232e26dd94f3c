"""What came in a notebook's place: another assignment, another encoding, another kind of file."""

import json

import nbformat
import pytest

from grading.intake import cleaning
from grading.notebooks.course import ROOT
from tests.submissions import as_bytes, release, submission


def test_the_notebook_of_another_assignment_is_never_marked():
    books = {path.stem: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    releases = {name: nbformat.read(path, as_version=4) for name, path in books.items()}
    assert len(releases) >= 7
    for name, book in books.items():
        bare = json.loads(book.read_text(encoding="utf-8"))
        for cell in bare["cells"]:
            cell["metadata"] = {}
        for data in (book.read_bytes(), json.dumps(bare).encode()):
            read = [other for other, release in releases.items() if cleaning.clean(data, release, other).problem is None]
            assert read == [name]


def test_lines_without_their_ends_are_lines():
    book = json.loads(as_bytes(submission()))
    for cell in book["cells"]:
        cell["source"] = "".join(cell["source"]).split("\n")
    whole = cleaning.clean(as_bytes(submission()), release())
    assert [c.source for c in cleaning.clean(json.dumps(book).encode(), release()).notebook.cells] == [
        c.source for c in whole.notebook.cells
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_without_a_mark_are_read(encoding):
    data = as_bytes(submission()).decode().encode(encoding)
    assert cleaning.clean(data, release()).problem is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"7z\xbc\xaf\x27\x1c", "7z archive"),
        (b"Rar!\x1a\x07\x01\0", "RAR archive"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n", "kept elsewhere"),
        (b"[InternetShortcut]\nURL=https://example.org\n", "link"),
        (b"<!-- saved from url=(0014)about:internet -->\n<html>", "web page"),
        (b"{\\rtf1\\ansi}", "text processor"),
        (b"\0" * 4096, "zero bytes"),
        (b" \n\n ", "white space"),
    ],
)
def test_what_came_in_a_notebooks_place_is_named(data, said):
    assert said in cleaning.clean(data, release()).problem
