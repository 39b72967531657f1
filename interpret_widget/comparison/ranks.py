"""How far two orders of importance agree."""

from __future__ import annotations

import numpy as np

from interpret_widget.explanation.summary import ranking


def positions(importance: np.ndarray) -> np.ndarray:
    """Rank of each feature, 1 the strongest; equal ones in their order (n_features,)."""
    ranks = np.empty(len(importance), dtype=np.int64)
    ranks[ranking(importance)] = np.arange(1, len(importance) + 1)
    return ranks


def ndcg(before: np.ndarray, after: np.ndarray) -> float:
    """Normalised discounted cumulative gain of the second order, with the first importances as gains.

    1 is the same order; how Amazon SageMaker Clarify watches for drift of attributions. Järvelin and
    Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (2002).

    >>> round(ndcg(np.array([3.0, 2.0, 1.0]), np.array([1.0, 2.0, 3.0])), 3)
    0.79
    """
    gains = np.nan_to_num(np.abs(before))
    discounts = 1 / np.log2(np.arange(2, len(gains) + 2))
    best = float(np.sort(gains)[::-1] @ discounts)
    if best == 0:
        return 1.0
    return float(gains[np.argsort(positions(after))] @ discounts) / best


def moved_share(before: np.ndarray, after: np.ndarray) -> float:
    """Share of all importance that is on other features now: total variation of the shares, 0 to 1.

    >>> moved_share(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    0.25
    """
    return float(0.5 * np.abs(shares(before) - shares(after)).sum())


def shares(importance: np.ndarray) -> np.ndarray:
    """Importances as parts of their sum; equal parts where all are zero."""
    size = np.nan_to_num(np.abs(importance))
    total = size.sum()
    return np.asarray(size / total if total > 0 else np.full(len(size), 1 / max(1, len(size))))
