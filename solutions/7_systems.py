# %% [markdown]
# # 7 · Systems: the parts that made Imagen, DALL·E 2 and video diffusion work
#
# Notebook 1's gallery tells of three systems. Each rests on a diffusion model as you have built it, and on a few lines that made it work at its size: those you write.
# Then all three run in small, on painted digits and on films of a moving digit.
#
# | | part | paper | minutes to read | exercises |
# |---|---|---|---|---|
# | 1 | Imagen | [arXiv:2205.11487](https://arxiv.org/abs/2205.11487) | 15 | `augment_low_resolution`, `dynamic_threshold`, one in words |
# | 2 | DALL·E 2 | [arXiv:2204.06125](https://arxiv.org/abs/2204.06125) | 20 | `clip_loss`, one in words |
# | 3 | video diffusion | [arXiv:2204.03458](https://arxiv.org/abs/2204.03458) | 10 | `temporal_attention` |
# | 4 | LoRA; textual inversion; ControlNet | [arXiv:2106.09685](https://arxiv.org/abs/2106.09685), [2208.01618](https://arxiv.org/abs/2208.01618), [2302.05543](https://arxiv.org/abs/2302.05543) | 20 | `LoRALinear` |
#
# Stuck? `checks.hint("clip_loss")` gives a hint, and a better one each time you ask.

# %%
import copy
import math
import textwrap

import torch
import torch.nn.functional as F
from torch import nn
from tqdm.auto import tqdm

from helpers import checks, profile
from helpers.cascade.base import load_base
from helpers.cascade.drawing import draw_small, enlarge
from helpers.cascade.upsampler import load_upsampler, shrink
from helpers.control import outlines
from helpers.control.network import load_control, paint_inside
from helpers.data import load_digits
from helpers.evaluate import load_classifier
from helpers.figures import plotting, systems, text_to_image
from helpers.figures.animation import animate
from helpers.lora import new_word, teaching
from helpers.text_to_image import captions, loop, read_back
from helpers.text_to_image.pipelines import load_pipeline
from helpers.unclip import decoder as unclip_decoder
from helpers.unclip.clip import load_clip, retrieved
from helpers.unclip.clip_loss import cosines
from helpers.unclip.decoder import load_decoder
from helpers.unclip.editing import interpolate, text_difference
from helpers.unclip.prior import draw_features, load_prior
from helpers.video import moving
from helpers.video.continuation import FilmGuidance, continue_films, draw_films
from helpers.video.network import load_video
from helpers.weights.clip_captions import distinct

plotting.use_course_style()
torch.manual_seed(0)
here = profile.current()
print(
    f"Running on: {here}. Run All takes "
    f"{here.pick(quick='seconds', cpu='4 to 6 minutes', gpu='about 3 minutes')}."
)
digits, labels = load_digits("test")
pipe = load_pipeline(device="cpu")

# %% [markdown]
# ## 1 · Imagen: noise on what is handed over, thresholds that follow the picture
#
# Imagen draws a small picture, and a second diffusion model enlarges it. The second is trained on real pictures made small, but is later given
# drawn ones. So in training its input gets noise of a random level, and the network is told the level.
#
# ### Exercise · Augmentation
# *2 points · difficulty 1 of 5 · 5 minutes*
#
# $\sqrt{1-\text{level}^2}\;\text{low} + \text{level}\cdot\text{noise}$, with one level a picture.


# %% nbgrader={"grade": false, "grade_id": "augment_low_resolution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def augment_low_resolution(low, level, noise):
    """√(1-level²) low + level noise: low, noise (B, C, H, W); level (B,) in [0, 1)."""
    ### BEGIN SOLUTION
    level = level.reshape(-1, 1, 1, 1)
    return (1 - level**2).sqrt() * low + level * noise
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_augment_low_resolution", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.augment_low_resolution(augment_low_resolution)
### BEGIN HIDDEN TESTS
checks.augment_low_resolution(augment_low_resolution, seed=70711)
### END HIDDEN TESTS

# %%
augment = checks.or_reference(augment_low_resolution)
scenes, pictures, texts = distinct(100, torch.Generator().manual_seed(1))
small = shrink(pictures[:6])
levels = torch.tensor([0.0, 0.2, 0.4, 0.6, 0.8, 0.95])
noise = torch.randn(6, 3, 16, 16, generator=torch.Generator().manual_seed(1))
noised = augment(small[:1].repeat(6, 1, 1, 1), levels, noise)
systems.show_stages({texts[0]: noised}, [f"level {level:g}" for level in levels.tolist()]);

