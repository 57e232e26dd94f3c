"""Markdown with formulas as safe HTML that needs no network: each formula is a small drawing in the page itself.

Drawn by matplotlib, which the course has anyway; what it does not know (matrices, `align`) is shown as it was typed.
"""

from __future__ import annotations

import base64
import io
import re
import secrets
from functools import lru_cache
from html import escape

from grading.notebooks.written import safe_markdown

LONGEST, MOST = 1_000, 200  # characters of a formula that is drawn; formulas of a text
CODE = r"(?P<code>```.{0,20000}?```|`[^`\n]{1,1000}`|\\\$)"
FORMULA = (
    r"(?P<block>\$\$[^$]{1,1000}\$\$|\\\\?\[(?:[^\\\]]|\\(?!\])){1,1000}\\\\?\])"
    r"|(?P<line>\$(?![\s\d.,]*\s)[^$\n]{1,1000}(?<!\s)\$(?!\d)|\\\\?\((?:[^\\)]|\\(?!\))|(?<!\\)\)){1,1000}\\\\?\))"
)
PARTS = re.compile(f"{CODE}|{FORMULA}", re.S)
ARGUMENTS = re.compile(r"\\(?:(?P<two>frac)|sqrt(?:\[[^\]]*\])?|math(?:cal|bb|bf|rm|it)|operatorname)(?![A-Za-z])")
TOKEN = re.compile(r"\s*(?:(?P<open>\{)|(?P<token>\\[A-Za-z]+|\\.|[^{}\s]))")
KNOWN = {  # commands that mathtext does not know, and what comes close
    **{r"\le": r"\leq", r"\ge": r"\geq", r"\implies": r"\Longrightarrow", r"\coloneqq": ":=", r"\varnothing": r"\emptyset"},
    **{r"\lVert": r"\|", r"\rVert": r"\|", r"\lvert": "|", r"\rvert": "|", r"\qquad": r"\quad\quad"},
    **{r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\boldsymbol": r"\mathbf", r"\bm": r"\mathbf"},
    **{r"\mathop": r"\mathrm", r"\textbf": r"\mathbf", r"\textit": r"\mathit"},
    **{rf"\{size}{side}": "" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")},
}


def markdown(source: str, drawn: bool = True) -> str:
    """The text as HTML: HTML in it is shown as text; formulas are drawn, or shown as they were typed."""
    token = secrets.token_hex(6)
    held: list[str] = []

    def hold(found: re.Match) -> str:
        if found["code"] or len(held) >= MOST:
            return found[0]
        block = found["block"] is not None
        tex = re.sub(r"^(\$\$?|\\\\?[\[(])|(\$\$?|\\\\?[\])])$", "", found[0]).strip()
        held.append(_html(tex, block) if drawn else escape(found[0]))
        mark = f"formula{token}n{len(held) - 1}n"
        return f"\n\n{mark}\n\n" if block and "\n" in found[0] else mark

    html = safe_markdown(PARTS.sub(hold, source), html_as_text=True)
    return re.sub(rf"formula{token}n(\d+)n", lambda found: held[int(found[1])], html)


def _html(tex: str, block: bool) -> str:
    drawing = draw(tex)
    if drawing is None:
        return f"<code>{escape(tex)}</code>"
    data, depth = drawing
    style = "display: block; margin: 8px auto" if block else f"vertical-align: {-depth:.1f}pt"
    return f'<img class="formula" style="{style}" alt="{escape(tex)}" src="data:image/svg+xml;base64,{data}">'


@lru_cache(maxsize=512)
def draw(tex: str) -> tuple[str, float] | None:
    """(SVG in base64, points below the line), or None for a formula that can't be drawn."""
    from matplotlib import mathtext, rc_context
    from matplotlib.font_manager import FontProperties

    for name, ours in KNOWN.items():
        tex = re.sub(re.escape(name) + r"(?![A-Za-z])", lambda _: ours, tex)  # noqa: B023
    tex = _braced(" ".join(tex.split()))
    if not tex or len(tex) > LONGEST:
        return None
    picture = io.BytesIO()
    try:
        with rc_context({"mathtext.fontset": "stix", "svg.fonttype": "path", "savefig.facecolor": "none"}):
            depth = mathtext.math_to_image(f"${tex}$", picture, FontProperties(size=12.5), format="svg", color="#1c2530")
    except (ValueError, RuntimeError, RecursionError, KeyError):  # mathtext's ways to say that it does not know
        return None
    return base64.b64encode(picture.getvalue()).decode(), float(depth)


def _braced(tex: str) -> str:
    r"""The formula with braces round arguments that TeX takes without: \mathcal N, \sqrt T, \frac1{2}."""
    made, at = [], 0
    for command in ARGUMENTS.finditer(tex):
        if command.start() < at:
            continue
        made.append(tex[at : command.end()])
        at = command.end()
        for _ in range(2 if command["two"] else 1):
            found = TOKEN.match(tex, at)
            if found is None:
                break
            end = _closing(tex, found.end()) if found["open"] else found.end()
            made.append("{" + _braced(tex[found.end() : end - 1] if found["open"] else found["token"]) + "}")
            at = end
    return "".join([*made, tex[at:]])


def _closing(tex: str, at: int) -> int:
    """Where the group that was opened before `at` ends."""
    depth = 1
    while at < len(tex) and depth:
        depth += {"{": 1, "}": -1}.get(tex[at], 0) if tex[at - 1] != "\\" else 0
        at += 1
    return at
