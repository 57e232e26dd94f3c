"""Hostile, broken and odd submissions: each gets the mark, the status, the message and the flags written at its head."""

import os
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests import marking

SUBMISSIONS = sorted(marking.ADVERSARIAL.glob("*.py"))


def state() -> dict[str, object]:
    """What of the host a submission could have touched: nodes, counters of the kernel, files and processes of sandboxes."""
    about = {node: os.stat(node) for node in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/tty", "/dev/full")}
    found: dict[str, object] = {node: (s.st_mode, s.st_uid, s.st_gid) for node, s in about.items()}
    found |= {f"{node} changed": s.st_mtime == 123456789 for node, s in about.items()}
    for counter in ("/proc/sys/fs/aio-nr", "/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg"):
        found[counter] = Path(counter).read_text()
    return found


@pytest.fixture
def canary(judge):
    """After a hostile submission an honest one is marked in full, and the host is as it was just before.

    (Not as it was before all: other people's programs use some of the machine's counters, too.)
    """
    before = state()
    yield
    judge.limits = {}
    (honest, *_others) = judge.mark(marking.answered(ConvBlock=None, EncBlock_DecBlock=None)).exercises
    assert (honest.points, honest.status) == (4, "marked"), honest.message
    assert state() == before


def mark(judge, case, **answers):
    limits = replace(judge.sandbox.plan.limits, cpu_seconds=case.cpu, wall_seconds=case.wall)
    judge.limits = {exercise.grade_id: limits for exercise in judge.assignment.exercises}
    verdict = judge.mark(marking.answered(**{case.exercise: case.text} | answers))
    return {mark.name: mark for mark in verdict.exercises}, verdict.flags


def test_there_are_enough_of_them():
    assert len(SUBMISSIONS) >= 100


@pytest.mark.parametrize("path", SUBMISSIONS, ids=lambda path: path.stem)
def test_gets_what_it_must_get(judge, canary, path):
    case = marking.hostile(path)
    others = {"cosine_beta_schedule", "ConvBlock", "EncBlock_DecBlock"} - {case.exercise}
    marks, flags = mark(judge, case, **dict.fromkeys(others))
    found = marks[case.exercise]
    pattern = ".*".join(re.escape(part) for part in case.message.split("<any>"))
    assert re.fullmatch(pattern, found.message, re.S), found.message
    assert (found.points, found.status) == (case.points, case.status)
    assert [flag.kind for flag in flags] == case.flags


@pytest.mark.parametrize("name", ["spoils_the_next_exercise", "os_exit", "patches_the_channel", "kills_everybody"])
def test_the_other_exercises_keep_their_marks(judge, name):
    marks, _flags = mark(judge, marking.hostile(marking.ADVERSARIAL / f"{name}.py"))
    assert marks["ConvBlock"].points == marks["ConvBlock"].max
    assert marks["EncBlock_DecBlock"].points == marks["EncBlock_DecBlock"].max


def test_a_pickle_sent_as_a_reply_runs_nowhere(judge, tmp_path):
    witness = tmp_path / "owned"
    text = (marking.ADVERSARIAL / "sends_a_pickle.py").read_text().replace("/tmp/owned", str(witness))
    path = tmp_path / "sends_a_pickle.py"
    path.write_text(text)
    mark(judge, marking.hostile(path), ConvBlock=None, EncBlock_DecBlock=None)
    assert not witness.exists()


@pytest.mark.parametrize(
    "body",
    ["(" * 3000 + "0" + ")" * 3000, "-" * 200_000 + "1", "'\0'", "[" * 90 + "]" * 90, "x" + ".a" * 100_000],
    ids=["brackets", "minus signs", "null byte", "lists", "attributes"],
)
def test_source_beyond_the_parser_costs_one_exercise(judge, body):
    text = f"def cosine_beta_schedule(T, s=0.008):\n    return {body}\n"
    case = marking.Hostile("odd", "", text, "cosine_beta_schedule", 0, "", "")
    marks, _flags = mark(judge, case, EncBlock_DecBlock=None)
    assert marks["cosine_beta_schedule"].points == 0
    assert marks["cosine_beta_schedule"].status in ("error", "died", "marked")
    assert marks["ConvBlock"].points == marks["ConvBlock"].max


def test_reading_replies_of_the_largest_size_is_on_the_answers_clock(judge, canary):
    text = "def cosine_beta_schedule(T, s=0.008):\n    return [torch.zeros(1_000_000) for _ in range(38)]\n"
    case = marking.Hostile("large", "", text, "cosine_beta_schedule", 0, "", "", wall=4.0)
    started = time.monotonic()
    marks, _flags = mark(judge, case, ConvBlock=None, EncBlock_DecBlock=None)
    assert marks["cosine_beta_schedule"].points == 0
    assert time.monotonic() - started < 60  # on a busy machine; without a limit it would be minutes
