"""A training run in one safetensors file: nothing is pickled, and half a file is never left behind.

Held are the weights, their average, Adam's moments, the state of the noise generator and the losses, so that a
resumed run equals an uninterrupted one to the bit.
"""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from helpers.files import write_atomically

MAY_CHANGE = {"checkpoint", "checkpoint_every", "precision", "compile"}
LENGTH = {"steps", "epochs"}


def save_checkpoint(path: str | Path, model: nn.Module, note: dict | None = None) -> None:
    """Save a network's weights (safetensors) with its `config` and a note, atomically.

    Raises:
        OSError: no space, or no right to write there; an older file stays as it was.
    """
    tensors = {f"model.{key}": value for key, value in model.state_dict().items()}
    _write(path, tensors, {"network": getattr(model, "config", {}), "note": note or {}})


def load_checkpoint(path: str | Path, model: nn.Module) -> dict:
    """Load weights that `save_checkpoint` or a training run saved; returns the note.

    The averaged weights are taken where the file has them.

    Raises:
        ValueError: the file is damaged, or belongs to a network of another shape.
        FileNotFoundError: there is no such file.
    """
    tensors, meta = _read(path)
    prefix = "ema." if any(key.startswith("ema.") for key in tensors) else "model."
    _load_into(model, _part(tensors, prefix), path)
    return meta.get("note", {})


def save(run, path: str | Path) -> None:
    """Save the whole state of a training run (see `helpers.training`)."""
    state = run.optimizer.state_dict()["state"]
    tensors = {f"model.{key}": value for key, value in run.model.state_dict().items()}
    tensors |= {f"ema.{key}": value for key, value in run.ema.model.state_dict().items()}
    tensors |= {f"adam.{i}.{key}": torch.as_tensor(v) for i, moments in state.items() for key, v in moments.items()}
    tensors["noise"] = run.noise.get_state()
    tensors["losses"] = torch.tensor(run.losses, dtype=torch.float64)
    meta = {
        "network": getattr(run.model, "config", {}),
        "run": _fixed(run.config),
        "step": run.step,
        "ema_updates": run.ema.updates,
        "scaler": run.scaler.state_dict(),
    }
    _write(path, tensors, meta)


def restore(run, path: str | Path) -> None:
    """Put a saved state into a run that was set up the same way.

    Raises:
        ValueError: the file is damaged, or was made with another network or other settings.
    """
    tensors, meta = _read(path)
    if "run" not in meta:
        raise ValueError(f"{path} holds weights only: it can be loaded with load_checkpoint, but not resumed from")
    asked, saved = _plain(_fixed(run.config)), meta["run"]
    differing = [f"{key}: {saved.get(key)!r} there, {asked[key]!r} here" for key in asked if asked[key] != saved.get(key)]
    if differing:
        raise ValueError(
            f"{path} was made with other settings ({'; '.join(differing)}). "
            "Use the same ones to go on, or another checkpoint file to start anew"
        )
    _load_into(run.model, _part(tensors, "model."), path)
    _load_into(run.ema.model, _part(tensors, "ema."), path)
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in _part(tensors, "adam.").items():
        index, name = key.split(".", 1)
        moments.setdefault(int(index), {})[name] = value
    run.optimizer.load_state_dict({"state": moments, "param_groups": run.optimizer.state_dict()["param_groups"]})
    run.scaler.load_state_dict(meta["scaler"])
    run.noise.set_state(tensors["noise"])
    run.losses = tensors["losses"].tolist()
    run.step, run.ema.updates = meta["step"], meta["ema_updates"]


def _fixed(config) -> dict:
    """The settings that two halves of one run must share; its length only where the learning rate depends on it."""
    free = MAY_CHANGE if config.lr_decay == "cosine" else MAY_CHANGE | LENGTH
    return {key: value for key, value in asdict(config).items() if key not in free}


def _plain(value: dict) -> dict:
    return json.loads(json.dumps(value))


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _write(path: str | Path, tensors: dict[str, Tensor], meta: dict) -> None:
    ready = {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
    write_atomically(path, lambda temporary: save_file(ready, temporary, {"course": json.dumps(meta)}))


def _read(path: str | Path) -> tuple[dict[str, Tensor], dict]:
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no checkpoint {path}")
    try:
        with safe_open(path, "pt") as file:
            meta = json.loads((file.metadata() or {}).get("course", "null"))
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is damaged or cut short ({error}): delete it and train again") from error
    if meta is None:
        raise ValueError(f"{path} is a safetensors file, but not a checkpoint of this course")
    return tensors, meta


def _load_into(model: nn.Module, state: dict[str, Tensor], path: str | Path) -> None:
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        first = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise ValueError(
            f"{path} belongs to a network of another shape ({first}). "
            "Build the network that it was trained with, or use another checkpoint file"
        ) from error
