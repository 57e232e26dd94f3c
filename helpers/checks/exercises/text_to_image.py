"""Check of the text-to-image loop: equal to what the pipeline itself paints (arXiv:2112.10752), for several schedulers.

The answer is given a pipeline of random weights whose parts work; what it should paint is computed by diffusers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import torch

from ..check import Check, Wrong
from ..compare import close, numbers, repeated, show
from ..painting import SUSPECTS, Loop, paint
from ..plain import SubjectError
from ..probes import Probe, make
from ..tiny_pipeline import LATENTS, PIXELS, SIZE

check = Check(
    "text_to_image",
    home="helpers.text_to_image.loop",
    mistakes={
        "called_the_pipeline": "The pipeline is called as a whole; use its parts: tokenizer, text_encoder, unet, scheduler, vae.",
        "pictures_returned": "PIL pictures are returned; return the tensor before that conversion.",
        "latents_returned": "The latents are returned: decode them with pipe.vae.",
        "no_guidance": "The prompt's prediction is used alone: combine both with classifier_free_guidance.",
        "no_prompt": "The prompt has no effect: the U-Net is given the empty text in both halves.",
        "w_for_scale": "scale is used as the paper's w: guidance should be ε_uncond + scale (ε_cond - ε_uncond).",
        "halves_exchanged": "ε_cond and ε_uncond are exchanged: the first half of the output belongs to the first half of the "
        "texts.",
        "no_scaling_factor": "The latents are decoded as they are; divide by pipe.vae.config.scaling_factor first.",
        "other_scaling_factor": "The latents are divided by 0.18215, another model's factor: pipe.vae.config.scaling_factor.",
        "scaling_multiplied": "The latents are multiplied by the scaling factor; divide by it before decoding.",
        "steps_for_timesteps": "The U-Net or the scheduler's step is given 0, 1, 2, …: both want the t of "
        "pipe.scheduler.timesteps.",
        "timesteps_reversed": "The timesteps run backwards: pipe.scheduler.timesteps is in the right order already.",
        "last_timestep_missing": "The loop is too short: PNDM has one timestep more than steps. Loop over "
        "pipe.scheduler.timesteps.",
        "steps_ignored": "steps is ignored: pipe.scheduler.set_timesteps(steps).",
        "no_initial_sigma": "The initial noise is not multiplied by pipe.scheduler.init_noise_sigma.",
        "sigma_before_steps": "init_noise_sigma is read before set_timesteps(steps), which changes it: set the timesteps first.",
        "rescaled": "What guidance gives is rescaled, as some code does: ε_uncond + scale (ε_cond - ε_uncond), as it is.",
        "no_model_input_scale": "The U-Net's input is not scaled: pipe.scheduler.scale_model_input(x, t).",
        "scaled_input_kept": "The scheduler's step is given the scaled input: scale a copy for the U-Net, step from x.",
        "index_for_t": "The U-Net is given the number of the step; it wants the t of pipe.scheduler.timesteps.",
        "pooled_text": "The U-Net is given one vector a text, pipe.text_encoder(ids)[1]; it wants one a token: [0].",
        "padded_to_longest": 'The texts are padded to the longest one; the U-Net knows full length: padding="max_length".',
        "zeros_for_empty": 'Zeros stand in for the empty text; encode the text "" as any other.',
        "size_written_in": "The shape of the latents is another model's: in_channels and sample_size are in pipe.unet.config.",
        "one_noise": "All prompts start from one noise; draw (prompts, …) of it.",
        "generator_ignored": "The noise does not come from the generator: torch.randn(shape, generator=generator).",
        "one_prompt_only": "A list of prompts does not work: draw and return one picture for each.",
        "list_only": "One text alone does not work: make a list of one out of it first.",
        "minus_one_to_one": "The image is in [-1, 1]; map it to [0, 1]: (image / 2 + 0.5).clamp(0, 1).",
        "not_shifted": "The image, in [-1, 1], is only clamped: map it to [0, 1] first, (image / 2 + 0.5).clamp(0, 1).",
        "clamped_first": "The image, in [-1, 1], is clamped to [0, 1] before it is mapped there: (image / 2 + 0.5).clamp(0, 1).",
        "not_halved": "0.5 is added to an image in [-1, 1]: halve it first, (image / 2 + 0.5).clamp(0, 1).",
        "not_clamped": "Some values lie outside [0, 1]: clamp them.",
        "numpy_returned": "This is a NumPy array: return a tensor, as the next cells put pictures together with torch.cat.",
        "channels_last": "The channels come last: return (prompts, 3, H, W).",
        "no_batch_axis": "The axis of the prompts is missing: return (prompts, 3, H, W) for one text, too.",
        "to_255": "The image is in [0, 255]; return numbers from 0 to 1.",
        "graph_kept": "The image carries its graph: run the loop under torch.no_grad().",
    },
    hints=(
        "What goes into the U-Net at each step, and how often? What has to be ready before the loop, what is "
        "left to do after it?",
        "In the loop: scale_model_input, the U-Net on both texts, classifier_free_guidance, scheduler.step(...).prev_sample. "
        "Before it: scheduler.set_timesteps(steps), and the noise times init_noise_sigma.",
        "At the end, latents divided by pipe.vae.config.scaling_factor go through pipe.vae.decode(…).sample, in [-1, 1]. "
        "What brings that to [0, 1]? All of it under torch.no_grad().",
    ),
)

PROMPTS = ("a red cat", "two blue boxes", "one small dog", "a green house")
ATOL = 2e-4


@dataclass(frozen=True)
class Order:
    """One picture to paint."""

    weights: int
    scheduler: str
    prompt: str | tuple[str, ...]
    steps: int
    scale: float
    seed: int

    def pipe(self, by_hand: bool = True) -> Probe:
        return Probe("pipeline", {"seed": self.weights, "scheduler": self.scheduler, "by_hand": by_hand})

    @property
    def texts(self) -> list[str]:
        return [self.prompt] if isinstance(self.prompt, str) else list(self.prompt)


@lru_cache(maxsize=20)  # every answer is held against the same
def _painted(order: Order) -> torch.Tensor:
    """What diffusers paints, float64 (B, 3, H, W)."""
    generator = torch.Generator().manual_seed(order.seed)
    pipe = make(order.pipe(by_hand=False))
    images = pipe(
        order.texts,
        num_inference_steps=order.steps,
        guidance_scale=order.scale,
        generator=generator,
        output_type="pt",
    ).images
    return images.double()


def _order(bench, scheduler, many=False, steps=3) -> Order:
    first = bench.integer("prompt", 0, 3)
    prompt = tuple(PROMPTS[(first + i) % 4] for i in range(3)) if many else PROMPTS[first]
    return Order(
        bench.integer("weights", 0, 9), scheduler, prompt, steps, bench.uniform("scale", 5, 9), bench.integer("seed", 0, 99)
    )


def _reply(bench, order: Order, request_seed=0):
    try:
        return _call(bench, order, request_seed)
    except SubjectError as error:
        if isinstance(order.prompt, str) and _works(bench, replace(order, prompt=(order.prompt,))):
            raise Wrong("list_only", "a picture of one text", str(error)) from None
        raise


def _works(bench, order: Order) -> bool:
    """Whether the answer paints this order at all."""
    try:
        return _image(_call(bench, order)) is not None
    except (SubjectError, Wrong):
        return False


def _call(bench, order: Order, request_seed=0):
    generator = Probe("generator", {"seed": order.seed})
    asked = order.prompt if isinstance(order.prompt, str) else order.texts
    try:
        return bench.call(order.pipe(), asked, order.steps, order.scale, generator, seed=request_seed)
    except SubjectError as error:
        if "cannot be called as a whole" in error.message:
            raise Wrong("called_the_pipeline", "a loop by hand", "a call of the pipeline") from None
        # schedulers look for t among their timesteps
        if ("indices" in error.message and "timestep" in error.message) or "dimension 0 with size 0" in error.message:
            raise Wrong("steps_for_timesteps", "scheduler.timesteps", error.message) from None
        if error.kind == "raised" and "expected input[" in error.message and "channels" in error.message:
            raise Wrong("size_written_in", f"latents of shape (prompts, {LATENTS}, {SIZE}, {SIZE})", error.message) from None
        if error.kind == "raised" and "not enough values to unpack (expected 3, got 2)" in error.message:
            raise Wrong("pooled_text", "texts (B, tokens, width)", error.message) from None
        if error.kind == "bad_reply" and "Image" in (error.type_name, *error.message.split()):
            raise Wrong("pictures_returned", "a tensor", error.message) from None
        raise


def _image(reply, batch=1) -> torch.Tensor:
    """The reply as (B, 3, H, W), also if it came in another form, which is a property of its own."""
    value = numbers(reply)
    value = value[None] if value.ndim == 3 else value
    if value.ndim == 4 and value.shape[-1] == 3:
        value = value.permute(0, 3, 1, 2)
    if tuple(value.shape) == (batch, LATENTS, SIZE, SIZE):
        raise Wrong("latents_returned", f"shape {(batch, 3, PIXELS, PIXELS)}", f"shape {tuple(value.shape)}")
    if tuple(value.shape) != (batch, 3, PIXELS, PIXELS):
        raise Wrong("", f"shape {(batch, 3, PIXELS, PIXELS)}", f"shape {tuple(value.shape)}")
    return value


def _ranges(raw: torch.Tensor) -> list[torch.Tensor]:
    """A decoded image in the ranges that an answer may leave it in; which one is right is a property of its own."""
    half = raw / 2 + 0.5
    right = half.clamp(0, 1)
    return [
        right,
        half,
        raw,
        raw.clamp(-1, 1),
        raw.clamp(0, 1),
        right * 255,
        (right * 255).round(),
        (raw + 0.5).clamp(0, 1),
        (raw.clamp(0, 1) + 1) / 2,
    ]


def _matches(received, raw) -> bool:
    return any(close(received, image, 0, ATOL * max(1.0, float(image.abs().max()))) for image in _ranges(raw))


def _expect_painted(bench, order: Order, received: torch.Tensor) -> None:
    right = _painted(order)
    if close(received, right, 0, ATOL) or _matches(received, paint(Loop(), order)):
        return
    again = [name for name in SUSPECTS if name.split("/")[0] in bench.named]  # most likely: no need to try them all
    for name in again:
        if _matches(received, paint(SUSPECTS[name], order)):
            raise Wrong(name.split("/")[0], show(right), show(received))
    if not repeated(received, _image(_reply(bench, order, request_seed=1), len(right)), 0, ATOL):
        raise Wrong("generator_ignored", "the same image from the same generator", "another image each time")
    known = []
    for name, loop in SUSPECTS.items() if not bench.unexplained else ():  # what has no name has none with another scheduler
        try:
            known += [name.split("/")[0]] if _matches(received, paint(loop, order)) else []
        except (IndexError, ValueError):  # the scheduler does not know such timesteps
            continue
    if not known:
        more = Order(order.weights, order.scheduler, order.prompt, order.steps + 2, order.scale, order.seed)
        if close(received, _image(_reply(bench, more), len(right)), 0, ATOL):
            known = ["steps_ignored"]
        elif repeated(received, _image(_reply(bench, replace(order, seed=order.seed + 1)), len(right)), 0, ATOL):
            known = ["generator_ignored"]
    raise Wrong(known[0] if len(known) == 1 else "", show(right), show(received))


@check.property(1.5, "paints what the pipeline paints, with its own scheduler (PNDM)")
def loop(bench):
    order = _order(bench, "pndm", steps=4)
    _expect_painted(bench, order, _image(_reply(bench, order)))


@check.property(0.75, "works with another scheduler (Euler): initial noise and U-Net input as it wants them")
def other_scheduler(bench):
    order = _order(bench, "euler")
    _expect_painted(bench, order, _image(_reply(bench, order)))


@check.property(0.5, "takes a list of prompts, one picture each")
def prompts(bench):
    order = _order(bench, "ddim", many=True)
    try:
        received = _image(_reply(bench, order), 3)
    except (SubjectError, Wrong) as error:
        if _works(bench, _order(bench, "ddim")):
            raise Wrong("one_prompt_only", "three pictures", str(error)) from None
        raise
    _expect_painted(bench, order, received)


def _some_painting(bench, order: Order):
    """The reply to an order, and its image, once that is known to follow the prompt or the generator."""
    reply = _reply(bench, order)
    image = _image(reply)
    others = (
        replace(order, seed=order.seed + 1),
        replace(order, prompt="a green house" if order.prompt == PROMPTS[0] else PROMPTS[0]),
    )
    if not torch.isfinite(image).all() or all(close(image, _image(_reply(bench, other)), 0, ATOL) for other in others):
        raise Wrong("", "a picture that follows the prompt and the generator", "the same numbers for another prompt")
    return reply, image


@check.property(0.75, "returns a tensor (prompts, 3, H, W), of numbers in [0, 1]")
def in_range(bench):
    order = _order(bench, "ddim")
    reply, received = _some_painting(bench, order)
    _expect_form(reply)
    low, high = float(received.min()), float(received.max())
    raw = paint(Loop(), order)
    half = raw / 2 + 0.5
    known = {"minus_one_to_one": [raw, raw.clamp(-1, 1)], "not_clamped": [half], "not_shifted": [raw.clamp(0, 1)]}
    known["clamped_first"] = [(raw.clamp(0, 1) + 1) / 2]
    known["not_halved"] = [raw + 0.5, (raw + 0.5).clamp(0, 1)]
    known["to_255"] = [half.clamp(0, 1) * 255, (half.clamp(0, 1) * 255).round(), (half.clamp(0, 1) * 255).floor()]
    if close(received, half.clamp(0, 1), 0, ATOL):
        return
    for mistake, images in known.items():
        if any(close(received, image, 0, ATOL * max(1.0, float(image.abs().max()))) for image in images):
            raise Wrong(mistake, "numbers in [0, 1]", f"numbers from {low:.3g} to {high:.3g}")
    if low < 0 or high > 1:
        raise Wrong("", "numbers in [0, 1]", f"numbers from {low:.3g} to {high:.3g}")


def _expect_form(reply) -> None:
    if any(fact.was_numpy for fact in reply.facts.values()):
        raise Wrong("numpy_returned", "a tensor", "a NumPy array")
    shape = tuple(reply.value.shape)
    if shape[-1] == 3:
        raise Wrong("channels_last", f"shape {(1, 3, PIXELS, PIXELS)}", f"shape {shape}")
    if len(shape) == 3:
        raise Wrong("no_batch_axis", f"shape {(1, 3, PIXELS, PIXELS)}", f"shape {shape}")


@check.property(0.5, "keeps no graph: torch.no_grad()")
def no_graph(bench):
    reply, _ = _some_painting(bench, _order(bench, "ddim"))
    if any(fact.requires_grad for fact in reply.facts.values()):
        raise Wrong("graph_kept", "requires_grad = False", "requires_grad = True")
