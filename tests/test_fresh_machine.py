"""A machine that has neither bubblewrap nor Chromium: what cannot run is skipped by name, nothing fails, and a line says what to type."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "tools" / "system_packages.sh"
HIDDEN = ("bwrap", "chromium", "chromium-browser", "google-chrome", "podman", "docker", "sudo", "apt-get", "dnf")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="make and sh are not Windows' own")


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> dict[str, str]:
    """An environment whose PATH holds everything that is here, but no sandbox, browser or package manager."""
    folder = tmp_path_factory.mktemp("bin")
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).glob("*"):
            link = folder / program.name
            if program.name not in HIDDEN and not link.is_symlink():
                link.symlink_to(program)
    return {**os.environ, "PATH": str(folder)}


def put(bare: dict[str, str], folder: Path, **programs: str) -> dict[str, str]:
    """The bare environment with a few shell scripts in front."""
    for name, body in programs.items():
        file = folder / name.replace("_", "-")
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
    return {**bare, "PATH": f"{folder}{os.pathsep}{bare['PATH']}"}


def system_packages(env: dict[str, str], *parts: str) -> subprocess.CompletedProcess:
    return subprocess.run([shutil.which("sh"), str(SCRIPT), *parts], env=env, capture_output=True, text=True)


def test_tests_of_the_sandbox_and_the_browser_are_skipped_by_name(bare):
    chosen = ["tests/grading/sandbox/test_protocol.py", "tests/grading/sandbox/test_sandbox.py", "tests/test_browser.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-p", "no:xdist", *chosen]
    done = subprocess.run(command, env=bare, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-3000:]
    summary = done.stdout.splitlines()
    assert any("needs a sandbox: install the package bubblewrap" in line and line.startswith("SKIPPED [") for line in summary)
    assert any("needs Chromium" in line for line in summary)
    assert " passed" in summary[-1]


def test_course_grade_says_what_to_install_and_exits_with_a_number_of_its_own(bare, tmp_path):
    (tmp_path / "submitted" / "Ada").mkdir(parents=True)
    folders = ["--submissions", str(tmp_path / "submitted"), "--out", str(tmp_path / "marks")]
    command = [sys.executable, "-m", "grading.cli", "grade", "3_ddpm", *folders]
    done = subprocess.run(command, env=bare, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 3, done.stderr[-2000:]
    assert "bubblewrap" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_package_manager_it_says_which_package(bare):
    done = system_packages(bare, "sandbox", "browser")
    assert done.returncode == 0
    assert "install the package bubblewrap" in done.stdout
    assert "install the package chromium" in done.stdout


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may install")
def test_without_the_right_to_install_it_says_the_line_to_type(bare, tmp_path):
    done = system_packages(put(bare, tmp_path, apt_get="touch called"), "sandbox")
    assert done.returncode == 0
    assert "sudo apt-get install --no-install-recommends bubblewrap" in done.stdout


@pytest.mark.parametrize("works", [True, False])
def test_with_the_right_it_installs_and_says_what_failed(bare, tmp_path, works):
    effect = f"[ $1 = update ] || {{ echo '#!/bin/sh' > {tmp_path}/bwrap; chmod +x {tmp_path}/bwrap; }}" if works else "exit 100"
    env = put(bare, tmp_path, apt_get=effect, id="echo 0")
    done = system_packages(env, "sandbox")
    assert done.returncode == 0
    assert ("is missing" in done.stdout) is not works
    assert (tmp_path / "bwrap").exists() is works


def test_what_is_there_is_left_alone(bare, tmp_path):
    env = put(bare, tmp_path, apt_get=f"touch {tmp_path}/called", id="echo 0", bwrap="true", chromium="true")
    assert system_packages(env, "sandbox", "browser").stdout == ""
    assert not (tmp_path / "called").exists()
