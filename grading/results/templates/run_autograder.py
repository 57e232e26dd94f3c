#!/usr/bin/env python3
"""Hands a Gradescope submission the results that were made elsewhere; it marks nothing and runs no student's code."""

import hashlib
import json
import sys
from pathlib import Path

UNKNOWN = {"score": 0, "output": "This submission has not been marked yet. Your instructor has to mark it."}


def results_of(root: Path) -> str:
    """The results.json of whoever handed in the submission that lies in `root`."""
    metadata = json.loads((root / "submission_metadata.json").read_text(encoding="utf-8"))
    for user in metadata.get("users", []):
        email = str(user.get("email", "")).strip().lower()
        file = root / "source" / "results" / f"{hashlib.sha256(email.encode()).hexdigest()[:32]}.json"
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return json.dumps(UNKNOWN)


if __name__ == "__main__":
    place = Path(sys.argv[1] if len(sys.argv) > 1 else "/autograder")
    (place / "results").mkdir(exist_ok=True)
    (place / "results" / "results.json").write_text(results_of(place), encoding="utf-8")