# %% [markdown]
# From left to right the level rises from 0 to 0.95, and fine detail goes first.
#
# ### Exercise · Dynamic thresholds
# *3 points · difficulty 2 of 5 · 10 minutes*
#
# Strong guidance drives the predicted $x_0$ far outside $[-1, 1]$, and clipping presses all of that onto the border. Instead: for each sample,
# $s = \max(1, \text{the quantile of } |x_0|)$ as `torch.quantile` has it, clamp to $[-s, s]$, divide by $s$.


# %% nbgrader={"grade": false, "grade_id": "dynamic_threshold", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dynamic_threshold(x0, quantile):
    """Clamp each sample of x0 (B, C, H, W) at s = max(1, quantile of |x0|),
    and divide by s."""
    ### BEGIN SOLUTION
    s = torch.quantile(x0.abs().flatten(1), quantile, dim=1).clamp(min=1).reshape(-1, 1, 1, 1)
    return x0.clamp(-s, s) / s
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_dynamic_threshold", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.dynamic_threshold(dynamic_threshold)
### BEGIN HIDDEN TESTS
checks.dynamic_threshold(dynamic_threshold, seed=70712)
### END HIDDEN TESTS

# %%
threshold = checks.or_reference(dynamic_threshold)
strong = 3 * pictures[:6]  # what strong guidance may make of a picture
grid = torch.cat([pictures[:6], strong.clamp(-1, 1), threshold(strong, 0.995)])
rows = ["the picture", "3 times as\nstrong, clipped", "and with your\nthreshold"]
text_to_image.show_grid(grid / 2 + 0.5, rows, [""] * 6, side=1.3);

# %% [markdown]
# Clipped, most values end at the border and colours turn garish. The dynamic threshold divides all values of a picture by one number, so they keep their
# proportions.
#
# ### The system: words, 16×16 pixels, 32×32 pixels
#
# The first stage is notebook 4's U-Net taught to draw pixels, 16 × 16 of them, from the same text encoder. The second sees that picture, noised by your first function, and
# its level, but no words; it draws only what the stretched picture lacks. Imagen does this with three stages, up to 1,024 × 1,024.

# %%
base, upsampler = load_base(), load_upsampler()
drawn = draw_small(
    base,
    pipe,
    texts[:8],
    torch.Generator().manual_seed(4),
    steps=here.pick(quick=2, cpu=30, gpu=30),
)
large = enlarge(upsampler, drawn, torch.Generator().manual_seed(5), level=0.1)
systems.show_stages(
    {
        "first stage, 16×16": drawn,
        "only stretched": F.interpolate(drawn, scale_factor=2, mode="bilinear"),
        "second stage, 32×32": large,
    },
    texts[:8],
);

# %% [markdown]
# Where a digit falls apart in the first stage, as the eight does here, the second sharpens the pieces: it reads no words, and can't know what was meant.
#
# Measured on 500 held-out prompts, with 95 % intervals. FID is that of the digits cut out, as in notebook 4.
#
# | pictures | digit, colours and place as asked | FID |
# |---|---|---|
# | real pictures | 99.8 % (98.9 to 100.0) | 5.9 (1.0 to 10.9) |
# | real ones, made small, and the second stage | 94.6 % (92.3 to 96.3) | 21.9 (14.9 to 28.9) |
# | both stages, level 0 | 97.4 % (95.6 to 98.5) | 24.0 (17.5 to 30.5) |
# | level 0.1 | 96.0 % (93.9 to 97.4) | 25.3 (18.2 to 32.3) |
# | level 0.2 | 93.4 % (90.9 to 95.3) | 33.4 (24.8 to 42.1) |
# | level 0.4 | 76.4 % (72.5 to 79.9) | 71.5 (56.6 to 86.4) |
# | first stage, only stretched | 82.4 % (78.8 to 85.5) | 117.2 (98.3 to 136.2) |
#
# Only stretched, one picture in six is no longer read as asked. The second stage wins nearly all of them back, and what it makes of drawn pictures is about as good as what it makes of
# real ones. Noise on what is handed over does not help here, and much of it hurts: 16 × 16 pixels say nearly all there is to say of a digit, and this first stage makes few faults
# that real pictures do not have. It pays where the second stage has more to invent, as in Imagen, where it makes sixteen pixels of each.
#
# Dynamic thresholds, in the first stage, leave fewer values at the border of the range: at guidance 3 from 1.4 to 0.5 %, at guidance 8 from 2.0 to 0.3 %.
# Clipped or with dynamic thresholds, about as many pictures are read as asked at guidance 3 (96.4 and 96.0 %); at 8 clipping does as well or better (93.0 and 90.4 %).

