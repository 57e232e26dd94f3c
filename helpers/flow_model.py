"""The course's flows of digits: networks, the weights that ship, and drawing from them."""

import torch
from torch import Tensor, nn

from helpers import recipe
from helpers.assets import config_of, load_network
from helpers.dit import DiT
from helpers.few_steps import consistency_sample
from helpers.flow import euler_solve, heun_solve
from helpers.profile import device_of
from helpers.score_model import ConditionalMLP
from helpers.unet import Unet

SAMPLERS = ("euler", "heun", "consistency", "fresh")
FRESH = 0.6  # the share of new noise at each step of the sampler "fresh"
TIME_SCALE = 1000  # the time embedding is made for steps 0 … 1000
ASSETS = {"unet": Unet, "dit": DiT}


class FlowNet(nn.Module):
    """A network that knows steps 0 … 1000, as a velocity: x (B, C, H, W), t (B,) in [0, 1] → (B, C, H, W)."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self.net(x, TIME_SCALE * t)


class PlaneFlow(nn.Module):
    """A small network as the velocity of points in the plane: x (B, 2), t (B,) in [0, 1] → (B, 2)."""

    def __init__(self, seed: int = 0, width: int = 128):
        super().__init__()
        torch.manual_seed(seed)
        self.net = ConditionalMLP(2, width)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self.net(x, TIME_SCALE * t)


def flow_unet(seed: int = 0, **changes) -> FlowNet:
    """The network of notebook 3's recipe as a flow, with random weights; 0.6 M parameters."""
    return FlowNet(recipe.network(seed, **changes))


def flow_dit(seed: int = 0, **changes) -> FlowNet:
    """A small DiT as a flow, with random weights; 0.88 M parameters."""
    torch.manual_seed(seed)
    return FlowNet(DiT(**changes))


def load_flow(name: str = "flow_digits") -> FlowNet:
    """A trained flow that ships with the course, in eval mode and without gradients.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    kind = ASSETS[config_of(name)["kind"]]
    return load_network(name, lambda **network: FlowNet(kind(**network))).to(memory_format=torch.channels_last)


@torch.no_grad()
def draw(model: nn.Module, n: int, steps: int, sampler: str = "euler", seed: int = 0, batch_size: int = 250) -> Tensor:
    """n digits (n, 1, 32, 32) by `steps` steps of a sampler, "euler", "heun" (two evaluations a step), "consistency", or "fresh":
    Euler's with some new noise at each step (`helpers.few_steps.consistency_walk`).

    Raises:
        ValueError: an unknown sampler.
    """
    if sampler not in SAMPLERS:
        raise ValueError(f"sampler must be one of {', '.join(SAMPLERS)}; got {sampler!r}")
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for start in range(0, n, batch_size):
        noise = torch.randn(min(batch_size, n - start), 1, 32, 32, generator=generator).to(device_of(model))
        if sampler in ("consistency", "fresh"):
            parts.append(consistency_sample(model, noise, steps, generator, 1.0 if sampler == "consistency" else FRESH))
        else:
            parts.append((heun_solve if sampler == "heun" else euler_solve)(model, noise, steps))
    return torch.cat(parts)
