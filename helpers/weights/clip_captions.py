"""Train the small CLIP of notebook 7: `python -m helpers.weights.clip_captions`.

Pictures and captions are made as they are needed. Every caption says all that the picture shows, in one of three forms.

Colours alone tell most captions of a batch apart, and a network trained on random scenes hardly learns to read the digit. So
a second stage fills its batches with rivals: scenes that are alike but for the digit.
"""

import argparse
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers import assets
from helpers.fit import FitConfig, fit
from helpers.text_to_image import captions
from helpers.text_to_image.captions import Scenes
from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip.clip import Clip, retrieved
from helpers.unclip.clip_loss import clip_loss
from helpers.weights.text_to_image import handwritten, pictures

STEPS, BATCH = 1500, 128
RIVAL_STEPS, GROUPS = 5000, 14
CARD = """# clip_captions

A CLIP for painted digits: `helpers.unclip.clip.Clip`, {parameters:,} parameters, two transformers of three layers whose features
have 64 numbers. Trained by `python -m helpers.weights.clip_captions` (seed 0) on pictures painted with the training digits; one
combination of digit, colour and ground in ten was left out. First {steps:,} steps of {batch} random scenes, then {rival_steps:,}
steps of {groups} groups of nine scenes that differ in the digit alone. Stored in half precision.

- Of 100 pictures with held-out combinations and held-out handwriting, {right:.0%} find their own caption among the 100.
- Of ten captions that differ only in the digit, {digit:.1%} of 1,000 such pictures are nearest to their own;
  after the first stage alone {first:.0%}.
- It knows the words of these captions and nothing else. The loss of the run is in `log.jsonl`.
"""


def full_captions(scenes: Scenes, generator: torch.Generator) -> list[str]:
    """One caption a scene that says its digit, both colours, size and place, in one of the three forms."""
    forms = torch.randint(3, (len(scenes),), generator=generator).tolist()
    lists = [getattr(scenes, name).tolist() for name in ("digit", "colour", "ground", "size", "place")]
    return [captions.describe(d, c, g, s, p if p else None, form) for d, c, g, s, p, form in zip(*lists, forms)]


def distinct(n: int, generator: torch.Generator, split: str = "test") -> tuple[Scenes, Tensor, list[str]]:
    """n held-out scenes of which no two have the same caption, their pictures and captions."""
    scenes, images = pictures(4 * n, generator, split, unseen=True)
    texts = captions.prompts(scenes)
    first = torch.tensor([i for i, text in enumerate(texts) if text not in texts[:i]][:n])
    return scenes[first], images[first], [texts[i] for i in first.tolist()]


def rivals(groups: int, generator: torch.Generator) -> Scenes:
    """Groups of nine scenes that differ only in the digit: each group has all digits whose combination training may see."""
    base = captions.random_scenes(groups, generator)
    rows = torch.arange(groups).repeat_interleave(len(captions.DIGITS))
    scenes = replace(base[rows], digit=torch.arange(len(captions.DIGITS)).repeat(groups))
    return scenes[~captions.held_out(scenes)]


@torch.no_grad()
def digit_read(network: Clip, scenes: Scenes, images: Tensor) -> Tensor:
    """For each picture, whether its caption is nearer than the nine that say another digit: bool (N,)."""
    features = network.image_features(images)
    others = [replace(scenes, digit=torch.full_like(scenes.digit, digit)) for digit in range(len(captions.DIGITS))]
    near = [F.cosine_similarity(features, network.text_features(captions.prompts(some))) for some in others]
    return torch.stack(near).argmax(0) == scenes.digit


def loss(network: Clip, step: int, generator: torch.Generator) -> Tensor:
    """CLIP's loss on fresh pictures, as `helpers.fit` calls it."""
    scenes, images = pictures(BATCH, generator)
    return clip_loss(*network(images, full_captions(scenes, generator)))


def rival_loss(network: Clip, step: int, generator: torch.Generator) -> Tensor:
    """CLIP's loss on fresh groups of rivals, as `helpers.fit` calls it."""
    scenes = rivals(GROUPS, generator)
    images = captions.render(scenes, captions.handwriting(scenes, *handwritten("train"), generator), generator)
    return clip_loss(*network(images, full_captions(scenes, generator)))


def main(arguments: list[str] | None = None) -> None:
    """Train the network and write its asset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS, help="of the first stage, on random scenes")
    parser.add_argument("--rival-steps", type=int, default=RIVAL_STEPS, help="of the second, on rivals")
    args = parser.parse_args(arguments)
    torch.manual_seed(0)
    tokenizer = load_pipeline().tokenizer
    settings: dict[str, Any] = {"lr_decay": "cosine", "warmup": 100, "weight_decay": 0.05}
    first = fit(Clip(tokenizer), loss, FitConfig(steps=args.steps, lr=1.5e-3, ema_decay=0.99, **settings))
    read = measured(first.model)[1]
    first.model.requires_grad_(True)
    result = fit(first.model, rival_loss, FitConfig(steps=args.rival_steps, lr=1e-3, ema_decay=0.998, clip_grad=1.0, **settings))
    rival_log = [{"stage": "rivals", **entry} for entry in assets.loss_log(result.losses)]
    save(
        result.model,
        {"steps": args.steps, "rival_steps": args.rival_steps, "first": read},
        assets.loss_log(first.losses) + rival_log,
    )


def measured(network: Clip) -> tuple[float, float]:
    """The share of 100 held-out pictures that find their caption, and of 1,000 that find it among ten that say other digits."""
    generator = torch.Generator().manual_seed(1)
    _, images, texts = distinct(100, generator)
    with torch.no_grad():
        right = retrieved(network.image_features(images), network.text_features(texts)).double().mean().item()
    return right, digit_read(network, *pictures(1000, generator, "test", unseen=True)).double().mean().item()


def save(network: Clip, how: dict[str, float], log: list[dict]) -> None:
    """Write the asset, its card with what held-out pictures give."""
    right, digit = measured(network)
    parameters = sum(p.numel() for p in network.parameters())
    card = CARD.format(parameters=parameters, batch=BATCH, groups=GROUPS, right=right, digit=digit, **how)
    assets.save_weights("clip_captions", assets.halved(network.state_dict()), {"network": network.config}, card, log)


if __name__ == "__main__":
    main()
