"""A canvas to draw on with the mouse or a finger; where its widget is missing, a stored drawing stands alone."""

import importlib
import sys
from typing import Any

import numpy as np
import torch
from torch import Tensor

from helpers.figures import widgets

SIDE, ENLARGED = 32, 10  # pixels of the picture, and the screen's pixels that each of them gets
BRUSH = 1.2  # radius in the picture's pixels
ELSEWHERE = "There is no canvas here (it needs a notebook with the widget ipycanvas), so the stored drawing is used."


def stroke(picture: Tensor, start: tuple[float, float], end: tuple[float, float], radius: float = BRUSH) -> Tensor:
    """The picture (H, W) in [-1, 1] with a white stroke from start to end, each (x, y) in pixels, soft at its rim."""
    y, x = torch.meshgrid(*(torch.arange(n) + 0.5 for n in picture.shape), indexing="ij")
    places, (a, b) = torch.stack([x, y], dim=-1), torch.tensor([start, end], dtype=torch.float32)
    along = b - a
    share = ((places - a) @ along / along.square().sum().clamp(min=1e-9)).clamp(0, 1)
    distance = (places - a - share[..., None] * along).norm(dim=-1)
    ink = (radius + 0.5 - distance).clamp(0, 1)
    return torch.maximum(picture, 2 * ink - 1)


class Drawing:
    """A picture that strokes change: `picture` is (1, 1, 32, 32) in [-1, 1], black to white, as the digits are.

    Args:
        start: (1, 1, 32, 32), the stored drawing; it goes with the first stroke.
    """

    def __init__(self, start: Tensor):
        self.picture = start.clone()
        self.stored = True
        self.pen: tuple[float, float] | None = None

    def down(self, x: float, y: float) -> None:
        """Put the pen down at (x, y), in the picture's pixels."""
        if self.stored:
            self.clear()
        self.pen = (x, y)
        self.move(x, y)

    def move(self, x: float, y: float) -> None:
        """Draw on to (x, y), if the pen is down."""
        if self.pen is not None:
            self.picture = stroke(self.picture[0, 0], self.pen, (x, y))[None, None]
            self.pen = (x, y)

    def up(self, *_where: float) -> None:
        """Lift the pen."""
        self.pen = None

    def clear(self, *_button: Any) -> None:
        """Start from an empty picture."""
        self.picture = torch.full_like(self.picture, -1.0)
        self.stored = False


def drawing(start: Tensor) -> Drawing:
    """Show a canvas with a stored drawing on it, (1, 1, 32, 32) in [-1, 1]; its `picture` follows what is drawn.

    Without a notebook or without ipycanvas it says so, and the picture stays the stored one.
    """
    from IPython.display import display

    drawn = Drawing(start)
    try:
        import ipycanvas
    except ImportError:
        ipycanvas = None
    if ipycanvas is None or not widgets.at_hand():
        print(ELSEWHERE)
        return drawn
    import ipywidgets

    _for_colab()
    canvas = ipycanvas.Canvas(width=SIDE * ENLARGED, height=SIDE * ENLARGED)
    canvas.layout.width = canvas.layout.height = f"{SIDE * ENLARGED}px"
    button = ipywidgets.Button(description="Clear")
    connect(drawn, canvas, button)
    display(ipywidgets.VBox([canvas, button]))
    return drawn


def connect(drawn: Drawing, canvas: Any, button: Any) -> None:
    """Let mouse, finger and button change the drawing, and show it as the network will see it, pixel by pixel."""

    def show() -> None:
        grey = ((drawn.picture[0, 0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy()
        large = grey.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)
        canvas.put_image_data(np.stack([large] * 3, axis=-1), 0, 0)

    def then_show(act: Any) -> Any:
        def handle(x: float, y: float) -> None:
            if act != drawn.move or drawn.pen is not None:
                act(x / ENLARGED, y / ENLARGED)
                show()

        return handle

    canvas.on_mouse_down(then_show(drawn.down))
    canvas.on_mouse_move(then_show(drawn.move))
    canvas.on_mouse_up(then_show(drawn.up))
    canvas.on_mouse_out(then_show(drawn.up))
    canvas.on_touch_start(lambda fingers: then_show(drawn.down)(*fingers[0]))
    canvas.on_touch_move(lambda fingers: then_show(drawn.move)(*fingers[0]))
    canvas.on_touch_end(lambda _fingers: drawn.up())

    def cleared(_button: Any) -> None:
        drawn.clear()
        show()

    button.on_click(cleared)
    show()


def _for_colab() -> None:
    """Colab shows widgets that do not come with it only when asked to."""
    if "google.colab" in sys.modules:
        importlib.import_module("google.colab.output").enable_custom_widget_manager()
