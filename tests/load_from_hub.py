"""Run in a fresh process by test_pipelines.py: try repositories one by one and print what happened as JSON."""

import contextlib
import io
import json
import sys

import torch

from helpers.text_to_image.loop import seeds, text_to_image
from helpers.text_to_image.pipelines import HubModel, load_pipeline

results = {}
for name, (repos, token) in json.loads(sys.argv[1]).items():
    models = tuple(HubModel(repo, "a licence", 0.01, 0.1, variant) for repo, variant in repos)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        pipe = load_pipeline(big=True, device="cpu", token=token, models=models)
    image = text_to_image(pipe, "a red seven", steps=2, generator=seeds(0, 1))
    results[name] = {
        "printed": printed.getvalue(),
        "vocabulary": len(pipe.tokenizer),
        "dtype": str(pipe.unet.dtype),
        "finite": bool(torch.isfinite(image).all()),
        "scheduler": type(pipe.scheduler).__name__,
        "safety_checker": pipe.safety_checker is not None,
    }
print(json.dumps(results))
