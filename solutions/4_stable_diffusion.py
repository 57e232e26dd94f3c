# %% [markdown]
# # 4 · Stable Diffusion, on a laptop
#
# You have built a diffusion model that paints digits out of noise. Two ideas turn it into Stable Diffusion: run it in a small
# **latent** space instead of on pixels, and let a **text** steer it. Both are in one paper: Rombach et al. (2022),
# *High-resolution image synthesis with latent diffusion models*, [arXiv:2112.10752](https://arxiv.org/abs/2112.10752).
#
# | | part | minutes to read | exercises |
# |---|---|---|---|
# | 1 | three networks, taken apart | 20 | |
# | 2 | the schedule | 5 | `scaled_linear_beta_schedule` |
# | 3 | guidance | 10 | `classifier_free_guidance` |
# | 4 | the sampling loop by hand | 20 | `text_to_image` |
# | 5 | play: schedulers, guidance, negative prompts, a film, attention | 25 | one in words |
# | 6 | what fails, and why | 5 | |
# | 7 | the big model | 10 | |
#
# **The same pipeline class, two sets of weights.** Stable Diffusion v1-4 needs a GPU and a download of 3 GB. So the course ships
# a small model of its own: the same classes from the `diffusers` library, the same folder format, the same scheduler, but
# 8 MB of weights and a world of handwritten digits in eight colours. Everything you learn on it holds for the big one, and part 7
# switches.
#
# **How the exercises work.** Write your answer where it says `YOUR CODE HERE`, run the cell, then run the check below it.
# Stuck? `checks.hint("text_to_image")` gives a hint, and a better one each time you ask. You can skip anything: the notebook
# then goes on with the course's own version and says so.

# %%
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionImg2ImgPipeline,
)
from tqdm.auto import tqdm

from helpers import checks, profile
from helpers.text_to_image import attention_maps
from helpers.text_to_image import captions
from helpers.figures import plotting
from helpers.text_to_image import read_back
from helpers.figures import text_to_image as figures
from helpers.evaluate import load_classifier
from helpers.text_to_image.loop import (
    decode,
    embed,
    encode,
    estimate_cost,
    initial_noise,
    load_pipeline,
    seeds,
    slerp,
)
from helpers.weights.text_to_image import pictures

plotting.use_course_style()
here = profile.current()
STEPS = here.pick(quick=4, cpu=50, gpu=50)
print(
    f"Running on: {here}. Run All takes "
    f"{here.pick(quick='a minute', cpu='about two minutes', gpu='about two minutes')}."
)

# %% [markdown]
# ## 1 · Three networks, taken apart
#
# Loading takes a folder; `load_pipeline` calls the library's `StableDiffusionPipeline.from_pretrained(folder)` and nothing more.

# %%
pipe = load_pipeline(device=here.device)
for name, part in pipe.components.items():
    if hasattr(part, "parameters"):
        print(
            f"{name:14s}{type(part).__name__:24s}"
            f"{sum(p.numel() for p in part.parameters()) / 1e6:6.2f} M parameters"
        )
    elif part is not None:
        print(f"{name:14s}{type(part).__name__}")

# %% [markdown]
# That is all there is. The scheduler is a few numbers and a formula. Written out, it is the one that came with the folder:

# %%
by_hand = PNDMScheduler(
    num_train_timesteps=1000,
    beta_start=0.00085,
    beta_end=0.012,
    beta_schedule="scaled_linear",  # √β rises linearly: part 2
    skip_prk_steps=True,  # no Runge-Kutta steps before the multistep formula
    prediction_type="v_prediction",  # Stable Diffusion v1: "epsilon"
    steps_offset=1,
)
same = all(
    by_hand.config[key] == value
    for key, value in pipe.scheduler.config.items()
    if key in by_hand.config
)
print(f"the same as the pipeline's own: {same}")

# %% [markdown]
# This is how the parts work together:

# %%
figures.draw_latent_diffusion(pipe);

# %% [markdown]
# Before we look inside, let it paint. A prompt names a digit, its colour and its background; size and place if you like.

# %%
prompts = [
    "a large red seven on a blue background",
    "a small white four on the left on a black background",
    "a large black two on an orange background",
    "on a yellow background a purple nine",
    "large green zero on white",
    "a small yellow five at the bottom on a purple background",
]
images = pipe(
    prompts,
    num_inference_steps=STEPS,
    guidance_scale=8,
    generator=seeds(40, 6),
    output_type="pt",
).images
figures.show_images(images, titles=figures.wrapped(prompts), height=150, columns=3)

# %% [markdown]
# **Your own prompt.** Change the words and run the cell again. Digits zero to nine; red, green, blue, yellow, orange, purple, white, black;
# large or small; on the left, on the right, at the top, at the bottom.

