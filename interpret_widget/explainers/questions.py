"""Questions to the model: many mixed rows at a time, none of them twice, and never past a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from interpret_widget.tabular import Dataset

from .game import Game
from .leverage import Ask

_CELLS = 1_000_000  # mask cells in one question
_SECONDS = 0.2  # that a question should take where somebody waits


class OutOfTimeError(Exception):
    """The deadline has passed; what was answered before stands."""


class Sides:
    """Explained rows and background rows, and what the model says of them and of their mixtures.

    Parameters
    ----------
    game : Game
        The model and the background.
    data : Dataset
        Explained rows.
    at_rows : ndarray (n_rows, n_outputs)
        Predictions of the explained rows.
    tick : callable
        Called with (done, total) between questions; may raise to stop.

    Attributes
    ----------
    front, back : ndarray (n_rows or n_background, n_columns)
        Both sides as codes.
    discrete : ndarray of bool (n_columns,)
        Columns of levels.
    n_asked : int
        Predictions of mixed rows so far.
    """

    def __init__(
        self, game: Game, data: Dataset, at_rows: np.ndarray, tick: Callable[[int, int], None]
    ) -> None:
        self.at_rows, self.at_background = at_rows, game.at_background
        self.front, self.back = np.asarray(data.codes()), np.asarray(game.background.codes())
        self.discrete = np.array([column.is_discrete for column in data.schema], dtype=bool)
        self.deadline: float | None = None
        self.n_asked = self.n_answered = 0
        self.expected = 0
        self._ask: Ask = game.asking(data)
        self._tick = tick
        self._rate: float | None = None
        self._known = self._names()

    @property
    def n_outputs(self) -> int:
        """Outputs of the model."""
        return int(self.at_rows.shape[1])

    def differs(self, rows: np.ndarray, backs: np.ndarray) -> np.ndarray:
        """Which cells of pairs of rows differ (m, n_columns)."""
        front, back = self._known
        return np.asarray(front[rows] != back[backs])

    def hybrids(self, rows: np.ndarray, backs: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Mixed rows as codes; True in the mask takes the explained row's cell."""
        return np.asarray(np.where(mask, self.front[rows], self.back[backs]))

    def ask(self, rows: np.ndarray, backs: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Predictions of mixed rows (m, n_outputs); rows that are alike are asked once.

        Raises
        ------
        OutOfTimeError
            The deadline passed before all were answered.
        """
        out = np.empty((len(rows), self.n_outputs))
        start = 0
        while start < len(rows):
            self._tick(self.n_answered, max(self.expected, self.n_answered + len(rows) - start))
            if self.deadline is not None and time.perf_counter() > self.deadline:
                raise OutOfTimeError
            part = slice(start, start + self._step(mask.shape[1]))
            out[part] = self._asked(rows[part], backs[part], mask[part])
            start += len(rows[part])
            self.n_answered += len(rows[part])
        return out

    def finished(self) -> None:
        """Report the last step."""
        self._tick(self.n_answered, self.n_answered)

    def _asked(self, rows: np.ndarray, backs: np.ndarray, mask: np.ndarray) -> np.ndarray:
        first, where = self._distinct(rows, backs, mask)
        began = time.perf_counter()
        answers = self._ask(rows[first], backs[first], mask[first])
        self._rate = (time.perf_counter() - began) / len(first)
        self.n_asked += len(first)
        return np.asarray(answers[where])

    def _step(self, n_columns: int) -> int:
        most = max(1, _CELLS // max(1, n_columns))
        if self.deadline is None or self._rate is None:
            return most if self.deadline is None else min(most, 256)
        return int(np.clip(_SECONDS / max(self._rate, 1e-9), 16, most))

    def _names(self) -> tuple[np.ndarray, np.ndarray]:
        """Each cell as an odd-looking integer, so that the sum over a row names the row."""
        n, b = len(self.front), len(self.back)
        cells = np.concatenate([self.front, self.back]) + 0.0  # no negative zero
        cells[np.isnan(cells)] = np.nan
        # Levels that the schema does not list have one code, and are not alike.
        unlisted = (cells == -1) & self.discrete
        cells = np.where(unlisted, -2.0 - np.arange(n + b)[:, None], cells)
        rng = np.random.default_rng(0)
        odd = rng.integers(1, 2**63 - 1, size=(2, cells.shape[1]), dtype=np.int64).view(
            np.uint64
        ) | np.uint64(1)
        bits = np.ascontiguousarray(cells).view(np.uint64)
        mixed = (bits ^ (bits >> np.uint64(29))) * odd[0] + odd[1]
        mixed = (mixed ^ (mixed >> np.uint64(32))) * odd[1]
        return mixed[:n], mixed[n:]

    def _distinct(
        self, rows: np.ndarray, backs: np.ndarray, mask: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        front, back = self._known
        names = np.where(mask, front[rows], back[backs]).sum(axis=1, dtype=np.uint64)
        _, first, where = np.unique(names, return_index=True, return_inverse=True)
        return first, where.reshape(-1)
