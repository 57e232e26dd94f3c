"""Of several pictures painted from the same features, the one that CLIP finds nearest to them is kept."""

import copy

import pytest
import torch
import torch.nn.functional as F

from helpers.text_to_image import captions
from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip.clip import load_clip
from helpers.unclip.decoder import load_decoder, paint, vary

FAST = {"steps": 3}


@pytest.fixture(scope="module")
def unclip():
    """The pipeline, the decoder, CLIP and the features of three captions."""
    pipe = load_pipeline(device="cpu")
    clip = load_clip(pipe.tokenizer)
    scenes = captions.random_scenes(3, torch.Generator().manual_seed(0))
    return pipe, load_decoder(copy.deepcopy(pipe.unet)), clip, clip.text_features(captions.prompts(scenes))


def seeded():
    return torch.Generator().manual_seed(4)


def test_the_nearest_of_several_is_kept(unclip):
    pipe, decoder, clip, features = unclip
    every = paint(pipe, decoder, features.repeat_interleave(4, dim=0), seeded(), **FAST)
    kept = vary(pipe, decoder, clip, features, seeded(), draws=4, **FAST)
    near = F.cosine_similarity(clip.image_features(every * 2 - 1).unflatten(0, (3, 4)), features[:, None], dim=2)
    for picture, choice, painted in zip(kept, near.argmax(1), every.unflatten(0, (3, 4)), strict=True):
        torch.testing.assert_close(picture, painted[choice])
    assert not torch.equal(near.argmax(1), torch.zeros(3))  # not simply the first


def test_one_draw_is_what_paint_paints(unclip):
    pipe, decoder, clip, features = unclip
    alone = vary(pipe, decoder, clip, features, seeded(), draws=1, **FAST)
    torch.testing.assert_close(alone, paint(pipe, decoder, features, seeded(), **FAST))
    with pytest.raises(ValueError, match="1 or more; got 0"):
        vary(pipe, decoder, clip, features, seeded(), draws=0)
