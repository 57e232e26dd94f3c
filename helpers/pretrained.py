"""The trained digit model that ships with the course, and what was measured on the way to it."""

import json

import torch

from helpers.assets import load_weights, path
from helpers.schedules import Schedule, cosine_beta_schedule, linear_beta_schedule
from helpers.unet import Unet

SCHEDULES = {"cosine": cosine_beta_schedule, "linear": linear_beta_schedule}


def load_ddpm(device: torch.device | str = "cpu", name: str = "ddpm_digits") -> tuple[Unet, Schedule, str]:
    """A trained network in eval mode, the schedule it was trained with, and what it predicts ("velocity" or "noise").

    Raises:
        ValueError: the asset is missing or damaged.
    """
    config, weights = load_weights(name)
    model = Unet(**config["network"])
    model.load_state_dict(weights)
    schedule = Schedule(SCHEDULES[config["schedule"]](config["T"]))
    return model.eval().to(device, memory_format=torch.channels_last), schedule.to(device), config["prediction"]


class Ablation:
    """The in-class recipe with one thing changed at a time: a table that a notebook shows and `print` prints."""

    column = "change"

    def __init__(self, setting: str, rows: list[dict]):
        self.setting, self.rows = setting, rows

    def __str__(self) -> str:
        lines = [f"{self.column:38}{'FID':>7}   95 % interval   legible"]
        for row in self.rows:
            lines.append(
                f"{row[self.column]:38}{row['fid']:7.0f}   {row['low']:.0f} to {row['high']:.0f}".ljust(64)
                + f"{row['legible']:.2f}"
            )
        return "\n".join([*lines, self.setting])

    def _repr_html_(self) -> str:
        body = "".join(
            f"<tr><td style='text-align:left'>{row[self.column]}</td><td>{row['fid']:.0f}</td>"
            f"<td>{row['low']:.0f} to {row['high']:.0f}</td><td>{row['legible']:.2f}</td></tr>"
            for row in self.rows
        )
        head = f"<tr><th style='text-align:left'>{self.column}</th><th>FID</th><th>95 % interval</th><th>legible</th></tr>"
        return f"<table style='font-size:14px'>{head}{body}</table><p>{self.setting}</p>"


def ablation(name: str = "ddpm_digits") -> Ablation:
    """What each choice of the recipe bought, measured by `python benchmarks/ablation.py`."""
    return Ablation(**json.loads((path(name) / "ablation.json").read_text(encoding="utf-8")))


class Comparison(Ablation):
    """Models side by side, in the same table."""

    column = "model"


def comparison(name: str = "ncsn_digits") -> Comparison:
    """The course's three models of digits side by side, measured by `python benchmarks/digit_models.py`."""
    return Comparison(**json.loads((path(name) / "comparison.json").read_text(encoding="utf-8")))
