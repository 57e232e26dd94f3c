# %% [markdown]
# # 3 · DDPM, from the paper
#
# Today you build a **denoising diffusion probabilistic model** line by line from its paper: Ho, Jain and Abbeel (2020),
# [arXiv:2006.11239](https://arxiv.org/abs/2006.11239). At the end, digits that nobody ever wrote form out of pure noise
# in front of you. The idea is older: Sohl-Dickstein and others ([arXiv:1503.03585](https://arxiv.org/abs/1503.03585), 2015) trained the
# first diffusion models, and Yang Song's post [Generative modeling by estimating gradients of the data
# distribution](https://yang-song.net/blog/2021/score/) tells the same story from the score's side.
#
# The three formulas at its heart are yours to write: the noising, the loss and the step back (**A**, **B**, **C**).
#
# | | part | minutes to read | exercises | minutes | points |
# |---|---|---|---|---|---|
# | i–ii | set-up, the digits | 5 | | | |
# | iii | how fast the noise comes | 5 | **1**: the cosine schedule | 20 | 7 |
# | iv | adding noise | 10 | **A**: `forward_diffusion` | 10 | 3 |
# | v | Algorithm 1: training | 15 | **B**: `ddpm_loss` · **2**: two objectives, one idea | 10 + 15 | 4 + 4 |
# | vi | the U-Net | 15 | **3A**, **3B**: GroupNorm and residual connections · bonus: attention | 15 + 20 · 25 | 7 + 4 · 3 |
# | vii | train it | 10 | | | |
# | viii | Algorithm 2: sampling | 20 | **5**: a forgotten weight · **C**: `ancestral_step` · **4**: Langevin again · bonus: DDIM | 10 + 15 + 15 · 25 | 2 + 4 + 4 · 3 |
# | ix–x | how good is it, and what else can be undone | 15 | | | |
#
# With a morning for notebooks 1 to 3, do **1**, **A**, **B**, **3A** and **C** in class (the code of each, 70 minutes) and the rest in
# the afternoon or at home.
#
# The sections follow the paper: keep it open beside this page. *The outline follows a one-day teaching notebook by George
# Strong (Imperial College London).*
#
# **How the exercises work.** Write your answer where it says `YOUR CODE HERE`, run the cell, then run the check below it.
# The check says what is right and names the likely mistake. Stuck? `checks.hint("cosine_beta_schedule")` gives a hint,
# and a better one each time you ask. You can skip anything: the notebook then goes on with its own version and says so.

# %% [markdown]
# ## i · Set-up
#
# This runs on a laptop, in Colab, or on a big GPU. The next cell finds the course's `helpers`, looks at your machine, and
# says what it picked.

# %%
import copy
import math
import time

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn
from tqdm.auto import tqdm

from helpers import checks, evaluate, pretrained, profile
from helpers.figures import drawings
from helpers.figures import plotting
from helpers.figures.animation import animate
from helpers.data import batches, load_digits
from helpers.figures.plotting import plot_batch

plotting.use_course_style()

# %%
here = profile.current()
device = here.device
minutes = here.pick(
    quick="well under a minute",
    cpu="about 5 minutes",
    gpu="about 6 minutes, on the full-size network",
)
print(f"Running on: {here}.")
print(f"Run All takes {minutes}; most of it is the training in part vii.")
torch.manual_seed(0);

# %% [markdown]
# On an NVIDIA card, `nvidia-smi` shows the driver, how much memory is free and who else is using it. Look at it before a long run:
# another process on the card is a common reason for “out of memory”.

# %%
if device.type == "cuda":
    import subprocess

    print(subprocess.run(["nvidia-smi"], capture_output=True, text=True).stdout)

# %% [markdown]
# ## ii · The digits
#
# MNIST: handwritten digits. Ten thousand of them ship with the course, 9,000 for training (`full=True` would download all
# 60,000). Two details come from the paper:
#
# - the images are resized from 28×28 to **32×32**, its CIFAR-10 size, so that they can be halved four times, down to 2×2;
# - grey values 0…255 become **[-1, 1]** (§3.3), so that a digit lives on the same scale as noise drawn from N(0, 1).

# %%
images, labels = load_digits("train", size=32)
print(f"images {tuple(images.shape)}, from {images.min():.0f} to {images.max():.0f}")
x0 = next(batches(images, batch_size=64, generator=torch.Generator().manual_seed(3)))
plot_batch(x0, title="16 of a batch of 64");

# %% [markdown]
# `batches` is four lines: shuffle, cut, hand out. In most code you will meet **torch's own idiom** for the same thing, which can also
# load in other processes and transform on the way. Its images come as pairs with their labels:

# %%
from torch.utils.data import DataLoader, TensorDataset

loader = DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True, drop_last=True)
x_there, labels_there = next(iter(loader))
print(
    f"DataLoader: {len(loader)} batches an epoch, each {tuple(x_there.shape)}; "
    f"the first labels are {labels_there[:8].tolist()}"
)

# %% [markdown]
# ## iii · The variance schedule
#
# Diffusion destroys an image in $T$ small steps. Step $t$ mixes in a little Gaussian noise with variance $\beta_t$ (eq. 2):
#
# $$q(x_t \mid x_{t-1}) = \mathcal N\!\left(x_t;\ \sqrt{1-\beta_t}\,x_{t-1},\ \beta_t I\right)$$
#
# The paper takes $T = 1000$ and lets $\beta_t$ rise linearly from $10^{-4}$ to $0.02$ (§4). Everything else follows:
# $\alpha_t = 1-\beta_t$ is the variance kept in one step, and the product $\bar\alpha_t = \prod_{s\le t}\alpha_s$ is what is
# left of the image's variance after $t$ steps.
#
# > **Watch the index.** The paper counts $t = 1 \dots T$; Python counts `t = 0 … T-1`. So `betas[0]` is the paper's
# > $\beta_1$, and index 0 must be trained on and sampled like any other.

# %%
T = 1000
betas = torch.linspace(
    1e-4, 0.02, T, dtype=torch.float64
)  # §4; float64, because a product of 1000 factors follows

alphas = 1 - betas
alphas_cumprod = alphas.cumprod(dim=0)  # ᾱ
sqrt_alphas_cumprod = alphas_cumprod.sqrt()
sqrt_one_minus_alphas_cumprod = (1 - alphas_cumprod).sqrt()

for t in (0, 250, 500, 999):
    print(
        f"t = {t:3d}:  signal √ᾱ = {sqrt_alphas_cumprod[t]:.4f}   noise √(1-ᾱ) = "
        f"{sqrt_one_minus_alphas_cumprod[t]:.4f}"
    )

# %% [markdown]
# At $t = 999$ less than one per cent of the signal is left. That holds for $T = 1000$ only: with the same end points and
# $T = 100$, 60 % of it would survive, and sampling could not start from pure noise.
#
# In a batch each image has its own $t$. `extract` picks the right value for each, shaped to multiply images.

# %%
def extract(sched, t, device):
    """sched (T,), t (B,) → the B values at t, as (B, 1, 1, 1)."""
    return sched.to(t.device)[t].float().to(device).reshape(-1, 1, 1, 1)


extract(betas, torch.tensor([0, 999]), "cpu").flatten()

# %% [markdown]
# ### Exercise 1 · The cosine schedule
# *4 points for the code, 3 for the words · difficulty 2 of 5 · 20 minutes*
#
# Nichol and Dhariwal ([arXiv:2102.09672](https://arxiv.org/abs/2102.09672), eq. 17) choose $\bar\alpha_t$ first, and derive
# the betas from it:
#
# $$\bar\alpha_t = \frac{f(t)}{f(0)}, \qquad f(t) = \cos^2\!\left(\frac{t/T + s}{1+s}\cdot\frac{\pi}{2}\right), \qquad
# \beta_t = \min\!\left(1 - \frac{\bar\alpha_t}{\bar\alpha_{t-1}},\ 0.999\right)$$
#
# Return the $T$ betas as a float tensor. You need $f$ at the $T+1$ points $t = 0, 1, \dots, T$ to get $T$ ratios.

