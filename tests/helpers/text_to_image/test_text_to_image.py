import json
import math

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler

from helpers.data import load_digits
from helpers.evaluate import load_classifier
from helpers.schedules import scaled_linear_beta_schedule
from helpers.text_to_image import attention_maps, captions, parts, read_back
from helpers.text_to_image.loop import (
    classifier_free_guidance,
    decode,
    denoise,
    embed,
    encode,
    initial_noise,
    seeds,
    slerp,
    text_to_image,
)
from helpers.text_to_image.pipelines import SMALL
from helpers.weights import text_to_image as training_script

STEPS, SCALE = 50, 8.0  # the defaults of notebook 4, about which the card makes its claims

PROMPTS = ["a large red seven on a blue background", "small white two on the left on green", "a black eight"]


@pytest.fixture
def with_scheduler(pipe):
    """The shipped pipeline with another scheduler for one test."""
    before = pipe.scheduler

    def switch(name):
        import diffusers

        pipe.scheduler = getattr(diffusers, name).from_config(before.config)
        return pipe

    yield switch
    pipe.scheduler = before


@pytest.mark.parametrize("scheduler", ["PNDMScheduler", "DDIMScheduler", "EulerDiscreteScheduler"])
@pytest.mark.parametrize("scale", [1.0, 7.5])
def test_the_loop_by_hand_equals_the_pipeline(with_scheduler, scheduler, scale):
    pipe = with_scheduler(scheduler)
    mine = text_to_image(pipe, PROMPTS, 8, scale, torch.Generator().manual_seed(5))
    theirs = pipe(
        PROMPTS,
        num_inference_steps=8,
        guidance_scale=scale,
        generator=torch.Generator().manual_seed(5),
        output_type="pt",
    ).images
    assert mine.shape == theirs.shape == (3, 3, 32, 32)
    assert mine.std() > 0.1
    torch.testing.assert_close(mine, theirs, atol=2e-4, rtol=0)


def test_the_negative_prompt_is_the_pipelines(pipe):
    mine = text_to_image(pipe, PROMPTS[0], 6, 5.0, seeds(1, 1), negative_prompt="blue")
    theirs = pipe(
        PROMPTS[0],
        negative_prompt="blue",
        num_inference_steps=6,
        guidance_scale=5.0,
        generator=seeds(1, 1),
        output_type="pt",
    ).images
    torch.testing.assert_close(mine, theirs, atol=2e-4, rtol=0)
    assert not torch.allclose(mine, text_to_image(pipe, PROMPTS[0], 6, 5.0, seeds(1, 1)), atol=0.01)


def test_the_loop_from_given_latents_equals_the_pipeline(pipe):
    latents = initial_noise(pipe, 1, seeds(3, 1))
    mine = text_to_image(pipe, PROMPTS[0], 5, 3.0, latents=latents)
    theirs = pipe(PROMPTS[0], num_inference_steps=5, guidance_scale=3.0, latents=latents, output_type="pt").images
    torch.testing.assert_close(mine, theirs, atol=2e-4, rtol=0)


def test_neither_the_batch_nor_the_order_changes_a_picture(pipe):
    together = text_to_image(pipe, PROMPTS, 8, 5.0, seeds(10, 3))
    backwards = text_to_image(pipe, PROMPTS[::-1], 8, 5.0, seeds(10, 3)[::-1])
    alone = text_to_image(pipe, PROMPTS[1], 8, 5.0, seeds(11, 1))
    torch.testing.assert_close(together, backwards.flip(0), atol=2e-4, rtol=0)
    torch.testing.assert_close(together[1:2], alone, atol=2e-4, rtol=0)


def test_a_second_run_is_the_same_picture(pipe):
    first, second = (text_to_image(pipe, PROMPTS[0], 6, 3.0, seeds(0, 1)) for _ in range(2))
    assert torch.equal(first, second)


def test_pndm_makes_one_call_more_than_its_steps(pipe):
    assert len(list(denoise(pipe, "a two", 7, 1.0, seeds(0, 1)))) == 8


def test_no_gradients_are_kept(pipe):
    assert not text_to_image(pipe, "a two", 2, 3.0, seeds(0, 1)).requires_grad


@pytest.mark.parametrize("steps", [0, -3, 2.5, 1001])
def test_steps_must_be_steps_of_the_scheduler(pipe, steps):
    with pytest.raises(ValueError, match=f"at least 1, and at most the 1000 .* got {steps}"):
        text_to_image(pipe, "a two", steps)


