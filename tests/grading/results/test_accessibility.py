"""What instructors and students open, looked at in Chromium: axe-core finds nothing serious, and a phone shows all of it."""

import nbformat
import pytest
from nbconvert import HTMLExporter

from grading import cli
from grading.challenge import board
from grading.results import class_report, feedback, over_time, report
from grading.results.headings import Headings
from tests import marking
from tests.axe import serious
from tests.by_hand import QUESTION, give, record
from tests.by_hand import outcome as marked
from tests.classroom import classroom
from tests.grading.challenge.test_challenge import entry
from tests.kernels import execute
from tests.real_lab import browsing, keep_picture

pytestmark = [pytest.mark.slow, pytest.mark.needs("browser")]
NBCONVERT_S = (".jp-InputPrompt", ".jp-OutputPrompt")  # the grey of its “In [1]:” is in its own template
CELLS = (
    "from helpers import checks\nfrom helpers.figures.plotting import use_course_style\nuse_course_style()",
    "def langevin_step(x, score, step_size, noise):\n    return x",
    "checks.langevin_step(langevin_step)",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.xlabel('step'); plt.ylabel('loss');",
    "checks.progress('langevin_step', 'dsm_loss')",
)


def exported(folder):
    """A notebook that has run, as `jupyter nbconvert --to html` and Lab's “Save and Export” make a page of it."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    cells = [nbformat.v4.new_markdown_cell("# A notebook"), *map(nbformat.v4.new_code_cell, CELLS)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    execute(notebook, folder)
    return HTMLExporter(embed_images=True, mathjax_url="", require_js_url="", jquery_url="").from_notebook_node(notebook)[0]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """One page of each kind, with every kind of trouble in it, as files."""
    folder = tmp_path_factory.mktemp("pages")
    texts = {"notebook": exported(folder)}
    everybody = classroom()
    texts["report"] = report.page("small", everybody)
    texts |= {f"feedback_{i}": feedback.page(everybody[i]) for i in (0, -3, -2, -1)}
    made = [over_time.ClassMarks(name, Headings(f"{name} · a title"), everybody) for name in ("1_a", "2_b")]
    texts["class"] = class_report.page(over_time.course(made))
    texts["challenge"] = board.write_page(folder, board.add(folder, [entry("a", 4, 30.0), entry("b", 1, 9.0)]), 5.0).read_text()
    book = record(folder / "book", [marked("ada"), marked("bob", "Softer.")])
    give(book, 1.5, comment="How?", student="bob")
    assert cli.main(["marks", "page", marking.NAME, "--results", str(book.folder)]) == 0
    assert cli.main(["feedback", marking.NAME, "--results", str(book.folder)]) == 0
    texts["question"] = (book.folder / "questions" / f"{QUESTION}.html").read_text(encoding="utf-8")
    texts["marked"] = (book.folder / "feedback" / "bob" / f"{marking.NAME}.html").read_text(encoding="utf-8")
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_serious_and_no_page_is_wider_than_its_window(pages, scheme, width):
    found = {}
    with browsing(scheme, width, bypass_csp=True) as context:  # axe is a script, and the pages admit none
        page = context.new_page()
        for name, path in pages.items():
            page.goto(path.as_uri())
            found[name] = serious(page, NBCONVERT_S)
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wider > 0:
                found[name].append(f"{wider} pixels too wide")
            keep_picture(page, f"{name}_{scheme}_{width}", whole=True)
    assert [f"{name}: {said}" for name, all_said in found.items() for said in all_said] == []
