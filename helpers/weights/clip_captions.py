"""Train the small CLIP of notebook 7: `python -m helpers.weights.clip_captions`.

Pictures and captions are made as they are needed. Every caption says all that the picture shows, in one of three forms.
"""

import argparse

import torch
from torch import Tensor

from helpers import assets
from helpers.fit import FitConfig, fit
from helpers.text_to_image import captions
from helpers.text_to_image.captions import Scenes
from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip.clip import Clip, retrieved
from helpers.unclip.clip_loss import clip_loss
from helpers.weights.text_to_image import pictures

STEPS, BATCH = 2500, 128
CARD = """# clip_captions

A CLIP for painted digits: `helpers.unclip.clip.Clip`, {parameters:,} parameters, two transformers of three layers whose features
have 64 numbers. Trained from scratch by `python -m helpers.weights.clip_captions` (seed 0): {steps:,} steps of {batch} pictures,
painted with the training digits; one combination of digit, colour and ground in ten was left out. Stored in half precision.

- Of 100 pictures with held-out combinations and held-out handwriting, {right:.0%} find their own caption among the 100.
- It knows the words of these captions and nothing else. The loss of the run is in `log.jsonl`.
- Licence: handwriting MNIST (Y. LeCun, C. Cortes, C. Burges), CC BY-SA 3.0; weights MIT, as the rest of the course.
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


def loss(network: Clip, step: int, generator: torch.Generator) -> Tensor:
    """CLIP's loss on fresh pictures, as `helpers.fit` calls it."""
    scenes, images = pictures(BATCH, generator)
    return clip_loss(*network(images, full_captions(scenes, generator)))


def main(arguments: list[str] | None = None) -> None:
    """Train the network and write its asset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS)
    steps = parser.parse_args(arguments).steps
    torch.manual_seed(0)
    network = Clip(load_pipeline().tokenizer)
    result = fit(
        network, loss, FitConfig(steps=steps, lr=1.5e-3, lr_decay="cosine", warmup=100, ema_decay=0.99, weight_decay=0.05)
    )
    _, images, texts = distinct(100, torch.Generator().manual_seed(1))
    with torch.no_grad():
        right = retrieved(result.model.image_features(images), result.model.text_features(texts)).double().mean().item()
    card = CARD.format(parameters=sum(p.numel() for p in network.parameters()), steps=steps, batch=BATCH, right=right)
    halves = assets.halved(result.model.state_dict())
    assets.save_weights("clip_captions", halves, {"network": network.config}, card, assets.loss_log(result.losses))


if __name__ == "__main__":
    main()
