"""Rows on which arrays must give what the model gives: those of the background, and ones at its edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError, InvalidInputError
from interpret_widget.explainers.problem import Problem
from interpret_widget.models.feed import library
from interpret_widget.tabular import ColumnSchema, Dataset

_MOST_ROWS = 2_000
_MOST_COLUMNS = 300  # that are tried one by one
_MOST_LEVELS = 100
_STRANGE = "\u2063a level that nobody has seen\u2063"


@dataclass(frozen=True, eq=False)
class Probe:
    """Rows to try.

    Attributes
    ----------
    native : table
    what : str
        For people.
    is_strange : bool
        Whether arrays may refuse rows that the model takes.
    parts : tuple of Probe
        The rows one by one, where the model may refuse some of them.
    """

    native: Any
    what: str
    is_strange: bool = False
    parts: tuple[Probe, ...] = ()


def probes(data: Dataset) -> Iterator[Probe]:
    """Rows of the background; then one row with each of its columns at and beyond its edges."""
    n = data.n_rows
    rows = np.unique(np.linspace(0, n - 1, min(n, _MOST_ROWS)).astype(np.intp))
    yield Probe(data.take(rows).native, "a row of initialization_examples")
    for j in np.unique(np.linspace(0, data.n_columns - 1, min(data.n_columns, _MOST_COLUMNS)).astype(int)):
        column = data.schema.columns[j]
        single = []
        for value in _values(data, int(j)):
            try:
                varied = data.varied(0, int(j), [value])
            except InvalidInputError:
                continue  # its storage does not hold the value
            is_strange = value == _STRANGE or not _is_within(value, column)
            single.append((value, Probe(varied.native, f"{column.name!r} = {value!r}", is_strange)))
        if single:
            together = data.varied(0, int(j), [value for value, _ in single])
            yield Probe(together.native, f"{column.name!r}", parts=tuple(probe for _, probe in single))
        gap = with_gap(data, int(j))
        if gap is not None:
            yield Probe(gap, f"a missing {column.name!r}", True)
        strange = strange_row(data, int(j))
        if strange is not None:
            yield Probe(strange, f"an unknown level of {column.name!r}", True)


def _is_within(value: Any, column: ColumnSchema) -> bool:
    low, high = column.minimum, column.maximum
    return column.is_discrete or low is None or high is None or low <= value <= high


def _values(data: Dataset, j: int) -> list[Any]:
    column = data.schema.columns[j]
    if column.is_discrete:
        levels = list(column.categories or ())[:_MOST_LEVELS]
        return levels if column.kind == "boolean" else [*levels, _STRANGE]
    low, high = column.minimum, column.maximum
    if low is None or high is None or column.kind == "datetime":
        return []
    span = max(high - low, 1.0)
    ends = [low - span, low, (low + high) / 2, high, high + span, 0.0]
    return [float(round(each)) for each in ends] if column.kind == "integer" else ends


def level_values(data: Dataset, j: int) -> list[Any]:
    """Levels of a column whose dtype lists them; none of another."""
    levels = data._table.rules(j).levels
    return [] if levels is None else list(levels)


def strange_row(data: Dataset, j: int) -> Any:
    """The first row with a level that its dtype does not list; None where there is no such dtype."""
    native = data.native
    if library(native) != "pandas" or not level_values(data, j):
        return None
    import pandas as pd

    row = native.iloc[[0]].copy()
    levels = [*native.iloc[:, j].cat.categories, _STRANGE]
    row.isetitem(j, pd.Categorical([_STRANGE], categories=levels))
    return row


def with_gap(data: Dataset, j: int) -> Any:
    """The first row without one value, in a wider dtype where its own has no missing values; or None."""
    native = data.native
    if library(native) == "pandas":
        row = native.iloc[[0]].copy()
        if getattr(row.dtypes.iloc[j], "kind", "O") in "iub":
            row.isetitem(
                j, np.array([np.nan], dtype=np.float64 if row.dtypes.iloc[j].kind != "b" else object)
            )
            return row
    elif isinstance(native, np.ndarray) and native.dtype.kind in "iub":
        row = native[:1].astype(np.float64)
        row[0, j] = np.nan
        return row
    try:
        return data.varied(0, j, [None]).native
    except InvalidInputError:
        return None


def takes_missing(problem: Problem, j: int) -> bool:
    """Whether the model answers where a value is missing."""
    gap = with_gap(problem.background, j)
    if gap is None:
        return False
    try:
        problem.adapter.predict(gap)
    except InterpretWidgetError:
        return False
    return True
