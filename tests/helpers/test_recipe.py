"""The in-class recipe: its optimiser, its learning rate, its devices, and the weights that it produced."""

import json
import math

import pytest
import torch
from torch import nn

from helpers import assets, evaluate, recipe
from helpers.autoguidance import Autoguided, KeepYounger
from helpers.checkpoint import load_checkpoint
from helpers.data import load_digits
from helpers.muon import Muon, orthogonalise
from helpers.pretrained import load_ddpm
from helpers.profile import best_precision
from helpers.sampling import final, sample
from helpers.schedules import Schedule, cosine_beta_schedule
from helpers.training import TrainConfig, denoising_loss, train
from helpers.unet import ConvBlock, DecBlock, EncBlock, Unet
from helpers.weights import ddpm_digits
from tests.other_device import DEVICE, OtherDevice

SMALL = {"widths": (16, 32), "patch": 2}


@pytest.fixture(scope="module")
def digits():
    return load_digits("train")[0][:256]


@pytest.mark.parametrize("shape", [(12, 40), (40, 12), (20, 20)])
def test_orthogonalise_levels_the_singular_values_and_keeps_the_directions(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    result = orthogonalise(matrix)
    along = torch.diag(u.T @ result @ vh.T)
    across = u.T @ result @ vh.T - along.diag()
    large = s > 0.1 * s.max()
    assert ((along[large] > 0.6) & (along[large] < 1.3)).all()
    assert across.abs().max() < 1e-3


def test_without_kernels_muon_is_adamw():
    def trained(make):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.SiLU(), nn.Linear(8, 1))
        optimiser = make(model)
        x = torch.randn(16, 4, generator=torch.Generator().manual_seed(1))
        for _ in range(20):
            optimiser.zero_grad()
            model(x).square().mean().backward()
            optimiser.step()
        return torch.cat([p.flatten() for p in model.parameters()])

    ours = trained(lambda m: Muon(m, lr=1e-2, weight_decay=0.1))
    torchs = trained(lambda m: torch.optim.AdamW(m.parameters(), lr=1e-2, weight_decay=0.1))
    torch.testing.assert_close(ours, torchs, atol=1e-5, rtol=1e-4)


def test_muon_moves_kernels_in_all_directions_alike():
    conv = nn.Conv2d(16, 8, 3, bias=False)
    before = conv.weight.detach().clone()
    conv(torch.randn(4, 16, 8, 8, generator=torch.Generator().manual_seed(0))).square().sum().backward()
    Muon(conv, lr=1e-3).step()
    moved = torch.linalg.svdvals((before - conv.weight.detach()).flatten(1))
    assert moved.min() > 0.5 * moved.max()


def test_an_interrupted_muon_run_goes_on_as_if_nothing_had_happened(digits, tmp_path):
    schedule = Schedule(cosine_beta_schedule(50))

    def run(checkpoint, stop_at=None):
        def on_step(step, loss, ema):
            if step == stop_at:
                raise KeyboardInterrupt

        settings = recipe.config(10, batch_size=16, warmup=2, precision="fp32", checkpoint=checkpoint)
        model = recipe.network(0, **SMALL)
        return train(model, digits, schedule, settings, progress=False, on_step=on_step)

    whole = run(None)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run.safetensors", stop_at=6)
    assert run(tmp_path / "run.safetensors").losses == whole.losses


def test_the_tail_is_constant_then_falls_straight_to_zero():
    config = TrainConfig(lr=1.0, lr_decay="tail")
    rates = [config.learning_rate(step, 1000) for step in range(1000)]
    assert set(rates[:700]) == {1.0}
    assert rates[850] == pytest.approx(0.5)
    assert rates[-1] == pytest.approx(1 / 300)


def test_the_network_is_made_of_the_blocks_that_students_write():
    model = recipe.network()
    kinds = {type(module) for module in model.modules()}
    assert {ConvBlock, EncBlock, DecBlock} <= kinds
    assert sum(p.numel() for p in model.parameters()) < 1e6


def test_sixty_steps_teach_the_network_something(digits):
    settings = recipe.config(60, batch_size=32, warmup=10)
    result = train(recipe.network(0, **SMALL), digits, recipe.schedule(), settings, progress=False)
    assert sum(result.losses[-10:]) < 0.7 * sum(result.losses[:10])
    assert math.isfinite(result.images_per_second)


@pytest.mark.parametrize("network", [{}, SMALL, {"attention": True}, {"norm": "batch", "residual": False}])
def test_nothing_in_the_network_insists_on_a_device(network):
    with torch.device(DEVICE):
        model = Unet(**network).to(memory_format=torch.channels_last)
        x0, noise, t = torch.empty(4, 1, 32, 32), torch.empty(4, 1, 32, 32), torch.empty(4, dtype=torch.long)
    with OtherDevice():
        denoising_loss(model, x0, t, noise, recipe.schedule().to(DEVICE), "velocity").backward()
        Muon(model).step()
    assert all(p.grad.device.type == DEVICE for p in model.parameters())


