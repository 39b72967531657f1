"""A surrogate of sums and products of columns, whose Shapley values are a formula."""

from __future__ import annotations

import numpy as np

_MOST_LEVELS = 12  # of a column of categories that gets an indicator for each
_MOST_TERMS = 60  # whose products are considered
_MOST_ROWS = 10_000  # that the fit reads; more add little, and the fit is the slow part of small problems


class Quadratic:
    """Ridge regression on columns, indicators of levels, and the products of two of them.

    A product of two columns is a game of two players, so that the exact interventional values of the whole
    follow from the means and second moments of the background.

    Parameters
    ----------
    codes : ndarray (n, n_columns)
        Rows as numbers; NaN is missing.
    answers : ndarray (n, n_outputs)
        The model's.
    discrete : ndarray of bool (n_columns,)
        Columns whose numbers are codes of levels.
    seed : int
        Of the rows that the fit reads where there are many.
    """

    def __init__(self, codes: np.ndarray, answers: np.ndarray, discrete: np.ndarray, seed: int) -> None:
        if len(codes) > _MOST_ROWS:
            chosen = np.random.default_rng(seed).choice(len(codes), _MOST_ROWS, replace=False)
            codes, answers = codes[chosen], answers[chosen]
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
        self._owner = np.array(owners)
        self._n_columns = codes.shape[1]
        self._lowest, self._highest = np.float64(-np.inf), np.float64(np.inf)
        U = self._terms(codes)
        # A square must not run away with a value that no row has had.
        self._lowest, self._highest = U.min(axis=0), U.max(axis=0)
        self._crossed = self._strongest(U, answers)
        one, other = np.triu_indices(len(self._crossed))
        i, j = self._crossed[one], self._crossed[other]
        coefficients, self._start = _ridge(np.hstack([U, U[:, i] * U[:, j]]), answers)
        d, k = U.shape[1], answers.shape[1]
        self._slope = coefficients[:d]
        self._pairs = np.zeros((k, d, d))
        self._pairs[:, i, j] += coefficients[d:].T / 2
        self._pairs[:, j, i] += coefficients[d:].T / 2
        self._is_same = self._owner[:, None] == self._owner[None, :]

    def predict(self, codes: np.ndarray) -> np.ndarray:
        """Answers (n, n_outputs)."""
        U = self._terms(codes)
        both = [((U @ pairs) * U).sum(axis=1) for pairs in self._pairs]
        return np.asarray(self._start + U @ self._slope + np.stack(both, axis=1))

    def against(self, background: np.ndarray) -> None:
        """Set the rows that values compare with, as codes."""
        B = self._terms(background)
        self._back, self._second = B.mean(axis=0), B.T @ B / len(B)

    def values(self, codes: np.ndarray) -> np.ndarray:
        """Exact values (n, n_columns, n_outputs) against the background."""
        U, back = self._terms(codes), self._back
        out = np.zeros((len(codes), self._n_columns, self._slope.shape[1]))
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
                out[:, self._owner[at], output] += each[:, at]
        return out

    def _terms(self, codes: np.ndarray) -> np.ndarray:
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

    def _strongest(self, U: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Terms whose products are worth a coefficient."""
        if U.shape[1] <= _MOST_TERMS:
            return np.arange(U.shape[1])
        slope, _ = _ridge(U, answers)
        effect = (np.abs(slope) * U.std(axis=0)[:, None]).max(axis=1)
        return np.sort(np.argsort(-effect, kind="stable")[:_MOST_TERMS])


def _moments(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations of what is finite."""
    finite = np.where(np.isfinite(codes), codes, np.nan)
    some = np.isfinite(codes).any(axis=0)
    mean, scale = np.zeros(codes.shape[1]), np.ones(codes.shape[1])
    mean[some] = np.nanmean(finite[:, some], axis=0)
    scale[some] = np.nanstd(finite[:, some], axis=0)
    return mean, np.where(scale > 0, scale, 1.0)


def _ridge(terms: np.ndarray, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and start; the penalty was found by trial on hybrids of several models and tables."""
    mean, middle = terms.mean(axis=0), answers.mean(axis=0)
    T, Y = terms - mean, answers - middle
    n, d = T.shape
    penalty = 30.0 * np.sqrt(8_000.0 / n) if n < 8_000 else 30.0
    if d <= n:
        gram = T.T @ T
        gram[np.diag_indices(d)] += penalty
        coefficients = np.linalg.solve(gram, T.T @ Y)
    else:
        gram = T @ T.T
        gram[np.diag_indices(n)] += penalty
        coefficients = T.T @ np.linalg.solve(gram, Y)
    return coefficients, middle - mean @ coefficients
