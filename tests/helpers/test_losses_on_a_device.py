"""What a loss makes on the CPU reaches the network where it is: tried on a device that refuses to mix with it."""

import ast
from types import SimpleNamespace

import pytest
import torch

from grading.notebooks import build
from helpers import conditional, flow_model, flow_training, noisy_classifier, recipe
from helpers.cascade import upsampler
from helpers.profile import device_of
from helpers.training import algorithm_1, denoising_loss
from helpers.unclip import prior
from tests.other_device import DEVICE, OtherDevice

IMAGES, LABELS = -torch.ones(16, 1, 32, 32), torch.zeros(16, dtype=torch.long)
SMALL = {"widths": (8, 16), "patch": 4}
VECTORS = torch.zeros(16, 8)


def flow_net():
    return flow_model.flow_unet(seed=0, widths=(8, 16))


CASES = {
    "algorithm 1": (lambda: recipe.network(**SMALL), lambda: algorithm_1(IMAGES, recipe.schedule(), recipe.config(1, batch_size=4), DEVICE)),
    "conditional": (lambda: conditional.ConditionalUnet(**SMALL), lambda: conditional.conditional_loss(IMAGES, LABELS, recipe.schedule(), 4)),
    "noisy classifier": (lambda: noisy_classifier.NoisyClassifier(recipe.schedule()), lambda: noisy_classifier.noisy_classifier_loss(IMAGES, LABELS, recipe.schedule(), 4)),
    "flow matching": (flow_net, lambda: flow_training.matching(IMAGES, batch=4)),
    "reflow": (flow_net, lambda: flow_training.reflow(IMAGES, IMAGES, batch=4)),
    "jumping": (flow_net, lambda: flow_training.jumping(IMAGES.expand(3, *IMAGES.shape), batch=4)),
    "own jumps": (flow_net, lambda: flow_training.jumping(IMAGES.expand(3, *IMAGES.shape), batch=4, own=True)),
    "tuning": (flow_net, lambda: flow_training.tuning(IMAGES, 10, batch=4)),
    "prior": (lambda: prior.Prior(8, width=16, blocks=1), lambda: prior.prior_loss(VECTORS, VECTORS, 4)),
    "upsampler": (upsampler.Upsampler, lambda: upsampler.upsampler_loss(lambda generator: torch.zeros(2, 3, 32, 32))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_training_step_runs_where_the_network_is(name):
    network, loss = CASES[name][0]().to(DEVICE), CASES[name][1]()
    assert device_of(network).type == DEVICE
    with OtherDevice():
        value = loss(network, 0, torch.Generator())
        value.backward()
    assert value.device.type == DEVICE


def test_the_training_step_of_notebook_5_runs_where_the_network_is():
    source = (build.ROOT / "solutions" / "5_guidance.py").read_text(encoding="utf-8")
    (step,) = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == "training_step"]
    space = {"torch": torch, "images": IMAGES, "labels": LABELS, "schedule": recipe.schedule(), "my_drop": conditional.drop_labels,
             "NULL": 10, "here": SimpleNamespace(device=DEVICE), "denoising_loss": denoising_loss}  # fmt: skip
    exec(compile(ast.Module([step], []), "5_guidance", "exec"), space)
    with OtherDevice():
        loss = space["training_step"](conditional.ConditionalUnet(**SMALL).to(DEVICE), 0, torch.Generator())
    assert loss.device.type == DEVICE
