"""How the course's figures look and what they say to a screen reader: set in one place, for every figure of a notebook.

Colours: Okabe and Ito's cycle, which the colour-blind can tell apart, and viridis for maps. Alternative text is a figure's own
words if it has some (`alt_text(figure, "…")`), else its titles and labels, or the words in a drawing. A figure is sent as HTML,
<img alt="…">, and as a PNG with the text in the metadata `alt`. JupyterLab shows the first, because it passes no metadata on to
an <img> of its own but width and height; exports to PDF through LaTeX take the second.
"""

import html
from typing import Any

# black comes last: on a dark page it is the hardest to see
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#000000")
SIZES: Any = {"font.size": 13, "axes.titlesize": 13, "axes.labelsize": 13, "legend.fontsize": 12, "figure.dpi": 100}


def use_course_style() -> None:
    """Set fonts that can be read from the back of a lecture room, colours for everyone, and alternative text for every figure.

    A cell that is stopped by hand says so in one line from then on (`helpers.stopping`).
    """
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
    panels += [f"with {_entries(legend)}" for legend in figure.legends]
    made = "; ".join(panels) or "a picture without labels"
    return own or " ".join(f"Figure{': ' + title if title else ''} – {made}.".split())


def _entries(legend) -> str:
    return ", ".join(text.get_text() for text in legend.get_texts())


def _panel(axis) -> str:
    title = axis.get_title() or axis.get_title(loc="left")
    x, y = axis.get_xlabel(), axis.get_ylabel()
    labels = f"{y} against {x}" if x and y else x or y
    legend = axis.get_legend()
    lines = _entries(legend) if legend else ""
    said = ", ".join(part for part in (title, labels, f"with {lines}" if lines else "") if part)
    return said or ", ".join(filter(None, (text.get_text().strip() for text in axis.texts)))  # a drawing: the words in it


def _register() -> None:
    """Have IPython send alternative text along with each figure, and stop in one line; outside IPython there is nothing to do."""
    import sys

    import matplotlib.pyplot as plt

    from helpers import stopping

    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        return
    stopping.in_one_line(shell)
    plt.close(plt.figure())  # loads the backend now, which sets a formatter of its own when it is loaded
    _send_alt_text()
    if _send_alt_text not in shell.events.callbacks["pre_run_cell"]:
        # the inline backend sets its own formatter whenever it is chosen, at its first figure for instance
        shell.events.register("pre_run_cell", _send_alt_text)


def _send_alt_text(_info=None) -> None:
    from IPython import get_ipython
    from matplotlib.figure import Figure

    display = get_ipython().display_formatter
    display.formatters["image/png"].pop(Figure, None)  # it would go before the bundle
    display.mimebundle_formatter.for_type(Figure, _bundle)


def _bundle(figure) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """A figure as HTML and as a PNG file in base64, each with its alternative text; nothing for a figure without axes."""
    from IPython.core.pylabtools import print_figure

    data, alt = print_figure(figure, fmt="png", base64=True), alt_of(figure)
    if data is None:
        return {}, {}
    image = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{data}" style="max-width:100%">'
    return {"text/html": image, "image/png": data}, {"image/png": {"alt": alt}}
