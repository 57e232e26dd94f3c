"""The text of the notebooks as prose, and the numbers that it states."""

import json
import re

from grading.notebooks import build
from helpers import assets

TEXT = {name: (build.ROOT / "solutions" / f"{name}.py").read_text(encoding="utf-8") for name in build.names()}


def stated(name: str, pattern: str) -> list[float]:
    """The numbers that the one place of a notebook's text that fits the pattern states, in the order of its groups."""
    text = re.sub(r"\n# ?(?:> )?", " ", TEXT[name])
    found = re.findall(pattern, text)
    assert len(found) == 1, f"{name} should say {pattern!r} once; found {len(found)}"
    groups = found[0] if isinstance(found[0], tuple) else (found[0],)
    return [float(group.replace(",", "").rstrip(".")) for group in groups]


def says(name: str, words: str) -> bool:
    """Whether a notebook's text has these words, wherever its lines end."""
    return " ".join(words.split()) in " ".join(TEXT[name].replace("\n# ", " ").split())


def measured(name: str):
    """What a benchmark has written."""
    return json.loads((build.ROOT / "benchmarks" / "results" / f"{name}.json").read_text(encoding="utf-8"))


def runs() -> dict[tuple[str, float], list[dict]]:
    """What `benchmarks/quality.py` has measured, by network and minutes: a row a seed."""
    found: dict[tuple[str, float], list[dict]] = {}
    for row in measured("quality")["rows"]:
        found.setdefault((row["network"], row["minutes"]), []).append(row)
    return found


def table(asset: str, file: str = "comparison.json") -> dict[str, dict]:
    """The rows of a table that ships with an asset, by their first column."""
    content = json.loads((assets.path(asset) / file).read_text(encoding="utf-8"))
    return {row.get("model", row.get("change")): row for row in content["rows"]}
