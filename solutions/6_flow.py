# %% [markdown]
# # 6 · Flow: one field, three ways; likelihood; few steps
#
# A DDPM walks from noise to a picture in many small random steps. Today the walk becomes a **flow**: a field of velocities that
# carries noise to pictures along smooth curves, with no chance on the way. It is simpler to train, it can be followed by any
# solver of differential equations, it says how *probable* a picture is, and it can be straightened until one to four steps do.
#
# | | part | minutes to read | exercises |
# |---|---|---|---|
# | 1 | flow matching, in the plane and on digits | 20 | the loss; two solvers |
# | 2 | one field, three ways: score, noise, velocity | 10 | velocity from the score |
# | 3 | likelihood | 15 | a divergence by chance; bits |
# | 4 | few steps, and the challenge | 15 | in words |
# | 5 | a transformer in the U-Net's place | 15 | patches; a bonus |
#
# The papers: flow matching ([arXiv:2210.02747](https://arxiv.org/abs/2210.02747)), rectified flow
# ([arXiv:2209.03003](https://arxiv.org/abs/2209.03003)), score SDEs ([arXiv:2011.13456](https://arxiv.org/abs/2011.13456)),
# DiT ([arXiv:2212.09748](https://arxiv.org/abs/2212.09748)).

# %%
import math
import time

import torch
import torch.nn.functional as F
from torch import nn
from tqdm.auto import tqdm

from helpers import (
    checks,
    densities,
    evaluate,
    few_steps,
    flow,
    flow_model,
    flow_training,
    likelihood,
    pretrained,
    profile,
)
from helpers.budget import fit_into
from helpers.checkpoint import kept
from helpers.data import load_digits
from helpers.figures import flow as figures
from helpers.figures import plotting
from helpers.figures.plotting import plot_rows
from helpers.fit import fit
from helpers.mixture_flow import MixtureFlow

plotting.use_course_style()
here = profile.current()
print(
    f"Running on: {here}. Run All takes "
    f"{here.pick(quick='well under a minute', cpu='5 to 7 minutes', gpu='a few minutes')}."
)
torch.manual_seed(0);

# %% [markdown]
# ## 1 · Flow matching
#
# Take a picture and some noise, and draw a straight line between them:
#
# $$x_t = (1-t)\,\text{noise} + t\,\text{data}, \qquad t \in [0, 1], \qquad \frac{dx_t}{dt} = \text{data} - \text{noise}.$$
#
# A network $v_\theta(x_t, t)$ learns to name that velocity from the place and the time alone. It cannot be right: many lines cross at
# one place. What it learns is their **mean**, $v(x, t) = \mathbb E[\text{data} - \text{noise} \mid x_t = x]$. And that is enough: whoever
# starts in noise and follows $dx/dt = v(x, t)$ ends up distributed like the data (arXiv:2210.02747, theorem 1).
#
# > **Whose $t$?** Here t = 0 is noise and t = 1 is data. A DDPM counts the other way, in steps: its $x_k = \sqrt{\bar\alpha}\,x_0 +
# > \sqrt{1-\bar\alpha}\,\varepsilon$ lies on our line after division by $\sqrt{\bar\alpha} + \sqrt{1-\bar\alpha}$, at
# > $t = \sqrt{\bar\alpha}/(\sqrt{\bar\alpha} + \sqrt{1-\bar\alpha})$. Stable Diffusion 3 runs from data (t = 0) to noise (t = 1): its t is our
# > $1-t$, its velocity ours with the sign turned. EDM writes $x = \text{data} + \sigma\,\text{noise}$: divide by $1 + \sigma$, and $t = 1/(1+\sigma)$.
# > Before you compare two papers, find out which end is noise.
#
# In the plane, with eight blobs as the data, the field is known exactly. So are its paths:

# %%
blobs = densities.eight_blobs()
exact = MixtureFlow(blobs)
g = torch.Generator().manual_seed(1)
noise, data = torch.randn(60, 2, generator=g), blobs.sample(60, g)
pairs = torch.stack(
    [flow.interpolate(data, noise, torch.full((60,), t / 50)) for t in range(51)]
)
paths = torch.stack(
    [
        x
        for _, x in flow.walk(
            exact.velocity, noise, torch.linspace(0, 1, 51, dtype=torch.float64)
        )
    ]
)
figures.plot_paths(
    {
        "random pairs: straight, and they cross": pairs,
        "the flow: bent, and they do not": paths,
    },
    4,
    blobs.sample(800, g),
);

# %% [markdown]
# Both panels start from the same dots. On the right no two points are ever at one place at one time: there the field has one velocity, and they
# would go on together. Where straight lines would meet, the paths turn away from each other, and so they bend. First of all they head for the middle: pure
# noise tells nothing of its data, so at t = 0 the velocity is the mean of all data less $x$.

# %% [markdown]
# ### Exercise · The loss
# *3 points · difficulty 2 of 5 · 10 minutes*
#
# Write `flow_matching_loss(model, data, noise, t)`: make $x_t$, ask `model(x_t, t)`, and return **the mean over batch and dimensions** of
# the squared difference to data − noise. It has to work for points (B, D) and for images (B, C, H, W): `t` is (B,), one time
# a sample, and goes to the model as it is; $x_t$ goes there in the dtype of the data.

