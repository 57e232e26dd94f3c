"""Written answers: the rubric beside them for the marker, and Markdown that cannot run in the marker's browser.

A written answer may hold `<script>`, and formgrader would show it inside a page that holds the marker's session. The
filter `markdown_filter` takes the place of nbconvert's own in formgrader and in feedback (see nbgrader_config.py).
"""

from __future__ import annotations

import re
from html import escape

from jinja2 import pass_context
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor

from grading.cells import grade_id, is_graded

TAG = "rubric"
MARKED = re.compile(r"### BEGIN SOLUTION\s*\n(.*?)\n?### END SOLUTION", re.DOTALL)
TAG_NAMES = """
    p br hr b strong i em u s del sub sup code pre kbd blockquote ul ol li dl dt dd
    h1 h2 h3 h4 h5 h6 table thead tbody tr th td a img div span
"""
PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*$")  # in the page itself: pasted pictures come as data
ATTRIBUTES = {
    "*": {"title", "alt"},
    **{tag: {"class"} for tag in ("div", "span")},
    **{tag: {"align"} for tag in ("td", "th")},
    "a": {"href"},
    "img": {"src"},
}
LINK = re.compile(r"https?://|mailto:|#")
OPENINGS = re.compile(r"\\\\[\[(]|\\begin\b|\$")  # of formulas: a search for the end follows each
MOST_SEARCHED = 20_000_000  # characters; an honest answer has a hundredth of that
RISKY_TEX = re.compile(r"\\(href|url|cssId|class|style|require|unicode)\b")


def safe_markdown(source: str, html_as_text: bool = False) -> str:
    """Markdown as HTML without scripts, styles, frames, event handlers, or links that run something.

    HTML in it keeps what is harmless, or all of it is shown as it was typed.
    """
    import nh3
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    if len(OPENINGS.findall(source)) * len(source) > MOST_SEARCHED:
        return f"<pre>{escape(source)}</pre>"
    renderer = IPythonRenderer(escape=html_as_text)
    html = MarkdownWithMath(renderer=renderer).render(RISKY_TEX.sub(r"\\mathrm", source))
    return nh3.clean(
        html,
        tags=set(TAG_NAMES.split()),
        clean_content_tags={"script", "style"},
        attributes=ATTRIBUTES,
        attribute_filter=_harmless,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )


@pass_context
def markdown_filter(context, source: str) -> str:
    """`safe_markdown` as a template's filter, with the pictures pasted into the cell."""
    return safe_markdown(with_pictures(source, context.get("cell") or {}))


def with_pictures(source: str, cell) -> str:
    """A cell's Markdown with the pictures pasted into the cell as data."""
    for name, bundle in cell.get("attachments", {}).items():
        mime, data = next(iter(bundle.items()), ("", ""))
        source = source.replace(f"attachment:{name}", f"data:{mime};base64,{data}")
    return source


def _harmless(tag: str, name: str, value: str) -> str | None:
    """An HTML attribute's value if it may stay; links lead to other pages, pictures are data in the page itself."""
    if name in ("src", "href"):
        pattern = {("img", "src"): PICTURE, ("a", "href"): LINK}.get((tag, name))
        return value if pattern and pattern.match(value) else None
    return value


def rubrics(solution) -> dict[str, str]:
    """{grade_id: model answer and rubric} of the written answers in the instructor's notebook."""
    found = {}
    for cell in solution.cells:
        if cell.cell_type == "markdown" and is_graded(cell):
            parts = MARKED.findall(cell.source) or [cell.source]
            found[grade_id(cell) or ""] = "\n\n".join(parts).strip()
    return found


def with_rubrics(notebook, rubrics: dict[str, str]):
    """A copy of a notebook for the marker, with each written answer's rubric in a cell before it."""
    cells: list = []
    for cell in notebook.cells:
        text = rubrics.get(grade_id(cell) or "")
        if text:
            quoted = "\n".join(f"> {line}" for line in f"**For the marker only**\n\n{text}".splitlines())
            cells.append(new_markdown_cell(quoted, id=f"rubric-{len(cells)}", metadata={"tags": [TAG]}))
        cells.append(cell)
    return NotebookNode(notebook, cells=cells)


class WithoutRubrics(NbGraderPreprocessor):
    """Takes the rubric cells out again, for the feedback that students get."""

    def preprocess(self, nb, resources):
        nb.cells = [cell for cell in nb.cells if TAG not in cell.metadata.get("tags", ())]
        return nb, resources
