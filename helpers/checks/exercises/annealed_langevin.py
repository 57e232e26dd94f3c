"""Check of annealed Langevin dynamics: x ← x + (α_i/2) s(x, σ_i) + √α_i z, with α_i = ε σ_i²/σ_L².

Song and Ermon 2019 (arXiv:1907.05600), algorithm 1: the pairing (ε/2, √ε). With a linear score the mean and the variance
of x after all steps are known in closed form, whatever the order in which the noise is drawn.
"""

from __future__ import annotations

import torch

from ..annealing import AnnealedSetting
from ..check import Check, Wrong
from ..compare import close, numbers, repeated, show
from ..given import MISTAKES as GIVEN_MISTAKES
from ..given import expect_float32
from ..plain import SubjectError
from ..probes import Probe

check = Check(
    "annealed_langevin",
    home="helpers.langevin",
    mistakes={
        "step_not_halved": "The score has factor α_i; in algorithm 1 it is α_i/2, with noise √α_i.",
        "langevin_pairing": "Step α_i with noise √(2α_i) is the pairing of langevin_step; algorithm 1 has α_i/2 with √α_i.",
        "constant_step": "The step is the same at all levels: α_i = step_size · σ_i²/σ_L².",
        "step_overwritten": "step_size itself is changed at each level, so that the ratios pile up: give α_i a name of its own.",
        "last_not_squared": "σ_i² is divided by σ_L; divide by σ_L².",
        "sigma_not_squared": "α_i grows with σ_i²/σ_L²: the squares are missing.",
        "divided_by_first": "α_i divides by σ_1², the largest; divide by the last, σ_L².",
        "not_divided": "α_i is not divided by σ_L².",
        "ascending": "The levels run from small to large σ: start with the largest.",
        "wrong_sigma_passed": "The network is given the same σ at every level: pass σ_i.",
        "sigma_of_another_level": "The network is given the σ of another level than the step's: pass σ_i.",
        "other_sigma": "The network is given a number that is no level's σ (its square, its logarithm, the step?): pass σ_i.",
        "loops_exchanged": "The loops are exchanged: take all steps of one level, then go on to the next.",
        "score_of_level": "The network is asked once a level: x moves, so ask it again at each step.",
        "one_step_a_level": "There is one step at each level; take steps_per_level.",
        "one_step_more": "There is one step too many at each level.",
        "one_step_less": "There is one step too few at each level.",
        "level_missing": "A level is left out: the last one (the smallest σ).",
        "first_level_missing": "A level is left out: the first one (the largest σ).",
        "sign": "The step goes against the score: add it.",
        "no_noise": "No noise is added: √α_i z is missing.",
        "noise_unscaled": "The noise is added with std 1; its std is √α_i.",
        "noise_times_sigma": "The noise has std σ_i √α_i; it is √α_i alone, and σ_i² is in α_i already.",
        "noise_not_rooted": "The noise has std α_i; the square root is missing.",
        "noise_doubled": "The noise has std √(2α_i); here it is √α_i, since the score has α_i/2.",
        "noise_of_last_level": "The noise has std √step_size at all levels; it is √α_i.",
        "noise_reused": "The same noise is added at every step: draw a new one each time.",
        "noise_reused_in_level": "The same noise is added at each step of a level: draw a new one each time.",
        "noise_shared": "All samples (or all dimensions) get the same noise: draw one of the shape of x.",
        "no_noise_at_end": "The last step, or the last one of a level, or the last level, adds no noise; algorithm 1 adds it at "
        "every step.",
        "noise_halved": "The half of α_i/2 is in the noise too: its std is √α_i.",
        "noise_reused_at_levels": "Each level draws the noise of the level before again: seed nothing inside.",
        "uniform_noise": "The noise is uniform (torch.rand); it should be normal (torch.randn).",
        "clamped": "x is clamped on the way: a chain may go anywhere.",
        "generator_ignored": "The generator is not used: torch.randn(x.shape, generator=generator).",
        "reseeded": "The noise is the same for every generator: don't seed inside.",
        "ratio_upside_down": "The ratio is upside down: α_i = step_size · σ_i²/σ_L², the largest step at the largest σ.",
        "returned_in_level": "The walk ends after the first level: the return is inside the loop over the levels.",
        "returned_in_step": "The walk ends after the first step: the return is inside the loops.",
        "last_step_only": "Each step starts from the first x again: go on from where the last step ended, x = x + ….",
        "start_point": "The score is always taken at the first x: take it where the walk is.",
        "restarted": "Each level starts again from the first x; it starts where the level before ended.",
        "start_ignored": "The x given is not where the walk starts: draw no start of your own.",
        "denoised": "A last step without noise is added at the end (x + σ_L² s); algorithm 1 has none.",
        "index_for_sigma": "The network is given the index of the level in place of its σ.",
        "mutates": "x is changed in place: use x = x + …, not x += ….",
        "two_dimensions_only": "It works for x (B, D), but not for images (B, C, H, W).",
        "sigma_shape": "The network is given σ in another shape than (B,), one σ a sample: torch.full((len(x),), float(sigma)).",
        "mean_point": "The score is taken at the mean of the batch: each sample has a score of its own.",
        "shaken_point": "The score is taken after the noise was added: take it at x, then add both.",
        "levels_collected": "All intermediate x are returned; return the last one.",
        "other_dtype": GIVEN_MISTAKES["other_dtype"],
    },
    slips=(
        "step_not_halved",
        "langevin_pairing",
        "constant_step",
        "sigma_not_squared",
        "divided_by_first",
        "not_divided",
        "ascending",
        "one_step_less",
        "one_step_more",
    ),
    hints=(
        "Two loops: over the levels, from large σ to small, and over steps_per_level. What depends on the level alone?",
        "At each level α = step_size · σ²/sigmas[-1]², and each step draws a new z.",
        "z = torch.randn(x.shape, generator=generator), σ for the network is torch.full((len(x),), float(sigma)). The score has "
        "factor α/2: which one has z, if a step ε/2 goes with √ε?",
    ),
)

