"""Train the small text-to-image model from nothing: `python -m helpers.weights.text_to_image`.

First the autoencoder (pixels to latents and back), then the U-Net together with the text encoder, on latents that
are computed once. Each stage saves its state and takes up where it was stopped.
"""

import argparse
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from helpers import assets
from helpers.data import load_digits
from helpers.files import write_text
from helpers.fit import FitConfig, fit
from helpers.text_to_image import captions, parts
from helpers.text_to_image.denoiser import Denoiser, denoiser_loss, latent_schedule, some_left_out
from helpers.text_to_image.pipelines import write_checksums

KL_WEIGHT = 5e-4


@cache
def handwritten(split: str) -> tuple[Tensor, Tensor]:
    """The digits and labels of one split, read once."""
    return load_digits(split)


def pictures(n: int, generator: torch.Generator, split: str = "train", unseen: bool | None = False):
    """Draw scenes and paint them with handwriting of one split: (Scenes, images (n, 3, 32, 32) in [-1, 1])."""
    digits, labels = handwritten(split)
    scenes = captions.random_scenes(n, generator, unseen)
    return scenes, captions.render(scenes, captions.handwriting(scenes, digits, labels, generator), generator)


def reconstruction_error(painted: Tensor, images: Tensor) -> Tensor:
    """Squared error relative to a picture's own contrast, or a small blue digit on purple would hardly count."""
    contrast = images.var((2, 3)).mean(1)
    return ((painted - images).square().mean((1, 2, 3)) * 0.12 / (contrast + 0.02)).mean()


def autoencoder_loss(vae: Any, images: Tensor, generator: torch.Generator) -> Tensor:
    """The reconstruction's error plus a small pull of the latents towards N(0, I) (arXiv:1312.6114)."""
    posterior = vae.encode(images).latent_dist
    kl = 0.5 * (posterior.mean**2 + posterior.var - 1 - posterior.logvar).mean()
    noise = torch.randn(posterior.mean.shape, generator=generator)
    painted = vae.decode(posterior.mean + posterior.std * noise).sample
    return reconstruction_error(painted, images) + KL_WEIGHT * kl


@torch.no_grad()
def standardise(vae: Any, images: Tensor) -> None:
    """Give each latent channel mean 0 and one common spread, inside the weights, and note the scaling factor.

    Stable Diffusion only multiplies latents by one `scaling_factor`. A channel's own shift and scale can hide in
    the 1×1 convolutions around the bottleneck: the first takes it out, the last puts it back.
    """
    parts = [vae.encode(batch).latent_dist for batch in images.split(256)]
    means, variances = torch.cat([p.mean for p in parts]), torch.cat([p.var for p in parts])
    shift, spread = means.mean((0, 2, 3)), (means.var((0, 2, 3)) + variances.mean((0, 2, 3))).sqrt()
    common = spread.log().mean().exp()
    scale = spread / common
    channels = len(scale)
    first, last = vae.quant_conv, vae.post_quant_conv
    last.bias += last.weight[:, :, 0, 0] @ shift
    last.weight *= scale[None, :, None, None]
    first.bias[:channels] -= shift
    first.bias[:channels] /= scale
    first.weight[:channels] /= scale[:, None, None, None]
    first.bias[channels:] -= 2 * scale.log()
    vae.register_to_config(scaling_factor=round(1 / common.item(), 5))


@torch.no_grad()
def encode_pictures(vae: Any, n: int, generator: torch.Generator) -> tuple[captions.Scenes, Tensor, Tensor]:
    """Scenes and their scaled latents' mean and spread, each (n, 8, 8, 8), computed once for all epochs."""
    scenes, images = pictures(n, generator)
    parts = [vae.encode(batch).latent_dist for batch in images.split(256)]
    factor = vae.config.scaling_factor
    return scenes, torch.cat([p.mean for p in parts]) * factor, torch.cat([p.std for p in parts]) * factor


