"""What the weights of every layer that attends have to be: a softmax of its scores q·k/√d (arXiv:1706.03762, eq. 1).

`score_makers` finds the entries that make the scores, `softmax` tells whether weights are one, `score_scale` reads the factor.
"""

from __future__ import annotations

from collections.abc import Callable

from .check import Wrong
from .score_makers import Attention, score_makers
from .score_scale import MISTAKES as MISSCALED
from .score_scale import misscaled
from .softmax import NOT_OF_PRODUCTS, OTHER_SUM, other_than_softmax

NO_SOFTMAX = "no_softmax"
MISTAKES = {
    NO_SOFTMAX: "The weights don't sum to 1: apply softmax over the keys.",
    "not_of_products": "Queries and keys count one by one, as in linear attention, which takes a softmax of each; here one "
    "softmax is taken of the scores q·k/√d.",
} | MISSCALED
_NAMED = {OTHER_SUM: NO_SOFTMAX, NOT_OF_PRODUCTS: "not_of_products"}


def expect_softmax_of_scores(layer: Attention, heads: tuple[int, ...], wider: Callable[[], Attention] | None = None) -> None:
    """Raise Wrong unless the layer weighs by a softmax of q·k/√d, naming one of MISTAKES where it can be told.

    heads: how many the layer may have. wider: makes the layer with more channels, for where `heads` is a guess: a layer may
    have a number of its own, whose size is √(all channels)/4 by chance, but not for more channels.
    """
    makers = score_makers(layer)
    found = other_than_softmax(layer, makers)
    if found:
        raise Wrong(_NAMED.get(found, ""), "weights exp(score), divided by their sum", found)
    mistake = misscaled(layer, makers, heads)
    if mistake and wider:
        other = wider()
        mistake = mistake if misscaled(other, score_makers(other), heads) == mistake else ""
    if mistake:
        raise Wrong(mistake, "scores q·k/√d", "other scores")
