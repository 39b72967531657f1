"""Rows that reach the goal: every small change where it can be afforded, else to real rows and by beam."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import comb, prod

import numpy as np

from .constraints import Column
from .distance import Distance
from .oracle import Oracle

_DONORS = 24  # real rows of the goal that are walked to
_BEAM, _BEAM_VALUES = 8, 8
_DEEPEST = 6  # changes that the beam goes to


@dataclass
class Found:
    """The nearest row of each set of changed columns."""

    own: np.ndarray
    distance: Distance
    by_columns: dict[tuple[int, ...], tuple[float, np.ndarray]] = field(default_factory=dict)

    def add(self, codes: np.ndarray) -> None:
        """Rows that reach the goal."""
        for row in codes:
            changed = changes(row, self.own)
            far = float(self.distance.apart(row, self.own).sum())
            if changed not in self.by_columns or far < self.by_columns[changed][0]:
                self.by_columns[changed] = (far, row)

    def best(self, n: int) -> list[np.ndarray]:
        """Rows with the fewest changes, the nearest first."""
        order = sorted(self.by_columns, key=lambda key: (len(key), self.by_columns[key][0]))
        return [self.by_columns[key][1] for key in order[:n]]


def changes(row: np.ndarray, own: np.ndarray) -> tuple[int, ...]:
    """Positions of columns that differ."""
    return tuple(np.flatnonzero((row != own) & ~(np.isnan(row) & np.isnan(own))).tolist())


def search(
    own: np.ndarray,
    columns: Sequence[Column],
    most: int,
    oracle: Oracle,
    donors: np.ndarray,
    distance: Distance,
    enough: int,
) -> tuple[Found, int]:
    """Look for rows that reach the goal.

    Parameters
    ----------
    own : ndarray (n_columns,)
    columns : sequence of Column
        What may change.
    most : int
        Columns that may change at once.
    oracle : Oracle
    donors : ndarray (n_donors, n_columns)
        Real rows of the wanted outcome, in the order in which they are walked to.
    distance : Distance
    enough : int
        Sets of columns after which the search may stop.

    Returns
    -------
    found : Found
    proven : int
        All sets of so many changes, over the values tried, have been looked at.
    """
    found = Found(own, distance)
    proven = 0
    for depth in range(1, most + 1):
        sets = list(combinations(columns, depth)) if _n_sets(len(columns), depth) <= oracle.left else []
        cost = sum(prod(len(column.values) for column in each) for each in sets)
        if not sets or cost > oracle.left * (0.5 if depth > 1 else 1.0):
            break
        for rows in _blocks(own, sets):
            found.add(rows[oracle.gaps(rows) <= 0])
        if not oracle.left:
            break
        proven = depth
        if len(found.by_columns) >= enough:
            return found, proven
    if proven < most:
        _towards_donors(own, columns, most, oracle, donors, found)
        if len(found.by_columns) < enough:
            _beam(own, columns, most, oracle, found, enough)
    return found, proven


def _n_sets(n: int, depth: int) -> int:
    return comb(n, depth)


def _blocks(own: np.ndarray, sets: Sequence[Sequence[Column]]) -> Iterator[np.ndarray]:
    """All values of all sets, some thousand rows at a time."""
    parts: list[np.ndarray] = []
    size = 0
    for each in sets:
        grid = np.meshgrid(*(column.values for column in each), indexing="ij")
        rows = np.repeat(own[None, :], grid[0].size, axis=0)
        for column, values in zip(each, grid, strict=True):
            rows[:, column.position] = values.reshape(-1)
        parts.append(rows)
        size += len(rows)
        if size >= 4_096:
            yield np.concatenate(parts)
            parts, size = [], 0
    if parts:
        yield np.concatenate(parts)


def _towards_donors(
    own: np.ndarray, columns: Sequence[Column], most: int, oracle: Oracle, donors: np.ndarray, found: Found
) -> None:
    """Take over the most helpful value of a real row, again and again; all rows walk abreast."""
    targets = np.repeat(own[None, :], len(donors), axis=0)
    for column in columns:
        j = column.position
        for at, value in enumerate(donors[:, j]):
            if np.isnan(value) or value == own[j]:
                continue
            # The nearest value that is allowed: a row may be a model without being followed everywhere.
            if column.step is None:
                if value in column.values:
                    targets[at, j] = value
            else:
                low, high = column.values[0], column.values[-1]
                targets[at, j] = value if low <= value <= high else (low if value < low else high)
    targets = np.unique(targets, axis=0)
    # np.unique sorts: the order of the donors decides.
    walking = targets[np.argsort(found.distance.between(targets, own), kind="stable")]
    walking = walking[oracle.gaps(walking) <= 0][:_DONORS] if most >= len(columns) else walking[:_DONORS]
    standing = np.repeat(own[None, :], len(walking), axis=0)
    for _ in range(most):
        if not len(walking) or not oracle.left:
            return
        tried, whose = [], []
        for at, (row, target) in enumerate(zip(standing, walking, strict=True)):
            for j in changes(target, row):
                step = row.copy()
                step[j] = target[j]
                tried.append(step)
                whose.append(at)
        if not tried:
            return
        rows, of = np.array(tried), np.array(whose)
        gaps = oracle.gaps(rows)
        found.add(rows[gaps <= 0])
        kept = []
        for at in range(len(walking)):
            mine = np.flatnonzero(of == at)
            if len(mine) and gaps[mine].min() > 0 and np.isfinite(gaps[mine].min()):
                standing[at] = rows[mine[np.argmin(gaps[mine])]]
                kept.append(at)
        standing, walking = standing[kept], walking[kept]


def _beam(
    own: np.ndarray, columns: Sequence[Column], most: int, oracle: Oracle, found: Found, enough: int
) -> None:
    """From the row itself: the steps that come nearest to the goal, several abreast."""
    few = []
    for column in columns:
        n = len(column.values)
        few.append(column.values[np.unique(np.linspace(0, n - 1, min(n, _BEAM_VALUES)).astype(np.intp))])
    beam = own[None, :]
    for _ in range(min(most, _DEEPEST)):
        tried = []
        for row in beam:
            changed = set(changes(row, own))
            for column, values in zip(columns, few, strict=True):
                if column.position in changed:
                    continue
                steps = np.repeat(row[None, :], len(values), axis=0)
                steps[:, column.position] = values
                tried.append(steps)
        if not tried or not oracle.left:
            return
        rows = np.unique(np.concatenate(tried), axis=0)
        gaps = oracle.gaps(rows)
        found.add(rows[gaps <= 0])
        if len(found.by_columns) >= enough:
            return
        open_ = np.flatnonzero((gaps > 0) & np.isfinite(gaps))
        # One row of each set of columns: the beam would else hold neighbours only.
        kept: dict[tuple[int, ...], int] = {}
        for at in open_[np.argsort(gaps[open_], kind="stable")]:
            kept.setdefault(changes(rows[at], own), int(at))
            if len(kept) == _BEAM:
                break
        if not kept:
            return
        beam = rows[list(kept.values())]
