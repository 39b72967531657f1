"""A surrogate of sums and products of columns, whose Shapley values are a formula."""

from __future__ import annotations

import numpy as np

_MOST_LEVELS = 12  # of a column of categories that gets an indicator for each
_MOST_TERMS = 60  # whose products are considered
_MOST_ROWS = 20_000  # that a fit reads; more add little


class Basis:
    """Columns as terms of about unit size, and which of them are multiplied.

    Parameters
    ----------
    codes : ndarray (n, n_columns)
        Rows as numbers; NaN is missing.
    answers : ndarray (n, n_outputs)
        The model's.
    discrete : ndarray of bool (n_columns,)
        Columns whose numbers are codes of levels.

    Attributes
    ----------
    owner : ndarray of int (n_terms,)
        Column of each term.
    one, other : ndarray of int (n_products,)
        Terms that are multiplied.
    """

    def __init__(self, codes: np.ndarray, answers: np.ndarray, discrete: np.ndarray) -> None:
        self._mean, self._scale = _moments(codes)
        self._bottom, self._top = self._mean - 3 * self._scale, self._mean + 3 * self._scale
        owners: list[int] = []
        self._levels: list[np.ndarray | None] = []
        for column in range(codes.shape[1]):
            levels = np.unique(codes[:, column]) if discrete[column] else np.empty(0)
            levels = levels[~np.isnan(levels)]
            # Two levels are one number; more become indicators, but for the last.
            spelled = levels[:-1] if 2 < len(levels) <= _MOST_LEVELS else None
            self._levels.append(spelled)
            owners += [column] * (1 if spelled is None else len(spelled))
        self.owner = np.array(owners)
        self.n_columns = codes.shape[1]
        self._lowest, self._highest = np.float64(-np.inf), np.float64(np.inf)
        U = self.terms(codes)
        # A square must not run away with a value that no row has had.
        self._lowest, self._highest = U.min(axis=0), U.max(axis=0)
        crossed = _strongest(U, answers)
        one, other = np.triu_indices(len(crossed))
        self.one, self.other = crossed[one], crossed[other]

    def terms(self, codes: np.ndarray) -> np.ndarray:
        """Terms (n, n_terms)."""
        columns: list[np.ndarray] = []
        for j, levels in enumerate(self._levels):
            if levels is None:
                numbers = np.nan_to_num(
                    codes[:, j], nan=self._mean[j], posinf=self._top[j], neginf=self._bottom[j]
                )
                columns.append((numbers - self._mean[j]) / self._scale[j])
            else:
                columns += [(codes[:, j] == level).astype(np.float64) for level in levels]
        return np.asarray(np.clip(np.stack(columns, axis=1), self._lowest, self._highest))

    def expanded(self, codes: np.ndarray) -> np.ndarray:
        """One, terms and products (n, 1 + n_terms + n_products)."""
        U = self.terms(codes)
        return np.hstack([np.ones((len(U), 1)), U, U[:, self.one] * U[:, self.other]])


