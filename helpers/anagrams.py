"""Visual anagrams (arXiv:2311.17919): one picture that is one thing upright and another one turned or in a mirror.

Denoise each view by its own prediction, turn the predictions back and take their mean. It works for views that leave
Gaussian noise Gaussian noise: turning, flipping, permuting pixels.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from helpers.guidance import Predictor

View = Callable[[Tensor], Tensor]


def anagram_noise(predictors: Sequence[View], views: Sequence[View], inverses: Sequence[View], x: Tensor) -> Tensor:
    """The mean over i of inverses[i](predictors[i](views[i](x))).

    Args:
        predictors: each maps a noisy picture (B, C, H, W) to its ε; the step t is already inside.
        views: each maps a picture to what that predictor sees.
        inverses: each undoes its view.
        x: (B, C, H, W).

    Raises:
        ValueError: not as many of one as of the others, or none.
    """
    counts = len(predictors), len(views), len(inverses)
    if not counts[0] == counts[1] == counts[2] > 0:
        raise ValueError("each view has a predictor and an inverse; got {} predictors, {} views, {} inverses".format(*counts))
    predictions = [inverse(predict(view(x))) for predict, view, inverse in zip(predictors, views, inverses)]
    return torch.stack(predictions).mean(dim=0)


def upright(x: Tensor) -> Tensor:
    """The picture as it is."""
    return x


def turned(x: Tensor) -> Tensor:
    """The picture (B, C, H, W) turned by 180°; its own inverse."""
    return x.flip(-2, -1)


def mirrored(x: Tensor) -> Tensor:
    """The picture (B, C, H, W) in a mirror that stands beside it; its own inverse."""
    return x.flip(-1)


def anagram(
    first: Predictor, second: Predictor, view: View = turned, mean_fn: Callable[..., Tensor] = anagram_noise
) -> Predictor:
    """The predictor of a picture that `first` sees upright and `second` through `view`, which is its own inverse.

    mean_fn is called as `anagram_noise` is.
    """
    views = (upright, view)

    def predict(x: Tensor, t: Tensor) -> Tensor:
        return mean_fn([lambda x: first(x, t), lambda x: second(x, t)], views, views, x).to(x)

    return predict
