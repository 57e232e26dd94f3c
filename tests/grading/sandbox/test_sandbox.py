"""The sandbox: what it shuts out, that nothing survives in it, and how it is started."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch

from grading.marking.judge import Judge
from grading.sandbox import backends, bubblewrap, folder, host, protocol, standins
from grading.sandbox.exchange import Program, Question
from grading.sandbox.host import Sandbox
from grading.sandbox.inside import seccomp
from grading.sandbox.inside.isolation import NODES
from grading.sandbox.supervision import SandboxLost
from helpers.checks.messages import Request
from tests import marking


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox("bubblewrap") as sandbox:
        yield sandbox


def program(text, *targets):
    return Program([("cell 1", text)], targets or ["f"])


def request(*args):
    return Question("f", request=Request("call", args))


def value(sandbox, text, *args, limits=None):
    session = sandbox.open(limits)
    session.load(program(text))
    try:
        reply = session.ask(request(*args))
        return reply.reply["value"] if reply.reply else reply.error["message"]
    finally:
        session.close()


def test_a_function_answers_with_plain_numbers(sandbox):
    assert torch.equal(value(sandbox, "def f(x):\n    return 2 * x\n", torch.ones(3)), torch.full((3,), 2.0))


LEAVE = """
import os, threading, sys
def f():
    for place in ("/tmp/note", "/dev/shm/note"):
        open(place, "w").write("betas")
    os.environ["NOTE"] = "betas"
    os.nice(5)
    os.umask(0)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sys.modules["note"] = sys
    import torch
    torch.note = "betas"
    threading.Thread(target=__import__("time").sleep, args=(1000,)).start()
    return "left"
"""
FIND = """
import os, sys, threading
def f():
    import torch
    return str([
        os.listdir("/tmp"), os.listdir("/dev/shm"), "NOTE" in os.environ, os.nice(0), os.umask(0),
        len(os.sched_getaffinity(0)), "note" in sys.modules, hasattr(torch, "note"), threading.active_count(),
    ])
"""


def test_nothing_of_one_submission_survives_into_the_next(sandbox):
    before = value(sandbox, FIND)
    assert value(sandbox, LEAVE) == "left"
    assert value(sandbox, FIND) == before


def test_two_sessions_at_once_see_nothing_of_each_other(sandbox):
    first, second = sandbox.open(), sandbox.open()
    first.load(program(LEAVE))
    first.ask(request())
    second.load(program(FIND))
    assert second.ask(request()).reply["value"].startswith("[[], [], False")
    first.close()
    second.close()


def test_no_process_is_left_after_a_session(sandbox):
    value(sandbox, "def f():\n    return 1\n")
    assert settles(sandbox, IDLE)
    session = sandbox.open()
    session.load(program(LEAVE))
    session.ask(request())
    assert settles(sandbox, IDLE + 1)  # the answer's process
    session.close()
    assert settles(sandbox, IDLE)


IDLE = 3  # bubblewrap's own first process, the one that made the template's namespaces, and the template


def settles(sandbox, count) -> bool:
    """Whether the number of processes below bubblewrap becomes `count`, given a little time."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if len(psutil.Process(sandbox._template.pid).children(recursive=True)) == count:
            return True
        time.sleep(0.05)
    return False


def test_the_process_has_no_capability_and_runs_as_nobody_in_particular(sandbox):
    text = "import ctypes, os\ndef f():\n    libc = ctypes.CDLL(None)\n    data = (ctypes.c_uint32 * 6)()\n"
    text += "    libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), data)\n    return [*data, os.getuid(), libc.prctl(39, 0, 0, 0, 0)]\n"
    assert value(sandbox, text) == [0, 0, 0, 0, 0, 0, 1000, 1]  # the last: no_new_privs


def test_memory_is_bounded(sandbox):
    text = "def f():\n    return len(bytearray(700 * 2**20))\n"
    assert "MemoryError" in str(value_error(sandbox, text, memory_mb=512))
    assert value(sandbox, text, limits=replace(sandbox.plan.limits, memory_mb=1024)) == 700 * 2**20


