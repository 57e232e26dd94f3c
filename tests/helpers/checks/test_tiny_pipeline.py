"""The pipeline of random weights: what one answer does to it, the next does not find."""

import pytest
import torch

from helpers import checks
from helpers.checks.tiny_pipeline import random_pipeline
from helpers.text_to_image.loop import text_to_image


def in_place(network):
    with torch.no_grad():
        next(network.parameters()).mul_(2)


@pytest.mark.parametrize(
    "spoil",
    [lambda network: network.double(), lambda network: network.requires_grad_(False), lambda network: network.train(), in_place],
    ids=["cast", "frozen", "training", "changed in place"],
)
@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_an_answer_finds_the_networks_as_they_were_drawn_whatever_an_earlier_one_did(spoil, part):
    before = getattr(random_pipeline(3), part)
    assert getattr(random_pipeline(3), part) is before  # copying takes longer than a run
    spoil(before)
    after, drawn = getattr(random_pipeline(3), part), getattr(random_pipeline(3, by_hand=False), part)
    assert not after.training
    assert all(weight.requires_grad for weight in after.parameters())
    assert all(torch.equal(one, other) for one, other in zip(after.parameters(), drawn.parameters(), strict=True))


def test_a_right_answer_passes_after_one_that_cast_the_networks():
    def casts(pipe, *args):
        pipe.unet.double(), pipe.vae.double(), pipe.text_encoder.double()
        return text_to_image(pipe, *args)

    with checks.collecting():
        assert not checks.text_to_image(casts).passed
        assert checks.text_to_image(text_to_image).passed
