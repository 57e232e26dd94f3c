"""Shared fixtures, and what happens to a test that needs more than this machine has: it is skipped, by name and counted."""

import pytest
import torch

from grading.doctor import chromium
from grading.notebooks import build
from grading.notebooks.execute import executed
from grading.sandbox.backends import SandboxUnavailable, choose
from helpers.data import load_digits
from helpers.schedules import Schedule, linear_beta_schedule
from tests.once import one_at_a_time


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


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id):
    """A folder that all processes of this test run see."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def solved(shared):
    """solved(name): the notebook with its answers in, run in the quick profile, once for all processes; shared / "runs" keeps it."""

    def run(name):
        with one_at_a_time(shared / f"{name}.lock"):
            return executed(build.ROOT / "solutions" / f"{name}.ipynb", build.ROOT, "quick", shared / "runs")

    return run


@pytest.fixture
def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="session")
def pipe():
    """The shipped text-to-image pipeline, on the CPU."""
    from helpers.text_to_image.pipelines import load_pipeline

    return load_pipeline(device="cpu")