def value_error(sandbox, text, **limits):
    session = sandbox.open(replace(sandbox.plan.limits, **limits))
    session.load(program(text))
    try:
        return session.ask(request()).error
    finally:
        session.close()


def test_wall_clock_time_is_bounded_from_outside(sandbox):
    session = sandbox.open(replace(sandbox.plan.limits, wall_seconds=1.0))
    session.load(program("import time\ndef f():\n    time.sleep(1000)\n"))
    started = time.monotonic()
    with pytest.raises(protocol.WireError, match="no reply in time"):
        session.ask(request())
    assert time.monotonic() - started < 30
    assert session.over.signal == signal.SIGKILL


def test_a_session_that_is_over_stays_over(sandbox):
    session = sandbox.open()
    session.load(program("import os\ndef f():\n    os._exit(0)\n"))
    for _ in range(2):
        with pytest.raises(protocol.WireError) as caught:
            session.ask(request())
        assert caught.value.kind == "closed"


def test_a_killed_template_is_started_again(sandbox):
    value(sandbox, "def f():\n    return 1\n")
    os.killpg(sandbox._template.pid, signal.SIGKILL)
    sandbox._template.wait()
    assert value(sandbox, "def f():\n    return 2\n") == 2


def test_a_template_that_cannot_start_says_why():
    class Broken(backends.Bubblewrap):
        def command(self, plan):
            return ["sh", "-c", "echo no such thing >&2; exit 3"]

    with Sandbox(Broken()) as sandbox, pytest.raises(SandboxLost, match="no such thing"):
        sandbox.open()


def test_the_sandbox_holds_no_test_no_solution_and_no_check(tmp_path):
    standins.build(tmp_path, standins.References.of_the_course())
    files = {path: path.read_text() for path in tmp_path.rglob("*.py")}
    assert not [path for path in files if "exercises" in path.parts or path.name in ("judge.py", "compare.py", "check.py")]
    assert "HIDDEN TESTS" not in "".join(files.values())


def test_folders_that_must_stay_hidden_are_covered(tmp_path):
    hidden = Path("/usr/share/class")
    line = backends.Bubblewrap().command(backends.Plan(tmp_path, hide=(hidden,), control=5))
    assert line.index(str(hidden)) > line.index("/usr")
    assert line[line.index(str(hidden)) - 1] == "--tmpfs"


def test_bubblewrap_gets_every_namespace_and_nothing_writable(tmp_path):
    line = backends.Bubblewrap().command(backends.Plan(tmp_path, control=5))
    wanted = {"--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"}
    assert wanted | {"--die-with-parent", "--new-session", "--clearenv"} <= set(line)
    assert "--bind" not in line
    assert ("--unshare-user" in line) == (os.geteuid() != 0)  # root becomes other users instead
    assert {line[i + 1] for i, word in enumerate(line) if word == "--dev-bind"} == set(NODES)
    repository = str(bubblewrap.REPOSITORY)
    assert repository not in [line[i + 1] for i, word in enumerate(line) if word.startswith("--ro-bind")]


@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_a_container_gets_no_network_no_rights_and_limits(engine, tmp_path):
    plan = backends.Plan(tmp_path, label="course-1")
    line = backends.Container(engine).command(plan)
    text = " ".join(line)
    for part in (
        "--network none",
        "--read-only",
        "--cap-drop ALL",
        "no-new-privileges",
        "--pids-limit 64",
        "--rm",
        "--interactive",
    ):
        assert part in text
    assert f"{tmp_path}:/sandbox:ro" in line
    assert line[0] == engine
    assert backends.Container(engine).stop(plan) == [engine, "kill", "course-1"]


class Uncontained(backends.Container):
    """The container backend with a plain process in the container's place."""

    def command(self, plan):
        line = super().command(plan)
        options = plan.options(isolate=False, site=[str(folder) for folder in backends.site_folders()])
        inside = line.index(backends.IMAGE) + 1
        start = [str(plan.root / "start.py") if word == "/sandbox/start.py" else word for word in line[inside:-1]]
        return [*backends.python(), *start[3:], options]

    def stop(self, plan):
        return ["true"]


