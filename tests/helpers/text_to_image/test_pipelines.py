import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from helpers.text_to_image import pipelines
from tests.fake_hub import TOKEN, FakeHub

ROOT = Path(__file__).parents[3]
FP16, PLAIN = "fp16", None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A pipeline with random weights in the hub's layout: full precision files and an fp16 variant beside them."""
    from tests.small_pipeline import random_pipeline

    folder = tmp_path_factory.mktemp("pipeline")
    pipe = random_pipeline(folder / "tokenizer")
    pipe.save_pretrained(folder)
    pipe.save_pretrained(folder, variant="fp16")
    return folder


def load_in_fresh_process(jobs, endpoint, home, **variables):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
    env |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1", "PYTHONPATH": str(ROOT)}
    child = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "load_from_hub.py"), json.dumps(jobs)],
        env=env | variables,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert child.returncode == 0, child.stderr[-3000:]
    return json.loads(child.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def hub_visits(folder, tmp_path_factory):
    jobs = {
        "open": ([("course/open", FP16)], None),
        "full precision": ([("course/open", PLAIN)], None),
        "gated": ([("course/gated", FP16)], None),
        "gated with a token": ([("course/gated", FP16)], TOKEN),
        "vanished": ([("course/vanished", FP16)], None),
        "vanished, then open": ([("course/vanished", FP16), ("course/open", FP16)], None),
        "broken": ([("course/broken", FP16)], None),
    }
    with FakeHub(folder) as hub:
        results = load_in_fresh_process(jobs, hub.url, tmp_path_factory.mktemp("hub"))
        return results, list(hub.requests)


@pytest.mark.slow
@pytest.mark.parametrize("job", ["open", "full precision", "gated with a token", "vanished, then open"])
def test_a_repository_that_is_there_is_downloaded_and_paints(hub_visits, job):
    result = hub_visits[0][job]
    assert "Licence: a licence" in result["printed"]
    assert "not available" not in result["printed"]
    assert result["finite"]
    assert result["scheduler"] == "PNDMScheduler"


@pytest.mark.slow
def test_the_half_precision_variant_is_what_is_downloaded(hub_visits):
    fetched = [r for r in hub_visits[1] if r.startswith("GET /course/gated/resolve") and "safetensors" in r]
    assert fetched
    assert all("fp16" in request for request in fetched)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("job", "words"),
    [
        ("gated", ["course/gated", "licence must be accepted", "hf auth login", "HF_TOKEN"]),
        ("vanished", ["course/vanished", "does not know this repository", "HUB_MODELS"]),
        ("broken", ["course/broken", "status 503"]),
    ],
)
def test_what_is_missing_is_said_and_the_small_model_takes_over(hub_visits, job, words):
    result = hub_visits[0][job]
    for word in words:
        assert word in result["printed"]
    assert "Loaded the course's small text-to-image model" in result["printed"]
    assert result["finite"]


@pytest.mark.slow
@pytest.mark.parametrize("variables", [{}, {"HF_HUB_OFFLINE": "1"}], ids=["unreachable", "offline"])
def test_without_a_network_the_small_model_takes_over(tmp_path, variables):
    nobody_listens = "http://127.0.0.1:9"
    jobs = {"job": ([("course/open", FP16)], None)}
    result = load_in_fresh_process(jobs, nobody_listens, tmp_path, **variables)["job"]
    assert "cannot be reached" in result["printed"]
    assert "Loaded the course's small" in result["printed"]


def test_without_a_gpu_the_big_model_is_not_even_tried(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "cpu")
    pipe = pipelines.load_pipeline(big=True)
    printed = capsys.readouterr().out
    assert "no GPU was found" in printed
    assert pipe.unet.config.sample_size == 8


def test_too_little_disk_space_is_said_before_the_download(monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    greedy = pipelines.HubModel("course/huge", "a licence", download_gb=1e9, memory_gb=1)
    with pytest.raises(pipelines.Unavailable, match="Make room"):
        pipelines.check_room(greedy, "cpu")


def test_too_little_gpu_memory_is_said_before_the_download(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (1_000_000_000, 16_000_000_000))
    with pytest.raises(pipelines.Unavailable, match="1.0 GB of the GPU's memory"):
        pipelines.check_room(pipelines.HUB_MODELS[0], "cuda")


def test_the_first_choice_is_stable_diffusion_1_4_in_half_precision():
    assert pipelines.HUB_MODELS[0].repo == "CompVis/stable-diffusion-v1-4"
    assert pipelines.HUB_MODELS[0].variant == "fp16"
    assert len({model.repo for model in pipelines.HUB_MODELS}) == len(pipelines.HUB_MODELS) >= 3


def test_a_damaged_small_model_is_named(tmp_path):
    (tmp_path / "unet.bin").write_bytes(b"not the weights")
    (tmp_path / "SHA256SUMS").write_text("0" * 64 + "  unet.bin\n")
    with pytest.raises(ValueError, match=r"unet\.bin.*git checkout"):
        pipelines.verify(tmp_path)


def test_a_missing_small_model_is_named(tmp_path):
    with pytest.raises(ValueError, match="SHA256SUMS"):
        pipelines.verify(tmp_path)


def test_the_cost_grows_with_pictures_and_steps(pipe):
    cost = pipelines.estimate_cost(pipe, images=3, steps=10)
    assert cost["passes"] == 60
    assert cost["seconds"] > 0
    rate = pipelines.COLAB_UNITS_PER_HOUR["T4"]
    assert cost["units on T4"] == pytest.approx(cost["seconds"] * rate / 3600)
