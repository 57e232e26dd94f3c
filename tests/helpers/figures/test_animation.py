"""The film player: its keys stay its own, and it says aloud what each frame shows."""

import pytest
import torch

from grading.doctor import chromium
from helpers.figures.animation import animate, player

BROWSER = chromium()


def test_labels_and_alternative_text_cannot_break_out_of_the_page():
    page = player([b"a", b"b"], ["one", '"><b>two'], alt='a "film"').data
    assert 'alt="a &quot;film&quot;"' in page
    assert 'aria-valuetext="&quot;&gt;&lt;b&gt;two"' in page
    assert page.count("data-lm-suppress-shortcuts") == 2


@pytest.mark.needs("browser")
@pytest.mark.parametrize(
    ("labels", "first", "second"), [(["first", "second", "third"], "first", "second"), ((), "frame 1 of 3", "frame 2 of 3")]
)
def test_in_a_browser_arrow_keys_move_the_film_and_reach_nobody_else(tmp_path, labels, first, second):
    film = animate([torch.full((1, 1, 4, 4), value) for value in (-1.0, 0.0, 1.0)], labels).data
    (tmp_path / "page.html").write_text(f"<meta charset='utf-8'>{film}<pre id='heard'></pre>", encoding="utf-8")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = browser.new_page()
        page.goto((tmp_path / "page.html").as_uri())
        page.evaluate("document.addEventListener('keydown', e => document.getElementById('heard').textContent += e.key)")
        slider = page.locator("input[type=range]")
        slider.focus()
        slider.press("ArrowLeft")
        assert slider.get_attribute("aria-valuetext") == second
        assert page.locator("span").inner_text() == second
        slider.press("Home")
        assert slider.get_attribute("aria-valuetext") == first
        page.locator("button").press("Enter")
        assert "pause" in page.locator("button").inner_text()
        assert page.locator("#heard").inner_text() == ""
        browser.close()
