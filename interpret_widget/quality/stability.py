"""What would stay of a ranking, had other rows been explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

_MOST_ROWS = 20_000
_Z95 = 1.959964


@dataclass(frozen=True, eq=False)
class Stability:
    """The k strongest features under resampling of rows.

    Attributes
    ----------
    same_set : float
        Share of resamples whose k strongest are the same features.
    overlap : float
        Mean share of features that both sets name (Jaccard).
    tau : float
        Mean Kendall τ between both rankings of all features.
    """

    same_set: float
    overlap: float
    tau: float


def stability(
    explanation: Explanation, output: int, k: int, n_resamples: int, random_state: int
) -> Stability:
    """Resample rows with replacement (Efron 1979), and rank again."""
    from scipy.stats import kendalltau

    rng = np.random.default_rng(random_state)
    size = np.abs(np.nan_to_num(np.asarray(explanation.values[:, :, output], dtype=np.float64)))
    if len(size) > _MOST_ROWS:
        size = size[rng.choice(len(size), _MOST_ROWS, replace=False)]
    n = len(size)
    whole = size.mean(axis=0)
    # Estimates would come out otherwise, too.
    noise = None
    if explanation.std_errors is not None:
        noise = np.sqrt(np.nanmean(explanation.std_errors[:, :, output].astype(np.float64) ** 2, axis=0) / n)
    top = set(np.argsort(-whole, kind="stable")[:k].tolist())
    same, overlap, taus = 0, [], []
    for _ in range(n_resamples):
        weights = np.bincount(rng.integers(n, size=n), minlength=n) / n
        drawn = weights @ size
        if noise is not None:
            drawn = drawn + noise * rng.normal(size=len(drawn))
        other = set(np.argsort(-drawn, kind="stable")[:k].tolist())
        same += top == other
        overlap.append(len(top & other) / len(top | other))
        taus.append(kendalltau(whole, drawn).statistic if np.ptp(whole) > 0 and np.ptp(drawn) > 0 else 1.0)
    return Stability(same / n_resamples, float(np.mean(overlap)), float(np.mean(taus)))


def told_apart(explanation: Explanation, output: int, order: np.ndarray) -> np.ndarray:
    """For each feature in the order whether the next one is clearly weaker (n_features - 1,).

    The difference of mean magnitudes over the same rows, against 1.96 of its standard error: that of the mean
    of paired differences, and of the estimates.
    """
    values = explanation.values[:, :, output]
    n = len(values)
    first, second = order[:-1], order[1:]
    out = np.zeros(len(first), dtype=bool)
    for at, (one, two) in enumerate(zip(first, second, strict=True)):
        gap = np.abs(np.asarray(values[:, one], dtype=np.float64)) - np.abs(
            np.asarray(values[:, two], dtype=np.float64)
        )
        gap = gap[~np.isnan(gap)]
        if not len(gap):
            continue
        variance = gap.var(ddof=1) / len(gap) if len(gap) > 1 else 0.0
        if explanation.std_errors is not None:
            errors = np.nan_to_num(explanation.std_errors[:, [one, two], output].astype(np.float64))
            variance += float((errors**2).sum()) / n**2
        out[at] = abs(gap.mean()) > _Z95 * np.sqrt(variance) and gap.mean() != 0
    return out
