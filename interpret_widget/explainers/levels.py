"""Values of the estimator's columns, added up to values of the user's."""

from __future__ import annotations

import numpy as np

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.tabular import Lineage

from .problem import Problem

#: Above this many numbers the engineered level is left out: it would not fit into memory beside the raw one.
MOST_ENGINEERED = 100_000_000


class NotAdditiveError(UnsupportedModelError):
    """Values do not add up to the prediction; they are withheld."""


def to_raw(problem: Problem, values: np.ndarray) -> np.ndarray:
    """Values (n_rows, n_raw, n_outputs) of raw columns; the same array where there is no preprocessing."""
    return values if problem.lineage is None else problem.lineage.to_raw(values)


def grouping(lineage: Lineage) -> np.ndarray:
    """Position of the raw column of each engineered column (n_engineered,); -1 where nothing moves it."""
    return np.array([raws[0] if raws else -1 for raws in lineage.parents], dtype=np.intp)


def residual(values: np.ndarray, base_values: np.ndarray, predictions: np.ndarray) -> float:
    """Largest |base + sum of values - prediction|."""
    if not len(values):
        return 0.0
    return float(np.abs(base_values + values.sum(axis=1) - predictions).max())


def tolerance(values: np.ndarray, predictions: np.ndarray, precision: float) -> float:
    """The residual that rounding explains: relative to the largest sum that was formed."""
    largest = np.abs(values).sum(axis=1).max(initial=0.0)
    return precision * max(1.0, float(largest), float(np.abs(predictions).max(initial=0.0)))