class Quadratic:
    """A constant, terms, and products of two terms.

    A product of two columns is a game of two players, so that the exact interventional values of the whole
    follow from the means and second moments of the background.

    Parameters
    ----------
    basis : Basis
    coefficients : ndarray (1 + n_terms + n_products, n_outputs)
    """

    def __init__(self, basis: Basis, coefficients: np.ndarray) -> None:
        self._basis = basis
        d, k = len(basis.owner), coefficients.shape[1]
        self._start, self._slope = coefficients[0], coefficients[1 : 1 + d]
        self._pairs = np.zeros((k, d, d))
        self._pairs[:, basis.one, basis.other] += coefficients[1 + d :].T / 2
        self._pairs[:, basis.other, basis.one] += coefficients[1 + d :].T / 2
        self._is_same = basis.owner[:, None] == basis.owner[None, :]

    def predict(self, codes: np.ndarray) -> np.ndarray:
        """Answers (n, n_outputs)."""
        U = self._basis.terms(codes)
        both = [((U @ pairs) * U).sum(axis=1) for pairs in self._pairs]
        return np.asarray(self._start + U @ self._slope + np.stack(both, axis=1))

    def against(self, background: np.ndarray) -> None:
        """Set the rows that values compare with, as codes."""
        B = self._basis.terms(background)
        self._back, self._second = B.mean(axis=0), B.T @ B / len(B)

    def values(self, codes: np.ndarray) -> np.ndarray:
        """Exact values (n, n_columns, n_outputs) against the background."""
        U, back = self._basis.terms(codes), self._back
        out = np.zeros((len(codes), self._basis.n_columns, self._slope.shape[1]))
        for output, pairs in enumerate(self._pairs):
            own, across = np.where(self._is_same, pairs, 0.0), np.where(self._is_same, 0.0, pairs)
            each = (U - back) * self._slope[:, output]
            each += U * (U @ own) - (own * self._second).sum(axis=1)
            # w u1 u2 gives its first player the mean over b of w (u1 - b1) (u2 + b2) / 2; ``across`` holds
            # half of w at each of its two places.
            each += (
                U * (U @ across + across @ back) - back * (U @ across) - (across * self._second).sum(axis=1)
            )
            for at in range(len(back)):
                out[:, self._basis.owner[at], output] += each[:, at]
        return out


def leaving_out(
    basis: Basis, codes: np.ndarray, answers: np.ndarray, fold: np.ndarray, n_folds: int, seed: int
) -> list[Quadratic]:
    """One fit for each fold, to all rows but those of the fold; a fold of -1 is of all fits.

    Sums of products are computed once for each fold, so that many fits cost little more than one.
    """
    most = _MOST_ROWS * n_folds // max(1, n_folds - 1)
    if len(codes) > most:
        chosen = np.random.default_rng(seed).choice(len(codes), most, replace=False)
        codes, answers, fold = codes[chosen], answers[chosen], fold[chosen]
    grams, sides = [], []
    for each in range(-1, n_folds):
        terms = basis.expanded(codes[fold == each])
        grams.append(terms.T @ terms)
        sides.append(terms.T @ answers[fold == each])
    gram, side = np.sum(grams, axis=0), np.sum(sides, axis=0)
    found = []
    for each in range(n_folds):
        penalty = _penalty(int((fold != each).sum()))
        own = gram - grams[each + 1]
        own[np.diag_indices(len(own))] += np.r_[1e-6, np.full(len(own) - 1, penalty)]
        found.append(Quadratic(basis, np.linalg.solve(own, side - sides[each + 1])))
    return found


def _strongest(U: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Terms whose products are worth a coefficient."""
    if U.shape[1] <= _MOST_TERMS:
        return np.arange(U.shape[1])
    T = U - U.mean(axis=0)
    gram = T.T @ T
    gram[np.diag_indices(len(gram))] += _penalty(len(T))
    slope = np.linalg.solve(gram, T.T @ (answers - answers.mean(axis=0)))
    effect = (np.abs(slope) * T.std(axis=0)[:, None]).max(axis=1)
    return np.sort(np.argsort(-effect, kind="stable")[:_MOST_TERMS])


def _penalty(n: int) -> float:
    """Of a ridge fit to n rows; found by trial on mixed rows of several models and tables."""
    return 30.0 * float(np.sqrt(max(1.0, 8_000.0 / max(1, n))))


def _moments(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations of what is finite."""
    some = np.isfinite(codes).any(axis=0)
    finite = np.where(np.isfinite(codes), codes, np.nan)
    mean, scale = np.zeros(codes.shape[1]), np.ones(codes.shape[1])
    mean[some] = np.nanmean(finite[:, some], axis=0)
    scale[some] = np.nanstd(finite[:, some], axis=0)
    return mean, np.where(scale > 0, scale, 1.0)
