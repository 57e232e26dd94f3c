"""The flow from N(0, I) to a Gaussian mixture in closed form: what a network would learn, had it all the time in the world."""

from torch import Tensor

from helpers.densities import GaussianMixture


class MixtureFlow:
    """The straight-path flow to p(x) = Σ_k w_k N(x; m_k, s_k² I), exact at every t.

    At time t component k is N(t m_k, c_k² I) with c_k² = (1-t)² + t² s_k²; t is a number in [0, 1].
    """

    def __init__(self, mixture: GaussianMixture):
        self.mixture = mixture

    def at(self, t: float) -> GaussianMixture:
        """The density of x_t = (1-t) noise + t data."""
        m = self.mixture
        return GaussianMixture(t * m.means, ((1 - t) ** 2 + t**2 * m.stds**2).sqrt(), m.weights)

    def velocity(self, x: Tensor, t: Tensor | float) -> Tensor:
        """v(x, t) = E[data - noise | x_t = x], x (B, d) → (B, d); t is a number or (B,) with one value in all places.

        For a known component (data, noise, x_t) are jointly Gaussian, so
        E[data - noise | x, k] = m_k + (t s_k² - (1-t))/c_k² (x - t m_k); then the mean over P(k | x).
        """
        t = _one(t)
        now, m = self.at(t), self.mixture
        means, variances = m.means.to(x), m.stds.to(x) ** 2
        pull = (t * variances - (1 - t)) / now.stds.to(x) ** 2
        each = means + pull[:, None] * (x[:, None] - t * means)
        return (now.shares(x)[..., None] * each).sum(1)

    def score(self, x: Tensor, t: Tensor | float) -> Tensor:
        """∇ ln p_t(x), x (B, d) → (B, d)."""
        return self.at(_one(t)).score(x)


def _one(t: Tensor | float) -> float:
    if isinstance(t, Tensor) and t.numel() > 1 and not bool((t == t.flatten()[0]).all()):
        raise ValueError("the closed form is evaluated at one time for the whole batch; got different values of t")
    return float(t.flatten()[0]) if isinstance(t, Tensor) else float(t)
