# ruff: noqa: D102 - the methods of the subclasses are described in Table.
"""One face over the tables that users have: pandas, polars, pyarrow, numpy, scipy sparse.

A `Table` keeps the user's object and knows how to read a column, take rows and replace a column without
changing a dtype.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError


@dataclass(frozen=True)
class Rules:
    """What the storage of a column allows, whatever the model thinks of it."""

    missing: bool  # can hold a missing value
    bounds: tuple[int, int] | None = None  # of an integer dtype
    levels: tuple[Any, ...] | None = None  # of a dtype with a fixed list
    marker: Any = np.nan  # how this column writes "missing"
    timezone: Any = None


class Table(ABC):
    """A two-dimensional table of the user's own type."""

    def __init__(self, native: Any, names: Sequence[Any]) -> None:
        self.native = native
        self.names = _texts(names)

    def again(self, native: Any) -> Table:
        """Another table with these columns."""
        make: Any = type(self)
        table: Table = make(native)
        return table

    @property
    @abstractmethod
    def n_rows(self) -> int:
        """Number of rows."""

    def index(self) -> np.ndarray:
        """Labels of the rows."""
        return np.arange(self.n_rows)

    @abstractmethod
    def series(self, position: int) -> Any:
        """A column as a pandas Series, for reading."""

    @abstractmethod
    def dtype(self, position: int) -> str:
        """The dtype in the words of the user's library."""

    @abstractmethod
    def take(self, positions: np.ndarray) -> Any:
        """Rows by position, in the user's type."""

    @abstractmethod
    def replaced(self, position: int, values: list[Any]) -> Any:
        """The table with one column replaced by Python values, dtype kept."""

    @abstractmethod
    def borrowed(self, position: int, other: Any, rows: np.ndarray) -> Any:
        """The table with one column taken from these rows (n_rows,) of another of its kind, cell by cell."""

    @abstractmethod
    def rules(self, position: int) -> Rules:
        """What the column's storage allows."""


class PandasTable(Table):
    """A pandas DataFrame."""

    def __init__(self, native: Any) -> None:
        super().__init__(native, list(native.columns))

    @property
    def n_rows(self) -> int:
        return len(self.native)

    def index(self) -> np.ndarray:
        return np.asarray(self.native.index.to_numpy())

    def series(self, position: int) -> Any:
        return self.native.iloc[:, position]

    def dtype(self, position: int) -> str:
        return str(self.native.dtypes.iloc[position])

    def take(self, positions: np.ndarray) -> Any:
        return self.native.iloc[positions]

    def replaced(self, position: int, values: list[Any]) -> Any:
        import pandas as pd

        out = self.native.copy(deep=False)
        dtype = self.native.dtypes.iloc[position]
        out.isetitem(position, pd.Series(values, index=out.index, dtype=dtype))
        return out

    def borrowed(self, position: int, other: Any, rows: np.ndarray) -> Any:
        out = self.native.copy(deep=False)
        out.isetitem(position, other.native.iloc[:, position].array.take(rows))
        return out

    def rules(self, position: int) -> Rules:
        import pandas as pd

        dtype = self.native.dtypes.iloc[position]
        if isinstance(dtype, pd.CategoricalDtype):
            return Rules(True, levels=tuple(dtype.categories.tolist()))
        if isinstance(dtype, np.dtype):
            return _numpy_rules(dtype, self.series(position))
        bounds = None
        if pd.api.types.is_integer_dtype(dtype):
            bounds = _bounds(np.dtype(getattr(dtype, "numpy_dtype", np.int64)))
        return Rules(True, bounds, marker=dtype.na_value, timezone=getattr(dtype, "tz", None))


