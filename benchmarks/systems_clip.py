"""CLIP's part of `systems.py`: who finds whom among 100 held-out captions, who among ten that differ in the digit alone, and how
near features of one scene lie.

Of the held-out combinations, two that share both colours share the digit as well (`captions.held_out`): so the colours alone
find a caption among 100, and the ten captions have to tell whether the digit is read.
"""

import torch
import torch.nn.functional as F
from systems_lora import share
from text_to_image import real_pictures

from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip.clip import load_clip, retrieved
from helpers.weights.clip_captions import digit_read, distinct
from helpers.weights.text_to_image import pictures

SETS = 10
COMBINATIONS = {"held-out": True, "seen in training": False}


@torch.no_grad()
def measure(n: int) -> dict:
    """Ten times n held-out captions, no two alike: how many pictures find their own, and how many captions theirs."""
    clip = load_clip(load_pipeline(device="cpu").tokenizer)
    generator = torch.Generator().manual_seed(1)
    by_picture, by_text, own, other = [], [], [], []
    for k in range(SETS):
        scenes, images, texts = distinct(n, generator)
        features, words = clip.image_features(images), clip.text_features(texts)
        again = clip.image_features(real_pictures(scenes, "test", 100 + k) * 2 - 1)
        by_picture.append(retrieved(features, words))
        by_text.append(retrieved(words, features))
        own.append(F.cosine_similarity(features, words))
        other.append(F.cosine_similarity(features, again))
    digit = {name: digit_read(clip, *pictures(10 * n, generator, "test", unseen)) for name, unseen in COMBINATIONS.items()}
    return {
        "captions": n,
        "sets": SETS,
        "picture to text": share(torch.cat(by_picture)),
        "text to picture": share(torch.cat(by_text)),
        "digit among ten captions": {name: share(right) for name, right in digit.items()},
        "cosine of a picture and its caption": round(torch.cat(own).mean().item(), 3),
        "cosine of two pictures of a scene": round(torch.cat(other).mean().item(), 3),
    }
