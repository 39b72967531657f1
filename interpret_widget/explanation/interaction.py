"""Which other feature best explains why equal values of a feature contribute unequally.

In a model without interactions, a feature's contribution is a function of its own value. What is left beside
that function is the doing of others. Each candidate is asked how much of the rest it explains, within groups
of similar values of the feature itself, so that an effect which changes sign is seen as well.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: Rows looked at.
_ROWS = 1_000
#: Others looked at, the most important ones.
_CANDIDATES = 30
#: Up to this many distinct values each is its own group when a feature's own effect is taken out.
_LEVELS = 40
_NONE = -1


def strongest_interaction(
    values: np.ndarray,
    codes: np.ndarray,
    output: int = 0,
    *,
    discrete: Sequence[bool] | None = None,
    random_state: int = 0,
) -> np.ndarray:
    """The strongest interacting feature of each feature.

    Parameters
    ----------
    values : ndarray (n_rows, n_features, n_outputs)
        Contributions.
    codes : ndarray (n_rows, n_features)
        Feature values as numbers or category codes; NaN missing.
    output : int
        The output looked at.
    discrete : sequence of bool (n_features,), optional
        Columns whose codes have no order; otherwise a column with few distinct values is taken as such.
    random_state : int
        Seed of the sample of 1,000 rows.

    Returns
    -------
    ndarray of int32 (n_features,)
        -1 where nothing is left to explain, or where no other feature explains more than chance would.
    """
    n, p = codes.shape
    found = np.full(p, _NONE, dtype=np.int32)
    rows = np.arange(n)
    if n > _ROWS:
        rows = np.sort(np.random.default_rng(random_state).choice(n, _ROWS, replace=False))
    v = np.asarray(values[rows, :, output], dtype=np.float64)
    x = np.asarray(codes[rows], dtype=np.float64)
    m = len(rows)
    if p < 2 or m < 16:
        return found
    unordered = [False] * p if discrete is None else list(discrete)
    strength = np.abs(np.where(np.isfinite(v), v, 0.0)).mean(axis=0)
    candidates = np.argsort(-strength, kind="stable")[:_CANDIDATES]
    wide = int(np.clip(np.sqrt(m) / 4, 2, 6))
    groups = [_groups(x[:, k], wide) for k in candidates]
    offsets = np.concatenate([[0], np.cumsum([g.max() + 1 for g in groups])])
    # One number for each candidate and group: a single count then serves all candidates.
    cells = np.stack(groups, axis=1) + offsets[:-1]
    deep = int(np.clip(np.sqrt(m) / 3, 2, 10))
    for j in range(p):
        best = _best(v[:, j], x[:, j], cells, offsets, candidates != j, deep, unordered[j])
        if best is not None:
            found[j] = candidates[best]
    return found


def _best(
    v: np.ndarray,
    x: np.ndarray,
    cells: np.ndarray,
    offsets: np.ndarray,
    allowed: np.ndarray,
    deep: int,
    unordered: bool,
) -> int | None:
    """Position among the candidates of the one that explains the most, or None."""
    known = np.isfinite(v)
    if known.sum() < 16:
        return None
    if not known.all():
        v, x, cells = v[known], x[known], cells[known]
    rest, spent = _beside_own_effect(v, x, unordered)
    left = float(rest @ rest)
    if left <= 1e-10 * float(v @ v) or left == 0.0:
        return None
    own = _groups(x, deep)
    n_own, n_cells = int(own.max()) + 1, int(offsets[-1])
    index = (cells + own[:, None] * n_cells).ravel()
    counts = np.bincount(index, minlength=n_own * n_cells)
    sums = np.bincount(index, np.repeat(rest, cells.shape[1]), minlength=n_own * n_cells)
    explained = (sums**2 / np.maximum(counts, 1)).reshape(n_own, n_cells).sum(axis=0)
    filled = (counts > 0).reshape(n_own, n_cells).sum(axis=0)
    baseline = float((np.bincount(own, rest) ** 2 / np.bincount(own)).sum())
    between = np.add.reduceat(explained, offsets[:-1]) - baseline
    freedom = np.add.reduceat(filled, offsets[:-1]) - n_own
    free = len(v) - spent - freedom
    usable = allowed & (freedom > 0) & (free > 0)
    if not usable.any():
        return None
    freedom, free = np.maximum(freedom, 1), np.maximum(free, 1)
    unexplained = np.maximum(left - baseline - between, 1e-12 * left) / free
    ratio = between / freedom / unexplained
    # Far beyond what an unrelated feature reaches: the F ratio has mean 1 and about this variance.
    beyond = (ratio - 1.0) / np.sqrt(2.0 / freedom + 2.0 / free)
    share = 1.0 - unexplained * (len(v) - spent) / left
    score = np.where(usable & (beyond > 4.0), share, -np.inf)
    best = int(np.argmax(score))
    return best if np.isfinite(score[best]) else None


def _beside_own_effect(v: np.ndarray, x: np.ndarray, unordered: bool) -> tuple[np.ndarray, int]:
    """What is left beside a function of the feature's own value, and the parameters spent on it."""
    distinct = np.unique(x[~np.isnan(x)])
    if unordered or len(distinct) <= _LEVELS:
        group = np.where(np.isnan(x), len(distinct), np.searchsorted(distinct, x))
        count = np.bincount(group)
        mean = np.bincount(group, weights=v) / np.maximum(count, 1)
        return v - mean[group], int((count > 0).sum())
    group = _groups(x, max(2, min(20, len(v) // 20)))
    # A line within each group: contributions that merely slope leave nothing for a correlated feature.
    at = np.where(np.isfinite(x), x, 0.0)
    count = np.maximum(np.bincount(group), 1)
    dx = at - (np.bincount(group, weights=at) / count)[group]
    dv = v - (np.bincount(group, weights=v) / count)[group]
    sxx = np.bincount(group, weights=dx * dx)
    slope = np.bincount(group, weights=dx * dv) / np.where(sxx > 0, sxx, 1.0)
    return dv - slope[group] * dx, 2 * len(count)


def _groups(x: np.ndarray, most: int) -> np.ndarray:
    """Codes 0, 1, … of at most ``most`` groups of similar numbers, and one more for the missing."""
    missing = np.isnan(x)
    known = np.sort(x[~missing])
    out = np.zeros(len(x), dtype=np.intp)
    if len(known):
        distinct = np.unique(known)
        if len(distinct) <= most:
            out = np.searchsorted(distinct, x)
        else:
            edges = np.unique(known[np.arange(1, most) * len(known) // most])
            out = np.searchsorted(edges, x, side="right")
    out[missing] = out[~missing].max(initial=-1) + 1
    return np.unique(out, return_inverse=True)[1].ravel()
