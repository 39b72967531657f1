"""Everything in one call."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError
from interpret_widget.explainers.base import Cancel, Progress, ticking
from interpret_widget.explainers.problem import pose
from interpret_widget.models import adapt
from interpret_widget.tabular import Dataset

from .constraints import read_constraints
from .result import Counterfactuals
from .seeking import Wish, seek


def counterfactuals(
    model: Any,
    X: Any,
    row: Any,
    *,
    desired: Any = None,
    threshold: float | None = None,
    n: int = 4,
    fixed: Sequence[str] = (),
    only: Sequence[str] | None = None,
    ranges: Mapping[str, Any] | None = None,
    directions: Mapping[str, str] | None = None,
    max_changes: int | None = None,
    classes: Sequence[Any] | None = None,
    transformations: Any = None,
    max_evals: int = 20_000,
    max_seconds: float | None = None,
    random_state: int = 0,
    progress: Progress | None = None,
    cancel: Cancel = None,
) -> Counterfactuals:
    """Find the smallest plausible changes of a row that lead the model to another outcome.

    Parameters
    ----------
    model : estimator, pipeline, booster or callable
        Asked about raw columns.
    X : table (n_rows, n_columns)
        Such as the training data: which values occur, and which rows are plausible.
    row : int, or table (1, n_columns), or mapping of str to value
        A position in X, or the row itself.
    desired : class label, "other", (low, high), "up" or "down"
        Classes: the one to reach; by default any other than the predicted one (``"other"``). Regression: the
        interval to reach, where None is an open end, or a direction, in which one standard deviation of the
        predictions of X is gone.
    threshold : float, optional
        Classes: least probability of the wanted outcome, beyond being predicted.
    n : int, default 4
        Alternatives, at most.
    fixed : sequence of str
        Features that stay.
    only : sequence of str, optional
        The only ones that may change.
    ranges : mapping, optional
        By feature: numbers and dates ``(low, high)``, None being open; levels: a list of those allowed.
        Values beyond those of X are tried only where a range says so. A row's own value outside of its range
        may stay.
    directions : mapping of str to {"up", "down"}, optional
        Numbers, dates and ordered levels that may only grow, or shrink.
    max_changes : int, optional
        Features that may change at once.
    classes : sequence, optional
        Names of the classes for people.
    transformations : ColumnTransformer or list, optional
        Preprocessing in front of a model that takes engineered columns.
    max_evals : int, default 20000
        Predictions asked.
    max_seconds : float, optional
        After which the best so far is returned.
    random_state : int
        Seed of all that is drawn; the same seed gives the same alternatives (without ``max_seconds``).
    progress : callable, optional
        Called with (done, total) predictions.
    cancel : callable or Event, optional
        Asked between batches; when true, `CancelledError` is raised.

    Returns
    -------
    Counterfactuals
        Each verified by a prediction of the whole pipeline; none of its changes can be left out,
        unless the budget ended first, which ``notes`` say.

    Raises
    ------
    InvalidInputError
        Unknown features, empty ranges, contradictory wishes, no such class, or one that is predicted already.
    NoCounterfactualError
        None found; the message, and ``binding``, say which constraint stands in the way.

    Notes
    -----
    Wachter, Mittelstadt and Russell (2017) for the aim, Mothilal, Sharma and Tan (2020) for diversity. Sets
    of one change, of two, …, are looked at completely as long as the budget allows
    (`Counterfactuals.is_fewest`); beyond, the search walks towards real rows of the wanted outcome and by
    beam. Then changes that are not needed are undone, and numbers brought back towards the row's own, by
    bisection, in the unit in which the data is written.

    The predicted class is the one with the largest probability, or decision value; estimators whose
    ``predict`` decides otherwise (``SVC(probability=True)``) may differ next to the boundary: ask for a
    ``threshold``.

    A change of the model's answer is not advice: features that change together in the world are moved alone
    here.
    """
    for name, value in (("n", n), ("max_evals", max_evals)):
        whole_number(name, value)
    if max_seconds is not None and not (isinstance(max_seconds, numbers.Real) and float(max_seconds) > 0):
        raise InvalidInputError(f"max_seconds={max_seconds!r} is not a number above 0")
    data = Dataset.of(X)
    if data.n_rows == 0:
        raise InvalidInputError("X has no rows; give rows such as the training data")
    one = _row(data, row)
    constraints = read_constraints(
        data, fixed=fixed, only=only, ranges=ranges, directions=directions, max_changes=max_changes
    )
    if transformations is None:
        adapter = adapt(model, data, classes=classes)
    else:
        adapter = pose(model, data, classes=classes, transformations=transformations).adapter
    wish = Wish(
        desired, threshold, None, int(n), int(max_evals),
        None if max_seconds is None else float(max_seconds), random_state,
    )  # fmt: skip
    return seek(adapter, data, one, constraints, wish, ticking(progress, cancel))


def _row(data: Dataset, row: Any) -> Dataset:
    """One row in the library and dtypes of X."""
    if isinstance(row, numbers.Integral) and not isinstance(row, bool):
        if not 0 <= int(row) < data.n_rows:
            raise InvalidInputError(f"row={row} is out of range; X has rows 0 to {data.n_rows - 1}")
        return data.take([int(row)])
    if hasattr(row, "to_dict") and not hasattr(row, "columns"):
        row = row.to_dict()  # a row of a DataFrame
    if isinstance(row, Mapping):
        values = {str(name): value for name, value in row.items()}
        absent = [name for name in data.names if name not in values]
        if absent:
            raise InvalidInputError(f"row lacks {', '.join(absent[:5])}; give every feature of X")
        return data.edited(0, values)
    if isinstance(row, np.ndarray) and row.ndim == 1:
        row = row.reshape(1, -1)
    names = data.names if isinstance(row, np.ndarray) or hasattr(row, "tocsr") else None
    given = Dataset.of(row, feature_names=names, like=data.schema)
    if given.n_rows != 1:
        raise InvalidInputError(f"row has {given.n_rows} rows; give one, such as X.iloc[[0]]")
    return data.edited(0, given.record(0))
