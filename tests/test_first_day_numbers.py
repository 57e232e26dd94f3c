"""What notebooks 1 to 4 say in figures, computed again: numbers, factors and shares that are in no other test of the prose."""

import json
import math
import re
import statistics

import pytest
import torch

from helpers import assets, densities
from helpers.data import load_digits
from helpers.energy import EnergyMLP, EnergyTraining, load_ebm, sample_energy, train_energy
from helpers.langevin import langevin
from tests.prose import TEXT, measured, runs, says, stated, table


def left_of_the_valley(T):
    """The share of notebook 2's chains that are on the left hill after 300 steps at temperature T."""
    hills, g = densities.two_hills(), torch.Generator().manual_seed(2)
    *_, x = langevin(hills.score, 3 * torch.randn(4000, 1, generator=g), 300, 0.05, temperature=T, generator=g)
    return (x < 0).float().mean().item()


@pytest.mark.parametrize("T", [0.3, 0.1, 0.01])
def test_cold_chains_keep_the_share_that_their_start_gave_each_hill(T):
    (share,) = stated("2_langevin", r"about ([\d.]+) of them stay on the left at every low temperature")
    assert left_of_the_valley(T) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("T", [1.0, 2.0, 5.0])
def test_warm_chains_are_where_they_should_be(T):
    assert says("2_langevin", "From $T = 1$ up the chains are where they should be")
    x, _ = densities.grid_1d(-9, 9, 4000)
    exact = torch.softmax(-densities.two_hills().energy(x).double() / T, 0)[x[:, 0] < 0].sum().item()
    assert left_of_the_valley(T) == pytest.approx(exact, abs=0.03)


def test_temperatures_of_wrong_pairings():
    (unscaled,) = stated("2_langevin", r"at the temperature \$T = 1/\(2\\alpha\) = (\d+)\$")
    assert unscaled == 1 / (2 * 0.05)
    alpha, c = stated("2_langevin", r"steps of size \$\\alpha = ([\d.]+)\$ with noise of standard deviation \$c = ([\d.]+)\$")
    assert says("2_langevin", r"$T = c^2/(2\alpha) \approx 10^{-6}$")
    assert c**2 / (2 * alpha) == pytest.approx(1e-6, rel=0.3)


def test_the_largest_step_of_the_narrower_hill():
    (limit,) = stated("2_langevin", r"\(where \$2s\^2 = ([\d.]+)\$\)")
    assert limit == 2 * min(densities.two_hills().stds.flatten().tolist()) ** 2


def test_what_the_benchmark_of_notebook_2_measured():
    content = measured("langevin")
    shares = {row["sampler"]: row["share of the upper mode"] for row in content["weights of the modes"]}
    assert says("2_langevin", "plain Langevin dynamics left about half of its chains there")
    assert shares["Langevin, exact score"] == pytest.approx(0.5, abs=0.05)
    assert says("2_langevin", "the learned one, which is wrong by up to ten per cent")
    assert max(row["relative error"] for row in content["score error"]) == pytest.approx(0.10, abs=0.005)


def test_digits_fill_a_thin_sheet():
    assert says("2_langevin", "fewer than a hundred directions hold 95 % of their variance")
    flat = load_digits("train")[0][:2000].flatten(1)
    variance = torch.linalg.svdvals(flat - flat.mean(0)).square()
    assert (variance.cumsum(0) / variance.sum() < 0.95).sum() + 1 < 100
    assert (flat.std(0) < 1e-6).any()
    distance = torch.cdist(flat[:500], flat[500:1000]).mean().item()
    (half, whole) = stated("2_langevin", r"\$\\sigma\$ from (\d+) \(half the distance between two digits, which is about (\d+)\)")
    assert half == whole / 2
    assert distance == pytest.approx(whole, rel=0.1)


def test_the_noise_of_the_chains_of_digits():
    (noise,) = stated("1_energy", r"paired noise \$\\sqrt\{2\\alpha\} = ([\d.]+)\$ is below that on the data")
    run = re.search(r"digit_run = EnergyTraining\(.*?\)  # fmt", TEXT["1_energy"], re.DOTALL)[0]
    step, data, steps = (float(re.search(rf"{key}=([\d.e-]+)", run)[1]) for key in ("step_size", "data_noise", "cpu"))
    assert noise == round(math.sqrt(2 * step), 3) < data
    assert stated("1_energy", r"\*Too little training\.\* (\d+) steps give strokes") == [steps]


