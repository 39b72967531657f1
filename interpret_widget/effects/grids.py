"""The values at which an effect is asked for: values that rows of the data have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import Dataset


@dataclass(frozen=True, eq=False)
class Grid:
    """Values of one column.

    Attributes
    ----------
    column : int
        Position of the column.
    givers : Dataset
        Table whose rows have the values.
    rows : ndarray of int (n_grid,)
        The row of ``givers`` for each value.
    codes : ndarray (n_grid,)
        Numbers, milliseconds since 1970, or codes of levels; NaN for missing.
    labels : tuple of str
        For people.
    is_discrete : bool
        Levels rather than numbers.
    """

    column: int
    givers: Dataset
    rows: np.ndarray
    codes: np.ndarray
    labels: tuple[str, ...]
    is_discrete: bool

    def __len__(self) -> int:
        return len(self.rows)

    def counts(self, codes: np.ndarray) -> np.ndarray:
        """How many rows of a column of codes are nearest to each value (n_grid,)."""
        return np.bincount(self.nearest(codes), minlength=len(self) + 1)[: len(self)]

    def nearest(self, codes: np.ndarray) -> np.ndarray:
        """The value nearest to each row; ``len(self)`` where there is none (n_rows,)."""
        none = len(self)
        if self.is_discrete:
            match = (codes[:, None] == self.codes) | (np.isnan(codes)[:, None] & np.isnan(self.codes))
            return np.where(match.any(axis=1), match.argmax(axis=1), none)
        edges = (self.codes[1:] + self.codes[:-1]) / 2
        return np.where(np.isnan(codes), none, np.searchsorted(edges, codes))


def grid_of(
    data: Dataset,
    feature: Any,
    resolution: int,
    percentiles: tuple[float, float],
    given: Sequence[Any] | None,
) -> Grid:
    """Choose values of a column.

    Parameters
    ----------
    data : Dataset
    feature : str or int
    resolution : int
        Most values: all distinct ones where they are few, else those at even quantiles.
    percentiles : (float, float)
        Shares of the rows that numbers may lie below and above the grid.
    given : sequence, optional
        These values instead.
    """
    at = data.schema.position(feature)
    column = data.schema[at]
    if given is not None:
        return _given(data, at, given)
    codes = data.column_codes(at)
    if column.is_discrete:
        return _levels(data, at, codes, resolution)
    finite = np.flatnonzero(np.isfinite(codes))
    if not len(finite):
        raise InvalidInputError(f"features: {column.name!r} has no values; choose another column")
    order = finite[np.argsort(codes[finite], kind="stable")]
    low, high = (round(share * (len(order) - 1)) for share in percentiles)
    inside = order[low : high + 1]
    distinct, first = np.unique(codes[inside], return_index=True)
    if len(distinct) > resolution:
        spread = np.linspace(0, len(inside) - 1, resolution).round().astype(np.intp)
        distinct, kept = np.unique(codes[inside[spread]], return_index=True)
        first = spread[kept]
    return _of_rows(data, at, inside[first])


def _levels(data: Dataset, at: int, codes: np.ndarray, resolution: int) -> Grid:
    missing = np.isnan(codes)
    levels, first, counts = np.unique(codes[~missing], return_index=True, return_counts=True)
    rows = np.flatnonzero(~missing)[first]
    if len(levels) > resolution:
        rows = rows[np.sort(np.argsort(-counts, kind="stable")[:resolution])]
    if missing.any():
        rows = np.append(rows, np.flatnonzero(missing)[0])
    if not len(rows):
        raise InvalidInputError(f"features: {data.names[at]!r} has no values; choose another column")
    return _of_rows(data, at, rows)


def _of_rows(data: Dataset, at: int, rows: np.ndarray) -> Grid:
    codes = data.column_codes(at)[rows]
    labels = tuple(
        "missing" if np.isnan(code) else data.text(int(row), at)
        for row, code in zip(rows, codes, strict=True)
    )
    return Grid(at, data, rows, codes, labels, data.schema[at].is_discrete)


def _given(data: Dataset, at: int, given: Sequence[Any]) -> Grid:
    values = list(given)
    if not values:
        raise InvalidInputError("grid is empty; give at least one value, or None to have them chosen")
    givers = data.varied(0, at, values)
    grid = _of_rows(givers, at, np.arange(len(values)))
    if not grid.is_discrete:
        grid = _of_rows(givers, at, np.argsort(grid.codes, kind="stable"))
    return grid
