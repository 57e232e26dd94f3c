"""A student in a real JupyterLab: types answers, reads the cards, moves sliders, plays films, draws, stops a training and goes on."""

import html
import importlib
import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grading.cells import grade_id, is_graded
from grading.notebooks import build
from helpers.checks import card
from tests import corpus
from tests.real_lab import keep_picture, lab

pytestmark = [pytest.mark.slow, pytest.mark.needs("browser")]
SCHEMES = ("light", "dark")
LOOKED_AT = [(name, SCHEMES[place % 2]) for place, name in enumerate(build.names())]
UNCLIPPED = """def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).float()
"""
RIGHT = UNCLIPPED.replace(".float()", ".clamp(max=0.999).float()")
WATCHED = """img => {
    window.frames_shown = 0;
    new MutationObserver(() => { window.frames_shown += 1; }).observe(img, {attributes: true});
}"""
TRAINING = """import torch
from helpers.fit import FitConfig, fit

def loss(network, step, generator):
    return network(torch.randn(8, 2, generator=generator)).square().mean()

run = fit(torch.nn.Linear(2, 2), loss, FitConfig(steps=10**6, checkpoint="run.safetensors"))
"""


def up_to_exercise_1():
    """Notebook 3 as a student opens it, cut off behind the first check."""
    notebook = nbformat.read(build.ROOT / "notebooks" / "3_ddpm.ipynb", as_version=4)
    last = next(i for i, cell in enumerate(notebook.cells) if cell.id == "check_cosine_beta_schedule")
    notebook.cells = notebook.cells[: last + 1]
    return notebook


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_wrong_and_a_right_answer_are_typed_and_the_answer_is_unfolded_by_keyboard(tmp_path, scheme):
    nbformat.write(up_to_exercise_1(), tmp_path / "3_ddpm.ipynb")
    with lab(tmp_path, "3_ddpm", scheme) as student:
        student.run_all()
        answer, check = student.cell("def cosine_beta_schedule"), student.cell("checks.cosine_beta_schedule(")
        card = check.locator(".check-card")
        assert "Not attempted yet" in card.inner_text()
        for code, said in ((UNCLIPPED, ("clip", "0.999")), (RIGHT, ("All passed", "4 of 4"))):
            student.type(answer, code)
            student.run(check)
            student.idle()
            assert all(word in card.inner_text() for word in said), card.inner_text()
        fold = card.locator("summary")
        assert not card.locator("pre").is_visible()
        fold.focus()
        fold.press("Enter")
        assert "alphas_cumprod" in card.locator("pre").inner_text()
        keep_picture(student.page, f"card_{scheme}")
        dark = student.page.evaluate("document.body.dataset.jpThemeLight") == "false"
        assert dark == (scheme == "dark")
    assert student.complaints == []


def test_a_training_that_is_stopped_says_one_line_and_goes_on_from_there_after_a_restart(tmp_path):
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=[new_code_cell(TRAINING)], metadata=kernel), tmp_path / "training.ipynb")
    reached = [0]
    with lab(tmp_path, "training") as student:
        cell = student.page.locator(".jp-CodeCell").first
        for restart in (False, True, False):
            if restart:
                student.menu("Kernel", "Restart Kernel…")
                student.page.locator(".jp-Dialog .jp-mod-accept").click()
                student.idle()
            student.run(cell)
            cell.get_by_text(re.compile(r"training:")).first.wait_for(timeout=60_000)
            student.page.wait_for_timeout(3000)
            student.menu("Kernel", "Interrupt Kernel")
            said = cell.get_by_text(re.compile("Stopped at step"))
            said.wait_for(timeout=30_000)
            student.idle()
            assert "Traceback" not in cell.inner_text()
            step = int(re.search(r"Stopped at step (\d+) of 1000000; saved in run.safetensors", said.inner_text())[1])
            assert step > reached[-1]
            reached.append(step)
    assert student.complaints == []


