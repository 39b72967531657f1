"""Contributions put in order: records for machines, a frame for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: The line that holds what the strongest features leave over.
REST = "all others"


@dataclass(frozen=True, eq=False)
class Scored:
    """Rows with their contributions to one output each.

    Attributes
    ----------
    index : sequence (n_rows,)
    features : sequence of str (n_features,)
    value : callable
        (row, feature) -> what the row holds there, for people.
    contributions : ndarray (n_rows, n_features)
    base_values, scores : ndarray (n_rows,)
        ``base_values + contributions.sum(axis=1) == scores``.
    outputs : sequence of str (n_rows,)
    predictions : sequence (n_rows,)
        Labels or numbers.
    probabilities : ndarray (n_rows,) or None
        Of these outputs.
    """

    index: Sequence[Any]
    features: Sequence[str]
    value: Callable[[int, int], Any]
    contributions: np.ndarray
    base_values: np.ndarray
    scores: np.ndarray
    outputs: Sequence[str]
    predictions: Sequence[Any]
    probabilities: np.ndarray | None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.scores)


def ranked(scored: Scored, top_k: int | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Features of each row, strongest first (n_rows, k), and what the others contribute (n_rows,) or None."""
    n_features = scored.contributions.shape[1]
    order = np.argsort(-np.abs(scored.contributions), axis=1, kind="stable")
    if top_k is None or top_k >= n_features:
        return order, None
    rest = np.take_along_axis(scored.contributions, order[:, top_k:], axis=1).sum(axis=1)
    return order[:, :top_k], rest


def records(scored: Scored, top_k: int | None) -> list[dict[str, Any]]:
    """One record for each row, for machines."""
    order, rest = ranked(scored, top_k)
    out = []
    for row, features in enumerate(order.tolist()):
        contributions = scored.contributions[row]
        reasons = [
            {
                "feature": scored.features[j],
                "value": scored.value(row, j),
                "contribution": float(contributions[j]),
            }
            for j in features
        ]
        if rest is not None:
            reasons.append({"feature": REST, "value": None, "contribution": float(rest[row])})
        out.append(
            {
                "prediction": scored.predictions[row],
                "probability": None if scored.probabilities is None else float(scored.probabilities[row]),
                "output": scored.outputs[row],
                "score": float(scored.scores[row]),
                "base_value": float(scored.base_values[row]),
                "reasons": reasons,
            }
        )
    return out


def frame(scored: Scored, top_k: int | None, unit: str) -> Any:
    """A line for each row and feature, strongest first."""
    import pandas as pd

    order, rest = ranked(scored, top_k)
    n, k = order.shape
    contributions = np.take_along_axis(scored.contributions, order, axis=1)
    places = order.tolist()
    names = [[scored.features[j] for j in features] for features in places]
    values = [[scored.value(row, j) for j in features] for row, features in enumerate(places)]
    if rest is not None:
        contributions = np.column_stack([contributions, rest])
        for line in names:
            line.append(REST)
        for line in values:
            line.append(None)
    lines = k + (rest is not None)

    def repeated(each: Any) -> Any:
        return np.repeat(np.asarray(each), lines)

    columns: dict[str, Any] = {
        "row": [label for label in scored.index for _ in range(lines)],
        "prediction": repeated(scored.predictions),
    }
    if scored.probabilities is not None:
        columns["probability"] = repeated(scored.probabilities)
    columns |= {
        "output": [name for name in scored.outputs for _ in range(lines)],
        "score": repeated(scored.scores),
        "base_value": repeated(scored.base_values),
        "rank": np.tile(np.arange(1, lines + 1), n),
        "feature": [name for line in names for name in line],
        "value": _objects([value for line in values for value in line]),
        "contribution": contributions.ravel(),
    }
    out = pd.DataFrame(columns, copy=False)
    out.attrs["unit"] = unit
    return out


def _objects(values: list[Any]) -> np.ndarray:
    """Values of many types side by side, none of them changed into another."""
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
