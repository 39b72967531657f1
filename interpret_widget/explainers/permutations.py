"""Shapley values estimated by antithetic permutations, one background row for each pair of walks.

A pair walks from a background row to the explained row, replacing one feature after the other in a random
order, and once more in the reverse order. Both walks end where they should, so the values of every pair add
up to the difference of the two predictions, and the average over pairs that use every background row equally
often adds up to prediction minus mean background prediction: exactly, however few pairs there are. Mitchell,
Cooper, Frank and Holmes, "Sampling permutations for Shapley value estimation", JMLR 23 (2022), discuss the
antithetic variant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

#: (explained rows (m,), background rows (m,), mask (m, n_features)) -> answers (m, n_outputs)
Ask = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

_CELLS = 1_000_000  # mask cells in one question to the model


@dataclass(frozen=True, eq=False)
class Plan:
    """Orders and background rows of the pairs: the same for all explained rows, so that rows compare.

    Attributes
    ----------
    orders : ndarray of int (n_pairs, n_features)
        Permutations; pair ``b * repeats + r`` uses background row ``b``.
    n_background, repeats : int
        Background rows, and pairs for each of them.
    fraction : float
        Share of the user's background that these rows are; 1 where they are all of it.
    """

    orders: np.ndarray
    n_background: int
    repeats: int
    fraction: float

    @classmethod
    def draw(cls, n_features: int, n_background: int, repeats: int, fraction: float, seed: int) -> Plan:
        """Random orders."""
        rng = np.random.default_rng(seed)
        keys = rng.random((n_background * repeats, n_features))
        return cls(np.argsort(keys, axis=1), n_background, repeats, fraction)

    @property
    def n_pairs(self) -> int:
        """Pairs of walks for each explained row."""
        return self.n_background * self.repeats


@dataclass(frozen=True, eq=False)
class Estimate:
    """Values and their standard errors, both (n_rows, n_features, n_outputs)."""

    values: np.ndarray
    std_errors: np.ndarray


def estimate(
    ask: Ask,
    differs: Callable[[np.ndarray, np.ndarray], np.ndarray],
    at_rows: np.ndarray,
    at_background: np.ndarray,
    plan: Plan,
    tick: Callable[[int, int], None],
) -> Estimate:
    """Estimate the values of all rows and outputs at once.

    Parameters
    ----------
    ask : callable
        Predictions of mixed rows; True in the mask takes the explained row's cell.
    differs : callable
        (explained rows (m,), background rows (m,)) -> bool (m, n_features): which cells differ. Replacing a
        cell by its like changes nothing, so such steps are not asked about.
    at_rows : ndarray (n_rows, n_outputs)
        Predictions of the explained rows.
    at_background : ndarray (n_background, n_outputs)
        Predictions of the background rows.
    plan : Plan
        The pairs.
    tick : callable
        Called with (done, total) between questions; may raise to stop.
    """
    n, k = at_rows.shape
    p = plan.orders.shape[1]
    total = np.zeros((n, p, k))
    squares = np.zeros((n, p, k))  # of the means of each background row
    within = np.zeros((n, p, k))
    clusters = n * plan.n_background  # (explained row, background row)
    step = max(1, _CELLS // max(1, 2 * p * p * plan.repeats))
    for start in range(0, clusters, step):
        tick(start, clusters)
        which = np.arange(start, min(start + step, clusters))
        rows, backs = np.divmod(which, plan.n_background)
        pairs = (backs[:, None] * plan.repeats + np.arange(plan.repeats)).ravel()
        values = _walk(
            ask,
            differs,
            at_rows,
            at_background,
            plan.orders[pairs],
            np.repeat(rows, plan.repeats),
            np.repeat(backs, plan.repeats),
        ).reshape(len(which), plan.repeats, p, k)
        means = values.mean(axis=1)
        first = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
        total[rows[first]] += np.add.reduceat(means, first)
        squares[rows[first]] += np.add.reduceat(means**2, first)
        within[rows[first]] += np.add.reduceat(((values - means[:, None]) ** 2).sum(axis=1), first)
    tick(clusters, clusters)
    return Estimate(total / plan.n_background, _errors(total, squares, within, plan))


def _errors(total: np.ndarray, squares: np.ndarray, within: np.ndarray, plan: Plan) -> np.ndarray:
    """Standard errors of two-stage sampling: background rows of a finite table, then orders for each of them.

    With one order a row the two stages cannot be told apart; the variance between pairs then bounds both.
    """
    b, r = plan.n_background, plan.repeats
    every_order = plan.orders.shape[1] <= 2  # a pair walks both orders of two features
    if b == 1:
        return np.zeros_like(total) if every_order else np.sqrt(within / (r * (r - 1)))
    between = np.maximum(squares - total**2 / b, 0.0) / (b - 1)
    if every_order:
        return np.asarray(np.sqrt((1 - plan.fraction) * between / b))
    if r == 1:
        return np.asarray(np.sqrt(between / b))
    inside = within / (b * (r - 1))
    return np.asarray(np.sqrt((1 - plan.fraction) * between / b + plan.fraction * inside / (b * r)))


def _walk(
    ask: Ask,
    differs: Callable[[np.ndarray, np.ndarray], np.ndarray],
    at_rows: np.ndarray,
    at_background: np.ndarray,
    orders: np.ndarray,
    rows: np.ndarray,
    backs: np.ndarray,
) -> np.ndarray:
    """Values (m, n_features, n_outputs) of m pairs."""
    places = np.argsort(orders, axis=1)  # feature -> step
    moves = np.take_along_axis(differs(rows, backs), orders, axis=1)  # whether step s changes anything
    count = np.cumsum(moves, axis=1)
    last = count[:, -1:]
    asked = moves & (count < last)
    unit, at = np.nonzero(asked)
    ends_x, ends_b = at_rows[rows], at_background[backs]
    if len(unit):
        prefix = places[unit] <= at[:, None]
        answers = ask(np.tile(rows[unit], 2), np.tile(backs[unit], 2), np.concatenate([prefix, ~prefix]))
        forward, backward = answers[: len(unit)], answers[len(unit) :]
    else:
        forward = backward = np.zeros((1, at_rows.shape[1]))
    # State after step s: the count-th asked one of this pair, or one of the two ends.
    offsets = np.cumsum(asked.sum(axis=1)) - asked.sum(axis=1)
    index = np.clip(offsets[:, None] + count - 1, 0, len(forward) - 1)
    none, full = (count == 0)[..., None], ((count == last) & (last > 0))[..., None]
    up = np.where(none, ends_b[:, None], np.where(full, ends_x[:, None], forward[index]))
    down = np.where(none, ends_x[:, None], np.where(full, ends_b[:, None], backward[index]))
    same = (last == 0)[..., None]
    up = np.diff(np.concatenate([ends_b[:, None], up], axis=1), axis=1)
    down = -np.diff(np.concatenate([ends_x[:, None], down], axis=1), axis=1)
    by_step = np.where(same, 0.0, 0.5 * (up + down))
    return np.take_along_axis(by_step, places[..., None], axis=1)
