"""Raw columns as the numbers that LIME perturbs, and its rows back in the user's own type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import Dataset
from interpret_widget.tabular.mixing import mix
from interpret_widget.tabular.schema import UNLISTED, ColumnSchema


@dataclass(frozen=True, eq=False)
class Coding:
    """How one column is told to LIME.

    Attributes
    ----------
    edges : ndarray or None
        Quartiles, where the column is told as the bin that it lies in.
    rows : dict of int to ndarray, or None
        Rows of the background by code; None where LIME draws numbers itself.
    levels : dict of float to int, or None
        Codes of the values of a numeric column that is treated as categorical.
    missing : int
        Code of a missing value.
    """

    edges: np.ndarray | None = None
    rows: dict[int, np.ndarray] | None = None
    levels: dict[float, int] | None = None
    missing: int = -2

    def codes(self, numbers: np.ndarray) -> np.ndarray:
        """Codes (n,) of the numbers of a `Dataset`."""
        if self.edges is not None:
            found = np.searchsorted(self.edges, numbers).astype(np.float64)
        elif self.levels is not None:
            known = self.levels
            found = np.array([known.get(float(number), UNLISTED) for number in numbers], dtype=np.float64)
        else:
            found = numbers.astype(np.float64)
        return np.where(np.isnan(numbers), float(self.missing), found)


class Neighbourhood:
    """The columns of a background, coded for LIME.

    Numbers stay numbers. Levels become codes, and so do the quartiles of columns that LIME cannot draw:
    dates, and numbers that are sometimes missing, whose bin "missing" is one more. A code is turned back
    into the cell of a random row of the background that has it.

    Parameters
    ----------
    background : Dataset
    categorical : sequence of str
        Further columns whose values are levels.

    Raises
    ------
    InvalidInputError
        A name that is no column, or infinite numbers.
    """

    def __init__(self, background: Dataset, categorical: Sequence[str] = ()) -> None:
        self._background = background
        chosen = {background.schema.position(name) for name in categorical}
        self._codings = [
            _coding(column, background.column_codes(at), is_level=at in chosen)
            for at, column in enumerate(background.schema)
        ]
        self.numbers = self.coded(background)
        self._quartiles = {
            at: np.unique(np.percentile(self.numbers[:, at], [25, 50, 75]))
            for at, (column, coding) in enumerate(zip(background.schema, self._codings, strict=True))
            if coding is None and column.kind == "integer"
        }

    @property
    def categorical(self) -> list[int]:
        """Positions of columns that are told as codes."""
        return [at for at, coding in enumerate(self._codings) if coding is not None]

    @property
    def binned(self) -> list[str]:
        """Names of columns that are told as quartiles because LIME cannot draw them."""
        return [
            name
            for name, coding in zip(self._background.names, self._codings, strict=True)
            if coding is not None and coding.edges is not None
        ]

    def coded(self, data: Dataset) -> np.ndarray:
        """LIME's numbers (n_rows, n_columns).

        Raises
        ------
        InvalidInputError
            A number that is missing although none of the background is.
        """
        out = np.array(data.codes(), dtype=np.float64)
        for at, coding in enumerate(self._codings):
            if coding is not None:
                out[:, at] = coding.codes(out[:, at])
            elif not np.isfinite(out[:, at]).all():
                row = int(np.flatnonzero(~np.isfinite(out[:, at]))[0])
                raise InvalidInputError(
                    f"X has {'a missing' if np.isnan(out[row, at]) else 'an infinite'} value of "
                    f"{data.names[at]!r} in row {row}, and initialization_examples has none; give examples "
                    "that have some, or leave the row out"
                )
        return out

    def unseen(self, numbers: np.ndarray) -> list[str]:
        """Names of columns in which a coded row has a code that no row of the background has."""
        return [
            name
            for at, (name, coding) in enumerate(zip(self._background.names, self._codings, strict=True))
            if coding is not None and not np.isin(numbers[:, at], list(coding.rows or ())).all()
        ]

    def native(self, numbers: np.ndarray, rng: np.random.Generator) -> Any:
        """Rows (m, n_columns) in the user's type; integers are rounded, dtypes kept."""
        background, m = self._background, len(numbers)
        everything = np.ones((m, background.n_columns), dtype=bool)
        rows = mix(background, np.zeros(m, dtype=np.intp), background, 0, everything)
        nameless = isinstance(rows, np.ndarray) or hasattr(rows, "tocsr")
        table = Dataset.of(
            rows, feature_names=background.names if nameless else None, like=background.schema
        )._table
        for at, coding in enumerate(self._codings):
            if coding is None:
                cells = self._whole(at, numbers[:, at])
                table = table.again(table.replaced(at, cells.tolist()))
            else:
                table = table.again(
                    table.borrowed(at, background._table, _drawn(coding, numbers[:, at], rng))
                )
        return table.native

    def _whole(self, at: int, numbers: np.ndarray) -> np.ndarray:
        edges = self._quartiles.get(at)
        if edges is None:
            return numbers
        meant = np.searchsorted(edges, numbers)
        whole: np.ndarray = np.rint(numbers)
        # Rounding must not leave the quartile that LIME takes the row to be in.
        strays = np.flatnonzero(np.searchsorted(edges, whole) != meant)
        up, down = np.ceil(numbers[strays]), np.floor(numbers[strays])
        whole[strays] = np.where(np.searchsorted(edges, up) == meant[strays], up, down)
        bounds = self._background._table.rules(at).bounds
        return whole if bounds is None else np.clip(whole, *bounds).astype(np.int64)


def _coding(column: ColumnSchema, numbers: np.ndarray, *, is_level: bool) -> Coding | None:
    if np.isinf(numbers).any():
        raise InvalidInputError(
            f"initialization_examples has an infinite value of {column.name!r}; replace it by a number"
        )
    has_missing = bool(np.isnan(numbers).any())
    if column.is_discrete:
        coding = Coding(missing=len(column.categories or ()))
    elif is_level:
        values = np.unique(numbers[~np.isnan(numbers)])
        coding = Coding(levels={float(value): code for code, value in enumerate(values)}, missing=len(values))
    elif has_missing or column.kind == "datetime":
        known = numbers[~np.isnan(numbers)]
        edges = np.unique(np.percentile(known, [25, 50, 75])) if known.size else np.empty(0)
        coding = Coding(edges=edges, missing=len(edges) + 1)
    else:
        return None
    codes = coding.codes(numbers)
    rows = {int(code): np.flatnonzero(codes == code) for code in np.unique(codes)}
    return Coding(coding.edges, rows, coding.levels, coding.missing)


def _drawn(coding: Coding, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A row of the background for each code."""
    assert coding.rows is not None
    out = np.empty(len(codes), dtype=np.intp)
    for code, rows in coding.rows.items():
        some = np.flatnonzero(codes == code)
        out[some] = rows[rng.integers(0, len(rows), len(some))] if len(rows) > 1 else rows[0]
    return out
