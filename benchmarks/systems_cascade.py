"""The cascade's part of `systems.py`: agreement, FID, noise between the stages and thresholds, each on and off."""

from typing import Any

import torch
from systems_unclip import agreements
from text_to_image import ink, real_pictures

from helpers.cascade.base import load_base
from helpers.cascade.drawing import draw_small, enlarge
from helpers.cascade.upsampler import load_upsampler, shrink, stretched
from helpers.evaluate import fid, interval
from helpers.text_to_image import captions
from helpers.text_to_image.pipelines import load_pipeline

LEVELS, SCALES, USUAL, GUIDANCE = (0.0, 0.1, 0.2, 0.4), (3.0, 8.0), 0.1, 3.0


def distance(pictures: torch.Tensor, real: torch.Tensor) -> dict[str, float]:
    """FID of the digits cut out of pictures in [0, 1], with its 95 % interval."""
    score = interval(fid, ink(pictures), ink(real), generator=torch.Generator().manual_seed(0))
    return {"fid": round(score.value, 1), "low": round(score.low, 1), "high": round(score.high, 1)}


def row(pictures: torch.Tensor, scenes: captions.Scenes, real: torch.Tensor) -> dict[str, Any]:
    """Agreement and FID of pictures in [0, 1], and how many of their values lie at the border of the range."""
    read = agreements(pictures, scenes)
    extreme = ((pictures < 0.005) | (pictures > 0.995)).double().mean().item()
    return {**{part: read[part] for part in ("all", "digit")}, **distance(pictures, real), "at the border": round(extreme, 3)}


@torch.no_grad()
def measure(n: int) -> dict:
    """All of the cascade's figures, from n held-out scenes."""
    pipe, base, upsampler = load_pipeline(device="cpu"), load_base(), load_upsampler()
    scenes = captions.random_scenes(n, torch.Generator().manual_seed(74), True)
    real, others = real_pictures(scenes, "test", 75), real_pictures(scenes, "train", 76)

    def large(small: torch.Tensor, level: float = USUAL) -> torch.Tensor:
        generator = torch.Generator().manual_seed(77)
        return torch.cat([enlarge(upsampler, part, generator, level) for part in small.split(50)]) / 2 + 0.5

    def small(scale: float = GUIDANCE, threshold: Any = "dynamic") -> torch.Tensor:
        generator, prompts = torch.Generator().manual_seed(78), captions.prompts(scenes)
        parts = [prompts[i : i + 50] for i in range(0, n, 50)]
        return torch.cat([draw_small(base, pipe, some, generator, scale, threshold=threshold) for some in parts])

    drawn = small()
    rows = {"real": row(others, scenes, real), "real, down and up": row(large(shrink(others * 2 - 1)), scenes, real)}
    rows |= {f"cascade, level {level:g}": row(large(drawn, level), scenes, real) for level in LEVELS}
    rows["first stage, stretched"] = row(stretched(drawn, torch.zeros(n)) / 2 + 0.5, scenes, real)
    rows |= {
        f"guidance {scale:g}, {threshold}": row(large(small(scale, threshold)), scenes, real)
        for scale in SCALES
        for threshold in ("static", "dynamic")
        if (scale, threshold) != (GUIDANCE, "dynamic")
    }
    rows[f"guidance {GUIDANCE:g}, dynamic"] = rows[f"cascade, level {USUAL:g}"]
    ratio = rows[f"cascade, level {USUAL:g}"]["fid"] / rows["real, down and up"]["fid"]
    return {"pictures": n, "fid ratio": round(ratio, 2), "rows": rows}