SAMPLES = (3_000, 20)
FLAT = 2.2  # the kurtosis of noise that is nearer to uniform than to normal
NO_SCORE = Probe("linear_score", {"weight": 0.0, "bias": 0.0})


def _run(bench, setting, net, shape=SAMPLES, seed=5, request_seed=0, start=None, sigmas=None, steps=None):
    x = torch.full(shape, setting.start if start is None else start)
    generator = Probe("generator", {"seed": seed})
    levels = torch.tensor(sigmas or setting.sigmas)
    reply = bench.call(net, x, levels, steps or setting.steps, setting.step_size, generator=generator, seed=request_seed)
    if isinstance(reply.value, (tuple, list)):
        raise Wrong("levels_collected", "the last x", f"{len(reply.value)} values")
    value = numbers(reply)
    if value.ndim == len(shape) + 1:
        raise Wrong("levels_collected", f"shape {shape}", f"shape {tuple(value.shape)}")
    if tuple(value.shape) != shape:
        raise Wrong("", f"shape {shape}", f"shape {tuple(value.shape)}")
    return value, reply


class Measured:
    """Mean with a score, and variance without one, of many samples."""

    def __init__(self, bench, setting):
        self.setting = setting
        driven, reply = _run(bench, setting, setting.net)
        free, _ = _run(bench, setting, NO_SCORE, start=0.0)
        self.mean = float(driven.mean())
        over_samples, over_dimensions = float(free.var(0).mean()), float(free.var(1).mean())
        self.variance = min(over_samples, over_dimensions)
        self.error = 0.01 + 5 * float(driven.std()) / driven.numel() ** 0.5
        self.called = [sigma for _, _, sigma in reply.records.get(0, [])]
        self.noise_shared = self.variance < 1e-9 and float(free.abs().max()) > 1e-6  # by samples or by dimensions

    def has_mean(self, mean) -> bool:
        return abs(self.mean - mean) <= self.error + 2e-4 * abs(mean)

    def has_variance(self, variance) -> bool:
        return abs(self.variance - variance) <= 0.03 * variance + 1e-9

    def known(self) -> set[str]:
        """The known mistakes that lead to both numbers."""
        return {
            name.split("/")[0]
            for name, (mean, variance) in self.setting.mistakes().items()
            if self.has_mean(mean) and self.has_variance(variance)
        }

    def mistake(self, bench) -> str:
        """The known mistake that leads to these numbers, and with other levels and steps to those, if there is exactly one."""
        if self.noise_shared:
            return "noise_shared"
        sigmas, steps = self.setting.sigmas, self.setting.steps
        if self.called in [[float(i + first) for i in range(len(sigmas)) for _ in range(steps)] for first in (0, 1)]:
            return "index_for_sigma"
        if any(min(abs(told - sigma) for sigma in sigmas) > 1e-4 for told in self.called):
            return "other_sigma"
        of_x = _of_x(bench, self.setting)
        if of_x:
            return of_x
        if _kurtosis(bench, self.setting) < FLAT:
            return "uniform_noise"
        known = self.known()
        if known:
            known &= Measured(bench, AnnealedSetting(bench, steps=2, scale=2.0)).known()
        return known.pop() if len(known) == 1 else ""


