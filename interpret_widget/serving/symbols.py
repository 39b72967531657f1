"""What one column of a model is, written down: which column it comes from, and by which steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .recipe import STEPS, Arithmetic, Lookup, Recipe

_MOST_CELLS = 4_000_000  # of the table of one look-up


class NotExpressibleError(Exception):
    """A preprocessing that is more than arithmetic and tables; the message says what it is."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels of a column; symbols that share them are looked up at once."""

    values: tuple[Any, ...]
    takes_missing: bool
    takes_unknown: bool


@dataclass(frozen=True, eq=False)
class Symbol:
    """One column.

    Attributes
    ----------
    raw : int
        The user's column that it comes from;
    is_number : bool
        Whether arithmetic can be done with it.
    steps : tuple of (str, float)
        Arithmetic on the user's numbers.
    fill : object
        What stands for a missing level; None leaves it missing.
    levels : Levels or None
        Where it is a table of levels.
    table : ndarray of float64 (n_levels + 2,) or None
        What each becomes, then a missing value and an unknown one.
    """

    raw: int
    is_number: bool
    steps: tuple[tuple[str, float], ...] = ()
    fill: Any = None
    levels: Levels | None = None
    table: np.ndarray | None = None

    def then(self, step: str, parameter: float = 0.0) -> Symbol:
        """With one more step of arithmetic; tables are worked out at once."""
        if self.table is not None:
            with np.errstate(all="ignore"):
                return replace(self, table=STEPS[step](self.table, np.float64(parameter)))
        if not self.is_number:
            raise NotExpressibleError("it calculates with words")
        return replace(self, steps=(*self.steps, (step, float(parameter))))


def recipe_of(symbols: Sequence[Symbol]) -> Recipe:
    """Symbols that are worked out together, put together.

    Raises
    ------
    NotExpressibleError
        A column of words that nothing makes a number of, or a table too large to carry.
    """
    numbers: dict[tuple[str, ...], list[int]] = {}
    tables: dict[tuple[int, int], list[int]] = {}
    for out, symbol in enumerate(symbols):
        if symbol.table is not None:
            tables.setdefault((symbol.raw, id(symbol.levels)), []).append(out)
        elif symbol.is_number:
            numbers.setdefault(tuple(step for step, _ in symbol.steps), []).append(out)
        else:
            raise NotExpressibleError("words reach the model as they are")
    return Recipe(
        len(symbols),
        tuple(_arithmetic(symbols, names, outs) for names, outs in numbers.items()),
        tuple(_lookup(symbols, outs) for outs in tables.values()),
    )


def _arithmetic(symbols: Sequence[Symbol], names: tuple[str, ...], outs: list[int]) -> Arithmetic:
    parameters = [[value for _, value in symbols[out].steps] for out in outs]
    return Arithmetic(
        np.array([symbols[out].raw for out in outs], dtype=np.int64),
        np.array(outs, dtype=np.int64),
        names,
        np.array(parameters, dtype=np.float64).reshape(len(outs), len(names)).T.copy(),
    )


def _lookup(symbols: Sequence[Symbol], outs: list[int]) -> Lookup:
    levels = symbols[outs[0]].levels
    assert levels is not None
    if (len(levels.values) + 2) * len(outs) > _MOST_CELLS:
        raise NotExpressibleError(f"it makes {len(outs):,} columns of {len(levels.values):,} levels")
    return Lookup(
        symbols[outs[0]].raw,
        levels.values,
        np.array(outs, dtype=np.int64),
        np.column_stack([np.asarray(symbols[out].table) for out in outs]),
        levels.takes_missing,
        levels.takes_unknown,
    )