def ending(text, **limits):
    """How a session of a container ends that is asked to do this."""
    with Sandbox(Uncontained("podman")) as sandbox:
        session = sandbox.open(replace(sandbox.plan.limits, **limits))
        session.load(program(text))
        with pytest.raises(protocol.WireError) as caught:
            session.ask(request())
        return caught.value.kind, session.over


def test_a_container_says_how_much_time_was_used_without_that_of_the_imports():
    kind, over = ending("def f():\n    while True:\n        pass\n", cpu_seconds=1, wall_seconds=120.0)
    assert (kind, over.signal) == ("closed", signal.SIGKILL)
    assert 0.9 < over.cpu < 1.5  # the limit is the answer's alone: importing torch has taken more
    kind, over = ending("import time\ndef f():\n    time.sleep(1000)\n", wall_seconds=2.0)
    assert kind == "late"
    assert over.signal == signal.SIGKILL
    assert over.cpu < 1
    assert over.memory_mb > 50


def test_a_container_that_does_not_start_says_why():
    class Broken(Uncontained):
        def command(self, plan):
            return ["sh", "-c", "echo no such image >&2; exit 125"]

    with Sandbox(Broken("podman")) as sandbox, pytest.raises(SandboxLost, match="did not start: no such image"):
        sandbox.open()


def test_whole_assignments_are_marked_by_way_of_containers():
    with Sandbox(Uncontained("podman")) as sandbox:
        judge = Judge(marking.source(), marking.NAME, sandbox)
        (mark, *_others) = judge.mark(marking.answered(ConvBlock=None, EncBlock_DecBlock=None)).exercises
        assert (mark.points, mark.status) == (4, "marked")
        assert mark.seconds > 0
        text = "def cosine_beta_schedule(T, s=0.008):\n    while True:\n        pass\n"
        judge.limits = {"check_cosine_beta_schedule": replace(sandbox.plan.limits, cpu_seconds=1, wall_seconds=120.0)}
        notebook = marking.answered(cosine_beta_schedule=text, ConvBlock=None, EncBlock_DecBlock=None)
        mark = judge.mark(notebook).exercises[0]
        assert (mark.points, mark.status) == (0, "timeout")
        assert "1 seconds of processor time" in mark.message


def test_the_channel_to_a_container_is_its_standard_input_and_output():
    with Sandbox(Uncontained("podman")) as sandbox:
        assert value(sandbox, "def f(x):\n    print('noise')\n    return x + 1\n", 1) == 2
        session = sandbox.open(replace(sandbox.plan.limits, wall_seconds=60.0))
        session.load(program("import os\ndef f():\n    os._exit(0)\n"))
        with pytest.raises(protocol.WireError) as caught:
            session.ask(request())
        assert caught.value.kind == "closed"


def test_without_any_backend_it_refuses_and_says_what_to_install(monkeypatch):
    monkeypatch.setattr(backends.shutil, "which", lambda name: None)
    with pytest.raises(ValueError, match=r"Install bubblewrap.*--unsafe-no-sandbox"):
        backends.choose("auto")
    with pytest.raises(ValueError, match="bubblewrap can't be used"):
        backends.choose("bubblewrap")
    assert backends.choose("unsafe").name == "unsafe"


def test_an_unknown_backend_is_named():
    with pytest.raises(ValueError, match="got 'chroot'"):
        backends.choose("chroot")


def test_without_isolation_the_same_answers_come_back():
    with Sandbox("unsafe") as sandbox:
        assert value(sandbox, "def f(x):\n    return x + 1\n", 1) == 2


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_system_call_filter_jumps_inside_itself(machine):
    code = seccomp.program(machine)
    assert len(code) % 8 == 0
    steps = [code[i : i + 8] for i in range(0, len(code), 8)]
    for place, step in enumerate(steps):
        kind, if_true, if_false = int.from_bytes(step[:2], "little"), step[2], step[3]
        if kind != seccomp.RETURN and kind != seccomp.LOAD:
            assert place + 1 + max(if_true, if_false) < len(steps)
    assert int.from_bytes(steps[-1][:2], "little") == seccomp.RETURN
    assert seccomp.program("riscv64") == b""


