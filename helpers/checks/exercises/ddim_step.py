"""Check of one DDIM step: Song et al. 2020 (arXiv:2010.02502), eq. 12, with the predicted x_0 clipped to [-1, 1]."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from ..check import Check, Wrong
from ..compare import close, expect, numbers, repeated, show
from ..given import expect_unchanged
from ..mixing import some_levels
from ..plain import SubjectError

check = Check(
    "ddim_step",
    home="helpers.sampling",
    mistakes={
        "root_missing_x0": "x_0 is divided by ᾱ_t; divide by √ᾱ_t.",
        "noise_root_missing": "The predicted noise is taken away with factor 1 - ᾱ_t; its factor is √(1-ᾱ_t).",
        "only_x_divided": "√ᾱ_t divides x_t alone; it divides the whole bracket, x_t - √(1-ᾱ_t) ε.",
        "index_shifted": "The index is off by one: ᾱ_t is alphas_cumprod[t], and ᾱ_prev is alphas_cumprod[t_prev].",
        "noise_added": "The predicted noise is added to x_t when x_0 is predicted; take it away.",
        "no_direction": "The term that points to x_t is missing: √(1-ᾱ_prev-σ²) ε.",
        "direction_of_t": "The direction term uses ᾱ_t; it belongs to the step before: √(1-ᾱ_prev-σ²) ε.",
        "direction_root_missing": "The direction term lacks its root: √(1-ᾱ_prev-σ²) ε.",
        "returns_x0": "This is the predicted x_0: go on to x_{t_prev} with √ᾱ_prev x_0 + √(1-ᾱ_prev-σ²) ε.",
        "prev_is_t_minus_1": "The step goes to t - 1 in place of t_prev.",
        "scale_of_t": "x_0 is multiplied by √ᾱ_t again; it belongs to the step before: √ᾱ_prev.",
        "prev_root_missing": "x_0 is multiplied by ᾱ_prev; multiply by √ᾱ_prev.",
        "not_clipped": "The predicted x_0 is not clipped to [-1, 1].",
        "noise_not_recomputed": "After clipping x_0, compute ε again from x_t and the clipped x_0.",
        "output_clipped": "The result is clipped; clip the predicted x_0 only.",
        "clipped_to_0_1": "x_0 is clipped to [0, 1]; the images lie in [-1, 1].",
        "negative_index": "t_prev = -1 picks the last entry of alphas_cumprod; it means the clean image: ᾱ = 1.",
        "zero_is_clean": "t_prev = 0 is taken for the clean image; only t_prev = -1 is, index 0 has a little noise still.",
        "quiet_at_zero": "At t_prev = 0 the noise is left out; only at t_prev = -1 there is none, where σ is 0 anyway.",
        "first_alpha": "At t_prev = -1 the first entry of alphas_cumprod is used; there ᾱ = 1.",
        "no_noise": "With eta > 0 no noise is added: add σ z.",
        "sigma_not_in_direction": "The direction term leaves out σ²: √(1-ᾱ_prev-σ²) ε.",
        "sigma_not_rooted": "σ² is used for σ: σ = eta √((1-ᾱ_prev)/(1-ᾱ_t)) √(1-ᾱ_t/ᾱ_prev).",
        "sigma_not_squared": "The direction term takes away σ; it takes away σ²: √(1-ᾱ_prev-σ²) ε.",
        "sigma_of_t": "σ takes no account of t_prev: σ = eta √((1-ᾱ_prev)/(1-ᾱ_t)) √(1-ᾱ_t/ᾱ_prev).",
        "sigma_upside_down": "The first ratio of σ is upside down: it is (1-ᾱ_prev)/(1-ᾱ_t).",
        "sigma_factor_missing": "σ lacks its first factor, √((1-ᾱ_prev)/(1-ᾱ_t)).",
        "eta_rooted": "eta stands under the root; it multiplies the root.",
        "eta_squared": "eta enters squared: σ is proportional to eta, σ² to eta².",
        "eta_ignored": "eta is ignored: σ is as for eta = 1.",
        "eta_not_in_direction": "The direction term's σ lacks its factor eta: it is the σ that z has, √(1-ᾱ_prev-σ²) ε.",
        "unscaled_noise": "z is added unscaled: add σ z.",
        "own_noise": "The noise z given as an argument is not used.",
        "z_none": "With eta = 0 z may be None: don't use it there.",
        "mutates": "An argument is changed in place: use x_t * …, not x_t *= ….",
    },
    hints=(
        "What are the three pieces of a step: where does it aim, what noise does it keep, and what noise is new?",
        "x_0 = ((x_t - √(1-ᾱ_t) e)/√ᾱ_t).clamp(-1, 1), then ε = (x_t - √ᾱ_t x_0)/√(1-ᾱ_t); ᾱ_prev is 1 for t_prev = -1.",
        "σ = eta √((1-ᾱ_prev)/(1-ᾱ_t)) √(1-ᾱ_t/ᾱ_prev). x_0 has factor √ᾱ_prev, z has σ: which factor of ε "
        "makes all variances sum to 1?",
    ),
)

T = 1000
RTOL, ATOL = 2e-3, 5e-4  # room for float32: at large t, x_0 is a small difference divided by a small √ᾱ


@dataclass
class DDIMCase:
    """One step from t to t_prev, with all that the formula needs, in float64."""

    t: int
    t_prev: int
    x_t: torch.Tensor
    e: torch.Tensor
    alphas_cumprod: torch.Tensor
    eta: float = 0.0
    z: torch.Tensor | None = None

    @property
    def a(self):
        return self.alphas_cumprod[self.t]

    @property
    def a_prev(self):
        return self.alphas_cumprod[self.t_prev] if self.t_prev >= 0 else torch.ones((), dtype=torch.float64)

    def x0(self):
        return (self.x_t - (1 - self.a).sqrt() * self.e) / self.a.sqrt()

    def sigma(self, eta=None):
        eta = self.eta if eta is None else eta
        return eta * ((1 - self.a_prev) / (1 - self.a) * (1 - self.a / self.a_prev)).sqrt()

    def move(self, x0, e, a_prev=None, sigma=None, direction=None):
        """√ᾱ_prev x_0 + √(1-ᾱ_prev-σ²) ε + σ z, with any piece replaced."""
        a_prev = self.a_prev if a_prev is None else a_prev
        sigma = self.sigma() if sigma is None else sigma
        direction = (1 - a_prev - sigma**2).clamp(min=0).sqrt() if direction is None else direction
        return a_prev.sqrt() * x0 + direction * e + (sigma * self.z if self.z is not None else 0)

    def renoised(self, x0):
        return (self.x_t - self.a.sqrt() * x0) / (1 - self.a).sqrt()

    def right(self):
        x0 = self.x0().clamp(-1, 1)
        return self.move(x0, self.renoised(x0))


def _case(bench, key, t_prev=None, size=0.9, t=None, eta=0.0) -> DDIMCase:
    """A step whose predicted x_0 fills [-size, size]."""
    t = bench.integer(f"{key} t", 200, 450) if t is None else t
    t_prev = t - bench.integer(f"{key} stride", 80, 150) if t_prev is None else t_prev
    alphas_cumprod = some_levels(bench, key, T).double()
    e = bench.wide(f"{key} e", 2, 1, 4, 6).double()
    x0 = size * torch.tanh(2 * bench.randn(f"{key} x0", 2, 1, 4, 6).double())
    x_t = (alphas_cumprod[t].sqrt() * x0 + (1 - alphas_cumprod[t]).sqrt() * e).float().double()
    z = bench.randn(f"{key} z", 2, 1, 4, 6).double() if eta else None
    return DDIMCase(t, t_prev, x_t, e, alphas_cumprod, eta, z)


def _reply(bench, case: DDIMCase, seed: int = 0):
    extra = {} if case.z is None else {"eta": case.eta, "z": case.z.float()}
    try:
        return _called(bench, case, seed, extra)
    except SubjectError as error:
        if case.z is not None or not _wants_z(error):
            raise
        return _called(bench, case, seed, {"eta": 0.0, "z": torch.zeros(case.x_t.shape)})  # which one property says


def _called(bench, case: DDIMCase, seed: int, extra: dict):
    return bench.call(case.x_t.float(), case.e.float(), case.t, case.t_prev, case.alphas_cumprod.float(), seed=seed, **extra)


def _wants_z(error: SubjectError) -> bool:
    return error.kind == "raised" and "None" in error.message


def _step(bench, case: DDIMCase, seed: int = 0) -> torch.Tensor:
    return numbers(_reply(bench, case, seed), tuple(case.x_t.shape))


@check.property(0.5, "eta = 0: √ᾱ_prev x_0 + √(1-ᾱ_prev) ε")
def deterministic(bench):
    c = _case(bench, "plain")
    x0, one = c.x0(), 1 - c.a_prev
    suspects = {
        "root_missing_x0": c.move((c.x_t - (1 - c.a).sqrt() * c.e) / c.a, c.e),
        "root_missing_x0/clipped": _clipped(c, (c.x_t - (1 - c.a).sqrt() * c.e) / c.a),
        "noise_root_missing": c.move((c.x_t - (1 - c.a) * c.e) / c.a.sqrt(), c.e),
        "noise_root_missing/clipped": _clipped(c, (c.x_t - (1 - c.a) * c.e) / c.a.sqrt()),
        "noise_root_missing/1 over ᾱ": c.move(c.x_t / c.a.sqrt() - (1 / c.a - 1) * c.e, c.e),
        "noise_root_missing/1 over ᾱ, clipped": _clipped(c, c.x_t / c.a.sqrt() - (1 / c.a - 1) * c.e),
        "eta_not_in_direction": c.move(x0, c.e, direction=(one - c.sigma(1.0) ** 2).clamp(min=0).sqrt()),
        "noise_added": c.move((c.x_t + (1 - c.a).sqrt() * c.e) / c.a.sqrt(), c.e),
        "noise_added/clipped": _clipped(c, (c.x_t + (1 - c.a).sqrt() * c.e) / c.a.sqrt()),
        "only_x_divided": c.move(c.x_t / c.a.sqrt() - (1 - c.a).sqrt() * c.e, c.e),
        "only_x_divided/clipped": _clipped(c, c.x_t / c.a.sqrt() - (1 - c.a).sqrt() * c.e),
        "scale_of_t": c.a.sqrt() * x0 + one.sqrt() * c.e,
        "no_direction": c.a_prev.sqrt() * x0,
        "direction_of_t": c.move(x0, c.e, direction=(1 - c.a).sqrt()),
        "direction_root_missing": c.move(x0, c.e, direction=one),
        "returns_x0": x0,
        "prev_is_t_minus_1": c.move(x0, c.e, a_prev=c.alphas_cumprod[c.t - 1]),
        "prev_root_missing": c.a_prev * x0 + one.sqrt() * c.e,
    }
    output = _step(bench, c)
    suspects["output_clipped"] = c.right().clamp(-1, 1)
    suspects["clipped_to_0_1"] = _with_clip(c, x0.clamp(0, 1))
    suspects["clipped_to_0_1/once"] = c.move(x0.clamp(0, 1), c.e)
    expect(output, c.right(), suspects, RTOL, ATOL)
    first = _case(bench, "from the end", t=T - 1, t_prev=T - 1 - bench.integer("from the end stride", 80, 150))
    expect(_step(bench, first), first.right(), {}, RTOL, ATOL)


@check.property(0.25, "t_prev = 0 is index 0, which has a little noise still", needs="deterministic")
def first_index(bench):
    first = _case(bench, "first", t_prev=0, t=bench.integer("first t", 15, 40))
    suspects = {
        "zero_is_clean": first.x0(),
        "index_shifted": _shifted(first),
        "prev_is_t_minus_1": first.move(first.x0(), first.e, first.alphas_cumprod[first.t - 1]),
    }
    expect(_step(bench, first), first.right(), suspects, RTOL, ATOL)


def _shifted(case: DDIMCase) -> torch.Tensor:
    """The step with ᾱ of one index less, 1 in front of the first."""
    return replace(case, alphas_cumprod=torch.cat([torch.ones(1).double(), case.alphas_cumprod[:-1]])).right()


def _clipped(case: DDIMCase, x0: torch.Tensor) -> torch.Tensor:
    x0 = x0.clamp(-1, 1)
    return case.move(x0, case.renoised(x0))


@check.property(0.5, "clips the predicted x_0 to [-1, 1], and computes ε again from it", needs="deterministic")
def clipping(bench):
    c = _case(bench, "clip", size=1.8)
    x0 = c.x0()
    suspects = {
        "not_clipped": c.move(x0, c.e),
        "index_shifted": _shifted(c),
        "noise_not_recomputed": c.move(x0.clamp(-1, 1), c.e),
        "output_clipped": c.move(x0, c.e).clamp(-1, 1),
        "output_clipped/both": c.right().clamp(-1, 1),
        "clipped_to_0_1": _with_clip(c, x0.clamp(0, 1)),
        "clipped_to_0_1/once": c.move(x0.clamp(0, 1), c.e),
    }
    expect(_step(bench, c), c.right(), suspects, RTOL, ATOL)


def _with_clip(case: DDIMCase, x0: torch.Tensor) -> torch.Tensor:
    return case.move(x0, case.renoised(x0))


@check.property(0.5, "t_prev = -1 means the clean image: ᾱ_prev = 1", needs="deterministic")
def last_step(bench):
    c = _case(bench, "last", t_prev=-1, t=bench.integer("last t", 40, 120))
    x0 = c.x0()
    suspects = {
        "first_alpha": c.move(x0, c.e, a_prev=c.alphas_cumprod[0]),
        "index_shifted": _shifted(c),
        "prev_is_t_minus_1": c.move(x0, c.e, a_prev=c.alphas_cumprod[c.t - 1]),
    }
    received = _step(bench, c)
    if close(received, x0, RTOL, 2e-3):
        return
    ending_in_one = c.alphas_cumprod.clone()
    ending_in_one[-1] = 1
    if close(_step(bench, replace(c, alphas_cumprod=ending_in_one)), x0, RTOL, 2e-3):
        raise Wrong("negative_index", show(x0), show(received))
    expect(received, x0, suspects, RTOL, 2e-3)


@check.property(0.25, "eta = 0 needs no z", needs="deterministic")
def without_z(bench):
    try:
        _called(bench, _case(bench, "plain"), 0, {})
    except SubjectError as error:
        raise (Wrong("z_none", "x at t_prev", error.message) if _wants_z(error) else error) from None


@check.property(0.5, "eta > 0 adds σ z, and takes σ² out of the direction term", needs="deterministic")
def noise(bench):
    c = _case(bench, "noise", eta=bench.uniform("eta", 0.4, 0.8))
    x0, sigma = c.x0(), c.sigma()
    plain = (1 - c.a_prev).sqrt()
    suspects = {
        "no_noise": c.move(x0, c.e, sigma=0 * sigma),
        "no_noise/direction": c.move(x0, c.e) - sigma * c.z,
        "sigma_not_in_direction": c.move(x0, c.e, direction=plain),
        "sigma_not_rooted": c.move(x0, c.e, sigma=sigma**2),
        "sigma_not_rooted/eta": c.move(x0, c.e, sigma=c.sigma(1.0) ** 2 * c.eta),
        "index_shifted": _shifted(c),
        "sigma_not_squared": c.move(x0, c.e, direction=(1 - c.a_prev - sigma).clamp(min=0).sqrt()),
        "sigma_of_t": c.move(x0, c.e, sigma=c.eta * (1 - c.a).sqrt()),
        "sigma_of_t/one step": c.move(x0, c.e, sigma=c.eta * (1 - c.a / c.alphas_cumprod[c.t - 1]).sqrt()),
        "sigma_upside_down": c.move(x0, c.e, sigma=sigma * (1 - c.a) / (1 - c.a_prev)),
        "sigma_factor_missing": c.move(x0, c.e, sigma=c.eta * (1 - c.a / c.a_prev).sqrt()),
        "eta_rooted": c.move(x0, c.e, sigma=sigma / c.eta**0.5),
        "eta_squared": c.move(x0, c.e, sigma=sigma * c.eta),
        "eta_ignored": c.move(x0, c.e, sigma=c.sigma(1.0)),
        "unscaled_noise": c.move(x0, c.e, sigma=0 * sigma) + c.z,
        "unscaled_noise/direction": c.move(x0, c.e) - sigma * c.z + c.z,
    }
    received = _step(bench, c)
    opposite = _step(bench, replace(c, z=None if c.z is None else -c.z))
    if close(received, opposite, RTOL, ATOL) and not repeated(received, _step(bench, c, seed=1), RTOL, ATOL):
        raise Wrong("own_noise", "a result that depends on z", "a new result each time, whatever z is")
    expect(received, c.right(), suspects, RTOL, ATOL)
    last = _case(bench, "last noise", t_prev=0, t=bench.integer("last noise t", 15, 40), eta=1.0)
    silent = replace(last, eta=0.0, z=None)
    if close(_step(bench, silent), silent.right(), RTOL, ATOL):  # else index 0 is another property's matter
        quiet = {"quiet_at_zero": last.right() - last.sigma() * last.z, "quiet_at_zero/σ": silent.right()}
        expect(_step(bench, last), last.right(), quiet, RTOL, ATOL)


@check.property(0.25, "leaves its arguments as they were", needs="deterministic")
def untouched(bench):
    c = _case(bench, "plain")
    expect_unchanged((c.x_t.float(), c.e.float(), c.t, c.t_prev, c.alphas_cumprod.float()), _reply(bench, c))


check.defaults(0.25, "eta and z may be left out: no noise then", needs="deterministic")
