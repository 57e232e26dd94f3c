"""What draws and measures runs where the network and the pictures are, tried on a device that is not the CPU."""

import pytest
import torch

from helpers import (
    bound,
    conditional,
    ddpm,
    energy,
    evaluate,
    flow_model,
    gan,
    guidance,
    inpainting,
    langevin,
    likelihood,
    probability_flow,
    recipe,
    schedules,
    sdedit,
    vae,
)
from tests.other_device import DEVICE, OtherDevice

SMALL = {"widths": (8, 16), "patch": 4}
PICTURES = torch.zeros(4, 1, 32, 32, device=DEVICE)
LABELS = torch.zeros(4, dtype=torch.long, device=DEVICE)


def chance():
    return torch.Generator().manual_seed(0)


def guide_to(labels):
    """Its network is on the device, its schedule on the CPU, as `load_conditional` has it."""
    model = guidance.NoisePredictor(conditional.ConditionalUnet(**SMALL), recipe.schedule()).to(DEVICE)
    return guidance.classifier_free(model, labels, 10, 2.0)


def unlabelled(x, t):
    return x * schedules.extract(recipe.schedule().betas, t, x.device)


def shrinking(x, t):
    return -x * t.reshape(-1, *[1] * (x.ndim - 1))


DRAWN = {
    "langevin": lambda: list(langevin.langevin(lambda x: -x, PICTURES, 2, 0.1, generator=chance()))[-1],
    "annealed": lambda: langevin.annealed_langevin(lambda x, sigma: -x, PICTURES, [2.0, 1.0], 2, 0.1, chance()),
    "recipe": lambda: recipe.draw(recipe.network(**SMALL).to(DEVICE), recipe.schedule(), 3, steps=2),
    "guided": lambda: guidance.draw(guide_to, recipe.schedule(), LABELS, steps=2),
    "flow, Euler": lambda: flow_model.draw(flow_model.flow_unet(widths=(8, 16)).to(DEVICE), 3, 2),
    "flow, fresh": lambda: flow_model.draw(flow_model.flow_unet(widths=(8, 16)).to(DEVICE), 3, 2, "fresh"),
    "flow of a DDPM": lambda: probability_flow.DDPMFlow(recipe.network(**SMALL).to(DEVICE), recipe.schedule().to(DEVICE))
    .to(DEVICE)(PICTURES, torch.ones(4, device=DEVICE)),
    "SDE": lambda: probability_flow.sde_solve(shrinking, PICTURES, 2, chance()),
    "VAE": lambda: vae.draw(vae.VAE().to(DEVICE), 3, chance()),
    "GAN": lambda: gan.draw(gan.Generator().to(DEVICE).eval(), 3, chance()),
    "inpainting": lambda: inpainting.inpaint(unlabelled, PICTURES, PICTURES[:1] > 0, recipe.schedule(), 2, 2, chance()),
    "SDEdit": lambda: [step.x for step in sdedit.sdedit(unlabelled, PICTURES, 0.5, recipe.schedule().to(DEVICE), 4)][-1],
    "a skipped step": lambda: ddpm.ancestral_step(PICTURES, PICTURES, 3, recipe.schedule().to(DEVICE).betas, PICTURES),
    "a schedule": lambda: schedules.Schedule(schedules.noisier(recipe.schedule().to(DEVICE).betas, 2.0)).posterior_variance,
    "dequantised": lambda: likelihood.dequantise(PICTURES, chance()),
}  # fmt: skip
MEASURED = {
    "likelihood": lambda: likelihood.log_likelihood(shrinking, PICTURES, 2, probe=torch.ones_like(PICTURES)),
    "bound": lambda: bound.variational_bound(recipe.network(**SMALL).to(DEVICE), recipe.schedule(), PICTURES, draws=1).total,
    "neighbours": lambda: evaluate.nearest_neighbours(PICTURES, torch.zeros(9, 1, 32, 32))[0],
    "FID": lambda: torch.tensor(evaluate.fid(PICTURES[:1].expand(70, -1, -1, -1), torch.zeros(70, 1, 32, 32))),
}


@pytest.mark.parametrize("name", DRAWN)
def test_what_draws_leaves_pictures_where_the_network_is(name):
    with OtherDevice():
        assert DRAWN[name]().device.type == DEVICE


@pytest.mark.parametrize("name", MEASURED)
def test_what_measures_takes_pictures_from_anywhere(name):
    with OtherDevice():
        assert MEASURED[name]().device.type == "cpu"


def test_an_energy_is_trained_where_it_is():
    settings = energy.EnergyTraining(steps=2, batch_size=8, langevin_steps=2, buffer=16)
    with OtherDevice():
        result = energy.train_energy(energy.EnergyMLP().to(DEVICE), torch.zeros(8, 2), settings, progress=False)
    assert result.chains.device.type == "cpu"
    assert len(result.real) == 2


@pytest.mark.parametrize(
    ("does", "words"),
    [
        (lambda x: x + torch.ones(3), "mixes"),
        (lambda x: x.double(), "float64"),
        (lambda x: torch.randn(3, device=x.device, generator=chance()), "generator"),
    ],
)
def test_the_device_refuses_what_a_gpu_does(does, words):
    with OtherDevice(), pytest.raises(RuntimeError, match=words):
        does(torch.ones(3, device=DEVICE))
