"""Small drawings, computed from the course's digits, of how three well-known systems work; for the gallery of notebook 1."""

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.figures.plotting import GREY, to_display


def _canvas(width: float, height: float):
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(width, height))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, width), ylim=(0, height))
    axis.set_axis_off()
    return figure, axis


def _picture(axis, image: Tensor, x: float, y: float, size: float) -> None:
    """An image (1, 1, H, W) with its lower left corner at (x, y)."""
    axis.imshow(to_display(image)[0], extent=(x, x + size, y, y + size), zorder=2, **GREY)
    axis.set_aspect("auto")


def _box(axis, x: float, y: float, width: float, height: float, text: str, colour: str = "#cfe3f7") -> None:
    from matplotlib.patches import FancyBboxPatch

    axis.add_patch(FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0.03", fc=colour, ec="0.3", zorder=2))
    axis.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=12, zorder=3)


def _arrow(axis, start: tuple[float, float], end: tuple[float, float], text: str = "") -> None:
    axis.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "0.2", "lw": 1.6}, zorder=3)
    axis.text((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.1, text, ha="center", va="bottom", fontsize=11)


def _resize(image: Tensor, size: int) -> Tensor:
    return F.interpolate(image, (size, size), mode="area")


def _moved(image: Tensor, angle: float, shift: float = 0.0) -> Tensor:
    """The image turned by `angle` radians and moved sideways by `shift` of half its width, black (-1) behind."""
    cos, sin = torch.cos(torch.tensor(angle)), torch.sin(torch.tensor(angle))
    turn = torch.tensor([[[cos, -sin, -shift], [sin, cos, 0.0]]])
    return F.grid_sample(image + 1, F.affine_grid(turn, list(image.shape), align_corners=False), align_corners=False) - 1


def draw_two_ways(x0: Tensor, noisy: list[Tensor]):
    """From noise to the image x0 (1, 1, H, W) in one pass, and in many small steps through `noisy`, from noise to clean."""
    figure, axis = _canvas(11, 3.7)
    n = len(noisy)
    for y in (2.05, 0.25):
        _picture(axis, noisy[0], 1.6, y, 1.1)
        _picture(axis, x0, 9.6, y, 1.1)
    axis.text(0.1, 2.6, "VAE, GAN:\none pass", va="center", fontsize=12)
    axis.text(0.1, 0.8, "diffusion:\nmany steps", va="center", fontsize=12)
    _arrow(axis, (2.85, 2.6), (9.45, 2.6), "one network, all the work at once")
    step = 8.0 / n
    for i in range(1, n):
        _picture(axis, noisy[i], 1.6 + i * step, 0.25, 1.1)
        _arrow(axis, (1.6 + (i - 1) * step + 1.13, 0.8), (1.6 + i * step - 0.03, 0.8))
    _arrow(axis, (1.6 + (n - 1) * step + 1.13, 0.8), (9.57, 0.8))
    axis.text(6, 1.5, "the same network every time, a little less noise at each step", ha="center", fontsize=11)
    return figure


def draw_cascade(image: Tensor):
    """Imagen: a small picture from text, then two models that enlarge it; image (1, 1, 32, 32)."""
    figure, axis = _canvas(11, 2.6)
    _box(axis, 0.15, 0.95, 1.7, 0.7, "text encoder\n“a three”", "#f6e7c8")
    labels = ("diffusion\n64×64", "diffusion\n256×256", "diffusion\n1024×1024")
    places = ((2.3, 8, 0.7), (4.75, 16, 1.2), (7.7, 32, 1.9))
    for (x, size, side), label in zip(places, labels):
        _box(axis, x, 1.0, 1.05, 0.62, label)
        _arrow(axis, (x - 0.4, 1.3), (x - 0.05, 1.3))
        _picture(axis, _resize(image, size), x + 1.2, 1.3 - side / 2, side)
    for x in (2.8, 5.27, 8.22):
        axis.plot([1.0, 1.0, x, x], [0.92, 0.2, 0.2, 0.95], color="#b8860b", linestyle="--", linewidth=1.4, zorder=1)
    axis.text(4.0, 0.27, "every stage reads the text", color="#8a6508", fontsize=11, ha="center")
    return figure


def draw_unclip(image: Tensor):
    """DALL·E 2: text → image embedding (the prior) → images (the decoder), several of one embedding; image (1, 1, 32, 32)."""
    figure, axis = _canvas(11, 2.6)
    codes = 2 * torch.rand(2, 1, 1, 16, 1, generator=torch.Generator().manual_seed(1)) - 1
    _box(axis, 0.15, 0.95, 1.5, 0.7, "CLIP text\nencoder", "#f6e7c8")
    _box(axis, 3.2, 0.95, 1.5, 0.7, "prior\n(diffusion)")
    _box(axis, 6.25, 0.95, 1.5, 0.7, "decoder\n(diffusion)")
    for x, code, label in ((2.15, codes[0], "text\nembedding"), (5.25, codes[1], "image\nembedding")):
        axis.imshow(to_display(code)[0], extent=(x, x + 0.35, 0.75, 1.85), cmap="viridis", zorder=2)
        axis.set_aspect("auto")
        axis.text(x + 0.17, 0.65, label, ha="center", va="top", fontsize=11)
    for start, end in ((1.7, 2.1), (2.55, 3.15), (4.75, 5.2), (5.65, 6.2), (7.8, 8.25)):
        _arrow(axis, (start, 1.3), (end, 1.3))
    for i, angle in enumerate((-0.25, 0.0, 0.3, 0.12)):
        _picture(axis, _moved(image, angle), 8.4 + 1.25 * (i % 2), 1.4 - 1.2 * (i // 2), 1.1)
    return figure


def draw_video(image: Tensor, frames: int = 4):
    """Video Diffusion Models: noise in, moving picture out, attention in space and along time; image (1, 1, 32, 32)."""
    figure, axis = _canvas(11, 2.6)
    noise = torch.randn(frames, 1, 1, 32, 32, generator=torch.Generator().manual_seed(2))
    for i in range(frames):
        where = i / (frames - 1)
        moving = _moved(image, 0.6 * where - 0.3, 0.5 * where - 0.25)
        for x, picture in ((0.1, noise[i]), (7.05, moving)):
            _picture(axis, picture, x + 0.97 * i, 0.9, 0.9)
    _box(axis, 4.45, 0.75, 2.1, 1.2, "3-D U-Net\nattention in space,\nthen along time")
    _arrow(axis, (4.0, 1.35), (4.4, 1.35))
    _arrow(axis, (6.6, 1.35), (7.0, 1.35))
    _arrow(axis, (7.1, 0.65), (10.85, 0.65))
    axis.text(8.95, 0.25, "time", ha="center", fontsize=11)
    return figure
