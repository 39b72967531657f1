"""Any tree model as plain arrays: no library needed to read, score, save or explain it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from interpret_widget.errors import InvalidInputError

LEAF = -1
_FEW = 8  # rows whose leaves are added up at once: a step for each tree takes longer


@dataclass(frozen=True, eq=False)
class Ensemble:
    """A sum of trees: ``margin = base + sum over trees of the value of the leaf that a row reaches``.

    Nodes of all trees lie one after the other; children have absolute positions.

    Attributes
    ----------
    roots : ndarray of int32 (n_trees,)
        First node of each tree.
    feature : ndarray of int32 (n_nodes,)
        Column that a node asks about; -1 in leaves.
    threshold : ndarray of float64 (n_nodes,)
        A row goes left where its value is less than or equal.
    left, right : ndarray of int32 (n_nodes,)
        Children; -1 in leaves.
    missing_left : ndarray of bool (n_nodes,)
        Where a missing value goes.
    zero_missing : ndarray of bool (n_nodes,)
        Whether zero counts as missing.
    category_set : ndarray of int32 (n_nodes,)
        Row of ``categories`` that goes left, or -1 where the node compares numbers.
    categories : ndarray of bool (n_sets, n_codes)
        Codes that go left; a code beyond the last column, or negative, goes right.
    cover : ndarray of float64 (n_nodes,)
        Weight of the training rows that reached a node.
    value : ndarray of float64 (n_nodes,) or (n_nodes, n_outputs)
        Leaf values, learning rates and averages included.
    output : ndarray of int32 (n_trees,)
        The output that a tree of scalar leaves adds to; all zero where leaves are vectors.
    base : ndarray of float64 (n_outputs,)
        Added to every sum.
    n_features : int
    single : bool
        Whether the library compares in single precision: inputs are cast to float32 first.
    """

    roots: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    zero_missing: np.ndarray
    category_set: np.ndarray
    categories: np.ndarray
    cover: np.ndarray
    value: np.ndarray
    output: np.ndarray
    base: np.ndarray
    n_features: int
    single: bool = False

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.roots)

    @property
    def n_splits(self) -> int:
        """Number of nodes that ask about a column."""
        return int((self.feature >= 0).sum())

    @property
    def n_outputs(self) -> int:
        """Number of margins."""
        return len(self.base)

    @property
    def has_vectors(self) -> bool:
        """Whether each leaf adds to every output, as in forests of classifiers."""
        return self.value.ndim == 2

    def table(self, X: np.ndarray) -> np.ndarray:
        """Rows as the comparisons take them (n, n_features), float64 and C order."""
        rows = np.asarray(X)
        if rows.ndim != 2 or rows.shape[1] != self.n_features:
            raise InvalidInputError(f"X has shape {rows.shape}; the trees know {self.n_features} columns")
        if self.single and rows.dtype != np.float32:
            with np.errstate(over="ignore"):
                rows = rows.astype(np.float32)
        return np.ascontiguousarray(rows, dtype=np.float64)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Margins (n, n_outputs)."""
        return self.margins(self.table(X))

    def margins(self, table: np.ndarray) -> np.ndarray:
        """Margins (n, n_outputs) of rows from `table`."""
        from interpret_widget.kernels.scoring import leaves_of

        leaves = leaves_of(self, table)
        if len(leaves) <= _FEW and self.n_outputs == 1:
            return np.asarray(self.base + self.value[leaves].sum(axis=1).reshape(-1, 1))
        out = np.repeat(self.base[None], len(leaves), axis=0)
        for tree in range(self.n_trees):
            values = self.value[leaves[:, tree]]
            if self.has_vectors:
                out += values
            else:
                out[:, self.output[tree]] += values
        return out

    def of_trees(self, start: int, stop: int) -> Ensemble:
        """The trees from ``start`` to ``stop``, with a base of zero: what later rounds add."""
        return replace(
            self,
            roots=self.roots[start:stop],
            output=self.output[start:stop],
            base=np.zeros_like(self.base),
        )
