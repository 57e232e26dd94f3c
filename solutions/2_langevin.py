# %% [markdown]
# # 2 · Langevin dynamics, score matching, and the use of noise
#
# In notebook 1 a density was known up to its normaliser, and its **score**, $\nabla_x \log p(x)$, did not need the normaliser.
# Now we build on the score alone: first sample from it, then *learn* it from data, and see why noise is what makes that work.
# The end of this notebook is one step away from diffusion models.
#
# | | part | minutes to read | exercises |
# |---|---|---|---|
# | 1 | Langevin dynamics, and the right amount of noise | 15 | `langevin_step` |
# | 2 | why the naive recipe fails | 15 | |
# | 3 | noise to the rescue: NCSN | 25 | `dsm_loss`, `annealed_langevin`, one in words |
# | 4 | digits | 10 | |
# | 5 | the bridge to diffusion | 5 | |
#
# The paper to keep open: Song and Ermon (2019), *Generative modeling by estimating gradients of the data distribution*,
# [arXiv:1907.05600](https://arxiv.org/abs/1907.05600).
#
# **How the exercises work.** Write your answer where it says `YOUR CODE HERE`, run the cell, then run the check below it.
# Stuck? `checks.hint("langevin_step")` gives a hint, and a better one each time you ask. You can skip anything: the notebook
# then goes on with the course's own version and says so.

# %%
import math

import matplotlib.pyplot as plt
import torch
from torch import nn

from helpers import checks, densities, pretrained, profile
from helpers.figures import drawings
from helpers.figures import plotting
from helpers.figures import densities as figures
from helpers.figures.animation import animate
from helpers.data import load_digits
from helpers.langevin import annealed_langevin_steps, langevin, sigma_levels
from helpers.score_model import (
    ConditionalMLP,
    ScoreModel,
    ScoreTraining,
    digit_score_model,
    load_ncsn,
    train_score,
)

plotting.use_course_style()
here = profile.current()
print(
    f"Running on: {here}. Run All takes "
    f"{here.pick(quick='seconds', cpu='about half a minute', gpu='about half a minute')}."
)

# %% [markdown]
# ## 1 · Langevin dynamics
#
# Follow the score uphill and you end on a mode of the density: that is optimisation. Add noise of just the right size at each
# step, and you wander through the *whole* density, each region as often as it is likely. That is **Langevin dynamics**:
#
# $$x \leftarrow x + \alpha\,\nabla_x \log p(x) + \sqrt{2\alpha}\;z, \qquad z \sim \mathcal N(0, I)$$
#
# $\alpha$ is the step size. As $\alpha \to 0$ and the number of steps grows, $x$ becomes a sample of $p$. We need the score, and
# nothing else about $p$.
#
# > **Two spellings of one thing.** Some papers write step and noise as $(\varepsilon/2,\ \sqrt{\varepsilon})$, we write
# > $(\alpha,\ \sqrt{2\alpha})$. They are the same pairing with $\varepsilon = 2\alpha$: there, step $\varepsilon/2 = \alpha$ and
# > noise $\sqrt\varepsilon = \sqrt{2\alpha}$. Mixing the two is easily done; you will see what it does. Symbols are those of notebook 1's table.
#
# **Why $\sqrt{2\alpha}$?** Two lines. On $\mathcal N(0, s^2)$ the score is $-x/s^2$, so a step with noise $c\,z$ is $x \leftarrow (1-\alpha/s^2)\,x + c\,z$, and the
# variance becomes $(1-\alpha/s^2)^2\,v + c^2$. For $v = s^2$ to stay, $c^2 = 2\alpha - \alpha^2/s^2$: for small steps $c = \sqrt{2\alpha}$, whatever $s$.

# %% [markdown]
# ### Exercise · One Langevin step
# *2 points · difficulty 1 of 5 · 5 minutes*
#
# Write the update above. Everything random comes in as `noise`, so that your function gives the same result each time.


# %% nbgrader={"grade": false, "grade_id": "langevin_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def langevin_step(x, score, step_size, noise):
    """One step of Langevin dynamics.

    x, score, noise: tensors of one shape, noise drawn from N(0, I); step_size: the α above.
    Returns the next x.
    """
    ### BEGIN SOLUTION
    return x + step_size * score + math.sqrt(2 * step_size) * noise
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_langevin_step", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.langevin_step(langevin_step)
### BEGIN HIDDEN TESTS
checks.langevin_step(langevin_step, seed=20931)
### END HIDDEN TESTS

