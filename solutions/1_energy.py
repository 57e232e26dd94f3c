# %% [markdown]
# # 1 · Why diffusion, and energy-based models
#
# Where do images come from that nobody ever took? From noise, in many small steps. Before we take those steps, this notebook asks
# *why* one would, and starts with the oldest idea behind them: describe data by an **energy**, low where data is likely, and roll
# downhill, with a little shaking.
#
# | | part | minutes to read | exercises |
# |---|---|---|---|
# | 1 | why many steps | 5 | |
# | 2 | what it led to: a small gallery | 5 | |
# | 3 | energy, density and score | 15 | `boltzmann_density`, `score_from_energy` |
# | 4 | training an energy | 20 | `contrastive_divergence_loss`, one in words |
# | 5 | why it is hard | 10 | |
# | 6 | digits | 10 | |
#
# You need basic PyTorch and undergraduate probability. One symbol has one meaning in notebooks 1 and 2:
#
# | symbol | meaning | in code |
# |---|---|---|
# | $E$, $p$, $Z$ | energy, density, its normaliser | `energy`, `density` |
# | $s = \nabla_x \log p$ | score, a gradient with respect to $x$ | `score` |
# | $\theta$ | parameters of a network | |
# | $\alpha$ | step of Langevin dynamics ($\alpha_i$: at level $i$, in the paper's spelling) | `step_size` |
# | $z$ | standard normal noise | `noise` |
# | $T$ | temperature | `T` |
# | $\lambda$ | weight of the penalty on energies (its usual name in code is alpha) | `alpha` |
# | $\sigma$ | standard deviation of noise added to data | `sigma` |
# | $\bar\alpha_t$ | from notebook 3: the image's share of the variance after $t$ steps | `alphas_cumprod` |
#
# **How the exercises work.** Write your answer where it says `YOUR CODE HERE`, run the cell, then run the check below it. The check
# says what is right and names the likely mistake. Stuck? `checks.hint("boltzmann_density")` gives a hint, and a better one each
# time you ask. You can skip anything: the notebook then goes on with the course's own version and says so.

# %%
import math

import matplotlib.pyplot as plt
import torch

from helpers import checks, densities, gan, pretrained, profile, vae
from helpers.figures import gallery
from helpers.figures import plotting
from helpers.figures import densities as figures
from helpers.figures.animation import animate
from helpers.data import load_digits
from helpers.energy import (
    EnergyConv,
    EnergyMLP,
    EnergyTraining,
    ReplayBuffer,
    load_ebm,
    sample_energy,
    train_energy,
)
from helpers.langevin import langevin

plotting.use_course_style()
here = profile.current()
print(
    f"Running on: {here}. Run All takes "
    f"{here.pick(quick='seconds', cpu='one to four minutes', gpu='a minute or two')}."
)

# %% [markdown]
# ## 1 · Why many steps
#
# A **generative model** turns noise into data. Variational autoencoders (VAEs) and generative adversarial networks (GANs) do it in *one
# pass*: noise in, image out. That is a lot to ask of one pass, and each pays for it:
#
# | | trained by | sampling | what goes wrong |
# |---|---|---|---|
# | VAE | raising a lower bound on the likelihood | one pass | samples tend to be blurred |
# | GAN | a game between generator and critic | one pass | training is unstable ([arXiv:1606.03498](https://arxiv.org/abs/1606.03498)); *mode collapse*: it makes few kinds of image ([arXiv:1611.02163](https://arxiv.org/abs/1611.02163)), and nothing in its game says that the generator must cover the data |
# | diffusion | least squares, one loss, no opponent (it comes from a bound too, re-weighted: notebook 3) | tens to a thousand passes | slow: many evaluations of the network for one image |
#
# A painter does not cover the canvas in one stroke, and an author does not type the final text. Both start with a rough draft that is
# wrong nearly everywhere, and **refine** it: each pass only has to be a little better than the last. Diffusion models do just that.

# %%
from helpers.diffusion import diffuse
from helpers.schedules import Schedule, linear_beta_schedule

