"""Guidance and editing against what can be computed by hand."""

import pytest
import torch

from helpers import recipe
from helpers.anagrams import anagram, anagram_noise, turned, upright
from helpers.conditional import ConditionalUnet, drop_labels
from helpers.data import load_digits
from helpers.guidance import guided_noise
from helpers.inpainting import inpaint, inpaint_back, respace
from helpers.pretrained import load_conditional
from helpers.sampling import final, sample
from helpers.sdedit import sdedit, sdedit_start


def line(x, t, labels):
    return labels.reshape(-1, 1, 1, 1) * x + t.reshape(-1, 1, 1, 1)


def test_guidance_at_one_is_conditional_and_at_zero_unconditional():
    x, t, labels = torch.randn(4, 1, 4, 4), torch.arange(4), torch.tensor([3, 1, 4, 1])
    assert torch.allclose(guided_noise(line, x, t, labels, 10, 1.0), line(x, t, labels), atol=1e-5)
    assert torch.allclose(guided_noise(line, x, t, labels, 10, 0.0), line(x, t, torch.full_like(labels, 10)))


def test_dropping_labels_leaves_the_given_ones_alone():
    labels = torch.arange(10).repeat(1000)
    dropped = drop_labels(labels, 0.1, 10, torch.Generator().manual_seed(0))
    assert (dropped == 10).double().mean().item() == pytest.approx(0.1, abs=0.015)
    assert torch.equal(labels, torch.arange(10).repeat(1000))
    assert dropped.dtype == torch.int64


def test_up_and_down_leaves_a_gaussian_as_it_was():
    """Data N(0, 1): x is N(0, 1) at every level, and so it is after an exact step down and one back up."""
    schedule = recipe.schedule()
    short, times = respace(schedule, 20)
    g = torch.Generator().manual_seed(0)
    x = torch.randn(200_000, 1, 1, 1, generator=g)
    for i in (15, 10, 5):  # down by the exact ancestral step of a Gaussian, and back up
        keep = short.alphas[i].sqrt()
        down = keep * x + short.betas[i].sqrt() * torch.randn(x.shape, generator=g)
        x = inpaint_back(down, i, short.betas, torch.randn(x.shape, generator=g))
        assert x.var().item() == pytest.approx(1, abs=0.02)
    assert torch.allclose(short.alphas_cumprod, schedule.alphas_cumprod[times], atol=1e-5)


def test_known_pixels_come_back_exactly():
    images = load_digits("test")[0][:3]
    mask = torch.ones(1, 1, 32, 32)
    mask[:, :, 16:] = 0
    filled = inpaint(lambda x, t: 0.5 * x, images, mask, recipe.schedule(), 4, 2, torch.Generator().manual_seed(0))
    assert torch.equal(filled[:, :, :16], images[:, :, :16])
    assert not torch.equal(filled, images)


def test_an_edit_of_no_strength_starts_at_level_zero_and_one_of_full_strength_in_noise():
    a, x, noise = recipe.schedule().alphas_cumprod, torch.ones(1, 1, 4, 4), torch.randn(1, 1, 4, 4)
    assert sdedit_start(x, 0.0, a, noise)[0] == 0
    assert sdedit_start(x, 1.0, a, noise)[0] == 999
    assert torch.allclose(sdedit_start(x, 1.0, a, noise)[1], noise, atol=1e-3)


@pytest.mark.parametrize("counts", [(2, 1, 1), (1, 2, 1), (0, 0, 0)])
def test_a_view_without_a_predictor_or_an_inverse_is_refused(counts):
    with pytest.raises(ValueError, match=r"got {} predictors, {} views, {} inverses".format(*counts)):
        anagram_noise(*([upright] * count for count in counts), torch.zeros(1, 1, 2, 2))


def test_the_anagram_of_the_identity_is_ordinary_sampling():
    schedule, start = recipe.schedule(), torch.randn(2, 1, 8, 8)

    def predict(x, t):
        return 0.5 * x

    def anagram(x, t):
        return anagram_noise([lambda x: predict(x, t)], [upright], [upright], x)

    one, other = (final(sample(p, schedule, start.shape, method="ddim", steps=5, x=start)) for p in (predict, anagram))
    assert torch.equal(one, other)
    assert torch.equal(turned(turned(start)), start)