# %% nbgrader={"grade": false, "grade_id": "flow_matching_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def flow_matching_loss(model, data, noise, t):
    """The flow-matching loss, a scalar that carries the gradient.

    model(x_t, t) → like x_t; data, noise: (B, D) or (B, C, H, W);
    t: (B,) in [0, 1], 0 is noise.
    """
    ### BEGIN SOLUTION
    s = t.reshape(-1, *[1] * (data.ndim - 1))
    x_t = (1 - s) * noise + s * data
    return (model(x_t, t) - (data - noise)).square().mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_flow_matching_loss", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.flow_matching_loss(flow_matching_loss)
### BEGIN HIDDEN TESTS
checks.flow_matching_loss(flow_matching_loss, seed=60931)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise · Two solvers
# *2 and 3 points · difficulty 1 and 2 of 5 · 15 minutes*
#
# Now follow the field from t = 0 to t = 1 in `steps` equal steps of length $h = 1/\text{steps}$.
#
# - **Euler** keeps the velocity that it finds at the start of the step: $x \leftarrow x + h\,v(x, t)$.
# - **Heun** goes there, asks again, and takes the mean of the two:
#   $x \leftarrow x + \tfrac h2\,\big(v(x, t) + v(x + h\,v(x, t),\ t + h)\big)$, in every step, the last too.
#
# `velocity(x, t)` wants `t` of shape (B,), and both in the dtype in which x came. Return the last x, and leave the one you were given as it was.

# %% nbgrader={"grade": false, "grade_id": "euler_solve", "locked": false, "schema_version": 3, "solution": true, "task": false}
def euler_solve(velocity, x, steps):
    """Follow dx/dt = velocity(x, t), t (B,), from t = 0 to 1 in `steps` Euler steps;
    returns the last x, like x (B, …)."""
    ### BEGIN SOLUTION
    for i in range(steps):
        t = x.new_full((len(x),), i / steps)
        x = x + velocity(x, t) / steps
    return x
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_euler_solve", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.euler_solve(euler_solve)
### BEGIN HIDDEN TESTS
checks.euler_solve(euler_solve, seed=60932)
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "heun_solve", "locked": false, "schema_version": 3, "solution": true, "task": false}
def heun_solve(velocity, x, steps):
    """As euler_solve, by Heun's method: two evaluations in each step."""
    ### BEGIN SOLUTION
    h = 1 / steps
    for i in range(steps):
        t = x.new_full((len(x),), i * h)
        first = velocity(x, t)
        second = velocity(x + h * first, t + h)
        x = x + h * (first + second) / 2
    return x
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_heun_solve", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.heun_solve(heun_solve)
### BEGIN HIDDEN TESTS
checks.heun_solve(heun_solve, seed=60933)
### END HIDDEN TESTS

# %% [markdown]
# How good are they? On the exact field, against scipy's Runge-Kutta solver, which chooses its own steps. With twice as many steps Euler
# should halve its error and Heun quarter it: slopes of 1 and 2.

# %%
my_euler, my_heun = checks.or_reference(euler_solve), checks.or_reference(heun_solve)
start = noise.double()
end, calls = flow.adaptive_solve(exact.velocity, start, rtol=1e-9, atol=1e-9)
counts = [80, 160, 320, 640]
errors = {
    name: (
        counts,
        [(solve(exact.velocity, start, n) - end).abs().max().item() for n in counts],
    )
    for name, solve in (("Euler", my_euler), ("Heun", my_heun))
}
figures.plot_orders(errors)
print(f"scipy's solver asked for the velocity {calls} times, with a tolerance of 1e-9 a step.")

# %% [markdown]
# ### On digits
#
# The network is a U-Net like the one you wrote in notebook 3 (`helpers.unet`, 0.6 million parameters, on a 16×16 grid of 2×2 patches), and the
# settings are those of notebook 3. Two things are new. The times are not uniform: the sigmoid of a normal number falls into the middle more often, where the work is
# ([arXiv:2403.03206](https://arxiv.org/abs/2403.03206)). And the grey levels are **dequantised**, spread evenly over their cells; for
# the looks it makes no difference, for section 3 it does. As in notebook 3 you may stop the cell: it goes on from its checkpoint, after a
# restart too, and what is finished is not trained again.

# %%
images, labels = load_digits("train")
held_out, _ = load_digits("test")
my_loss = checks.or_reference(flow_matching_loss)

size = here.pick(quick={"widths": (8, 16)}, cpu={}, gpu={"widths": (64, 128, 256)})
steps = here.pick(quick=10, cpu=1800, gpu=4000)
MINUTES = 8  # what you have: on a slower machine the run is made as short as that
START_AFRESH = False  # True: throws your checkpoint away
model = flow_model.flow_unet(seed=0, **size).to(here.device)
step_loss = flow_training.matching(images, my_loss)
checkpoint = kept(f"flow-{here.name}", [my_loss], START_AFRESH)
settings = flow_training.settings(steps, precision=here.precision, checkpoint=checkpoint)
settings = fit_into(MINUTES, model, step_loss, settings)  # times a few steps first
result = fit(model, step_loss, settings)
mine = result.model.cpu()
plotting.plot_losses({"flow matching": result.losses}, smooth=min(50, settings.steps // 2));

# %% [markdown]
# As ever, most of the loss is what nobody can know: many lines pass through one place, and this sample's is only one of them. Near the noise the
# network can say little more than the mean; near the picture it can nearly say all. Watch it:

# %%
digit, e = held_out[7:8], torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(2))
figures.plot_levels(mine, digit, e, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9]);

