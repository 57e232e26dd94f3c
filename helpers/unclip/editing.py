"""What can be done with a picture's CLIP features before they are painted (arXiv:2204.06125, §3)."""

import torch
from torch import Tensor

from helpers.text_to_image.loop import slerp
from helpers.unclip.prior import scaled


def interpolate(a: Tensor, b: Tensor, n: int) -> Tensor:
    """n directions from a to b, (D,) each, along the sphere, ends included (§3.2): (n, D).

    Raises:
        ValueError: fewer than two directions.
    """
    if n < 2:
        raise ValueError(f"the two ends are directions too: n must be at least 2; got {n}")
    first, last = scaled(a[None])[0], scaled(b[None])[0]
    return torch.stack([slerp(first, last, i / (n - 1)) for i in range(n)])


def text_difference(images: Tensor, was: Tensor, becomes: Tensor, weight: float) -> Tensor:
    """Turn pictures' features (B, D) along the difference of two captions' features (B or 1, D) (§3.3).

    Args:
        images: of the pictures.
        was: of captions that say what the pictures show.
        becomes: of captions that say what they should show.
        weight: 0 leaves the pictures' features alone, 1 gives the difference itself.

    Raises:
        ValueError: weight outside [0, 1].
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"weight must lie in [0, 1]; got {weight}")
    difference = scaled(scaled(becomes) - scaled(was)).expand_as(images)
    return torch.stack([slerp(image, change, weight) for image, change in zip(scaled(images), difference)])
