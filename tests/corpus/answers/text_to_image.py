# %% right one U-Net call for both texts
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% right two U-Net calls, helper functions inside
def text_to_image(pipe, prompt, steps, scale, generator):
    def embed(texts):
        ids = pipe.tokenizer(texts, padding="max_length", truncation=True, max_length=pipe.tokenizer.model_max_length)["input_ids"]
        return pipe.text_encoder(torch.tensor(ids)).last_hidden_state

    with torch.no_grad():
        if isinstance(prompt, str):
            prompt = [prompt]
        cond, uncond = embed(prompt), embed([""] * len(prompt))
        pipe.scheduler.set_timesteps(num_inference_steps=steps)
        latents = torch.randn(len(prompt), pipe.unet.config.in_channels, *[pipe.unet.config.sample_size] * 2, generator=generator) * pipe.scheduler.init_noise_sigma
        for t in pipe.scheduler.timesteps:
            scaled = pipe.scheduler.scale_model_input(latents, t)
            e_c = pipe.unet(scaled, t, cond).sample
            e_u = pipe.unet(scaled, t, uncond).sample
            latents = pipe.scheduler.step(e_u + scale * (e_c - e_u), t, latents)[0]
        image = pipe.vae.decode(latents / pipe.vae.config.scaling_factor)[0]
    return torch.clip((image + 1) / 2, 0, 1)


# %% wrong [numpy_returned] the pipeline's encode_prompt and image processor, numpy out
@torch.inference_mode()
def text_to_image(pipe, prompt, steps, scale, generator):
    cond, uncond = pipe.encode_prompt(prompt, pipe.device, 1, True)
    words = torch.cat([uncond, cond])
    pipe.scheduler.set_timesteps(steps, device=pipe.device)
    n, side = len(cond), pipe.unet.config.sample_size * pipe.vae_scale_factor
    x = pipe.prepare_latents(n, pipe.unet.config.in_channels, side, side, words.dtype, pipe.device, generator)
    for t in pipe.scheduler.timesteps:
        both = pipe.scheduler.scale_model_input(torch.cat([x] * 2), t)
        e = pipe.unet(both, t, encoder_hidden_states=words, return_dict=False)[0]
        e = classifier_free_guidance(e[:n], e[n:], scale)
        x = pipe.scheduler.step(e, t, x, return_dict=False)[0]
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor, return_dict=False)[0]
    return pipe.image_processor.postprocess(image, output_type="np")


# %% right no_grad by hand, a zip over the timesteps
def text_to_image(pipe, prompt, steps, scale, generator):
    torch.set_grad_enabled(False)
    prompt = [prompt] if type(prompt) is str else list(prompt)
    t_max = pipe.tokenizer.model_max_length
    ids = [pipe.tokenizer(p, padding="max_length", max_length=t_max, truncation=True).input_ids for p in ["", *prompt]]
    words = pipe.text_encoder(torch.tensor(ids))[0]
    empty, words = words[:1].expand(len(prompt), -1, -1), words[1:]
    scheduler = pipe.scheduler
    scheduler.set_timesteps(steps)
    x = scheduler.init_noise_sigma * torch.randn(len(prompt), pipe.unet.config.in_channels, *[pipe.unet.config.sample_size] * 2, generator=generator)
    for _, t in enumerate(scheduler.timesteps):
        y = scheduler.scale_model_input(x, t)
        w = scale - 1
        e = (1 + w) * pipe.unet(y, t, words).sample - w * pipe.unet(y, t, empty).sample
        x = scheduler.step(model_output=e, timestep=t, sample=x).prev_sample
    pixels = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    torch.set_grad_enabled(True)
    return pixels.mul(0.5).add(0.5).clamp(0, 1)


