"""A notebook alone finds the course's helpers, or says in one sentence what to do; another package of that name never wins."""

import functools
import http.server
import os
import subprocess
import sys
import threading

import pytest

from grading.notebooks import opening, release
from grading.notebooks.build import ROOT
from grading.notebooks.course import Address, find_course, version

ALONE = "import sys\nsys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]\n"
SAYS_WHERE = "\nimport helpers.schedules, helpers.data; print(helpers.__file__)"


def run(source, folder, first_on_path=None):
    """The cell's code in a fresh process without the development install; `first_on_path` comes before site-packages."""
    path = f"sys.path.insert(0, {str(first_on_path)!r})\n" if first_on_path else ""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_CURRENT_TEST")}
    code = f"{ALONE}{path}{source}{SAYS_WHERE}"
    return subprocess.run([sys.executable, "-P" if sys.version_info >= (3, 11) else "-B", "-c", code],
                          capture_output=True, text=True, cwd=folder, env=env)  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The address of a server that has the wheel where a repository on GitHub would have it."""
    folder = tmp_path_factory.mktemp("web")
    address = Address("http://127.0.0.1:0/a/course", version(ROOT))
    wheels = folder / "a" / "course" / "raw" / "main" / "wheel"
    wheels.mkdir(parents=True)
    (wheels / address.wheel_name).write_bytes(release.student_copy(ROOT)[f"wheel/{address.wheel_name}"])
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Address(f"http://127.0.0.1:{server.server_port}/a/course", version(ROOT))
    server.shutdown()


@pytest.fixture
def impostor(tmp_path):
    (tmp_path / "other" / "helpers").mkdir(parents=True)
    (tmp_path / "other" / "helpers" / "__init__.py").write_text("")
    return tmp_path / "other"


@pytest.mark.parametrize("with_impostor", [False, True])
def test_alone_in_an_empty_folder_the_notebook_fetches_the_wheel_once(tmp_path, published, impostor, with_impostor):
    place = tmp_path / "content"
    place.mkdir()
    source = opening.finder(published)
    done = run(source, place, impostor if with_impostor else None)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(place / f"course-helpers-{published.version}" / "helpers" / "__init__.py")
    again = run(source.replace("127.0.0.1", "127.0.0.2"), place, impostor if with_impostor else None)  # no server there
    assert again.returncode == 0, again.stderr


def test_in_the_course_the_folder_above_wins_over_another_package_of_that_name(impostor):
    done = run(opening.finder(Address("", "0")), ROOT / "notebooks", impostor)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(ROOT / "helpers" / "__init__.py")


@pytest.mark.parametrize("base", ["", "http://127.0.0.1:9/a/course"])
def test_where_nothing_can_be_found_one_sentence_says_what_to_do(tmp_path, base):
    done = run(opening.finder(Address(base, "0")), tmp_path)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last == f"ModuleNotFoundError: {opening.ADVICE[bool(base)]}"


def test_what_only_colab_lacks_is_installed_by_name_and_nothing_else(tmp_path):
    calls = tmp_path / "calls"
    pretend = (
        f"import subprocess\nsubprocess.run = lambda c: open({str(calls)!r}, 'a').write(' '.join(c[3:])) "
        "and subprocess.CompletedProcess(c, 0)\nsys.modules['seaborn'] = None\nimport importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda n: None if n == 'seaborn' else real(n)\n"
    )
    done = run(pretend + opening.finder(Address("", "0")), ROOT / "notebooks")
    assert done.returncode == 0, done.stderr
    assert calls.read_text() == "install --quiet --disable-pip-version-check seaborn"


def test_one_address_gives_the_links_and_the_wheel(tmp_path):
    (tmp_path / "course.yml").write_text("students: https://github.com/you/diffusion.git\n")
    address = Address.of(tmp_path)
    assert address.wheel == f"https://github.com/you/diffusion/raw/main/wheel/{address.wheel_name}"
    assert list(address.links("3_ddpm")) == ["Colab", "Binder", "Kaggle"]
    assert address.links("3_ddpm")["Colab"].endswith("/github/you/diffusion/blob/main/notebooks/3_ddpm.ipynb")
    (tmp_path / "course.yml").write_text("students: https://github.com/YOUR-ACCOUNT/YOUR-COURSE\n")
    assert (Address.of(tmp_path).wheel, Address.of(tmp_path).links("3_ddpm")) == ("", {})
    (tmp_path / "course.yml").write_text("students: 'x\" + evil + \"'\n")
    with pytest.raises(ValueError, match="web address"):
        Address.of(tmp_path)


@pytest.mark.parametrize("text", ["", "# nothing yet", "students:", "students: ''"])
def test_a_setting_that_says_nothing_is_no_address(tmp_path, text):
    (tmp_path / "course.yml").write_text(text)
    assert Address.of(tmp_path).base == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"students: 5", "web address such as"),
        (b"students: [a, b]", "web address such as"),
        (b"students: {a: b}", "web address such as"),
        (b"- students", "should be lines of `name: value`"),
        (b"https://github.com/you/course", "should be lines of `name: value`"),
        (b"# a\nstudents: [", "line 2: this is no YAML"),
        (b"# K\xf6ln\nstudents:", "not text in UTF-8"),
    ],
)
def test_a_wrong_setting_is_told_with_the_files_name(tmp_path, text, said):
    (tmp_path / "course.yml").write_bytes(text)
    with pytest.raises(ValueError, match=f"course.yml.*{said}"):
        Address.of(tmp_path)


def test_the_course_is_found_from_the_working_folder_upward_or_not_at_all(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT / "helpers")
    assert find_course() == ROOT
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="no course in"):
        find_course()
    with pytest.raises(ValueError, match="no course in"):
        find_course(tmp_path)
