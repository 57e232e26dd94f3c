"""Figures of densities, energies and scores in one and two dimensions, for notebooks 1 and 2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from helpers.densities import GaussianMixture, grid_1d, grid_2d, kl_from_samples
from helpers.figures import widgets
from helpers.figures.animation import animate_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHADES = "viridis"
ScoreFn = Callable[[Tensor], Tensor]


def plot_energy_and_density(x: Tensor, energy: Tensor, density: Tensor, title: str = ""):
    """Energy and density on one grid, all (N,), side by side: valleys on the left are hills on the right."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 3.3), layout="constrained")
    axes[0].plot(x, energy, color="C3", linewidth=2)
    axes[0].set(xlabel="x", ylabel="energy E(x)", title="low where x is likely")
    axes[1].fill_between(x, density, color="C0", alpha=0.4)
    axes[1].plot(x, density, color="C0", linewidth=2)
    axes[1].set(xlabel="x", ylabel="density p(x)", title="exp(-E(x)) / Z, area 1", ylim=(0, None))
    if title:
        figure.suptitle(title)
    return figure


def plot_histograms_1d(samples: dict[str, Tensor], density: GaussianMixture, low: float, high: float, bins: int = 60):
    """Histograms of named samples (N,) against the exact density, with KL(samples ‖ exact) in nats over each."""
    import matplotlib.pyplot as plt

    x, _ = grid_1d(low, high, 400)
    exact = density.density(x)
    figure, axes = plt.subplots(1, len(samples), figsize=(3.9 * len(samples), 3.4), layout="constrained", squeeze=False)
    for axis, (label, values) in zip(axes[0], samples.items()):
        axis.hist(values.flatten().clamp(low, high), bins=np.linspace(low, high, bins + 1), density=True, color="C0", alpha=0.6)
        axis.plot(x[:, 0], exact, color="C1", linewidth=2, label="exact density")
        axis.set(title=f"{label}\nKL = {kl_from_samples(values, density, low, high, bins):.3f}", xlabel="x")
        axis.set_ylim(0, 2.2 * exact.max().item())
    axes[0, 0].set_ylabel("density")
    axes[0, 0].legend(loc="upper left")
    return figure


def plot_curves(
    curves: dict[str, tuple], xlabel: str, ylabel: str, xscale: str = "linear", yscale: str = "linear", title: str = ""
):
    """Named curves {label: (x, y)} in one panel."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(8, 3.6), layout="constrained")
    for label, (x, y) in curves.items():
        axis.plot(x, y, linewidth=2, label=label)
    axis.set(xlabel=xlabel, ylabel=ylabel, xscale=xscale, yscale=yscale, title=title)
    if len(curves) > 1:
        axis.legend()
    return figure


def shade(axis, values: Tensor, extent: float, cmap: str = SHADES, **options):
    """Values on the points of `grid_2d(extent, n)`, (n·n,), as a picture on `axis`; returns the image."""
    n = round(len(values) ** 0.5)
    picture = values.detach().reshape(n, n).cpu()
    axis.set(xlim=(-extent, extent), ylim=(-extent, extent), xticks=[], yticks=[], aspect="equal")
    return axis.imshow(picture, origin="lower", extent=(-extent, extent, -extent, extent), cmap=cmap, **options)


def arrows(axis, score_fn: ScoreFn, extent: float, n: int = 17):
    """The score as arrows; their lengths are compressed (they grow like the fourth root), their directions are true."""
    points, _ = grid_2d(extent, n)
    score = score_fn(points).detach()
    length = score.norm(dim=1, keepdim=True).clamp(min=1e-9)
    shown = score / length * (length / length.max()) ** 0.25
    return axis.quiver(*points.T, *shown.T, color="white", scale=n * 1.15, width=0.005, pivot="mid")


def plot_fields(panels: dict[str, tuple[Tensor | None, ScoreFn | None, Tensor | None]], extent: float, cmap: str = SHADES):
    """A row of square panels {title: (values on grid_2d, score, points (N, 2))}; any of the three may be None."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(panels), figsize=(4 * len(panels), 4.3), layout="constrained", squeeze=False)
    for axis, (title, (values, score_fn, points)) in zip(axes[0], panels.items()):
        shade(axis, torch.zeros(4) if values is None else values, extent, cmap)
        if score_fn is not None:
            arrows(axis, score_fn, extent)
        if points is not None:
            axis.scatter(*points.T, s=9, color="#D55E00", alpha=0.8, linewidths=0)
        axis.set_title(title)
    return figure


