"""Read a generated picture back: which ground, which colour, which digit, where?

A picture of this world has two colours. The ground is what the border shows, the ink is where pixels differ most
from it. The digit is cut out, brought to the size of the classifier's training data, and read.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.text_to_image import captions
from helpers.text_to_image.captions import Scenes


@dataclass(frozen=True)
class SceneReading:
    """What was read in N pictures: palette indices (N,), digits (N,) and the ink's centre (N, 2) in pixels."""

    ground: Tensor
    colour: Tensor
    digit: Tensor
    centre: Tensor

    def agrees(self, scenes: Scenes) -> dict[str, Tensor]:
        """For each part of the scenes, whether the picture shows it: bool tensors (N,)."""
        wanted = torch.tensor(list(captions.PLACES.values()), dtype=torch.float32)
        distance = (self.centre[:, None] - wanted).square().sum(-1)
        right = {
            "digit": self.digit == scenes.digit,
            "colour": self.colour == scenes.colour,
            "ground": self.ground == scenes.ground,
            "place": distance.argmin(1) == scenes.place,
        }
        return right | {"all": torch.stack(list(right.values())).all(0)}


def read(pictures: Tensor, classifier, ninth: bool = False) -> SceneReading:
    """Read pictures (N, 3, 32, 32) in [0, 1] with a digit classifier ((N, 1, 32, 32) in [-1, 1] to logits).

    `ninth` lets a colour be the palette's ninth as well.

    Raises ValueError for another shape.
    """
    if pictures.ndim != 4 or pictures.shape[1:] != (3, captions.CANVAS, captions.CANVAS):
        raise ValueError(f"pictures must be (N, 3, 32, 32) in [0, 1]; got shape {tuple(pictures.shape)}")
    pixels = pictures.float() * 2 - 1
    ground, colour, ink = separate(pixels)
    with torch.no_grad():
        digit = classifier(isolate(ink)).argmax(1)
    colours = captions.palette(ninth)
    return SceneReading(_nearest(ground, colours), _nearest(colour, colours), digit, centre_of_mass(ink))


def separate(pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Split pictures (N, 3, H, W) into ground colour (N, 3), ink colour (N, 3) and ink (N, 1, H, W) in [0, 1]."""
    border = torch.cat([pixels[:, :, 0], pixels[:, :, -1], pixels[:, :, :, 0], pixels[:, :, :, -1]], dim=2)
    ground = border.median(2).values
    difference = pixels - ground[:, :, None, None]
    length = difference.norm(dim=1).flatten(1)
    strongest = length.topk(12).indices[:, None].expand(-1, 3, -1)
    direction = difference.flatten(2).gather(2, strongest).median(2).values
    ink = (difference * direction[:, :, None, None]).sum(1, keepdim=True)
    return ground, ground + direction, (ink / direction.square().sum(1).clamp(min=1e-6)[:, None, None, None]).clamp(0, 1)


def isolate(ink: Tensor, height: float = 20.0) -> Tensor:
    """Cut the digit out of the ink (N, 1, H, W) in [0, 1] as MNIST does: 20 of 28 pixels high, centred by mass.

    Returns (N, 1, 32, 32) in [-1, 1], the classifier's input.
    """
    n, _, side, _ = ink.shape
    inside = ink[:, 0] > 0.4
    rows, columns = inside.any(2), inside.any(1)
    extent = torch.maximum(_extent(rows), _extent(columns)).clamp(min=4)
    centre = centre_of_mass(ink)
    box = extent * 28 / height
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = box / side
    theta[:, :, 2] = centre * 2 / side
    grid = F.affine_grid(theta, [n, 1, 32, 32], align_corners=False)
    return F.grid_sample(ink, grid, align_corners=False) * 2 - 1


def _extent(occupied: Tensor) -> Tensor:
    """The distance from the first to the last True of each row (N, length)."""
    length = occupied.shape[1]
    first = occupied.float().argmax(1)
    last = length - 1 - occupied.flip(1).float().argmax(1)
    return (last - first + 1).float()


def centre_of_mass(ink: Tensor) -> Tensor:
    """The ink's centre of mass (N, 2), x then y, in pixels from the middle of the picture."""
    side = ink.shape[-1]
    axis = torch.arange(side) - (side - 1) / 2
    mass = ink[:, 0].where(ink[:, 0] > 0.3, 0)
    total = mass.sum((1, 2)).clamp(min=1e-6)
    return torch.stack([(mass.sum(1) * axis).sum(1), (mass.sum(2) * axis).sum(1)], 1) / total[:, None]


def _nearest(colours: Tensor, palette: Tensor) -> Tensor:
    """The palette's index of each colour (N, 3)."""
    return torch.cdist(colours, palette).argmin(1)
