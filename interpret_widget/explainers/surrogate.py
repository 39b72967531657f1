"""Fast stand-ins of a model, fitted to its own answers, whose Shapley values are computed exactly.

What a surrogate gets right need not be sampled: values of the model are the exact values of the surrogate
plus estimated values of what is left, the game of ``model - surrogate``. See Goldwasser and Hooker,
"Stabilizing estimates of Shapley values with control variates" (2023), and Witter, Liu and Musco,
"Regression-adjusted Monte Carlo estimators for Shapley values and probabilistic values" (2025).
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from .quadratic import Quadratic

_MOST_ROWS = 30_000  # that the trees are grown on
_FEWEST_ROWS = 60  # fewer teach nothing


class Part(Protocol):
    """What a surrogate is a sum of."""

    def predict(self, codes: np.ndarray) -> np.ndarray:
        """Answers (n, n_outputs)."""

    def against(self, background: np.ndarray) -> None:
        """Set the rows that values compare with."""

    def values(self, codes: np.ndarray) -> np.ndarray:
        """Exact values (n, n_columns, n_outputs)."""


class Boosted:
    """Boosted trees, one model for each output, read by the package's own kernels."""

    def __init__(self, codes: np.ndarray, answers: np.ndarray, seed: int) -> None:
        from sklearn.ensemble import HistGradientBoostingRegressor

        from interpret_widget.models.trees.reading import read_trees

        if len(codes) > _MOST_ROWS:
            chosen = np.random.default_rng(seed).choice(len(codes), _MOST_ROWS, replace=False)
            codes, answers = codes[chosen], answers[chosen]
        n_leaves = int(np.clip(len(codes) // 60, 4, 31))
        self._trees = []
        for answer in answers.T:
            model = HistGradientBoostingRegressor(
                max_iter=150,
                max_leaf_nodes=n_leaves,
                min_samples_leaf=10,
                early_stopping=False,
                random_state=seed,
            )
            self._trees.append(read_trees(model.fit(codes, answer)))
        self._games: list[Any] = []

    def predict(self, codes: np.ndarray) -> np.ndarray:
        """See `Part.predict`."""
        return np.concatenate([trees.margins(trees.table(codes)) for trees in self._trees], axis=1)

    def against(self, background: np.ndarray) -> None:
        """See `Part.against`."""
        from interpret_widget.trees import TreeValues

        self._games = [TreeValues(trees, background=background) for trees in self._trees]

    def values(self, codes: np.ndarray) -> np.ndarray:
        """See `Part.values`."""
        return np.concatenate([game.values(codes) for game in self._games], axis=2)


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

    @classmethod
    def fit(
        cls, codes: np.ndarray, answers: np.ndarray, discrete: np.ndarray, seed: int, *, trees: bool = True
    ) -> Surrogate:
        """Learn the model's answers to rows.

        Parameters
        ----------
        codes : ndarray (n, n_columns)
        answers : ndarray (n, n_outputs)
        discrete : ndarray of bool (n_columns,)
            Columns of levels.
        seed : int
        trees : bool, default True
            Whether trees are grown on what sums and products leave.
        """
        k = answers.shape[1]
        if len(codes) < _FEWEST_ROWS or not np.isfinite(answers).all():
            return cls((), k)
        sums = answers.sum(axis=1)
        is_shared = k > 1 and bool(np.ptp(sums) <= 1e-9 * max(1.0, float(np.abs(answers).max())))
        total = float(sums.mean()) if is_shared else None
        wanted = answers[:, : k - 1] if is_shared else answers
        smooth = Quadratic(codes, wanted, discrete, seed)
        parts: tuple[Part, ...] = (smooth,)
        if trees:
            parts = (smooth, Boosted(codes, wanted - smooth.predict(codes), seed))
        return cls(parts, k, total)

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
