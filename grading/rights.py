"""Folders of marks and submissions on a machine where others have accounts: who may enter them, and whose they are."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from grading.terminal import typed
from helpers.files import private_mode


def private_folder(folder: Path) -> None:
    """Make the folder, and those above it that are not there, for this user alone; what is there keeps its rights.

    In a folder that is a group's (set-group-id) the group may use it as well.

    Raises ValueError where another user may exchange it, OSError if it can't be made.
    """
    folder = Path(folder)
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=private_mode(place.parent), exist_ok=True)
    refuse_strangers(folder)


def refuse_strangers(path: Path) -> None:
    """Raise ValueError for a path by way of what another user has put where everybody may put something, such as /tmp."""
    if os.name != "posix":
        return
    place = Path(os.path.abspath(path))
    for inner, outer in zip((place, *place.parents), place.parents):
        try:
            about, around = os.lstat(inner), os.stat(outer)
        except OSError:
            continue
        if around.st_mode & stat.S_IWOTH and about.st_uid not in (0, os.geteuid()):
            raise ValueError(f"{inner} belongs to another user, and lies where everybody may put something: use another folder")


def open_to_others(path: Path) -> bool:
    """Whether any user of the machine may read what lies at the path, by the rights of it and of all folders above."""
    if os.name != "posix":
        return False
    place = Path(path).resolve()
    wanted = stat.S_IROTH | (stat.S_IXOTH if place.is_dir() else 0)
    enter = all(folder.stat().st_mode & stat.S_IXOTH for folder in place.parents)
    return enter and place.stat().st_mode & wanted == wanted


def warning(folder: Path) -> str:
    """What to say of a folder that was there before and that others may read; empty if they may not."""
    if not open_to_others(folder):
        return ""
    closing = typed("chmod", "o=", folder)
    return f"Any user of this machine can read {folder}: `{closing}` closes it, if others have an account here."