def animate_particles(
    frames: Sequence[Tensor],
    labels: Sequence[str],
    extent: float,
    values: Sequence[Tensor],
    fields: Sequence[ScoreFn],
    fps: int = 10,
):
    """Particles (N, 2) frame by frame over shaded values and score arrows; one value and one field serve all the frames."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(4.6, 4.9), layout="constrained")
    values = list(values) * (len(frames) if len(values) == 1 else 1)
    fields = list(fields) * (len(frames) if len(fields) == 1 else 1)
    image = shade(axis, values[0], extent)
    quiver = arrows(axis, fields[0], extent)
    dots = axis.scatter(frames[0][:, 0], frames[0][:, 1], s=12, color="#D55E00", alpha=0.9, linewidths=0)
    state: dict[str, Any] = {"field": fields[0], "quiver": quiver}

    def update(index: int):
        if fields[index] is not state["field"]:
            state["quiver"].remove()
            state.update(field=fields[index], quiver=arrows(axis, fields[index], extent))
            picture = values[index].reshape(image.get_array().shape)
            image.set_data(picture)
            image.set_clim(picture.min(), picture.max())
        dots.set_offsets(frames[index])
        axis.set_title(labels[index])

    return animate_figure(figure, update, len(frames), labels, fps)


def animate_landscape(
    energies: Sequence[Tensor], chains: Sequence[Tensor], labels: Sequence[str], extent: float, data: Tensor, fps: int = 6
):
    """The density of an energy on grid_2d while it trains, beside its energy; data points left, chains right."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(8.6, 4.6), layout="constrained")
    shallow = [(e - e.min()).clamp(max=8.0) for e in energies]
    left = shade(axes[0], shallow[0], extent, vmin=0, vmax=8)
    figure.colorbar(left, ax=axes[0], label="energy above the lowest (8 or more is yellow)", shrink=0.8)
    right = shade(axes[1], torch.softmax(-energies[0], 0), extent)
    axes[0].scatter(*data[:150].T, s=9, color="#D55E00", linewidths=0)
    axes[1].set_title("density and chains")
    dots = axes[1].scatter(*chains[0].T, s=12, color="#D55E00", alpha=0.9, linewidths=0)

    def update(index: int):
        left.set_data(shallow[index].reshape(left.get_array().shape))
        density = torch.softmax(-energies[index], 0).reshape(left.get_array().shape)
        right.set_data(density)
        right.set_clim(0, density.max())
        dots.set_offsets(chains[index])
        axes[0].set_title(labels[index])

    return animate_figure(figure, update, len(energies), labels, fps)


def _as_of_now(draw: Callable[[float], Figure]) -> Callable[[float], Figure]:
    """The function with a copy of its global names, so that binding one of them anew does not reach it."""
    if not isinstance(draw, FunctionType):
        return draw
    copy = FunctionType(draw.__code__, dict(draw.__globals__), draw.__name__, draw.__defaults__, draw.__closure__)
    copy.__kwdefaults__ = draw.__kwdefaults__
    return copy


def slider(draw: Callable[[float], Figure], label: str, values: Sequence[float], start: int = 0) -> None:
    """Show `draw(value)` (a matplotlib figure) with a slider over `values`; without widgets, the figure at `values[start]` alone.

    The figure is an output of its own, which the slider below it changes: a saved or printed notebook keeps it. It is
    drawn with the notebook's names as they are now, because later cells reuse names such as x.
    """
    import matplotlib.pyplot as plt
    from IPython.display import display

    draw = _as_of_now(draw)
    first = draw(values[start])
    shown = display(first, display_id=True)
    plt.close(first)
    if not widgets.at_hand():
        return
    import ipywidgets

    def moved(change: dict) -> None:
        figure = draw(change["new"])
        shown.update(figure)
        plt.close(figure)

    options = [(f"{value:g}", value) for value in values]
    control = ipywidgets.SelectionSlider(options=options, value=values[start], description=label, continuous_update=False)
    control.observe(moved, "value")
    display(control)
