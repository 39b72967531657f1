"""Interventional values of probabilities: exact in the game of what the model answers, not of its margin."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, gammaln, softmax

from interpret_widget.errors import UnsupportedModelError

from .machine import kernel
from .scheduling import in_pairs
from .scoring import category_table, flags, mean_over, way_of

if TYPE_CHECKING:
    from interpret_widget.models.trees import Ensemble

_LINKS = {"identity": 0, "logistic": 1, "softmax": 2}
_MOST = 16  # players in which two rows may differ: 65,536 coalitions for each pair of rows
_ROOM = 4_000_000  # numbers of all threads' tables of coalitions: 32 MB
_OF_COALITION = 1.5e-8  # seconds that one output of a coalition takes
_OF_TREE = 5e-7  # seconds that a pair of rows takes in a tree


class Linked:
    """Values of ``link(margin)``; columns that a coalition lacks are taken from rows of a background.

    Every coalition of the players in which a row differs from a row of the background is spelled out, which
    takes time that doubles with each of them.

    Parameters
    ----------
    ensemble, players, n_players, background, weights
        As in `Interventional`.
    link : {"identity", "logistic", "softmax"}
        From margins to what the model answers.
    start : ndarray (n_outputs,)
        Added to the ensemble's margins.

    Attributes
    ----------
    expected : ndarray (n_outputs,)
        Base value: the mean answer over the background.
    """

    def __init__(
        self,
        ensemble: Ensemble,
        players: np.ndarray,
        n_players: int,
        background: np.ndarray,
        weights: np.ndarray | None,
        link: str,
        start: np.ndarray,
    ) -> None:
        self._ensemble = ensemble
        self._players = np.ascontiguousarray(players, dtype=np.int32)
        self._n_players = n_players
        self._background = background
        given = np.ones(len(background)) if weights is None else np.asarray(weights, dtype=np.float64)
        self._weights = given / given.sum()
        self._link = link
        self._start = np.ascontiguousarray(start + ensemble.base, dtype=np.float64)
        answers: dict[str, Callable[[np.ndarray], np.ndarray]] = {
            "identity": lambda margins: margins + start,
            "logistic": lambda margins: expit(margins + start),
            "softmax": lambda margins: softmax(margins + start, axis=1),
        }
        self.expected = mean_over(ensemble, background, self._weights, answers[link])
        self._steps = _steps(ensemble)
        self._codes = self._coded(background)

    def values(
        self,
        X: np.ndarray,
        *,
        tick: Callable[[int, int], None] | None = None,
        n_threads: int = 1,
    ) -> np.ndarray:
        """Shapley values (n, n_players, n_outputs); parameters as in `PathDependent.values`.

        Raises
        ------
        UnsupportedModelError
            A row differs from one of the background in too many players.
        """
        out = np.zeros((len(X), self._n_players, self._ensemble.n_outputs))
        codes = self._coded(X)
        most = max(1, self._most(codes))

        def work(start: int, stop: int, begin: int, end: int) -> None:
            self._chunk(X[start:stop], codes[start:stop], slice(begin, end), out[start:stop], most)

        numbers = self._ensemble.n_outputs << most
        threads = max(1, min(n_threads, _ROOM // numbers))
        in_pairs(work, len(X), len(self._background), self._of_pair(most), tick, threads)
        return out

    def seconds(self, X: np.ndarray) -> float:
        """About how long values of these rows take.

        Raises
        ------
        UnsupportedModelError
            As in `values`.
        """
        return len(X) * len(self._background) * self._of_pair(self._most(self._coded(X)))

    def _of_pair(self, most: int) -> float:
        return _OF_COALITION * (self._ensemble.n_outputs << most) + _OF_TREE * (1 + self._ensemble.n_trees)

    def _most(self, codes: np.ndarray) -> int:
        """Most players in which a row and one of the background differ, where it is not too many."""
        most = max((self._most_different(row) for row in codes), default=0)
        if most > _MOST or (most and self._ensemble.n_outputs << most > 2 * _ROOM):
            limit = min(_MOST, (2 * _ROOM // self._ensemble.n_outputs).bit_length() - 1)
            raise UnsupportedModelError(
                f"rows differ from the background in up to {most} columns that the trees ask about; "
                f"exact values of probabilities take at most {limit}: explain the margin "
                "(model_output='raw') instead"
            )
        return most

    @cached_property
    def _nodes(self) -> tuple[np.ndarray, ...]:
        """What the kernel is told of the nodes beside the ensemble's own arrays."""
        e = self._ensemble
        output = np.full_like(e.output, -1) if e.has_vectors else e.output
        return flags(e.missing_left), way_of(e), category_table(e), np.ascontiguousarray(e.value), output

    def _coded(self, X: np.ndarray) -> np.ndarray:
        """The same code for values that no split tells apart (n, n_features)."""
        out = np.zeros(X.shape, dtype=np.int32)
        for feature, steps in self._steps.items():
            codes = np.searchsorted(steps, X[:, feature], side="left")
            out[:, feature] = np.where(np.isnan(X[:, feature]), -1, codes)
        return out

    def _most_different(self, codes: np.ndarray) -> int:
        """Players in which a row differs from that row of the background that differs most."""
        differs = np.zeros((len(self._codes), self._n_players), dtype=bool)
        for feature in self._steps:
            differs[:, self._players[feature]] |= self._codes[:, feature] != codes[feature]
        return int(differs.sum(axis=1).max(initial=0))

    def _chunk(self, X: np.ndarray, codes: np.ndarray, others: slice, out: np.ndarray, most: int) -> None:
        background, codes_of_background = self._background[others], self._codes[others]
        e, k = self._ensemble, self._ensemble.n_outputs
        room = int((e.feature >= 0).sum()) + 2
        sizes, shares = _of_coalitions(most)
        missing, way, categories, value, output = self._nodes
        bit_of, active, side = (np.empty(self._n_players, dtype=np.int32) for _ in range(3))
        order, node_at, held_at, player_at, side_at = (np.empty(room, dtype=np.int32) for _ in range(5))
        kernel("coalitions", "coalitions")(
            len(X), len(background), X.shape[1], self._n_players, k, e.n_trees, e.categories.shape[1],
            _LINKS[self._link], most, np.ascontiguousarray(X), np.ascontiguousarray(codes), background,
            codes_of_background, self._weights[others], self._start, e.roots, e.feature, e.threshold, e.left,
            e.right, missing, way, e.category_set, categories, value, output, self._players, shares, sizes,
            bit_of, active, side, order, node_at, held_at, player_at, side_at,
            np.empty(k << most), out,
        )  # fmt: skip


