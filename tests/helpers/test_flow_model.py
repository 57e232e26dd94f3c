"""The flows of digits: what ships draws digits, what is trained learns, and every way to draw is named."""

import json
from pathlib import Path

import pytest
import torch

from helpers import assets, evaluate, few_steps, flow_model, flow_training, pretrained
from helpers.data import load_digits
from helpers.fit import fit
from helpers.flow import euler_solve
from helpers.weights import flow_digits_few

SHIPPED = {"flow_digits": "euler", "flow_digits_reflow": "euler", "flow_digits_few": "consistency", "flow_digits_jumps": "euler"}
SMALL = {"widths": (8, 16)}


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks_draw_legible_digits(name):
    made = flow_model.draw(flow_model.load_flow(name), 60, 4, SHIPPED[name])
    assert made.shape == (60, 1, 32, 32)
    assert evaluate.confident_share(made) > 0.6
    assert (evaluate.class_balance(made) > 0).sum() >= 7


def test_reflow_has_straightened_the_flow_and_kept_what_noise_leads_where():
    flow, straight = flow_model.load_flow(), flow_model.load_flow("flow_digits_reflow")
    one, many = flow_model.draw(straight, 40, 1), flow_model.draw(flow, 40, 20)
    other = flow_model.draw(flow, 40, 20, seed=1)
    assert (one - many).abs().mean() < 0.6 * (flow_model.draw(flow, 40, 1) - many).abs().mean()
    assert (one - many).abs().mean() < 0.7 * (one - other).abs().mean()


def test_four_jumps_end_near_where_the_flow_does_in_many_steps():
    flow, jumps = flow_model.load_flow(), flow_model.load_flow("flow_digits_jumps")
    many = flow_model.draw(flow, 40, flow_digits_few.JUMPS * flow_digits_few.OWN_JUMPS["jump_steps"])
    assert (flow_model.draw(jumps, 40, 4) - many).abs().mean() < 0.6 * (flow_model.draw(flow, 40, 4) - many).abs().mean()


def test_weights_ship_with_card_log_and_half_precision():
    total = 0
    for name in SHIPPED:
        folder = assets.path(name)
        assert "Licence" in (folder / "card.md").read_text(encoding="utf-8")
        lines = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
        assert lines[-1]["step"] >= 500
        total += (folder / "model.safetensors").stat().st_size
    assert total < 6 * 2**20


def test_tables_of_the_notebook_name_what_they_show():
    for name, table, samples in (
        ("flow_digits", "comparison", "1,000"),
        ("flow_digits_few", "comparison", "1,000"),
        ("flow_digits", "training", "500"),
    ):
        text = str(pretrained.comparison(name, table))
        assert "FID" in text
        assert f"{samples} samples" in text


@pytest.mark.parametrize("part", ["training", "live"])
def test_what_trainings_of_equal_time_reached_is_the_mean_of_the_measured_seeds(part):
    rows = json.loads((Path(__file__).parents[2] / "benchmarks/results/flow.json").read_text(encoding="utf-8"))["rows"]
    rows = [row for row in rows if row["part"] == part]
    assert {row["seed"] for row in rows} == {0, 1, 2}
    shown = pretrained.comparison("flow_digits", part).rows
    assert {row["model"] for row in shown} == {f"{row['kind']}, {row['sampler']}" for row in rows}
    for row in shown:
        fids = [found["fid"] for found in rows if f"{found['kind']}, {found['sampler']}" == row["model"]]
        assert row["fid"] == pytest.approx(sum(fids) / 3)
        assert row["low"] < row["fid"] < row["high"]


def test_a_minute_of_training_tells_flow_and_ddpm_apart_less_than_the_dit():
    shown = pretrained.comparison("flow_digits", "training").rows
    flow, ddpm, dit = (
        next(row for row in shown if row["model"].startswith(start))
        for start in ("U-Net flow, 20", "DDPM, 50 steps of DDIM, η = 1", "DiT")
    )
    assert flow["low"] < ddpm["high"]
    assert ddpm["low"] < flow["high"]  # what notebook 6 says of the two
    assert dit["low"] > max(flow["high"], ddpm["high"])


