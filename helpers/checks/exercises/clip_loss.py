"""Check of CLIP's symmetric contrastive loss (arXiv:2103.00020, §2.3, figure 3)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from ..check import Check, Wrong
from ..compare import expect, numbers
from ..given import expect_unchanged
from ..losses import expect_gradients
from ..mixing import Along

check = Check(
    "clip_loss",
    home="helpers.unclip.clip_loss",
    mistakes={
        "not_normalised": "The features are not normalised: divide each row by its length first.",
        "one_not_normalised": "Only one of the two sets of features is normalised.",
        "wrong_axis": "Normalised over the batch: each row (dim=1) gets length 1.",
        "one_direction": "Only one of the two cross-entropies: text for each picture and picture for each text.",
        "added": "The two cross-entropies are added; take their mean.",
        "summed": "The cross-entropies are summed over the batch; take the mean.",
        "divided": "The similarities are divided by logit_scale; multiply (it is one over a temperature).",
        "exponential": "logit_scale is used as its exponential; it is given as it is to be used.",
        "no_scale": "logit_scale is not used.",
        "scale_limited": "logit_scale is limited, to 100 for instance, as CLIP's training loop does: use it as it is given.",
        "not_finite": "A large logit_scale gives a number that is not finite: exp of a similarity gets too large. "
        "F.cross_entropy and logsumexp take the largest away first.",
        "all_the_first": "Every row's label is 0; picture i belongs to text i.",
        "other_labels": "The labels are not torch.arange(B): picture i belongs to text i.",
        "all_pairs": "One softmax over all B² pairs; each picture chooses among the texts of its row, each text in its column.",
        "own_kind": "Pictures are compared with pictures, texts with texts; compare pictures with texts.",
        "binary": "This asks of each pair whether it belongs together; the loss is a cross-entropy along rows and along columns.",
        "scaled_twice": "logit_scale is there twice: it multiplies the similarities once.",
        "loss_sign": "The sign of the loss is turned: it is minus the mean log-probability of the right answers.",
        "every_pair": "The mean of all log-probabilities; only those of the pairs count, the diagonal.",
        "other_length": "The rows are not divided by their own Euclidean lengths: F.normalize(…, dim=1).",
        "distance": "These are distances; the similarities are products of rows of length 1.",
        "mse": "This compares the pairs alone; the loss is a cross-entropy over the whole batch.",
        "less_chance": "log B, the loss of guessing, is subtracted; the loss is the cross-entropy itself.",
        "smoothed": "The labels are smoothed: picture i's right answer is text i alone, with a share of 1.",
        "soft_targets": "The right answers are shared out by how alike pictures or texts are: text i alone is picture i's.",
        "softmax_twice": "A softmax is taken before the cross-entropy, which has its own: hand the logits over.",
        "sign": "The sign of the similarities is turned.",
        "not_scalar": "The loss is one number: take the mean over the batch.",
        "no_gradient": "No gradient reaches an input: is there a detach, .item(), float() or no_grad too many?",
        "half_gradient": "The value is right, its gradient is not: something on the way is detached.",
        "mutates": "An input is changed in place.",
    },
    hints=(
        "B pictures and B texts give B × B similarities. Which entries should be large? What is there to choose from in a row, "
        "and what in a column?",
        "F.normalize(…, dim=1) both, logits = logit_scale * images @ texts.T; picture i's right answer is text i.",
        "F.cross_entropy(logits, torch.arange(B)) picks a text for each picture; the transposed logits pick a picture for each "
        "text. What is the mean of the two?",
    ),
)


def _inputs(bench, key, b, d):
    images = bench.randn(f"{key} images", b, d) * (1 + torch.arange(b)[:, None])
    texts = bench.randn(f"{key} texts", b, d) * (2 + torch.arange(b).flip(0)[:, None]) + 0.3 * images
    return images, texts, bench.uniform(f"{key} scale", 2.0, 5.0)


def _right(images, texts, scale):
    logits = scale * F.normalize(images.double(), dim=1) @ F.normalize(texts.double(), dim=1).T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


def _suspects(images, texts, scale):
    x, y, labels = images.double(), texts.double(), torch.arange(len(images))
    a, b = F.normalize(x, dim=1), F.normalize(y, dim=1)

    def both(logits, target=labels):
        return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2

    cosines = a @ b.T
    logits = scale * cosines
    found = {
        f"other_labels/{name}": both(logits, wrong)
        for name, wrong in {
            "back": labels.flip(0),
            "ones": labels * 0 + 1,
            "next": labels.roll(1),
            "before": labels.roll(-1),
        }.items()
    }
    for name, size in {
        "squared": lambda z: z.square().sum(1, True),
        "all": lambda z: z.norm(),
        "L1": lambda z: z.abs().sum(1, True),
    }.items():
        found[f"other_length/{name}"] = both(scale * (x / size(x)) @ (y / size(y)).T)
    alike = (a @ a.T + b @ b.T) / 2
    bare = scale * x @ y.T
    for name, one, targets in (
        ("soft_targets/", logits, (scale * alike).softmax(1)),
        ("soft_targets/divided", logits, (alike / scale).softmax(1)),
        ("not_normalised/soft targets", bare, (scale * (x @ x.T + y @ y.T) / 2).softmax(1)),
    ):
        found[name] = (F.cross_entropy(one, targets) + F.cross_entropy(one.T, targets.T)) / 2
        found[f"{name} turned"] = (F.cross_entropy(one.T, targets) + F.cross_entropy(one, targets.T)) / 2
    for share in (0.1, 0.2):
        ways = [F.cross_entropy(each, labels, label_smoothing=share) for each in (logits, logits.T)]
        found[f"smoothed/{share}"] = sum(ways) / 2
        found[f"smoothed/{share} rows"] = (ways[0] + F.cross_entropy(logits.T, labels)) / 2
        found[f"smoothed/{share} columns"] = (ways[1] + F.cross_entropy(logits, labels)) / 2
    return found | {
        "softmax_twice": (F.cross_entropy(logits.softmax(1), labels) + F.cross_entropy(logits.T.softmax(1), labels)) / 2,
        "softmax_twice/one axis": both(logits.softmax(1)),
        "binary/a row": len(x) * F.binary_cross_entropy_with_logits(logits, torch.eye(len(x)).double()),
        "exponential/limited": both(min(math.exp(scale), 100.0) * cosines),
        "all_pairs": logits.logsumexp((0, 1)) - logits.diagonal().mean(),
        "own_kind": (both(scale * a @ a.T) + both(scale * b @ b.T)) / 2,
        "binary": F.binary_cross_entropy_with_logits(logits, torch.eye(len(x)).double()),
        "scaled_twice": both(scale * logits),
        "loss_sign": -both(logits),
        "every_pair": -(logits.log_softmax(1).mean() + logits.log_softmax(0).mean()) / 2,
        "distance": both(-scale * torch.cdist(a, b)),
        "distance/squared": both(-scale * torch.cdist(a, b) ** 2),
        "summed/one direction": len(x) * F.cross_entropy(logits, labels),
        "not_normalised/one direction": F.cross_entropy(scale * x @ y.T, labels),
        "not_normalised/no scale": both(x @ y.T),
        "not_normalised": both(scale * x @ y.T),
        "one_not_normalised": both(scale * a @ y.T),
        "one_not_normalised/text": both(scale * x @ b.T),
        "wrong_axis": both(scale * F.normalize(x, dim=0) @ F.normalize(y, dim=0).T),
        "one_direction": F.cross_entropy(scale * cosines, labels),
        "one_direction/columns": F.cross_entropy(scale * cosines.T, labels),
        "added": 2 * both(scale * cosines),
        "summed": len(x) * both(scale * cosines),
        "summed/both": 2 * len(x) * both(scale * cosines),
        "divided": both(cosines / scale),
        "exponential": both(torch.tensor(scale).double().exp() * cosines),
        "no_scale": both(cosines),
        "all_the_first": both(scale * cosines, torch.zeros_like(labels)),
        "mse": (a - b).square().mean(),
        "mse/cosine": (1 - cosines.diagonal()).mean(),
        "mse/scaled": -(scale * cosines.diagonal()).mean(),
        "less_chance": both(scale * cosines) - torch.tensor(len(x)).double().log(),
        "sign": both(-scale * cosines),
    }


@check.property(1.75, "the mean of the two cross-entropies over cosine similarities times logit_scale")
def values(bench):
    along = Along()  # two batches: in one alone two formulas may come to the same number
    for key, b, d in (("a", 4, 6), ("b", 6, 3)):
        images, texts, scale = _inputs(bench, key, b, d)
        received = numbers(bench.call(images, texts, scale))
        if received.numel() > 1:
            raise Wrong("not_scalar", "one number", f"shape {tuple(received.shape)}")
        along.add(received.reshape(()), _right(images, texts, scale), _suspects(images, texts, scale))
    expect(*along.all())
    _expect_large_scale(bench)


def _expect_large_scale(bench):
    """A scale as large as CLIP's gets in training: texts that are like another picture, so that the loss is large as well."""
    images = bench.randn("large images", 5, 8)
    texts = images.roll(1, 0) + 0.3 * bench.randn("large texts", 5, 8)
    scale = bench.uniform("large scale", 110.0, 140.0)
    received = numbers(bench.call(images, texts, scale), ())
    suspects = {f"scale_limited/{most}": _right(images, texts, most) for most in (10.0, 20.0, 50.0, 100.0)}
    expect(received, _right(images, texts, scale), suspects, otherwise=lambda: "" if received.isfinite() else "not_finite")


@check.property(0.75, "its gradient reaches both features and a logit_scale that is a tensor", needs="values")
def gradient(bench):
    images, texts, scale = _inputs(bench, "a", 4, 6)
    given = (images, texts, torch.tensor(scale))
    reply = bench.call(*given, grad=(0, 1, 2))
    leaves = [value.double().requires_grad_() for value in given]
    another = "half_gradient" if all(map(torch.equal, given, reply.inputs)) else "mutates"
    expect_gradients(reply, _right(*leaves), dict(enumerate(leaves)), dict.fromkeys(range(3), "no_gradient"), another=another)


@check.property(0.5, "changes none of its inputs", needs="values")
def untouched(bench):
    images, texts, scale = _inputs(bench, "a", 4, 6)
    given = (images, texts, torch.tensor(scale))
    expect_unchanged(given, bench.call(*given))
