"""Pictures painted from features, alone or with the noise of a picture; of several, the nearest to the features is kept."""

import copy

import pytest
import torch
import torch.nn.functional as F

from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip.clip import load_clip
from helpers.unclip.decoder import load_decoder, noise_of, paint, vary
from helpers.weights.text_to_image import pictures

FAST = {"steps": 3}


@pytest.fixture(scope="module")
def unclip():
    """The pipeline, the decoder, CLIP, three pictures in [0, 1] and their features."""
    pipe = load_pipeline(device="cpu")
    clip = load_clip(pipe.tokenizer)
    _, real = pictures(3, torch.Generator().manual_seed(0))
    with torch.no_grad():
        return pipe, load_decoder(copy.deepcopy(pipe.unet)), clip, real / 2 + 0.5, clip.image_features(real)


def seeded():
    return torch.Generator().manual_seed(4)


def test_features_and_noise_together_are_the_picture(unclip):
    pipe, decoder, _, real, features = unclip
    noise = noise_of(pipe, decoder, real, features, steps=25)
    again = paint(pipe, decoder, features, seeded(), scale=1.0, x=noise, method="ddim")
    other = paint(pipe, decoder, features, seeded(), scale=1.0)
    assert (again - real).square().mean() < 0.2 * (other - real).square().mean()


def test_the_nearest_of_several_is_kept(unclip):
    pipe, decoder, clip, real, features = unclip
    start = noise_of(pipe, decoder, real, features, **FAST).repeat_interleave(4, dim=0)
    how = {"eta": 0.9, "scale": 4.0, **FAST}
    every = paint(pipe, decoder, features.repeat_interleave(4, dim=0), seeded(), x=start, method="ddim", **how)
    kept = vary(pipe, decoder, clip, real, seeded(), draws=4, **how)
    near = F.cosine_similarity(clip.image_features(every * 2 - 1).unflatten(0, (3, 4)), features[:, None], dim=2)
    for picture, choice, painted in zip(kept, near.argmax(1), every.unflatten(0, (3, 4)), strict=True):
        torch.testing.assert_close(picture, painted[choice])
    assert not torch.equal(near.argmax(1), torch.zeros(3))  # not simply the first


def test_new_noise_makes_the_variations(unclip):
    pipe, decoder, clip, real, _ = unclip
    one, other = (vary(pipe, decoder, clip, real, torch.Generator().manual_seed(k), draws=1, **FAST) for k in (1, 2))
    assert (one - other).abs().amax(dim=(1, 2, 3)).min() > 0.1
    without = [vary(pipe, decoder, clip, real, torch.Generator().manual_seed(k), draws=1, eta=0.0, **FAST) for k in (1, 2)]
    torch.testing.assert_close(*without)


@pytest.mark.parametrize(("asked", "said"), [({"draws": 0}, "1 or more; got 0"), ({"eta": 1.5}, r"\[0, 1\].*got 1.5")])
def test_what_is_no_way_to_vary_is_refused(unclip, asked, said):
    pipe, decoder, clip, real, _ = unclip
    with pytest.raises(ValueError, match=said):
        vary(pipe, decoder, clip, real, seeded(), **FAST | asked)
