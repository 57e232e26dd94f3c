"""Check of the denoising score matching loss: mean over the batch of ‖σ s(x + σ noise, σ) + noise‖², summed over dimensions.

Song and Ermon 2019 (arXiv:1907.05600), eq. 5 and 6, with weight λ(σ) = σ² and without the factor ½.
"""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import close, expect, numbers, repeated
from ..given import MISTAKES as GIVEN_MISTAKES
from ..given import expect_unchanged, expect_undisturbed
from ..losses import expect_gradients
from ..plain import SubjectError
from ..probes import Probe

check = Check(
    "dsm_loss",
    home="helpers.langevin",
    mistakes={
        "sign": "The sign is wrong: the score points back to the data, -noise/σ, so the sum σ s + noise should vanish.",
        "clean_input": "The network sees the clean x; give it the noisy one, x + σ noise.",
        "unscaled_noise": "The noise is added to x without its factor σ.",
        "noise_rooted": "The noise is multiplied by √σ; σ is its standard deviation, not its variance.",
        "x_shrunk": "x is multiplied by √(1-σ²), as a DDPM does; here the noise is added to x as it is.",
        "noisy_clamped": "The noisy x is clamped before the network sees it: noise has no bounds.",
        "score_unscaled": "The score is not multiplied by σ: the loss is ‖σ s + noise‖².",
        "noise_times_sigma": "σ multiplies the noise as well as the score: the loss is ‖σ s + noise‖².",
        "noise_subtracted": "The noise is subtracted from x where the network sees it; give it x + σ noise.",
        "variance_for_sigma": "σ² multiplies the score (or the noise) in place of σ.",
        "mean_over_dimensions": "The squares are averaged over the dimensions too: sum them for each sample, then average.",
        "sum_over_batch": "The loss is summed over the batch; average it.",
        "halved": "The factor ½ does not belong here: this course leaves it out.",
        "unweighted": "The weight is missing: ‖s + noise/σ‖² times σ² is ‖σ s + noise‖².",
        "weight_not_squared": "The weight is σ; it is σ²: ‖s + noise/σ‖² times σ² is ‖σ s + noise‖².",
        "weighted_twice": "The weight σ² comes in twice.",
        "root": "The norm is not squared.",
        "absolute": "The loss takes squares, not absolute values.",
        "not_scalar": "The loss is not reduced to one number: average it over the batch.",
        "float_sigma": "sigma may be a float as well as a tensor (B,): torch.as_tensor(sigma) makes both alike.",
        "arguments_exchanged": "The network is called as score_net(sigma, x): the samples come first, score_net(x, sigma).",
        "images_sigma": "For images (B, C, H, W) the σ of shape (B,) has to become (B, 1, 1, 1) before it multiplies.",
        "weights_broadcast": "Weights of shape (B, 1) meet squares of shape (B,), or the other way round: each weight multiplies "
        "every sample's error. Make both (B,).",
        "square_of_sum": "The sum is squared; sum the squares.",
        "clean_predicted": "The network's output is compared with x; it is a score, to be compared with -noise/σ.",
        "one_sigma": "One σ is used for the whole batch: each sample has its own.",
        "batch_sigma": "A sigma of shape (B,), one a sample, has to become (B, 1) before it multiplies x (B, D).",
        "no_gradient": "No gradient reaches the network: leave out .item(), .detach() and torch.no_grad().",
        "half_gradient": "The value is right, its gradient is not: a part of the loss is detached, and does not train.",
        "network_sigma": "The network is given another σ than the one that the noise was scaled with: score_net(x_noisy, sigma).",
        "target_by_variance": "The score is compared with -noise/σ²; the score of the noise is -noise/σ.",
        "noise_predicted": "The network's output is compared with the noise; it is a score, to be compared with -noise/σ.",
        "sigma_shape": "The network is given σ in another shape than it came: reshape a copy for the product only.",
        "some_dimensions_only": "The squares are summed over one dimension of a sample only: flatten each sample, then sum.",
        "own_noise": "The noise given as an argument is not used: draw none inside.",
        "mutates": "x or noise is changed in place.",
        **GIVEN_MISTAKES,
    },
    hints=(
        "Make the noisy x first. What should the network say there? The score of the noise is -noise/σ.",
        "‖σ s(x + σ noise, σ) + noise‖²: sum over all but the first axis, then average over the batch.",
        "s = torch.as_tensor(sigma).reshape(-1, *[1] * (x.ndim - 1)) multiplies samples of any shape; the network is given sigma "
        "as it came. Square, flatten each sample, sum; what is left is the mean.",
    ),
)


