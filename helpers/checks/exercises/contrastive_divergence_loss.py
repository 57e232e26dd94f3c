"""Check of the contrastive divergence loss: mean E(x⁺) - mean E(x⁻) + λ mean(E(x⁺)² + E(x⁻)²).

Du and Mordatch 2019 (arXiv:1903.08689), section 3.2.
"""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import close, expect, numbers
from ..losses import expect_gradients
from ..plain import SubjectError

check = Check(
    "contrastive_divergence_loss",
    home="helpers.energy",
    mistakes={
        "sign": "The two terms are exchanged: the energy of real data should go down, that of fake data up.",
        "added": "The two energies are added; the loss is their difference.",
        "sum_for_mean": "The energies are summed; average them over the batch.",
        "fake_missing": "The energy of the fake samples is missing.",
        "absolute": "The difference must keep its sign: no absolute value.",
        "cut_off": "The difference is cut off at 0 (ReLU, max): it enters as it is, there is no margin.",
        "squared": "The difference is squared; it enters as it is.",
        "log_sigmoid": "This is the loss of a GAN's discriminator; contrastive divergence is a plain difference of energies.",
        "no_regulariser": "The penalty λ mean(E(x⁺)² + E(x⁻)²) is missing.",
        "regulariser_minus": "The penalty has the wrong sign: it is added.",
        "regulariser_not_squared": "The penalty takes the squares of the energies.",
        "regulariser_real_only": "The penalty leaves out the fake energies.",
        "regulariser_fake_only": "The penalty leaves out the real energies.",
        "square_of_mean": "The penalty averages the squares; here the averages are squared.",
        "square_of_sum": "The penalty squares each energy; here their sum or difference is squared.",
        "regulariser_halved": "The penalty is half of what it should be: mean(E(x⁺)²) + mean(E(x⁻)²), not their average.",
        "regulariser_summed": "The penalty sums over the batch; it should average.",
        "alpha_ignored": "The penalty is there, but not multiplied by alpha.",
        "squares_subtracted": "The squares of the fake energies are subtracted: add them, the penalty keeps both small.",
        "norms": "The norms are not squared, nor averaged: the penalty is a mean of squares.",
        "alpha_on_one_square": "alpha multiplies one of the two squares only: put their sum in brackets.",
        "alpha_on_the_difference": "alpha multiplies the difference; it belongs to the penalty.",
        "backward_inside": "The loss is to be returned: .backward() is the training step's business.",
        "alpha_squared": "alpha enters squared.",
        "not_scalar": "The loss is not reduced to one number: take the mean over the batch.",
        "detached": "No gradient flows back to the energies: leave out .item(), .detach(), numpy and torch.tensor(…).",
        "real_detached": "No gradient flows back to the real energies.",
        "fake_detached": "No gradient flows back to the fake energies.",
        "half_gradient": "The value is right, its gradient is not: a term is detached, and does not train.",
    },
    slips=("sign", "sum_for_mean"),
    hints=(
        "Training should lower the energy of data and raise that of the model's own samples: which mean is taken from which?",
        "The penalty keeps energies small: alpha times the mean of the squares, of both.",
        "The first part is a difference of two means; the second is alpha times one mean, of the sum of both "
        "squares. Add the two, detach nothing.",
    ),
)


def _energies(bench, key):
    batch = bench.integer(f"{key} batch", 5, 9)
    return 1.5 * bench.randn(f"{key} real", batch) - 0.7, bench.randn(f"{key} fake", batch) + 0.4


def _loss(bench, real, fake, alpha):
    try:
        return numbers(bench.call(real, fake, alpha)).mean()
    except SubjectError as error:
        if "backward" in error.where and "does not require grad" in error.message:
            raise Wrong("backward_inside", "a loss", error.message) from None
        raise


