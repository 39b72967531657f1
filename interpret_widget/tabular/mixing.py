"""Rows whose cells come partly from one table and partly from another, as perturbing explanations ask."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError

from .dataset import Dataset
from .tables import FrameTable


def mix(foreground: Dataset, fg_rows: Any, background: Dataset, bg_rows: Any, mask: np.ndarray) -> Any:
    """Combine rows cell by cell, dtypes kept.

    Parameters
    ----------
    foreground, background : Dataset
        Tables with the same columns, of the same library.
    fg_rows, bg_rows : int or array of int (m,)
        The row of each table that feeds each new row.
    mask : ndarray of bool (m, n_columns)
        True: the cell comes from the foreground.

    Returns
    -------
    DataFrame, Table, ndarray or sparse matrix (m, n_columns)
        In the library of the foreground; row labels are 0, 1, ….
    """
    mask = np.asarray(mask, dtype=bool)
    if (
        mask.ndim != 2
        or mask.shape[1] != foreground.n_columns
        or background.n_columns != foreground.n_columns
    ):
        raise InvalidInputError(
            f"mask has shape {mask.shape} for tables of "
            f"{foreground.n_columns} and {background.n_columns} columns"
        )
    m = mask.shape[0]
    front, fr = _needed(foreground, np.broadcast_to(np.asarray(fg_rows, dtype=np.intp), (m,)))
    back, br = _needed(background, np.broadcast_to(np.asarray(bg_rows, dtype=np.intp), (m,)))
    if isinstance(foreground._table, FrameTable):
        return _mix_frames(front, fr, back, br, mask)
    if isinstance(front, np.ndarray):
        return np.where(mask, front[fr], back[br])
    if hasattr(front, "tocsr"):
        return _mix_sparse(front, fr, back, br, mask)
    return _mix_pandas(front, fr, back, br, mask)


def _needed(data: Dataset, rows: np.ndarray) -> tuple[Any, np.ndarray]:
    """Cut a big table to the rows that are used, so that the work follows the result and not the table."""
    if data.n_rows <= 2 * len(rows):
        return data.native, rows
    used, where = np.unique(rows, return_inverse=True)
    return data._table.take(used), where.reshape(-1)


def _mix_pandas(front: Any, fr: np.ndarray, back: Any, br: np.ndarray, mask: np.ndarray) -> Any:
    import pandas as pd

    dtypes = set(front.dtypes) | set(back.dtypes)
    if len(dtypes) == 1 and isinstance(next(iter(dtypes)), np.dtype):
        cells = np.where(mask, front.to_numpy()[fr], back.to_numpy()[br])
        return pd.DataFrame(cells, columns=front.columns, copy=False)
    columns: dict[int, Any] = {}
    pairs = zip(front.items(), back.items(), strict=True)
    for j, ((_, one), (_, other)) in enumerate(pairs):
        a, b = one.array, other.array
        if isinstance(a.dtype, np.dtype) and isinstance(b.dtype, np.dtype):
            columns[j] = np.where(mask[:, j], np.asarray(a)[fr], np.asarray(b)[br])
            continue
        if a.dtype == b.dtype:
            both = type(a)._concat_same_type([a, b])
        else:
            both = pd.concat([pd.Series(a), pd.Series(b)], ignore_index=True).array
        columns[j] = both.take(np.where(mask[:, j], fr, len(a) + br))
    out = pd.DataFrame(columns, index=pd.RangeIndex(len(mask)), copy=False)
    out.columns = front.columns
    return out


def _mix_frames(front: Any, fr: np.ndarray, back: Any, br: np.ndarray, mask: np.ndarray) -> Any:
    import narwhals.stable.v1 as nw

    a: Any = nw.from_native(front, eager_only=True)
    both: Any = nw.concat([a, nw.from_native(back, eager_only=True)]).to_native()
    picks = np.where(mask, fr[:, None], len(a) + br[:, None])
    if type(front).__module__.split(".")[0] == "polars":
        return type(front)({name: both[name].gather(picks[:, j]) for j, name in enumerate(both.columns)})
    taken = [both.column(j).take(picks[:, j]) for j in range(picks.shape[1])]
    return type(front).from_arrays(taken, schema=front.schema)


def _mix_sparse(front: Any, fr: np.ndarray, back: Any, br: np.ndarray, mask: np.ndarray) -> Any:
    from scipy import sparse

    a, b = front[fr].tocoo(), back[br].tocoo()
    # Filtering the stored entries, not multiplying by the mask: 0 * NaN would leak the other table's missing
    # values.
    ka, kb = mask[a.row, a.col], ~mask[b.row, b.col]
    data = np.concatenate([a.data[ka], b.data[kb]])
    rows = np.concatenate([a.row[ka], b.row[kb]])
    columns = np.concatenate([a.col[ka], b.col[kb]])
    out = sparse.coo_array((data, (rows, columns)), shape=mask.shape).tocsr()
    return type(front)(out)