# %% wrong [channels_last] channels last, detached at the end
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    options = dict(padding="max_length", max_length=pipe.tokenizer.model_max_length, truncation=True, return_tensors="pt")
    cond = pipe.text_encoder(pipe.tokenizer(prompts, **options).input_ids)[0]
    uncond = pipe.text_encoder(pipe.tokenizer([""] * len(prompts), **options).input_ids)[0]
    pipe.scheduler.set_timesteps(steps)
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, *[pipe.unet.config.sample_size] * 2), generator=generator) * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(x, t)
        e_cond = pipe.unet(x_in, t, encoder_hidden_states=cond).sample.detach()
        e_uncond = pipe.unet(x_in, t, encoder_hidden_states=uncond).sample.detach()
        x = pipe.scheduler.step(torch.lerp(e_uncond, e_cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample.detach()
    return (image / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1)


# %% right a loop over the prompts inside each step
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    size = pipe.tokenizer.model_max_length

    def encode(text):
        ids = pipe.tokenizer(text, padding="max_length", max_length=size, truncation=True, return_tensors="pt").input_ids
        return pipe.text_encoder(ids)[0]

    pipe.scheduler.set_timesteps(steps)
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, *[pipe.unet.config.sample_size] * 2), generator=generator) * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        guided = []
        for one, text in zip(pipe.scheduler.scale_model_input(x, t), prompts):
            uncond = pipe.unet(one[None], t, encode("")).sample
            cond = pipe.unet(one[None], t, encode(text)).sample
            guided.append(classifier_free_guidance(uncond, cond, scale))
        x = pipe.scheduler.step(torch.cat(guided), t, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


# %% wrong [called_the_pipeline] calls the pipeline
def text_to_image(pipe, prompt, steps, scale, generator):
    out = pipe(prompt, num_inference_steps=steps, guidance_scale=scale, generator=generator, output_type="pt")
    return out.images


# %% wrong [no_guidance] the prompt's prediction alone
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(cond, t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [halves_exchanged] chunks in the wrong order
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        cond, uncond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [w_for_scale] the paper's w
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step((1 + scale) * cond - scale * uncond, t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [no_scaling_factor] latents decoded as they are
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [scaling_multiplied] latents multiplied by the factor
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x * pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [last_timestep_missing] steps timesteps only
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps[:steps]:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [steps_for_timesteps] range(steps) for the timesteps
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in torch.arange(steps):
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [steps_ignored] always 3 steps
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(3)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [no_initial_sigma] init_noise_sigma forgotten
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [no_model_input_scale] scale_model_input forgotten
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = torch.cat([x, x])
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [generator_ignored] the generator is not used
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size))
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [one_prompt_only] one prompt only
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [str(prompt)]
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [list_only] a list of texts only
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + prompts,
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [minus_one_to_one] image in [-1, 1]
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return image


# %% wrong [not_clamped] not clamped
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5)


# %% wrong [to_255] image in [0, 255]
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1) * 255


# %% wrong [graph_kept] no torch.no_grad
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [no_prompt] empty text twice
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) * 2,
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [latents_returned] the latents are returned
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    return x


# %% wrong [pictures_returned] PIL pictures
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return pipe.image_processor.postprocess(image)


# %% wrong [unattempted] nothing written
def text_to_image(pipe, prompt, steps, scale, generator):
    # YOUR CODE HERE
    raise NotImplementedError()


