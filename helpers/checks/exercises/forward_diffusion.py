"""Check of the forward process in one jump: x_t = √ᾱ_t x_0 + √(1-ᾱ_t) ε (arXiv:2006.11239, eq. 4)."""

from __future__ import annotations

import torch

from .. import broadcasting, mixing
from ..check import Check, Wrong
from ..compare import close, expect, numbers, repeated
from ..mixing import ends_moved, mixed, some_levels

check = Check(
    "forward_diffusion",
    home="helpers.ddpm",
    mistakes={
        **mixing.mistakes("x_0", "ᾱ_t", "1-ᾱ_t"),
        "index_shifted": "The index is off by one: in code t runs from 0, and ᾱ_t is alphas_cumprod[t].",
        "cumprod_again": "The product is taken a second time: alphas_cumprod is ᾱ already.",
        "taken_for_betas": "alphas_cumprod is taken for betas; it is ᾱ already, nothing is left to multiply up.",
        "end_moved": "One end of the times is treated apart: t = 0 and t = T - 1 are levels like all others, "
        "alphas_cumprod[0] and alphas_cumprod[-1].",
        "left_alone": "This is x0 as it was.",
        "clamped": "x_t is clamped: it holds noise, which has no bounds.",
        "own_noise": "The noise e given as an argument is not used: draw none inside.",
        "one_t_for_all": "All images get the noise level of one t; each has its own.",
        "along_the_width": "The factors, shape (B,), run along the last axis, the width: make them (B, 1, 1, 1) first.",
        "broadcast": "Factors of shape (B,) do not fit images (B, C, H, W): make them (B, 1, 1, 1) first.",
        "other_dtype": "x_t is not of x0's dtype: with alphas_cumprod in float64 the factors must become float32 again, "
        "for instance by .to(x0.dtype); a float32 network refuses float64 images.",
        "mutates": "An argument is changed in place: use x0 * …, not x0 *= ….",
    },
    slips=(
        "root_missing",
        "signal_root_missing",
        "noise_root_missing",
        "one_minus_root",
        "exchanged",
        "noise_subtracted",
        "noise_unscaled",
        "signal_unscaled",
        "index_shifted",
        "cumprod_again",
        "taken_for_betas",
        "clamped",
    ),
    hints=(
        "Pick ᾱ for each image with t as an index. What shape has it, and what shape has the batch?",
        "alphas_cumprod[t] is (B,); .reshape(-1, 1, 1, 1) makes it multiply images. Then √ᾱ times x0 plus √(1-ᾱ) times e.",
        "a = alphas_cumprod[t].reshape(-1, 1, 1, 1).to(x0.dtype) is ᾱ for each image. Variances add up to 1: if x0 is multiplied "
        "by a.sqrt(), what multiplies e?",
    ),
)

T = 1000
RTOL, ATOL = 1e-3, 2e-4  # room for 1-ᾱ in float32


def _images(bench, key, batch=4):
    """x0 and e, as wide as the batch is long, so that a factor along the wrong axis shows itself in numbers."""
    shape = (batch, 2, 3, batch)
    e = bench.randn(f"{key} e", *shape)
    e[..., 0] *= 4  # noise goes beyond any limit that a clamp might set
    return 0.9 * torch.tanh(bench.randn(f"{key} x0", *shape)), e


def slips(x0, e, a, shifted=()) -> dict[str, torch.Tensor]:
    """What the known slips in eq. 4 give for ᾱ (B,)."""
    found = mixing.slips(x0, e, a) | {"left_alone": x0.double()}
    return found | {f"index_shifted/{i}": mixed(x0, e, other) for i, other in enumerate(shifted)}


def _call(bench, x0, t, e, alphas_cumprod, seed=0):
    with broadcasting.named("broadcast", "x_t"):
        return bench.call(x0, t, e, alphas_cumprod, seed=seed)