class FrameTable(Table):
    """A polars DataFrame or a pyarrow Table, read through narwhals."""

    def __init__(self, native: Any) -> None:
        import narwhals.stable.v1 as nw

        self.frame: Any = nw.from_native(native, eager_only=True)
        self._known_levels: dict[int, tuple[Any, ...]] = {}
        super().__init__(native, self.frame.columns)

    @property
    def n_rows(self) -> int:
        return len(self.frame)

    def series(self, position: int) -> Any:
        import pandas as pd
        import pyarrow as pa

        arrow = self.frame[self.frame.columns[position]].to_arrow()
        if pa.types.is_dictionary(arrow.type):
            return pd.Series(_categorical(arrow))
        if pa.types.is_date(arrow.type):
            arrow = arrow.cast(pa.timestamp("ms"))
        if pa.types.is_timestamp(arrow.type):
            return arrow.to_pandas()
        values = pa.chunked_array([arrow]) if isinstance(arrow, pa.Array) else arrow
        return pd.Series(pd.arrays.ArrowExtensionArray(values))

    def dtype(self, position: int) -> str:
        if self.is_polars:
            return str(self.native.dtypes[position])
        return str(self.native.schema.types[position])

    @property
    def is_polars(self) -> bool:
        """Polars, else pyarrow."""
        return type(self.native).__module__.split(".")[0] == "polars"

    def take(self, positions: np.ndarray) -> Any:
        return self.frame[positions].to_native()

    def replaced(self, position: int, values: list[Any]) -> Any:
        name = self.frame.columns[position]
        if self.is_polars:
            import polars as pl

            return self.native.with_columns(pl.Series(name, values, dtype=self.native.dtypes[position]))
        import pyarrow as pa

        kind = self.native.schema.types[position]
        if pa.types.is_dictionary(kind):
            column = pa.array(values, type=kind.value_type).dictionary_encode().cast(kind)
        else:
            column = pa.array(values, type=kind)
        return self.native.set_column(position, self.native.schema.field(position), column)

    def borrowed(self, position: int, other: Any, rows: np.ndarray) -> Any:
        name = self.frame.columns[position]
        if self.is_polars:
            return self.native.with_columns(other.native[name].gather(rows))
        column = other.native.column(position).take(rows)
        return self.native.set_column(position, self.native.schema.field(position), column)

    def rules(self, position: int) -> Rules:
        import narwhals.stable.v1 as nw

        kind = self.frame.schema[self.frame.columns[position]]
        bounds = None
        if str(kind) in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64"):
            bounds = _bounds(np.dtype(str(kind).lower()))
        levels = self._levels(position) if kind in (nw.Categorical, nw.Enum) else None
        return Rules(True, bounds, levels, None, getattr(kind, "time_zone", None))

    def _levels(self, position: int) -> tuple[Any, ...]:
        if position not in self._known_levels:
            self._known_levels[position] = tuple(self.series(position).cat.categories.tolist())
        return self._known_levels[position]


class ArrayTable(Table):
    """A two-dimensional numpy array."""

    def __init__(self, native: Any, names: Sequence[Any] | None = None) -> None:
        super().__init__(native, [f"x{j}" for j in range(native.shape[1])] if names is None else names)

    @property
    def n_rows(self) -> int:
        return int(self.native.shape[0])

    def series(self, position: int) -> Any:
        import pandas as pd

        column = self.native[:, position]
        return pd.Series(column.astype(object) if column.dtype.kind in "US" else column, copy=False)

    def dtype(self, position: int) -> str:
        return str(self.native.dtype)

    def take(self, positions: np.ndarray) -> Any:
        return self.native[positions]

    def replaced(self, position: int, values: list[Any]) -> Any:
        new = np.asarray(values, dtype=object if self.native.dtype == object else None)
        if self.native.dtype.kind == "U" and new.dtype.itemsize > self.native.dtype.itemsize:
            out = self.native.astype(new.dtype)  # numpy would cut a longer text silently
        else:
            out = self.native.copy()
        out[:, position] = new
        return out

    def borrowed(self, position: int, other: Any, rows: np.ndarray) -> Any:
        out = self.native.copy()
        out[:, position] = other.native[rows, position]
        return out

    def rules(self, position: int) -> Rules:
        return _numpy_rules(self.native.dtype, self.native[:, position])


class SparseTable(Table):
    """A scipy sparse matrix or array, kept as CSR."""

    def __init__(self, native: Any, names: Sequence[Any] | None = None) -> None:
        self._by_column: Any = None
        super().__init__(
            native.tocsr(), [f"x{j}" for j in range(native.shape[1])] if names is None else names
        )

    @property
    def n_rows(self) -> int:
        return int(self.native.shape[0])

    def series(self, position: int) -> Any:
        import pandas as pd

        if self._by_column is None:
            self._by_column = self.native.tocsc()
            self._by_column.sum_duplicates()
        csc = self._by_column
        column = np.zeros(self.n_rows, dtype=csc.dtype)
        part = slice(csc.indptr[position], csc.indptr[position + 1])
        column[csc.indices[part]] = csc.data[part]
        return pd.Series(column, copy=False)

    def dtype(self, position: int) -> str:
        return f"sparse {self.native.dtype}"

    def take(self, positions: np.ndarray) -> Any:
        return self.native[positions]

    def replaced(self, position: int, values: list[Any]) -> Any:
        from scipy import sparse

        column = np.asarray(values, dtype=self.native.dtype).reshape(-1, 1)
        parts = [self.native[:, :position], type(self.native)(column), self.native[:, position + 1 :]]
        return sparse.hstack([part for part in parts if part.shape[1]], format="csr", dtype=self.native.dtype)

    def borrowed(self, position: int, other: Any, rows: np.ndarray) -> Any:
        return self.replaced(position, other.series(position).to_numpy()[rows].tolist())

    def rules(self, position: int) -> Rules:
        return _numpy_rules(self.native.dtype, None)