images, labels = load_digits("train")
three = images[labels == 3][2:3]
schedule, e = (
    Schedule(linear_beta_schedule(1000)),
    torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0)),
)
noisy = [diffuse(three, torch.tensor([t]), e, schedule) for t in (999, 500, 350, 250, 150, 60)]
gallery.draw_two_ways(three, noisy);
# %% [markdown]
# "All models are wrong, but some are useful" (George Box). A step of a diffusion model is wrong too, but only slightly, and the next one
# can mend it. A single pass has to be right at once. *Many slightly wrong steps are more useful than one very wrong one*; the price is time.
#
# ### One pass, seen and measured
#
# Train both for a little while: a small VAE and a small GAN on our digits.

# %%
torch.manual_seed(0)
short_steps = here.pick(quick=2, cpu=400, gpu=400)
short_vae = vae.train_vae(images, short_steps).model.eval()
short_gan = gan.train_gan(images, short_steps, torch.Generator().manual_seed(0))

# %% [markdown]
# The same networks ship with the course, trained for some minutes.

# %%
few = torch.Generator().manual_seed(1)
plotting.plot_rows(
    {
        f"VAE, {short_steps} steps": vae.draw(short_vae, 12, few),
        "VAE, as shipped": vae.draw(vae.load_vae(), 12, few),
        f"GAN, {short_steps} steps": gan.draw(short_gan, 12, few),
        "GAN, as shipped": gan.draw(gan.load_gan(), 12, few),
        "real digits": images[:12],
    },
    columns=12,
);

# %% [markdown]
# After a short training the VAE draws soft blots of many shapes, and the GAN nearly the same pattern each time. As shipped, the VAE's strokes
# are soft and many of its pictures are no digit; the GAN's strokes are firmer. Here they are beside the models that you will meet from here on,
# by the Fréchet distance to real digits (FID, lower is better; notebook 3 says what it measures):

# %%
pretrained.comparison("vae_digits")

# %% [markdown]
# The column of covered digits counts those that make up at least a fiftieth of the samples. This GAN covers all ten, as does the VAE: a GAN
# *may* leave some out, since nothing in its game stops it, but it need not. What both have is speed: a sample takes less than a thousandth of a
# second, and those of the models that take many passes over ten thousandths. Each model is one small network with its own length of training, so the
# table ranks these networks, not the ideas behind them.
#
# ## 2 · What it led to
#
# Three systems that made the field known. The drawings are miniatures made from our digits; the links lead to the papers.
#
# **Imagen** ([arXiv:2205.11487](https://arxiv.org/abs/2205.11487)): a large language model, frozen, reads the text; a diffusion model paints a small
# image from it; two more diffusion models enlarge that, each seeing the smaller image and the text. A better text encoder helped more
# than a bigger painter.

# %%
gallery.draw_cascade(three);
# %% [markdown]
# **DALL·E 2**, or unCLIP ([arXiv:2204.06125](https://arxiv.org/abs/2204.06125)): CLIP gives text and images a common space of embeddings. A *prior* (a
# diffusion model) turns the embedding of the text into that of a fitting image; a *decoder* (another) turns this into pixels. One image
# embedding fixes the meaning and leaves the details open, so one gets variations.

# %%
gallery.draw_unclip(three);
# %% [markdown]
# **Video Diffusion Models** ([arXiv:2204.03458](https://arxiv.org/abs/2204.03458)): the same noise and the same loss on a block of frames. The U-Net gets
# one more axis: attention looks within each frame, then along time, so that the frames agree.

# %%
gallery.draw_video(three);

# %% [markdown]
# ## 3 · Energy, density and score
#
# Give every point $x$ an **energy** $E(x)$, any real number, and let low energy mean likely. The **Boltzmann density** makes this precise:
#
# $$p(x) = \frac{e^{-E(x)}}{Z}, \qquad Z = \int e^{-E(x)}\,dx$$
#
# So $E$ is $-\log p$ up to a constant. A network can compute $E_\theta(x)$, with no constraint at all on its output; that is the charm of an
# **energy-based model** (EBM). The catch is $Z$: an integral over all $x$. On a line we can just sum.

# %% [markdown]
# ### Exercise · From energy to density
# *3 points · difficulty 2 of 5 · 10 minutes*
#
# On a grid with spacing `dx`, $Z \approx \sum_i e^{-E_i}\,dx$. Energies may be in the thousands, where $e^{-E}$ is 0 or ∞ in floating point: work with
# logarithms (`torch.logsumexp`) and take one exponential at the end.


