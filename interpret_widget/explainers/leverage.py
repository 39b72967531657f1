"""Which coalitions are asked: pairs of a coalition and its complement, sizes as their leverage has it.

The values of a game ``v`` of m players are ``phi_j = (v(all) - v(none)) / m`` plus the sum over sizes
``0 < s < m`` of the mean, over coalitions S of that size, of ``v(S) (1 / s if j in S else -1 / (m - s))``.
Sizes are drawn evenly, which is what statistical leverage asks for (Musco and Witter, "Provably accurate
Shapley value estimation via leverage score sampling", 2024), and every coalition with its complement. Each
pair is an unbiased estimate of all values at once, and its values add up to zero: additivity holds however
few pairs there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

#: (explained rows (m,), background rows (m,), mask (m, n_features)) -> answers (m, n_outputs)
Ask = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
#: (explained rows (m,), background rows (m,)) -> bool (m, n_features): which cells differ
Differs = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Coalitions with their complements, every explained row with equally many.

    Only cells that differ between the two rows are players: replacing a cell by its like changes nothing.

    Attributes
    ----------
    rows, backs : ndarray of int (n_pairs,)
        Explained row, and background row.
    fold : ndarray of int (n_pairs,)
        Pairs of one fold are drawn without a look at the others.
    inside, outside : ndarray of bool (n_pairs, n_features)
        The coalition, and the other players.
    size, players : ndarray of int (n_pairs,)
        Of the coalition, and of both.
    """

    rows: np.ndarray
    backs: np.ndarray
    fold: np.ndarray
    inside: np.ndarray
    outside: np.ndarray
    size: np.ndarray
    players: np.ndarray

    @classmethod
    def draw(
        cls,
        differs: Differs,
        which: np.ndarray,
        n_background: int,
        per_row: int,
        rng: np.random.Generator,
        n_folds: int = 1,
    ) -> Pairs:
        """Draw pairs for some explained rows.

        Within a fold background rows are used equally often, as far as they go, and sizes evenly.

        Parameters
        ----------
        differs : callable
            Which cells of two rows differ.
        which : ndarray of int (n_rows,)
            Explained rows.
        n_background, per_row : int
            Background rows, and pairs for each explained row.
        rng : Generator
        n_folds : int, default 1
            Into which pairs of a row are dealt by turns.
        """
        n = len(which)
        place, fold = np.divmod(np.arange(per_row), n_folds)
        order = np.stack([rng.permutation(n_background) for _ in range(n_folds)])
        begin = rng.integers(n_background, size=(n, n_folds))
        rows = np.repeat(which, per_row)
        backs = order[fold, (begin[:, fold] + place) % n_background].ravel()
        level = np.empty((n, per_row))
        for each in range(n_folds):
            mine = fold == each
            shape = (n, int(mine.sum()))
            level[:, mine] = (np.argsort(rng.random(shape), axis=1) + rng.random(shape)) / max(1, shape[1])
        differing = differs(rows, backs)
        players = differing.sum(axis=1)
        size = np.minimum(1 + (level.ravel() * (players - 1)).astype(np.intp), players)
        keys = np.where(differing, rng.random(differing.shape, dtype=np.float32), np.float32(2))
        rank = np.argsort(np.argsort(keys, axis=1), axis=1)
        inside = rank < np.where(players > 1, size, 0)[:, None]
        return cls(rows, backs, np.tile(fold, n), inside, differing & ~inside, size, players)

    def differences(self, answers: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Half of what a coalition answers beyond its complement, less what equal players would make of it.

        Parameters
        ----------
        answers : ndarray (..., 2 * n_pairs, n_outputs)
            Of the coalitions, then of their complements.
        ends : ndarray (..., n_pairs, n_outputs)
            How far the answers to the explained and to the background row lie apart.
        """
        n = len(self.rows)
        tilt = (2 * self.size - self.players) / np.maximum(self.players, 1)
        found = 0.5 * (answers[..., :n, :] - answers[..., n:, :] - tilt[:, None] * ends)
        return np.where((self.players > 1)[:, None], found, 0.0)

    @property
    def coefficients(self) -> np.ndarray:
        """What a difference adds to the value of each player (n_pairs, n_features)."""
        return self.coefficients_of(slice(None))

    def coefficients_of(self, which: slice) -> np.ndarray:
        """`coefficients` of some pairs."""
        size, players = self.size[which], self.players[which]
        many = np.maximum(players - 1, 0)
        to, fro = many / np.maximum(size, 1), many / np.maximum(players - size, 1)
        return np.asarray(self.inside[which] * to[:, None] - self.outside[which] * fro[:, None])


def even_shares(
    differs: Differs, which: np.ndarray, ends_rows: np.ndarray, ends_background: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What is known without asking: differences of predictions in equal shares, mean over the background.

    Parameters
    ----------
    differs : callable
    which : ndarray of int (n_rows,)
        Explained rows.
    ends_rows, ends_background : ndarray (n_rows or n_background, n_outputs)
        Answers.

    Returns
    -------
    shares, variances : ndarray (n_rows, n_features, n_outputs)
        Means over the background rows, and the variances between these.
    """
    b = len(ends_background)
    backs = np.arange(b)
    out, spread = [], []
    for at, row in enumerate(which):
        differing = differs(np.full(b, row), backs)
        shares = differing / np.maximum(differing.sum(axis=1), 1)[:, None]
        apart = ends_rows[at] - ends_background
        mean = shares.T @ apart / b
        out.append(mean)
        spread.append(np.maximum((shares**2).T @ apart**2 / b - mean**2, 0.0))
    return np.stack(out), np.stack(spread)
