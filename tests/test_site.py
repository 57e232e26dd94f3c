"""The web site, built from a quick run of the notebooks and looked at in Chromium: whole, offline, readable in the dark and on a phone."""

import functools
import http.server
import os
import re
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import nbformat
import pytest

from grading.notebooks import build
from grading.notebooks.course import Address
from grading.notebooks.written import rubrics
from tests.axe import serious
from tests.once import one_at_a_time
from tests.real_lab import CHROMIUM

pytestmark = pytest.mark.slow
LOOKED_AT = (
    "index.html", "notebooks/1_energy.html", "notebooks/3_ddpm.html", "notebooks/6_flow.html", "reference/helpers.schedules.html",
    "reference/index.html", "benchmarks/README.html", "docs/teaching.html", "docs/syllabus.html", "docs/glossary.html",
)  # fmt: skip
WITHOUT_PAGE = ("weights", "assets")  # scripts that train what ships, and the files themselves


@pytest.fixture(scope="module")
def site(shared, solved):
    """Both sites, rendered from a quick run, once for all processes of a test run; a warning of Sphinx's fails the build."""
    pytest.importorskip("sphinx_book_theme")
    out, done = shared / "site", shared / "site_is_built"
    with one_at_a_time(shared / "site.lock"):
        if not done.exists():
            for name in build.names():
                solved(name)
            _build(out, shared / "runs")
            done.touch()
    return out


def _build(out: Path, runs: Path) -> None:
    command = [sys.executable, str(build.ROOT / "site" / "make.py"), "--profile", "quick", "--runs", str(runs), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


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
        alt = (given.get("alt") or "").strip()
        if tag == "img" and (not alt or alt == target):  # Sphinx puts the address where no text is given
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


def test_every_picture_says_what_it_shows(pages):
    mute = [(path.name, picture) for path, page in pages.items() for picture in page.mute]
    assert mute == []


def test_there_is_a_page_for_each_notebook_and_each_public_module(site):
    here = {path.relative_to(site / "students").as_posix() for path in (site / "students").rglob("*.html")}
    assert {f"notebooks/{name}.html" for name in build.names()} <= here
    files = [path.relative_to(build.ROOT).with_suffix("") for path in (build.ROOT / "helpers").rglob("*.py")]
    files = [file for file in files if file.parts[1] not in WITHOUT_PAGE and file.parts[1:3] != ("checks", "exercises")]
    public = [".".join(file.parts).removesuffix(".__init__") for file in files if file.name == "__init__" or file.name[0] != "_"]
    public.remove("helpers")  # its parts have their pages
    assert len(public) > 80
    assert {f"reference/{name}.html" for name in public} <= here


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


@pytest.fixture(scope="module")
def served(site):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(site / "students"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


def opened(browser, scheme, width, served, complaints):
    """A new page that notes in `complaints` whatever the console says and whatever is asked of another server."""
    page = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}).new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: complaints.append(r.url) if not r.url.startswith((served, "data:", "blob:")) else None)
    return page


@pytest.mark.needs("browser")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_pages_fit_the_screen_load_nothing_from_elsewhere_and_say_nothing_on_the_console(browser, served, scheme, width):
    complaints = []
    page = opened(browser, scheme, width, served, complaints)
    for path in LOOKED_AT:
        page.goto(f"{served}/{path}", wait_until="load")
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.dataset.theme") == scheme
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} at {width} pixels is {wider} pixels too wide"
    page.goto(f"{served}/notebooks/3_ddpm.html")
    page.wait_for_selector("article mjx-container", timeout=60_000)  # formulas are set; the first of all is in a fold
    page.context.close()
    assert complaints == []


@pytest.mark.needs("browser")
def test_search_by_keyboard_finds_ddim(browser, served):
    complaints = []
    page = opened(browser, "light", 1280, served, complaints)
    page.goto(f"{served}/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("DDIM")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a", timeout=60_000)
    found = page.eval_on_selector_all("#search-results li a", "links => links.map(link => link.href)")
    page.context.close()
    assert any("3_ddpm" in link for link in found), found
    assert complaints == []


@pytest.mark.needs("browser")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, served, scheme):
    page = opened(browser, scheme, 1280, served, [])
    found = {}
    for path in LOOKED_AT:
        page.goto(f"{served}/{path}", wait_until="load")
        page.wait_for_timeout(300)
        found[path] = serious(page)
    page.context.close()
    assert {path: said for path, said in found.items() if said} == {}
