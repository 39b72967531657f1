"""Exact values of naive Bayes in closed form: its log-odds are a sum over columns.

What a column adds does not depend on the others, so its value is what it adds to this row, less what it adds
to the rows of the background on average. Raw columns own disjoint sets of columns, whose values add up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError
from interpret_widget.models.naive_bayes import AdditiveSum, read
from interpret_widget.tabular import Dataset

from .base import Answer, Explainer, Progress
from .levels import MOST_ENGINEERED, NotAdditiveError, residual, to_raw, tolerance
from .links import apply, both_sides, scale_of
from .margins import dense
from .problem import Problem

_CELLS = 4_000_000  # numbers of one batch
_PRECISION = 1e-9


class AdditiveExplainer(Explainer):
    """Closed form for sums of functions of one column each.

    Parameters
    ----------
    problem : Problem
        The model and its background, all of it used.
    form : AdditiveSum
        The estimator, written out.

    Raises
    ------
    UnsupportedModelError
        The sum is not the model's own.
    """

    method = "additive"
    exact = True

    def __init__(self, problem: Problem, form: AdditiveSum) -> None:
        self.problem = problem
        self.form = form
        n = problem.background.n_rows
        self.background_text = f"mean of {n:,} row{'' if n == 1 else 's'}"
        self._is_binary = problem.inner.task == "binary"
        what = "log-odds are" if self._is_binary else "log probabilities, up to what classes share, are"
        self.reason = f"The {what} a sum over columns in {problem.title}, so the values are exact."
        if not self._is_binary:
            self.notes = (
                "Values add up to the logarithm of the joint probability, less its mean over classes: "
                "what all classes share says nothing of any.",
            )
        self._constant = self._centred(form.constant)
        Z = problem.checked_columns
        margins = self._margins(Z)
        scale = scale_of(margins, problem.inner, problem.inner.predict(Z), "log joint probability")
        self.scale = scale
        total, width = np.zeros(0), problem.checked_columns.shape[1]
        step = self._step(width)
        for start in range(0, n, step):
            rows = problem.background
            rows = rows if step >= n else rows.take(np.arange(start, min(start + step, n)))
            added = self._parts(problem.columns(rows)).sum(axis=0)
            total = added if start == 0 else total + added
        self._means = total / n
        self._base = self._both(self._means.sum(axis=0) + self._constant)
        self._withhold_wrong(self._values(Z), margins)

    def answer(self, data: Dataset, tick: Progress) -> Answer:
        """See `Explainer.answer`."""
        problem, n = self.problem, data.n_rows
        k, q = len(self._base), len(self._means)
        values, margins, probabilities = np.empty((n, data.n_columns, k)), np.empty((n, k)), np.empty((n, k))
        has_engineered = problem.lineage is not None and n * q * k <= MOST_ENGINEERED
        engineered = np.empty((n, q, k)) if has_engineered else None
        columns = []
        step = self._step(q)
        for start in range(0, n, step):
            tick(start, n)
            part = slice(start, min(start + step, n))
            rows = data if step >= n else data.take(np.arange(part.start, part.stop))
            Z = problem.columns(rows)
            found = self._values(Z)
            margins[part] = self._margins(Z)
            self._withhold_wrong(found, margins[part])
            values[part] = to_raw(problem, found)
            known = self.scale.link in ("logistic", "softmax")
            probabilities[part] = apply(self.scale.link, margins[part]) if known else problem.inner.predict(Z)
            if engineered is not None:
                engineered[part] = found
                columns.append(Z)
        tick(n, n)
        from interpret_widget.tabular.lineage import stack

        stacked = None if not columns else columns[0] if len(columns) == 1 else stack(columns)
        return Answer(values, self._base, margins, probabilities, engineered=engineered, columns=stacked)

    def _step(self, width: int) -> int:
        return max(1, _CELLS // (width * len(self._constant)))

    def _centred(self, sums: np.ndarray) -> np.ndarray:
        """The second class against the first, or each against their mean."""
        if self._is_binary:
            return np.asarray(sums[..., 1:] - sums[..., :1])
        return np.asarray(sums - sums.mean(axis=-1, keepdims=True))

    def _parts(self, Z: Any) -> np.ndarray:
        return self._centred(self.form.parts(dense(Z)))

    def _both(self, found: np.ndarray) -> np.ndarray:
        return both_sides(found) if self._is_binary else found

    def _values(self, Z: Any) -> np.ndarray:
        return self._both(self._parts(Z) - self._means)

    def _margins(self, Z: Any) -> np.ndarray:
        joint = self.problem.estimator.predict_joint_log_proba(self.problem.feed(Z))
        return self._both(self._centred(np.asarray(joint, dtype=np.float64)))

    def _withhold_wrong(self, values: np.ndarray, margins: np.ndarray) -> None:
        off = residual(values, self._base, margins)
        if not off <= tolerance(values, margins, _PRECISION):
            raise NotAdditiveError(
                f"the values of {self.problem.title} did not add up to its log-odds (off by {off:.2g})"
            )


def build(problem: Problem) -> AdditiveExplainer | str:
    """The explainer, or why there is none."""
    try:
        form = read(problem.estimator)
        if problem.obstacle is not None:
            return f"{problem.title} is additive, but {problem.obstacle}"
        return AdditiveExplainer(problem, form)
    except InterpretWidgetError as error:
        return str(error)
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        # Whatever a version of the library holds that is not expected here: sampling asks the model alone.
        said = str(error).rstrip(".")
        return f"{problem.title} could not be written out ({type(error).__name__}: {said})"
