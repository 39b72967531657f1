"""Interventional Shapley values of tree ensembles: against a background of any size, at a cost that does not
grow with it (pattern tables; Woodelf, arXiv 2511.09376).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import gammaln

from .machine import aligned, kernel, rows_per_block
from .program import Program, compiled, quadratures
from .scheduling import in_chunks, in_pairs
from .scoring import category_table, flags, mean_over, way_of

if TYPE_CHECKING:
    from interpret_widget.models.trees import Ensemble

_MOST_INSIDE = 4  # splits of a group
_MOST_BITS = 12  # of a pattern; trees with longer ones are walked pair by pair
_NONE = np.zeros(1)
_TILE = 512  # as in the source
_ROOM = 5_000_000  # numbers of the tables that are in memory at once: 40 MB
_OF_NUMBER = 2e-8  # seconds that a number of a table takes to compute
_OF_DUEL = 2e-6  # seconds that a pair of rows takes in a deep tree


@dataclass(frozen=True, eq=False)
class Groups:
    """Trees cut into groups; see ``source.patterns``."""

    step_start: np.ndarray
    step: np.ndarray
    first: np.ndarray
    inside: np.ndarray
    above: np.ndarray
    level: np.ndarray
    column_start: np.ndarray
    columns: np.ndarray
    count_start: np.ndarray
    table_start: np.ndarray
    fits: np.ndarray
    first_group: np.ndarray


class Batch(NamedTuple):
    """Groups whose tables are in memory together, and the trees that they are of."""

    first_tree: int
    last_tree: int
    first_group: int
    last_group: int


@lru_cache(maxsize=8)
def _gains(most: int) -> np.ndarray:
    """``(a - 1)! b! / (a + b)!`` for up to ``most`` players each (most + 1, most + 1)."""
    a, b = np.meshgrid(np.arange(most + 1.0), np.arange(most + 1.0), indexing="ij")
    with np.errstate(invalid="ignore"):
        found = np.exp(gammaln(a) + gammaln(b + 1) - gammaln(a + b + 1))
    return np.where(a > 0, found, 0.0)


class Interventional:
    """Values of an ensemble; columns that a coalition lacks are taken from rows of a background.

    Parameters
    ----------
    ensemble : Ensemble
    players : ndarray of int (n_features,)
        Player of each column.
    n_players : int
    background : ndarray of float64 (n_rows, n_features)
        Rows from `Ensemble.table`.
    weights : ndarray (n_rows,), optional
        Of the rows; equal by default.
    dtype : {"float64", "float32"}
        Of the tables that rows look their values up in.

    Attributes
    ----------
    expected : ndarray (n_outputs,)
        Base value: the mean over the background.
    """

    def __init__(
        self,
        ensemble: Ensemble,
        players: np.ndarray,
        n_players: int,
        background: np.ndarray,
        weights: np.ndarray | None = None,
        dtype: str = "float64",
    ) -> None:
        self._ensemble = ensemble
        self._n_players = n_players
        self._dtype = dtype
        self._background = background
        given = np.ones(len(background)) if weights is None else np.asarray(weights, dtype=np.float64)
        self._weights = given / given.sum()
        self._players = np.ascontiguousarray(players, dtype=np.int32)
        self.program: Program = compiled(ensemble, self._players)
        self.expected = mean_over(ensemble, background, self._weights)
        self._n_swept = 1 if ensemble.has_vectors else ensemble.n_outputs
        self._passes = range(ensemble.n_outputs if ensemble.has_vectors else 1)
        self._categories = category_table(ensemble)

    def values(
        self,
        X: np.ndarray,
        *,
        tick: Callable[[int, int], None] | None = None,
        n_threads: int = 1,
    ) -> np.ndarray:
        """Shapley values (n, n_players, n_outputs); parameters as in `PathDependent.values`."""
        out = np.zeros((len(X), self._n_players, self._ensemble.n_outputs))
        if not self.program.n_splits or not len(X):
            return out
        fits, n = self._groups.fits, len(X)
        by_pairs = not self._keeps and n * self._duelling(np.ones_like(fits)) < self._tabulating
        duelling = np.ones_like(fits) if by_pairs else ~fits
        batches = [] if by_pairs else [(o, batch) for o in self._passes for batch in self._batches]
        # Of all steps, so many as there are batches are of tables, and as many as seem fair of duels.
        in_duels = n * self._duelling(duelling)
        fair = 1 + round(in_duels * len(batches) / self._tabulating) if batches else 1
        steps = len(batches) + (fair if duelling.any() else 0)
        for done, (offset, batch) in enumerate(batches):

            def told(rows: int, n: int, done: int = done) -> None:
                if tick is not None:
                    tick(done * n + rows, steps * n)

            self._look_up(X, out, offset, batch, told, n_threads)
        if duelling.any():
            deep = np.flatnonzero(duelling).astype(np.int32)

            def pairs(start: int, stop: int, begin: int, end: int) -> None:
                self._duel(deep, X[start:stop], slice(begin, end), out[start:stop])

            def told_of_pairs(done: int, total: int) -> None:
                if tick is not None:
                    tick(len(batches) * n + fair * n * done // total, steps * n)

            in_pairs(pairs, n, len(self._background), len(deep) * _OF_DUEL, told_of_pairs, n_threads)
        return out

    def _look_up(
        self,
        X: np.ndarray,
        out: np.ndarray,
        offset: int,
        batch: Batch,
        tick: Callable[[int, int], None],
        n_threads: int,
    ) -> None:
        """Add the values of one batch; its tables are gone before those of the next are made."""
        tables = self._tables(offset, batch)
        in_chunks(
            lambda start, stop: self._read(X[start:stop], out[start:stop], offset, batch, tables),
            len(X),
            tick,
            n_threads,
        )

    def seconds(self, X: np.ndarray) -> float:
        """About how long values of these rows take, apart from tables."""
        fits = self._groups.fits if self.program.n_splits else np.ones(0, dtype=bool)
        return len(X) * self._duelling(~fits)

    def _duelling(self, trees: np.ndarray) -> float:
        """Seconds that a row takes pair by pair in some of the trees."""
        return float(trees.sum()) * len(self._background) * _OF_DUEL

    @cached_property
    def _tabulating(self) -> float:
        """Seconds that all tables take to compute."""
        return float(self._groups.table_start[-1]) * len(self._passes) * _OF_NUMBER

    def _duel(self, deep: np.ndarray, X: np.ndarray, others: slice, out: np.ndarray) -> None:
        """Add the values of some trees against some rows of the background, pair by pair."""
        e, m = self._ensemble, self._n_players
        most, widest = self.program.max_depth + 2, int(self.program.widest.max(initial=1))
        background = self._background[others]
        node_at, held_at, player_at, side_at = (np.empty(most, dtype=np.int32) for _ in range(4))
        missing, way, value, output = self._nodes
        kernel("duels", "duels")(
            len(X), len(background), X.shape[1], m, e.n_outputs, len(deep), e.categories.shape[1], widest,
            np.ascontiguousarray(X), background, self._weights[others], deep, e.roots, e.feature, e.threshold,
            e.left, e.right, missing, way, e.category_set, self._categories, value, output, self._players,
            _gains(widest), np.empty(m, dtype=np.int32), np.empty(m + 1, dtype=np.int32), node_at, held_at,
            player_at, side_at, out,
        )  # fmt: skip

    @cached_property
    def _nodes(self) -> tuple[np.ndarray, ...]:
        """What duels are told of the nodes beside the ensemble's own arrays."""
        e = self._ensemble
        output = np.full_like(e.output, -1) if e.has_vectors else e.output
        return flags(e.missing_left), way_of(e), np.ascontiguousarray(e.value), output

    @cached_property
    def _groups(self) -> Groups:
        p, n_trees = self.program, self._ensemble.n_trees

        def room(n: int, dtype: type = np.int32) -> np.ndarray:
            return np.empty(n, dtype=dtype)

        most = p.n_splits * 2 + 1
        widest = min(int(p.widest.max(initial=0)) + _MOST_INSIDE, _MOST_BITS)
        step_start, step, counts = room(n_trees + 1), room(6 * p.n_splits), np.zeros(3, dtype=np.int32)
        first, inside, above, level = (room(most) for _ in range(4))
        column_start, columns = room(most + 1), room(most * widest)
        count_start, table_start = room(most + 1, np.int64), room(most + 1, np.int64)
        fits = room(n_trees, np.uint8)
        kernel("patterns", "groups")(
            n_trees, _MOST_INSIDE, _MOST_BITS, p.tree_first, p.depth, p.slot, p.n_above, p.up, p.parent,
            p.is_right, p.ends_left, p.ends_right, p.player, room(p.n_splits), room(p.n_splits + 1),
            step_start, step, first, inside, above, level, column_start, columns, count_start, table_start,
            fits, counts,
        )  # fmt: skip
        n_steps, n_groups, n_columns = counts.tolist()
        step = step[: 2 * n_steps].reshape(-1, 2)
        before = np.concatenate([[0], np.cumsum(step[:, 0] == 2)])
        return Groups(
            step_start,
            step,
            first[:n_groups],
            inside[:n_groups],
            above[:n_groups],
            level[:n_groups],
            column_start[: n_groups + 1],
            columns[:n_columns],
            count_start[: n_groups + 1],
            table_start[: n_groups + 1],
            fits.astype(bool),
            before[step_start].astype(np.int64),
        )

    @cached_property
    def _batches(self) -> list[Batch]:
        """Groups whose tables are in memory together; the largest trees are taken in parts."""
        ends, first_group = self._groups.table_start, self._groups.first_group
        batches: list[Batch] = []
        start = 0
        while start < len(ends) - 1:
            stop = max(start + 1, int(np.searchsorted(ends, ends[start] + _ROOM, side="right")) - 1)
            of_first, of_last = np.searchsorted(first_group, [start, stop - 1], side="right").tolist()
            batches.append(Batch(of_first - 1, of_last, start, stop))
            start = stop
        return batches

    @property
    def _keeps(self) -> bool:
        """Whether all tables fit into memory together."""
        return bool(self._groups.table_start[-1] * len(self._passes) <= _ROOM)

    def _tables(self, offset: int, batch: Batch) -> np.ndarray:
        """Values of patterns; kept where they all fit into memory."""
        if not self._keeps:
            return self._made(offset, batch)
        if offset not in self._kept:
            self._kept[offset] = self._made(offset, batch)
        return self._kept[offset]

    @cached_property
    def _kept(self) -> dict[int, np.ndarray]:
        return {}

    def _made(self, offset: int, batch: Batch) -> np.ndarray:
        p, g = self.program, self._groups
        lo, hi = batch.first_group, batch.last_group
        counted_from, filled_from = int(g.count_start[lo]), int(g.table_start[lo])
        hist = self._counted(batch)
        out = aligned((max(1, int(g.table_start[hi]) - filled_from),))
        longest = int((g.above[lo:hi] + g.inside[lo:hi]).max(initial=1))
        deepest = int(p.widest.max(initial=1))
        widest = (max(deepest, longest) + 1) // 2
        nodes, weights = quadratures(widest)
        high, low = self._leaves[offset]
        kernel("patterns", "tables")(
            lo, hi, widest, counted_from, filled_from, p.parent, p.is_right, p.slot, p.n_above, p.up,
            p.player, p.ends_left, p.ends_right, high, low, g.first, g.inside, g.above, g.column_start,
            g.columns, g.count_start, g.table_start, hist, nodes, weights, np.empty(1 << longest,
            dtype=np.int32), np.empty(deepest + 1, dtype=np.int32), np.empty(1 << longest), np.empty(1 <<
            longest), np.empty(longest << longest), out,
        )  # fmt: skip
        return out if self._dtype == "float64" else out.astype(np.float32)

    def _counted(self, batch: Batch) -> np.ndarray:
        """How often each pattern occurs in the background."""
        g = self._groups
        lo, hi = batch.first_group, batch.last_group
        hist = np.zeros(max(1, int(g.count_start[hi] - g.count_start[lo])))
        for start in range(0, len(self._background), 2_048):
            rows, weights = self._background[start : start + 2_048], self._weights[start : start + 2_048]
            self._swept("count", "float64", rows, _NONE, 0, batch, g.count_start, hist, weights)
        return hist

    def _read(self, X: np.ndarray, out: np.ndarray, offset: int, batch: Batch, tables: np.ndarray) -> None:
        name = f"read_{self._dtype}"
        starts = self._groups.table_start
        self._swept(name, self._dtype, X, out, offset, batch, starts, tables, _NONE)

    def _swept(
        self,
        name: str,
        real: str,
        X: np.ndarray,
        out: np.ndarray,
        offset: int,
        batch: Batch,
        starts: np.ndarray,
        tables: np.ndarray,
        weights: np.ndarray,
    ) -> None:
        """Find the patterns of rows, to count them or to look them up."""
        p, g, e = self.program, self._groups, self._ensemble
        block = rows_per_block(real)
        n = len(X)
        stride = -(-n // block) * block
        columns = aligned((X.shape[1], stride))
        columns[:, :n] = X.T
        bits = aligned(((p.max_depth + 2) * _TILE,), np.int32)
        at = aligned((2 * block,), np.int32)
        phi = aligned((self._n_players * self._n_swept * _TILE,))
        row, step = self._n_players * e.n_outputs, e.n_outputs // self._n_swept
        output = np.zeros_like(e.output) if e.has_vectors else e.output
        begun = int(starts[batch.first_group])
        kernel("patterns", name)(
            n, stride, *batch, self._n_players, self._n_swept, row, step, offset, e.categories.shape[1],
            begun, columns, g.step_start, g.step, output, p.depth, p.slot, p.feature, p.threshold, p.missing,
            p.way, p.category, self._categories, g.first, g.inside, g.above, g.level, g.column_start,
            g.columns, starts, tables, weights, bits, at, phi, out,
        )  # fmt: skip

    @cached_property
    def _leaves(self) -> list[tuple[np.ndarray, np.ndarray]]:
        value = self._ensemble.value if self._ensemble.has_vectors else self._ensemble.value[:, None]
        left, right = self.program.left, self.program.right
        return [
            (np.ascontiguousarray(value[left, o]), np.ascontiguousarray(value[right, o]))
            for o in range(value.shape[1])
        ]