def test_each_picture_may_have_its_own_negative_prompt(pipe):
    prompts, negatives = ["a two", "a red one"], ["red", "blue"]
    together = text_to_image(pipe, prompts, 2, 3.0, seeds(4, 2), negatives)
    alone = [text_to_image(pipe, p, 2, 3.0, seeds(4 + i, 1), n) for i, (p, n) in enumerate(zip(prompts, negatives))]
    torch.testing.assert_close(together, torch.cat(alone), rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("prompts", "more", "words"),
    [
        ([], {}, "got 0 and 0"),
        (["a two", "a one"], {"negative_prompt": ["red"]}, "one negative prompt for all or one each; got 2 and 1"),
        (["a two", "a one"], {"latents": torch.zeros(1, 8, 8, 8)}, r"shape like \(2, 8, 8, 8\); got \(1, 8, 8, 8\)"),
    ],
)
def test_as_many_prompts_as_pictures(pipe, prompts, more, words):
    with pytest.raises(ValueError, match=words):
        text_to_image(pipe, prompts, 2, 3.0, **more)


def test_one_generator_a_picture(pipe):
    with pytest.raises(ValueError, match="got 2 for 3 pictures"):
        text_to_image(pipe, PROMPTS, 2, 1.0, seeds(0, 2))


def test_guidance_is_a_straight_line_through_both_predictions():
    u, c = torch.randn(2, 2, 4, 8, 8, dtype=torch.float64)
    assert torch.equal(classifier_free_guidance(u, c, 0.0), u)
    torch.testing.assert_close(classifier_free_guidance(u, c, 1.0), c)
    w = 6.5  # the paper's w: (1 + w) ε_cond - w ε_uncond, arXiv:2207.12598, eq. 6
    torch.testing.assert_close(classifier_free_guidance(u, c, 1 + w), (1 + w) * c - w * u)


def test_guidance_refuses_predictions_of_different_shapes():
    with pytest.raises(ValueError, match=r"\(2, 4, 8, 8\).*\(1, 4, 8, 8\).*chunk"):
        classifier_free_guidance(torch.zeros(2, 4, 8, 8), torch.zeros(1, 4, 8, 8), 3.0)


def test_guidance_for_a_gaussian_moves_the_mean_as_it_should():
    """For x_0 ~ N(m, 1) ε is linear in m, so a scale s samples N(m_u + s (m_c - m_u), 1)."""
    x, alpha_bar = torch.linspace(-3, 3, 7, dtype=torch.float64), 0.3

    def noise(m):
        return (x - math.sqrt(alpha_bar) * m) * math.sqrt(1 - alpha_bar)

    torch.testing.assert_close(classifier_free_guidance(noise(0.5), noise(2.0), 3.0), noise(0.5 + 3 * 1.5))


def test_the_schedule_is_the_pipelines(pipe):
    config = pipe.scheduler.config
    assert config.beta_schedule == "scaled_linear"
    assert config.skip_prk_steps
    assert (config.beta_start, config.beta_end) == (0.00085, 0.012)
    mine = scaled_linear_beta_schedule(config.num_train_timesteps, config.beta_start, config.beta_end)
    torch.testing.assert_close(mine, pipe.scheduler.betas, atol=1e-7, rtol=1e-5)


@pytest.mark.parametrize("scheduler", ["DDIMScheduler", "DPMSolverMultistepScheduler"])
def test_schedulers_made_from_the_pipelines_neither_clip_latents_nor_predict_noise(with_scheduler, scheduler):
    config = with_scheduler(scheduler).scheduler.config
    assert config.prediction_type == "v_prediction"
    assert not config.get("clip_sample", False)
    assert config.beta_schedule == "scaled_linear"