# %%
my_prompt = "a small green eight on a black background"
images = pipe(
    [my_prompt] * 3,
    num_inference_steps=STEPS,
    guidance_scale=8,
    generator=seeds(60, 3),
    output_type="pt",
).images
figures.show_images(images, titles=["", my_prompt, ""], height=150)

# %% [markdown]
# ### 1a · The autoencoder (VAE)
#
# Most of an image's numbers describe detail that no one asked for. A variational autoencoder squeezes pixels into **latents**, and a
# diffusion model then only has to learn the latents. Stable Diffusion turns 3×512×512 pixels into 4×64×64 latents: 48 times
# fewer numbers. Ours turns 3×32×32 into 8×8×8: only 6 times fewer, but the U-Net runs on 8×8 places instead of 32×32, and its cost
# goes with the places.

# %%
scenes, real = pictures(4, torch.Generator().manual_seed(6), "test")
real = (real / 2 + 0.5).to(here.device)  # the pipeline's pictures are in [0, 1]
latents = encode(pipe, real)
back = decode(pipe, latents)
psnr = -10 * (back - real).square().mean().log10()
print(
    f"{tuple(real.shape[1:])} → {tuple(latents.shape[1:])} → {tuple(back.shape[1:])}, "
    f"PSNR {psnr:.1f} dB"
)
figures.show_grid(
    torch.cat([real, back]),
    ["real", "there\nand back"],
    captions.prompts(scenes[:0]) or [""] * 4,
);

# %% [markdown]
# Latents are not meant for eyes, but they are still *pictures*: coarse maps, in which the digit can be made out.

# %%
figures.show_latents(latents[:2, :8], real[:2]);

# %% [markdown]
# A detail that many trip over: diffusion starts from N(0, I), so the latents it learns must have a spread of about 1. The encoder's
# have not. One number, the **scaling factor**, is multiplied on after encoding and *divided out before decoding*.

# %%
print(
    f"scaling factor of this model: {pipe.vae.config.scaling_factor} (Stable Diffusion: "
    "0.18215)"
)
print(f"spread of the scaled latents: {latents.std():.2f}")

# %% [markdown]
# ### 1b · The tokenizer and the text encoder
#
# The tokenizer cuts the prompt into pieces that it knows, and pads to a fixed length. Each word of our small world is one piece; any
# other word is spelt, piece by piece.

# %%
for text in ("a large red seven", "a turquoise cat"):
    print(f"{text!r:22} → {attention_maps.words(pipe, text)}")
tokens = pipe.tokenizer("a large red seven", padding="max_length").input_ids
print("as numbers, padded:", tokens)

# %% [markdown]
# The text encoder, a small transformer, turns each token into a vector that knows what came before it in the sentence. It was trained
# together with the U-Net and has seen nothing but captions and pictures. Which words did it place close together? The same
# sentence, with one word exchanged (what all words of a kind share is taken away first):

# %%
groups = {}
for title, words, sentence, position in (
    ("digits", captions.DIGITS, "a large red {} on", 4),
    ("colours", captions.COLOURS, "a large {} three on", 3),
):
    with torch.no_grad():
        groups[title] = (
            embed(pipe, [sentence.format(word) for word in words])[:, position],
            words,
        )
figures.show_similarity(groups);

# %% [markdown]
# Nobody told it what a four looks like. But words that ask for similar strokes pull the U-Net in similar directions, and so words that
# *paint* alike end up with vectors that *are* alike.

# %% [markdown]
# ### 1c · The U-Net, and how words get in
#
# The U-Net is the one from notebook 3 with one new layer: **cross-attention**. Each place of the latents asks a question (Q), each word
# offers a key (K) and an answer (V):
#
# $$\mathrm{attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{QK^\top}{\sqrt d}\right) V$$
#
# So the word *red* can speak to the digit's places, and the word *blue* to the others. These are all of them:

# %%
for name, layer in pipe.unet.named_modules():
    if name.endswith("attn2"):
        places, text = layer.to_q.in_features, layer.to_k.in_features
        print(
            f"{name:50s} Q from {places} channels, K and V from {text} of the text, "
            f"{layer.heads} heads"
        )

# %% [markdown]
# What do the words *do*? Take one real picture, add noise until hardly anything is left (t = 850), and let the U-Net guess the
# clean picture in one go, each time with another text.
#
# > **ε or v?** Stable Diffusion v1 predicts the noise $\epsilon$. Our small U-Net predicts the *velocity*
# > $v = \sqrt{\bar\alpha_t}\,\epsilon - \sqrt{1-\bar\alpha_t}\,x_0$ ([arXiv:2202.00512](https://arxiv.org/abs/2202.00512)), as
# > Stable Diffusion 2's model for 768 pixels did (its model for 512 pixels predicts $\epsilon$). The two say the same: $\epsilon = \sqrt{\bar\alpha_t}\,v + \sqrt{1-\bar\alpha_t}\,x_t$. But in nearly pure noise $\epsilon$
# > is almost the input itself, and what the words add to it is tiny; $v$ is there minus the picture, and a short training
# > learns the words much sooner. The scheduler knows which of the two it is given (`prediction_type`), so nothing else changes.

