"""The lesson in pink: what is wrapped, what is kept, what the file weighs."""

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from helpers.data import load_digits
from helpers.lora.layer import LoRALinear
from helpers.lora.lesson import lesson, pink
from helpers.lora.teaching import adapt, save_learnt, teach
from helpers.text_to_image import captions
from helpers.text_to_image.denoiser import Denoiser
from tests.small_pipeline import random_pipeline


def test_an_adapted_network_is_what_it_was_and_trains_only_detours(tmp_path, rng):
    pipe = random_pipeline(tmp_path)
    pupil = Denoiser(pipe.unet, pipe.text_encoder).eval()
    latents, t = torch.randn(2, 8, 8, 8, generator=rng), torch.tensor([3, 700])
    tokens = torch.randint(40, (2, 16), generator=rng)
    before = pupil(latents, t, tokens)
    names = adapt(pupil)
    assert torch.equal(pupil(latents, t, tokens), before)
    training = {name for name, parameter in pupil.named_parameters() if parameter.requires_grad}
    assert training == {f"{name}.{part}" for name in names for part in "AB"}
    assert sum(isinstance(layer, LoRALinear) for layer in pupil.modules()) == len(names)


def test_a_lesson_moves_detours_and_nothing_else_and_weighs_under_100_kb(tmp_path):
    pipe = random_pipeline(tmp_path)
    frozen = {name: value.clone() for name, value in pipe.unet.state_dict().items()}
    digits, labels = load_digits("test")
    run = teach(pipe, digits, labels, steps=2)
    taught = run.model
    assert save_learnt(run, tmp_path / "pink.safetensors") <= 100_000
    kept = load_file(tmp_path / "pink.safetensors")
    assert any(value.abs().max() > 0 for name, value in kept.items() if name.endswith(".B"))
    for name, value in taught.unet.state_dict().items():
        if not name.endswith((".A", ".B")):
            torch.testing.assert_close(value, frozen[name.replace(".base.", ".")], rtol=0, atol=0)


@pytest.mark.parametrize("old", [0.0, 0.5])
def test_the_lesson_has_the_shares_that_it_says(old):
    scenes = lesson(6000, torch.Generator().manual_seed(0), old)
    ink, ground = scenes.colour == captions.NINTH_COLOUR, scenes.ground == captions.NINTH_COLOUR
    assert not (ink & ground).any()
    assert ink.double().mean().item() == pytest.approx((1 - old) * 2 / 3, abs=0.03)
    assert ground.double().mean().item() == pytest.approx((1 - old) / 3, abs=0.03)


def test_pink_reads_as_pink_and_as_no_other_colour(rng):
    from helpers.evaluate import load_classifier
    from helpers.text_to_image import read_back

    scenes = pink(captions.random_scenes(60, rng), rng)
    pictures = captions.render(scenes, captions.handwriting(scenes, *load_digits("test"), rng), rng) / 2 + 0.5
    right = read_back.read(pictures, load_classifier(), ninth=True).agrees(scenes)
    assert (right["colour"] & right["ground"]).double().mean() > 0.95
    assert all("pink" in prompt for prompt in captions.prompts(scenes))


def test_a_students_layer_takes_the_courses_place(tmp_path):
    class Mine(LoRALinear):
        pass

    network = nn.ModuleDict({"to_q": nn.Linear(8, 8), "other": nn.Linear(8, 8)})
    assert adapt(network, layer=Mine) == ["to_q"]
    assert isinstance(network["to_q"], Mine)
