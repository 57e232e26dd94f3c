# %% [markdown]
# # 5 · Guidance: conditions, guidance, editing
#
# Notebook 3's network draws some digit. Here you train one that draws the digit you ask for, push it harder than it would go by itself, and
# edit pictures with it: fill holes, turn a scribble into a digit, hide a 6 in a mirrored 2. It was never trained for any of these edits.
#
# | | part | paper | minutes to read | exercises |
# |---|---|---|---|---|
# | 1 | a network that is told what to draw | [arXiv:2207.12598](https://arxiv.org/abs/2207.12598) | 10 | `drop_labels` |
# | 2 | guidance | [2105.05233](https://arxiv.org/abs/2105.05233), [2207.12598](https://arxiv.org/abs/2207.12598), [2406.02507](https://arxiv.org/abs/2406.02507) | 20 | `guided_noise`, one in words |
# | 3 | inpainting | [2201.09865](https://arxiv.org/abs/2201.09865) | 15 | `inpaint_merge`, `inpaint_back`, one in words |
# | 4 | SDEdit | [2108.01073](https://arxiv.org/abs/2108.01073) | 5 | `sdedit_start` |
# | 5 | visual anagrams | [2311.17919](https://arxiv.org/abs/2311.17919) | 10 | `anagram_noise` |
#
# Stuck? `checks.hint("guided_noise")` gives a hint, and a better one each time you ask.

# %%
import torch
from tqdm.auto import tqdm

from helpers import anagrams, checks, evaluate, guidance, inpainting, profile, recipe, sdedit
from helpers.budget import fit_into
from helpers.checkpoint import kept
from helpers.conditional import LIVE_STEPS, ConditionalUnet, live_settings
from helpers.data import load_digits
from helpers.evaluate import load_classifier
from helpers.figures import canvas, plotting
from helpers.fit import fit
from helpers.pretrained import load_conditional
from helpers.training import denoising_loss

plotting.use_course_style()
torch.manual_seed(0)
here = profile.current()
print(
    f"Running on: {here}. Run All takes "
    f"{here.pick(quick='seconds', cpu='about 5 minutes', gpu='a few minutes')}; "
    "most of it is the training in part 1."
)
images, labels = load_digits("train")
NULL = 10  # the label that means “no label”

# %% [markdown]
# ## 1 · A network that is told what to draw
#
# The label $y$ goes where the step goes: one learned vector a digit, added to the time embedding. One label in ten is dropped in training, replaced by
# an eleventh, $\varnothing$ (in code `null`), that means *no label*. So one network learns to predict the noise of a digit that is named,
# $\epsilon_\theta(x_t, t, y)$, and of any digit, $\epsilon_\theta(x_t, t, \varnothing)$. The next part needs both.
#
# ### Exercise · Dropping labels
# *2 points · difficulty 1 of 5 · 5 minutes*
#
# Each label becomes `null` with probability `p`, independently of the others. All chance comes from `generator` (the global one if it is None). Return a new int64
# tensor, also for `p` = 0.


# %% nbgrader={"grade": false, "grade_id": "drop_labels", "locked": false, "schema_version": 3, "solution": true, "task": false}
def drop_labels(labels, p, null, generator=None):
    """labels (B,) int64 → a copy in which each label is null with probability p."""
    ### BEGIN SOLUTION
    dropped = torch.rand(len(labels), generator=generator) < p
    return torch.where(dropped, torch.full_like(labels, null), labels)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_drop_labels", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.drop_labels(drop_labels)
### BEGIN HIDDEN TESTS
checks.drop_labels(drop_labels, seed=50511)
### END HIDDEN TESTS

# %% [markdown]
# ### Your network learns ten digits by name
#
# The training step is notebook 3's with one line more, in which your `drop_labels` decides who is told the label. The network predicts
# the velocity, each $t$ is as likely as any other, and the other settings are those of notebook 3. A few steps are timed first; on a slow machine the run is made as short as `MINUTES` allow.
# Stop the cell whenever you like: run it again, after a restart too, and it goes on from its checkpoint. What is finished is not trained again.

