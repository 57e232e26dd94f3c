"""What notebooks 5 and 6 say in figures, besides their tables: read out of the prose, and compared with what was measured."""

import json
import re

import pytest
import torch

from helpers import assets, evaluate, flow_model
from helpers.data import load_digits
from helpers.weights.flow_digits_few import JUMPS, OWN_JUMPS, STEPS
from tests.prose import measured, runs, says, stated, table

SEEDS = {2: "two", 3: "three"}
GUIDANCE = {row["guidance"]: row for row in measured("guidance")["rows"]}


def percent(name: str, key: str = "agreement") -> int:
    return round(100 * GUIDANCE[name][key])


def test_the_conditional_network_without_guidance():
    said = stated(
        "5_guidance",
        r"Measured on (\d+) samples of the weights that ship, (\d+) % are read back as the digit asked for \(95 % interval (\d+) to (\d+) %\)",
    )
    shares = [percent("conditional", key) for key in ("agreement", "agreement_low", "agreement_high")]
    assert said == [GUIDANCE["conditional"]["samples"], *shares]
    (steps,) = stated("5_guidance", r"measured with the weights that ship, which had ([\d,]+) steps")
    card = (assets.path("conditional_digits") / "card.md").read_text(encoding="utf-8")
    assert f"{steps:,.0f} steps of 64 images" in card


def test_what_a_label_is_worth():
    groups = runs()

    def fids(network: str, minutes: int) -> tuple[list[float], float]:
        some = groups[network, minutes]
        return [row["fid"] for row in some], some[0]["floor"]

    for length, minutes in (("one minute's", 1), ("five minutes'", 5)):
        found, floor = fids("ours, in class, told the digit", minutes)
        said = stated(
            "5_guidance",
            rf"{length} worth (?:of training )?with labels the FID is ([\d.]+) \({SEEDS[len(found)]} seeds, ([\d.]+) to ([\d.]+); "
            r"[\d,]+ samples, as many real digits measure ([\d.]+)\)",
        )
        assert said == [round(each, 1) for each in (sum(found) / len(found), min(found), max(found), floor)]
    (shipped,), _ = fids("the weights that ship, told the digit", 10)
    assert stated("5_guidance", r"the weights that ship, after ten, have ([\d.]+)\.") == [round(shipped, 1)]
    (untold,), _ = fids("ours, in class", 5)
    (said,) = stated("5_guidance", r"the same but for the label, has ([\d.]+) after five")
    assert said == round(untold, 1)
    assert said >= sum(fids("ours, in class, told the digit", 1)[0]) / len(fids("ours, in class, told the digit", 1)[0])


def fid_of_real_digits(each: int, draws: int) -> float:
    """The FID of `each` real digits of every kind with all others, the mean over draws."""
    images, labels = load_digits("all")
    features, generator = evaluate.features(images), torch.Generator().manual_seed(0)
    found = []
    for _ in range(draws):
        order = torch.randperm(len(labels), generator=generator)
        few = torch.cat([order[labels[order] == digit][:each] for digit in range(10)])
        rest = torch.ones(len(labels), dtype=torch.bool).index_fill(0, few, False)
        found.append(evaluate.fid(features[few], features[rest]))
    return sum(found) / draws


def test_what_real_digits_measure_and_what_variety_is():
    floor, balanced = stated(
        "5_guidance",
        r"both with 95 % intervals; as many real digits measure ([\d.]+) drawn at random, and ([\d.]+) with 50 of each digit",
    )
    assert {round(row["floor"], 1) for row in GUIDANCE.values()} == {floor}
    assert balanced == pytest.approx(fid_of_real_digits(each=50, draws=10), abs=0.3)
    assert balanced < floor
    (none,) = stated("5_guidance", r"they are not one digit, hence the ([\d.]+)")
    assert none == round(GUIDANCE["no label"]["variety"], 2)


def test_what_the_two_classifiers_reach():
    from helpers.conditional import DROP

    alone, aware, plain = stated(
        "5_guidance", r"gets from (\d+) to (\d+) %\. A plain one, which never saw noise, gets to (\d+) %"
    )
    rows = ("no label", "noise-aware classifier, scale 3", "plain classifier, scale 3")
    assert [alone, aware, plain] == [percent(name) for name in rows]
    taken, times, noises = stated("5_guidance", r"takes pure noise for an (\d), (\d+) times of (\d+)")
    noise = torch.randn(int(noises), 1, 32, 32, generator=torch.Generator().manual_seed(0))
    assert int((evaluate.load_classifier()(noise).argmax(1) == taken).sum()) == times
    assert says("5_guidance", "the network without its label, which had only a tenth of the training")
    assert DROP == 0.1


def test_why_the_ddpm_is_ahead_of_the_plain_flow():
    rows = table("flow_digits")
    fid = {name: row["fid"] for name, row in rows.items()}
    assert says("6_flow", "50 steps of Euler's method are hardly better than 20")
    assert fid["the flow, 50 steps (Euler)"] > rows["the flow, 20 steps (Euler)"]["low"]
    assert says("6_flow", "and Heun's, which follows the path more closely, is worse")
    assert fid["the flow, 10 steps (Heun)"] > rows["the flow, 20 steps (Euler)"]["high"]
    assert says("6_flow", "20 evaluations reach what the DDPM reaches in 50")
    ddpm = rows["DDPM, 50 steps (DDIM, η = 1)"]
    assert ddpm["low"] < fid["the flow, 20 steps (fresh noise)"] < ddpm["high"]
    four = {
        row["sampler"]: row["fid"]
        for row in measured("flow")["rows"]
        if row.get("steps") == 4 and row.get("asset") == "flow_digits"
    }
    assert says("6_flow", "At 4 steps it does not help")
    assert four["fresh"] >= four["euler"]
    (share, best) = stated(
        "6_flow", r"a share of \$([\d.]+)\^2\$ of that noise's variance is replaced by new noise \(([\d.]+) was the best"
    )
    assert share == best == flow_model.FRESH


