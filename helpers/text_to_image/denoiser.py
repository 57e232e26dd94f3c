"""What the text-to-image model is trained with: U-Net and text encoder as one network, and the loss of a step."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from helpers.diffusion import diffuse, velocity
from helpers.schedules import Schedule, extract, scaled_linear_beta_schedule

NO_CAPTION = 0.12  # the share of captions that training leaves out, for guidance
MAX_WEIGHT = 5.0


def latent_schedule() -> Schedule:
    """The latents' noise, as in Stable Diffusion: √β rises linearly over 1,000 steps."""
    return Schedule(scaled_linear_beta_schedule(1000))


def some_left_out(texts: list[str], generator: torch.Generator) -> list[str]:
    """The captions, some of them empty, so that the model also learns what a picture is without one."""
    hidden = torch.rand(len(texts), generator=generator) < NO_CAPTION
    return ["" if hide else text for text, hide in zip(texts, hidden.tolist())]


class Denoiser(nn.Module):
    """The U-Net and the text encoder, trained as one network."""

    def __init__(self, unet: nn.Module, text_encoder: nn.Module):
        super().__init__()
        self.unet, self.text_encoder = unet, text_encoder

    def forward(self, latents: Tensor, t: Tensor, tokens: Tensor) -> Tensor:
        return self.unet(latents, t, self.text_encoder(tokens).last_hidden_state).sample


def denoiser_loss(
    denoiser: Callable[[Tensor, Tensor, Tensor], Tensor],
    latents: Tensor,
    told: Tensor,
    schedule: Schedule,
    generator: torch.Generator,
) -> Tensor:
    """Squared error of the velocity v = √ᾱ ε - √(1-ᾱ) x_0 (arXiv:2202.00512), little noise weighing less.

    In nearly pure noise the words decide everything, and there v is the picture itself; ε would be the input, and what
    the words add to it too small to be learnt in a short run. The weight min(SNR + 1, 5)/(SNR + 1) counts an error in x_0
    five times at most (compare arXiv:2303.09556).
    """
    t = torch.randint(0, schedule.T, (len(latents),), generator=generator)
    noise = torch.randn(latents.shape, generator=generator)
    missed = denoiser(diffuse(latents, t, noise, schedule), t, told) - velocity(latents, t, noise, schedule)
    share = 1 - extract(schedule.alphas_cumprod, t)  # of noise, 1/(SNR + 1)
    weight = (1 / share).clamp(max=MAX_WEIGHT) * share
    return (missed.square() * weight).mean()
