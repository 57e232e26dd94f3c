"""The second classifier reads held-out digits, and sees what the first sees in real digits and in noise."""

import pytest
import torch

from helpers import evaluate
from helpers.classifier import accuracy
from helpers.data import load_digits
from helpers.patch_classifier import PatchClassifier, load_second_classifier


def test_the_second_classifier_reads_held_out_digits():
    images, labels = load_digits("test")
    assert accuracy(load_second_classifier(), images, labels) > 0.97


def test_in_its_features_real_digits_lie_near_each_other_and_smeared_ones_far_away():
    images, _ = load_digits("all")
    few, rest = (evaluate.features(part, classifier=load_second_classifier()) for part in (images[:500], images[500:2500]))
    smeared = evaluate.features(torch.nn.functional.avg_pool2d(images[:500], 5, 1, 2), classifier=load_second_classifier())
    assert evaluate.fid(smeared, rest) > 5 * evaluate.fid(few, rest)


def test_its_features_depend_on_where_a_patch_lies():
    network = PatchClassifier().eval()
    image = torch.full((1, 1, 32, 32), -1.0)
    image[..., :4, :4] = 1
    assert not torch.allclose(network.features(image), network.features(image.flip(-1)))


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="32x32"):
        PatchClassifier().features(torch.zeros(2, 3, 32, 32))
