"""A small world of pictures with captions: handwritten digits in eight colours on grounds of eight colours.

A scene is five choices: digit, colour, ground, size and place. `render` paints it with a real handwritten digit,
`describe` puts it into words in one of a few ways. One combination of digit, colour and ground in ten is held out of
training, so that we can ask whether a model has learnt the words or only the pictures it saw.
"""

from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PALETTE = {
    "red": (0.85, 0.12, 0.14),
    "orange": (0.97, 0.52, 0.08),
    "yellow": (0.98, 0.88, 0.20),
    "green": (0.14, 0.62, 0.28),
    "blue": (0.14, 0.34, 0.86),
    "purple": (0.56, 0.20, 0.70),
    "white": (0.96, 0.96, 0.96),
    "black": (0.06, 0.06, 0.06),
}
COLOURS = tuple(PALETTE)
NINTH = {"pink": (0.90, 0.45, 0.65)}  # in no training picture: notebook 7 teaches it
NINTH_COLOUR = len(COLOURS)  # its index, as a scene's colour or ground
SIZES = ("small", "large")
PLACES = {
    "in the middle": (0, 0),
    "on the left": (-6, 0),
    "on the right": (6, 0),
    "at the top": (0, -6),
    "at the bottom": (0, 6),
}
CANVAS = 32
BOX = {"small": 24.0, "large": 34.0}
"""Side, in pixels, of the square that holds the digit and its margin; the ink itself is about 5/7 of it."""


@dataclass(frozen=True)
class Scenes:
    """A batch of scenes: each field is an int64 tensor (N,) of indices into the tuples above."""

    digit: Tensor
    colour: Tensor
    ground: Tensor
    size: Tensor
    place: Tensor

    def __len__(self) -> int:
        return len(self.digit)

    def __getitem__(self, index) -> "Scenes":
        return Scenes(*(getattr(self, field.name)[index] for field in fields(self)))


def palette(ninth: bool = False) -> Tensor:
    """The eight colours as a (8, 3) tensor of RGB values in [-1, 1], in the order of `COLOURS`; with the ninth, (9, 3)."""
    return torch.tensor(list((PALETTE | NINTH if ninth else PALETTE).values())) * 2 - 1


def held_out(scenes: Scenes) -> Tensor:
    """Which scenes, a bool tensor (N,), show a combination of digit, colour and ground that training leaves out.

    The rule leaves out one combination in ten, evenly: each digit, each colour and each ground stays in training.
    """
    return (scenes.digit + 3 * scenes.colour + 7 * scenes.ground) % 10 == 0


def random_scenes(n: int, generator: torch.Generator, unseen: bool | None = False) -> Scenes:
    """Draw `n` scenes: those of training (`unseen=False`), the held-out ones (True) or any (None).

    Half of the digits are large and in the middle; the others are small, and in any of the five places.
    """
    parts: list[Scenes] = []
    while sum(map(len, parts)) < n:
        m = 16 * n + 64

        def draw(high: int, low: int = 0, m: int = m) -> Tensor:
            return torch.randint(low, high, (m,), generator=generator)

        colour = draw(len(COLOURS))
        ground = (colour + draw(len(COLOURS), 1)) % len(COLOURS)
        size = draw(len(SIZES))
        place = torch.where(size == SIZES.index("large"), 0, draw(len(PLACES)))
        scenes = Scenes(draw(len(DIGITS)), colour, ground, size, place)
        parts.append(scenes if unseen is None else scenes[held_out(scenes) == unseen])
    return Scenes(*(torch.cat([getattr(p, f.name) for p in parts])[:n] for f in fields(Scenes)))


