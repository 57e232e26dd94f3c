"""A class on paper: outcomes as the batch would hand them to the report, made from a seed."""

import random

from grading.intake import cleaning
from grading.model import ExerciseMark, Flag, Outcome, Repair, Verdict
from tests.submissions import ANSWERS, as_bytes, release, submission

EVIL = "<script>alert(1)</script>"
EVIL_NAME = "<img src=x onerror=alert(1)>"
PROPERTIES = {
    "double": [("length", 1, "returns one number"), ("twice", 3, "double(x) is 2·x")],
    "Up_Down": [("up", 3, "Up()(x) is x + 1"), ("down", 2, "Down()(x) is x − 1"), ("types", 1, "accepts floats")],
}
MISTAKES = {
    "twice": ("squared", "This is x², not 2·x: multiply by 2 in place of x."),
    "down": ("down_is_up", "Down adds one: the sign is the wrong way round."),
}


def properties(name, passed):
    """The property dicts of a check of which those named in `passed` hold."""
    rows = []
    for key, points, statement in PROPERTIES[name]:
        mistake, sentence = MISTAKES.get(key, ("", "")) if key not in passed else ("", "")
        row = {"id": key, "points": points, "statement": statement, "passed": key in passed, "mistake": mistake}
        rows.append({**row, "diagnosis": sentence, "expected": "4.0", "received": f"5.0 {EVIL}"})
    return rows


def mark(name, passed, status="marked", message=""):
    """One coded exercise's mark."""
    rows = properties(name, passed)
    points = sum(row["points"] for row in rows if row["passed"])
    return ExerciseMark(name, f"check_{name}", points, sum(r["points"] for r in rows), status, message, rows)


def written(name, maximum, status="manual"):
    """One written answer's mark, before a person has looked at it."""
    message = "No answer was written." if status == "empty" else "Waits for a person to mark it in formgrader."
    return ExerciseMark(name, name, 0.0, maximum, status, message)


def outcome(student, double=("length", "twice"), up_down=("up", "down", "types"), flags=(), repairs=(), **answers):
    """A student's outcome with the given properties passed; keyword arguments replace answers in the notebook."""
    notebook = cleaning.clean(as_bytes(submission(**answers)), release()).notebook
    marks = [mark("double", double), mark("Up_Down", up_down), written("written_linear", 3)]
    marks.append(written("written_inverse", 2, "empty" if answers.get("written_inverse") == "" else "manual"))
    return Outcome(student, "small", Verdict(marks, list(flags)), list(repairs), None, notebook)


def unread(student, problem):
    """The outcome of a file that could not be read."""
    marks = [ExerciseMark(n, f"check_{n}", 0.0, 4.0, "unread", problem) for n in PROPERTIES]
    return Outcome(student, "small", Verdict(marks), [], problem)


def classroom(size=24, seed=0):
    """A class with every kind of trouble in it."""
    rng = random.Random(seed)
    made = []
    for number in range(size):
        double = [key for key, _, _ in PROPERTIES["double"] if rng.random() < 0.8]
        up_down = [key for key, _, _ in PROPERTIES["Up_Down"] if rng.random() < 0.7]
        made.append(outcome(f"student_{number:03}", double, up_down))
    long = ANSWERS["Up_Down"] + "\n\n\n" + "\n".join(f"value_{k} = Up()({k}) * {k} - Down()({k + 1})" for k in range(6))
    made.append(outcome("copy_a", Up_Down=long))
    made.append(outcome("copy_b", Up_Down=long.replace("value", "result").replace(" = ", "=")))
    flag = Flag("reference", f"The answer calls the course's own double {EVIL}.", "double")
    made.append(outcome(EVIL_NAME, [], [], [flag], written_linear=f"=cmd()|' /C calc'!A0 {EVIL}"))
    made[-1].verdict.exercises[0] = mark("double", [], "timeout", f"The answer was stopped: out of time {EVIL}.")
    repairs = [Repair("points", "The cell claimed 400 points; it has 4.", "check_double")]
    made.append(outcome("repaired", repairs=[*repairs, Repair("salvaged", f"The notebook is damaged {EVIL}.")]))
    made.append(unread("lost", f"The file is a PDF file, not a notebook {EVIL}."))
    return made
