"""What notebook 7's prose says was measured is what `benchmarks/systems.py` has written."""

import json
import re

import pytest

from grading.notebooks import build
from helpers import assets

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
    share, digit = r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)", measured["digit among ten captions"]
    said = stated(rf"alone is nearest\. {share} of 1,000 pictures with left-out .*? theirs, and {share} of those with")
    assert said == of(digit["held-out"]) + of(digit["seen in training"])


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


def test_films():
    share, number, measured = r"\(([\d.]+) to ([\d.]+) %\)", r"([\d.]+)", RESULTS["video"]
    rows = measured["rows"]
    asked, apart, real = rows["asked with guidance 5"], rows["each frame by itself"], rows["real films"]
    jerks = stated(
        rf"Over (\d+) films the model's jerk is {number} pixels \(95 % interval {number} to {number}\), that of frames drawn each by "
        rf"itself {number} \({number} to {number}\), and that of real films {number}\."
    )
    ends = [round(row["jerk"][k], 1) for row in (asked, apart) for k in ("mean", "low", "high")]
    assert jerks == [measured["films"], *ends, round(real["jerk"]["mean"], 1)]
    assert measured["jerk against each frame by itself"] < 0.2
    all_frames, films = "that digit, of all frames", "that digit in all frames"
    assert stated(rf"asked for is read in {number} % of all frames {share}") == of(asked[all_frames])
    assert stated(rf"in all 16 frames of {number} % of the films {share}") == of(asked[films])
    card = (assets.path("video_digits") / "card.md").read_text(encoding="utf-8")
    (said,) = re.findall(rf"in all 16 frames of {number} % of {measured['films']} films {share}", card)
    assert [float(each) for each in said] == of(asked[films])
    assert stated(rf"of real films in {number} % {share}") == of(real[films])
    assert stated(rf"by itself reach {number} % {share}") == of(apart[films])
    without = rows["asked for a digit"][films]
    assert stated(r"Without guidance, (\d+) films of (\d+) keep the digit in all") == [
        round(without["share"] * measured["films"] / 800),
        measured["films"] // 8,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("the four frames, clean", "frames handed over clean"),
        ("the same, and the digit read in them", "and the digit read in them"),
        ("the four frames, by reconstruction guidance", "reconstruction guidance"),
    ],
)
def test_films_that_go_on(row, key):
    share, number = r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)", r"([\d.]+)"
    continued, away = RESULTS["video"]["continued"], "pixels from the real one's place"
    measured = continued[key]
    place = [round(measured[away][k], 1) for k in ("mean", "low", "high")]
    said = stated(rf"\| {row} \| {share} \| {share} \| {number} \({number} to {number}\) \|")
    assert said == of(measured["that digit, of all frames"]) + of(measured["that digit in all frames"]) + place
    assert stated(r"Over (\d+) films, each from its first (\d+) frames") == [continued["films"], continued["given"]]
    held = continued["the fourth frame held still"][away]
    still = stated(rf"stood still, its place would be {number} pixels off \({number} to {number}\)")
    assert still == [round(held[k], 1) for k in ("mean", "low", "high")]
