"""Predictions of rows with some columns replaced, in blocks of bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Dataset, mix

_BLOCK = 20_000  # rows asked at once

Tick = Callable[[int, int], None]


def answers(
    adapter: ModelAdapter,
    data: Dataset,
    rows: np.ndarray,
    givers: Dataset,
    giving: np.ndarray,
    columns: list[int],
    tick: Tick,
) -> np.ndarray:
    """Ask about pairs of a row and a giver of some of its columns.

    Parameters
    ----------
    adapter : ModelAdapter
    data, givers : Dataset
    rows, giving : ndarray of int (m,)
        The row of either table in each pair.
    columns : list of int
        Columns that come from the giver.
    tick : callable
        ``tick(done, total)`` between blocks; raises to stop.

    Returns
    -------
    ndarray (m, n_outputs)
    """
    m = len(rows)
    keep = np.ones((1, data.n_columns), dtype=bool)
    keep[0, columns] = False
    out = np.empty((m, adapter.n_outputs))
    for start in range(0, m, _BLOCK):
        tick(start, m)
        part = slice(start, min(start + _BLOCK, m))
        mask = np.broadcast_to(keep, (part.stop - start, data.n_columns))
        out[part] = adapter.predict(mix(data, rows[part], givers, giving[part], mask))
    tick(m, m)
    return out


def everywhere(
    adapter: ModelAdapter,
    data: Dataset,
    rows: np.ndarray,
    givers: Dataset,
    giving: np.ndarray,
    columns: list[int],
    tick: Tick,
) -> np.ndarray:
    """Every row with every giver (n_rows, n_givers, n_outputs)."""
    front, back = np.repeat(rows, len(giving)), np.tile(giving, len(rows))
    found = answers(adapter, data, front, givers, back, columns, tick)
    return found.reshape(len(rows), len(giving), -1)


def combined(
    data: Dataset, first: Dataset, one: np.ndarray, at: int, second: Dataset, two: np.ndarray
) -> Dataset:
    """Rows that have one column from one table and all others from another."""
    keep = np.ones((len(one), data.n_columns), dtype=bool)
    keep[:, at] = False
    native = mix(second, two, first, one, keep)
    nameless = isinstance(native, np.ndarray) or hasattr(native, "tocsr")
    return Dataset.of(native, feature_names=data.names if nameless else None, like=data.schema)


def one_by_one(asked: Sequence[Any], effect: Callable[[Any, Tick], Any], tick: Tick) -> list[Any]:
    """The effect of each, with one progress for all of them."""
    n = len(asked)
    return [
        effect(each, lambda done, total, at=at: tick(at * total + done, n * total))  # type: ignore[misc]
        for at, each in enumerate(asked)
    ]
