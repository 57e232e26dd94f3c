"""Which pipeline to load: the small one that ships with the course, or Stable Diffusion itself.

`load_pipeline(big=True)` is the one switch. It needs a GPU, a network and, for some repositories, a licence accepted
on the web page and a token. Whatever is missing is said in a sentence, and the small model is loaded instead.
"""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from helpers import profile
from helpers.assets import digest
from helpers.files import write_text

SMALL = Path(__file__).parents[1] / "assets" / "text_to_image"


@dataclass(frozen=True)
class HubModel:
    """A repository on the Hugging Face hub, in the order in which we try them."""

    repo: str
    licence: str
    download_gb: float
    memory_gb: float
    variant: str | None = "fp16"


HUB_MODELS = (
    HubModel("CompVis/stable-diffusion-v1-4", "CreativeML OpenRAIL-M", 2.8, 3.5),
    HubModel("stable-diffusion-v1-5/stable-diffusion-v1-5", "CreativeML OpenRAIL-M", 2.8, 3.5),
    HubModel("sd-legacy/stable-diffusion-v1-5", "CreativeML OpenRAIL-M", 2.8, 3.5),
    HubModel("nota-ai/bk-sdm-small", "CreativeML OpenRAIL-M", 3.2, 2.6, variant=None),
)
"""Ids vanish from the hub (runwayml/stable-diffusion-v1-5 did, and all of Stable Diffusion 2): change them here."""

COLAB_UNITS_PER_HOUR = {"T4": 1.8, "L4": 4.8, "V100": 5.4, "A100": 13.1}
"""Rough rates; Colab shows the current one under "View resources". A hundred units cost about ten dollars."""


class Unavailable(Exception):
    """A pipeline cannot be loaded; the message says what is missing and what to do."""


def load_pipeline(big: bool = False, device: str | torch.device | None = None, token: str | None = None, models=HUB_MODELS):
    """Load a StableDiffusionPipeline, ready to use, and say which one it is.

    Args:
        big: Stable Diffusion from the hub (half precision on a GPU) instead of the course's small model.
        device: where to run; by default the GPU if there is one. The big model on "cpu" must be asked for.
        token: a hub token; by default HF_TOKEN from the environment, or the one that `hf auth login` saved.
        models: the hub repositories to try, in order.

    Raises:
        ValueError: the small model's folder is missing or damaged.
    """
    if big:
        try:
            return _load_big(device, token, models)
        except Unavailable as reason:
            print(f"Stable Diffusion is not available: {reason}\nGoing on with the course's small model.")
    return _load_small(device or profile.current().device)


def write_checksums(folder: Path) -> None:
    """List the SHA-256 of each file of a pipeline folder in its SHA256SUMS, as `sha256sum -c` reads it."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in (".json", ".txt", ".safetensors"))
    lines = [f"{digest(file)}  {file.relative_to(folder).as_posix()}\n" for file in files]
    for file in files:
        file.chmod(0o644)
    write_text(folder / "SHA256SUMS", "".join(lines))


def verify(folder: Path = SMALL) -> None:
    """Compare the files of a pipeline folder with its SHA256SUMS.

    Raises:
        ValueError: a file is missing or differs.
    """
    sums = folder / "SHA256SUMS"
    listed = sums.read_text(encoding="utf-8").splitlines() if sums.exists() else []
    expected = dict(line.split("  ", 1)[::-1] for line in listed)
    bad = [name for name, value in expected.items() if not (folder / name).exists() or digest(folder / name) != value]
    if bad or not expected:
        raise ValueError(
            f"the text-to-image model in {folder} is damaged or incomplete ({', '.join(bad) or 'SHA256SUMS'}). "
            "Restore it with `git checkout -- helpers/assets/text_to_image`"
        )


def _load_small(device: str | torch.device):
    verify()
    pipe = _from_pretrained(SMALL, torch.float32, local_files_only=True, safety_checker=None)
    print(f"Loaded the course's small text-to-image model: 32×32 pixels, digits and colours only, on {device}.")
    return _quiet(pipe.to(device))


def _load_big(device: str | torch.device | None, token: str | None, models):
    if device is None and profile.current().device.type == "cpu":
        raise Unavailable(
            "no GPU was found. On Colab choose Runtime > Change runtime type > T4 GPU. "
            'On a CPU it takes minutes a picture and 5 GB of memory: load_pipeline(big=True, device="cpu") insists.'
        )
    device = device or profile.current().device
    reasons = []
    for model in models:
        try:
            check_room(model, device)
            pipe = _download(model, device, token)
        except Unavailable as reason:
            reasons.append(f"{model.repo}: {reason}")
            continue
        print(f"Loaded {model.repo} on {device}. Licence: {model.licence}, see https://huggingface.co/{model.repo}")
        return _quiet(pipe.to(device))
    raise Unavailable("\n  ".join(["none of the repositories could be loaded.", *reasons]))


def check_room(model: HubModel, device: str | torch.device) -> None:
    """Say what a model takes, and raise Unavailable if the GPU's free memory or the disk is too small for it."""
    from huggingface_hub import constants

    print(f"{model.repo}: {model.download_gb} GB to download once, about {model.memory_gb} GB of memory to run.")
    if torch.device(device).type == "cuda":
        free_gb = torch.cuda.mem_get_info()[0] / 1e9
        if free_gb < model.memory_gb:
            raise Unavailable(f"{free_gb:.1f} GB of the GPU's memory are free. Restart other notebooks and try again.")
    cache = Path(constants.HF_HUB_CACHE)
    existing = next(folder for folder in (cache, *cache.parents) if folder.exists())
    cached = (cache / f"models--{model.repo.replace('/', '--')}").exists()
    free_gb = shutil.disk_usage(existing).free / 1e9
    if not cached and free_gb < model.download_gb:
        raise Unavailable(f"{free_gb:.1f} GB are free on the disk of {existing}. Make room, or set HF_HOME elsewhere.")


