"""A room like Colab's: its old IPython and ipywidgets, without mediapy, nbgrader and the course's development install.

Everything else is the packages that this Python has, linked into an environment of its own, so that torch is not installed twice.
"""

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

AS_IN_COLAB = (
    "ipywidgets==7.7.1", "ipython==7.34.0", "ipykernel==6.17.1", "widgetsnbextension==3.6.10",
    "backcall==0.2.0", "pickleshare==0.7.5", "decorator>=5", "ipython_genutils==0.2.0", "nest-asyncio>=1.6",
)  # fmt: skip
ABSENT = ("mediapy", "nbgrader", "diffusion_course", "__editable__", "ipywidgets", "ipython", "ipykernel", "widgetsnbextension")


class NotToBeHad(Exception):
    """The packages that make the room cannot be installed here."""


def make_room(folder: Path) -> Path:
    """An environment in `folder`; returns its Python.

    Raises:
        NotToBeHad: no index has the old packages.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    packages = folder / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.lower().startswith(ABSENT) and entry.name != "__pycache__":
            (packages / entry.name).symlink_to(entry)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", *AS_IN_COLAB]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode:
        raise NotToBeHad(f"needs {AS_IN_COLAB[0]} and {AS_IN_COLAB[1]} from a package index: {done.stderr.strip()[-300:]}")
    return python


def kernel_of(python: Path, folder: Path) -> str:
    """Describe a kernel that runs `python` in `folder`, a place of JUPYTER_PATH; returns the kernel's name."""
    spec = folder / "kernels" / "colab-room"
    spec.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "as in Colab", "language": "python"}))
    return "colab-room"
