"""Values from a surrogate's exact ones and estimates of what it leaves, cross-fitted.

A surrogate that has seen the very answers which correct it would make its errors look smaller than they are.
So pairs are dealt into folds: each fold corrects a surrogate that learned from the others alone, which leaves
the estimate unbiased, and its standard error honest, whatever the surrogate is like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .leverage import Pairs, even_shares
from .questions import Sides
from .surrogate import MOST_LEARNED, Answered, Surrogate, fitted

_FEW_ANSWERS = 40_000  # below, more folds: a surrogate then learns from three quarters of them
MOST_FOLDS = 4
_MOST_COMPARED = 20  # rows that tell how much background rows differ
FEWEST_PAIRS = 8  # for each row


@dataclass(frozen=True, eq=False)
class Estimate:
    """What one round found.

    Attributes
    ----------
    values, variances : ndarray (n_rows, n_features, n_outputs)
    base_values : ndarray (n_outputs,)
    """

    values: np.ndarray
    variances: np.ndarray
    base_values: np.ndarray


class Residual:
    """Estimates of the values of some rows.

    Parameters
    ----------
    sides : Sides
        Rows, background, and the model.
    everywhere : ndarray (n_given, n_columns)
        All background rows that were given, as codes; ``sides.back`` may be a part of them.
    """

    def __init__(self, sides: Sides, everywhere: np.ndarray) -> None:
        self.sides = sides
        self._everywhere = everywhere
        self._fraction = len(sides.back) / len(everywhere)

    def cross_fitted(
        self, which: np.ndarray, per_row: int, rng: np.random.Generator, past: Answered, *, trees: bool
    ) -> tuple[Estimate, list[Surrogate], Answered]:
        """Ask, learn and correct at once.

        Parameters
        ----------
        which : ndarray of int
            Rows to explain.
        per_row : int
            Pairs for each of them; at least `FEWEST_PAIRS`, and a multiple of `MOST_FOLDS`.
        rng : Generator
        past : Answered
            Answers to earlier questions.
        trees : bool
            Whether surrogates have trees.

        Returns
        -------
        Estimate, list of Surrogate, Answered
            The surrogates of all folds; and all answers, some of them where there are many.
        """
        sides = self.sides
        n_folds = MOST_FOLDS if len(which) * per_row * 2 < _FEW_ANSWERS else 2
        pairs, asked, answers, codes = self._asked(which, per_row, rng, n_folds)
        fold = pairs.fold
        both = np.concatenate([fold, fold])
        usable = np.concatenate([asked, asked])
        now = Answered(codes[usable], answers[usable])
        surrogates = fitted(
            self._ends(which, rng),
            past,
            now,
            both[usable],
            n_folds,
            sides.discrete,
            int(rng.integers(2**31)),
            trees=trees,
        )
        stages = [each.stages(codes[usable & (both == at)]) for at, each in enumerate(surrogates)]
        n_parts = self._best(pairs, answers, usable, surrogates, stages)
        chosen = [surrogate.first(n_parts) for surrogate in surrogates]
        guesses = np.zeros_like(answers)
        for each in range(n_folds):
            guesses[usable & (both == each)] = stages[each][n_parts]
        estimate = self._corrected(which, pairs, answers - guesses, chosen)
        learned = past.and_more(codes[usable], answers[usable]).some(MOST_LEARNED, rng)
        return estimate, chosen, learned

    def corrected(
        self, which: np.ndarray, per_row: int, rng: np.random.Generator, surrogates: list[Surrogate]
    ) -> Estimate:
        """Correct surrogates that have not seen these answers; their mean is what is corrected."""
        pairs, asked, answers, codes = self._asked(which, per_row, rng, 1)
        usable = np.concatenate([asked, asked])
        for surrogate in surrogates:
            answers[usable] -= surrogate.predict(codes[usable]) / len(surrogates)
        return self._corrected(which, pairs, answers, surrogates)

    def _asked(
        self, which: np.ndarray, per_row: int, rng: np.random.Generator, n_folds: int
    ) -> tuple[Pairs, np.ndarray, np.ndarray, np.ndarray]:
        """Pairs, which of them had to be asked, answers of coalitions and complements, and these as codes."""
        sides = self.sides
        pairs = Pairs.draw(sides.differs, which, len(sides.back), per_row, rng, n_folds)
        asked = pairs.players > 1
        rows, backs = np.tile(pairs.rows, 2), np.tile(pairs.backs, 2)
        mask = np.concatenate([pairs.inside, pairs.outside])
        usable = np.flatnonzero(np.concatenate([asked, asked]))
        answers = np.zeros((len(rows), sides.n_outputs))
        answers[usable] = sides.ask(rows[usable], backs[usable], mask[usable])
        return pairs, asked, answers, sides.hybrids(rows, backs, mask)

    def _ends(self, which: np.ndarray, rng: np.random.Generator) -> Answered:
        """Rows of both sides, whose predictions are known anyway."""
        sides = self.sides
        both = Answered(sides.front[which], sides.at_rows[which]).and_more(sides.back, sides.at_background)
        return both.some(2_000, rng)

    def _best(
        self,
        pairs: Pairs,
        answers: np.ndarray,
        usable: np.ndarray,
        surrogates: list[Surrogate],
        stages: list[np.ndarray],
    ) -> int:
        """How many parts of the surrogates leave least to be sampled, on answers they have not seen."""
        sides = self.sides
        loss = np.zeros(min(len(each) for each in stages))
        both = np.concatenate([pairs.fold, pairs.fold])
        weight = (pairs.coefficients**2).sum(axis=1)
        for each, surrogate in enumerate(surrogates):
            mine = pairs.fold == each
            at_rows, at_back = surrogate.stages(sides.front), surrogate.stages(sides.back)
            for n_parts in range(len(loss)):
                left = answers.copy()
                left[usable & (both == each)] -= stages[each][n_parts]
                ends = (sides.at_rows - at_rows[n_parts])[pairs.rows]
                ends = ends - (sides.at_background - at_back[n_parts])[pairs.backs]
                loss[n_parts] += (weight[mine, None] * pairs.differences(left, ends)[mine] ** 2).sum()
        return int(np.argmin(loss)) if np.isfinite(loss).all() else 0

    def _corrected(
        self,
        which: np.ndarray,
        pairs: Pairs,
        left: np.ndarray,
        surrogates: list[Surrogate],
    ) -> Estimate:
        """Exact values of the surrogates, and the estimates of what they leave."""
        sides, n, k = self.sides, len(which), self.sides.n_outputs
        fold = pairs.fold
        n_folds = int(fold.max()) + 1
        per_row = len(pairs.rows) // n
        sizes = np.bincount(fold[:per_row], minlength=n_folds)
        shares = sizes / per_row if n_folds > 1 else np.full(len(surrogates), 1 / len(surrogates))
        values = np.zeros((n, sides.front.shape[1], k))
        rows_left, back_left = sides.at_rows[which].copy(), sides.at_background.copy()
        base = np.zeros(k)
        ends = np.zeros((len(pairs.rows), k))
        at = np.searchsorted(which, pairs.rows) if n > 1 else np.zeros(len(pairs.rows), dtype=np.intp)
        for each, surrogate in enumerate(surrogates):
            on_rows, on_back = surrogate.predict(sides.front[which]), surrogate.predict(sides.back)
            values += shares[each] * surrogate.against(self._everywhere).values(sides.front[which])
            base += shares[each] * surrogate.predict(self._everywhere).mean(axis=0)
            rows_left -= shares[each] * on_rows
            back_left -= shares[each] * on_back
            mine = fold == each if n_folds > 1 else slice(None)
            scale = 1.0 if n_folds > 1 else shares[each]
            ends[mine] -= scale * (on_rows[at[mine]] - on_back[pairs.backs[mine]])
        ends += sides.at_rows[pairs.rows] - sides.at_background[pairs.backs]
        shares_left, spread = even_shares(sides.differs, which, rows_left, back_left)
        base = sides.at_background.mean(axis=0) if self._fraction == 1 else base + back_left.mean(axis=0)
        differences = pairs.differences(left, ends)
        found, variances = _means(pairs, differences, fold, n, n_folds)
        if self._fraction < 1:
            # Other background rows might have been drawn.
            between = spread + _between(pairs, differences, n, len(back_left)) * variances * per_row
            variances += (1 - self._fraction) / len(back_left) * between
        return Estimate(values + shares_left + found, variances, base)


def _means(
    pairs: Pairs, differences: np.ndarray, fold: np.ndarray, n: int, n_folds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Means over the pairs of each row, and their variances from the spread within folds."""
    weights = pairs.coefficients.reshape(n, -1, pairs.inside.shape[1])
    d = differences.reshape(n, weights.shape[1], -1)
    per_row = d.shape[1]
    mean = np.matmul(weights.transpose(0, 2, 1), d) / per_row
    squares = np.matmul((weights**2).transpose(0, 2, 1), d**2)
    for each in range(n_folds):
        mine = fold[:per_row] == each
        part = np.matmul(weights[:, mine].transpose(0, 2, 1), d[:, mine]) / mine.sum()
        squares -= mine.sum() * part**2
    return mean, np.maximum(squares, 0.0) / (per_row - n_folds) / per_row


def _between(pairs: Pairs, differences: np.ndarray, n: int, n_background: int) -> float:
    """Share of the pairs' variance that lies between background rows, beyond what their number shows.

    Zero where background rows are used about once: pairs then vary with them, and their variance says so.
    """
    per_row = len(pairs.rows) // n
    if per_row < 2 * n_background:
        return 0.0
    shared = whole = 0.0
    for row in range(min(n, _MOST_COMPARED)):
        mine = slice(row * per_row, (row + 1) * per_row)
        each = (pairs.coefficients_of(mine)[:, :, None] * differences[mine][:, None, :]).reshape(per_row, -1)
        each -= each.mean(axis=0)
        sums = np.zeros((n_background, each.shape[1]))
        np.add.at(sums, pairs.backs[mine], each)
        count = np.bincount(pairs.backs[mine], minlength=n_background)
        squares = (each**2).sum()
        shared += float((sums**2).sum() - squares) / max(1, int((count * (count - 1)).sum()))
        whole += float(squares) / per_row
    return max(0.0, shared / whole) if whole > 0 else 0.0
