"""Textual inversion (arXiv:2208.01618): a word more for the text-to-image model, by learning the word's vector and nothing else.

Every weight stays as it is, so a prompt without the word gives exactly the picture that it gave before.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.fit import FitConfig, FitResult, fit
from helpers.lora.lesson import lesson_loss
from helpers.text_to_image.captions import NINTH
from helpers.text_to_image.denoiser import Denoiser

WORD, LIKE = next(iter(NINTH)), "red"
STEPS, BATCH, PICTURES = 150, 16, 600


class OneWordMore(nn.Module):
    """An embedding table with one row more, the only one that trains: ids (…,) int64 → vectors (…, width).

    Args:
        table: the table as it was trained; it is frozen.
        first: (width,), what the new row starts from.
    """

    def __init__(self, table: nn.Embedding, first: Tensor):
        super().__init__()
        self.table = table.requires_grad_(False)
        self.vector = nn.Parameter(first.detach().clone())

    def forward(self, ids: Tensor) -> Tensor:
        return F.embedding(ids, torch.cat([self.table.weight, self.vector[None]]))


def add_word(pipe: Any, word: str = WORD, like: str = LIKE) -> None:
    """Make the word one token of the pipeline, in place, and freeze the networks but for the token's vector.

    Args:
        pipe: the course's small pipeline.
        word: the new word.
        like: the known word whose vector it starts from (as in the paper: a coarse word for what is to be learnt).

    Raises:
        ValueError: the word is a token already, or `like` is not one.
    """
    from transformers import AddedToken

    known, new = (pipe.tokenizer(text).input_ids[1:-1] for text in (like, word))  # without start and end
    if len(known) != 1:
        raise ValueError(f"a new word starts from one that is a token, such as 'red'; {like!r} is spelt in {len(known)} pieces")
    if len(new) == 1:
        raise ValueError(f"{word!r} is a token already: to teach it anew, load the pipeline anew; or take another word")
    pipe.tokenizer.add_tokens([AddedToken(word, single_word=True)])
    pipe.unet.requires_grad_(False)
    pipe.text_encoder.requires_grad_(False)
    table = pipe.text_encoder.get_input_embeddings()
    pipe.text_encoder.set_input_embeddings(OneWordMore(table, table.weight[known[0]]))


def teach_word(pipe: Any, digits: Tensor, labels: Tensor, steps: int = STEPS) -> FitResult:
    """Teach the pipeline's text encoder, in place, the vector of the word “pink”; returns the run.

    Args:
        pipe: the course's small pipeline.
        digits, labels: handwriting to paint with, (N, 1, H, W) in [-1, 1] and (N,).
        steps: of `BATCH` pictures; the default takes half a minute on one core.

    Raises:
        ValueError: the pipeline has the word already.
    """
    add_word(pipe)
    loss = lesson_loss(pipe, digits, labels, PICTURES if steps > 20 else 4 * BATCH, old=0.0, batch=BATCH)
    settings = FitConfig(steps=steps, lr=1e-2, lr_decay="cosine", ema_decay=0.9)
    result = fit(Denoiser(pipe.unet, pipe.text_encoder), loss, settings)
    pipe.unet, pipe.text_encoder = result.model.unet, result.model.text_encoder
    return result
