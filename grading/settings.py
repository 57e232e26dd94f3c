"""Small files that commands read: settings in YAML, own notes in JSON. What is wrong with one is told with its name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

Made = TypeVar("Made")


def read(path: Path) -> dict:
    """A file's lines of `name: value`, nothing for an empty file; raises ValueError for a file that is not there or is wrong."""
    import yaml

    try:
        data = yaml.load(Path(path).read_text(encoding="utf-8"), _loader())
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


@cache
def _loader() -> type:
    """A loader that keeps names as they are typed, and takes none twice.

    YAML itself reads the name 0123 as the number 83, 1e5 as 100000.0 and no as false: a student would be another one. Values
    that begin with a zero or have colons are no numbers here either.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012
            first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:int"]
            for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def construct_mapping(self, node, deep=False):
            names = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            for number, key in enumerate(names):
                if key.tag != "tag:yaml.org,2002:merge":
                    key.tag = "tag:yaml.org,2002:str"
                if any(key.value == other.value for other in names[:number]):
                    raise ValueError(f"{key.value!r} stands there twice, the second time in line {key.start_mark.line + 1}")
            return super().construct_mapping(node, deep)

    Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789"))
    return Loader


def only(place: str, data: Any, known: Iterable[str] = ()) -> dict:
    """`data`; raises ValueError unless it has names for keys, of the `known` ones if there are any."""
    if not isinstance(data, dict):
        raise ValueError(f"{place} should be lines of `name: value`, got {str(data)[:60]!r}")
    odd = [str(key) for key in data if known and key not in known]
    if odd:
        raise ValueError(f"{place} has {odd[0]!r}; known: {', '.join(known)}")
    return data


def noted(path: Path, remedy: str, of: Callable[[Any], Made]) -> Made:
    """What a command has noted in a file of its own, as `of` makes it of the JSON.

    Raises ValueError for a damaged file, with the remedy: one that is no JSON, or of which `of` can make nothing.
    """
    try:
        return of(json.loads(Path(path).read_text(encoding="utf-8")))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"{path} is damaged: {remedy}") from None
