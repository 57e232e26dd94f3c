"""Stop an answer that does not end, and keep what it prints from filling the notebook."""

from __future__ import annotations

import contextlib
import ctypes
import io
import logging
import signal
import sys
import threading
import time
import warnings

from .plain import SubjectError

STDOUT_CHARS = 2_000
IMPORTS = 4  # times the limit that an answer may take while it loads modules: the first use of a library is slow, but ends


class TimeLimit(BaseException):
    """Raised inside an answer whose time is up; not an Exception, so that `except Exception` does not swallow it."""


def time_limit(action, seconds: float):
    """Return action(), or raise SubjectError("timeout") after the given seconds."""
    on_main_thread = threading.current_thread() is threading.main_thread()
    limited = _by_signal if on_main_thread and hasattr(signal, "setitimer") else _by_thread
    try:
        return limited(action, seconds)
    except TimeLimit:
        raise SubjectError("timeout", message=f"did not finish within {seconds:g} seconds") from None


def _by_signal(action, seconds):
    latest = time.monotonic() + IMPORTS * seconds

    def over(_signal, frame):
        if _importing(frame) and time.monotonic() < latest:
            signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
        else:
            _time_is_up(frame)

    previous = signal.signal(signal.SIGALRM, over)
    # fires again and again: a bare `except:` in a loop may swallow the first
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    try:
        return action()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(None) if sys.gettrace() is _raise_on_each_line else None
        signal.signal(signal.SIGALRM, previous)


def _importing(frame) -> bool:
    """Whether a module is being loaded: cut off there it might stay half loaded, and each later use of it fail."""
    while frame is not None and frame.f_code.co_filename != "<frozen importlib._bootstrap>":
        frame = frame.f_back
    return frame is not None


def _time_is_up(frame):
    if sys.gettrace() is None:  # from now on each new line raises, so the handler that swallowed this one raises too
        sys.settrace(_raise_on_each_line)
        while frame is not None and frame.f_globals.get("__name__") != "helpers.checks.perform":
            frame.f_trace = _raise_on_each_line
            frame = frame.f_back
    raise TimeLimit


def _raise_on_each_line(frame, event, _arg):
    if frame.f_globals.get("__name__", "").startswith("helpers.checks."):
        return None
    if event == "line":
        raise TimeLimit
    return _raise_on_each_line


def _by_thread(action, seconds):
    outcome = {}

    def run():
        try:
            outcome["value"] = action()
        except BaseException as error:  # carried over to the calling thread
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    for _ in range(IMPORTS - 1):
        if thread.is_alive() and _importing(sys._current_frames().get(thread.ident or 0)):
            thread.join(seconds)
    if thread.is_alive() and thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeLimit))
        raise TimeLimit
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


class _Head(io.TextIOBase):
    """A text stream that keeps its first characters and forgets the rest."""

    encoding = "utf-8"

    def __init__(self):
        self.text = ""

    def writable(self):
        return True

    def write(self, text):
        self.text += text[: STDOUT_CHARS - len(self.text)]
        return len(text)


@contextlib.contextmanager
def quietly():
    """No warnings and no log lines: what a library prints to stderr, stock nbgrader takes for a failure."""
    before = logging.root.manager.disable
    logging.disable(max(before, logging.WARNING))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def captured():
    """Collect what is printed (stdout and stderr) in `.text`, up to STDOUT_CHARS characters."""
    head = _Head()
    with contextlib.redirect_stdout(head), contextlib.redirect_stderr(head):
        yield head