# %%
schedule = recipe.schedule()
my_drop = checks.or_reference(drop_labels)


def training_step(network, step, generator):
    rows = torch.randint(len(images), (64,), generator=generator)
    x0, t = images[rows], torch.randint(schedule.T, (64,), generator=generator)
    noise = torch.randn(x0.shape, generator=generator)
    told = my_drop(labels[rows], 0.1, NULL, generator)  # the line that is new
    x0, t, noise, told = (each.to(here.device) for each in (x0, t, noise, told))
    return denoising_loss(
        lambda x, t: network(x, t, told), x0, t, noise, schedule, "velocity"
    )


# %%
MINUTES = 6  # what you have: on a slower machine the run is made as short as that
USE_TRAINED = here.pick(quick=True, cpu=False, gpu=False)  # True: the weights that ship
START_AFRESH = False  # True: throws your checkpoint away

network = ConditionalUnet(**recipe.NETWORK).to(memory_format=torch.channels_last)
network = network.to(here.device)
steps = here.pick(quick=2, cpu=LIVE_STEPS, gpu=2 * LIVE_STEPS)
checkpoint = kept(f"conditional-{here.name}", [my_drop], START_AFRESH)
settings = live_settings(steps, precision=here.precision, checkpoint=checkpoint)
settings = fit_into(MINUTES, network, training_step, settings)
run = fit(network, training_step, settings)
plotting.plot_losses({f"your network, {settings.steps:,} steps": run.losses}, smooth=10)
shipped, _ = load_conditional()
model = shipped if USE_TRAINED else guidance.NoisePredictor(run.model.cpu(), schedule)

# %% [markdown]
# `model(x, t, labels)` is from here on *your* network, turned into a predictor of ε: $\epsilon = \sqrt{\bar\alpha_t}\,v + \sqrt{1-\bar\alpha_t}\,x_t$
# (notebook 3). What stands in the tables was measured with the weights that ship, which had 10,500 steps.

# %%
classifier = load_classifier()


def agreement(pictures, asked):
    """The share of pictures that the classifier reads as the digit asked for."""
    with torch.no_grad():
        return (classifier(pictures).argmax(1) == asked).float().mean().item()


n = here.pick(quick=10, cpu=100, gpu=100)  # on the CPU, as all that follows
asked = torch.arange(n) % 10
rows = {}
for name, network in {"yours": model, "the one that ships": shipped}.items():
    drawn = guidance.draw(
        lambda y, m=network: guidance.conditional(m, y), schedule, asked, seed=1
    )
    rows[f"{name}: {agreement(drawn, asked):.0%} of {n} read back as asked"] = drawn[:10]
plotting.plot_rows(rows, columns=10);

# %% [markdown]
# Measured on 500 samples of the weights that ship, 97 % are read back as the digit asked for (95 % interval 95 to 98 %).
# Networks trained like yours (two seeds, 500 samples each) are read back 91.8 and 94.6 % as asked, and 98.8 and 99.0 % with the scale
# s = 1.5 of the next part.
#
# **What a label is worth.** Nothing was guided here, and still few digits are unreadable. Told which one, the network has the easier question: what does a *four* look
# like, not what does a digit look like. After one minute's worth of training with labels the FID is 9.8 (three seeds, 8.5 to 10.8; 1,000 samples, as many
# real digits measure 2.4). Notebook 3's network, the same but for the label, has 10.2 after five. After five minutes' worth with labels the FID is 1.8
# (three seeds, 1.7 to 1.9; 5,000 samples, as many real digits measure 1.0); the weights that ship, after ten, have 1.2.
#
# ## 2 · Guidance: more of what was asked
#
# Ask the network twice at the same $x_t$, with the label and without. Where the two predictions differ, the difference points towards the label. For by Bayes' rule
#
# $$\nabla \log p(y \mid x_t) = \nabla \log p(x_t \mid y) - \nabla \log p(x_t),$$
#
# and $\epsilon_\theta$ is the score times $-\sqrt{1-\bar\alpha_t}$ (end of notebook 2). So the difference of two predictions is, up to that factor, the gradient of a classifier
# that nobody trained. Go on along it, $s$ times as far as the network itself does:
#
# $$\hat\epsilon = \epsilon_\theta(x_t, t, \varnothing) + s\,\big(\epsilon_\theta(x_t, t, y) - \epsilon_\theta(x_t, t, \varnothing)\big)$$
#
# Two conventions are in use for the scale. Here and in diffusers *s* = 1 is the conditional model, without guidance; the paper's *w* is *s* - 1.
#
# ### Exercise · Classifier-free guidance
# *2.5 points · difficulty 2 of 5 · 10 minutes*
#
# `model(x, t, labels)` returns ε. One call on a doubled batch will do, two calls as well. The result requires no gradient, and the model's mode and torch's gradient
# mode stay as they were.


