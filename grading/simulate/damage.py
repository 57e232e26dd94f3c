"""Ways in which a notebook file arrives damaged or altered, each a function (notebook, rng) → the files handed in."""

from __future__ import annotations

import json

from grading.cells import about

BOOK = "{assignment}.ipynb"  # the name that a file should have


def _bytes(notebook) -> bytes:
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _tests(notebook) -> list:
    return [cell for cell in notebook.cells if about(cell).get("grade") and not about(cell).get("solution")]


def truncated(notebook, rng):
    """The upload broke off."""
    data = _bytes(notebook)
    return {BOOK: data[: int(len(data) * rng.uniform(0.2, 0.9))]}


def empty(notebook, rng):
    """Zero bytes."""
    return {BOOK: b""}


def exported_as_pdf(notebook, rng):
    """A PDF in place of the notebook."""
    return {"report.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"}


def without_metadata(notebook, rng):
    """An editor dropped all cell metadata."""
    for cell in notebook.cells:
        cell.metadata = {}
    return {BOOK: _bytes(notebook)}


def from_colab(notebook, rng):
    """Downloaded from Colab under another name, with widget metadata that stops other tools."""
    notebook.metadata.update({"colab": {"provenance": []}, "widgets": {"application/vnd.jupyter.widget-state+json": {}}})
    for number, cell in enumerate(notebook.cells):
        cell.pop("id", None)
        cell.metadata["id"] = f"cell{number}"
    return {"Copy of homework.ipynb": _bytes(notebook)}


def tests_edited(notebook, rng):
    """The student changed a test until it passed, and raised its points."""
    for cell in _tests(notebook):
        cell.source, about(cell)["points"] = "100.0", 100
    return {BOOK: _bytes(notebook)}


def tests_skipped(notebook, rng):
    """Tagged so that nbgrader would not run them, and would give full marks."""
    for cell in _tests(notebook):
        cell.metadata["tags"] = ["skip-execution"]
    return {BOOK: _bytes(notebook)}


def tests_deleted(notebook, rng):
    """The test cells are gone."""
    gone = _tests(notebook)
    notebook.cells = [cell for cell in notebook.cells if cell not in gone]
    return {BOOK: _bytes(notebook)}


def cells_doubled(notebook, rng):
    """Each graded cell was copied with its metadata: stock nbgrader gives up on the whole class."""
    notebook.cells = [copy for cell in notebook.cells for copy in ([cell, cell] if about(cell) else [cell])]
    return {BOOK: _bytes(notebook)}


def unknown_schema(notebook, rng):
    """Metadata of a version that does not exist."""
    for cell in notebook.cells:
        if about(cell):
            about(cell)["schema_version"] = 99
    return {BOOK: _bytes(notebook)}


def old_format(notebook, rng):
    """Saved in notebook format 3."""
    cells = [
        {"cell_type": cell.cell_type, "input" if cell.cell_type == "code" else "source": cell.source, "metadata": cell.metadata}
        for cell in notebook.cells
    ]
    return {BOOK: _bytes({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]})}


def large_outputs(notebook, rng):
    """Twenty megabytes of printed lines."""
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.outputs = [{"output_type": "stream", "name": "stdout", "text": ["step 1: loss 0.1234\n"] * 800_000}]
    return {BOOK: _bytes(notebook)}


def two_notebooks(notebook, rng):
    """An earlier try beside the final one."""
    final = _bytes(notebook)
    for cell in notebook.cells:
        if about(cell).get("solution"):
            cell.source = ""
    return {BOOK: _bytes(notebook), "final version (2).ipynb": final}


def text_in_place_of_a_notebook(notebook, rng):
    """A message to the instructor."""
    return {"readme.txt": b"Sorry, I will send it tomorrow."}


ALL = (
    *(truncated, empty, exported_as_pdf, without_metadata, from_colab, tests_edited, tests_skipped, tests_deleted),
    *(cells_doubled, unknown_schema, old_format, large_outputs, two_notebooks, text_in_place_of_a_notebook),
)