def _one_step(bench, setting, start: float) -> torch.Tensor | None:
    """Where all samples are after one step without a score, or None for an answer that knows no single level."""
    try:
        return _run(bench, setting, NO_SCORE, start=start, sigmas=setting.sigmas[-1:], steps=1)[0]
    except (SubjectError, Wrong):
        return None


def _of_x(bench, setting) -> str:
    """The mistake in what is made of the x that was given: it is not used, or far places are cut off; else ""."""
    here, there, *far = (_one_step(bench, setting, start) for start in (0.3, 0.6, 1000.0, -1000.0))
    if here is None or there is None or not here.isfinite().all():
        return ""
    if repeated(here, there):
        return "start_ignored"
    return "clamped" if any(end is not None and float(end.abs().max()) < 100 for end in far) else ""


def _kurtosis(bench, setting) -> float:
    """Of the noise of one step: 3 for normal numbers, 1.8 for uniform ones; 3 where there is none to measure."""
    noise = _one_step(bench, setting, 0.0)
    if noise is None or not float(noise.var()) > 1e-9:
        return 3.0
    centred = noise - noise.mean()
    return float(centred.pow(4).mean() / centred.square().mean() ** 2)


@check.property(1.25, "climbs the score by α_i/2, α_i = step_size · σ_i²/σ_L², from large σ to small")
def drift(bench):
    setting = AnnealedSetting(bench)
    measured, expected = Measured(bench, setting), setting.mean()
    room = 6 * setting.variance() ** 0.5 if measured.noise_shared else 0.0  # one noise for all moves the mean of all
    if not abs(measured.mean - expected) <= room and not measured.has_mean(expected):
        raise Wrong(measured.mistake(bench), f"a mean of {expected:.4g}", f"a mean of {measured.mean:.4g}")


@check.property(1.25, "shakes by √α_i z, z new at each step and for each sample")
def spread(bench):
    setting = AnnealedSetting(bench)
    measured, expected = Measured(bench, setting), setting.variance()
    if not measured.has_variance(expected):
        raise Wrong(measured.mistake(bench), f"a variance of {expected:.4g}", f"a variance of {measured.variance:.4g}")
    kurtosis = _kurtosis(bench, setting)
    if not 2.8 < kurtosis < 3.2:
        raise Wrong(
            "uniform_noise" if kurtosis < FLAT else "", "normal noise, of kurtosis 3", f"noise of kurtosis {kurtosis:.3g}"
        )


