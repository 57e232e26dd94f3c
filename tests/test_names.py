"""One name, one thing; a leading underscore is respected; importing a module changes nothing but what is imported."""

import ast
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(file for package in ("helpers", "grading") for file in (ROOT / package).rglob("*.py"))
MODULES = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in FILES}


def classes_of(files):
    found = defaultdict(list)
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(file.stem)
    return found


def private_uses(name, text):
    """What a module takes of another first-party module though it begins with an underscore."""
    tree, modules, found = ast.parse(text), set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] in ("helpers", "grading")):
            found += [alias.name for alias in node.names if alias.name.startswith("_")]
            modules |= {alias.asname or alias.name for alias in node.names}
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    for node in attributes:
        hidden = node.attr.startswith("_") and not node.attr.startswith("__")
        if hidden and node.value.id in modules and node.value.id[0].islower():
            found.append(f"{node.value.id}.{node.attr}")
    return found


def test_no_two_classes_share_a_name():
    assert {name: places for name, places in classes_of(FILES).items() if len(places) > 1} == {}


def test_two_classes_of_one_name_would_be_seen(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text("class Same: pass\n")
    assert classes_of(tmp_path.glob("*.py"))["Same"] in (["a", "b"], ["b", "a"])


def test_nobody_takes_another_modules_private_names():
    assert {name: uses for name, file in MODULES.items() if (uses := private_uses(name, file.read_text(encoding="utf-8")))} == {}


def test_the_use_of_a_private_name_would_be_seen():
    text = "from grading.sandbox import host\nfrom .check import _run\nhost._sweep()\nhost.__name__\n"
    assert private_uses("x", text) == ["_run", "host._sweep"]


WATCH = """
import importlib, json, os, random, sys
import numpy, torch
import matplotlib

def state():
    files = sorted(os.listdir("."))
    return {
        "environment": dict(os.environ), "path": [p for p in sys.path if "setuptools" not in p], "files": files,
        "folder": os.getcwd(), "random": hash(random.getstate()), "torch": hash(bytes(torch.get_rng_state().numpy())),
        "numpy": hash(bytes(numpy.random.get_state()[1])), "dtype": str(torch.get_default_dtype()),
        "threads": torch.get_num_threads(), "plots": hash(str(dict(matplotlib.rcParams))),
    }

changed, before = {}, state()
for name in json.loads(sys.stdin.read()):
    importlib.import_module(name)
    after = state()
    if after != before:
        changed[name] = [key for key in after if after[key] != before[key]]
        before = after
print("changed:" + json.dumps(changed))
"""


def changed_by(modules, folder, *paths):
    """{module: what changed besides when it was imported}, in an interpreter of its own."""
    code = f"import sys; sys.path[:0] = {[str(path) for path in paths]!r}\n{WATCH}"
    done = subprocess.run([sys.executable, "-c", code], input=json.dumps(modules), cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.split("changed:")[-1])


@pytest.mark.slow
def test_an_import_changes_nothing_but_what_is_imported(tmp_path):
    assert changed_by(list(MODULES), tmp_path, ROOT) == {}


def test_a_side_effect_of_an_import_would_be_seen(tmp_path):
    (tmp_path / "meddler.py").write_text("import os, sys\nos.environ['PATH'] = ''\nsys.path.append('x')\nopen('left', 'w')\n")
    assert changed_by(["meddler"], tmp_path, tmp_path) == {"meddler": ["environment", "path", "files"]}
