"""Text-to-image by hand: what Stable Diffusion's pipeline does between the prompt and the picture.

The U-Net predicts the noise twice, with the prompt and without it; classifier-free guidance (arXiv:2207.12598) goes
from the second prediction through the first and beyond; a scheduler takes the step. All of it happens in the latents of
an autoencoder (arXiv:2112.10752), whose decoder paints the pixels at the end.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from helpers.arguments import is_count
from helpers.text_to_image.parts import tokens
from helpers.text_to_image.pipelines import estimate_cost, load_pipeline

__all__ = [
    "classifier_free_guidance",
    "decode",
    "denoise",
    "embed",
    "encode",
    "estimate_cost",
    "initial_noise",
    "load_pipeline",
    "seeds",
    "slerp",
    "text_to_image",
]

Generators = torch.Generator | list[torch.Generator] | None


def classifier_free_guidance(eps_uncond: Tensor, eps_cond: Tensor, scale: float) -> Tensor:
    """Push the prediction away from "no prompt": ε = ε_uncond + scale·(ε_cond - ε_uncond).

    Args:
        eps_uncond: (B, C, H, W), the noise predicted without the prompt.
        eps_cond: (B, C, H, W), the noise predicted with it.
        scale: 0 ignores the prompt, 1 is the conditional prediction alone, 8 is a common choice. The paper's w
            (arXiv:2207.12598, eq. 6) is scale - 1.

    Raises:
        ValueError: the two predictions differ in shape.
    """
    if eps_uncond.shape != eps_cond.shape:
        raise ValueError(
            f"both predictions must have one shape; got {tuple(eps_uncond.shape)} without the prompt and "
            f"{tuple(eps_cond.shape)} with it. Split the U-Net's output in two halves along the batch: chunk(2)"
        )
    return eps_uncond + scale * (eps_cond - eps_uncond)


def embed(pipe, prompt: str | list[str]) -> Tensor:
    """Turn prompts into one vector a token: (B, tokens, text width). Shorter prompts are padded, longer ones cut."""
    prompts = [prompt] if isinstance(prompt, str) else prompt
    return pipe.text_encoder(tokens(pipe.tokenizer, prompts).to(pipe.device))[0]


def seeds(first: int, n: int) -> list[torch.Generator]:
    """One generator a picture, seeded first, first + 1, …: a picture then depends neither on its batch nor its place."""
    return [torch.Generator().manual_seed(first + i) for i in range(n)]


def noise_shape(pipe, n: int) -> tuple[int, int, int, int]:
    """The shape (n, C, H, W) of the latents of `n` pictures."""
    size = pipe.unet.config.sample_size
    return n, pipe.unet.config.in_channels, size, size


def initial_noise(pipe, n: int, generator: Generators) -> Tensor:
    """Draw the noise that `n` pictures start from: latents (n, C, H, W), before the scheduler's own scale.

    Raises:
        ValueError: the list of generators has not one generator a picture.
    """
    from diffusers.utils.torch_utils import randn_tensor

    if isinstance(generator, list) and len(generator) != n:
        raise ValueError(f"one generator a picture, or one for all: got {len(generator)} for {n} pictures")
    return randn_tensor(noise_shape(pipe, n), generator=generator, device=torch.device(pipe.device), dtype=pipe.unet.dtype)


@torch.no_grad()
def denoise(
    pipe,
    prompt: str | list[str],
    steps: int = 50,
    scale: float = 8.0,
    generator: Generators = None,
    negative_prompt: str | list[str] = "",
    latents: Tensor | None = None,
) -> Iterator[Tensor]:
    """Run the reverse process in the latents and yield them, (B, C, H, W), after each call of the scheduler.

    Args:
        pipe: a StableDiffusionPipeline.
        prompt: one text, or one a picture.
        steps: steps of the scheduler; PNDM makes one call more than that.
        scale: guidance scale; 1 is no guidance, and half the work.
        generator: source of the noise, one for all pictures or one each (`seeds`).
        negative_prompt: what "no prompt" stands for, one text, or one a picture; the sampler moves away from it.
        latents: start from this noise instead of drawing it.

    Raises:
        ValueError: steps that the scheduler does not have, no prompt, or not as many negative prompts or latents as prompts.
    """
    most = pipe.scheduler.config.num_train_timesteps
    if not is_count(steps) or steps > most:
        raise ValueError(f"steps must be at least 1, and at most the {most} of the model's training; got {steps}")
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    negatives = [negative_prompt] * len(prompts) if isinstance(negative_prompt, str) else list(negative_prompt)
    if not prompts or len(negatives) != len(prompts):
        raise ValueError(
            f"give a prompt a picture, and one negative prompt for all or one each; got {len(prompts)} and {len(negatives)}"
        )
    words = embed(pipe, prompts)
    guided = scale != 1
    if guided:
        words = torch.cat([embed(pipe, negatives), words])
    scheduler = pipe.scheduler
    scheduler.set_timesteps(steps, device=pipe.device)
    if latents is None:
        latents = initial_noise(pipe, len(prompts), generator)
    if latents.ndim != 4 or latents.shape[:2] != noise_shape(pipe, len(prompts))[:2]:
        raise ValueError(f"latents must have a shape like {noise_shape(pipe, len(prompts))}; got {tuple(latents.shape)}")
    x = latents * scheduler.init_noise_sigma
    for t in scheduler.timesteps:
        x_in = scheduler.scale_model_input(torch.cat([x, x]) if guided else x, t)
        noise = pipe.unet(x_in, t, encoder_hidden_states=words).sample
        if guided:
            noise_uncond, noise_cond = noise.chunk(2)
            noise = classifier_free_guidance(noise_uncond, noise_cond, scale)
        x = scheduler.step(noise, t, x).prev_sample
        yield x


def text_to_image(
    pipe,
    prompt: str | list[str],
    steps: int = 50,
    scale: float = 8.0,
    generator: Generators = None,
    negative_prompt: str | list[str] = "",
    latents: Tensor | None = None,
) -> Tensor:
    """Paint pictures (B, 3, H, W) in [0, 1] from text: equal to `pipe(..., output_type="pt").images`.

    The arguments are those of `denoise`.
    """
    *_, x = denoise(pipe, prompt, steps, scale, generator, negative_prompt, latents)
    return decode(pipe, x)


@torch.no_grad()
def decode(pipe, latents: Tensor) -> Tensor:
    """Paint latents (B, C, h, w) as the pipeline does: pictures (B, 3, H, W) in [0, 1]."""
    pixels = pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample
    return (pixels / 2 + 0.5).clamp(0, 1)


@torch.no_grad()
def encode(pipe, pictures: Tensor) -> Tensor:
    """Squeeze pictures (B, 3, H, W) in [0, 1] into scaled latents (B, C, h, w): the mean of the encoder's Gaussian.

    Raises ValueError for another shape or range.
    """
    factor = 2 ** (len(pipe.vae.config.block_out_channels) - 1)
    if pictures.ndim != 4 or pictures.shape[1] != 3 or not pictures.numel() or any(side % factor for side in pictures.shape[2:]):
        raise ValueError(
            f"pictures must be (batch, 3, height, width), both sides multiples of {factor}; got shape {tuple(pictures.shape)}"
        )
    low, high = pictures.min().item(), pictures.max().item()
    if not (low >= -0.001 and high <= 1.001):
        raise ValueError(f"pictures must lie in [0, 1]; these span [{low:.3g}, {high:.3g}]. From [-1, 1] use x / 2 + 0.5")
    pixels = (pictures * 2 - 1).to(pipe.device, pipe.vae.dtype)
    return pipe.vae.encode(pixels).latent_dist.mean * pipe.vae.config.scaling_factor


def slerp(a: Tensor, b: Tensor, weight: float) -> Tensor:
    """Walk from `a` to `b`, two tensors of one shape, along the sphere: in between is as long as the ends.

    A straight line between two Gaussian samples passes points that are too short to be Gaussian noise.
    """
    cosine = torch.nn.functional.cosine_similarity(a.flatten(), b.flatten(), dim=0).clamp(-1, 1)
    angle = cosine.arccos()
    if angle.sin().abs() < 1e-4:
        return torch.lerp(a, b, weight)
    return (torch.sin((1 - weight) * angle) * a + torch.sin(weight * angle) * b) / angle.sin()
