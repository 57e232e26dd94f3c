"""Lines of notebook 3 that must keep to one device: run on one that refuses to mix with the CPU, as a GPU does."""

import ast
import math

import pytest
import torch
import torch.nn.functional as F

from grading.notebooks import build
from helpers import ddpm
from helpers.schedules import Schedule, linear_beta_schedule
from tests.other_device import DEVICE, OtherDevice

SOURCE = (build.ROOT / "solutions" / "3_ddpm.py").read_text(encoding="utf-8")


@pytest.fixture
def notebook():
    """The functions that notebook 3 defines, with the schedule on the device, as its training cell leaves it."""
    functions = [node for node in ast.parse(SOURCE).body if isinstance(node, ast.FunctionDef)]
    for function in functions:
        function.decorator_list = []
    schedule = Schedule(linear_beta_schedule(10)).to(DEVICE)
    namespace = {"torch": torch, "F": F, "math": math, "T": 10, "schedule": schedule, "device": torch.device(DEVICE)}
    namespace |= {"prediction": "noise", "alphas_cumprod": Schedule(linear_beta_schedule(10)).alphas_cumprod}
    exec(compile(ast.Module(functions, []), "3_ddpm", "exec"), namespace)
    with OtherDevice():
        yield namespace


def test_the_training_step_moves_the_schedule_to_the_images(notebook):
    weight = torch.nn.Parameter(torch.ones((), device=DEVICE))
    notebook |= {"my_loss": notebook["ddpm_loss"], "my_forward": notebook["forward_diffusion"]}
    notebook["training_step"](lambda x, t: weight * x, torch.optim.SGD([weight]), torch.zeros(4, 1, 8, 8, device=DEVICE))
    assert weight.grad.device.type == DEVICE


def test_sampling_by_algorithm_2_stays_on_the_device(notebook):
    notebook["predict_noise"] = lambda model, x, t: x
    notebook["my_ancestral"] = notebook["ancestral_step"]
    for _, x, x0 in notebook["algorithm_2"](None, (2, 1, 8, 8)):
        assert x.device.type == x0.device.type == DEVICE


def test_the_figure_beside_clamping_moves_the_digits_to_the_schedule(notebook):
    start = SOURCE.index("for t in grid:\n    a_bar = schedule.alphas_cumprod[t]")
    loop = SOURCE[start : SOURCE.index("left.plot(grid, outside)")]
    namespace = notebook | {"grid": [0, 9], "many": torch.zeros(5, 1, 8, 8), "outside": [], "size_of": []}
    exec(loop, namespace)
    assert namespace["x_t"].device.type == DEVICE


@pytest.mark.parametrize("schedule", [{"device": DEVICE}, {"dtype": torch.float32}, {"dtype": torch.float64}], ids=str)
def test_the_references_of_the_core_exercises_take_a_schedule_from_anywhere(schedule):
    x0, t = torch.zeros(3, 1, 8, 8, device=DEVICE), torch.zeros(3, dtype=torch.long, device=DEVICE)
    with OtherDevice():
        x_t = ddpm.forward_diffusion(x0, t, x0, torch.rand(10, **schedule))
        loss = ddpm.ddpm_loss(lambda x, t: x, x0, t, x0, torch.rand(10, **schedule))
    assert x_t.device.type == loss.device.type == DEVICE
