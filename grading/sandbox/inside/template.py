"""The warm process: imports everything once, then forks a sealed-off child for each exercise it is asked to host.

It never runs a line of a student's code itself. On its control socket it takes orders, one JSON line each: a child to host (with
the child's channel attached as a file descriptor), libraries to import, or a listener (a listening socket, attached) to which
further judges of this machine connect: each gets a copy of this process. A child says "started" (with a pidfd of itself attached)
once it is sealed off and before it touches the answer; the template says "ended" when it is gone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress

import numpy as np
import torch

from grading.sandbox.inside import hugepages, isolation, runner, slicing


def main(control_fd: int, options: dict) -> None:
    """Import, then serve until the judge closes the control socket."""
    warm(options["preload"], options["known"])
    hugepages.collapse()
    serve(socket.socket(fileno=control_fd), options)


def serve(control: socket.socket, options: dict) -> None:
    """Report ready, then do what the judge orders until it hangs up."""
    listener, rest, files, sessions, wake_up = None, b"", [], {}, _wake_up_pipe()
    _say(control, {"ready": True})
    while True:
        heard, _, _ = select.select([control, wake_up, *([listener] if listener else [])], [], [])
        if wake_up in heard:
            os.read(wake_up, 4096)
            for message in _ended(sessions):
                _say(control, message)
        if listener in heard:
            _copy_for(listener, control, options)
        if control not in heard:
            continue
        data, more, _flags, _address = socket.recv_fds(control, 65536, 4)
        if not data:
            return
        files += more
        *lines, rest = (rest + data).split(b"\n")
        for order in map(json.loads, lines):
            if "preload" in order:
                warm(order["preload"], order["known"])
                hugepages.collapse()
                _say(control, {"ready": True})
            elif "listen" in order:
                listener = socket.socket(fileno=files.pop(0))
            else:
                _host(control, files.pop(0), order, options, sessions)


def _wake_up_pipe() -> int:
    """A file that can be read from whenever a child has ended."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler the wake-up file is not written to
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def _ended(sessions: dict[int, int]):
    """Take in the children that have ended; for each that hosted an answer, what the judge should know."""
    while True:
        try:
            pid, status, used = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid in sessions:
            killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            cpu = used.ru_utime + used.ru_stime
            yield {"ended": sessions.pop(pid), "signal": killed_by, "cpu": cpu, "memory_mb": used.ru_maxrss // 1024}


def _copy_for(listener: socket.socket, control: socket.socket, options: dict) -> None:
    """Let another judge in: fork a copy of this process that serves it alone and ends when it hangs up."""
    guest, _address = listener.accept()
    with guest:
        if os.fork() == 0:
            isolation.die_with_parent()
            control.close()
            listener.close()
            try:
                serve(guest, options)
            finally:
                os._exit(0)


def _host(control: socket.socket, channel: int, order: dict, options: dict, sessions: dict[int, int]) -> None:
    """Start a child for one exercise."""
    try:
        child = isolation.fork_apart(options["home"]) if options["isolate"] else os.fork()
    except OSError as error:
        _say(control, {"started": order["id"], "error": str(error)})
    else:
        if child == 0:
            _become_child(control, channel, order | {"user": os.getppid() % 1000 * 1000 + order["id"] % 1000}, options)
        sessions[child] = order["id"]
    os.close(channel)


def warm(preload: list[str], known: list) -> None:
    """Import what answers import, parse what they have in common, and touch the kernels that they use, without a gradient."""
    torch.set_num_threads(1)  # a thread pool would not survive a fork
    np.random.seed(0)  # NumPy loads its generators when they are first used
    for name in preload:
        with suppress(Exception):
            importlib.import_module(name)
    slicing.learn(known)
    runner.known_libraries.update(sys.modules)
    with torch.no_grad():
        x = torch.ones(2, 8, 8, 8)
        x = torch.nn.functional.group_norm(torch.nn.Conv2d(8, 8, 3, padding=1)(x), 2)
        x = torch.nn.functional.silu(torch.nn.ConvTranspose2d(8, 8, 2, 2)(torch.nn.MaxPool2d(2)(x)))
        q = torch.nn.Linear(8, 8)(x.flatten(2).transpose(1, 2))
        torch.nn.functional.scaled_dot_product_attention(q, q, q)
    gc.collect()
    gc.freeze()  # children share these pages for as long as nobody writes to them


def _become_child(control: socket.socket, channel: int, order: dict, options: dict) -> None:
    """Seal this process off, say so, then run the answer; never returns."""
    try:
        try:
            _seal_off(order, options)
            handle = [os.pidfd_open(os.getpid())] if hasattr(os, "pidfd_open") else []
            _say(control, {"handle": order["id"]}, handle)  # now: no descriptor can be sent later on
            if options["isolate"]:
                isolation.filter_system_calls()
        except BaseException as error:
            _say(control, {"started": order["id"], "error": f"{type(error).__name__}: {error}"})
            return
        _say(control, {"started": order["id"], "pid": os.getpid()})
        isolation.keep_only(channel)
        runner.serve(socket.socket(fileno=channel))
    finally:
        os._exit(1)


def _seal_off(order: dict, options: dict) -> None:
    isolation.die_with_parent()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()  # else a signal to its process group would reach the template
    if options["isolate"]:
        if options["first_uid"]:
            isolation.become(1 + order["user"] % (isolation.USERS - 1))
        isolation.leave_all_others()
    isolation.prefer_for_oom_kill()
    isolation.limit(order["cpu_seconds"], order["memory_mb"], order["file_mb"])
    os.environ.clear()
    os.environ.update({"HOME": "/tmp", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MPLBACKEND": "agg"})
    if options["isolate"]:
        isolation.no_further_namespaces()
        isolation.private_mounts(order["tmp_mb"])
        isolation.freeze_nodes()
    os.chdir("/tmp")
    if options["isolate"]:
        isolation.drop_capabilities()


def _say(control: socket.socket, message: dict, files: list[int] = ()) -> None:
    text = json.dumps(message).encode() + b"\n"
    if files:
        socket.send_fds(control, [text], files)
    else:
        control.sendall(text)
