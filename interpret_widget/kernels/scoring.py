"""Where rows go in trees, and what trees say on average."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .machine import kernel

if TYPE_CHECKING:
    from interpret_widget.models.trees import Ensemble


def flags(array: np.ndarray) -> np.ndarray:
    """Truth values as kernels take them."""
    return np.ascontiguousarray(array, dtype=np.uint8)


def way_of(ensemble: Ensemble) -> np.ndarray:
    """How each node compares (n_nodes,), as `source.comparing` numbers the ways."""
    numbers = np.where(ensemble.zero_missing, 1, 0)
    return np.where(ensemble.category_set >= 0, 2, numbers).astype(np.uint8)


def category_table(ensemble: Ensemble) -> np.ndarray:
    """Categories that go left, never empty."""
    table = ensemble.categories
    return flags(table) if table.size else np.zeros((1, 1), dtype=np.uint8)


def leaves_of(ensemble: Ensemble, X: np.ndarray) -> np.ndarray:
    """Node positions of the leaves reached (n, n_trees), of rows from `Ensemble.table`."""
    out = np.empty((len(X), ensemble.n_trees), dtype=np.int32)
    categories = category_table(ensemble)
    kernel("walks", "leaves")(
        len(X), X.shape[1], ensemble.n_trees, ensemble.categories.shape[1], X, ensemble.roots,
        ensemble.feature, ensemble.threshold, ensemble.left, ensemble.right, flags(ensemble.missing_left),
        way_of(ensemble), ensemble.category_set, categories, out,
    )  # fmt: skip
    return out


def mean_over(
    ensemble: Ensemble,
    rows: np.ndarray,
    weights: np.ndarray,
    answer: Callable[[np.ndarray], np.ndarray] = lambda margins: margins,
) -> np.ndarray:
    """Weighted mean (n_outputs,) of what ``answer`` makes of the margins of rows, a few at a time."""
    step = max(1, min(2_048, 2_000_000 // max(1, ensemble.n_trees)))
    total = np.zeros(ensemble.n_outputs)
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        total += weights[part] @ answer(ensemble.margins(rows[part]))
    return total


def expected_by_tree(ensemble: Ensemble) -> np.ndarray:
    """Mean of each tree over its covers (n_trees, 1), or (n_trees, n_outputs) where leaves are vectors."""
    values = ensemble.value if ensemble.has_vectors else ensemble.value[:, None]
    values = np.ascontiguousarray(values)
    n_nodes, k = values.shape
    means = np.zeros((ensemble.n_trees, k))
    kernel("walks", "expectations")(
        ensemble.n_trees, k, ensemble.roots, ensemble.feature, ensemble.left, ensemble.right, ensemble.cover,
        values, np.empty(n_nodes + 1, dtype=np.int32), np.empty(n_nodes + 1), means,
    )  # fmt: skip
    return means


def expected(ensemble: Ensemble, by_tree: np.ndarray) -> np.ndarray:
    """Mean over the covers (n_outputs,): the base value of the path-dependent game."""
    out = ensemble.base.astype(np.float64).copy()
    if ensemble.has_vectors:
        return np.asarray(out + by_tree.sum(axis=0), dtype=np.float64)
    np.add.at(out, ensemble.output, by_tree[:, 0])
    return np.asarray(out)
