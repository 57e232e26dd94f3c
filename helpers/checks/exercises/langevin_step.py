"""Check of one step of Langevin dynamics: x + α score + √(2α) noise."""

from __future__ import annotations

import torch

from ..check import Check, Wrong
from ..compare import close, expect, numbers, repeated, show

check = Check(
    "langevin_step",
    home="helpers.langevin",
    mistakes={
        "sign": "The step goes down the score: add step_size · score, which points to higher density.",
        "half_pairing": "This is the other valid pairing, (ε/2, √ε); here the step is α and the noise √(2α).",
        "step_for_sigma": "step_size is taken for the noise's standard deviation, the pairing (ε²/2, ε); here the step is α and "
        "the noise √(2α).",
        "drift_missing": "The score term is missing: add step_size · score.",
        "drift_unscaled": "The score is not multiplied by step_size.",
        "drift_doubled": "The score is multiplied by 2 step_size.",
        "drift_rooted": "The score's factor has a root; it is step_size itself.",
        "x_missing": "Only the change is returned: add it to x.",
        "half_drift": "The score is multiplied by step_size/2; its factor is step_size.",
        "noise_unscaled": "The noise is not scaled: its factor is √(2 step_size).",
        "noise_missing": "The noise is not added: without it this is gradient ascent, not sampling.",
        "root_missing": "The noise has factor 2 step_size; the square root is missing.",
        "factor_two_missing": "The noise has factor √step_size; the 2 under the root is missing.",
        "noise_like_drift": "The noise has factor step_size; its factor is √(2 step_size).",
        "two_outside": "The noise has factor 2 √step_size: the 2 belongs under the root.",
        "root_two_outside": "The noise has factor √2 step_size: step_size belongs under the root.",
        "two_below": "The noise has factor √(step_size/2): the 2 multiplies step_size.",
        "noise_in_bracket": "step_size multiplies the noise, too: it belongs to the score alone, the noise has √(2 step_size).",
        "noise_divided": "The noise is divided by √(2 step_size); multiply by it.",
        "own_noise": "The noise given as an argument is not used: draw none inside.",
        "noise_subtracted": "The noise is subtracted; add it.",
        "mutates": "x is changed in place: use x + …, not x += ….",
        "score_mutates": "The score is changed in place.",
        "noise_mutates": "The noise is changed in place.",
        "arguments_exchanged": "step_size and noise are exchanged: the arguments come in the order (x, score, step_size, noise).",
        "exchanged": "x and score are exchanged: step_size belongs to the score, x stays as it is.",
        "normalised": "The score is scaled, or clipped, to unit length; its length matters.",
        "clamped": "x or the score is clamped: a chain may go anywhere, and a score may have any length.",
        "extra_noise": "Noise is drawn inside as well: the noise given as an argument is all there is.",
    },
    hints=(
        "What moves x if there is no noise, and what if there is no score? Which of the two has a square root?",
        "The climb is linear in step_size, the shake grows with its root.",
        "The climb is step_size · score. The shake has variance 2 · step_size: what factor does a noise of "
        "std 1 need? Add both to x.",
    ),
)

ATOL = 1e-4  # float32 of numbers around 100


def _inputs(bench, key):
    shape = (bench.integer(f"{key} batch", 3, 6), 2)
    step_size = bench.uniform(f"{key} step", 0.02, 0.3)
    # large numbers: particles may start, and scores may point, far outside anything that a clamp would keep
    x, score = (20 * bench.randn(f"{key} {name}", *shape) for name in ("x", "score"))
    return x, score, step_size, 4 * bench.randn(f"{key} noise", *shape)


@check.property(0.75, "without noise: x + step_size · score")
def drift(bench):
    x, score, step_size, noise = _inputs(bench, "drift")
    s = score.double()
    suspects = {
        "sign": -step_size * s,
        "drift_missing": 0 * s,
        "drift_unscaled": s,
        "drift_doubled": 2 * step_size * s,
        "drift_rooted": step_size**0.5 * s,
        "drift_rooted/two": (2 * step_size) ** 0.5 * s,
        "half_drift": step_size / 2 * s,
        "step_for_sigma": step_size**2 / 2 * s,
        "x_missing": step_size * s - x,
        "normalised": step_size * s / s.norm(dim=1, keepdim=True),
    }
    _expect_no_limit(bench, x, score, step_size, noise)
    silent, still = _change(bench, x, score, step_size), _change(bench, x, 0 * score, step_size)
    if close(silent, s + (step_size - 1) * x.double(), atol=ATOL):
        raise Wrong("exchanged", show(step_size * s), show(silent))
    if bool(still.isfinite().all()) and not close(still, 0 * s, atol=ATOL) and not close(still, -x.double(), atol=ATOL):
        silent = silent - still  # something else moves x, which another property says
    if close(silent, 0 * s, atol=ATOL):
        shaken = _scored(bench, x, score, step_size, noise.abs())
        if close(shaken, noise.abs().double() * s, atol=ATOL):
            raise Wrong("arguments_exchanged", show(step_size * s), show(silent))
        if not (close(shaken, 0 * s, atol=ATOL) and close(still, 0 * s, atol=ATOL)):
            suspects.pop("drift_missing")
    half = close(silent, suspects["half_drift"], atol=ATOL)
    if half and close(_shake(bench, x, score, step_size, noise), step_size**0.5 * noise.double(), atol=ATOL):
        raise Wrong("half_pairing", show(step_size * s), show(silent))
    expect(silent, step_size * s, suspects, atol=ATOL)


