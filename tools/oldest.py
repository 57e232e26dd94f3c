"""The oldest version of each package that pyproject.toml admits, as constraints for pip (make oldest)."""

from pathlib import Path

import tomllib  # Python 3.11
from packaging.requirements import Requirement

EXTRAS = ("grading",)  # tools of development are new


def floors(project: dict) -> list[str]:
    """Each requirement with a lower bound, pinned to that bound."""
    wanted = [*project["dependencies"], *(r for extra in EXTRAS for r in project["optional-dependencies"][extra])]
    parsed = map(Requirement, wanted)
    lowest = {r.name: s.version for r in parsed for s in r.specifier if s.operator == ">="}
    return [f"{name}=={version}" for name, version in sorted(lowest.items())]


if __name__ == "__main__":
    pyproject = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    print("\n".join(floors(pyproject["project"])))
