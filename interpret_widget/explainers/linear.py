"""Exact values of linear models in closed form, behind any preprocessing whose columns have one raw parent.

For a model ``sum_j w_j z_j + c`` the Shapley value of column j against a background is
``w_j (z_j - mean z_j)``, whatever the coalition. Raw columns own disjoint sets of engineered ones, so the
model is additive in the raw columns too and their values are the sums: exact on both levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.models import title_of
from interpret_widget.tabular import Dataset

from .base import Answer, Explainer, Progress
from .levels import MOST_ENGINEERED, grouping, residual, tolerance
from .links import Scale, apply, both_sides, scale_of
from .margins import margins_of, word_of
from .problem import Problem

_CELLS = 8_000_000  # engineered values in one batch
_PRECISION = 1e-6


@dataclass(frozen=True, eq=False)
class LinearForm:
    """``margins = Z @ weights.T + intercept``, with the model's own margins agreeing."""

    weights: np.ndarray  # (n_outputs, n_columns)
    intercept: np.ndarray  # (n_outputs,)
    is_log: bool  # margins are the logarithm of predictions


class LinearExplainer(Explainer):
    """Closed form for models with ``coef_`` and ``intercept_``.

    Attributes
    ----------
    form : LinearForm
    means : ndarray (n_columns,)
        Of the background's columns.
    """

    method = "linear"
    exact = True

    def __init__(self, problem: Problem, form: LinearForm, scale: Scale) -> None:
        self.problem = problem
        self.form = form
        self.scale = scale
        n = problem.background.n_rows
        self.background_text = f"mean of {n:,} row{'' if n == 1 else 's'}"
        behind = (
            "" if problem.preprocessing is None else ", and each of its columns comes from one raw column"
        )
        self.reason = (
            f"{problem.title} is linear in its columns{behind}, so the values are exact in closed form."
        )
        if form.is_log:
            self.notes = ("Values add up to the logarithm of the prediction, in which this model is linear.",)
        self.means = _means(problem)
        self._base = form.weights @ self.means + form.intercept

    def answer(self, data: Dataset, tick: Progress) -> Answer:
        """See `Explainer.answer`."""
        problem, weights = self.problem, self.form.weights
        n, (k, q) = data.n_rows, weights.shape
        p = data.n_columns
        keeps_engineered = problem.lineage is not None and n * q * k <= MOST_ENGINEERED
        values = np.empty((n, p, k))
        engineered = np.empty((n, q, k)) if keeps_engineered else None
        margins, probabilities, blocks = np.empty((n, k)), [], []
        step = max(1, _CELLS // (q * k))
        for start in range(0, n, step):
            tick(start, n)
            part = slice(start, min(start + step, n))
            rows = data if step >= n else data.take(np.arange(part.start, part.stop))
            Z = problem.columns(rows)
            values[part] = self._raw(Z)
            if engineered is not None:
                engineered[part] = (_dense(Z) - self.means)[:, :, None] * weights.T
                blocks.append(Z)
            margins[part] = _margins(problem, self.form, Z)
            if problem.inner.has_probabilities:
                probabilities.append(problem.inner.predict(Z))
        tick(n, n)
        return Answer(
            values,
            self._base,
            margins,
            np.concatenate(probabilities) if probabilities else None,
            engineered=engineered,
            columns=_stacked(blocks) if engineered is not None else None,
        )

    def answer_row(self, row: Dataset) -> Answer:
        """See `Explainer.answer_row`; probabilities by the link where there is one."""
        problem = self.problem
        Z = problem.columns(row)
        margins = _margins(problem, self.form, Z)
        probabilities = None
        if problem.inner.has_probabilities:
            known = self.scale.link in ("logistic", "softmax")
            probabilities = apply(self.scale.link, margins) if known else problem.inner.predict(Z)
        engineered = None
        if problem.lineage is not None:
            engineered = (_dense(Z) - self.means)[:, :, None] * self.form.weights.T
        columns = Z if engineered is not None else None
        return Answer(
            self._raw(Z), self._base, margins, probabilities, engineered=engineered, columns=columns
        )

    def _raw(self, Z: Any) -> np.ndarray:
        """Values of raw columns without the engineered array: sparse text features have many columns."""
        weights, lineage = self.form.weights, self.problem.lineage
        if lineage is None:
            return np.asarray((_dense(Z) - self.means)[:, :, None] * weights.T)
        from scipy import sparse

        owner = grouping(lineage)
        known = owner >= 0
        members = sparse.csr_matrix(
            (np.ones(known.sum()), (np.flatnonzero(known), owner[known])),
            shape=(len(owner), len(lineage.raw_names)),
        )
        if hasattr(Z, "tocsr"):
            # Keeps zeros unstored: sum_j w_j z_j and sum_j w_j mean_j apart.
            parts = [
                np.asarray((Z.tocsr() @ sparse.diags(w) @ members).todense()) - (w * self.means) @ members
                for w in weights
            ]
        else:
            centred = _dense(Z) - self.means
            parts = [np.asarray((centred * w) @ members) for w in weights]
        return np.stack(parts, axis=-1)


def build(problem: Problem) -> LinearExplainer | str:
    """The explainer, or why there is none: every condition is tried on background rows, not assumed."""
    form = read(problem)
    if isinstance(form, str):
        return form
    if problem.obstacle is not None:
        return f"{problem.title} is linear, but {problem.obstacle}"
    Z = problem.checked_columns
    margins = _margins(problem, form, Z)
    made = LinearExplainer(
        problem, form, scale_of(margins, problem.inner, problem.inner.predict(Z), word_of(problem))
    )
    values = made._raw(Z)
    if not residual(values, made._base, margins) <= tolerance(values, margins, _PRECISION):
        return f"the values of {problem.title} did not add up to its predictions on raw columns"
    return made


def read(problem: Problem) -> LinearForm | str:
    """Weights whose linear sum is the model's own margin, or why there are none."""
    estimator = problem.estimator
    inside, is_wrapped = _inside(estimator)
    weights = _numbers(getattr(inside, "coef_", None))
    if hasattr(estimator, "regressor_") and (estimator.func is not None or estimator.transformer is not None):
        return f"{problem.title} predicts a transformed target, so it is not linear in its columns"
    if weights is None:
        return f"{problem.title} has no coef_"
    if (
        getattr(estimator, "decision_function_shape", None) is not None
    ) and problem.inner.task == "multiclass":
        return f"{problem.title} votes between pairs of classes, so it has no weights for single classes"
    try:
        Z = _dense(problem.checked_columns)
    except (TypeError, ValueError):
        return f"{problem.title} takes columns that are not numbers"
    weights = weights.reshape(1, -1) if weights.ndim == 1 else weights
    intercept = _numbers(getattr(inside, "intercept_", 0.0))
    intercept = np.zeros(1) if intercept is None else np.atleast_1d(intercept).ravel()
    if weights.ndim != 2 or weights.shape[1] != Z.shape[1] or len(intercept) not in (1, len(weights)):
        return f"coef_ of {title_of(inside)} has another shape than its columns"
    sums = Z @ weights.T + intercept
    if problem.inner.task == "binary" and len(weights) == 1:
        weights, intercept, sums = (both_sides(weights.T).T, both_sides(intercept), both_sides(sums))
    if len(weights) != problem.inner.n_outputs:
        return f"coef_ of {title_of(inside)} has {len(weights)} rows for {problem.inner.n_outputs} outputs"
    for is_log in (False,) if is_wrapped or problem.inner.task != "regression" else (False, True):
        form = LinearForm(weights, np.broadcast_to(intercept, (len(weights),)).astype(float), is_log)
        margins = _margins(problem, form, problem.checked_columns)
        if margins.shape == sums.shape and np.allclose(
            margins, sums, rtol=_PRECISION, atol=_slack(weights, Z, margins)
        ):
            return form
    return f"{problem.title} has coef_, but predicts something else than their sum"


def _slack(weights: np.ndarray, Z: np.ndarray, margins: np.ndarray) -> float:
    terms = float((np.abs(Z) @ np.abs(weights).T).max(initial=1.0))
    return 1e-9 * max(terms, float(np.abs(margins).max(initial=1.0)))


def _inside(estimator: Any) -> tuple[Any, bool]:
    """The model inside a wrapper that may hand its sum through, such as TransformedTargetRegressor."""
    for name in ("regressor_", "estimator_"):
        inside = getattr(estimator, name, None)
        if inside is not None and hasattr(inside, "coef_") and not hasattr(estimator, "coef_"):
            return inside, True
    return estimator, False


def _margins(problem: Problem, form: LinearForm, Z: Any) -> np.ndarray:
    """The model's own margins (n, n_outputs): what the values have to add up to."""
    margins = margins_of(problem, Z)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(margins) if form.is_log else margins


def _means(problem: Problem) -> np.ndarray:
    """Mean of the estimator's columns over all background rows (n_columns,)."""
    background = problem.background
    n = background.n_rows
    width = problem.checked_columns.shape[1]
    step = max(1, _CELLS // width)
    total = np.zeros(width)
    for start in range(0, n, step):
        rows = background if step >= n else background.take(np.arange(start, min(start + step, n)))
        Z = problem.columns(rows)
        total += np.asarray(Z.sum(axis=0)).ravel() if hasattr(Z, "tocsr") else _dense(Z).sum(axis=0)
    return total / n


def _numbers(held: Any) -> np.ndarray | None:
    if held is None:
        return None
    return np.asarray(held.toarray() if hasattr(held, "toarray") else held, dtype=np.float64)


def _dense(Z: Any) -> np.ndarray:
    return np.asarray(Z.toarray() if hasattr(Z, "toarray") else Z, dtype=np.float64)


def _stacked(blocks: list[Any]) -> Any:
    from interpret_widget.tabular.lineage import stack

    return blocks[0] if len(blocks) == 1 else stack(blocks)
