"""Fixtures of the grader's tests."""

import socket

import pytest

from grading.marking.judge import Judge
from grading.sandbox.host import Sandbox
from tests import marking


@pytest.fixture(scope="module")
def judge():
    """A judge of the small assignment, with a sandbox of its own."""
    with Sandbox("bubblewrap") as sandbox:
        yield Judge(marking.source(), marking.NAME, sandbox)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of one assignment."""
    return marking.course(tmp_path_factory.mktemp("course"))


@pytest.fixture
def pair():
    """The two ends of a connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs
