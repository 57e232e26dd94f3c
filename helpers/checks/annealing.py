"""What annealed Langevin dynamics with a linear score leads to, done right and with each known mistake, in closed form."""

from __future__ import annotations

import itertools
import operator

from .probes import Probe


class AnnealedSetting:
    """Levels, steps and a linear score s(x, σ) = w x/σ + b, with the mean and variance that they lead to."""

    def __init__(self, bench, steps=3, scale=1.0):
        self.steps = steps
        self.step_size = bench.uniform("step", 0.025, 0.035)
        self.w, self.b = -1.5, bench.uniform("b", 30, 45)
        self.sigmas = [scale * sigma for sigma in (bench.uniform("first", 1.1, 1.25), bench.uniform("second", 0.8, 0.9), 0.6)]
        self.start = bench.uniform("start", 80, 110)
        self.net = Probe("linear_score", {"weight": self.w, "bias": self.b, "power": 1.0, "bias_power": 0.0})

    def alphas(self, power=2, base=None):
        return [self.step_size * (sigma / (base or self.sigmas[-1])) ** power for sigma in self.sigmas]

    def mean(self, alphas=None, half=0.5, sigmas=None, steps=None):
        """The mean of x at the end."""
        x = self.start
        for alpha, sigma in zip(alphas or self.alphas(), sigmas or self.sigmas):
            for _ in range(steps or self.steps):
                x = x + half * alpha * (self.w * x / sigma + self.b)
        return x

    def variance(self, alphas=None, steps=None):
        """The variance of x at the end where the score is zero."""
        return (steps or self.steps) * sum(alphas or self.alphas())

    def mistakes(self) -> dict[str, tuple[float, float]]:
        """The mean and variance that known mistakes lead to."""
        s, M, V, first = self, self.mean(), self.variance(), self.sigmas[0]
        alphas, backwards = s.alphas(), self.sigmas[::-1]
        rising = [s.step_size * (sigma / first) ** 2 for sigma in backwards]

        last = s.sigmas[-1]

        def both(alphas, steps=None, sigmas=None):
            return s.mean(alphas, steps=steps, sigmas=sigmas), s.variance(alphas, steps)

        return {
            "step_overwritten": both(
                list(itertools.accumulate((a / s.step_size for a in alphas), operator.mul, initial=s.step_size))[1:]
            ),
            "last_not_squared": both([alpha * last for alpha in alphas]),
            "sigma_of_another_level": (s.mean(sigmas=backwards), V),
            "start_point": (
                s.start + sum(s.steps * a / 2 * (s.w * s.start / sigma + s.b) for a, sigma in zip(alphas, s.sigmas)),
                V,
            ),
            "last_step_only": both(alphas[-1:], sigmas=[last], steps=1),
            "noise_halved": (M, V / 2),
            "noise_halved/outside the root": (M, V / 4),
            "noise_reused_at_levels": (M, s.steps * sum(a**0.5 for a in alphas) ** 2),
            "no_noise_at_end/of each level": (M, V - sum(alphas)),
            "no_noise_at_end/level": (M, V - s.steps * alphas[-1]),
            "step_not_halved": (s.mean(half=1), V),
            "langevin_pairing": (s.mean(half=1), 2 * V),
            "constant_step": both([s.step_size] * 3),
            "sigma_not_squared": both(s.alphas(power=1)),
            "divided_by_first": both(s.alphas(base=first)),
            "not_divided": both(s.alphas(base=1)),
            "ascending": both(alphas[::-1], sigmas=backwards),
            "ascending/wrong base": both(rising, sigmas=backwards),
            "wrong_sigma_passed": (s.mean(sigmas=[s.sigmas[-1]] * 3), V),
            "wrong_sigma_passed/first": (s.mean(sigmas=[first] * 3), V),
            "loops_exchanged": (s.mean(alphas * s.steps, sigmas=s.sigmas * s.steps, steps=1), V),
            "score_of_level": (s.mean([s.steps * alpha for alpha in alphas], steps=1), V),
            "one_step_a_level": both(alphas, steps=1),
            "one_step_more": both(alphas, steps=s.steps + 1),
            "one_step_less": both(alphas, steps=s.steps - 1),
            "level_missing": both(alphas[:-1]),
            "first_level_missing": both(alphas[1:], sigmas=s.sigmas[1:]),
            "ratio_upside_down": both(s.alphas(power=-2)),
            "returned_in_level": both(alphas[:1]),
            "returned_in_step": both(alphas[:1], steps=1),
            "restarted": both(alphas[-1:], sigmas=[last]),
            "denoised": (M + last**2 * (s.w * M / last + s.b), V),
            "sign": (s.mean(half=-0.5), V),
            "no_noise": (M, 0.0),
            "noise_unscaled": (M, 3.0 * s.steps),
            "noise_times_sigma": (M, s.steps * sum(a * sigma**2 for a, sigma in zip(alphas, s.sigmas))),
            "noise_not_rooted": (M, s.steps * sum(a**2 for a in alphas)),
            "noise_doubled": (M, 2 * V),
            "noise_of_last_level": (M, 3 * s.steps * s.step_size),
            "noise_reused": (M, (s.steps * sum(a**0.5 for a in alphas)) ** 2),
            "noise_reused_in_level": (M, s.steps**2 * sum(alphas)),
            "no_noise_at_end": (M, V - alphas[-1]),
        }
