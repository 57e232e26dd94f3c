"""Train unCLIP's prior and decoder for notebook 7: `python -m helpers.weights.unclip`, after `helpers.weights.clip_captions`.

Both learn from the same painted pictures, whose latents and CLIP features are computed once.
"""

import argparse
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from helpers import assets
from helpers.fit import FitConfig, fit
from helpers.text_to_image.denoiser import denoiser_loss, latent_schedule
from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip.clip import load_clip
from helpers.unclip.decoder import Decoder
from helpers.unclip.prior import DROP, Prior, prior_loss, scaled
from helpers.weights.clip_captions import full_captions
from helpers.weights.text_to_image import pictures

PICTURES, PRIOR_STEPS, DECODER_STEPS, BATCH = 10_000, 5000, 1500, 64
CARD = """# {name}

{what}

Trained by `python -m helpers.weights.unclip` (seed 0) on {n:,} painted pictures with the training digits, one combination of
digit, colour and ground in ten left out: {steps:,} steps of {batch} pictures, {parameters:,} trained parameters, the
running average, in half precision. What it reaches is measured by `benchmarks/systems.py`; the loss of the run is in `log.jsonl`.

- Licence: handwriting MNIST (Y. LeCun, C. Cortes, C. Burges), CC BY-SA 3.0; weights MIT, as the rest of the course.
"""
WHAT = {
    "unclip_prior": "Draws a picture's CLIP features, given its caption's: `helpers.unclip.prior.Prior`. It works with the "
    "features\nof the asset clip_captions only.",
    "unclip_decoder": "Lets the text-to-image model paint from CLIP features: `helpers.unclip.decoder.Decoder`, the "
    "layers\nthat differ from the asset text_to_image. It works with that asset and with clip_captions only.",
}


@dataclass(frozen=True)
class Painted:
    """Pictures as the networks see them: latents' mean and spread (N, 8, 8, 8), features of pictures and captions (N, 64)."""

    mean: Tensor
    std: Tensor
    images: Tensor
    texts: Tensor


@torch.no_grad()
def painted(pipe: Any, n: int, generator: torch.Generator) -> Painted:
    """Paint n pictures, a thousand at a time, and encode them."""
    clip, factor = load_clip(pipe.tokenizer), pipe.vae.config.scaling_factor
    parts: list[tuple[Tensor, ...]] = []
    for start in range(0, n, 1000):
        scenes, images = pictures(min(1000, n - start), generator)
        latents = pipe.vae.encode(images).latent_dist
        texts = full_captions(scenes, generator)
        parts.append(
            (latents.mean * factor, latents.std * factor, scaled(clip.image_features(images)), scaled(clip.text_features(texts)))
        )
    return Painted(*(torch.cat(part) for part in zip(*parts)))


def decoder_loss(data: Painted, batch_size: int = BATCH):
    """The text-to-image model's loss with features in the words' place, as `helpers.fit` calls it."""
    schedule = latent_schedule()

    def loss(network: Decoder, step: int, generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(data.mean), (batch_size,), generator=generator)
        latents = data.mean[rows] + data.std[rows] * torch.randn(data.mean[rows].shape, generator=generator)
        kept = torch.rand(batch_size, 1, generator=generator) >= DROP
        return denoiser_loss(network, latents, data.images[rows] * kept, schedule, generator)

    return loss


def save(name: str, network: nn.Module, weights: dict[str, Tensor], steps: int, batch: int, n: int, losses: list[float]) -> None:
    """Write an asset in half precision."""
    parameters = sum(value.numel() for value in weights.values())
    card = CARD.format(name=name, what=WHAT[name], n=n, steps=steps, batch=batch, parameters=parameters)
    assets.save_weights(name, assets.halved(weights), {"network": network.config}, card, assets.loss_log(losses, 250))


def main(arguments: list[str] | None = None) -> None:
    """Train both and write their assets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--prior-steps", type=int, default=PRIOR_STEPS)
    parser.add_argument("--decoder-steps", type=int, default=DECODER_STEPS)
    args = parser.parse_args(arguments)
    pipe = load_pipeline()
    data = painted(pipe, args.pictures, torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    settings: dict[str, Any] = {"lr_decay": "cosine", "warmup": 100, "ema_decay": 0.998}
    if args.prior_steps:
        config = FitConfig(steps=args.prior_steps, lr=1e-3, **settings)
        result = fit(Prior(), prior_loss(data.images, data.texts), config)
        save("unclip_prior", result.model, result.model.state_dict(), args.prior_steps, 256, args.pictures, result.losses)
    if args.decoder_steps:
        config = FitConfig(steps=args.decoder_steps, lr=1e-3, clip_grad=1.0, **settings)
        result = fit(Decoder(pipe.unet), decoder_loss(data), config)
        save("unclip_decoder", result.model, result.learnt(), args.decoder_steps, BATCH, args.pictures, result.losses)


if __name__ == "__main__":
    main()
