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


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'Error: No such image: x' >&2; exit 1", "has no image"),
        ("echo 'Error: inspecting object: x: image not known' >&2; exit 125", "has no image"),
        ("echo 'Cannot connect to the Docker daemon. Is it running?' >&2; exit 1", "does not work here (Cannot connect to the"),
        ("exec sleep 20", "does not answer"),
        (None, "does not answer"),
    ],
)
def test_an_engine_without_image_is_told_from_one_that_does_not_work(script, said, tmp_path, monkeypatch):
    engine = tmp_path / "docker"
    engine.write_text(f"#!/bin/sh\n{script}\n" if script else "#!/no/such/shell\n")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(backends, "PATIENCE", 3 if script and "sleep" in script else 60)
    assert said in backends.Container("docker").problem()