# %% nbgrader={"grade": false, "grade_id": "boltzmann_density", "locked": false, "schema_version": 3, "solution": true, "task": false}
def boltzmann_density(energy, dx):
    """The density exp(-E)/Z on a grid.

    energy: (N,), the energies at the grid points; dx: the spacing of the grid.
    Returns (N,), with sum times dx equal to 1.
    """
    ### BEGIN SOLUTION
    log_z = torch.logsumexp(-energy, dim=0) + torch.log(
        torch.as_tensor(dx, dtype=energy.dtype)
    )
    return torch.exp(-energy - log_z)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_boltzmann_density", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.boltzmann_density(boltzmann_density)
### BEGIN HIDDEN TESTS
checks.boltzmann_density(boltzmann_density, seed=20931)
### END HIDDEN TESTS

# %%
my_density = checks.or_reference(boltzmann_density)
hills = densities.two_hills()
x, dx = densities.grid_1d(-6, 6, 1000)
energy = hills.energy(x) + 5000  # any constant: Z takes it out again
density = my_density(energy, dx)
print(
    f"area {density.sum() * dx:.6f}, "
    f"largest difference from the exact density {(density - hills.density(x)).abs().max():.1e}"
)
figures.plot_energy_and_density(x[:, 0], energy, density);

# %% [markdown]
# Divide the energy by a **temperature** $T$ first, and you get $p^{1/T}$, renormalised. Cold: only the deepest valley counts. Hot: all is alike.


# %%
def at_temperature(T):
    figure = figures.plot_energy_and_density(
        x[:, 0], (energy - 5000) / T, my_density(energy / T, dx), f"temperature T = {T:g}"
    )
    left, right = figure.axes
    left.plot(x[:, 0], energy - 5000, "k--", label="T = 1")
    right.plot(x[:, 0], density, "k--", label="T = 1")
    left.set(ylabel="E(x) / T")
    right.set(ylabel="p$^{1/T}$, renormalised", title="")
    right.legend()
    return figure


figures.slider(at_temperature, "T", [0.1, 0.3, 0.5, 1.0, 2.0, 5.0, 20.0], start=1)

# %% [markdown]
# ### What we lose when Z is out of reach
#
# A grid of 100 points on each axis: 100 points in one dimension, 10,000 in two. A digit of 32×32 pixels has 1,024 axes.

# %%
for name, d in (("a line", 1), ("a plane", 2), ("an 8×8 image", 64), ("a digit", 1024)):
    years = d * 2 - math.log10(1e9 * 3.15e7)
    print(
        f"{name:14} 10^{2 * d:<5} energies to add up; at a billion a second: "
        + ("no time" if years < -8 else f"10^{years:.0f} years")
    )

# %% [markdown]
# Without $Z$ there is no density: you can't say how likely an image is, and you can't train by raising the likelihood directly. What is left?
# *Differences* of energies, and the gradient: $\log p(x) = -E(x) - \log Z$, and $Z$ does not depend on $x$, so
#
# $$\nabla_x \log p(x) = -\nabla_x E(x)$$
#
# This gradient is called the **score**. It points to where data is more likely, and it will carry us to the end of the course.

# %% [markdown]
# ### Exercise · The score, by automatic differentiation
# *3 points · difficulty 2 of 5 · 10 minutes*
#
# Given any `energy_fn`, return $-\nabla_x E$ at each sample of a batch. Three traps: each sample needs its own gradient (what does the gradient of the
# *sum* of all energies look like?); the result must not drag a graph along; the caller's `x` must stay as it was, its `.grad` too. (Later
# `energy_fn` is a float32 network: give it `x` in its own dtype.) The next plot asks for 6,400 points at once: the gradient of one sum
# takes a few times as long as the energies do, while a Jacobian of all energies has $2 \cdot 6400^2$ entries, and making them fills the memory.


# %% nbgrader={"grade": false, "grade_id": "score_from_energy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def score_from_energy(energy_fn, x):
    """-∇ₓE(x), one per sample.

    energy_fn: maps x (B, ...) to energies (B,); x: (B, ...).
    Returns (B, ...), detached.
    """
    ### BEGIN SOLUTION
    x = x.detach().clone().requires_grad_(True)
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(energy_fn(x).sum(), x)
    return -gradient.detach()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_score_from_energy", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.score_from_energy(score_from_energy)