# %% [markdown]
# Here are 400 particles on the score field of two moons, a toy density whose score we know exactly. They start anywhere, rush to
# the moons, and then go on jittering along them. Press play.

# %%
my_step = checks.or_reference(langevin_step)
moons = densities.moons()
g = torch.Generator().manual_seed(0)
extent, points = 2.2, densities.grid_2d(2.2, 100)[0]

x = extent * (2 * torch.rand(400, 2, generator=g) - 1)
steps = list(
    langevin(moons.score, x, steps=300, step_size=0.002, generator=g, step_fn=my_step)
)
shown = sorted({0, *(round(1.23**k) for k in range(28)), 299} & set(range(300)))
figures.animate_particles(
    [x, *(steps[k] for k in shown)],
    ["start", *(f"step {k + 1}" for k in shown)],
    extent,
    [moons.density(points)],
    [moons.score],
)

# %% [markdown]
# ### The noise scale is not a detail
#
# The target is a mixture of two Gaussians in one dimension. We run the same 10,000 chains three ways, all with $\alpha = 0.05$:
#
# - **$\sqrt{2\alpha}\,z$**, as it should be;
# - **$z$ unscaled**, which you get by writing `+ torch.randn_like(x)`;
# - **no noise**, plain gradient ascent on $\log p$.
#
# The number over each panel is the Kullback–Leibler divergence from the exact density: 0 is perfect.

# %%
hills = densities.two_hills()
alpha = 0.05
recipes = {
    r"right: $\sqrt{2\alpha}\,z$": my_step,
    "wrong: $z$ unscaled": lambda x, score, a, z: x + a * score + z,
    "wrong: no noise": lambda x, score, a, z: x + a * score,
}
start = 3 * torch.randn(10_000, 1, generator=g)
n_steps = here.pick(quick=100, cpu=600, gpu=600)
watched = sorted({round(1.15**k) for k in range(60)} & set(range(1, n_steps + 1)))
last, curves = {}, {}
for name, step_fn in recipes.items():
    kl = []
    for i, x in enumerate(
        langevin(hills.score, start, n_steps, alpha, generator=g, step_fn=step_fn), 1
    ):
        if i in watched:
            kl.append(densities.kl_from_samples(x, hills, -9, 9))
    last[name], curves[name] = x, (watched, kl)
figures.plot_histograms_1d(last, hills, -9, 9);
# %% [markdown]
# Unscaled noise is Langevin dynamics at the temperature $T = 1/(2\alpha) = 10$: it samples something like $p^{1/10}$, far too wide.
# Without noise all chains pile up on two points. More steps don't help: both settle quickly, on the wrong thing. (The KL of two points from a
# density is infinite; what the panel shows is what 60 bins make of it, and finer bins would show more.)

# %%
figures.plot_curves(curves, "step", "KL from the exact density (nats)", "log", "log");

# %% [markdown]
# > **A pairing that looks wrong, and what it means.** A well-known tutorial on energy-based models takes steps of size $\alpha = 10$ with noise of
# > standard deviation $c = 0.005$. Any step and noise are paired at *some* temperature: this one is Langevin dynamics for $E/T$ with
# > $T = c^2/(2\alpha) \approx 10^{-6}$, so the density that is sampled is that of an energy $10^6$ times as steep. That is legitimate, and
# > notebook 1 does the like with its $E = 10^4 f$. What does break the pairing there is the *clamp on the gradient*: where it acts, the step
# > is no longer the score's, and the chain samples something else.

# %% [markdown]
# ### The step size
#
# $\alpha$ must be small, but how small? On a Gaussian with standard deviation $s$ one can work it out: the chain settles at variance
# $s^2 / (1 - \alpha/(2s^2))$ instead of $s^2$, and it explodes beyond $\alpha = 2s^2$. So $\alpha$ is measured against the square
# of the *narrowest* width of the density. Move the slider: far to the left the chains are so slow that 150 steps are not enough, and far to
# the right the narrower hill (where $2s^2 = 0.5$) no longer holds its chains.


# %%
def with_step_size(alpha):
    chain = langevin(
        hills.score,
        start[:4000],
        150,
        alpha,
        generator=torch.Generator().manual_seed(1),
        step_fn=my_step,
    )
    *_, x = chain
    return figures.plot_histograms_1d({f"150 steps of α = {alpha:g}": x}, hills, -9, 9)


figures.slider(with_step_size, "α", [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.45], start=4)

