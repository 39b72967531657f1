"""Values from every coalition, where there are few: exact."""

from __future__ import annotations

from math import comb

import numpy as np

from .questions import Sides

_CELLS = 4_000_000
MOST_FEATURES = 16


def cost(n_features: int, n_background: int) -> int:
    """Predictions of mixed rows for each explained row, where all cells differ."""
    return n_background * (2**n_features - 2) if n_features <= MOST_FEATURES else 2**62


def enumerated(sides: Sides) -> np.ndarray:
    """Exact values (n_rows, n_features, n_outputs) against the background rows."""
    n, p = sides.front.shape
    b, k = len(sides.back), sides.n_outputs
    masks = (np.arange(2**p)[:, None] >> np.arange(p) & 1).astype(bool)
    weights = _weights(masks)
    values = np.zeros((n, p, k))
    inner = masks[1:-1]
    step = max(1, _CELLS // max(1, masks.size))
    sides.expected = n * b * len(inner)
    for start in range(0, n * b, step):
        rows, backs = np.divmod(np.arange(start, min(start + step, n * b)), b)
        m = len(rows)
        found = np.empty((m, 2**p, k))
        found[:, 0], found[:, -1] = sides.at_background[backs], sides.at_rows[rows]
        if len(inner):
            asked = sides.ask(
                np.repeat(rows, len(inner)), np.repeat(backs, len(inner)), np.tile(inner, (m, 1))
            )
            found[:, 1:-1] = asked.reshape(m, len(inner), k)
        np.add.at(values, rows, np.einsum("ps,msk->mpk", weights, found) / b)
    return values


def _weights(masks: np.ndarray) -> np.ndarray:
    """What the answer of each coalition adds to each value (n_features, n_coalitions)."""
    p = masks.shape[1]
    size = masks.sum(axis=1)
    ways = np.array([comb(p, s) for s in range(p + 1)], dtype=np.float64)[size]
    to = 1 / (np.maximum(size, 1) * ways)
    fro = 1 / (np.maximum(p - size, 1) * ways)
    return np.asarray(np.where(masks, to[:, None], -fro[:, None]).T)