def _download(model: HubModel, device: str | torch.device, token: str | None):
    dtype = torch.float32 if torch.device(device).type == "cpu" else torch.float16
    try:
        return _from_pretrained(model.repo, dtype, variant=model.variant, token=token or os.environ.get("HF_TOKEN"))
    except Exception as error:
        raise Unavailable(_explain(error, model.repo)) from error


def _explain(error: BaseException, repo: str) -> str:
    """What a failed download means for the student; diffusers wraps the hub's errors, so look at the causes too."""
    from huggingface_hub import errors

    causes = list(_causes(error))

    def caused_by(*kinds: type) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if caused_by(errors.GatedRepoError):
        return (
            f"its licence must be accepted first. Open https://huggingface.co/{repo}, log in and agree; then run "
            "`hf auth login`, or set HF_TOKEN to a token from https://huggingface.co/settings/tokens."
        )
    if caused_by(errors.RepositoryNotFoundError):
        return (
            "the hub does not know this repository, or your token may not see it. "
            "If it has moved, change HUB_MODELS in helpers/text_to_image/pipelines.py."
        )
    for cause in causes:
        status = getattr(getattr(cause, "response", None), "status_code", None)
        if status in (401, 403):
            return f"the hub refused the token (status {status}). Make a new one, then `hf auth login` again."
        if status is not None:
            return f"the hub answered with status {status}. Try again in a few minutes."
    names = {type(cause).__name__ for cause in causes}
    if caused_by(errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) or names & NO_NETWORK_ERRORS:
        return "the hub cannot be reached, and no earlier download is in the cache. Connect to a network and try again."
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no further message'}"


NO_NETWORK_ERRORS = {"ConnectError", "ConnectTimeout", "ConnectionError", "ReadTimeout", "ReadError", "ProxyError"}


def _causes(error: BaseException | None):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _from_pretrained(path: str | Path, dtype: torch.dtype, **options):
    import diffusers
    import transformers
    from diffusers.utils import logging as diffusers_logging

    renamed = tuple(int(part) for part in diffusers.__version__.split(".")[:2]) >= (0, 42)
    options["dtype" if renamed else "torch_dtype"] = dtype
    loggers = (diffusers_logging, transformers.logging)
    verbosity = [logger.get_verbosity() for logger in loggers]
    for logger in loggers:
        logger.set_verbosity_error()
        logger.disable_progress_bar()
    try:
        return diffusers.StableDiffusionPipeline.from_pretrained(path, **options)
    finally:
        for logger, before in zip(loggers, verbosity):
            logger.set_verbosity(before)
            logger.enable_progress_bar()


def _quiet(pipe):
    pipe.set_progress_bar_config(disable=True)
    return pipe


@torch.no_grad()
def estimate_cost(pipe, images: int, steps: int, repeats: int = 3) -> dict[str, float]:
    """Time the U-Net on one picture with guidance and multiply: what a run costs, before it starts.

    Returns:
        seconds for `images` pictures of `steps` steps, one after another, network passes among them, and the Colab units
        per kind of GPU if that GPU needed this long.
    """
    size, width = pipe.unet.config.sample_size, pipe.unet.config.cross_attention_dim
    device, dtype = pipe.device, pipe.unet.dtype
    x = torch.zeros(2, pipe.unet.config.in_channels, size, size, device=device, dtype=dtype)
    words = torch.zeros(2, pipe.tokenizer.model_max_length, width, device=device, dtype=dtype)
    t = torch.tensor(500, device=device)
    pipe.unet(x, t, encoder_hidden_states=words)
    _wait(device)
    started = time.perf_counter()
    for _ in range(repeats):
        pipe.unet(x, t, encoder_hidden_states=words)
    _wait(device)
    step = (time.perf_counter() - started) / repeats
    seconds = step * images * steps
    units = {f"units on {gpu}": seconds / 3600 * rate for gpu, rate in COLAB_UNITS_PER_HOUR.items()}
    return {"passes": 2 * images * steps, "seconds": seconds, **units}


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
