"""The global random generators, seeded: of Python, NumPy and torch."""

import contextlib
import random
from collections.abc import Iterator

import numpy as np
import torch


def seed_all(seed: int) -> None:
    """Seed all three; `torch.manual_seed` would queue a stack trace for each absent accelerator, which is slow."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.default_generator.manual_seed(seed)


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Give all three back as they were, whatever is drawn and seeded inside.

    NumPy's takes half a millisecond, so this is for a whole check and not for each of its calls.
    """
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