def _expect_no_limit(bench, *given):
    """Raise Wrong if the largest of the new places are all the same, and so are the smallest."""
    places = numbers(bench.call(*given))
    if int((places == places.max()).sum()) > 1 and int((places == places.min()).sum()) > 1:
        raise Wrong("clamped", "places far from 0", f"none beyond {float(places.abs().max()):.3g}")


def _change(bench, x, score, step_size):
    """What a step without noise adds to x."""
    return numbers(bench.call(x, score, step_size, torch.zeros_like(x)), tuple(x.shape)) - x.double()


def _scored(bench, x, score, step_size, noise):
    """What the score adds to a step with noise."""
    with_score, without = (numbers(bench.call(x, s, step_size, noise), tuple(x.shape)) for s in (score, 0 * score))
    return with_score - without


def _shake(bench, x, score, step_size, noise):
    with_noise, without = (numbers(bench.call(x, score, step_size, z), tuple(x.shape)) for z in (noise, 0 * noise))
    return with_noise - without


@check.property(0.75, "the noise enters as √(2 step_size) · noise")
def noise(bench):
    x, score, step_size, z = _inputs(bench, "noise")
    _expect_no_limit(bench, x, score, step_size, z)
    received = _shake(bench, x, score, step_size, z)
    n = z.double()
    right = (2 * step_size) ** 0.5 * n
    if close(received, 0 * n, atol=ATOL):
        # nothing changes with the given noise; something moves without a score: it comes from inside
        moved = numbers(bench.call(x, 0 * score, step_size, z), tuple(x.shape)) - x.double()
        raise Wrong("noise_missing" if close(moved, 0 * n, atol=ATOL) else "own_noise", show(right), show(received))
    suspects = {
        "noise_unscaled": n,
        "root_missing": 2 * step_size * n,
        "factor_two_missing": step_size**0.5 * n,
        "noise_like_drift": step_size * n,
        "two_outside": 2 * step_size**0.5 * n,
        "root_two_outside": 2**0.5 * step_size * n,
        "noise_subtracted": -right,
        "two_below": (step_size / 2) ** 0.5 * n,
        "noise_in_bracket": step_size * right,
        "noise_divided": n / (2 * step_size) ** 0.5,
    }
    drift = _change(bench, x, score, step_size) - _change(bench, x, 0 * score, step_size)
    if close(drift, step_size / 2 * score.double(), atol=ATOL):
        suspects["half_pairing"] = suspects.pop("factor_two_missing")
    if close(drift, step_size**2 / 2 * score.double(), atol=ATOL):
        suspects["step_for_sigma"] = suspects.pop("noise_like_drift")
    expect(received, right, suspects, atol=ATOL)
    once, again = (numbers(bench.call(x, score, step_size, z, seed=seed)) for seed in (0, 1))
    if not repeated(once, again):
        raise Wrong("extra_noise", "the same step for the same noise", "another one each time")


@check.property(0.25, "nothing else moves x: without score and noise it stays", needs="drift")
def still(bench):
    x, _, step_size, _ = _inputs(bench, "still")
    nothing, mistake = torch.zeros_like(x), "own_noise" if "own_noise" in bench.named else "extra_noise"
    received, again = (numbers(bench.call(x, nothing, step_size, nothing, seed=seed), tuple(x.shape)) for seed in (1, 2))
    expect(received, x.double(), {mistake: received} if not repeated(received, again) else {}, atol=ATOL)
    alone, score, step_size, z = (value[:1] if isinstance(value, torch.Tensor) else value for value in _inputs(bench, "alone"))
    numbers(bench.call(alone, score, step_size, z), tuple(alone.shape))  # one point is a batch, too


@check.property(0.25, "leaves x, score and noise as they were", needs="drift")
def untouched(bench):
    x, score, step_size, z = _inputs(bench, "untouched")
    reply = bench.call(x, score, step_size, z)
    for index, before, mistake in ((0, x, "mutates"), (1, score, "score_mutates"), (3, z, "noise_mutates")):
        if not torch.equal(reply.inputs[index], before):
            raise Wrong(mistake, "inputs unchanged", "an input changed by the call")
