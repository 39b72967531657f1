"""Shapley values of a linear function when what is unknown is guessed from what is known, under a Gaussian.

For ``f(z) = w · z`` the worth of a coalition S is ``E[f(z) | z_S]``: the columns that are known stand for
themselves, the others at their conditional mean, which is linear in the known ones. So are the values, and
one matrix serves all rows (Chen, Janizek, Lundberg, Lee 2020; Aas, Jullum, Løland 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np

#: Up to so many players every coalition is looked at: 4,096 of them.
MOST_ENUMERATED = 12
_PAIRS = 200  # of an order of the players and its reverse, where there are more
_FEWEST_PAIRS = 20
_NUMBERS = 20_000_000  # that all orders may hold together
_RANK = 1e-10  # share of a player's largest variance below which a direction does not vary
_ROUNDING = 1e-12  # share of a column's largest number within which it is constant
_SINGULAR = 1e-8  # smallest eigenvalue of the players' correlations below which columns determine each other


@dataclass(frozen=True, eq=False)
class GaussianGame:
    """What players tell of each other, fitted once.

    Attributes
    ----------
    mean : ndarray (n_columns,)
    to_coordinates : ndarray (n_columns, r)
        From centred columns to uncorrelated coordinates of each player.
    own : ndarray (n_columns, n_players)
        1 where a column belongs to a player.
    weights : ndarray (n_outputs, n_columns)
        Of the function.
    shifts : ndarray (m, n_players, r, n_outputs)
        What players' coordinates add to values beyond their own terms: one exact matrix, or one for each pair
        of orders, whose mean is an estimate.
    exact : bool
        Whether every coalition was looked at.
    is_singular : bool
        Whether some players are functions of others.
    """

    mean: np.ndarray
    to_coordinates: np.ndarray
    own: np.ndarray
    weights: np.ndarray
    shifts: np.ndarray
    exact: bool
    is_singular: bool

    @property
    def n_orders(self) -> int:
        """Orders of the players behind an estimate; 0 of exact values."""
        return 0 if self.exact else 2 * len(self.shifts)

    def values(self, Z: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Values (n, n_players, n_outputs) of rows (n, n_columns), and standard errors of estimates.

        They add up to ``weights @ (z - mean)``, estimated or not.
        """
        centred = Z - self.mean
        own = np.stack([(centred * w) @ self.own for w in self.weights], axis=-1)
        coordinates = centred @ self.to_coordinates
        total = np.tensordot(coordinates, self.shifts.mean(axis=0), axes=(1, 1))
        if self.exact:
            return own + total, None
        m, p, r, k = self.shifts.shape
        flat = self.shifts.transpose(2, 0, 1, 3).reshape(r, m * p * k)
        errors = np.empty_like(total)
        step = max(1, 4_000_000 // (m * p * k))
        for start in range(0, len(Z), step):
            each = (coordinates[start : start + step] @ flat).reshape(-1, m, p, k)
            errors[start : start + step] = each.std(axis=1, ddof=1) / np.sqrt(m)
        return own + total, errors


def fit(Z: np.ndarray, owner: np.ndarray, n_players: int, weights: np.ndarray, seed: int) -> GaussianGame:
    """Fit a Gaussian to rows and solve the game.

    Parameters
    ----------
    Z : ndarray (n_rows, n_columns)
    owner : ndarray (n_columns,)
        Player of each column; -1 for columns that never vary.
    n_players : int
    weights : ndarray (n_outputs, n_columns)
    seed : int
        Of the orders.
    """
    mean = Z.mean(axis=0)
    centred = Z - mean
    # What is left of a constant column is rounding, which must not be taken for a spread.
    centred[:, np.abs(centred).max(axis=0) <= _ROUNDING * np.abs(Z).max(axis=0)] = 0.0
    bases, coordinates = [], []
    for player in range(n_players):
        columns = np.flatnonzero(owner == player)
        basis = _basis(centred[:, columns])
        whole = np.zeros((Z.shape[1], basis.shape[1]))
        whole[columns] = basis
        bases.append(whole)
        coordinates.append(np.full(basis.shape[1], player))
    to_coordinates = np.concatenate(bases, axis=1) if bases else np.zeros((Z.shape[1], 0))
    of = np.concatenate(coordinates) if coordinates else np.zeros(0, dtype=np.intp)
    U = centred @ to_coordinates
    correlations = U.T @ U / len(Z)
    # A function of the columns as one of the coordinates: they are uncorrelated within a player.
    terms = np.stack([(centred * w).T @ U / len(Z) for w in weights])
    belongs = owner[:, None] == of[None, :]
    slopes = (terms * belongs).sum(axis=1)
    is_singular = bool(of.size) and float(np.linalg.eigvalsh(correlations)[0]) < _SINGULAR
    if is_singular:
        # Proper, and the same for all: columns that are alike tell the same of the others.
        correlations = correlations + _SINGULAR * np.eye(len(correlations))
    active = np.unique(of)
    exact = len(active) <= MOST_ENUMERATED
    shifts = (
        _enumerated(correlations, slopes, of, active, n_players)[None]
        if exact
        else _sampled(correlations, slopes, of, active, n_players, np.random.default_rng(seed))
    )
    own = (owner[:, None] == np.arange(n_players)[None, :]).astype(np.float64)
    return GaussianGame(mean, to_coordinates, own, weights, shifts, exact, is_singular)


def _basis(centred: np.ndarray) -> np.ndarray:
    """Directions (n_columns, r) in which a player's columns vary, scaled to a variance of one."""
    spread = np.sqrt((centred**2).mean(axis=0))
    scale = np.where(spread > 0, spread, 1.0)
    scaled = centred / scale
    sizes, vectors = np.linalg.eigh(scaled.T @ scaled / max(1, len(centred)))
    kept = sizes > _RANK * max(float(sizes.max(initial=0.0)), 1e-300)
    return np.asarray(vectors[:, kept] / np.sqrt(sizes[kept]) / scale[:, None])


def _enumerated(
    correlations: np.ndarray, slopes: np.ndarray, of: np.ndarray, active: np.ndarray, n_players: int
) -> np.ndarray:
    """The matrix (n_players, r, n_outputs) from every coalition."""
    n = len(active)
    out = np.zeros((n_players, len(of), len(slopes)))
    for code in range(1, 2**n - 1):
        inside = [active[at] for at in range(n) if code >> at & 1]
        size = len(inside)
        known = np.isin(of, inside)
        guess = np.zeros((len(of), len(slopes)))
        told = correlations[np.ix_(known, ~known)] @ slopes[:, ~known].T
        guess[known] = np.linalg.solve(correlations[np.ix_(known, known)], told)
        joining = factorial(size - 1) * factorial(n - size) / factorial(n)
        leaving = factorial(size) * factorial(n - size - 1) / factorial(n)
        for at in range(n):
            out[active[at]] += joining * guess if code >> at & 1 else -leaving * guess
    return out


def _sampled(
    correlations: np.ndarray,
    slopes: np.ndarray,
    of: np.ndarray,
    active: np.ndarray,
    n_players: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """A matrix (n_players, r, n_outputs) for each pair of an order and its reverse."""
    size = n_players * len(of) * len(slopes)
    pairs = int(np.clip(_NUMBERS // size, _FEWEST_PAIRS, _PAIRS))
    out = np.zeros((pairs, n_players, len(of), len(slopes)))
    for each in out:
        order = rng.permutation(active)
        for way in (order, order[::-1]):
            _add_order(each, correlations, slopes, of, way)
        each /= 2
    return out


def _add_order(
    out: np.ndarray, correlations: np.ndarray, slopes: np.ndarray, of: np.ndarray, order: np.ndarray
) -> None:
    """What each player adds to the guess when it comes after those before it in the order."""
    from scipy.linalg import cholesky, solve_triangular

    sorted_ = np.concatenate([np.flatnonzero(of == player) for player in order])
    ends = np.cumsum([int((of == player).sum()) for player in order])
    ordered, heights = correlations[np.ix_(sorted_, sorted_)], slopes[:, sorted_]
    lower = cholesky(ordered, lower=True)
    before = np.zeros((len(of), len(slopes)))
    for player, end in zip(order, ends, strict=True):
        guess = np.zeros_like(before)
        if end < len(of):
            # The factor of a leading block is the leading block of the factor.
            factor = lower[:end, :end]
            told = ordered[:end, end:] @ heights[:, end:].T
            half = solve_triangular(factor, told, lower=True)
            guess[sorted_[:end]] = solve_triangular(factor, half, lower=True, trans="T")
        out[player] += guess - before
        before = guess