def test_slerp_keeps_the_length_and_meets_both_ends():
    a, b = torch.randn(2, 4, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    b = b * a.norm() / b.norm()
    torch.testing.assert_close(slerp(a, b, 0.0), a)
    torch.testing.assert_close(slerp(a, b, 1.0), b)
    torch.testing.assert_close(slerp(a, b, 0.5).norm(), a.norm())
    assert torch.lerp(a, b, 0.5).norm() < 0.8 * a.norm()


def test_slerp_between_equal_tensors_is_that_tensor():
    a = torch.randn(3, 3)
    torch.testing.assert_close(slerp(a, a, 0.3), a)


def test_pictures_survive_the_autoencoder(pipe):
    scenes, pictures = training_script.pictures(100, torch.Generator().manual_seed(7), "test", None)
    pictures = pictures / 2 + 0.5
    back = decode(pipe, encode(pipe, pictures))
    psnr = -10 * (back - pictures).square().mean((1, 2, 3)).log10()
    assert psnr.mean() > 29.5
    right = read_back.read(back, load_classifier()).agrees(scenes)
    assert right["digit"].float().mean() > 0.9


@torch.no_grad()
def test_latents_have_mean_zero_and_spread_one(pipe):
    _, pictures = training_script.pictures(400, torch.Generator().manual_seed(8))
    drawn = pipe.vae.encode(pictures).latent_dist.sample(torch.Generator().manual_seed(0))
    latents = drawn * pipe.vae.config.scaling_factor
    assert latents.mean((0, 2, 3)).abs().max() < 0.1
    assert (latents.std((0, 2, 3)) - 1).abs().max() < 0.05


def test_encode_refuses_pixels_of_another_range(pipe):
    for value in (-0.7, float("nan")):
        with pytest.raises(ValueError, match=r"in \[0, 1\]"):
            encode(pipe, torch.full((1, 3, 32, 32), value))


@pytest.mark.parametrize("shape", [(1, 3, 30, 32), (0, 3, 32, 32), (3, 32, 32), (1, 1, 32, 32)])
def test_encode_refuses_pictures_that_do_not_come_back_whole(pipe, shape):
    with pytest.raises(ValueError, match=r"multiples of 4; got shape"):
        encode(pipe, torch.zeros(shape))


def test_the_model_is_small_and_loads_with_the_plain_class(pipe):
    from diffusers import StableDiffusionPipeline

    plain = StableDiffusionPipeline.from_pretrained(SMALL, safety_checker=None, local_files_only=True)
    assert sum(file.stat().st_size for file in SMALL.rglob("*") if file.is_file()) < 15e6
    assert plain.unet.dtype == plain.vae.dtype == plain.text_encoder.dtype == torch.float32
    plain.set_progress_bar_config(disable=True)
    image = plain("a red seven", num_inference_steps=2, generator=seeds(0, 1)).images[0]
    assert np.asarray(image).shape == (32, 32, 3)


@pytest.mark.slow
@pytest.mark.parametrize("unseen", [False, True], ids=["seen", "held out"])
def test_it_paints_what_the_prompt_says(pipe, unseen):
    scenes = captions.random_scenes(40, torch.Generator().manual_seed(3), unseen)
    pictures = text_to_image(pipe, captions.prompts(scenes), STEPS, SCALE, seeds(50, 40))
    right = read_back.read(pictures, load_classifier()).agrees(scenes)
    assert right["digit"].float().mean() > 0.9  # guessing gives 0.1
    assert right["colour"].float().mean() > 0.9
    assert right["ground"].float().mean() > 0.95


def test_each_word_is_one_token_and_others_are_spelt(tmp_path):
    tokenizer = parts.tokenizer(tmp_path)
    assert all(len(tokenizer.tokenize(word)) == 1 for word in captions.vocabulary())
    assert len(tokenizer.tokenize("turquoise")) > 3
    assert tokenizer.unk_token_id not in tokenizer("turquoise cat, 7!").input_ids[1:-1]
    assert len(set(tokenizer.get_vocab().values())) == len(tokenizer)


def test_no_caption_is_cut(tmp_path):
    tokenizer = parts.tokenizer(tmp_path)
    g = torch.Generator().manual_seed(0)
    texts = captions.captions(captions.random_scenes(2000, g), g)
    assert max(len(tokenizer(text).input_ids) for text in texts) <= parts.MAX_TOKENS


def test_recording_attention_changes_nothing_and_is_undone(pipe):
    before = dict(pipe.unet.attn_processors)
    plain = text_to_image(pipe, PROMPTS[:2], 4, 3.0, seeds(0, 2))
    with attention_maps.record(pipe) as maps:
        recorded = text_to_image(pipe, PROMPTS[:2], 4, 3.0, seeds(0, 2))
    torch.testing.assert_close(plain, recorded, atol=2e-4, rtol=0)
    assert pipe.unet.attn_processors == before
    weights = maps.of_prompt()
    assert weights.shape == (2, pipe.tokenizer.model_max_length, 8, 8)
    torch.testing.assert_close(weights.sum(1), torch.ones(2, 8, 8), atol=1e-4, rtol=0)


@torch.no_grad()
def test_the_prompts_maps_are_found_in_one_batch_or_in_calls_of_their_own_in_either_order(pipe):
    size, channels = pipe.unet.config.sample_size, pipe.unet.config.in_channels
    x = torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))
    blank, text = embed(pipe, ["", ""]), embed(pipe, ["a red seven", "a blue one"])
    found = []
    for batches in (
        [(torch.cat([x, x]), torch.cat([blank, text]))],
        [(x, blank), (x, text)],
        [(x, text), (x, blank)],
    ):
        with attention_maps.record(pipe) as maps:
            for images, words in batches:
                pipe.unet(images, 500, encoder_hidden_states=words)
        found.append((maps.mean(), maps.of_prompt()))
    for mean, of_prompt in found[1:]:
        assert torch.allclose(mean, found[0][0], atol=1e-5)
        assert torch.allclose(of_prompt, found[0][1], atol=1e-5)
    assert not torch.allclose(found[0][1], found[0][0][:2], atol=1e-3)


