"""Expected gradients of neural networks: estimates with standard errors that add up to the prediction.

The value of a column is the mean over background rows ``b`` and points ``a`` between 0 and 1 of
``(x - b) * f'(b + a (x - b))``: the attribution of Aumann and Shapley against a distribution (Sundararajan,
Taly, Yan 2017; Erion, Janizek, Sturmfels, Lundberg, Lee 2021). It costs some gradients per row, however many
columns there are.
"""

from __future__ import annotations

import numpy as np

from interpret_widget.models.network import Network
from interpret_widget.tabular import Dataset

from .base import Answer, Explainer, Progress
from .levels import to_raw
from .links import scale_of
from .problem import Problem

_N_BACKGROUND = 100  # background rows that are drawn
_POINTS = 100  # gradients for each row
_POINTS_OF_ONE = 1_000  # for a what-if question
_AT_ONCE = 20_000  # points that go through the network together


class GradientExplainer(Explainer):
    """Expected gradients of one network.

    Parameters
    ----------
    problem : Problem
        Its estimator is a `Network`.
    max_evals : int, optional
        Gradients for each explained row.
    """

    method = "gradients"
    exact = False

    def __init__(self, problem: Problem, max_evals: int | None = None) -> None:
        self.problem = problem
        self.network: Network = problem.estimator
        self._points = max_evals
        n = problem.background.n_rows
        rng = np.random.default_rng(problem.random_state)
        drawn = np.sort(rng.choice(n, min(n, _N_BACKGROUND), replace=False))
        self._others = self.network.rows(problem.columns(problem.background.take(drawn)))
        self._base = self.network.margins(self._others).mean(axis=0)
        rows = f"{n:,} row{'' if n == 1 else 's'}"
        self.background_text = rows if len(drawn) == n else f"{len(drawn):,} of {rows}"
        Z = problem.checked_columns
        margins = _sides(self.network.margins(Z), problem)
        self.scale = scale_of(margins, problem.inner, problem.inner.predict(Z), "output")
        self.reason = (
            f"{problem.title} is a neural network; its expected gradients are estimated from gradients at "
            "points between each row and background rows."
        )

    def answer(self, data: Dataset, tick: Progress) -> Answer:
        """See `Explainer.answer`."""
        return self._answer(data, self._points or _POINTS, tick)

    def answer_row(self, row: Dataset) -> Answer:
        """See `Explainer.answer_row`."""
        return self._answer(row, max(self._points or 0, _POINTS_OF_ONE), lambda done, total: None)

    def _answer(self, data: Dataset, points: int, tick: Progress) -> Answer:
        problem = self.problem
        Z = problem.columns(data)
        rows = self.network.rows(Z)
        margins = self.network.margins(rows)
        n, k = margins.shape
        values, variances = (np.empty((n, rows.shape[1], k)) for _ in range(2))
        step = max(1, _AT_ONCE // points)
        for start in range(0, n, step):
            tick(start, n)
            part = slice(start, min(start + step, n))
            values[part], variances[part] = self._some(rows[part], margins[part], points, start)
        tick(n, n)
        probabilities = problem.inner.predict(Z) if problem.inner.has_probabilities else None
        raw, errors = to_raw(problem, values), np.sqrt(to_raw(problem, variances))
        has_lineage = problem.lineage is not None
        return Answer(
            _sides(raw, problem, of_values=True),
            _sides(self._base, problem),
            _sides(margins, problem),
            probabilities,
            np.concatenate([errors, errors], axis=2) if self._is_one_of_two(k) else errors,
            engineered=_sides(values, problem, of_values=True) if has_lineage else None,
            columns=Z if has_lineage else None,
        )

    def _is_one_of_two(self, k: int) -> bool:
        return k == 1 and self.problem.inner.n_outputs == 2

    def _some(
        self, rows: np.ndarray, margins: np.ndarray, points: int, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Values and the variances of their means (n, n_columns, k) of some rows."""
        rng = np.random.default_rng([self.problem.random_state, seed])
        n, p = rows.shape
        # Each background row equally often, and points spread evenly between the rows.
        turns = -(-points // len(self._others))
        other = np.concatenate([rng.permutation(len(self._others)) for _ in range(turns)])[:points]
        share = (rng.permutation(points) + rng.random(points)) / points
        between = self._others[other]
        steps = rows[:, None, :] - between[None]
        at = (between[None] + share[None, :, None] * steps).astype(np.float32).reshape(n * points, p)
        weights = self.network.outputs_of(self.network.forward(rows[:1]).reshape(1, -1).shape[1])
        k = weights.shape[1]
        values, variances = (np.empty((n, p, k)) for _ in range(2))
        for output in range(k):
            slopes = self.network.slopes(at, weights[:, output]).reshape(n, points, p)
            each = slopes * steps
            values[:, :, output] = each.mean(axis=1)
            variances[:, :, output] = each.var(axis=1, ddof=1) / points if points > 1 else 0.0
        return _completed(values, variances, margins - self._base)


def _completed(values: np.ndarray, variances: np.ndarray, due: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values that add up to what is known of their sum; the least certain ones are moved most."""
    missing = due - values.sum(axis=1)
    total = variances.sum(axis=1, keepdims=True)
    p = values.shape[1]
    shares = np.where(total > 0, variances / np.where(total > 0, total, 1.0), 1.0 / p)
    return values + shares * missing[:, None, :], variances * (1 - shares)


def _sides(margins: np.ndarray, problem: Problem, *, of_values: bool = False) -> np.ndarray:
    """One margin of two classes spelled out into both outputs, as the adapter has them."""
    if margins.shape[-1] != 1 or problem.inner.n_outputs != 2:
        return margins
    is_share = problem.estimator.output == "probability"
    first = 1.0 - margins if is_share and not of_values else 0.0 - margins
    return np.concatenate([first, margins], axis=-1)


def build(problem: Problem, max_evals: int | None) -> GradientExplainer | str:
    """The explainer, or why there is none."""
    if not isinstance(problem.estimator, Network):
        return f"{problem.title} is no neural network that is known here"
    if problem.obstacle is not None:
        return f"{problem.title} is a neural network, but {problem.obstacle}"
    try:
        return GradientExplainer(problem, max_evals)
    except NotImplementedError as error:
        return str(error)
