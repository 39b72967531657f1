"""Where the points of a beeswarm lie beside their line: pure numbers."""

from __future__ import annotations

import numpy as np


def swarm_offsets(
    values: np.ndarray, low: float, high: float, *, n_bins: int = 120, half_height: float = 0.4
) -> np.ndarray:
    """Offsets (n,) within ±half_height; points of one bin are stacked outwards from the middle.

    Parameters
    ----------
    values : ndarray (n,)
        Positions along the line; NaN gets the offset NaN.
    low, high : float
        Range of all lines, so that bins are alike.
    """
    out = np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return out
    width = high - low if high > low else 1.0
    bins = np.clip(((values[known] - low) / width * n_bins).astype(int), 0, n_bins - 1)
    order = np.argsort(bins, kind="stable")
    sorted_bins = bins[order]
    first = np.searchsorted(sorted_bins, sorted_bins)
    place = np.arange(len(order)) - first
    # 0, +1, -1, +2, -2, …
    steps = (place + 1) // 2 * np.where(place % 2, 1, -1)
    unit = min(0.07, half_height / max(1, np.abs(steps).max()))
    out[known[order]] = steps * unit
    return out