def test_the_shipped_network_depends_on_its_label():
    model, _ = load_conditional()
    t = torch.tensor([700, 700])
    x = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0)).expand(2, -1, -1, -1)
    with torch.no_grad():
        e = model(x, t, torch.tensor([1, 8]))
    assert (e[0] - e[1]).abs().max() > 0.05
    with pytest.raises(ValueError, match="labels lie in"):
        ConditionalUnet(widths=(8, 16), patch=2)(x, t, torch.tensor([1, 11]))


class Mixture:
    """Two hills on a line, N(-1, 0.5²) and N(1, 0.3²), with weights 0.7 and 0.3: all of it in closed form, at one noise level."""

    weight, mean, std = torch.tensor([0.7, 0.3]), torch.tensor([-1.0, 1.0]), torch.tensor([0.5, 0.3])
    a_bar = torch.tensor(0.9)

    def log_joint(self, x):
        """log p_t(x, y), (..., 2), of x noised to ᾱ = 0.9."""
        std = (self.a_bar * self.std**2 + 1 - self.a_bar).sqrt()
        return self.weight.log() + torch.distributions.Normal(self.a_bar.sqrt() * self.mean, std).log_prob(x[..., None])

    def __call__(self, x, t, labels):
        """ε = -√(1-ᾱ) ∇ log p_t(x | y); label 2 means “no label”."""
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            joint = self.log_joint(x.flatten())
            log_p = torch.where(labels == 2, joint.logsumexp(1), joint.gather(1, labels.clamp(max=1)[:, None])[:, 0])
            return -(1 - self.a_bar).sqrt() * torch.autograd.grad(log_p.sum(), x)[0]


@pytest.mark.parametrize("scale", [1.0, 2.0, 4.0])
def test_guidance_of_a_mixture_samples_the_density_that_one_can_integrate(scale):
    """At one level of noise guided noise is the score of p(x) p(y | x)^s: Langevin chains find its mean and its deviation."""
    mixture, labels = Mixture(), torch.ones(20_000, dtype=torch.long)
    grid = torch.linspace(-5, 5, 20_001, dtype=torch.float64)
    joint = mixture.log_joint(grid)
    density = (joint.logsumexp(1) + scale * (joint[:, 1] - joint.logsumexp(1))).softmax(0)
    mean = (density * grid).sum()
    deviation = (density * (grid - mean) ** 2).sum().sqrt()

    g = torch.Generator().manual_seed(0)
    x, step = torch.randn(len(labels), 1, 1, 1, generator=g) * 0.4 + 1, 0.004
    for _ in range(400):
        e = guided_noise(mixture, x, torch.zeros_like(labels), labels, 2, scale)
        x = x - step * e / (1 - mixture.a_bar).sqrt() + (2 * step) ** 0.5 * torch.randn(x.shape, generator=g)
    assert x.mean().item() == pytest.approx(mean.item(), abs=0.015)
    assert x.std().item() == pytest.approx(deviation.item(), rel=0.03)


def test_editing_runs_with_the_functions_that_it_is_given_whatever_their_dtype():
    images, schedule = torch.rand(2, 1, 8, 8), recipe.schedule()
    went_back = []

    def merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
        return torch.full(x_prev.shape, 7.0, dtype=torch.float64)

    def back(x_prev, t, betas, noise):
        went_back.append(t)
        return x_prev.double()

    def start(sketch, strength, alphas_cumprod, noise):
        return 0, sketch.double()

    filled = inpaint(lambda x, t: x, images, torch.ones_like(images), schedule, 3, 2, merge=merge, back=back)
    assert torch.equal(filled, torch.full_like(images, 7.0))
    assert went_back == [2, 1]
    assert [step.t for step in sdedit(lambda x, t: 0 * x, images, 0.9, schedule, start_fn=start)] == [0]
    mean = anagram(line, line, turned, lambda predictors, views, inverses, x: len(views) * x.double())
    assert torch.equal(mean(images, torch.zeros(2)), 2 * images)