def test_attention_without_a_run_is_an_error(pipe):
    with attention_maps.record(pipe) as maps, pytest.raises(ValueError, match="no cross-attention"):
        maps.mean()


def test_words_are_the_tokens_in_order(pipe):
    words = attention_maps.words(pipe, "a red seven")
    assert words == ["<|startoftext|>", "a", "red", "seven", "<|endoftext|>"]


def tiny_run(folder, **options):
    arguments = ["--work", str(folder / "work"), "--out", str(folder / "out"), "--pictures", "64", "--batch", "8"]
    for key, value in options.items():
        arguments += [f"--{key.replace('_', '-')}", str(value)]
    training_script.main(arguments)
    return folder / "out"


@pytest.mark.slow
def test_training_writes_a_pipeline_that_loads(tmp_path):
    from diffusers import StableDiffusionPipeline

    out = tiny_run(tmp_path, autoencoder_steps=2, denoiser_steps=2)
    pipe = StableDiffusionPipeline.from_pretrained(out, safety_checker=None, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    assert torch.isfinite(text_to_image(pipe, "a red seven", 2, generator=seeds(0, 1))).all()
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [entry["stage"] for entry in log] == ["autoencoder", "denoiser"]


def test_standardising_hides_the_shift_in_the_weights():
    torch.manual_seed(0)
    vae = parts.autoencoder().eval()
    _, pictures = training_script.pictures(200, torch.Generator().manual_seed(0))
    with torch.no_grad():
        before = vae.encode(pictures).latent_dist
        painted = vae.decode(before.mean).sample
        training_script.standardise(vae, pictures)
        after = vae.encode(pictures).latent_dist
        torch.testing.assert_close(vae.decode(after.mean).sample, painted, atol=1e-4, rtol=1e-3)
    factor = vae.config.scaling_factor
    assert after.mean.mean((0, 2, 3)).abs().max() < 1e-3
    spread = factor * (after.mean.var((0, 2, 3)) + after.var.mean((0, 2, 3))).sqrt()
    torch.testing.assert_close(spread, torch.ones_like(spread), atol=2e-3, rtol=0)
    torch.testing.assert_close(
        after.std / after.mean.std((0, 2, 3))[:, None, None],
        before.std / before.mean.std((0, 2, 3))[:, None, None],
        atol=1e-3,
        rtol=1e-3,
    )


def test_the_loss_of_a_perfect_denoiser_is_zero_and_early_steps_count_less():
    from helpers.schedules import Schedule

    schedule = Schedule(scaled_linear_beta_schedule(1000))
    latents = torch.zeros(512, 16, 8, 8)

    class Oracle(torch.nn.Module):
        """Without a picture v is √ᾱ ε, and x_t is √(1-ᾱ) ε."""

        def forward(self, noisy, t, tokens):
            alphas_cumprod = schedule.alphas_cumprod[t][:, None, None, None]
            return noisy * (alphas_cumprod / (1 - alphas_cumprod)).sqrt() + self.wrong

    oracle = Oracle()
    losses = []
    for wrong in (0.0, 1.0):
        oracle.wrong = wrong
        generator = torch.Generator().manual_seed(0)
        losses.append(training_script.denoiser_loss(oracle, latents, None, schedule, generator).item())
    assert losses[0] == pytest.approx(0, abs=1e-6)
    snr = schedule.alphas_cumprod / (1 - schedule.alphas_cumprod)
    assert losses[1] == pytest.approx(((snr + 1).clamp(max=5) / (snr + 1)).mean().item(), rel=0.1)


def test_the_velocity_is_diffusers_own():
    from helpers.schedules import Schedule

    schedule = Schedule(scaled_linear_beta_schedule(1000))
    latents = torch.randn(6, 16, 8, 8, generator=torch.Generator().manual_seed(4))

    def repeat_the_draws():
        generator = torch.Generator().manual_seed(1)
        t = torch.randint(0, 1000, (6,), generator=generator)
        return t, torch.randn(latents.shape, generator=generator)

    t, noise = repeat_the_draws()
    scheduler = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    expected = scheduler.get_velocity(latents, noise, t)
    seen = {}

    def model(noisy, steps, tokens):
        seen.update(noisy=noisy, t=steps)
        return expected

    loss = training_script.denoiser_loss(model, latents, None, schedule, torch.Generator().manual_seed(1))
    assert loss.item() == pytest.approx(0, abs=1e-8)
    assert torch.equal(seen["t"], t)
    torch.testing.assert_close(seen["noisy"], scheduler.add_noise(latents, noise, t))


def test_pictures_for_training_come_from_training_handwriting_only(monkeypatch):
    asked = []
    monkeypatch.setattr(training_script, "handwritten", lambda split: asked.append(split) or load_digits(split))
    training_script.pictures(4, torch.Generator().manual_seed(0))
    assert asked == ["train"]