@check.property(1.5, "x_t = √ᾱ_t x_0 + √(1-ᾱ_t) ε")
def values(bench):
    a_bar, t = some_levels(bench, "values"), bench.integer("t", 150, 450)
    (x0, e), times = _images(bench, "values"), torch.full((4,), t)
    received = numbers(_call(bench, x0, times, e, a_bar), tuple(x0.shape))
    right = mixed(x0, e, a_bar[times])
    if not close(received, right, RTOL, ATOL):
        another = numbers(_call(bench, x0, times, e, a_bar, seed=1), tuple(x0.shape))
        if not repeated(received, another, RTOL, ATOL):
            raise Wrong("own_noise", "the same x_t for the same e", "another x_t each time")
    # one step changes ᾱ by less than the tolerance of float32 where the schedule is slow: compare more finely here
    shifted = (a_bar[times - 1], a_bar[times + 1])
    suspects = slips(x0, e, a_bar[times], shifted)
    expect(received, right, suspects, 2e-4, 2e-5, otherwise=lambda: _bar_missed(bench, x0, e))


def _bar_missed(bench, x0, e) -> str:
    """What is used for ᾱ_t: a product of many factors is 0 to rounding, and leaves the noise alone; that of two is not."""
    received = numbers(_call(bench, x0, torch.ones(4, dtype=torch.long), e, torch.full((T,), 0.7)), tuple(x0.shape))
    known = {"cumprod_again": 0.7**2, "taken_for_betas": 0.3**2, "signal_missing": 0.0}
    return next((name for name, a in known.items() if close(received, mixed(x0, e, torch.tensor(a)), 2e-4, 2e-5)), "")


@check.property(1.0, "each image has its own t, as if it were alone", needs="values")
def own_t(bench):
    a_bar = some_levels(bench, "own t")
    x0, e = _images(bench, "own t")
    t = torch.tensor([0, bench.integer("t1", 100, 300), bench.integer("t2", 400, 600), T - 1])[torch.tensor([2, 0, 3, 1])]
    received = numbers(_call(bench, x0, t, e, a_bar), tuple(x0.shape))
    one_by_one = [numbers(_call(bench, x0[i : i + 1], t[i : i + 1], e[i : i + 1], a_bar)) for i in range(4)]
    along = a_bar[t].double()
    suspects = {f"one_t_for_all/{i}": mixed(x0, e, a_bar[t[i]].expand(4)) for i in range(4)}
    suspects["one_t_for_all/mean"] = mixed(x0, e, a_bar[t].mean().expand(4))
    suspects["along_the_width"] = along.sqrt() * x0.double() + (1 - along).sqrt() * e.double()
    expect(received, torch.cat(one_by_one), suspects, RTOL, ATOL)
    if not bench.named:  # else the formula has cost its points already
        expect(received, mixed(x0, e, a_bar[t]), ends_moved(t, lambda moved: mixed(x0, e, a_bar[moved])), RTOL, ATOL)


@check.property(0.25, "x_t is float32 like x0, also when alphas_cumprod is float64", needs="values")
def like_x0(bench):
    a_bar, (x0, e) = some_levels(bench, "dtype").double(), _images(bench, "dtype")
    t = torch.full((4,), bench.integer("t dtype", 150, 450))
    reply = _call(bench, x0, t, e, a_bar)
    expect(numbers(reply), numbers(_call(bench, x0, t, e, a_bar.float())), {}, RTOL, ATOL)
    if reply.facts[""].dtype != "float32":
        raise Wrong("other_dtype", "float32", reply.facts[""].dtype)


@check.property(0.25, "leaves its arguments as they were", needs="values")
def untouched(bench):
    a_bar, (x0, e) = some_levels(bench, "untouched"), _images(bench, "untouched")
    given = (x0, torch.full((4,), bench.integer("t untouched", 150, 450)), e, a_bar)
    after = _call(bench, *given).inputs
    if not all(torch.equal(a, b) for a, b in zip(after, given)):
        raise Wrong("mutates", "all arguments unchanged", "one changed by the call")
