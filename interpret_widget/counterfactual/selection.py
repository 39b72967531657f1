"""Few of many: near, plausible, and different from each other."""

from __future__ import annotations

import numpy as np

from .distance import Distance

_SAMPLE = 200  # real rows by whose distances plausibility is judged
_LIKENESS = 2.0  # changes that an alternative with other columns may cost more
_NEARNESS = 0.5  # of the distance to real rows beside that to the row itself


def plausibility(
    rows: np.ndarray, real: np.ndarray, distance: Distance, rng: np.random.Generator
) -> np.ndarray:
    """Share of real rows that lie as far from their nearest neighbour as this row does, or further (m,).

    NaN where there are fewer than two real rows.
    """
    if len(real) < 2:
        return np.full(len(rows), np.nan)
    some = real[rng.permutation(len(real))[:_SAMPLE]]
    usual = distance.nearest(some, real, skip_same=True)
    near = distance.nearest(rows, real)
    return np.asarray((usual[None, :] >= near[:, None]).mean(axis=1))


def chosen(rows: np.ndarray, own: np.ndarray, real: np.ndarray, distance: Distance, n: int) -> list[int]:
    """Positions of at most ``n`` rows: the fewest changes first, then those whose columns are others.

    Greedy: each next row has the least sum of changes, distance, distance to real rows and likeness (Jaccard)
    to those chosen before.
    """
    apart = distance.apart(rows, own)
    sets = apart > 0
    counts = sets.sum(axis=1)
    far = apart.sum(axis=1)
    if len(real):
        far = far + _NEARNESS * rows.shape[1] * distance.nearest(rows, real)
    order = [int(np.lexsort((far, counts))[0])] if len(rows) else []
    while len(order) < min(n, len(rows)):
        both = (sets[:, None, :] & sets[None, order, :]).sum(axis=2)
        either = (sets[:, None, :] | sets[None, order, :]).sum(axis=2)
        cost = counts + far + _LIKENESS * (both / either).max(axis=1)
        cost[order] = np.inf
        order.append(int(np.argmin(cost)))
    return sorted(order, key=lambda k: (counts[k], far[k]))
