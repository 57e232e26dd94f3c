"""How the course's figures look and what they say to a screen reader: set in one place, for every figure of a notebook.

Colours: Okabe and Ito's cycle, which the colour-blind can tell apart, and viridis for maps. Alternative text goes with the
picture as the metadata `alt` of its image/png: a figure's own words if it has some (`alt_text(figure, "…")`), else its titles
and labels.
"""

from typing import Any

# black comes last: on a dark page it is the hardest to see
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#000000")
SIZES: Any = {"font.size": 13, "axes.titlesize": 13, "axes.labelsize": 13, "legend.fontsize": 12, "figure.dpi": 100}


def use_course_style() -> None:
    """Set fonts that can be read from the back of a lecture room, colours for everyone, and alternative text for every figure."""
    import matplotlib.pyplot as plt
    from matplotlib.rcsetup import cycler

    plt.rcParams.update(SIZES)
    plt.rcParams.update({"axes.prop_cycle": cycler(color=OKABE_ITO), "image.cmap": "viridis", "figure.facecolor": "white"})
    _register()


def alt_text(figure, text: str):
    """Give a figure alternative text of its own, one or two sentences on what it shows; returns the figure.

    Raises ValueError for an empty text.
    """
    if not text.strip():
        raise ValueError("alternative text says what the figure shows; got nothing")
    figure.course_alt = " ".join(text.split())
    return figure


def alt_of(figure) -> str:
    """The alternative text of a figure: its own, or one made of its titles, axis labels and legends."""
    own = getattr(figure, "course_alt", "")
    title = figure.get_suptitle()
    panels = [text for text in map(_panel, figure.axes) if text]
    made = "; ".join(panels) or "a picture without labels"
    return own or f"Figure{': ' + title if title else ''} – {made}."


def _panel(axis) -> str:
    title = axis.get_title() or axis.get_title(loc="left")
    x, y = axis.get_xlabel(), axis.get_ylabel()
    labels = f"{y} against {x}" if x and y else x or y
    legend = axis.get_legend()
    lines = ", ".join(text.get_text() for text in legend.get_texts()) if legend else ""
    return ", ".join(part for part in (title, labels, f"with {lines}" if lines else "") if part)


def _register() -> None:
    """Have IPython send the alternative text along with each figure's PNG; outside IPython there is nothing to do."""
    import sys

    import matplotlib.pyplot as plt

    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        return
    plt.close(plt.figure())  # loads the backend now, which sets a formatter of its own when it is loaded
    _send_alt_text()
    if _send_alt_text not in shell.events.callbacks["pre_run_cell"]:
        # the inline backend sets its own formatter whenever it is chosen, at its first figure for instance
        shell.events.register("pre_run_cell", _send_alt_text)


def _send_alt_text(_info=None) -> None:
    from IPython import get_ipython
    from matplotlib.figure import Figure

    get_ipython().display_formatter.formatters["image/png"].for_type(Figure, _png)


def _png(figure):
    from IPython.core.pylabtools import print_figure

    data = print_figure(figure, fmt="png", base64=True)
    return data if data is None else (data, {"alt": alt_of(figure)})
