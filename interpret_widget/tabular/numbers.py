"""Raw columns of any kind as numbers that an estimator can learn from."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dataset import Dataset
from .schema import Schema

_MOST_LEVELS = 50  # of a column, in columns of their own; rarer ones share none


class Columns:
    """A fitted transformer: numbers, codes of levels, times in milliseconds.

    Parameters
    ----------
    data : Dataset
        What it is fitted on.
    takes_codes : bool
        Whether a column of levels stays one column of codes; else each level gets one, numbers are scaled
        and missing ones stand at the mean.
    """

    def __init__(self, data: Dataset, *, takes_codes: bool) -> None:
        self._schema: Schema = data.schema
        self._takes_codes = takes_codes
        codes = data.codes()
        self._levels = [
            None if takes_codes or column.categories is None or column.ordered else len(column.categories)
            for column in data.schema
        ]
        with np.errstate(all="ignore"):
            known = np.where(np.isfinite(codes), codes, np.nan)
            counts = np.isfinite(known).sum(axis=0)
            total = np.nansum(known, axis=0)
            self._mean = np.where(counts > 0, total / np.maximum(counts, 1), 0.0)
            spread = np.sqrt(np.nansum((known - self._mean) ** 2, axis=0) / np.maximum(counts, 1))
        self._scale = np.where(spread > 0, spread, 1.0)

    def transform(self, X: Any) -> np.ndarray:
        """Numbers (n, n_engineered) of rows in the user's type."""
        nameless = not hasattr(X, "columns") and not hasattr(X, "column_names")
        names = self._schema.names if nameless else None
        codes = Dataset.of(X, feature_names=names, like=self._schema).codes()
        if self._takes_codes:
            return codes
        parts = []
        for position, n_levels in enumerate(self._levels):
            column = codes[:, position]
            if n_levels is None:
                numbers = np.where(np.isfinite(column), column, self._mean[position])
                parts.append(((numbers - self._mean[position]) / self._scale[position])[:, None])
            else:
                parts.append((column[:, None] == np.arange(min(n_levels, _MOST_LEVELS))).astype(np.float64))
        return np.concatenate(parts, axis=1)

    def get_feature_names_out(self, *_: Any) -> np.ndarray:
        """A name for each column of the result."""
        names: list[str] = []
        for column, n_levels in zip(self._schema, self._levels, strict=True):
            if n_levels is None:
                names.append(column.name)
            else:
                shown = range(min(n_levels, _MOST_LEVELS))
                names.extend(f"{column.name} = {column.label(code)}" for code in shown)
        return np.array(names, dtype=object)
