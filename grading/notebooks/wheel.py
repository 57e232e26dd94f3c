"""The students' wheel: the helpers and their assets as one file that pip installs, the same bytes from the same files."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from grading.notebooks.course import Address
from grading.packing import packed


def wheel_of(root: Path, files: list[str], address: Address, requirements: list[str]) -> bytes:
    """The wheel of the helpers among `files` and their assets, nothing else."""
    about = f"{'-'.join(address.wheel_name.split('-')[:2])}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: diffusion-course-helpers\nVersion: {address.version}\nRequires-Python: >=3.10\n"
    metadata += "".join(f"Requires-Dist: {requirement}\n" for requirement in requirements)
    contents = {path: (root / path).read_bytes() for path in files if path.startswith("helpers/")}
    contents[f"{about}/METADATA"] = metadata.encode()
    contents[f"{about}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: course release\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{path},sha256={_digest(data)},{len(data)}\n" for path, data in contents.items())
    contents[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    return packed(contents)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
