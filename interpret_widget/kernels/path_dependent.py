"""Path-dependent Shapley values of tree ensembles, exact; players are columns or groups of columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .machine import BLOCKS_PER_TILE, aligned, kernel, rows_per_block
from .program import Program, compiled, quadratures
from .scheduling import in_chunks
from .scoring import category_table, expected, expected_by_tree

if TYPE_CHECKING:
    from interpret_widget.models.trees import Ensemble

_FEW = 4  # rows below which the way of one row is faster than a block
_LANES = 8  # nodes of the quadrature side by side in the way of one row
# Where a sweep's arguments have the number of trees, and the arrays that hold a number for each tree.
_N_TREES, _OF_TREES = 2, slice(12, 15)


def columns_of(X: np.ndarray, dtype: str = "float64") -> np.ndarray:
    """Rows as `PathDependent.adding` takes them: by column, and in whole blocks."""
    block = rows_per_block(dtype)
    n, p = X.shape
    columns = aligned((p, -(-n // block) * block))
    columns[:, :n] = X.T
    return columns


class PathDependent:
    """Values of an ensemble; columns that a coalition lacks are averaged over the covers of the trees.

    Parameters
    ----------
    ensemble : Ensemble
    players : ndarray of int (n_features,)
        Player of each column: columns of one raw column share a player, and get its exact value together.
    n_players : int
    dtype : {"float64", "float32"}
        Of the state of the sweep; values are summed and given in float64 either way.

    Attributes
    ----------
    program : Program
    expected_by_tree : ndarray (n_trees, 1 or n_outputs)
        Mean of each tree over its covers.
    expected : ndarray (n_outputs,)
        Base value: their sum, and the ensemble's base.
    """

    def __init__(
        self, ensemble: Ensemble, players: np.ndarray, n_players: int, dtype: str = "float64"
    ) -> None:
        self._ensemble = ensemble
        self._n_players = n_players
        self._dtype = dtype
        self.program: Program = compiled(ensemble, players)
        self.expected_by_tree = expected_by_tree(ensemble)
        self.expected = expected(ensemble, self.expected_by_tree)
        self._n_nodes = np.maximum(1, (self.program.widest + 1) // 2).astype(np.int32)
        # Trees of vectors are swept once for each output.
        self._n_swept = 1 if ensemble.has_vectors else ensemble.n_outputs
        self._passes = range(ensemble.n_outputs if ensemble.has_vectors else 1)

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
        X : ndarray of float64 (n, n_features)
            Rows from `Ensemble.table`.
        tick : callable, optional
            Called with (done, total) between chunks of rows; may raise to stop.
        n_threads : int
            Values do not depend on it.
        """
        out = np.zeros((len(X), self._n_players, self._ensemble.n_outputs))
        if self.program.n_splits == 0:
            return out
        if len(X) < _FEW and self._dtype == "float64":
            for row in range(len(X)):
                self._row(X[row], out[row])
            if tick is not None:
                tick(len(X), len(X))
            return out
        in_chunks(lambda start, stop: self._chunk(X[start:stop], out[start:stop]), len(X), tick, n_threads)
        return out

    def seconds(self, X: np.ndarray) -> float:
        """About how long values of these rows take: next to nothing."""
        return 0.0

    def interactions(
        self,
        X: np.ndarray,
        *,
        tick: Callable[[int, int], None] | None = None,
        n_threads: int = 1,
    ) -> np.ndarray:
        """Shapley interaction values (n, n_players, n_players, n_outputs).

        Off the diagonal lies half of the interaction of two players, on it what remains of a player's value,
        so that rows add up to values (Lundberg et al. 2020).

        Parameters
        ----------
        X, tick, n_threads
            As in `values`.
        """
        m = self._n_players
        out = np.zeros((len(X), m, m, self._ensemble.n_outputs))
        if self.program.n_splits:
            in_chunks(
                lambda start, stop: self._chunk(X[start:stop], out[start:stop], pairs=True),
                len(X),
                tick,
                n_threads,
            )
        return out

    def adding(self, columns: np.ndarray, out: np.ndarray) -> Callable[[int, int], None]:
        """A function that adds the values of trees ``first`` to ``last`` to ``out``.

        All that a sweep needs is laid out once: for a tree or two at a time this takes as long as the sweep.

        Parameters
        ----------
        columns : ndarray
            Rows as `columns_of` gives them.
        out : ndarray of float64 (n, n_players, n_outputs)
        """
        if not self.program.n_splits:
            return lambda first, last: None
        sweeps = self._sweeps(columns, out)

        def add(first: int, last: int) -> None:
            for sweep in sweeps:
                sweep(first, last)

        return add

    def _chunk(self, X: np.ndarray, out: np.ndarray, *, pairs: bool = False) -> None:
        for sweep in self._sweeps(columns_of(X, self._dtype), out, pairs=pairs):
            sweep(0, self._ensemble.n_trees)

    def _sweeps(
        self, columns: np.ndarray, out: np.ndarray, *, pairs: bool = False
    ) -> list[Callable[[int, int], None]]:
        """For each pass a function of the trees from ``first`` to ``last``."""
        block, n, stride = rows_per_block(self._dtype), len(out), columns.shape[1]
        levels, widest = self.program.max_depth + 2, int(self._n_nodes.max())
        of_pairs = widest * (self._n_players + 1) if pairs else 0
        state = aligned(((3 * levels * widest + of_pairs) * block + 2 * levels * widest,), self._dtype)
        follow = aligned((2 * levels * block,), self._dtype)
        tile = block if pairs else BLOCKS_PER_TILE * block
        phi = aligned((self._n_players * self._n_swept * tile,))
        n_pairs = self._n_players * (self._n_players - 1) // 2 if pairs else 0
        phi_of_pairs = aligned((max(1, n_pairs) * self._n_swept * block,))
        players_above = np.empty(self._n_players, dtype=np.int32)
        touched = np.empty(self._n_players * self._n_swept, dtype=np.int32)
        nodes, weights = (each.astype(self._dtype) for each in quadratures(widest))
        row, step = out[0].size, self._ensemble.n_outputs // self._n_swept
        return [
            self._sweep(
                "pairs_" if pairs else "",
                n, stride, self._ensemble.n_trees, self._n_players, self._n_swept, row, step, offset,
                widest, self.program.max_depth, self._ensemble.categories.shape[1],
                columns, *self._of_trees(offset), nodes, weights, state, follow, phi, out,
                self.program.slot, self.program.n_above, players_above, phi_of_pairs, touched,
            )
            for offset in self._passes
        ]  # fmt: skip

    def _sweep(self, kind: str, *arguments: Any) -> Callable[[int, int], None]:
        """One pass; it keeps the arrays alive whose addresses it knows."""
        sweep = kernel("sweep", kind + self._dtype)
        known = sweep.addresses(*arguments)
        first_of_trees = _OF_TREES.start
        sizes = [each.itemsize for each in arguments[_OF_TREES]]

        def run(first: int, last: int) -> None:
            given = known.copy()
            given[_N_TREES] = last - first
            for at, size in enumerate(sizes, first_of_trees):
                given[at] += first * size
            sweep.direct(*given)
            _ = arguments

        return run

    def _of_trees(self, offset: int) -> tuple[np.ndarray, ...]:
        """What kernels are told of the trees, for one pass."""
        p, (high, low) = self.program, self._leaves[offset]
        return (
            p.tree_start, self._n_nodes, self._outputs,
            p.event, p.depth, p.player, p.up, p.is_right,
            p.feature, p.threshold, p.missing, p.way, p.category, self._categories, p.ratio, p.z_up,
            p.ends_left, p.ends_right, high, low,
        )  # fmt: skip

    @cached_property
    def _leaves(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Values of the left and the right child of each split, where they are leaves; for each pass."""
        value = self._ensemble.value if self._ensemble.has_vectors else self._ensemble.value[:, None]
        left, right = self.program.left, self.program.right
        return [
            (np.ascontiguousarray(value[left, o]), np.ascontiguousarray(value[right, o]))
            for o in range(value.shape[1])
        ]

    @cached_property
    def _categories(self) -> np.ndarray:
        return category_table(self._ensemble)

    @cached_property
    def _outputs(self) -> np.ndarray:
        return np.zeros_like(self._ensemble.output) if self._ensemble.has_vectors else self._ensemble.output

    def __getstate__(self) -> dict[str, Any]:
        """Without addresses: they mean nothing to a copy, nor in another process."""
        return {name: each for name, each in self.__dict__.items() if name != "_calls_of_row"}

    def _row(self, x: np.ndarray, out: np.ndarray) -> None:
        sweep = kernel("row", "float64")
        state, follow, phi = (aligned(shape) for shape in self._room_of_row)
        for known, _ in self._calls_of_row:
            sweep.direct(*known, *sweep.addresses(state, follow, phi, x, out, start=len(known)))

    @cached_property
    def _room_of_row(self) -> tuple[tuple[int], ...]:
        levels = self.program.max_depth + 2
        return (5 * levels * self._widest_of_row,), (2 * levels,), (self._n_players * self._n_swept * _LANES,)

    @cached_property
    def _widest_of_row(self) -> int:
        return -(-int(self._n_nodes.max()) // _LANES) * _LANES

    @cached_property
    def _calls_of_row(self) -> list[tuple[list[int], tuple[np.ndarray, ...]]]:
        """Addresses of all that does not change from row to row, with the arrays that they lie in."""
        widest = self._widest_of_row
        nodes, weights = quadratures(int(self._n_nodes.max()))
        # Lanes beyond the rule weigh nothing; their nodes are inside so that nothing is divided by zero.
        nodes = np.where(weights > 0, nodes, 0.5)
        beyond = ((0, 0), (0, widest - nodes.shape[1]))
        nodes, weights = np.pad(nodes, beyond, constant_values=0.5), np.pad(weights, beyond)
        calls = []
        for offset in self._passes:
            held = (*self._of_trees(offset), nodes, weights)
            known = kernel("row", "float64").addresses(
                self._ensemble.n_trees, self._n_players, self._n_swept, widest, self.program.max_depth,
                self._ensemble.categories.shape[1], self._ensemble.n_outputs // self._n_swept, offset, *held,
            )  # fmt: skip
            calls.append((known, held))
        return calls
