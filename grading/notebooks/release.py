"""`course release`: the students' copy of the course, without answers, graders and tests, as one zip file."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

from grading.notebooks.build import ROOT, build, names
from helpers.files import write_atomically

FOR_STUDENTS = ("notebooks/", "helpers/", "docs/what-you-make.png")
TOP_LEVEL = ("README.md", "LICENSE", "CITATION.cff", "Makefile", "environment.yml", "pyproject.toml")
EPOCH = (2020, 1, 1, 0, 0, 0)


def add_parser(subparsers) -> None:
    """`course release`."""
    parser = subparsers.add_parser("release", help="the students' copy, without answers and graders, as a zip file")
    parser.add_argument("--out", type=Path, default=Path("diffusion-course.zip"))
    parser.add_argument("--root", type=Path, default=ROOT, help="the course's folder")
    parser.set_defaults(run=run)


def run(args) -> int:
    """Write the zip file, unless a notebook in it is not what a rebuild gives."""
    for name in names(args.root):
        path = args.root / "notebooks" / f"{name}.ipynb"
        if path.read_text(encoding="utf-8") != build(args.root, name)[path]:
            raise ValueError(f"{path.relative_to(args.root)} is not what a rebuild gives: run `course build` first")
    files = student_files(args.root)
    write_atomically(args.out, lambda temporary: pack(args.root, files, temporary))
    print(f"{args.out}: {len(files)} files, {args.out.stat().st_size / 1e6:.1f} MB")
    return 0


def student_files(root: Path) -> list[str]:
    """The files that git tracks and students need, as paths below the course's folder."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True)
    if listed.returncode:
        raise ValueError(f"{root} is not a git checkout, so it is not known which files belong to the course")
    tracked = [path for path in listed.stdout.split("\0") if path]
    return sorted(path for path in tracked if path.startswith(FOR_STUDENTS) or path in TOP_LEVEL)


def pack(root: Path, files: list[str], out: Path) -> None:
    """Zip the files under diffusion-course/; the same files give the same bytes."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            info = zipfile.ZipInfo(f"diffusion-course/{path}", EPOCH)
            info.external_attr, info.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, (root / path).read_bytes())