### BEGIN HIDDEN TESTS
checks.score_from_energy(score_from_energy, seed=20931)
### END HIDDEN TESTS

# %% [markdown]
# In two dimensions: two rings. On the left the energy (bright is high); on the right the density (bright is dense), and as arrows the score
# of the energy, by your function. Wherever you stand, they lead to a ring. (Arrows have the score's direction; their length grows only
# with the fourth root of its size, or most would be too short to see.)

# %%
my_score = checks.or_reference(score_from_energy)
rings = densities.rings(width=0.25)
extent = 3.2
points, cell = densities.grid_2d(extent, 80)
field = lambda x: my_score(rings.energy, x)  # noqa: E731
print(
    "largest difference from the exact score: "
    f"{(field(points) - rings.score(points)).abs().max():.1e}"
)
figures.plot_fields(
    {
        "energy": (rings.energy(points).clamp(max=20), None, None),
        "density and score": (rings.density(points), field, None),
    },
    extent,
);
# %% [markdown]
# ### Sampling without Z
#
# Walk along the score and shake a little at each step, $x \leftarrow x - \alpha\,\nabla_x E(x) + \sqrt{2\alpha}\,z$ with $z \sim \mathcal N(0, I)$.
# This is **Langevin dynamics**; its chains end up distributed like $p$. Notebook 2 takes it apart (and shows why the factor is $\sqrt{2\alpha}$). Here
# it is our tool.

# %%
g = torch.Generator().manual_seed(1)
start = extent * (2 * torch.rand(800, 2, generator=g) - 1)
*_, samples = langevin(field, start, here.pick(quick=50, cpu=300, gpu=300), 0.005, generator=g)
figures.plot_fields(
    {
        "exact samples": (None, None, rings.sample(800, g)),
        "Langevin, without Z": (None, None, samples),
    },
    extent,
);

# %% [markdown]
# ### In words · Sampling without Z
# *3 points · difficulty 2 of 5 · 10 minutes*
#
# Why can we sample from $p_\theta = e^{-E_\theta}/Z_\theta$ without ever computing $Z_\theta$? What do we still *not* know about a sample, once we have it?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_sampling_without_Z", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The update of the chain uses only the gradient of log p with respect to x. Since log p = -E - log Z, and Z is an integral over all x and so a
# constant in x, its gradient is zero: the score is -∇E exactly, and Z never appears. (The same holds for Metropolis sampling, which needs a ratio
# p(x')/p(x), in which Z cancels.) The chain's stationary density is proportional to exp(-E), and there is only one such density. What we do not know is the
# value of p(x): how likely a sample is in absolute terms, or whether one model gives the data a higher likelihood than another. Energies of one model can be
# compared, since differences are log ratios of densities; energies of two models cannot.
#
# **Rubric (3).** 1: the score (or a ratio) is all that the sampler uses. 1: Z does not depend on x, so its gradient vanishes (or it cancels). 1: we do not
# know the absolute density or likelihood (so no comparison across models), only differences of energy.
# ### END SOLUTION

# %% [markdown]
# ## 4 · Training an energy
#
# We want $E_\theta$ low on the data and high elsewhere. Maximum likelihood says how much: for one data point $x^+$,
#
# $$-\nabla_\theta \log p_\theta(x^+) = \nabla_\theta E_\theta(x^+) + \nabla_\theta \log Z_\theta
# = \nabla_\theta E_\theta(x^+) - \mathbb E_{x^- \sim p_\theta}\!\left[\nabla_\theta E_\theta(x^-)\right]$$
#
# The second step: $\nabla_\theta \log Z_\theta = \frac1{Z_\theta}\int -\nabla_\theta E_\theta(x)\, e^{-E_\theta(x)} dx$, which is an average over the model itself. So **push the energy down
# on data $x^+$, and up on the model's own samples $x^-$**; where the two look alike, the pushes cancel and learning stops. The samples come from
# short Langevin runs: **contrastive divergence** (Hinton 2002, with chains that start at the data; a good review is [arXiv:2101.03288](https://arxiv.org/abs/2101.03288)).
#
# Only differences matter to the likelihood, so energies could drift away together; a small penalty, of weight $\lambda$, on their squares keeps them near 0.

