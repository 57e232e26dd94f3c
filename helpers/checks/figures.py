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


def line_figure(x: torch.Tensor, right: torch.Tensor, yours: torch.Tensor, xlabel: str, ylabel: str) -> bytes:
    """PNG of the student's curve over the right one; values that are not finite leave gaps."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 2.6), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(x, right, color=RIGHT, linewidth=5, alpha=0.45, label="right")
    axes.plot(x[: len(yours)], yours[: len(x)], color=YOURS, linewidth=1.8, linestyle="--", label="yours")
    axes.set_xlabel(xlabel, fontsize=11)
    axes.set_ylabel(ylabel, fontsize=11)
    axes.tick_params(labelsize=11)
    axes.legend(fontsize=11, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return _png(figure)


def alphas_cumprod_figure(bench, betas: torch.Tensor):
    """A function that draws ᾱ_t of the student's betas over that of the right ones, or None if there are no betas."""
    try:
        yours = bench.call(len(betas)).value
    except SubjectError:
        return None
    if not isinstance(yours, torch.Tensor) or yours.numel() < 2 or yours.is_complex():
        return None
    t = torch.arange(1, len(betas) + 1)
    cumulated = [torch.cumprod(1 - b.double().flatten(), 0) for b in (betas, yours)]
    return lambda: line_figure(t, *cumulated, "t", r"$\bar\alpha_t$")
