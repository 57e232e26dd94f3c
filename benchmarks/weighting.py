"""Which noise levels to train on, and how much each counts, over several seeds: `python benchmarks/weighting.py`.

On two cores an hour. The recipe draws t evenly and lets every step count the same. Here it is trained again for half a minute
with what the literature proposes in its place, one thing at a time (`paired.py`). Its velocity is already what EDM's
preconditioning (arXiv:2206.00364, table 1) makes of data with a standard deviation of 1, so of EDM the levels are tried.
"""

import torch
from measure import RESULTS
from paired import RECIPE, judge, main

from helpers import recipe
from helpers.data import load_digits
from helpers.diffusion import diffuse, target
from helpers.fit import fit
from helpers.training import draw_times

SPREAD, LOGIT, EDM = "t spread over each batch", "t logit-normal", "EDM's noise levels"
MIN_SNR, X0, DOUBLE = "min-SNR weights", "x0 instead of velocity", "batches of 128 in the last third, a third more work"
VARIANTS = (RECIPE, SPREAD, LOGIT, EDM, MIN_SNR, X0, DOUBLE)
GAMMA = 5  # of min-SNR, arXiv:2303.09556
EDM_MEAN, EDM_STD = -1.2, 1.2  # of ln σ, arXiv:2206.00364


def levels(change, n, schedule, generator):
    """n timesteps (n,), drawn as the change wants them."""
    T = schedule.T
    if change == SPREAD:  # one in each n-th of the range, arXiv:2107.00630, appendix I
        return (T * ((torch.rand(1, generator=generator) + torch.arange(n) / n) % 1)).long()
    if change == LOGIT:
        return draw_times(n, T, "logit-normal", generator)
    if change == EDM:
        sigmas = ((1 - schedule.alphas_cumprod) / schedule.alphas_cumprod).sqrt()
        wanted = (EDM_MEAN + EDM_STD * torch.randn(n, generator=generator)).exp()
        return torch.searchsorted(sigmas, wanted).clamp(max=T - 1)
    return draw_times(n, T, "even", generator)


def weights(change, t, schedule):
    """What the squared error at each t counts, (n,)."""
    if change == MIN_SNR:  # for the velocity: min(SNR, γ) / (SNR + 1)
        snr = (schedule.alphas_cumprod / (1 - schedule.alphas_cumprod))[t]
        return snr.clamp(max=GAMMA) / (snr + 1)
    return torch.ones(len(t))


def loss_of(change, images, schedule, prediction, steps):
    """The loss of one step, as `helpers.fit` calls it; with one seed two changes see the same digits."""

    def loss(network, step, generator):
        n = 128 if change == DOUBLE and step >= 2 * steps / 3 else 64
        x0 = images[torch.randint(len(images), (n,), generator=generator)]
        noise = torch.randn(x0.shape, generator=generator)
        t = levels(change, n, schedule, generator)
        missed = network(diffuse(x0, t, noise, schedule), t).float() - target(x0, t, noise, schedule, prediction)
        return (weights(change, t, schedule) * missed.square().mean(dim=(1, 2, 3))).mean()

    return loss


def measure(seed, steps, n, real):
    """Each change and its figures."""
    images, schedule = load_digits("train")[0], recipe.schedule()
    for change in VARIANTS:
        settings = recipe.config(steps, seed=seed, prediction="x0" if change == X0 else "velocity")
        loss = loss_of(change, images, schedule, settings.prediction, steps)
        model = fit(recipe.network(seed), loss, settings, progress=False).model
        yield change, judge(model, schedule, settings.prediction, seed, n, real)


if __name__ == "__main__":
    main(__doc__, RESULTS / "weighting.json", VARIANTS, measure, steps=525, seeds=3)
