"""Written answers: shown to the marker with their rubric, unable to do anything in the marker's browser."""

import time
from html.parser import HTMLParser
from pathlib import Path

import nbgrader
import pytest
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import markdown2html
from tests.submissions import cell_of, release, submission
from traitlets.config import Config

from grading.notebooks.written import TAG, WithoutRubrics, rubrics, safe_markdown, with_rubrics

TEMPLATES = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](http://evil.example/seen.png)",
    "<iframe src='http://evil.example'></iframe>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)' onclick='alert(1)'>x</a>",
    "<style>@import 'http://evil.example'</style>",
    "<form action='http://evil.example'><input name=x></form>",
    "$\\href{javascript:alert(1)}{x}$",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "$<script>alert(1)</script>$",
    "<details open ontoggle=alert(1)>",
    "<p style='background:url(http://evil.example)'>x</p>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
]
FORBIDDEN = ("script", "iframe", "svg", "style", "form", "input", "object", "embed", "details", "link", "meta", "base")


class Live(HTMLParser):
    """Collects what would run or load something if a browser showed the page."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag in FORBIDDEN:
            self.found.append(tag)
        for name, value in attrs:
            value = (value or "").strip().lower()
            remote = name == "src" and value.startswith(("http", "//"))
            if name.startswith("on") or name == "style" or remote or value.startswith(("javascript:", "data:text")):
                self.found.append(f"{tag} {name}={value}")


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_survives(attack):
    html = safe_markdown(f"Before\n\n{attack}\n\nafter")
    assert Live(html).found == []
    assert "\\href" not in html


def test_most_attacks_work_on_the_stock_filter():
    assert sum(bool(Live(markdown2html(attack)).found) for attack in ATTACKS) >= 12


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("**a** and *b*", "<strong>a</strong> and <em>b</em>"),
        ("$a < b$ and $$\\sqrt{\\bar\\alpha_t}$$", "$a &lt; b$ and $$\\sqrt{\\bar\\alpha_t}$$"),
        ("[paper](https://arxiv.org/abs/2006.11239)", '<a href="https://arxiv.org/abs/2006.11239">paper</a>'),
        ("![p](data:image/png;base64,iVBORw0=)", '<img src="data:image/png;base64,iVBORw0=" alt="p">'),
        ("| a |\n|---|\n| 1 |", "<td>1</td>"),
        ("a < b", "a &lt; b"),
    ],
)
def test_ordinary_markdown_is_shown(source, html):
    assert html in safe_markdown(source)


@pytest.mark.parametrize("template", ["formgrade", "feedback"])
def test_nbgraders_own_pages_run_nothing_of_a_students(template):
    answer = "\n\n".join(ATTACKS) + "\n\n![sketch](attachment:s.png)"
    notebook = submission(written_linear=answer)
    cell_of(notebook, "written_linear")["attachments"] = {"s.png": {"image/png": "iVBORw0="}}
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(score=0, points=cell.metadata.nbgrader.get("points", 0), comment=ATTACKS[0])
    page = render(
        template, notebook, Config({"HTMLExporter": {"filters": {"markdown2html": "grading.notebooks.written.markdown_filter"}}})
    )
    shown = answer_of(page)
    assert [what for what in Live(shown).found if "alert" in what or "evil" in what or what == "script"] == []
    assert "data:image/png;base64,iVBORw0=" in shown
    stock = render(template, notebook, Config())
    assert "a href=javascript:alert(1)" in Live(answer_of(stock)).found


def answer_of(page):
    """The part of a page with the attacked answer, from its question to the next."""
    return page[page.index("Why is doubling linear") : page.index("Which of the two classes")]


def render(template, notebook, config):
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
    css = next((TEMPLATES.parent / "static").rglob("bootstrap.min.css"))  # each version of nbgrader has it elsewhere
    config.HTMLExporter.extra_template_paths = [str(css.parent)]
    about = {"notebook": "x", "score": 0, "max_score": 9, "late_penalty": 0, "index": 0, "total": 1}
    return HTMLExporter(config=config).from_notebook_node(notebook, resources={**about, "nbgrader": about})[0]


def solution():
    marked = "### BEGIN SOLUTION\nBecause of linearity.\n\nRubric: 2 points for linearity, 1 for the offset.\n### END SOLUTION"
    notebook = release()
    cell_of(notebook, "written_linear").source = marked
    return notebook


def test_the_rubric_stands_before_the_answer_for_the_marker():
    shown = with_rubrics(submission(), rubrics(solution()))
    at = shown.cells.index(cell_of(shown, "written_linear"))
    rubric = shown.cells[at - 1]
    assert "Rubric: 2 points for linearity" in rubric.source
    assert "BEGIN SOLUTION" not in rubric.source
    assert rubric.metadata.tags == [TAG]


def test_the_rubric_is_taken_out_of_what_students_get():
    given = submission()
    shown = with_rubrics(given, rubrics(solution()))
    cleared, _ = WithoutRubrics()(shown, {})  # called as nbgrader calls it: one that is not enabled does nothing
    assert [cell.source for cell in cleared.cells] == [cell.source for cell in given.cells]


@pytest.mark.parametrize("opening", [r"\\[", r"\\(", r"\begin{a}", "$", "[](", "> "])
def test_text_made_to_take_long_takes_no_longer_than_other_text(opening):
    started = time.process_time()
    html = safe_markdown(opening * (30_000 // len(opening)))
    assert html
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "place", [r"\\evil.example\x.png", r"/\evil.example/x.png", " //evil.example/x.png", "//evil.example/x", "beside.png", "/x.png",
              "https://evil.example/x.png", "data:image/svg+xml;base64,AAAA", "data:text/html;base64,AAAA", "file:///etc/passwd"]
)  # fmt: skip
def test_a_picture_is_data_in_the_page_or_it_is_not_shown(place):
    for source in (f"![x]({place})", f"![x](<{place}>)", f'<img src="{place}">'):
        assert "src=" not in safe_markdown(source)


def test_a_pasted_picture_is_shown():
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in safe_markdown("![x](data:image/png;base64,iVBORw0KGgo=)")