# %% [markdown]
# ### In words · Noise between the stages
# *4 points · written · difficulty 3 of 5 · 10 minutes*
#
# Why does the second stage need noise on what the first hands it, and why is it told how much?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_noise", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# In training the second stage sees real pictures made small; in use it sees what the first stage drew, which has faults that real pictures do not have. Without
# noise it trusts every detail and enlarges the faults. Noise hides fine detail in both, so that the two kinds of input look more alike, and the network learns to make
# detail of its own that fits the coarse picture. Told the level, it knows how far to trust its input; at level 0 it may copy, at high levels it must invent,
# and the level can be chosen when sampling.
#
# **Rubric (4).** 1: input in training and in use differ. 1: faults of the first stage would be kept or enlarged. 1: noise makes the two alike, or hides
# the faults. 1: the level says how far to trust, and can be chosen when sampling.
# ### END SOLUTION

# %% [markdown]
# ## 2 · DALL·E 2: pictures and sentences in one space
#
# CLIP ([arXiv:2103.00020](https://arxiv.org/abs/2103.00020)) gives pictures and sentences features such that what belongs together points the same way. A prior then
# draws a picture's features from a sentence's, and a decoder draws the picture.
#
# ### Exercise · CLIP's loss
# *3 points · difficulty 3 of 5 · 15 minutes*
#
# Cosine similarities of all pairs, times `logit_scale` as it is given; row i of the pictures belongs to row i of the texts. Return the mean of the two
# cross-entropies: the text for each picture, and the picture for each text.


# %% nbgrader={"grade": false, "grade_id": "clip_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def clip_loss(image_features, text_features, logit_scale):
    """The mean of the two cross-entropies, a scalar;
    features (B, D), not normalised yet; logit_scale a float or 0-d tensor."""
    ### BEGIN SOLUTION
    images, texts = F.normalize(image_features, dim=1), F.normalize(text_features, dim=1)
    logits = logit_scale * images @ texts.T
    pairs = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, pairs) + F.cross_entropy(logits.T, pairs)) / 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_clip_loss", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.clip_loss(clip_loss)
### BEGIN HIDDEN TESTS
checks.clip_loss(clip_loss, seed=70713)
### END HIDDEN TESTS

# %% [markdown]
# ### A CLIP of digits
#
# The course ships one: a vision transformer that cuts a picture into 64 patches, and a text transformer, both of them transformers' own classes, trained with this loss on
# painted pictures and their captions. Below, ten pictures with combinations of digit and colours that training left out, in handwriting that it left out too.

# %%
clip = load_clip(pipe.tokenizer)
with torch.no_grad():
    features, words = clip.image_features(pictures), clip.text_features(texts)
similarity = cosines(features, words)
systems.show_retrieval(pictures[:10] / 2 + 0.5, texts[:10], similarity[:10, :10])
print(
    f"of 100 pictures, {int(retrieved(features, words).sum())} find their own caption among "
    "the 100"
)
print(
    "CLIP's loss on these 100 pairs: "
    f"{checks.or_reference(clip_loss)(features, words, clip.log_scale.exp()):.2f}; "
    f"knowing nothing: {math.log(100):.2f}"
)

# %% [markdown]
# Read along a row: the dark red square is the picture's own caption, and captions that share several words with it are warmer than the rest. Measured on ten such sets,
# 99.5 % of the pictures find their own caption among 100 (95 % interval 98.8 to 99.8 %), where chance finds one in a hundred.
#
# Look twice at such a figure: the task is easier than it seems. By the rule that left combinations out of the training, two left-out ones with the same two colours have the same digit.
# So a network that sees no more than colours, size and place finds nearly every caption, too.
#
# Ask instead which of ten captions that differ in the digit alone is nearest. 96.1 % (94.7 to 97.1) of 1,000 pictures with
# left-out combinations find theirs, and 95.1 % (93.6 to 96.3) of those with combinations that training had. After a first training, on random batches, it was 46 %: there,
# colours tell most pairs apart, and this loss teaches only what tells pairs apart. A second training, on groups of pictures that are alike but for the digit, did the rest.
#
# ### In words · The prior
# *4 points · written · difficulty 3 of 5 · 10 minutes*
#
# What does the prior add to unCLIP? Why not give the decoder the sentence's CLIP features in place of a picture's?

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_prior", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The decoder is trained on features of pictures. CLIP's loss makes matching features point in similar directions, but features of sentences and of pictures
# stay in different regions, so a sentence's features are an input that the decoder has not been trained on. And a sentence fits many pictures: its
# features leave open what a picture's features fix. The prior is a generative model p(picture features | sentence): it draws features that lie where pictures' do,
# different ones each time, which gives variety.
#
# **Rubric (4).** 1: the decoder is trained on picture features. 1: sentence features lie elsewhere. 1: one sentence fits many pictures. 1: the prior samples
# picture features given the sentence.
# ### END SOLUTION

