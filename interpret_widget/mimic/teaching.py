"""What a surrogate learns from: rows, hybrids of them, and the model's answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Dataset
from interpret_widget.tabular.mixing import mix

_ENOUGH = 5_000  # rows beyond which making more of them helps little
_KEPT = 0.7  # share of a row that stays as it is
_LEAST = 1e-3  # probability below which a class need not be learned


def hybrids(data: Dataset, most: int, random_state: int) -> Dataset | None:
    """Rows that have some columns of another row; None where there are rows enough.

    They lie where games of coalitions ask a model: near the data, but off its correlations.

    Parameters
    ----------
    data : Dataset
    most : int
        Times as many as there are rows, at most.
    random_state : int
    """
    n = data.n_rows
    extra = min(n * most, _ENOUGH - n)
    if extra <= 0 or n < 2 or data.n_columns < 2:
        return None
    rng = np.random.default_rng(random_state)
    first, second = rng.integers(0, n, extra), rng.integers(0, n, extra)
    native = mix(data, first, data, second, rng.random((extra, data.n_columns)) < _KEPT)
    nameless = isinstance(native, np.ndarray) or hasattr(native, "tocsr")
    return Dataset.of(native, feature_names=data.names if nameless else None, like=data.schema)


def lesson(adapter: ModelAdapter, data: Dataset) -> np.ndarray:
    """Answers (n, n_outputs): probabilities, else one for the class decided for, else numbers."""
    answers = adapter.predict(data)
    if adapter.task == "regression" or adapter.has_probabilities:
        return answers
    return np.asarray(np.eye(answers.shape[1])[answers.argmax(axis=1)])


def fit(estimator: Any, Z: Any, answers: np.ndarray, *, is_classifier: bool) -> Any:
    """Fit a surrogate to answers; probabilities are learned as such.

    A row counts once for each class, with its probability as weight: the loss is then the cross-entropy to
    the model's own probabilities, which labels would lose.
    """
    if not is_classifier:
        return estimator.fit(Z, answers[:, 0])
    row, label = np.nonzero(answers > _LEAST)
    taken = Z.iloc[row] if hasattr(Z, "iloc") else Z[row]
    return estimator.fit(taken, label, sample_weight=answers[row, label])
