"""What each choice of the in-class recipe bought, over several seeds: `python benchmarks/ablation.py`.

On two cores an hour and a half. For each seed the recipe is trained for a few hundred steps, then again with one thing changed
at a time (`paired.py`). Writes the table that notebook 3 shows, ablation.json, into the folder of the shipped weights.
"""

from paired import RECIPE, judge, main

from helpers import assets, recipe
from helpers.data import load_digits
from helpers.training import train

UNAVERAGED = "without the average of the weights"
# change: (what differs in the network, in the training, the schedule)
VARIANTS = {
    RECIPE: ({}, {}, "cosine"),
    UNAVERAGED: ({}, {}, "cosine"),
    "noise instead of velocity": ({}, {"prediction": "noise"}, "cosine"),
    "linear instead of cosine schedule": ({}, {}, "linear"),
    "BatchNorm instead of GroupNorm": ({"norm": "batch"}, {}, "cosine"),
    "plain blocks, no residual connections": ({"residual": False}, {}, "cosine"),
    "with self-attention at the bottom": ({"attention": True}, {}, "cosine"),
    "AdamW instead of Muon": ({}, {"optimizer": "adam"}, "cosine"),
    "4×4 patches, widths 96 and 192": ({"widths": (96, 192), "patch": 4}, {}, "cosine"),
}


def measure(seed, steps, n, real):
    """Each change and its figures; the network of the recipe gives its last weights, not their average, to a row of its own."""
    trained = None
    for change, (network, training, schedule_name) in VARIANTS.items():
        schedule, settings = recipe.schedule(schedule_name), recipe.config(steps, seed=seed, **training)
        model = trained
        if change != UNAVERAGED:
            model = recipe.network(seed, **network)
            trained = model if change == RECIPE else trained
            model = train(model, load_digits("train")[0], schedule, settings, progress=False).model
        yield change, judge(model, schedule, settings.prediction, seed, n, real)


if __name__ == "__main__":
    main(__doc__, assets.ROOT / "ddpm_digits" / "ablation.json", VARIANTS, measure, steps=500, seeds=5)
