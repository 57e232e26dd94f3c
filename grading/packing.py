"""Zip archives of what lies in memory: the same files give the same bytes."""

from __future__ import annotations

import io
import zipfile

EPOCH = (2020, 1, 1, 0, 0, 0)


def packed(contents: dict[str, bytes], mode: int = 0o644) -> bytes:
    """The archive of {path: content}, in this order, each file with the rights `mode`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in contents.items():
            info = zipfile.ZipInfo(path, EPOCH)
            info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()