# %% [markdown]
# ### Exercise · The contrastive divergence loss
# *2 points · difficulty 1 of 5 · 5 minutes*
#
# $$\mathcal L = \operatorname{mean} E(x^+) - \operatorname{mean} E(x^-) + \lambda\,\operatorname{mean}\!\left(E(x^+)^2 + E(x^-)^2\right)$$


# %% nbgrader={"grade": false, "grade_id": "contrastive_divergence_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def contrastive_divergence_loss(energy_real, energy_fake, alpha):
    """The loss above, a scalar.

    energy_real, energy_fake: (B,), energies of data and of samples of the model;
    alpha: the λ above.
    """
    ### BEGIN SOLUTION
    penalty = (energy_real**2 + energy_fake**2).mean()
    return energy_real.mean() - energy_fake.mean() + alpha * penalty
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_contrastive_divergence_loss", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.contrastive_divergence_loss(contrastive_divergence_loss)
### BEGIN HIDDEN TESTS
checks.contrastive_divergence_loss(contrastive_divergence_loss, seed=20931)
### END HIDDEN TESTS

# %% [markdown]
# Does the loss do what the formula promises? On a world of five states we *can* sum $Z$. The gradient of the exact negative log-likelihood and that of the
# loss (λ = 0, with 200,000 exact samples of the model) should agree up to chance.

# %%
my_loss = checks.or_reference(contrastive_divergence_loss)
E = torch.tensor([0.5, -1.0, 0.3, 2.0, 0.0], requires_grad=True)
data = torch.multinomial(
    torch.tensor([0.1, 0.2, 0.3, 0.3, 0.1]), 200_000, replacement=True, generator=g
)
fake = torch.multinomial(torch.softmax(-E.detach(), 0), 200_000, replacement=True, generator=g)
(exact,) = torch.autograd.grad(E[data].mean() + torch.logsumexp(-E, 0), E)
(contrastive,) = torch.autograd.grad(my_loss(E[data], E[fake], 0.0), E)
print(
    "exact      ",
    [f"{v:+.3f}" for v in exact.tolist()],
    "\ncontrastive",
    [f"{v:+.3f}" for v in contrastive.tolist()],
)

# %% [markdown]
# ### On two rings
#
# One trick makes short runs affordable: a **replay buffer** keeps the chains from one training step to the next, so that 15 Langevin steps at a time add up
# to long runs (persistent chains: Tieleman 2008; with a buffer: [arXiv:1903.08689](https://arxiv.org/abs/1903.08689)). A few chains restart from noise at each step.