# %% [markdown]
# Above, $x_t$ on its way from noise to one digit. Below, $x_t + (1-t)\,v(x_t, t)$, where the velocity points: at t = 0 the mean of all
# digits, a blur, and then a choice that is made early. Now follow it, from the same noise each time:

# %%
z = torch.randn(10, 1, 32, 32, generator=torch.Generator().manual_seed(3))
rows = {}
with torch.no_grad():
    for label, solve, n in (
        ("Euler, 5 steps", my_euler, 5),
        ("Euler, 20 steps", my_euler, 20),
        ("Heun, 10 steps", my_heun, 10),
    ):
        rows[f"{label}: {n * (1 + (solve is my_heun))} evaluations"] = solve(mine, z, n)
plot_rows(rows, title="your flow: same noise, same digits");

# %% [markdown]
# **How good is it?** The Fréchet distance (FID) in a digit classifier's features, with its interval, and what as many real digits give; *legible* is the share
# of samples for which the classifier gives one digit a probability above 0.95. Yours, and the flow
# that ships with the course (the same network and recipe, for longer):

# %%
n_made = here.pick(quick=130, cpu=500, gpu=1000)
teacher = flow_model.load_flow()
both = {"your flow": mine, "the shipped flow": teacher}
for name, network in tqdm(both.items(), desc="drawing and measuring"):
    made = flow_model.draw(network, n_made, here.pick(quick=2, cpu=20, gpu=20))
    print(f"{name}, 20 Euler steps\n{evaluate.report(made, splits=2)}\n")

# %% [markdown]
# And beside the DDPM of notebook 3, the same network after as many steps of training (measured beforehand by
# `python benchmarks/flow.py few tables`):

# %%
pretrained.comparison("flow_digits")

# %% [markdown]
# Why is the DDPM ahead of the plain flow? Not because of the solver: 50 steps of Euler's method are hardly better than 20, and Heun's, which follows
# the path more closely, is worse. The path itself is off, as the network is after a short training. The DDPM's sampler adds fresh noise at
# each of its 50 steps, and with it the network mends its own early errors; the flow keeps them.
#
# So give the flow some fresh noise, too. At each step, $x_t$ and $v$ name both ends of the line that the point is on: the picture $x_t + (1-t)\,v$
# and the noise $x_t - t\,v$. Before the next step, a share of $0.6^2$ of that noise's variance is replaced by new noise (0.6 was the best of 0, 0.3, 0.6
# and 0.9). That is the row *fresh noise*: 20 evaluations reach what the DDPM reaches in 50. At 4 steps it does not help. And
# one thing is lost by it: the plain flow's picture is a function of its noise, and sections 2 to 4 live on that.
#
# One training of each could be luck. So here are three of each, as long as the run above on a processor (by `python benchmarks/flow.py live tables`):

# %%
pretrained.comparison("flow_digits", "live")

# %% [markdown]
# Compare like with like. With fresh noise, the flow's 20 evaluations are ahead of the DDPM's 50, with each of the three seeds. Without it (η = 0), both are
# worse, and the flow is ahead again. So after as much training the flow needs fewer than half as many evaluations.

# %% [markdown]
# ## 2 · One field, three ways
#
# Score, noise and velocity say the same. Call $p_t$ the density of $x = (1-t)\,\text{noise} + t\,\text{data}$. Two means follow:
#
# - of the noise, by Tweedie's formula (notebook 2): $\mathbb E[\text{noise} \mid x] = -(1-t)\,\nabla \log p_t(x)$;
# - of the data, because the two parts add up to $x$: $t\,\mathbb E[\text{data} \mid x] = x - (1-t)\,\mathbb E[\text{noise} \mid x]$.
#
# ### Exercise · The velocity from the score
# *2 points · difficulty 2 of 5 · 10 minutes*
#
# Put the two means together, and show that
#
# $$v(x, t) = \frac{x + (1-t)\,\nabla\log p_t(x)}{t}.$$
#
# Write `velocity_from_score(score, x, t)` for points and images, t (B,) in (0, 1].

# %% nbgrader={"grade": false, "grade_id": "velocity_from_score", "locked": false, "schema_version": 3, "solution": true, "task": false}
def velocity_from_score(score, x, t):
    """The velocity at x from the score there;
    score, x: (B, D) or (B, C, H, W), t: (B,) in (0, 1]."""
    ### BEGIN SOLUTION
    t = t.reshape(-1, *[1] * (x.ndim - 1))
    return (x + (1 - t) * score) / t
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_velocity_from_score", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.velocity_from_score(velocity_from_score)
### BEGIN HIDDEN TESTS
checks.velocity_from_score(velocity_from_score, seed=60934)
### END HIDDEN TESTS

# %%
my_velocity = checks.or_reference(velocity_from_score)
x = torch.randn(1000, 2, dtype=torch.float64)
for t in (0.1, 0.5, 0.9):
    found = my_velocity(exact.score(x, t), x, torch.full((1000,), t, dtype=torch.float64))
    print(
        f"t = {t}: largest difference to the mean over pairs "
        f"{(found - exact.velocity(x, t)).abs().max():.1e}"
    )

