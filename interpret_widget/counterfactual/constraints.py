"""What may change, and to which values: the user's wishes, checked, over what occurs in the data."""

from __future__ import annotations

import math
import numbers
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import ColumnSchema, Dataset

_VALUES = 32  # of a number that are tried before the best is brought nearer to the row's own
_ALL_VALUES = 64  # integers with no more values than this are tried one by one
_DAY = 86_400_000.0


@dataclass(frozen=True)
class Constraints:
    """Per column, by position.

    Attributes
    ----------
    fixed : frozenset of int
    is_only : bool
        Whether ``fixed`` is what ``only`` left out.
    ranges : mapping of int to (low, high)
    levels : mapping of int to frozenset of int
        Codes that are allowed.
    directions : mapping of int to 1 or -1
    max_changes : int or None
    """

    names: tuple[str, ...]
    fixed: frozenset[int]
    is_only: bool
    ranges: Mapping[int, tuple[float, float]]
    levels: Mapping[int, frozenset[int]]
    directions: Mapping[int, int]
    max_changes: int | None

    def loosened(self) -> Iterator[tuple[str, Constraints]]:
        """Each constraint by its name, and what is left without it."""
        if self.max_changes is not None:
            yield f"max_changes={self.max_changes}", replace(self, max_changes=None)
        if self.is_only:
            yield "only", replace(self, fixed=frozenset())
        else:
            for j in sorted(self.fixed):
                yield f"fixed: {self.names[j]}", replace(self, fixed=self.fixed - {j})
        for j in self.ranges:
            yield f"ranges: {self.names[j]}", replace(self, ranges=_but(self.ranges, j))
        for j in self.levels:
            yield f"ranges: {self.names[j]}", replace(self, levels=_but(self.levels, j))
        for j in self.directions:
            yield f"directions: {self.names[j]}", replace(self, directions=_but(self.directions, j))


@dataclass(frozen=True, eq=False)
class Column:
    """What one column may become.

    Attributes
    ----------
    position : int
    values : ndarray
        Codes to try, increasing, without the row's own.
    step : float or None
        Numbers are multiples of it; None for levels.
    low, high : float
    """

    position: int
    values: np.ndarray
    step: float | None
    low: float
    high: float

    def rounded(self, values: np.ndarray) -> np.ndarray:
        """Multiples of the step."""
        assert self.step is not None
        return _multiples(np.round(values / self.step), self.step)


def _multiples(counts: np.ndarray, step: float) -> np.ndarray:
    # 3 * 0.1 is not 0.3.
    digits = max(0, -math.floor(math.log10(step)))
    return np.round(counts * step, digits) + 0.0


def read_constraints(
    data: Dataset,
    *,
    fixed: Sequence[str],
    only: Sequence[str] | None,
    ranges: Mapping[str, Any] | None,
    directions: Mapping[str, str] | None,
    max_changes: int | None,
) -> Constraints:
    """Check the user's wishes.

    Raises
    ------
    InvalidInputError
        Unknown features, empty ranges, wishes that contradict each other.
    """
    held = frozenset(_positions(data, "fixed", fixed))
    if only is not None:
        chosen = frozenset(_positions(data, "only", only))
        if not chosen:
            raise InvalidInputError("only=[] lets nothing change; name the features that may")
        both = sorted(held & chosen)
        if both:
            raise InvalidInputError(
                f"fixed and only both name {data.names[both[0]]!r}; leave it out of one of them"
            )
        held = frozenset(range(data.n_columns)) - chosen
    if len(held) == data.n_columns:
        raise InvalidInputError("fixed names every feature; leave out those that may change")
    spans: dict[int, tuple[float, float]] = {}
    levels: dict[int, frozenset[int]] = {}
    for j, given in _items(data, "ranges", ranges):
        if data.schema.columns[j].is_discrete:
            levels[j] = _levels(data.schema.columns[j], given)
        else:
            spans[j] = _span(data, j, given)
    ways: dict[int, int] = {}
    for j, given in _items(data, "directions", directions):
        column = data.schema.columns[j]
        if given not in ("up", "down"):
            raise InvalidInputError(f'directions[{column.name!r}]={given!r} is neither "up" nor "down"')
        if column.is_discrete and not column.ordered and column.kind != "boolean":
            raise InvalidInputError(
                f"directions[{column.name!r}]={given!r}: its levels have no order; use ranges"
            )
        ways[j] = 1 if given == "up" else -1
    if max_changes is not None:
        whole_number("max_changes", max_changes)
    return Constraints(data.names, held, only is not None, spans, levels, ways, max_changes)


