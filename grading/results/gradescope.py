"""Marks for Gradescope: an autograder's zip that marks nothing and hands each student the results.json made here.

A results.json has `score`, `output` and `tests` with `name`, `score`, `max_score`, `output`, `visibility`
(https://gradescope-autograders.readthedocs.io/en/latest/specs/). Gradescope runs `run_autograder` for each submission; whose it
is stands in submission_metadata.json, under `users`, by e-mail address (…/latest/submission_metadata/).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from grading.model import Outcome
from grading.packing import packed
from grading.results.feedback import said
from grading.results.forms import grade
from grading.results.headings import Headings, headings
from grading.results.totals import Total
from helpers.files import write_bytes

if TYPE_CHECKING:
    from grading.results.recorded import Recorded

RUN = Path(__file__).parent / "templates" / "run_autograder.py"
SETUP = "#!/usr/bin/env bash\n# Nothing to install: the marks were made elsewhere.\n"


def write(target: Path, found: list[Total], recorded: Recorded, out_of: float | None = None) -> list[str]:
    """Write the zip; returns the students whose e-mail address the roster does not know, who can't be in it."""
    by_student = {outcome.student: outcome for outcome in recorded.outcomes}
    names, left = headings(recorded.release), []
    files = {"setup.sh": SETUP, "run_autograder": RUN.read_text(encoding="utf-8")}
    for total in found:
        if total.platform != "gradescope" or "@" not in total.number:
            left.append(total.student)
            continue
        files[f"results/{key(total.number)}.json"] = json.dumps(
            results(total, by_student[total.student], names, out_of), indent=1
        )
    write_bytes(target, packed({name: text.encode("utf-8", "replace") for name, text in files.items()}, 0o755), private=True)
    return left


def key(email: str) -> str:
    """The name of a student's file: run_autograder works it out in the same way."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]


def results(total: Total, outcome: Outcome, names: Headings, out_of: float | None = None) -> dict:
    """One student's results.json; `score` is the sum as it is exported, a late penalty and --out-of included."""
    tests = []
    for mark in outcome.verdict.exercises:
        lines = [outcome.problem or said(mark), *([f"From your marker: {mark.comment}"] if mark.comment else [])]
        for one in mark.properties if mark.status != "unattempted" else ():
            why = "" if one.get("passed") else str(one.get("diagnosis") or "")
            lines.append(f"{'✓' if one.get('passed') else '✗'} {one.get('statement', '')}{': ' if why else ''}{why}")
        test = {"name": names.of(mark), "score": round(mark.points, 2), "max_score": mark.max, "output": "\n".join(lines)}
        tests.append({**test, "visibility": "visible"})
    output = f"{total.points:g} of {total.max:g} points."
    if total.waiting:
        wait = "answer waits for a person and counts" if total.waiting == 1 else "answers wait for a person and count"
        output += f" {total.waiting} {wait} 0 so far."
    return {"score": grade(total, out_of), "output": output, "stdout_visibility": "hidden", "tests": tests}
