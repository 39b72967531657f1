"""Fast stand-ins of a model, fitted to its own answers, whose Shapley values are computed exactly.

What a surrogate gets right need not be sampled: values of the model are the exact values of the surrogate
plus estimated values of what is left, the game of ``model - surrogate``. See Goldwasser and Hooker,
"Stabilizing estimates of Shapley values with control variates" (2023), and Witter, Liu and Musco,
"Regression-adjusted Monte Carlo estimators for Shapley values and probabilistic values" (2025).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .quadratic import Basis, leaving_out

MOST_LEARNED = 30_000  # answers that trees are grown on
_ROUNDS = 120
_FEWEST_ROWS = 60  # fewer teach nothing
_MOST_DIRECTIONS = 3  # of the outputs that trees are grown for


class Part(Protocol):
    """What a surrogate is a sum of."""

    def predict(self, codes: np.ndarray) -> np.ndarray:
        """Answers (n, n_outputs)."""

    def against(self, background: np.ndarray) -> None:
        """Set the rows that values compare with."""

    def values(self, codes: np.ndarray) -> np.ndarray:
        """Exact values (n, n_columns, n_outputs)."""


class Boosted:
    """Boosted trees, read by the package's own kernels.

    One model for each output; where there are many outputs, for each of the few directions in which they
    vary most, as growing trees for dozens of classes would cost more than it saves.
    """

    def __init__(self, codes: np.ndarray, answers: np.ndarray, seed: int) -> None:
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits

        from interpret_widget.models.trees.reading import read_trees

        self._directions = np.eye(answers.shape[1])
        if answers.shape[1] > _MOST_DIRECTIONS:
            self._directions = np.linalg.eigh(answers.T @ answers)[1][:, : -_MOST_DIRECTIONS - 1 : -1].T
        n_leaves = int(np.clip(len(codes) // 60, 4, 31))
        # On so few rows a second thread gains little, and on a busy machine threads wait for each other.
        with threadpool_limits(1, user_api="openmp"):
            self._trees = [
                read_trees(
                    HistGradientBoostingRegressor(
                        max_iter=_ROUNDS if len(codes) < 10_000 else 2 * _ROUNDS,
                        max_leaf_nodes=n_leaves,
                        min_samples_leaf=10,
                        early_stopping=False,
                        random_state=seed,
                    ).fit(codes, answer)
                )
                for answer in self._directions @ answers.T
            ]
        self._games: list[Any] = []
        self._background: np.ndarray | None = None

    def predict(self, codes: np.ndarray) -> np.ndarray:
        """See `Part.predict`."""
        found = np.concatenate([trees.margins(trees.table(codes)) for trees in self._trees], axis=1)
        return np.asarray(found @ self._directions)

    def against(self, background: np.ndarray) -> None:
        """See `Part.against`."""
        from interpret_widget.trees import TreeValues

        if background is not self._background:
            self._games = [TreeValues(trees, background=background) for trees in self._trees]
            self._background = background

    def values(self, codes: np.ndarray) -> np.ndarray:
        """See `Part.values`."""
        found = np.concatenate([game.values(codes) for game in self._games], axis=2)
        return np.asarray(found @ self._directions)


class Surrogate:
    """A sum of parts, each fitted to what those before it leave.

    Parameters
    ----------
    parts : tuple of Part
        None of them is a surrogate too: it answers nothing, and everything is left to be sampled.
    n_outputs : int
    total : float or None
        What the outputs of the model always add up to; the last of them is then inferred.
    """

    def __init__(self, parts: tuple[Part, ...], n_outputs: int, total: float | None = None) -> None:
        self.parts = parts
        self._n_outputs = n_outputs
        self._total = total

    def stages(self, codes: np.ndarray) -> np.ndarray:
        """Answers of no part, of the first, of the first two, … (n_parts + 1, n, n_outputs)."""
        found = np.zeros((len(self.parts) + 1, len(codes), self._n_outputs))
        for at, part in enumerate(self.parts):
            found[at + 1] = found[at] + self._whole(part.predict(codes))
        if self._total is not None:
            found[1:, :, -1] += self._total
        return found

    def first(self, n_parts: int) -> Surrogate:
        """The sum of the first parts."""
        return Surrogate(self.parts[:n_parts], self._n_outputs, self._total)

    def predict(self, codes: np.ndarray) -> np.ndarray:
        """Answers (n, n_outputs)."""
        return np.asarray(self.stages(codes)[-1])

    def against(self, background: np.ndarray) -> Surrogate:
        """Set the rows that values compare with."""
        for part in self.parts:
            part.against(background)
        return self

    def values(self, codes: np.ndarray) -> np.ndarray:
        """Exact values (n, n_columns, n_outputs)."""
        found = np.zeros((len(codes), codes.shape[1], self._n_outputs))
        for part in self.parts:
            found += self._whole(part.values(codes))
        return found

    def _whole(self, found: np.ndarray) -> np.ndarray:
        """With the last output inferred."""
        if self._total is None:
            return found
        return np.concatenate([found, 0.0 - found.sum(axis=-1, keepdims=True)], axis=-1)


@dataclass(frozen=True, eq=False)
class Answered:
    """Rows as codes, and what the model says of them.

    Attributes
    ----------
    codes : ndarray (n, n_columns)
    answers : ndarray (n, n_outputs)
    """

    codes: np.ndarray
    answers: np.ndarray

    def and_more(self, codes: np.ndarray, answers: np.ndarray) -> Answered:
        """With further rows."""
        return Answered(np.concatenate([self.codes, codes]), np.concatenate([self.answers, answers]))

    def some(self, n: int, rng: np.random.Generator) -> Answered:
        """At most n of them."""
        if len(self.codes) <= n:
            return self
        chosen = rng.choice(len(self.codes), n, replace=False)
        return Answered(self.codes[chosen], self.answers[chosen])


def fitted(
    ends: Answered,
    past: Answered,
    now: Answered,
    fold: np.ndarray,
    n_folds: int,
    discrete: np.ndarray,
    seed: int,
    *,
    trees: bool,
) -> list[Surrogate]:
    """A surrogate for each fold that has not seen its answers.

    Parameters
    ----------
    ends : Answered
        Rows as they are, explained ones and background; they also settle how columns are scaled.
    past, now : Answered
        Mixed rows; all surrogates learn from the past.
    fold : ndarray of int
        Of the rows of ``now``.
    n_folds : int
    discrete : ndarray of bool (n_columns,)
        Columns of levels.
    seed : int
    trees : bool
        Whether trees are grown on what sums and products leave.
    """
    k = ends.answers.shape[1]
    known = ends.and_more(past.codes, past.answers)
    whole = known.and_more(now.codes, now.answers)
    folds = np.concatenate([np.full(len(known.codes), -1), fold])
    if len(now.codes) < _FEWEST_ROWS or not np.isfinite(whole.answers).all():
        return [Surrogate((), k)] * n_folds
    sums = whole.answers.sum(axis=1)
    is_shared = k > 1 and bool(np.ptp(sums) <= 1e-9 * max(1.0, float(np.abs(whole.answers).max())))
    total = float(sums.mean()) if is_shared else None
    wanted = whole.answers[:, : k - 1] if is_shared else whole.answers
    basis = Basis(ends.codes, wanted[: len(ends.codes)], discrete)
    found = []
    for each, smooth in enumerate(leaving_out(basis, whole.codes, wanted, folds, n_folds, seed)):
        parts: tuple[Part, ...] = (smooth,)
        if trees:
            mine = np.flatnonzero(folds != each)
            if len(mine) > MOST_LEARNED:
                mine = np.random.default_rng([seed, each]).choice(mine, MOST_LEARNED, replace=False)
            parts = (
                smooth,
                Boosted(whole.codes[mine], wanted[mine] - smooth.predict(whole.codes[mine]), seed),
            )
        found.append(Surrogate(parts, k, total))
    return found