def _categorical(arrow: Any) -> Any:
    """Dictionary-encoded Arrow values as a pandas Categorical, whatever integers encode them."""
    import pandas as pd
    import pyarrow as pa

    if isinstance(arrow, pa.ChunkedArray):
        arrow = arrow.unify_dictionaries().combine_chunks()
        if isinstance(arrow, pa.ChunkedArray):  # no rows, or too many for one chunk
            arrow = arrow.chunk(0) if arrow.num_chunks else pa.array([], type=arrow.type)
    codes = arrow.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    return pd.Categorical.from_codes(
        codes, categories=arrow.dictionary.to_pylist(), ordered=arrow.type.ordered
    )


def _numpy_rules(dtype: np.dtype[Any], values: Any) -> Rules:
    if dtype.kind in "iu":
        return Rules(False, _bounds(dtype))
    if dtype.kind in "bUS":
        return Rules(False)
    if dtype.kind == "M":
        return Rules(True, marker=np.datetime64("NaT"))
    if dtype.kind == "O" and values is not None:
        # None and NaN are different things to scikit-learn: write "missing" the way this column does already.
        return Rules(True, marker=next((v for v in values if v is None or v != v), np.nan))
    return Rules(True)


def _bounds(dtype: np.dtype[Any]) -> tuple[int, int]:
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def _texts(names: Sequence[Any]) -> tuple[str, ...]:
    texts = tuple(" / ".join(map(str, n)) if isinstance(n, tuple) else str(n) for n in names)
    twice = [text for text, count in Counter(texts).items() if count > 1]
    if twice:
        raise InvalidInputError(
            f"X has several columns called {', '.join(map(repr, twice[:5]))}; "
            "give every column a name of its own (names are compared as text)"
        )
    return texts


def as_table(X: Any) -> Table:
    """Recognise the user's table.

    Raises
    ------
    InvalidInputError
        Not a two-dimensional table of a known type; the message says what to pass instead.
    """
    module = type(X).__module__.split(".")[0]
    if module == "pandas":
        if not hasattr(X, "columns"):
            raise InvalidInputError(
                f"X is a pandas {type(X).__name__}; pass a DataFrame (a row: X.to_frame().T)"
            )
        return PandasTable(X)
    if module == "scipy" and hasattr(X, "tocsr"):
        return SparseTable(X)
    if module in ("polars", "pyarrow"):
        if hasattr(X, "collect") and not hasattr(X, "to_arrow"):
            raise InvalidInputError(f"X is a lazy {module} frame; pass X.collect()")
        if module == "pyarrow" and hasattr(X, "to_struct_array") and type(X).__name__ == "RecordBatch":
            import pyarrow as pa

            X = pa.Table.from_batches([X])
        if not hasattr(X, "shape") or len(X.shape) != 2:
            raise InvalidInputError(f"X is a {module} {type(X).__name__}; pass a table with columns")
        _texts(list(X.columns) if module == "polars" else X.column_names)
        return FrameTable(X)
    if isinstance(X, (list, tuple)) or (isinstance(X, np.ndarray) and X.dtype.names is None):
        return ArrayTable(_matrix(X))
    return _other(X)


def _matrix(X: Any) -> np.ndarray:
    try:
        array = np.asarray(X)
    except ValueError:
        array = np.empty(0)
    if array.ndim != 2:
        mend = "a single row is X.reshape(1, -1), a single column X.reshape(-1, 1)"
        raise InvalidInputError(
            f"X has {array.ndim} dimension(s) and shape {array.shape}; it needs rows and columns ({mend})"
        )
    return array


def _other(X: Any) -> Table:
    """Any other eager frame that narwhals knows (modin, cuDF, …) comes in as pandas."""
    import narwhals.stable.v1 as nw

    try:
        frame: Any = nw.from_native(X, eager_only=True)
    except TypeError:
        raise InvalidInputError(
            f"X is a {type(X).__module__}.{type(X).__name__}; pass a pandas, polars or pyarrow table, "
            "a two-dimensional numpy array or a scipy sparse matrix"
        ) from None
    return PandasTable(frame.to_pandas())