# %% [markdown]
# **So a DDPM is a flow.** Its score defines an ordinary differential equation, the **probability-flow ODE** (arXiv:2011.13456, eq. 13):
# $dx = -\tfrac12\beta\,(x + \nabla\log p)\,dk$, where $k$ is the DDPM's step and $\beta$ its schedule. Its curves are those of a flow, in other
# units. `DDPMFlow` wraps the network that ships with notebook 3, untouched, as a velocity in our $t$. Then any solver will do,
# scipy's too:

# %%
from helpers.probability_flow import DDPMFlow, sde_solve

ddpm, schedule, prediction = pretrained.load_ddpm()
as_flow = DDPMFlow(ddpm, schedule, prediction)
tolerance = here.pick(quick=0.5, cpu=1e-2, gpu=1e-3)
with torch.no_grad():
    exactly, calls = flow.adaptive_solve(as_flow, z, rtol=tolerance, atol=tolerance)
    rows = {f"scipy's solver, {calls} evaluations": exactly}
    for n in here.pick(quick=(2,), cpu=(10, 30), gpu=(10, 30)):
        for name, solve, count in (("Euler", my_euler, n), ("Heun", my_heun, n // 2)):
            made = solve(as_flow, z, count)
            away = (made - exactly).abs().mean()
            rows[f"{name}, {n} evaluations: {away:.3f} a pixel from scipy's"] = made
plot_rows(rows);

# %% [markdown]
# Compare rows with as many evaluations: here Euler's pictures are nearer to scipy's than Heun's, at 10 and at 30. The order of a method says how fast its
# error falls with more steps, not how large it is at few.
#
# **ODE or SDE?** The flow keeps its densities $p_t$ if you add noise and pull it back by the score as much:
# $dx = (v + \tfrac12 g^2\,\nabla\log p_t)\,dt + g\,dw$, for any $g$. Here $dw$ is fresh noise of variance $dt$, so this is a *stochastic*
# differential equation (SDE). With $g = 0$ it is the ODE, and the picture is a function of its noise. With noise on the way it is not, and
# errors made early are forgotten. Two runs of each, from the same start:

# %%
n_sde = here.pick(quick=3, cpu=40, gpu=100)
rows = {}
with torch.no_grad():
    for run in (1, 2):
        rows[f"ODE, run {run}"] = sde_solve(
            as_flow, z, n_sde, torch.Generator().manual_seed(run), amount=0.0
        )
        rows[f"SDE, run {run}"] = sde_solve(
            as_flow, z, n_sde, torch.Generator().manual_seed(run), amount=1.0
        )
plot_rows(dict(sorted(rows.items())));

# %% [markdown]
# ## 3 · Likelihood
#
# How probable is this picture? A GAN cannot say, a VAE and a DDPM give a bound. A flow says it exactly. Along the path the log-density of
# the moving point changes by minus the divergence of the velocity (the **instantaneous change of variables**,
# [arXiv:1806.07366](https://arxiv.org/abs/1806.07366), eq. 8): where the flow spreads, density thins. So go backwards from the picture
# $x = x_1$ to its noise $x_0$ (t = 0 is noise here), and add up:
#
# $$\ln p(x) = \ln \mathcal N(x_0; 0, I) - \int_0^1 \operatorname{div} v(x_t, t)\,dt.$$
#
# The divergence is the trace of the Jacobian $\partial v/\partial x$: for 1,024 pixels, 1,024 derivatives. **Hutchinson's estimator** needs one:
# for a random probe with $\mathbb E[\text{probe}\,\text{probe}^\top] = I$, such as random signs, $\mathbb E[\text{probe}^\top\,\tfrac{\partial v}{\partial x}\,\text{probe}]$ is the trace.
#
# ### Exercise · A divergence by chance
# *3 points · difficulty 3 of 5 · 15 minutes*
#
# Write `hutchinson_divergence(velocity, x, t, probe)` → (B,): probe · (∂v/∂x) probe, summed over a sample's dimensions. One
# vector-Jacobian product does it. It must work when the caller has switched gradients off (`torch.no_grad`), and leave x as it
# was, its `requires_grad` too.

# %% nbgrader={"grade": false, "grade_id": "hutchinson_divergence", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hutchinson_divergence(velocity, x, t, probe):
    """An estimate of the divergence of velocity(x, t) at each sample, (B,);
    x, probe: (B, D) or (B, C, H, W), t: (B,)."""
    ### BEGIN SOLUTION
    with torch.enable_grad():
        leaf = x.detach().requires_grad_()
        (product,) = torch.autograd.grad(velocity(leaf, t), leaf, probe)
    return (product * probe).flatten(1).sum(1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_hutchinson_divergence", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.hutchinson_divergence(hutchinson_divergence)
### BEGIN HIDDEN TESTS
checks.hutchinson_divergence(hutchinson_divergence, seed=60935)
### END HIDDEN TESTS

# %%
my_divergence = checks.or_reference(hutchinson_divergence)
moons = densities.moons()
moon_flow = MixtureFlow(moons)
x = moons.sample(200, torch.Generator().manual_seed(4)).double()
found = likelihood.log_likelihood(moon_flow.velocity, x, steps=100)
print(
    f"exact trace: at most {(found - moons.log_density(x)).abs().max():.4f} nat from the true "
    "log-density, over 200 points"
)

one = x[:1].expand(2000, 2)
probes = likelihood.rademacher((2000, 2), torch.Generator().manual_seed(6)).double()
by_chance = likelihood.log_likelihood(
    moon_flow.velocity, one, 100, divergence=lambda v, y, t: my_divergence(v, y, t, probes)
)
error = 1.96 * by_chance.std() / math.sqrt(2000)
print(
    f"one point, 2,000 probes: {by_chance.mean():.3f} ± {error:.3f} nats; "
    f"exactly {moons.log_density(x[:1]).item():.3f}"
)

# %% [markdown]
# ### Exercise · Bits
# *2 points · difficulty 3 of 5 · 10 minutes*
#
# Pixels are whole numbers k = 0 … 255, and a density on whole numbers could be made as high as one likes. So each k is spread over its cell:
# $y = (k + u)/128 - 1$ with u uniform in [0, 1). On average over u, the logarithm of density times
# size of the cell is at most that of the probability of k. Take it for that probability, and write `bits_per_dim(log_likelihood, dims)` → (B,):
# the **bits a dimension** of k, from the log-density of y in nats, summed over `dims` dimensions.

# %% nbgrader={"grade": false, "grade_id": "bits_per_dim", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bits_per_dim(log_likelihood, dims):
    """Bits a dimension of k, (B,),
    from the log-density (B,) in nats of y = (k + u)/128 - 1, summed over dims."""
    ### BEGIN SOLUTION
    return -(log_likelihood - dims * math.log(128)) / (dims * math.log(2))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_bits_per_dim", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.bits_per_dim(bits_per_dim)
### BEGIN HIDDEN TESTS
checks.bits_per_dim(bits_per_dim, seed=60936)
### END HIDDEN TESTS

# %% [markdown]
# Now real digits under the shipped flow, those it was trained on and those it never saw, with the error bar of their mean. Beside them
# the variational bound of notebook 3's DDPM (arXiv:2006.11239, eq. 5), whose many terms are sampled in proportion to their size
# (arXiv:2102.09672, eq. 18).

# %%
from helpers.bound import variational_bound

my_bits, dims = checks.or_reference(bits_per_dim), 32 * 32
n_bits, n_solve = here.pick(quick=4, cpu=48, gpu=200), here.pick(quick=2, cpu=20, gpu=100)


def digit_bits(pictures, seed=0):
    g = torch.Generator().manual_seed(seed)
    y = likelihood.dequantise(likelihood.to_levels(pictures), g)
    return my_bits(
        likelihood.log_likelihood(
            teacher, y, n_solve, probe=likelihood.rademacher(y.shape, g)
        ),
        dims,
    )


def mean_and_error(values):
    return f"{values.mean():.3f} ± {1.96 * values.std() / math.sqrt(len(values)):.3f}"


for name, pictures in (("trained on", images[:n_bits]), ("held out", held_out[:n_bits])):
    levels = likelihood.to_levels(pictures) / 127.5 - 1
    bound = variational_bound(
        ddpm,
        schedule,
        levels,
        prediction,
        here.pick(quick=2, cpu=20, gpu=50),
        torch.Generator().manual_seed(0),
    )
    print(
        f"{name:11} flow {mean_and_error(digit_bits(pictures))} bits a pixel, "
        f"DDPM's bound {mean_and_error(bound.total)}"
    )

# %% [markdown]
# If it had learnt digits by heart, those it was trained on would need fewer bits than those it never saw: compare the two rows, and mind their
# error bars. A perfect model of uniform noise needs 8 bits a pixel. `python benchmarks/flow.py bits` measures more digits with finer steps.
#
# Why does the DDPM need fewer bits, though its figure is only a bound? It is a larger network, trained longer. And its last step is made for whole
# numbers (arXiv:2006.11239, eq. 13): whatever it puts below black counts as black. The flow's density spills over that edge too, and there it is lost.
#
# **Three mistakes that people make**, each with its number on the same held-out digits:

# %%
y = likelihood.dequantise(
    likelihood.to_levels(held_out[:n_bits]), torch.Generator().manual_seed(0)
)
probe = likelihood.rademacher(y.shape, torch.Generator().manual_seed(1))
right = likelihood.log_likelihood(teacher, y, n_solve, probe)
raw = likelihood.log_likelihood(
    teacher, likelihood.to_levels(held_out[:n_bits]) / 128 - 1, n_solve, probe
)
uniform = torch.rand(
    y.shape, generator=torch.Generator().manual_seed(1)
)  # mean ½, and E[probe probeᵀ] is not I
biased = likelihood.log_likelihood(teacher, y, n_solve, uniform)
for name, value in (
    ("as it should be", my_bits(right, dims)),
    ("levels not dequantised", my_bits(raw, dims)),
    ("the scale of y forgotten", my_bits(right, dims) - 7),
    ("a probe from [0, 1)", my_bits(biased, dims)),
):
    print(f"{name:26} {mean_and_error(value)}")

# %% [markdown]
# A biased probe invents bits, a forgotten scale gives a number below zero, which no count of bits can be. Dequantisation hardly shows here: this network
# is too smooth to notice single grey levels. The better a model, the more it matters: one that puts a spike on each level would reach any likelihood.
#
# **A better likelihood is not a better picture.** Mix the flow with pure rubbish: in 99 of 100 cases uniform noise, in one the
# flow. No picture loses more than $\ln 100$ nats by that ([arXiv:1511.01844](https://arxiv.org/abs/1511.01844), §3.2):

# %%
rubbish = torch.full(
    (n_bits,), -dims * math.log(2), dtype=torch.float64
)  # ½ a dimension on [-1, 1)
mixed = torch.logaddexp(right + math.log(0.01), rubbish + math.log(0.99))
print(
    f"the flow {my_bits(right, dims).mean():.4f} bits a pixel, "
    f"the mixture {my_bits(mixed, dims).mean():.4f}"
)
print(
    f"at most ln 100 nats = {math.log(100) / (dims * math.log(2)):.4f} bits a pixel, "
    "and 99 of its 100 samples are noise"
)

# %% [markdown]
# ## 4 · Few steps
#
# Why does Euler need twenty steps? Because paths bend. How far, at worst, is a point on its path from one that goes straight and evenly
# between the same ends, in parts of their distance? Three ways out:
#
# - **Reflow** (arXiv:2209.03003): draw noise, let the flow make a picture of it, and train again on these pairs. They do not cross, so
#   the mean at each place is nearly each pair's own velocity, and the new flow is straighter.
# - **Consistency tuning** ([arXiv:2406.14548](https://arxiv.org/abs/2406.14548)): let the network name the path's *end*, $x + (1-t)\,v(x, t)$,
#   the same from everywhere on the path. The target is its own answer from a place nearer to the data; first the data
#   itself (that is flow matching), then half way, a quarter of the way, and so on. In two steps or four, the end is noised anew in between, and named
#   again; so the digits part from the flow's.
# - **Jumps**: leave the bends, and let the network learn where they lead. Follow the flow in 20 small steps, write down where it is
#   at t = 0, ¼, ½, ¾ and 1, and train on these places alone: from each to the next in one step. It is reflow, a window of time at a time
#   ([arXiv:2405.07510](https://arxiv.org/abs/2405.07510)), and good for just these four steps.
#
# In the plane first, where two small networks are trained in well under a minute: a flow, and the same one reflowed.

# %%
def plane_flow(draw_pairs, steps):
    """A small network for the plane,
    trained by your loss on what draw_pairs(generator) gives, (data, noise)."""

    def loss(network, step, g):
        return my_loss(network, *draw_pairs(g), torch.rand(256, generator=g))

    settings = flow_training.settings(steps, optimizer="adam", precision="fp32")
    return fit(flow_model.PlaneFlow(), loss, settings).model


n_plane = here.pick(quick=20, cpu=1500, gpu=1500)
first = plane_flow(lambda g: (blobs.sample(256, g), torch.randn(256, 2, generator=g)), n_plane)

# %%
made_of, made = few_steps.draw_pairs(
    first, torch.randn(20_000, 2, generator=g), steps=40, batch_size=20_000
)


def drawn_pairs(g):
    rows = torch.randint(0, len(made), (256,), generator=g)
    return made[rows], made_of[rows]


second = plane_flow(drawn_pairs, n_plane)
grid, panels = torch.linspace(0, 1, 41, dtype=torch.float64), {}
for name, velocity in (("flow", first), ("reflowed", second)):
    with torch.no_grad():
        places = torch.stack([x for _, x in flow.walk(velocity, noise, grid)])
    panels[f"{name}: {100 * flow.bend(places, grid):.0f} % off the straight line"] = places
figures.plot_paths(panels, 4, blobs.sample(800, g));

# %% [markdown]
# Much of the flow's bend is a detour, in to the middle and out again; where a path ends near its start, that is farther than the way itself. Reflowed, all
# go straight.
#
# On digits each takes some minutes, so all three are shipped. Jumps are the quickest to learn, so a short run, from *your* flow, goes live:

# %%
n_paths, n_jump = here.pick(quick=(20, 6), cpu=(2000, 250), gpu=(8000, 2000))
start = torch.randn(n_paths, 1, 32, 32, generator=torch.Generator().manual_seed(5))
student = flow_model.flow_unet(seed=0, **size).to(here.device)
student.load_state_dict(mine.state_dict())
small_steps = here.pick(quick=1, cpu=5, gpu=5)  # to each jump
my_paths = few_steps.draw_paths(student, start.to(here.device), jumps=4, steps=small_steps)
jumper = fit(
    student,
    flow_training.jumping(my_paths),
    flow_training.tuning_settings(n_jump, ema_decay=0.99, precision=here.precision),
).model.cpu()
many = here.pick(quick=4, cpu=20, gpu=20)
plot_rows(
    {
        f"your flow, {many} steps": flow_model.draw(mine, 10, many, seed=3),
        "your flow, 4 steps": flow_model.draw(mine, 10, 4, seed=3),
        "taught to jump, 4 steps": flow_model.draw(jumper, 10, 4, seed=3),
    }
);

# %%
reflowed, tuned, jumping = (
    flow_model.load_flow(f"flow_digits_{name}") for name in ("reflow", "few", "jumps")
)
n = here.pick(quick=4, cpu=50, gpu=50)
rows = {f"the shipped flow, {n} Euler steps": flow_model.draw(teacher, 10, n, seed=3)}
for n in (1, 2, 4):
    for name, network, sampler in (
        ("the flow", teacher, "euler"),
        ("reflowed", reflowed, "euler"),
        ("tuned", tuned, "consistency"),
        *([("jumps", jumping, "euler")] if n == 4 else []),
    ):
        rows[f"{name}, {n} step{'s' * (n > 1)}"] = flow_model.draw(
            network, 10, n, sampler, seed=3
        )
plot_rows(rows);

# %%
pretrained.comparison("flow_digits_few")

# %% [markdown]
# At four steps jumps are ahead: 1.5 times the FID that the flow has in fifty. Reflow, tuning and the flow itself stay above twice the flow's fifty. But four
# jumps are all that they know: in one step or two they are of no use. There reflow is far ahead, in one step at 3.4 times the flow's
# fifty. And they learn fast: 75 seconds of one core, with paths and steps as many as ran live above but from the shipped flow, bring 30.3 to 30.6
# (three seeds, `python benchmarks/flow.py jumps`). The figure in the table took four minutes, with each jump trained from where
# the network's own jumps before it land. What fifty steps still do better is the challenge below.
#
# Mind the last column, too: the flow's one step is legible 1.00, at an FID of 2,130. All that it draws is a blur, and the classifier, which never saw one, is sure
# of an 8, 300 times of 300. *Legible* alone measures nothing.
#
# And how long do four steps take?

# %%
started = time.perf_counter()
flow_model.draw(jumping, 16, 4, "euler")
print(f"16 digits in 4 steps: {time.perf_counter() - started:.2f} s")

# %% [markdown]
# **The challenge.** Can you beat the table? Train, distil, prune, whatever you like, as long as the result is this network. Save its weights,
# and say by which sampler they are to be used:
#
# ```python
# from safetensors.torch import save_file
# save_file({k: v.contiguous() for k, v in student.state_dict().items()}, "ada.safetensors", {"sampler": "euler"})
# ```
#
# The name of the file, here Ada's, is the name on the board. Your instructor runs `course challenge ada.safetensors`: it draws digits in 1, 2 and 4
# steps, measures them against held-out digits, looks for copies of training digits, and puts you on the board.

# %% [markdown]
# ### In words · Straight pairs, curved flows
# *4 points · written · difficulty 3 of 5 · 10 minutes*
#
# The pairs of flow matching move along straight lines, the flow's paths bend. What exactly is straight, what is not, and why?
# What does reflow change, what does it keep, and why is one Euler step then nearly enough?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_straight", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Straight is the path of each single pair, x_t = (1-t) noise + t data, with constant velocity data - noise. Noise and data are drawn independently, so
# many of these lines cross at one place and time. A velocity field has one value there, and the loss makes it the mean
# E[data - noise | x_t = x]. Following the mean, a path changes direction as the set of lines through its place changes: it bends, and paths
# of an ODE never cross. Reflow takes as pairs the noise and what the flow makes of it. The ends stay distributed as before, noise and (nearly)
# data, but the pairs are now coupled one to one and their lines hardly cross, so the conditional mean is nearly each pair's own velocity, and the
# new flow nearly straight. Euler's error comes from the velocity changing along the path; where it is constant, one step is exact.
#
# **Rubric (4).** 1: single pairs are straight with constant velocity. 1: the flow averages over pairs that cross, so it bends (or: ODE paths do not cross).
# 1: reflow trains on the flow's own pairs, marginals kept, crossings gone. 1: Euler's error is the change of velocity along the path.
# ### END SOLUTION

# %% [markdown]
# ### In words · Likelihood and looks
# *4 points · written · difficulty 3 of 5 · 10 minutes*
#
# Why do likelihood and looks part ways? Give an example in each direction, and say what the bits of a digit are mostly spent on.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_likelihood", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The log-likelihood asks that every real picture has a density, summed over a thousand pixels; looks ask that every sample is good. Good likelihood, bad
# samples: mix the model with 99 % noise; each real picture loses at most ln 100 nats, 0.0065 bits a pixel, and 99 of 100 samples are noise. Good samples, bad
# likelihood: a model that stores the training pictures and returns them; a held-out picture has density (near) zero. (Or: a model that leaves out one
# digit class; or a tiny shift of all grey levels.) Most bits go into what nobody looks at: the exact grey levels of edges and of the background, which fill most of
# the dimensions; which digit it is costs log2 10 = 3.3 bits of some thousands.
#
# **Rubric (4).** 1: likelihood is about real pictures having density (coverage), looks about samples. 1: an example of good likelihood with bad samples. 1: an example of
# good samples with bad likelihood. 1: most bits describe imperceptible detail.
# ### END SOLUTION

# %% [markdown]
# ## 5 · A transformer in the U-Net's place
#
# Nothing in sections 1 to 4 asked what the network looks like. **DiT** (arXiv:2212.09748) cuts the picture into patches, makes each a
# token, and lets a plain transformer work on them. t comes in through the norms: each block makes shift, scale and gate from it.
#
# ### Exercise · Patches
# *3 points · difficulty 2 of 5 · 15 minutes*
#
# `patchify(x, patch)`: (B, C, H, W) → (B, H/p · W/p, C p²), one token a patch, the patches row by row. H and W need not be equal. And
# `unpatchify(tokens, patch, channels, height, width)`, its inverse. Any order inside a token will do, if the two agree. Both stand inside a
# network that trains: gradients pass through them.

# %% nbgrader={"grade": false, "grade_id": "patchify_unpatchify", "locked": false, "schema_version": 3, "solution": true, "task": false}
def patchify(x, patch):
    """(B, C, H, W) → (B, H/p · W/p, C p²); H and W are multiples of p."""
    ### BEGIN SOLUTION
    B, C, H, W = x.shape
    blocks = x.reshape(B, C, H // patch, patch, W // patch, patch)
    return blocks.permute(0, 2, 4, 1, 3, 5).reshape(
        B, (H // patch) * (W // patch), C * patch**2
    )
    ### END SOLUTION


def unpatchify(tokens, patch, channels, height, width):
    """(B, H/p · W/p, C p²) → (B, C, H, W)."""
    ### BEGIN SOLUTION
    blocks = tokens.reshape(
        len(tokens), height // patch, width // patch, channels, patch, patch
    )
    return blocks.permute(0, 3, 1, 4, 2, 5).reshape(len(tokens), channels, height, width)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_patchify_unpatchify", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.patchify_unpatchify(patchify, unpatchify)
### BEGIN HIDDEN TESTS
checks.patchify_unpatchify(patchify, unpatchify, seed=60937)
### END HIDDEN TESTS

# %% [markdown]
# ### Bonus · The block
# *4 points · difficulty 4 of 5 · 30 minutes*
#
# `DiTBlock(dim, heads, embed_dim)`, `forward(x (B, N, dim), c (B, embed_dim))`, with **adaLN-Zero** (§3.2 of the paper). One linear layer makes
# six vectors of size dim from c: shift, scale and gate, for attention and for the MLP.
#
# 1. Normalise the tokens (`nn.LayerNorm` without weights of its own), times (1 + scale), plus shift; attention in `heads` heads between the
#    tokens of one sample, with weights softmax(q·k/√d), where d = dim / heads; times gate, added to x.
# 2. The same with an MLP (dim → 4 dim → dim, an activation between) and the other three vectors.
#
# Weight and bias of the layer that makes the six start at zero, so that a new block is the identity. It must not stay so: after a few training
# steps every parameter has moved (but a key's bias, which softmax cancels). A block knows no places: they are added to the tokens before.

# %% nbgrader={"grade": false, "grade_id": "DiTBlock", "locked": false, "schema_version": 3, "solution": true, "task": false}
class DiTBlock(nn.Module):
    """x (B, N, dim), c (B, embed_dim) → (B, N, dim)."""

    def __init__(self, dim, heads, embed_dim):
        super().__init__()
        ### BEGIN SOLUTION
        self.norm1, self.norm2 = (
            nn.LayerNorm(dim, elementwise_affine=False) for _ in range(2)
        )
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.modulation = nn.Linear(embed_dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        ### END SOLUTION

    def forward(self, x, c):
        ### BEGIN SOLUTION
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(F.silu(c))[
            :, None
        ].chunk(6, dim=-1)
        h = self.norm1(x) * (1 + scale1) + shift1
        x = x + gate1 * self.attention(h, h, h, need_weights=False)[0]
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_DiTBlock", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
checks.DiTBlock(DiTBlock)
### BEGIN HIDDEN TESTS
checks.DiTBlock(DiTBlock, seed=60938)
### END HIDDEN TESTS

# %% [markdown]
# Put together, and trained for a few steps beside the U-Net from scratch, with your own loss:

# %%
from helpers.dit import grid_positions
from helpers.unet import SinusoidalPositionEmbeddings

my_patchify, my_unpatchify, MyBlock = (
    checks.or_reference(patchify),
    checks.or_reference(unpatchify),
    checks.or_reference(DiTBlock),
)


class DiT(nn.Module):
    """x (B, 1, 32, 32), t (B,) in [0, 1] → like x."""

    def __init__(self, patch=4, dim=96, depth=4, heads=4):
        super().__init__()
        self.patch = patch
        self.time = nn.Sequential(
            SinusoidalPositionEmbeddings(dim),
            nn.Linear(dim, dim),
            nn.SiLU(),
            nn.Linear(dim, dim),
        )
        self.embed, self.head = nn.Linear(patch**2, dim), nn.Linear(dim, patch**2)
        self.blocks = nn.ModuleList(MyBlock(dim, heads, dim) for _ in range(depth))
        self.register_buffer("places", grid_positions(32 // patch, dim))

    def forward(self, x, t):
        c, h = self.time(1000 * t), self.embed(my_patchify(x, self.patch)) + self.places
        for block in self.blocks:
            h = block(h, c)
        return my_unpatchify(self.head(h), self.patch, 1, 32, 32)


# %%
n_short = here.pick(quick=4, cpu=120, gpu=500)
runs = {}
for name, network, optimizer in (
    ("U-Net", flow_model.flow_unet(1, **size), "muon"),
    ("your DiT", DiT(), "adam"),
):
    how = flow_training.settings(
        n_short, optimizer=optimizer, warmup=20, precision=here.precision
    )
    found = fit(network.to(here.device), flow_training.matching(images, my_loss), how)
    runs[f"{name}: {1000 / found.steps_per_second:.0f} ms a step"] = found.losses
plotting.plot_losses(runs, smooth=min(10, n_short // 2));

# %% [markdown]
# So short a run shows the start only; the legend says what a step of each takes on this machine. At equal time, each trained from scratch, over several
# seeds, and the DDPM beside them (`python benchmarks/flow.py training tables`):

# %%
pretrained.comparison("flow_digits", "training")

# %% [markdown]
# So early, 20 evaluations of the flow are about as good as 50 of the DDPM: the intervals overlap. The DiT is far behind: it has to learn what the U-Net is built to know, that neighbours matter, at several scales. Transformers win
# where data and time are plenty: there is less in them that was decided beforehand, and they can be made larger without end.
#
# **You now have** a flow, its solvers, its likelihood, and its shortcuts. Notebook 7 has you write the parts that made the three systems of notebook 1's gallery work.