# %% [markdown]
# ### The system: a sentence, its features, a picture's features, a picture
#
# The prior is a diffusion model on 64 numbers: noise in, a picture's features out, given a caption's. It draws twice, as in the paper, and what lies nearer
# to the caption's features is kept. The decoder is notebook 4's U-Net, whose cross-attention
# reads sixteen vectors made from a picture's features where it used to read words. It has never been trained on a caption's features.

# %%
prior, decoder = load_prior(), load_decoder(copy.deepcopy(pipe.unet))
steps = here.pick(quick=3, cpu=25, gpu=25)


def paint(of, seed):
    """Pictures in [0, 1] with the features `of` (B, 64)."""
    return unclip_decoder.paint(pipe, decoder, of, torch.Generator().manual_seed(seed), steps)


told = draw_features(prior, words[:8], torch.Generator().manual_seed(2))
painted_rows = [paint(features[:8], 3), paint(told, 3), paint(words[:8], 3)]
grid = torch.cat([pictures[:8] / 2 + 0.5, *painted_rows])
rows = ["real", "its features", "prior, from\nthe caption", "no prior:\nthe caption's"]
text_to_image.show_grid(grid, rows, [textwrap.fill(text, 14) for text in texts[:8]], side=1.4);

# %% [markdown]
# Measured on 200 held-out captions, with 95 % intervals: digit, both colours and place read back as the caption has them.
#
# | the decoder paints from features that are | all agree | the digit |
# |---|---|---|
# | the real picture's own | 83.0 % (77.2 to 87.6) | 83.5 % (77.7 to 88.0) |
# | the prior's, from the caption | 95.5 % (91.7 to 97.6) | 95.5 % (91.7 to 97.6) |
# | the caption's, no prior | 95.0 % (91.0 to 97.3) | 96.0 % (92.3 to 98.0) |
#
# What goes wrong is the digit, and the first row says where it is lost: this CLIP reads 96 % of the digits, and of those the decoder paints some wrong,
# after 2,500 steps of training as often as after 1,000. The prior's features do better than the real ones: people write badly at times, and of two draws the one that says more clearly what the caption says is kept.
#
# That the last row does as well as the one above it is not what the paper found, and worth a thought. This CLIP puts a caption close to its pictures (their cosine is 0.88), near the middle of all the pictures that it fits.
# Features in the middle ask for the plainest digit, with none of the doubt that a badly written one leaves. Where captions and pictures lie apart, as in the real CLIP, that shortcut is closed.
#
# ### Variations, and a walk between two pictures
#
# The features keep what CLIP was taught to care about. What they leave open is found by running DDIM upwards, from the picture to noise, with the features told
# ([arXiv:2010.02502](https://arxiv.org/abs/2010.02502), §4.3). Features and noise together *are* the picture: the deterministic sampler paints it again. Keep both, but
# add some new noise at each step of the way down (η = 0.6), and it becomes a variation. Walk from one picture's features to another's, and you pass features of pictures between the two.

# %%
def own_noise(i):
    """What the features of picture i don't say, as noise."""
    real = pictures[[i]] / 2 + 0.5
    return unclip_decoder.noise_of(pipe, decoder, real, features[[i]], steps)


grid = []
for i in tqdm(range(4), desc="variations"):  # the first four, not chosen
    noise, generator = own_noise(i), torch.Generator().manual_seed(10 + i)
    how = {"scale": 1.0, "x": noise, "method": "ddim"}
    same = unclip_decoder.paint(pipe, decoder, features[[i]], generator, steps, **how)
    six_times = features[[i]].expand(6, -1), noise.expand(6, -1, -1, -1)
    others = unclip_decoder.vary(pipe, decoder, *six_times, generator, steps)
    grid += [pictures[[i]] / 2 + 0.5, same, others]
columns = ["the picture", "painted\nagain", *[f"variation {k}" for k in range(1, 7)]]
text_to_image.show_grid(torch.cat(grid), [""] * 4, columns, side=1.3)

pairs = [(0, 9), (5, 8)]
grid = torch.cat([paint(interpolate(features[a], features[b], 8), 20) for a, b in pairs])
columns = ["one", *[""] * 6, "the other"]
text_to_image.show_grid(grid, [""] * 2, columns, side=1.3);

# %% [markdown]
# Colours and place stay and the hand changes; at times the digit does, too: the nine mostly comes back as a seven, whose features lie close. Of two variations each of 200 pictures, how many keep the digit and both colours, and how far are their
# strokes apart (cut out, brought to one size; root mean square, of a range of 2)? Two people's handwriting of the same digit: 0.514.
#
# | painted from | digit and colours kept | strokes apart |
# |---|---|---|
# | the features, any noise | 83.0 % (79.0 to 86.4) | 0.426 |
# | the features and the picture's own noise | 86.5 % (82.8 to 89.5) | 0.346 |
# | the same, with less new noise (η = 0.4) | 87.5 % (83.9 to 90.4) | 0.279 |
#
# Less new noise brings the hands together and hardly keeps more: what is lost is lost in the features.
#
# ### Arithmetic with words
#
# *Red* and *green* differ in their captions' features. Take that difference as a direction, and turn a picture's features towards it: a weight of 0 leaves them as they are, a
# weight of 1 would leave nothing but the difference. Can a picture be told in words what to
# change? The noise is the picture's own again, so that what nobody speaks of stays.

