"""What another user of the machine finds while `course grade` runs: no port, no socket, nothing to read, no code to plant."""

import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from tests import marking

REPOSITORY = Path(__file__).resolve().parents[2]
NAMES = ("multiprocessing", "grading", "json", "torch", "site", "sitecustomize")  # what Python asks for where it looks first
PLANT = "import pathlib\npathlib.Path({witness!r}).write_text(__name__)\nraise SystemExit(1)\n"
COURSE = "import sys\nfrom grading.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n"  # as pip makes it
STRANGER = 54_321
pytestmark = pytest.mark.slow
linux = pytest.mark.skipif(sys.platform != "linux", reason="read from Linux's /proc")


class Watch:
    """What the processes of one command show to others while it runs."""

    def __init__(self):
        self.ports, self.sockets, self.words, self.seen = set(), set(), set(), set()
        self.entered = set()  # sockets in folders that others may enter

    def look(self, top):
        for process in [top, *top.children(recursive=True)]:
            place = Path("/proc", str(process.pid))
            try:
                self.words.add((place / "cmdline").read_text())
                files = {os.readlink(file) for file in (place / "fd").iterdir()}
            except OSError:  # it has ended
                continue
            inodes = {found[1] for file in files if (found := re.fullmatch(r"socket:\[(\d+)\]", file))}
            self.seen |= inodes
            for kind in ("tcp", "tcp6", "udp", "udp6"):
                rows = [line.split() for line in Path("/proc/net", kind).read_text().splitlines()[1:]]
                self.ports |= {row[1] for row in rows if row[9] in inodes}
            rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
            names = {row[7] for row in rows if len(row) > 7 and row[6] in inodes}
            self.sockets |= names
            self.entered |= {name for name in names if self.open(Path(name).parent)}

    @staticmethod
    def open(folder):
        return folder.is_dir() and bool(folder.stat().st_mode & stat.S_IXOTH)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(watch, results, witness) of a class that was marked from a folder in which others had put modules."""
    root, base = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("base")
    marking.course(root)
    for student in ("ada", "bob"):
        (base / "in" / student).mkdir(parents=True)
        nbformat.write(marking.answered(**marking.LEFT), base / "in" / student / f"{marking.NAME}.ipynb")
    witness = base / "witness"
    for name in NAMES:
        (base / f"{name}.py").write_text(PLANT.format(witness=str(witness)))
    program, log = tmp_path_factory.mktemp("bin") / "course.py", base / "log"
    program.write_text(COURSE)
    command = [sys.executable, str(program), "grade", marking.NAME, "--submissions", "in", "--out", "out"]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    watch = Watch()
    with log.open("w") as file:
        process = psutil.Popen([*command, "--root", str(root), "--workers", "2"], cwd=base, env=environment, stderr=file)
        while process.poll() is None:
            watch.look(process)
            time.sleep(0.05)
    assert process.returncode == 0, log.read_text()[-2000:]
    return watch, base / "out", witness


@linux
def test_no_port_is_opened_and_no_socket_that_others_can_reach(graded):
    watch = graded[0]
    assert len(watch.seen) > 4
    assert watch.ports == set()
    assert len(watch.sockets) >= 2  # those of the template and of the process that workers are forked from
    for name in watch.sockets:
        assert name.startswith("/"), f"{name} is open to all users"
        assert name not in watch.entered, f"{name} lies in a folder that all users may enter"


@linux
def test_no_command_line_tells_of_answers_tests_or_students(graded):
    said = "\0".join(graded[0].words)
    for word in ("bwrap", "forkserver"):
        assert word in said
    for word in ("ada", "bob", "seed=", "HIDDEN", "betas", "alphas"):
        assert not re.search(rf"\b{word}\b", said), word


def test_modules_in_the_working_folder_are_not_taken(graded):
    assert not graded[2].exists()


TRY = """
import os, sys
os.setgroups([])
os.setgid({stranger})
os.setuid({stranger})
opened = []
for folder, folders, files in os.walk({place!r}):
    opened += [os.path.join(folder, name) for name in folders + files]
for name in ("gradebook.db", ".lock", "marks.csv", "source"):
    try:
        opened.append(os.open(os.path.join({place!r}, name), os.O_RDONLY))
    except OSError:
        pass
print(opened)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_opens_none_of_the_results(graded):
    """Nor can he hold their locks, for which a file open for reading is enough."""
    out = graded[1]
    assert (out / "gradebook.db").is_file()
    above = {folder: folder.stat().st_mode for folder in out.parents if not folder.stat().st_mode & stat.S_IXOTH}
    try:
        for folder in above:  # pytest's own, which are closed
            folder.chmod(0o755)
        code = TRY.format(stranger=STRANGER, place=str(out))
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
        assert done.stdout.strip() == "[]", done.stderr
    finally:
        for folder, mode in above.items():
            folder.chmod(stat.S_IMODE(mode))
