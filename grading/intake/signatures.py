"""What a file is by its first bytes, where it is not what was asked for."""

from __future__ import annotations

import codecs

SIGNATURES = {  # how a file begins, and what it is then
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a zip archive or an office document",
    b"<!doctype html": "a web page (an HTML export, most likely)",
    b"<html": "a web page (an HTML export, most likely)",
    b"<!--": "a web page (an HTML export, most likely)",
    b"<?xml": "a web page or another XML file",
    b"From: <Saved by": "a web page saved by a browser",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"{\\rtf": "a text processor's document",
    b"\xd0\xcf\x11\xe0": "an office document",
    b"version https://git-lfs": "Git LFS's note of a file that is kept elsewhere",
    b"[InternetShortcut]": "a link to a page",
}


def kind_of(raw: bytes) -> str:
    """What the file is, in words; empty where its beginning doesn't say."""
    start = raw[:200].removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n").lower()
    return next((what for signature, what in SIGNATURES.items() if start.startswith(signature.lower())), "")
