"""From checked rows to the numbers that a model adds up: arithmetic and look-ups of plain arrays.

What a fitted preprocessing does to columns of which each has one parent is either arithmetic on one number or
a table of levels; both travel as arrays, so that nothing of the library that fitted it is needed again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError

from .inputs import Inputs, InputSchema

_FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "log": np.log,
    "log1p": np.log1p,
    "log2": np.log2,
    "log10": np.log10,
    "exp": np.exp,
    "expm1": np.expm1,
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
    "square": np.square,
    "absolute": np.absolute,
    "negative": np.negative,
    "reciprocal": np.reciprocal,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "arctan": np.arctan,
}

#: Steps on numbers, by name: what is done with the numbers (n_rows, m) and the parameters (m,).
STEPS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "subtract": lambda x, a: x - a,
    "divide": lambda x, a: x / a,
    "multiply": lambda x, a: x * a,
    "add": lambda x, a: x + a,
    "at least": lambda x, a: np.where(x < a, a, x),
    "at most": lambda x, a: np.where(x > a, a, x),
    "fill": lambda x, a: np.where(np.isnan(x), a, x),
    "is missing": lambda x, a: np.isnan(x).astype(np.float64),
    "is above": lambda x, a: (x > a).astype(np.float64),
    **{name: (lambda f: lambda x, a: f(x))(each) for name, each in _FUNCTIONS.items()},
}


def refuse_no_numbers(
    Z: np.ndarray, inputs: Inputs, schema: InputSchema, owner: np.ndarray, takes_gaps: bool
) -> None:
    """Refuse rows that the preprocessing makes no finite numbers of, as the model would.

    Parameters
    ----------
    Z : ndarray (n_rows, n_columns)
        The model's columns.
    inputs, schema
        What they were made of.
    owner : ndarray of int (n_columns,)
        The user's column behind each; -1 for none.
    takes_gaps : bool
        Whether the model takes NaN.

    Raises
    ------
    InvalidInputError
    """
    if np.isfinite(Z).all():
        return
    wrong = np.isinf(Z) if takes_gaps else ~np.isfinite(Z)
    if not wrong.any():
        return
    row, place = (int(each) for each in np.argwhere(wrong)[0])
    raw = int(owner[place])
    column, held = schema.columns[raw], schema.value(inputs, row, raw)
    raise InvalidInputError(
        f"column {column.name!r} holds {held!r} in row {inputs.index[row]!r}, of which the preprocessing "
        f"makes no number that the model takes; it had {column.example}"
    )


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """The same steps for several columns of numbers.

    Attributes
    ----------
    raw, out : ndarray of int64 (m,)
        Columns that are read, and those that are written.
    steps : tuple of str
        Of `STEPS`, in order.
    parameters : ndarray of float64 (n_steps, m)
    """

    raw: np.ndarray
    out: np.ndarray
    steps: tuple[str, ...]
    parameters: np.ndarray

    def write(self, inputs: Inputs, Z: np.ndarray) -> None:
        """Fill the columns of Z."""
        x = inputs.numbers[:, self.raw]
        with np.errstate(all="ignore"):
            for step, parameters in zip(self.steps, self.parameters, strict=True):
                x = STEPS[step](x, parameters)
        Z[:, self.out] = x


@dataclass(frozen=True, eq=False)
class Lookup:
    """What each level of one column becomes.

    Attributes
    ----------
    raw : int
        The column that is read.
    levels : tuple
        Text, numbers and truth values.
    out : ndarray of int64 (m,)
        Columns that are written.
    table : ndarray of float64 (n_levels + 2, m)
        A line for each level, then for a missing value and for an unknown one.
    takes_missing, takes_unknown : bool
        Whether the model takes these; else they are refused.
    """

    raw: int
    levels: tuple[Any, ...]
    out: np.ndarray
    table: np.ndarray
    takes_missing: bool
    takes_unknown: bool

    @cached_property
    def _places(self) -> dict[Any, int]:
        return {level: place for place, level in enumerate(self.levels)}

    def write(self, inputs: Inputs, Z: np.ndarray, schema: InputSchema) -> None:
        """Fill the columns of Z.

        Raises
        ------
        InvalidInputError
            A level that the model refuses.
        """
        n = len(self.levels)
        values = inputs.words.get(self.raw)
        if values is None:
            values = [None if x != x else x for x in inputs.numbers[:, self.raw].tolist()]
        get = self._places.get
        places = [n if value is None else get(value, n + 1) for value in values]
        if not self.takes_unknown and n + 1 in places:
            strange = values[places.index(n + 1)]
            known = ", ".join(repr(each) for each in self.levels[:8])
            rest = f" and {n - 8} more" if n > 8 else ""
            raise InvalidInputError(
                f"column {schema.columns[self.raw].name!r} has {strange!r}, which the model does not know; "
                f"it knows {known}{rest}"
            )
        if not self.takes_missing and n in places:
            raise InvalidInputError(
                f"column {schema.columns[self.raw].name!r} is missing in row "
                f"{inputs.index[places.index(n)]!r}, and the model takes no missing value there"
            )
        Z[:, self.out] = self.table[places]


@dataclass(frozen=True, eq=False)
class Recipe:
    """All columns that the model adds up.

    Attributes
    ----------
    n_out : int
        How many they are.
    arithmetic, lookups : tuple
        They write each of the columns once.
    """

    n_out: int
    arithmetic: tuple[Arithmetic, ...]
    lookups: tuple[Lookup, ...]

    def apply(self, inputs: Inputs, schema: InputSchema) -> np.ndarray:
        """The columns (n_rows, n_out), float64 and C order.

        Raises
        ------
        InvalidInputError
            A level that the model refuses.
        """
        Z = np.empty((inputs.n_rows, self.n_out))
        for each in self.arithmetic:
            each.write(inputs, Z)
        for lookup in self.lookups:
            lookup.write(inputs, Z, schema)
        return Z

    @property
    def used(self) -> set[int]:
        """Positions of the columns that are read."""
        read = {int(raw) for each in self.arithmetic for raw in each.raw}
        return read | {each.raw for each in self.lookups}
