"""Shared fixtures: one schedule and a handful of digits, read once."""

import pytest
import torch

from helpers.data import load_digits
from helpers.schedules import Schedule, linear_beta_schedule


@pytest.fixture(scope="session")
def linear() -> Schedule:
    """The paper's schedule, T = 1000."""
    return Schedule(linear_beta_schedule(1000))


@pytest.fixture(scope="session")
def digits() -> torch.Tensor:
    """256 training digits, (256, 1, 32, 32) in [-1, 1]."""
    return load_digits("train")[0][:256]


@pytest.fixture
def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="session")
def pipe():
    """The shipped text-to-image pipeline, on the CPU."""
    from helpers.text_to_image.pipelines import load_pipeline

    return load_pipeline(device="cpu")