# %% nbgrader={"grade": false, "grade_id": "cosine_beta_schedule", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cosine_beta_schedule(T, s=0.008):
    """The betas of the cosine schedule.

    T: number of steps; s: the small offset that keeps the first betas from vanishing.
    Returns a tensor (T,), each value in (0, 0.999].
    """
    ### BEGIN SOLUTION
    t = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2
    ratio = f[1:] / f[:-1]
    return (1 - ratio).clamp(max=0.999).float()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_cosine_beta_schedule", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
checks.cosine_beta_schedule(cosine_beta_schedule)
### BEGIN HIDDEN TESTS
checks.cosine_beta_schedule(cosine_beta_schedule, seed=20931)
### END HIDDEN TESTS

# %%
from helpers.schedules import Schedule, linear_beta_schedule

my_cosine = checks.or_reference(cosine_beta_schedule)
linear, cosine = Schedule(linear_beta_schedule(T)), Schedule(my_cosine(T))
plotting.plot_schedules({"linear (2006.11239)": linear, "cosine (2102.09672)": cosine});

# %% [markdown]
# **In words.** Look at the middle panel, and at the noisy images in part iv. Why might the cosine schedule do better than
# the linear one? What does the offset $s$ prevent, and what the clip at 0.999? *(3 points, a short paragraph)*

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_cosine", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The linear schedule destroys the image too early: a third of the way through ᾱ has fallen to 0.32 (cosine: 0.74), and the last
# quarter of the steps is noise to the eye, so the network spends them learning (and sampling spends them doing) almost
# nothing. The cosine schedule lets ᾱ, the signal's share of the variance, fall nearly in a straight line through the middle and
# slowly at both ends (√ᾱ itself falls fastest at the end), so the noise is spread more evenly over the steps. The offset s keeps the first betas from being so tiny that predicting the
# noise there is hopeless. The clip keeps β_T below 1: otherwise ᾱ_T = 0, the division by √ᾱ and √α blows up in the first
# step of sampling.
#
# **Rubric (3).** 1: signal is destroyed too early by the linear schedule, or more evenly by the cosine one. 1: s keeps β
# near t = 0 from being too small. 1: the clip avoids β = 1, a division by zero (a singularity) at the end of the chain.
# ### END SOLUTION

# %% [markdown]
# ## iv · Forward diffusion, in one jump
#
# A thousand small Gaussian steps are one big Gaussian step. That is eq. 4, and it makes training cheap: any $x_t$ can be
# made directly from $x_0$,
#
# $$x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\varepsilon, \qquad \varepsilon\sim\mathcal N(0, I).$$

# %% [markdown]
# ### Exercise A · The forward process
# *3 points · difficulty 2 of 5 · 10 minutes*
#
# Write eq. 4. Each image has its own $t$, so the two factors are of shape (B,) at first and must be shaped to multiply images.
# `alphas_cumprod` may be float32 or float64 (ours is float64); $x_t$ comes back in the dtype of `x0`, because a float32 network
# refuses float64 images.

# %% nbgrader={"grade": false, "grade_id": "forward_diffusion", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward_diffusion(x0, t, e, alphas_cumprod):
    """x_t, eq. 4.

    x0 and the noise e: (B, C, H, W); t: (B,), integers;
    alphas_cumprod: (T,), float32 or float64.
    Returns a tensor of x0's shape and dtype.
    """
    ### BEGIN SOLUTION
    a_bar = alphas_cumprod[t].reshape(-1, 1, 1, 1)
    return a_bar.sqrt().to(x0.dtype) * x0 + (1 - a_bar).sqrt().to(x0.dtype) * e
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_forward_diffusion", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.forward_diffusion(forward_diffusion)
### BEGIN HIDDEN TESTS
checks.forward_diffusion(forward_diffusion, seed=20936)
### END HIDDEN TESTS

# %%
my_forward = checks.or_reference(forward_diffusion)

t16 = torch.linspace(0, T - 1, 16).long()
one_digit = x0[:1].expand(16, -1, -1, -1)
noised = my_forward(one_digit, t16, torch.randn_like(one_digit), alphas_cumprod)
halves = {"one digit, a little noise": slice(0, 8), "the same digit, more noise": slice(8, 16)}
for title, half in halves.items():
    plotting.plot_rows(
        {title: noised[half]}, columns=8, over=[f"t = {t}" for t in t16[half].tolist()]
    )

# %% [markdown]
# What happens to the pixels? At the start nearly all of them are black (-1). At the end they follow the standard normal
# distribution (orange), whatever the digit was. (All panels have one scale, cut off at the top: at t = 0 and 50 the peak of black is higher.) That is why sampling can start from $\mathcal N(0, I)$.

# %%
many = images[:500]
shown_t = [0, 50, 100, 200, 300, 500, 700, 999]
noisy = [
    my_forward(many, torch.full((500,), t), torch.randn_like(many), alphas_cumprod)
    for t in shown_t
]
plotting.plot_histograms(noisy, [f"t = {t}" for t in shown_t]);

# %% [markdown]
# **Predict, then run.** The next cell noises one digit ten times with each schedule, at the same $t$ and with the same noise. Up to
# which $t$ will you be able to read it, with the linear schedule and with the cosine one? Write two numbers down first.

# %%
t10 = torch.linspace(0, T - 1, 10).long()
digit, e = x0[1:2].expand(10, -1, -1, -1), torch.randn(1, 1, 32, 32).expand(10, -1, -1, -1)
rows = {
    f"{name} schedule": my_forward(digit, t10, e, s.alphas_cumprod)
    for name, s in (("linear", linear), ("cosine", cosine))
}
plotting.plot_rows(rows, over=[f"t = {t}" for t in t10.tolist()]);

# %% [markdown]
# The digit stays readable for about two hundred steps longer in the lower row: the last steps of the linear schedule change nothing
# that an eye could see.

# %% [markdown]
# ## v · Training: Algorithm 1
#
# The network $\varepsilon_\theta(x_t, t)$ looks at a noisy image and at $t$, and guesses the noise. The whole of training
# is six lines in the paper; here they are beside ours.
#
# | | the paper, Algorithm 1 | the code |
# |---|---|---|
# | 1 | **repeat** | `for x0 in batches(images, 64):` |
# | 2 | $x_0 \sim q(x_0)$ | …`x0` is a batch of real digits |
# | 3 | $t \sim \mathrm{Uniform}(\{1,\dots,T\})$ | `t = torch.randint(0, T, (B,))` |
# | 4 | $\varepsilon \sim \mathcal N(0, I)$ | `e = torch.randn_like(x0)` |
# | 5 | gradient step on $\lVert \varepsilon - \varepsilon_\theta(\sqrt{\bar\alpha_t}x_0 + \sqrt{1-\bar\alpha_t}\,\varepsilon,\ t)\rVert^2$ | `loss = ddpm_loss(model, x0, t, e, alphas_cumprod)`, then `backward()`, `step()` |
# | 6 | **until** converged | |
#
# Each image of the batch gets its own $t$: one step trains many noise levels at once. Part of such a batch:

# %%
t = torch.randint(0, T, (8,), generator=torch.Generator().manual_seed(33))
batch = my_forward(x0[:8], t, torch.randn_like(x0[:8]), alphas_cumprod)
plotting.plot_rows(
    {"what the network is given": batch, "the digits they were made of": x0[:8]},
    columns=8,
    over=[f"t = {i}" for i in t],
);

# %% [markdown]
# ### Exercise B · The loss
# *4 points · difficulty 2 of 5 · 10 minutes*
#
# Write line 5 without its gradient step: eq. 14 for a batch, as the **mean over batch and pixels**. The network is called as
# `model(x_t, t)` and returns its guess of the noise; $t$ and $\varepsilon$ are given, so nothing is drawn here. Use your
# `forward_diffusion` (if you skipped Exercise A, use `my_forward`). The result is one number that carries the gradient.

# %% nbgrader={"grade": false, "grade_id": "ddpm_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ddpm_loss(model, x0, t, e, alphas_cumprod):
    """L_simple, eq. 14, a scalar.

    model: (x_t (B, C, H, W), t (B,)) → the predicted noise; x0, e: (B, C, H, W);
    t: (B,), integers; alphas_cumprod: (T,).
    """
    ### BEGIN SOLUTION
    x_t = forward_diffusion(x0, t, e, alphas_cumprod)
    return F.mse_loss(model(x_t, t), e)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_ddpm_loss", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
checks.ddpm_loss(ddpm_loss)
### BEGIN HIDDEN TESTS
checks.ddpm_loss(ddpm_loss, seed=20937)
### END HIDDEN TESTS

