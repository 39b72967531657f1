"""Rows written down as codes, made into rows of the user's table."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dataset import Dataset
from .editing import coerce
from .tables import FrameTable


class Composer:
    """Turns codes (`Dataset.codes`) into rows that differ from one row in some of its cells, dtypes kept.

    Values met once are kept in a palette, so that many similar batches cost little.

    Parameters
    ----------
    row : Dataset
        One row; cells with its codes are its own, unlisted levels and missing values included.
    """

    def __init__(self, row: Dataset) -> None:
        self._row = row.take([0])
        self._own = self._row.codes()[0]
        self._rules = [self._row._table.rules(j) for j in range(row.n_columns)]
        # Place 0 is the row's own cell.
        self._places: list[dict[float, int]] = [{} for _ in range(row.n_columns)]
        self._palette: Any = None

    def compose(self, codes: np.ndarray) -> Any:
        """Rows in the user's library.

        Parameters
        ----------
        codes : ndarray of float64 (m, n_columns)
            Codes of listed levels, numbers, milliseconds since 1970; or the row's own codes.

        Raises
        ------
        InvalidEditError
            A value that the column cannot hold.
        """
        m, p = codes.shape
        picks = np.zeros((m, p), dtype=np.intp)
        is_new = self._palette is None
        for j in range(p):
            column, own = codes[:, j], self._own[j]
            changed = ~np.isnan(column) if np.isnan(own) else column != own
            if not changed.any():
                continue
            places = self._places[j]
            values, where = np.unique(column[changed], return_inverse=True)
            for value in values.tolist():
                if value not in places:
                    places[value] = len(places) + 1
                    is_new = True
            picks[changed, j] = np.array([places[value] for value in values.tolist()])[where.reshape(-1)]
        if is_new:
            self._paint()
        return _gathered(self._palette, picks)

    def value(self, j: int, code: float) -> Any:
        """One code as a Python value."""
        column = self._row.schema.columns[j]
        if column.is_discrete:
            assert column.categories is not None
            return column.categories[int(code)]
        return int(code) if column.kind == "integer" else float(code)

    def _paint(self) -> None:
        n = 1 + max(map(len, self._places), default=0)
        table = self._row.take(np.zeros(n, dtype=np.intp))._table
        for j, places in enumerate(self._places):
            if not places:
                continue
            column, rules = self._row.schema.columns[j], self._rules[j]
            own = coerce(self._row.value(0, j), column, rules)
            stored = [own, *(coerce(self.value(j, code), column, rules) for code in places)]
            stored += [own] * (n - len(stored))
            table = table.again(table.replaced(j, stored))
        self._palette = table


def _gathered(table: Any, picks: np.ndarray) -> Any:
    """Cell (i, j) is that of row ``picks[i, j]``."""
    native, p = table.native, picks.shape[1]
    if isinstance(native, np.ndarray):
        return native[picks, np.arange(p)]
    if isinstance(table, FrameTable):
        if table.is_polars:
            return type(native)(
                {name: native[name].gather(picks[:, j]) for j, name in enumerate(native.columns)}
            )
        taken = [native.column(j).take(picks[:, j]) for j in range(p)]
        return type(native).from_arrays(taken, schema=native.schema)
    if hasattr(native, "tocsc"):
        from scipy import sparse

        columns = native.tocsc()
        parts = [columns[:, [j]].tocsr()[picks[:, j]] for j in range(p)]
        return type(native)(sparse.hstack(parts, format="csr", dtype=native.dtype))
    import pandas as pd

    columns = {j: native.iloc[:, j].array.take(picks[:, j]) for j in range(p)}
    out = pd.DataFrame(columns, index=pd.RangeIndex(len(picks)), copy=False)
    out.columns = native.columns
    return out
