"""Mutants that are right answers too, by exercise: {the change in words, as `python -m tests.corpus --mutants` prints it: why}."""

EQUIVALENT: dict[str, dict[str, str]] = {
    "drop_labels": {
        "comparison: torch.rand(labels.shape, generator=generator) < p → torch.rand(labels.shape, generator=generator) <= p": (
            "the two differ only where a random number is p exactly, once in 2^24 draws"
        )
    },
    "guided_noise": {"reordered: e_cond = model(x, t, labels)": "which of the two predictions is made first does not matter"},
}
