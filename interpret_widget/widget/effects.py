"""How the prediction moves with one feature: for this row (ICE), and on average (PDP).

Individual conditional expectation: Goldstein, Kapelner, Bleich, Pitkin 2015.
Partial dependence: Friedman 2001.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import CancelledError, InvalidInputError
from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Dataset, mix

_GRID = 40
_MOST_ASKED = 5_000
_MOST_ROWS = 100
_BATCH = 1_000


@dataclass(frozen=True, eq=False)
class Average:
    """Partial dependence of one feature on all outputs.

    Attributes
    ----------
    grid : ndarray (n_grid,)
        Numbers, milliseconds or codes.
    values : list
        The same as values that the column takes.
    mean : ndarray (n_grid, n_outputs)
    n_rows : int
        Rows averaged.
    """

    grid: np.ndarray
    values: list[Any]
    mean: np.ndarray
    n_rows: int


class Effects:
    """Curves of one model over one data set; averages are computed once.

    Parameters
    ----------
    adapter : ModelAdapter
    data : Dataset
        Rows averaged over, and where edited rows come from.
    random_state : int
        Seed of the rows averaged over.
    """

    def __init__(self, adapter: ModelAdapter, data: Dataset, random_state: int = 0) -> None:
        self._adapter = adapter
        self._data = data
        self._random_state = random_state
        self._averages: dict[str, Average] = {}

    def average(self, feature: str, token: threading.Event | None = None) -> Average:
        """Partial dependence; in display space (probabilities where the model has them)."""
        known = self._averages.get(feature)
        if known is not None:
            return known
        data = self._data
        grid, values = grid_of(data, feature)
        if not values:
            raise InvalidInputError(f"{feature} has no values to vary")
        n = min(data.n_rows, int(np.clip(_MOST_ASKED // len(values), 20, _MOST_ROWS)))
        drawn = np.random.default_rng(self._random_state).choice(data.n_rows, n, replace=False)
        rows = data.take(np.sort(drawn))
        varied = data.varied(int(drawn[0]), feature, values)
        mask = np.zeros((1, data.n_columns), dtype=bool)
        mask[0, data.schema.position(feature)] = True
        totals = np.zeros((len(values), self._adapter.n_outputs))
        step = max(1, _BATCH // n)
        for start in range(0, len(values), step):
            if token is not None and token.is_set():
                raise CancelledError("the curve was cancelled")
            part = np.arange(start, min(start + step, len(values)))
            m = len(part) * n
            front, back = np.repeat(part, n), np.tile(np.arange(n), len(part))
            asked = mix(varied, front, rows, back, np.broadcast_to(mask, (m, data.n_columns)))
            found = self._adapter.predict(asked)
            totals[part] = found.reshape(len(part), n, -1).mean(axis=1)
        average = Average(grid, values, totals, n)
        self._averages[feature] = average
        return average

    def of_row(self, row: Dataset, feature: str, average: Average) -> np.ndarray:
        """ICE of one row over the grid (n_grid, n_outputs)."""
        return self._adapter.predict(row.varied(0, feature, average.values))


def grid_of(data: Dataset, feature: str) -> tuple[np.ndarray, list[Any]]:
    """Where a curve is asked for: codes or numbers for the page, and the same as values of the column.

    Numbers: all of them where they are few, else evenly spaced over their range, whole where the column is.
    """
    column = data.schema[feature]
    codes = data.column_codes(feature)
    if column.is_discrete:
        listed = [code for code in range(len(column.labels)) if np.any(codes == code)]
        if len(listed) > _GRID:
            counts = np.bincount(codes[codes >= 0].astype(np.intp), minlength=len(column.labels))
            listed = sorted(np.argsort(-counts, kind="stable")[:_GRID].tolist())
        return np.asarray(listed, dtype=np.float64), [column.label(code) for code in listed]
    finite = codes[np.isfinite(codes)]
    if not finite.size:
        return np.empty(0), []
    low, high = float(finite.min()), float(finite.max())
    distinct = np.unique(finite[:: max(1, len(finite) // 10_000)])
    if len(distinct) <= _GRID and len(finite) <= 10_000:
        grid = distinct
    else:
        grid = np.linspace(low, high, _GRID)
        if column.kind == "integer" or np.all(finite == np.rint(finite)):
            # Columns of whole numbers stay whole, also where they are stored as floats.
            grid = np.unique(np.rint(grid))
    values = [int(number) for number in grid] if column.kind == "integer" else [float(x) for x in grid]
    return grid, values


def partial_dependence(
    effects: Effects,
    row: Dataset,
    feature: str,
    output: int,
    token: threading.Event | None = None,
) -> Mapping[str, Any]:
    """Both curves of one output, as the page takes them (seconds are added by the caller)."""
    average = effects.average(feature, token)
    if token is not None and token.is_set():
        raise CancelledError("the curve was cancelled")
    ice = effects.of_row(row, feature, average)
    return {
        "feature": feature,
        "grid": average.grid.tolist(),
        "ice": ice[:, output].tolist(),
        "pdp": average.mean[:, output].tolist(),
        "n_background": average.n_rows,
    }