# %%
my_loss = checks.or_reference(ddpm_loss)


def training_step(model, optimiser, x0):
    """Lines 2 to 5 of Algorithm 1 on a batch x0 (B, 1, H, W); returns the loss."""
    t = torch.randint(0, T, (len(x0),), device=x0.device)  # line 3
    e = torch.randn_like(x0)  # line 4
    loss = my_loss(model, x0, t, e, alphas_cumprod.to(x0.device))  # line 5
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.item()


# %% [markdown]
# Seen from the side, this is a **denoising autoencoder** that works at a thousand noise levels at once: give it a spoilt
# image, and it says what is noise. Sander Dieleman's
# [Diffusion models are autoencoders](https://benanne.github.io/2022/01/31/diffusion.html) follows that thought.
#
# Let us try the six lines before building anything big. A toy network of one hidden layer, a hundred steps:

# %%
class TinyNet(nn.Module):
    """Two convolutions that see x_t and, as a second channel,
    how noisy it is. Far too small to draw digits."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(2, 16, 5, padding=2), nn.SiLU(), nn.Conv2d(16, 1, 5, padding=2)
        )

    def forward(self, x, t):
        level = extract(sqrt_one_minus_alphas_cumprod, t, x.device).expand_as(x)
        return self.net(torch.cat([x, level], dim=1))


tiny = TinyNet()
optimiser = torch.optim.Adam(tiny.parameters(), lr=3e-3)
tiny_losses = [training_step(tiny, optimiser, x) for x in batches(images[:6400], 64)]
print(
    f"loss: first {tiny_losses[0]:.2f}, "
    f"last {sum(tiny_losses[-10:]) / 10:.2f} (guessing “no noise at all” gives 1.00)"
)

# %% [markdown]
# ### Exercise 2 · Two objectives, one idea
# *4 points · written · difficulty 3 of 5 · 15 minutes*
#
# In notebook 2 you trained a score network with eq. 5 of [arXiv:1907.05600](https://arxiv.org/abs/1907.05600), where
# $\tilde x = x + \sigma\varepsilon$:
#
# $$\ell(\theta;\sigma) = \tfrac12\,\mathbb E\left\lVert s_\theta(\tilde x, \sigma) + \frac{\tilde x - x}{\sigma^2}\right\rVert^2$$
#
# The DDPM objective is eq. 14 of arXiv:2006.11239:
#
# $$L_\text{simple}(\theta) = \mathbb E_{t, x_0, \varepsilon}\left\lVert \varepsilon - \varepsilon_\theta(\sqrt{\bar\alpha_t}\,x_0 +
# \sqrt{1-\bar\alpha_t}\,\varepsilon,\ t)\right\rVert^2$$
#
# Show how they are related. Which $s_\theta$ corresponds to $\varepsilon_\theta$? Which weighting $\lambda(\sigma)$ makes them
# the same loss, and what differences are left?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_objectives", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Put x̃ - x = σε into eq. 5: the bracket is s + ε/σ. Multiply by σ² (the weighting λ(σ) = σ²): ½‖σ s + ε‖². With
# s_θ = -ε_θ/σ this is ½‖ε - ε_θ‖², the DDPM loss up to the factor ½. In the DDPM the image is scaled too, so the noise level
# of x_t is √(1-ᾱ_t) and s_θ(x_t, t) = -ε_θ(x_t, t)/√(1-ᾱ_t). What is left: the noise schedule (geometric σ with x not scaled,
# "variance exploding", against ᾱ_t with x shrunk, "variance preserving"), how t or σ is drawn, and what the network is told
# about the level.
#
# **Rubric (4).** 1: x̃ - x = σε substituted. 1: s = -ε/σ, or -ε/√(1-ᾱ_t). 1: λ = σ² (up to a constant) makes the losses equal.
# 1: names a remaining difference (schedule, scaling of x_0, distribution of the level, conditioning).
# ### END SOLUTION

# %% [markdown]
# ## vi · The network
#
# The noise has the shape of the image, so we need a network from image to image that sees both fine detail and the whole:
# a **U-Net** ([arXiv:1505.04597](https://arxiv.org/abs/1505.04597)). It shrinks the image step by step, grows it again, and
# hands the fine detail across by skip connections. It must also know $t$: a faint digit under much noise and a strong one
# under little need different answers.
#
# **Time.** The number $t$ becomes a vector of sines and cosines, from fast to slow, like the hands of a clock; a small MLP
# then turns it into what each block needs.

# %%
class SinusoidalPositionEmbeddings(nn.Module):
    """t (B,) → (B, dim)."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, t):
        half = self.dim // 2
        frequencies = torch.exp(
            -math.log(10_000) * torch.arange(half, device=t.device) / (half - 1)
        )
        angles = t[:, None] * frequencies
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


embedded = SinusoidalPositionEmbeddings(128)(torch.arange(T))
figure, axis = plt.subplots(figsize=(9, 3), layout="constrained")
picture = axis.imshow(embedded.T, aspect="auto", cmap="RdBu", vmin=-1, vmax=1)
axis.set(xlabel="t", ylabel="component", title="each column is the embedding of one t")
figure.colorbar(picture, ax=axis, label="value");

# %% [markdown]
# **Blocks.** Here is a plain, working version in the style of the first U-Nets, with `BatchNorm`. It is yours to improve
# in Exercise 3. In each block: convolve, add the time (one number a channel), normalise, and apply
# the non-linearity, here SiLU.

# %%
class PlainConvBlock(nn.Module):
    """x (B, in_c, H, W), t (B, embed_dim) → (B, out_c, H, W)."""

    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.BatchNorm2d(out_c)

    def forward(self, x, t):
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))


# %% [markdown]
# One step **down** (two blocks, then half the size) and one step **up** (double the size, take the skip, two blocks):

# %%
class PlainEncBlock(nn.Module):
    """x (B, in_c, H, W) → what the skip connection carries (B, out_c, H, W),
    and the same at half size."""

    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.conv1 = PlainConvBlock(in_c, out_c, embed_dim)
        self.conv2 = PlainConvBlock(out_c, out_c, embed_dim)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x, t):
        h = self.conv2(self.conv1(x, t), t)
        return h, self.pool(h)


class PlainDecBlock(nn.Module):
    """x (B, in_c, H, W) and skip (B, out_c, 2H, 2W) → (B, out_c, 2H, 2W)."""

    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = PlainConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = PlainConvBlock(out_c, out_c, embed_dim)

    def forward(self, x, skip, t):
        h = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(h, t), t)


# %% [markdown]
# ### Exercise 3A · GroupNorm
# *4 points for the code, 3 for the words · difficulty 2 of 5 · 15 minutes*
#
# Write `ConvBlock`: like `PlainConvBlock`, but with **group normalisation**
# ([arXiv:1803.08494](https://arxiv.org/abs/1803.08494)), `nn.GroupNorm(groups, channels)`. The number of groups must divide
# the channels, and your block will be built with as few as 4 channels, with 6, and with as many as 1024.

# %% nbgrader={"grade": false, "grade_id": "ConvBlock", "locked": false, "schema_version": 3, "solution": true, "task": false}
class ConvBlock(nn.Module):
    """3×3 convolution, time shift, group normalisation, SiLU.

    x (B, in_c, H, W), t (B, embed_dim) → (B, out_c, H, W)
    """

    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv = nn.Conv2d(in_c, out_c, 3, padding=1)
        self.time = nn.Linear(embed_dim, out_c)
        self.norm = nn.GroupNorm(math.gcd(8, out_c), out_c)
        ### END SOLUTION

    def forward(self, x, t):
        ### BEGIN SOLUTION
        h = self.conv(x) + self.time(t)[:, :, None, None]
        return F.silu(self.norm(h))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_ConvBlock", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
checks.ConvBlock(ConvBlock)
### BEGIN HIDDEN TESTS
checks.ConvBlock(ConvBlock, seed=20932)
### END HIDDEN TESTS

