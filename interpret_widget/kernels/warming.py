"""Compiling ahead: while a user still loads data and fits a model, in a process of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from .machine import cache_directory, kernel

#: In the order in which they are missed.
KERNELS = (
    ("walks", "splits"),
    ("walks", "leaves"),
    ("walks", "expectations"),
    ("sweep", "float64"),
    ("row", "float64"),
    ("sweep", "pairs_float64"),
    ("patterns", "groups"),
    ("patterns", "count"),
    ("patterns", "tables"),
    ("patterns", "read_float64"),
    ("duels", "duels"),
    ("coalitions", "coalitions"),
    ("product_games", "values"),
    ("sweep", "float32"),
    ("sweep", "pairs_float32"),
    ("patterns", "read_float32"),
)


def compile_all() -> None:
    """Compile what is missing, and note that nothing is."""
    for module, name in KERNELS:
        kernel(module, name)
    mark = _mark()
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def warm() -> subprocess.Popen[bytes] | None:
    """Start compiling in the background where this machine has not compiled before.

    Costs one look at a file otherwise. ``INTERPRET_WIDGET_WARM=0`` turns it off; a cache that cannot be
    written to does so as well.
    """
    if os.environ.get("INTERPRET_WIDGET_WARM") == "0" or not sys.executable:
        return None
    started = _mark().with_suffix(".started")
    try:
        if _mark().exists() or started.exists():
            return None
        started.parent.mkdir(parents=True, exist_ok=True)
        started.touch(exist_ok=False)
        return subprocess.Popen(
            [sys.executable, "-m", "interpret_widget.kernels"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None


def _mark() -> Path:
    """A file that is there once all kernels of this version have been compiled."""
    digest = hashlib.sha256()
    for path in sorted((Path(__file__).parent / "source").glob("*.py")):
        digest.update(path.read_bytes())
    digest.update(metadata.version("numba").encode())
    return cache_directory() / f"all-{digest.hexdigest()[:16]}"