def handwriting(scenes: Scenes, images: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """Pick a handwritten digit for each scene: (N, 1, H, W) out of `images` (M, 1, H, W) with `labels` (M,).

    Raises ValueError if `labels` lack a digit.
    """
    order = labels.argsort(stable=True)
    counts = labels.bincount(minlength=len(DIGITS))
    if (counts[scenes.digit] == 0).any():
        raise ValueError(f"a scene asks for a digit that `labels` does not hold; counts by digit: {counts.tolist()}")
    first = counts.cumsum(0) - counts
    pick = (torch.rand(len(scenes), generator=generator) * counts[scenes.digit]).long()
    return images[order[first[scenes.digit] + pick]]


def render(scenes: Scenes, digits: Tensor, generator: torch.Generator) -> Tensor:
    """Paint the scenes: RGB pictures (N, 3, 32, 32) in [-1, 1] from handwriting (N, 1, H, W) in [-1, 1].

    Position, size and the two colours vary a little from picture to picture.

    Raises ValueError unless there is one digit a scene.
    """
    if len(digits) != len(scenes):
        raise ValueError(f"one handwritten digit a scene: got {len(digits)} digits for {len(scenes)} scenes")
    n = len(scenes)

    def jitter(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator) * 2 - 1

    box = torch.tensor([BOX[s] for s in SIZES])[scenes.size] + jitter(n)
    shift = torch.tensor(list(PLACES.values()), dtype=torch.float32)[scenes.place] + jitter(n, 2)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = CANVAS / box
    theta[:, :, 2] = -2 * shift / box[:, None]
    grid = F.affine_grid(theta, [n, 1, CANVAS, CANVAS], align_corners=False)
    ink = F.grid_sample((digits + 1) / 2, grid, align_corners=False)
    colour = palette(ninth=True)[scenes.colour] + 0.06 * jitter(n, 3)
    ground = palette(ninth=True)[scenes.ground] + 0.06 * jitter(n, 3)
    picture = ground[:, :, None, None] * (1 - ink) + colour[:, :, None, None] * ink
    return picture.clamp(-1, 1)


def describe(scene_digit: int, colour: int, ground: int, size: int | None, place: int | None, form: int = 0) -> str:
    """Put one scene into words, in one of the three forms; `None` leaves a size or place unsaid.

    Forms: "a red seven on a blue background", "red seven on blue", "on a blue background a red seven".

    Raises ValueError for another form than 0, 1 and 2.
    """
    names = (*COLOURS, *NINTH)
    thing = [names[colour], DIGITS[scene_digit]]
    if size is not None:
        thing.insert(0, SIZES[size])
    where = [] if place is None else [list(PLACES)[place]]
    ground_words = [_article(names[ground]), names[ground], "background"]
    if form == 0:
        words = [_article(thing[0]), *thing, *where, "on", *ground_words]
    elif form == 1:
        words = [*thing, *where, "on", names[ground]]
    elif form == 2:
        words = ["on", *ground_words, _article(thing[0]), *thing, *where]
    else:
        raise ValueError(f"form must be 0, 1 or 2, got {form}")
    return " ".join(words)


def captions(scenes: Scenes, generator: torch.Generator) -> list[str]:
    """One caption a scene, as in training: the form varies, the size is sometimes unsaid, one in eight is a fragment.

    A fragment ("a seven", "red", "a blue background") teaches the model what a word means on its own, which is what
    short prompts and negative prompts need. A place off the middle is always said.
    """
    chance = torch.rand(len(scenes), 4, generator=generator).tolist()
    lists = [getattr(scenes, f.name).tolist() for f in fields(scenes)]
    texts = []
    for digit, colour, ground, size, place, (form, say_size, say_place, piece) in zip(*lists, chance):
        if piece < 0.125:
            texts.append(_fragment(digit, colour, ground, int(piece * 8 * 5)))
        else:
            said_size = size if say_size < 0.75 else None
            said_place = place if place != 0 or say_place < 0.25 else None
            texts.append(describe(digit, colour, ground, said_size, said_place, int(form * 3)))
    return texts


def prompts(scenes: Scenes) -> list[str]:
    """The full caption of each scene in the first form, for example "a large red seven on a blue background"."""
    lists = [getattr(scenes, f.name).tolist() for f in fields(scenes)]
    return [describe(d, c, g, s, p if p != 0 else None) for d, c, g, s, p in zip(*lists)]


def vocabulary() -> list[str]:
    """Every word that a caption can hold, in alphabetical order."""
    words = {*DIGITS, *COLOURS, *SIZES, "a", "an", "on", "background"}
    for place in PLACES:
        words.update(place.split())
    return sorted(words)


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _fragment(digit: int, colour: int, ground: int, kind: int) -> str:
    names = (*COLOURS, *NINTH)
    c, d, g = names[colour], DIGITS[digit], names[ground]
    return (f"a {d}", d, f"{_article(c)} {c} {d}", c, f"{_article(g)} {g} background")[kind]
