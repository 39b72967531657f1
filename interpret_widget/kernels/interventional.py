"""Interventional Shapley values of tree ensembles: against a background of any size, at a cost that does not
grow with it (pattern tables; Woodelf, arXiv 2511.09376).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from .machine import aligned, kernel, rows_per_block
from .program import Program, compiled, quadratures
from .scheduling import in_chunks
from .scoring import category_table, flags, way_of

if TYPE_CHECKING:
    from interpret_widget.models.trees import Ensemble

_MOST_INSIDE = 4  # splits of a group
_MOST_BITS = 12  # of a pattern; trees with longer ones are walked pair by pair
_NONE = np.zeros(1)
_TILE = 512  # as in the source
_ROOM = 5_000_000  # numbers of the tables that are in memory at once: 40 MB


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


@lru_cache(maxsize=8)
def _gains(n_players: int) -> np.ndarray:
    """``(a - 1)! b! / (a + b)!`` for counts of players (n_players + 1, n_players + 1)."""
    a, b = np.meshgrid(np.arange(n_players + 1.0), np.arange(n_players + 1.0), indexing="ij")
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
        self.expected = self._weights @ ensemble.margins(background)
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
        if not self.program.n_splits:
            return out
        batches = self._batches
        steps = len(batches) * len(self._passes)
        for done, (offset, batch) in enumerate((o, b) for o in self._passes for b in batches):
            tables = self._tables(offset, batch)

            def work(start: int, stop: int, offset: int = offset, batch: tuple[int, int] = batch) -> None:
                self._read(X[start:stop], out[start:stop], offset, batch, tables)  # noqa: B023

            def told(rows: int, n: int, done: int = done) -> None:
                if tick is not None:
                    tick(done * n + rows, steps * n)

            in_chunks(work, len(X), told, n_threads)
        if not self._groups.fits.all():
            in_chunks(lambda start, stop: self._duel(X[start:stop], out[start:stop]), len(X), tick, n_threads)
        return out

    def _duel(self, X: np.ndarray, out: np.ndarray) -> None:
        """Trees whose patterns are too long for tables."""
        e, m = self._ensemble, self._n_players
        deep = np.flatnonzero(~self._groups.fits).astype(np.int32)
        most = self.program.max_depth + 2
        node_at, held_at, player_at, side_at = (np.empty(most, dtype=np.int32) for _ in range(4))
        output = np.full_like(e.output, -1) if e.has_vectors else e.output
        kernel("duels", "duels")(
            len(X), len(self._background), X.shape[1], m, e.n_outputs, len(deep), e.categories.shape[1],
            np.ascontiguousarray(X), self._background, self._weights, deep, e.roots, e.feature, e.threshold,
            e.left, e.right, flags(e.missing_left), way_of(e), e.category_set, self._categories,
            np.ascontiguousarray(e.value), output, self._players, _gains(m), np.empty(m, dtype=np.int32),
            np.empty(m + 1, dtype=np.int32), node_at, held_at, player_at, side_at, out,
        )  # fmt: skip

    @cached_property
    def _groups(self) -> Groups:
        p, n_trees = self.program, self._ensemble.n_trees

        def room(n: int, dtype: type = np.int32) -> np.ndarray:
            return np.empty(n, dtype=dtype)

        most = p.n_splits * 2 + 1
        widest = int(p.widest.max(initial=0)) + _MOST_INSIDE
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
    def _batches(self) -> list[tuple[int, int]]:
        """Trees whose tables are in memory together."""
        ends = self._groups.table_start[self._groups.first_group]
        batches, start = [], 0
        while start < self._ensemble.n_trees:
            stop = max(start + 1, int(np.searchsorted(ends, ends[start] + _ROOM, side="right")) - 1)
            batches.append((start, min(stop, self._ensemble.n_trees)))
            start = batches[-1][1]
        return batches

    def _tables(self, offset: int, batch: tuple[int, int]) -> np.ndarray:
        """Values of patterns; kept where they all fit into memory."""
        if len(self._batches) > 1:
            return self._made(offset, batch)
        if offset not in self._kept:
            self._kept[offset] = self._made(offset, batch)
        return self._kept[offset]

    @cached_property
    def _kept(self) -> dict[int, np.ndarray]:
        return {}

    def _made(self, offset: int, batch: tuple[int, int]) -> np.ndarray:
        p, g = self.program, self._groups
        lo, hi = (int(g.first_group[tree]) for tree in batch)
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

    def _counted(self, batch: tuple[int, int]) -> np.ndarray:
        """How often each pattern occurs in the background."""
        g = self._groups
        lo, hi = (int(g.first_group[tree]) for tree in batch)
        hist = np.zeros(max(1, int(g.count_start[hi] - g.count_start[lo])))
        for start in range(0, len(self._background), 2_048):
            rows, weights = self._background[start : start + 2_048], self._weights[start : start + 2_048]
            self._swept("count", "float64", rows, _NONE, 0, batch, g.count_start, hist, weights)
        return hist

    def _read(
        self, X: np.ndarray, out: np.ndarray, offset: int, batch: tuple[int, int], tables: np.ndarray
    ) -> None:
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
        batch: tuple[int, int],
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
        begun = int(starts[g.first_group[batch[0]]])
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
