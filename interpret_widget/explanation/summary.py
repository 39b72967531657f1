"""Aggregates of values over all rows: pure functions of arrays.

They serve the dashboard and the Plotly figures alike, and must stay quick at a million rows: one pass over
blocks of rows, no temporary as large as the values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .interaction import strongest_interaction
from .waterfall import Step, waterfall

__all__ = [
    "Step",
    "density",
    "importance",
    "importance_error",
    "importance_with_error",
    "rank_scaled",
    "ranking",
    "strongest_interaction",
    "waterfall",
]

#: Numbers in one block: small enough for the cache, large enough for numpy.
_BLOCK = 262_144
#: Up to this many rows ranks are exact; beyond, a fine histogram stands in.
_EXACT_RANKS = 10_000
_CELLS = 65_536
#: Share of the rows that may lie in one cell without being equal.
_COARSEST = 0.003


def _blocks(values: np.ndarray) -> Iterator[slice]:
    width = max(1, int(np.prod(values.shape[1:])))
    step = max(1, _BLOCK // width)
    for start in range(0, len(values), step):
        yield slice(start, start + step)


def importance(values: np.ndarray) -> np.ndarray:
    """Mean |value| over all rows.

    Parameters
    ----------
    values : ndarray (n_rows, n_features, n_outputs)
        NaN is missing and left out.

    Returns
    -------
    ndarray of float64 (n_outputs, n_features)
        NaN where no row has a value.
    """
    return importance_with_error(values, None)[0]


def importance_error(values: np.ndarray, std_errors: np.ndarray | None = None) -> np.ndarray:
    """One standard error of `importance` (n_outputs, n_features); see `importance_with_error`."""
    return importance_with_error(values, std_errors)[1]


def importance_with_error(
    values: np.ndarray, std_errors: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean |value| over all rows and one standard error of it, in one pass.

    Parameters
    ----------
    values : ndarray (n_rows, n_features, n_outputs)
        NaN is missing and left out.
    std_errors : ndarray, optional
        Of the values. Their share is added to the spread over rows, so that one row alone still has an error.

    Returns
    -------
    mean, error : ndarray of float64 (n_outputs, n_features)
        The error is NaN where fewer than two rows have a value and ``std_errors`` is not given.
    """
    shape = values.shape[1:]
    count, mean, spread = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for block in _blocks(values):
        # Merging blocks by their own means (Chan, Golub, LeVeque 1983) loses no digits to cancellation.
        size = np.abs(values[block], dtype=np.float64)
        known: Any = float(len(size))
        total = size.sum(axis=0)
        gaps = None
        if not np.isfinite(total).all():
            gaps = np.isnan(size)
            known = (~gaps).sum(axis=0).astype(np.float64)
            size[gaps] = 0.0
            total = size.sum(axis=0)
        centre = total / np.maximum(known, 1)
        size -= centre
        if gaps is not None:
            size[gaps] = 0.0
        delta = centre - mean
        merged = np.maximum(count + known, 1)
        spread += np.einsum("i...,i...->...", size, size) + delta**2 * (count * known / merged)
        mean += delta * (known / merged)
        count += known
    seen = count > 0
    variance = np.where(count > 1, spread / np.maximum(count - 1, 1) / np.maximum(count, 1), np.nan)
    if std_errors is not None:
        squares = np.zeros(shape)
        for block in _blocks(std_errors):
            squares += np.nansum(np.square(std_errors[block], dtype=np.float64), axis=0)
        variance = np.where(np.isnan(variance), 0.0, variance) + squares / np.maximum(count, 1) ** 2
    mean[~seen] = np.nan
    variance[~seen] = np.nan
    return mean.T.copy(), np.sqrt(variance).T.copy()


def ranking(values: np.ndarray) -> np.ndarray:
    """Positions along the last axis by descending magnitude; ties keep their order, NaN comes last.

    >>> ranking(np.array([0.5, -2.0, np.nan, 0.5])).tolist()
    [1, 0, 3, 2]
    """
    size = np.abs(values)
    return np.argsort(np.where(np.isnan(size), np.inf, -size), axis=-1, kind="stable")


def rank_scaled(column: np.ndarray) -> np.ndarray:
    """Average rank of each number within its column, scaled to 0..1, as float32; NaN stays NaN.

    Beyond 10,000 rows, ranks may be those of 65,536 equal cells, off by some thousandths; they are exact for
    codes and for whole numbers in a moderate range.

    >>> rank_scaled(np.array([10.0, 20.0, 20.0, np.nan, 99.0])).tolist()[:3]
    [0.0, 0.5, 0.5]
    """
    known = ~np.isnan(column)
    everything = bool(known.all())
    numbers = column if everything else column[known]
    if len(numbers) == 0:
        return np.full(len(column), np.nan, dtype=np.float32)
    cells = _cells(numbers)
    counts = np.bincount(cells)
    middle = np.cumsum(counts) - (counts + 1) / 2
    used = middle[counts > 0]
    low, high = used[0], used[-1]
    table = (middle - low) / (high - low) if high > low else np.full(len(middle), 0.5)
    ranks = table.astype(np.float32)[cells]
    if everything:
        return np.asarray(ranks)
    out = np.full(len(column), np.nan, dtype=np.float32)
    out[known] = ranks
    return out


