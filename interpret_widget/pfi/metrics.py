"""Metrics by the name of a scikit-learn scorer or as functions, asked about predictions made before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.models import ModelAdapter

_ERRORS = ("_error", "_loss", "_deviance")


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes
    ----------
    name : str
    is_error : bool
        Whether lower is better.
    score : callable
        Takes answers (n, n_outputs) of the model and true outcomes (n,).
    """

    name: str
    is_error: bool
    score: Callable[[np.ndarray, np.ndarray], float]


class _Answered:
    """Looks like an estimator to a scorer, and has answered already."""

    def __init__(self, adapter: ModelAdapter, answers: np.ndarray) -> None:
        self._answers = answers
        self._labels = None if adapter.class_values is None else np.asarray(adapter.class_values)
        self._estimator_type = "regressor" if adapter.task == "regression" else "classifier"
        if adapter.task != "regression":
            self.classes_ = self._labels if self._labels is not None else np.arange(answers.shape[1])
            # Scorers look for what is there, and at its name.
            if adapter.has_probabilities:
                self.predict_proba = self._predict_proba
            elif adapter.answer == "decision":
                self.decision_function = self._decision_function

    def fit(self, *_: Any) -> None:
        """Scorers take nothing that cannot be fitted."""

    def _predict_proba(self, _: Any) -> np.ndarray:
        return self._answers

    def _decision_function(self, _: Any) -> np.ndarray:
        return self._answers[:, 1] if self._answers.shape[1] == 2 else self._answers

    _predict_proba.__name__ = "predict_proba"
    _decision_function.__name__ = "decision_function"

    def predict(self, _: Any) -> np.ndarray:
        """Labels, or numbers."""
        if self._estimator_type == "classifier":
            return np.asarray(self.classes_[self._answers.argmax(axis=1)])
        return self._answers[:, 0] if self._answers.shape[1] == 1 else self._answers

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

        is_classifier = self._estimator_type == "classifier"
        return Tags(
            estimator_type=self._estimator_type,
            target_tags=TargetTags(required=False),
            classifier_tags=ClassifierTags() if is_classifier else None,
            regressor_tags=None if is_classifier else RegressorTags(),
        )


def metric_of(
    adapter: ModelAdapter,
    metric: str | Callable[..., float] | None,
    arguments: Mapping[str, Any],
    is_error: bool | None,
) -> Metric:
    """The metric that was asked for.

    Raises
    ------
    InvalidInputError
        No such scorer, or a scorer that is said to be an error.
    """
    if metric is None:
        metric = "r2" if adapter.task == "regression" else "accuracy"
    if isinstance(metric, str):
        return _scorer(adapter, metric, arguments, is_error)
    if not callable(metric):
        raise InvalidInputError(
            f"metric={metric!r} is neither the name of a scikit-learn scorer nor metric(y_true, y_pred)"
        )
    name = str(getattr(metric, "__name__", type(metric).__name__))
    guessed = name.endswith(_ERRORS) if is_error is None else bool(is_error)

    def score(answers: np.ndarray, y: np.ndarray) -> float:
        return float(metric(y, _Answered(adapter, answers).predict(None), **arguments))

    return Metric(name, guessed, score)


def _scorer(adapter: ModelAdapter, name: str, arguments: Mapping[str, Any], is_error: bool | None) -> Metric:
    from sklearn.metrics import get_scorer, get_scorer_names

    if name not in get_scorer_names():
        import difflib

        near = difflib.get_close_matches(name, get_scorer_names(), 3) or ["accuracy", "r2"]
        raise InvalidInputError(
            f"metric={name!r} is no scorer of scikit-learn; did you mean {', '.join(near)}?"
        )
    if arguments:
        raise InvalidInputError(f"metric_args are for functions; the scorer {name!r} takes none")
    if is_error:
        raise InvalidInputError(
            f"is_error_metric=True, but of scikit-learn's scorers, {name!r} too, more is always better"
        )
    scorer = get_scorer(name)

    def score(answers: np.ndarray, y: np.ndarray) -> float:
        return float(scorer(_Answered(adapter, answers), np.zeros((len(y), 1)), y))

    return Metric(name, False, score)
