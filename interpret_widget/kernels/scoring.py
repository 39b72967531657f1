"""Which way rows go in trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from .compiling import announced

if TYPE_CHECKING:
    from interpret_widget.models.trees import Ensemble


def leaves_of(ensemble: Ensemble, X: np.ndarray) -> np.ndarray:
    """Node positions of the leaves reached (n, n_trees), of rows from `Ensemble.table`."""
    return np.asarray(
        announced(_leaves)(
            X,
            ensemble.roots,
            ensemble.feature,
            ensemble.threshold,
            ensemble.left,
            ensemble.right,
            ensemble.missing_left,
            ensemble.zero_missing,
            ensemble.category_set,
            ensemble.categories,
        )
    )


@numba.njit(cache=True, inline="always")
def goes_left(x, threshold, missing_left, zero_missing, category_set, categories):  # type: ignore[no-untyped-def]
    """Whether a value goes left at a node."""
    if np.isnan(x) or (zero_missing and abs(x) <= 1e-35):
        return missing_left
    if category_set < 0:
        return x <= threshold
    if x < 0 or x >= categories.shape[1]:
        return False
    return categories[category_set, int(x)]


@numba.njit(cache=True, nogil=True)
def _leaves(  # type: ignore[no-untyped-def]
    X,
    roots,
    feature,
    threshold,
    left,
    right,
    missing_left,
    zero_missing,
    category_set,
    categories,
):
    n, n_trees = X.shape[0], len(roots)
    out = np.empty((n, n_trees), dtype=np.int32)
    for row in range(n):
        for tree in range(n_trees):
            node = roots[tree]
            while feature[node] >= 0:
                to_left = goes_left(
                    X[row, feature[node]],
                    threshold[node],
                    missing_left[node],
                    zero_missing[node],
                    category_set[node],
                    categories,
                )
                node = left[node] if to_left else right[node]
            out[row, tree] = node
    return out