# %%
texts = [
    "",
    "a large red seven on a blue background",
    "a large green zero on a white background",
]
t = torch.tensor(850)
alpha_bar = pipe.scheduler.alphas_cumprod[t].item()
scenes, x0 = pictures(1, torch.Generator().manual_seed(2), "test")
x0 = encode(pipe, x0.to(here.device) / 2 + 0.5)
e = torch.randn(x0.shape, generator=torch.Generator().manual_seed(0)).to(x0)
x_t = alpha_bar**0.5 * x0 + (1 - alpha_bar) ** 0.5 * e
with torch.no_grad():
    v = pipe.unet(
        x_t.expand(3, -1, -1, -1), t, encoder_hidden_states=embed(pipe, texts)
    ).sample
guess = alpha_bar**0.5 * x_t - (1 - alpha_bar) ** 0.5 * v  # x_0, from the definition of v
titles = ["the picture", "with noise", *(f"told: “{text}”" for text in texts)]
shown = decode(pipe, torch.cat([x0, x_t, guess]))
figures.show_images(shown, titles=figures.wrapped(titles), height=150)

# %% [markdown]
# One guess from so much noise is a blurred average over all pictures that fit. The text decides *which* pictures fit. Many small
# steps turn the blur into one sharp picture; that is why we go step by step.

# %% [markdown]
# ## 2 · The schedule
#
# Stable Diffusion uses yet another schedule: **scaled linear**. Not $\beta_t$ rises linearly, but its root:
#
# $$\sqrt{\beta_t} \;\text{ goes in equal steps from }\; \sqrt{\beta_\text{start}} = \sqrt{0.00085} \;\text{ to }\; \sqrt{\beta_\text{end}} = \sqrt{0.012}$$
#
# ### Exercise · The scaled-linear schedule
# *2 points · difficulty 1 of 5 · 5 minutes*
#
# Compute in float64; float32 is enough to return. The first and the last value are `beta_start` and `beta_end`.

# %% nbgrader={"grade": false, "grade_id": "scaled_linear_beta_schedule", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scaled_linear_beta_schedule(T, beta_start=0.00085, beta_end=0.012):
    """The variances β_1 … β_T, shape (T,), float32."""
    ### BEGIN SOLUTION
    roots = torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64)
    return roots.square().float()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_scaled_linear_beta_schedule", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.scaled_linear_beta_schedule(scaled_linear_beta_schedule)
### BEGIN HIDDEN TESTS
checks.scaled_linear_beta_schedule(scaled_linear_beta_schedule, seed=20931)
### END HIDDEN TESTS

# %%
betas = checks.or_reference(scaled_linear_beta_schedule)(1000)
difference = (betas - pipe.scheduler.betas.cpu()).abs().max()
print(f"largest difference from the pipeline's own betas: {difference:.1e}")
figures.plot_signal(
    {"scaled linear (here)": betas, "linear (notebook 3)": torch.linspace(1e-4, 0.02, 1000)}
);

# %% [markdown]
# At the last step √ᾱ is still 0.068, ten times as much as with notebook 3's schedule: a hint of the picture's mean colour survives in
# training, but sampling starts from pure noise. For big pictures this makes very dark and very bright images hard to get, a known
# flaw of Stable Diffusion ([arXiv:2305.08891](https://arxiv.org/abs/2305.08891)).

# %% [markdown]
# ## 3 · Guidance
#
# During training, one caption in eight was replaced by the empty text. So the same U-Net knows two predictions: $\epsilon_\text{cond}$
# with the prompt and $\epsilon_\text{uncond}$ without. **Classifier-free guidance**
# ([arXiv:2207.12598](https://arxiv.org/abs/2207.12598)) starts at the second, goes through the first, *and further*:
#
# $$\tilde\epsilon = \epsilon_\text{uncond} + s\,(\epsilon_\text{cond} - \epsilon_\text{uncond})$$
#
# > **Two scales in use.** With $s$, as here and in `diffusers`, 1 means the conditional prediction alone. The paper writes
# > $(1+w)\,\epsilon_\text{cond} - w\,\epsilon_\text{uncond}$, which is the same with $s = 1 + w$: there, 0 means no guidance.
#
# With $v$ in place of $\epsilon$ the formula is the same, because at a given $x_t$ one is a straight-line function of the other.
#
# ### Exercise · Classifier-free guidance
# *2 points · difficulty 1 of 5 · 5 minutes*