# %%
rows, grid = [0, 1, 2], []
for i in tqdm(rows, desc="rows"):
    green = texts[i].replace(captions.COLOURS[scenes.colour[i]], "green", 1)
    was, becomes = clip.text_features([texts[i], green]).split(1)
    turns = [text_difference(features[[i]], was, becomes, w) for w in (0, 0.25, 0.5, 0.75)]
    turned, how = torch.cat(turns), {"x": own_noise(i).expand(4, -1, -1, -1), "method": "ddim"}
    painted = unclip_decoder.paint(pipe, decoder, turned, torch.Generator(), steps, **how)
    grid += [pictures[[i]] / 2 + 0.5, painted]
inks = [captions.COLOURS[scenes.colour[i]] for i in rows]
labels_of_rows = [textwrap.fill(f"{ink} → green", 12) for ink in inks]
columns = ["the picture", "weight 0", "0.25", "0.5", "0.75"]
text_to_image.show_grid(torch.cat(grid), labels_of_rows, columns, side=1.4);

# %% [markdown]
# At weight 0.5, the new colour is read back in 95.5 % (91.7 to 97.6) of the pictures, and digit and ground are what they were in 81.5 % (75.5 to 86.3); painted from other
# noise, in 75.5 % (69.1 to 80.9).
# Further along, more of the picture gives way. (At weight 0 the strokes come back bolder than they were: guidance is on here, which *painted again* above did without.)

# %% [markdown]
# ## 3 · Video diffusion: attention along time
#
# A film of F frames is a tensor (B, C, F, H, W). Attention between all places of all frames costs too much (its cost grows with the square of their number), so it is factorised:
# first between the places of each frame, then along time for each place.
#
# ### Exercise · Attention along time
# *3 points · difficulty 2 of 5 · 10 minutes*
#
# `attend` maps (N, F, C) to (N, F, C) and mixes along F only. Make each place of the picture a sequence of its own, and put the result back into the shape
# of x. Add no residual.