@pytest.mark.parametrize("method", ["ancestral", "ddim"])
def test_nothing_in_the_samplers_insists_on_a_device(method):
    with torch.device(DEVICE):
        model = Unet(**SMALL)
    with OtherDevice():
        steps = sample(model, Schedule(cosine_beta_schedule(20)), (2, 1, 32, 32), method=method, clip="x0")
        assert final(steps).device.type == DEVICE


def test_compiling_wraps_the_network_that_is_trained(digits, monkeypatch):
    compiled = []

    def remember(model):
        compiled.append(model)
        return model

    monkeypatch.setattr(torch, "compile", remember)
    model = recipe.network(0, **SMALL)
    train(model, digits, recipe.schedule(), recipe.config(2, batch_size=16), progress=False)
    assert not compiled
    train(model, digits, recipe.schedule(), recipe.config(2, batch_size=16, compile=True), progress=False)
    assert compiled == [model]


def test_precision_is_one_that_works_here():
    x = torch.randn(8, 16, 16, 16)
    with torch.autocast("cpu", torch.bfloat16, enabled=best_precision(torch.device("cpu")) == "bf16"):
        assert nn.Conv2d(16, 16, 3)(x).isfinite().all()


def test_drawing_is_reproducible_and_counts_right():
    model, schedule = recipe.network(0, **SMALL), recipe.schedule()
    first = recipe.draw(model, schedule, 5, seed=3, batch_size=2, steps=2)
    assert first.shape == (5, 1, 32, 32)
    assert torch.equal(first, recipe.draw(model, schedule, 5, seed=3, batch_size=2, steps=2))


@pytest.mark.slow
def test_the_shipped_weights_draw_digits():
    model, schedule, prediction = load_ddpm()
    samples = recipe.draw(model, schedule, 300, prediction=prediction)
    measured = json.loads((assets.path("ddpm_digits") / "quality.json").read_text())
    assert evaluate.confident_share(samples) > measured["legible"] - 0.08
    assert evaluate.class_balance(samples).min() > 0.03
    assert evaluate.fid(samples, load_digits("all")[0]) < measured["fid"] + 25


def test_a_training_run_writes_assets_that_load(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "ROOT", tmp_path / "assets")
    monkeypatch.setattr(ddpm_digits, "NETWORK", SMALL)
    monkeypatch.setattr(ddpm_digits, "YOUNGER", 2)
    checkpoint = tmp_path / "run.safetensors"
    monkeypatch.setattr("sys.argv", ["train_ddpm", "--steps", "4", "--checkpoint", str(checkpoint), "--name", "tiny"])
    ddpm_digits.main()
    older, younger = (load_ddpm(name=name)[0] for name in ("tiny", "tiny_younger"))
    trained = recipe.network(0, **SMALL)
    load_checkpoint(checkpoint, trained)
    for stored, kept in zip(older.parameters(), trained.parameters()):
        torch.testing.assert_close(stored, kept, atol=1e-3, rtol=1e-3)  # half precision
    assert not torch.equal(older.head.weight, younger.head.weight)
    assert "4 steps" in (tmp_path / "assets" / "tiny" / "card.md").read_text()


def test_guidance_by_an_equal_changes_nothing_and_by_a_younger_one_goes_beyond():
    x, t = torch.ones(2, 1, 4, 4), torch.zeros(2, dtype=torch.long)
    older, younger = (lambda x, t: 3 * x), (lambda x, t: 2 * x)
    assert torch.equal(Autoguided(older, older)(x, t), 3 * x)
    assert torch.equal(Autoguided(older, younger, scale=2.0)(x, t), 5 * x)
    assert torch.equal(Autoguided(older, younger, scale=0.0)(x, t), 3 * x)


def test_the_younger_self_is_kept_at_its_step_and_survives_a_restart(digits, tmp_path):
    def run(steps, younger):
        settings = recipe.config(steps, batch_size=16, lr_decay="constant", checkpoint=tmp_path / "run.safetensors")
        return train(recipe.network(0, **SMALL), digits, recipe.schedule(), settings, progress=False, on_step=younger)

    first, later = (KeepYounger(3, tmp_path / "younger.safetensors") for _ in range(2))
    run(5, first)
    final_model = run(7, later).model
    assert later.model is None
    restored_model = later.get(recipe.network(1, **SMALL))
    for kept, restored, last in zip(*(m.parameters() for m in (first.model, restored_model, final_model))):
        assert torch.equal(kept, restored)
        assert not torch.equal(kept, last)


def test_a_younger_self_that_was_not_kept_is_none():
    assert KeepYounger(3).get(recipe.network(0, **SMALL)) is None
