"""Make the web site: `python site/make.py`, or `make site`, writes build/site/students and build/site/instructors.

Sources are laid out in build/site/src and rendered by Sphinx with MyST-NB. Nothing in the pages comes from another server.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, os.fspath(ROOT))

from notebook_pages import instructors_page, students_page, unmatched  # noqa: E402
from pages import documents, reference, write  # noqa: E402

from grading.notebooks.build import names  # noqa: E402
from grading.notebooks.course import Address  # noqa: E402
from grading.notebooks.execute import executed  # noqa: E402

AUDIENCES = ("students", "instructors")


def main() -> int:
    """Run the notebooks, lay out the sources, render both sites."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", choices=("quick", "cpu", "gpu"), default="cpu", help="quick: seconds each, rough figures")
    parser.add_argument("--fresh", action="store_true", help="run the notebooks even if a run of the same code is kept")
    parser.add_argument("--runs", type=Path, default=ROOT / ".course" / "executed", help="where runs are kept (.course/executed)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="default: build/site")
    options = parser.parse_args()
    chosen = names(ROOT)
    solutions = {name: ROOT / "solutions" / f"{name}.ipynb" for name in chosen}
    runs = {name: executed(path, ROOT, options.profile, options.runs, options.fresh) for name, path in solutions.items()}
    for audience in AUDIENCES:
        source = options.out / "src" / audience
        shutil.rmtree(source, ignore_errors=True)
        for name, run in runs.items():
            lay_out(name, run, source, audience)
        documents(ROOT, source, audience, chosen)
        reference(ROOT, source)
        render(source, options.out / audience, audience)
    shutil.rmtree(options.out / "src")
    print(f"The students' site: {options.out / 'students' / 'index.html'}")
    print(f"The instructors' site, answers open: {options.out / 'instructors' / 'index.html'}")
    return 0


def lay_out(name: str, run, source: Path, audience: str) -> None:
    """Write a notebook's page, and beside it the notebook itself for download."""
    address = Address.of(ROOT)
    folder = "notebooks" if audience == "students" else "solutions"
    original = (ROOT / folder / f"{name}.ipynb").read_text(encoding="utf-8")
    released = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    if lost := unmatched(run, released):
        raise ValueError(f"notebooks/{name}.ipynb and its solution don't agree on {lost}: run `course build`")
    page = students_page(run, released, name, address) if audience == "students" else instructors_page(run, name, address)
    write(source / "notebooks" / f"{name}.ipynb", nbformat.writes(page))
    write(source / "files" / f"{name}.ipynb", original)


def render(source: Path, out: Path, audience: str) -> None:
    """Run Sphinx; a warning is an error, since it is a dead link or a page that nothing leads to."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W"]
    command += ["-c", os.fspath(ROOT / "site"), "-d", os.fspath(source.with_name(f"{audience}-doctrees"))]
    env = os.environ | {"SITE_AUDIENCE": audience, "PYTHONPATH": os.fspath(ROOT)}
    done = subprocess.run([*command, os.fspath(source), os.fspath(out)], env=env)
    if done.returncode:
        raise SystemExit(f"Sphinx could not render the {audience}' site without warnings: see above")


if __name__ == "__main__":
    sys.exit(main())