@pytest.mark.parametrize("sampler", flow_model.SAMPLERS)
def test_drawing_is_repeatable_whatever_the_batch(sampler):
    model = flow_model.flow_unet(0, **SMALL)
    first, second = (flow_model.draw(model, 3, 2, sampler, seed=s) for s in (1, 1))
    assert torch.equal(first, second)
    assert not torch.equal(first, flow_model.draw(model, 3, 2, sampler, seed=2))
    if sampler == "euler":
        noise = torch.randn(3, 1, 32, 32, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            torch.testing.assert_close(first, euler_solve(model, noise, 2))


def test_an_unknown_sampler_is_named():
    with pytest.raises(ValueError, match="euler, heun, consistency"):
        flow_model.draw(flow_model.flow_unet(0, **SMALL), 1, 1, "magic")


class Recorder(torch.nn.Module):
    """A velocity of w x that keeps the places and times at which it was asked with gradients."""

    def __init__(self):
        super().__init__()
        self.w, self.asked = torch.nn.Parameter(torch.tensor(0.4)), []

    def forward(self, x, t):
        if torch.is_grad_enabled():
            self.asked.append((x, t))
        return self.w * x


@pytest.mark.parametrize(("shares", "counts"), [(None, [4, 4, 4, 4]), ((5, 1, 1, 1), [10, 2, 2, 2])])
def test_each_jump_has_its_share_of_a_batch(shares, counts):
    model = Recorder()
    flow_training.jumping(torch.randn(5, 8, 1, 4, 4), 16, shares)(model, 0, torch.Generator().manual_seed(0))
    (_, t) = model.asked[0]
    assert [int((t == k / 4).sum()) for k in range(4)] == counts
    with pytest.raises(ValueError, match="as many shares; got 3"):
        flow_training.jumping(torch.randn(5, 8, 1, 4, 4), 16, (1, 1, 1))


@pytest.mark.parametrize("own", [False, True])
def test_a_jump_starts_on_the_path_or_where_the_networks_own_jumps_land(own):
    model, paths = Recorder(), torch.randn(5, 1, 1, 4, 4)
    flow_training.jumping(paths, 8, own=own)(model, 0, torch.Generator().manual_seed(0)).backward()
    ((x, t),) = model.asked
    for place, time in zip(x, t):
        there = (1 + 0.4 / 4) ** round(4 * time.item()) * paths[0, 0] if own else paths[round(4 * time.item()), 0]
        torch.testing.assert_close(place, there)
    (length,) = {round(1 / (b - a).item(), 6) for a, b in zip(t[:3], t[1:4])}
    ends = paths[(t * 4).long() + 1, 0]
    w = model.w.detach().requires_grad_()
    (expected,) = torch.autograd.grad(few_steps.pseudo_huber(w * x - (ends - x) * length), w)
    torch.testing.assert_close(model.w.grad, expected)  # nothing flows back through the places


def losses_of(name, images):
    noise = torch.randn(64, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    return {
        "matching": flow_training.matching(images, batch=16),
        "reflow": flow_training.reflow(noise, images[:64], batch=16),
        "tuning": flow_training.tuning(images, 40, batch=16, halvings=1),
        "jumping": flow_training.jumping(torch.stack([noise, (noise + images[:64]) / 2, images[:64]]), batch=16),
        "own jumps": flow_training.jumping(
            torch.stack([noise, (noise + images[:64]) / 2, images[:64]]), batch=16, shares=(2, 1), own=True
        ),
    }[name]


@pytest.mark.parametrize("name", ["matching", "reflow", "tuning", "jumping", "own jumps"])
def test_each_loss_teaches(name):
    images = load_digits("train")[0][:256]
    settings = flow_training.settings(40, warmup=5, precision="fp32")
    losses = fit(flow_model.flow_unet(0, **SMALL), losses_of(name, images), settings, progress=False).losses
    half = losses[:20] if name == "tuning" else losses  # tuning's second half asks for something harder
    assert sum(half[-5:]) < 0.8 * sum(half[:5])


def test_early_times_begin_at_zero_for_a_quarter():
    t = flow_training.early_times(4000, torch.Generator().manual_seed(0))
    assert (t == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert 0.99 < t.max() < 1
