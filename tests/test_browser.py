"""A student in a real JupyterLab: opens notebook 3, runs it up to Exercise 1 with a wrong answer, and reads the card."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import nbformat
import pytest

from grading.notebooks import build

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
UNCLIPPED = """def cosine_beta_schedule(T, s=0.008):
    t = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).float()
"""


def up_to_exercise_1(answer):
    """Notebook 3 as a student has it after typing an answer, cut off behind the check."""
    notebook = nbformat.read(build.ROOT / "notebooks" / "3_ddpm.ipynb", as_version=4)
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.id == "cosine_beta_schedule":
            cell.source = answer
        if cell.id == "check_cosine_beta_schedule":
            break
    notebook.cells = cells
    return notebook


@contextmanager
def jupyterlab(folder):
    """A JupyterLab server on loopback that serves `folder`; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")} | {
        "COURSE_PROFILE": "quick", "PYTHONPATH": str(build.ROOT), "JUPYTER_CONFIG_DIR": str(folder / ".config"),
        "JUPYTER_DATA_DIR": str(folder / ".data"),
    }  # fmt: skip
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
        "--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={folder}", "--ServerApp.ip=127.0.0.1",
    ]  # fmt: skip
    with open(folder / "server.log", "w") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
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
        server.terminate()
        server.wait(20)


@pytest.mark.slow
@pytest.mark.needs("browser")
def test_a_wrong_answer_is_named_on_a_card_in_jupyterlab(tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api")
    nbformat.write(up_to_exercise_1(UNCLIPPED), tmp_path / "3_ddpm.ipynb")
    with jupyterlab(tmp_path) as address, sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        requested = []
        page.on("request", lambda request: requested.append(request.url))
        page.goto(f"{address}/lab/tree/3_ddpm.ipynb", timeout=120_000)
        page.get_by_text("YOUR CODE HERE").first.wait_for(timeout=120_000)
        page.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
        page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
        card = page.locator(".check-card").first
        card.wait_for(timeout=180_000)
        text = card.inner_text()
        browser.close()
    assert "0.999" in text
    assert "clip" in text
    outside = [url for url in requested if not url.startswith((address, "data:", "blob:", "ws"))]
    assert outside == []