# %%
print("Gaussian with s = 1, variance of 10,000 chains after 300 steps (want 1):")
for alpha in (0.01, 0.1, 0.5, 1.0):
    *_, x = langevin(
        lambda x: -x,
        torch.randn(10_000, 1, generator=g),
        300,
        alpha,
        generator=g,
        step_fn=my_step,
    )
    print(
        f"  α = {alpha:<4g}  measured {x.var():.3f}   predicted 1/(1-α/2) = "
        f"{1 / (1 - alpha / 2):.3f}"
    )

# %% [markdown]
# ### Temperature
#
# Scale the noise by $\sqrt T$ on purpose and the chains have $p^{1/T}$, renormalised, as their stationary density: small $T$ favours the
# deepest valley, large $T$ makes all alike. The left hill holds 0.3 of $p$.
#
# **Predict, then run.** At $T = 0.1$, $p^{1/T}$ has only 0.04 of its mass on the left. Our chains start on both sides. What share of them
# will be on the left after 300 steps?


# %%
def at_temperature(T):
    generator = torch.Generator().manual_seed(2)
    *_, x = langevin(
        hills.score,
        start[:4000],
        300,
        0.05,
        temperature=T,
        generator=generator,
        step_fn=my_step,
    )
    grid, dx = densities.grid_1d(-9, 9, 1000)
    tempered = torch.softmax(-hills.energy(grid) / T, dim=0) / dx  # p^(1/T), renormalised
    left, should = (x < 0).float().mean(), tempered[grid[:, 0] < 0].sum() * dx
    figure, axis = plt.subplots(figsize=(9, 3.8), layout="constrained")
    axis.hist(
        x.flatten().numpy(), bins=120, range=(-9, 9), density=True, alpha=0.6, label="chains"
    )
    axis.plot(grid[:, 0], tempered, linewidth=2, label="p$^{1/T}$, renormalised")
    axis.set(
        title=f"T = {T:g}: {left:.2f} of the chains on the left, {should:.2f} of p$^{{1/T}}$",
        xlabel="x",
        ylabel="density",
    )
    axis.set_xlim(-6, 6)
    axis.legend()
    return figure


figures.slider(at_temperature, "T", [0.01, 0.1, 0.3, 1.0, 2.0, 5.0], start=1)

# %% [markdown]
# From $T = 1$ up the chains are where they should be. Below, they are not: about 0.41 of them stay on the left at every low temperature, where
# $p^{1/T}$ has 0.19 ($T = 0.3$), 0.04 and 0.00. Each hill by itself is right, narrower and narrower; but with so little noise no chain crosses
# from one to the other, so each hill keeps what it got from the start. The **modes do not mix**: part 2 meets this as the third failure.
# Lowering $T$ buys crisper samples, and it is honest only if one says so.

# %% [markdown]
# ## 2 · Why the naive recipe fails
#
# The naive recipe for a generative model: learn the score from data, then run Langevin dynamics. It fails three times.
#
# ### First: no data, no score
#
# A network learns the score only where it sees data. Two blobs, 80 % of the points in the upper one; we fit a small network to 2,000
# points, without any noise, by **score matching** (Hyvärinen 2005), which needs no density: minimise
# $\mathbb E\left[\frac12\|s(x)\|^2 + \operatorname{tr} \nabla s(x)\right]$. In two dimensions the trace is cheap.

# %%
blobs = densities.two_blobs(share=0.8)
data = blobs.sample(2000, torch.Generator().manual_seed(3))
fit_steps = here.pick(quick=40, cpu=600, gpu=600)

torch.manual_seed(0)
naive = nn.Sequential(
    nn.Linear(2, 128), nn.Softplus(3), nn.Linear(128, 128), nn.Softplus(3), nn.Linear(128, 2)
)
optimizer = torch.optim.Adam(naive.parameters(), lr=3e-3)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, fit_steps)
for _ in range(fit_steps):
    x = data[torch.randint(len(data), (256,), generator=g)].requires_grad_()
    s = naive(x)
    trace = sum(
        torch.autograd.grad(s[:, k].sum(), x, create_graph=True)[0][:, k] for k in (0, 1)
    )
    loss = (s.square().sum(1) / 2 + trace).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    decay.step()

# %%
points8, _ = densities.grid_2d(8, 80)
with torch.no_grad():
    exact, learned = blobs.score(points8), naive(points8)
    error, p = (learned - exact).norm(dim=1), blobs.density(points8)
    far = p < 1e-5


def relative(weights):
    """Error of the learned score as a share of the exact one's size,
    and the cosine of the angle between them."""
    size = (weights * error).sum() / (weights * exact.norm(dim=1)).sum()
    return size, (
        weights * torch.cosine_similarity(learned, exact, dim=1)
    ).sum() / weights.sum()