@pytest.mark.parametrize(("name", "scheme"), LOOKED_AT)
def test_a_notebook_runs_as_students_open_it_and_what_can_be_typed_moved_and_drawn_works(tmp_path, name, scheme):
    shutil.copy(build.ROOT / "notebooks" / f"{name}.ipynb", tmp_path)
    with lab(tmp_path, name, scheme) as student:
        student.run_all()
        page = student.page
        assert page.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
        pictures = page.locator(".jp-OutputArea img")
        assert pictures.count() > 3
        assert [picture for picture in pictures.all() if not picture.get_attribute("alt")] == []
        keep_picture(student.page, f"{name}_{scheme}")
        answer(student, first_exercise(name))
        for film in page.locator("div[id^=player-]").all():
            play(student, film)
        for slider in page.locator(".widget-slider, .jupyter-widget-slider").all():
            slide(student, slider)
        for canvas in page.locator(".jp-OutputArea canvas").all():
            draw(student, canvas)
    assert student.complaints == []


def first_exercise(name):
    """The name of a notebook's first exercise in code."""
    notebook = nbformat.read(build.ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    return next(grade_id(cell) for cell in notebook.cells if is_graded(cell) and cell.cell_type == "code").removeprefix("check_")


def answer(student, exercise):
    """A wrong answer's card names the mistake, a right one's says so."""
    answers = corpus.load(exercise)
    wrong, right = next(case for case in answers if case.mistake), next(case for case in answers if case.right)
    mistakes = importlib.import_module(f"helpers.checks.exercises.{exercise}").check.mistakes
    named = html.unescape(re.sub("<[^>]+>", "", card.prose(mistakes[wrong.mistake])))
    cell, check = student.cell(f"def {exercise}"), student.cell(f"checks.{exercise}(")
    for case, said in ((wrong, named), (right, "All passed")):
        student.type(cell, case.source)
        student.run(check)
        student.idle()
        assert said in check.locator(".check-card").inner_text()


def play(student, film):
    """A film plays when clicked, and goes frame by frame by key, while Lab's active cell stays where it is."""
    bar, button = film.locator("input[type=range]"), film.locator("button")
    film.scroll_into_view_if_needed()
    film.locator("img").evaluate(WATCHED)
    button.click()
    student.page.wait_for_function("window.frames_shown > 1", timeout=10_000)
    active = student.active()
    bar.focus()
    bar.press("Home")
    assert bar.input_value() == "0"
    bar.press("ArrowRight")
    assert bar.input_value() == "1"
    assert bar.get_attribute("aria-valuetext") == film.locator("span").inner_text()
    assert student.active() == active


def slide(student, slider):
    """A slider moves by mouse and by key, its figure with it, after all later cells have run."""
    slider.scroll_into_view_if_needed()
    handle, readout = slider.locator(".noUi-handle"), slider.locator(".widget-readout")
    picture = slider.locator("xpath=ancestor::*[contains(@class, 'jp-CodeCell')]").locator(".jp-OutputArea img").first
    for move in (lambda: handle.press("ArrowRight"), lambda: slider.locator(".noUi-base").click(position={"x": 2, "y": 2})):
        said, drawn = readout.inner_text(), picture.get_attribute("src")
        handle.focus()
        active = student.active()
        move()
        for _ in range(60):  # Lab draws the new picture in a new element
            if picture.get_attribute("src") != drawn:
                break
            student.page.wait_for_timeout(500)
        assert picture.get_attribute("src") != drawn
        assert readout.inner_text() != said
        assert student.active() == active


def draw(student, canvas):
    """A stroke of the mouse is seen on the canvas, and the cell that works on the drawing has another picture."""
    canvas.scroll_into_view_if_needed()
    user = student.cell("drawing.picture")
    drawn = user.locator(".jp-OutputArea img").first.get_attribute("src")
    corner = canvas.bounding_box()
    student.page.mouse.move(corner["x"] + 60, corner["y"] + 250)
    student.page.mouse.down()
    student.page.mouse.move(corner["x"] + 260, corner["y"] + 250, steps=10)
    student.page.mouse.up()
    brightness = "(canvas, place) => canvas.getContext('2d').getImageData(...place, 1, 1).data[0]"
    for _ in range(60):
        if canvas.evaluate(brightness, [240, 250]) == 255:
            break
        student.page.wait_for_timeout(500)
    assert [canvas.evaluate(brightness, place) for place in ([160, 250], [240, 250], [160, 75])] == [
        255,
        255,
        0,
    ]  # no seven any more
    student.run(user)
    student.idle()
    assert user.locator(".jp-OutputArea img").first.get_attribute("src") != drawn
