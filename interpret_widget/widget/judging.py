"""How wrong and how unsure the model is, row by row; ``js/src/panels/rows-query.ts`` has the same rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.explanation import Explanation


def shown_predictions(explanation: Explanation) -> np.ndarray | None:
    """What people read (n_rows, n_outputs): probabilities where the model has them, else predictions."""
    if explanation.probabilities is not None:
        return explanation.probabilities
    return explanation.predictions


def outcome_codes(explanation: Explanation) -> np.ndarray | None:
    """True outcomes as numbers (n_rows,): the class's position or the target; NaN where unknown.

    Labels are looked up among the model's own, then among the names for people.
    """
    y = explanation.y
    if y is None:
        return None
    if explanation.task == "regression":
        return _numbers(y)
    known: dict[Any, int] = {}
    for names in (explanation.class_values or (), explanation.output_names):
        for code, label in enumerate(names):
            known.setdefault(_plain(label), code)
    levels, where = _levels(y)
    codes = np.array([known.get(_plain(level), np.nan) for level in levels], dtype=np.float64)
    return codes[where] if len(codes) else np.full(len(y), np.nan)


def chosen(shown: np.ndarray, task: str, has_probabilities: bool, threshold: float) -> np.ndarray:
    """Position of the predicted class (n_rows,)."""
    if task == "binary" and shown.shape[1] == 2:
        return np.asarray(shown[:, 1] >= (threshold if has_probabilities else 0.0)).astype(np.intp)
    return np.asarray(np.argmax(shown, axis=1))


def errors(
    shown: np.ndarray,
    outcomes: np.ndarray,
    *,
    task: str,
    has_probabilities: bool,
    threshold: float,
    output: int,
) -> np.ndarray:
    """Error of each row (n_rows,); NaN where the outcome is unknown.

    Classes: one minus the probability of what happened, or 0 and 1 where there are no probabilities.
    Regression: prediction minus outcome.
    """
    if task == "regression":
        return np.asarray(shown[:, output] - outcomes)
    known = ~np.isnan(outcomes)
    codes = np.where(known, outcomes, 0).astype(np.intp)
    missed = (chosen(shown, task, has_probabilities, threshold) != codes).astype(np.float64)
    if has_probabilities:
        inside = codes < shown.shape[1]
        missed = np.where(inside, 1.0 - shown[np.arange(len(shown)), np.where(inside, codes, 0)], missed)
    return np.where(known, missed, np.nan)


def uncertainty(shown: np.ndarray, *, task: str, has_probabilities: bool, threshold: float) -> np.ndarray:
    """Larger is less certain (n_rows,): minus the distance to the boundary, or the lead of the first."""
    if task == "binary" and shown.shape[1] == 2:
        return np.asarray(-np.abs(shown[:, 1] - (threshold if has_probabilities else 0.0)))
    if task == "regression" or shown.shape[1] < 2:
        return np.zeros(len(shown))
    top = np.partition(shown, -2, axis=1)[:, -2:]
    return np.asarray(top[:, 0] - top[:, 1])


def _plain(label: Any) -> Any:
    """A key under which 1, 1.0 and np.int64(1) are one label, and True is another."""
    value = label.item() if isinstance(label, np.generic) else label
    return (type(value) is bool, value)


def _numbers(y: np.ndarray) -> np.ndarray:
    try:
        return np.asarray(y, dtype=np.float64).reshape(len(y), -1)[:, 0]
    except (TypeError, ValueError):
        return np.full(len(y), np.nan)


def _levels(y: np.ndarray) -> tuple[list[Any], np.ndarray]:
    import pandas as pd

    codes, levels = pd.factorize(np.asarray(y), use_na_sentinel=True)
    return [*list(levels), None], np.where(codes < 0, len(levels), codes)
