"""Show a result: a card in HTML for notebooks and reports, plain text elsewhere."""

from __future__ import annotations

import base64
import html as markup
import re
import textwrap

_STYLE = """
.check-card{font:15px/1.45 system-ui,sans-serif;border:1px solid #8886;border-left:6px solid var(--tone);border-radius:6px;
padding:10px 16px;margin:6px 0;max-width:880px;color:inherit;background:transparent;overflow-wrap:anywhere}
.check-card .head{display:flex;gap:12px;align-items:baseline;font-size:17px;font-weight:600}
.check-card .points{margin-left:auto;font-variant-numeric:tabular-nums;white-space:nowrap}
div.check-card ul.properties{list-style:none;margin:8px 0 0;padding:0}
.check-card li{padding:3px 0 3px 28px;position:relative}
.check-card li>b{position:absolute;left:4px;font-weight:700}
.check-card .ok>b{color:#2f9e5b}.check-card .no>b{color:#d9482b}.check-card .off{opacity:.72}
.check-card .why{margin:2px 0 4px;font-weight:500}
.check-card code{font:13.5px ui-monospace,monospace;background:#8882;padding:1px 4px;border-radius:3px;color:inherit}
.check-card .small{font-size:13.5px;opacity:.8;float:right;padding-left:10px}
.check-card pre{font:13px ui-monospace,monospace;white-space:pre-wrap;max-height:8em;overflow:auto;
background:#8882;padding:6px 8px;border-radius:4px;margin:6px 0 0;color:inherit}
.check-card details{margin-top:8px}.check-card summary{cursor:pointer}.check-card ol{margin:6px 0;padding-left:24px}
.check-card ol li{padding:2px 0}
.check-card sub{line-height:0}
.check-card img{max-width:100%;margin-top:8px;border-radius:4px}
"""
# a Greek letter with any index, or a Latin one with an index of one sign: e_cond and in_c are names in code, and so is 'x_t'
_INDEX = re.compile(
    r"(?<![^\W\d])(?<!&#x27;)"
    r"(?:([\u0370-\u03ff\u1f00-\u1fff][\u0300-\u036f]?)_(?:\{([^{}]+)\}|([A-Za-z0-9θ]+))"
    r"|([A-Za-z][\u0300-\u036f]?)_(?:\{([^{}]+)\}|([A-Za-z0-9])(?![A-Za-z0-9_])))"
)
_TONES = {"passed": "#2f9e5b", "partial": "#d99a1b", "failed": "#d9482b", "unattempted": "#7d8590"}
_HEADLINES = {
    "passed": "All passed",
    "partial": "Partly right",
    "failed": "Not right yet",
    "unattempted": "Not attempted yet",
}


def _headline(result) -> str:
    return f"{result.name}: {_HEADLINES[result.status]}"


def _points(result) -> str:
    return f"{result.score:g} of {result.max:g} points"


def _reasons(result):
    """Pairs (outcome, why) where an explanation already given is not repeated."""
    said = {result.message}
    for outcome in result.outcomes:
        why = outcome.diagnosis
        yield outcome, ("" if not why or why == result.message else "As above." if why in said else why)
        said.add(why)


def text(result) -> str:
    """The card as plain text, at most 110 characters wide."""
    lines = [f"{_headline(result)} ({_points(result)})"]
    if result.message:
        lines += textwrap.wrap(result.message, 106, initial_indent="  ", subsequent_indent="  ")
    for outcome, why in _reasons(result) if result.status != "unattempted" else ():
        lines.append(f"  {'✓' if outcome.passed else '✗'} {outcome.statement} [{outcome.points:g}]")
        parts = [why] if why else []
        if outcome.expected and not outcome.diagnosis:
            parts += [f"expected: {outcome.expected}", f"received: {outcome.received}"]
        for part in parts:
            lines += textwrap.wrap(part, 102, initial_indent="      ", subsequent_indent="      ")
    if result.status in ("partial", "failed"):
        lines.append(f'  A hint: checks.hint("{result.name}")')
    if result.stdout.strip():
        lines += ["  Your code printed:", textwrap.indent(_shortened(result.stdout), "      ")]
    return "\n".join(lines)


def html(result, answer: str = "") -> str:
    """The card as HTML, with the course's answer (HTML) at its end; everything that may come from the student is escaped."""
    rows = [_row(outcome, why) for outcome, why in _reasons(result)] if result.status != "unattempted" else []
    parts = [f'<div class="head"><span>{_safe(_headline(result))}</span> <span class="points">{_points(result)}</span></div>']
    if result.message:
        parts.append(f'<div class="why">{prose(result.message)}</div>')
    if rows:
        parts.append(f'<ul class="properties">{"".join(rows)}</ul>')
    if result.figure is not None:
        image = base64.b64encode(result.figure()).decode()
        parts.append(f'<img alt="your curve over the right one" src="data:image/png;base64,{image}">')
    if result.status in ("partial", "failed"):
        parts.append(f"<div>A hint: <code>checks.hint(&quot;{_safe(result.name)}&quot;)</code></div>")
    if result.stdout.strip():
        parts.append(f"<div>Your code printed:</div><pre>{_safe(_shortened(result.stdout))}</pre>")
    parts.append(answer)
    return f'<style>{_STYLE}</style><div class="check-card" style="--tone:{_TONES[result.status]}">{"".join(parts)}</div>'


def _row(outcome, why: str) -> str:
    kind, mark = ("ok", "✓") if outcome.passed else ("no", "✗")
    body = f'<span class="small">{outcome.points:g}</span>{prose(outcome.statement)}'
    if why:
        body += f'<div class="why">{prose(why)}</div>'
    if outcome.expected and not outcome.passed:
        body += f"<div>expected <code>{_safe(outcome.expected)}</code><br>received <code>{_safe(outcome.received)}</code></div>"
    return f'<li class="{kind}"><b>{mark}</b>{body}</li>'


def _shortened(printed: str, limit: int = 600) -> str:
    printed = printed.strip()
    return printed if len(printed) <= limit else printed[:limit] + " …"


def prose(value: str) -> str:
    """A sentence as HTML, escaped; what stands between backticks is code, and β_t or x_{t-1} elsewhere has a real subscript."""
    parts = re.split(r"`([^`\n]+)`", _safe(value))
    return "".join(f"<code>{part}</code>" if i % 2 else _INDEX.sub(_lowered, part) for i, part in enumerate(parts))


def _lowered(match: re.Match) -> str:
    letter, index = filter(None, match.groups())
    return f"{letter}<sub>{index}</sub>"


def _safe(value: str) -> str:
    return markup.escape(str(value))
