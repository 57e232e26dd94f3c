"""`course class`: one page for the class over all assignments, to open before the next lecture."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from statistics import quantiles

from grading.intake.files import natural
from grading.results.headings import headings
from grading.results.over_time import ClassMarks, Course, course
from grading.results.pages import render
from helpers.files import write_bytes

PAGE = "class.html"


def read(folders: list[Path]) -> list[ClassMarks]:
    """The assignments of folders of results, in the course's order; raises ValueError for a folder that holds none."""
    from grading.results import recorded

    found: dict[str, ClassMarks] = {}
    whence: dict[str, Path] = {}
    without: list[str] = []
    for folder in folders:
        before = len(found)
        for release in sorted(folder.glob("release/*/*.ipynb")):
            if (folder / "gradebook.db").is_file() and release.stem == release.parent.name:
                class_ = recorded.read(folder, release.stem)
                if release.stem in found:
                    raise ValueError(f"{release.stem} is in {whence[release.stem]} and in {folder}: name the folders to show")
                whence[release.stem] = folder
                found[release.stem] = ClassMarks(release.stem, headings(class_.release), class_.outcomes)
        if len(found) == before:
            without.append(str(folder))
    if without or not found:
        raise ValueError(f"no marks in {', '.join(without) or 'any folder'}: give the folders that `course grade --out` made")
    return [found[name] for name in sorted(found, key=natural)]


def page(found: Course, now: datetime | None = None) -> str:
    """The page: no script, nothing from outside, for a projector as for a telephone, light and dark."""
    return render(
        "class.html.j2",
        course=found,
        when=(now or datetime.now()).strftime("%d %B %Y, %H:%M"),
        boxes=[box(found.column(number)) for number in range(len(found.assignments))],
    )


def box(shares: list[float]) -> dict[str, float]:
    """The least, the quartiles and the most of an assignment's shares; nothing if nobody handed in."""
    if not shares:
        return {}
    low, middle, high = quantiles(shares, n=4, method="inclusive") if len(shares) > 1 else shares * 3
    return {"least": shares[0], "low": low, "middle": middle, "high": high, "most": shares[-1]}


def add_parser(subparsers) -> None:
    """`course class`."""
    parser = subparsers.add_parser("class", help="the class over all assignments: progress, misconceptions that stay, hints")
    parser.add_argument("results", type=Path, nargs="*", help="folders that `course grade --out` made (default: graded/*)")
    parser.add_argument("--to", type=Path, default=Path(PAGE), help=f"the page to write (default: {PAGE})")
    parser.set_defaults(run=run)


def run(args) -> int:
    """Write the page and say the first hint."""
    found = course(read(args.results or sorted(path.parent for path in Path("graded").glob("*/gradebook.db"))))
    write_bytes(args.to, page(found).encode("utf-8", "replace"), private=True)
    assignments = "assignment" if len(found.assignments) == 1 else "assignments"
    print(f"{len(found.shares)} students, {len(found.assignments)} {assignments}: {args.to}")
    if found.hints:
        print(f"For the next lecture: {found.hints[0]}")
    return 0
