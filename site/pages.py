"""The site's other pages: documents of the repository with their links turned to pages, and one page a module of helpers."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

from exercises import mistakes, model_answers, table_of_exercises

LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)\s]*)?(\))")
READING_ORDER = (
    "schedules", "diffusion", "ddpm", "unet", "training", "sampling", "recipe", "energy", "langevin", "score_model",
    "flow", "likelihood", "few_steps", "dit", "guidance", "inpainting",
)  # fmt: skip
PACKAGES = {
    "helpers": "The ideas",
    "helpers.text_to_image": "Text to image",
    "helpers.lora": "LoRA and textual inversion",
    "helpers.control": "Control by an outline (ControlNet)",
    "helpers.cascade": "Cascades (Imagen)",
    "helpers.unclip": "unCLIP (DALL·E 2)",
    "helpers.video": "Video",
    "helpers.figures": "Figures",
    "helpers.checks": "Checks",
}


def write(path: Path, text: str) -> None:
    """Write a text file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def documents(root: Path, source: Path, audience: str, notebooks: list[str]) -> None:
    """The home page, docs/, the benchmarks with their plots, and the pages made from the checks."""
    home = (root / "site" / f"index_{audience}.md").read_text(encoding="utf-8")
    listed = "\n".join(f"notebooks/{name}" for name in notebooks)
    readme = (root / "README.md").read_text(encoding="utf-8")
    home = (
        home.replace("{notebooks}", listed).replace("{lead}", between(readme, "\n", "![")).replace("{path}", path_table(readme))
    )
    write(source / "index.md", turned(home, root, root, source))
    for path in sorted((root / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8").replace("<!-- exercises -->", table_of_exercises(root))
        text = text.replace("<!-- symbols -->", between(readme, "### Symbols\n", "## "))
        write(source / "docs" / path.name, turned(text, path.parent, root, source))
    for path in ("benchmarks/README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        write(source / path, turned((root / path).read_text(encoding="utf-8"), (root / path).parent, root, source))
    write(source / "benchmarks" / "plots.md", plots(root))
    for folder, pattern in (("docs", "*.png"), ("benchmarks/results", "*.png")):
        (source / folder).mkdir(parents=True, exist_ok=True)
        for path in (root / folder).glob(pattern):
            shutil.copy(path, source / folder)
    if audience == "instructors":
        write(source / "docs" / "mistakes.md", mistakes(root))
        write(source / "docs" / "model_answers.md", model_answers(root))


def between(text: str, start: str, end: str) -> str:
    """What stands in a text after `start` and before the next `end`."""
    return text.split(start, 1)[1].split(end, 1)[0].strip()


def path_table(readme: str) -> str:
    """The README's table of the notebooks."""
    return between(readme, "## The path through the course\n", "\nStuck?")


def plots(root: Path) -> str:
    """All plots of the benchmarks on one page, each with what it shows."""
    titles = {
        "training": "Training throughput beside other small diffusion networks",
        "quality": "Quality against minutes of training",
        "samples": "Samples after the same minutes of training",
        "sampling": "Sampling steps against FID and seconds",
        "scaling": "How the cost grows with image size, batch and width",
    }
    parts = ["# The plots", "How each was measured stands in [Benchmarks](README.md)."]
    for path in sorted((root / "benchmarks" / "results").glob("*.png")):
        title = titles.get(path.stem, path.stem.replace("_", " ").capitalize())
        parts.append(f"## {title}\n\n![{title}](results/{path.name})")
    return "\n\n".join(parts) + "\n"


def turned(text: str, folder: Path, root: Path, source: Path) -> str:
    """The text with its links leading to pages of the site; files that have no page are copied to be downloaded."""

    def target(match: re.Match) -> str:
        link, anchor = match[2], match[3] or ""
        if re.match(r"[a-z]+:", link):
            return match[0]
        path = (folder / link).resolve().relative_to(root).as_posix()
        up = "../" * len(folder.relative_to(root).parts)
        if path.startswith("helpers/") and path.endswith(".py"):
            return f"{match[1]}{up}reference/{path.removesuffix('.py').replace('/', '.')}.md{match[4]}"
        if path == "README.md":
            return f"{match[1]}{up}index.md{anchor}{match[4]}"
        if not path.endswith((".md", ".ipynb", ".png")):
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / path, source / path)
            return f"{match[1]}{up}{path}{match[4]}"
        return match[0]

    return LINK.sub(target, text)


def reference(root: Path, source: Path) -> None:
    """A page for each module of helpers, from its docstrings, and the list of them in reading order."""
    listed = ["# The helpers, module by module\n", "One idea a file, with the papers' symbols and equation numbers.\n"]
    for package, title in PACKAGES.items():
        rows = []
        for name, path in modules(root, package):
            write(source / "reference" / f"{name}.md", module_page(name))
            rows.append((name, first_sentence(path)))
        listed.append(f"## {title}\n\n" + "".join(f"* [`{name}`]({name}.md): {said}\n" for name, said in rows))
        listed.append("```{toctree}\n:hidden:\n\n" + "\n".join(name for name, _ in rows) + "\n```\n")
    write(source / "reference" / "index.md", "\n".join(listed))


def modules(root: Path, package: str) -> list[tuple[str, Path]]:
    """(dotted name, file) of the public modules of a package, without those of packages below it."""
    folder = root / package.replace(".", "/")
    found = [p for p in sorted(folder.glob("*.py")) if not p.stem.startswith("_")]
    if package == "helpers":
        place = {name: i for i, name in enumerate(READING_ORDER)}
        found.sort(key=lambda path: (place.get(path.stem, len(place)), path.stem))
    else:
        found.insert(0, folder / "__init__.py")
    return [(package if p.stem == "__init__" else f"{package}.{p.stem}", p) for p in found]


def module_page(name: str) -> str:
    """The source of a module's page."""
    options = "   :members:\n   :ignore-module-all:\n   :show-inheritance:\n"
    return f"# `{name}`\n\n```{{eval-rst}}\n.. automodule:: {name}\n{options}```\n"


def first_sentence(path: Path) -> str:
    """The first sentence of a module's docstring."""
    said = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0].replace("\n", " ")
    return re.split(r"(?<=[.:]) (?=[A-Z])", said)[0]
