"""From an estimator's columns to the numbers that its trees compare: plain facts, so they can be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.models.feed import as_array


@dataclass(frozen=True, eq=False)
class Coding:
    """Takes a table (n, n_columns) to numbers of float64.

    Attributes
    ----------
    levels : list of (list or None)
        For each column its categories in the order of their codes; None for numbers.
    single : bool
        Numbers are compared in single precision.
    order : list of int or None
        Position in the estimator's columns of each column of the result; None for their own order.
    """

    levels: list[list[Any] | None]
    single: bool = False
    order: list[int] | None = None

    def __call__(self, Z: Any) -> np.ndarray:
        """The numbers (n, n_columns), in C order; NaN for what is missing or was never seen."""
        table = _frame(Z)
        if not hasattr(table, "iloc"):
            out = np.array(as_array(table), dtype=np.float64)
        else:
            out = np.empty(table.shape)
            for position in range(table.shape[1]):
                out[:, position] = _numbers(table.iloc[:, position], self.levels[position])
        if self.single:
            with np.errstate(over="ignore"):
                out = out.astype(np.float32).astype(np.float64)
        return np.ascontiguousarray(out if self.order is None else out[:, self.order])

    def columns(self) -> np.ndarray:
        """Position in the estimator's columns of each column of the result."""
        return np.arange(len(self.levels)) if self.order is None else np.asarray(self.order)


def levels_of(Z: Any) -> list[list[Any] | None]:
    """Categories of each column as the table has them."""
    table = _frame(Z)
    if not hasattr(table, "iloc"):
        return [None] * int(table.shape[1])
    return [
        column.cat.categories.tolist() if str(column.dtype) == "category" else None
        for _, column in table.items()
    ]


def _frame(Z: Any) -> Any:
    table = Z.to_pandas() if hasattr(Z, "to_pandas") else Z
    return table.toarray() if hasattr(table, "toarray") else table


def _numbers(column: Any, levels: list[Any] | None) -> np.ndarray:
    if levels is None:
        try:
            return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
        except (TypeError, ValueError) as error:
            raise InvalidInputError(
                f"column {column.name!r} holds {column.dtype} and the model takes numbers; "
                "pass the preprocessing as transformations="
            ) from error
    import pandas as pd

    codes = pd.Categorical(column, categories=levels).codes
    return np.where(codes < 0, np.nan, codes)
