"""Fewer and smaller changes: what is not needed goes, numbers come back towards the row's own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .constraints import Column
from .distance import Distance
from .oracle import Oracle
from .search import changes


def pruned(rows: np.ndarray, own: np.ndarray, oracle: Oracle, distance: Distance) -> np.ndarray:
    """Rows without the changes that can be undone one by one, the largest first; all rows abreast."""
    rows = rows.copy()
    active = list(range(len(rows)))
    while active:
        tried, whose = [], []
        for at in active:
            for j in changes(rows[at], own):
                less = rows[at].copy()
                less[j] = own[j]
                tried.append(less)
                whose.append(at)
        if not tried:
            break
        candidates, of = np.array(tried), np.array(whose)
        good = oracle.gaps(candidates) <= 0
        far = distance.apart(candidates, own).sum(axis=1)
        active = []
        for at in np.unique(of[good]).tolist():
            mine = np.flatnonzero(good & (of == at))
            rows[at] = candidates[mine[np.argmin(far[mine])]]
            active.append(at)
    return rows


def shrunk(
    rows: np.ndarray, own: np.ndarray, columns: Sequence[Column], oracle: Oracle, distance: Distance
) -> np.ndarray:
    """Rows whose changed numbers are as near to the row's own as the goal allows, one column at a time.

    First over the values that were tried, then by bisection in the unit of the column. The end that reaches
    the goal stays one that does, whatever the model does in between.
    """
    rows = rows.copy()
    by_position = {column.position: column for column in columns if column.step is not None}
    orders = [
        [
            j
            for j in np.argsort(-distance.apart(row, own), kind="stable").tolist()
            if j in by_position and j in changes(row, own) and not np.isnan(own[j])
        ]
        for row in rows
    ]
    for turn in range(max(map(len, orders), default=0)):
        at = [k for k, order in enumerate(orders) if len(order) > turn]
        turns = [(k, by_position[orders[k][turn]]) for k in at]
        _over_values(rows, own, turns, oracle)
        _bisected(rows, own, turns, oracle)
    return rows


def _over_values(rows: np.ndarray, own: np.ndarray, turns: list[tuple[int, Column]], oracle: Oracle) -> None:
    tried, whose = [], []
    for k, column in turns:
        j = column.position
        now, home = rows[k, j], own[j]
        between = column.values[(column.values - home) * np.sign(now - home) > 0]
        for value in between[np.abs(between - home) < abs(now - home)].tolist():
            less = rows[k].copy()
            less[j] = value
            tried.append(less)
            whose.append((k, j))
    if not tried:
        return
    gaps = oracle.gaps(np.array(tried))
    for row, (k, j), gap in zip(tried, whose, gaps.tolist(), strict=True):
        if gap <= 0 and abs(row[j] - own[j]) < abs(rows[k, j] - own[j]):
            rows[k] = row


def _bisected(rows: np.ndarray, own: np.ndarray, turns: list[tuple[int, Column]], oracle: Oracle) -> None:
    # In steps of the column: `good` reaches the goal, `bad` is known or taken not to.
    state = {}
    for k, column in turns:
        j, step = column.position, column.step
        assert step is not None
        nearer = column.values[np.abs(column.values - own[j]) < abs(rows[k, j] - own[j])]
        nearer = nearer[(nearer - own[j]) * np.sign(rows[k, j] - own[j]) > 0]
        start = nearer[np.argmax(np.abs(nearer - own[j]))] if len(nearer) else own[j]
        state[k] = (column, float(start), float(rows[k, j]))
    while state and oracle.left:
        tried, whose = [], []
        for k, (column, bad, good) in list(state.items()):
            middle = float(column.rounded(np.array([(bad + good) / 2]))[0])
            is_between = min(bad, good) < middle < max(bad, good)
            if not is_between or not column.low <= middle <= column.high:
                del state[k]
                continue
            less = rows[k].copy()
            less[column.position] = middle
            tried.append(less)
            whose.append(k)
        if not tried:
            return
        for row, k, gap in zip(tried, whose, oracle.gaps(np.array(tried)).tolist(), strict=True):
            column, bad, good = state[k]
            middle = float(row[column.position])
            if gap <= 0:
                rows[k] = row
                state[k] = (column, bad, middle)
            else:
                state[k] = (column, middle, good)


def likelier(
    rows: np.ndarray,
    own: np.ndarray,
    columns: Sequence[Column],
    oracle: Oracle,
    distance: Distance,
    real: np.ndarray,
) -> np.ndarray:
    """Rows whose changed levels are those, among the ones that reach the goal, nearest to real rows of it."""
    rows = rows.copy()
    tried, whose = [], []
    for k, row in enumerate(rows):
        for column in columns:
            if column.step is not None or column.position not in changes(row, own):
                continue
            for value in column.values.tolist():
                other = row.copy()
                other[column.position] = value
                tried.append(other)
                whose.append(k)
    if not tried or not len(real):
        return rows
    candidates, of = np.array(tried), np.array(whose)
    good = oracle.gaps(candidates) <= 0
    near = np.full(len(candidates), np.inf)
    near[good] = distance.nearest(candidates[good], real)
    for k in np.unique(of[good]).tolist():
        mine = np.flatnonzero(of == k)
        rows[k] = candidates[mine[np.argmin(near[mine])]]
    return rows
