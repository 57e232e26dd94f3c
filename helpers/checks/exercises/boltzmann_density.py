"""Check of the Boltzmann density on a grid: p = exp(-E)/Z, with Z = Σ exp(-E) dx."""

from __future__ import annotations

import math

import torch

from ..check import Check, Wrong
from ..compare import close, expect, numbers, show
from ..figures import compared

check = Check(
    "boltzmann_density",
    home="helpers.energy",
    mistakes={
        "sign": "The sign is wrong: the density is exp(-E), high where the energy is low.",
        "returns_log": "This is the logarithm of the density; return exp of it.",
        "returns_energy": "This is the energy itself; the density is exp(-E)/Z.",
        "half_energy": "The energy is halved on the way: the density is exp(-E), not exp(-E/2).",
        "doubled_energy": "The energy is doubled on the way: the density is exp(-E), not exp(-2E).",
        "linear_in_energy": "The density is exp(-E): here it is linear in E.",
        "dx_missing": "The values sum to 1, but the integral does not: Z = Σ exp(-E) dx, so divide by dx as well.",
        "dx_multiplied": "dx is on the wrong side: divide by Σ exp(-E) dx.",
        "dx_not_logged": "dx is added to a logarithm as it is: log Z is torch.logsumexp(-energy, 0) + log(dx).",
        "dx_squared": "dx comes in twice.",
        "not_normalised": "The density is not divided by Z = Σ exp(-E) dx.",
        "mean_for_sum": "Z is a mean in place of a sum: Z = Σ exp(-E) dx.",
        "shift_on_one_side": "What is taken away from E in exp(-E) has to be taken away in Z as well, or in neither.",
        "divided_by_log_z": "exp(-E) is divided by log Z: divide by Z, or take log Z away inside exp.",
        "sign_in_z": "The sign is wrong in Z alone: it sums exp(-E), as the density has it.",
        "energies_clamped": "The energies are clamped: all beyond the limit become alike. Subtract the smallest energy.",
        "energy_squared": "The energy is squared on the way: the density is exp(-E).",
        "log_z_added": "log Z is added: p is exp(-E) divided by Z, so subtract it.",
        "max_is_one": "The density is scaled to have maximum 1; it should integrate to 1.",
        "overflow": "For large energies exp over- or underflows: subtract the smallest energy first, or use torch.logsumexp.",
        "mutates": "The energy is changed in place: use energy - …, not energy -= ….",
        "scalar": "Return the density at each grid point, shape (N,).",
    },
    hints=(
        "What has to be true of the sum of p over the grid, times dx? That tells what to divide exp(-E) by.",
        "exp(-1000) is 0 in a computer, and 0/0 is nan. Any constant may be added to E without changing p: which one helps?",
        "torch.logsumexp(-energy, dim=0) is the logarithm of Σ exp(-E), safely. Add the logarithm of dx, and "
        "you have log Z; p is exp of what?",
    ),
    figure=lambda bench: _figure(bench),
)

RTOL = 2e-3


def _grid(bench, key, scale=1.0):
    """Energies of a double well on a grid, with (almost) no mass at the ends, so the trapezoid rule agrees with the sum."""
    points, end = bench.integer("points", 150, 350), bench.uniform(f"{key} end", 2.8, 3.2)
    x = torch.linspace(-end, end, points, dtype=torch.float64)
    tilt, depth = bench.uniform(f"{key} tilt", 0.2, 0.9), bench.uniform(f"{key} depth", 0.5, 1.0)
    energy = (scale * (depth * (x**2 - 2) ** 2 + tilt * x)).float()
    return energy, float(x[1] - x[0])


def _peak(density):
    """The density scaled to have its peak at 1: whatever factor it has is the business of one property alone."""
    return density / density.abs().max()


def _figure(bench):
    energy, dx = _grid(bench, "shape")
    x = dx * (torch.arange(len(energy)) - (len(energy) - 1) / 2)
    return compared(bench, (energy, dx), x, _log_density(energy, dx).exp(), ("x", "density"))


def _log_density(energy, dx):
    energy = energy.double()
    shifted = energy - energy.min()
    return -shifted - torch.log(torch.exp(-shifted).sum() * dx)


