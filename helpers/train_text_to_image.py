"""Train the small text-to-image model from nothing: `python -m helpers.train_text_to_image`.

First the autoencoder (pixels to latents and back), then the U-Net together with the text encoder, on latents that
are computed once. Each stage saves its state as it goes and takes up where it was stopped.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers import captions, text_to_image_parts
from helpers.data import load_digits
from helpers.ema import EMA
from helpers.files import write_atomically, write_text
from helpers.pipelines import write_checksums
from helpers.schedules import Schedule, scaled_linear_beta_schedule

KL_WEIGHT = 5e-4
NO_CAPTION = 0.12
MIN_SNR = 5.0


class Stage:
    """One training stage: AdamW with a cosine decay, an average of the weights, a log and a resumable state."""

    def __init__(self, name: str, model: nn.Module, steps: int, lr: float, work: Path, seed: int, ema: float = 0.998):
        self.name, self.model, self.steps, self.lr, self.work = name, model, steps, lr, work
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=1e-3)
        self.ema = EMA(model, ema)
        self.generator = torch.Generator().manual_seed(seed)
        self.step, self.seconds, self.log = 0, 0.0, []
        if self.file.exists():
            self._restore()

    @property
    def file(self) -> Path:
        return self.work / f"{self.name}.pt"

    def run(self, loss_fn: Callable[[torch.Generator], Tensor], every: int = 250) -> nn.Module:
        """Minimise `loss_fn(generator)` for the remaining steps and return the averaged model."""
        self.model.train()
        started, recent = time.monotonic() - self.seconds, []
        while self.step < self.steps:
            warm_up, remaining = min(1.0, (self.step + 1) / 200), self.step / self.steps
            self.optimizer.param_groups[0]["lr"] = self.lr * warm_up * 0.5 * (1 + math.cos(math.pi * remaining))
            loss = loss_fn(self.generator)
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.ema.update(self.model)
            self.step += 1
            recent.append(loss.item())
            if self.step % every == 0 or self.step == self.steps:
                self.seconds = time.monotonic() - started
                entry = {"stage": self.name, "step": self.step, "loss": round(sum(recent) / len(recent), 5)}
                self.log.append(entry | {"seconds": round(self.seconds)})
                print(json.dumps(self.log[-1]), flush=True)
                recent.clear()
                write_atomically(self.file, lambda path: torch.save(self._state(), path))
        return self.ema.model

    def _state(self) -> dict:
        return {
            "model": self.model.state_dict(),
            "ema": self.ema.model.state_dict(),
            "updates": self.ema.updates,
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "step": self.step,
            "seconds": self.seconds,
            "log": self.log,
        }

    def _restore(self) -> None:
        state = torch.load(self.file, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.ema.model.load_state_dict(state["ema"])
        self.ema.updates = state["updates"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.step, self.seconds, self.log = state["step"], state["seconds"], state["log"]


@cache
def handwritten(split: str) -> tuple[Tensor, Tensor]:
    return load_digits(split)


def pictures(n: int, generator: torch.Generator, split: str = "train", unseen: bool | None = False):
    """Draw scenes and paint them with handwriting of one split: (Scenes, images (n, 3, 32, 32) in [-1, 1])."""
    digits, labels = handwritten(split)
    scenes = captions.random_scenes(n, generator, unseen)
    return scenes, captions.render(scenes, captions.handwriting(scenes, digits, labels, generator), generator)


def autoencoder_loss(vae: nn.Module, images: Tensor) -> Tensor:
    """Squared error of the reconstruction plus a small pull of the latents towards N(0, I) (arXiv:1312.6114).

    The error is taken relative to a picture's own contrast, or a small blue digit on purple would hardly count.
    """
    posterior = vae.encode(images).latent_dist
    kl = 0.5 * (posterior.mean**2 + posterior.var - 1 - posterior.logvar).mean()
    noise = torch.randn_like(posterior.mean)
    error = (vae.decode(posterior.mean + posterior.std * noise).sample - images).square().mean((1, 2, 3))
    contrast = images.var((2, 3)).mean(1)
    return (error * 0.12 / (contrast + 0.02)).mean() + KL_WEIGHT * kl


@torch.no_grad()
def standardise(vae: nn.Module, images: Tensor) -> None:
    """Give each latent channel mean 0 and one common spread, inside the weights, and note the scaling factor.

    Stable Diffusion only multiplies latents by one `scaling_factor`. A channel's own shift and scale can hide in
    the 1×1 convolutions around the bottleneck: the first takes it out, the last puts it back.
    """
    means = torch.cat([vae.encode(batch).latent_dist.mean for batch in images.split(256)])
    shift, spread = means.mean((0, 2, 3)), means.std((0, 2, 3))
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


class Denoiser(nn.Module):
    """The U-Net and the text encoder, trained as one network."""

    def __init__(self, unet: nn.Module, text_encoder: nn.Module):
        super().__init__()
        self.unet, self.text_encoder = unet, text_encoder

    def forward(self, latents: Tensor, t: Tensor, tokens: Tensor) -> Tensor:
        return self.unet(latents, t, self.text_encoder(tokens).last_hidden_state).sample


def denoiser_loss(denoiser: Denoiser, latents: Tensor, tokens: Tensor, schedule: Schedule, generator) -> Tensor:
    """Squared error of the predicted noise, weighted min(SNR, 5)/SNR (arXiv:2303.09556)."""
    t = torch.randint(0, schedule.T, (len(latents),), generator=generator)
    noise = torch.randn(latents.shape, generator=generator)
    alphas_cumprod = schedule.alphas_cumprod[t][:, None, None, None]
    noisy = alphas_cumprod.sqrt() * latents + (1 - alphas_cumprod).sqrt() * noise
    snr = alphas_cumprod / (1 - alphas_cumprod)
    error = F.mse_loss(denoiser(noisy, t, tokens), noise, reduction="none")
    return (error * (snr.clamp(max=MIN_SNR) / snr)).mean()


@torch.no_grad()
def encode_pictures(vae: nn.Module, n: int, generator: torch.Generator) -> tuple[captions.Scenes, Tensor, Tensor]:
    """Scenes and their scaled latents' mean and spread, each (n, 8, 8, 8), computed once for all epochs."""
    scenes, images = pictures(n, generator)
    parts = [vae.encode(batch).latent_dist for batch in images.split(256)]
    factor = vae.config.scaling_factor
    return scenes, torch.cat([p.mean for p in parts]) * factor, torch.cat([p.std for p in parts]) * factor


