"""Ctrl-C reaches all processes of a terminal: only the main one answers, in one line."""

import os
import signal
import subprocess
import sys

MARKS = """
import signal
import sys
from grading.marking import workers

signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that a script runs in the background ignore Ctrl-C
workers.preload()
try:
    print("started", flush=True)  # from here on Ctrl-C may come
    sys.stdin.readline()
except KeyboardInterrupt:
    print("stopped", flush=True)
worker = workers.CONTEXT.Process(target=print, args=("worked",))
worker.start()
worker.join()
"""


def test_workers_that_are_still_starting_say_nothing_and_go_on():
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", MARKS], stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        assert process.stdout.readline() == "started\n"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does; the workers' imports take seconds yet
        out, said = process.communicate(timeout=300)
    assert (out.split(), said, process.returncode) == (["stopped", "worked"], "", 0)