@lru_cache(maxsize=2)
def _of_coalitions(most: int) -> tuple[np.ndarray, np.ndarray]:
    """Players of each coalition (2 ** most,); weights by players and size (most + 1, most)."""
    sizes = np.zeros(1, dtype=np.int32)
    for _ in range(most):
        sizes = np.concatenate([sizes, sizes + 1])
    m, s = np.meshgrid(np.arange(most + 1.0), np.arange(float(most)), indexing="ij")
    shares = np.where(s < m, np.exp(gammaln(s + 1) + gammaln(np.maximum(m - s, 1)) - gammaln(m + 1)), 0.0)
    return sizes, np.ascontiguousarray(shares)


def _steps(ensemble: Ensemble) -> dict[int, np.ndarray]:
    """Values at which some split of a column changes its mind: thresholds, and all codes of categories."""
    found = {}
    for feature in np.unique(ensemble.feature[ensemble.feature >= 0]).tolist():
        nodes = ensemble.feature == feature
        steps = [ensemble.threshold[nodes & (ensemble.category_set < 0)]]
        if (nodes & (ensemble.category_set >= 0)).any():
            codes = np.arange(ensemble.categories.shape[1] + 1.0)
            steps += [np.nextafter(codes, -np.inf), np.nextafter(codes, np.inf)]
        if ensemble.zero_missing[nodes].any():
            steps.append(np.array([np.nextafter(-1e-35, -np.inf), 1e-35]))
        found[feature] = np.unique(np.concatenate(steps))
    return found