def train_autoencoder(work: Path, steps: int, batch: int, seed: int):
    torch.manual_seed(seed)
    model = text_to_image_parts.autoencoder().to(memory_format=torch.channels_last)
    stage = Stage("autoencoder", model, steps, 2e-3, work, seed)
    vae = stage.run(lambda generator: autoencoder_loss(stage.model, pictures(batch, generator)[1]))
    standardise(vae, pictures(4000, torch.Generator().manual_seed(seed))[1])
    return vae, stage.log


def train_denoiser(work: Path, vae: nn.Module, tokenizer, steps: int, batch: int, n: int, seed: int):
    torch.manual_seed(seed + 1)
    model = Denoiser(text_to_image_parts.unet(), text_to_image_parts.text_encoder(tokenizer))
    stage = Stage("denoiser", model, steps, 1e-3, work, seed + 1)
    scenes, mean, std = encode_pictures(vae, n, torch.Generator().manual_seed(seed + 1))
    schedule = Schedule(scaled_linear_beta_schedule(1000))

    def loss(generator: torch.Generator) -> Tensor:
        rows = torch.randint(0, n, (batch,), generator=generator)
        texts = captions.captions(scenes[rows], generator)
        dropped = torch.rand(batch, generator=generator) < NO_CAPTION
        texts = ["" if drop else text for text, drop in zip(texts, dropped.tolist())]
        tokens = tokenizer(
            texts, padding="max_length", max_length=tokenizer.model_max_length, truncation=True, return_tensors="pt"
        ).input_ids
        latents = mean[rows] + std[rows] * torch.randn(mean[rows].shape, generator=generator)
        return denoiser_loss(model, latents, tokens, schedule, generator)

    trained = stage.run(loss)
    return trained, stage.log


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/text_to_image"), help="folder of the finished pipeline")
    parser.add_argument("--work", type=Path, default=Path("runs/text_to_image_work"), help="folder of the states")
    parser.add_argument("--autoencoder-steps", type=int, default=2000)
    parser.add_argument("--denoiser-steps", type=int, default=8000)
    parser.add_argument("--pictures", type=int, default=50_000, help="painted pictures to train the denoiser on")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(arguments)
    tokenizer = text_to_image_parts.tokenizer(args.work / "tokenizer")
    vae, vae_log = train_autoencoder(args.work, args.autoencoder_steps, args.batch // 2, args.seed)
    denoiser, log = train_denoiser(args.work, vae, tokenizer, args.denoiser_steps, args.batch, args.pictures, args.seed)
    save_pipeline(args.out, vae, denoiser, tokenizer, vae_log + log)


def save_pipeline(out: Path, vae: nn.Module, denoiser: Denoiser, tokenizer, log: list[dict]) -> None:
    """Write the pipeline folder: convolutional networks in half precision on disk, the text encoder in full."""
    from diffusers import StableDiffusionPipeline

    pipe = StableDiffusionPipeline(
        vae=vae.half(),
        unet=denoiser.unet.half(),
        text_encoder=denoiser.text_encoder,
        tokenizer=tokenizer,
        scheduler=text_to_image_parts.scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.save_pretrained(out)
    text_to_image_parts.tokenizer(out / "tokenizer")
    write_text(out / "log.jsonl", "".join(json.dumps(entry) + "\n" for entry in log))
    write_checksums(out)


if __name__ == "__main__":
    main()
