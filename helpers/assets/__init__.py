"""What ships with the course: digits and trained weights, each a folder with a card, verified by checksum."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from torch import Tensor, nn

from helpers.checkpoint import write_tensors
from helpers.files import write_text

ROOT = Path(__file__).parent
LICENCE = "Licence: digits MNIST (Y. LeCun, C. Cortes, C. Burges), CC BY-SA 3.0; weights MIT, as the rest of the course."
Network = TypeVar("Network", bound=nn.Module)


def path(name: str) -> Path:
    """The folder of an asset.

    Raises:
        ValueError: there is no such asset.
    """
    folder = ROOT / name
    if not folder.is_dir():
        there = ", ".join(sorted(p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith("_")))
        raise ValueError(f"there is no asset {name!r}; there are: {there}")
    return folder


def config_of(name: str) -> dict:
    """An asset's configuration: "network" holds the arguments that build the network, the rest is its own.

    Raises:
        ValueError: there is no such asset.
    """
    return json.loads((path(name) / "config.json").read_text(encoding="utf-8"))


def load_weights(name: str) -> tuple[dict, dict[str, Tensor]]:
    """The configuration and the weights of a trained network, read without unpickling.

    Returns:
        config, the content of config.json, and the state dict, float32 on the CPU.

    Raises:
        ValueError: no such asset, or a file that does not match its checksum.
    """
    from safetensors.torch import load_file

    config, weights = config_of(name), path(name) / "model.safetensors"
    if digest(weights) != config["sha256"]:
        raise ValueError(
            f"{weights} is damaged: its checksum is not the one in config.json. "
            f"Restore it with `git checkout -- helpers/assets/{name}`"
        )
    return config, {key: value.float() for key, value in load_file(weights).items()}


def load_network(name: str, build: Callable[..., Network]) -> Network:
    """A network that ships with the course, in eval mode and without gradients.

    Args:
        name: of the asset, whose configuration's "network" holds the arguments of `build`.
        build: makes the network with random weights.

    Raises:
        ValueError: no such asset, or a file that does not match its checksum.
    """
    config, weights = load_weights(name)
    network = build(**config["network"])
    network.load_state_dict(weights)
    return network.eval().requires_grad_(False)


def load_trained(name: str, build: Callable[..., Network]) -> Network:
    """As `load_network`, of a network that is partly another one's: only what was trained ships, the rest is in `build`, frozen.

    Raises:
        ValueError: no such asset, a file that does not match its checksum, or one that was trained beside another network.
    """
    config, weights = load_weights(name)
    network = build(**config["network"])
    trained = {key: tuple(value.shape) for key, value in network.named_parameters() if value.requires_grad}
    if trained != {key: tuple(value.shape) for key, value in weights.items()}:
        raise ValueError(f"{name} holds other layers than this network trains: load both from the same copy of the course")
    network.load_state_dict(weights, strict=False)
    return network.eval().requires_grad_(False)


def halved(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights in half precision, as they are stored; counters stay whole numbers."""
    return {key: value.half() if value.is_floating_point() else value for key, value in weights.items()}


def save_weights(name: str, state_dict: dict[str, Tensor], config: dict, card: str, log: list[dict] | None = None) -> Path:
    """Write an asset's weights, its configuration with their checksum, its card and its log; returns the folder.

    The card is given without the licence, which is put below it.
    """
    folder = ROOT / name
    weights = folder / "model.safetensors"
    tensors = {key: value.detach().cpu().contiguous() for key, value in state_dict.items()}
    write_tensors(weights, tensors)
    write_text(folder / "config.json", json.dumps({**config, "sha256": digest(weights)}, indent=2) + "\n")
    write_text(folder / "card.md", f"{card.rstrip()}\n\n{LICENCE}\n")
    if log is not None:
        write_text(folder / "log.jsonl", as_lines(log))
    return folder


def as_lines(log: list[dict]) -> str:
    """A log as JSON, one entry a line."""
    return "".join(json.dumps(entry) + "\n" for entry in log)


def loss_log(losses: list[float], every: int = 100) -> list[dict]:
    """The mean loss of every `every` steps, [{"step": …, "loss": …}, …]."""
    blocks = [losses[i : i + every] for i in range(0, len(losses), every)]
    return [{"step": i * every + len(b), "loss": round(sum(b) / len(b), 5)} for i, b in enumerate(blocks)]


def digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
