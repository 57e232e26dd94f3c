"""A real JupyterLab on loopback with Chromium in front of it, and a student's hands: what the browser tests work with."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest

from grading.doctor import chromium
from tests.kernels import environment

CHROMIUM = chromium()
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
IDLE = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'
SECOND = 1000


def settings(folder, scheme):
    """Lab's settings: the theme, all cells kept in the page, no question about news."""
    said = {
        "apputils-extension/themes": {"theme": f"JupyterLab {scheme.capitalize()}"},
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        "notebook-extension/tracker": {"windowingMode": "none"},
    }
    for name, values in said.items():
        path = folder / ".config/lab/user-settings/@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


@contextmanager
def server(folder, scheme="light"):
    """A JupyterLab server started in `folder`, in the quick profile; yields its address."""
    settings(folder, scheme)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = environment(JUPYTER_CONFIG_DIR=str(folder / ".config"), JUPYTER_DATA_DIR=str(folder / ".data"))
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
        "--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={folder}", "--ServerApp.ip=127.0.0.1",
    ]  # fmt: skip
    with open(folder / "server.log", "w") as log:
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=2).close()
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail((folder / "server.log").read_text()[-2000:])
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(120)  # on a busy machine kernels take their time


class Lab:
    """A notebook open in JupyterLab; `complaints` is what the console said and what was asked of other servers."""

    def __init__(self, page, address, name):
        self.page, self.complaints = page, []
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        inside = (address, "data:", "blob:", "ws")
        page.on("request", lambda r: None if r.url.startswith(inside) else self.complaints.append(r.url))
        page.goto(f"{address}/lab/tree/{name}.ipynb", timeout=120 * SECOND)
        # the notebook says idle before its kernel is there, and then asks which kernel it should take
        page.locator(".jp-StatusBar-GroupItem, .jp-StatusBar-TextItem", has_text="| Idle").first.wait_for(timeout=120 * SECOND)
        page.locator(IDLE).wait_for(timeout=120 * SECOND)

    def menu(self, bar, item):
        """Choose an item of the menu bar."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=bar).first.click()
        self.page.locator(".lm-Menu-itemLabel", has_text=item).first.click()

    def run_all(self, timeout=600):
        """Run All, and wait until the last cell has its number."""
        self.menu("Run", "Run All Cells")
        last = "() => /\\d/.test([...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].at(-1).textContent)"
        self.page.wait_for_function(last, timeout=timeout * SECOND)
        self.idle(timeout)

    def idle(self, timeout=120):
        """Wait until no cell waits any more and the kernel is idle."""
        waiting = "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(e => e.textContent.includes('[*]'))"
        self.page.wait_for_function(waiting, timeout=timeout * SECOND)
        self.page.locator(IDLE).wait_for(timeout=timeout * SECOND)

    def cell(self, text):
        """The first code cell whose input has this text in it."""
        area = self.page.locator(".jp-InputArea", has_text=text)
        return self.page.locator(".jp-CodeCell", has=area).first

    def run(self, cell):
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")

    def type(self, cell, code):
        """Write code in place of what stands in a cell, and run it."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Shift+Enter")

    def active(self):
        """The number of the cell that Lab holds for the active one."""
        return self.page.evaluate(
            "[...document.querySelectorAll('.jp-Cell')].findIndex(e => e.classList.contains('jp-mod-active'))"
        )


@contextmanager
def browsing(scheme="light", width=1280, **options):
    """A window of Chromium's, without history; yields Playwright's context, made with these options."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme, **options)
        context.set_default_timeout(120 * SECOND)  # a busy machine is no fault
        yield context
        browser.close()


@contextmanager
def lab(folder, name, scheme="light", width=1280):
    """A notebook of `folder` opened in JupyterLab, in a light or dark theme."""
    with server(folder, scheme) as address, browsing(scheme, width) as context:
        yield Lab(context.new_page(), address, name)


def keep_picture(page, name, whole=False):
    """A screenshot of a page, for whoever asks for it with SCREENSHOTS=folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=whole)