def columns_of(data: Dataset, own: np.ndarray, constraints: Constraints) -> tuple[list[Column], list[str]]:
    """Columns that may change, and remarks for people.

    Parameters
    ----------
    data : Dataset
        Whose values occur.
    own : ndarray (n_columns,)
        Codes of the row.
    constraints : Constraints
    """
    columns: list[Column] = []
    notes: list[str] = []
    for j, schema in enumerate(data.schema):
        if j in constraints.fixed:
            continue
        codes = data.column_codes(j)
        known = np.unique(codes[np.isfinite(codes)])
        way = constraints.directions.get(j)
        if way is not None and np.isnan(own[j]):
            notes.append(f"{schema.name} is missing in the row, so that it cannot go up or down: it stays")
            continue
        if schema.is_discrete:
            column = _level_column(j, known, constraints.levels.get(j))
        else:
            column = _number_column(j, schema, known, constraints.ranges.get(j))
        if j in constraints.ranges and not constraints.ranges[j][0] <= own[j] <= constraints.ranges[j][1]:
            notes.append(f"the row's own {schema.name} lies outside of ranges: it stays, or goes inside")
        values = column.values[column.values != own[j]]
        if way is not None:
            values = values[(values - own[j]) * way > 0]
        if len(values):
            columns.append(replace(column, values=values))
    return columns, notes


def _level_column(j: int, known: np.ndarray, allowed: frozenset[int] | None) -> Column:
    levels = known[known >= 0]
    if allowed is not None:
        levels = np.array([code for code in levels if int(code) in allowed], dtype=np.float64)
    return Column(j, levels, None, -np.inf, np.inf)


def _number_column(
    j: int, schema: ColumnSchema, known: np.ndarray, given: tuple[float, float] | None
) -> Column:
    if len(known) == 0:
        return Column(j, known, 1.0, 0.0, 0.0)
    low, high = float(known[0]), float(known[-1])
    if given is not None:
        # An open end is that of the data.
        low = given[0] if np.isfinite(given[0]) else low
        high = given[1] if np.isfinite(given[1]) else high
    step = _step(schema, known)
    column = Column(j, known, step, low, high)
    values = known[(known >= low) & (known <= high)]
    most = _ALL_VALUES if step >= 1 else _VALUES
    if len(values) > most:
        values = values[np.unique(np.linspace(0, len(values) - 1, _VALUES).round().astype(np.intp))]
    if given is not None and low <= high:
        extra = column.rounded(np.linspace(low, high, 9))
        values = np.union1d(values, extra[(extra >= low) & (extra <= high)])
    return replace(column, values=values)


def _step(schema: ColumnSchema, known: np.ndarray) -> float:
    """The unit in which the column is written down: 1, 0.01, a day; else a thousandth of its range."""
    if schema.kind == "integer":
        return 1.0
    if schema.kind == "datetime":
        return next((unit for unit in (_DAY, 1000.0) if np.all(known % unit == 0)), 1.0)
    slack = 1e-6 if "32" in schema.dtype or "16" in schema.dtype else 1e-12
    for digits in range(7):
        if np.all(np.abs(known - np.round(known, digits)) <= slack * np.maximum(1.0, np.abs(known))):
            return float(10.0**-digits)
    return float(10.0 ** math.floor(math.log10(np.ptp(known) / 1000 or 1e-6)))


def _span(data: Dataset, j: int, given: Any) -> tuple[float, float]:
    name = data.names[j]
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != 2:
        raise InvalidInputError(f"ranges[{name!r}]={given!r} is not (low, high)")
    ends = []
    for end, open_ in zip(given, (-np.inf, np.inf), strict=True):
        if end is None:
            ends.append(open_)
        elif data.schema.columns[j].kind == "datetime":
            ends.append(float(data.varied(0, j, [end]).column_codes(j)[0]))
        elif isinstance(end, numbers.Real) and not isinstance(end, bool) and not np.isnan(float(end)):
            ends.append(float(end))
        else:
            raise InvalidInputError(f"ranges[{name!r}]={given!r} is not (low, high) in numbers; None is open")
    if ends[0] > ends[1]:
        raise InvalidInputError(f"ranges[{name!r}]={given!r} is empty; give low <= high")
    return ends[0], ends[1]


def _levels(column: ColumnSchema, given: Any) -> frozenset[int]:
    if isinstance(given, str) or not isinstance(given, Collection) or not given:
        raise InvalidInputError(f"ranges[{column.name!r}]={given!r} is not a list of levels")
    codes = []
    for level in given:
        found = [k for k, known in enumerate(column.categories or ()) if known == level]
        code = found[0] if found else column.code_of_label.get(str(level))
        if code is None:
            listed = ", ".join(column.labels[:20])
            raise InvalidInputError(
                f"ranges[{column.name!r}] has {level!r}, which is no level of it; it has {listed}"
            )
        codes.append(code)
    return frozenset(codes)


def _positions(data: Dataset, argument: str, given: Sequence[str]) -> list[int]:
    if isinstance(given, str):
        raise InvalidInputError(f"{argument}={given!r} is one text; give a list: [{given!r}]")
    return [_position(data, argument, name) for name in given]


def _items(data: Dataset, argument: str, given: Mapping[str, Any] | None) -> list[tuple[int, Any]]:
    if given is None:
        return []
    if not isinstance(given, Mapping):
        raise InvalidInputError(f"{argument}={given!r} is not a dict by feature")
    return [(_position(data, argument, name), value) for name, value in given.items()]


def _position(data: Dataset, argument: str, name: Any) -> int:
    try:
        return data.schema.position(name)
    except InvalidInputError as error:
        raise InvalidInputError(f"{argument}: {error}") from None


def _but(items: Mapping[int, Any], j: int) -> dict[int, Any]:
    return {key: value for key, value in items.items() if key != j}