@check.property(0.5, "draws its noise from the generator", needs="spread")
def generator(bench):
    s = AnnealedSetting(bench)
    first, again = (_run(bench, s, NO_SCORE, shape=(6, 2), start=0.0, request_seed=seed)[0] for seed in (1, 2))
    if not repeated(first, again):
        raise Wrong("generator_ignored", "the same x from the same generator", "another x each time")
    if torch.equal(first, _run(bench, s, NO_SCORE, shape=(6, 2), start=0.0, seed=6)[0]):
        raise Wrong("reseeded", "another x from another generator", "the same x")


@check.property(0.25, "gives the network x in its own dtype, and one σ a sample, of shape (B,)")
def sigma_a_sample(bench):
    s = AnnealedSetting(bench)
    _, reply = _run(bench, s, s.net, shape=(6, 2))
    expect_float32(reply)
    shapes = {tuple(sigma) for _, sigma, _ in reply.records.get(0, [])}
    if shapes != {(6,)}:
        raise Wrong("sigma_shape" if shapes else "", "σ of shape (6,)", f"{' and '.join(map(str, shapes)) or 'no call'}")


@check.property(0.25, "takes each sample's score where that sample is", needs="spread")
def own_score(bench):
    s, shape = AnnealedSetting(bench, steps=2), (40, 3)
    start = torch.linspace(-300, 300, shape[0])[:, None].expand(shape).contiguous()
    generator = Probe("generator", {"seed": 5})
    value = numbers(bench.call(s.net, start, torch.tensor(s.sigmas), s.steps, s.step_size, generator=generator), shape)
    draws = torch.Generator().manual_seed(5)
    noise = [torch.randn(shape, generator=draws).double() for _ in range(len(s.sigmas) * s.steps)]
    ways = {"": lambda x, z: x, "mean_point": lambda x, z: x.mean(0, keepdim=True), "shaken_point": lambda x, z: x + z}
    ends = {name: _followed(s, start.double(), noise, where) for name, where in ways.items()}
    if float((value - ends[""]).mean(1).abs().max()) < 8 * s.variance() ** 0.5:  # whatever the order of the draws
        return _expect_unshaken(bench, s, ends, value)
    raise Wrong("mean_point" if close(value, ends["mean_point"], 1e-3, 1e-2) else "", show(ends[""]), show(value))


def _followed(s, x, noise, where):
    for i, z in enumerate(noise):
        sigma, alpha = s.sigmas[i // s.steps], s.alphas()[i // s.steps]
        z = alpha**0.5 * z
        x = x + alpha / 2 * (s.w * where(x, z) / sigma + s.b) + z
    return x


def _expect_unshaken(bench, s, ends, value):
    """The score at the shaken point shows in the numbers themselves, where the noise is drawn step by step."""
    if not close(value, ends[""], 1e-4, 1e-3) and close(value, ends["shaken_point"], 1e-4, 1e-3):
        raise Wrong("shaken_point", show(ends[""]), show(value))


@check.property(0.25, "works for images (B, C, H, W) too", needs="drift")
def images(bench):
    s, shape = AnnealedSetting(bench), (3, 2, 4, 5)
    try:
        _run(bench, s, s.net, shape=shape)
    except SubjectError as error:
        try:
            _run(bench, s, s.net, shape=(6, 2))
        except (SubjectError, Wrong):
            raise error from None
        known = [mistake for mistake in ("sigma_shape", "noise_shared") if mistake in bench.named]
        raise Wrong((known or ["two_dimensions_only"])[0], f"x of shape {shape}", error.message) from None


@check.property(0.25, "leaves the x it is given as it was", needs="drift")
def untouched(bench):
    s = AnnealedSetting(bench)
    _, reply = _run(bench, s, s.net, shape=(6, 2))
    if not torch.equal(reply.inputs[1], torch.full((6, 2), s.start)):
        raise Wrong("mutates", "x unchanged", "x changed by the call")
