"""Compiling happens once on a machine, and is never a silent wait."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

_PATIENCE = 1.5
_called: set[int] = set()


def announced(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel; its first call in a process says so where it takes long, because it is being compiled."""
    if id(kernel) in _called:
        return kernel

    def first(*arguments: Any) -> Any:
        timer = threading.Timer(_PATIENCE, _say)
        timer.daemon = True
        timer.start()
        try:
            return kernel(*arguments)
        finally:
            timer.cancel()
            _called.add(id(kernel))

    return first


def _say() -> None:
    print("interpret-widget: compiling its tree kernels, once on this machine ...", file=sys.stderr)