# %% nbgrader={"grade": false, "grade_id": "classifier_free_guidance", "locked": false, "schema_version": 3, "solution": true, "task": false}
def classifier_free_guidance(eps_uncond, eps_cond, scale):
    """The guided prediction; scale 0 ignores the prompt, scale 1 is eps_cond alone."""
    ### BEGIN SOLUTION
    return eps_uncond + scale * (eps_cond - eps_uncond)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_classifier_free_guidance", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.classifier_free_guidance(classifier_free_guidance)
### BEGIN HIDDEN TESTS
checks.classifier_free_guidance(classifier_free_guidance, seed=20931)
### END HIDDEN TESTS

# %%
guide = checks.or_reference(classifier_free_guidance)

# %% [markdown]
# ## 4 · The sampling loop by hand
#
# Now put the parts together. In words:
#
# 1. `pipe.tokenizer(..., padding="max_length", truncation=True, return_tensors="pt")`, so that every text is as long as the encoder's
#    table of positions, and `pipe.text_encoder(ids)[0]`: once for the prompt, once for the empty text.
# 2. Set the number of steps: `pipe.scheduler.set_timesteps(steps)`. Draw noise of shape (prompts, `pipe.unet.config.in_channels`,
#    `sample_size`, `sample_size`) from `generator`, and multiply it by `pipe.scheduler.init_noise_sigma`.
# 3. For each `t` in `pipe.scheduler.timesteps`: prepare the input with `pipe.scheduler.scale_model_input(x, t)`, call
#    `pipe.unet(x, t, encoder_hidden_states=text).sample` for both texts, combine them with `guide`, and take the scheduler's step:
#    `pipe.scheduler.step(e, t, x).prev_sample`.
# 4. Divide by `pipe.vae.config.scaling_factor`, decode with `pipe.vae.decode(x).sample`, and map [-1, 1] to [0, 1], clamped.
#
# ### Exercise · Text to image
# *4 points · difficulty 3 of 5 · 25 minutes*
#
# `prompt` is one text or a list of texts. Your picture must equal the pipeline's own, to rounding, and keep no graph: nothing is trained
# here. On a GPU the parts want their input there and in their precision: `ids.to(pipe.device)`, and `.to(text)` for the noise, which is drawn
# on the CPU.

# %% nbgrader={"grade": false, "grade_id": "text_to_image", "locked": false, "schema_version": 3, "solution": true, "task": false}
def text_to_image(pipe, prompt, steps, scale, generator):
    """Paint one picture a prompt: a tensor (prompts, 3, H, W) in [0, 1]."""
    ### BEGIN SOLUTION
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)

    def embed(texts):
        ids = pipe.tokenizer(
            texts, padding="max_length", truncation=True, return_tensors="pt"
        ).input_ids
        return pipe.text_encoder(ids.to(pipe.device))[0]

    with torch.no_grad():
        text = torch.cat([embed([""] * len(prompts)), embed(prompts)])
        pipe.scheduler.set_timesteps(steps)
        side = pipe.unet.config.sample_size
        x = torch.randn(
            len(prompts), pipe.unet.config.in_channels, side, side, generator=generator
        ).to(text)
        x = x * pipe.scheduler.init_noise_sigma
        for t in pipe.scheduler.timesteps:
            x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
            e_uncond, e_cond = pipe.unet(x_in, t, encoder_hidden_states=text).sample.chunk(2)
            x = pipe.scheduler.step(guide(e_uncond, e_cond, scale), t, x).prev_sample
        image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_text_to_image", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
checks.text_to_image(text_to_image)
### BEGIN HIDDEN TESTS
checks.text_to_image(text_to_image, seed=20931)
### END HIDDEN TESTS

# %% [markdown]
# On the real thing: your loop and the library's pipeline, same seed.

# %%
paint = checks.or_reference(text_to_image)
mine = paint(pipe, prompts[0], STEPS, 8, torch.Generator().manual_seed(1))
generator = torch.Generator().manual_seed(1)
theirs = pipe(
    prompts[0],
    num_inference_steps=STEPS,
    guidance_scale=8,
    generator=generator,
    output_type="pt",
).images
print(f"largest difference: {(mine - theirs).abs().max():.1e}")
both = torch.cat([mine, theirs])
figures.show_images(both, titles=["your loop", "the pipeline"], height=150)

# %% [markdown]
# <details><summary><b>My picture is coloured noise, or not like the pipeline's.</b> Likely causes, in order</summary>
#
# 1. *Pale or garish colours*: the latents were not divided by `pipe.vae.config.scaling_factor` before decoding.
# 2. *Noise to the end*: the scheduler's step got the wrong prediction, or `set_timesteps` was not called for this number of steps.
# 3. *A clean picture of something else*: the two texts are exchanged in the guidance, or the empty text is missing.
# 4. *Nearly the same*: another order of random draws, or noise without `init_noise_sigma`.
# </details>

