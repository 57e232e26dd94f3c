"""The course's own answer, folded below a card: after an attempt that passed, or after an attempt and all the hints."""

from __future__ import annotations

import html
import importlib
import inspect
import textwrap
from typing import TYPE_CHECKING

from .card import prose
from .fallback import tried

if TYPE_CHECKING:
    from .check import Check


def folded(name: str, steps: tuple[str, ...] = ()) -> str:
    """The course's own answer to an exercise as a fold in HTML, with `steps` that lead to it; "" if there was no attempt yet."""
    from . import CHECKS

    if not tried(name) or not (code := source(CHECKS[name])):
        return ""
    why = f"<ol>{''.join(f'<li>{prose(step)}</li>' for step in steps)}</ol>" if steps else ""
    return (
        f'<details class="course-answer"><summary data-lm-suppress-shortcuts="true">The course’s answer, and why</summary>{why}'
        f"<div>From <code>{html.escape(CHECKS[name].home)}</code>:</div>"
        f'<pre style="white-space:pre-wrap;overflow-wrap:anywhere;max-height:none">{html.escape(code)}</pre></details>'
    )


def source(check: Check) -> str:
    """The text of the course's own functions or classes that a check compares with; "" where the file is not at hand."""
    home = importlib.import_module(check.home)
    try:
        return "\n\n".join(textwrap.dedent(inspect.getsource(getattr(home, name))).rstrip() for name in check.answers)
    except OSError:
        return ""
