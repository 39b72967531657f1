"""A table of any library with one face: names, kinds, codes, edits; the user's object stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError

from .editing import coerce, is_missing
from .reading import Reading, read
from .schema import Schema
from .tables import Table, as_table
from .text import MISSING_TEXT, number_text, row_label, stamp_text


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows and columns as the model takes them, described for people.

    Build one with `Dataset.of`.

    Attributes
    ----------
    native : pandas.DataFrame, polars.DataFrame, pyarrow.Table, numpy.ndarray or scipy.sparse matrix
        What the model is given; types, dtypes and original column names are the user's.
    schema : Schema
        Name, kind, categories and range of every column. Rows taken from a data set keep its schema.
    index : ndarray (n_rows,)
        Row labels; 0, 1, … where the library has none.
    """

    native: Any
    schema: Schema
    index: np.ndarray
    _table: Table = field(repr=False)
    _readings: dict[int, Reading] = field(default_factory=dict, repr=False)
    _codes: list[np.ndarray] = field(default_factory=list, repr=False)

    @classmethod
    def of(cls, X: Any, *, feature_names: Sequence[Any] | None = None, like: Schema | None = None) -> Dataset:
        """Describe a table.

        Parameters
        ----------
        X : DataFrame, Table, ndarray (n_rows, n_columns), sparse matrix or Dataset
            The rows.
        feature_names : sequence of str, optional
            Names for people where the table has none (or others); the model still gets the table's own.
        like : Schema, optional
            Read the columns in the codes of this schema instead of finding kinds and categories anew.

        Raises
        ------
        InvalidInputError
            Not a table, names given twice, a wrong number of names, columns other than those of ``like``, or
            of a type that holds neither numbers nor words.
        """
        table = X._table if isinstance(X, Dataset) else as_table(X)
        names = X.names if isinstance(X, Dataset) else table.names
        if feature_names is not None:
            names = _renamed(table, names, feature_names)
        if like is not None:
            if like.names != names:
                _refuse_columns(names, like.names)
            return cls(table.native, like, X.index if isinstance(X, Dataset) else table.index(), table)
        if isinstance(X, Dataset) and names == X.names:
            return X
        readings = {position: _read(table, position, name) for position, name in enumerate(names)}
        schema = Schema(tuple(reading.schema for reading in readings.values()))
        return cls(table.native, schema, table.index(), table, readings)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.index)

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return len(self.schema)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names as text."""
        return self.schema.names

    def __len__(self) -> int:
        return self.n_rows

    def take(self, positions: Any) -> Dataset:
        """Rows by position (or a boolean mask), in that order, with the same schema."""
        chosen = np.asarray(positions)
        if chosen.ndim != 1:
            chosen = np.atleast_1d(chosen).ravel()
        if chosen.dtype == bool:
            if len(chosen) != self.n_rows:
                raise InvalidInputError(
                    f"positions is a mask of {len(chosen)} entries for {self.n_rows} rows"
                )
            chosen = np.flatnonzero(chosen)
        chosen = chosen.astype(np.intp, copy=False)
        if chosen.size and not (chosen.min() >= 0 and chosen.max() < self.n_rows):
            worst = chosen.min() if chosen.min() < 0 else chosen.max()
            raise InvalidInputError(f"row {worst} is out of range; the data has rows 0 to {self.n_rows - 1}")
        return self._with(self._table.take(chosen), self.index[chosen])

    def _with(self, native: Any, index: np.ndarray) -> Dataset:
        table = self._table.again(native)
        return Dataset(native, self.schema, index, table)

    def _reading(self, position: int) -> Reading:
        reading = self._readings.get(position)
        if reading is None:
            column = self.schema.columns[position]
            reading = read(self._table.series(position), column.name, column.dtype, column)
            self._readings[position] = reading
        return reading

    def column(self, which: int | str) -> np.ndarray:
        """Values of one column (n_rows,).

        Returns
        -------
        ndarray
            Numbers as int or float (missing = NaN), datetimes as datetime64[ms] in UTC (missing = NaT),
            everything else as objects (missing = None).
        """
        position = self.schema.position(which)
        kind = self.schema.columns[position].kind
        if kind in ("numeric", "integer"):
            return self._reading(position).compact
        if kind == "datetime":
            ms = self.column_codes(position)
            out = np.where(np.isnan(ms), 0, ms).astype("int64").astype("datetime64[ms]")
            out[np.isnan(ms)] = np.datetime64("NaT")
            return out
        series = self._table.series(position)
        values: np.ndarray = series.to_numpy(dtype=object).copy()
        values[series.isna().to_numpy(dtype=bool)] = None
        return values

    def column_codes(self, which: int | str) -> np.ndarray:
        """Codes of one column as float64 (n_rows,); see `codes`."""
        return self._reading(self.schema.position(which)).as_floats()

    def codes(self) -> np.ndarray:
        """All columns as numbers.

        Returns
        -------
        ndarray of float64 (n_rows, n_columns)
            The number, the category's code or milliseconds since 1970; NaN missing, -1 a level that the
            schema does not list. Computed once; do not write into it.
        """
        if not self._codes:
            out = np.empty((self.n_rows, self.n_columns), order="F")
            for position in range(self.n_columns):
                out[:, position] = self.column_codes(position)
            out.setflags(write=False)
            self._codes.append(out)
        return self._codes[0]

    def value(self, position: int, which: int | str) -> Any:
        """One cell as a Python value; None where missing."""
        column = self.schema.position(which)
        cell = self.take([position])._table.series(column).iloc[0]
        if is_missing(cell):
            return None
        return cell.item() if isinstance(cell, np.generic) else cell

    def text(self, position: int, which: int | str) -> str:
        """One cell for people; "missing" where there is none."""
        column = self.schema[which]
        if column.kind in ("numeric", "integer", "datetime"):
            j = self.schema.position(which)
            known = self._readings.get(j)
            row = self if known is not None else self.take([position])
            code = float(row._reading(j).compact[position if known is not None else 0])
            return stamp_text(code) if column.kind == "datetime" else number_text(code)
        value = self.value(position, which)
        return MISSING_TEXT if value is None else str(value)

    def labels(self, positions: Any = None) -> list[str]:
        """Labels of the rows as text."""
        chosen = self.index if positions is None else self.index[np.asarray(positions)]
        return [row_label(label) for label in chosen]

    def record(self, position: int) -> dict[str, Any]:
        """One row as a dict of Python values by name; None where missing."""
        row = self.take([position])
        return {name: row.value(0, j) for j, name in enumerate(self.names)}

    def edited(self, position: int, edits: Mapping[str, Any]) -> Dataset:
        """One row with some of its values replaced, every dtype kept.

        Parameters
        ----------
        position : int
            The row.
        edits : mapping of str to number, str, bool or None
            New values by column name; category labels and ISO datetimes as text, None for missing.

        Returns
        -------
        Dataset
            One row.

        Raises
        ------
        InvalidEditError
            A value that the column cannot hold; ``feature`` and ``reason`` say which and why.
        """
        row = self.take([position])
        table = row._table
        for name, value in edits.items():
            j = self.schema.position(name)
            stored = coerce(value, self.schema.columns[j], self._table.rules(j))
            table = table.again(table.replaced(j, [stored]))
        return Dataset(table.native, self.schema, row.index, table)

    def varied(self, position: int, column: int | str, values: Sequence[Any] | np.ndarray) -> Dataset:
        """The row repeated with one column replaced, as an individual conditional expectation needs it.

        Parameters
        ----------
        position : int
            The row.
        column : int or str
            The column that varies.
        values : sequence (n,)
            Its values, as `edited` takes them; datetimes may also be milliseconds since 1970.

        Returns
        -------
        Dataset
            n rows.
        """
        j = self.schema.position(column)
        rules = self._table.rules(j)
        stored = [coerce(value, self.schema.columns[j], rules) for value in values]
        repeated = self.take(np.full(len(stored), position))
        return self._with(repeated._table.replaced(j, stored), repeated.index)


def _read(table: Table, position: int, name: str) -> Reading:
    dtype = table.dtype(position)
    try:
        return read(table.series(position), name, dtype)
    except InvalidInputError:
        raise
    except Exception as error:  # whatever a library raises for its lists, structs and wide integers
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidInputError(
            f"column {name!r} of type {dtype} cannot be read ({said}); "
            "turn it into numbers or text, or leave it out"
        ) from error


def _renamed(table: Table, own: tuple[str, ...], feature_names: Sequence[Any]) -> tuple[str, ...]:
    from .tables import ArrayTable, SparseTable, _texts

    names = _texts(list(feature_names))
    if len(names) != len(own):
        raise InvalidInputError(f"feature_names has {len(names)} names, but X has {len(own)} columns")
    has_own = not isinstance(table, (ArrayTable, SparseTable))
    if has_own and names != own and set(names) == set(own):
        first = next(j for j in range(len(own)) if own[j] != names[j])
        raise InvalidInputError(
            f"feature_names has the names of X in another order (column {first} is {own[first]!r}, "
            f"named {names[first]!r}); "
            "give them in the order of X's columns, or leave them out"
        )
    return names


def _refuse_columns(names: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    absent = [name for name in wanted if name not in set(names)]
    extra = [name for name in names if name not in set(wanted)]
    if absent or extra:
        said = [f"lacks {', '.join(absent[:5])}"] if absent else []
        said += [f"has {', '.join(extra[:5])} besides"] if extra else []
        raise InvalidInputError(f"X {' and '.join(said)}; it needs the columns {', '.join(wanted[:20])}")
    raise InvalidInputError(f"X has its columns in another order; reorder them as {', '.join(wanted[:20])}")
