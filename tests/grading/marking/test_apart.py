"""Reading and rendering in a process apart: what takes too long or too much is killed, and a person is told."""

import os
import signal
import threading
import time

import nbformat
import pytest

from grading.intake import cleaning
from grading.marking import apart
from grading.marking.apart import Reader, Setting, TooMuch
from grading.model import Outcome, Verdict
from tests import marking


@pytest.fixture
def setting(tmp_path):
    return Setting(marking.NAME, nbformat.writes(marking.release()), {}, str(tmp_path / "out"))


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "ada" / f"{marking.NAME}.ipynb"
    place.parent.mkdir()
    nbformat.write(marking.answered(), place)
    return place.parent


def reader(setting, **options):
    return Reader(setting, **options)


def test_it_reads_as_intake_does(setting, folder):
    found = reader(setting)
    clean = found.clean(folder)
    assert clean == cleaning.clean(folder, marking.release(), marking.NAME)
    found.write_papers(Outcome("ada", marking.NAME, Verdict(), clean.repairs, None, clean.notebook).as_json())
    assert list((folder.parent / "out" / "feedback" / "ada").glob("*.html"))
    found.close()


def hang(setting, release, **arguments):
    while True:
        pass


def eat(setting, release, **arguments):
    return {"eaten": len([bytearray(64 * 2**20) for _ in range(64)])}


def end(setting, release, **arguments):
    os._exit(3)


@pytest.mark.parametrize(("task", "said"), [(hang, "took more than"), (eat, "MemoryError"), (end, "ended the process")])
def test_what_takes_too_much_is_ended_and_the_next_one_is_read(setting, folder, monkeypatch, task, said):
    found = reader(setting, seconds=1.0, memory_mb=512)
    with monkeypatch.context() as patched:
        patched.setitem(apart.TASKS, "clean", task)  # the process is a copy of this one
        clean = found.clean(folder)
    assert said in clean.problem
    found.close()
    assert found.clean(folder).problem is None
    found.close()


def test_a_process_that_was_killed_is_started_again(setting, folder):
    found = reader(setting)
    assert found.clean(folder).problem is None
    os.kill(found._pid, signal.SIGKILL)
    assert found.clean(folder).problem is None
    found.close()


def test_beside_other_threads_it_is_started_anew(setting, folder):
    going = threading.Event()
    thread = threading.Thread(target=going.wait, daemon=True)
    thread.start()
    found = reader(setting)
    assert found.clean(folder).problem is None
    found.close()
    going.set()


def test_results_that_cannot_be_written_are_an_error_of_the_folder(setting, folder):
    found = reader(Setting(setting.assignment, setting.release, {}, "/proc/nowhere"))
    with pytest.raises(OSError, match="nowhere"):
        found.write_papers(Outcome("ada", marking.NAME, Verdict()).as_json())
    found.close()


def test_it_ends_when_its_parent_hangs_up(setting, folder):
    found = reader(setting)
    found.clean(folder)
    found._channel.close()
    deadline = time.monotonic() + 30
    while os.waitpid(found._pid, os.WNOHANG) == (0, 0):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_it_says_is_for_people():
    assert str(TooMuch("took more than 30 seconds to read")).startswith("took")
