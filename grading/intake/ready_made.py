"""Answers that call a library which has the answer ready: found by what the answer's code names, and flagged for a marker.

No point is taken: whether a call is welcome is for a person to say. Only what the answer itself needs is looked at, wherever
in the notebook it stands; a library that is imported and not used is no hint.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grading.sandbox.inside import slicing

SOLVERS = ("scipy.integrate", "torchdiffeq", "torchsde", "torchode", "diffrax")
DIFFUSION = ("diffusers", "denoising_diffusion_pytorch", "k_diffusion", "guided_diffusion")
FLOWS = ("torchcfm", "flow_matching", "rectified_flow_pytorch")
PIPELINES = ("DiffusionPipeline", "StableDiffusionPipeline", "AutoPipelineForText2Image")
READY_MADE: dict[str, tuple[str, ...]] = {  # by exercise: a module, or a function or class in one
    **dict.fromkeys(("cosine_beta_schedule", "scaled_linear_beta_schedule", "forward_diffusion", "ddpm_loss"), DIFFUSION),
    **dict.fromkeys(("ancestral_step", "ddim_step", "guided_noise", "classifier_free_guidance", "dynamic_threshold"), DIFFUSION),
    **dict.fromkeys(("sdedit_start", "inpaint_merge", "inpaint_back"), DIFFUSION),
    "text_to_image": tuple(f"diffusers.{name}" for name in PIPELINES),
    "ConvBlock": (*DIFFUSION, "torchvision.ops.Conv2dNormActivation", "timm"),
    "EncBlock_DecBlock": (*DIFFUSION, "timm", "segmentation_models_pytorch"),
    "SelfAttention": (
        *("torch.nn.MultiheadAttention", "torch.nn.functional.multi_head_attention_forward", "torch.nn.Transformer"),
        *("torch.nn.TransformerEncoder", "torch.nn.TransformerEncoderLayer", "torch.nn.TransformerDecoderLayer"),
        *(*DIFFUSION, "timm", "transformers", "xformers", "vit_pytorch"),
    ),
    "DiTBlock": ("diffusers", "timm"),
    "patchify_unpatchify": ("diffusers", "timm"),
    "LoRALinear": ("peft", "loralib", "diffusers"),
    "clip_loss": ("open_clip", "transformers", "clip"),
    **dict.fromkeys(("euler_solve", "heun_solve"), SOLVERS),
    **dict.fromkeys(("flow_matching_loss", "velocity_from_score"), FLOWS),
    "hutchinson_divergence": ("torchcfm", "torchdyn"),
}


def mentioned(exercise: str, code: str) -> bool:
    """Whether the words of anything that is listed stand in the code at all: most notebooks need no closer look."""
    words = {re.escape(entry.split(".")[-1]) for entry in READY_MADE.get(exercise, ())}
    return bool(words) and re.search(rf"\b(?:{'|'.join(sorted(words))})\b", code) is not None


def used(exercise: str, targets: tuple[str, ...], cells: list[slicing.ParsedCell]) -> list[str]:
    """The ready-made functions and modules that the code behind `targets` names, as READY_MADE spells them."""
    listed = READY_MADE.get(exercise, ())
    if not listed:
        return []
    statements = [statement for _cell, statement in slicing.needed(cells, set(targets))]
    names = dict(pair for statement in statements for pair in _imports(statement))
    found = [full for statement in statements for full in _named(statement, names)]
    return [entry for entry in dict.fromkeys(listed) if any(_is(full, entry) for full in found)]


def _imports(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """(the name that is set, what it stands for in full) of the imports inside a statement."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _named(statement: ast.stmt, names: dict[str, str]) -> Iterator[str]:
    """What a statement names in full: `nn.Linear` is torch.nn.Linear; a star, or a module named in a call, counts as used."""
    for node in ast.walk(statement):
        if isinstance(node, (ast.Name, ast.Attribute)):
            full = _full(node, names)
            if full:
                yield full
        elif isinstance(node, ast.ImportFrom) and node.module and any(alias.name == "*" for alias in node.names):
            yield node.module
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[-1], ast.Constant):
            called, text = ast.unparse(node.func), node.args[-1].value
            if isinstance(text, str) and called.split(".")[-1] in ("import_module", "__import__"):
                yield text
            elif isinstance(text, str) and called == "getattr" and (owner := _full(node.args[0], names)):
                yield f"{owner}.{text}"


def _full(node: ast.AST, names: dict[str, str]) -> str:
    """The full name of `a.b.c` where `a` was imported, else nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return ".".join([names[node.id], *parts]) if isinstance(node, ast.Name) and node.id in names else ""


def _is(full: str, listed: str) -> bool:
    """Whether a full name is what is listed, lies in it, or is the same thing by way of an inner module."""
    same = full.split(".")[0] == listed.split(".")[0] and full.split(".")[-1] == listed.split(".")[-1] and "." in listed
    return same or f"{full}.".startswith(f"{listed}.")
