"""Check of DDPM's training loss: the mean of (ε - ε_θ(x_t, t))² over batch and pixels (arXiv:2006.11239, eq. 14)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F

from ..check import Check, Wrong
from ..compare import expect, numbers, repeated
from ..given import MISTAKES as GIVEN_MISTAKES
from ..given import expect_float32, expect_undisturbed
from ..messages import cotangents
from ..mixing import ends_moved, mixed, some_levels
from ..plain import SubjectError
from ..probes import Probe
from .forward_diffusion import slips

check = Check(
    "ddpm_loss",
    home="helpers.ddpm",
    mistakes={
        "clean_input": "The network sees the clean x0; give it x_t.",
        "noise_input": "The network sees the bare noise; give it x_t.",
        "wrong_x_t": "x_t is not that of eq. 4, √ᾱ_t x_0 + √(1-ᾱ_t) ε: mend it, or use your forward_diffusion.",
        "x_t_clamped": "x_t is clamped before the network sees it: it holds noise, which has no bounds.",
        "predicts_x0": "The network's output is compared with x0; it predicts the noise e.",
        "predicts_x_t": "The network's output is compared with x_t; it predicts the noise e.",
        "sign": "The network's output is added to the noise: take the difference.",
        "summed": "The squares are summed; eq. 14 is used as their mean over batch and pixels.",
        "summed_over_pixels": "The squares are summed over the pixels; take the mean over the pixels too.",
        "summed_over_batch": "The mean over the pixels is summed over the batch; take the mean over the batch too.",
        "square_of_mean": "The mean is taken before the square: errors of opposite sign cancel. Square first.",
        "predicts_v": "The network's output is compared with the velocity v; here it predicts the noise e.",
        "halved": "The factor ½ does not belong here.",
        "root": "A root is taken: the loss is the mean of the squares.",
        "absolute": "The loss takes squares, not absolute values.",
        "huber": "This is the Huber loss, as some code has it; eq. 14 takes squares.",
        "x_t_compared": "x_t is made again from the predicted noise and compared with x_t; eq. 14 compares the noises.",
        "weighted": "The squares are weighted by t; L_simple leaves every weight out.",
        "t_shifted": "The network is asked at t + 1; in code t runs from 0, the index is what it gets.",
        "t_scaled": "The network gets t as a fraction of T; it wants the index t itself.",
        "t_forgotten": "The network is not told t: call model(x_t, t).",
        "end_moved": "One end of the times is treated apart: t = 0 and t = T - 1 are levels like all others.",
        "t_shape": "The network wants t as it came, integers of shape (B,).",
        "own_noise": "The noise e (or the t) given as an argument is not used: draw nothing inside.",
        "not_scalar": "The loss is not reduced to one number: take the mean.",
        "no_gradient": "No gradient reaches the network: leave out .item(), .detach() and torch.no_grad().",
        "half_detached": "Only half of the gradient comes through: one factor of the square is detached.",
        "other_dtype": "The network gets float64 where x0 is float32: x_t must have x0's dtype, whatever alphas_cumprod has.",
        "arguments_exchanged": "The network is called as model(t, x_t): the images come first, model(x_t, t).",
        "mutates": "An argument is changed in place.",
        **{name: GIVEN_MISTAKES[name] for name in ("model_mode", "grad_left")},
    },
    slips=(
        "clean_input",
        "predicts_x0",
        "predicts_x_t",
        "sign",
        "summed",
        "summed_over_pixels",
        "halved",
        "t_shifted",
        "t_scaled",
    ),
    hints=(
        "Lines 4 and 5 of Algorithm 1, with t and ε given: what does the network see, and what is its answer compared with?",
        "x_t is what forward_diffusion returns. The network's guess is model(x_t, t); the loss is a mean square.",
        "x_t = forward_diffusion(x0, t, e, alphas_cumprod), and model(x_t, t) is to equal e. Eq. 14 has a square and an "
        "expectation: over a batch of images, that is the mean over everything.",
    ),
)

T = 1000
BATCH = 3
_TIMES = ((5, 40), (300, 600), (900, 990))


@dataclass
class LossCase:
    """One batch, the network that sees it, and the loss in closed form."""

    x0: torch.Tensor
    t: torch.Tensor
    e: torch.Tensor
    alphas_cumprod: torch.Tensor
    weight: float
    slope: float

    @property
    def probe(self) -> Probe:
        return Probe("noise_predictor", {"weight": self.weight, "slope": self.slope})

    def x_t(self):
        return mixed(self.x0, self.e, self.alphas_cumprod[self.t])

    def velocity(self):
        return mixed(self.e, -self.x0, self.alphas_cumprod[self.t])

    def output(self, x, t=None):
        t = self.t.double() if t is None else t
        return self.weight * x.double() + self.slope * t.reshape(-1, 1, 1, 1) / 1000

    def error(self, x=None, target=None, t=None):
        target = self.e.double() if target is None else target.double()
        return self.output(self.x_t() if x is None else x, t) - target


def _case(bench, key) -> LossCase:
    shape = (BATCH, 2, 5, 4)
    return LossCase(
        x0=0.9 * torch.tanh(bench.randn(f"{key} x0", *shape)),
        # early, middle and late: a weight that depends on t shows somewhere
        t=torch.tensor([bench.integer(f"{key} t{i}", low, high) for i, (low, high) in enumerate(_TIMES)])[[1, 0, 2]],
        e=bench.randn(f"{key} e", *shape),
        alphas_cumprod=some_levels(bench, key, T),
        weight=bench.uniform(f"{key} weight", 0.4, 0.8),
        slope=bench.uniform(f"{key} slope", 0.5, 0.9),
    )


_ERRORS = {
    "missing 1 required positional argument": "t_forgotten",
    "the network wants images x of shape (B, C, H, W)": "arguments_exchanged",
    "the network wants integers t": "t_shape",
}


def _call(bench, case: LossCase, alphas_cumprod=None, **kwargs):
    a_bar = case.alphas_cumprod if alphas_cumprod is None else alphas_cumprod
    try:
        return bench.call(case.probe, case.x0, case.t, case.e, a_bar, **kwargs)
    except SubjectError as error:
        for text, mistake in _ERRORS.items():
            if error.kind == "raised" and text in error.message:
                raise Wrong(mistake, "a loss", error.message) from None
        raise


def _suspects(c: LossCase) -> dict[str, torch.Tensor]:
    square = c.error() ** 2
    t = c.t.double()
    wrong_x_t, a_bar = slips(c.x0, c.e, c.alphas_cumprod[c.t]), c.alphas_cumprod[c.t].reshape(-1, 1, 1, 1)
    snr = a_bar / (1 - a_bar)
    found = {
        "clean_input": (c.error(c.x0) ** 2).mean(),
        "noise_input": (c.error(c.e) ** 2).mean(),
        "x_t_clamped": (c.error(c.x_t().clamp(-1, 1)) ** 2).mean(),
        "predicts_x0": (c.error(target=c.x0) ** 2).mean(),
        "predicts_x_t": (c.error(target=c.x_t()) ** 2).mean(),
        "sign": (c.error(target=-c.e) ** 2).mean(),
        "summed": square.sum(),
        "summed_over_pixels": square.sum() / BATCH,
        "summed_over_batch": square.mean() * BATCH,
        "square_of_mean": c.error().mean() ** 2,
        "predicts_v": (c.error(target=c.velocity()) ** 2).mean(),
        "halved": square.mean() / 2,
        "root": square.mean().sqrt(),
        "root/norm": square.sum().sqrt(),
        "absolute": c.error().abs().mean(),
        "huber": F.smooth_l1_loss(c.error(), torch.zeros_like(square)),
        "x_t_compared": ((1 - a_bar) * square).mean(),
        "weighted/snr": (snr * square).mean(),
        "weighted/min_snr": (snr.clamp(max=5) / snr * square).mean(),
        "weighted": (square * t.reshape(-1, 1, 1, 1)).mean(),
        "weighted/fraction": (square * t.reshape(-1, 1, 1, 1)).mean() / T,
        "t_shifted": (c.error(t=t + 1) ** 2).mean(),
        "t_scaled": (c.error(t=t / T) ** 2).mean(),
        "t_scaled/last": (c.error(t=t / (T - 1)) ** 2).mean(),
        "t_forgotten": (c.error(t=0 * t) ** 2).mean(),
    }
    return found | {f"wrong_x_t/{name}": (c.error(x) ** 2).mean() for name, x in wrong_x_t.items() if name != "left_alone"}


@check.property(1.75, "the mean of (ε - ε_θ(x_t, t))²")
def value(bench):
    c = _case(bench, "value")
    received, another = (numbers(_call(bench, c, seed=seed)).mean() for seed in (0, 1))
    if not repeated(received, another, 1e-4, 1e-6):
        raise Wrong("own_noise", "the same loss for the same t and e", "another loss each time")
    expect(received, (c.error() ** 2).mean(), _suspects(c), 2e-5, 1e-6)
    c = replace(c, t=torch.tensor([T - 1, 0, 500]))
    moved = ends_moved(c.t, lambda t: (replace(c, t=t).error() ** 2).mean())
    expect(numbers(_call(bench, c)).mean(), (c.error() ** 2).mean(), moved, 2e-5, 1e-6)


@check.property(0.5, "is one number", needs="value")
def scalar(bench):
    received = numbers(_call(bench, _case(bench, "scalar")))
    if received.numel() != 1:
        raise Wrong("not_scalar", "one number", f"shape {tuple(received.shape)}")


@check.property(1.0, "carries the right gradient to the network's parameters", needs="value")
def gradient(bench):
    c = _case(bench, "gradient")
    reply = _call(bench, c, param_grads=True)
    found = [reply.param_grads.get(name) for name in ("0.weight", "0.slope")]
    if any(one is None for one in found):
        raise Wrong("no_gradient", "a gradient for each parameter", "none")
    (factors,) = cotangents(numbers(reply))
    if factors.numel() == 1:  # several losses are the business of the property before
        right = torch.stack([_slope(bench, c, name) for name in ("weight", "slope")]) * factors.double().sum()
        expect(torch.stack([one.double() for one in found]), right, {"half_detached": right / 2}, 5e-3, 1e-4)


def _slope(bench, c: LossCase, name: str, h: float = 0.2) -> torch.Tensor:
    """The answer's own loss differentiated by central differences: exact, for it is quadratic in both parameters."""
    up, down = (replace(c, **{name: getattr(c, name) + step}) for step in (h, -h))
    return (numbers(_call(bench, up)) - numbers(_call(bench, down))).mean() / (2 * h)


@check.property(0.5, "works with alphas_cumprod in float64 and a float32 network", needs="value")
def double_schedule(bench):
    c = _case(bench, "double")
    reply = _call(bench, c, alphas_cumprod=c.alphas_cumprod.double())
    expect_float32(reply)
    expect(numbers(reply).mean(), numbers(_call(bench, c)).mean(), {}, 1e-4, 1e-6)


@check.property(0.25, "leaves its arguments as they were", needs="value")
def untouched(bench):
    c = _case(bench, "untouched")
    reply = _call(bench, c)
    after = reply.inputs[1:]
    expect_undisturbed(reply)
    if not all(torch.equal(a, b) for a, b in zip(after, (c.x0, c.t, c.e, c.alphas_cumprod))):
        raise Wrong("mutates", "all arguments unchanged", "one changed by the call")