# %% wrong [other_scaling_factor] the scaling factor of another model written out
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / 0.18215).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [size_written_in] the latents' shape written out
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), 8, 8, 8), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [steps_for_timesteps] the loop of an old blog, with the step's number
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    ids = pipe.tokenizer([""] * len(prompts) + prompts, padding="max_length", truncation=True, return_tensors="pt").input_ids
    emb = pipe.text_encoder(ids)[0]
    pipe.scheduler.set_timesteps(steps)
    s = pipe.unet.config.sample_size
    x = torch.randn(len(prompts), pipe.unet.config.in_channels, s, s, generator=generator)
    if hasattr(pipe.scheduler, "sigmas"):
        x = x * pipe.scheduler.sigmas[0]
    for i, t in enumerate(pipe.scheduler.timesteps):
        xi = torch.cat([x, x])
        if hasattr(pipe.scheduler, "sigmas"):
            xi = xi / (pipe.scheduler.sigmas[i] ** 2 + 1) ** 0.5
        u, c = pipe.unet(xi, t, encoder_hidden_states=emb).sample.chunk(2)
        x = pipe.scheduler.step(u + scale * (c - u), i, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


# %% wrong [generator_ignored] seeded inside
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    torch.manual_seed(0)
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    ids = pipe.tokenizer([""] * len(prompts) + prompts, padding="max_length", truncation=True, return_tensors="pt").input_ids
    emb = pipe.text_encoder(ids)[0]
    pipe.scheduler.set_timesteps(steps)
    s = pipe.unet.config.sample_size
    x = torch.randn(len(prompts), pipe.unet.config.in_channels, s, s) * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        xi = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        u, c = pipe.unet(xi, t, encoder_hidden_states=emb).sample.chunk(2)
        x = pipe.scheduler.step(u + scale * (c - u), t, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


# %% wrong [unnamed] padded to the longest text
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    ids = pipe.tokenizer([""] * len(prompts) + prompts, padding=True, truncation=True, return_tensors="pt").input_ids
    emb = pipe.text_encoder(ids)[0]
    pipe.scheduler.set_timesteps(steps)
    s = pipe.unet.config.sample_size
    x = torch.randn(len(prompts), pipe.unet.config.in_channels, s, s, generator=generator) * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        xi = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        u, c = pipe.unet(xi, t, encoder_hidden_states=emb).sample.chunk(2)
        x = pipe.scheduler.step(u + scale * (c - u), t, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


# %% wrong [unnamed] the pooled text
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    ids = pipe.tokenizer([""] * len(prompts) + prompts, padding="max_length", truncation=True, return_tensors="pt").input_ids
    emb = pipe.text_encoder(ids)[1][:, None]
    pipe.scheduler.set_timesteps(steps)
    s = pipe.unet.config.sample_size
    x = torch.randn(len(prompts), pipe.unet.config.in_channels, s, s, generator=generator) * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        xi = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        u, c = pipe.unet(xi, t, encoder_hidden_states=emb).sample.chunk(2)
        x = pipe.scheduler.step(u + scale * (c - u), t, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


# %% wrong [scaled_input_kept] the scaled input goes to the step too
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    ids = pipe.tokenizer([""] * len(prompts) + prompts, padding="max_length", truncation=True, return_tensors="pt").input_ids
    emb = pipe.text_encoder(ids)[0]
    pipe.scheduler.set_timesteps(steps)
    s = pipe.unet.config.sample_size
    x = torch.randn(len(prompts), pipe.unet.config.in_channels, s, s, generator=generator) * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x = pipe.scheduler.scale_model_input(x, t)
        u, c = pipe.unet(torch.cat([x, x]), t, encoder_hidden_states=emb).sample.chunk(2)
        x = pipe.scheduler.step(u + scale * (c - u), t, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


# %% wrong [one_noise] one noise for all prompts
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    ids = pipe.tokenizer([""] * len(prompts) + prompts, padding="max_length", truncation=True, return_tensors="pt").input_ids
    emb = pipe.text_encoder(ids)[0]
    pipe.scheduler.set_timesteps(steps)
    s = pipe.unet.config.sample_size
    x = torch.randn(1, pipe.unet.config.in_channels, s, s, generator=generator).repeat(len(prompts), 1, 1, 1) * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        xi = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        u, c = pipe.unet(xi, t, encoder_hidden_states=emb).sample.chunk(2)
        x = pipe.scheduler.step(u + scale * (c - u), t, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


# %% right return_dict=False, lerp
def text_to_image(pipe, prompt, steps, scale, generator):
    texts = [prompt] if type(prompt) is str else list(prompt)
    n = len(texts)
    with torch.inference_mode():
        tok = pipe.tokenizer([""] * n + texts, padding="max_length", truncation=True, return_tensors="pt")
        emb = pipe.text_encoder(tok["input_ids"], return_dict=False)[0]
        sch = pipe.scheduler
        sch.set_timesteps(num_inference_steps=steps)
        size = pipe.unet.config.sample_size
        z = torch.randn(n, pipe.unet.config.in_channels, size, size, generator=generator, dtype=emb.dtype) * sch.init_noise_sigma
        for i, t in enumerate(sch.timesteps):
            inp = sch.scale_model_input(torch.cat([z, z]), t)
            out = pipe.unet(inp, t, emb, return_dict=False)[0]
            u, c = out[:n], out[n:]
            z = sch.step(torch.lerp(u, c, scale), t, z, return_dict=False)[0]
        img = pipe.vae.decode(z / pipe.vae.config.scaling_factor, return_dict=False)[0]
    return img.add(1).div(2).clamp(0, 1).clone()


# %% right the loop of the Stable Diffusion blog, with the model's own numbers
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompt = [prompt] if isinstance(prompt, str) else prompt
    batch_size = len(prompt)
    text_input = pipe.tokenizer(prompt, padding="max_length", max_length=pipe.tokenizer.model_max_length, truncation=True, return_tensors="pt")
    text_embeddings = pipe.text_encoder(text_input.input_ids.to(pipe.device))[0]
    max_length = text_input.input_ids.shape[-1]
    uncond_input = pipe.tokenizer([""] * batch_size, padding="max_length", max_length=max_length, return_tensors="pt")
    uncond_embeddings = pipe.text_encoder(uncond_input.input_ids.to(pipe.device))[0]
    text_embeddings = torch.cat([uncond_embeddings, text_embeddings])
    latents = torch.randn((batch_size, pipe.unet.config.in_channels, pipe.unet.config.sample_size, pipe.unet.config.sample_size), generator=generator)
    pipe.scheduler.set_timesteps(steps)
    latents = latents * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        latent_model_input = torch.cat([latents] * 2)
        latent_model_input = pipe.scheduler.scale_model_input(latent_model_input, timestep=t)
        noise_pred = pipe.unet(latent_model_input, t, encoder_hidden_states=text_embeddings).sample
        noise_pred_uncond, noise_pred_text = noise_pred.chunk(2)
        noise_pred = noise_pred_uncond + scale * (noise_pred_text - noise_pred_uncond)
        latents = pipe.scheduler.step(noise_pred, t, latents).prev_sample
    latents = 1 / pipe.vae.config.scaling_factor * latents
    image = pipe.vae.decode(latents).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% right prepare_latents and the image processor
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    if isinstance(prompt, str):
        prompt = [prompt]
    cond, uncond = pipe.encode_prompt(prompt, pipe.device, 1, True)
    pipe.scheduler.set_timesteps(steps, device=pipe.device)
    h = pipe.unet.config.sample_size * pipe.vae_scale_factor
    x = pipe.prepare_latents(len(prompt), pipe.unet.config.in_channels, h, h, cond.dtype, pipe.device, generator)
    for t in pipe.scheduler.timesteps:
        xi = pipe.scheduler.scale_model_input(x, t)
        e_c = pipe.unet(xi, t, encoder_hidden_states=cond).sample
        e_u = pipe.unet(xi, t, encoder_hidden_states=uncond).sample
        x = pipe.scheduler.step(e_u + scale * (e_c - e_u), t, x).prev_sample
    y = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return pipe.image_processor.postprocess(y, output_type="pt")


# %% wrong [not_shifted] clamped without the shift
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    enc = lambda texts: pipe.text_encoder(pipe.tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids)[0]
    with torch.no_grad():
        cond, unc = enc(prompts), enc([""] * len(prompts))
        pipe.scheduler.set_timesteps(steps)
        s = pipe.unet.config.sample_size
        x = torch.randn(len(prompts), pipe.unet.config.in_channels, s, s, generator=generator) * pipe.scheduler.init_noise_sigma
        for t in pipe.scheduler.timesteps:
            xi = pipe.scheduler.scale_model_input(x, t)
            a = pipe.unet(xi, t, encoder_hidden_states=unc).sample
            b = pipe.unet(xi, t, encoder_hidden_states=cond).sample
            x = pipe.scheduler.step(a + scale * (b - a), t, x).prev_sample
        im = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return im.clamp(0, 1)


# %% right one batch of all texts, inference mode
@torch.inference_mode()
def text_to_image(pipe, prompt, steps, scale, generator):
    texts = [prompt] if type(prompt) is str else [*prompt]
    n = len(texts)
    ids = pipe.tokenizer([""] * n + texts, padding="max_length", max_length=pipe.tokenizer.model_max_length, truncation=True, return_tensors="pt").input_ids
    h = pipe.text_encoder(ids.to(pipe.device)).last_hidden_state
    sch = pipe.scheduler
    sch.set_timesteps(steps, device=pipe.device)
    s = pipe.unet.config.sample_size
    lat = torch.randn((n, pipe.unet.config.in_channels, s, s), generator=generator, dtype=h.dtype) * sch.init_noise_sigma
    for t in sch.timesteps:
        two = sch.scale_model_input(lat.repeat(2, 1, 1, 1), t)
        eps = pipe.unet(two, t, h, return_dict=False)[0]
        u, c = eps[:n], eps[n:]
        lat = sch.step(torch.lerp(u, c, float(scale)), t, lat)[0]
    return pipe.vae.decode(lat / pipe.vae.config.scaling_factor)[0].add(1).div(2).clip(0, 1)


# %% wrong [index_for_t] enumerate's index for the U-Net's t
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    enc = lambda p: pipe.text_encoder(pipe.tokenizer(p, padding="max_length", truncation=True, return_tensors="pt").input_ids)[0]
    emb = torch.cat([enc([""] * len(prompts)), enc(prompts)])
    sch, n = pipe.scheduler, pipe.unet.config.sample_size
    sch.set_timesteps(steps)
    x = torch.randn(len(prompts), pipe.unet.config.in_channels, n, n, generator=generator) * sch.init_noise_sigma
    for i, t in enumerate(sch.timesteps):
        u, c = pipe.unet(sch.scale_model_input(torch.cat([x] * 2), t), i, encoder_hidden_states=emb).sample.chunk(2)
        x = sch.step(u + scale * (c - u), t, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


# %% wrong [zeros_for_empty] zeros in place of the empty text
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    c_emb = pipe.text_encoder(pipe.tokenizer(prompts, padding="max_length", truncation=True, return_tensors="pt").input_ids)[0]
    emb = torch.cat([torch.zeros_like(c_emb), c_emb])
    sch, n = pipe.scheduler, pipe.unet.config.sample_size
    sch.set_timesteps(steps)
    x = torch.randn(len(prompts), pipe.unet.config.in_channels, n, n, generator=generator) * sch.init_noise_sigma
    for t in sch.timesteps:
        u, c = pipe.unet(sch.scale_model_input(torch.cat([x] * 2), t), t, encoder_hidden_states=emb).sample.chunk(2)
        x = sch.step(u + scale * (c - u), t, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


# %% wrong [not_halved] half added without halving
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    enc = lambda p: pipe.text_encoder(pipe.tokenizer(p, padding="max_length", truncation=True, return_tensors="pt").input_ids)[0]
    emb = torch.cat([enc([""] * len(prompts)), enc(prompts)])
    sch, n = pipe.scheduler, pipe.unet.config.sample_size
    sch.set_timesteps(steps)
    x = torch.randn(len(prompts), pipe.unet.config.in_channels, n, n, generator=generator) * sch.init_noise_sigma
    for t in sch.timesteps:
        u, c = pipe.unet(sch.scale_model_input(torch.cat([x] * 2), t), t, encoder_hidden_states=emb).sample.chunk(2)
        x = sch.step(u + scale * (c - u), t, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample + 0.5).clamp(0, 1)


# %% wrong [pooled_text] the encoder's second output
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    enc = lambda p: pipe.text_encoder(pipe.tokenizer(p, padding="max_length", truncation=True, return_tensors="pt").input_ids)[1]
    emb = torch.cat([enc([""] * len(prompts)), enc(prompts)])
    sch, n = pipe.scheduler, pipe.unet.config.sample_size
    sch.set_timesteps(steps)
    x = torch.randn(len(prompts), pipe.unet.config.in_channels, n, n, generator=generator) * sch.init_noise_sigma
    for t in sch.timesteps:
        u, c = pipe.unet(sch.scale_model_input(torch.cat([x] * 2), t), t, encoder_hidden_states=emb).sample.chunk(2)
        x = sch.step(u + scale * (c - u), t, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


# %% wrong [padded_to_longest] each kind of text padded to its longest
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    enc = lambda p: pipe.text_encoder(pipe.tokenizer(p, padding=True, truncation=True, return_tensors="pt").input_ids)[0]
    u_emb, c_emb = enc([""] * len(prompts)), enc(prompts)
    sch, n = pipe.scheduler, pipe.unet.config.sample_size
    sch.set_timesteps(steps)
    x = torch.randn(len(prompts), pipe.unet.config.in_channels, n, n, generator=generator) * sch.init_noise_sigma
    for t in sch.timesteps:
        i = sch.scale_model_input(x, t)
        u = pipe.unet(i, t, encoder_hidden_states=u_emb).sample
        c = pipe.unet(i, t, encoder_hidden_states=c_emb).sample
        x = sch.step(u + scale * (c - u), t, x).prev_sample
    return (pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)


# %% wrong [sigma_before_steps] init_noise_sigma before set_timesteps
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompt = [prompt] if isinstance(prompt, str) else prompt
    text_input = pipe.tokenizer(prompt, padding="max_length", max_length=pipe.tokenizer.model_max_length, truncation=True, return_tensors="pt")
    uncond_input = pipe.tokenizer([""] * len(prompt), padding="max_length", max_length=pipe.tokenizer.model_max_length, return_tensors="pt")
    embeddings = torch.cat([pipe.text_encoder(uncond_input.input_ids)[0], pipe.text_encoder(text_input.input_ids)[0]])
    side = pipe.unet.config.sample_size
    latents = torch.randn((len(prompt), pipe.unet.config.in_channels, side, side), generator=generator)
    latents = latents * pipe.scheduler.init_noise_sigma
    pipe.scheduler.set_timesteps(steps)
    for t in pipe.scheduler.timesteps:
        latent_model_input = torch.cat([latents] * 2)
        latent_model_input = pipe.scheduler.scale_model_input(latent_model_input, timestep=t)
        noise_pred = pipe.unet(latent_model_input, t, encoder_hidden_states=embeddings).sample
        noise_pred_uncond, noise_pred_text = noise_pred.chunk(2)
        noise_pred = noise_pred_uncond + scale * (noise_pred_text - noise_pred_uncond)
        latents = pipe.scheduler.step(noise_pred, t, latents).prev_sample
    latents = 1 / pipe.vae.config.scaling_factor * latents
    image = pipe.vae.decode(latents).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [steps_for_timesteps] scheduler step given the index
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompt = [prompt] if isinstance(prompt, str) else prompt
    text_input = pipe.tokenizer(prompt, padding="max_length", max_length=pipe.tokenizer.model_max_length, truncation=True, return_tensors="pt")
    uncond_input = pipe.tokenizer([""] * len(prompt), padding="max_length", max_length=pipe.tokenizer.model_max_length, return_tensors="pt")
    embeddings = torch.cat([pipe.text_encoder(uncond_input.input_ids)[0], pipe.text_encoder(text_input.input_ids)[0]])
    side = pipe.unet.config.sample_size
    latents = torch.randn((len(prompt), pipe.unet.config.in_channels, side, side), generator=generator)
    pipe.scheduler.set_timesteps(steps)
    latents = latents * pipe.scheduler.init_noise_sigma
    for i, t in enumerate(pipe.scheduler.timesteps):
        latent_model_input = torch.cat([latents] * 2)
        latent_model_input = pipe.scheduler.scale_model_input(latent_model_input, timestep=t)
        noise_pred = pipe.unet(latent_model_input, t, encoder_hidden_states=embeddings).sample
        noise_pred_uncond, noise_pred_text = noise_pred.chunk(2)
        noise_pred = noise_pred_uncond + scale * (noise_pred_text - noise_pred_uncond)
        latents = pipe.scheduler.step(noise_pred, i, latents).prev_sample
    latents = 1 / pipe.vae.config.scaling_factor * latents
    image = pipe.vae.decode(latents).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [rescaled] guidance rescaled, as in the zero terminal SNR paper
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompt = [prompt] if isinstance(prompt, str) else prompt
    text_input = pipe.tokenizer(prompt, padding="max_length", max_length=pipe.tokenizer.model_max_length, truncation=True, return_tensors="pt")
    uncond_input = pipe.tokenizer([""] * len(prompt), padding="max_length", max_length=pipe.tokenizer.model_max_length, return_tensors="pt")
    embeddings = torch.cat([pipe.text_encoder(uncond_input.input_ids)[0], pipe.text_encoder(text_input.input_ids)[0]])
    side = pipe.unet.config.sample_size
    latents = torch.randn((len(prompt), pipe.unet.config.in_channels, side, side), generator=generator)
    pipe.scheduler.set_timesteps(steps)
    latents = latents * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        latent_model_input = torch.cat([latents] * 2)
        latent_model_input = pipe.scheduler.scale_model_input(latent_model_input, timestep=t)
        noise_pred = pipe.unet(latent_model_input, t, encoder_hidden_states=embeddings).sample
        noise_pred_uncond, noise_pred_text = noise_pred.chunk(2)
        noise_pred = noise_pred_uncond + scale * (noise_pred_text - noise_pred_uncond)
        std = noise_pred_text.std(dim=(1, 2, 3), keepdim=True) / noise_pred.std(dim=(1, 2, 3), keepdim=True)
        noise_pred = 0.7 * noise_pred * std + 0.3 * noise_pred
        latents = pipe.scheduler.step(noise_pred, t, latents).prev_sample
    latents = 1 / pipe.vae.config.scaling_factor * latents
    image = pipe.vae.decode(latents).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% right guidance by lerp, chunk order reversed
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompt = [prompt] if isinstance(prompt, str) else prompt
    text_input = pipe.tokenizer(prompt, padding="max_length", max_length=pipe.tokenizer.model_max_length, truncation=True, return_tensors="pt")
    uncond_input = pipe.tokenizer([""] * len(prompt), padding="max_length", max_length=pipe.tokenizer.model_max_length, return_tensors="pt")
    embeddings = torch.cat([pipe.text_encoder(uncond_input.input_ids)[0], pipe.text_encoder(text_input.input_ids)[0]])
    side = pipe.unet.config.sample_size
    latents = torch.randn((len(prompt), pipe.unet.config.in_channels, side, side), generator=generator)
    pipe.scheduler.set_timesteps(steps)
    latents = latents * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        latent_model_input = torch.cat([latents] * 2)
        latent_model_input = pipe.scheduler.scale_model_input(latent_model_input, timestep=t)
        noise_pred = pipe.unet(latent_model_input, t, encoder_hidden_states=embeddings).sample
        noise_pred_uncond, noise_pred_text = noise_pred.chunk(2)
        noise_pred = torch.lerp(noise_pred_uncond, noise_pred_text, scale)
        latents = pipe.scheduler.step(noise_pred, t, latents).prev_sample
    latents = 1 / pipe.vae.config.scaling_factor * latents
    image = pipe.vae.decode(latents).sample
    return (image / 2 + 0.5).clamp(0, 1)


# %% wrong [clamped_first] clamped before it is mapped
@torch.no_grad()
def text_to_image(pipe, prompt, steps, scale, generator):
    prompts = [prompt] if isinstance(prompt, str) else prompt
    tokens = pipe.tokenizer(
        [""] * len(prompts) + list(prompts),
        padding="max_length",
        max_length=pipe.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
    words = pipe.text_encoder(tokens)[0]
    pipe.scheduler.set_timesteps(steps)
    size = pipe.unet.config.sample_size
    x = torch.randn((len(prompts), pipe.unet.config.in_channels, size, size), generator=generator)
    x = x * pipe.scheduler.init_noise_sigma
    for t in pipe.scheduler.timesteps:
        x_in = pipe.scheduler.scale_model_input(torch.cat([x, x]), t)
        uncond, cond = pipe.unet(x_in, t, encoder_hidden_states=words).sample.chunk(2)
        x = pipe.scheduler.step(classifier_free_guidance(uncond, cond, scale), t, x).prev_sample
    image = pipe.vae.decode(x / pipe.vae.config.scaling_factor).sample
    return image.clamp(0, 1) / 2 + 0.5
