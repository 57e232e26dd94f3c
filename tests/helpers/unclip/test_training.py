"""What CLIP and unCLIP's decoder are trained with: rivals that differ in the digit alone, and vectors that stand for words."""

import pytest
import torch
from torch import nn

from helpers.text_to_image import captions
from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip.decoder import Decoder
from helpers.weights import clip_captions, unclip


@pytest.fixture(scope="module")
def pipe():
    return load_pipeline(device="cpu")


def test_rivals_come_in_groups_of_nine_alike_but_for_the_digit():
    scenes = clip_captions.rivals(5, torch.Generator().manual_seed(0))
    assert len(scenes) == 45
    assert not captions.held_out(scenes).any()
    for start in range(0, 45, 9):
        group = scenes[torch.arange(start, start + 9)]
        assert len(group.digit.unique()) == 9
        for name in ("colour", "ground", "size", "place"):
            assert len(getattr(group, name).unique()) == 1, name


class FirstPixelReader(nn.Module):
    """Reads the digit from a picture's first pixel, and from a caption its word, as one of ten directions."""

    def image_features(self, pictures):
        return torch.eye(10)[pictures[:, 0, 0, 0].long()]

    def text_features(self, texts):
        return torch.eye(10)[[next(i for i, word in enumerate(captions.DIGITS) if word in text.split()) for text in texts]]


def test_the_digit_counts_as_read_where_its_own_caption_is_the_nearest_of_ten():
    scenes = captions.random_scenes(40, torch.Generator().manual_seed(1), None)
    said = scenes.digit.clone()
    said[:10] = (said[:10] + 1) % 10  # these ten pictures look like the next digit
    pictures = said.float().reshape(-1, 1, 1, 1).expand(-1, 3, 4, 4)
    right = clip_captions.digit_read(FirstPixelReader(), scenes, pictures)
    assert right.tolist() == [False] * 10 + [True] * 30


def test_a_new_decoder_trains_its_vectors_and_the_cross_attention_alone(pipe):
    import copy

    decoder = Decoder(copy.deepcopy(pipe.unet))
    assert decoder.vectors(torch.zeros(2, 64)).shape == (2, 16, pipe.unet.config.cross_attention_dim)
    trained = {name for name, parameter in decoder.named_parameters() if parameter.requires_grad}
    assert trained
    assert all(name.startswith("vectors.") or ".attn2." in name for name in trained)


def test_words_loss_is_zero_for_vectors_that_are_the_captions_and_silence_for_no_picture(pipe):
    data = unclip.painted(pipe, 6, torch.Generator().manual_seed(0))
    assert data.words.shape == (6, 16, 96)

    class Knows(nn.Module):
        def forward(self, features):
            nearest = torch.cdist(features, data.images).argmin(1)
            empty = (features == 0).all(1)[:, None, None]
            return torch.where(empty, data.silence, data.words[nearest])

    class Mumbles(Knows):
        def forward(self, features):
            return super().forward(features) + 1

    loss, generator = unclip.words_loss(data, 64), torch.Generator().manual_seed(0)
    assert loss(Knows(), 0, generator) == 0
    assert loss(Mumbles(), 0, generator).item() == pytest.approx(1, rel=1e-5)
