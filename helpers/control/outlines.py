"""Ink and the line around it: what the control is shown of a picture."""

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.text_to_image.captions import CANVAS

LARGEST = CANVAS // 2  # rows and columns of a drawing in letters: each is a square of 2×2 pixels


def outline(ink: Tensor) -> Tensor:
    """The line around ink (B, 1, H, W) in [0, 1]: 1 where a pixel without ink (0.5 or less) touches one with, else 0."""
    inside = (ink > 0.5).float()
    return F.max_pool2d(inside, 3, stride=1, padding=1) - inside


def drawn(drawing: str) -> Tensor:
    """A drawing in letters, “#” for ink, as a sheet of ink (1, 1, 32, 32) of zeros and ones, in the middle.

    Raises:
        ValueError: no ink, or more than 16 rows or columns.
    """
    rows = [line.rstrip() for line in drawing.strip("\n").splitlines()]
    width = max((len(row) for row in rows), default=0)
    if not any("#" in row for row in rows) or len(rows) > LARGEST or width > LARGEST:
        raise ValueError(
            f"a drawing has “#” in it, and at most {LARGEST} rows and {LARGEST} columns; "
            f"got {len(rows)} rows, {width} columns and {drawing.count('#')} times “#”"
        )
    squares = torch.tensor([[letter == "#" for letter in row.ljust(width)] for row in rows]).float()
    pixels = squares.repeat_interleave(2, dim=0).repeat_interleave(2, dim=1)
    top, left = (CANVAS - pixels.shape[0]) // 2, (CANVAS - pixels.shape[1]) // 2
    sheet = torch.zeros(1, 1, CANVAS, CANVAS)
    sheet[0, 0, top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return sheet
