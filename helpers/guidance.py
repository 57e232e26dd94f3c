"""Guidance: to make a diffusion model obey its label more than it has learnt to, in three ways.

All three add to the predicted ε a multiple of a direction that makes the label likelier; they differ in where that
direction comes from: a classifier of noisy images (arXiv:2105.05233), the network's own prediction without a label
(arXiv:2207.12598), or a worse copy of the network (arXiv:2406.02507). Each function returns ε as a function of (x, t),
which is what the samplers of `helpers.sampling` take.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from helpers.diffusion import Prediction, split
from helpers.sampling import final, sample
from helpers.schedules import Schedule, extract

Predictor = Callable[[Tensor, Tensor], Tensor]  # x (B, C, H, W), t (B,) → ε (B, C, H, W)
Classifier = Callable[[Tensor, Tensor], Tensor]  # x (B, C, H, W), t (B,) → logits (B, classes)
STEPS = 50


class NoisePredictor(nn.Module):
    """A network that predicts the velocity, as a predictor of ε: x (B, C, H, W), t (B,), labels (B,) → ε like x.

    ε = √ᾱ_t v + √(1-ᾱ_t) x_t (arXiv:2202.00512): a straight line in v, so that guidance may be written in either.
    """

    def __init__(self, network: nn.Module, schedule: Schedule, prediction: Prediction = "velocity"):
        super().__init__()
        self.network, self.schedule, self.prediction = network, schedule, prediction

    def forward(self, x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
        return split(self.network(x, t, labels), x, t, self.schedule, self.prediction)[1]


@torch.no_grad()
def guided_noise(model: nn.Module, x: Tensor, t: Tensor, labels: Tensor, null: int, scale: float) -> Tensor:
    """ε_uncond + scale (ε_cond - ε_uncond): classifier-free guidance (arXiv:2207.12598, eq. 6, scale = 1 + w).

    Args:
        model: (x (B, C, H, W), t (B,), labels (B,)) → ε (B, C, H, W).
        x, t, labels: the noisy images, their steps and the labels asked for.
        null: the label that means “no label”.
        scale: 0 ignores the labels, 1 is the conditional model, more goes beyond.
    """
    none = torch.full_like(labels, null)
    e_cond, e_uncond = model(torch.cat([x, x]), torch.cat([t, t]), torch.cat([labels, none])).chunk(2)
    return e_uncond + scale * (e_cond - e_uncond)


def conditional(model: nn.Module, labels: Tensor) -> Predictor:
    """The plain conditional prediction: guidance at scale 1, in one evaluation."""
    return lambda x, t: model(x, t, labels)


def classifier_free(model: nn.Module, labels: Tensor, null: int, scale: float) -> Predictor:
    """Away from the prediction without a label, with two evaluations a step."""
    return lambda x, t: guided_noise(model, x, t, labels, null, scale)


def autoguided(model: nn.Module, worse: nn.Module, labels: Tensor, scale: float) -> Predictor:
    """Away from a smaller or less trained network that is told the same label (arXiv:2406.02507)."""

    def predict(x: Tensor, t: Tensor) -> Tensor:
        e_worse = worse(x, t, labels)
        return e_worse + scale * (model(x, t, labels) - e_worse)

    return predict


def classifier_guided(
    predict_noise: Predictor, classifier: Classifier, labels: Tensor, schedule: Schedule, scale: float
) -> Predictor:
    """ε - scale √(1-ᾱ_t) ∇ₓ log p(label | x_t): towards what a classifier reads (arXiv:2105.05233, Algorithm 2).

    Args:
        predict_noise: ε of the model to be guided; `conditional(model, null_labels)` makes it an unconditional one.
        classifier: (x (B, C, H, W), t (B,)) → logits (B, classes), of *noisy* images.
        labels: (B,), what is asked for.
        schedule: the model's.
        scale: 0 leaves the model as it is, 1 is Bayes' rule if the model is unconditional; note that here 0 is “no guidance”.
    """

    def predict(x: Tensor, t: Tensor) -> Tensor:
        gradient = log_likelihood_gradient(classifier, x, t, labels)
        return predict_noise(x, t) - scale * extract(schedule.sqrt_one_minus_alphas_cumprod, t, x.device) * gradient

    return predict


def log_likelihood_gradient(classifier: Classifier, x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
    """∇ₓ log p(label | x) of each image, (B, C, H, W)."""
    with torch.enable_grad():
        x = x.detach().requires_grad_(True)
        log_p = classifier(x, t).log_softmax(dim=1).gather(1, labels[:, None]).sum()
        return torch.autograd.grad(log_p, x)[0]


def draw(
    guide: Callable[[Tensor], Predictor], schedule: Schedule, labels: Tensor, seed: int = 0, batch_size: int = 250, **how
) -> Tensor:
    """One image a label, (B, 1, 32, 32): 50 steps of DDIM with η = 1, unless `how` says otherwise.

    Args:
        guide: makes the predictor of ε for a batch of labels: `lambda y: classifier_free(model, y, null, 2.0)`.
        schedule: the model's.
        labels: (B,), what is asked for, where the model is.
        seed: of all random numbers.
        batch_size: images at a time.
        how: fields of `helpers.sampling.Sampling`.
    """
    how = {"method": "ddim", "eta": 1.0, "steps": STEPS, "prediction": "noise", **how}
    generator, schedule = torch.Generator().manual_seed(seed), schedule.to(labels.device)
    parts = [final(sample(guide(y), schedule, (len(y), 1, 32, 32), generator=generator, **how)) for y in labels.split(batch_size)]
    return torch.cat(parts)
