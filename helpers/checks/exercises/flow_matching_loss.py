"""Check of the flow-matching loss: the mean square of v_θ(x_t, t) - (data - noise) at x_t = (1-t) noise + t data."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from ..check import Check, Wrong
from ..compare import expect, numbers, repeated, show
from ..fields import MISTAKES as FIELD_MISTAKES
from ..fields import Field, ask, first_right
from ..given import MISTAKES as GIVEN_MISTAKES
from ..given import expect_unchanged, expect_undisturbed
from ..losses import expect_gradients
from ..plain import SubjectError

check = Check(
    "flow_matching_loss",
    home="helpers.flow",
    mistakes={
        "time_reversed": "x_t is (1-t) noise + t data: at t = 0 it is noise, at t = 1 data.",
        "sign": "The target is data - noise: the flow runs from noise to data.",
        "diffusion_path": "This is a path that bends, with square roots as a DDPM's or with sine and cosine; here "
        "x_t = (1-t) noise + t data.",
        "noise_target": "The target is the noise, as in a DDPM; here it is the velocity data - noise.",
        "data_target": "The target is the data; here it is the velocity data - noise.",
        "clean_input": "The model is given the data, not x_t.",
        "noise_input": "The model is given the noise, not x_t.",
        "sum_target": "The target is data + noise; it is their difference, data - noise.",
        "place_target": "The target is made of x_t; it is data - noise, the same all along the line.",
        "one_factor": "Only one of data and noise has its factor: x_t = (1-t) noise + t data.",
        "no_time": "The model is given t = 0 (or 1) for all; give it t.",
        "one_time": "The whole batch is at one time: each sample has its own t.",
        "squared_late": "The mean is taken before the square: square first, then take the mean.",
        "not_squared": "The differences are not squared.",
        "huber": "This is the Huber loss; the loss asked for is the mean square.",
        "model_time": "The model is given 1 - t; give it t.",
        "summed": "This is a sum over the dimensions (or over everything); take the mean over batch and dimensions.",
        "halved": "This is half the loss: leave the ½ out.",
        "root": "This is the root of the loss: leave it out.",
        "absolute": "This is the mean absolute error: square it.",
        "not_scalar": "The loss is one number: take the mean over the batch as well.",
        "shape_of_t": "The model is to be given t as it came, one time a sample, (B,).",
        "t_not_shaped": "t (B,) does not multiply data (B, …) yet: t.reshape(-1, *[1] * (data.ndim - 1)).",
        "t_for_images_only": "t is shaped for images alone; points (B, D) need t[:, None]: t.reshape(-1, *[1] * "
        "(data.ndim - 1)).",
        "no_gradient": "No gradient reaches the model: leave out the detach, .item() or no_grad on the way.",
        "half_gradient": "The value is right, its gradient is not: something on the way is detached.",
        "smallest_sigma": "This path keeps a little noise beside the data, a σ_min as Lipman's has; here x_t = (1-t) noise "
        "+ t data to the end, and the target is data - noise.",
        "weighted": "The squares are weighted by a function of t: each sample counts alike.",
        "own_noise": "Another loss each time for the same inputs: use the noise and t that are given, draw none inside.",
        "mutates": "An input is changed in place.",
        **FIELD_MISTAKES,
        **GIVEN_MISTAKES,
    },
    hints=(
        "Where is the pair at time t, and how fast does it move? A straight line moves at the same speed all along.",
        "x_t = (1-t) noise + t data, with t shaped to multiply: t.reshape(-1, *[1] * (data.ndim - 1)). The "
        "target is data - noise.",
        "With x_t made, v = model(x_t, t) is compared with data - noise: square the difference; what is left is .mean().",
    ),
)


def _error(field, data, noise, t, path=None, target=None, seen_t=None):
    """v(x_t, t) less what it should be, with any piece replaced."""
    data, noise, t = data.double(), noise.double(), t.double()
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    x_t = (1 - s) * noise + s * data if path is None else path(data, noise, s)
    return field(x_t, t if seen_t is None else seen_t(t)) - (data - noise if target is None else target(data, noise))


def _suspects(field, data, noise, t):
    def error(**how):
        return _error(field, data, noise, t, **how)

    def mean(**how):
        return error(**how).square().mean()

    right, count = error(), data[0].numel()
    s = t.double().reshape(-1, *[1] * (data.ndim - 1))
    ways = {"noise": s * (data - noise), "data": (1 - s) * (data - noise), "over": (1 - s) / s * (data - noise)}
    places = {f"place_target/{name}": mean(target=lambda d, n, u=u: u.double()) for name, u in ways.items()}
    found = {
        "time_reversed": mean(path=lambda d, n, s: s * n + (1 - s) * d),
        "time_reversed/both": mean(path=lambda d, n, s: s * n + (1 - s) * d, target=lambda d, n: n - d),
        "sign": mean(target=lambda d, n: n - d),
        "diffusion_path": mean(path=lambda d, n, s: (1 - s).sqrt() * n + s.sqrt() * d),
        "diffusion_path/squares": mean(path=lambda d, n, s: (1 - s**2).sqrt() * n + s * d),
        "diffusion_path/sine": mean(path=lambda d, n, s: (s * torch.pi / 2).cos() * n + (s * torch.pi / 2).sin() * d),
        "noise_target": mean(target=lambda d, n: n),
        "data_target": mean(target=lambda d, n: d),
        "clean_input": mean(path=lambda d, n, s: d),
        "noise_input": mean(path=lambda d, n, s: n),
        "model_time": mean(seen_t=lambda t: 1 - t),
        "sum_target": mean(target=lambda d, n: d + n),
        "one_factor": mean(path=lambda d, n, s: n + s * d),
        "one_factor/noise": mean(path=lambda d, n, s: (1 - s) * n + d),
        "one_factor/turned": mean(path=lambda d, n, s: d + s * n),
        "no_time": mean(seen_t=torch.zeros_like),
        "no_time/one": mean(seen_t=torch.ones_like),
        "one_time": mean(path=lambda d, n, s: (1 - s[0]) * n + s[0] * d),
        "one_time/mean": mean(path=lambda d, n, s: (1 - s.mean()) * n + s.mean() * d),
        "squared_late": right.mean() ** 2,
        "not_squared": right.mean(),
        "huber": F.smooth_l1_loss(right, torch.zeros_like(right)),
        "summed": right.square().mean() * count,
        "summed/batch": right.square().mean() * len(data),
        "summed/all": right.square().sum(),
        "summed/half": right.square().mean() * count / 2,
        "halved": right.square().mean() / 2,
        "root": right.square().mean().sqrt(),
        "root/norm": right.flatten(1).norm(dim=1).mean(),
        "absolute": right.abs().mean(),
    }
    weights = {"t": s, "1-t": 1 - s, "t²": s**2, "(1-t)²": (1 - s) ** 2, "1/t²": 1 / s**2}
    found |= {f"weighted/{name}": (weight * right.square()).mean() for name, weight in weights.items()}
    found |= {
        f"smallest_sigma/{small}": mean(
            path=lambda d, n, s, small=small: (1 - (1 - small) * s) * n + s * d,
            target=lambda d, n, small=small: d - (1 - small) * n,
        )
        for small in (0.1, 0.01, 0.001)
    }
    found["data_target/over 1-t"] = (error(target=lambda d, n: d) / (1 - s)).square().mean()
    return right.square().mean(), found | places


def _inputs(bench, key, *shape):
    data, noise = bench.randn(f"{key} data", *shape) + 0.5, bench.randn(f"{key} noise", *shape)
    return data, noise, 0.05 + 0.9 * torch.rand(shape[0], generator=bench.random(f"{key} t"))


def _asked(bench, field, data, noise, t, **how):
    try:
        return ask(bench, "shape_of_t", field.probe, data, noise, t, **how)
    except SubjectError as error:
        if "must match the size" in error.message or "velocity wants samples" in error.message:
            raise Wrong(_shape_mistake(bench), "a loss", error.message) from None
        raise


def _shape_mistake(bench) -> str:
    """How t was shaped, when it does not fit: only for images it fits images, as it came it fits neither."""
    try:
        ask(bench, "shape_of_t", Field(bench, "shape", 12).probe, *_inputs(bench, "shape", 2, 1, 3, 4))
    except (SubjectError, Wrong):
        return "t_not_shaped"
    return "t_for_images_only"


def _value(reply):
    received = numbers(reply)
    if received.numel() > 1:
        raise Wrong("not_scalar", "one number", f"shape {tuple(received.shape)}")
    return received.reshape(())


def _expect_loss(bench, field, given):
    received, again = (_value(_asked(bench, field, *given, seed=seed)) for seed in (0, 1))
    right, suspects = _suspects(field, *given)
    if not repeated(received, again):
        raise Wrong("own_noise", show(right), f"{show(received)}, then {show(again)}")
    expect(received, right, suspects)


def _expect_no_loss_where_right(bench):
    """A field that is data - noise everywhere has no loss, however large the noise; on a path with a σ_min left it has."""
    field = Field(bench, "exact", 3)
    field.A, field.c, field.q = 0 * field.A, 0 * field.c, 0.0
    noise, t = 100 * bench.randn("exact noise", 5, 3), torch.linspace(0.1, 0.9, 5)
    received = _value(_asked(bench, field, (noise + field.b).float(), noise, t))
    part = float(received / noise.double().square().mean())  # σ_min²
    expect(received, torch.zeros(()), {"smallest_sigma": received} if 0 < part < 0.01 else {}, atol=1e-7)


SHAPES = {"points": (5, 3), "images": (5, 2, 3, 4)}


def _right(bench, key):
    """A field and inputs, for which the answer's loss is right."""
    shape = SHAPES[key]
    field, given = Field(bench, key, torch.zeros(shape)[0].numel()), _inputs(bench, key, *shape)
    _expect_loss(bench, field, given)
    return field, given


def _either(bench):
    return first_right(bench, *(lambda bench, key=key: _right(bench, key) for key in SHAPES))


@check.property(1.25, "points (B, D): the mean over batch and dimensions of |v(x_t, t) - (data - noise)|²")
def points(bench):
    _right(bench, "points")
    _expect_no_loss_where_right(bench)


@check.property(0.75, "images (B, C, H, W) too")
def images(bench):
    _right(bench, "images")


@check.property(0.5, "its gradient reaches the model, and is the right one")
def gradient(bench):
    field, given = _either(bench)
    reply = _asked(bench, field, *given, param_grads=True)
    sources: dict[int | str, torch.Tensor] = {f"0.{name}": getattr(field, name).requires_grad_() for name in ("A", "b", "c")}
    right = _error(field, *given).square().mean()
    another = "smallest_sigma" if "smallest_sigma" in bench.named else "half_gradient"
    expect_gradients(reply, right, sources, dict.fromkeys(sources, "no_gradient"), another=another)


@check.property(0.5, "changes none of its inputs, and gives the model what came, in its dtype")
def untouched(bench):
    field, given = _either(bench)
    reply = _asked(bench, field, *given)
    expect_undisturbed(reply)
    expect_unchanged((field.probe, *given), reply)
