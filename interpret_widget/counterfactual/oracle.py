"""The model, asked about codes: each row once, in batches, within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import blake2b

import numpy as np

from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Composer

from .goal import Goal

_BATCH = 1_024


class Oracle:
    """Says how far rows are from the goal.

    Parameters
    ----------
    adapter : ModelAdapter
    composer : Composer
    goal : Goal
    max_evals : int
        Predictions.
    until : float or None
        `time.monotonic` of the end.
    tick : callable
        Gets the predictions spent, between batches; raises when cancelled.
    """

    def __init__(
        self,
        adapter: ModelAdapter,
        composer: Composer,
        goal: Goal,
        *,
        max_evals: int,
        until: float | None,
        tick: Callable[[int], None],
    ) -> None:
        self.goal = goal
        self.spent = 0
        self.limit = max_evals
        self._adapter, self._composer, self._until, self._tick = adapter, composer, until, tick
        self._known: dict[bytes, float] = {}

    @property
    def left(self) -> int:
        """Predictions until the limit; 0 once the time is over."""
        if self._until is not None and time.monotonic() >= self._until:
            return 0
        return max(0, self.limit - self.spent)

    def gaps(self, codes: np.ndarray) -> np.ndarray:
        """Gap of each row (m,); infinite where the budget did not reach."""
        out = np.full(len(codes), np.inf)
        # Digests, as the rows of a wide table would fill the memory.
        keys = [blake2b(row.tobytes(), digest_size=16).digest() for row in np.ascontiguousarray(codes)]
        fresh: dict[bytes, int] = {}
        for at, key in enumerate(keys):
            if key not in self._known:
                fresh.setdefault(key, at)
        asked = list(fresh.values())
        done = 0
        while done < len(asked) and self.left:
            some = asked[done : done + min(_BATCH, self.left)]
            self._tick(self.spent)
            shown = self._adapter.predict(self._composer.compose(codes[some]))
            for at, gap in zip(some, self.goal.gap(shown).tolist(), strict=True):
                self._known[keys[at]] = gap
            done += len(some)
            self.spent += len(some)
        for at, key in enumerate(keys):
            out[at] = self._known.get(key, np.inf)
        return out
