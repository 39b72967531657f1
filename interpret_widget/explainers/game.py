"""The game that sampling plays: predictions for rows mixed from an explained row and a background row."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Dataset, mix

from .levels import grouping
from .leverage import Ask
from .problem import Problem

_CELLS = 4_000_000  # cells of one table for the model
_WIDEST = 4_096  # engineered columns that are mixed as a dense matrix
_N_TRIED = 24  # mixed rows that both ways of mixing must agree on


class Game:
    """A model, asked about mixed rows.

    Rows are mixed on the estimator's columns where each of these has one raw parent, which is far faster than
    transforming every mixed row anew; else on the user's table.

    Parameters
    ----------
    problem : Problem
        The model.
    background : Dataset
        Rows to mix with.
    """

    def __init__(self, problem: Problem, background: Dataset) -> None:
        self.problem = problem
        self.background = background
        self.at_background = in_batches(problem.adapter, background)
        self._back = self._engineered(background)
        self._agrees: bool | None = None

    def asking(self, data: Dataset) -> Ask:
        """How to ask about mixtures of these rows.

        Raises
        ------
        InvalidInputError
            Rows in another library than the background's, which cannot be mixed.
        """
        mine, theirs = (type(each.native).__module__.split(".")[0] for each in (data, self.background))
        if mine != theirs:
            raise InvalidInputError(
                f"X is a {mine} table and initialization_examples a {theirs} table; this model is explained "
                "by mixing their rows, so give both in the same library"
            )

        def ask_raw(rows: np.ndarray, backs: np.ndarray, mask: np.ndarray) -> np.ndarray:
            return self.problem.adapter.predict(mix(data, rows, self.background, backs, mask))

        front = None if self._back is None or self._agrees is False else self._engineered(data)
        if front is None:
            return ask_raw
        quick = self._quick(front)
        if self._agrees is None:
            self._agrees = self._try(quick, ask_raw, data)
        return quick if self._agrees else ask_raw

    def _try(self, quick: Ask, slow: Ask, data: Dataset) -> bool:
        """The descent of columns was found by trying, so it is tried here again before it is relied on."""
        rng = np.random.default_rng(self.problem.random_state)
        rows = rng.integers(data.n_rows, size=_N_TRIED)
        backs = rng.integers(self.background.n_rows, size=_N_TRIED)
        mask = rng.random((_N_TRIED, data.n_columns)) < 0.5
        return bool(np.allclose(quick(rows, backs, mask), slow(rows, backs, mask), rtol=1e-6, atol=1e-9))

    def _engineered(self, data: Dataset) -> tuple[np.ndarray, bool] | None:
        """The estimator's columns, dense, and whether they were sparse; None where they cannot be mixed."""
        problem = self.problem
        if problem.preprocessing is None or problem.lineage is None or not problem.lineage.is_partition:
            return None
        n_columns = len(problem.lineage.engineered_names)
        if n_columns > _WIDEST or data.n_rows * n_columns > 25 * _CELLS:
            return None
        Z = problem.columns(data)
        is_sparse = hasattr(Z, "tocsr")
        if is_sparse:
            Z = Z.toarray()
        # A DataFrame's own dtypes (categories, mixed numbers) would not survive as an array.
        return (Z, is_sparse) if isinstance(Z, np.ndarray) and Z.dtype.kind in "fiub" else None

    def _quick(self, front: tuple[np.ndarray, bool]) -> Ask:
        lineage = self.problem.lineage
        assert lineage is not None
        assert self._back is not None
        (ours, is_sparse), (theirs, _) = front, self._back
        owner = np.maximum(grouping(lineage), 0)  # constant columns may come from anywhere
        step = max(1, _CELLS // max(1, ours.shape[1]))

        def ask(rows: np.ndarray, backs: np.ndarray, mask: np.ndarray) -> np.ndarray:
            out = []
            for start in range(0, len(rows), step):
                part = slice(start, start + step)
                Z: Any = np.where(mask[part][:, owner], ours[rows[part]], theirs[backs[part]])
                if is_sparse:
                    from scipy import sparse

                    Z = sparse.csr_matrix(Z)
                out.append(self.problem.inner.predict(Z))
            return np.concatenate(out)

        return ask


def in_batches(adapter: ModelAdapter, data: Dataset) -> np.ndarray:
    """Predictions of many rows, a table of bearable size at a time."""
    step = max(1, _CELLS // max(1, data.n_columns))
    if step >= data.n_rows:
        return adapter.predict(data)
    starts = range(0, data.n_rows, step)
    parts = [data.take(np.arange(start, min(start + step, data.n_rows))) for start in starts]
    return np.concatenate([adapter.predict(part) for part in parts])