def _sigmas(bench, key, batch):
    return torch.tensor([bench.uniform(f"{key} {i}", 0.3, 2.0) for i in range(batch)])


def _exact(point):
    """The score network of data that all lie at one point: s = (point - x)/σ². Its loss is zero."""
    return Probe("linear_score", {"weight": -1.0, "bias": point, "power": 2.0, "bias_power": 2.0})


def _linear(bench, key):
    params = {"weight": bench.uniform(f"{key} w", -0.9, -0.4), "bias": bench.uniform(f"{key} b", 0.3, 0.9)}
    return Probe("linear_score", params | {"power": 1.0})


def _loss(bench, net, x, sigma, noise, **kwargs):
    """The reply to one call; names the mistake behind the errors that a float σ and a σ of shape (B,) lead to."""
    try:
        return bench.call(net, x, sigma, noise, **kwargs)
    except SubjectError as error:
        mistake = "arguments_exchanged" if "first, and sigma after them" in error.message else ""
        if isinstance(sigma, float) and ("'float' object" in error.message or "must be Tensor, not float" in error.message):
            mistake = "float_sigma"
        if "must match the size" in error.message:
            mistake = "images_sigma" if x.ndim == 4 and _takes_batch_sigma(bench) else "batch_sigma"
        raise (Wrong(mistake, "a loss", error.message) if mistake else error) from None


def _takes_batch_sigma(bench) -> bool:
    try:
        bench.call(_exact(0.0), torch.zeros(4, 7), torch.ones(4), torch.zeros(4, 7))
    except SubjectError:
        return False
    return True


@check.property(1.25, "is zero for the exact score: all data at one point, sigma a float")
def exact(bench):
    sigma, point = bench.uniform("sigma", 0.5, 0.8), bench.uniform("point", -1, 1)
    x, noise = torch.full((5, 3), point), bench.randn("noise", 5, 3)
    received = numbers(_loss(bench, _exact(point), x, sigma, noise)).mean()
    net, other = _linear(bench, "other"), bench.randn("other x", 5, 3)
    if close(received, torch.zeros((), dtype=torch.float64), 1e-3, 1e-5):
        _expect_positive(bench, net, other, sigma, noise)
        _expect_this_noise(bench, sigma)
        return
    # the exact score makes some mistakes look alike, another network tells them apart
    reply = _loss(bench, net, other, sigma, noise)
    if any(abs(called - sigma) > 1e-5 for _, _, called in reply.records.get(0, [])):
        raise Wrong("network_sigma", f"σ = {sigma}", f"σ = {reply.records[0][0][2]:.4g}")
    mistake = _mistake(numbers(_loss(bench, net, other, sigma, noise)).mean(), net.params, other.double(), sigma, noise.double())
    raise Wrong(mistake, "0", f"{float(received):.5g}")


def _expect_positive(bench, net, x, sigma, noise):
    loss = numbers(_loss(bench, net, x, sigma, noise)).mean()
    if not loss > 1e-3:
        raise Wrong("", "a positive loss for a network that is not exact", f"{float(loss):.5g}")


def _expect_this_noise(bench, sigma):
    """The exact score forgives another σ, or another noise, that is used throughout; another network does not.

    Whatever is made of the residual σ s + noise, it is the same where a silent network's noise is that residual.
    """
    net, place, z = _linear(bench, "this"), bench.uniform("place", 0.5, 1.0), bench.uniform("z", 0.5, 1.0)
    residual = net.params["weight"] * (place + sigma * z) + net.params["bias"] + z
    silent = Probe("linear_score", {"weight": 0.0, "bias": 0.0})
    x, noise = torch.full((5, 3), place), torch.full((5, 3), z)
    received, right = (
        numbers(_loss(bench, which, x, sigma, each)).mean() for which, each in ((net, noise), (silent, residual / z * noise))
    )
    expect(received, right, {}, 1e-3, 1e-5)