@pytest.fixture(scope="module")
def listener(sandbox):
    """What another judge needs to come into the sandbox's template."""
    return sandbox.share()


def test_who_comes_to_the_listener_needs_no_template_and_leaves_nothing(sandbox, listener):
    before = value(sandbox, FIND)
    with Sandbox("bubblewrap", listener=listener) as guest:
        assert value(guest, LEAVE) == "left"
        assert guest._template is None
        assert value(guest, FIND) == value(sandbox, FIND) == before
        assert settles(sandbox, IDLE + 1)  # the guest's copy of the template
    assert settles(sandbox, IDLE)


GUEST = """
import sys, time
from grading.sandbox import host
from grading.sandbox.host import Sandbox
guest = Sandbox("bubblewrap", listener=sys.argv[1])
session = guest.open()
print("in", guest._template, flush=True)
time.sleep(1000)
"""


def test_a_judge_that_is_killed_takes_its_sessions_with_it(sandbox, listener):
    sandbox.open().close()
    guest = subprocess.Popen([sys.executable, "-c", GUEST, listener], stdout=subprocess.PIPE, text=True)
    assert guest.stdout.readline() == "in None\n"
    assert settles(sandbox, IDLE + 2)  # the copy and the session's process
    guest.kill()
    guest.wait()
    assert settles(sandbox, IDLE)


def test_who_finds_nobody_listening_starts_a_template(tmp_path):
    with Sandbox("bubblewrap", listener=str(tmp_path / "listener")) as guest:
        assert value(guest, "def f():\n    return 1\n") == 1
        assert guest._template is not None


def test_no_answer_sees_the_listener(sandbox, listener):
    text = f"import os, socket\ndef f():\n    return os.path.exists({listener!r}) or os.path.exists('/sandbox/../listener')\n"
    assert value(sandbox, text) is False
    text = f"import socket\ndef f():\n    socket.socket(socket.AF_UNIX).connect({listener!r})\n"
    assert value_error(sandbox, text)["kind"] == "raised"


def test_a_process_that_could_not_be_sealed_off_is_the_sandboxs_failure_and_not_the_answers():
    with Sandbox("bubblewrap") as own:
        with pytest.raises(SandboxLost, match="no sealed-off process could be made: OSError: .*mount /tmp"):
            own.open(replace(own.plan.limits, tmp_mb=-1))
        assert value(own, "def f():\n    return 1\n") == 1


def test_libraries_are_added_while_the_template_runs(sandbox):
    template, text = sandbox._template, "import sys\ndef f():\n    return 'this' in sys.modules\n"
    assert value(sandbox, text) is False
    sandbox.preload({"this"})
    assert value(sandbox, text) is True
    assert sandbox._template is template


def test_other_peoples_folders_stop_nobody_and_live_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(host.tempfile, "tempdir", str(tmp_path))
    for name in ("course-sandbox-²-x", "course-sandbox-", "course-sandbox-99999999-x"):
        (tmp_path / name).mkdir()
    (tmp_path / "course-sandbox-link").symlink_to(tmp_path)
    (tmp_path / "course-sandbox-file").write_text("")
    with Sandbox("unsafe") as live:
        killed = tmp_path / "course-sandbox-killed"
        killed.mkdir()
        (killed / folder.OWNER).write_text("")  # nobody holds the lock
        with Sandbox("unsafe"):
            assert live._folder.path.exists()
            assert not killed.exists()
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give each session a user of its own")
def test_roots_sessions_are_each_a_user_of_their_own(sandbox):
    users = set()
    for _ in range(3):
        session = sandbox.open()
        users.add(session.supervisor.user())
        session.close()
    assert len(users) == 3
    assert min(users) > bubblewrap.FIRST_UID


def test_a_refused_call_and_one_of_the_future(sandbox):
    text = "import ctypes\ndef f(number):\n    libc = ctypes.CDLL(None, use_errno=True)\n"
    text += "    return [libc.syscall(number, 0, 0, 0), ctypes.get_errno()]\n"
    assert value(sandbox, text, 165) == [-1, 1]  # mount
    assert value(sandbox, text, 999) == [-1, 38]