def test_a_blur_is_legible():
    legible, fid, digit, times, draws = stated(
        "6_flow", r"one step is legible ([\d.]+), at an FID of ([\d,]+)\. .*? is sure of an (\d), (\d+) times of (\d+)\."
    )
    row = table("flow_digits_few")["the flow, 1 step (Euler)"]
    assert [legible, fid] == [round(row["legible"], 2), round(row["fid"])]
    sure = evaluate.probabilities(flow_model.draw(flow_model.load_flow(), int(draws), 1)).max(dim=1)
    assert int(((sure.values > 0.95) & (sure.indices == digit)).sum()) == times


def test_three_live_trainings_of_the_flow_are_ahead_of_three_of_the_ddpm():
    assert says("6_flow", "the flow's 20 evaluations are ahead of the DDPM's 50, with each of the three seeds")
    assert says("6_flow", "both are worse, and the flow is ahead again")
    rows = [row for row in measured("flow")["rows"] if row["part"] == "live"]
    fid = {(row["sampler"], row["seed"]): row["fid"] for row in rows}
    assert {row["seed"] for row in rows} == {0, 1, 2}
    for seed in range(3):
        fresh, ddpm = fid["20 steps with fresh noise", seed], fid["50 steps of DDIM, η = 1", seed]
        euler, plain_ddpm = fid["20 Euler steps", seed], fid["50 steps of DDIM, η = 0", seed]
        assert fresh < ddpm < euler < plain_ddpm
    (steps,) = {row["train_steps"] for row in rows}
    assert stated("6_flow", r"[^_]steps = here\.pick\(quick=\d+, cpu=(\d+)") == [steps]


def test_sizes_and_times_of_the_flows():
    (millions,) = stated("6_flow", r"\(`helpers\.unet`, ([\d.]+) million parameters")
    assert millions == round(sum(p.numel() for p in flow_model.flow_unet(seed=0).parameters()) / 1e6, 1)
    (seconds,) = stated("6_flow", r"And they learn fast: (\d+) seconds of one core")
    runs = [row["cpu_seconds"] for row in measured("flow")["rows"] if row["part"] == "jumps" and row["train_steps"] == 250]
    assert seconds == pytest.approx(sum(runs) / len(runs), abs=3)
    card = (assets.path("flow_digits_jumps") / "card.md").read_text(encoding="utf-8")
    assert says("6_flow", "The figure in the table took four minutes")
    assert re.search(r"in bf16, 4 minutes of one core in all", card)
    (small,) = stated("6_flow", r"Follow the flow in (\d+) small steps")
    (each,) = stated("6_flow", r"small_steps = here\.pick\(quick=1, cpu=(\d+)")
    assert small == JUMPS * each
    assert re.search(rf"paths of {JUMPS * OWN_JUMPS['jump_steps']} Euler steps", card)
    assert f"{STEPS['jumps']:,} steps of 64" in card
    assert f"{OWN_JUMPS['paths']:,} paths" in card


def test_the_ddpm_needs_fewer_bits_than_the_flow():
    assert says("6_flow", "Why does the DDPM need fewer bits, though its figure is only a bound?")
    rows = [row for row in measured("flow")["rows"] if row["part"] == "bits"]
    assert {row["split"] for row in rows} == {"train", "test"}
    for row in rows:
        assert row["ddpm_bound"] + row["ddpm_bound_error"] < row["flow"] - row["flow_error"]
    flow, ddpm = ((assets.path(name) / "config.json").read_text(encoding="utf-8") for name in ("flow_digits", "ddpm_digits"))
    assert json.loads(flow)["network"]["widths"] < json.loads(ddpm)["network"]["widths"]  # “a larger network”


def test_what_notebook_5_is_to_reach_was_measured():
    """Digits read back as asked, FID against real digits, filled holes, anagrams beside chance, and the time of an edit."""
    guided = [row for row in GUIDANCE.values() if row["guidance"].startswith("classifier-free")]
    assert max(row["agreement"] for row in guided) >= 0.97
    assert min(row["fid"] / row["floor"] for row in guided) <= 2
    live = measured("guidance_live")["rows"]
    assert min(row["agreement"] for row in live if row["scale"] == 1.0) >= 0.9
    assert min(row["agreement"] for row in live if row["scale"] == 1.5) >= 0.97
    (alone,) = runs()["ours, in class", 2]
    for row in (row for row in live if row["scale"] == 1.0):  # fewer samples, so these have the higher floor
        assert row["fid"] < alone["fid"]
    for row in measured("inpainting")["rows"]:
        assert row["known exact"]
        assert row["right"] >= 0.9
    assert sum(row["right"] >= 0.6 and "by chance" in row for row in measured("anagrams")["rows"]) >= 4
    assert max(row["cpu_seconds"] for row in measured("editing_times")["rows"]) < 30
