"""The profile follows the machine, obeys COURSE_PROFILE, and refuses what cannot be."""

import pytest
import torch

from helpers import profile


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.delenv("COURSE_PROFILE", raising=False)


def test_a_laptop_gets_the_cpu_profile(no_gpu):
    here = profile.current()
    assert (here.name, here.device.type) == ("cpu", "cpu")
    assert here.pick(quick=1, cpu=2, gpu=3) == 2
    assert "CPU with" in str(here)


def test_a_gpu_is_taken_where_there_is_one(no_gpu, monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    here = profile.current()
    assert (here.name, here.device.type, here.precision) == ("gpu", "mps", "fp32")


@pytest.mark.parametrize(("capability", "precision"), [((8, 0), "bf16"), ((7, 5), "fp16")])
def test_the_precision_suits_the_gpu(monkeypatch, capability, precision):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    profile.best_precision.cache_clear()
    assert profile.best_precision(torch.device("cuda")) == precision


def test_the_environment_variable_decides(no_gpu, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    assert profile.current().name == "quick"
    monkeypatch.setenv("COURSE_PROFILE", "fast")
    with pytest.raises(ValueError, match="quick, cpu, gpu"):
        profile.current()
    monkeypatch.setenv("COURSE_PROFILE", "gpu")
    with pytest.raises(ValueError, match="sees no GPU"):
        profile.current()


def test_autocast_runs_the_network_in_the_precision_named():
    layer = torch.nn.Linear(2, 2)
    for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        with profile.autocast("cpu", precision):
            assert layer(torch.zeros(1, 2)).dtype == dtype
    with pytest.raises(ValueError, match="fp32, bf16, fp16"):
        profile.autocast("cpu", "int8")
