"""What `course doctor` says of the sandbox is what was tried."""

import os

import pytest

from grading.sandbox import backends, guarantees


def test_with_bubblewrap_all_that_is_tried_holds():
    found = {g.name: g.holds for g in guarantees.guarantees("bubblewrap")}
    for name in ("sandbox", "filter", "network", "sockets", "processes", "nodes", "files"):
        assert found[name], name
    assert found["own user"] == (os.geteuid() == 0)


def test_without_a_sandbox_it_says_so():
    found = {g.name: g.holds for g in guarantees.guarantees("unsafe")}
    assert not any(found[name] for name in ("sandbox", "filter", "sockets", "processes", "files", "own user"))


def test_where_there_is_none_it_raises(monkeypatch):
    monkeypatch.setattr(backends.shutil, "which", lambda name: None)
    with pytest.raises(ValueError, match="Install bubblewrap"):
        guarantees.guarantees()
