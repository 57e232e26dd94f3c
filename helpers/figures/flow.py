"""Figures of notebook 6: paths of pairs and of a flow, the order of a solver."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from helpers.few_steps import path_end
from helpers.figures.plotting import GREY, to_display
from helpers.flow import interpolate


def plot_paths(panels: dict[str, Tensor], extent: float, marks: Tensor | None = None):
    """Paths of points in the plane from noise (dots) to data (crosses), a panel for each: {title: places (steps, N, 2)}.

    `marks` (M, 2) are faint dots behind, such as samples of the data.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(panels), figsize=(5.2 * len(panels), 5.2), layout="constrained", squeeze=False)
    for axis, (title, places) in zip(axes[0], panels.items()):
        if marks is not None:
            axis.scatter(*marks.T, s=4, color="0.8", zorder=0)
        for i in range(places.shape[1]):
            axis.plot(places[:, i, 0], places[:, i, 1], color="C0", linewidth=1.1, alpha=0.7)
        axis.scatter(*places[0].T, s=18, color="C1", label="noise, t = 0", zorder=3)
        axis.scatter(*places[-1].T, s=22, color="C3", marker="x", label="data, t = 1", zorder=3)
        axis.set(title=title, xlabel="$x_1$", ylabel="$x_2$", xlim=(-extent, extent), ylim=(-extent, extent), aspect="equal")
    axes[0, 0].legend(loc="upper left")
    return figure


def plot_orders(errors: dict[str, tuple[Sequence[int], Sequence[float]]]):
    """The error of each solver against its steps on two logarithmic axes, with the slope of the last two points named.

    errors: {solver: (steps, errors)}.
    """
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(8, 4.2), layout="constrained")
    for marker, (name, (steps, values)) in zip("osD^", errors.items()):
        slope = np.log(values[-2] / values[-1]) / np.log(steps[-1] / steps[-2])
        axis.plot(steps, values, marker=marker, linewidth=2, label=f"{name}: error ∝ 1/steps$^{{{slope:.2f}}}$")
    axis.set(xscale="log", yscale="log", xlabel="steps", ylabel="largest error of the end point")
    counts = sorted({n for steps, _ in errors.values() for n in steps})
    axis.set_xticks(counts, [str(n) for n in counts])
    axis.minorticks_off()
    axis.legend(loc="lower left")
    return figure


def plot_levels(model: Callable[[Tensor, Tensor], Tensor], data: Tensor, noise: Tensor, times: Sequence[float]):
    """One picture at several times of its path: x_t above, and below the path's end as the velocity there names it.

    data, noise: (1, C, H, W); the end is x + (1-t) v(x, t).
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, len(times), figsize=(1.45 * len(times), 3.3), layout="constrained")
    for column, t in enumerate(times):
        now = torch.tensor([float(t)])
        x = interpolate(data, noise, now)
        with torch.no_grad():
            end = path_end(model, x, now)
        for row, picture in enumerate((x, end)):
            axes[row, column].imshow(to_display(picture)[0], **GREY)
            axes[row, column].set(xticks=[], yticks=[])
        axes[0, column].set_title(f"t = {t:g}")
    axes[0, 0].set_ylabel("$x_t$")
    axes[1, 0].set_ylabel("end of path")
    return figure