(near_error, near_cosine), (far_error, far_cosine) = relative(p), relative(far.float())
print(
    f"where the data lies:      error {near_error:.0%} of the score's size, "
    f"cosine of the angle {near_cosine:.2f}"
)
print(
    f"where there is none:      error {far_error:.0%} of the score's size, "
    f"cosine of the angle {far_cosine:.2f}"
)
panels = {
    "exact score, and data": (p, blobs.score, data[:500]),
    "learned score": (p, naive, None),
}
panels["error (bright is large)"] = (error.clamp(max=6), None, None)
figures.plot_fields(panels, 8);
# %% [markdown]
# Far out the arrows still point roughly home, but their lengths are about three times as far off as near the data, and nothing in the loss
# would tell you. In a plane the network extrapolates decently; in 1,024 dimensions there is far more room to be wrong in.
#
# And where do the chains start? From noise, that is, exactly where no data lies. So they start by following arrows that no data has taught.
#
# ### Second: data lies on a thin sheet
#
# The **manifold hypothesis**: natural data fills only a low-dimensional sheet in the space of all images. Off the sheet the density is
# zero and $\log p$ is $-\infty$; the score does not exist. Watch it go: points on a ring of radius 1 that gets thinner. The score at a
# distance $d$ from the ring is about $d/w^2$, without bound as the width $w$ goes to 0.

# %%
r = torch.linspace(0.6, 1.4, 400)
across = torch.stack([r, torch.zeros_like(r)], dim=1)
radial = {
    f"ring of width {w:g}": (r, densities.rings((1.0,), w).score(across)[:, 0])
    for w in (0.3, 0.1, 0.05, 0.03)
}
figures.plot_curves(
    radial,
    "distance from the centre",
    "score, outward",
    title="the thinner the ring, the steeper the score",
);
# %% [markdown]
# Digits are such a sheet. They have 1,024 pixels, but fewer than a hundred directions hold 95 % of their variance, and some pixels are
# black in every image: in those directions the data has no width at all.

# %%
images, _ = load_digits("train")
flat = images[:2000].flatten(1)
variance = torch.linalg.svdvals(flat - flat.mean(0)).square()
share = variance.cumsum(0) / variance.sum()
constant = (flat.std(0) < 1e-6).sum()
print(
    f"{(share < 0.95).sum() + 1} of 1,024 directions hold 95 % of the variance; "
    f"{constant} pixels never change"
)
figures.plot_curves(
    {"": (range(1, 301), share[:300])},
    "directions (principal components)",
    "share of the variance",
);
# %% [markdown]
# ### Third: the modes get the wrong weights
#
# Even with the *exact* score. Between two separate modes the density is all but zero, so no chain ever crosses, and each ends in the
# mode nearest to its start. The score cannot help: near each mode, $\nabla \log p$ does not depend on how much that mode weighs.

# %%
x = 8 * (2 * torch.rand(3000, 2, generator=g) - 1)
*_, x = langevin(
    blobs.score,
    x,
    here.pick(quick=200, cpu=1000, gpu=1000),
    0.05,
    generator=g,
    step_fn=my_step,
)
upper = {
    "exact": 0.8,
    "Langevin, exact score": (blobs.component(x) == 0).float().mean().item(),
}
print(f"share in the upper mode: {upper['Langevin, exact score']:.2f}; it should be 0.80")
figures.plot_fields(
    {"data": (p, None, data[:800]), "Langevin with the exact score": (p, None, x[:800])}, 8
);

# %% [markdown]
# ## 3 · Noise to the rescue: NCSN
#
# Song and Ermon's idea: **add noise to the data**, at many levels $\sigma_1 > \dots > \sigma_L$, and learn the score of the noised data
# $p_\sigma$ at each. Large noise fills the empty space, thickens the sheet, and joins the modes; small noise keeps the details. One
# network learns all levels: it is told $\sigma$, hence *noise-conditional score network* (NCSN). Models of this kind are called **score-based generative
# models** (SBGM). Move the slider and watch the arrows.


# %%
def noised_field(sigma):
    noised = blobs.noised(sigma)
    return figures.plot_fields(
        {f"σ = {sigma:g}": (noised.density(points8), noised.score, None)}, 8
    )


figures.slider(noised_field, "σ", [0.1, 0.5, 1.0, 2.0, 4.0, 8.0], start=3)