# %% [markdown]
# **In words.** Why does GroupNorm suit a diffusion model better than BatchNorm? Think of what one training batch contains,
# and of what the network sees when it samples. *(3 points)*

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_groupnorm", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# A training batch mixes images at all noise levels. BatchNorm takes mean and variance over that mixture, so an image's
# normalisation depends on which t its neighbours drew; at sampling all images share one t, and in eval mode running averages
# over all noise levels are used that fit none of them. GroupNorm computes its statistics within one sample, so it is the same
# in training and sampling and does not depend on the batch or its size.
#
# **Rubric (3).** 1: batch statistics mix noise levels. 1: training and sampling (eval) see different statistics. 1: GroupNorm
# works per sample, independent of batch or batch size.
# ### END SOLUTION

# %% [markdown]
# ### Exercise 3B · Residual connections
# *4 points · difficulty 3 of 5 · 20 minutes*
#
# Write `EncBlock` and `DecBlock` with **residual connections** ([arXiv:1512.03385](https://arxiv.org/abs/1512.03385)): the
# block's own input is added to what its convolutions make of it (not something from halfway: with the convolutions silent, the
# input still comes out). In `DecBlock` that input is the concatenation. Where the number of channels changes, a 1×1
# convolution makes it fit. Use your `ConvBlock` (if you skipped 3A, use `PlainConvBlock`).

