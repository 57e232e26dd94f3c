"""How well notebook 5 edits without training, and how fast: `python benchmarks/editing.py`, or `… --only inpainting`.

Prints and writes to results/inpainting.json, results/anagrams.json and results/editing_times.json:

- inpainting of held-out digits whose lower half is hidden, given their label: the share that the digit classifier reads as that
  label (95 % Wilson interval), whether the known pixels come back to the bit, and the step of brightness across the mask's edge
  beside that a few rows away, with and without resampling;
- visual anagrams: the share in which both readings are right (95 % Wilson interval), beside what two digits drawn alone and
  looked at through the same view give: the chance rate of a picture that was asked for the first digit only;
- the processor time of each of the notebook's edits at its own numbers of pictures and steps.
"""

import argparse
import time

import torch
from measure import wilson, write

from helpers import evaluate
from helpers.anagrams import anagram, mirrored, turned
from helpers.data import load_digits
from helpers.guidance import classifier_free, draw
from helpers.inpainting import inpaint, seam
from helpers.pretrained import load_conditional
from helpers.sdedit import sdedit

PAIRS = [(6, 9, turned), (3, 8, turned), (0, 2, turned), (2, 5, mirrored), (2, 6, mirrored), (2, 7, turned), (1, 7, turned)]
SCALE = 2.0
PARTS = ["anagrams", "inpainting", "times"]


def shares(right: torch.Tensor) -> dict:
    """The share of True, and its interval."""
    low, high = wilson(int(right.sum()), len(right))
    return {"right": right.double().mean().item(), "right_low": low, "right_high": high}


def read(pictures: torch.Tensor) -> torch.Tensor:
    """The digits that the classifier reads, (N,)."""
    return evaluate.probabilities(pictures).argmax(1)


def inpainting(n: int) -> list[dict]:
    """One row without resampling, one with."""
    model, schedule = load_conditional()
    images, labels = (part[:n] for part in load_digits("test"))
    mask = torch.ones(1, 1, 32, 32)
    mask[..., 16:, :] = 0
    rows = []
    for repeats in (1, 5):
        generator = torch.Generator().manual_seed(0)
        parts = [
            inpaint(classifier_free(model, y, 10, SCALE), x, mask, schedule, 50, repeats, generator)
            for x, y in zip(images.split(100), labels.split(100))
        ]
        filled = torch.cat(parts)
        edge, inside = (part.mean().item() for part in seam(filled, 16))
        known = torch.equal(filled * mask, images * mask)
        rows.append({"edit": f"inpainting, each step {repeats}×", **shares(read(filled) == labels), "known exact": known,
                     "edge": edge, "inside": inside, "samples": n})  # fmt: skip
    edge, inside = (part.mean().item() for part in seam(images, 16))
    return [*rows, {"edit": "the digits themselves", **shares(read(images) == labels), "known exact": True,
                    "edge": edge, "inside": inside, "samples": n}]  # fmt: skip


def anagrams(n: int) -> list[dict]:
    """One row a pair."""
    model, schedule = load_conditional()
    rows = []
    for a, b, view in PAIRS:
        first, second = (classifier_free(model, torch.full((n,), digit), 10, SCALE) for digit in (a, b))
        label = torch.full((n,), a)
        both = {}
        for name, predict in (("anagram", anagram(first, second, view)), ("alone", first)):
            with torch.no_grad():
                pictures = draw(lambda _y, predict=predict: predict, schedule, label, seed=3)
            both[name] = (read(pictures) == a) & (read(view(pictures)) == b)
        rows.append({"edit": f"anagram {a}, {view.__name__} {b}", **shares(both["anagram"]),
                     "by chance": both["alone"].double().mean().item(), "samples": n})  # fmt: skip
    return rows


def times() -> list[dict]:
    """One row an edit of notebook 5, at its sizes: processor seconds."""
    model, schedule = load_conditional()
    images, labels = (part[:10] for part in load_digits("test"))
    mask = torch.ones(1, 1, 32, 32)
    mask[..., 16:, :] = 0
    seven = classifier_free(model, torch.full((1,), 7), 10, SCALE)
    named = classifier_free(model, labels, 10, SCALE)
    six, nine = (classifier_free(model, torch.full((16,), digit), 10, SCALE) for digit in (6, 9))
    edits = {
        "ten digits inpainted, each step 1×": lambda: inpaint(named, images, mask, schedule, 50, 1),
        "ten digits inpainted, each step 5×": lambda: inpaint(named, images, mask, schedule, 50, 5),
        "a sketch at strength 0.9": lambda: list(sdedit(seven, images[:1], 0.9, schedule, 50)),
        "sixteen anagrams": lambda: draw(lambda _y: anagram(six, nine, turned), schedule, torch.zeros(16, dtype=torch.long)),
    }
    rows = []
    for name, edit in edits.items():
        started = time.process_time()
        with torch.no_grad():
            edit()
        rows.append({"edit": name, "cpu_seconds": round(time.process_time() - started, 1)})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=200, help="digits that are inpainted; half as many anagrams a pair")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    args = parser.parse_args()
    if "anagrams" in args.only:
        write("anagrams", anagrams(args.samples // 2))
    if "inpainting" in args.only:
        write("inpainting", inpainting(args.samples))
    if "times" in args.only:
        write("editing_times", times())


if __name__ == "__main__":
    main()
