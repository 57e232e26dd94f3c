"""Figures of the course: images in [-1, 1] are mapped to [0, 1] and clamped for display only.

Every function draws into a new matplotlib figure and returns it, unless it says otherwise.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from helpers.figures.style import use_course_style

__all__ = [
    "montage",
    "plot_batch",
    "plot_histograms",
    "plot_losses",
    "plot_rows",
    "plot_schedules",
    "plot_trajectory",
    "to_display",
    "use_course_style",
]

GREY: dict[str, Any] = {"cmap": "gray", "vmin": 0, "vmax": 1, "interpolation": "nearest"}


def to_display(x: Tensor) -> np.ndarray:
    """Images (B, C, H, W) in [-1, 1] → (B, H, W) or (B, H, W, 3) in [0, 1]; what lies outside is clamped.

    Raises ValueError for another shape.
    """
    if x.ndim != 4 or x.shape[1] not in (1, 3):
        raise ValueError(f"images must be (batch, 1 or 3 channels, height, width); got {tuple(x.shape)}")
    shown = ((x.detach().float().cpu() + 1) / 2).clamp(0, 1).permute(0, 2, 3, 1)
    return shown.squeeze(-1).numpy()


def montage(x: Tensor, columns: int, gap: int = 1) -> np.ndarray:
    """Images (B, C, H, W) in [-1, 1] side by side in one picture, with light gaps."""
    tiles = to_display(x)
    rows = -(-len(tiles) // columns)
    height, width = tiles.shape[1] + gap, tiles.shape[2] + gap
    canvas = np.ones((rows * height - gap, columns * width - gap, *tiles.shape[3:]))
    for i, tile in enumerate(tiles):
        top, left = i // columns * height, i % columns * width
        canvas[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return canvas


def plot_batch(x: Tensor, n: int = 16, title: str = ""):
    """A grid of the first `n` images of x (B, C, H, W) in [-1, 1]."""
    import matplotlib.pyplot as plt

    x = x[:n]
    columns = int(np.ceil(np.sqrt(len(x))))
    figure, axis = plt.subplots(figsize=(5.5, 5.8 if title else 5.5), layout="constrained")
    axis.imshow(montage(x, columns), **GREY)
    axis.set_axis_off()
    if title:
        axis.set_title(title)
    return figure


def plot_rows(rows: dict[str, Tensor], columns: int = 10, title: str = "", over: Sequence[str] = ()):
    """One labelled strip of images a row: {label: (B, C, H, W) in [-1, 1]}; `over` heads the columns, above the first row."""
    import matplotlib.pyplot as plt

    first = next(iter(rows.values()))
    height = 9 / columns * first.shape[-2] / first.shape[-1]
    figure, axes = plt.subplots(
        len(rows), 1, figsize=(11, (height + 0.45) * len(rows) + 0.3), layout="constrained", squeeze=False
    )
    for axis, (label, images) in zip(axes[:, 0], rows.items()):
        axis.imshow(montage(images[:columns], columns), **GREY)
        axis.set_title(label, loc="left")
        axis.set_axis_off()
    for column, text in enumerate(over):
        width = first.shape[-1] + 1  # a tile and its gap
        axes[0, 0].text(column * width + width / 2, -2, text, ha="center", va="bottom", fontsize=12)
    if over:
        axes[0, 0].set_title(next(iter(rows)), loc="left", pad=22)
    if title:
        figure.suptitle(title)
    return figure


def plot_histograms(images: Sequence[Tensor], labels: Sequence[str], columns: int = 4):
    """Pixel histograms, one panel a tensor, under the density of N(0, 1); all on one scale, cut off at three times its peak."""
    import matplotlib.pyplot as plt
    import seaborn

    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(11, 2.2 * rows + 0.4), sharex=True, sharey=True, layout="constrained", squeeze=False
    )
    grid = np.linspace(-4, 4, 200)
    normal = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi)
    for axis, image, label in zip(axes.flat, images, labels):
        values = image.detach().float().cpu().numpy().ravel()
        seaborn.histplot(values, bins=np.linspace(-4, 4, 61), stat="density", linewidth=0, color="C0", alpha=1, ax=axis)
        axis.plot(grid, normal, color="C1", linewidth=2)
        axis.set(title=label, xlim=(-4, 4), ylim=(0, 3 * normal.max()), yticks=[], ylabel="")
    for axis in axes.flat[len(images) :]:
        axis.set_axis_off()
    for axis in axes[-1]:
        axis.set_xlabel("pixel value")
    figure.supylabel("density")
    return figure


def plot_schedules(schedules: dict):
    """β_t (log scale), √ᾱ_t and the signal-to-noise ratio of named `Schedule`s, against t/T."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    for name, schedule in schedules.items():
        where = np.arange(schedule.T) / schedule.T
        a_bar = schedule.alphas_cumprod.double()
        axes[0].semilogy(where, schedule.betas, label=name)
        axes[1].plot(where, a_bar.sqrt(), label=name)
        axes[2].semilogy(where, (a_bar / (1 - a_bar)).clamp(min=1e-9), label=name)
    axes[0].set(title="noise added at each step", ylabel=r"$\beta_t$")
    axes[1].set(title="signal that is left", ylabel=r"$\sqrt{\bar\alpha_t}$")
    axes[2].set(title="signal to noise", ylabel=r"$\bar\alpha_t / (1-\bar\alpha_t)$")
    for axis in axes:
        axis.set_xlabel("t / T")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(schedules))
    return figure


def plot_losses(runs: dict[str, Sequence[float]], smooth: int = 50):
    """Training losses of named runs against the step, each smoothed over a window of `smooth` steps."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, MaxNLocator

    figure, axis = plt.subplots(figsize=(8, 3.6), layout="constrained")
    for name, losses in runs.items():
        window = min(smooth, len(losses))
        mean = np.convolve(losses, np.ones(window) / window, mode="valid")
        axis.plot(np.arange(window, len(losses) + 1), mean, label=name)
    axis.set(xlabel="step", ylabel="loss, running mean", yscale="log")
    low, high = axis.get_ylim()  # within a decade 1, 2 and 5 would leave a tick or two
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if high > 10 * low else MaxNLocator(5))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter("")
    axis.legend()
    return figure


def plot_trajectory(frames: Sequence[tuple[str, Tensor, Tensor]]):
    """One image on its way: (label, x_t (1, C, H, W), predicted x_0) for a few steps, as two rows."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, len(frames), figsize=(1.25 * len(frames) + 0.6, 3.2), layout="constrained", squeeze=False)
    for column, (label, x, x0) in zip(axes.T, frames):
        column[0].set_title(label)
        for axis, image in zip(column, (x, x0)):
            axis.imshow(to_display(image)[0], **GREY)
            axis.set(xticks=[], yticks=[])
    axes[0, 0].set_ylabel("$x_t$")
    axes[1, 0].set_ylabel(r"predicted $x_0$")
    return figure


def plot_against(x: Sequence[float], curves: dict[str, Sequence[float]], xlabel: str):
    """One panel a curve, {its axis: values}, side by side against the same x."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(curves), figsize=(4.2 * len(curves), 3.2), layout="constrained", squeeze=False)
    for axis, (name, values) in zip(axes[0], curves.items()):
        axis.plot(x, values, marker="o")
        axis.set(xlabel=xlabel, ylabel=name)
        axis.set_ylim(bottom=0)
    return figure
