"""The model, the rows and the columns of an effect, checked before anything is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError
from interpret_widget.explainers.problem import pose
from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Dataset

_UNITS = {"probability": "probability", "decision": "decision value", "prediction": "prediction"}


@dataclass(frozen=True, eq=False)
class Setting:
    """What is asked.

    Attributes
    ----------
    adapter : ModelAdapter
    data : Dataset
        Raw rows.
    rows : ndarray of int
        Those that are asked about.
    """

    adapter: ModelAdapter
    data: Dataset
    rows: np.ndarray

    @property
    def unit(self) -> str:
        """Of the predictions, for people."""
        return _UNITS[self.adapter.answer]


def setting(
    model: Any,
    X: Any,
    *,
    classes: Sequence[Any] | None,
    transformations: Any,
    max_rows: int,
    random_state: int,
) -> Setting:
    """Take the model apart and draw rows.

    Raises
    ------
    InvalidInputError
        Rows or names that do not fit.
    """
    whole_number("max_rows", max_rows)
    data = X if isinstance(X, Dataset) else Dataset.of(X)
    if data.n_rows == 0:
        raise InvalidInputError("X has no rows; give rows such as the test data")
    problem = pose(
        model, data.native, classes=classes, transformations=transformations, random_state=random_state
    )
    data = problem.background
    rows = np.arange(data.n_rows)
    if data.n_rows > max_rows:
        rows = np.sort(np.random.default_rng(random_state).choice(data.n_rows, max_rows, replace=False))
    return Setting(problem.adapter, data, rows)


def wanted(features: Any, names: tuple[str, ...]) -> list[str | tuple[str, str]]:
    """The features asked for: names, and pairs of names.

    Raises
    ------
    InvalidInputError
        Names that are no columns, or groups of other than two.
    """
    each = [features] if isinstance(features, (str, int, np.integer, tuple)) else list(features)
    if not each:
        raise InvalidInputError("features is empty; name at least one column")
    found: list[str | tuple[str, str]] = []
    for one in each:
        if not isinstance(one, (tuple, list)):
            found.append(_name(one, names))
            continue
        if len(one) != 2:
            raise InvalidInputError(f"features: {one!r} must be one name, or a pair of names")
        pair = (_name(one[0], names), _name(one[1], names))
        if pair[0] == pair[1]:
            raise InvalidInputError(f"features: {one!r} names one column twice; name two")
        found.append(pair)
    return found


def _name(feature: Any, names: tuple[str, ...]) -> str:
    if isinstance(feature, (int, np.integer)) and not isinstance(feature, bool) and 0 <= feature < len(names):
        return names[int(feature)]
    if str(feature) in names:
        return str(feature)
    known = ", ".join(map(repr, names[:20])) + (", …" if len(names) > 20 else "")
    raise InvalidInputError(f"features: {feature!r} is not a column; there are {known}")


def checked_resolution(resolution: Any) -> int:
    """A whole number of 2 or more."""
    return whole_number("grid_resolution", resolution, 2)
