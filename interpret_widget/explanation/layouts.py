"""Contributions in any layout in use, as floats (n_rows, n_features, n_outputs)."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import Dataset

_ROWS_TO_CHECK = 64


def as_cube(argument: str, values: Any) -> np.ndarray:
    """Floats (n_rows, n_features, n_outputs) of any layout in use; float32 and float64 are kept."""
    if isinstance(values, (list, tuple)) and values and all(np.ndim(each) == 2 for each in values):
        shapes = {np.shape(each) for each in values}
        if len(shapes) > 1:
            raise InvalidInputError(f"{argument} is a list of arrays of different shapes: {sorted(shapes)}")
        values = np.stack([np.asarray(each) for each in values], axis=2)
    if hasattr(values, "toarray"):
        values = values.toarray()
    array = as_floats(argument, values)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3:
        hint = (
            "for a single row give values[None, :]"
            if array.ndim == 1
            else "interaction values do not fit here"
        )
        raise InvalidInputError(
            f"{argument} has shape {array.shape}; give (n_rows, n_features), (n_rows, n_features, n_outputs) "
            f"or a list of (n_rows, n_features); {hint}"
        )
    if not array.shape[1] or not array.shape[2]:
        raise InvalidInputError(
            f"{argument} has shape {array.shape}; give at least one feature and one output"
        )
    if np.isinf(array).any():
        row, feature, output = np.argwhere(np.isinf(array))[0]
        raise InvalidInputError(
            f"{argument} is infinite at row {row}, feature {feature}, output {output}; "
            "use NaN for unknown values"
        )
    if _are_interactions(array):
        raise InvalidInputError(
            f"{argument} has shape {array.shape} and is symmetric in features: these are interaction values; "
            f"give {argument}.sum(axis=2), the contributions"
        )
    return array


def as_floats(argument: str, given: Any) -> np.ndarray:
    """An array of floats; float32 and float64 are kept."""
    try:
        array = np.asarray(given)
        if array.dtype.kind == "c":
            raise TypeError("complex numbers")
        return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"{argument} cannot be read as numbers ({error}); give a float array"
        ) from None


def _are_interactions(array: np.ndarray) -> bool:
    n, p, k = array.shape
    some = array[:_ROWS_TO_CHECK]
    if not n or k != p or p < 2 or not np.allclose(some, some.transpose(0, 2, 1), equal_nan=True):
        return False
    between = some[:, ~np.eye(p, dtype=bool)]
    # Two outputs of which one is the negative of the other are two classes.
    two_classes = k == 2 and np.allclose(some[..., 0], -some[..., 1], equal_nan=True)
    return bool(np.nan_to_num(between).any()) and not two_classes


def refuse_another_order(argument: str, given: Any, data: Any) -> None:
    """Contributions and rows are joined by position: labels that say otherwise are refused.

    Raises
    ------
    InvalidInputError
        Both are tables with the same columns or the same row labels, in different orders.
    """
    wanted, wanted_rows = names_of(data), _row_labels(data)
    for table in given if isinstance(given, (list, tuple)) else [given]:
        names, rows = names_of(table), _row_labels(table)
        if names and wanted and names != wanted and sorted(names) == sorted(wanted):
            raise InvalidInputError(
                f"{argument} has the columns of data in another order ({', '.join(names[:5])} instead of "
                f"{', '.join(wanted[:5])}); give {argument}[list(data.columns)]"
            )
        # Labels 0, 1, … are those of a table made from an array: they say nothing.
        if rows is None or wanted_rows is None or _are_default(rows) or len(rows) != len(wanted_rows):
            continue
        if rows.is_unique and not rows.equals(wanted_rows) and rows.isin(wanted_rows).all():
            raise InvalidInputError(
                f"{argument} has the row labels of data in another order; give {argument}.loc[data.index], "
                f"or {argument}.to_numpy() where the rows are in step already"
            )


def names_of(table: Any) -> list[str] | None:
    """Names of the columns of a table of any library; None where it has none or the default ones."""
    import pandas as pd

    if isinstance(table, Dataset):
        return list(table.names)
    names = getattr(table, "column_names", None)
    names = getattr(table, "columns", None) if names is None else names
    return None if names is None or isinstance(names, pd.RangeIndex) else [str(name) for name in names]


def _row_labels(table: Any) -> Any:
    import pandas as pd

    index = getattr(table, "index", None)
    return index if isinstance(index, pd.Index) else None


def _are_default(rows: Any) -> bool:
    import pandas as pd

    return isinstance(rows, pd.RangeIndex) and rows.start == 0 and rows.step == 1
