"""Edits that change the outcome: those of the nearest other row, and optimised ones under the user's wishes.

Each set returned has been verified by a prediction of the model.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from interpret_widget.counterfactual.constraints import read_constraints
from interpret_widget.counterfactual.distance import Distance
from interpret_widget.counterfactual.seeking import Wish, seek
from interpret_widget.errors import CancelledError, InvalidInputError
from interpret_widget.explanation import Explanation
from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import ColumnSchema, Dataset, mix

from . import judging

#: Rows looked at; more are sampled evenly.
_MOST_ROWS = 50_000
#: Of a search for alternatives: other questions of the page wait behind it.
_MOST_EVALS, _MOST_SECONDS = 12_000, 8.0


@dataclass(frozen=True)
class Found:
    """Edits that lead to another outcome.

    Attributes
    ----------
    row : int
        Position of the row that they come from.
    label : str
        Its label.
    edits : dict
        Values by feature, as they travel to the page.
    prediction, probability : list of float or None
        The model's answer to the edited row.
    """

    row: int
    label: str
    edits: Mapping[str, Any]
    prediction: Sequence[float]
    probability: Sequence[float] | None


def nearest_other(
    explanation: Explanation,
    *,
    adapter: ModelAdapter,
    row: int,
    output: int,
    threshold: float,
    cancel: threading.Event | None = None,
) -> Found:
    """Find the nearest row with another outcome, and the fewest of its values that change this row's.

    Parameters
    ----------
    explanation : Explanation
    adapter : ModelAdapter
        Verifies.
    row : int
        Whose outcome is to change.
    output : int
        Regression: the output in question.
    threshold : float
        Probability from which the second of two classes is predicted.
    cancel : Event, optional
        Looked at between predictions.

    Returns
    -------
    Found

    Raises
    ------
    InvalidInputError
        No row has another outcome. Regression: another outcome is a prediction that differs by one standard
        deviation of all predictions or more.
    """
    data = explanation.data
    looked_at = _rows_looked_at(data.n_rows, row)
    known = judging.shown_predictions(explanation)
    shown = adapter.predict(data.take(looked_at)) if known is None else known[looked_at]
    here = int(np.flatnonzero(looked_at == row)[0])
    goal = _Goal(explanation.task, adapter.has_probabilities, threshold, output, shown, here)
    others = goal.reached(shown)
    others[here] = False
    if not others.any():
        raise InvalidInputError(goal.nothing)
    looked = data.take(looked_at)
    near = Distance.of(looked).between(looked.codes(), looked.codes()[here])
    near[~others] = np.inf
    for candidate in np.argsort(near, kind="stable")[:5]:
        if not np.isfinite(near[candidate]):
            break
        other = int(looked_at[candidate])
        changed = _fewest(data, adapter, row, other, goal, cancel)
        if changed is None:
            # The stored prediction was another model's: try the next row.
            continue
        edits = {data.names[j]: _travelling(data, other, j) for j in changed}
        verified = adapter.predict(data.edited(row, edits))
        if not goal.reached(verified)[0]:
            continue
        answer = verified[0].tolist()
        return Found(
            other, data.labels([other])[0], edits, answer, answer if adapter.has_probabilities else None
        )
    raise InvalidInputError(goal.nothing)


def alternatives(
    explanation: Explanation,
    *,
    adapter: ModelAdapter,
    row: int,
    desired: str | None,
    threshold: float,
    fixed: Sequence[str],
    max_changes: int | None,
    tick: Callable[[int, int], None],
) -> dict[str, Any]:
    """Several sets of few edits, as they travel to the page.

    Parameters
    ----------
    explanation : Explanation
        Its rows say which values occur.
    adapter : ModelAdapter
    row : int
        Whose outcome is to change.
    desired : str or None
        Name of a class, None for any other; regression: ``"up"`` or ``"down"``.
    threshold : float
        Probability from which the second of two classes is predicted.
    fixed : sequence of str
        Features that stay.
    max_changes : int or None
    tick : callable
        ``(done, total)`` between predictions; raises when cancelled.

    Raises
    ------
    InvalidInputError
        See `interpret_widget.counterfactuals`.
    """
    data = explanation.data
    wishes = read_constraints(
        data, fixed=fixed, only=None, ranges=None, directions=None, max_changes=max_changes
    )
    decision = None
    if adapter.task == "binary":
        decision = threshold if adapter.has_probabilities else 0.0
    wish = Wish(desired, decision=decision, max_evals=_MOST_EVALS, max_seconds=_MOST_SECONDS)
    found = seek(adapter, data, data.take([row]), wishes, wish, tick)
    items = []
    for item in found:
        edited = Dataset.of(item.row, feature_names=data.names, like=data.schema)
        answer = list(item.prediction)
        items.append(
            {
                "edits": {name: _travelling(edited, 0, data.schema.position(name)) for name in item.changes},
                "texts": {name: list(texts) for name, texts in item.texts.items()},
                "outcome": item.outcome if isinstance(item.outcome, str) else None,
                "prediction": answer,
                "probability": answer if adapter.has_probabilities else None,
            }
        )
    return {"items": items, "goal": found.goal, "is_fewest": found.is_fewest, "notes": list(found.notes)}


class _Goal:
    """Whether an answer of the model is another outcome than the row's, and how near it comes to one."""

    def __init__(
        self,
        task: str,
        has_probabilities: bool,
        threshold: float,
        output: int,
        shown: np.ndarray,
        here: int,
    ) -> None:
        self._rule = {"task": task, "has_probabilities": has_probabilities, "threshold": threshold}
        self._regression = task == "regression"
        self._output = output
        self._own = shown[here]
        self._spread = float(np.std(shown[:, output]))
        self._class = None if self._regression else int(self._chosen(shown[here : here + 1])[0])
        self.nothing = (
            "no row's prediction differs from this one by a standard deviation or more"
            if self._regression
            else "no row that could be found has another predicted class"
        )

    def _chosen(self, shown: np.ndarray) -> np.ndarray:
        return judging.chosen(
            shown,
            str(self._rule["task"]),
            bool(self._rule["has_probabilities"]),
            float(self._rule["threshold"]),  # type: ignore[arg-type]
        )

    def reached(self, shown: np.ndarray) -> np.ndarray:
        """Bool per answer."""
        if self._regression:
            away = np.abs(shown[:, self._output] - self._own[self._output])
            return np.asarray((away >= self._spread) & (away > 0))
        return np.asarray(self._chosen(shown) != self._class)

    def progress(self, shown: np.ndarray) -> np.ndarray:
        """Larger is nearer to another outcome."""
        if self._regression or self._class is None:
            return np.asarray(np.abs(shown[:, self._output] - self._own[self._output]))
        return np.asarray(-shown[:, self._class])


