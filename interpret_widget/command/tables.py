"""Tables from files, with the types that a notebook would give them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from interpret_widget.errors import InvalidInputError

from .models import MissingLibraryError


def read_table(name: str, argument: str, *, index: str | None = None) -> Any:
    """Read a .csv, .parquet or .feather file into a DataFrame."""
    import pandas as pd

    path = Path(name).expanduser()
    if not path.is_file():
        raise InvalidInputError(f"{argument}={name!r} does not exist")
    readers: dict[str, Any] = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".feather": pd.read_feather}
    suffixes = [suffix.lower() for suffix in path.suffixes]
    kind = (
        suffixes[-2] if len(suffixes) > 1 and suffixes[-1] in (".gz", ".bz2", ".zip", ".xz") else path.suffix
    )
    if kind.lower() not in readers:
        raise InvalidInputError(f"{argument}={name!r} is not one of .csv, .parquet, .feather")
    try:
        table = readers[kind.lower()](path)
    except ImportError as error:
        raise MissingLibraryError(str(error)) from None
    except Exception as error:
        raise InvalidInputError(f"{argument}={name!r} cannot be read: {error}") from error
    if index is not None:
        table = table.set_index(_column(table, index, "--index"))
    if not len(table):
        raise InvalidInputError(f"{argument}={name!r} has no rows")
    return table


def without(table: Any, column: str | None, argument: str) -> tuple[Any, Any]:
    """The table without a column, and the column; None where no column is named."""
    if column is None:
        return table, None
    name = _column(table, column, argument)
    return table.drop(columns=[name]), table[name]


def _column(table: Any, column: str, argument: str) -> str:
    if column not in table.columns:
        known = ", ".join(map(repr, list(table.columns)[:20]))
        raise InvalidInputError(f"{argument}={column!r} is not a column; there are {known}")
    return column
