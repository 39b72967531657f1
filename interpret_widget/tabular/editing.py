"""Turn what a person typed into a value that the column can hold, or say why it cannot."""

from __future__ import annotations

import math
import numbers
from datetime import date, datetime, timezone
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidEditError

from .schema import ColumnSchema
from .tables import Rules
from .text import number_text, stamp_text


def coerce(value: Any, column: ColumnSchema, rules: Rules) -> Any:
    """The value to store.

    Parameters
    ----------
    value : number, str, bool, datetime or None
        As it comes over the wire: category labels and datetimes are text, integers may arrive as ``3.0``;
        original values of the column are taken as well. None, NaN and NaT mean missing.
    column : ColumnSchema
        What the column is.
    rules : Rules
        What its storage allows.

    Raises
    ------
    InvalidEditError
        The reason is written for the person at the control.
    """
    if is_missing(value):
        if not rules.missing:
            raise InvalidEditError(
                column.name,
                f"cannot be missing; {column.dtype} has no missing value",
                f"the data has {_range(column)}",
            )
        return rules.marker
    if column.kind == "boolean":
        return _boolean(value, column)
    if column.kind in ("numeric", "integer"):
        return _number(value, column, rules)
    if column.kind == "datetime":
        return _stamp(value, column, rules)
    return _level(value, column, rules)


def is_missing(value: Any) -> bool:
    """None, NaN, NaT or pandas' NA."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # pandas.NA has no truth value, arrays have several
        return type(value).__name__ == "NAType"


def _range(column: ColumnSchema) -> str:
    if column.minimum is None or column.maximum is None:
        if column.categories:
            return _some(column.labels)
        return "no values here"
    show = stamp_text if column.kind == "datetime" else number_text
    return f"{show(column.minimum)} to {show(column.maximum)}"


def _some(labels: tuple[str, ...], most: int = 8) -> str:
    rest = len(labels) - most
    return ", ".join(labels[:most]) + (f" and {rest} more" if rest > 0 else "")


def _boolean(value: Any, column: ColumnSchema) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, numbers.Real) and float(value) in (0.0, 1.0):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise InvalidEditError(column.name, f"needs true or false, not {value!r}")


def _number(value: Any, column: ColumnSchema, rules: Rules) -> int | float:
    if (
        isinstance(value, (bool, np.bool_))
        or not isinstance(value, numbers.Number)
        or isinstance(value, complex)
    ):
        word = "a whole number" if column.kind == "integer" else "a number"
        raise InvalidEditError(column.name, f"needs {word}; the data has {_range(column)}")
    number: Any = value.item() if isinstance(value, np.generic) else value
    if not math.isfinite(number):
        raise InvalidEditError(column.name, f"needs a finite number; the data has {_range(column)}")
    if column.kind == "numeric" and rules.bounds is None:
        return float(number)
    if number != int(number):
        raise InvalidEditError(column.name, f"needs a whole number; the data has {_range(column)}")
    whole = int(number)
    if rules.bounds is not None and not rules.bounds[0] <= whole <= rules.bounds[1]:
        low, high = rules.bounds
        raise InvalidEditError(
            column.name, f"needs a number from {low} to {high}, which is what {column.dtype} can hold"
        )
    return whole


def _stamp(value: Any, column: ColumnSchema, rules: Rules) -> Any:
    import pandas as pd

    try:
        if isinstance(value, str):
            stamp = pd.Timestamp(datetime.fromisoformat(value.strip().replace("Z", "+00:00")))
        elif isinstance(value, (datetime, date, np.datetime64)):
            stamp = pd.Timestamp(value)
        elif isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_)):
            stamp = pd.Timestamp(datetime.fromtimestamp(float(value) / 1000, tz=timezone.utc))
        else:
            raise ValueError(value)
    except (ValueError, OverflowError, OSError):
        raise InvalidEditError(
            column.name, f"needs a date such as 2024-01-31; the data has {_range(column)}"
        ) from None
    if rules.timezone is None:
        return stamp if stamp.tzinfo is None else stamp.tz_convert("UTC").tz_localize(None)
    return stamp.tz_localize(rules.timezone) if stamp.tzinfo is None else stamp.tz_convert(rules.timezone)


def _level(value: Any, column: ColumnSchema, rules: Rules) -> Any:
    """A label maps back to its value; a new level is the model's business unless the dtype lists them all."""
    categories = column.categories or ()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str) and value in column.code_of_label:
        return categories[column.code_of_label[value]]
    known = rules.levels if rules.levels is not None else categories
    try:
        return known[known.index(value)]
    except (TypeError, ValueError):  # not one of them, or not comparable with them
        pass
    if rules.levels is not None:
        by_text = {str(level): level for level in rules.levels}  # beyond the levels that the schema lists
        if isinstance(value, str) and value in by_text:
            return by_text[value]
        raise InvalidEditError(column.name, f"needs one of {_some(tuple(by_text), 20)}")
    if not isinstance(value, str):
        raise InvalidEditError(column.name, f"needs text, such as {_some(column.labels, 3)}")
    if categories and not any(isinstance(level, str) for level in categories):
        raise InvalidEditError(column.name, f"needs one of {_some(column.labels, 20)}")
    return value