# %% [markdown]
# ### Denoising score matching
#
# How does one learn the score of $p_\sigma$ without knowing it? Take a data point $x$, noise it to $\tilde x = x + \sigma z$, and ask
# the network for the score of *that one* Gaussian, $-(\tilde x - x)/\sigma^2 = -z/\sigma$. Many $x$ could have led to $\tilde x$; least
# squares averages over them, and the average is exactly $\nabla \log p_\sigma(\tilde x)$ (Vincent 2011). So no density is needed, only
# noise: **the score points from the noisy point to where clean data is**. Three lines show it. The noised density is
# $p_\sigma(\tilde x) = \int p(x)\,\mathcal N(\tilde x; x, \sigma^2)\,dx$. Differentiate, then divide by $p_\sigma(\tilde x)$:
#
# $$\nabla p_\sigma(\tilde x) = \int p(x)\,\mathcal N(\tilde x; x, \sigma^2)\,\frac{x - \tilde x}{\sigma^2}\,dx
# \quad\Longrightarrow\quad \nabla\log p_\sigma(\tilde x) = \mathbb E\!\left[\frac{x - \tilde x}{\sigma^2}\,\Big|\,\tilde x\right]$$
#
# and least squares finds just that, the mean of its targets given $\tilde x$. Turned round it reads
# $\mathbb E[x\mid\tilde x] = \tilde x + \sigma^2\,\nabla\log p_\sigma(\tilde x)$: **Tweedie's formula**, the best denoising is one step along the score.
#
# The targets $-z/\sigma$ are huge for small $\sigma$, so each level gets the weight $\sigma^2$ (the paper's choice for the weights in its eq. 6), which puts
# all of them on one scale:
#
# $$\mathcal L = \mathbb E\; \sigma^2 \left\| s_\theta(x + \sigma z, \sigma) + \frac z\sigma \right\|^2
# = \mathbb E \left\| \sigma\, s_\theta(x + \sigma z, \sigma) + z \right\|^2$$

# %% [markdown]
# ### Exercise · The denoising score matching loss
# *4 points · difficulty 2 of 5 · 15 minutes*
#
# Return the last form: the square summed over the dimensions of a sample, averaged over the batch (the paper has another factor ½;
# leave it out). `sigma` is a number, or one value a sample, and has to be shaped to multiply samples of any shape; the network
# gets `sigma` as it came, and samples in the dtype of `x`.


# %% nbgrader={"grade": false, "grade_id": "dsm_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dsm_loss(score_net, x, sigma, noise):
    """Denoising score matching with weight σ².

    score_net(x, sigma): the network; x, noise: (B, ...), clean data and z ~ N(0, I);
    sigma: a number or (B,).
    Returns a scalar.
    """
    ### BEGIN SOLUTION
    s = torch.as_tensor(sigma, dtype=x.dtype, device=x.device).reshape(-1, *[1] * (x.ndim - 1))
    difference = s * score_net(x + s * noise, sigma) + noise
    return difference.square().flatten(1).sum(1).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_dsm_loss", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
checks.dsm_loss(dsm_loss)
### BEGIN HIDDEN TESTS
checks.dsm_loss(dsm_loss, seed=20931)
### END HIDDEN TESTS

# %% [markdown]
# A sanity check that needs no training: if all data is at one point, say 0, then $p_\sigma = \mathcal N(0, \sigma^2)$, its score is
# $-\tilde x/\sigma^2$, and the loss must be exactly zero.

# %%
my_dsm = checks.or_reference(dsm_loss)
at_zero, z = torch.zeros(64, 2), torch.randn(64, 2, generator=g)
print(
    "loss of the exact score, all data at 0:",
    my_dsm(lambda x, s: -x / torch.as_tensor(s).reshape(-1, 1) ** 2, at_zero, 0.5, z).item(),
)

# %% [markdown]
# ### Train it on the blobs
#
# Levels fall geometrically: $\sigma_i/\sigma_{i+1}$ is constant. The largest is about the distance between the two blobs, the
# smallest small against the blobs themselves, whose standard deviation is 1. The loop is the loss you wrote, a random level for each sample.

# %%
sigmas = sigma_levels(sigma_max=8, sigma_min=0.3, levels=10)
print("σ:", " ".join(f"{s:.2f}" for s in sigmas))
torch.manual_seed(0)
net = ScoreModel(ConditionalMLP(), data_std=4.0)
optimizer = torch.optim.Adam(net.parameters(), lr=8e-3)
n_fit = here.pick(quick=40, cpu=2000, gpu=2000)
decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_fit)