# %% nbgrader={"grade": false, "grade_id": "guided_noise", "locked": false, "schema_version": 3, "solution": true, "task": false}
def guided_noise(model, x, t, labels, null, scale):
    """ε_uncond + scale (ε_cond - ε_uncond): x (B, C, H, W), t and labels (B,)."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        e_cond = model(x, t, labels)
        e_uncond = model(x, t, torch.full_like(labels, null))
    return e_uncond + scale * (e_cond - e_uncond)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_guided_noise", "locked": true, "points": 2.5, "schema_version": 3, "solution": false, "task": false}
checks.guided_noise(guided_noise)
### BEGIN HIDDEN TESTS
checks.guided_noise(guided_noise, seed=50512)
### END HIDDEN TESTS

# %% [markdown]
# Before you run the next cell: it draws the same ten digits at five scales. What do you expect at s = 0, and what at s = 6: better digits, or only
# surer ones?

# %%
guide = checks.or_reference(guided_noise)
usual = evaluate.scatter(evaluate.features(images[:2000]), labels[:2000])
rows, right, variety = {}, [], []
scales = (0.0, 1.0, 1.5, 3.0, 6.0)
for scale in tqdm(scales, desc="scales"):
    pictures = guidance.draw(
        lambda y, s=scale: lambda x, t: guide(model, x, t, y, NULL, s), schedule, asked, seed=1
    )
    right.append(100 * agreement(pictures, asked))
    variety.append(evaluate.scatter(evaluate.features(pictures), asked) / usual)
    rows[f"s = {scale:g}, read back {right[-1]:.0f}%"] = pictures[:10]
plotting.plot_rows(rows, columns=10)
curves = {"read back as asked (%)": right, "variety (1: real digits)": variety}
plotting.plot_against(scales, curves, "scale s");

# %% [markdown]
# At s = 0 the labels are ignored, and one picture in ten is right by chance. The larger s, the surer the digit, and the less the drawings of one digit differ. Measured on 500 samples each (FID in the course's
# classifier, both with 95 % intervals; as many real digits measure 6.2 drawn at random, and 3.7 with 50 of each digit, which is how they are asked for here):
#
# | | read back as asked | FID | variety |
# |---|---|---|---|
# | conditional, s = 1 | 96.6 % (94.6 to 97.9) | 3.6 (1.4 to 5.8) | 1.03 |
# | classifier-free, s = 1.5 | 99.8 % (98.9 to 100.0) | 9.6 (5.6 to 13.7) | 0.76 |
# | classifier-free, s = 3 | 100.0 % (99.2 to 100.0) | 24.4 (17.8 to 30.9) | 0.64 |
# | autoguidance, scale 1.5 | 97.8 % (96.1 to 98.8) | 4.4 (1.1 to 7.7) | 1.02 |
# | no label | 12.2 % (9.6 to 15.4) | 25.8 (20.1 to 31.5) | 3.43 |
# | noise-aware classifier, scale 1 | 58.8 % (54.4 to 63.0) | 42.2 (35.5 to 48.8) | 2.13 |
# | noise-aware classifier, scale 3 | 87.6 % (84.4 to 90.2) | 14.9 (11.3 to 18.5) | 1.51 |
# | plain classifier, scale 1 | 21.0 % (17.7 to 24.8) | 46.3 (40.2 to 52.5) | 3.15 |
# | plain classifier, scale 3 | 25.6 % (22.0 to 29.6) | 86.3 (79.7 to 92.8) | 2.58 |
#
# *Variety* is how far the drawings of one digit scatter in the classifier's features, as a share of what real digits do; without the label they are not one digit, hence the 3.43.
#
# Guidance buys agreement with variety: FID compares with *all* real digits, and the guided ones lack the unusual. Two other forms are in the table:
#
# - **Autoguidance** ([arXiv:2406.02507](https://arxiv.org/abs/2406.02507)) puts a *worse* network, told the same label, in the unconditional one's place; the formula stays. It needs no
#   dropped labels, and it leads away from mistakes, not from variety.
# - **Classifier guidance** ([arXiv:2105.05233](https://arxiv.org/abs/2105.05233)) came first: $\hat\epsilon = \epsilon_\theta - s\sqrt{1-\bar\alpha_t}\,\nabla_x \log p(y \mid x_t)$, where
#   $p(y \mid x_t)$ is what a classifier says of the *noisy* picture.
#
# The last five rows start from the network without its label, which had only a tenth of the training and draws badly. In the last four a classifier says where to go. One that was trained
# on noisy pictures gets from 12 to 88 %. A plain one, which never saw noise, gets to 26 % and spoils the pictures: it takes pure noise for an 8, 200 times of 200, so where a picture
# begins its gradient says nothing of the digit.
#
# The next cell draws with both classifiers at scale 3. Before you run it: which of the two do you expect to look like digits?

# %%
from helpers.pretrained import load_noisy_classifier

none = torch.full((10,), NULL)
readers = {"noise-aware": load_noisy_classifier(), "plain": lambda x, t: classifier(x)}
rows = {}
for name, reader in readers.items():
    pictures = guidance.draw(
        lambda y, c=reader: guidance.classifier_guided(
            guidance.conditional(model, none), c, y, schedule, 3.0
        ),
        schedule, asked[:10], seed=1,
        steps=here.pick(quick=4, cpu=50, gpu=50),
    )  # fmt: skip
    rows[f"{name} classifier, scale 3, read back {agreement(pictures, asked[:10]):.0%}"] = (
        pictures
    )
plotting.plot_rows(rows, columns=10);

# %% [markdown]
# ### In words · What guidance samples
# *4 points · written · difficulty 3 of 5 · 10 minutes*
#
# Which distribution does guidance with the exact noise predictions aim at, at one noise level? What does each of the three forms need to be trained?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_guidance", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# At one noise level the guided noise is the score of p(x | y) (p(x | y)/p(x))^(s-1), that is p(x) p(y | x)^s up to a constant: what is typical of the label counts more than once, and variety is lost.
# The levels of noise do not fit together into one such density of clean pictures, so what comes out is only near it. Classifier guidance needs a classifier of noisy pictures;
# classifier-free guidance needs a conditional network whose label was dropped now and then; autoguidance needs a second, worse network with the same condition.
#
# **Rubric (4).** 1: p(x) p(y|x)^s or an equal form. 1: sharper towards the label, less variety. 1: only two forms right of what is needed; 2: all three.
# ### END SOLUTION

# %% [markdown]
# ## 3 · Inpainting: keep what is known
#
# A picture with a hole, and a network that knows how digits look. Walk the chain back from noise, and after each step put the known pixels in place, noised to the level that has just
# been reached.
#
# ### Exercise · Merging
# *2.5 points · difficulty 2 of 5 · 10 minutes*
#
# The mask is 1 where the picture is known. Known pixels are `x0_known` taken to level `t_prev` by eq. 4 of notebook 3 (`t_prev` = -1: clean), the others `x_prev`. The mask has x's
# shape, or (B or 1, 1, H, W).


# %% nbgrader={"grade": false, "grade_id": "inpaint_merge", "locked": false, "schema_version": 3, "solution": true, "task": false}
def inpaint_merge(x_prev, x0_known, mask, t_prev, alphas_cumprod, noise):
    """Known pixels at level t_prev where mask is 1, x_prev elsewhere."""
    ### BEGIN SOLUTION
    known = x0_known
    if t_prev >= 0:
        a_bar = alphas_cumprod[t_prev]
        known = a_bar.sqrt() * x0_known + (1 - a_bar).sqrt() * noise
    return mask * known + (1 - mask) * x_prev
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_inpaint_merge", "locked": true, "points": 2.5, "schema_version": 3, "solution": false, "task": false}
checks.inpaint_merge(inpaint_merge)
### BEGIN HIDDEN TESTS
checks.inpaint_merge(inpaint_merge, seed=50513)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise · The way back up
# *2 points · difficulty 1 of 5 · 5 minutes*
#
# After merging, the two parts need not fit: the hole was denoised beside known pixels that are noised anew at each step. RePaint therefore goes back up one step,
# $\sqrt{1-\beta_t}\,x_{t-1} + \sqrt{\beta_t}\,z$, and denoises both parts together once more, several times at each level.


# %% nbgrader={"grade": false, "grade_id": "inpaint_back", "locked": false, "schema_version": 3, "solution": true, "task": false}
def inpaint_back(x_prev, t, betas, noise):
    """One step up: √(1-β_t) x_prev + √β_t noise; t an int, betas (T,)."""
    ### BEGIN SOLUTION
    return (1 - betas[t]).sqrt() * x_prev + betas[t].sqrt() * noise
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_inpaint_back", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.inpaint_back(inpaint_back)
### BEGIN HIDDEN TESTS
checks.inpaint_back(inpaint_back, seed=50514)
### END HIDDEN TESTS

# %%
my_merge, my_back = checks.or_reference(inpaint_merge), checks.or_reference(inpaint_back)
test_images, test_labels = load_digits("test")
whole, told = test_images[:10], test_labels[:10]
mask = torch.ones(1, 1, 32, 32)
mask[..., 16:, :] = 0  # the lower half is unknown
predict = guidance.classifier_free(model, told, NULL, 2.0)
depth = here.pick(quick=4, cpu=50, gpu=50)
rows = {"known (grey: unknown)": whole * mask}
for repeats in (1, here.pick(quick=2, cpu=5, gpu=5)):
    filled = inpainting.inpaint(
        predict,
        whole,
        mask,
        schedule,
        steps=depth,
        repeats=repeats,
        generator=torch.Generator().manual_seed(0),
        merge=my_merge,
        back=my_back,
    )
    edge, inside = inpainting.seam(filled, 16)
    rows[f"each step {repeats} time{'s' * (repeats > 1)}"] = filled
    print(
        f"{repeats} time(s): step at the edge {edge.mean():.3f}, inside {inside.mean():.3f}; "
        f"read as before {agreement(filled, told):.0%}; known pixels exact: "
        f"{torch.equal(filled * mask, whole * mask)}"
    )
plotting.plot_rows({**rows, "the original": whole}, columns=10);

# %% [markdown]
# The known half comes back to the bit. The figures printed above compare the step of brightness across the mask's edge with those a few rows away. In real digits the two are
# nearly equal; where the first is much larger, there is a seam.
# Measured on 200 held-out digits, of which the classifier reads 98.5 % as they are labelled (95 % interval 95.7 to 99.5 %):
#
# | | read as labelled | step at the edge | a few rows away |
# |---|---|---|---|
# | each step once | 99.0 % (96.4 to 99.7) | 0.187 | 0.135 |
# | each step 5 times | 98.5 % (95.7 to 99.5) | 0.153 | 0.132 |
# | the digits themselves | 98.5 % (95.7 to 99.5) | 0.144 | 0.133 |
#
# Resampling takes most of the seam away, at five times the work. The digit was right without it: the label tells the network what to draw.
#
# ### In words · Seams
# *3 points · written · difficulty 3 of 5 · 5 minutes*
#
# Why does merging alone leave seams, and what does going back up change?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_seams", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Each step denoises the hole next to known pixels that were noised afresh, so what the hole has settled on need not fit what the known part says at the next level; late in the chain there is
# not enough noise left to repair it. Going up one step noises both parts by the same rule and denoises them together, several times at each level, so that they agree before the level is left. It costs evaluations.
#
# **Rubric (3).** 1: the parts are made independently at each step. 1: late steps cannot repair. 1: going up and down again lets both agree at each level.
# ### END SOLUTION

# %% [markdown]
# ## 4 · SDEdit: from a scribble to a digit
#
# Add noise to a sketch, up to a level of your choice, and walk back from there. A little noise keeps the sketch and its faults; much noise keeps little but the label.
#
# ### Exercise · Where an edit starts
# *2 points · difficulty 1 of 5 · 5 minutes*
#
# Return `(t, x_t)` with the int t = round(strength · (T-1)); strength 0 is level 0, which is not quite clean, 1 is level T-1.


# %% nbgrader={"grade": false, "grade_id": "sdedit_start", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sdedit_start(x0, strength, alphas_cumprod, noise):
    """(t, x_t): t = round(strength · (T-1)), x_t by eq. 4 at that level."""
    ### BEGIN SOLUTION
    t = round(strength * (len(alphas_cumprod) - 1))
    a_bar = alphas_cumprod[t]
    return t, a_bar.sqrt() * x0 + (1 - a_bar).sqrt() * noise
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_sdedit_start", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.sdedit_start(sdedit_start)
### BEGIN HIDDEN TESTS
checks.sdedit_start(sdedit_start, seed=50515)
### END HIDDEN TESTS

# %%
sketch = -torch.ones(1, 1, 32, 32)
sketch[..., 6:9, 9:23] = 1  # a bar and a slanting stroke: somebody's seven
for step in range(18):
    column = 21 - step // 2
    sketch[..., 9 + step, column : column + 2] = 1
drawing = canvas.drawing(sketch)

# %% [markdown]
# Draw over it with the mouse or a finger (the first stroke takes the seven away), say in `wanted` which digit it is to become, and run the next cell again.

# %%
my_start = checks.or_reference(sdedit_start)
wanted = torch.full((1,), 7)
edits, heads = [drawing.picture], ["the sketch"]
for strength in (0.3, 0.5, 0.7, 0.9):
    steps_back = sdedit.sdedit(
        guidance.classifier_free(model, wanted, NULL, 2.0),
        drawing.picture,
        strength,
        schedule,
        steps=depth,
        generator=torch.Generator().manual_seed(2),
        start_fn=my_start,
    )
    edits.append(list(steps_back)[-1].x)
    heads.append(f"strength {strength}")
plotting.plot_rows({"": torch.cat(edits)}, columns=5, over=heads);

# %% [markdown]
# Ask for another digit than the one you drew, too: at which strength does the label win over the sketch?
#
# ## 5 · Visual anagrams: two digits in one picture
#
# Let one predictor see the picture upright and ask for a 6, let another see it turned and ask for a 9, turn the second's prediction back, and take the mean. Turning
# leaves Gaussian noise Gaussian noise, so both predictors see what they were trained on.
#
# ### Exercise · The mean of views
# *2 points · difficulty 2 of 5 · 5 minutes*
#
# Show each predictor the picture as its view has it, turn what it predicts back with that view's inverse, and return the mean. There may be any number of
# views, at least one. `x` is (B, C, H, W), and so is what a view, a predictor and an inverse return.


# %% nbgrader={"grade": false, "grade_id": "anagram_noise", "locked": false, "schema_version": 3, "solution": true, "task": false}
def anagram_noise(predictors, views, inverses, x):
    """The mean over i of inverses[i](predictors[i](views[i](x)))."""
    ### BEGIN SOLUTION
    found = [
        back(predict(view(x))) for predict, view, back in zip(predictors, views, inverses)
    ]
    return sum(found) / len(found)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_anagram_noise", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.anagram_noise(anagram_noise)
### BEGIN HIDDEN TESTS
checks.anagram_noise(anagram_noise, seed=50516)
### END HIDDEN TESTS

# %%
my_mean = checks.or_reference(anagram_noise)
pairs = (
    (6, 9, anagrams.turned),
    (2, 5, anagrams.mirrored),
    (2, 6, anagrams.mirrored),
    (0, 2, anagrams.turned),
    (1, 7, anagrams.turned),
)
each = here.pick(quick=1, cpu=16, gpu=16)
rows = {}
for upright, other, view in tqdm(pairs, desc="pairs"):
    first, second = (
        guidance.classifier_free(model, torch.full((each,), digit), NULL, 2.0)
        for digit in (upright, other)
    )
    pair = anagrams.anagram(first, second, view, my_mean)
    pictures = guidance.draw(
        lambda y, pair=pair: pair,
        schedule,
        torch.zeros(each, dtype=torch.long),
        seed=3,
        steps=depth,
    )
    with torch.no_grad():
        both = (classifier(pictures).argmax(1) == upright) & (
            classifier(view(pictures)).argmax(1) == other
        )
    title = f"{upright}, {view.__name__} {other}: both read {both.float().mean():.0%}"
    some = pictures[:4]
    rows[f"{title}. Left as drawn, right {view.__name__}"] = torch.cat([some, view(some)])
plotting.plot_rows(rows, columns=2 * min(4, each));

# %% [markdown]
# Each row shows four pictures on the left, and the same four seen through the view on the right; its title says how often the classifier reads both digits. Measured on 100 pictures each, beside what a picture of the first digit *alone* gives through the same view:
#
# | pair | both read | the first digit alone |
# |---|---|---|
# | 6, turned 9 | 93 % | 89 % |
# | 3, turned 8 | 85 % | 80 % |
# | 2, mirrored 5 | 98 % | 55 % |
# | 2, mirrored 6 | 94 % | 19 % |
# | 2, turned 7 | 57 % | 10 % |
# | 0, turned 2 | 33 % | 0 % |
# | 1, turned 7 | 16 % | 0 % |
#
# So look at the last column first: a 6 turned *is* a 9, and the anagram adds nothing. The 2 that is a 6 in the mirror is the real find; a 1 that turns into a 7 is seldom found.
# (The classifier decides what counts as read, and takes a turned 3 for an 8 more often than you might.)
#
# <details><summary><b>It does not look like that here.</b> Likely causes, in order</summary>
#
# - *Every row shows any digit:* the labels do not reach the network, or all are dropped: look at the check of `drop_labels`.
# - *The digits are right, and all alike:* the scale is too large. Look at s = 1 first.
# - *Grey mush from your network, not from the one that ships:* the run was too short for this machine's speed. Give it more `MINUTES`, or set `USE_TRAINED`.
# - *The hole is filled with another digit:* the label in `told` is not the picture's.
# - *The sketch comes back as it was:* the strength is too small; *nothing is left of it:* too large.
#
# </details>
#
# **You now have** one network that draws what it is told, and four ways to lead it without training it again: guidance, inpainting, SDEdit and anagrams. Guidance is everywhere since: notebook 4's
# scale of 8 is this *s*, and nearly every text-to-image system has one. [Notebook 6](6_flow.ipynb) trains notebook 3's network as a flow, and draws in as few as four steps.