# %%
data = rings.sample(4000, g)
torch.manual_seed(0)
net = EnergyMLP()
n_steps = here.pick(quick=20, cpu=800, gpu=800)
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3, betas=(0.5, 0.999))
decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
buffer = ReplayBuffer((2,), size=2048, scale=extent, generator=g)
landscape, chains, at = [], [], []
for step in range(n_steps):
    real = data[torch.randint(len(data), (256,), generator=g)]
    fake, places = buffer.draw(256, restart=0.05)
    *_, fake = langevin(
        lambda x: my_score(net, x), fake, 15, 0.01, generator=g
    )  # sample the model …
    buffer.put(fake, places)
    loss = my_loss(net(real), net(fake), alpha=1e-3)  # … push down on data, up on the samples
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    decay.step()
    if step % (n_steps // 20) == 0 or step == n_steps - 1:
        landscape.append(net(points).detach())
        chains.append(fake)
        at.append(f"energy and data, step {step + 1}")

# %%
figures.animate_landscape(landscape, chains, at, extent, data)

# %% [markdown]
# In two dimensions $Z$ can be summed after all, so for once we may look at the model's density, and at its distance from
# the true one.

# %%
with torch.no_grad():
    model_density = my_density(net(points), cell)
    p = rings.density(points)
    kl = (p * (p.clamp(min=1e-30) / model_density.clamp(min=1e-30)).log()).sum() * cell
print(
    f"KL(data ‖ model) = {kl:.3f} nats; a uniform density on the square would have "
    f"{math.log((2 * extent) ** 2) - (-(p * p.clamp(min=1e-30).log()).sum() * cell):.2f}"
)
figures.plot_fields(
    {
        "true density": (p, None, None),
        "learned density and score": (model_density, lambda x: my_score(net, x), None),
    },
    extent,
);
# %% [markdown]
# ## 5 · Why it is hard
#
# EBMs are notoriously hard to train ([arXiv:2101.03288](https://arxiv.org/abs/2101.03288), section 3). Here are two ways to fail, and a cure.
#
# - **Overshoot.** A Langevin step of $\alpha$ follows a valley only where the energy's curvature is below $2/\alpha$ (notebook 2 shows why). The
#   network is free to make its valleys steeper than that. Then each step of a chain lands further up the other side, training pushes
#   the energy up there, which makes it steeper still.
# - **The chase.** The samples should come from the model *now*. With one tiny Langevin step a training step the chains lag behind: the
#   network raises the energy where they are, the valleys move on, and the chains never get down to where the data lies.
#
# **Predict, then run.** Three runs with the same network and learning rate: Langevin steps of 0.05 without a penalty, the same with steps of
# 0.005, and *one* step of 0.002 with a penalty of $\lambda = 0.05$. Which of them will keep data and samples
# together?

# %%
hurried = dict(
    steps=here.pick(quick=20, cpu=150, gpu=150), lr=2e-2, batch_size=128, start_scale=extent
)
recipes = {
    "overshoot: step 0.05": dict(alpha=0.0, langevin_steps=10, step_size=0.05, restart=0.5),
    "smaller step, 0.005": dict(alpha=0.0, langevin_steps=10, step_size=0.005, restart=0.5),
    "chase: one step of 0.002": dict(
        alpha=0.05, langevin_steps=1, step_size=0.002, restart=0.05
    ),
}
figure, axes = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
for axis, (name, how) in zip(axes, recipes.items()):
    torch.manual_seed(0)
    run = train_energy(EnergyMLP(), data, EnergyTraining(**hurried, **how), loss_fn=my_loss)
    axis.plot(run.real, label="data")
    axis.plot(run.fake, label="samples of the model")
    axis.set(title=name, xlabel="training step", yscale="symlog")
axes[0].set_yticks([0, 1e3, 1e6, 1e9, 1e12])
axes[0].set_ylabel("mean energy")
axes[1].legend(loc="upper right");

# %% [markdown]
# On the left all is well for some forty or fifty steps; then the chains overshoot, and the energies leave every scale. In the middle the one change is a
# Langevin step a tenth as long, and that alone cures it. On the right nothing explodes, for the penalty forbids that, but the samples stay far
# above the data to the end: they never catch up. Of the usual advice, spectral normalisation and the penalty bound the energy's
# steepness or its size, and so act on the overshoot; clipping the parameters' gradient and a little noise on the data do not stop it here. A
# penalty has its price: penalised energies are flatter than the true $-\log p$.
#
# ## 6 · Digits
#
# The same loss with a small convolutional network on digits of 16×16 pixels. What is different from the rings:
#
# - **Noise of 0.03 on the data.** Digits fill only a thin sheet of the space of all images; without noise its energy would have to be infinitely steep.
# - **A scale.** The energy is $E = 10^4 f$, where $f$ is the network's output. With $\alpha = 10^{-4}$ the chains' paired noise $\sqrt{2\alpha} = 0.014$ is below that on the data,
#   and a step of $f$'s gradient still moves them.
# - **Honesty.** The noise is the paired one (no lowered temperature), but the chains are far from converged, and $\alpha$ is not small for an energy this steep. So what we draw are samples of *this procedure*, not
#   exact samples of $e^{-E}/Z$.
#
# A short run, to see it learn: the chains began as noise, and strokes begin to show.

# %%
small_digits, _ = load_digits("train", size=16)
digit_run = EnergyTraining(
    steps=here.pick(quick=2, cpu=120, gpu=120), alpha=5e-6, langevin_steps=20, step_size=1e-4,
    bounds=(-1.1, 1.1), data_noise=0.03,
    clip=1e3, buffer=512, batch_size=32,
)  # fmt: skip
torch.manual_seed(0)
short = train_energy(EnergyConv(scale=1e4), small_digits, digit_run, loss_fn=my_loss)
plotting.plot_batch(short.chains, title=f"chains after {digit_run.steps} training steps");
# %% [markdown]
# <details><summary><b>My chains are noise, all black, or all white.</b> Likely causes, in order</summary>
#
# 1. *The sign.* Chains go down the energy, data is pushed down and samples up: with one of the two the wrong way round the checks of
#    `score_from_energy` or `contrastive_divergence_loss` are red.
# 2. *Energies leave every scale.* That is the overshoot of part 5: take a smaller Langevin step.
# 3. *Samples stay far above the data.* The chase: more Langevin steps for each training step.
# 4. *Too little training.* 120 steps give strokes, no digits.
# </details>

# %% [markdown]
# The network that ships with the course was trained longer (its card says how long, and how). Watch chains run from uniform noise through *its* energy.

# %%
ebm, sampling = load_ebm()
x = 2 * torch.rand(here.pick(quick=8, cpu=32, gpu=32), 1, 16, 16, generator=g) - 1
frames, names = [x], ["start"]
run_to = [5, 10, 20, 40, 80, 150, 300, sampling["steps"]]
run_to = [n for n in run_to if n <= here.pick(quick=10, cpu=10_000, gpu=10_000)]
for before, n in zip([0, *run_to], run_to):
    x = sample_energy(
        ebm,
        x,
        n - before,
        sampling["step_size"],
        bounds=tuple(sampling["bounds"]),
        generator=g,
    )
    frames.append(x)
    names.append(f"after {n} steps")
animate(frames, names, columns=8, fps=2, scale=4)

# %%
plotting.plot_rows({"samples": frames[-1], "real digits": small_digits}, columns=8);
# %% [markdown]
# What has the energy learned? Differences of a model's energies are differences of log density: that much we can know without $Z$. So ask
# the sharpest question first: of a digit that it never saw and *the same digit upside down*, which has the lower energy?
#
# **Predict, then run.** Of 100 digits, how many lie below their own upside-down copy? And how many below a blank picture with the same
# noise?

# %%
unseen, _ = load_digits("test", size=16)
unseen = unseen + 0.03 * torch.randn(unseen.shape, generator=g)
upright, flipped = ebm(unseen) / 1e4, ebm(unseen.flip(2)) / 1e4
blank = ebm(-1 + 0.03 * torch.randn(200, 1, 16, 16, generator=g)) / 1e4
print(
    f"{(upright < flipped).float().mean():.0%} of the digits lie below their own upside-down "
    "copy (chance: 50 %)"
)
print(
    f"{(upright < blank.mean()).float().mean():.0%} of the digits lie below a blank picture "
    "with the same noise"
)
groups = {
    "digits it never saw": upright,
    "the same upside down": flipped,
    "its own samples": ebm(frames[-1]) / 1e4,
}
figure, axis = plt.subplots(figsize=(9, 3.8), layout="constrained")
for name, energy in groups.items():
    axis.hist(
        energy.numpy(),
        bins=40,
        range=(-0.25, 0.75),
        weights=[1 / len(energy)] * len(energy),
        histtype="step",
        linewidth=2,
        label=f"{name}: median {energy.median():.3f}",
    )
axis.axvline(
    blank.mean(), color="black", linestyle="--", label=f"a blank picture: {blank.mean():.3f}"
)
axis.set(xlabel="energy / 10,000", ylabel="share of the pictures")
axis.legend();

# %% [markdown]
# Each digit against its own copy is a fair comparison, since both have the same strokes and the same amount of ink, and there the
# energy is right almost always. Between different pictures it is not to be trusted: a blank one lies below most digits, though nobody
# ever wrote a blank, and the chains, which look like digits at a certain length, go on sinking when they run longer than they did in training. This
# energy is a good *guide* for short chains, not a good $-\log p$.

# %% [markdown]
# **Take away.** An energy is a density without its normaliser. Its gradient, the score, is enough to sample. Training needs samples at every step, and that makes it
# slow and fragile. Notebook 2 drops the energy, and learns the *score* directly: no sampling during training, so nothing to chase. How the digits of the
# three models compare is measured there.
#
# Next: [notebook 2](2_langevin.ipynb). Further reading: *How to train your energy-based models*, [arXiv:2101.03288](https://arxiv.org/abs/2101.03288).
