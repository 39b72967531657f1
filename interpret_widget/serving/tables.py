"""Checked rows as a table of a library, for models and transformers that take nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.models.feed import library

from .inputs import InputColumn, Inputs, InputSchema


def table_of(inputs: Inputs, schema: InputSchema, like: Any) -> Any:
    """Rows in the library of ``like``, with the dtypes of the schema where they hold the values.

    Raises
    ------
    InvalidInputError
        A library that is not known here.
    """
    kind = like if isinstance(like, str) else library(like)
    if kind in ("numpy", "scipy"):
        return _array(inputs, schema, kind)
    frame = _frame(inputs, schema)
    if kind == "pandas":
        return frame
    if kind == "polars":
        import polars

        return polars.from_pandas(frame)
    if kind == "pyarrow":
        import pyarrow

        return pyarrow.Table.from_pandas(frame, preserve_index=False)
    raise InvalidInputError(f"the explainer was made with a table of {kind}, which cannot be made of rows")


def _array(inputs: Inputs, schema: InputSchema, kind: str) -> Any:
    if not inputs.words:
        if kind == "scipy":
            from scipy import sparse

            return sparse.csr_matrix(inputs.numbers)
        return inputs.numbers
    out = np.empty((inputs.n_rows, len(schema)), dtype=object)
    for position, column in enumerate(schema):
        words = inputs.words.get(position)
        numbers = inputs.numbers[:, position]
        out[:, position] = words if words is not None else [column.shown(each) for each in numbers.tolist()]
    return out


def _frame(inputs: Inputs, schema: InputSchema) -> Any:
    import pandas as pd

    columns = {
        position: _series(inputs, position, column, pd) for position, column in enumerate(schema.columns)
    }
    out = pd.DataFrame(columns, index=pd.Index(inputs.index))
    out.columns = pd.Index(schema.names)
    return out


def _series(inputs: Inputs, position: int, column: InputColumn, pd: Any) -> Any:
    words = inputs.words.get(position)
    if words is None:
        numbers = inputs.numbers[:, position]
        if column.kind == "datetime":
            return pd.to_datetime(numbers, unit="ms")
        if np.isnan(numbers).any() and column.dtype.startswith(("int", "uint", "bool")):
            return pd.array(numbers, dtype="float64")
        try:
            return pd.array(numbers).astype(column.dtype)
        except (TypeError, ValueError):
            return pd.array(numbers, dtype="float64")
    if column.dtype == "category":
        known = list(column.categories or ())
        seen = {each for each in words if each is not None and each not in known}
        return pd.Categorical(words, categories=known + sorted(seen, key=str))
    held = pd.Series([np.nan if each is None else each for each in words], dtype=object)
    try:
        return held.astype(column.dtype).array
    except (TypeError, ValueError):
        return held.array
