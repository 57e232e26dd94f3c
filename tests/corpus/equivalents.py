"""Mutants that are right answers too, by exercise: {the change in words, as `python -m tests.corpus --mutants` prints it: why}."""

EQUIVALENT: dict[str, dict[str, str]] = {
    "guided_noise": {"reordered: e_cond = model(x, t, labels)": "which of the two predictions is made first does not matter"},
}