def _fewest(
    data: Dataset,
    adapter: ModelAdapter,
    row: int,
    other: int,
    goal: _Goal,
    cancel: threading.Event | None,
) -> list[int] | None:
    """Columns to take over: the most helpful one, again and again, and then without those not needed."""

    def ask(sets: Sequence[Sequence[int]]) -> np.ndarray:
        if cancel is not None and cancel.is_set():
            raise CancelledError("the search was cancelled")
        keep = np.ones((len(sets), data.n_columns), dtype=bool)
        for at, columns in enumerate(sets):
            keep[at, list(columns)] = False
        return adapter.predict(mix(data, row, data, other, keep))

    codes = data.take([row, other]).codes()
    # Levels beyond the listed ones share a code: they are told apart by their values.
    open_ = [j for j in range(data.n_columns) if not _same(data, codes, row, other, j)]
    if not open_ or not goal.reached(ask([open_]))[0]:
        return None
    taken: list[int] = []
    while True:
        answers = ask([[*taken, j] for j in open_])
        done = goal.reached(answers)
        best = int(np.argmax(np.where(done, np.inf, goal.progress(answers))))
        taken.append(open_.pop(best))
        if done[best]:
            break
        if not open_:
            return None
    for column in list(taken[:-1]):
        without = [j for j in taken if j != column]
        if goal.reached(ask([without]))[0]:
            taken = without
    return taken


def _same(data: Dataset, codes: np.ndarray, row: int, other: int, j: int) -> bool:
    one, two = codes[0, j], codes[1, j]
    if np.isnan(one) or np.isnan(two):
        return bool(np.isnan(one) and np.isnan(two))
    if one == two == -1:
        return bool(data.value(row, j) == data.value(other, j))
    return bool(one == two)


def _rows_looked_at(n: int, row: int) -> np.ndarray:
    if n <= _MOST_ROWS:
        return np.arange(n)
    return np.union1d(np.linspace(0, n - 1, _MOST_ROWS).astype(np.intp), [row])


def _travelling(data: Dataset, row: int, j: int) -> Any:
    """One value as the page takes it: numbers, labels, booleans, ISO dates, None."""
    column: ColumnSchema = data.schema[j]
    code = float(data.take([row]).column_codes(j)[0])
    if np.isnan(code):
        return None
    if column.kind == "boolean":
        return bool(code)
    if column.is_discrete:
        return column.label(int(code)) if code >= 0 else str(data.value(row, j))
    if column.kind == "datetime":
        return (datetime(1970, 1, 1) + timedelta(milliseconds=code)).isoformat()
    return int(code) if column.kind == "integer" else code
