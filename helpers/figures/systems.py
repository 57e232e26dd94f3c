"""Figures of notebook 7: pictures against captions, and stages of different sizes side by side."""

import textwrap
from collections.abc import Sequence

from torch import Tensor

from helpers.figures.text_to_image import SHARP, to_numpy


def show_retrieval(pictures: Tensor, texts: Sequence[str], similarity: Tensor):
    """Cosine similarities (N, N) of pictures (N, 3, H, W) in [0, 1], one a row, and of captions, one a column.

    A dot marks each picture's nearest caption.
    """
    import matplotlib.pyplot as plt
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    n = len(texts)
    figure, axis = plt.subplots(figsize=(0.62 * n + 4, 0.62 * n + 2.6), layout="constrained")
    image = axis.imshow(similarity, cmap="RdBu_r", vmin=-1, vmax=1)
    axis.plot(similarity.argmax(1), range(n), "o", color="black", label="nearest caption")
    axis.set_xticks(range(n), [textwrap.fill(text, 24) for text in texts], rotation=90, fontsize=9)
    axis.set_yticks([])
    axis.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False)
    for row, picture in enumerate(to_numpy(pictures)):
        thumbnail = OffsetImage(picture, zoom=1.0, interpolation="nearest")
        axis.add_artist(AnnotationBbox(thumbnail, (-1.05, row), frameon=False, annotation_clip=False))
    axis.set_ylabel("pictures", labelpad=46)
    axis.set_xlabel("● nearest caption", loc="left")
    figure.colorbar(image, ax=axis, label="cosine similarity", shrink=0.7)
    return figure


def show_stages(stages: dict[str, Tensor], columns: Sequence[str], title: str = ""):
    """One row a stage: {label: pictures (N, 3, H, W) in [-1, 1]}, of any size, each drawn equally large; `columns` heads them."""
    import matplotlib.pyplot as plt

    size = (1.65 * len(columns) + 1.6, 1.65 * len(stages) + 0.7)
    figure, axes = plt.subplots(len(stages), len(columns), figsize=size, squeeze=False, layout="constrained")
    for row, (label, pictures) in zip(axes, stages.items()):
        for axis, picture in zip(row, to_numpy(pictures / 2 + 0.5)):
            axis.imshow(picture, **SHARP)
            axis.set(xticks=[], yticks=[])
        row[0].set_ylabel(textwrap.fill(label, 16) if len(label) > 30 else label, rotation=0, ha="right", va="center")
    for axis, label in zip(axes[0], columns):
        axis.set_title(textwrap.fill(label, 18), fontsize=10)
    if title:
        figure.suptitle(title)
    return figure
