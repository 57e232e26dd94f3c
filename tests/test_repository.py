"""The repository agrees with itself: one list of packages, one direction of imports, a light `import helpers`."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("diffusers", "transformers", "matplotlib", "seaborn", "IPython", "torchvision", "nbgrader", "sklearn")


def python_files(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def test_the_conda_environment_lists_the_packages_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = re.findall(r"^      - ([^-\s].*)$", (ROOT / "environment.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(project["dependencies"])
    assert f"python{project['requires-python']}" in (ROOT / "environment.yml").read_text(encoding="utf-8")


def test_the_sandboxs_image_holds_packages_of_pyproject_as_new_as_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = re.findall(r'"([^"]+>=[^"]+)"', (ROOT / "grading/sandbox/Containerfile").read_text(encoding="utf-8"))
    assert "torch" in {one.split(">=")[0] for one in listed}
    assert set(listed) <= set(project["dependencies"])


@pytest.mark.parametrize("package", ["jupyterlab", "torch", "torchvision", "matplotlib", "seaborn", "nbgrader",
                                     "diffusers", "transformers", "mediapy", "pytest"])  # fmt: skip
def test_the_packages_of_the_design_are_dependencies(package):
    assert re.search(rf'"{package}>=', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_helpers_never_imports_grading():
    for path in python_files("helpers"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                assert not any(name.split(".")[0] in ("grading", "tests") for name in names), path


def test_importing_helpers_loads_nothing_heavy():
    modules = [p.stem for p in (ROOT / "helpers").glob("*.py") if p.stem != "__init__" and not p.stem.startswith("train_")]
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module('helpers.' + name)\n"
        "importlib.import_module('helpers.checks')\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_nothing_that_a_run_leaves_behind_is_committed():
    """What .gitignore names is made by running the course; shipped weights are the exception it names."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy is no git repository")
    found = subprocess.run(["git", "ls-files", "-ci", "--exclude-standard"], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout == ""


@pytest.mark.parametrize("folder", ["helpers", "grading"])
def test_a_module_is_one_idea(folder):
    stated = re.search(r"A module is one idea\*\*, (\d+) lines at most", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(folder)}
    assert {path: count for path, count in lines.items() if count > int(stated[1])} == {}


def test_public_functions_say_what_they_do():
    silent = []
    for path in python_files("helpers") + python_files("grading"):
        if path.parent.name == "exercises":  # there a property's statement says it
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not ast.get_docstring(tree):
            silent.append(path.name)
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                silent.append(f"{path.name}: {node.name}")
    assert silent == []


def test_links_in_the_documents_lead_somewhere():
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)\)", document.read_text(encoding="utf-8")):
            if not target.startswith(("http", "mailto:")):
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_readme_names_targets_that_the_makefile_has():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`make (\w+)`", (ROOT / "README.md").read_text(encoding="utf-8"))):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