def stage(checkpoint: Path, steps: int, seed: int) -> FitConfig:
    """How both stages train; each takes up where it was stopped."""
    return FitConfig(
        steps=steps, lr=2e-3, lr_decay="cosine", warmup=100, optimizer="muon", clip_grad=1.0, ema_decay=0.998, seed=seed,
        checkpoint=checkpoint, checkpoint_every=250,
    )  # fmt: skip


def train_autoencoder(work: Path, steps: int, batch: int, seed: int):
    """Stage one: the averaged autoencoder, its latents standardised, and the log."""
    torch.manual_seed(seed)
    model = parts.autoencoder().to(memory_format=torch.channels_last)
    loss = lambda network, step, generator: autoencoder_loss(network, pictures(batch, generator)[1], generator)  # noqa: E731
    result = fit(model, loss, stage(work / "autoencoder.safetensors", steps, seed))
    standardise(result.model, pictures(4000, torch.Generator().manual_seed(seed))[1])
    return result.model, [{"stage": "autoencoder", **entry} for entry in assets.loss_log(result.losses, 250)]


def train_denoiser(work: Path, vae: Any, tokenizer, steps: int, batch: int, n: int, seed: int):
    """Stage two: U-Net and text encoder together on the latents of n pictures; their average, and the log."""
    torch.manual_seed(seed + 1)
    model = Denoiser(parts.unet(), parts.text_encoder(tokenizer))
    scenes, mean, std = encode_pictures(vae, n, torch.Generator().manual_seed(seed + 1))
    schedule = latent_schedule()

    def loss(network: nn.Module, step: int, generator: torch.Generator) -> Tensor:
        rows = torch.randint(0, n, (batch,), generator=generator)
        texts = some_left_out(captions.captions(scenes[rows], generator), generator)
        tokens = parts.tokens(tokenizer, texts)
        latents = mean[rows] + std[rows] * torch.randn(mean[rows].shape, generator=generator)
        return denoiser_loss(network, latents, tokens, schedule, generator)

    result = fit(model, loss, stage(work / "denoiser.safetensors", steps, seed + 1))
    return result.model, [{"stage": "denoiser", **entry} for entry in assets.loss_log(result.losses, 250)]


def main(arguments: list[str] | None = None) -> None:
    """Train both stages, or go on with them, and write the pipeline folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/text_to_image"), help="folder of the finished pipeline")
    parser.add_argument("--work", type=Path, default=Path("runs/text_to_image_work"), help="folder of the states")
    parser.add_argument("--autoencoder-steps", type=int, default=4000)
    parser.add_argument("--denoiser-steps", type=int, default=16_000)
    parser.add_argument("--pictures", type=int, default=40_000, help="painted pictures to train the denoiser on")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(arguments)
    tokenizer = parts.tokenizer(args.work / "tokenizer")
    vae, vae_log = train_autoencoder(args.work, args.autoencoder_steps, args.batch // 4, args.seed)
    denoiser, log = train_denoiser(args.work, vae, tokenizer, args.denoiser_steps, args.batch, args.pictures, args.seed)
    save_pipeline(args.out, vae, denoiser, tokenizer, vae_log + log)


def save_pipeline(out: Path, vae: Any, denoiser: Denoiser, tokenizer, log: list[dict]) -> None:
    """Write the pipeline folder: convolutional networks in half precision on disk, the text encoder in full."""
    from diffusers import StableDiffusionPipeline

    pipe: Any = StableDiffusionPipeline(
        vae=vae.half(),
        unet=denoiser.unet.half(),
        text_encoder=denoiser.text_encoder,
        tokenizer=tokenizer,
        scheduler=parts.scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.save_pretrained(out)
    parts.tokenizer(out / "tokenizer")
    write_text(out / "log.jsonl", assets.as_lines(log))
    write_checksums(out)


if __name__ == "__main__":
    main()
