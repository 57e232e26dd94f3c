"""Small figures for the cards: drawn with matplotlib, outside pyplot, so that a student's own figures are left alone."""

from __future__ import annotations

import io

import torch

from .plain import SubjectError

RIGHT, YOURS = "#2f7d4f", "#d1662a"


def _png(figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, facecolor="white")
    return buffer.getvalue()


def line_figure(x: torch.Tensor, right: torch.Tensor, yours: torch.Tensor, xlabel: str, ylabel: str, log: bool = False) -> bytes:
    """PNG of the student's curve over the right one; values that are not finite leave gaps."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 2.6), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(x, right, color=RIGHT, linewidth=5, alpha=0.45, label="right")
    axes.plot(x[: len(yours)], yours[: len(x)], color=YOURS, linewidth=1.8, linestyle="--", label="yours")
    if log:
        axes.set_yscale("log", nonpositive="mask")
    axes.set_xlabel(xlabel, fontsize=11)
    axes.set_ylabel(ylabel, fontsize=11)
    axes.tick_params(labelsize=11)
    axes.legend(fontsize=11, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return _png(figure)


def compared(bench, arguments: tuple, x: torch.Tensor, right: torch.Tensor, labels: tuple[str, str], log: bool = False):
    """A function that draws what the answer returns for the arguments over what is right, or None if there is no curve.

    labels name the axes; with log the vertical one is logarithmic, which shows what is small.
    """
    try:
        yours = bench.call(*arguments).value
    except SubjectError:
        return None
    if not isinstance(yours, torch.Tensor) or yours.numel() < 2 or yours.is_complex():
        return None
    ideal, own = right.double().flatten(), yours.double().flatten()
    return lambda: line_figure(x, ideal, own, *labels, log=log)
