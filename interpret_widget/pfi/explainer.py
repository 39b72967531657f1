"""Permutation feature importance of any model, on raw columns through its whole pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError
from interpret_widget.explainers.base import Cancel, Progress, ticking
from interpret_widget.explainers.problem import Problem, pose
from interpret_widget.tabular import Dataset
from interpret_widget.tabular.mixing import mix

from .exchange import alike, anybody, groups_of
from .metrics import Metric, metric_of
from .result import PermutationImportance

_AT_ONCE = 200_000  # rows that are predicted together


class PFIExplainer:
    """How much worse a model gets when a column is permuted (Breiman 2001; Fisher, Rudin, Dominici 2019).

    Parameters
    ----------
    model : estimator, Pipeline, booster or callable
        A fitted model of raw columns, or, with ``transformations``, of engineered ones.
    features : sequence of str, optional
        Column names where the table has none.
    metric : str or callable, optional
        Name of a scikit-learn scorer, or ``metric(y_true, y_pred)``; accuracy of classes and R² of numbers by
        default.
    metric_args : dict, optional
        Further arguments of a callable.
    is_error_metric : bool, optional
        Whether a lower value of a callable is better; by default what its name ends with says it
        (``_error``, ``_loss``, ``_deviance``). Columns that matter rank first either way.
    classes : sequence of str, optional
        Names of the classes for people.
    transformations : transformer or list of (columns, transformer), optional
        What turns raw columns into the model's, fitted.
    n_repeats : int, default 5
        Permutations of each column.
    conditional : bool, default False
        Exchange values only among rows that are alike in the other columns, so that a model is not asked
        about rows that cannot be (Strobl and others 2008; Molnar and others 2023): what a column tells beyond
        others.
    random_state : int, default 0

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> PFIExplainer(Ridge().fit(X, y)).explain_global(X, y).get_ranked_global_names(2)
    ['bmi', 's5']
    """

    def __init__(
        self,
        model: Any,
        *,
        features: Sequence[Any] | None = None,
        metric: str | Callable[..., float] | None = None,
        metric_args: Mapping[str, Any] | None = None,
        is_error_metric: bool | None = None,
        classes: Sequence[Any] | None = None,
        transformations: Any = None,
        n_repeats: int = 5,
        conditional: bool = False,
        random_state: int = 0,
    ) -> None:
        whole_number("n_repeats", n_repeats)
        self._model = model
        self._posing = {"features": features, "classes": classes, "transformations": transformations}
        self._metric, self._arguments, self._is_error = metric, dict(metric_args or {}), is_error_metric
        self._repeats, self._conditional, self._random_state = n_repeats, bool(conditional), random_state

    def explain_global(
        self, X: Any, y: Any, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> PermutationImportance:
        """Importance of every raw column.

        Parameters
        ----------
        X : table (n_rows, n_columns)
            Raw rows that the model was not fitted on.
        y : array-like (n_rows,)
            True outcomes.
        progress, cancel
            As in `TabularExplainer.explain_global`.

        Raises
        ------
        InvalidInputError
            Outcomes that do not fit, or a metric that cannot be asked.
        """
        tick = ticking(progress, cancel)
        problem: Problem = pose(self._model, X, random_state=self._random_state, **self._posing)
        data, outcomes = problem.background, _outcomes(y, problem.background.n_rows)
        metric = metric_of(problem.adapter, self._metric, self._arguments, self._is_error)
        baseline = _scored(metric, problem.adapter.predict(data), outcomes)
        n, p = data.n_rows, data.n_columns
        out = np.empty((p, self._repeats))
        together = max(1, min(self._repeats, _AT_ONCE // n))
        steps = p * -(-self._repeats // together)
        done = 0
        for column in range(p):
            rng = np.random.default_rng([self._random_state, column])
            givers = self._givers(data, column, rng)
            for start in range(0, self._repeats, together):
                tick(done, steps)
                part = givers[start : start + together]
                answers = problem.adapter.predict(_exchanged(data, column, part)).reshape(len(part), n, -1)
                for at, each in enumerate(answers):
                    out[column, start + at] = _scored(metric, each, outcomes)
                done += 1
        tick(steps, steps)
        importances = out - baseline if metric.is_error else baseline - out
        return PermutationImportance(
            data.names, importances, baseline, metric.name, metric.is_error, self._conditional, n
        )

    def explain_local(self, *_: Any, **__: Any) -> None:
        """There are no local values: a metric is of many rows.

        Raises
        ------
        InvalidInputError
            Always.
        """
        raise InvalidInputError(
            "permutation importance says nothing of single rows; for them there are TabularExplainer and "
            "MimicExplainer"
        )

    def _givers(self, data: Dataset, column: int, rng: np.random.Generator) -> np.ndarray:
        if not self._conditional:
            return anybody(data.n_rows, self._repeats, rng)
        return alike(groups_of(data, column, self._random_state), self._repeats, rng)

    def __repr__(self) -> str:
        return (
            f"PFIExplainer({type(self._model).__name__}, metric={self._metric!r}, n_repeats={self._repeats})"
        )


def _exchanged(data: Dataset, column: int, givers: np.ndarray) -> Any:
    """The rows once for each permutation, one column taken from others."""
    rows = np.tile(np.arange(data.n_rows), len(givers))
    mask = np.ones((len(rows), data.n_columns), dtype=bool)
    mask[:, column] = False
    return mix(data, rows, data, givers.reshape(-1), mask)


def _scored(metric: Metric, answers: np.ndarray, y: np.ndarray) -> float:
    try:
        found = metric.score(answers, y)
    except Exception as error:
        raise InvalidInputError(
            f"metric={metric.name!r} raised {type(error).__name__}: {error}; choose one that takes this "
            "model's answers and these outcomes"
        ) from error
    if not np.isfinite(found):
        raise InvalidInputError(f"metric={metric.name!r} gave {found}; choose one that is defined for y")
    return found


def _outcomes(y: Any, n_rows: int) -> np.ndarray:
    values = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 0 or len(values) != n_rows:
        raise InvalidInputError(f"y has shape {values.shape}, X has {n_rows} rows; give one outcome for each")
    return values