@check.property(1.0, "alpha = 0: mean E(real) - mean E(fake)")
def contrast(bench):
    real, fake = _energies(bench, "contrast")
    softplus = torch.nn.functional.softplus
    formulas = {
        "sign": lambda r, f: f.mean() - r.mean(),
        "added": lambda r, f: r.mean() + f.mean(),
        "sum_for_mean": lambda r, f: r.sum() - f.sum(),
        "fake_missing": lambda r, f: r.mean(),
        "absolute": lambda r, f: (r - f).abs().mean(),
        "absolute/outside": lambda r, f: (r.mean() - f.mean()).abs(),
        "cut_off": lambda r, f: (r.mean() - f.mean()).relu(),
        "cut_off/each": lambda r, f: (r - f).relu().mean(),
        "squared": lambda r, f: (r.mean() - f.mean()) ** 2,
        "squared/each": lambda r, f: ((r - f) ** 2).mean(),
        "log_sigmoid": lambda r, f: softplus(r).mean() + softplus(-f).mean(),
        "log_sigmoid/hinge": lambda r, f: (1 + r).relu().mean() + (1 - f).relu().mean(),
        "log_sigmoid/of the difference": lambda r, f: softplus(r - f).mean(),
        "alpha_ignored": lambda r, f: r.mean() - f.mean() + (r**2 + f**2).mean(),
        "alpha_on_one_square": lambda r, f: r.mean() - f.mean() + (f**2).mean(),
        "alpha_on_one_square/other": lambda r, f: r.mean() - f.mean() + (r**2).mean(),
        "alpha_on_the_difference": lambda r, f: (r**2 + f**2).mean(),
    }

    def both_ways(loss):
        return torch.stack([loss(real.double(), fake.double()), loss(fake.double(), real.double())])

    received = both_ways(lambda r, f: _loss(bench, r.float(), f.float(), 0.0))
    suspects = {name: both_ways(formula) for name, formula in formulas.items()}
    expect(received, both_ways(lambda r, f: r.mean() - f.mean()), suspects)


@check.property(0.5, "alpha adds the penalty alpha · mean(E(real)² + E(fake)²)")
def regulariser(bench):
    real, fake = _energies(bench, "regulariser")
    alpha = bench.uniform("alpha", 0.2, 0.8)
    r, f = real.double(), fake.double()
    right = alpha * (r**2 + f**2).mean()
    suspects = {
        "regulariser_minus": -right,
        "regulariser_not_squared": alpha * (r.mean() + f.mean()),
        "regulariser_not_squared/absolute": alpha * (r.abs() + f.abs()).mean(),
        "regulariser_real_only": alpha * (r**2).mean(),
        "regulariser_fake_only": alpha * (f**2).mean(),
        "square_of_mean": alpha * (r.mean() ** 2 + f.mean() ** 2),
        "square_of_sum": alpha * ((r + f) ** 2).mean(),
        "square_of_sum/difference": alpha * ((r - f) ** 2).mean(),
        "squares_subtracted": alpha * (r**2 - f**2).mean(),
        "norms": alpha * (r.norm() + f.norm()),
        "regulariser_halved": right / 2,
        "regulariser_summed": right * len(r),
        "alpha_squared": right * alpha,
    }
    plain, mirrored = _loss(bench, real, fake, 0.0), _loss(bench, -real, -fake, 0.0)
    received = _loss(bench, real, fake, alpha) - plain
    if not close(mirrored, -plain):  # squares without alpha: the difference of the two losses does not show all of them
        suspects = {}
    if not close(received, right) and abs(float(received)) < 1e-6:
        without = close(plain, r.mean() - f.mean())
        raise Wrong("no_regulariser" if without else "", f"{float(right):.5g} more than for alpha = 0", "no difference")
    expect(received, right, suspects, atol=1e-5)


@check.property(0.25, "is one number, not one a sample", needs="contrast")
def scalar(bench):
    real, fake = _energies(bench, "scalar")
    received = numbers(bench.call(real, fake, 0.1))
    if received.numel() != 1:
        raise Wrong("not_scalar", "one number", f"shape {tuple(received.shape)}")


@check.property(0.25, "lets the right gradients flow to both energies")
def gradient(bench):
    real, fake = _energies(bench, "gradient")
    reply = bench.call(real, fake, 0.3, grad=(0, 1))
    numbers(reply)
    has = [gradient is not None for gradient in reply.input_grads.values()]
    if not all(has):
        mistake = "fake_detached" if has[0] else "real_detached" if has[1] else "detached"
        raise Wrong(mistake, "a gradient for both energies", "one for one of them only" if any(has) else "none")
    known = [energies.double().requires_grad_() for energies in (real, fake)]
    right = known[0].mean() - known[1].mean() + 0.3 * (known[0] ** 2 + known[1] ** 2).mean()
    if numbers(reply).numel() == 1 and close(
        numbers(reply).mean(), right.detach(), atol=1e-5
    ):  # a wrong value is the business of other properties
        expect_gradients(reply, right, dict(enumerate(known)))
    if not all(torch.isfinite(g).all() and bool(g.any()) for g in reply.input_grads.values()):
        raise Wrong("", "finite gradients that are not zero", "a gradient of zeros, nan or inf")