FAILURES = {
    "overshoot": dict(alpha=0.0, langevin_steps=10, step_size=0.05, restart=0.5),
    "smaller step": dict(alpha=0.0, langevin_steps=10, step_size=0.005, restart=0.5),
    "chase": dict(alpha=0.05, langevin_steps=1, step_size=0.002, restart=0.05),
}


@pytest.fixture(scope="module")
def failures():
    """Notebook 1's three runs, by name, from another start than there."""
    data, runs = densities.rings(width=0.25).sample(4000, torch.Generator().manual_seed(7)), {}
    for name, how in FAILURES.items():
        torch.manual_seed(1)
        config = EnergyTraining(steps=150, lr=2e-2, batch_size=128, start_scale=3.2, **how)
        runs[name] = train_energy(EnergyMLP(), data, config, progress=False)
    return runs


def test_one_way_to_fail_is_an_overshoot_that_a_smaller_step_cures(failures):
    assert says("1_energy", "all is well for some forty or fifty steps")
    sizes = torch.tensor(failures["overshoot"].fake).abs()
    assert 30 < (sizes > 100).nonzero()[0].item() < 65
    assert sizes.max() > 1e6
    assert torch.tensor(failures["smaller step"].fake).abs().max() < 100


def test_another_is_a_chase(failures):
    assert says("1_energy", "the samples stay far above the data to the end")
    real, fake = (torch.tensor(losses) for losses in (failures["chase"].real, failures["chase"].fake))
    assert (fake[-20:] - real[-20:]).min() > 1


def test_what_the_energy_of_digits_knows(rng):
    ebm, sampling = load_ebm()
    digits = load_digits("test", size=16)[0][:300]
    digits = digits + 0.03 * torch.randn(digits.shape, generator=rng)
    energy = ebm(digits)
    assert says("1_energy", "there the energy is right almost always")
    assert (energy < ebm(digits.flip(2))).float().mean() > 0.9
    assert says("1_energy", "a blank one lies below most digits")
    blank = ebm(-1 + 0.03 * torch.randn(200, 1, 16, 16, generator=rng)).mean()
    assert (blank < energy).float().mean() > 0.5
    assert says("1_energy", "go on sinking when they run longer than they did in training")
    how = {"step_size": sampling["step_size"], "bounds": tuple(sampling["bounds"]), "generator": rng}
    once = sample_energy(ebm, 2 * torch.rand(8, 1, 16, 16, generator=rng) - 1, sampling["steps"], **how)
    assert ebm(sample_energy(ebm, once, sampling["steps"], **how)).mean() < ebm(once).mean()


def test_small_sums_of_notebook_3():
    assert says("3_ddpm", "a third of its pixels lie outside")
    assert math.erfc(1 / math.sqrt(2)) == pytest.approx(1 / 3, abs=0.02)
    assert says("3_ddpm", "$d = 0.9999$, which looks back over ten thousand steps")
    assert 1 / (1 - 0.9999) == pytest.approx(10_000)
    assert says("3_ddpm", "More than 50 change little, at twenty times the price")
    assert says("3_ddpm", "can be halved four times, down to 2×2")
    assert 32 // 2**4 == 2


def test_what_x0_and_the_middle_times_buy():
    content, ablation = (
        measured("weighting"),
        json.loads((assets.path("ddpm_digits") / "ablation.json").read_text(encoding="utf-8")),
    )
    bought = {row["change"]: round(-row["difference"]) for row in content["rows"] if "difference" in row}
    said = stated("3_ddpm", r"over three seeds, \$x_0\$ in its place takes (\d+) off the FID, and \$t\$ from the middle (\d+)")
    assert said == [bought["x0 instead of velocity"], bought["t logit-normal"]]
    assert len(content["runs"]) == 3
    assert content["steps"] == ablation["steps"]  # “in the same short run”


def test_what_the_ablation_shows():
    rows = table("ddpm_digits", "ablation.json")
    assert says("3_ddpm", "200 steps are a very short run")
    costs = {name: (row["difference_low"], row["difference_high"]) for name, row in rows.items() if "difference" in row}
    most = sorted(costs, key=lambda name: -sum(costs[name]))[:3]
    assert says("3_ddpm", "The optimiser, the size of the patches and what the network predicts matter most")
    assert {word for name in most for word in ("AdamW", "patches", "noise instead") if word in name} == {
        "AdamW", "patches", "noise instead"
    }  # fmt: skip
    low, high = next(ends for name, ends in costs.items() if "attention" in name)
    assert low < 0 < high  # “Attention buys nothing that these seeds could show”
    assert next(ends for name, ends in costs.items() if "average" in name)[1] < 0  # “the average … even costs a little”
    assert next(ends for name, ends in costs.items() if "BatchNorm" in name)[1] < 1  # “no worse than GroupNorm”
    for holds in ("linear", "residual"):
        assert next(ends for name, ends in costs.items() if holds in name)[0] > 0, holds