# %% [markdown]
# And the latents on their way, decoded every few steps. The background and the place of the digit come first, clean edges last: coarse
# to fine.

# %%
from helpers.text_to_image.loop import denoise

way = torch.cat(list(denoise(pipe, prompts[0], STEPS, 8, seeds(1, 1))))
shown = torch.linspace(0, len(way) - 1, min(10, len(way))).round().long()
titles = [f"t = {int(t)}" for t in pipe.scheduler.timesteps[shown]]
figures.show_images(decode(pipe, way[shown]), titles=titles, height=150, columns=5)

# %% [markdown]
# ## 5 · Play
#
# ### Which scheduler, how many steps?
#
# **Predict, then run.** Four schedulers, one seed, from 2 to 50 steps: which one will show the three first? Which will you tell from the
# others at 50 steps?
#
# A scheduler decides where to go from the predicted noise. DDIM you know. **PNDM** ([arXiv:2202.09778](https://arxiv.org/abs/2202.09778))
# remembers the last four predictions and extrapolates, as does **DPM-Solver++** ([arXiv:2211.01095](https://arxiv.org/abs/2211.01095))
# with two; Euler takes one straight step at a time. All of them share the same network: only `pipe.scheduler` changes.

# %%
schedulers = {
    "PNDM": PNDMScheduler,
    "DDIM": DDIMScheduler,
    "DPM-Solver++": DPMSolverMultistepScheduler,
    "Euler": EulerDiscreteScheduler,
}
many = here.pick(quick=(2, 4), cpu=(2, 4, 8, 15, 30, 50), gpu=(2, 4, 8, 15, 30, 50))
original = pipe.scheduler
rows = []
for kind in schedulers.values():
    pipe.scheduler = kind.from_config(original.config)
    rows += [
        paint(
            pipe,
            "a large yellow three on a purple background",
            n,
            5,
            torch.Generator().manual_seed(4),
        )
        for n in many
    ]
pipe.scheduler = original
figures.show_grid(torch.cat(rows), list(schedulers), [f"{n} steps" for n in many]);

# %% [markdown]
# One seed, one picture: with enough steps all of them arrive at nearly the same image, because all of them solve the same equation.
# They differ in how early they get there: DPM-Solver++ needs the fewest. PNDM's extrapolation over four steps overshoots while the steps
# are large, and the digit takes on wrong colours. The stronger the guidance, the sooner: at the scale of 5 used here 30 steps are enough,
# at the usual 8 it takes 50.
#
# One seed may be luck. So 200 prompts were painted with each at guidance 8, and *read back* as in the next section; what PNDM does in 50 steps
# is from 500 prompts (`python benchmarks/text_to_image.py`; per cent of the pictures, in brackets the 95 % interval):
#
# | | steps | digit right | its colour right | background right |
# |---|---|---|---|---|
# | PNDM | 50 | 99.2 (98.0 to 99.7) | 99.4 (98.3 to 99.8) | 100.0 (99.2 to 100.0) |
# | DPM-Solver++ | 20 | 99.5 (97.2 to 99.9) | 100.0 (98.1 to 100.0) | 100.0 (98.1 to 100.0) |
# | DDIM | 20 | 99.5 (97.2 to 99.9) | 100.0 (98.1 to 100.0) | 100.0 (98.1 to 100.0) |
# | PNDM | 20 | 86.0 (80.5 to 90.1) | 53.0 (46.1 to 59.8) | 87.0 (81.6 to 91.0) |
# | Euler | 20 | 99.5 (97.2 to 99.9) | 100.0 (98.1 to 100.0) | 100.0 (98.1 to 100.0) |
#
# In 20 steps the three others do what PNDM needs 50 for. To paint in less than half the time, put
# `pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config)` after loading and ask for 20 steps. Here PNDM stays: it is what
# the folder came with, as with Stable Diffusion v1, and at 50 steps it has the time it needs.
#
# > **A trap.** The other schedulers are made from PNDM's configuration, which holds `clip_sample = False`. DDIM's own default is True: it
# > clips the predicted $x_0$ to [-1, 1]. That is right for pixels (notebook 3) and ruins latents, which reach ±3.

# %% [markdown]
# ### How much guidance?
#
# **Predict, then run.** Rows: guidance scales from 0 to 16. Columns: eight seeds. In which row will the first picture be an orange five on green?
# And will the eight pictures of the last row be more alike than those of the third, or less?

# %%
scales = (0, 1, 2, 4, 8, 16)
request = ["a small orange five on a green background"] * 8
rows = [
    paint(pipe, request, STEPS, scale, torch.Generator().manual_seed(9))
    for scale in tqdm(scales, desc="scales")
]
figures.show_grid(
    torch.cat(rows), [f"scale {s}" for s in scales], [f"#{i}" for i in range(8)], side=1.0
);

