"""Huge pages: what a process remembers is the same after the move, and a machine without them loses nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from grading.sandbox.inside import hugepages

ROOT = Path(__file__).resolve().parents[3]
MOVE = """\
import hashlib, os
from grading.sandbox.inside import hugepages

memory = bytearray(os.urandom(1024)) * (12 * 1024)
before = hashlib.sha256(memory).digest()
moved = hugepages.collapse()
child = os.fork()
if child == 0:
    memory[:] = bytes(len(memory))  # the child's own copy
    os._exit(0)
os.waitpid(child, 0)
print(moved, hashlib.sha256(memory).digest() == before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's own")
def test_memory_keeps_its_contents_when_it_moves_and_when_a_fork_writes():
    done = subprocess.run([sys.executable, "-c", MOVE], cwd=ROOT, capture_output=True, text=True, check=True)
    moved, same = done.stdout.split()
    assert same == "True"
    assert int(moved) % hugepages.HUGE == 0


def test_only_private_memory_that_fills_huge_pages_is_moved(monkeypatch, tmp_path):
    maps = tmp_path / "maps"
    maps.write_text(
        "00200000-00600000 rw-p 00000000 00:00 0                          [heap]\n"
        "00700000-00d00000 rw-p 00000000 00:00 0 \n"  # 7 to 13 MB: the inner 8 to 12 count
        "01000000-01100000 rw-p 00000000 00:00 0 \n"  # too small
        "02000000-03000000 r--p 00000000 00:00 0 \n"  # not written
        "04000000-05000000 rw-s 00000000 00:01 7                          /dev/zero (deleted)\n"  # shared
        "06000000-07000000 rw-p 00000000 08:01 9                          /usr/lib/libtorch.so\n"  # behind a file
        "7ff000000000-7ff000800000 rw-p 00000000 00:00 0                  [stack]\n"
    )
    monkeypatch.setattr(hugepages, "MAPS", str(maps))
    megabyte = 2**20
    assert hugepages._ranges() == [(2 * megabyte, 6 * megabyte), (8 * megabyte, 12 * megabyte)]


def test_without_a_list_of_its_memory_a_process_stays_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setattr(hugepages, "MAPS", str(tmp_path / "none"))
    assert hugepages.collapse() == 0
