"""The canvas: strokes become pixels, the widget's own messages draw, and without a widget the stored drawing stays."""

import builtins

import pytest
import torch

from helpers.figures import canvas

EMPTY = torch.full((1, 1, 32, 32), -1.0)


def test_a_stroke_is_white_along_its_line_and_leaves_the_rest():
    drawn = canvas.stroke(EMPTY[0, 0], (4.0, 10.0), (28.0, 10.0))
    assert (drawn[9:11, 4:28] == 1).all()
    assert (drawn[:8] == -1).all()
    assert (drawn[12:] == -1).all()
    assert drawn.min() >= -1
    assert drawn.max() <= 1


def test_a_tap_is_a_dot():
    drawn = canvas.stroke(EMPTY[0, 0], (16.0, 8.0), (16.0, 8.0))
    rows, columns = (drawn > 0).nonzero(as_tuple=True)
    assert set(rows.tolist()) == {7, 8}
    assert set(columns.tolist()) == {15, 16}


def test_strokes_add_up_and_the_first_one_takes_the_stored_drawing_away():
    stored = EMPTY.clone()
    stored[..., 0, 0] = 1
    drawn = canvas.Drawing(stored)
    assert torch.equal(drawn.picture, stored)
    drawn.move(20, 20)  # the pen is not down
    assert torch.equal(drawn.picture, stored)
    drawn.down(5, 5)
    drawn.up()
    drawn.down(25, 25)
    assert drawn.picture[0, 0, 0, 0] == -1
    assert drawn.picture[0, 0, 5, 5] > 0.9
    assert drawn.picture[0, 0, 25, 25] > 0.9
    assert stored[0, 0, 0, 0] == 1  # the caller's is left alone
    drawn.clear()
    assert torch.equal(drawn.picture, EMPTY)


@pytest.mark.parametrize("kind", ["mouse", "touch"])
def test_the_widgets_messages_draw(kind):
    ipycanvas, ipywidgets = pytest.importorskip("ipycanvas"), pytest.importorskip("ipywidgets")
    drawn, widget, button = canvas.Drawing(EMPTY), ipycanvas.Canvas(width=320, height=320), ipywidgets.Button()
    canvas.connect(drawn, widget, button)

    def send(event: str, x: int, y: int) -> None:
        where = {"x": x, "y": y} if kind == "mouse" else {"touches": [{"x": x, "y": y}]}
        widget._handle_frontend_event(widget, {"event": event, **where}, [])

    begin, on, end = ("mouse_down", "mouse_move", "mouse_up") if kind == "mouse" else ("touch_start", "touch_move", "touch_end")
    send(on, 100, 100)
    assert torch.equal(drawn.picture, EMPTY)
    send(begin, 50, 100)
    send(on, 250, 100)
    send(end, 250, 100)
    send(on, 250, 300)
    assert torch.allclose(drawn.picture[0, 0], canvas.stroke(EMPTY[0, 0], (5.0, 10.0), (25.0, 10.0)))
    button.click()
    assert torch.equal(drawn.picture, EMPTY)


def test_without_the_widget_the_stored_drawing_stays(monkeypatch, capsys):
    usual = builtins.__import__

    def missing(name, *rest, **more):
        if name == "ipycanvas":
            raise ImportError(name)
        return usual(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    stored = torch.rand(1, 1, 32, 32)
    assert torch.equal(canvas.drawing(stored).picture, stored)
    assert canvas.ELSEWHERE in capsys.readouterr().out


def test_outside_a_notebook_the_stored_drawing_stays(capsys):
    stored = torch.rand(1, 1, 32, 32)
    assert torch.equal(canvas.drawing(stored).picture, stored)
    assert canvas.ELSEWHERE in capsys.readouterr().out
