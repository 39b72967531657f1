"""An order of levels in which neighbours are alike in all other columns."""

from __future__ import annotations

import numpy as np

from interpret_widget.tabular import Dataset


def by_likeness(data: Dataset, rows: np.ndarray, column: int, levels: np.ndarray) -> np.ndarray:
    """Positions of the levels in their order (n_levels,).

    The distance of two levels is the sum over all other columns of the largest difference of their cumulative
    distributions (numbers) or half the sum of differences of shares (levels); it is scaled to one dimension.
    Apley and Zhu (2020), section 5.
    """
    own = data.column_codes(column)[rows]
    groups = [np.flatnonzero(own == level) for level in levels]
    distance = np.zeros((len(levels), len(levels)))
    for other in range(data.n_columns):
        if other == column:
            continue
        codes = data.column_codes(other)[rows]
        values, at = np.unique(codes[np.isfinite(codes)], return_inverse=True)
        if len(values) < 2:
            continue
        where = np.full(len(codes), -1)
        where[np.isfinite(codes)] = at
        shares = np.stack(
            [np.bincount(where[group][where[group] >= 0], minlength=len(values)) for group in groups]
        ).astype(np.float64)
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
        if data.schema[other].is_discrete:
            distance += np.abs(shares[:, None] - shares[None]).sum(axis=2) / 2
        else:
            heights = shares.cumsum(axis=1)
            distance += np.abs(heights[:, None] - heights[None]).max(axis=2)
    return np.argsort(_one_dimension(distance), kind="stable")


def _one_dimension(distance: np.ndarray) -> np.ndarray:
    """Classical multidimensional scaling (Torgerson 1952); the first level ends up low."""
    n = len(distance)
    centring = np.eye(n) - 1 / n
    _, vectors = np.linalg.eigh(-0.5 * centring @ distance**2 @ centring)
    found = vectors[:, -1]
    return found if found[0] <= found[-1] else -found