@check.property(1.0, "is proportional to exp(-E)")
def proportional(bench):
    energy, dx = _grid(bench, "shape")
    log_p = _log_density(energy, dx)
    value = numbers(bench.call(energy, dx))
    if value.ndim == 0:
        raise Wrong("scalar", f"shape {tuple(energy.shape)}", "one number")
    received = numbers(bench.call(energy, dx), tuple(energy.shape))
    e = energy.double()
    suspects = {
        "sign": _peak(torch.exp(e - e.max())),
        "returns_log": _peak(log_p),
        "returns_log/unnormalised": _peak(-e),
        "returns_energy": _peak(e),
        "half_energy": _peak(torch.exp(log_p / 2)),
        "doubled_energy": _peak(torch.exp(2 * log_p)),
        "linear_in_energy": _peak(1 - e),
        "energy_squared": _peak(torch.exp(-(e**2))),
        "energy_squared/half": _peak(torch.exp(-(e**2) / 2)),
    }
    expect(_peak(received), _peak(log_p.exp()), suspects, RTOL, 1e-6)


@check.property(0.75, "integrates to 1: Σ p dx = 1")
def integral(bench):
    energy, dx = _grid(bench, "integral", scale=1.4)  # exp(E - min E) is finite in float32: what overflows is tried apart
    received = numbers(bench.call(energy, dx))
    total = float(received.sum() * dx)
    if abs(total - 1) < 2e-3:
        return
    z = float(torch.exp(-energy.double()).sum() * dx)
    right, lowest = _log_density(energy, dx).exp(), float(energy.min())
    totals = {
        "dx_missing": dx,
        "dx_multiplied": dx**2,
        "dx_squared": 1 / dx,
        "dx_not_logged": dx * math.exp(-dx),
        "dx_not_logged/subtracted": dx * math.exp(dx),
        "not_normalised": z,
        "log_z_added": z**2,
        "mean_for_sum": len(energy) * dx,
        "mean_for_sum/with dx": len(energy),
        "max_is_one": 1 / float(right.max()),
        "shift_on_one_side": math.exp(lowest),
        "shift_on_one_side/in Z": math.exp(-lowest),
        "divided_by_log_z": z / math.log(z),
        "divided_by_log_z/without dx": z / math.log(z / dx),
        "sign_in_z": z / (float(torch.exp(energy.double()).sum()) * dx),
        "sign_in_z/without dx": z / float(torch.exp(energy.double()).sum()),
    }
    known = {name.split("/")[0] for name, wrong in totals.items() if abs(total / wrong - 1) < 2e-3}
    raise Wrong(known.pop() if len(known) == 1 else "", "an integral of 1", f"an integral of {total:.4g}")


@check.property(0.75, "copes with energies in the thousands; a constant added to them changes nothing", needs="proportional")
def large_energies(bench):
    plain, dx = _grid(bench, "large", scale=60.0)
    densities = [numbers(bench.call(energy, dx)) for energy in (plain, plain + 2000, plain - 2000)]
    for density in densities:
        if not torch.isfinite(density).all() or not density.any():
            raise Wrong("overflow" if _right_for_small(bench) else "", "finite numbers that are not all zero", show(density))
    for density in densities[1:]:
        if float(density.min()) == float(density.max()):
            raise Wrong("energies_clamped", "a density that follows the energy", "the same everywhere")
        expect(density, densities[0], {}, 2e-2, 1e-4 * float(densities[0].abs().max()))
    expect(_peak(densities[0]), _peak(_log_density(plain, dx).exp()), {}, 2e-2, 1e-4)


def _right_for_small(bench) -> bool:
    """Whether a constant added to small energies changes nothing: then the formula is right, and arithmetic alone fails it."""
    energy, dx = _grid(bench, "small")
    low, high = (numbers(bench.call(e, dx)) for e in (energy - 8, energy + 8))
    return close(low, high, 2e-2, 1e-4 * float(high.abs().max()))


@check.property(0.5, "keeps the shape and leaves the energy as it was", needs="proportional")
def untouched(bench):
    energy, dx = _grid(bench, "untouched")
    reply = bench.call(energy, dx)
    numbers(reply, tuple(energy.shape))
    if not torch.equal(reply.inputs[0], energy):
        raise Wrong("mutates", "energy unchanged", "energy changed by the call")
