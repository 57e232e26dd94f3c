"""Which course: its folder, found from the working folder upward, and the one address under which students find it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from grading import settings

ROOT = Path(__file__).resolve().parents[2]  # of the checkout that this module lies in
SETTING = "course.yml"
BRANCH = "main"
WHEELS = "wheel"  # folder of the students' repository


def find_course(given: Path | None = None) -> Path:
    """The course's folder: `given`, or the nearest one from the working folder upward that has solutions/.

    Raises:
        ValueError: there is none.
    """
    start = given or Path.cwd()
    for folder in (start,) if given else (start, *start.parents):
        if any((folder / "solutions").glob("[0-9]_*.py")):
            return folder
    raise ValueError(f"no course in {start}{'' if given else ' or above it'}: go to the folder that has solutions/ in it")


def version(root: Path) -> str:
    """The course's version, from its pyproject.toml."""
    path = root / "pyproject.toml"
    found = re.search(r'^version = "([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE) if path.exists() else None
    return found[1] if found else "0"


@dataclass(frozen=True)
class Address:
    """Where the students' copy is published, without a slash at the end; empty where nobody has said so yet."""

    base: str
    version: str

    @classmethod
    def of(cls, root: Path) -> Address:
        """The address in course.yml; raises ValueError for one that is no web address, or a file that is wrong."""
        path = root / SETTING
        said = (settings.read(path) if path.exists() else {}).get("students") or ""
        base = "" if "YOUR-" in str(said) else str(said).strip().rstrip("/").removesuffix(".git")
        if base and not re.fullmatch(r"https?://[\w.:-]+(/[\w.~-]+)+", base):
            raise ValueError(f"{path}: `students` is a web address such as https://github.com/you/course; got {said!r}")
        return cls(base, version(root))

    @property
    def wheel_name(self) -> str:
        return f"diffusion_course_helpers-{self.version}-py3-none-any.whl"

    @property
    def wheel(self) -> str:
        """The address of the students' wheel, or nothing."""
        return f"{self.base}/raw/{BRANCH}/{WHEELS}/{self.wheel_name}" if self.base else ""

    def links(self, notebook: str) -> dict[str, str]:
        """{service: address that opens this notebook there}; only repositories on GitHub can be opened so."""
        host, _, repository = self.base.removeprefix("https://").partition("/")
        if host != "github.com":
            return {}
        path = f"notebooks/{notebook}.ipynb"
        return {
            "Colab": f"https://colab.research.google.com/github/{repository}/blob/{BRANCH}/{path}",
            "Binder": f"https://mybinder.org/v2/gh/{repository}/{BRANCH}?urlpath=lab/tree/{path}",
            "Kaggle": f"https://kaggle.com/kernels/welcome?src=https://github.com/{repository}/blob/{BRANCH}/{path}",
        }
