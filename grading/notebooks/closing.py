"""What every notebook ends with: the cell that says what is missing before it is handed in."""

from __future__ import annotations

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from grading.cells import exercise_of, grade_id, is_graded

TEXT = """\
## Hand in

1. Run everything from the top once more (*Run → Restart Kernel and Run All Cells*; in Colab *Runtime → Run all*).
2. The cell below says what is done and what is missing. An exercise left out costs its own points and no others{written}.
3. Save, and hand in the file `{name}.ipynb` (in Colab and Kaggle: *File → Download*). Keep its name, and the cells with the checks."""
WRITTEN = {
    0: "",
    1: ". One exercise is in words; a person marks it, so it is not in the table",
}
MANY = ". {} exercises are in words; a person marks them, so they are not in the table"


def with_closing(notebook: NotebookNode, name: str) -> None:
    """Append the cells on handing in, if the notebook has exercises that a check can mark."""
    graded = [cell for cell in notebook.cells if is_graded(cell)]
    coded = [exercise_of(str(grade_id(cell))) for cell in graded if cell.cell_type == "code" and "checks." in cell.source]
    if not coded:
        return
    words = sum(cell.cell_type == "markdown" for cell in graded)
    text = TEXT.format(name=name, written=WRITTEN.get(words, MANY.format(words)))
    arguments = "".join(f'    "{exercise}",\n' for exercise in coded)
    notebook.cells += [
        new_markdown_cell(text, id="hand-in"),
        new_code_cell(f"checks.progress(\n{arguments})", id="my-progress"),
    ]
