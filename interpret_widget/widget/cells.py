"""What happens when a notebook's cell ends."""

from __future__ import annotations

import sys
import weakref
from typing import Any, Protocol


class Settles(Protocol):
    """Something that has to look around when a cell has ended."""

    def settle(self, error: BaseException | None = None) -> None:
        """Look around; ``error`` is what the cell raised."""


def call_after_cells(who: Settles) -> None:
    """Call ``who.settle`` after each cell, as long as ``who`` lives; does nothing outside of IPython."""
    if "IPython" not in sys.modules:
        return
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    known = weakref.ref(who)

    def after(result: Any) -> None:
        living = known()
        if living is None:
            shell.events.unregister("post_run_cell", after)
            return
        living.settle(result.error_in_exec or result.error_before_exec)

    shell.events.register("post_run_cell", after)
