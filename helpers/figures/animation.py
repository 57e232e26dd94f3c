"""A small animation player for notebooks: pictures inside the page, nothing fetched, a still where scripts are off."""

import base64
import html
import io
import json
import uuid
from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor

from helpers.figures.plotting import montage

_PLAYER = """<div id="{id}" style="display:inline-block;font:14px system-ui,sans-serif">
<img src="{still}" alt="{alt}" style="display:block;max-width:100%;image-rendering:pixelated" width="{width}">
<div style="display:flex;gap:10px;align-items:center;padding:4px 0">
<button type="button" style="min-width:70px" data-lm-suppress-shortcuts="true">▶ play</button>
<input type="range" min="0" max="{last}" value="{last}" style="flex:1" aria-label="frame" aria-valuetext="{label}"
 data-lm-suppress-shortcuts="true">
<span style="min-width:9em">{label}</span></div></div>
<script>(function(){{
const frames={frames}, labels={labels}, box=document.getElementById("{id}");
const img=box.querySelector("img"), button=box.querySelector("button"), slider=box.querySelector("input");
const text=box.querySelector("span"); let timer=null;
function show(i){{img.src=frames[i]; slider.value=i; text.textContent=labels[i]||("frame "+(i+1)+" of "+frames.length);
  slider.setAttribute("aria-valuetext", text.textContent);}}
function stop(){{clearInterval(timer); timer=null; button.textContent="▶ play";}}
button.onclick=function(){{
  if(timer){{stop(); return;}}
  let i=Number(slider.value)>=frames.length-1?0:Number(slider.value);
  button.textContent="❚❚ pause";
  timer=setInterval(function(){{show(i); if(++i>=frames.length) stop();}}, {interval});
}};
slider.oninput=function(){{stop(); show(Number(slider.value));}};
// keys belong to the player while it has the focus: JupyterLab would take the arrows and jump to another cell
for(const part of [button, slider]) part.addEventListener("keydown", function(event){{event.stopPropagation();}});
}})();</script>"""


def player(pictures: Sequence[bytes], labels: Sequence[str] = (), fps: int = 12, width: int = 480, alt: str = "animation"):
    """An animation to display in a notebook, from PNG files in memory.

    Play, pause and a slider; where scripts do not run, the last picture stands still. `labels` say what each frame
    shows, such as “t = 400”; `width` is in pixels.

    Raises:
        ValueError: no pictures, or labels that are not one a picture.
    """
    from IPython.display import HTML

    if not pictures:
        raise ValueError("an animation needs at least one picture; got none")
    if labels and len(labels) != len(pictures):
        raise ValueError(f"one label a picture: got {len(pictures)} pictures and {len(labels)} labels")
    frames = ["data:image/png;base64," + base64.b64encode(picture).decode() for picture in pictures]
    said = labels[-1] if labels else f"frame {len(frames)} of {len(frames)}"
    page = _PLAYER.format(
        id=f"player-{uuid.uuid4().hex[:10]}", still=frames[-1], alt=html.escape(alt), width=width, last=len(frames) - 1,
        label=html.escape(said), frames=json.dumps(frames), labels=json.dumps(list(labels)),
        interval=round(1000 / fps),
    )  # fmt: skip
    return HTML(page)


def animate(frames: Sequence[Tensor], labels: Sequence[str] = (), columns: int = 8, fps: int = 12, scale: int = 2):
    """Frames of images (B, C, H, W) in [-1, 1] as an animation; each pixel is drawn `scale` pixels wide."""
    pictures = [montage(frame, columns) for frame in frames]
    return player([png(picture) for picture in pictures], labels, fps, pictures[0].shape[1] * scale, "images changing")


def animate_figure(figure, update: Callable[[int], object], n_frames: int, labels: Sequence[str] = (), fps: int = 12):
    """A matplotlib figure as an animation: `update(i)` changes it into frame i; the figure is closed afterwards."""
    import matplotlib.pyplot as plt
    from PIL import Image

    pictures = []
    for index in range(n_frames):
        update(index)
        buffer, small = io.BytesIO(), io.BytesIO()
        figure.savefig(buffer, format="png", dpi=80)
        # A figure needs no more than 256 colours, and the page gets half as large.
        Image.open(buffer).convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE).save(small, format="png", optimize=True)
        pictures.append(small.getvalue())
    width = round(figure.get_size_inches()[0] * 80)
    plt.close(figure)
    return player(pictures, labels, fps, width, "figure changing")


def png(picture: np.ndarray) -> bytes:
    """A picture (H, W) or (H, W, 3) in [0, 1] as a PNG file in memory."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray((picture * 255).round().astype(np.uint8)).save(buffer, format="png", optimize=True)
    return buffer.getvalue()
