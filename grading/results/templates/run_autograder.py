#!/usr/bin/env python3
"""Hands a Gradescope submission the results that were made elsewhere; it marks nothing and runs no student's code."""

import hashlib
import json
import sys
from pathlib import Path

root = Path(sys.argv[1] if len(sys.argv) > 1 else "/autograder")
metadata = json.loads((root / "submission_metadata.json").read_text(encoding="utf-8"))
emails = [str(user.get("email", "")).strip().lower() for user in metadata.get("users", [])]
files = [root / "source" / "results" / f"{hashlib.sha256(email.encode()).hexdigest()[:32]}.json" for email in emails]
found = next((file for file in files if file.is_file()), None)
unknown = {"score": 0, "output": "This submission has not been marked yet. Your instructor has to mark it."}
text = found.read_text(encoding="utf-8") if found else json.dumps(unknown)
(root / "results").mkdir(exist_ok=True)
(root / "results" / "results.json").write_text(text, encoding="utf-8")