# %% [markdown]
# At scale 0 the prompt is ignored. At 1 all are orange on green, but some fives look like a six or a three; from 4 on nearly all are
# good fives, each still in its own hand. At 16 the shapes hold and the colours do not.
#
# Pictures can be *read back*: a classifier reads the digit, the two colours are compared with the palette. So we can measure how often
# the picture shows what the prompt says. Each prompt is painted twice, to see how much two digits made to one prompt still differ.

# %%
n = here.pick(quick=8, cpu=40, gpu=200)
scenes = captions.random_scenes(n // 2, torch.Generator().manual_seed(5))[
    torch.arange(n // 2).repeat(2)
]
bar = tqdm((0, 1, 3, 8, 16), desc="scales")
print("scale   digit right   colours right   saturation   variety")
for scale in bar:
    made = paint(
        pipe, captions.prompts(scenes), STEPS, scale, torch.Generator().manual_seed(6)
    ).cpu()
    right = read_back.read(made, load_classifier()).agrees(scenes)
    colours = (right["colour"] & right["ground"]).float().mean()
    clipped = ((made < 0.004) | (made > 0.996)).float().mean()
    one, other = read_back.isolate(read_back.separate(made * 2 - 1)[2]).chunk(
        2
    )  # the digits, cut out and centred
    variety = (one - other).square().mean().sqrt()
    print(
        f"{scale:5}   {right['digit'].float().mean():11.0%}   {colours:13.0%}   "
        f"{clipped:10.1%}   {variety:7.2f}"
    )

# %% [markdown]
# *Variety* is the root-mean-square difference between the two digits of a prompt, of ink from -1 to 1. *Saturation* is the share of
# colour values at the very end of the range: real pictures of this world have few. At scale 16 two things
# come together: the extrapolation leads to where the network was never trained, whatever the scheduler, and PNDM overshoots as it did with
# too few steps. Put DDIM in its place, as in the grid of schedulers: the colours are right again, most of the saturation stays.
#
# ### Exercise · What guidance buys
# *4 points · written · difficulty 2 of 5 · 15 minutes*
#
# What does raising the guidance scale buy, and what does it cost? Use the figure and the table above, and say what a scale above 1 does to the
# distribution that is sampled. Mention the computing cost.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written_guidance", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# It buys **agreement with the prompt**: at scale 0 the prompt is ignored, at 1 pictures follow it as far as the network learnt the
# conditional distribution, beyond 1 they follow it more reliably, because each step moves further in the direction in which the prompt
# differs from "no prompt". In terms of densities the score becomes $\nabla\log p(x) + s\,\nabla\log p(\text{prompt}\mid x)$: we sample
# something like $p(x)\,p(\text{prompt}\mid x)^s$, a conditional distribution sharpened around what an (implicit) classifier is surest of.
#
# It costs **diversity** (the pictures of one prompt become alike: typical ones are preferred), and at large scales **quality**: the
# prediction is extrapolated to where the network was never trained, so colours saturate, details grow plainer and artefacts appear. It
# also costs **time**: two network passes a step instead of one.
#
# **Rubric (4).** 1: better agreement with the prompt. 1: less diversity. 1: saturation or artefacts at large scales, or "off the training
# distribution". 1: either the distribution (sharpened conditional, p(x) p(c|x)^s, implicit classifier) or the doubled cost of a step.
# ### END SOLUTION

# %% [markdown]
# ### Negative prompts
#
# The empty text is only a habit: put another text in its place, and guidance moves *away from it*. Same seeds, in the second row the
# negative prompt is "red". The prompt names no colour for the digit, so there is something left to decide.

# %%
request = ["a large three on a black background"] * 8
noise = initial_noise(pipe, 8, seeds(20, 8))
plain, without = (
    pipe(
        request,
        negative_prompt=[no] * 8,
        latents=noise,
        num_inference_steps=STEPS,
        guidance_scale=5,
        output_type="pt",
    ).images
    for no in ("", "red")
)
figures.show_grid(
    torch.cat([plain, without]), ["no negative\nprompt", "not “red”"], [""] * 8, side=1.0
);

# %% [markdown]
# Left to itself the model settles on something between the colours; away from red is towards green and blue.

# %% [markdown]
# ### A walk from picture to picture
#
# Everything random is in the first noise, everything said is in the text vectors. Walk from one noise to another and from one text to
# another, and the picture follows. Noise must be walked along a *sphere* (`slerp`): halfway on the straight line between two noises, the
# spread is only 0.7, and the network has never seen such noise.

# %%
frames = here.pick(quick=6, cpu=32, gpu=64)
a, b = initial_noise(pipe, 2, seeds(30, 2)).split(1)
weights = torch.linspace(0, 1, frames).tolist()
walk = torch.cat([slerp(a, b, w) for w in weights])
with torch.no_grad():
    start, end = embed(
        pipe,
        [
            "a large red three on a black background",
            "a large yellow eight on a blue background",
        ],
    ).split(1)
text = torch.cat([torch.lerp(start, end, w) for w in weights])
options = {"num_inference_steps": STEPS, "guidance_scale": 5, "output_type": "pt"}
film = pipe(
    prompt_embeds=text,
    negative_prompt_embeds=embed(pipe, [""] * frames).detach(),
    latents=walk,
    **options,
).images
figures.show_film(film, fps=8)

# %%
figures.show_images(film[:: max(1, frames // 8)], height=150, columns=4)

# %% [markdown]
# ### Image to image
#
# Don't start from pure noise: take a picture, add noise up to a chosen **strength**, and denoise from there with a prompt. Low strength
# keeps the picture, high strength keeps the prompt; in between, the background's colour gives way first and the strokes last. The same
# networks, another loop: `StableDiffusionImg2ImgPipeline`.

# %%
painter = StableDiffusionImg2ImgPipeline(**pipe.components, requires_safety_checker=False)
painter.set_progress_bar_config(disable=True)
source = paint(
    pipe, "a large white three on a red background", STEPS, 5, torch.Generator().manual_seed(3)
)
strengths = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
told = "a large white eight on a blue background"
options = {"num_inference_steps": 50, "guidance_scale": 5, "output_type": "pt"}
changed = [
    painter(told, image=source, strength=s, generator=seeds(1, 1), **options).images
    for s in strengths
]
titles = ["source", *(f"strength {s}" for s in strengths)]
figures.show_images(torch.cat([source, *changed]), titles=titles, height=150, columns=4)

# %% [markdown]
# ### Where does it look?
#
# The softmax in cross-attention says how much each place takes from each word. Averaged over heads, layers and steps, that is one map
# for each word of the prompt (DAAM, [arXiv:2210.04885](https://arxiv.org/abs/2210.04885)). Each map has its own scale; the number is the word's
# share where it is brightest.

# %%
prompt = "a small white four on the left on a purple background"
with attention_maps.record(pipe) as maps:
    image = paint(pipe, prompt, STEPS, 5, torch.Generator().manual_seed(8))
tokens = attention_maps.words(pipe, prompt)
figures.show_attention(image[0], maps.of_prompt()[0][1 : len(tokens) - 1], tokens[1:-1]);

# %% [markdown]
# The digit's word lights up on the strokes, and so, more faintly, does the *on* behind it; *background* lights up around them. And the
# colours? Nowhere does more than a small share go to *white* or *purple*, and the little that *purple* gets is not even on the
# background. The encoder reads from left to right, so the vector of *four* may already say that it is a white one. A guess that one can test: take the vectors
# of two prompts that differ in the digit's colour alone, and exchange some of them.

# %%
with torch.no_grad():
    red, green = embed(
        pipe,
        ["a large red six on a yellow background", "a large green six on a yellow background"],
    ).split(1)
mixed = {"all from “red six”": red}
for label, places in (
    ("“red” exchanged", [3]),
    ("“six” exchanged", [4]),
    ("“six” and all behind it", range(4, 16)),
):
    mixed[label] = red.clone()
    mixed[label][:, places] = green[:, places]
mixed["all from “green six”"] = green
noise = initial_noise(pipe, 1, seeds(1, 1)).expand(len(mixed), -1, -1, -1)
options = {"num_inference_steps": STEPS, "guidance_scale": 5, "output_type": "pt"}
nothing = embed(pipe, [""] * len(mixed)).detach()
images = pipe(
    prompt_embeds=torch.cat([*mixed.values()]),
    negative_prompt_embeds=nothing,
    latents=noise,
    **options,
).images
figures.show_images(images, titles=figures.wrapped([*mixed]), height=150)

# %% [markdown]
# The vector of *green* in the place of *red* leaves the six red, only darker and thinner. The vector of *six* alone turns it to a dull
# green, and with the words behind it the picture is that of the green six: these carry the colour. In the same
# way *background* knows which background: exchange places 7 and 8 with a prompt that ends in "a blue background". Attention shows where the
# network looks, not everything that it finds there.

# %% [markdown]
# ## 6 · What fails, and why
#
# The model knows some thirty words and one kind of sentence. Ask it for what lies outside:

# %%
outside = [
    "a red seven and a green two on a white background",
    "a red seven on a red background",
    "a turquoise five on a white background",
    "a cat on a blue background",
    "not a red seven on a blue background",
    "a blue background on a large red seven",
]
images = paint(pipe, outside, STEPS, 8, torch.Generator().manual_seed(2))
figures.show_images(images, titles=figures.wrapped(outside), height=150, columns=3)

# %% [markdown]
# - **Two digits**: training showed one a picture, so one is painted, often with the words of both mixed up.
# - **Red on red**: never seen in training. Either nothing can be made out, or one of the two words is not obeyed.
# - **Turquoise, cat**: spelt out of pieces that the text encoder never learnt. They say nothing, and they push the words behind them to places
#   in the sentence where these never stood, so that even *white* is lost.
# - **Not**: no training caption ever said what is *not* there. The big model has the same weakness; that is what negative prompts are for.
# - **Word order**: it was trained on three forms of sentence, and what it makes of others is luck.
#
# And inside its world it fails too, if seldom: about one digit in a hundred is malformed. It was trained on one
# core in an hour and a half; `helpers/assets/text_to_image/card.md` has the measured shares.
#
# Real Stable Diffusion fails in the same ways, further out: counting, negation, who wears which colour, anything rare in its training data.

# %% [markdown]
# ## 7 · The big model
#
# **What it costs, first.** Time the U-Net once, then multiply: this is what the next run will take, before it starts. On Colab a GPU eats
# compute units for as long as it is *connected*, busy or not: disconnect when you are done.

# %%
cost = estimate_cost(pipe, images=16, steps=50)
print(
    f"16 pictures of 50 steps here: {cost['passes']} network passes, "
    f"about {cost['seconds']:.0f} s with the small model"
)
t4_step = 0.13  # seconds, roughly: a guided step of Stable Diffusion v1-4 in fp16 on a T4
print(
    f"Stable Diffusion v1-4 on a T4: about {16 * 50 * t4_step / 60:.0f} minutes, "
    f"{16 * 50 * t4_step / 3600 * 1.8:.2f} Colab units"
)

# %% [markdown]
# **The switch.** `BIG = True` loads `CompVis/stable-diffusion-v1-4` in half precision. You need a GPU with 4 GB free, 3 GB of disk and a
# network. Its licence, CreativeML OpenRAIL-M, forbids some uses: read it on the model's page. If the hub asks for a login, accept
# the licence there, make a token, and log in from here with `LOGIN = True` (in a terminal: `hf auth login`). Whatever is missing is said, and the small
# model goes on.

# %%
BIG = False
LOGIN = False

if LOGIN:
    from huggingface_hub import notebook_login

    notebook_login()  # asks in a field of its own, so the token is not saved with the notebook

artist = load_pipeline(big=True) if BIG else pipe
is_big = artist.unet.config.sample_size > 8
request = (
    "a photograph of an astronaut riding a horse"
    if is_big
    else "a large orange six on a black background"
)
scales = (1, 4, 8, 16)
images = [paint(artist, request, STEPS, s, torch.Generator().manual_seed(0)) for s in scales]
side = 256 if is_big else 120
figures.show_images(torch.cat(images), titles=[f"scale {s}" for s in scales], height=side)

# %% [markdown]
# Your own loop, unchanged, drives a network nearly three hundred times as large. (It leaves out the big pipeline's safety checker, which
# `artist(prompt)` runs after decoding.) Cross-attention works the same there:

# %%
request = "a red apple on a blue table" if is_big else "a large red six on a yellow background"
with attention_maps.record(artist) as maps:
    image = paint(artist, request, STEPS, 8, torch.Generator().manual_seed(1))
tokens = attention_maps.words(artist, request)
figures.show_attention(image[0], maps.of_prompt()[0][1 : len(tokens) - 1], tokens[1:-1]);

# %% [markdown]
# ## The whole course in five lines
#
# - An **energy** defines a density up to a constant; its **score** needs no constant.
# - **Langevin dynamics** samples with the score; **noise** makes the score learnable everywhere.
# - **DDPM** learns the noise itself, step by step, and walks back.
# - **Latents** make it cheap, **cross-attention** makes it listen, **guidance** makes it obey.
# - Everything else is scale.
#
# ## Since then
#
# The papers of this day are from 2019 to 2022. What has changed most, and where the second day takes it up:
#
# | since then | in one line | notebook |
# |---|---|---|
# | more ways to steer | classifier, classifier-free and autoguidance; inpainting and editing without training | [5](5_guidance.ipynb) |
# | **flow matching** ([arXiv:2210.02747](https://arxiv.org/abs/2210.02747)) | straight paths from noise to data, and one regression for the velocity: Stable Diffusion 3 and Flux are trained so | [6](6_flow.ipynb) |
# | **few steps** ([arXiv:2303.01469](https://arxiv.org/abs/2303.01469)) | one to four network passes in place of fifty, learnt from the long way | [6](6_flow.ipynb) |
# | **transformers** ([arXiv:2212.09748](https://arxiv.org/abs/2212.09748)) | patches as tokens in the U-Net's place | [6](6_flow.ipynb) |
# | systems | cascades, image embeddings, video, and small additions to a big model (LoRA, ControlNet) | [7](7_systems.ipynb) |
