"""`course grade`: mark a folder of submissions, or what a learning platform hands out as it comes."""

from __future__ import annotations

import sys
from pathlib import Path

from grading.notebooks.course import ROOT
from grading.results import late_policy, places
from grading.rights import warning
from grading.sandbox import choice
from grading.terminal import shown


def add_parser(subparsers) -> None:
    """`course grade`."""
    parser = subparsers.add_parser(
        "grade", help="mark submissions in the sandbox: one folder a student, or a platform's download"
    )
    parser.add_argument("assignment", help="such as 3_ddpm")
    parser.add_argument(
        "--submissions", type=Path, help="one folder a student, or a platform's download (default: collected/<assignment>)"
    )
    parser.add_argument("--out", type=Path, help="where marks, feedback, report and gradebook go (default: graded/<assignment>)")
    parser.add_argument("--resume", action="store_true", help="skip those who are already marked and have not changed")
    parser.add_argument("--earlier", type=Path, help="a folder of old submissions, to find answers that were handed in before")
    add_options(parser)
    parser.set_defaults(run=run, again="what is marked is kept, and --resume goes on from there")


def add_options(parser) -> None:
    """How to mark: by whom, where, by which policy."""
    parser.add_argument("--workers", type=int, help="processes that mark (default: one a core; 0: no workers, this process)")
    parser.add_argument("--scheduler", default="", help="address of a Dask scheduler to use instead, such as tcp://host:8786")
    parser.add_argument("--root", type=Path, default=ROOT, help="the course's folder, with solutions/ and notebooks/")
    late_policy.add_argument(parser)
    choice.add_options(parser, "students' code runs", "run students' code")


def options(args) -> dict:
    """The same for `batch.run`; raises ValueError for a number of workers below 0 or a policy that is wrong."""
    if args.workers is not None and args.workers < 0:
        raise ValueError(f"expected --workers of at least 0, got {args.workers}")
    about = {"root": args.root, "workers": args.workers, "scheduler": args.scheduler, "backend": choice.asked_for(args)}
    return {**about, "policy": late_policy.chosen(args.late, args.assignment)}


def run(args) -> int:
    """Mark, write the results, say in three lines what came out."""
    from grading.intake import collect
    from grading.marking import batch
    from grading.results import earlier, summary

    old = earlier.books(args.earlier) if args.earlier else None
    collected, out = places.collected(args.assignment), args.out or places.graded(args.assignment)
    submissions = args.submissions or collected
    if collect.as_downloaded(submissions):
        collect.told(submissions, args.assignment, collected, args.root)
        submissions = collected
    for loose in sorted(submissions.glob("*.ipynb")):
        said = "lies beside the students' folders and is not marked: put it into a folder that is called as its student"
        print(f"{shown(loose.name)} {said}", file=sys.stderr)
    outcomes = batch.run(submissions, out, args.assignment, resume=args.resume, old=old, **options(args))
    attention = [outcome.student for outcome in outcomes if summary.reasons(outcome)]
    if said := warning(out):
        print(said, file=sys.stderr)
    what = "submission" if len(outcomes) == 1 else "submissions"
    need = "needs" if len(attention) == 1 else "need"
    print(f"{len(outcomes)} {what} marked; {len(attention)} {need} attention{_named(attention)}.")
    print(f"Marks: {out / 'marks.csv'}   Report: {out / 'report.html'}   Gradebook: {out / 'gradebook.db'}")
    return 0


def _named(students: list[str]) -> str:
    if not students:
        return ""
    return f" ({', '.join(students[:5])}{', …' if len(students) > 5 else ''})"
