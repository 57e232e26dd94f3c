"""Two pictures in the README: digits that form, and a check's card. `python docs/readme_pictures.py [class-report.html]`

Given a class's report (`make demo` writes .course/demo/marks/report.html), its top becomes the third.
Needs Chromium and Playwright.
"""

import math
import shutil
import sys
from pathlib import Path

import torch
from PIL import Image

from helpers import checks
from helpers.figures.plotting import montage
from helpers.pretrained import load_ddpm
from helpers.sampling import Sampling, sample

HERE = Path(__file__).parent


def unclipped(T, s=0.008):
    """The cosine schedule as students often write it, without the clip at 0.999."""
    t = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    return (1 - f[1:] / f[:-1]).float()


def digits_forming() -> None:
    """Four digits, one a row, from noise on the left to the digit on the right: the weights that ship, 50 steps."""
    model, schedule, prediction = load_ddpm()
    how = Sampling(method="ddim", steps=50, eta=1.0, prediction=prediction)
    generator = torch.Generator().manual_seed(5)
    states = [step.x for step in sample(model, schedule, (4, 1, 32, 32), how, generator=generator)]
    shown = [states[round(i * (len(states) - 1) / 11)] for i in range(12)]
    grid = montage(torch.stack(shown, 1).flatten(0, 1), columns=12)
    picture = Image.fromarray((grid * 255).round().astype("uint8"))
    picture.resize((picture.width * 2, picture.height * 2), Image.NEAREST).save(HERE / "digits-forming.png", optimize=True)


def screenshots(report: Path | None) -> None:
    """The card of a wrong answer, and the top of a class's report."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    card = checks.cosine_beta_schedule(unclipped)._repr_mimebundle_()["text/html"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 900, "height": 640})
        page.set_content(f"<body style='font-family:system-ui,sans-serif;margin:8px'>{card}")
        page.locator(".check-card").screenshot(path=HERE / "check-card.png")
        if report:
            page.goto(report.resolve().as_uri())
            page.screenshot(path=HERE / "class-report.png")
        browser.close()
    for name in ("check-card.png", "class-report.png"):
        if (HERE / name).exists():
            Image.open(HERE / name).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(HERE / name, optimize=True)


if __name__ == "__main__":
    digits_forming()
    screenshots(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
