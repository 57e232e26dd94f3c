"""Check of annealed Langevin dynamics: x ← x + (α_i/2) s(x, σ_i) + √α_i z, with α_i = ε σ_i²/σ_L².

Song and Ermon 2019 (arXiv:1907.05600), algorithm 1: the pairing (ε/2, √ε). With a linear score the mean and the variance
of x after all steps are known in closed form, whatever the order in which the noise is drawn.
"""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import numbers
from ..plain import SubjectError
from ..probes import Probe

check = Check(
    "annealed_langevin",
    home="helpers.langevin",
    mistakes={
        "step_not_halved": "The score has factor α_i; in algorithm 1 it is α_i/2, with noise √α_i.",
        "langevin_pairing": "Step α_i with noise √(2α_i) is the pairing of langevin_step; algorithm 1 has α_i/2 with √α_i.",
        "constant_step": "The step is the same at all levels: α_i = step_size · σ_i²/σ_L².",
        "sigma_not_squared": "α_i grows with σ_i²/σ_L²: the squares are missing.",
        "divided_by_first": "α_i divides by σ_1², the largest; divide by the last, σ_L².",
        "not_divided": "α_i is not divided by σ_L².",
        "ascending": "The levels run from small to large σ: start with the largest.",
        "wrong_sigma_passed": "The network is given the same σ at every level: pass σ_i.",
        "one_step_a_level": "There is one step at each level; take steps_per_level.",
        "one_step_more": "There is one step too many at each level.",
        "one_step_less": "There is one step too few at each level.",
        "level_missing": "A level is left out: the last one (the smallest σ).",
        "first_level_missing": "A level is left out: the first one (the largest σ).",
        "sign": "The step goes against the score: add it.",
        "no_noise": "No noise is added: √α_i z is missing.",
        "noise_unscaled": "The noise is added with std 1; its std is √α_i.",
        "noise_not_rooted": "The noise has std α_i; the square root is missing.",
        "noise_doubled": "The noise has std √(2α_i); here it is √α_i, since the score has α_i/2.",
        "noise_of_last_level": "The noise has std √step_size at all levels; it is √α_i.",
        "noise_reused": "The same noise is added at every step: draw a new one each time.",
        "noise_reused_in_level": "The same noise is added at each step of a level: draw a new one each time.",
        "noise_shared": "All samples get the same noise: draw one of the shape of x.",
        "no_noise_at_end": "The last step adds no noise; algorithm 1 does.",
        "uniform_noise": "The noise is uniform (torch.rand); it should be normal (torch.randn).",
        "generator_ignored": "The generator is not used: torch.randn(x.shape, generator=generator).",
        "reseeded": "The noise is the same for every generator: don't seed inside.",
        "mutates": "x is changed in place: use x = x + …, not x += ….",
        "two_dimensions_only": "It works for x (B, D), but not for images (B, C, H, W).",
        "levels_collected": "All intermediate x are returned; return the last one.",
    },
    hints=(
        "Two loops: over the levels, from large σ to small, and over steps_per_level. What depends on the level alone?",
        "At each level α = step_size · σ²/sigmas[-1]². Each step: z new, x = x + α/2 · score_net(x, σ) + √α z.",
        "z = torch.randn(x.shape, generator=generator), and σ as a tensor of one σ a sample: "
        "torch.full((len(x),), float(sigma)).",
    ),
)

SAMPLES, STEP = 20_000, 0.05


class Setting:
    """Levels, steps and a linear score, with the mean and variance that they lead to."""

    def __init__(self, bench, key):
        self.steps = bench.integer(f"{key} steps", 3, 5)
        self.sigmas = [bench.uniform(f"{key} first", 1.7, 2.2), bench.uniform(f"{key} second", 1.0, 1.3), 0.6]
        self.w, self.b, self.start = -1.5, bench.uniform(f"{key} b", 8, 12), bench.uniform(f"{key} start", 25, 35)

    def alphas(self, power=2, base=None):
        return [STEP * (sigma / (base or self.sigmas[-1])) ** power for sigma in self.sigmas]

    def mean(self, alphas=None, half=0.5, sigmas=None, steps=None):
        x, alphas, steps = self.start, alphas or self.alphas(), self.steps if steps is None else steps
        for alpha, sigma in zip(alphas, sigmas or self.sigmas):
            for _ in range(steps):
                x = x + half * alpha * (self.w * x + self.b) / sigma
        return x

    def net(self):
        return Probe("linear_score", {"weight": self.w, "bias": self.b, "power": 1.0})


def _run(bench, setting, net, shape=(SAMPLES, 1), seed=5, request_seed=0, start=None):
    x = torch.full(shape, setting.start if start is None else start)
    generator = Probe("generator", {"seed": seed})
    reply = bench.call(net, x, torch.tensor(setting.sigmas), setting.steps, STEP, generator=generator, seed=request_seed)
    if isinstance(reply.value, (tuple, list)):
        raise Wrong("levels_collected", "the last x", f"{len(reply.value)} values")
    value = numbers(reply)
    if value.ndim == len(shape) + 1:
        raise Wrong("levels_collected", f"shape {shape}", f"shape {tuple(value.shape)}")
    if tuple(value.shape) != shape:
        raise Wrong("", f"shape {shape}", f"shape {tuple(value.shape)}")
    return value, reply