# %% nbgrader={"grade": false, "grade_id": "temporal_attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
def temporal_attention(attend, x):
    """Apply attend, (N, F, C) → (N, F, C), along time at each place of x (B, C, F, H, W);
    returns the shape of x."""
    ### BEGIN SOLUTION
    b, c, f, h, w = x.shape
    sequences = x.permute(0, 3, 4, 2, 1).reshape(b * h * w, f, c)
    return attend(sequences).reshape(b, h, w, f, c).permute(0, 4, 3, 1, 2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_temporal_attention", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.temporal_attention(temporal_attention)
### BEGIN HIDDEN TESTS
checks.temporal_attention(temporal_attention, seed=70714)
### END HIDDEN TESTS

# %% [markdown]
# ### Films of a moving digit
#
# The model that ships is notebook 5's U-Net, which draws single digits, with such attention after each of its blocks, and at its coarsest size, of 4×4 places,
# with three blocks that look around each frame and along time by turns. It learnt from films of 16 frames in which one digit moves in a straight line and bounces
# off the edges. Its attention looks along time through `temporal_attention`: yours, if it passed.
#
# One thing had to change in the schedule. Sixteen frames that show the same digit can be made out through more noise than one picture; so films get three times the noise of
# notebook 3's schedule ([arXiv:2301.11093](https://arxiv.org/abs/2301.11093), §3.1). Ask the model for sixteen films of a seven, with guidance.
#
# Guidance towards the digit says nothing of the frames among each other. So the film is guided a second time, away from what the same network draws when its three blocks do not look along time:
# the difference is what these blocks tell the frames of each other, and `steady` asks for more of it ([arXiv:2411.18664](https://arxiv.org/abs/2411.18664)). It costs a third evaluation a step.
#
# And what would it be without attention along time? Frames that know nothing of each other: in the lower two rows, every frame of a film is taken
# from another one.

# %%
network = load_video(checks.or_reference(temporal_attention))
generator = torch.Generator().manual_seed(0)
film_steps = here.pick(quick=2, cpu=25, gpu=25)
guidance = FilmGuidance(scale=5.0, steady=0.3)
films = draw_films(network, torch.full((16,), 7), generator, film_steps, guidance)
apart = moving.frame_by_frame(films)
both = torch.cat([films, apart])
animate([both[:, k : k + 1] for k in range(moving.FRAMES)], columns=8, fps=6, scale=3)

# %%
steady, shaken = (moving.jerk(some).mean().item() for some in (films, apart))
real = moving.render(digits[:16], moving.paths(16, generator))
plotting.plot_rows(
    {
        f"model: jerk {steady:.1f} pixels": films[0].unsqueeze(1),
        f"each frame by itself: {shaken:.1f}": apart[0].unsqueeze(1),
        f"real: {moving.jerk(real).mean():.1f}": real[0].unsqueeze(1),
    },
    columns=16,
);

# %% [markdown]
# *Jerk* is how unsteadily the digit moves: the second difference of its centre of mass, in pixels, the median over a film.
# Over 160 films of each kind:
#
# | films | the digit asked for, in all frames | in all 16 of a film | jerk, pixels |
# |---|---|---|---|
# | guided to the digit, and steadied | 99.4 % (99.0 to 99.6) | 91.2 % (85.8 to 94.7) | 0.5 (0.5 to 0.6) |
# | guided to the digit | 97.4 % (96.7 to 98.0) | 87.5 % (81.5 to 91.8) | 0.6 (0.6 to 0.7) |
# | the same, each frame by itself | 97.4 % (96.7 to 98.0) | 86.2 % (80.1 to 90.7) | 13.5 (13.0 to 14.0) |
# | real films | 96.9 % (96.2 to 97.5) | 96.2 % (92.1 to 98.3) | 0.2 (0.2 to 0.2) |
#
# Without any guidance, 5 films of 20 keep the digit in all 16 frames. So it is guidance that keeps the digit, and attention along time that keeps the
# path: frames that know nothing of each other show the digit as often, and jump about. Steadied, fewer films lose the digit on the way: 14 of 160, and no one digit stands out among them.
#
# ### Going on from four frames
#
# A film model can be asked to go on with a film that it is given. This one has learnt it: in four of ten films of its training, the first frames were handed over clean, with time 0,
# while the others had the noise of their step. The same is done now, at every step. The classifier reads the digit in the known frames, and the model is asked for that digit, with
# both kinds of guidance.
#
# A model that has not been trained for it can be made to go on, too: the known frames are put in at the step's level of noise, and the gradient of how badly it predicts
# *them* moves its prediction of the others (*reconstruction guidance*, eq. 7 of [arXiv:2204.03458](https://arxiv.org/abs/2204.03458)).

# %%
first = real[:3, :4]
digits_read = moving.read_frames(first, load_classifier()).mode(dim=1).values
going_on = continue_films(network, first, digits_read, generator, film_steps, guidance)
pairs = {}
for i in range(3):
    pairs[f"film {i + 1}, real"] = real[i].unsqueeze(1)
    pairs[f"film {i + 1}: four frames are given, the model goes on"] = going_on[i].unsqueeze(1)
plotting.plot_rows(pairs, columns=16);

# %% [markdown]
# Over 40 films, each from its first 4 frames:
#
# | the model is given | the digit, in the frames that follow | in all twelve | its place, pixels off |
# |---|---|---|---|
# | the four frames, clean | 49.6 % (45.1 to 54.0) | 15.0 % (7.1 to 29.1) | 3.4 (2.7 to 4.0) |
# | the same, and the digit read in them | 94.8 % (92.4 to 96.4) | 90.0 % (76.9 to 96.0) | 4.1 (3.4 to 4.9) |
# | and steadied | 99.6 % (98.5 to 99.9) | 97.5 % (87.1 to 99.6) | 4.0 (3.3 to 4.8) |
# | the four frames, by reconstruction guidance | 30.8 % (26.9 to 35.1) | 5.0 % (1.4 to 16.5) | 6.7 (6.0 to 7.5) |
#
# If the fourth frame stood still, its place would be 6.2 pixels off (5.6 to 6.9). So training with known frames is worth more than guidance towards them, which does no better here than
# standing still. From the frames alone the model takes up the direction in part, and the digit turns into others. Named, the digit stays, in strokes that change.

# %% [markdown]
# ## 4 · Make it yours: LoRA, textual inversion, ControlNet
#
# To teach a trained layer something new, leave its weight alone and learn a narrow detour beside it.
#
# ### Exercise · LoRALinear
# *4 points · difficulty 3 of 5 · 15 minutes*
#
# Wrap an `nn.Linear`, with or without bias: $\text{base}(x) + \frac{\alpha}{\text{rank}}\,x A^\top B^\top$ for x of shape (…, in). A new layer equals its base: A
# or B starts at zero, but not both. The base is frozen by the layer itself; only A and B train.


# %% nbgrader={"grade": false, "grade_id": "LoRALinear", "locked": false, "schema_version": 3, "solution": true, "task": false}
class LoRALinear(nn.Module):
    """base(x) + (alpha/rank) x Aᵀ Bᵀ: base an nn.Linear, frozen here;
    A (rank, in) and B (out, rank) train."""

    def __init__(self, base, rank, alpha):
        super().__init__()
        ### BEGIN SOLUTION
        self.base, self.scale = base.requires_grad_(False), alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_LoRALinear", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
checks.LoRALinear(LoRALinear)
### BEGIN HIDDEN TESTS
checks.LoRALinear(LoRALinear, seed=70715)
### END HIDDEN TESTS

# %%
layer = checks.or_reference(LoRALinear)
one = layer(nn.Linear(128, 128), 4, 8)
trained = sum(p.numel() for p in one.parameters() if p.requires_grad)
print(f"{trained} of {sum(p.numel() for p in one.parameters())} parameters train")

# %% [markdown]
# ### A ninth colour
#
# Notebook 4's model knows eight colours, and *pink* is not among them: the tokenizer spells it p-i-n-k, with pieces whose vectors were never trained. So first see
# what it makes of the word.

# %%
digits_train, labels_train = load_digits("train")
new = [
    "a large pink five on a black background",
    "a small pink two on the left on a white background",
    "a large pink eight on a green background",
    "a large red three on a pink background",
]
old = [
    "a large red five on a black background",
    "a small blue two on the left on a white background",
]


def painted(prompts):
    """Two pictures of each prompt, always from the same noise."""
    return torch.cat(
        [
            loop.text_to_image(pipe, prompts, 30, 3.0, loop.seeds(seed, len(prompts)))
            for seed in tqdm((0, 100), desc="painting")
        ]
    )


before = painted(new + old)

# %% [markdown]
# ### Only the word: textual inversion
#
# The smallest lesson ([arXiv:2208.01618](https://arxiv.org/abs/2208.01618)) makes *pink* one token and learns the vector that the text encoder looks up for it: 96 numbers,
# which start as the vector of *red*. All weights stay as they are, so the picture of a prompt without the word can't change.

# %%
steps = here.pick(quick=3, cpu=150, gpu=150)
pipe = load_pipeline(device="cpu")
run = new_word.teach_word(pipe, digits_train, labels_train, steps)
bytes_of_word = teaching.save_learnt(run, "pink_word.safetensors")
by_word = painted(new + old)
(vector,) = run.learnt().values()
print(f"{vector.numel()} numbers; pink_word.safetensors: {bytes_of_word} bytes")
untouched = (each.unflatten(0, (2, -1))[:, len(new) :] for each in (before, by_word))
print(f"Old prompts give the same pictures, to the bit: {torch.equal(*untouched)}")

# %% [markdown]
# ### Detours: LoRA
#
# Now `LoRALinear`, yours if it passed, around each layer of attention in the U-Net and each layer of the text encoder; the word is one token here too, and its
# vector trains along. Half of the 3,000 pictures have pink in them, the others are in the old colours, so that the old words are not overwritten.

# %%
steps = here.pick(quick=3, cpu=400, gpu=400)
pipe = load_pipeline(device="cpu")  # as it was: a lesson changes the model that it is given
run = teaching.teach(pipe, digits_train, labels_train, steps, layer=layer)
plotting.plot_losses({f"the lesson, {steps} steps": run.losses}, smooth=20)
bytes_of_pink = teaching.save_learnt(run, "pink.safetensors")
print(f"pink.safetensors: {bytes_of_pink / 1000:.0f} kB, beside a model of 8,500 kB")

# %%
by_lora = painted(new + old)
columns = [*(textwrap.fill(prompt, 20) for prompt in new + old)]
rows = ["before", "", "the word", "", "LoRA", ""]
text_to_image.show_grid(torch.cat([before, by_word, by_lora]), rows, columns, side=1.7);

# %% [markdown]
# Measured on 200 held-out prompts of each kind, guidance 3, 30 steps; agreement is the share of pictures whose digit, both colours and place are read back as asked,
# with its 95 % interval. The last column compares the same old prompts from the same noise, before and after.
#
# | | prompts with pink | old prompts | change on the old |
# |---|---|---|---|
# | before | 12.0 % (8.2 to 17.2) | 97.5 % (94.3 to 98.9) | |
# | the word alone | 54.5 % (47.6 to 61.3) | 97.5 % (94.3 to 98.9) | 0.0 points (0.0 to 0.0) |
# | LoRA and the word | 89.0 % (83.9 to 92.6) | 97.0 % (93.6 to 98.6) | -0.5 points (-3.1 to 2.1) |
# | the same, from pink pictures only | 80.5 % (74.5 to 85.4) | 87.0 % (81.6 to 91.0) | -10.5 points (-15.0 to -6.0) |
# | 1,000 real pictures, through the autoencoder | 91.3 % (89.4 to 92.9) | 97.0 % (95.7 to 97.9) | |
#
# Before the lessons, 12 % are not zero: a word that means nothing leaves the model to guess, and some of its guesses lie nearest to pink.
#
# One vector of 96 numbers, a file of 304 bytes, goes more than half of the way, and costs the old words nothing. But the frozen model has to paint pink from what it
# knows: prompts with pink ink agree in 67.6 % (59.4 to 74.9), with pink ground in 26.6 % (17.3 to 38.5), where LoRA reaches 79.7 % (68.3 to 87.7). LoRA's file has
# 75 kB, and its lesson takes about ten times as long.
#
# After LoRA's lesson both colours are right in 98.5 % of the pictures with pink; what is still missed is mostly the digit. The last row shows where that comes from:
# the autoencoder has never seen pink either, no lesson here changes it, and real pictures that went through it are read hardly better. Without old colours in
# LoRA's lesson the old words are partly forgotten, and pink is learnt no better.

# %% [markdown]
# ### An outline says where: ControlNet
#
# A word can't say where each stroke goes; a drawing can. ControlNet ([arXiv:2302.05543](https://arxiv.org/abs/2302.05543)) copies the U-Net's encoder, shows the copy a
# drawing, and adds what it sees to the skips of the U-Net, whose own weights stay as they are. Each joint is a 1×1 convolution of zeros:
#
# $$h \leftarrow h + \text{zero}\big(\text{copy}(x_t, \text{drawing})\big).$$
#
# So before training, the controlled model *is* the model, and nothing is spoilt. And it trains: the output of a convolution of zeros is zero, but the gradient of its weights is
# its input times what comes back, and that is not. After one step they are not zero any more, and what lies before them learns, too.
#
# The one below was trained on the outlines of painted digits, with half of the captions hidden. The first drawing is a real digit's; draw the last one yourself, with # for ink.

# %%
ring = """
  ####
 ######
###  ###
##    ##
##    ##
###  ###
 ######
  ####
"""
heart = """
  ##   ##
 #### ####
###########
###########
 #########
  #######
   #####
    ###
     #
"""
pipe = load_pipeline(device="cpu")  # without the detours
control = load_control(pipe.unet)
six = read_back.separate(pictures[[0]])[2]
sheets = {"a six": six, "a ring": outlines.drawn(ring), "a heart": outlines.drawn(heart)}
asked = [
    "a large red five on a black background",
    "a large blue zero on a white background",
    "a large yellow eight on a purple background",
    "",
]
control_steps = here.pick(quick=3, cpu=25, gpu=25)
grid = []
for sheet in tqdm(sheets.values(), desc="painting"):
    sheet4, generator = sheet.expand(4, -1, -1, -1), torch.Generator().manual_seed(0)
    inside = paint_inside(pipe, control, asked, sheet4, generator, control_steps)
    grid += [1 - outlines.outline(sheet).expand(-1, 3, -1, -1), inside]
columns = ["the outline", *(textwrap.fill(text, 20) or "no words" for text in asked)]
text_to_image.show_grid(torch.cat(grid), list(sheets), columns, side=1.7);

# %% [markdown]
# The drawing says where, the words say which colours, and without words the model chooses them. It has seen outlines of digits only: a heart comes out as a blob, or as strokes of a pen.
# Over 200 prompts with combinations that training left out, each with the outline of its scene in somebody's handwriting (overlap: pixels in both inks, over pixels in either):
#
# | the model is told | overlap | the prompt's digit | the outlined digit | both colours |
# |---|---|---|---|---|
# | the prompt alone | 0.322 | 98.0 % (95.0 to 99.2) | 98.0 % (95.0 to 99.2) | 100.0 % (98.1 to 100.0) |
# | prompt and outline | 0.698 | 91.5 % (86.8 to 94.6) | 91.5 % (86.8 to 94.6) | 100.0 % (98.1 to 100.0) |
# | the outline alone | 0.566 | 78.5 % (72.3 to 83.6) | 78.5 % (72.3 to 83.6) | 1.5 % (0.5 to 4.3) |
# | prompt and another's outline | 0.672 | 15.5 % (11.1 to 21.2) | 86.0 % (80.5 to 90.1) | 100.0 % (98.1 to 100.0) |
#
# For comparison, two people's handwriting of one scene overlap by 0.306, about what the prompt alone reaches, and a picture that goes through the autoencoder and back by 0.905.
# The third row has no colours to agree with: nobody named any. In the last row words and drawing contradict each other, and the drawing wins: one that speaks of each pixel has more to say than a word.
# (Of those outlines 12 % show the prompt's digit after all.) The digit suffers a little where it has to fit somebody's hand, badly written ones included.

# %% [markdown]
# **You now have** the few lines that three large systems rest on, and a way to teach a trained model something new. What they have more of is data, parameters and machines.
