"""The notebooks as pages of the site, made of one run of the solved notebooks.

Students' pages have the students' cells (stubs, no hidden tests, no model answers) with the outputs of that run, and below each
stub the course's answer, folded. Those answers are in the students' copy too, as the checks' references and last hints. Model
answers to the questions in words are not, and stay with the instructors, whose pages show the solved notebooks as they are.
"""

from __future__ import annotations

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from grading.cells import grade_id, role
from grading.notebooks.course import Address

MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
FOLD = {"code_prompt_show": "Show an answer", "code_prompt_hide": "Hide the answer"}
OPENING = {"code_prompt_show": "Show the cell that finds the course's helpers", "code_prompt_hide": "Hide it"}
STANDS_FOR = {  # a word in a widget's text → the sentence in its place
    "Slider": "*In the notebook a slider stands here.*",
    "Canvas": "*In the notebook a canvas to draw on stands here.*",
}
WIDGET = "application/vnd.jupyter.widget-view+json"


def students_page(solved: NotebookNode, released: NotebookNode, name: str, address: Address) -> NotebookNode:
    """The released notebook with the outputs of the solved one, and each code answer folded below its stub."""
    outputs = {cell.id: cell for cell in solved.cells if cell.cell_type == "code"}
    page = copy.deepcopy(released)
    cells = []
    for cell in page.cells:
        cells.append(cell)
        if cell.cell_type != "code":
            continue
        run = outputs[cell.id]
        if role(cell) == "answer":
            answer = new_code_cell(without_marks(run.source), id=f"{cell.id}-answer", metadata=folded(FOLD))
            cells.append(answer)
            cell = answer
        cell.outputs, cell.execution_count = run.outputs, run.execution_count
    page.cells = cells
    return finished(page, name, address)


def instructors_page(solved: NotebookNode, name: str, address: Address) -> NotebookNode:
    """The solved notebook: answers open, hidden tests and model answers shown and named as such."""
    page = copy.deepcopy(solved)
    for cell in page.cells:
        if role(cell) == "written":
            cell.source = f":::{{admonition}} Model answer and rubric\n{without_marks(cell.source)}\n:::"
    return finished(page, name, address)


def finished(page: NotebookNode, name: str, address: Address) -> NotebookNode:
    """What all pages share: the links on top, the opening cell folded, nothing that would need a kernel."""
    for cell in page.cells:
        if cell.id == "course-helpers":
            cell.metadata.update(folded(OPENING))
        if cell.cell_type == "code":
            cell.outputs = [still for output in cell.outputs if (still := without_kernel(output))]
    page.metadata.pop("widgets", None)
    page.cells = [cell for cell in page.cells if cell.id != "open-elsewhere"]
    page.cells.insert(1, new_markdown_cell(links(name, address), id="open-elsewhere"))
    return page


def without_kernel(output: NotebookNode) -> NotebookNode | None:
    """An output as a page can show it: a sentence for a slider or canvas, nothing for a progress bar or a library's warning."""
    if output.output_type == "stream" and output.name == "stderr":
        return None
    if WIDGET not in output.get("data", {}):
        return output
    named = output.data.get("text/plain", "")
    sentence = next((sentence for kind, sentence in STANDS_FOR.items() if kind in named), None)
    return new_output("display_data", data={"text/markdown": sentence}) if sentence else None


def links(name: str, address: Address) -> str:
    """The sentence below a page's title: where the notebook can be opened, and the file itself."""
    elsewhere = [f"[Open in {service}]({link})" for service, link in address.links(name).items()]
    return " · ".join([*elsewhere, f"{{download}}`Download the notebook <../files/{name}.ipynb>`"])


def folded(prompts: dict[str, str]) -> dict:
    """Metadata of a cell whose source is shown on request."""
    return {"tags": ["hide-input"], "mystnb": dict(prompts)}


def without_marks(source: str) -> str:
    """The source without nbgrader's lines that begin and end a solution."""
    return "\n".join(line for line in source.splitlines() if line.strip() not in MARKS)


def unmatched(solved: NotebookNode, released: NotebookNode) -> list[str]:
    """The ids of released code cells that the solved notebook has not: a build would set that right."""
    known = {cell.id for cell in solved.cells}
    return [grade_id(cell) or cell.id for cell in released.cells if cell.cell_type == "code" and cell.id not in known]
