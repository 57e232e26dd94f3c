"""What notebook 7's prose says was measured is what `benchmarks/systems.py` has written."""

import json
import re

import pytest

from grading.notebooks import build

RESULTS = json.loads((build.ROOT / "benchmarks" / "results" / "systems.json").read_text(encoding="utf-8"))
TEXT = re.sub(r"\n# ?", " ", (build.ROOT / "solutions" / "7_systems.py").read_text(encoding="utf-8"))


def stated(pattern: str) -> list[float]:
    """The numbers of the one place that fits the pattern."""
    found = re.findall(pattern, TEXT)
    assert len(found) == 1, f"the notebook should say {pattern!r} once; found {len(found)}"
    return [float(number) for number in found[0]]


def of(share: dict) -> list[float]:
    return [share["share"], share["low"], share["high"]]


def test_retrieval_by_clip():
    measured = RESULTS["clip"]
    assert (measured["captions"], measured["sets"]) == (100, 10)
    pattern = (
        r"ten such sets, ([\d.]+) % of the pictures find their own caption among 100 \(95 % interval ([\d.]+) to ([\d.]+) %\)"
    )
    assert stated(pattern) == of(measured["picture to text"])


@pytest.mark.parametrize("part", sorted(RESULTS))
def test_every_part_says_on_which_machine_it_was_measured(part):
    assert "torch" in RESULTS[part]["machine"]


@pytest.mark.parametrize(
    ("row", "key"), [("after the lesson", "with old colours"), ("after a lesson of pink pictures only", "pink only")]
)
def test_the_lesson_in_pink(row, key):
    share, measured = r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)", RESULTS["lora"]
    before = stated(rf"\| before \| {share} \| {share} \|")
    assert before == of(measured["before"]["pink"]) + of(measured["before"]["old"])
    number = r"(-?[\d.]+)"
    after = stated(rf"\| {row} \| {share} \| {share} \| {number} points \({number} to {number}\) \|")
    change = measured[key]["change of old"]
    assert after == of(measured[key]["pink"]) + of(measured[key]["old"]) + [change["points"], change["low"], change["high"]]
    seconds, size = stated(r"The lesson takes (\d+) seconds of one core, and the file (\d+) kB")
    assert (seconds, size) == (measured["with old colours"]["cpu_seconds"], round(measured["with old colours"]["bytes"] / 1000))
    assert measured["with old colours"]["bytes"] <= 100_000
    (colours,) = re.findall(r"both colours are right in ([\d.]+) % of the pictures with pink", TEXT)
    assert float(colours) == measured["with old colours"]["colours of pink"]["share"]


def test_unclip():
    share, measured = r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)", RESULTS["unclip"]
    for row, key in (
        ("the real picture's own", "real picture's features"),
        ("the prior's, from the caption", "with prior"),
        ("the caption's, no prior", "without prior"),
    ):
        agreement = measured["agreement"][key]
        assert stated(rf"\| {row} \| {share} \| {share} \|") == of(agreement["all"]) + of(agreement["digit"])
    kept = measured["variations"]
    assert stated(rf"pictures, {share} keep the digit and both colours") == of(kept["digit and colours kept"])
    apart = stated(r"differ by ([\d.]+) \(root mean square, of a range of 2\); those of two .*? by ([\d.]+)\.")
    assert apart == [kept["strokes apart"], kept["strokes of two real pictures"]]
    changed = measured["arithmetic"]
    new, same = changed["new colour"], changed["digit and ground kept"]
    assert stated(rf"read back in {share} of the pictures, and digit and ground are what they were in {share}") == of(new) + of(
        same
    )
