"""Pictures painted from features, alone or with the noise of a picture."""

import copy

import pytest
import torch

from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip.clip import load_clip
from helpers.unclip.decoder import load_decoder, noise_of, paint, vary
from helpers.weights.text_to_image import pictures

FAST = {"steps": 3}


@pytest.fixture(scope="module")
def unclip():
    """The pipeline, the decoder, three pictures in [0, 1] and their features."""
    pipe = load_pipeline(device="cpu")
    clip = load_clip(pipe.tokenizer)
    _, real = pictures(3, torch.Generator().manual_seed(0))
    with torch.no_grad():
        return pipe, load_decoder(copy.deepcopy(pipe.unet)), real / 2 + 0.5, clip.image_features(real)


def seeded():
    return torch.Generator().manual_seed(4)


def test_features_and_noise_together_are_the_picture(unclip):
    pipe, decoder, real, features = unclip
    noise = noise_of(pipe, decoder, real, features, steps=25)
    again = paint(pipe, decoder, features, seeded(), scale=1.0, x=noise, method="ddim")
    other = paint(pipe, decoder, features, seeded(), scale=1.0)
    assert (again - real).square().mean() < 0.2 * (other - real).square().mean()


def test_new_noise_makes_the_variations(unclip):
    pipe, decoder, real, features = unclip
    noise = noise_of(pipe, decoder, real, features, **FAST)
    one, other = (vary(pipe, decoder, features, noise, torch.Generator().manual_seed(k), **FAST) for k in (1, 2))
    assert (one - other).abs().amax(dim=(1, 2, 3)).min() > 0.1
    without = [vary(pipe, decoder, features, noise, torch.Generator().manual_seed(k), eta=0.0, **FAST) for k in (1, 2)]
    torch.testing.assert_close(*without)


def test_more_new_noise_than_the_ddpm_has_is_refused(unclip):
    pipe, decoder, _, features = unclip
    with pytest.raises(ValueError, match=r"\[0, 1\].*got 1.5"):
        vary(pipe, decoder, features, torch.zeros(3, 8, 8, 8), seeded(), eta=1.5, **FAST)
