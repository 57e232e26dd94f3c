"""What notebook 7's prose says was measured is what `benchmarks/systems.py` has written."""

import json
import re
from functools import partial

import pytest

from helpers import assets
from tests import prose

RESULTS = prose.measured("systems")
stated = partial(prose.stated, "7_systems")


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


LESSONS = {
    "the word alone": "the word alone",
    "LoRA and the word": "with old colours",
    "the same, from pink pictures only": "pink only",
}


@pytest.mark.parametrize(("row", "key"), LESSONS.items())
def test_the_lessons_in_pink(row, key):
    share, number, measured = r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)", r"(-?[\d.]+)", RESULTS["lora"]
    before = stated(rf"\| before \| {share} \| {share} \|")
    assert before == of(measured["before"]["pink"]) + of(measured["before"]["old"])
    after = stated(rf"\| {row} \| {share} \| {share} \| {number} points \({number} to {number}\) \|")
    change = measured[key]["change of old"]
    assert after == of(measured[key]["pink"]) + of(measured[key]["old"]) + [change["points"], change["low"], change["high"]]


def test_what_is_said_of_the_lessons_in_pink():
    word, lora = (RESULTS["lora"][key] for key in ("the word alone", "with old colours"))
    assert stated(r"One vector of \d+ numbers, a file of (\d+) bytes") == [word["bytes"]]
    assert stated(r"LoRA's file has (\d+) kB, and its lesson takes about ten times as long") == [round(lora["bytes"] / 1000)]
    assert lora["bytes"] <= 100_000
    assert lora["cpu_seconds"] / word["cpu_seconds"] == pytest.approx(10, rel=0.3)
    assert word["pink"]["share"] > 50
    alone = RESULTS["lora"]["pink only"]
    assert alone["change of old"]["high"] < 0
    assert alone["pink"]["share"] <= lora["pink"]["share"]
    assert word["old prompts encoded as before"]
    assert word["old"] == RESULTS["lora"]["before"]["old"]
    share = r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)"
    assert stated(rf"with pink ink agree in {share}") == of(word["pink ink"])
    assert stated(rf"with pink ground in {share}, where LoRA reaches {share}") == of(word["pink ground"]) + of(
        lora["pink ground"]
    )
    assert stated(r"both colours are right in ([\d.]+) % of the pictures with pink") == [lora["colours of pink"]["share"]]
    real = RESULTS["lora"]["real, through the autoencoder"]
    assert stated(rf"\| 1,000 real pictures, through the autoencoder \| {share} \| {share} \|") == of(real["pink"]) + of(
        real["old"]
    )
    assert real["pink"]["low"] < lora["pink"]["high"]


def test_the_cascade():
    share, number, measured = r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)", r"([\d.]+)", RESULTS["cascade"]
    for row, key in (
        ("real pictures", "real"),
        ("real ones, made small, and the second stage", "real, down and up"),
        ("both stages, level 0", "cascade, level 0"),
        ("level 0.1", "cascade, level 0.1"),
        ("level 0.2", "cascade, level 0.2"),
        ("level 0.4", "cascade, level 0.4"),
        ("first stage, only stretched", "first stage, stretched"),
    ):
        found = measured["rows"][key]
        said = stated(rf"\| {row} \| {share} \| {number} \({number} to {number}\) \|")
        assert said == of(found["all"]) + [found[k] for k in ("fid", "low", "high")]
    assert stated(r"Measured on ([\d,]+) held-out prompts, with 95 % intervals\. FID is") == [measured["pictures"]]
    read = [measured["rows"][f"guidance {scale}, {how}"]["all"]["share"] for scale in (3, 8) for how in ("static", "dynamic")]
    assert stated(rf"at guidance 3 \({number} and {number} %\); at 8 .*? \({number} and {number} %\)") == read
    stretched = measured["rows"]["first stage, stretched"]["all"]["share"]
    assert prose.says("7_systems", "one picture in six is no longer read")
    assert 100 - stretched == pytest.approx(100 / 6, abs=2)
    for scale in (3, 8):
        border = [100 * measured["rows"][f"guidance {scale}, {how}"]["at the border"] for how in ("static", "dynamic")]
        assert stated(rf"at guidance {scale} from {number} to {number} %") == pytest.approx(border, abs=0.06)


def test_unclip():
    share, measured = r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)", RESULTS["unclip"]
    for row, key in (
        ("the real picture's own", "real picture's features"),
        ("the prior's, from the caption", "with prior"),
        ("the caption's, no prior", "without prior"),
    ):
        agreement = measured["agreement"][key]
        assert stated(rf"\| {row} \| {share} \| {share} \|") == of(agreement["all"]) + of(agreement["digit"])
    varied = measured["variations"]
    for row, key in (
        ("the features, any noise", "from other noise"),
        ("the features and the picture's own noise", "from its own noise"),
        (r"the same, with less new noise \(η = 0\.4\)", "from its own noise, η = 0.4"),
    ):
        kept, apart = varied[key]["digit and colours kept"], varied[key]["strokes apart"]
        assert stated(rf"\| {row} \| {share} \| ([\d.]+) \|") == [*of(kept), apart]
    assert stated(r"handwriting of the same digit: ([\d.]+)\.") == [varied["strokes of two real pictures"]]
    own, other = (measured["arithmetic"][f"from {noise} noise"] for noise in ("its own", "other"))
    said = stated(
        rf"read back in {share} of the pictures, and digit and ground are what they were in {share}; "
        rf"painted from other noise, in {share}\."
    )
    assert said == of(own["new colour"]) + of(own["digit and ground kept"]) + of(other["digit and ground kept"])


