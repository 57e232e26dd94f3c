"""Shared fixtures, and what happens to a test that needs more than this machine has: it is skipped, by name and counted."""

import pytest
import torch

from grading.doctor import chromium
from grading.sandbox.backends import SandboxUnavailable, choose
from helpers.data import load_digits
from helpers.schedules import Schedule, linear_beta_schedule


def missing(part: str) -> str | None:
    """What to say when this machine has no sandbox or no browser, else None."""
    if part == "browser":
        return None if chromium() else "needs Chromium: install the package chromium"
    try:
        choose()
    except SandboxUnavailable:
        return "needs a sandbox: install the package bubblewrap"
    return None


def pytest_runtest_setup(item):
    for marker in item.iter_markers("needs"):
        for part in marker.args:
            if reason := missing(part):
                pytest.skip(reason)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test or fixture that asked for a sandbox where there is none was skipped, it did not fail."""
    report = (yield).get_result()
    if call.excinfo is not None and call.excinfo.errisinstance(SandboxUnavailable):
        report.outcome = "skipped"
        report.longrepr = (__file__, 0, f"Skipped: {missing('sandbox')}")


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
