"""Values worth trying when a transformation is probed: which rows, which values, in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError

from .dataset import Dataset
from .schema import ColumnSchema

_QUANTILES = 24
_GRID = 96
_LEVELS = 400
_PICK_ROWS = 4_096  # rows that quantiles are read from


@dataclass(frozen=True, eq=False)
class Trial:
    """Other values for one column of the sample: the cells of ``rows`` of ``source``."""

    column: int
    source: Dataset
    rows: np.ndarray  # (n_sample,)
    is_real: bool  # values of the data, against made-up ones that a transformation may refuse

    def halves(self) -> tuple[Trial, ...]:
        """Two trials with half of the values each; none where there is one value only."""
        values = np.unique(self.rows)
        if len(values) < 2:
            return ()
        parts = np.array_split(values, 2)
        return tuple(replace(self, rows=np.resize(part, len(self.rows))) for part in parts)


def varied_sample(data: Dataset, n: int, rng: np.random.Generator) -> np.ndarray:
    """Increasing positions of about n rows, half of them with unusual values, the rest at random."""
    chosen: dict[int, None] = {}
    rare = [_rows_of_values(data, position, rng)[:3].tolist() for position in range(data.n_columns)]
    for rank in range(3):
        for rows in rare:
            if rank < len(rows) and len(chosen) < n // 2:
                chosen[int(rows[rank])] = None
    for row in rng.permutation(data.n_rows)[:n].tolist():
        if len(chosen) >= n:
            break
        chosen[row] = None
    return np.sort(np.fromiter(chosen, dtype=np.intp))


def _rows_of_values(data: Dataset, position: int, rng: np.random.Generator) -> np.ndarray:
    """Rows that hold the distinct values of a column, unusual ones first (missing, ends, rare levels)."""
    codes = data.column_codes(position)
    column = data.schema.columns[position]
    missing = np.flatnonzero(np.isnan(codes))[:1]
    if column.is_discrete:
        known = np.where(np.isnan(codes), -2, codes).astype(np.intp)
        levels = known[known >= 0]
        n_levels = len(column.categories or ())
        first = np.full(n_levels, -1, dtype=np.intp)
        order = rng.permutation(len(known)) if len(known) <= _PICK_ROWS else np.arange(len(known))
        held = order[known[order] >= 0]
        first[known[held[::-1]]] = held[::-1]
        rare_first = np.argsort(np.bincount(levels, minlength=n_levels), kind="stable")
        found = first[rare_first]
        unlisted = np.flatnonzero(known == -1)[:8]
        return np.concatenate([missing, found[found >= 0], unlisted]).astype(np.intp)
    finite = np.flatnonzero(np.isfinite(codes))
    if finite.size == 0:
        return np.asarray(missing, dtype=np.intp)
    ends = [finite[codes[finite].argmin()], finite[codes[finite].argmax()]]
    some = finite if finite.size <= _PICK_ROWS else rng.choice(finite, _PICK_ROWS, replace=False)
    ranked = some[np.argsort(codes[some], kind="stable")]
    middle = ranked[np.linspace(0, len(ranked) - 1, min(_QUANTILES, len(ranked))).astype(np.intp)]
    rows = np.concatenate([missing, ends, middle]).astype(np.intp)
    _, unique = np.unique(codes[rows], return_index=True)
    return np.asarray(rows[np.sort(unique)])


def trials(
    data: Dataset, position: int, m: int, rng: np.random.Generator, harder: Sequence[list[Any]] | None
) -> Iterator[Trial]:
    """Trials of one column in a sample of m rows, those with values of the data first."""
    rows = _rows_of_values(data, position, rng)
    for dealt in _deals(len(rows), m, rng):
        yield Trial(position, data, rows[dealt], True)
    made_up = _made_up(data.schema.columns[position], len(rows) < 2, harder)
    # Missing values stand alone: many transformations refuse them, and would take the others down with them.
    for values in (made_up, [None] if made_up and not data.schema.columns[position].n_missing else []):
        source = _with_values(data, position, values)
        if source is not None:
            for dealt in _deals(source.n_rows, m, rng):
                yield Trial(position, source, dealt, False)


def _deals(n_values: int, m: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Ways to hand n values to m rows: all values to different rows, twice, and the first two values to
    every row.

    The same value everywhere finds outputs that need two rare values at once.
    """
    if n_values < 2:
        yield from [np.zeros(m, dtype=np.intp)] * n_values
        return
    for _ in range(2):
        order = rng.permutation(n_values)
        for start in range(0, n_values, m):
            yield np.resize(order[start : start + m], m)
    for value in range(min(2, n_values)):
        yield np.full(m, value, dtype=np.intp)


def _made_up(column: ColumnSchema, is_constant: bool, harder: Sequence[list[Any]] | None) -> list[Any]:
    """Values that the data does not hold."""
    if harder is None and not is_constant:
        return []
    if column.kind == "boolean":
        return [True, False]
    if column.is_discrete:
        own = set(column.categories or ())
        # An encoder's levels belong to the columns that share some of them.
        akin = [group for group in harder or () if own & set(group)] if own else list(harder or ())
        return list(dict.fromkeys([*own, *(value for group in akin for value in group)]))[:_LEVELS]
    low, high = column.minimum, column.maximum
    if low is None or high is None:
        low, high = 0.0, 1.0
    if column.kind == "datetime":
        day = 86_400_000.0
        return [*np.linspace(low - 400 * day, high + 400 * day, _GRID).round().tolist()]
    span = high - low if high > low else max(1.0, abs(high))
    values = [low - span, high + span, *np.linspace(low, high, _GRID).tolist(), 0.0, low + 1, low - 1]
    known = [value for group in harder or () for value in group if isinstance(value, float)]
    values += [value for value in known if np.isfinite(value)][:_LEVELS]
    return sorted({float(round(value)) for value in values}) if column.kind == "integer" else values


def _with_values(data: Dataset, position: int, values: list[Any]) -> Dataset | None:
    """Rows that hold those of the values that the column can hold."""
    from .editing import coerce

    if not values:
        return None
    rules = data._table.rules(position)
    column = data.schema.columns[position]
    usable = []
    for value in values:
        try:
            coerce(value, column, rules)
        except InvalidInputError:
            continue
        usable.append(value)
    return data.varied(0, position, usable) if usable else None


def harvested(transform: Any) -> list[list[Any]]:
    """Groups of values that fitted transformers remember: levels of encoders, numbers and mid-bins as floats.

    A level that the sample lacks can only be tried if somebody names it; the fitted encoder does.
    """
    groups: list[list[Any]] = []
    queue: list[Any] = [getattr(transform, "__self__", transform)]
    seen: set[int] = set()
    while queue and len(seen) < 2_000:
        thing = queue.pop(0)
        if id(thing) in seen or isinstance(thing, (str, bytes, int, float, np.ndarray, type)):
            continue
        seen.add(id(thing))
        if isinstance(thing, dict):
            queue.extend(thing.values())
        elif isinstance(thing, (list, tuple)):
            queue.extend(thing)
        elif hasattr(thing, "__dict__"):
            for name, held in vars(thing).items():
                if name == "categories_":
                    groups.extend(_plain_values(array) for array in held)
                elif name == "bin_edges_":
                    groups.extend(_plain_values((np.asarray(e)[1:] + np.asarray(e)[:-1]) / 2) for e in held)
                queue.append(held)
    return groups


def _plain_values(array: Any) -> list[Any]:
    values = np.atleast_1d(np.asarray(array, dtype=object)).tolist()
    return [
        float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
        for value in values
        if isinstance(value, (str, int, float))
    ]
