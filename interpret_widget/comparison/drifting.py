"""How far two samples of one column are apart."""

from __future__ import annotations

import numpy as np

_BINS = 10
_SMALLEST = 1e-4  # share of an empty bin, so that the index stays finite


def two_samples(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Wasserstein distance, and the p-value of the Kolmogorov-Smirnov test; missing numbers are left out.

    Returns
    -------
    distance, p_value : float
        NaN where either sample is empty.
    """
    from scipy.stats import ks_2samp, wasserstein_distance

    one, two = before[np.isfinite(before)], after[np.isfinite(after)]
    if not len(one) or not len(two):
        return np.nan, np.nan
    if np.ptp(one) == np.ptp(two) == 0 and one[0] == two[0]:
        return 0.0, 1.0
    return float(wasserstein_distance(one, two)), float(ks_2samp(one, two, method="auto").pvalue)


def adjusted(p_values: np.ndarray) -> np.ndarray:
    """P-values under which a false alarm stays as rare over all columns as in one.

    Benjamini and Hochberg, "Controlling the false discovery rate" (1995).

    >>> adjusted(np.array([0.01, 0.02, 0.5])).round(3).tolist()
    [0.03, 0.03, 0.5]
    """
    known = np.flatnonzero(np.isfinite(p_values))
    out = np.full(len(p_values), np.nan)
    if len(known):
        order = known[np.argsort(p_values[known])]
        scaled = p_values[order] * len(known) / np.arange(1, len(known) + 1)
        out[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return out


def stability_index(before: np.ndarray, after: np.ndarray, *, is_discrete: bool) -> float:
    """Population stability index of a column's codes; missing is a value of its own.

    Numbers are binned by tenths of the first sample. Below 0.1 is taken for stable, above 0.25 for shifted
    (Siddiqi, "Credit Risk Scorecards", 2006).
    """
    one, two = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if not len(one) or not len(two):
        return np.nan
    known = one[np.isfinite(one)]
    if is_discrete or len(np.unique(known)) <= _BINS:
        # A value that the first sample lacks has a bin too.
        levels = np.unique(np.concatenate([known, two[np.isfinite(two)]]))
        cells, others = np.searchsorted(levels, one), np.searchsorted(levels, two)
        n_bins = len(levels)
    else:
        edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
        cells, others = np.searchsorted(edges, one, "right"), np.searchsorted(edges, two, "right")
        n_bins = len(edges) + 1
    cells, others = np.where(np.isnan(one), n_bins, cells), np.where(np.isnan(two), n_bins, others)
    p = np.bincount(cells, minlength=n_bins + 1) / len(one)
    q = np.bincount(others, minlength=n_bins + 1) / len(two)
    used = (p > 0) | (q > 0)
    p, q = np.maximum(p[used], _SMALLEST), np.maximum(q[used], _SMALLEST)
    return float(((q - p) * np.log(q / p)).sum())