def _mistake(received, net, x, sigma, noise) -> str:
    def loss(scale=sigma, noisy=x + sigma * noise, target=noise):
        return ((scale * (net["weight"] * noisy + net["bias"]) / sigma + target) ** 2).sum(1).mean()

    variants = {
        "sign": loss(target=-noise),
        "clean_input": loss(noisy=x),
        "unscaled_noise": loss(noisy=x + noise),
        "noise_subtracted": loss(noisy=x - sigma * noise),
        "noise_rooted": loss(noisy=x + sigma**0.5 * noise),
        "x_shrunk": loss(noisy=(1 - sigma**2) ** 0.5 * x + sigma * noise),
        "noisy_clamped": loss(noisy=(x + sigma * noise).clamp(-1, 1)),
        "noisy_clamped/from 0": loss(noisy=(x + sigma * noise).clamp(0, 1)),
        "score_unscaled": loss(scale=1),
        "variance_for_sigma": loss(scale=sigma**2),
        "variance_for_sigma/noise": loss(noisy=x + sigma**2 * noise),
        "noise_predicted": loss(scale=1, target=-noise),
    }
    # the same mistakes with another weighting: mean over dimensions, sum over the batch, ½
    factors = (1, 1 / 3, 5, 1 / 2, 1 / sigma**2, 1 / sigma**2 / 2, sigma**2)
    by_variance = loss(target=noise / sigma)
    if any(close(received, f * by_variance, 1e-4, 1e-6) for f in factors[:-1]):  # with σ² it is σ² times the score
        return "target_by_variance"
    if close(received, loss(target=sigma * noise), 1e-4, 1e-6):
        return "noise_times_sigma"
    output = (net["weight"] * (x + sigma * noise) + net["bias"]) / sigma
    variants["clean_predicted"] = ((output - x) ** 2).sum(1).mean()
    found = {name.split("/")[0] for name, v in variants.items() for f in factors if close(received, f * v, 1e-4, 1e-6)}
    return found.pop() if len(found) == 1 else ""


@check.property(1.0, "sums over dimensions and averages over the batch, weighted by σ²")
def weighting(bench):
    batch, size = 4, 7
    noise, sigmas = bench.randn("noise w", batch, size), _sigmas(bench, "w", batch)
    silent = Probe("linear_score", {"weight": 0.0, "bias": 0.0})
    received = numbers(_loss(bench, silent, bench.randn("x w", batch, size), sigmas, noise))
    if received.numel() > 1:
        raise Wrong("not_scalar", "one number", f"shape {tuple(received.shape)}")
    n, s = noise.double(), sigmas.double()[:, None]
    squares = (n**2).sum(1)
    right = squares.mean()
    suspects = {
        "mean_over_dimensions": (n**2).mean(),
        "sum_over_batch": squares.sum(),
        "halved": right / 2,
        "halved/mean": (n**2).mean() / 2,
        "unweighted": ((n / s) ** 2).sum(1).mean(),
        "unweighted/mean": ((n / s) ** 2).mean(),
        "unweighted/half": ((n / s) ** 2).sum(1).mean() / 2,
        "unweighted/half mean": ((n / s) ** 2).mean() / 2,
        "weight_not_squared": (n**2 / s).sum(1).mean(),
        "weight_not_squared/mean": (n**2 / s).mean(),
        "target_by_variance": ((n / s**2) ** 2).sum(1).mean(),
        "weighted_twice": ((n * s) ** 2).sum(1).mean(),
        "weights_broadcast": ((n / s) ** 2).sum(1).mean() * (s**2).mean(),
        "square_of_sum": (n.sum(1) ** 2).mean(),
        "root": squares.sqrt().mean(),
        "absolute": n.abs().sum(1).mean(),
    }
    if _images_are_averaged(bench, silent):  # then what looks like a sum over the batch is σ of a wrong shape
        suspects["batch_sigma"] = suspects.pop("sum_over_batch")
    if "target_by_variance" in bench.named:
        for name in [name for name in suspects if name.startswith("unweighted")]:
            suspects[f"target_by_variance/{name}"] = suspects.pop(name)
    if "noise_times_sigma" in bench.named:
        suspects["noise_times_sigma"] = suspects.pop("weighted_twice")
    expect(received.reshape(()), right, suspects, 1e-4, 1e-5)


def _images_are_averaged(bench, net) -> bool:
    """Whether the loss of images is the same for one batch and for that batch twice."""
    given = (bench.randn("x a", 3, 2, 2, 3), _sigmas(bench, "a", 3), bench.randn("noise a", 3, 2, 2, 3))
    try:
        once, twice = (numbers(bench.call(net, *(torch.cat([each] * n) for each in given))) for n in (1, 2))
    except (SubjectError, Wrong):
        return False
    return close(once, twice)


