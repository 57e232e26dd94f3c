"""What the judge's end of the sandbox says and does when the other end, an engine or the machine fails: each way by itself."""

import os
import socket
import subprocess
import sys

import pytest
import torch

from grading.sandbox import backends, bubblewrap, orders, protocol
from grading.sandbox.exchange import Answer, Question, rebuilt, reply_as_plain, subject_error
from grading.sandbox.host import Sandbox
from grading.sandbox.inside import failures, slicing
from grading.sandbox.orders import Ending, Limits
from grading.sandbox.session import Session
from grading.sandbox.supervision import Control, Forked, SandboxLost
from helpers.checks.messages import Reply


def program(folder, name, text):
    """A command of this name, first on the path."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def commands(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_where_bubblewrap_is_missing_a_container_is_taken_once_its_image_is_there(commands):
    program(commands, "podman", "echo 'Error: inspecting object: no such image' >&2; exit 125")
    with pytest.raises(backends.SandboxUnavailable, match="bwrap.* is not installed; podman has no image .*podman build -t"):
        backends.choose()
    program(commands, "podman", "exit 0")
    assert backends.choose().name == "podman"


@pytest.mark.parametrize("ubuntu", [False, True])
def test_a_bubblewrap_that_may_not_make_namespaces_says_what_it_said(commands, monkeypatch, ubuntu):
    program(commands, "bwrap", "echo no permissions >&2; exit 1")
    monkeypatch.setattr(bubblewrap.Path, "exists", lambda path: ubuntu)
    with pytest.raises(backends.SandboxUnavailable, match="may not make namespaces here: no permissions") as caught:
        backends.choose("bubblewrap")
    assert ("sysctl" in str(caught.value)) == ubuntu


def test_the_command_for_an_ordinary_user_and_for_a_system_whose_bin_is_a_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(bubblewrap.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(bubblewrap.os.path, "islink", lambda path: False)
    line = backends.Bubblewrap().command(backends.Plan(tmp_path, control=5))
    assert "--unshare-user" in line
    assert "--symlink" not in line
    assert line[line.index("/bin") - 1 : line.index("/bin") + 2] == ["--ro-bind", "/bin", "/bin"]


def test_frames_to_one_who_has_gone_or_does_not_listen(pair):
    ours, theirs = pair
    with pytest.raises(protocol.WireError, match="not taken in time") as caught:
        protocol.send(ours, b"n" * 16, torch.zeros(2_000_000), deadline=0.0)
    assert caught.value.kind == "late"
    theirs.close()
    for act in (lambda: protocol.send(ours, b"n" * 16, [1]), lambda: protocol.receive(ours)):
        with pytest.raises(protocol.WireError) as caught:
            act()
        assert caught.value.kind == "closed"
    ours.close()
    with pytest.raises(protocol.WireError, match="has gone"):
        protocol.receive(ours)


def test_a_template_that_is_silent_or_gone_is_lost(pair):
    ours, theirs = pair
    control = Control(ours)
    with pytest.raises(SandboxLost, match="did not say 'Ready' in time"):
        control.read(orders.Ready, 0.05)
    with open(os.devnull) as file:
        socket.send_fds(theirs, [b"{}\n"], [file.fileno()])
    with pytest.raises(SandboxLost, match="did not say"):
        control.read(orders.Ready, 0.05)
    (handle,) = control.handles
    theirs.close()
    with pytest.raises(SandboxLost, match="template ended"):
        control.read(orders.Ready, 5)
    with pytest.raises(SandboxLost, match="takes no orders"):
        control.say(orders.Listen())
    control.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handle)
    with pytest.raises(SandboxLost, match="can't be heard"):
        control.read(orders.Ready, 5)


def test_a_session_of_which_nobody_can_say_anything(pair):
    ours, _theirs = pair
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    forked = Forked(Control(ours), 1, child.pid)  # without namespaces and without a handle
    assert (forked.user(), forked.queued()) == (None, 0.0)
    ours.close()
    with pytest.raises(SandboxLost, match="can't be heard"):
        forked.finish(0)
    assert child.wait(10) == -9


class Silent:
    """A supervisor of nothing."""

    def finish(self, patience):
        return Ending()

    def queued(self):
        return 1.5


def test_a_reply_that_nobody_asked_for_and_one_of_another_shape_end_the_session(pair):
    ours, theirs = pair
    theirs.sendall(b"x")
    session = Session(ours, Silent(), Limits(wall_seconds=5.0))
    with pytest.raises(protocol.WireError) as caught:
        session.ask(Question())
    assert (caught.value.kind, session.over) == ("forged", Ending())
    for plain in ([1], {"reply": 1}, {"surprise": {}}):
        with pytest.raises((TypeError, ValueError)):
            Answer.from_plain(plain)


def test_nonsense_about_a_call_is_an_error_and_sense_comes_back():
    told = reply_as_plain(Reply(torch.ones(2), {}, [], {}, {}, {}, {}, [], "", 0.5), None)
    assert rebuilt(told).seconds == 0.5
    for change in ({"seconds": 1e9}, {"seconds": -1}, {"seconds": float("nan")}, {"module": -1}, {"stdout": 3}):
        with pytest.raises((TypeError, ValueError)):
            rebuilt({**told, **change})
    with pytest.raises(ValueError, match="in text"):
        subject_error({"kind": "raised", "type_name": 1, "message": "", "where": ""})


def test_a_sandbox_that_does_not_start_or_is_none_is_not_shared():
    class Broken(backends.Bubblewrap):
        def command(self, plan):
            return ["false"]

    with Sandbox(Broken()) as sandbox:
        assert sandbox.share() == ""
    with Sandbox(backends.Container("podman")) as sandbox:
        assert sandbox.share() == ""


@pytest.mark.parametrize("source", ["x = '\0'", "(" * 5_000, "%%time\n("])
def test_cells_that_cant_be_parsed_are_failures_with_a_reason(source):
    (cell,) = slicing.parsed([["cell 1", source]])
    assert cell.nodes == []
    assert isinstance(cell.error, SyntaxError)
    said = failures.why_missing("f", [["cell 1", source]], [])
    assert said.kind == "unattempted"


def test_an_exception_without_a_readable_message_still_has_a_reason():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    assert failures._message(Mute()) == "(the exception has no readable message)"
    assert failures._message(SyntaxError("bad", ("cell", 1, 1, "  f(\n"))) == "bad: f("
    assert failures._message(SyntaxError("bad")) == "bad"
