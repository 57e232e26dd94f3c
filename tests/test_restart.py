"""A student stops a training, restarts the kernel and goes on: the checkpoint is taken up again where there is one, else the run starts anew."""

import re

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

from grading.notebooks import build
from helpers.checkpoint import read_state
from tests.kernels import environment

# the cell that trains, and how many times as long as in the quick profile it is to last so that it can be stopped
TRAINS = {
    "1_energy": ("vae.train_vae(", 300),
    "2_langevin": ("train_score(\n", 100),
    "3_ddpm": ("result = train(", 10),
    "5_guidance": ("run = fit(", 8),
    "6_flow": ("result = fit(model", 15),
    "7_systems": ("teaching.teach(", 6),
}
CHECKPOINTED = {"3_ddpm", "5_guidance", "6_flow"}
LONGER = """
import dataclasses as _dataclasses
from helpers import fit as _fit, profile as _profile

class _Longer(_profile.Profile):
    def pick(self, quick, cpu, gpu):
        return {times} * quick if type(quick) is int else quick

here = _Longer(here.name, here.device, here.precision)
if isinstance(globals().get("recipe"), _fit.FitConfig):  # notebook 3 has picked it in an earlier cell
    recipe = _dataclasses.replace(recipe, steps={times} * recipe.steps)
"""


class Kernel:
    """A kernel of its own for a notebook's cells, in the quick profile, in `folder`."""

    def __init__(self, folder):
        env = environment()
        self.manager, self.client = start_new_kernel(kernel_name="python3", env=env, cwd=str(folder), startup_timeout=300)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, source, stop_at=None):
        """Run a cell and return all that it shows, interrupted at the first step of the progress bar with the text `stop_at`."""
        said, bars = [], []

        def watch(message):
            content = message["content"]
            said.append(content.get("text", "") + content.get("data", {}).get("text/plain", ""))
            said.extend(content.get("traceback", []))
            if stop_at and stop_at in said[-1]:
                bars.append(said[-1])
            steps = content.get("data", {}).get("state", {}).get("value")  # of a bar that moves
            if bars and isinstance(steps, (int, float)) and steps >= 1:
                bars.clear()
                self.manager.interrupt_kernel()

        self.client.execute_interactive(source, timeout=600, output_hook=watch)
        return "\n".join(said)


def cells_up_to_the_training(name):
    """The code cells of the student's notebook before the one that trains, that one, and the next."""
    notebook = nbformat.read(build.ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    (at,) = [i for i, source in enumerate(code) if TRAINS[name][0] in source]
    return code[:at], code[at], code[at + 1]


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINS)
def test_a_training_that_was_stopped_goes_on_after_a_restart(name, tmp_path):
    before, training, after = cells_up_to_the_training(name)
    longer = LONGER.format(times=TRAINS[name][1])
    with Kernel(tmp_path) as kernel:
        for source in (*before, longer):
            kernel.run(source)
        said = kernel.run(training, stop_at="training: ")
        assert "Traceback" not in said, said[-2000:]
        step, of = map(int, re.search(r"Stopped at step (\d+) of (\d+)", said).groups())
        assert 0 < step < of
    stopped = {path: read_state(path) for path in (tmp_path / "checkpoints").glob("*.safetensors")}
    assert len(stopped) == (name in CHECKPOINTED)
    assert name in CHECKPOINTED or "nothing was saved" in said
    with Kernel(tmp_path) as kernel:
        cells = (*before, *[longer] * (name in CHECKPOINTED), training, after)
        said = "\n".join(kernel.run(source) for source in cells)
        assert "Traceback" not in said, said[-2000:]
    for path, state in stopped.items():
        done = read_state(path)
        assert state["step"] == step
        assert done["step"] == done["planned"] == of
        assert done["losses"][:step].equal(state["losses"])
