"""Every figure that a notebook shows carries alternative text, in a real kernel; colours are those of the course."""

import matplotlib.pyplot as plt
import nbformat
import pytest

from helpers.figures.drawings import draw_unet
from helpers.figures.style import OKABE_ITO, alt_of, alt_text, use_course_style
from tests.kernels import execute

CELLS = (
    "from helpers.figures.plotting import use_course_style\nuse_course_style()",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.xlabel('t'); plt.title('first');",
    "from helpers.figures.style import alt_text\nfigure, _ = plt.subplots()\nalt_text(figure, 'in \"its own\" words');",
)


def test_figures_in_a_kernel_carry_alternative_text_from_the_first_on(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    execute(notebook, tmp_path)
    assert not notebook.cells[0].outputs
    shown = [cell.outputs[0] for cell in notebook.cells[1:]]
    assert [output["metadata"]["image/png"]["alt"] for output in shown] == ["Figure – first, t.", 'in "its own" words']
    for output, alt in zip(shown, ("Figure – first, t.", "in &quot;its own&quot; words")):
        assert output.data["text/html"].startswith(
            f'<img alt="{alt}" src="data:image/png;base64,{output.data["image/png"].strip()}"'
        )


def test_a_figure_describes_itself_by_its_labels():
    figure, axis = plt.subplots()
    axis.plot([0, 1], label="data")
    axis.set(xlabel="step", ylabel="loss", title="training\nin short")
    axis.legend()
    assert alt_of(figure) == "Figure – training in short, loss against step, with data."
    plt.close(figure)
    drawing = draw_unet((16, 32), 32)
    assert "16" in alt_of(drawing)
    assert "without labels" not in alt_of(drawing)
    plt.close(drawing)
    with pytest.raises(ValueError, match="what the figure shows"):
        alt_text(figure, " ")


def test_the_cycle_is_the_one_for_the_colour_blind():
    with plt.rc_context():
        use_course_style()
        assert plt.rcParams["axes.prop_cycle"].by_key()["color"] == list(OKABE_ITO)
        assert plt.rcParams["image.cmap"] == "viridis"