def test_how_much_smaller_latents_are(pipe):
    big, small = stated("4_stable_diffusion", r"4×64×64 latents: (\d+) times fewer numbers\. Ours .*?: only (\d+) times fewer")
    assert (big, small) == (3 * 512 * 512 / (4 * 64 * 64), 3 * 32 * 32 / (8 * 8 * 8))
    assert pipe.unet.config.in_channels * pipe.unet.config.sample_size**2 == 8 * 8 * 8
    (spread,) = stated("4_stable_diffusion", r"halfway on the straight line between two noises, the spread is only ([\d.]+)")
    assert spread == round(math.sqrt(0.5), 1)


def test_what_notebook_4_says_of_its_model(pipe):
    from helpers.text_to_image.denoiser import NO_CAPTION

    card = (assets.path("text_to_image") / "card.md").read_text(encoding="utf-8")
    assert says("4_stable_diffusion", "one caption in eight was replaced by the empty text")
    assert NO_CAPTION == pytest.approx(1 / 8, abs=0.01)
    assert says("4_stable_diffusion", "about one digit in a hundred is malformed")
    shares = {(row["pictures"], row["prompts"]): row for row in measured("text_to_image")["rows"]}
    usual = shares["guidance 8", "seen"]
    assert usual["digit_low"] < 99 < usual["digit_high"]
    assert says("4_stable_diffusion", "on one core in an hour and a half")
    assert sum(int(n) for n in re.findall(r"\| (\d+) min \|", card)) == pytest.approx(90, abs=10)
    assert says("4_stable_diffusion", "The model knows some thirty words")
    assert 30 <= int(re.search(r"It knows (\d+) words", card)[1]) < 35
    assert says("4_stable_diffusion", "drives a network nearly three hundred times as large")
    assert 250 < 859.5e6 / sum(p.numel() for p in pipe.unet.parameters()) < 300  # Stable Diffusion v1's U-Net


def test_what_the_younger_self_buys():
    groups = runs()

    def pair(network, minutes, key, digits):
        """What a network measures alone and guided, the mean over its seeds."""
        both = (groups[f"{network}{more}", minutes] for more in ("", ", guided by its younger self"))
        return [round(statistics.mean(row[key] for row in some), digits) for some in both]

    own, with_v = "ours, in class, predicting x0", "ours, in class"
    said = stated("3_ddpm", r"takes the FID from ([\d.]+) to ([\d.]+) and the legible share from ([\d.]+) to ([\d.]+)")
    assert said == pair(own, 5, "fid", 1) + pair(own, 5, "legible", 2)
    (samples,) = stated("3_ddpm", r"Measured on ([\d,]+) samples after five minutes' worth of training, over three seeds")
    assert {row["samples"] for row in groups[own, 5]} == {samples}
    assert len(groups[own, 5]) == 3
    seen = stated("3_ddpm", r"lie ([\d.]+) times as far from real digits as other real ones do, and guided ([\d.]+) times")
    floor = groups[own, 5][0]["second_floor"]
    assert seen == [round(value / floor, 1) for value in pair(own, 5, "second_fid", 4)]
    assert stated("3_ddpm", r"has more to mend: \$w = 1\$ takes it from ([\d.]+) to ([\d.]+)") == pair(with_v, 5, "fid", 1)
    late = stated("3_ddpm", r"gains nothing any more \(([\d.]+) beside ([\d.]+), a difference within the intervals")
    assert late == pair(with_v, 20, "fid", 1)[::-1]
    (alone,), (guided,) = groups[with_v, 20], groups[f"{with_v}, guided by its younger self", 20]
    assert alone["low"] < guided["low"] < alone["high"]
    (shipped,), (helped,) = (
        groups[name, 19.5] for name in ("the weights that ship", "the weights that ship, guided by their younger self")
    )
    assert stated("3_ddpm", r"FID ([\d.]+), and ([\d.]+) without") == [round(row["fid"], 1) for row in (helped, shipped)]