@pytest.mark.parametrize("row", ["the prompt alone", "prompt and outline", "the outline alone", "prompt and another's outline"])
def test_control(row):
    share, measured = r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)", RESULTS["control"]
    said = stated(rf"\| {row} \| ([\d.]+) \| {share} \| {share} \| {share} \|")
    told = measured[row]
    assert said == [
        told["overlap"]["mean"],
        *of(told["the prompt's digit"]),
        *of(told["the outlined digit"]),
        *of(told["both colours"]),
    ]


def test_what_the_control_is_compared_with():
    measured = RESULTS["control"]
    assert stated(r"two people's handwriting of one scene overlap by ([\d.]+), about what the prompt alone reaches") == [
        measured["overlap of two people's ink"]["mean"]
    ]
    assert stated(r"through the autoencoder and back by ([\d.]+)\.") == [measured["overlap after the autoencoder"]["mean"]]
    assert stated(r"Of those outlines (\d+) % show") == [measured["another's digit is the prompt's"]["share"]]


FILMS = {
    "guided to the digit, and steadied": "and steadied 0.3",
    "guided to the digit": "asked with guidance 5",
    "the same, each frame by itself": "each frame by itself",
    "real films": "real films",
}


@pytest.mark.parametrize(("row", "key"), FILMS.items())
def test_films(row, key):
    share, number, measured = r"([\d.]+) % \(([\d.]+) to ([\d.]+)\)", r"([\d.]+)", RESULTS["video"]["rows"][key]
    said = stated(rf"\| {row} \| {share} \| {share} \| {number} \({number} to {number}\) \|")
    jerk = [round(measured["jerk"][k], 1) for k in ("mean", "low", "high")]
    assert said == of(measured["that digit, of all frames"]) + of(measured["that digit in all frames"]) + jerk


def test_what_is_said_of_films():
    measured, in_all = RESULTS["video"], "that digit in all frames"
    assert stated(r"Over (\d+) films of each kind") == [measured["films"]]
    assert measured["jerk against each frame by itself"] < 0.2
    without = measured["rows"]["asked for a digit"][in_all]
    assert stated(r"Without any guidance, (\d+) films of (\d+) keep the digit in all") == [
        round(without["share"] * measured["films"] / 800),
        measured["films"] // 8,
    ]  # fmt: skip
    steadied = measured["rows"]["and steadied 0.3"][in_all]["share"]
    lost = round((100 - steadied) * measured["films"] / 100)
    assert stated(r"lose the digit on the way: (\d+) of (\d+)") == [lost, measured["films"]]
    card = (assets.path("video_digits") / "card.md").read_text(encoding="utf-8")
    number = r"([\d.]+)"
    for words, key in (
        (r"in all 16 frames of", "asked with guidance 5"),
        (r"steadied besides, with 0\.3, of", "and steadied 0.3"),
    ):
        (said,) = re.findall(rf"{words} {number} % (?:of {measured['films']} films )?\({number} to {number} %\)", card)
        assert [float(each) for each in said] == of(measured["rows"][key][in_all])


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("the four frames, clean", "frames handed over clean"),
        ("the same, and the digit read in them", "and the digit read in them"),
        ("and steadied", "and steadied"),
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


def test_clip_is_what_the_text_says():
    from helpers.unclip.clip import DIM

    (cosine,) = stated(r"\(their cosine is ([\d.]+)\)")
    assert cosine == round(RESULTS["clip"]["cosine of a picture and its caption"], 2)
    card = (assets.path("clip_captions") / "card.md").read_text(encoding="utf-8")
    (first,) = re.findall(r"after the first stage alone (\d+)%", card)
    assert stated(r"on random batches, it was (\d+) %") == [float(first)]
    assert stated(r"this CLIP reads (\d+) % of the digits") == [
        round(RESULTS["clip"]["digit among ten captions"]["held-out"]["share"])
    ]
    assert stated(r"cuts a picture into (\d+) patches") == [(32 // 4) ** 2]
    assert stated(r"The prior is a diffusion model on (\d+) numbers") == [DIM]


def test_the_lesson_and_the_films_are_what_the_text_says():
    from helpers.lora.new_word import LIKE
    from helpers.lora.teaching import OLD, PICTURES
    from helpers.text_to_image.parts import MAX_TOKENS
    from helpers.video.noise import SHIFT

    assert stated(r"Half of the ([\d,]+) pictures have pink in them") == [PICTURES]
    assert OLD == 0.5
    assert prose.says("7_systems", f"which start as the vector of *{LIKE}*")
    (width,) = stated(r"looks up for it: (\d+) numbers")
    assert width == json.loads((assets.path("text_to_image") / "text_encoder/config.json").read_text())["hidden_size"]
    assert prose.says("7_systems", "reads sixteen vectors made from a picture's features")
    assert MAX_TOKENS == 16
    assert prose.says("7_systems", "three times the noise of notebook 3's schedule")
    assert SHIFT == 3
    (kilobytes,) = stated(r"beside a model of ([\d,]+) kB")
    files = (assets.path("text_to_image")).rglob("*.safetensors")
    assert kilobytes == pytest.approx(sum(file.stat().st_size for file in files) / 1000, rel=0.02)
