"""Exact interventional values of sums of product kernels, in the time that a few nodes take."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import roots_legendre

from .machine import aligned, kernel, terms_per_block
from .scheduling import in_pairs

if TYPE_CHECKING:
    from interpret_widget.models.kernel_machines import KernelMachine

_ROOM = 4_000_000  # numbers of the background's factors in memory at once: 32 MB for each of two levels
_CELLS = 1_000_000  # numbers in one block of exponents
_OF_FACTOR = 2e-9  # seconds that a factor of a pair of rows takes
_ROUNDING = 2.0**-48  # of the sum of magnitudes: what a rule may be off by is lost in rounding
_REACHES = (2.0, 3.0, 4.5, 7.0, 10.0, 15.0, 22.0, 33.0, 50.0)
_SAMPLED = 8  # rows on which the best reach is tried
_MOST_SAMPLED = 64  # terms


class ProductGames:
    """Values of a machine's sum; columns that a coalition lacks are taken from rows of a background.

    Parameters
    ----------
    machine : KernelMachine
    players : ndarray of int (n_columns,)
        Player of each column; -1 for columns that are the same in all rows.
    n_players : int
    background : ndarray of float64 (n_background, n_columns)

    Notes
    -----
    A term is a product of one factor for each player, and the value of a player an integral of a polynomial
    of a degree below the number of players in which two rows differ. Gauss-Legendre nodes give it exactly:
    half as many as the degree, or fewer where what they miss is bounded to be lost in rounding. The bound
    is that of analytic functions on an ellipse around the interval (Trefethen, Approximation Theory and
    Approximation Practice, chapter 19).
    """

    def __init__(
        self, machine: KernelMachine, players: np.ndarray, n_players: int, background: np.ndarray
    ) -> None:
        self._machine = machine
        self._n_players = n_players
        players = np.asarray(players)
        self._used = np.unique(players[players >= 0])
        groups = [np.flatnonzero(players == player) for player in self._used]
        nobody = np.flatnonzero(players < 0)
        self._columns = np.concatenate([*groups, nobody]).astype(np.intp)
        lengths = [len(each) for each in groups] + ([len(nobody)] if len(nobody) else [])
        self._starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.intp)
        self._is_plain = all(length == 1 for length in lengths)
        self._background = np.ascontiguousarray(background)
        self._levels = _levels(self._background, groups)
        sizes = np.abs(machine.weights)
        sizes = (sizes / np.maximum(sizes.sum(axis=0), np.finfo(float).tiny)).max(axis=1)
        self._sizes = sizes
        known = machine.similarities(self._background)
        self.expected = np.asarray(known.mean(axis=0) @ machine.weights + machine.intercept)
        self._magnitude = float(known.mean(axis=0) @ sizes)

    @property
    def n_terms(self) -> int:
        """Terms of the sum."""
        return len(self._machine.points)

    @property
    def seconds(self) -> float:
        """About how long a row takes."""
        return seconds_of_pair(self._machine, len(self._used)) * len(self._background)

    def values(
        self,
        X: np.ndarray,
        *,
        tick: Callable[[int, int], None] | None = None,
        n_threads: int = 1,
    ) -> np.ndarray:
        """Shapley values (n, n_players, n_outputs).

        Parameters
        ----------
        X : ndarray (n, n_columns)
        tick : callable, optional
            Called with (done, total); may raise to stop.
        n_threads : int
            Values do not depend on it.
        """
        n, n_background = len(X), len(self._background)
        p, k = len(self._used), self._machine.weights.shape[1]
        found = np.zeros((n, p, k))
        chunks = self._chunks
        for turn, chunk in enumerate(chunks):
            theirs = self._whole if len(chunks) == 1 else self._theirs(chunk)

            def work(
                start: int, stop: int, begin: int, end: int, chunk: slice = chunk, theirs: np.ndarray = theirs
            ) -> None:
                self._part(X[start:stop], slice(begin, end), chunk, theirs, found[start:stop])

            def told(done: int, total: int, turn: int = turn) -> None:
                if tick is not None:
                    tick(turn * total + done, len(chunks) * total)

            share = (chunk.stop - chunk.start) / self.n_terms
            seconds = share * seconds_of_pair(self._machine, p)
            in_pairs(work, n, n_background, seconds, told, n_threads)
        out = np.zeros((n, self._n_players, k))
        out[:, self._used] = found / n_background
        return out

    def _part(self, X: np.ndarray, others: slice, chunk: slice, theirs: np.ndarray, out: np.ndarray) -> None:
        w, p, k = terms_per_block(), len(self._used), out.shape[2]
        index, n_index = self._levels[0][others], len(self._levels[1])
        mine = self._mine(X, chunk)
        n, n_background = len(X), len(index)
        weights, sizes = self._weights(chunk)
        rules, nodes, shares, exact = _rules(p, w)
        pairs = n * n_background
        kernel("product_games", "values")(
            n, n_background, p, k, len(sizes), n_index, mine, theirs, index,
            self._same(X, others), weights, sizes, *self._reach, rules,
            exact, nodes, shares, np.ones(8 * w), np.empty((pairs, p), dtype=np.int32),
            np.empty(pairs, dtype=np.int32), aligned((max(1, p) * 8 * w,)), aligned((max(1, p) * k * w,)),
            out,
        )  # fmt: skip

    @cached_property
    def _chunks(self) -> list[slice]:
        """Terms whose factors are in memory together: all, or so few that they are soon computed anew."""
        w, n_levels = terms_per_block(), len(self._levels[1])
        most = self.n_terms
        if most * n_levels > _ROOM:
            most = max(w, _ROOM // (4 * n_levels) // w * w)
        return [slice(a, min(a + most, self.n_terms)) for a in range(0, self.n_terms, most)]

    @cached_property
    def _whole(self) -> np.ndarray:
        return self._theirs(self._chunks[0])

    def _same(self, X: np.ndarray, others: slice) -> np.ndarray:
        """Where a player's columns are those of a row of the background (n, n_background, p)."""
        p = len(self._used)
        alike = X[:, None, self._columns] == self._background[others][:, self._columns]
        if not self._is_plain:
            alike = np.logical_and.reduceat(alike, self._starts, axis=2)
        return np.ascontiguousarray(alike[:, :, :p]).view(np.uint8)

    def _mine(self, X: np.ndarray, chunk: slice) -> np.ndarray:
        """Factors of rows (n, n_blocks, p + 1, w), the last of columns that belong to nobody."""
        p, width = len(self._used), chunk.stop - chunk.start
        out = np.zeros((len(X), p + 1, width))
        step = max(1, _CELLS // max(1, width * X.shape[1]))
        for start in range(0, len(X), step):
            logs = self._grouped(self._machine.logs(X[start : start + step], chunk))
            out[start : start + step, : logs.shape[1]] = logs
        np.negative(out, out=out)
        return _blocked(np.exp(out, out=out))

    def _theirs(self, chunk: slice) -> np.ndarray:
        """Factors of the background's levels (n_blocks, n_index, w)."""
        _, rows, owner = self._levels
        out = np.empty((len(rows), chunk.stop - chunk.start))
        ends = np.append(self._starts, len(self._columns))
        for player in range(len(self._used)):
            columns = self._columns[ends[player] : ends[player + 1]]
            mine = np.flatnonzero(owner == player)
            step = max(1, _CELLS // (out.shape[1] * len(columns)))
            narrow = self._machine.of_columns(columns)
            for start in range(0, len(mine), step):
                at = mine[start : start + step]
                out[at] = narrow.logs(self._background[np.ix_(rows[at], columns)], chunk).sum(axis=1)
        np.negative(out, out=out)
        return np.asarray(_blocked(np.exp(out, out=out)[None])[0])

    def _weights(self, chunk: slice) -> tuple[np.ndarray, np.ndarray]:
        weights = _blocked(np.ascontiguousarray(self._machine.weights[chunk].T)[None])[0]
        return weights, _blocked(self._sizes[None, None, chunk])[0, :, 0]

    @cached_property
    def _reach(self) -> tuple[np.ndarray, np.ndarray]:
        """The ellipse with which most terms need few nodes: factors of its bound, and each rule's limit."""
        p = len(self._used)
        w = terms_per_block()
        rules, _, _, _ = _rules(p, w)
        n_nodes = rules[:, 0] * rules[:, 1]
        n_blocks = -(-self.n_terms // w)
        budget = _ROUNDING * self._magnitude / n_blocks
        few = self._background[np.linspace(0, len(self._background) - 1, _SAMPLED).astype(np.intp)]
        n_sampled = min(_MOST_SAMPLED, 1 + _CELLS // (_SAMPLED**2 * max(1, p)))
        spread = np.linspace(0, self.n_terms - 1, n_sampled).astype(np.intp)
        factors = np.exp(-self._grouped(self._machine.of_terms(spread).logs(few)))
        middle = (factors[:, None] + factors) / 2
        half = np.abs(factors[:, None] - factors) / 2
        sizes = self._sizes[spread] * w
        best = None
        for rho in _REACHES:
            long = (rho + 1 / rho) / 2
            missed = 2 / long * 32 / 15 * rho ** (-2.0 * n_nodes) / (1 - rho**-2)
            missed[0] = 2 / long
            limits = budget / missed
            with np.errstate(over="ignore"):
                bound = (middle + half * long).prod(axis=2) * sizes
            needed = n_nodes[np.minimum(np.searchsorted(limits, bound), len(limits) - 1)].mean()
            if best is None or needed < best[0]:
                best = (needed, np.array([0.5, long / 2]), limits)
        assert best is not None
        return best[1], best[2]

    def _grouped(self, logs: np.ndarray) -> np.ndarray:
        """Logarithms of columns added up by player (n, p or p + 1, n_terms)."""
        logs = logs[:, self._columns]
        return logs if self._is_plain else np.asarray(np.add.reduceat(logs, self._starts, axis=1))


def seconds_of_pair(machine: KernelMachine, n_players: int) -> float:
    """About how long a row takes with each row of the background; measured nowhere, so always the same."""
    return _OF_FACTOR * (1 + n_players) * len(machine.points)


def _blocked(factors: np.ndarray) -> np.ndarray:
    """(n, m, n_terms) -> (n, n_blocks, m, terms of a block), zeros behind the last term."""
    w = terms_per_block()
    n, m, n_terms = factors.shape
    n_blocks = -(-n_terms // w)
    out = aligned((n, n_blocks, m, w))
    whole = n_terms // w
    out[:, :whole] = factors[:, :, : whole * w].reshape(n, m, whole, w).transpose(0, 2, 1, 3)
    if whole < n_blocks:
        out[:, whole, :, : n_terms - whole * w] = factors[:, :, whole * w :]
    return out


def _levels(background: np.ndarray, groups: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Different values of each player in the background.

    Positions in the list of all levels (n_background, p); of each level a row that has it, and its player.
    """
    index = np.zeros((len(background), len(groups)), dtype=np.int32)
    rows: list[np.ndarray] = []
    owner: list[np.ndarray] = []
    n = 0
    for player, columns in enumerate(groups):
        _, first, inverse = np.unique(background[:, columns], axis=0, return_index=True, return_inverse=True)
        index[:, player] = n + inverse.ravel()
        rows.append(first)
        owner.append(np.full(len(first), player))
        n += len(first)
    empty = np.zeros(0, dtype=np.intp)
    return index, np.concatenate([empty, *rows]), np.concatenate([empty, *owner])


@lru_cache(maxsize=8)
def _rules(p: int, w: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Quadrature rules from none to exact for ``p`` players.

    Nodes at once, turns and start (n_rules, 3); nodes and their shares, each ``w`` times; by number of
    players the rule that is exact.
    """
    needed = -(-p // 2)
    rules, counts = [(4, 0), (4, 1)], [0, 4]
    for nodes, turns in [(5, 1), (6, 1), (7, 1), (8, 1), (5, 2), (6, 2), (7, 2), (8, 2), (6, 4), (8, 4)]:
        if counts[-1] < needed:
            rules.append((nodes, turns))
            counts.append(nodes * turns)
    while counts[-1] < needed:
        rules.append((8, 2 * rules[-1][1]))
        counts.append(2 * counts[-1])
    at, shares, starts = [], [], []
    n = 0
    for count in counts:
        starts.append(n)
        if count:
            # The first is the more exact, the second has a time that does not grow with the cube.
            of_count = np.polynomial.legendre.leggauss if count <= 64 else roots_legendre
            x, share = of_count(count)
            at.append(np.repeat((x + 1) / 2, w))
            shares.append(np.repeat(share / 2, w))
            n += count * w
    table = np.array([(*rule, start) for rule, start in zip(rules, starts, strict=True)], dtype=np.int32)
    exact = np.searchsorted(counts, (np.arange(p + 1) + 1) // 2).astype(np.int32)
    return table, np.concatenate(at), np.concatenate(shares), exact
