"""Numbers that the notebooks' prose states and that come from code: computed again, and read out of the prose."""

import ast
import math
import re

import nbformat
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from grading.intake.matching import slots
from grading.notebooks import build
from helpers import assets, densities, recipe
from helpers.schedules import Schedule, cosine_beta_schedule, linear_beta_schedule, scaled_linear_beta_schedule
from helpers.training import TrainConfig
from tests.prose import TEXT, measured, says, stated, table

DDPM = TEXT["3_ddpm"]
README = (build.ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def networks():
    """The classes that notebook 3 writes, with the solution's answers in."""
    classes = [node for node in ast.parse(DDPM).body if isinstance(node, ast.ClassDef)]
    namespace = {"torch": torch, "nn": nn, "F": F, "math": math}
    exec(compile(ast.Module(classes, []), "3_ddpm", "exec"), namespace)
    return namespace


def _millions(networks, attention, **size):
    blocks = (networks["ConvBlock"], networks["EncBlock"], networks["DecBlock"], attention)
    return sum(p.numel() for p in networks["Unet"](**size, blocks=blocks).parameters()) / 1e6


def test_sizes_of_the_two_networks(networks):
    paper, laptop, attending = stated(
        "3_ddpm", r"\| network \| (\d+) M parameters, .*?\| ([\d.]+) M \(with attention ([\d.]+) M\)"
    )
    small = {"widths": (32, 64, 128), "patch": 2}
    assert paper == round(_millions(networks, nn.Identity, widths=(64, 128, 256, 512, 1024)))
    assert laptop == round(_millions(networks, nn.Identity, **small), 2)
    assert attending == round(_millions(networks, networks["SelfAttention"], **small), 2)


def test_speed_and_hours_are_those_of_the_benchmark():
    rows = measured("training")["rows"]
    speed = {row["network"]: row["images_per_second"] for row in rows}
    assert "about a twentieth of the time an image" in DDPM
    assert 15 < speed["ours, in class"] / speed["classic, full size"] < 25
    assert "over two hours on two cores" in DDPM
    assert 2 < 5 * 60_000 / speed["classic, full size"] / 3600 < 3


def test_steps_in_the_table_are_the_recipes():
    gpu, cpu = stated("3_ddpm", r"\| steps of 64 \| ([\d,]+): five epochs.*?\| ([\d,]+) \|")
    in_code = [int(n) for n in re.findall(r"^(?:paper|hurried) = TrainConfig\(\s*steps=(\d+)", DDPM, re.MULTILINE)]
    assert [gpu, cpu] == in_code
    assert gpu == pytest.approx(TrainConfig(epochs=5, batch_size=64).total_steps(60_000), rel=0.01)


def test_the_quick_recipe_of_the_notebook_is_the_one_that_is_measured():
    """What `benchmarks/quality.py` trains as “ours, in class, predicting x0”."""
    (written,) = (
        node.value for node in ast.parse(DDPM).body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "hurried"
    )
    hurried = eval(compile(ast.Expression(written), "3_ddpm", "eval"), {"TrainConfig": TrainConfig})
    assert hurried == recipe.config(hurried.steps, precision="fp32", **recipe.IN_CLASS)


def test_what_the_schedules_leave():
    linear, cosine = (Schedule(make(1000)) for make in (linear_beta_schedule, cosine_beta_schedule))
    at_third = stated("3_ddpm", r"a third of the way through ᾱ has fallen to ([\d.]+) \(cosine: ([\d.]+)\)")
    assert at_third == [round(s.alphas_cumprod[333].item(), 2) for s in (linear, cosine)]
    (percent,) = stated("3_ddpm", r"(\d+) % of it would survive")
    assert percent == round(100 * Schedule(linear_beta_schedule(100)).sqrt_alphas_cumprod[-1].item())
    assert "less than one per cent of the signal is left" in DDPM
    assert linear.sqrt_alphas_cumprod[-1] < 0.01
    (root,) = stated("4_stable_diffusion", r"At the last step √ᾱ is still ([\d.]+), ten times as much")
    scaled = Schedule(scaled_linear_beta_schedule(1000)).sqrt_alphas_cumprod[-1].item()
    assert root == round(scaled, 3)
    assert scaled / linear.sqrt_alphas_cumprod[-1].item() == pytest.approx(10, rel=0.1)


def test_the_forgotten_weight():
    betas = linear_beta_schedule(1000).double()
    weight = betas / (2 * (1 - betas) * (1 - (1 - betas).cumprod(0)))
    found = stated("3_ddpm", r"([\d.]+) at t = 0, ([\d.]+) at t = 300, ([\d.]+) at t = 999")
    assert found == pytest.approx(weight[[0, 300, 999]].tolist(), rel=0.01)


def test_shares_of_the_left_hill_when_cold():
    x, _ = densities.grid_1d(-9, 9, 4000)
    hills = densities.two_hills()
    exact = {T: torch.softmax(-hills.energy(x).double() / T, 0)[x[:, 0] < 0].sum().item() for T in (0.3, 0.1, 0.01)}
    at_0_3, at_0_1, at_0_01 = stated("2_langevin", r"\$p\^\{1/T\}\$ has ([\d.]+) \(\$T = 0\.3\$\), ([\d.]+) and ([\d.]+)\.\s")
    assert [at_0_3, at_0_1, at_0_01] == [round(exact[T], 2) for T in (0.3, 0.1, 0.01)]


@pytest.mark.parametrize("name", build.names())
def test_points_in_the_text_are_those_of_the_cells(name):
    points = [float(number) for head in _heads(name) for number in re.findall(r"[\d.]+", head.split("·")[0])]
    assert sum(points) == sum(float(n) for n in re.findall(r'"grade": true.*?"points": ([\d.]+)', TEXT[name]))


def _heads(name):
    """The lines under the exercises' titles, such as *3 points · difficulty 2 of 5 · 10 minutes*."""
    return re.findall(r"^# \*([\d.]+ (?:and [\d.]+ )?points.*?minutes)\*$", TEXT[name], re.MULTILINE)


@pytest.mark.parametrize("name", build.names())
def test_the_readme_names_what_each_notebook_asks_to_write(name):
    row = re.search(rf"^\| \[[^]]*\]\(notebooks/{name}\.ipynb\) \|[^|]*\|([^|]*)\|", README, re.MULTILINE)
    release = nbformat.read(build.ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    asked = [written for slot in slots(release) if slot.role == "answer" for written in slot.names]
    assert sorted(re.findall(r"`(\w+)`", row[1])) == sorted(asked)


def test_the_plan_of_notebook_3_adds_up():
    head, _rest = DDPM.split("# With a morning for notebooks", 1)
    rows = [line.split("|")[1:-1] for line in head.splitlines() if re.match(r"# \| [ivx]+", line)]
    points = sum(int(n) for row in rows for n in re.findall(r"\d+", row[-1]))
    assert points == sum(int(n) for n in re.findall(r'"grade": true.*?"points": (\d+)', DDPM))
    minutes = sum(int(n) for row in rows for n in re.findall(r"\d+", row[-2]))
    assert minutes == sum(int(re.search(r"(\d+) minutes", line)[1]) for line in _heads("3_ddpm"))


GUIDED = {"conditional, s = 1": "conditional", "classifier-free, s = 1.5": "classifier-free, scale 1.5"}
GUIDED |= {"classifier-free, s = 3": "classifier-free, scale 3"}


def test_notebook_5_states_what_the_guidance_benchmark_measured():
    rows = {row["guidance"]: row for row in measured("guidance")["rows"]}
    lines = re.findall(
        r"^# \| ([^|]+) \| ([^|]+ % \([^|]+\)) \| ([^|]+ \([^|]+\)) \| ([\d.]+) \|$", TEXT["5_guidance"], re.MULTILINE
    )
    assert len(lines) == len(rows) == 9
    for name, agreement, fid, variety in lines:
        row = rows[GUIDED.get(name, name)]
        share, low, high = (100 * row[key] for key in ("agreement", "agreement_low", "agreement_high"))
        assert agreement == f"{share:.1f} % ({low:.1f} to {high:.1f})", name
        assert fid == f"{row['fid']:.1f} ({row['low']:.1f} to {row['high']:.1f})", name
        assert float(variety) == pytest.approx(row["variety"], abs=0.0051), name


def test_notebook_5_states_what_runs_like_its_own_reach():
    found = {}
    for row in measured("guidance_live")["rows"]:
        found.setdefault(row["scale"], []).append(f"{100 * row['agreement']:.1f}")
    alone, guided = (" and ".join(sorted(found[scale])) for scale in (1.0, 1.5))
    text = re.sub(r"\s*\n# ", " ", TEXT["5_guidance"])
    assert f"read back {alone} % as asked, and {guided} % with the scale s = 1.5 of the next part" in text


INPAINTED = {"each step once": "inpainting, each step 1×", "each step 5 times": "inpainting, each step 5×"}


def test_notebook_5_states_what_inpainting_measured():
    rows = {row["edit"]: row for row in measured("inpainting")["rows"]}
    pattern = r"^# \| ([^|]+) \| ([\d.]+) % \(([\d.]+) to ([\d.]+)\) \| ([\d.]+) \| ([\d.]+) \|$"
    lines = re.findall(pattern, TEXT["5_guidance"], re.MULTILINE)
    assert len(lines) == len(rows) == 3
    for name, *numbers in lines:
        row = rows[INPAINTED.get(name, name)]
        shares = [round(100 * row[key], 1) for key in ("right", "right_low", "right_high")]
        assert [float(n) for n in numbers] == [*shares, round(row["edge"], 3), round(row["inside"], 3)], name
    once, often, real = (rows[name] for name in (*INPAINTED.values(), "the digits themselves"))
    assert once["known exact"]
    assert often["known exact"]
    (read, *_ends) = stated(
        "5_guidance", r"the classifier reads ([\d.]+) % as they are labelled \(95 % interval ([\d.]+) to ([\d.]+) %\)"
    )
    assert read == round(100 * real["right"], 1)
    seams = [row["edge"] / row["inside"] - real["edge"] / real["inside"] for row in (once, often)]
    assert seams[1] < seams[0] / 2  # “takes most of the seam away”


def test_notebook_5_states_what_the_anagrams_measured():
    rows = {row["edit"]: row for row in measured("anagrams")["rows"]}
    lines = re.findall(r"^# \| (\d, \w+ \d) \| (\d+) % \| (\d+) % \|$", TEXT["5_guidance"], re.MULTILINE)
    assert len(lines) == len(rows) == 7
    for name, both, alone in lines:
        row = rows[f"anagram {name}"]
        assert (int(both), int(alone)) == (round(100 * row["right"]), round(100 * row["by chance"])), name


def test_notebook_6_states_how_far_few_steps_are_from_fifty():
    fid = {model: row["fid"] for model, row in table("flow_digits_few").items()}
    fifty = fid["the flow, 50 steps (Euler)"]
    (four,) = stated("6_flow", r"At four steps jumps are ahead: ([\d.]+) times the FID that the flow has in fifty")
    (one,) = stated("6_flow", r"There reflow is far ahead, in one step at ([\d.]+) times the flow's fifty")
    assert four == round(fid["jumps, 4 steps (Euler)"] / fifty, 1)
    assert one == round(fid["reflowed, 1 step (Euler)"] / fifty, 1)
    others = ("reflowed, 4 steps (Euler)", "consistency tuning, 4 steps (consistency)", "the flow, 4 steps (Euler)")
    assert says("6_flow", "Reflow, tuning and the flow itself stay above twice the flow's fifty.")
    assert min(fid[name] for name in others) > 2 * fifty
    for n, name in ((1, "1 step"), (2, "2 steps")):
        assert fid[f"jumps, {name} (Euler)"] > 2 * fid[f"reflowed, {name} (Euler)"], n


def test_notebook_6_states_what_a_minute_of_learning_to_jump_gives():
    rows = [row for row in measured("flow")["rows"] if row["part"] == "jumps" and row["train_steps"] == 250]
    assert len(rows) == 3
    fids = [row["fid"] for row in rows]
    assert stated("6_flow", r"bring ([\d.]+) to ([\d.]+) \(three seeds") == [
        round(min(fids), 1),
        round(max(fids), 1),
    ]
    assert max(row["cpu_seconds"] for row in rows) < 80
    live = stated("6_flow", r"n_paths, n_jump = here.pick\(quick=\(20, 6\), cpu=\((\d+), (\d+)\)")
    assert live == [rows[0]["paths"], rows[0]["train_steps"]]


def test_how_far_the_models_of_notebook_2_are_from_real_digits():
    rows = {name.split(" (")[0]: row["fid"] for name, row in table("ncsn_digits").items()}
    (floor, small, ncsn, ncsn_times, ebm, ebm_times) = stated(
        "2_langevin",
        r"real digits are ([\d.]+) from the others \(made of 16×16 pixels: ([\d.]+)\), so the score model, at ([\d.]+), is ([\d.]+) times "
        r"as far as real digits are, and the energy-based model, at ([\d.]+), ([\d.]+) times",
    )
    real, real_small = rows["real digits"], rows["real digits, 16×16 enlarged"]
    score, energy = rows["NCSN, annealed Langevin"], rows["energy-based, 16×16"]
    assert [floor, small, ncsn, ebm] == [round(each, 1) for each in (real, real_small, score, energy)]
    assert [ncsn_times, ebm_times] == [round(score / real, 1), round(energy / real_small, 1)]
    card = (assets.path("ncsn_digits") / "card.md").read_text(encoding="utf-8")
    row = table("ncsn_digits")["NCSN, annealed Langevin (notebook 2)"]
    of = [f"{row[key]:.1f}" for key in ("fid", "low", "high")]
    assert "FID {} ({} to {}), where as many real digits measure {:.1f}".format(*of, real) in card
