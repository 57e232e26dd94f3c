"""The course's own answer, folded below a card: after an attempt that passed, or after an attempt and all the hints."""

from __future__ import annotations

import html
import importlib
import inspect
import textwrap
from collections.abc import Sequence

from .card import prose
from .memory import tried


def folded(name: str, home: str, answers: Sequence[str], steps: Sequence[str] = ()) -> str:
    """The course's own answer to an exercise as a fold in HTML, with `steps` that lead to it; "" if there was no attempt yet.

    home, answers: the module that defines it, and the names that it has there.
    """
    if not tried(name) or not (code := source(home, answers)):
        return ""
    why = f"<ol>{''.join(f'<li>{prose(step)}</li>' for step in steps)}</ol>" if steps else ""
    return (
        f'<details class="course-answer"><summary data-lm-suppress-shortcuts="true">The course’s answer, and why</summary>{why}'
        f"<div>From <code>{html.escape(home)}</code>:</div>"
        f'<pre style="white-space:pre-wrap;overflow-wrap:anywhere;max-height:none">{html.escape(code)}</pre></details>'
    )


def source(home: str, answers: Sequence[str]) -> str:
    """The text of the course's own functions or classes that a check compares with; "" where the file is not at hand."""
    module = importlib.import_module(home)
    try:
        return "\n\n".join(textwrap.dedent(inspect.getsource(getattr(module, name))).rstrip() for name in answers)
    except OSError:
        return ""
