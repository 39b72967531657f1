"""Rows that come to be scored: checked against the columns that the model was explained with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from functools import cached_property
from numbers import Real
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular.schema import Kind
from interpret_widget.tabular.text import stamp_text

_FEW = 16  # rows below which cells are read one by one


@dataclass(frozen=True)
class InputColumn:
    """One column of the rows to score.

    Attributes
    ----------
    name : str
    kind : {"numeric", "integer", "boolean", "categorical", "datetime", "text"}
    dtype : str
        Of the rows that the explainer was made with.
    categories : tuple or None
        Their levels, for people; the model may know others.
    minimum, maximum : float or None
        Their range.
    has_missing : bool
        Whether some of them were missing.
    takes_missing : bool
        Whether the model takes a missing value.
    is_used : bool
        Whether the model looks at it; a column that it does not may be left out.
    """

    name: str
    kind: Kind
    dtype: str = "float64"
    categories: tuple[Any, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    has_missing: bool = False
    takes_missing: bool = True
    is_used: bool = True

    @property
    def is_number(self) -> bool:
        """Whether values are handled as numbers: dates as milliseconds, truth values as 0 and 1."""
        return self.kind in ("numeric", "integer", "boolean", "datetime")

    @property
    def example(self) -> str:
        """What the column has held, for messages."""
        if self.categories:
            shown = ", ".join(repr(each) for each in self.categories[:6])
            rest = len(self.categories) - 6
            return shown + (f" and {rest} more" if rest > 0 else "")
        if self.minimum is None or self.maximum is None:
            return "nothing"
        if self.kind == "datetime":
            return f"{stamp_text(self.minimum)} to {stamp_text(self.maximum)}"
        return f"{self.minimum:g} to {self.maximum:g}"

    def shown(self, number: float) -> Any:
        """A number as the value that it stands for; None where missing."""
        if math.isnan(number):
            return None
        if self.kind == "boolean":
            return bool(number)
        if self.kind == "datetime":
            return datetime.fromtimestamp(number / 1000, tz=timezone.utc).replace(tzinfo=None).isoformat()
        return int(number) if self.kind == "integer" and number.is_integer() else number


@dataclass(frozen=True, eq=False)
class Inputs:
    """Checked rows.

    Attributes
    ----------
    index : sequence (n_rows,)
        Their labels.
    numbers : ndarray of float64 (n_rows, n_columns)
        NaN where missing, and in columns of words.
    words : mapping of int to list (n_rows,)
        Columns of words by position; None where missing.
    """

    index: Sequence[Any]
    numbers: np.ndarray
    words: Mapping[int, list[Any]]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.numbers)

    def part(self, start: int, stop: int) -> Inputs:
        """Some of the rows."""
        words = {position: values[start:stop] for position, values in self.words.items()}
        return Inputs(self.index[start:stop], self.numbers[start:stop], words)


@dataclass(frozen=True)
class InputSchema:
    """The columns of rows to score, in order."""

    columns: tuple[InputColumn, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {name: position for position, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.columns)

    def __iter__(self) -> Iterator[InputColumn]:
        return iter(self.columns)

    def read(self, X: Any) -> Inputs:
        """Check rows.

        Parameters
        ----------
        X : DataFrame, list of dict, dict, Series, or array (n_rows, n_columns)
            Columns in any order where they have names.

        Raises
        ------
        InvalidInputError
            Columns that are missing or unknown, values of another type, missing values that the model does
            not take, no rows.
        """
        names, columns, index = _taken_apart(X, self.names)
        where = self._places(names)
        n = len(index)
        if n == 0:
            raise InvalidInputError("X has no rows; give at least one row to score")
        numbers = np.full((n, len(self)), np.nan)
        words: dict[int, list[Any]] = {}
        for position, column in enumerate(self.columns):
            place = where[position]
            cells = [None] * n if place < 0 else columns[place]
            if column.is_number:
                numbers[:, position] = _numbers(cells, column)
            else:
                words[position] = _words(cells, column)
        self._refuse_missing(numbers, words, index)
        return Inputs(index, numbers, words)

    def _places(self, names: tuple[str, ...]) -> list[int]:
        """Where each column of the schema is among the names given; -1 for one that may be left out."""
        if names == self.names:
            return list(range(len(names)))
        given = {name: place for place, name in enumerate(names)}
        absent = [each.name for each in self.columns if each.is_used and each.name not in given]
        if absent:
            raise InvalidInputError(_absent(absent, [each for each in names if each not in self._positions]))
        if len(given) < len(names):
            twice = next(each for place, each in enumerate(names) if given[each] != place)
            raise InvalidInputError(f"X has the column {twice!r} twice; leave one of them out")
        extra = [each for each in names if each not in self._positions]
        if extra:
            raise InvalidInputError(
                f"X has {_listed(extra)} that the model was not explained with; "
                f"leave {'it' if len(extra) == 1 else 'them'} out: X[list(scorer.schema.names)]"
            )
        return [given.get(name, -1) for name in self.names]

    def _refuse_missing(
        self, numbers: np.ndarray, words: Mapping[int, list[Any]], index: Sequence[Any]
    ) -> None:
        gaps = np.isnan(numbers)
        for position in np.flatnonzero(gaps.any(axis=0)).tolist():
            column = self.columns[position]
            if column.is_number and column.is_used and not column.takes_missing:
                raise _gap(column, index[int(np.argmax(gaps[:, position]))])
        for position, values in words.items():
            column = self.columns[position]
            if column.is_used and not column.takes_missing and None in values:
                raise _gap(column, index[values.index(None)])

    def value(self, inputs: Inputs, row: int, position: int) -> Any:
        """One cell as a Python value; None where missing."""
        if position in inputs.words:
            return inputs.words[position][row]
        return self.columns[position].shown(float(inputs.numbers[row, position]))


def _gap(column: InputColumn, row: Any) -> InvalidInputError:
    return InvalidInputError(
        f"column {column.name!r} is missing in row {row!r}, and the model takes no missing value there; "
        f"give one such as {column.example}"
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(each) for each in names[:5]) + (
        "" if len(names) <= 5 else f" and {len(names) - 5}"
    )
    return f"the column{'' if len(names) == 1 else 's'} {shown}{' more' if len(names) > 5 else ''}"


def _absent(absent: Sequence[str], extra: Sequence[str]) -> str:
    import difflib

    near = difflib.get_close_matches(absent[0], extra, n=1)
    hint = f"; is {near[0]!r} meant for {absent[0]!r}?" if near else "; the model needs it"
    return f"X lacks {_listed(absent)}{hint if len(absent) == 1 or near else '; the model needs them'}"


def _taken_apart(X: Any, own: tuple[str, ...]) -> tuple[tuple[str, ...], list[Any], Sequence[Any]]:
    """Names, columns and row labels."""
    if isinstance(X, Mapping):
        return tuple(map(str, X)), [[value] for value in X.values()], range(1)
    kind = type(X).__module__.partition(".")[0]
    if kind == "pandas" and X.ndim == 1:
        return tuple(map(str, X.index)), [[value] for value in X.tolist()], [X.name]
    if kind == "pandas":
        names = tuple(map(str, X.columns.tolist()))
        if len(X) == 1:  # the quickest way to its cells
            return names, [[value] for value in X.iloc[0].tolist()], X.index.tolist()
        if len(X) <= _FEW:
            cells = X.to_numpy(dtype=object)
            return names, list(cells.T.tolist()), X.index.tolist()
        return names, [X.iloc[:, place] for place in range(X.shape[1])], X.index.tolist()
    if hasattr(X, "to_pandas"):
        return _taken_apart(X.to_pandas(), own)
    if isinstance(X, (list, tuple)) and X and all(isinstance(row, Mapping) for row in X):
        first = tuple(X[0])
        for number, row in enumerate(X):
            if row.keys() != X[0].keys():
                strange = next(iter(row.keys() ^ X[0].keys()))
                raise InvalidInputError(
                    f"X[{number}] has other keys than X[0] ({strange!r}); give the same ones in every row, "
                    "None for what is missing"
                )
        return tuple(map(str, first)), [[row[name] for row in X] for name in first], range(len(X))
    array = np.asarray(X.toarray() if hasattr(X, "toarray") else X)
    if array.ndim != 2 or array.shape[1] != len(own):
        raise InvalidInputError(
            f"X is a {type(X).__name__} of shape {array.shape}; give a DataFrame, dicts, or an array of "
            f"{len(own)} columns in the order of scorer.schema.names"
        )
    return own, [array[:, place] for place in range(array.shape[1])], range(len(array))


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"


# -- numbers ---------------------------------------------------------------------------------------------


def _numbers(cells: Any, column: InputColumn) -> Any:
    if isinstance(cells, list):
        return _one_by_one(cells, column)
    dtype = cells.dtype
    if column.kind == "datetime":
        return _moments(cells, column)
    kind = getattr(dtype, "kind", "O")
    if kind in "iuf" or (kind == "b" and column.kind == "boolean"):
        values = _floats(cells)
        _refuse_strange(values, column)
        return values
    return _one_by_one(cells.tolist(), column)


def _floats(cells: Any) -> np.ndarray:
    if hasattr(cells, "iloc"):
        return np.asarray(cells.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.asarray(cells, dtype=np.float64)


def _refuse_strange(values: np.ndarray, column: InputColumn) -> None:
    if np.isinf(values).any():
        raise InvalidInputError(f"column {column.name!r} holds an infinite number; it had {column.example}")
    if column.kind == "boolean":
        strange = values[~np.isnan(values) & (values != 0) & (values != 1)]
        if strange.size:
            raise InvalidInputError(f"column {column.name!r} needs true or false, not {strange[0]:g}")


def _one_by_one(cells: list[Any], column: InputColumn) -> list[float]:
    read = _READERS[column.kind]
    return [read(value, column) for value in cells]


def _number(value: Any, column: InputColumn) -> float:
    kind = type(value)
    if kind is float or kind is int:
        number = float(value)
    elif _is_missing(value):
        return math.nan
    elif isinstance(value, (bool, np.bool_)) or not (isinstance(value, Real) or hasattr(value, "is_finite")):
        raise InvalidInputError(
            f"column {column.name!r} needs a number, not {value!r}; it had {column.example}"
        )
    else:
        number = float(value)
    if math.isinf(number):
        raise InvalidInputError(f"column {column.name!r} holds an infinite number; it had {column.example}")
    return number


def _truth(value: Any, column: InputColumn) -> float:
    if _is_missing(value):
        return math.nan
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, Real) and float(value) in (0.0, 1.0)):
        return float(value)
    raise InvalidInputError(f"column {column.name!r} needs true or false, not {value!r}")


def _moment(value: Any, column: InputColumn) -> float:
    if _is_missing(value):
        return math.nan
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        elif isinstance(value, np.datetime64):
            return float(value.astype("datetime64[ms]").astype(np.int64))
        elif isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)
        if isinstance(value, datetime):
            aware = value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)
            return aware.timestamp() * 1000
    except (ValueError, OverflowError):
        pass
    raise InvalidInputError(
        f"column {column.name!r} needs a date such as 2024-01-31, not {value!r}; it had {column.example}"
    )


def _moments(cells: Any, column: InputColumn) -> Any:
    if hasattr(cells, "iloc") and getattr(cells.dtype, "kind", "O") == "M":
        from interpret_widget.tabular.reading import milliseconds

        return milliseconds(cells)
    return _one_by_one(cells.tolist(), column)


_READERS = {
    "numeric": _number,
    "integer": _number,
    "boolean": _truth,
    "datetime": _moment,
}


# -- words -----------------------------------------------------------------------------------------------


def _words(cells: Any, column: InputColumn) -> list[Any]:
    values = cells if isinstance(cells, list) else cells.tolist()
    is_text = column.kind == "text" or all(isinstance(each, str) for each in column.categories or ())
    out: list[Any] = []
    for value in values:
        if type(value) is str:
            out.append(value)
        elif _is_missing(value):
            out.append(None)
        elif is_text and not isinstance(value, str):
            raise InvalidInputError(
                f"column {column.name!r} needs text, not {value!r}; it had {column.example}"
            )
        else:
            out.append(value.item() if isinstance(value, np.generic) else value)
    return out
