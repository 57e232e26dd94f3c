"""The warm process: imports everything once, then forks a sealed-off child for each exercise it is asked to host.

It never runs a line of a student's code itself. On its control socket it takes the orders of `grading.sandbox.orders`: a child to
host, libraries to import, or a listener to which further judges of this machine connect, each served by a copy of this process.
A child reports Started once it is sealed off and before it touches the answer; the template reports its Ending.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np
import torch

from grading.sandbox import orders
from grading.sandbox.inside import hugepages, isolation, runner, slicing
from grading.sandbox.orders import Ending, Options


def main(control_fd: int, plain: dict) -> None:
    """Import, then serve until the judge closes the control socket."""
    options = Options.from_plain(plain)
    warm(options.preload, options.known)
    hugepages.collapse()
    serve(socket.socket(fileno=control_fd), options)


def serve(control: socket.socket, options: Options) -> None:
    """Report ready, then do what the judge orders until it hangs up."""
    listener: socket.socket | None = None
    files: list[int] = []
    sessions: dict[int, int] = {}
    lines, wake_up = orders.Lines(), _wake_up_pipe()
    _say(control, orders.Ready())
    while True:
        waiting: list[socket.socket | int] = [control, wake_up]
        heard, _, _ = select.select([*waiting, listener] if listener else waiting, [], [])
        if wake_up in heard:
            os.read(wake_up, 4096)
            for message in _ended(sessions):
                _say(control, message)
        if listener is not None and listener in heard:
            _copy_for(listener, control, options)
        if control not in heard:
            continue
        data, more, _flags, _address = socket.recv_fds(control, 65536, 4)
        if not data:
            return
        files += more
        for order in lines.feed(data):
            if isinstance(order, orders.Preload):
                warm(order.modules, order.known)
                hugepages.collapse()
                _say(control, orders.Ready())
            elif isinstance(order, orders.Listen):
                listener = socket.socket(fileno=files.pop(0))
            elif isinstance(order, orders.Host):
                _host(control, files.pop(0), order, options, sessions)


def _wake_up_pipe() -> int:
    """A file that can be read from whenever a child has ended."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler the wake-up file is not written to
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def _ended(sessions: dict[int, int]) -> Iterator[Ending]:
    """Take in the children that have ended; for each that hosted an answer, what the judge should know."""
    while True:
        try:
            pid, status, used = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid in sessions:
            yield ending(status, used, sessions.pop(pid))


def ending(status: int, used: resource.struct_rusage, number: int = 0) -> Ending:
    """What os.wait4 says of a session's process, as a report."""
    killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return Ending(killed_by, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, number)


def _copy_for(listener: socket.socket, control: socket.socket, options: Options) -> None:
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


def _host(control: socket.socket, channel: int, order: orders.Host, options: Options, sessions: dict[int, int]) -> None:
    """Start a child for one exercise."""
    try:
        child = isolation.fork_apart(options.home) if options.isolate else os.fork()
    except OSError as error:
        _say(control, orders.Started(order.number, error=str(error)))
    else:
        if child == 0:
            _become_child(control, channel, order, options)
        sessions[child] = order.number
    os.close(channel)


def warm(preload: list[str], known: list[str]) -> None:
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


def _become_child(control: socket.socket, channel: int, order: orders.Host, options: Options) -> None:
    """Seal this process off, say so, then run the answer; never returns."""
    try:
        try:
            _seal_off(order, options)
            handle = [os.pidfd_open(os.getpid())] if hasattr(os, "pidfd_open") else []
            _say(control, orders.Handle(order.number), handle)  # now: no descriptor can be sent later on
            if options.isolate:
                isolation.filter_system_calls()
        except BaseException as error:
            _say(control, orders.Started(order.number, error=f"{type(error).__name__}: {error}"))
            return
        _say(control, orders.Started(order.number, os.getpid()))
        isolation.keep_only(channel)
        runner.serve(socket.socket(fileno=channel))
    finally:
        os._exit(1)


def _seal_off(order: orders.Host, options: Options) -> None:
    user = os.getppid() % 1000 * 1000 + order.number % 1000
    isolation.die_with_parent()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()  # else a signal to its process group would reach the template
    if options.isolate:
        if options.first_uid:
            isolation.become(1 + user % (isolation.USERS - 1))
        isolation.leave_all_others()
    isolation.prefer_for_oom_kill()
    isolation.limit(order.cpu_seconds, order.memory_mb, order.file_mb)
    os.environ.clear()
    os.environ.update({"HOME": "/tmp", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MPLBACKEND": "agg"})
    if options.isolate:
        isolation.no_further_namespaces()
        isolation.private_mounts(order.tmp_mb)
        isolation.freeze_nodes()
    os.chdir("/tmp")
    if options.isolate:
        isolation.drop_capabilities()


def _say(control: socket.socket, report: orders.Report, files: Sequence[int] = ()) -> None:
    if files:
        socket.send_fds(control, [orders.line(report)], files)
    else:
        control.sendall(orders.line(report))
