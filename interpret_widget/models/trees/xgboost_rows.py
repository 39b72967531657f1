"""Rows as XGBoost itself takes them: what is missing, and categories by their place in the training data."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError


def rows_of(matrix: Any, booster: Any) -> np.ndarray:
    """Rows (n, n_columns) in single precision, as the trees of `xgboost.read` compare them.

    Parameters
    ----------
    matrix : xgboost.DMatrix
        The rows: the library decides what is missing and which columns are categories.
    booster : xgboost.Booster
        The model; from version 3.1 on it remembers its categories.

    Raises
    ------
    InvalidInputError
        A category that the booster never saw; XGBoost refuses it too.
    """
    stored = matrix.get_data()
    out = np.full(stored.shape, np.nan, dtype=np.float32)
    out[np.repeat(np.arange(stored.shape[0]), np.diff(stored.indptr)), stored.indices] = stored.data
    known, given = _levels(booster), _levels(matrix)
    for column, levels in given.items():
        if column in known and levels != known[column]:
            _recode(out[:, column], levels, known[column], column)
    return out


def _levels(owner: Any) -> dict[int, list[Any]]:
    """Categories of each column that has them; nothing where the version keeps none."""
    if not hasattr(owner, "get_categories"):
        return {}
    found = owner.get_categories(export_to_arrow=True).to_arrow()
    return {
        column: levels.to_pylist() for column, (_, levels) in enumerate(found or []) if levels is not None
    }


def _recode(codes: np.ndarray, given: list[Any], known: list[Any], column: int) -> None:
    """Replace positions in ``given`` by those in ``known``."""
    place = {level: position for position, level in enumerate(known)}
    there = np.array([place.get(level, -1) for level in given], dtype=np.float32)
    present = ~np.isnan(codes)
    new = there[codes[present].astype(np.intp)]
    if (new < 0).any():
        level = given[int(codes[present][new < 0][0])]
        raise InvalidInputError(
            f"column {column} has the category {level!r}; the model was trained on {known[:8]}"
        )
    codes[present] = new
