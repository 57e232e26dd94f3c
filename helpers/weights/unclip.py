"""Train unCLIP's prior and decoder for notebook 7: `python -m helpers.weights.unclip`, after `helpers.weights.clip_captions`.

Both learn from the same painted pictures, whose latents and CLIP features are computed once. The decoder starts as an
interpreter: its vectors first learn to be what the text encoder makes of the picture's caption, which takes a minute, and the
text-to-image model paints from them at once. Then it learns to paint the very picture, as unCLIP's does.
"""

import argparse
import textwrap
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers import assets
from helpers.fit import FitConfig, fit
from helpers.text_to_image import captions
from helpers.text_to_image.denoiser import denoiser_loss, latent_schedule
from helpers.text_to_image.parts import tokens
from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip.clip import load_clip
from helpers.unclip.decoder import Decoder
from helpers.unclip.prior import DROP, Prior, prior_loss, scaled
from helpers.weights.clip_captions import full_captions
from helpers.weights.text_to_image import pictures

PICTURES, PRIOR_STEPS, WORDS_STEPS, DECODER_STEPS, BATCH = 10_000, 5000, 2000, 2500, 64
SETTINGS: dict[str, Any] = {"lr_decay": "cosine", "warmup": 100, "ema_decay": 0.998}
CARD = """# {name}

{what}

Trained by `python -m helpers.weights.unclip` (seed 0) on {n:,} painted pictures with the training digits, one
combination of digit, colour and ground in ten left out: {steps}. {parameters:,} trained parameters, the running
average, in half precision. What it reaches is measured by `benchmarks/systems.py`; the loss of the run is in `log.jsonl`.
"""
WHAT = {
    "unclip_prior": "Draws a picture's CLIP features, given its caption's: `helpers.unclip.prior.Prior`. It works with the "
    "features\nof the asset clip_captions only.",
    "unclip_decoder": "Lets the text-to-image model paint from CLIP features: `helpers.unclip.decoder.Decoder`, the "
    "layers\nthat differ from the asset text_to_image. It works with that asset and with clip_captions only.",
}


@dataclass(frozen=True)
class Painted:
    """Pictures as the networks see them.

    Attributes:
        mean, std: latents' mean and spread, (N, 8, 8, 8).
        images, texts: CLIP's features of pictures and captions, (N, 64).
        words: the text encoder's vectors of the captions, (N, 16, 96).
        silence: those of the empty caption, (16, 96).
    """

    mean: Tensor
    std: Tensor
    images: Tensor
    texts: Tensor
    words: Tensor
    silence: Tensor


@torch.no_grad()
def painted(pipe: Any, n: int, generator: torch.Generator) -> Painted:
    """Paint n pictures, a thousand at a time, and encode them."""
    clip, factor = load_clip(pipe.tokenizer), pipe.vae.config.scaling_factor

    def said(texts: list[str]) -> Tensor:
        return pipe.text_encoder(tokens(pipe.tokenizer, texts)).last_hidden_state

    parts: list[tuple[Tensor, ...]] = []
    for start in range(0, n, 1000):
        scenes, images = pictures(min(1000, n - start), generator)
        latents = pipe.vae.encode(images).latent_dist
        texts = full_captions(scenes, generator)
        features = scaled(clip.image_features(images)), scaled(clip.text_features(texts))
        parts.append((latents.mean * factor, latents.std * factor, *features, said(captions.prompts(scenes))))
    mean, std, seen, said_of, words = (torch.cat(part) for part in zip(*parts))
    return Painted(mean, std, seen, said_of, words, said([""])[0])


def words_loss(data: Painted, batch_size: int = 256):
    """Squared error of the decoder's vectors against the text encoder's of the caption, as `helpers.fit` calls it."""

    def loss(vectors: nn.Module, step: int, generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(data.images), (batch_size,), generator=generator)
        kept = torch.rand(batch_size, 1, generator=generator) >= DROP
        wanted = torch.where(kept[..., None], data.words[rows], data.silence)
        return F.mse_loss(vectors(data.images[rows] * kept), wanted)

    return loss


def decoder_loss(data: Painted, batch_size: int = BATCH):
    """The text-to-image model's loss with features in the words' place, as `helpers.fit` calls it."""
    schedule = latent_schedule()

    def loss(network: Decoder, step: int, generator: torch.Generator) -> Tensor:
        rows = torch.randint(len(data.mean), (batch_size,), generator=generator)
        latents = data.mean[rows] + data.std[rows] * torch.randn(data.mean[rows].shape, generator=generator)
        kept = torch.rand(batch_size, 1, generator=generator) >= DROP
        return denoiser_loss(network, latents, data.images[rows] * kept, schedule, generator)

    return loss


def save(name: str, network: nn.Module, weights: dict[str, Tensor], card: dict[str, Any], log: list[dict]) -> None:
    """Write an asset in half precision; `card` fills in the blanks of its card."""
    parameters = sum(value.numel() for value in weights.values())
    text = CARD.format(name=name, what=WHAT[name], parameters=parameters, **card)
    text = "\n\n".join(textwrap.fill(part, 125) if part.startswith("Trained") else part for part in text.split("\n\n"))
    assets.save_weights(name, assets.halved(weights), {"network": network.config}, text, log)


def train_prior(data: Painted, steps: int) -> None:
    """Train the prior and write its asset."""
    result = fit(Prior(), prior_loss(data.images, data.texts), FitConfig(steps=steps, lr=1e-3, **SETTINGS))
    card = {"steps": f"{steps:,} steps of 256 pictures", "n": len(data.images)}
    save("unclip_prior", result.model, result.model.state_dict(), card, assets.loss_log(result.losses, 250))


def train_decoder(data: Painted, unet: Any, words_steps: int, steps: int) -> None:
    """Train the decoder, first to interpret and then to paint, and write its asset."""
    decoder = Decoder(unet)
    words = fit(decoder.vectors, words_loss(data), FitConfig(steps=words_steps, lr=2e-3, **SETTINGS))
    decoder.vectors.load_state_dict(words.model.state_dict())
    result = fit(decoder, decoder_loss(data), FitConfig(steps=steps, lr=5e-4, clip_grad=1.0, **SETTINGS))
    said = f"{words_steps:,} steps of 256 pictures towards the captions' vectors, then {steps:,} of {BATCH} at painting"
    log = [{"stage": "words", **entry} for entry in assets.loss_log(words.losses, 250)]
    log += [{"stage": "painting", **entry} for entry in assets.loss_log(result.losses, 50)]
    save("unclip_decoder", result.model, result.learnt(), {"steps": said, "n": len(data.images)}, log)


def main(arguments: list[str] | None = None) -> None:
    """Train both and write their assets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--prior-steps", type=int, default=PRIOR_STEPS)
    parser.add_argument("--words-steps", type=int, default=WORDS_STEPS)
    parser.add_argument("--decoder-steps", type=int, default=DECODER_STEPS)
    args = parser.parse_args(arguments)
    pipe = load_pipeline()
    data = painted(pipe, args.pictures, torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    if args.prior_steps:
        train_prior(data, args.prior_steps)
    if args.decoder_steps:
        train_decoder(data, pipe.unet, args.words_steps, args.decoder_steps)


if __name__ == "__main__":
    main()