losses = []
for _ in range(n_fit):
    x = data[torch.randint(len(data), (256,), generator=g)]
    sigma = sigmas[torch.randint(len(sigmas), (256,), generator=g)]
    loss = my_dsm(net, x, sigma, torch.randn(x.shape, generator=g))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    decay.step()
    losses.append(loss.item())
plotting.plot_losses({"denoising score matching": losses});
# %% [markdown]
# The loss does not go to zero, and should not: what is left is the part of the noise that nobody can guess. Is the score right? We know
# the exact one at each level.

# %%
print("   σ    error of the learned score where the noised data lies (share of its size)")
with torch.no_grad():
    for s in sigmas[::3].tolist():
        noised = blobs.noised(s)
        x = noised.sample(4000, g)
        error = (net(x, s) - noised.score(x)).square().sum(1).mean().sqrt() / noised.score(
            x
        ).square().sum(1).mean().sqrt()
        print(f"{s:5.2f}   {error:.1%}")
    s = sigmas[3].item()
    noised, learned = blobs.noised(s), lambda x: net(x, s)
    figures.plot_fields(
        {
            f"exact score, σ = {s:.1f}": (noised.density(points8), noised.score, None),
            "learned score": (noised.density(points8), learned, None),
        },
        8,
    )

# %% [markdown]
# ### Annealed Langevin dynamics
#
# To sample, start at the largest $\sigma$, where chains roam freely; run a few Langevin steps; go one level down; and so on
# (algorithm 1). The step size shrinks with the level, so that step and noise keep their proportion:
#
# $$\alpha_i = \varepsilon\,\frac{\sigma_i^2}{\sigma_L^2}, \qquad
# x \leftarrow x + \frac{\alpha_i}{2}\, s_\theta(x, \sigma_i) + \sqrt{\alpha_i}\; z$$
#
# This is the paper's spelling of the pairing. In ours, it is a `langevin_step` of size $\alpha_i/2$, because $\sqrt{2\cdot\alpha_i/2} =
# \sqrt{\alpha_i}$.

# %% [markdown]
# ### Exercise · Annealed Langevin dynamics
# *4 points · difficulty 3 of 5 · 20 minutes*
#
# Write algorithm 1. Draw the noise with `torch.randn(x.shape, generator=generator)`; give the network one σ a sample, a tensor (B,), and
# samples in the dtype of `x`: a float32 network refuses float64.


# %% nbgrader={"grade": false, "grade_id": "annealed_langevin", "locked": false, "schema_version": 3, "solution": true, "task": false}
@torch.no_grad()
def annealed_langevin(score_net, x, sigmas, steps_per_level, step_size, generator=None):
    """Algorithm 1 of arXiv:1907.05600.

    score_net(x, sigma): x (B, ...) and sigma (B,) → (B, ...); x: the start;
    sigmas (L,): from large to small;
    step_size: the ε above. Returns the last x.
    """
    ### BEGIN SOLUTION
    for sigma in sigmas:
        alpha = float(step_size * sigma**2 / sigmas[-1] ** 2)
        for _ in range(steps_per_level):
            noise = torch.randn(x.shape, generator=generator)
            score = score_net(x, torch.full((len(x),), float(sigma)))
            x = x + alpha / 2 * score + math.sqrt(alpha) * noise
    return x
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_annealed_langevin", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
checks.annealed_langevin(annealed_langevin)
### BEGIN HIDDEN TESTS
checks.annealed_langevin(annealed_langevin, seed=20931)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** 0.80 of the data is in the upper mode, and plain Langevin dynamics left about half of its chains there. What share will
# annealed chains have with the exact score? And with the learned one, which is wrong by up to ten per cent?

# %%
my_annealed = checks.or_reference(annealed_langevin)
per_level = here.pick(quick=10, cpu=100, gpu=100)
wide = 8 * torch.randn(3000, 2, generator=g)
with torch.no_grad():
    x = my_annealed(net, wide, sigmas, per_level, 0.2 * 0.3**2, generator=g)
    x_exact = my_annealed(
        lambda x, s: blobs.noised(s[0].item()).score(x),
        wide,
        sigmas,
        per_level,
        0.2 * 0.3**2,
        generator=g,
    )
for name, samples in (
    ("annealed Langevin, learned score", x),
    ("annealed Langevin, exact score", x_exact),
):
    upper[name] = (blobs.component(samples) == 0).float().mean().item()
for name, value in upper.items():
    print(f"{name:34} {value:.2f} of the points in the upper mode")

# %% [markdown]
# The weights are right now, or nearly: while $\sigma$ was large, chains crossed freely. Level by level:

# %%
with torch.no_grad():
    levels = list(annealed_langevin_steps(net, wide[:500], sigmas, 10, 0.2 * 0.3**2, g))[4::5]
noised = {level.sigma: blobs.noised(level.sigma) for level in levels}
background = {s: density.density(points8) for s, density in noised.items()}
score_at = {s: (lambda x, s=s: net(x, s)) for s in noised}
figures.animate_particles(
    [level.x for level in levels],
    [f"level {level.number + 1} of 10, σ = {level.sigma:.2f}" for level in levels], 8,
    [background[level.sigma] for level in levels],
    [score_at[level.sigma] for level in levels], fps=4,
)  # fmt: skip

# %% [markdown]
# ### In words · Why many levels?
# *3 points · difficulty 2 of 5 · 10 minutes*
#
# Suppose you drop the large levels and start annealing at $\sigma = 0.5$. What goes wrong, and which two failures of part 2 come back?
# Then suppose you drop the small levels and stop at $\sigma = 1$. What do you sample? Why must neighbouring levels not be far apart?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_noise_levels", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Without the large σ the noised density still has empty space between and around the modes. The network has seen no data there, so the
# score that a chain follows from its random start is a guess (failure 1), and chains cannot cross between modes, so each mode gets the share
# of the starts nearest to it instead of its weight (failure 3). Without the small σ the chain ends with samples of p_σ with σ = 1: data plus
# noise of that size, blurred, with all detail finer than σ lost; no chain, however long, removes it. Neighbouring levels must overlap: the
# samples of one level are the starting points of the next, and they must lie where the next level's score was trained.
#
# **Rubric (3).** 1: no large σ: bad scores in empty regions, and modes that do not mix (wrong weights); half a point for one of the two.
# 1: no small σ: samples of the noised density, blurred or noisy. 1: each level starts from the last one's samples, so they must overlap.
# ### END SOLUTION

# %% [markdown]
# ## 4 · Digits
#
# The same loss, the same sampler, and in place of the small network the **U-Net** that notebook 3 takes apart, told $\ln\sigma$. Data has 1,024
# dimensions now, so we take $\sigma$ from 10 (half the distance between two digits, which is about 20) down to 0.05, in 20 levels. First a short run of a small
# network, to see it learn. (`train_score` is the loop you saw, with an average of the weights, and a weight that makes all levels count alike for this network.)

# %%
digit_sigmas = sigma_levels(10, 0.05, 20)
torch.manual_seed(0)
small = digit_score_model(
    data_mean=-0.74, data_std=0.55, embed_dim=32, widths=(16, 32, 64), patch=2
)
short = train_score(
    small,
    images,
    digit_sigmas,
    ScoreTraining(steps=here.pick(quick=3, cpu=200, gpu=200), ema_decay=0.98),
)
plotting.plot_losses({"short run, small network": short.losses}, smooth=20);
# %% [markdown]
# The network that ships with the course had the same recipe, twice the width and more patience (its card says how long). Both sample from the same
# noise: the start is $\mathcal N(\mu, \sigma_1^2)$, 10 steps a level. The last move is one denoising step, $x + \sigma_L^2 s(x, \sigma_L)$ (Tweedie's
# formula), which takes off the remaining noise.

# %%
shipped, digit_sigmas, sampling = load_ncsn()
n_digits = here.pick(quick=4, cpu=20, gpu=20)
steps_per_level = here.pick(
    quick=1, cpu=sampling["steps_per_level"], gpu=sampling["steps_per_level"]
)


def draw_digits(model, seed):
    generator = torch.Generator().manual_seed(seed)
    x = -0.74 + 10 * torch.randn(n_digits, 1, 32, 32, generator=generator)
    frames = list(
        annealed_langevin_steps(
            model, x, digit_sigmas, steps_per_level, sampling["step_size"], generator
        )
    )
    x = frames[-1].x
    return frames, x + 0.05**2 * model(x, 0.05)


with torch.no_grad():
    frames, digits = draw_digits(shipped, seed=5)
    _, early = draw_digits(short.model, seed=5)
plotting.plot_rows(
    {"after the short run": early, "shipped weights": digits, "real": images[:20]}, columns=10
);
# %% [markdown]
# <details><summary><b>My samples are grey noise.</b> Likely causes, in order</summary>
#
# 1. *The last level was not reached*, or its noise was not taken off: samples of $p_\sigma$ carry noise of size $\sigma$.
# 2. *Step and noise do not fit.* A step of $\alpha_i/2$ goes with noise of $\sqrt{\alpha_i}$, and $\alpha_i$ shrinks with
#    $\sigma_i^2$: the check of `annealed_langevin` names both slips.
# 3. *The network was told the wrong $\sigma$*, or trained with a loss without its weight: the check of `dsm_loss` is red.
# 4. *Too little training*, as in the first row above.
# </details>

