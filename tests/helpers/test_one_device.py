"""Lines of notebook 3 that must keep to one device: run on tensors that refuse arithmetic with those of another, as a GPU's do.

No GPU is needed: the meta device is one that a CPU tensor with at least one axis cannot be added to.
"""

import ast
import math

import pytest
import torch
import torch.nn.functional as F

from grading.notebooks import build
from helpers import ddpm
from helpers.schedules import Schedule, linear_beta_schedule

SOURCE = (build.ROOT / "solutions" / "3_ddpm.py").read_text(encoding="utf-8")


@pytest.fixture
def notebook():
    """The functions that notebook 3 defines, with the schedule on the device, as its training cell leaves it."""
    functions = [node for node in ast.parse(SOURCE).body if isinstance(node, ast.FunctionDef)]
    for function in functions:
        function.decorator_list = []
    schedule = Schedule(linear_beta_schedule(10)).to("meta")
    namespace = {"torch": torch, "F": F, "math": math, "T": 10, "schedule": schedule, "device": torch.device("meta")}
    namespace |= {"prediction": "noise", "alphas_cumprod": Schedule(linear_beta_schedule(10)).alphas_cumprod}
    exec(compile(ast.Module(functions, []), "3_ddpm", "exec"), namespace)
    return namespace


def test_the_device_refuses_mixed_arithmetic():
    with pytest.raises(RuntimeError):
        torch.ones(3, device="meta") + torch.ones(3)


def test_the_training_step_moves_the_schedule_to_the_images(notebook):
    x0 = torch.zeros(4, 1, 8, 8, device="meta")
    t = torch.zeros(4, dtype=torch.long, device="meta")
    assert "my_loss(model, x0, t, e, alphas_cumprod.to(x0.device))" in SOURCE
    loss = notebook["ddpm_loss"](lambda x, t: x, x0, t, torch.zeros_like(x0), notebook["alphas_cumprod"].to(x0.device))
    assert loss.device.type == "meta"


def test_sampling_by_algorithm_2_stays_on_the_device(notebook):
    notebook["predict_noise"] = lambda model, x, t: x
    notebook["my_ancestral"] = notebook["ancestral_step"]
    for _, x, x0 in notebook["algorithm_2"](None, (2, 1, 8, 8)):
        assert x.device.type == x0.device.type == "meta"


def test_the_figure_beside_clamping_moves_the_digits_to_the_schedule(notebook):
    start = SOURCE.index("for t in grid:\n    a_bar = schedule.alphas_cumprod[t]")
    loop = SOURCE[start : SOURCE.index("left.plot(grid, outside)")]
    lines = [line for line in loop.splitlines() if "append" not in line]  # .item() has no value to give here
    namespace = notebook | {"grid": [0, 9], "many": torch.zeros(5, 1, 8, 8), "outside": [], "size_of": []}
    exec("\n".join(lines), namespace)
    assert namespace["x_t"].device.type == "meta"


def test_the_references_of_the_core_exercises_take_a_schedule_from_anywhere():
    x0, t = torch.zeros(3, 1, 8, 8, device="meta"), torch.zeros(3, dtype=torch.long, device="meta")
    x_t = ddpm.forward_diffusion(x0, t, x0, torch.rand(10, device="meta"))
    assert x_t.device.type == "meta"
