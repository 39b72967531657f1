"""What a model's inner sum is, asked of the model itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from .links import both_sides
from .problem import Problem


def margins_of(problem: Problem, Z: Any) -> np.ndarray:
    """Decision values of a classifier, predictions of a regressor (n, n_outputs)."""
    ask = getattr(problem.estimator, "decision_function", None)
    if ask is None or problem.inner.answer == "decision" or problem.inner.task == "regression":
        return problem.inner.predict(Z)
    out = np.asarray(ask(problem.feed(Z)), dtype=np.float64)
    if out.ndim == 1:
        out = out.reshape(-1, 1)
    return both_sides(out) if problem.inner.task == "binary" and out.shape[1] == 1 else out


def word_of(problem: Problem) -> str:
    """What these numbers are called."""
    return "decision value" if hasattr(problem.estimator, "decision_function") else "prediction"


def dense(Z: Any) -> np.ndarray:
    """Columns as an array of float64."""
    return np.ascontiguousarray(Z.toarray() if hasattr(Z, "toarray") else Z, dtype=np.float64)
