"""`course release`: the students' copy of the course, without answers, graders and tests, and the wheel of its helpers.

The copy is a folder to publish as a repository, or one zip file. Its notebooks and helpers are the course's own; README, Makefile,
pyproject.toml and environment.yml are made for it, so that they name nothing that stays behind.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from grading import settings
from grading.notebooks.build import build, names
from grading.notebooks.course import WHEELS, Address, find_course
from grading.notebooks.wheel import wheel_of
from grading.packing import packed
from helpers.files import write_bytes

TOP_LEVEL = ("LICENSE", "CITATION.cff")
NOT_FOR_STUDENTS = {"nbgrader", "pytest", "-e"}  # requirements of the instructor's
SHOWN = 10  # names on the terminal
TEMPLATES = Path(__file__).parent / "students"


def add_parser(subparsers) -> None:
    """`course release`."""
    parser = subparsers.add_parser("release", help="the students' copy and the helpers' wheel, without answers and graders")
    parser.add_argument("--out", type=Path, help="the zip file to write (default: diffusion-course.zip)")
    parser.add_argument("--folder", type=Path, help="write a folder instead, to publish as the students' repository")
    parser.add_argument("--root", type=Path, help="the course's folder (default: found from the working folder upward)")
    parser.set_defaults(run=run)


def run(args) -> int:
    """Write the copy, unless a notebook in it is not what a rebuild gives. Raises ValueError if one is not.

    What is said in a moment is said before the rebuild, which takes a minute.
    """
    root = find_course(args.root)
    student_files(root)
    if args.folder:
        refuse_others(args.folder)
    for name in names(root):
        path = root / "notebooks" / f"{name}.ipynb"
        if not path.exists() or path.read_text(encoding="utf-8") != build(root, name)[path]:
            raise ValueError(f"{path.relative_to(root)} is not what a rebuild gives: run `course build` first")
    contents = student_copy(root)
    if args.folder:
        gone = write_folder(contents, args.folder)
        if gone:
            named = f"{', '.join(gone[:SHOWN])}{', …' if len(gone) > SHOWN else ''}"
            print(f"Taken away, as no release writes them: {named}", file=sys.stderr)
        print(f"{args.folder}: {len(contents)} files. Publish this folder as the repository that course.yml names")
    if args.out or not args.folder:
        out = args.out or Path("diffusion-course.zip")
        write_bytes(out, packed({f"diffusion-course/{k}": v for k, v in contents.items()}))
        print(f"{out}: {len(contents)} files, {out.stat().st_size / 1e6:.1f} MB")
    return 0


def student_files(root: Path) -> list[str]:
    """The files that git tracks and students get as they are, as paths below the course's folder.

    Raises ValueError without git or outside a checkout.
    """
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True)
    except FileNotFoundError:
        raise ValueError("git is not installed, and it says which files belong to the course: install git") from None
    if listed.returncode:
        raise ValueError(f"{root} is not a git checkout, so it is not known which files belong to the course")
    tracked = [path for path in listed.stdout.decode("utf-8").split("\0") if path]
    built = {f"notebooks/{name}.ipynb" for name in names(root)}
    return sorted(p for p in tracked if p in TOP_LEVEL or p in built or p.startswith("helpers/"))


def student_copy(root: Path) -> dict[str, bytes]:
    """{path: content} of the students' copy; the same course gives the same bytes."""
    files = student_files(root)
    address = Address.of(root)
    wheel = wheel_of(root, files, address, requirements(root))
    contents = {path: (root / path).read_bytes() for path in files} | made_for_students(root)
    return dict(sorted((contents | {f"{WHEELS}/{address.wheel_name}": wheel}).items()))


def made_for_students(root: Path) -> dict[str, bytes]:
    """The files at the top of the copy that the course itself has in another version."""
    from jinja2 import Environment, StrictUndefined

    address, titles = Address.of(root), {name: title(root, name) for name in names(root)}
    facts = {
        "version": address.version,
        "requirements": requirements(root),
        "notebooks": titles,
        "links": {name: address.links(name) for name in titles} if address.links("") else {},
    }
    made = {"Makefile": (TEMPLATES / "Makefile").read_bytes(), ".gitignore": b".venv/\ncheckpoints/\n.ipynb_checkpoints/\n*.egg-info/\n"}
    for name in ("README.md", "pyproject.toml", "environment.yml"):
        template = (TEMPLATES / f"{name}.j2").read_text(encoding="utf-8")
        made[name] = Environment(undefined=StrictUndefined, keep_trailing_newline=True).from_string(template).render(facts).encode()
    return made


def requirements(root: Path) -> list[str]:
    """What students need to install, from the course's environment.yml; raises ValueError if it lists nothing."""
    path = root / "environment.yml"
    parts = settings.read(path).get("dependencies") or []
    listed = next((part["pip"] for part in parts if isinstance(part, dict) and part.get("pip")), None)
    if listed is None:
        raise ValueError(f"{path} lists no `pip:` packages under `dependencies:`; students' requirements are taken from there")
    return [line for line in listed if not any(line.startswith(name) for name in NOT_FOR_STUDENTS)]


def title(root: Path, name: str) -> str:
    """A notebook's title: its first heading."""
    text = (root / "solutions" / f"{name}.py").read_text(encoding="utf-8")
    return next((line.removeprefix("# # ") for line in text.splitlines() if line.startswith("# # ")), name)


def refuse_others(folder: Path) -> None:
    """Raise ValueError if a folder holds something that no release has written."""
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if there and not (folder / WHEELS).is_dir() and there != {".git"}:
        raise ValueError(f"{folder} is not empty and no earlier release: name a new folder")


def write_folder(contents: dict[str, bytes], folder: Path) -> list[str]:
    """Make `folder` hold exactly these files; what git keeps there stays. Returns what was taken away, the outermost of it.

    Raises:
        ValueError: the folder holds something that no release has written.
    """
    refuse_others(folder)
    (folder / WHEELS).mkdir(parents=True, exist_ok=True)  # a release that was stopped half way is known by it
    files = {folder / name: data for name, data in contents.items()}
    folders = {parent for path in files for parent in path.parents}
    gone = []
    for path in sorted(folder.rglob("*"), reverse=True):  # what lies in a folder comes before it
        if path.relative_to(folder).parts[0] == ".git":
            continue
        is_folder = path.is_dir() and not path.is_symlink()
        if path not in (folders if is_folder else files):
            path.rmdir() if is_folder else path.unlink()
            if path.parent in folders:
                gone.append(path.relative_to(folder).as_posix())
    for path, data in files.items():
        write_bytes(path, data)
    return sorted(gone)
