"""The benchmarks start, and what they have written can be read."""

import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.prose import measured, runs

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.parametrize("name", ["training", "quality", "sampling", "scaling", "ablation", "weighting", "text_to_image"])
def test_each_benchmark_says_what_it_does(name):
    done = subprocess.run([sys.executable, BENCHMARKS / f"{name}.py", "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "two cores" in done.stdout or "1 minute" in done.stdout


@pytest.mark.parametrize("name", ["training", "quality", "text_to_image"])
def test_results_are_rows_with_the_machine_they_come_from(name):
    content = measured(name)
    assert "torch" in content["machine"]
    assert content["rows"]


def test_the_readmes_table_of_quality_is_what_was_measured():
    text = (BENCHMARKS / "README.md").read_text(encoding="utf-8").split("**Quality for minutes of training**")[1].split("\n\n")[1]
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if re.match(r"\| .* \| [\d.]+ \|", line)
    ]
    groups = runs()
    assert len(lines) == len(groups)

    def number(value):
        return f"{value:.1f}" if value < 100 else f"{value:.0f}"

    for name, minutes, *stated in lines:
        network, _, seeds = name.partition(" · ")
        some = groups[network, float(minutes)]
        assert seeds == (f"{len(some)} seeds" if len(some) > 1 else ""), name
        mean = {key: statistics.mean(row[key] for row in some) for key in some[0] if key != "network"}
        fids = [row["fid"] for row in some]
        low, high = (min(fids), max(fids)) if seeds else (mean["low"], mean["high"])
        assert stated == [
            f"{number(mean['fid'])} ({number(low)} to {number(high)})",
            f"{mean['floor']:.1f}",
            f"{mean['legible']:.2f}",
            f"{mean['rarest_class']:.2f}, {mean['commonest_class']:.2f}",
        ], name


def test_the_readme_states_what_two_classifiers_see_of_the_shipped_weights():
    text, groups = (BENCHMARKS / "README.md").read_text(encoding="utf-8"), runs()
    shipped = [
        row for row in measured("quality")["rows"] if row["network"].startswith("the weights that ship")
    ]  # alone, guided; told, and that guided
    second, first = ([row[f"{of}fid"] / row[f"{of}floor"] for row in shipped] for of in ("second_", ""))
    assert f"are {second[0]:.1f} times as far" in text
    assert f"({first[0]:.1f} times in the first's features), guided {second[1]:.1f} times ({first[1]:.1f})" in text
    assert f"Told the digit it is {second[2]:.1f} times ({first[2]:.1f}), guided as well {second[3]:.1f} ({first[3]:.1f})" in text
    five = [groups[f"ours, in class, predicting x0{more}", 5] for more in ("", ", guided by its younger self")]
    second, first = (
        [statistics.mean(row[f"{of}fid"] for row in some) / some[0][f"{of}floor"] for some in five] for of in ("second_", "")
    )
    said = f"x0 is {second[0]:.1f} times as far ({first[0]:.1f}), but guided {second[1]:.1f} times ({first[1]:.1f})"
    assert said in " ".join(text.split())
    assert second[0] < second[1]
    assert first[1] < first[0]


def test_the_card_of_the_text_to_image_model_says_what_was_measured():
    content = measured("text_to_image")
    card = (BENCHMARKS.parent / "helpers" / "assets" / "text_to_image" / "card.md").read_text(encoding="utf-8")
    for row in content["rows"]:
        (line,) = [
            line for line in card.splitlines() if line.startswith(f"| {row['pictures']}") and f"| {row['prompts']} |" in line
        ]
        assert f"| {row['digit']} ({row['digit_low']} to {row['digit_high']}) |" in line
        assert [row[part] for part in ("colour", "ground", "place", "all", "fid")] == [float(v) for v in line.split("|")[4:9]]
    assert f"PSNR {content['autoencoder']['psnr_db']} dB" in card
    assert f"{content['times']['load_s']} s to load" in card


def test_notebook_4_states_what_the_schedulers_measured():
    content = measured("text_to_image")
    text = (BENCHMARKS.parent / "solutions" / "4_stable_diffusion.py").read_text(encoding="utf-8")
    rows = [row for row in content["schedulers"]["rows"] if row["scale"] == 8]
    (usual,) = [row for row in content["rows"] if (row["pictures"], row["prompts"]) == ("guidance 8", "seen")]
    assert content["setting"] == "500 pictures a row, PNDM, 50 steps"
    assert content["schedulers"]["setting"] == "200 pictures a row"
    for row in (*rows, {**usual, "scheduler": "PNDM", "steps": 50}):
        shares = (f"{row[part]} ({row[f'{part}_low']} to {row[f'{part}_high']})" for part in ("digit", "colour", "ground"))
        assert f"# | {' | '.join([row['scheduler'], str(row['steps']), *shares])} |\n" in text
    good = {row["scheduler"] for row in rows if row["digit"] >= usual["digit"] and row["colour"] >= usual["colour"]}
    assert {"DPM-Solver++", "DDIM"} <= good
    assert "PNDM" not in good


def test_the_interval_of_a_share_is_wilsons():
    code = "from text_to_image import interval; print(interval(5, 10), interval(500, 500), interval(0, 500))"
    done = subprocess.run([sys.executable, "-c", code], cwd=BENCHMARKS, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "(23.7, 76.3) (99.2, 100.0) (0.0, 0.8)"


def test_the_readme_states_what_ten_steps_are_worth_when_told_the_digit():
    rows = measured("sampling")["rows"]
    found = {(row["sampler"], row["steps"]): row for row in rows}
    told, untold = found["DDIM, η = 1, told the digit", 10], found["DDIM, η = 1", 50]
    text = " ".join((BENCHMARKS / "README.md").read_text(encoding="utf-8").split())
    fid, low, high = (f"{told[key]:.1f}" for key in ("fid", "low", "high"))
    assert f"10 steps of DDIM with η = 1 measure {fid} ({low} to {high})" in text
    assert (
        f"{100 * told['legible']:.0f} % of them are legible: 16 digits in {told['seconds_16']:.2f} s, a tenth of the time" in text
    )
    assert 8 < untold["seconds_16"] / told["seconds_16"] < 12
    assert told["fid"] < untold["fid"]


def test_the_readmes_table_of_noise_levels_is_what_was_measured():
    content = measured("weighting")
    text = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    command = f"weighting.py --steps {content['steps']} --samples {content['samples']} --seeds {len(content['runs'])}"
    table = text.split(command)[1].split("\n\n")[1]
    for row in content["rows"]:
        line = f"| {row['change']} | {row['fid']:.0f} ({row['low']:.0f} to {row['high']:.0f}) | {row['legible']:.2f} | "
        if "difference" in row:
            line += f"{row['difference']:+.0f} ({row['difference_low']:.0f} to {row['difference_high']:.0f}) "
        assert line in table
    ours, before = (runs()[name, 5] for name in ("ours, in class, predicting x0", "ours, in class"))
    fids, legible = ([statistics.mean(row[key] for row in some) for some in (ours, before)] for key in ("fid", "legible"))
    said = f"FID {fids[0]:.1f} over three seeds, where the velocity and even t give {fids[1]:.1f} (one seed), "
    said += f"and {legible[0]:.2f} of the samples are legible, where {legible[1]:.2f} were"
    assert said in " ".join(text.split())
    assert (len(ours), len(before)) == (3, 1)
    worth = {row["change"]: row.get("difference_high", 0.0) for row in content["rows"]}
    assert sorted(worth, key=worth.get)[:2] == ["x0 instead of velocity", "t logit-normal"]


def test_the_front_page_states_what_was_measured():
    text = " ".join((BENCHMARKS.parent / "README.md").read_text(encoding="utf-8").split())
    found, grading = runs(), measured("grading")

    def fid(network, minutes):
        return statistics.mean(row["fid"] for row in found[network, minutes]), found[network, minutes][0]["floor"]

    alone, floor = fid("ours, in class, predicting x0", 5)
    guided, _ = fid("ours, in class, predicting x0, guided by its younger self", 5)
    classic, floor_of_few = fid("classic, full size", 5)
    told, floor_of_many = fid("ours, in class, told the digit", 5)
    longer, _ = fid("the weights that ship, told the digit", 10)
    assert (
        f"measure FID {alone:.1f} in a digit classifier's features, {guided:.1f} when guided by its younger self, where as many real digits measure {floor:.1f}"
        in text
    )
    assert f"the classic network stands at {classic:.0f} then (fewer samples; real digits {floor_of_few:.0f})" in text
    assert (
        f"ours measures {told:.1f} after the same five minutes and {longer:.1f} after ten, where as many real digits (5,000) measure {floor_of_many:.1f}"
        in text
    )
    speed = {row["network"]: row["images_per_second"] for row in measured("training")["rows"]}
    others = [value for name, value in speed.items() if name.startswith(("classic", "diffusers", "denoising"))]
    assert "more than twenty times as many images a second as other small diffusion networks" in text
    assert speed["ours, in class"] > 20 * max(others)
    assert f"marks a small notebook {grading['ratio']:.0f} times as fast as stock `nbgrader autograde` in a class of 200" in text
    assert "take 5½ minutes. With a worker killed every few seconds, " in text
    assert f"{grading['soak with workers killed']['killed']} in all, one endless loop lost its worker eight times" in text
    assert round(grading["mixed class of 500 of 3_ddpm, s"]["seconds"] / 15) == 22  # quarters of a minute


def test_the_table_of_grading_is_what_was_measured():
    found = measured("grading")
    table = (BENCHMARKS / "README.md").read_text(encoding="utf-8").split("## Grading")[1]
    stock, ours = (found[f"{name}, s a submission"] for name in ("stock nbgrader", "ours, batch of 200"))
    assert f"| {stock:.1f} s a submission |" in table
    assert f"| {ours:.3f} s a submission: {stock / ours:.0f} times as fast |" in table
    first, then = found["cost of one more submission, ms"]
    assert f"| {first:.0f} ms, {then:.0f} ms |" in table
    mixed, soak, busy = (found[name] for name in ("mixed class of 500 of 3_ddpm, s", "soak with workers killed", "busy machine"))
    assert f"| {mixed['seconds']:.0f} s, {mixed['peak_mb'] / 1000:.1f} GB at the peak | |" in table
    assert f"{soak['killed']} workers killed on the way | {soak['seconds']:.0f} s; one endless loop, " in table
    assert (
        f"eight busy processes | {busy['busy']:.0f} s, where the idle machine took {busy['idle']:.0f} s; marks and flags the same"
        in table
    )
    assert not soak["same"]  # one was given up
    assert busy["same"]
    for name, said in (("3_ddpm", "notebook 3"), ("1_bench", "the small notebook")):
        assert (
            f"| two workers against one, {said}, start-up taken off | {found[f'two workers against one, {name}']:.2f} |" in table
        )
