"""Muon (github.com/KellerJordan/Muon): for the big convolutions, momentum with its singular values levelled.

Adam scales every weight by itself. A kernel, though, is a matrix: it maps in_c·9 numbers to out_c. Its gradient is
dominated by a few directions, and the others hardly move. Muon replaces the momentum M = U S Vᵀ by U Vᵀ, so that
all directions move at the same speed. On the digits it learns as much as AdamW does in less than half the steps.
"""

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

KERNEL_RATE = 20.0  # a kernel's step counts in singular values, of order one, not in weights, of order a tenth


def orthogonalise(matrix: Tensor, iterations: int = 5) -> Tensor:
    """U Vᵀ of a matrix U S Vᵀ, roughly: singular values end between 0.7 and 1.2.

    A Newton–Schulz iteration: X ← P X with P = a I + b XXᵀ + c (XXᵀ)² is a polynomial in each singular value, and these
    coefficients lift small ones fast. Only matrix products, far cheaper than an SVD; and as XXᵀ becomes P XXᵀ P, all but the
    first and the last are between small square matrices, however wide X is.
    """
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / (wide.norm() + 1e-7)
    square = x @ x.T
    product = torch.eye(len(x), dtype=x.dtype, device=x.device)
    for left in reversed(range(iterations)):
        p = torch.addmm(square, square, square, beta=-4.7750, alpha=2.0315)
        p.diagonal().add_(3.4445)
        product = p @ product
        square = p @ square @ p if left else square
    x = product @ x
    return x if matrix.shape[0] <= matrix.shape[1] else x.T


class Muon(torch.optim.Optimizer):
    """Muon for the 3×3 kernels between hidden layers, AdamW for everything else.

    Args:
        model: its kernels with at least 16 input channels go the one way, its other parameters the other way.
        lr: AdamW's learning rate; the kernels' is twenty times that.
        weight_decay: decoupled weight decay of all of them.
        momentum: of the kernels (Nesterov).
        betas: of the others.
    """

    def __init__(self, model: nn.Module, lr: float = 2e-3, weight_decay: float = 0.0, momentum=0.95, betas=(0.9, 0.999)):
        parameters = [p for p in model.parameters() if p.requires_grad]
        kernels = [p for p in parameters if p.ndim == 4 and p.shape[-1] == 3 and p.shape[1] >= 16]
        chosen = {id(p) for p in kernels}
        groups = [
            {"params": kernels, "kernels": True},
            {"params": [p for p in parameters if id(p) not in chosen], "kernels": False},
        ]
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "betas": betas}
        super().__init__([group for group in groups if group["params"]], defaults)

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            moving = [p for p in group["params"] if p.grad is not None]
            if group["kernels"]:
                for p in moving:
                    p.mul_(1 - group["lr"] * group["weight_decay"]).sub_(self._levelled(p, p.grad, group))
            elif moving:
                self._adamw(moving, group)

    def _levelled(self, p: Tensor, grad: Tensor, group: dict) -> Tensor:
        """A kernel's step: its momentum, all directions of which move at one speed."""
        state = self.state[p]
        m = state.setdefault("momentum", torch.zeros_like(p)).lerp_(grad, 1 - group["momentum"])
        matrix = grad.lerp(m, group["momentum"]).flatten(1)
        scale = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
        return (KERNEL_RATE * group["lr"] * scale * orthogonalise(matrix)).view_as(p)

    def _adamw(self, moving: list[Tensor], group: dict) -> None:
        """The others' step, in place: torch's own AdamW, which takes them all at once."""
        for p in moving:
            if not self.state[p]:
                self.state[p] = {"step": torch.zeros(()), "mean": torch.zeros_like(p), "square": torch.zeros_like(p)}
        steps, means, squares = ([self.state[p][name] for p in moving] for name in ("step", "mean", "square"))
        beta1, beta2 = group["betas"]
        how = dict(beta1=beta1, beta2=beta2, eps=1e-8, amsgrad=False, maximize=False)
        grads = [p.grad for p in moving if p.grad is not None]
        adamw(moving, grads, means, squares, [], steps, foreach=True, lr=group["lr"], weight_decay=group["weight_decay"], **how)
