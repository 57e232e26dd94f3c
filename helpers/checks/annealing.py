"""What annealed Langevin dynamics with a linear score leads to, done right and with each known mistake, in closed form."""

from __future__ import annotations

from .probes import Probe

STEP = 0.03


class AnnealedSetting:
    """Levels, steps and a linear score s(x, σ) = w x/σ + b, with the mean and variance that they lead to."""

    def __init__(self, bench, steps=3, scale=1.0):
        self.steps, self.w, self.b = steps, -1.5, bench.uniform("b", 30, 45)
        self.sigmas = [scale * sigma for sigma in (bench.uniform("first", 1.1, 1.25), bench.uniform("second", 0.8, 0.9), 0.6)]
        self.start = bench.uniform("start", 80, 110)
        self.net = Probe("linear_score", {"weight": self.w, "bias": self.b, "power": 1.0, "bias_power": 0.0})

    def alphas(self, power=2, base=None):
        return [STEP * (sigma / (base or self.sigmas[-1])) ** power for sigma in self.sigmas]

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
        rising = [STEP * (sigma / first) ** 2 for sigma in backwards]

        last = s.sigmas[-1]

        def both(alphas, steps=None, sigmas=None):
            return s.mean(alphas, steps=steps, sigmas=sigmas), s.variance(alphas, steps)

        return {
            "step_not_halved": (s.mean(half=1), V),
            "langevin_pairing": (s.mean(half=1), 2 * V),
            "constant_step": both([STEP] * 3),
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
            "noise_of_last_level": (M, 3 * s.steps * STEP),
            "noise_reused": (M, (s.steps * sum(a**0.5 for a in alphas)) ** 2),
            "noise_reused_in_level": (M, s.steps**2 * sum(alphas)),
            "no_noise_at_end": (M, V - alphas[-1]),
        }
