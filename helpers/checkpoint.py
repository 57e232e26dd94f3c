"""Checkpoints in safetensors: a nested dict of tensors and plain values, nothing pickled, half a file never left behind."""

import hashlib
import inspect
import json
from collections.abc import Iterable
from pathlib import Path
from types import CodeType
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from helpers.files import write_bytes

State = dict[str, Any]  # {name: a tensor, a value that JSON knows, or another such dict}


DRIVE = Path("/content/drive/MyDrive")  # where Colab mounts it


def kept(name: str, made_with: Iterable[Any] = (), afresh: bool = False, suffix: str = ".safetensors") -> Path:
    """The file in which a notebook keeps a training run: on a mounted Drive in Colab, else in ./checkpoints.

    Args:
        name: of the run.
        made_with: functions and classes that it depends on; a change in one of them means another file, a restart does not.
        afresh: delete what is there, so that the run starts anew.
        suffix: of the file.
    """
    folder = DRIVE / "ddpm-course" if DRIVE.exists() else Path.cwd() / "checkpoints"
    said = hashlib.sha256(repr([_said(part) for part in made_with]).encode()).hexdigest()[:8]
    path = folder / f"{name}-{said}{suffix}"
    if afresh:
        path.unlink(missing_ok=True)
    return path


def _said(part: Any) -> Any:
    """What a function, a class or a constant says, the same in each process and wherever it stands."""
    if isinstance(part, CodeType):
        return [part.co_code, part.co_names, [_said(constant) for constant in part.co_consts]]
    if isinstance(part, type):
        return [part.__name__, {name: _said(value) for name, value in vars(part).items() if callable(value)}]
    if callable(part):
        function = inspect.unwrap(part)
        return _said(function.__code__) if hasattr(function, "__code__") else type(part).__name__
    return sorted(map(repr, part)) if isinstance(part, frozenset) else repr(part)


def save_checkpoint(path: str | Path, model: nn.Module, note: dict | None = None) -> None:
    """Save a network's weights with its `config` and a note, atomically.

    Raises:
        OSError: no space, or no right to write there; an older file stays as it was.
    """
    write_state(path, {"network": getattr(model, "config", {}), "model": model.state_dict(), "note": note or {}})


def load_checkpoint(path: str | Path, model: nn.Module) -> dict:
    """Load weights that `save_checkpoint` or a training run saved; returns the note.

    The averaged weights are taken where the file has them.

    Raises:
        ValueError: the file is damaged, or belongs to a network of another shape.
        FileNotFoundError: there is no such file.
    """
    state = read_state(path)
    load_into(model, state["ema"] if "ema" in state else state.get("model", {}), path)
    return state.get("note", {})


def write_state(path: str | Path, state: State) -> None:
    """Write a nested dict of tensors and plain values to one file, atomically.

    Raises:
        OSError: no space, or no right to write there; an older file stays as it was.
        TypeError: a value that is neither a tensor nor known to JSON.
    """
    tensors: dict[str, Tensor] = {}
    plain = _take_tensors(state, "", tensors)
    ready = {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
    write_tensors(path, ready, {"course": json.dumps(plain)})


def write_tensors(path: str | Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write tensors to one safetensors file, atomically. (The library's own `save_file` has another error for a full disk.)

    Raises:
        OSError: no space, or no right to write there; an older file stays as it was.
    """
    write_bytes(path, save(tensors, metadata))


def read_state(path: str | Path) -> State:
    """The nested dict that `write_state` wrote, its tensors on the CPU.

    Raises:
        ValueError: the file is damaged, or no checkpoint of this course.
        FileNotFoundError: there is no such file.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no checkpoint {path}")
    try:
        with safe_open(path, "pt") as file:
            state = json.loads((file.metadata() or {}).get("course", "null"))
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is damaged or cut short ({error}): delete it and train again") from error
    if not isinstance(state, dict):
        raise ValueError(f"{path} is a safetensors file, but not a checkpoint of this course")
    for key, tensor in tensors.items():
        *folders, name = key.split("/")
        place = state
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = tensor
    return state


def load_into(model: nn.Module, weights: dict[str, Tensor], path: str | Path) -> None:
    """Put weights that came from `path` into a network.

    Raises:
        ValueError: they belong to a network of another shape.
    """
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        first = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise ValueError(
            f"{path} belongs to a network of another shape ({first}). "
            "Build the network that it was trained with, or use another checkpoint file"
        ) from error


def _take_tensors(state: State, prefix: str, tensors: dict[str, Tensor]) -> State:
    """The dict without its tensors, which go into `tensors` under their paths."""
    plain: State = {}
    for key, value in state.items():
        if isinstance(value, torch.Tensor):
            tensors[f"{prefix}{key}"] = value
        elif isinstance(value, dict):
            plain[key] = _take_tensors(value, f"{prefix}{key}/", tensors)
        else:
            plain[key] = value
    return plain
