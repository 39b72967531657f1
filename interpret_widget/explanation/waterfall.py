"""From the base value to the prediction, one step per feature; the smallest are folded into one.

``js/src/charts/waterfall-steps.ts`` has the same rules; ``tests/golden/waterfall.json`` holds both to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Position of the fold of the other features.
FOLD = -1


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall.

    Attributes
    ----------
    feature : int
        Position of the feature; -1 for the fold.
    members : tuple of int
        Features behind the step: one, or those of the fold.
    value, start, end : float
        ``end - start`` is the value; a value that is NaN moves nothing.
    """

    feature: int
    members: tuple[int, ...]
    value: float
    start: float
    end: float


def waterfall(values: Sequence[float] | np.ndarray, base: float, top_k: int) -> tuple[Step, ...]:
    """Steps from the base value, strongest feature first.

    Parameters
    ----------
    values : sequence of float (n_features,)
        Contributions of one row to one output; NaN counts as 0 in the order and in the sums.
    base : float
        Where the first step starts.
    top_k : int
        Features shown on their own. A rest of a single feature is shown by its name too: folding it would
        save no line.

    Returns
    -------
    tuple of Step
        The end of the last one is the base value plus all contributions.
    """
    row = np.asarray(values, dtype=np.float64)
    moved = np.where(np.isnan(row), 0.0, row)
    order = [int(j) for j in np.argsort(-np.abs(moved), kind="stable")]
    shown = order if len(order) <= top_k + 1 else order[:top_k]
    rest = tuple(order[len(shown) :])
    steps: list[Step] = []
    at = float(base)
    for j in shown:
        end = at + float(moved[j])
        steps.append(Step(j, (j,), float(row[j]), at, end))
        at = end
    if rest:
        total = float(sum(moved[j] for j in rest))
        steps.append(Step(FOLD, rest, total, at, at + total))
    return tuple(steps)
