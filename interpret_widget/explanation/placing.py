"""A folder that appears whole or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from interpret_widget.errors import InvalidInputError

from .manifest import MANIFEST, Format


def whole(path: str | Path, kind: Format, write: Callable[[Path], None]) -> Path:
    """Write a folder, in place of one of the same kind.

    Parameters
    ----------
    path : str or Path
    kind : Format
    write : callable
        Writes the files into an empty folder.

    Returns
    -------
    Path

    Raises
    ------
    InvalidInputError
        A file, or a folder with other things in it.
    """
    target = Path(path).expanduser()
    _refuse_foreign(target, kind)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and renamed: a full disk or an interrupt leaves no half of it.
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        fresh = Path(folder) / "fresh"
        fresh.mkdir()
        write(fresh)
        old = Path(folder) / "old"
        try:
            if target.exists():
                target.rename(old)
            fresh.rename(target)
        except BaseException:
            # Leaving the block deletes its folder, which must not hold the only one there is.
            if old.exists() and not target.exists():
                old.rename(target)
            raise
    return target


def _refuse_foreign(target: Path, kind: Format) -> None:
    if target.is_file():
        raise InvalidInputError(f"path={str(target)!r} is a file; give the name of a folder")
    if target.is_dir() and any(target.iterdir()) and _format(target) != kind.name:
        raise InvalidInputError(
            f"path={str(target)!r} is a folder with other things in it; give a new or empty folder"
        )


def _format(folder: Path) -> Any:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return manifest.get("format") if isinstance(manifest, dict) else None
