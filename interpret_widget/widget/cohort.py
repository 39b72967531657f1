"""Conditions on columns, and the rows that meet them all; ``js/src/cohort.ts`` has the same rules.

A missing value meets no condition. Ranges include both ends; dates are milliseconds since 1970 (UTC).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.explanation import Explanation
from interpret_widget.tabular import ColumnSchema, Dataset

_KEYS = ("feature", "min", "max", "values")


def tables_of(explanation: Explanation) -> list[Dataset]:
    """The columns that conditions may name: the user's, then the estimator's."""
    engineered = explanation.engineered
    return [explanation.data] if engineered is None else [explanation.data, engineered.data]


def check_conditions(tables: Sequence[Dataset], conditions: Sequence[Mapping[str, Any]]) -> None:
    """Refuse conditions that no row could be judged by.

    Raises
    ------
    InvalidInputError
        Names the condition, what is wrong with it and how to write it.
    """
    for condition in conditions:
        if not isinstance(condition, Mapping) or "feature" not in condition:
            raise InvalidInputError(
                f'{condition!r} is not a condition; write {{"feature": "Age", "min": 30, "max": 40}} or '
                '{"feature": "JobRole", "values": ["Manager"]}'
            )
        unknown = sorted(map(str, set(condition) - set(_KEYS)))
        if unknown:
            raise InvalidInputError(
                f"{', '.join(map(repr, unknown))} in the condition on {condition['feature']!r} is not known; "
                f"it takes {', '.join(_KEYS)}"
            )
        column = _column(tables, condition["feature"])
        if "values" in condition:
            _check_values(column, condition["values"])
        low, high = (_bound(column, condition, end) for end in ("min", "max"))
        if low is not None and high is not None and low > high:
            raise InvalidInputError(f"the condition on {column.name!r} has min={low:g} above max={high:g}")


def mask(tables: Sequence[Dataset], conditions: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Which rows meet all (checked) conditions, as bool (n_rows,)."""
    keep = np.ones(tables[0].n_rows, dtype=bool)
    for condition in conditions:
        name = str(condition["feature"])
        data = next(table for table in tables if name in table.names)
        column, codes = data.schema[name], data.column_codes(name)
        keep &= ~np.isnan(codes)
        if condition.get("values") is not None:
            keep &= _has_one_of(column, codes, list(condition["values"]))
        if condition.get("min") is not None:
            keep &= codes >= float(condition["min"])
        if condition.get("max") is not None:
            keep &= codes <= float(condition["max"])
    return keep


def _has_one_of(column: ColumnSchema, codes: np.ndarray, values: Sequence[Any]) -> np.ndarray:
    if column.is_discrete:
        wanted = [float(column.code_of_label[str(value)]) for value in values]
    else:
        wanted = [float(value) for value in values]
    return np.isin(codes, wanted)


def _column(tables: Sequence[Dataset], name: Any) -> ColumnSchema:
    for table in tables:
        if name in table.names:
            return table.schema[str(name)]
    names = tables[0].names
    near = difflib.get_close_matches(str(name), names, n=3) or list(names[:5])
    raise InvalidInputError(f"{name!r} is not a feature; did you mean {', '.join(map(repr, near))}?")


def _check_values(column: ColumnSchema, values: Any) -> None:
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise InvalidInputError(f"values={values!r} of the condition on {column.name!r} is not a list")
    for value in values:
        known = str(value) in column.code_of_label if column.is_discrete else _is_number(value)
        if not known:
            some = ", ".join(column.labels[:8]) if column.is_discrete else "numbers"
            raise InvalidInputError(f"{value!r} is not a value of {column.name!r}; it has {some}")


def _bound(column: ColumnSchema, condition: Mapping[str, Any], end: str) -> float | None:
    value = condition.get(end)
    if value is None:
        return None
    if not _is_number(value):
        raise InvalidInputError(f"{end}={value!r} of the condition on {column.name!r} is not a number")
    if column.kind in ("categorical", "text"):
        raise InvalidInputError(
            f"{column.name!r} has levels and no {end}; use values=[…] with {', '.join(column.labels[:5])}"
        )
    return float(value)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, Real) and value == value
