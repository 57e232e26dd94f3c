"""The text-to-image loop with one thing changed: what known mistakes paint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch

from .probes import make
from .tiny_pipeline import LATENTS, SIZE


@dataclass(frozen=True)
class Loop:
    """The loop, and what may be changed in it."""

    guide: Callable = lambda u, c, s: u + s * (c - u)
    decode_scale: Callable = lambda x, f: x / f
    timesteps: Callable = lambda scheduler, steps: scheduler.timesteps
    told: Callable = lambda i, t: t
    stepped: Callable = lambda i, t: t
    initial: bool = True
    early: bool = False
    model_input: bool = True
    input_kept: bool = False
    blind: bool = False
    padding: str = "max_length"
    zeros: bool = False
    one_noise: bool = False

    def words(self, pipe, prompts) -> list[torch.Tensor]:
        """The empty text's encoding and the prompts'."""
        found = []
        for texts in ([""] * len(prompts), [""] * len(prompts) if self.blind else prompts):
            tokens = pipe.tokenizer(texts, padding=self.padding, truncation=True, return_tensors="pt")
            found.append(pipe.text_encoder(tokens.input_ids)[0])
        return [torch.zeros_like(found[0]), found[1]] if self.zeros else found


@lru_cache(maxsize=200)  # every answer is held against the same
@torch.no_grad()
def paint(loop: Loop, order) -> torch.Tensor:
    """The image before it is brought to [0, 1], of a pipeline, prompts, steps, a scale and a seed."""
    pipe, prompts = make(order.pipe(by_hand=False)), order.texts
    words = loop.words(pipe, prompts)
    before = pipe.scheduler.init_noise_sigma
    pipe.scheduler.set_timesteps(order.steps)
    sigma = before if loop.early else pipe.scheduler.init_noise_sigma
    x = torch.randn(
        (1 if loop.one_noise else len(prompts), LATENTS, SIZE, SIZE), generator=torch.Generator().manual_seed(order.seed)
    )
    x = x.expand(len(prompts), -1, -1, -1) * (sigma if loop.initial else 1)
    for i, t in enumerate(loop.timesteps(pipe.scheduler, order.steps)):
        scaled = pipe.scheduler.scale_model_input(x, t)
        x_in = scaled if loop.model_input else x
        uncond, cond = (pipe.unet(x_in, loop.told(i, t), encoder_hidden_states=text).sample for text in words)
        e = loop.guide(uncond, cond, order.scale)
        x = pipe.scheduler.step(e, loop.stepped(i, t), scaled if loop.input_kept else x).prev_sample
    return pipe.vae.decode(loop.decode_scale(x, pipe.vae.config.scaling_factor)).sample.double()


def _rescaled(share: float) -> Callable:
    """Guidance brought to the spread of the conditional prediction, to that share (arXiv:2305.08891, §3.4)."""

    def guide(u, c, s):
        e = u + s * (c - u)
        spread = c.std(dim=(1, 2, 3), keepdim=True) / e.std(dim=(1, 2, 3), keepdim=True)
        return e * (share * spread + 1 - share)

    return guide


SUSPECTS = {  # "mistake/variant" where one mistake can show in several ways
    "no_guidance": Loop(guide=lambda u, c, s: c),
    "no_prompt": Loop(blind=True),
    "w_for_scale": Loop(guide=lambda u, c, s: c + s * (c - u)),
    "halves_exchanged": Loop(guide=lambda u, c, s: c + s * (u - c)),
    "no_scaling_factor": Loop(decode_scale=lambda x, f: x),
    "other_scaling_factor": Loop(decode_scale=lambda x, f: x / 0.18215),
    "scaling_multiplied": Loop(decode_scale=lambda x, f: x * f),
    "steps_for_timesteps": Loop(timesteps=lambda scheduler, steps: torch.arange(steps)),
    "steps_for_timesteps/in the step": Loop(stepped=lambda i, t: i),
    "timesteps_reversed": Loop(timesteps=lambda scheduler, steps: scheduler.timesteps.flip(0)),
    "last_timestep_missing": Loop(timesteps=lambda scheduler, steps: scheduler.timesteps[:steps]),
    "index_for_t": Loop(told=lambda i, t: i),
    "no_initial_sigma": Loop(initial=False),
    "sigma_before_steps": Loop(early=True),
    "rescaled": Loop(guide=_rescaled(1.0)),
    "rescaled/in part": Loop(guide=_rescaled(0.7)),
    "no_model_input_scale": Loop(model_input=False),
    "scaled_input_kept": Loop(input_kept=True),
    "padded_to_longest": Loop(padding="longest"),
    "zeros_for_empty": Loop(zeros=True),
    "one_noise": Loop(one_noise=True),
}