@check.property(1.25, "climbs the score by α_i/2, α_i = step_size · σ_i²/σ_L², from large σ to small")
def drift(bench):
    s = Setting(bench, "drift")
    value, _ = _run(bench, s, s.net())
    mean, first = float(value.mean()), s.sigmas[0]
    backwards = s.sigmas[::-1]
    suspects = {
        "step_not_halved": s.mean(half=1),
        "constant_step": s.mean([STEP] * 3),
        "sigma_not_squared": s.mean(s.alphas(power=1)),
        "divided_by_first": s.mean(s.alphas(base=first)),
        "not_divided": s.mean(s.alphas(base=1)),
        "ascending": s.mean(s.alphas()[::-1], sigmas=backwards),
        "ascending/wrong base": s.mean([STEP * (sigma / first) ** 2 for sigma in backwards], sigmas=backwards),
        "wrong_sigma_passed": s.mean(sigmas=[s.sigmas[-1]] * 3),
        "wrong_sigma_passed/first": s.mean(sigmas=[first] * 3),
        "one_step_a_level": s.mean(steps=1),
        "one_step_more": s.mean(steps=s.steps + 1),
        "one_step_less": s.mean(steps=s.steps - 1),
        "level_missing": s.mean(s.alphas()[:-1], sigmas=s.sigmas[:-1]),
        "first_level_missing": s.mean(s.alphas()[1:], sigmas=s.sigmas[1:]),
        "sign": s.mean(half=-0.5),
    }
    expected = s.mean()
    error = 4 * float(value.std()) / len(value) ** 0.5 + 1e-3 * abs(expected)
    if abs(mean - expected) <= max(error, 0.02):
        return
    known = {name.split("/")[0] for name, wrong in suspects.items() if abs(mean - wrong) <= error + 1e-3 * abs(wrong)}
    mistake = known.pop() if len(known) == 1 else ""
    if mistake == "step_not_halved" and abs(_spread(bench, s)[0] / _variance(s) - 2) < 0.1:
        mistake = "langevin_pairing"
    raise Wrong(mistake, f"a mean of {expected:.4g}", f"a mean of {mean:.4g}")


def _variance(s) -> float:
    """The variance that the noise alone leads to."""
    return s.steps * sum(s.alphas())


def _spread(bench, s):
    """Variance over samples, and squared mean displacement, where the score is 0."""
    value, _ = _run(bench, s, Probe("linear_score", {"weight": 0.0, "bias": 0.0}), start=0.0)
    return float(value.var()), value.flatten()


@check.property(1.25, "shakes by √α_i z, z new at each step and for each sample")
def spread(bench):
    s = Setting(bench, "spread")
    received, values = _spread(bench, s)
    right, alphas = _variance(s), s.alphas()
    if abs(received / right - 1) < 0.06:
        return
    if received < 1e-9:
        moved = float(values.abs().max()) > 1e-6
        raise Wrong("noise_shared" if moved else "no_noise", f"a variance of {right:.4g}", "no variance at all")
    suspects = {
        "noise_unscaled": 3.0 * s.steps,
        "noise_not_rooted": s.steps * sum(a**2 for a in alphas),
        "noise_doubled": 2 * right,
        "noise_of_last_level": 3 * s.steps * STEP,
        "noise_reused": (s.steps * sum(a**0.5 for a in alphas)) ** 2,
        "noise_reused_in_level": s.steps**2 * sum(alphas),
        "no_noise_at_end": s.steps * sum(alphas[:-1]) + (s.steps - 1) * alphas[-1],
        "sigma_not_squared": s.steps * sum(s.alphas(power=1)),
        "divided_by_first": s.steps * sum(s.alphas(base=s.sigmas[0])),
        "not_divided": s.steps * sum(s.alphas(base=1)),
        "one_step_a_level": sum(alphas),
        "one_step_more": right * (s.steps + 1) / s.steps,
        "one_step_less": right * (s.steps - 1) / s.steps,
        "level_missing": s.steps * sum(alphas[:-1]),
        "first_level_missing": s.steps * sum(alphas[1:]),
        "uniform_noise": right / 12,
    }
    known = {name for name, wrong in suspects.items() if abs(received / wrong - 1) < 0.03}
    raise Wrong(known.pop() if len(known) == 1 else "", f"a variance of {right:.4g}", f"a variance of {received:.4g}")


@check.property(0.5, "draws its noise from the generator", needs="spread")
def generator(bench):
    s = Setting(bench, "generator")
    first, again = (_run(bench, s, s.net(), shape=(6, 2), request_seed=seed)[0] for seed in (1, 2))
    if not torch.equal(first, again):
        raise Wrong("generator_ignored", "the same x from the same generator", "another x each time")
    if torch.equal(first, _run(bench, s, s.net(), shape=(6, 2), seed=6)[0]):
        raise Wrong("reseeded", "another x from another generator", "the same x")


@check.property(0.5, "works for images (B, C, H, W) too")
def images(bench):
    s, shape = Setting(bench, "images"), (3, 2, 4, 5)
    try:
        _run(bench, s, s.net(), shape=shape)
    except SubjectError as error:
        try:
            _run(bench, s, s.net(), shape=(6, 2))
        except (SubjectError, Wrong):
            raise error from None
        raise Wrong("two_dimensions_only", f"x of shape {shape}", error.message) from None


@check.property(0.5, "leaves the x it is given as it was", needs="drift")
def untouched(bench):
    s = Setting(bench, "untouched")
    _, reply = _run(bench, s, s.net(), shape=(6, 2))
    if not torch.equal(reply.inputs[1], torch.full((6, 2), s.start)):
        raise Wrong("mutates", "x unchanged", "x changed by the call")
