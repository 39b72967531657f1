"""An ensemble that grows: the explanation after more rounds is the one before plus what the new trees add."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from interpret_widget.kernels.interventional import Interventional
from interpret_widget.kernels.path_dependent import PathDependent, columns_of
from interpret_widget.models.trees import Ensemble
from interpret_widget.models.trees.joining import joined_ensemble

_MOST_AT_ONCE = 8  # rounds whose values are in memory together


@dataclass(frozen=True, eq=False)
class Rounds:
    """What was measured of some rounds.

    Attributes
    ----------
    importance : ndarray of float32 (n_rounds, n_outputs, n_players)
        Mean magnitude of the values over the rows.
    margins : ndarray of float32 (n_rounds, n_rows, n_outputs)
        What the trees add up to.
    """

    importance: np.ndarray
    margins: np.ndarray


class Growth:
    """The trees so far, and their values of the watched rows.

    Parameters
    ----------
    table : ndarray of float64 (n_rows, n_features)
        Watched rows as the trees compare them.
    players : ndarray of int (n_features,)
        Player of each column.
    n_players : int
    start : ndarray (n_outputs,)
        Where boosting starts, beside its trees.
    background : ndarray of float64 (n_background, n_features), optional
        Rows for interventional values; path-dependent values otherwise.
    is_mean : bool
        Whether the model predicts the mean of its trees, as forests do, and not their sum.
    """

    def __init__(
        self,
        table: np.ndarray,
        players: np.ndarray,
        n_players: int,
        start: np.ndarray,
        *,
        background: np.ndarray | None = None,
        is_mean: bool = False,
    ) -> None:
        self.table = table
        self.players = players
        self.n_players = n_players
        self.start = np.asarray(start, dtype=np.float64)
        self.background = background
        self.is_mean = is_mean
        self._parts: list[Ensemble] = []
        k = len(self.start)
        self.values = np.zeros((len(table), n_players, k))
        self._base = np.zeros(k)
        self._trees_at: list[int] = [0]

    @cached_property
    def columns(self) -> np.ndarray:
        """Watched rows as sweeps take them."""
        return columns_of(self.table)

    @property
    def n_rounds(self) -> int:
        """Rounds so far."""
        return len(self._trees_at) - 1

    def add(self, ensemble: Ensemble, trees_per_round: int) -> Rounds:
        """Take the trees of new rounds.

        Parameters
        ----------
        ensemble : Ensemble
            The new trees alone, in whole rounds.
        trees_per_round : int
        """
        self._parts.append(ensemble)
        n_rounds = ensemble.n_trees // trees_per_round
        for _ in range(n_rounds):
            self._trees_at.append(self._trees_at[-1] + trees_per_round)
        done = [
            self._some(ensemble, trees_per_round, first, min(first + _MOST_AT_ONCE, n_rounds))
            for first in range(0, n_rounds, _MOST_AT_ONCE)
        ]
        return Rounds(
            np.concatenate([each.importance for each in done]),
            np.concatenate([each.margins for each in done]),
        )

    def trees(self) -> Ensemble:
        """All trees as they were read, without the start."""
        if len(self._parts) > 1:
            self._parts = [joined_ensemble(self._parts)]
        return self._parts[0]

    def restore(self, trees: Ensemble, trees_per_round: int) -> None:
        """Take trees that were measured before: there is nothing to add to them."""
        self._parts = [trees]
        self._trees_at = list(range(0, trees.n_trees + 1, trees_per_round))

    def ensemble(self, n_rounds: int) -> Ensemble:
        """The model after so many rounds, its start included."""
        whole = self.trees()
        n_trees = self._trees_at[n_rounds]
        trees = whole.of_trees(0, n_trees)
        if self.is_mean:
            trees = replace(trees, value=trees.value / max(1, n_trees))
        return replace(trees, base=self.start + whole.base)

    def through_rounds(self, row: int) -> np.ndarray:
        """Values of one watched row after each round (n_rounds, n_players, n_outputs)."""
        whole = self.ensemble(self.n_rounds)
        k, n = len(self.start), self.n_rounds
        by_round = np.zeros((n, self.n_players, k))
        per_round = max(1, whole.n_trees // max(1, n))
        for first in range(0, n, 256):
            stop = min(first + 256, n)
            part = whole.of_trees(first * per_round, stop * per_round)
            by_round[first:stop] = _by_round(self, part, per_round, self.table[row : row + 1])[0][0]
        out = np.cumsum(by_round, axis=0)
        if self.is_mean:
            out *= n / np.arange(1, n + 1)[:, None, None]
        return out

    def _some(self, ensemble: Ensemble, per_round: int, first: int, stop: int) -> Rounds:
        part = ensemble.of_trees(first * per_round, stop * per_round)
        importance, sums = [], []
        # Products with a vector are several times faster than means along the first axis.
        flat, share = self.values.reshape(len(self.table), -1), np.full(len(self.table), 1 / len(self.table))
        magnitudes = np.empty_like(flat)
        for added in _steps(self, part, per_round):
            importance.append((share @ np.abs(flat, out=magnitudes)).reshape(self.n_players, -1).T)
            self._base = self._base + added
            sums.append(np.einsum("npk->nk", self.values) + self._base)
        scale = np.ones(stop - first)
        if self.is_mean:
            scale = 1 / (self.n_rounds_before(ensemble) + np.arange(first, stop) + 1.0)
        return Rounds(
            (np.array(importance) * scale[:, None, None]).astype(np.float32),
            (np.array(sums) * scale[:, None, None] + self.start).astype(np.float32),
        )

    def n_rounds_before(self, ensemble: Ensemble) -> int:
        """Rounds before those of the part that was added last."""
        return self.n_rounds - ensemble.n_trees // max(1, self._trees_at[1])


def _outputs_by_round(part: Ensemble, per_round: int, k: int) -> Ensemble:
    """The same trees with an output for each round and output, so that one sweep tells rounds apart."""
    rounds = np.arange(part.n_trees) // per_round
    return replace(
        part,
        output=(rounds * k + part.output).astype(np.int32),
        base=np.zeros((part.n_trees // per_round) * k),
    )


def _by_round(
    growth: Growth, part: Ensemble, per_round: int, table: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What each round adds: to values (rows, rounds, players, outputs) and to bases (rounds, outputs)."""
    k, n_rounds = len(growth.start), part.n_trees // per_round
    if part.has_vectors:
        games = [_game(growth, part.of_trees(at * per_round, (at + 1) * per_round)) for at in range(n_rounds)]
        values = np.stack([game.values(table) for game in games], axis=1)
        return values, np.array([game.expected for game in games]).reshape(n_rounds, k)
    game = _game(growth, _outputs_by_round(part, per_round, k))
    shaped = game.values(table).reshape(len(table), growth.n_players, n_rounds, k)
    return np.ascontiguousarray(shaped.transpose(0, 2, 1, 3)), game.expected.reshape(n_rounds, k)


def _steps(growth: Growth, part: Ensemble, per_round: int) -> Iterator[np.ndarray]:
    """Add round after round to the values so far; gives what each adds to the base value (n_outputs,)."""
    n_rounds = part.n_trees // per_round
    if growth.background is not None or part.has_vectors:
        added, bases = _by_round(growth, part, per_round, growth.table)
        for at in range(n_rounds):
            growth.values += added[:, at]
            yield bases[at]
        return
    game = PathDependent(part, growth.players, growth.n_players)
    add, expected = game.adding(growth.columns, growth.values), game.expected_by_tree
    for at in range(n_rounds):
        trees = slice(at * per_round, (at + 1) * per_round)
        add(trees.start, trees.stop)
        base = np.zeros(len(growth.start))
        np.add.at(base, part.output[trees], expected[trees, 0])
        yield base


def _game(growth: Growth, ensemble: Ensemble) -> PathDependent | Interventional:
    if growth.background is None:
        return PathDependent(ensemble, growth.players, growth.n_players)
    return Interventional(ensemble, growth.players, growth.n_players, growth.background)