# %% nbgrader={"grade": false, "grade_id": "EncBlock_DecBlock", "locked": false, "schema_version": 3, "solution": true, "task": false}
class EncBlock(nn.Module):
    """x (B, in_c, H, W), t (B, embed_dim) → skip (B, out_c, H, W), pooled (B, out_c, H/2,
    W/2)"""

    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv1 = ConvBlock(in_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.shortcut = nn.Identity() if in_c == out_c else nn.Conv2d(in_c, out_c, 1)
        self.pool = nn.MaxPool2d(2)
        ### END SOLUTION

    def forward(self, x, t):
        ### BEGIN SOLUTION
        h = self.conv2(self.conv1(x, t), t) + self.shortcut(x)
        return h, self.pool(h)
        ### END SOLUTION


class DecBlock(nn.Module):
    """x (B, in_c, H, W), skip (B, out_c, 2H, 2W), t (B, embed_dim) → (B, out_c, 2H, 2W)"""

    def __init__(self, in_c, out_c, embed_dim):
        super().__init__()
        ### BEGIN SOLUTION
        self.up = nn.ConvTranspose2d(in_c, out_c, 2, stride=2)
        self.conv1 = ConvBlock(2 * out_c, out_c, embed_dim)
        self.conv2 = ConvBlock(out_c, out_c, embed_dim)
        self.shortcut = nn.Conv2d(2 * out_c, out_c, 1)
        ### END SOLUTION

    def forward(self, x, skip, t):
        ### BEGIN SOLUTION
        x = torch.cat([self.up(x), skip], dim=1)
        return self.conv2(self.conv1(x, t), t) + self.shortcut(x)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_EncBlock_DecBlock", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
checks.EncBlock_DecBlock(EncBlock, DecBlock)
### BEGIN HIDDEN TESTS
checks.EncBlock_DecBlock(EncBlock, DecBlock, seed=20933)
### END HIDDEN TESTS

# %% [markdown]
# ### Bonus · Self-attention
# *3 points · difficulty 4 of 5 · 25 minutes*
#
# A 3×3 convolution sees its neighbours only. The paper adds **self-attention** at 16×16, where every pixel may look at every
# other (appendix B; the mechanism is [arXiv:1706.03762](https://arxiv.org/abs/1706.03762)). The usual layer
# normalises, makes queries, keys and values with 1×1 convolutions, attends over the H·W pixels with weights softmax(q·k/√d), projects,
# and adds the input; what is checked is the attention itself, with or without the norm and the added input.
# `F.scaled_dot_product_attention(q, k, v)` takes (B, heads, H·W, channels/heads).

# %% nbgrader={"grade": false, "grade_id": "SelfAttention", "locked": false, "schema_version": 3, "solution": true, "task": false}
class SelfAttention(nn.Module):
    """x (B, channels, H, W) → the same shape."""

    def __init__(self, channels, heads=4):
        super().__init__()
        ### BEGIN SOLUTION
        self.heads = heads
        self.norm = nn.GroupNorm(math.gcd(8, channels), channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.project = nn.Conv2d(channels, channels, 1)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        B, C, H, W = x.shape
        qkv = self.qkv(self.norm(x)).reshape(B, 3, self.heads, C // self.heads, H * W)
        q, k, v = qkv.transpose(-1, -2).unbind(dim=1)
        h = F.scaled_dot_product_attention(q, k, v)
        return x + self.project(h.transpose(-1, -2).reshape(B, C, H, W))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_SelfAttention", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.SelfAttention(SelfAttention)
### BEGIN HIDDEN TESTS
checks.SelfAttention(SelfAttention, seed=20934)
### END HIDDEN TESTS

# %% [markdown]
# **What it changes.** Take one pixel of a layer's output and ask autograd which input pixels it depends on:

# %%
my_attention = checks.or_reference(SelfAttention)


def reach(layer, size=16, channels=32):
    """How strongly the middle pixel of the output depends on each pixel of the input,
    (size, size)."""
    x = torch.randn(
        1, channels, size, size, generator=torch.Generator().manual_seed(0)
    ).requires_grad_(True)
    middle = layer(x)[0, :, size // 2, size // 2].square().sum()
    return torch.autograd.grad(middle, x)[0].abs().sum(dim=(0, 1))


convolution = PlainConvBlock(32, 32, 8).eval()
layers = {
    "3×3 convolution": lambda x: convolution(x, torch.zeros(1, 8)),
    "self-attention": my_attention(32),
}
figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for axis, (name, layer) in zip(axes, layers.items()):
    strength = reach(layer)
    shown = axis.imshow(strength.clamp(min=1e-6), norm="log")
    axis.set(
        title=f"{name}: {int((strength > 0).sum())} of 256 pixels",
        xlabel="column",
        ylabel="row",
    )
    figure.colorbar(shown, ax=axis, label="gradient, log scale")

# %% [markdown]
# The convolution sees 9 pixels, attention all 256 (the bright one in the middle is the residual connection). In the U-Net below your
# layer sits at the bottom, where it costs least. Our network gains little there, for the bottom is only 4×4 and a convolution or
# two sees all of it: the table in part ix has the measurement. At 16×16 and above, in larger networks, it is another matter.

# %% [markdown]
# ### The U-Net
#
# Now put the blocks together. `widths` are the channels at each level, the last one at the bottom. `patch=2` folds every 2×2
# pixels into 4 channels first, so the whole network runs on a 16×16 grid: a quarter of the work, which is what makes
# training on a laptop possible.

# %%
class Unet(nn.Module):
    """x (B, n_channels, H, W), t (B,) → (B, n_channels, H, W)."""

    def __init__(
        self,
        n_channels=1,
        embed_dim=4 * 32,
        widths=(64, 128, 256, 512, 1024),
        patch=1,
        blocks=None,
    ):
        super().__init__()
        conv, enc, dec, attention = blocks
        *levels, bottom = widths
        in_c = n_channels * patch**2
        self.time_mlp = nn.Sequential(
            SinusoidalPositionEmbeddings(embed_dim),
            nn.Linear(embed_dim, embed_dim),
            nn.GELU(),
            nn.Linear(embed_dim, embed_dim),
        )
        self.fold, self.unfold = nn.PixelUnshuffle(patch), nn.PixelShuffle(patch)
        self.down = nn.ModuleList(
            enc(a, b, embed_dim) for a, b in zip([in_c, *levels], levels)
        )
        self.bottom = conv(levels[-1], bottom, embed_dim)
        self.attention = attention(bottom)
        self.up = nn.ModuleList(
            dec(a, b, embed_dim) for a, b in zip([bottom, *levels[::-1]], levels[::-1])
        )
        self.head = nn.Conv2d(levels[0], in_c, 1)

    def forward(self, x, t):
        t, h, skips = self.time_mlp(t), self.fold(x), []
        for block in self.down:
            skip, h = block(h, t)
            skips.append(skip)
        h = self.attention(self.bottom(h, t))
        for block in self.up:
            h = block(h, skips.pop(), t)
        return self.unfold(self.head(h))


# %%
my_blocks = (
    checks.or_reference(ConvBlock, fallback=PlainConvBlock),
    checks.or_reference(EncBlock, fallback=PlainEncBlock),
    checks.or_reference(DecBlock, fallback=PlainDecBlock),
    checks.or_reference(SelfAttention, fallback=nn.Identity),
)
full_size = {"widths": (64, 128, 256, 512, 1024), "patch": 1}
laptop = {"widths": (32, 64, 128), "patch": 2}
size = here.pick(
    quick={"widths": (8, 32), "patch": 2}, cpu=laptop, gpu=full_size
)  # one line: put full_size here

untrained = Unet(**size, blocks=my_blocks).to(device)
with torch.no_grad():
    # the first call gives lazy layers their sizes
    output = untrained(x0.to(device), torch.zeros(64, device=device))
untrained = untrained.to(memory_format=torch.channels_last)
parameters = sum(p.numel() for p in untrained.parameters())
print(f"{parameters / 1e6:.2f} million parameters; output {tuple(output.shape)}")
drawings.draw_unet(size["widths"], 32, patch=size["patch"]);

# %% [markdown]
# ## vii · Train it
#
# The loop is Algorithm 1 as you have it above, wrapped by `helpers.training.train` with what a real run needs: a progress bar with the loss and
# the time left, a checkpoint (stop the cell whenever you like: run it again and it goes on from there), and an **average of
# the weights**. The last is in the paper too: sampling uses $\bar\theta \leftarrow d\,\bar\theta + (1-d)\,\theta$ with
# $d = 0.9999$, which looks back over ten thousand steps. A short run needs a shorter memory, so we take less.
#
# Two recipes, and your machine decides:
#
# | | paper (GPU) | laptop (CPU) | why the difference |
# |---|---|---|---|
# | network | 23 M parameters, 32×32 (the paper's for CIFAR-10: 35.7 M) | 0.43 M (with attention 0.50 M), 16×16 grid | about a twentieth of the time an image |
# | schedule | linear | cosine | no steps wasted on pure noise |
# | network predicts | noise $\varepsilon$ | the digit $x_0$ | see below |
# | $t$ | drawn evenly | more often in the middle | see below |
# | optimiser | Adam, 2e-4 | Muon, falling to 0 at the end | as good in half the steps; read `helpers/muon.py` one day |
# | average $d$ | 0.9999 (here 0.999) | 0.998 | a run of a few thousand steps |
# | steps of 64 | 4,700: five epochs of the full 60,000 digits | 3,000 | minutes |
#
# **What to predict.** Under heavy noise $\varepsilon$ is almost $x_t$ itself, and a network that copies its input scores well and learns little.
# So ask for what is hidden: $x_0$. Nothing is lost, for $x_t$ and $x_0$ give $\varepsilon$ back. With little noise it is the other way
# round, and $x_0$ is what can be copied; between the two lies the **velocity** $v = \sqrt{\bar\alpha_t}\,\varepsilon - \sqrt{1-\bar\alpha_t}\,x_0$
# ([arXiv:2202.00512](https://arxiv.org/abs/2202.00512)), which is $\varepsilon$ at one end and $-x_0$ at the other. The weights that ship predict it.
# Which of the three is best, nobody can tell you beforehand. Digits are simple, and in a run of minutes $x_0$ wins by far; in long
# ones the paper's $\varepsilon$ does as well.
#
# **Which $t$.** With hardly any noise there is nothing to mend, and beneath pure noise nothing to see. So the quick recipe draws $t$ as $1000\,\sigma(z)$ with
# $z \sim \mathcal N(0, 1)$ and the logistic function $\sigma$: the middle more often, the ends seldom ([arXiv:2403.03206](https://arxiv.org/abs/2403.03206), §3.1).
#
# **What buys the speed.** At full size, five epochs of all 60,000 digits take over two hours on two cores; yours takes minutes.
# Folding 2×2 pixels into channels leaves a quarter of the places to compute, and a narrower network does a fraction of
# the work in each. That buys *steps*. What is predicted, which $t$, the cosine schedule and Muon make each step teach more. Section ix has the figures.

# %%
from helpers.training import TrainConfig, algorithm_1, train

paper = TrainConfig(steps=4700, batch_size=64, lr=2e-4, prediction="noise", ema_decay=0.999)
hurried = TrainConfig(
    steps=3000,
    batch_size=64,
    lr=2e-3,
    lr_decay="tail",
    warmup=100,
    optimizer="muon",
    prediction="x0",
    times="logit-normal",
    ema_decay=0.998,
)
quick = TrainConfig(steps=20, batch_size=16, lr=2e-3, prediction="x0", ema_decay=0.9)
recipe = here.pick(quick=quick, cpu=hurried, gpu=paper)
schedule = here.pick(quick=cosine, cpu=cosine, gpu=linear)
print(
    f"{recipe.total_steps(len(images))} steps of {recipe.batch_size}; "
    f"the network predicts {recipe.prediction}"
)

# %% [markdown]
# **Where the checkpoint lives.** On your disk; in Colab on your Drive, if you say so below, because a Colab machine forgets
# everything. The next cell but one times a few steps before it starts, says how long the whole run takes *here*, and shortens it
# where that is more than your `MINUTES`.
#
# - `ON_DRIVE = True` mounts your Drive (Colab asks for your permission).
# - `USE_TRAINED = True` skips training and loads weights that ship with the course (a longer run of a wider network, which predicts $v$).
# - `START_AFRESH = True` throws your checkpoint away. (When you change a block or the loss, the run gets a file of its own.)

# %%
from dataclasses import replace

from helpers.checkpoint import kept

ON_DRIVE = False
USE_TRAINED = False
START_AFRESH = False

if ON_DRIVE:
    from google.colab import drive as google_drive

    google_drive.mount("/content/drive")
run_name, made_with = f"ddpm-{here.name}-{parameters}", (*my_blocks, my_loss)
checkpoint = kept(run_name, made_with, START_AFRESH)
checkpoint_younger = kept(run_name, made_with, START_AFRESH, ".younger")
print(
    f"{checkpoint.name}: "
    f"{'found, going on from there' if checkpoint.exists() else 'to be made'}"
)

# %%
from helpers.autoguidance import Autoguided, KeepYounger
from helpers.budget import fit_into

MINUTES = 10  # what you have: on a slower machine the run is made as short as that

if USE_TRAINED:
    model, schedule, prediction = pretrained.load_ddpm(device)
    younger, _, _ = pretrained.load_ddpm(device, "ddpm_digits_younger")
else:
    whole = recipe.total_steps(len(images))
    settings = replace(recipe, steps=whole, checkpoint=checkpoint, precision=here.precision)
    start = copy.deepcopy(untrained)  # so that this cell may be run again
    loss = algorithm_1(images, schedule, settings, device)
    settings = fit_into(MINUTES, start, loss, settings)  # times a few steps first
    keep = KeepYounger(max(1, settings.steps // 6), checkpoint_younger)  # for section ix
    result = train(start, images, schedule, settings, on_step=keep)
    model, prediction = result.model, recipe.prediction  # the average of the weights
    younger = keep.get(Unet(**size, blocks=my_blocks).to(device))
    plotting.plot_losses({f"your network, predicting {prediction}": result.losses})
schedule = schedule.to(device)  # from here on the schedule lives where the network does

# %% [markdown]
# The loss falls fast, then hardly at all, while the samples still get better for a long time: most of the squared error is
# what nobody could know of a digit beneath noise. Do not judge a diffusion model by its loss. And do not compare the losses of an
# $x_0$-network and an $\varepsilon$-network: they measure different things.

# %% [markdown]
# **Save and load, by hand.** `train` has written its checkpoint already. This is all there is to it when you need it elsewhere: a
# network's `state_dict`, a dictionary of tensors, goes to a file and back. Into the same architecture: the file holds no code.

# %%
from safetensors.torch import load_file, save_file

if not USE_TRAINED:
    weights_file = checkpoint.with_name("my_ddpm.safetensors")
    save_file(
        {name: value.contiguous() for name, value in model.state_dict().items()}, weights_file
    )
    again = Unet(**size, blocks=my_blocks).to(device)
    again.load_state_dict(load_file(weights_file, device=str(device)))
    print(
        f"{weights_file.name}: {weights_file.stat().st_size / 1e6:.1f} MB, "
        "loaded into a new network"
    )

# %% [markdown]
# ## viii · Sampling: Algorithm 2
#
# | | the paper, Algorithm 2 | the code |
# |---|---|---|
# | 1 | $x_T \sim \mathcal N(0, I)$ | `x = torch.randn(shape)` |
# | 2 | **for** $t = T, \dots, 1$ **do** | `for t in reversed(range(T)):` |
# | 3 | $z \sim \mathcal N(0, I)$ if $t > 1$, else $z = 0$ | `z = torch.randn(shape) if t > 0 else 0` |
# | 4 | $x_{t-1} = \frac{1}{\sqrt{\alpha_t}}\left(x_t - \frac{1-\alpha_t}{\sqrt{1-\bar\alpha_t}}\,\varepsilon_\theta(x_t,t)\right) + \sigma_t z$ | `x = ancestral_step(x, e, t, betas, z)`, with $\sigma_t = \sqrt{\beta_t}$ (§3.2) |
# | 6 | **return** $x_0$ | |
#
# <details><summary><b>Where line 4 comes from</b>, and where the loss does (a page; open it when you want to know)</summary>
#
# **The step back, if $x_0$ were known.** By Bayes' rule $q(x_{t-1}\mid x_t, x_0) \propto q(x_t \mid x_{t-1})\,q(x_{t-1}\mid x_0)$, two
# Gaussians in $x_{t-1}$. Precisions add: $\frac{\alpha_t}{\beta_t} + \frac{1}{1-\bar\alpha_{t-1}}
# = \frac{1-\bar\alpha_t}{\beta_t(1-\bar\alpha_{t-1})}$. So the variance is
# $\tilde\beta_t = \frac{1-\bar\alpha_{t-1}}{1-\bar\alpha_t}\beta_t$, and the mean, each Gaussian's weighted by its precision, is eq. 7:
#
# $$\tilde\mu_t(x_t, x_0) = \frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1-\bar\alpha_t}\,x_0 +
# \frac{\sqrt{\alpha_t}\,(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}\,x_t$$
#
# **It is not known, but the noise is guessed.** Eq. 4 solved for $x_0$ is $x_0 = (x_t - \sqrt{1-\bar\alpha_t}\,\varepsilon)/\sqrt{\bar\alpha_t}$.
# Put it in. The factor of $x_t$ becomes $\frac{\beta_t + \alpha_t - \bar\alpha_t}{\sqrt{\alpha_t}(1-\bar\alpha_t)} = \frac{1}{\sqrt{\alpha_t}}$,
# that of $\varepsilon$ becomes $-\frac{\beta_t}{\sqrt{\alpha_t}\sqrt{1-\bar\alpha_t}}$. That is eq. 11, the mean in line 4.
#
# **The loss.** As with a VAE, $-\log p_\theta(x_0)$ has an upper bound, a sum of KL divergences between $q(x_{t-1}\mid x_t,x_0)$ and the
# network's step (eq. 5). Both are Gaussian with fixed variances, so each is a squared distance of means (eq. 8), and with eq. 11 it is
#
# $$L_{t-1} = \mathbb E\Big[\underbrace{\tfrac{\beta_t^2}{2\sigma_t^2\,\alpha_t(1-\bar\alpha_t)}}_{w_t}
# \lVert\varepsilon - \varepsilon_\theta(x_t, t)\rVert^2\Big] + C \qquad\text{(eq. 12)}$$
#
# $L_\text{simple}$ leaves $w_t$ out (eq. 14). So the DDPM, too, is trained on a bound, re-weighted.
# </details>
#
# ### Exercise 5 · A forgotten weight
# *2 points · written · difficulty 2 of 5 · 10 minutes*
#
# $L_\text{simple}$ drops the weight $w_t = \beta_t^2/(2\sigma_t^2\,\alpha_t(1-\bar\alpha_t))$ of the bound. For the linear schedule and
# $\sigma_t^2 = \beta_t$, compute it at the indices $t = 0$, $300$ and $999$. Which noise levels count for more once it is dropped, and
# why may that give better pictures?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_weight", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# With σ² = β, w = β/(2 α (1-ᾱ)): 0.50 at t = 0, 0.0050 at t = 300, 0.0102 at t = 999. The bound counts the first steps a hundred times
# as much. Without the weight the low noise levels, where only imperceptible detail is left to remove, count for less, and the noisy
# levels, where the shape is decided, for more (§3.4 of the paper).
#
# **Rubric (2).** 1: the three numbers (10 % either way). 1: small t count for less, large t for more, with a reason in terms of
# what is decided there.
# ### END SOLUTION

# %% [markdown]
# ### Exercise C · One step back
# *4 points · difficulty 3 of 5 · 15 minutes*
#
# Write line 4, with $\sigma_t = \sqrt{\beta_t}$. Everything in it follows from `betas`: $\alpha_t = 1 - \beta_t$, and $\bar\alpha_t$ is
# the product of $\alpha_0 \dots \alpha_t$. `t` is one int for the whole batch. At `t = 0` no noise is added, whatever `z` is, and `z`
# may be `None`. Nothing is clipped here.

# %% nbgrader={"grade": false, "grade_id": "ancestral_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ancestral_step(x_t, e, t, betas, z):
    """x_{t-1}, line 4 of Algorithm 2 with σ_t = √β_t.

    x_t, the predicted noise e, and z: (B, C, H, W); t: an int in 0..T-1; betas: (T,).
    """
    ### BEGIN SOLUTION
    alpha, a_bar = 1 - betas[t], (1 - betas).cumprod(dim=0)[t]
    mean = (x_t - betas[t] / (1 - a_bar).sqrt() * e) / alpha.sqrt()
    return mean if t == 0 else mean + betas[t].sqrt() * z
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_ancestral_step", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
checks.ancestral_step(ancestral_step)
### BEGIN HIDDEN TESTS
checks.ancestral_step(ancestral_step, seed=20938)
### END HIDDEN TESTS

# %% [markdown]
# Two small helpers. `predict_noise` returns $\varepsilon$ whatever the network predicts. `clip_x0` does what the
# printed algorithm leaves out and the authors' code has: the noise prediction implies a clean image $x_0$, pixels live in
# [-1, 1], so the *implied $x_0$* is clipped, and $\varepsilon$ computed again from it.

# %%
@torch.no_grad()
def predict_noise(model, x, t):
    """The network's ε at x (B, 1, H, W), all at the same time index t."""
    t = torch.full((len(x),), t, device=x.device)
    with profile.autocast(device, here.precision):
        output = model(x, t).float()
    if prediction == "noise":
        return output
    a_bar = extract(schedule.alphas_cumprod, t, x.device)
    if prediction == "x0":
        return (x - a_bar.sqrt() * output) / (1 - a_bar).sqrt()
    return (1 - a_bar).sqrt() * x + a_bar.sqrt() * output  # from the velocity


def clip_x0(x, e, t):
    """Clip the x_0 that (x_t, ε) imply to [-1, 1]; return it, and the ε that then fits."""
    a_bar = schedule.alphas_cumprod[t]
    x0 = ((x - (1 - a_bar).sqrt() * e) / a_bar.sqrt()).clamp(-1, 1)
    return x0, (x - a_bar.sqrt() * x0) / (1 - a_bar).sqrt()


# %% [markdown]
# And the algorithm, round your step. It is a generator: it hands out every step, so that we can watch.

# %%
my_ancestral = checks.or_reference(ancestral_step)


def algorithm_2(model, shape, generator=None):
    """Yields (t, x_{t-1}, predicted x_0) for t = T-1 … 0."""
    x = torch.randn(shape, generator=generator).to(device)  # line 1
    for t in reversed(range(T)):  # line 2
        z = torch.randn(shape, generator=generator).to(device) if t > 0 else None  # line 3
        e = predict_noise(model, x, t)
        x0, e = clip_x0(x, e, t)
        x = my_ancestral(x, e, t, schedule.betas, z)  # line 4
        yield t, x, x0


# %%
started = time.perf_counter()
kept = []
walk = algorithm_2(model, (16, 1, 32, 32), torch.Generator().manual_seed(1))
for t, x, predicted in tqdm(walk, total=T, desc="sampling"):
    if t % 40 == 0 or t == T - 1:
        kept.append((t, x.cpu(), predicted.cpu()))
print(f"1000 steps for 16 digits: {time.perf_counter() - started:.0f} s")
plot_batch(x, title="your digits, out of noise");

# %% [markdown]
# <details><summary><b>My samples are grey noise, or grey squares.</b> Likely causes, in order</summary>
#
# 1. *The training was short.* Look at the number of steps under part vii: after a few hundred, most samples are blots. Run it longer, or
#    set `USE_TRAINED = True`: if digits appear now, your sampler is right.
# 2. *A check is not green.* A slip in **A** or **B** trains the network on the wrong task, a slip in **C** walks the wrong way. The
#    cells after an exercise say when they run on an answer that has not passed.
# 3. *Network and sampler speak of different things.* What predicts $x_0$ or $v$ must not be read as $\varepsilon$: `prediction` says which it is.
# 4. *The samples are not noise but far too bright or dark.* Then $x_t$ has left its track: see the next section.
# </details>

# %% [markdown]
# **One digit's way.** Above, what the sampler holds; below, what the network believes the digit to be. It decides on the
# rough shape early, from almost nothing, and spends the rest on detail.

# %%
moments = [kept[i] for i in torch.linspace(0, len(kept) - 1, 9).long()]
plotting.plot_trajectory([(f"t = {t}", x[:1], x0[:1]) for t, x, x0 in moments]);

# %% [markdown]
# The whole batch, animated: press play.

# %%
animate([x for _, x, _ in kept], [f"t = {t}" for t, _, _ in kept], columns=8)

# %% [markdown]
# ### Exercise 4 · Langevin again
# *4 points · written · difficulty 3 of 5 · 15 minutes*
#
# Put line 4 of Algorithm 2 beside the Langevin update of notebook 2, $x \leftarrow x + \alpha\,\nabla\log p(x) +
# \sqrt{2\alpha}\,z$. Write $\varepsilon_\theta$ as a score, and say what plays the part of the step size and of the noise.
# Where do the two differ?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_langevin", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# With s = -ε_θ/√(1-ᾱ_t), line 4 reads x ← (x + β_t s)/√α_t + √β_t z: a step along the score of size β_t, and noise of standard
# deviation √β_t. Langevin with step β_t would add √(2β_t) z, or with noise √β_t it would step by β_t/2: here the step along the score
# is twice as large for the same noise. One half, β_t s/2, with the noise is a Langevin step, which leaves the density at level t as it
# is. What takes the density from level t to t-1 is the rest: 1/√α_t ≈ 1 + β_t/2 undoes the forward process's drift (it had shrunk
# x), and the other half of β_t s undoes its diffusion. So this is the discretised reverse SDE, not Langevin dynamics at a fixed
# density. Other differences: the density changes with every step (t falls) and one step is made at each level; no noise
# is added at the end.
#
# **Rubric (4).** 1: ε_θ = -√(1-ᾱ_t) s. 1: step size ∝ β_t (1-α_t) along the score. 1: noise √β_t, and how it compares with
# √(2α) (or: the pairing differs by a factor of two). 1: another difference (rescaling by 1/√α_t, one step per level with a
# changing density, no noise at the last step).
# ### END SOLUTION

# %% [markdown]
# ### A widespread mistake: clamping $x_t$
#
# Much popular code clamps $x_t$ itself to [-1, 1] after each step, "because images live there". But $x_t$ is *not* an
# image: at $t = T$ it is standard normal noise, and a third of its pixels lie outside. Clamping them gives the network inputs
# that it never saw in training. Same network, same noise, same number of steps:

# %%
from helpers.sampling import final, sample


def draw(n, network=None, **how):
    how = {
        "prediction": prediction,
        "precision": here.precision,
        "generator": torch.Generator().manual_seed(2),
        **how,
    }
    return sample(network or model, schedule, (n, 1, 32, 32), **how)


n_rows = here.pick(quick=2, cpu=10, gpu=10)
rows, sizes = {}, {}
for label, clip in (
    ("clip the predicted x₀", "x0"),
    ("clamp x_t", "xt"),
    ("no clipping", None),
):
    steps = list(tqdm(draw(n_rows, clip=clip), total=T, desc=label))
    rows[label] = steps[-1].x.cpu()
    sizes[label] = [step.x.square().mean().sqrt().item() for step in steps]
plotting.plot_rows(rows);

# %% [markdown]
# The clamped row may still look like digits, but from the same noise most are other digits than in the rows above and below it. What went
# wrong, in numbers. Left: how much of the true $x_t$ lies outside [-1, 1]. Right: the size of $x_t$ along the way back, against what the
# forward process says it should be (dashed). The score is only right where $x_t$ has the right distribution; clamping leaves
# that track.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(12, 3.6), layout="constrained")
grid = list(range(0, T, 25))

outside, size_of = [], []
for t in grid:
    a_bar = schedule.alphas_cumprod[t]
    x_t = a_bar.sqrt() * many.to(device) + (1 - a_bar).sqrt() * torch.randn(many.shape).to(
        device
    )
    outside.append(100 * (x_t.abs() > 1).float().mean().item())
    size_of.append(x_t.square().mean().sqrt().item())
left.plot(grid, outside)
left.set(xlabel="t", ylabel="pixels outside [-1, 1] (%)", ylim=0)
for label, values in sizes.items():
    right.plot(range(T - 1, -1, -1), values, label=label)
right.plot(grid, size_of, "k--", label="forward process")
right.set(xlabel="t", ylabel="root mean square of $x_t$")
right.invert_xaxis()
right.legend();

# %% [markdown]
# ### Bonus · DDIM: twenty steps in place of a thousand
# *3 points · difficulty 4 of 5 · 25 minutes*
#
# Song, Meng and Ermon ([arXiv:2010.02502](https://arxiv.org/abs/2010.02502), eq. 12) noticed that the trained network also
# fits a process that may leave out steps, and need not be random. From $x_t$ and the predicted noise $\varepsilon$:
#
# 1. the predicted $x_0 = (x_t - \sqrt{1-\bar\alpha_t}\,\varepsilon)/\sqrt{\bar\alpha_t}$, clipped to [-1, 1], and
#    $\varepsilon$ computed again from it;
# 2. $\sigma = \eta\,\sqrt{(1-\bar\alpha_p)/(1-\bar\alpha_t)}\,\sqrt{1-\bar\alpha_t/\bar\alpha_p}$, where $p$ = `t_prev`;
# 3. $x_p = \sqrt{\bar\alpha_p}\,x_0 + \sqrt{1-\bar\alpha_p-\sigma^2}\,\varepsilon + \sigma z$.
#
# `t_prev = -1` means the clean image: $\bar\alpha_p = 1$. With $\eta = 0$ nothing is random, and `z` may be `None`.

# %% nbgrader={"grade": false, "grade_id": "ddim_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ddim_step(x_t, e, t, t_prev, alphas_cumprod, eta=0.0, z=None):
    """x at t_prev. x_t, e and z: (B, C, H, W); t and t_prev: ints; alphas_cumprod: (T,)."""
    ### BEGIN SOLUTION
    a_t = alphas_cumprod[t]
    a_p = alphas_cumprod[t_prev] if t_prev >= 0 else torch.ones_like(a_t)
    x0 = ((x_t - (1 - a_t).sqrt() * e) / a_t.sqrt()).clamp(-1, 1)
    e = (x_t - a_t.sqrt() * x0) / (1 - a_t).sqrt()
    sigma = eta * ((1 - a_p) / (1 - a_t)).sqrt() * (1 - a_t / a_p).sqrt()
    x = a_p.sqrt() * x0 + (1 - a_p - sigma**2).clamp(min=0).sqrt() * e
    return x if eta == 0 else x + sigma * z
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_ddim_step", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.ddim_step(ddim_step)
### BEGIN HIDDEN TESTS
checks.ddim_step(ddim_step, seed=20935)
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** The same starting noise, denoised in 5, 10, 20, 50 and 1000 steps. From how many on will you see no more
# difference in the *shape* of the digits? And will 1000 steps look better than 50?

# %%
from helpers.sampling import timesteps

my_step = checks.or_reference(ddim_step)


def ddim(n_steps, n=10, seed=2):
    x = torch.randn((n, 1, 32, 32), generator=torch.Generator().manual_seed(seed)).to(device)
    times = timesteps(T, n_steps)
    pairs = list(zip(times, [*times[1:], -1]))
    for t, t_prev in tqdm(pairs, desc=f"{n_steps} steps"):
        x = my_step(x, predict_noise(model, x, t), t, t_prev, schedule.alphas_cumprod)
    return x.cpu()


rows = {}
for n_steps in (5, 10, 20, 50, here.pick(quick=100, cpu=1000, gpu=1000)):
    started = time.perf_counter()
    images_made = ddim(n_steps)
    rows[f"{n_steps} steps, {time.perf_counter() - started:.2g} s"] = images_made
plotting.plot_rows(rows, title="DDIM with η = 0: the same noise and digits, fewer steps");

# %% [markdown]
# Most columns keep their digit from 20 steps on: without fresh noise the way is fixed by its start, and steps only follow it
# more closely. Five steps smear some. More than 50 change little, at twenty times the price.
#
# ## ix · How good is it?
#
# Looking is a start. To measure, feed real and generated digits to a small digit classifier, look at its last hidden layer,
# and compare the two clouds of points: their means and covariances give the **Fréchet distance** (FID,
# [arXiv:1706.08500](https://arxiv.org/abs/1706.08500)). Lower is better, but never zero: even real digits against other real
# digits give something, because both are samples. That **floor** belongs beside every FID, and so does the number of samples.
#
# The report's other lines: **KID** ([arXiv:1801.01401](https://arxiv.org/abs/1801.01401)) is another distance between the same two
# clouds, the squared maximum mean discrepancy with a cubic kernel; its estimate has no bias, so real digits are near 0 at any
# number of samples. **Legible** is the share of samples for which the classifier gives one digit a probability above 0.95.

# %%
n = here.pick(quick=200, cpu=500, gpu=2000)
fifty = {
    "method": "ddim",
    "eta": 1.0,
    "steps": here.pick(quick=5, cpu=50, gpu=50),
}  # η = 1: fresh noise mends old errors
made = final(draw(n, **fifty)).cpu()
print(evaluate.report(made))

# %% [markdown]
# **Does it copy?** A model that had memorised its training data would look superb and be useless. For each sample, the
# nearest of all training digits, pixel by pixel. They should be alike in kind, not the same.

# %%
_, nearest = evaluate.nearest_neighbours(made[:10], images)
plotting.plot_rows({"made": made[:10], "the nearest training digit": images[nearest[:, 0]]});

# %% [markdown]
# **A gift from your younger self.** Where the network is unsure, it averages: half a 3, half an 8. The copy that was put aside
# early in your training errs in the same places, only more. So at each step go on a little *in the direction from the younger one
# to the older*: $f + w\,(f - f_\text{younger})$, where $f$ and $f_\text{younger}$ are what the two predict at the same $x_t$ and $t$, and
# $w$, the `scale` below, says how far to go on: 0 is the network alone, 1 doubles the difference. This is **autoguidance**
# ([arXiv:2406.02507](https://arxiv.org/abs/2406.02507)): no more training, no labels, just a second evaluation a step.

# %%
if younger is None:
    print(
        "There is no younger copy beside your checkpoint: "
        "set START_AFRESH = True to train with one."
    )
    younger = model
better = final(draw(n, Autoguided(model, younger, scale=0.5), **fifty)).cpu()
print(evaluate.report(better))
beside = {"the network alone": made[:10], "guided by its younger self": better[:10]}
plotting.plot_rows(beside);

# %% [markdown]
# Compare the two reports. Measured on 1,000 samples after five minutes' worth of training, over three seeds, $w = 0.5$ takes the FID from 4.3 to 3.4 and the
# legible share from 0.88 to 0.92. Is that a gain? In the features of a second classifier, of another design, these samples lie 1.4 times as far from real
# digits as other real ones do, and guided 1.8 times: what one pair of eyes takes for better need not be.
#
# A network that predicts $v$, with $t$ drawn evenly, has more to mend: $w = 1$ takes it from 10.2 to 4.5. After twenty minutes' worth it gains nothing any more
# (4.8 beside 3.9, a difference within the intervals). The weights that ship are guided with $w = 0.5$: FID 1.9, and 3.6 without.
#
# The price of a large $w$: digits grow plain and alike, and the classes that the network likes crowd out the others. Watch *rarest,
# commonest class*. Notebook 4 meets the same bargain as the guidance scale.

# %% [markdown]
# **What do the choices buy?** “None of the technicalities really matters”, you will hear: any schedule, any norm, any optimiser will do.
# That is a claim, and it can be tested: the same short training run with one thing changed at a time, over several seeds. *Predict
# first*: which two of the changes below will cost most, and which will not be seen at all among the seeds? (Measured beforehand by
# `python benchmarks/ablation.py`; the file has the details.)

# %%
pretrained.ablation()

# %% [markdown]
# Read the last column: an interval that contains 0 shows no difference. So the claim is half right. The optimiser, the size of the patches and
# what the network predicts matter most in a run as short as this; the cosine schedule and residual connections hold too. Attention buys
# nothing that these seeds could show; the average of the weights even costs a little, for its memory is made for longer runs; and
# BatchNorm comes out no worse than GroupNorm, if anything a little better: the reasons for
# GroupNorm are good ones, but a run like this one does not show them. And
# 200 steps are a very short run: what holds early need not hold after 3,000.
#
# The table's recipe predicts $v$ and draws $t$ evenly. In the same short run, over three seeds, $x_0$ in its place takes 84 off the FID, and $t$ from
# the middle 34 (`benchmarks/weighting.py`): so yours has both.

# %% [markdown]
# ## x · Final thoughts: is it about noise at all?
#
# You destroyed images with noise and learnt to undo it. **Cold diffusion** ([arXiv:2208.09392](https://arxiv.org/abs/2208.09392))
# asks whether noise is needed: *any* gradual destruction $D(x_0, s)$ can be learnt backwards, even one without chance. Blur,
# for example. Train a network $R(x_s, s) \approx x_0$, then walk back with their Algorithm 2:
#
# $$x_{s-1} = x_s - D(R(x_s, s), s) + D(R(x_s, s), s-1)$$

# %%
S = 12  # levels of blur


def blur_once(x):
    kernel = (
        torch.tensor([1.0, 2.0, 1.0]).outer(torch.tensor([1.0, 2.0, 1.0])).div(16).to(x.device)
    )
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel[None, None])


def levels_of(x):
    """D(x, s) for s = 0 … S, as (S+1, B, 1, H, W)."""
    stack = [x]
    for _ in range(S):
        x = blur_once(blur_once(x))
        stack.append(x)
    return torch.stack(stack)


drawings.draw_chain(
    list(levels_of(x0[:1])[::2]),
    [f"s = {s}" for s in range(0, S + 1, 2)],
    "blur",
    "learn to undo it",
);

# %%
restorer = Unet(
    **here.pick(quick={"widths": (8, 16), "patch": 2}, cpu=laptop, gpu=laptop),
    blocks=my_blocks,
).to(device)
optimiser = torch.optim.AdamW(restorer.parameters(), lr=2e-3)
stacks = levels_of(images[:2000].to(device))
for _ in tqdm(range(here.pick(quick=5, cpu=250, gpu=1000)), desc="training"):
    rows_ = torch.randint(0, stacks.shape[1], (64,), device=device)
    s = torch.randint(1, S + 1, (64,), device=device)
    loss = F.l1_loss(
        restorer(stacks[s, rows_], s * (T // S)), stacks[0, rows_]
    )  # in float32: no loss scaling needed
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
print(f"mean absolute error of the restored pixels: {loss:.3f}")

# %%
test_images, _ = load_digits("test")
D = levels_of(test_images[:10].to(device))
restorer.eval()
x = D[S]
with torch.no_grad():
    for s in range(S, 0, -1):
        guess = restorer(x, torch.full((10,), s * (T // S), device=device)).clamp(-1, 1)
        again = levels_of(guess)
        x = x - again[s] + again[s - 1]
plotting.plot_rows(
    {
        "blurred (never seen in training)": D[S].cpu(),
        "walked back": x.cpu(),
        "the original": D[0].cpu(),
    }
);

# %% [markdown]
# No noise anywhere, and it works after a short training. But the blurred digit still holds most of the answer: this
# *restores*. To *generate* from nothing, the end of the chain must be something you can draw from scratch, and for that,
# Gaussian noise is hard to beat.
#
# **You now have** the forward process, the objective, the network, both samplers and a measure of quality, all of it yours.
# Notebook 4 moves the same idea into a latent space, adds words, and makes pictures to order.