@check.property(0.75, "takes one σ a sample for images (B, C, H, W)")
def images(bench):
    shape, point = (4, 2, 3, 5), bench.uniform("point i", -1, 1)
    x, noise = torch.full(shape, point), bench.randn("noise i", *shape)
    received = numbers(_loss(bench, _exact(point), x, _sigmas(bench, "i", 4), noise)).abs().max()
    n, s = noise.double().flatten(1), _sigmas(bench, "i", 4).double()[:, None]
    suspects = {
        f"one_sigma/{name}": ((n * (1 - (one / s) ** 2)) ** 2).sum(1).mean()
        for name, one in {"first": s[:1], "last": s[-1:], "mean": s.mean(), "largest": s.max(), "smallest": s.min()}.items()
    }
    expect(received, torch.zeros((), dtype=torch.float64), suspects, 1e-3, 1e-4)
    net, x, sigmas = _linear(bench, "i"), bench.randn("x i", *shape), _sigmas(bench, "i", 4)
    _expect_positive(bench, net, x, sigmas, noise)
    # whatever the weighting, which is a property of its own: images are samples like any others
    loss = numbers(_loss(bench, net, x, sigmas, noise)).mean()
    if close(loss, _errors(net.params, x, sigmas, noise).flatten(1).sum(1).mean()):
        return
    flat = numbers(_loss(bench, net, x.flatten(1), sigmas, noise.flatten(1))).mean()
    if not close(loss, flat, 1e-4, 1e-5):
        raise Wrong(
            _reduced(net.params, x, sigmas, noise, loss), f"{float(flat):.5g}, as for flattened images", f"{float(loss):.5g}"
        )


def _errors(net, x, sigmas, noise):
    s, n = sigmas.double().reshape(-1, *[1] * (x.ndim - 1)), noise.double()
    return (net["weight"] * (x.double() + s * n) + net["bias"] + n) ** 2


def _reduced(net, x, sigmas, noise, loss) -> str:
    """Whether the squares are summed over some axes of an image, and averaged over the others."""
    axes = ((1,), (2,), (3,), (1, 2), (1, 3), (2, 3))
    partial = any(close(loss, _errors(net, x, sigmas, noise).sum(axis).mean()) for axis in axes)
    return "some_dimensions_only" if partial else ""


@check.property(0.5, "lets the right gradient reach the network")
def gradient(bench):
    batch = 4
    x, noise, sigmas = bench.randn("x g", batch, 6), bench.randn("noise g", batch, 6), _sigmas(bench, "g", batch)
    reply = _loss(bench, _linear(bench, "g"), x, sigmas, noise, param_grads=True)
    numbers(reply)
    found = [reply.param_grads.get(name) for name in ("0.weight", "0.bias")]
    if any(gradient is None for gradient in found):
        raise Wrong("no_gradient", "a gradient for each parameter", "none")
    net = _linear(bench, "g").params
    w, b = (torch.tensor(net[name], dtype=torch.float64, requires_grad=True) for name in ("weight", "bias"))
    s, n = sigmas.double()[:, None], noise.double()
    right = ((w * (x.double() + s * n) + b + n) ** 2).sum(1).mean()
    if numbers(reply).numel() == 1 and close(
        numbers(reply).mean(), right.detach()
    ):  # a wrong value is the business of other properties
        expect_gradients(reply, right, {"0.weight": w, "0.bias": b})


@check.property(0.25, "hands σ to the network as it came, for a tensor of shape (B,)")
def sigma_as_it_came(bench):
    x, noise, sigmas = bench.randn("x s", 5, 3), bench.randn("noise s", 5, 3), _sigmas(bench, "s", 5)
    reply = _loss(bench, _linear(bench, "s"), x, sigmas, noise)
    calls = [(tuple(sigma), samples) for (samples, *_), sigma, _ in reply.records.get(0, [])]
    other = [f"{sigma} for {samples} samples" for sigma, samples in calls if sigma != (samples,)]
    if other or not calls:
        raise Wrong("sigma_shape" if other else "", "σ of shape (5,) for 5 samples", other[0] if other else "no call")


@check.property(0.25, "uses the noise it is given, and changes none of its inputs", needs="gradient")
def untouched(bench):
    batch = 4
    x, noise, sigmas = bench.randn("x u", batch, 6), bench.randn("noise u", batch, 6), _sigmas(bench, "u", batch)
    first, second = (_loss(bench, _linear(bench, "u"), x, sigmas, noise, seed=seed) for seed in (1, 2))
    if not repeated(numbers(first), numbers(second)):
        raise Wrong("own_noise", "the same loss for the same noise", "another loss each time")
    expect_undisturbed(first)
    expect_unchanged((None, x, sigmas, noise), first)  # the model comes first
