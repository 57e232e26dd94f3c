"""The warm process: imports everything once, then forks a sealed-off child for each exercise it is asked to host.

It never runs a line of a student's code itself. On its control socket it takes orders, one JSON line each: a child to host (with
the child's channel attached as a file descriptor), libraries to import, or a door (a listening socket, attached) through which
further judges of this machine come: each gets a copy of this process. A keeper, which is a child's only parent, answers with
"started" (and a pidfd) and "ended".
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
import traceback
from contextlib import suppress

import numpy as np
import torch

from grading.inside import hugepages, isolation, runner, slicing


def main(control_fd: int, options: dict) -> None:
    """Import, then serve until the judge closes the control socket."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are not waited for
    warm(options["preload"], options["known"])
    hugepages.collapse()
    serve(socket.socket(fileno=control_fd), options)


def serve(control: socket.socket, options: dict) -> None:
    """Report ready, then do what the judge orders until it hangs up."""
    door, rest, files = None, b"", []
    _say(control, {"ready": True})
    while True:
        heard, _, _ = select.select([control, door] if door else [control], [], [])
        if door in heard:
            _copy_for(door, control, options)
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
            elif "door" in order:
                door = socket.socket(fileno=files.pop(0))
            else:
                _host(control, files.pop(0), order, options)


def _copy_for(door: socket.socket, control: socket.socket, options: dict) -> None:
    """Let another judge in: fork a copy of this process that serves it alone and ends when it hangs up."""
    guest, _address = door.accept()
    with guest:
        if os.fork() == 0:
            isolation.die_with_parent()
            control.close()
            door.close()
            try:
                serve(guest, options)
            finally:
                os._exit(0)


def _host(control: socket.socket, channel: int, order: dict, options: dict) -> None:
    """Start a keeper for one child."""
    if os.fork() == 0:
        try:
            _keep(control, channel, order, options)
        except OSError as error:
            _say(control, {"started": order["id"], "error": str(error)})
        finally:
            os._exit(0)
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


def _keep(control: socket.socket, channel: int, order: dict, options: dict) -> None:
    """Start the child in its own namespaces, wait for it, say how it ended."""
    isolation.die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if options["isolate"]:
        isolation.new_namespaces()
    child = os.fork()
    if child == 0:
        _become_child(channel, order, options)
    os.close(channel)
    handle = [os.pidfd_open(child)] if hasattr(os, "pidfd_open") else []
    _say(control, {"started": order["id"], "pid": child}, handle)
    _pid, status, used = os.wait4(child, 0)
    killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    cpu = used.ru_utime + used.ru_stime
    _say(control, {"ended": order["id"], "signal": killed_by, "cpu": cpu, "memory_mb": used.ru_maxrss // 1024})


def _become_child(channel: int, order: dict, options: dict) -> None:
    """Seal this process off, then run the answer; never returns."""
    try:
        isolation.die_with_parent()
        os.setsid()  # else a signal to its process group would reach the template
        isolation.first_victim()
        isolation.limit(order["cpu_seconds"], order["memory_mb"], order["file_mb"])
        if options["isolate"]:
            isolation.no_further_namespaces()
            isolation.private_mounts(order["tmp_mb"])
        isolation.keep_only(channel)
        os.environ.clear()
        os.environ.update({"HOME": "/tmp", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MPLBACKEND": "agg"})
        os.chdir("/tmp")
        if options["isolate"]:
            isolation.drop_everything()
        runner.serve(socket.socket(fileno=channel))
    except BaseException:
        traceback.print_exc()  # heard only before standard error is closed: that is, about the sealing off itself
    finally:
        os._exit(1)


def _say(control: socket.socket, message: dict, files: list[int] = ()) -> None:
    socket.send_fds(control, [json.dumps(message).encode() + b"\n"], files)
