"""Measuring samples: closed forms, scipy, and pictures whose order of quality is known."""

import numpy as np
import pytest
import scipy.linalg
import torch
import torch.nn.functional as F

from helpers import evaluate
from helpers.classifier import accuracy
from helpers.data import load_digits


@pytest.fixture(scope="module")
def held_out():
    return load_digits("test")


@pytest.fixture(scope="module")
def real_features():
    return evaluate.features(load_digits("train")[0])


def gaussian(n, d, seed):
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(d, d, generator=generator, dtype=torch.float64)
    return torch.randn(n, d, generator=generator, dtype=torch.float64) @ mix


def test_the_classifier_reads_digits_that_it_has_not_seen(held_out):
    assert accuracy(evaluate.load_classifier(), *held_out) >= 0.988


def test_the_classifier_says_what_shape_it_wants():
    with pytest.raises(ValueError, match=r"\(N, 1, 32, 32\).*\(2, 1, 28, 28\)"):
        evaluate.features(torch.zeros(2, 1, 28, 28))


def test_fid_of_a_set_with_itself_is_zero():
    a = gaussian(300, 8, 0)
    assert evaluate.fid(a, a) == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 2.0), (3.0, 0.0), (0.5, -1.0)])
def test_fid_after_scaling_and_shifting_has_a_closed_form(scale, shift):
    a = gaussian(500, 6, 1)
    mean, variance = ((scale - 1) * a.mean(0) + shift).square().sum(), a.T.cov().trace()
    assert evaluate.fid(a, scale * a + shift) == pytest.approx((mean + (scale - 1) ** 2 * variance).item())


def test_fid_agrees_with_the_matrix_square_root_of_scipy():
    a, b = gaussian(400, 10, 2), gaussian(300, 10, 3)
    cov_a, cov_b = np.cov(a.numpy().T), np.cov(b.numpy().T)
    root = scipy.linalg.sqrtm(cov_a @ cov_b).real
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum().item() + np.trace(cov_a + cov_b - 2 * root)
    assert evaluate.fid(a, b) == pytest.approx(expected)


def test_fid_does_not_depend_on_the_order(held_out, real_features):
    images = held_out[0][:400]
    shuffled = images[torch.randperm(400, generator=torch.Generator().manual_seed(0))]
    assert evaluate.fid(images, real_features) == pytest.approx(evaluate.fid(shuffled, real_features), abs=1e-4)


def test_fid_refuses_fewer_samples_than_features():
    with pytest.raises(ValueError, match="more than 8 samples; got 8"):
        evaluate.fid(gaussian(8, 8, 0), gaussian(100, 8, 1))


@pytest.mark.parametrize("metric", [evaluate.fid, evaluate.kid])
def test_noise_is_worse_than_blur_is_worse_than_erosion_is_worse_than_real(held_out, real_features, metric):
    real, reference = held_out[0], real_features[:2000]
    noise = torch.randn(real.shape, generator=torch.Generator().manual_seed(0))
    blurred = F.avg_pool2d(F.pad(real, (2, 2, 2, 2), value=-1), 5, stride=1)
    eroded = -F.max_pool2d(-real, 3, stride=1, padding=1)
    distances = [metric(images, reference) for images in (noise, blurred, eroded, real)]
    assert distances == sorted(distances, reverse=True)
    assert distances[3] < 0.1 * distances[2]


def test_kid_equals_its_definition_written_as_loops():
    a, b = gaussian(7, 3, 4), gaussian(5, 3, 5)

    def k(x, y):
        return (float(x @ y) / 3 + 1) ** 3

    expected = sum(k(x, y) for i, x in enumerate(a) for j, y in enumerate(a) if i != j) / 42
    expected += sum(k(x, y) for i, x in enumerate(b) for j, y in enumerate(b) if i != j) / 20
    expected -= 2 * sum(k(x, y) for x in a for y in b) / 35
    assert evaluate.kid(a, b) == pytest.approx(expected)


def test_kid_of_equal_distributions_is_zero_on_average():
    generator = torch.Generator().manual_seed(0)
    values = torch.tensor([evaluate.kid(*torch.randn(2, 60, 4, generator=generator)) for _ in range(200)])
    assert values.mean().abs() < 3 * values.std() / 200**0.5


def test_the_interval_is_as_wide_as_the_scatter_of_fresh_samples():
    def difference(a, b):
        return (a.mean() - b.mean()).item()

    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 400, 3, generator=generator)
    score = evaluate.interval(difference, a, b, repeats=400, generator=generator)
    expected = 1.96 * (2 / 1200) ** 0.5
    assert score.high - score.value == pytest.approx(expected, rel=0.2)
    assert score.n == 400
    assert str(score).endswith("(n = 400)")


def test_quantising_clamps_and_is_idempotent():
    images = torch.linspace(-2, 2, 999).view(1, 1, 27, 37)
    once = evaluate.quantise(images)
    assert once.min() == -1
    assert once.max() == 1
    assert len(once.unique()) <= 256
    assert torch.equal(evaluate.quantise(once), once)


def test_class_balance_of_real_digits_is_that_of_their_labels(held_out):
    images, labels = held_out
    expected = labels.bincount(minlength=10) / len(labels)
    torch.testing.assert_close(evaluate.class_balance(images), expected, atol=0.006, rtol=0)


def test_real_digits_are_legible_and_grey_ones_are_not(held_out):
    assert evaluate.confident_share(held_out[0]) > 0.95
    assert evaluate.confident_share(0.1 * held_out[0] - 0.9) < evaluate.confident_share(held_out[0])


def test_a_copied_training_digit_is_found(held_out):
    train, _ = load_digits("train")
    distances, indices = evaluate.nearest_neighbours(train[[17, 4000]], train, k=2)
    assert indices[:, 0].tolist() == [17, 4000]
    assert (distances[:, 0] == 0).all()
    assert (distances[:, 1] > 1).all()


def test_the_report_finds_nothing_wrong_with_real_digits(held_out):
    report = evaluate.report(held_out[0], splits=1)
    assert report.fid.low < report.floor + 2
    assert report.confident == report.real_confident
    assert report.neighbour == report.real_neighbour
    assert "(1000 samples)" in str(report)


@pytest.mark.parametrize("n", [100, 5001])
def test_the_report_refuses_too_few_and_too_many_samples(n):
    with pytest.raises(ValueError, match=f"130 to 5000 samples; got {n}"):
        evaluate.report(torch.zeros(n, 1, 32, 32))


def test_scatter_is_the_spread_about_each_labels_own_mean():
    labels = torch.tensor([3, 3, 8, 8])
    features = torch.tensor([[0.0, 0.0], [2.0, 0.0], [10.0, 1.0], [10.0, 5.0]])
    assert evaluate.scatter(features, labels) == pytest.approx((1 + 1 + 4 + 4) / 4)
