"""A DDPM that is told which digit to draw: one embedding a label, added to the time embedding.

One label in ten is replaced by `null`, “no label”, in training. So one network learns both p(x | label) and p(x), and
guidance (arXiv:2207.12598) can go from the one to the other and beyond.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from helpers import recipe
from helpers.arguments import check_batch_size
from helpers.data import check_range
from helpers.diffusion import Prediction
from helpers.profile import device_of
from helpers.schedules import Schedule
from helpers.training import TrainConfig, denoising_loss
from helpers.unet import Unet

DROP = 0.1  # the share of labels that training drops
LIVE_STEPS = 2000  # of notebook 5's own run: three to four minutes on two cores


def live_settings(steps: int, **changes) -> TrainConfig:
    """How notebook 5 trains in class: notebook 3's recipe, its weights averaged over fewer steps."""
    return recipe.config(steps, **{"ema_decay": 0.995, "warmup": min(100, steps), **changes})


def drop_labels(labels: Tensor, p: float, null: int, generator: torch.Generator | None = None) -> Tensor:
    """A copy of labels (B,) int64 in which each is `null` with probability p (arXiv:2207.12598, Algorithm 1).

    Raises:
        ValueError: p is not in [0, 1].
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p is a probability, in [0, 1]; got {p}")
    dropped = torch.rand(labels.shape, generator=generator).to(labels.device) < p
    return torch.where(dropped, null, labels)


class ConditionalUnet(Unet):
    """The U-Net with a label: x (B, C, H, W), t (B,), labels (B,) in 0..n_classes → the shape of x.

    Label n_classes is `null`, no label. Other arguments are those of `Unet`.

    Raises:
        ValueError: labels that are not one whole number in 0..n_classes an image.
    """

    def __init__(self, n_classes: int = 10, **network):
        super().__init__(**network)
        self.config["n_classes"] = n_classes
        self.label = nn.Embedding(n_classes + 1, self.config["embed_dim"])

    @property
    def null(self) -> int:
        """The label that means “no label”."""
        return self.config["n_classes"]

    def forward(self, x: Tensor, t: Tensor, labels: Tensor) -> Tensor:  # type: ignore[override]  # a label more than Unet
        """Predict; raises ValueError for labels of another shape, kind or range."""
        self._check(x, t)
        return self.through(x, self.time_mlp(t) + self.embedded(labels, len(x)))

    def embedded(self, labels: Tensor, n: int) -> Tensor:
        """What `n` labels add to the time embedding, (n, embed_dim); raises ValueError for another number, kind or range."""
        if labels.shape != (n,) or labels.is_floating_point():
            raise ValueError(f"labels must hold one whole number an image, ({n},); got {labels.dtype} {tuple(labels.shape)}")
        if n and not 0 <= int(labels.min()) <= int(labels.max()) <= self.null:
            raise ValueError(f"labels lie in 0..{self.null}, {self.null} for none; got {int(labels.min())}..{int(labels.max())}")
        return self.label(labels)


def conditional_loss(
    images: Tensor,
    labels: Tensor,
    schedule: Schedule,
    batch_size: int = 64,
    drop: float = DROP,
    prediction: Prediction = "velocity",
) -> Callable[[ConditionalUnet, int, torch.Generator], Tensor]:
    """The loss of a training step on images (N, C, H, W) in [-1, 1] and labels (N,), as `helpers.fit` calls it.

    Each step draws a batch, its t, its noise and the labels to drop, and takes eq. 14 of arXiv:2006.11239.

    Raises ValueError unless there is one label an image, and for a batch of none.
    """
    check_batch_size(batch_size)
    check_range(images)
    if len(labels) != len(images):
        raise ValueError(f"one label an image: got {len(images)} images and {len(labels)} labels")

    def loss(network: ConditionalUnet, step: int, generator: torch.Generator) -> Tensor:
        rows, place = torch.randint(len(images), (batch_size,), generator=generator), device_of(network)
        t = torch.randint(schedule.T, (batch_size,), generator=generator).to(place)
        x0 = images[rows].to(place)
        noise = torch.randn(x0.shape, generator=generator).to(place)
        told = drop_labels(labels[rows], drop, network.null, generator).to(place)
        return denoising_loss(lambda x, t: network(x, t, told), x0, t, noise, schedule, prediction)

    return loss
