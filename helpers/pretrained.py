"""The trained digit model that ships with the course, and what was measured on the way to it."""

import json
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from helpers.assets import load_network, load_weights, path
from helpers.diffusion import Prediction
from helpers.schedules import Schedule, cosine_beta_schedule, linear_beta_schedule
from helpers.unet import Unet

SCHEDULES: dict[str, Callable[[int], Tensor]] = {"cosine": cosine_beta_schedule, "linear": linear_beta_schedule}


def load_ddpm(device: torch.device | str = "cpu", name: str = "ddpm_digits") -> tuple[Unet, Schedule, Prediction]:
    """A trained network in eval mode, the schedule it was trained with, and what it predicts ("velocity" or "noise").

    Raises:
        ValueError: the asset is missing or damaged.
    """
    config, weights = load_weights(name)
    model = Unet(**config["network"])
    model.load_state_dict(weights)
    schedule = Schedule(SCHEDULES[config["schedule"]](config["T"]))
    return model.eval().to(device).to(memory_format=torch.channels_last), schedule.to(device), config["prediction"]


MORE = {"classes covered": "{} of 10", "seconds a sample": "{:.2g}"}  # columns that only some tables have, and their format


class Table:
    """Rows with an FID, its 95 % interval and the legible share, for a notebook to show and `print` to print.

    Rows may also say how many of the ten digits are covered and how long a sample takes.
    """

    column = "model"

    def __init__(self, setting: str, rows: list[dict]):
        self.setting, self.rows = setting, rows

    def head(self) -> list[str]:
        """The names of the columns."""
        return [self.column, "FID", "95 % interval", "legible", *self._shown()]

    def cells(self, row: dict) -> list[str]:
        """One row as text."""
        rest = [MORE[key].format(row[key]) if key in row else "" for key in self._shown()]
        return [row[self.column], f"{row['fid']:.0f}", f"{row['low']:.0f} to {row['high']:.0f}", f"{row['legible']:.2f}", *rest]

    def _shown(self) -> list[str]:
        return [key for key in MORE if any(key in row for row in self.rows)]

    def __str__(self) -> str:
        lines = [self.head(), *map(self.cells, self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines)]
        return "\n".join(["   ".join(c.ljust(w) for c, w in zip(line, widths)).rstrip() for line in lines] + [self.setting])

    def _repr_html_(self) -> str:
        def line(cells: list[str], tag: str) -> str:
            first, *others = cells
            rest = "".join(f"<{tag}>{cell}</{tag}>" for cell in others)
            return f"<tr><{tag} style='text-align:left'>{first}</{tag}>{rest}</tr>"

        body = line(self.head(), "th") + "".join(line(self.cells(row), "td") for row in self.rows)
        return f"<table style='font-size:14px'>{body}</table><p>{self.setting}</p>"


class Ablation(Table):
    """The in-class recipe with one thing changed at a time, over several seeds."""

    column = "change"

    def head(self) -> list[str]:
        return [*super().head(), "FID more than the recipe's, 95 % interval"]

    def cells(self, row: dict) -> list[str]:
        if "difference" not in row:
            return [*super().cells(row), ""]
        span = f"{row['difference']:+.0f}   ({row['difference_low']:+.0f} to {row['difference_high']:+.0f})"
        return [*super().cells(row), span if decided(row) else f"{span}, no difference shown"]


def decided(row: dict) -> bool:
    """Whether the interval of a row's difference from the recipe leaves out zero."""
    return row["difference_low"] > 0 or row["difference_high"] < 0


def ablation(name: str = "ddpm_digits") -> Ablation:
    """What each choice of the recipe bought, measured by `python benchmarks/ablation.py`."""
    content = json.loads((path(name) / "ablation.json").read_text(encoding="utf-8"))
    return Ablation(content["setting"], content["rows"])


def comparison(name: str = "ncsn_digits", table: str = "comparison") -> Table:
    """Models side by side: a table in the folder of an asset, written there by a script in `benchmarks`."""
    return Table(**json.loads((path(name) / f"{table}.json").read_text(encoding="utf-8")))


def load_conditional(name: str = "conditional_digits") -> tuple[nn.Module, Schedule]:
    """The class-conditional network of notebook 5 as a predictor of ε, (x, t, labels) → ε, and its schedule.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    from helpers.conditional import ConditionalUnet
    from helpers.guidance import NoisePredictor

    config, weights = load_weights(name)
    network = ConditionalUnet(**config["network"])
    network.load_state_dict(weights)
    schedule = Schedule(cosine_beta_schedule(1000))
    return NoisePredictor(network.to(memory_format=torch.channels_last), schedule).eval(), schedule


def load_noisy_classifier() -> nn.Module:
    """The classifier of noisy digits, (x (B, 1, 32, 32), t (B,)) → logits (B, 10), for `load_conditional`'s schedule.

    Raises:
        ValueError: the asset is missing or damaged.
    """
    from helpers.noisy_classifier import NoisyClassifier

    return load_network("noisy_classifier", partial(NoisyClassifier, Schedule(cosine_beta_schedule(1000))))
