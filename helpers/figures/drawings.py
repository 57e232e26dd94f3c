"""Drawings that a text would need a page for: the U-Net with its sizes, and the chain between image and noise."""

from collections.abc import Sequence

from torch import Tensor

from helpers.figures.plotting import GREY, to_display


def draw_unet(widths: Sequence[int], size: int, n_channels: int = 1, patch: int = 1):
    """The U-Net as its levels stand: channels on each block, height × width beside it, skips across, time from below."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import FancyBboxPatch

    *levels, bottom = widths
    depth = len(levels)
    figure, axis = plt.subplots(figsize=(11, 11 * (depth + 2) / (2 * depth + 7)), layout="constrained")

    def block(x: float, y: float, text: str, colour: str) -> None:
        box = FancyBboxPatch((x - 0.55, y - 0.28), 1.1, 0.56, boxstyle="round,pad=0.02", fc=colour, ec="0.3")
        axis.add_patch(box)
        axis.text(x, y, text, ha="center", va="center", fontsize=12)

    def arrow(start, end, text: str = "", style: str = "-", colour: str = "0.3") -> None:
        axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "linestyle": style, "color": colour, "lw": 1.6})
        if text:
            axis.text((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.1, text, ha="center", fontsize=11, color=colour)

    grid = size // patch
    far = 2 * depth + 2
    block(-1.7, 0, f"$x_t$\n{n_channels}×{size}×{size}", "#eeeeee")
    arrow((-1.1, 0), (-0.6, 0))
    for level, width in enumerate(levels):
        side = grid >> level
        block(level, -level, f"{width}", "#cfe3f7")
        block(far - level, -level, f"{width}", "#d6efd6")
        beside = (level - 0.65, -level) if level else (-0.05, -0.47)  # the input's arrow is beside the first block
        axis.text(beside[0], beside[1], f"{side}×{side}", ha="right", va="center", fontsize=11)
        arrow((level + 0.6, -level), (far - level - 0.6, -level), "skip", "--", "#8a5a00")
        step = 0.8 if level < depth - 1 else far / 2 - level - 0.6
        drop = 0.68 if level < depth - 1 else 1.0
        arrow((level + 0.2, -level - 0.33), (level + step, -level - drop))
        arrow((far - level - step, -level - drop), (far - level - 0.2, -level - 0.33))
    block(far / 2, -depth, f"{bottom}", "#f6d9d5")
    axis.text(far / 2, -depth - 0.52, f"bottleneck, {grid >> depth}×{grid >> depth}", ha="center", fontsize=11)
    block(far + 1.7, 0, "output:\nε or v", "#eeeeee")
    arrow((far + 0.6, 0), (far + 1.1, 0))
    axis.text(
        far / 2, -depth - 1.0, "t → sines and cosines → MLP → added to the channels of every block",
        ha="center", fontsize=12, color="#6a3d9a",
    )  # fmt: skip
    axis.text(0, 0.45, "EncBlock", ha="center", fontsize=12)
    axis.text(far, 0.45, "DecBlock", ha="center", fontsize=12)
    axis.set(xlim=(-2.5, far + 2.5), ylim=(-depth - 1.25, 0.75), aspect="equal")
    axis.set_axis_off()
    return figure


def draw_chain(images: Sequence[Tensor], labels: Sequence[str], forward: str = "add noise", back: str = "learn to undo it"):
    """Images (1, C, H, W) from clean to noise in a row, an arrow above for the way there and one below for the way back."""
    import matplotlib.pyplot as plt

    n = len(images)
    figure, axes = plt.subplots(1, n, figsize=(1.5 * n, 2.9), gridspec_kw={"wspace": 0.25})
    figure.subplots_adjust(left=0.02, right=0.98, top=0.74, bottom=0.24)
    for axis, image, label in zip(axes, images, labels):
        axis.imshow(to_display(image)[0], **GREY)
        axis.set(xticks=[], yticks=[])
        axis.set_xlabel(label)
    for y, start, end, text, colour in ((0.86, 0.05, 0.95, forward, "C3"), (0.07, 0.95, 0.05, back, "C0")):
        figure.add_artist(plt.Line2D([start, end], [y, y], transform=figure.transFigure, color=colour, linewidth=1.5, zorder=0))
        tip = ">" if end > start else "<"
        figure.text(end, y, tip, ha="center", va="center", fontsize=14, color=colour, fontweight="bold")
        figure.text(0.5, y, text, ha="center", va="center", fontsize=12, color=colour, backgroundcolor="white")
    return figure
