"""Variance schedules: how fast an image drowns in noise, and everything that follows from β.

The papers count t = 1..T, the code t = 0..T-1, so index 0 is the paper's t = 1. All terms are computed in
float64 and handed out as float32: a product of a thousand factors deserves it.
"""

import math

import torch
from torch import Tensor

from helpers.arguments import is_count

MAX_BETA = 0.999


def linear_beta_schedule(T: int, beta_start: float = 1e-4, beta_end: float = 0.02) -> Tensor:
    """β_t rising linearly, (T,) float32 in (0, 1); arXiv:2006.11239, §4.

    With these end points √ᾱ_T is 0.0064 at T = 1000 but still 0.60 at T = 100: short chains need another schedule.
    """
    _check(T, beta_start, beta_end)
    return torch.linspace(beta_start, beta_end, T, dtype=torch.float64).float()


def scaled_linear_beta_schedule(T: int, beta_start: float = 0.00085, beta_end: float = 0.012) -> Tensor:
    """√β_t rising linearly, (T,) float32 in (0, 1): Stable Diffusion's schedule.

    From the code of arXiv:2112.10752 (CompVis, "linear" in make_beta_schedule); the paper does not give it.
    """
    _check(T, beta_start, beta_end)
    return torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64).square().float()


def cosine_beta_schedule(T: int, s: float = 0.008) -> Tensor:
    """The betas whose ᾱ falls like a squared cosine, (T,) float32 in (0, 0.999]; arXiv:2102.09672, eq. 17.

    ᾱ_t = f(t)/f(0) with f(t) = cos²((t/T + s)/(1 + s)·π/2), and β_t = 1 - ᾱ_t/ᾱ_{t-1}, clipped at 0.999.

    Raises ValueError for an offset s outside [0, 1).
    """
    _check(T)
    if not 0 <= s < 1:
        raise ValueError(f"the offset s is a small number in [0, 1), 0.008 in the paper; got {s}")
    t = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2).square()
    alphas_cumprod = f / f[0]
    betas = 1 - alphas_cumprod[1:] / alphas_cumprod[:-1]
    return betas.clamp(max=MAX_BETA).float()


def noisier(betas: Tensor, factor: float) -> Tensor:
    """The betas (T,) whose noise is `factor` times as strong against the picture at every step: σ'_t/√ᾱ'_t = factor · σ_t/√ᾱ_t.

    In log SNR a shift by -2 log factor, as large pictures need it (arXiv:2301.11093, §3.1). Raises ValueError unless factor > 0.
    """
    if not factor > 0:
        raise ValueError(f"the noise is multiplied by a number above 0; got {factor}")
    a_bar = (1 - in_float64(betas)).cumprod(0)
    shifted = a_bar / (a_bar + factor**2 * (1 - a_bar))
    return (1 - shifted / torch.cat([shifted.new_ones(1), shifted[:-1]])).float().to(betas.device)


def in_float64(term: Tensor) -> Tensor:
    """A schedule's term to compute with: float64 on the CPU, as Apple's GPUs have none."""
    return term.cpu().double()


def extract(sched: Tensor, t: Tensor, device: torch.device | str | None = None) -> Tensor:
    """Pick each sample's value from a schedule term and shape it to multiply images.

    Args:
        sched: (T,), any term of a `Schedule`.
        t: (B,), integers in 0..T-1.
        device: where the result lives (default: where t is).

    Returns:
        (B, 1, 1, 1).

    Raises:
        ValueError: t is not a 1-D integer tensor or falls outside the schedule.
    """
    if t.ndim != 1 or t.is_floating_point() or t.dtype == torch.bool:
        raise ValueError(f"t must hold one integer per image, shape (B,); got {t.dtype} {tuple(t.shape)}")
    T = len(sched)
    if t.numel() and not (0 <= int(t.min()) and int(t.max()) < T):
        raise ValueError(f"t must lie in 0..{T - 1}; got {int(t.min())}..{int(t.max())}. The papers' t = 1..T is index 0..T-1")
    return sched.to(t.device)[t.long()].to(device or t.device).reshape(-1, 1, 1, 1)


class Schedule:
    """A variance schedule with the terms that the formulas use, each (T,) float32.

    Args:
        betas: (T,), β_t in (0, 1); index 0 is the paper's t = 1.

    Attributes:
        betas, alphas, alphas_cumprod (ᾱ_t), alphas_cumprod_prev (ᾱ_{t-1}, 1 at the start),
        sqrt_alphas_cumprod, sqrt_one_minus_alphas_cumprod, posterior_variance (β̃_t; arXiv:2006.11239, eq. 7).

    Raises:
        ValueError: betas is not 1-D or has a value outside (0, 1).
    """

    TERMS = (
        "betas",
        "alphas",
        "alphas_cumprod",
        "alphas_cumprod_prev",
        "sqrt_alphas_cumprod",
        "sqrt_one_minus_alphas_cumprod",
        "posterior_variance",
    )

    def __init__(self, betas: Tensor):
        if betas.ndim != 1 or not len(betas):
            raise ValueError(f"betas must be 1-D, one per step; got shape {tuple(betas.shape)}")
        if not bool(((betas > 0) & (betas < 1)).all()):
            raise ValueError(
                f"every β must lie strictly between 0 and 1; these span [{betas.min():.3g}, {betas.max():.3g}]. "
                "β = 1 destroys the image in one step and divides by zero on the way back"
            )
        b = in_float64(betas)
        a = 1 - b
        a_bar = a.cumprod(0)
        a_bar_prev = torch.cat([torch.ones_like(a_bar[:1]), a_bar[:-1]])

        def kept(term: Tensor) -> Tensor:
            return term.float().to(betas.device)

        self.betas = kept(b)
        self.alphas = kept(a)
        self.alphas_cumprod = kept(a_bar)
        self.alphas_cumprod_prev = kept(a_bar_prev)
        self.sqrt_alphas_cumprod = kept(a_bar.sqrt())
        self.sqrt_one_minus_alphas_cumprod = kept((1 - a_bar).sqrt())
        self.posterior_variance = kept((1 - a_bar_prev) / (1 - a_bar) * b)

    @property
    def T(self) -> int:
        """The number of steps."""
        return len(self.betas)

    def to(self, device: torch.device | str) -> "Schedule":
        """The same schedule with its terms on `device`."""
        moved = object.__new__(Schedule)
        for term in self.TERMS:
            setattr(moved, term, getattr(self, term).to(device))
        return moved


def _check(T: int, beta_start: float = 0.5, beta_end: float = 0.5) -> None:
    if not is_count(T):
        raise ValueError(f"T is the number of steps, a positive whole number; got {T!r}")
    if not (0 < beta_start <= beta_end < 1):
        raise ValueError(f"betas must rise within (0, 1); got beta_start={beta_start}, beta_end={beta_end}")
