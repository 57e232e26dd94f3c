"""What all benchmarks share: the networks that are compared, honest timing, intervals, tables, JSON."""

import json
import os
import platform
import statistics
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from scipy.stats import t as student

from helpers import recipe
from helpers.files import write_text
from helpers.muon import Muon
from helpers.profile import autocast
from helpers.unet import Unet
from helpers.weights import ddpm_digits

RESULTS = Path(__file__).parent / "results"
CLASSIC = {"norm": "batch", "residual": False}


class Peer(torch.nn.Module):
    """Another library's network behind our call: model(x, t) → tensor."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x, t):
        output = self.network(x, t)
        return getattr(output, "sample", output)


def diffusers_course():
    """The UNet2DModel that a well-known diffusion course trains on MNIST."""
    from diffusers import UNet2DModel

    return Peer(
        UNet2DModel(
            sample_size=32,
            in_channels=1,
            out_channels=1,
            layers_per_block=2,
            block_out_channels=(32, 64, 64),
            down_block_types=("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
            up_block_types=("AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
        )
    )


def library(dim, dim_mults):
    """The U-Net of denoising-diffusion-pytorch (pip install -e '.[peers]')."""
    from denoising_diffusion_pytorch import Unet as LibraryUnet

    return Peer(LibraryUnet(dim=dim, dim_mults=dim_mults, channels=1))


# name: (builds the network, optimiser, precision, channels-last)
NETWORKS = {
    "ours, in class": (recipe.network, "muon", "fp32", True),
    "ours, in class, AdamW": (recipe.network, "adam", "fp32", True),
    "ours, in class, bf16": (recipe.network, "muon", "bf16", True),
    "prototype, 1 M, AdamW": (lambda: recipe.network(0, widths=(42, 84, 168)), "adam", "fp32", True),
    "the weights that ship": (lambda: recipe.network(0, **ddpm_digits.NETWORK), "muon", "bf16", True),
    "ours, full size": (Unet, "adam", "fp32", True),
    "classic, full size": (lambda: Unet(**CLASSIC), "adam", "fp32", False),
    "diffusers UNet2DModel, course": (diffusers_course, "adam", "fp32", False),
    "denoising-diffusion-pytorch, dim 32": (lambda: library(32, (1, 2, 4)), "adam", "fp32", False),
    "denoising-diffusion-pytorch, README": (lambda: library(64, (1, 2, 4, 8)), "adam", "fp32", False),
}


def build(name):
    """(network, optimiser, precision) of one of NETWORKS."""
    make, optimiser, precision, channels_last = NETWORKS[name]
    model = make()
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
    chosen = Muon(model) if optimiser == "muon" else torch.optim.AdamW(model.parameters(), lr=2e-4)
    return model, chosen, precision


def training_step(model, optimiser, precision, batch_size=64, size=32):
    """A function that does one training step on random images."""
    x, t = torch.randn(batch_size, 1, size, size), torch.randint(0, 1000, (batch_size,))

    def step():
        with autocast("cpu", precision):
            loss = F.mse_loss(model(x, t).float(), x)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


def seconds_per_call(call, budget=8.0, least=2):
    """Wall-clock seconds of the fastest call, after one to warm up; and CPU seconds of the mean call.

    On a machine that others use too, the fastest call is the one that was not interrupted.
    """
    call()
    walls, start, cpu = [], time.perf_counter(), time.process_time()
    while len(walls) < least or time.perf_counter() - start < budget:
        before = time.perf_counter()
        call()
        walls.append(time.perf_counter() - before)
    return min(walls), (time.process_time() - cpu) / len(walls)


def machine():
    """One line about where this was measured."""
    cpu = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        flags = next((line.split() for line in cpuinfo.read_text().splitlines() if line.startswith("flags")), [])
        wanted = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
        cpu += " with " + ", ".join(flag for flag in wanted if flag in flags)
    return f"{os.cpu_count()} cores ({cpu}), {torch.get_num_threads()} threads, torch {torch.__version__}"


def wilson(right: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share."""
    z, p = 1.96, right / n
    middle, spread = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)


def interval_of_mean(values):
    """The mean of a few values, one a seed, and the half width of its 95 % interval (Student's t); nan for one value."""
    n = len(values)
    half = student.ppf(0.975, n - 1) * statistics.stdev(values) / n**0.5 if n > 1 else float("nan")
    return statistics.mean(values), half


def keep(path, content):
    """Write what was measured to a JSON file, whole or not at all: hours of work lie in what was there."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def kept(path):
    """What was measured before, {} if nothing was."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write(name, rows, **about):
    """Write benchmarks/results/NAME.json and print the rows as a table."""
    keep(RESULTS / f"{name}.json", {"machine": machine(), **about, "rows": rows})
    print_table(rows)


def read(name):
    """The content of benchmarks/results/NAME.json, which has to be there."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def print_table(rows):
    """Print a list of dictionaries with the same keys, numbers to three figures."""

    def text(value):
        if not isinstance(value, float):
            return str(value)
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"

    cells = [list(rows[0])] + [[text(row.get(key, "")) for key in rows[0]] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)))
