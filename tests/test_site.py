"""The web site, built from a quick run of the notebooks: whole, offline, and without answers where students look."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import nbformat
import pytest

from grading.notebooks import build
from grading.notebooks.course import Address
from grading.notebooks.written import rubrics

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Both sites, rendered from a quick run; a warning of Sphinx's fails the build."""
    pytest.importorskip("sphinx_book_theme")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, str(build.ROOT / "site" / "make.py"), "--profile", "quick", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return out


class Page(HTMLParser):
    """What a page refers to, what can be referred to in it, and the pictures that say nothing."""

    def __init__(self, path: Path):
        super().__init__()
        self.targets, self.ids, self.mute, self.loaded = [], set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids.update(filter(None, (given.get("id"), given.get("name"))))
        target = given.get("href") or given.get("src")
        if target:
            self.targets.append(target)
            if tag in ("script", "img", "iframe", "source") or (tag == "link" and given.get("rel") == "stylesheet"):
                self.loaded.append(target)
        if tag == "img" and "alt" not in given:
            self.mute.append(given.get("src", "")[:80])


@pytest.fixture(scope="module")
def pages(site):
    """Every page of both sites; what the theme keeps as templates beside its scripts is none."""
    found = [path for audience in ("students", "instructors") for path in sorted((site / audience).rglob("*.html"))]
    return {path: Page(path) for path in found if "_static" not in path.parts}


def test_every_link_inside_the_site_leads_to_a_page_and_a_place_in_it(pages):
    dead = []
    for path, page in pages.items():
        for target in page.targets:
            address, anchor = urldefrag(target)
            if re.match(r"[a-z]+:", address):
                continue
            file = (path.parent / unquote(address.split("?")[0])).resolve() if address else path
            known = not anchor or file not in pages or unquote(anchor) in pages[file].ids
            if not file.is_file() or not known:
                dead.append(f"{path.name}: {target}")
    assert dead == []


def test_no_page_loads_anything_from_elsewhere(pages):
    remote = [(path.name, target) for path, page in pages.items() for target in page.loaded if re.match(r"(https?:)?//", target)]
    assert remote == []


def test_there_is_a_page_for_each_notebook_and_each_public_module(site):
    here = {path.relative_to(site / "students").as_posix() for path in (site / "students").rglob("*.html")}
    assert {f"notebooks/{name}.html" for name in build.names()} <= here
    modules = [p for p in (build.ROOT / "helpers").glob("*.py") if not p.stem.startswith("_")]
    assert {f"reference/helpers.{path.stem}.html" for path in modules} <= here


@pytest.mark.parametrize("name", build.names())
def test_students_find_code_answers_folded_and_no_hidden_test_or_model_answer(site, name):
    solved = nbformat.read(build.ROOT / "solutions" / f"{name}.ipynb", as_version=4)
    page = (site / "students" / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
    opened = (site / "instructors" / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
    text, all_text = (re.sub(r"<[^>]+>", "", html) for html in (page, opened))
    answers = [cell for cell in solved.cells if cell.cell_type == "code" and "### BEGIN SOLUTION" in cell.source]
    assert page.count("Show an answer") == len(answers) > 0
    assert "HIDDEN TESTS" not in text
    assert "HIDDEN TESTS" in all_text
    for answer in rubrics(solved).values():
        words = max(re.findall(r"[A-Za-z ,]{20,}", answer), key=len).strip()
        assert words not in " ".join(text.split())
        assert words in " ".join(all_text.split())


def test_no_page_tells_where_it_was_made(site):
    for path in [*site.rglob("*.html"), *site.rglob("*.js")]:
        assert str(build.ROOT) not in path.read_text(encoding="utf-8"), path


def test_each_notebook_page_opens_in_colab_once_the_course_has_an_address(monkeypatch):
    monkeypatch.syspath_prepend(str(build.ROOT / "site"))
    from notebook_pages import links

    said = links("3_ddpm", Address("https://github.com/them/theirs", "1.0.0"))
    assert "https://colab.research.google.com/github/them/theirs/blob/main/notebooks/3_ddpm.ipynb" in said
    assert "colab" not in links("3_ddpm", Address("", "1.0.0"))
