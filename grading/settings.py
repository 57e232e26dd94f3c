"""Small files that commands read: settings in YAML, own notes in JSON. What is wrong with one is told with its name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def read(path: Path) -> dict:
    """A file's lines of `name: value`, nothing for an empty file; raises ValueError for a file that is not there or is wrong."""
    import yaml

    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no {path}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8: save it as UTF-8") from None
    except yaml.YAMLError as error:
        at = getattr(error, "problem_mark", None)
        line = f", line {at.line + 1}" if at else ""
        raise ValueError(f"{path}{line}: this is no YAML ({getattr(error, 'problem', None) or error})") from None
    except (ValueError, RecursionError) as error:  # a date that no calendar has
        raise ValueError(f"{path}: {error}") from None
    return only(str(path), {} if data is None else data)


def only(place: str, data: Any, known: Iterable[str] = ()) -> dict:
    """`data`; raises ValueError unless it has names for keys, of the `known` ones if there are any."""
    if not isinstance(data, dict):
        raise ValueError(f"{place} should be lines of `name: value`, got {str(data)[:60]!r}")
    odd = [str(key) for key in data if known and key not in known]
    if odd:
        raise ValueError(f"{place} has {odd[0]!r}; known: {', '.join(known)}")
    return data


def noted(path: Path, remedy: str) -> Any:
    """What a command has noted in a file of its own; raises ValueError for a damaged one, with the remedy."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise ValueError(f"{path} is damaged: {remedy}") from None
