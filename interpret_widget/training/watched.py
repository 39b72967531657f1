"""The rows that a monitor watches, and what stands for their explanation before there is a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.explanation import Explanation
from interpret_widget.tabular import Dataset

from .recorder import labels_of


def watched_rows(
    X: Any, y: Any, features: Sequence[Any] | None, rows: int, random_state: int
) -> tuple[Dataset, np.ndarray | None]:
    """At most so many rows, in their order, with their outcomes.

    Raises
    ------
    InvalidInputError
        No rows, or not one outcome for each.
    """
    data = Dataset.of(X, feature_names=None if features is None else list(features))
    if data.n_rows == 0:
        raise InvalidInputError("X_valid has no rows; give at least one row to watch")
    outcomes = None if y is None else np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y).reshape(-1)
    if outcomes is not None and len(outcomes) != data.n_rows:
        raise InvalidInputError(
            f"y_valid has {len(outcomes)} outcomes, X_valid has {data.n_rows} rows; give one for each row"
        )
    if data.n_rows <= rows:
        return data, outcomes
    chosen = np.sort(np.random.default_rng(random_state).choice(data.n_rows, rows, replace=False))
    return data.take(chosen), None if outcomes is None else outcomes[chosen]


def background_like(background: Any, data: Dataset) -> Dataset:
    """Background rows in the columns of the watched ones."""
    nameless = isinstance(background, np.ndarray)
    return Dataset.of(background, feature_names=data.names if nameless else None, like=data.schema)


def nothing_yet(data: Dataset, y: np.ndarray | None, classes: Sequence[Any] | None) -> Explanation:
    """Zeros in the shape that explanations will probably have."""
    names: list[str] | None = None if classes is None else [str(name) for name in classes]
    labels = None if y is None else labels_of(y)
    if names is None and labels is not None:
        names = [str(label) for label in labels]
    k = max(1, len(names or ()))
    zeros = np.zeros((data.n_rows, len(data.names), k))
    return Explanation.from_values(
        zeros, data.native, base_values=np.zeros(k), output_names=names, feature_names=list(data.names)
    )
