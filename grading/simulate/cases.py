"""The corpus of answers and the hostile submissions in the repository's tests/, for making up a class."""

from __future__ import annotations

import importlib.util
import re
import sys
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=2)
def corpus(root: Path) -> tuple[dict[str, list], str]:
    """{exercise: its cases} and the imports that they rely on; raises ValueError where tests/ is not at hand."""
    path = root / "tests" / "corpus" / "__init__.py"
    if not path.is_file():
        raise ValueError(f"simulating a class needs the corpus of answers in {path.parent}, which is part of the repository")
    spec = importlib.util.spec_from_file_location("course_corpus", path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return {name: module.load(name) for name in module.exercises()}, module.PRELUDE.strip()


@lru_cache(maxsize=2)
def adversaries(root: Path) -> list[tuple[str, str, list[str]]]:
    """(name, exercise, cells) of each hostile submission; its last cell goes into the answer cell."""
    found = []
    for path in sorted((root / "tests" / "adversarial").glob("*.py")):
        text = path.read_bytes().decode("utf-8", "replace")
        exercise = re.search(r"^# exercise: (\w+)", text, re.MULTILINE)
        if exercise:
            body = re.sub(r"\A(#[^\n]*\n)+", "", text)
            found.append((path.stem, exercise[1], [cell.strip("\n") for cell in re.split(r"^# %%.*\n", body, flags=re.M)]))
    return found
