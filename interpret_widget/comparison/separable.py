"""Whether explanations give away which of two tables a row is from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_MOST_ROWS = 5_000  # of either table
_FEWEST_ROWS = 40
_MOST_COLUMNS = 200


@dataclass(frozen=True)
class Separability:
    """A classifier's success in telling two tables apart by their contributions alone.

    Lopez-Paz and Oquab, "Revisiting classifier two-sample tests" (2017); on attributions Mougan et al.,
    "Explanation shift: how did the distribution shift impact the model?" (2023).

    Attributes
    ----------
    auc : float
        On rows it has not seen; 0.5 is guessing.
    p_value : float
        Of an auc this high by chance.
    n_rows : int
        Rows it was judged on.
    """

    auc: float
    p_value: float
    n_rows: int


def separability(before: np.ndarray, after: np.ndarray, random_state: int) -> Separability | None:
    """Learn on one half of the rows, judge on the other.

    Parameters
    ----------
    before, after : ndarray (n_rows, n_columns)
        Contributions.
    random_state : int

    Returns
    -------
    Separability or None
        None below 40 rows of either.
    """
    from scipy.stats import mannwhitneyu
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    if min(len(before), len(after)) < _FEWEST_ROWS:
        return None
    rng = np.random.default_rng(random_state)
    halves = [_halves(_without(table), rng) for table in (before, after)]
    # The strongest columns speak for all.
    strongest = np.argsort(-sum(np.abs(table).mean(axis=0) for half in halves for table in half))
    keep = strongest[:_MOST_COLUMNS]
    (seen, new), (seen_after, new_after) = halves
    model = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=8, min_samples_leaf=10, early_stopping=False, random_state=random_state
    )
    with threadpool_limits(1, user_api="openmp"):
        model.fit(
            np.concatenate([seen, seen_after])[:, keep], np.repeat([0, 1], [len(seen), len(seen_after)])
        )
        scores, scores_after = (model.decision_function(table[:, keep]) for table in (new, new_after))
    found = mannwhitneyu(scores_after, scores, alternative="greater")
    auc = float(found.statistic) / (len(scores) * len(scores_after))
    return Separability(auc, float(found.pvalue), len(scores) + len(scores_after))


def _without(table: np.ndarray) -> np.ndarray:
    return np.asarray(np.nan_to_num(table, nan=0.0))


def _halves(table: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    order = rng.permutation(len(table))[:_MOST_ROWS]
    middle = len(order) // 2
    return table[order[:middle]], table[order[middle:]]
