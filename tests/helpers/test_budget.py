"""A training is timed first, made as long as the minutes allow, and keeps its length when it is resumed."""

from dataclasses import replace

import pytest
import torch

from helpers.budget import Budget, fit_into
from helpers.schedules import Schedule, linear_beta_schedule
from helpers.training import TrainConfig, algorithm_1, train
from helpers.unet import Unet

CONFIG = TrainConfig(steps=1_000_000, batch_size=4, ema_decay=0.9)
SCHEDULE = Schedule(linear_beta_schedule(10))
IMAGES = -torch.ones(8, 1, 8, 8)
LOSS = algorithm_1(IMAGES, SCHEDULE, CONFIG)


def small() -> Unet:
    torch.manual_seed(0)
    return Unet(embed_dim=8, widths=(4, 8), patch=2)


def test_what_fits_is_what_the_minutes_hold_and_never_more_than_was_asked():
    assert Budget(3000, 10, 0.1).steps == 3000
    assert str(Budget(3000, 10, 0.1)) == "0.1 s a step here, now: 3,000 steps take about 5 minutes."
    slow = Budget(3000, 4, 2.4)
    assert slow.steps == 100
    assert "3,000 steps take about 120 minutes. In your 4 minutes there is time for 100 of them. That is too few" in str(slow)
    assert "too few" not in str(Budget(3000, 4, 0.24))
    assert Budget(3000, 0.01, 60).steps == 1


def test_steps_are_timed_on_a_copy_and_the_run_is_shortened(capsys, tmp_path):
    model, random = small(), torch.get_rng_state()
    before = [value.clone() for value in model.state_dict().values()]
    config = fit_into(0.02, model, LOSS, CONFIG)
    assert 1 <= config.steps < CONFIG.steps
    assert f"there is time for {config.steps:,} of them" in capsys.readouterr().out
    assert all(torch.equal(a, b) for a, b in zip(before, model.state_dict().values()))
    assert torch.equal(random, torch.get_rng_state())


def test_a_run_already_begun_keeps_its_length(capsys, tmp_path):
    config = replace(CONFIG, checkpoint=tmp_path / "a.safetensors")
    train(small(), IMAGES, SCHEDULE, replace(config, steps=3), progress=False)
    assert fit_into(5, small(), LOSS, config).steps == 3
    assert capsys.readouterr().out == ""


def test_no_minutes_are_refused():
    with pytest.raises(ValueError, match="more than 0; got 0"):
        fit_into(0, small(), LOSS, CONFIG)
    with pytest.raises(ValueError, match="got None"):
        fit_into(1, small(), LOSS, replace(CONFIG, steps=None))