# %%
ends = frames[steps_per_level - 1 :: steps_per_level]
labels = [f"level {level.number + 1} of 20, σ = {level.sigma:.2f}" for level in ends] + [
    "denoised"
]
animate(
    [*((level.x + 0.74) / max(1.0, level.sigma) - 0.5 for level in ends), digits],
    labels,
    columns=10,
    fps=3,
    scale=3,
)

# %% [markdown]
# (Grey levels of the noisier frames are squeezed for display only.)
#
# How good are they? The next table compares this model with notebook 1's energy-based model and notebook 3's DDPM by the **FID** in the features of a
# digit classifier: the distance between two clouds of features, lower is better (more in notebook 3, part ix). *Legible* is the share of samples
# for which that classifier gives one digit a probability above 0.95. It was measured once, by
# `python benchmarks/digit_models.py`.

# %%
pretrained.comparison()

# %% [markdown]
# Read it with care. The energy-based model is measured at its own 16×16 pixels, enlarged so that nothing is lost; that is an easier task than 32×32. And the three
# had different networks and training times. What the table does show: all three ideas work, and none of them needed $Z$. As few real digits are 4.4 from the others (made of 16×16 pixels:
# 5.5), so the score model, at 13.0, is 2.9 times as far as real digits are, and the energy-based model, at 14.6, 2.6 times as far as those of its size.

# %% [markdown]
# ## 5 · The bridge to diffusion
#
# The thought that noising can be reversed step by step is from Sohl-Dickstein and others, 2015 ([arXiv:1503.03585](https://arxiv.org/abs/1503.03585));
# Yang Song's [blog post](https://yang-song.net/blog/2021/score/) tells how it met score matching.
#
# Look at what we did. We **corrupted data gradually**, with more and more noise, and we **learned to reverse** it, level by level. That is diffusion.
# A DDPM, the subject of notebook 3, changes three things:
#
# - its noising also *shrinks* the image, $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\;\epsilon$, so that the variance stays at 1;
# - it takes a thousand small steps, one at each level, in place of ten at each of twenty levels;
# - its network predicts the **noise** $\epsilon$, where an SBGM predicts the **score**.
#
# The last is no difference at all. Given $x_0$, the score of $x_t$ is $-(x_t - \sqrt{\bar\alpha_t}x_0)/(1-\bar\alpha_t) = -\epsilon/\sqrt{1-\bar\alpha_t}$, and
# both networks learn an average of it:
#
# $$s_\theta(x_t, t) = -\frac{\epsilon_\theta(x_t, t)}{\sqrt{1-\bar\alpha_t}}$$

# %%
from helpers.diffusion import diffuse
from helpers.schedules import Schedule, linear_beta_schedule

schedule = Schedule(linear_beta_schedule(1000))
times = [0, 100, 200, 350, 500, 700, 999]
e = torch.randn(1, 1, 32, 32, generator=g)
chain = [diffuse(images[7:8], torch.tensor([t]), e, schedule) for t in times]
drawings.draw_chain(
    chain,
    [f"t = {t}" for t in times],
    "forward: add noise",
    "reverse: follow the learned score",
);
# %% [markdown]
# Check the formula on something where the best possible noise prediction is known: standard normal data stays standard normal at every $t$, so its
# score is $-x_t$, and the least-squares guess of the noise is $\sqrt{1-\bar\alpha_t}\;x_t$.

# %%
t = torch.full((100_000,), 300)
x0, e = torch.randn(2, 100_000, 1, 1, 1, generator=g)
x_t = diffuse(x0, t, e, schedule)
guess = (
    (x_t * e).sum() / (x_t * x_t).sum() * x_t
)  # least squares: the best linear prediction of e from x_t
score = -guess / schedule.sqrt_one_minus_alphas_cumprod[300]
print(f"score / (-x_t) = {(score / -x_t).mean():.3f}, and the exact score is -x_t")

# %% [markdown]
# **Take away.** Langevin dynamics turns a score into samples, if step and noise are paired. A score can be learned by denoising. Noise at many levels
# makes it trustworthy everywhere. Next: [notebook 3](3_ddpm.ipynb), where this becomes a DDPM.
