"""Figures of the text-to-image notebook: the parts drawn, grids with labels, attention over a picture, and a film.

Pictures here are (B, 3, H, W) in [0, 1], as the pipeline gives them out.
"""

import base64
import html
import importlib.util
import re
import shutil
import textwrap
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from helpers.figures.animation import animate, png

SHARP = {"interpolation": "nearest", "vmin": 0, "vmax": 1}


def to_numpy(pictures: Tensor) -> np.ndarray:
    """Pictures (B, 3, H, W) in [0, 1] as (B, H, W, 3) for mediapy and matplotlib; what lies outside is clamped.

    Raises ValueError for another shape.
    """
    if pictures.ndim != 4 or pictures.shape[1] != 3:
        raise ValueError(f"pictures must be (batch, 3, height, width); got {tuple(pictures.shape)}")
    return pictures.detach().float().cpu().clamp(0, 1).permute(0, 2, 3, 1).numpy()


def wrapped(titles: Sequence[str], width: int = 18) -> list[str]:
    """Long titles for mediapy.show_images, broken into equally many lines so that the pictures below stand in rows."""
    lines = [textwrap.wrap(title, width) for title in titles]
    most = max(len(some) for some in lines)
    level = ["<br>".join(["&nbsp;"] * (most - len(some)) + some) for some in lines]
    return [f'<div style="text-align:center">{some}</div>' for some in level]  # JupyterLab would align them right


def draw_latent_diffusion(pipe):
    """The parts of a text-to-image pipeline and what flows between them, with this pipeline's own sizes."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import FancyBboxPatch

    side, channels = pipe.unet.config.sample_size, pipe.unet.config.in_channels
    pixels = side * pipe.vae_scale_factor
    tokens, width = pipe.tokenizer.model_max_length, pipe.unet.config.cross_attention_dim
    figure, axis = plt.subplots(figsize=(11, 4.6), layout="constrained")

    def box(x, y, text, colour, w=1.9, h=0.8):
        patch = FancyBboxPatch((x - w / 2, y - h / 2), w, h, boxstyle="round,pad=0.04", fc=colour, ec="0.3")
        axis.add_patch(patch)
        axis.text(x, y, text, ha="center", va="center", fontsize=12)

    def arrow(start, end, text="", at=(0, 0.14), bend=0.0):
        style = {"arrowstyle": "->", "color": "0.3", "lw": 1.8, "connectionstyle": f"arc3,rad={bend}"}
        axis.annotate("", end, start, arrowprops=style)
        x, y = (start[0] + end[0]) / 2 + at[0], (start[1] + end[1]) / 2 + at[1]
        axis.text(x, y, text, ha="center", va="center", fontsize=11, color="0.25")

    box(0.9, 3, "“a red seven”", "#ffffff")
    box(3.9, 3, "tokenizer", "#f6e3b4")
    box(7.1, 3, "text encoder", "#f6e3b4")
    box(0.9, 1, "noise", "#eeeeee")
    symbol = "v" if pipe.scheduler.config.prediction_type == "v_prediction" else "ε"
    box(4.6, 1, f"U-Net: predicts {symbol}", "#cfe3f7", w=2.3)
    box(8.2, 1, "scheduler: a step", "#d9d2e9", w=2.3)
    box(11.4, 1, "VAE decoder", "#d6efd6")
    box(11.4, 3, "picture", "#ffffff")
    arrow((1.9, 3), (2.9, 3))
    arrow((4.9, 3), (6.1, 3), f"{tokens} ids")
    arrow((7.1, 2.55), (4.9, 1.47), f"{tokens} vectors of {width}:\ncross-attention", (1.55, 0.05))
    arrow((1.9, 1), (3.4, 1), f"{channels}×{side}×{side}")
    arrow((5.8, 1), (7.0, 1), symbol)
    arrow((8.2, 0.55), (4.6, 0.55), "again, for each t", (0, -0.72), bend=-0.35)
    arrow((9.4, 1), (10.4, 1), "latents", (0, 0.2))
    arrow((11.4, 1.47), (11.4, 2.53), f"3×{pixels}×{pixels}", (-0.75, 0))
    axis.set_xlim(-0.2, 12.5)
    axis.set_ylim(-0.6, 3.6)
    axis.set_axis_off()
    return figure


def show_images(pictures: Tensor, titles: Sequence[str] = (), height: int = 150, columns: int | None = None) -> None:
    """Pictures (B, 3, H, W) in [0, 1] in a table, by `mediapy.show_images` where there is mediapy; titles are alt texts too."""
    from IPython.display import HTML, display

    titles = list(titles) or [f"picture {i + 1} of {len(pictures)}" for i in range(len(pictures))]
    table = _table_by_mediapy if importlib.util.find_spec("mediapy") else _table
    first, *others = table(to_numpy(pictures), titles, height, columns or len(pictures)).split("<img ")
    texts = [html.escape(_words(title) or "another picture of the same prompt", quote=True) for title in titles]
    display(HTML(first + "".join(f'<img alt="{text}" {rest}' for text, rest in zip(texts, others))))


def _words(title: str) -> str:
    """A title without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", title)).split())


def _table_by_mediapy(images: np.ndarray, titles: Sequence[str], height: int, columns: int) -> str:
    import mediapy

    return str(mediapy.show_images(images, titles=titles, height=height, columns=columns, return_html=True))