def _cells(numbers: np.ndarray) -> np.ndarray:
    """Non-decreasing codes of numbers: each distinct number its own, or fine equal cells."""
    if len(numbers) <= _EXACT_RANKS:
        return _distinct(numbers)
    some = np.sort(numbers[:: max(1, len(numbers) // _EXACT_RANKS)])
    low, high = float(numbers.min()), float(numbers.max())
    if not (high - low < _CELLS):
        # A few outliers must not squeeze everything else into one cell.
        low, high = float(some[len(some) // 1000]), float(some[-1 - len(some) // 1000])
    if not (np.isfinite(low) and np.isfinite(high) and high > low) or _too_coarse(some, low, high):
        return _distinct(numbers)
    return _equal_cells(numbers, low, high)


def _distinct(numbers: np.ndarray) -> np.ndarray:
    return np.asarray(np.unique(numbers, return_inverse=True)[1]).ravel()


def _equal_cells(numbers: np.ndarray, low: float, high: float) -> np.ndarray:
    # Up to 65,535 whole numbers wide, cells of equal width hold no two of them.
    scale = (_CELLS - 1) / (high - low)
    scaled = np.subtract(numbers, low, dtype=np.float64)
    scaled *= scale
    np.clip(scaled, 0, _CELLS - 1, out=scaled)
    return np.asarray(scaled.astype(np.int32))


def _too_coarse(some: np.ndarray, low: float, high: float) -> bool:
    """Whether a cell that several numbers share holds more of the sorted sample than ranks may be off."""
    cells = _equal_cells(some, low, high)
    changes = np.diff(some) > 0
    shared = np.bincount(cells[1:][changes & (np.diff(cells) == 0)], minlength=_CELLS) > 0
    return bool((np.bincount(cells, minlength=_CELLS)[shared] > _COARSEST * len(some)).any())


def density(
    values: np.ndarray, codes: np.ndarray, n_bins: int = 96
) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """How many rows lie where, for each feature, and how high the feature's value is there.

    Parameters
    ----------
    values : ndarray (n_rows, n_features)
        Contributions to one output; NaN is left out.
    codes : ndarray (n_rows, n_features)
        Feature values as numbers; NaN missing.
    n_bins : int
        Bins over the range that all features share.

    Returns
    -------
    counts : ndarray of uint32 (n_features, n_bins)
    mean_rank : ndarray of float32 (n_features, n_bins)
        Mean of `rank_scaled` over the bin's rows; NaN where there is none.
    edges : (float, float)
        Lowest and highest value: the full range, widened where it is empty.
    """
    n, p = values.shape
    counts = np.zeros((p, n_bins), dtype=np.uint32)
    mean_rank = np.full((p, n_bins), np.nan, dtype=np.float32)
    low, high = _range(values)
    scale = n_bins / (high - low)
    # A few columns at a time, copied block by block: reading one column of a wide row-major array alone
    # would fetch a cache line for every number.
    group = max(1, min(p, 16_000_000 // max(1, n)))
    for first in range(0, p, group):
        columns = np.empty((min(group, p - first), n), dtype=values.dtype)
        for block in _blocks(values[:, first : first + group]):
            columns[:, block] = values[block, first : first + group].T
        for j, column in enumerate(columns, first):
            counts[j], mean_rank[j] = _one_density(column, codes[:, j], low, scale, n_bins)
    return counts, mean_rank, (low, high)


def _one_density(
    column: np.ndarray, codes: np.ndarray, low: float, scale: float, n_bins: int
) -> tuple[np.ndarray, np.ndarray]:
    known = np.isfinite(column)
    all_known = bool(known.all())
    ranks = rank_scaled(codes)
    if not all_known:
        column, ranks = column[known], ranks[known]
    bins = ((column - low) * scale).astype(np.int32)
    np.clip(bins, 0, n_bins - 1, out=bins)
    counts = np.bincount(bins, minlength=n_bins)
    ranked = ~np.isnan(ranks)
    with_rank = counts
    if not ranked.all():
        bins, ranks = bins[ranked], ranks[ranked]
        with_rank = np.bincount(bins, minlength=n_bins)
    sums = np.bincount(bins, weights=ranks, minlength=n_bins)
    mean = np.where(with_rank > 0, sums / np.maximum(with_rank, 1), np.nan)
    return counts.astype(np.uint32), np.clip(mean, 0.0, 1.0).astype(np.float32)


def _range(values: np.ndarray) -> tuple[float, float]:
    low, high = np.inf, -np.inf
    for block in _blocks(values):
        part = values[block]
        least, most = (
            float(np.min(part)) if part.size else np.inf,
            float(np.max(part)) if part.size else -np.inf,
        )
        if not (np.isfinite(least) and np.isfinite(most)):
            finite = part[np.isfinite(part)]
            if not finite.size:
                continue
            least, most = float(finite.min()), float(finite.max())
        low, high = min(low, least), max(high, most)
    if low > high:
        return -1.0, 1.0
    if high - low <= 1e-12 * max(1.0, abs(low), abs(high)):
        margin = max(abs(low), abs(high), 1.0) * 0.5
        return low - margin, high + margin
    return low, high
