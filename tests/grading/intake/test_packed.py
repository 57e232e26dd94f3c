"""Archives that a student packed are known by their contents, whatever they are called, and open within limits."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from grading.intake.collect import collect
from tests.submissions import as_bytes, submission

BOOK = as_bytes(submission())


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(mode, files, link=False):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        if link:
            info = tarfile.TarInfo("x.ipynb")
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
    return out.getvalue()


def collected(tmp_path, name, data):
    """The files that come of one file handed in, and the kinds of note."""
    folder = tmp_path / "in" / "ada"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)
    (student,) = collect(tmp_path / "in", "3_ddpm", tmp_path / "out")
    files = {path.name: path.read_bytes() for path in (tmp_path / "out" / "ada").iterdir()}
    return files, [repair.kind for repair in student.repairs]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("3_ddpm.ipynb", zipped(**{"3_ddpm.ipynb": BOOK})),
        ("homework", zipped(**{"work/3_ddpm.ipynb": BOOK, "__MACOSX/work/._3_ddpm.ipynb": b"\0"})),
        ("homework.tar.gz", tarred("w:gz", {"work/3_ddpm.ipynb": BOOK})),
        ("homework.tgz", tarred("w:gz", {"3_ddpm.ipynb": BOOK, "._3_ddpm.ipynb": b"\0"})),
        ("homework.tar.xz", tarred("w:xz", {"3_ddpm.ipynb": BOOK})),
        ("homework.tar", tarred("w:", {"3_ddpm.ipynb": BOOK, "plot.png": b"\x89PNG"})),
        ("3_ddpm.ipynb.gz", gzip.compress(BOOK)),
        ("3_ddpm.ipynb.bz2", bz2.compress(BOOK)),
        ("3_ddpm.ipynb.xz", lzma.compress(BOOK)),
    ],
)
def test_the_notebook_comes_out(tmp_path, name, data):
    files, kinds = collected(tmp_path, name, data)
    assert files == {"3_ddpm.ipynb": BOOK}
    assert kinds == ["unpacked"]


def test_an_office_document_is_a_file_and_no_archive(tmp_path):
    data = zipped(**{"[Content_Types].xml": b"<x/>", "word/document.xml": b"<w/>"})
    assert collected(tmp_path, "answers.docx", data) == ({"0-answers.docx": data}, [])


@pytest.mark.parametrize(
    "start", [gzip.compress(BOOK)[:40], b"PK\x03\x04 and no more", b"BZh91AY&SY\0\0\0"], ids=["gzip", "zip", "bzip2"]
)
def test_a_broken_archive_costs_itself(tmp_path, start):
    assert collected(tmp_path, "3_ddpm.ipynb", start) == ({}, ["not-copied"])


def test_what_a_compressed_file_unpacks_to_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("grading.intake.collect.MAX_STUDENT", 3_000_000)
    assert collected(tmp_path, "x.ipynb.gz", gzip.compress(b" " * 9_000_000)) == ({}, ["not-copied"])


def test_no_path_and_no_link_leads_out_of_a_tar(tmp_path):
    files, kinds = collected(tmp_path, "x.tar.gz", tarred("w:gz", {"../../up.ipynb": BOOK, "3_ddpm.ipynb": BOOK}, link=True))
    assert files == {"3_ddpm.ipynb": BOOK}
    assert kinds == ["unpacked", "not-copied", "not-copied"]


def test_an_archive_within_two_archives_stays_closed(tmp_path):
    inner = zipped(**{"3_ddpm.ipynb": zipped(**{"3_ddpm.ipynb": BOOK})})
    files, kinds = collected(tmp_path, "x.tar", tarred("w:", {"3_ddpm.ipynb": inner}))
    assert [data[:2] for data in files.values()] == [b"PK"]
    assert kinds == ["unpacked", "unpacked"]


def test_what_archives_within_an_archive_unpack_to_is_bounded_together(tmp_path, monkeypatch):
    monkeypatch.setattr("grading.intake.collect.MAX_STUDENT", 3_000_000)
    bombs = {f"{number}.zip": zipped(**{"x.txt": b" " * 2_000_000}) for number in range(3)}
    files, kinds = collected(tmp_path, "all.zip", zipped(**bombs))
    assert sum(map(len, files.values())) <= 3_000_000
    assert kinds.count("not-copied") == 2