def _table(images: np.ndarray, titles: Sequence[str], height: int, columns: int) -> str:
    """The same table without mediapy."""
    cells = []
    for image, title in zip(images, titles):
        source = base64.b64encode(png(image)).decode()
        picture = f'<img width="{height * image.shape[1] // image.shape[0]}" height="{height}" style="image-rendering:pixelated"'
        cells.append(f'<td style="padding:1px">{title}<br>{picture} src="data:image/png;base64,{source}"/></td>')
    rows = ("".join(cells[i : i + columns]) for i in range(0, len(cells), columns))
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def show_grid(pictures: Tensor, rows: Sequence[str], columns: Sequence[str], title: str = "", side: float = 1.15):
    """A labelled grid of pictures (len(rows)·len(columns), 3, H, W), row by row.

    Raises ValueError for another number of pictures.
    """
    import matplotlib.pyplot as plt

    if len(pictures) != len(rows) * len(columns):
        raise ValueError(f"{len(rows)} rows of {len(columns)} need as many pictures; got {len(pictures)}")
    size = (side * len(columns) + 1.6, side * len(rows) + (0.9 if title else 0.5))
    figure, axes = plt.subplots(len(rows), len(columns), figsize=size, squeeze=False, layout="constrained")
    for axis, picture in zip(axes.flat, to_numpy(pictures)):
        axis.imshow(picture, **SHARP)
        axis.set(xticks=[], yticks=[])
    for axis, label in zip(axes[0], columns):
        axis.set_title(label)
    for axis, label in zip(axes[:, 0], rows):
        axis.set_ylabel(label, rotation=0, ha="right", va="center")
    if title:
        figure.suptitle(title, fontsize=13)
    return figure


def show_latents(latents: Tensor, pictures: Tensor):
    """Each picture (B, 3, H, W) with the channels of its latents (B, C, h, w) beside it, all on one colour scale."""
    import matplotlib.pyplot as plt

    n, channels = latents.shape[:2]
    figure, axes = plt.subplots(n, channels + 1, figsize=(1.1 * channels + 2.4, 1.2 * n + 0.3), layout="constrained")
    scale = latents.abs().max().item()
    for row, picture, maps in zip(axes.reshape(n, -1), to_numpy(pictures), latents.detach().cpu()):
        row[0].imshow(picture, **SHARP)
        for axis, channel in zip(row[1:], maps):
            image = axis.imshow(channel, cmap="RdBu_r", vmin=-scale, vmax=scale)
        for axis in row:
            axis.set(xticks=[], yticks=[])
    axes.reshape(n, -1)[0, 0].set_title("picture")
    for c, axis in enumerate(axes.reshape(n, -1)[0, 1:]):
        axis.set_title(f"ch. {c}")
    figure.colorbar(image, ax=axes, shrink=0.8, label="latent")
    return figure


def show_attention(picture: Tensor, maps: Tensor, words: Sequence[str]):
    """One picture (3, H, W) and, for each word, the map (size, size) of where the U-Net looked while reading it.

    Each map is scaled by its own range: bright is where this word counted most, and the number is its share there.
    """
    import matplotlib.pyplot as plt

    n = len(words) + 1
    columns = min(n, 7)
    rows = -(-n // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(1.5 * columns, 2.05 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.set_axis_off()
    image = to_numpy(picture[None])[0]
    grey = np.repeat(image.mean(-1, keepdims=True), 3, -1) * 0.5
    extent = (0, image.shape[1], image.shape[0], 0)
    axes.flat[0].imshow(image, **SHARP)
    axes.flat[0].set_title("picture")
    for axis, word, weights in zip(axes.flat[1:], words, maps):
        axis.imshow(grey, **SHARP)
        span = (weights - weights.min()) / (weights.max() - weights.min()).clamp(min=1e-8)
        axis.imshow(span.cpu(), cmap="inferno", alpha=0.75, extent=extent, interpolation="bicubic", vmin=0, vmax=1)
        axis.set_title(f"{word}\n{weights.max():.0%}")
    return figure


def show_similarity(groups: dict[str, tuple[Tensor, Sequence[str]]]):
    """Cosine similarity of word vectors, one table a group: {title: (vectors (N, D), words)}, each group centred."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(groups), figsize=(5 * len(groups) + 1, 4.6), squeeze=False, layout="constrained")
    for axis, (title, (vectors, words)) in zip(axes[0], groups.items()):
        unit = torch.nn.functional.normalize(vectors.float() - vectors.float().mean(0), dim=1)
        image = axis.imshow((unit @ unit.T).cpu(), cmap="RdBu_r", vmin=-1, vmax=1)
        axis.set_xticks(range(len(words)), words, rotation=90)
        axis.set_yticks(range(len(words)), words)
        axis.set_title(title)
    figure.colorbar(image, ax=axes, label="cosine similarity", shrink=0.85)
    return figure


def plot_signal(schedules: dict[str, Tensor]):
    """√ᾱ_t, what is left of the picture, for schedules given as {label: betas (T,)}."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(6, 3.4), layout="constrained")
    for (label, betas), style in zip(schedules.items(), ("-", "--", ":")):
        axis.plot((1 - betas.double()).cumprod(0).sqrt(), style, label=label)
    axis.set(xlabel="t", ylabel="√ᾱ, signal left", ylim=(0, 1.02))
    axis.legend()
    return figure


def show_film(frames: Tensor, fps: int = 12, height: int = 192):
    """Play pictures (N, 3, H, W) as a video, or, without mediapy or ffmpeg on this machine, with the course's own player."""
    from IPython.display import display

    images = to_numpy(frames)
    factor = max(1, height // images.shape[1])
    if importlib.util.find_spec("mediapy") and shutil.which("ffmpeg"):
        import mediapy

        mediapy.show_video(images.repeat(factor, 1).repeat(factor, 2), fps=fps)
    else:
        display(animate([frame[None] * 2 - 1 for frame in frames], columns=1, fps=fps, scale=factor))
