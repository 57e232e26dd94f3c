"""Check of one step back: line 4 of Algorithm 2 with σ_t = √β_t (arXiv:2006.11239)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..check import Check, Wrong
from ..compare import close, expect, numbers, repeated
from ..plain import SubjectError

check = Check(
    "ancestral_step",
    home="helpers.ddpm",
    mistakes={
        "noise_added": "The predicted noise is added; take it away from x_t.",
        "bar_root_missing": "The factor of e is β_t/√(1-ᾱ_t); the root is missing.",
        "beta_rooted": "The root is taken of β_t as well; the factor of e is β_t/√(1-ᾱ_t).",
        "whole_noise": "All of the predicted noise is taken away; one step takes β_t/√(1-ᾱ_t) of it.",
        "not_cumulative": "1-α_t stands where 1-ᾱ_t belongs: ᾱ_t is the product of the alphas up to t.",
        "betas_multiplied": "The betas are multiplied up; ᾱ_t is the product of the alphas, 1-β.",
        "noise_not_divided": "e is multiplied by β_t alone; divide it by √(1-ᾱ_t) as well.",
        "wrong_previous": "ᾱ_{t-1} in eq. 7 is wrong: alphas_cumprod[:-1] with a 1 in front, as nothing is lost before the first "
        "step.",
        "posterior_roots_missing": "Eq. 7 has √ᾱ_{t-1} and √α_t in its factors; here their roots are missing.",
        "alpha_for_beta": "α_t multiplies e; the factor is 1-α_t = β_t, over √(1-ᾱ_t).",
        "rescaling_missing": "The factor 1/√α_t in front is missing.",
        "alpha_root_missing": "The bracket is divided by α_t; divide by √α_t.",
        "multiplied": "The bracket is multiplied by √α_t; divide by it.",
        "bar_in_front": "The bracket is divided by √ᾱ_t; divide by √α_t.",
        "only_e_rescaled": "1/√α_t multiplies the predicted noise alone; it stands in front of the whole bracket.",
        "not_the_product": "ᾱ_t is not the product of the alphas: (1 - betas).cumprod(0)[t].",
        "ddim": "This is DDIM's step, which keeps the predicted noise; line 4 takes some away, and adds σ_t z.",
        "only_x_rescaled": "1/√α_t multiplies x_t alone; it stands in front of the whole bracket.",
        "index_shifted": "The index is off by one: in code t runs from 0, and β_t is betas[t].",
        "product_short": "ᾱ_t leaves out the last factor: it is the product of alphas[0] to alphas[t], both included.",
        "returns_x0": "This is the predicted x_0; go one step only.",
        "x0_clipped": "The predicted x_0 is clipped; line 4 clips nothing, that is kept apart here.",
        "output_clipped": "The result is clipped; x_{t-1} is no image, it holds noise.",
        "no_noise": "No noise is added before the last step: add √β_t z.",
        "noise_unscaled": "z is added unscaled: multiply it by σ_t = √β_t.",
        "sigma_not_rooted": "z is multiplied by β_t, the variance; σ_t is √β_t.",
        "sigma_of_alpha": "z is multiplied by √α_t, what is kept; σ_t is √β_t.",
        "sigma_of_all": "z is multiplied by √(1-ᾱ_t), the noise of all steps up to t; that of one step is σ_t = √β_t.",
        "posterior_sigma": "σ_t is that of the posterior, √β̃_t; here it is the paper's first choice, √β_t.",
        "posterior_not_rooted": "z is multiplied by β̃_t, the posterior's variance; here σ_t is √β_t.",
        "langevin_pairing": "z is multiplied by √(2β_t), as in Langevin dynamics with a step β_t; σ_t is √β_t.",
        "noise_rescaled": "The noise is divided by √α_t too; it is added after the bracket.",
        "noise_at_last": "At t = 0 noise is added; the last step adds none, whatever z is.",
        "z_none": "At t = 0 z may be None: don't use it there.",
        "paper_index": "At t = 1 no noise is added: the paper's t > 1 is t > 0 in code, where t runs from 0.",
        "quiet_at_first": "At t = T - 1, the first step that is taken, no noise is added: only t = 0 adds none.",
        "left_alone": "This is x_t as it was.",
        "own_noise": "The noise z given as an argument is not used: draw none inside.",
        "mutates": "An argument is changed in place: use x_t - …, not x_t -= ….",
    },
    slips=(
        "noise_added",
        "bar_root_missing",
        "not_cumulative",
        "betas_multiplied",
        "noise_not_divided",
        "rescaling_missing",
        "alpha_root_missing",
        "multiplied",
        "bar_in_front",
        "only_x_rescaled",
        "product_short",
    ),
    hints=(
        "Line 4, symbol by symbol: which of its letters are in betas[t], and which needs all betas up to t?",
        "α_t = 1-β_t; ᾱ_t is (1 - betas).cumprod(0)[t]. σ_t = √β_t; at t = 0 there is no noise.",
        "With a_bar = (1 - betas).cumprod(0)[t], the bracket is x_t - betas[t] / (1 - a_bar).sqrt() * e. What stands in front of "
        "it in line 4, and when is betas[t].sqrt() * z added?",
    ),
)

T = 40  # few and large steps: one index more or less is then seen
RTOL, ATOL = 2e-4, 2e-5


@dataclass
class AncestralCase:
    """One step back from t, with all that the formula needs, in float64."""

    t: int
    x_t: torch.Tensor
    e: torch.Tensor
    z: torch.Tensor
    betas: torch.Tensor

    @property
    def beta(self):
        return self.betas[self.t]

    @property
    def a_bar(self):
        return (1 - self.betas).cumprod(0)[self.t]

    def mean(self, e=None, beta=None, a_bar=None, factor=None, front=None):
        """The bracket over √α_t, with any piece replaced."""
        e = self.e if e is None else e
        beta = self.beta if beta is None else beta
        a_bar = self.a_bar if a_bar is None else a_bar
        factor = beta / (1 - a_bar).sqrt() if factor is None else factor
        front = 1 / (1 - beta).sqrt() if front is None else front
        return (self.x_t - factor * e) * front

    def posterior_mean(self, previous, root=torch.sqrt):
        """Eq. 7 with the predicted x_0 and another ᾱ_{t-1}."""
        previous = torch.as_tensor(previous, dtype=torch.float64)
        of_x0, of_x_t = root(previous) * self.beta, root(1 - self.beta) * (1 - previous)
        return (of_x0 * self.x0() + of_x_t * self.x_t) / (1 - self.a_bar)

    def x0(self):
        return (self.x_t - (1 - self.a_bar).sqrt() * self.e) / self.a_bar.sqrt()


def _case(bench, key, t=None, size=0.9) -> AncestralCase:
    """A step whose predicted x_0 fills [-size, size]."""
    betas = torch.linspace(0.01, bench.uniform(f"{key} end", 0.12, 0.18), T, dtype=torch.float64).float().double()
    t = bench.integer(f"{key} t", 8, 24) if t is None else t
    a_bar = (1 - betas).cumprod(0)[t]
    x0, e, z = (bench.randn(f"{key} {name}", 2, 1, 4, 6).double() for name in ("x0", "e", "z"))
    x_t = a_bar.sqrt() * size * torch.tanh(2 * x0) + (1 - a_bar).sqrt() * e
    return AncestralCase(t, x_t.float().double(), e.float().double(), z.float().double(), betas)


def _reply(bench, c: AncestralCase, z, seed=0):
    return bench.call(c.x_t.float(), c.e.float(), c.t, c.betas.float(), None if z is None else z.float(), seed=seed)


def _step(bench, c: AncestralCase, z, seed=0) -> torch.Tensor:
    return numbers(_reply(bench, c, z, seed), tuple(c.x_t.shape))


def _mean_suspects(c: AncestralCase) -> dict[str, torch.Tensor]:
    one = torch.ones((), dtype=torch.float64)
    root = (1 - c.a_bar).sqrt()
    alphas_cumprod = (1 - c.betas).cumprod(0)
    return {
        "noise_added": c.mean(-c.e),
        "bar_root_missing": c.mean(factor=c.beta / (1 - c.a_bar)),
        "beta_rooted": c.mean(factor=c.beta.sqrt() / root),
        "whole_noise": c.mean(factor=one),
        "whole_noise/scaled": c.mean(factor=root),
        "not_cumulative": c.mean(a_bar=1 - c.beta),
        "only_e_rescaled": c.x_t - c.beta / root / (1 - c.beta).sqrt() * c.e,
        "not_the_product": c.mean(a_bar=1 - c.betas.cumsum(0)[c.t]),
        "ddim": alphas_cumprod[c.t - 1].sqrt() * c.x0() + (1 - alphas_cumprod[c.t - 1]).sqrt() * c.e,
        "wrong_previous": c.posterior_mean(alphas_cumprod[c.t + 1]),
        "wrong_previous/same": c.posterior_mean(c.a_bar),
        "posterior_roots_missing": c.posterior_mean(alphas_cumprod[c.t - 1], root=lambda a: a),
        "alpha_for_beta": c.mean(factor=(1 - c.beta) / root),
        "rescaling_missing": c.mean(front=one),
        "alpha_root_missing": c.mean(front=1 / (1 - c.beta)),
        "multiplied": c.mean(front=(1 - c.beta).sqrt()),
        "bar_in_front": c.mean(front=1 / c.a_bar.sqrt()),
        "only_x_rescaled": c.x_t / (1 - c.beta).sqrt() - c.beta / root * c.e,
        "index_shifted": c.mean(beta=c.betas[c.t - 1], a_bar=alphas_cumprod[c.t - 1]),
        "index_shifted/up": c.mean(beta=c.betas[c.t + 1], a_bar=alphas_cumprod[c.t + 1]),
        "product_short": c.mean(a_bar=alphas_cumprod[c.t - 1]),
        "returns_x0": c.x0(),
        "left_alone": c.x_t,
        "output_clipped": c.mean().clamp(-1, 1),
    }


@check.property(1.75, "its mean is (x_t - β_t/√(1-ᾱ_t) ε)/√α_t")
def mean(bench):
    c = _case(bench, "mean")
    plus, minus = _step(bench, c, c.z), _step(bench, c, -c.z)
    received, right, suspects = (plus + minus) / 2, c.mean(), _mean_suspects(c)
    if not close(received, right, RTOL, ATOL):
        if not repeated(plus, _step(bench, c, c.z, seed=1), RTOL, ATOL):
            raise Wrong("own_noise", "the same step for the same z", "another step each time")
        sigma = c.beta.sqrt()
        both = [(right + sign * sigma * c.z).clamp(-1, 1) for sign in (1, -1)]
        suspects["output_clipped/noisy"] = sum(both) / 2
    expect(received, right, suspects, RTOL, ATOL, otherwise=lambda: _bar_missed(bench, c))


def _bar_missed(bench, c: AncestralCase) -> str:
    """What stands in place of ᾱ_t: the product of many betas is 0 to rounding, that of two large ones is not."""
    few = AncestralCase(1, c.x_t, c.e, c.z, torch.full((T,), 0.4, dtype=torch.float64))
    received = (_step(bench, few, few.z) + _step(bench, few, -few.z)) / 2
    known = {"betas_multiplied": few.mean(a_bar=few.beta**2), "noise_not_divided": few.mean(factor=few.beta)}
    return next((name for name, wrong in known.items() if close(received, wrong, RTOL, ATOL)), "")


@check.property(1.0, "noise √β_t z is added, from t = T - 1 down to t = 1", needs="mean")
def noise(bench):
    c = _case(bench, "noise")
    previous = (1 - c.betas).cumprod(0)[c.t - 1]
    posterior = (1 - previous) / (1 - c.a_bar) * c.beta
    suspects = {
        "no_noise": 0 * c.z,
        "noise_unscaled": c.z,
        "sigma_not_rooted": c.beta * c.z,
        "sigma_of_alpha": (1 - c.beta).sqrt() * c.z,
        "sigma_of_all": (1 - c.a_bar).sqrt() * c.z,
        "posterior_sigma": posterior.sqrt() * c.z,
        "posterior_not_rooted": posterior * c.z,
        "langevin_pairing": (2 * c.beta).sqrt() * c.z,
        "noise_rescaled": (c.beta / (1 - c.beta)).sqrt() * c.z,
        "index_shifted": c.betas[c.t - 1].sqrt() * c.z,
    }
    expect(_added(bench, c), c.beta.sqrt() * c.z, suspects, RTOL, ATOL)
    for key, t, mistake in (("t one", 1, "paper_index"), ("t first", T - 1, "quiet_at_first")):
        c = _case(bench, key, t=t)
        expect(_added(bench, c), c.beta.sqrt() * c.z, {mistake: 0 * c.z}, RTOL, ATOL)


def _added(bench, c: AncestralCase) -> torch.Tensor:
    """What z adds to the step."""
    return (_step(bench, c, c.z) - _step(bench, c, -c.z)) / 2


@check.property(0.75, "t = 0 adds no noise, whatever z is; z may be None there", needs="mean")
def last_step(bench):
    c = _case(bench, "last", t=0)
    try:
        without = _step(bench, c, None)
    except SubjectError as error:
        raise (Wrong("z_none", "x_0", error.message) if "None" in error.message else error) from None
    # where the mean has cost its points already, what counts here is that z changes nothing
    right = without if check.slips & set(bench.named) else c.mean()
    for received in (without, _step(bench, c, c.z)):
        suspects = {
            "noise_at_last": right + c.beta.sqrt() * c.z,
            "noise_at_last/unscaled": right + c.z,
            "output_clipped": right.clamp(-1, 1),
            "wrong_previous": c.posterior_mean(0.0),
            "wrong_previous/last": c.posterior_mean((1 - c.betas).prod()),
            "wrong_previous/same": c.posterior_mean(c.a_bar),
        }
        expect(received, right, suspects, 1e-3, 1e-4)


@check.property(0.25, "clips nothing: all inputs four times as large give a step four times as large", needs="mean")
def unclipped(bench):
    for key, t, size in (("clip", None, 1.8), ("clip at the end", 0, 20)):
        c = _case(bench, key, t=t, size=size)
        small = AncestralCase(c.t, c.x_t / 4, c.e / 4, c.z / 4, c.betas)
        x0 = c.x0().clamp(-1, 1)
        again = (c.x_t - c.a_bar.sqrt() * x0) / (1 - c.a_bar).sqrt()
        received = _step(bench, c, c.z)
        added = c.beta.sqrt() * c.z if c.t else 0
        suspects = {"output_clipped": (c.mean() + added).clamp(-1, 1)}
        if c.t:  # at the end x_0 is the output
            suspects["x0_clipped"] = c.mean(again) + added
        expect(received, 4 * _step(bench, small, small.z), suspects, RTOL, 10 * ATOL)


@check.property(0.25, "leaves its arguments as they were", needs="mean")
def untouched(bench):
    c = _case(bench, "untouched")
    after = _reply(bench, c, c.z).inputs
    given = (c.x_t.float(), c.e.float(), c.t, c.betas.float(), c.z.float())
    if not all(torch.equal(torch.as_tensor(a), torch.as_tensor(b)) for a, b in zip(after, given)):
        raise Wrong("mutates", "all arguments unchanged", "one changed by the call")
