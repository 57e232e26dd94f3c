"""A word more: one vector is learnt, and nothing that was there before changes by a bit."""

import pytest
import torch
from safetensors.torch import load_file

from helpers.data import load_digits
from helpers.lora.lesson import lesson_loss
from helpers.lora.new_word import add_word, teach_word
from helpers.lora.teaching import save_learnt
from helpers.text_to_image import captions, loop
from helpers.text_to_image.denoiser import Denoiser
from helpers.text_to_image.parts import tokens
from helpers.text_to_image.pipelines import load_pipeline
from tests.small_pipeline import random_pipeline

VECTOR = "text_encoder.embeddings.token_embedding.vector"
OLD = ["a large red five on a black background", "seven", ""]


def test_the_new_word_is_one_token_and_starts_as_the_word_it_is_like(tmp_path):
    pipe = random_pipeline(tmp_path)
    red, old = loop.embed(pipe, "a red five"), tokens(pipe.tokenizer, captions.vocabulary())
    assert len(pipe.tokenizer("pink").input_ids) == 2 + 4
    add_word(pipe, like="red")
    assert len(pipe.tokenizer("pink").input_ids) == 2 + 1
    assert torch.equal(loop.embed(pipe, "a pink five"), red)
    assert torch.equal(tokens(pipe.tokenizer, captions.vocabulary()), old)


def test_only_the_vector_changes_and_old_prompts_read_as_before(tmp_path):
    pipe = random_pipeline(tmp_path)
    unet = {name: value.clone() for name, value in pipe.unet.state_dict().items()}
    red = pipe.text_encoder.get_input_embeddings().weight[pipe.tokenizer("red").input_ids[1]].clone()
    old = loop.embed(pipe, OLD)
    run = teach_word(pipe, *load_digits("test"), steps=2)
    assert list(run.learnt()) == [VECTOR]
    assert not torch.equal(run.learnt()[VECTOR], red)
    assert torch.equal(loop.embed(pipe, OLD), old)
    assert all(torch.equal(value, unet[name]) for name, value in pipe.unet.state_dict().items())
    save_learnt(run, tmp_path / "word.safetensors")
    assert load_file(tmp_path / "word.safetensors")[VECTOR].shape == (96,)


def test_a_short_lesson_brings_the_models_loss_on_pink_pictures_down():
    digits, labels = load_digits("test")

    @torch.no_grad()
    def loss_on_pink(pipe):
        loss = lesson_loss(pipe, digits, labels, n=96, old=0.0, batch=96)
        return loss(Denoiser(pipe.unet, pipe.text_encoder), 0, torch.Generator().manual_seed(1)).item()

    untaught, taught = load_pipeline(device="cpu"), load_pipeline(device="cpu")
    add_word(untaught)
    teach_word(taught, digits, labels, steps=20)
    assert loss_on_pink(taught) < 0.95 * loss_on_pink(untaught)


def test_a_word_is_added_once_and_starts_from_a_known_one(tmp_path):
    pipe = random_pipeline(tmp_path)
    with pytest.raises(ValueError, match="'crimson' is spelt in"):
        add_word(pipe, like="crimson")
    with pytest.raises(ValueError, match="'blue' is a token already"):
        add_word(pipe, word="blue")
    add_word(pipe)
    with pytest.raises(ValueError, match="'pink' is a token already"):
        add_word(pipe)
