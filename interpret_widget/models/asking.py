"""Which method of a model to call, and what its answer means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from interpret_widget.errors import InvalidInputError, UnsupportedModelError

from .boosters import Task, face_of

Answer = Literal["probability", "decision", "prediction"]


@dataclass(frozen=True)
class Way:
    """How to ask a model.

    ``is_open``: the answer's meaning is only known from the answer (functions). ``source``: what knows the
    columns, if anything.
    """

    ask: Callable[[Any], Any]
    answer: Answer
    task: Task | None
    class_values: tuple[Any, ...] | None = None
    is_open: bool = False
    source: Any = None


def way_of(model: Any, task: Task | None = None) -> Way:
    """The best way to ask: probabilities before decision values before predictions.

    Raises
    ------
    InvalidInputError
        A fitted model is needed, or the task contradicts the model.
    UnsupportedModelError
        The model offers nothing to ask, or several classifications at once.
    """
    booster = face_of(model)
    if booster is not None:
        found, ask, is_probability, labels = booster
        _refuse_contradiction(task, found, model)
        answer: Answer = (
            "probability" if is_probability else "prediction" if found == "regression" else "decision"
        )
        return Way(ask, answer, found, labels, source=model)
    _refuse_unfitted(model)
    if _is_classifier(model):
        return _classifier(model, task)
    if _is_outlier_detector(model):
        return Way(model.decision_function, "prediction", "regression", source=model)
    if _is_kind(model, "clusterer") or (hasattr(model, "transform") and not hasattr(model, "predict")):
        raise UnsupportedModelError(
            f"model is a {type(model).__name__}, which predicts no target; "
            "pass a function of a table that returns the number to explain"
        )
    if _is_kind(model, "regressor"):
        if task not in (None, "regression"):
            raise InvalidInputError(f"task={task!r}, but {type(model).__name__} is a regressor")
        return Way(model.predict, "prediction", "regression", source=model)
    ask_it = getattr(model, "predict", None)
    if ask_it is None and callable(model):
        ask_it = model
    if ask_it is None or isinstance(model, type):
        raise UnsupportedModelError(
            f"model is {_described(model)}; it needs predict_proba, "
            "decision_function or predict, or must be a function of a table"
        )
    return Way(ask_it, "prediction", task, is_open=True, source=model)


def _described(model: Any) -> str:
    if isinstance(model, type):
        return f"the class {model.__name__} and not an object of it"
    return f"a {type(model).__name__}"


def _classifier(model: Any, task: Task | None) -> Way:
    labels = getattr(model, "classes_", None)
    if isinstance(labels, list) and labels and isinstance(labels[0], np.ndarray):
        raise UnsupportedModelError(
            f"model: {type(model).__name__} predicts {len(labels)} targets at once; explain one of them, "
            "e.g. model.estimators_[0]"
        )
    values = tuple(np.asarray(labels).tolist()) if labels is not None else None
    n_classes = len(values) if values is not None else None
    if n_classes == 1:
        raise UnsupportedModelError(
            f"model: {type(model).__name__} was fitted on one class only ({values}); nothing varies"
        )
    found: Task | None = None if n_classes is None else "binary" if n_classes == 2 else "multiclass"
    _refuse_contradiction(task, found, model)
    if hasattr(model, "predict_proba"):
        return Way(model.predict_proba, "probability", found or task, values, n_classes is None, model)
    if hasattr(model, "decision_function") and not _is_one_vs_one(model, n_classes):
        return Way(model.decision_function, "decision", found or task, values, n_classes is None, model)
    if values is None:
        raise UnsupportedModelError(
            f"model: {type(model).__name__} has neither classes_ nor predict_proba; "
            "pass a function that returns probabilities"
        )
    return Way(_votes(model, values), "prediction", found, values, source=model)


def _votes(model: Any, values: tuple[Any, ...]) -> Callable[[Any], np.ndarray]:
    """Only labels to be had: 1 for the class that is predicted, 0 for the others."""
    labels = np.asarray(values)

    def ask(native: Any) -> np.ndarray:
        predicted = np.asarray(model.predict(native)).reshape(-1, 1)
        return np.asarray(predicted == labels.reshape(1, -1), dtype=np.float64)

    return ask


def _is_one_vs_one(model: Any, n_classes: int | None) -> bool:
    """Decision values of pairs of classes do not count as those of classes, even where there are as many."""
    from .pipeline import is_pipeline, unwrap

    if n_classes is None or n_classes <= 2:
        return False
    inner = unwrap(model)
    while is_pipeline(inner):
        inner = unwrap(inner.steps[-1][1])
    return getattr(inner, "decision_function_shape", None) == "ovo"


def _is_kind(model: Any, kind: str) -> bool:
    """scikit-learn's own word for what an estimator is, in all versions since 1.4."""
    declared = getattr(model, "_estimator_type", None)
    if declared is not None:
        return bool(declared == kind)
    if not hasattr(model, "fit") or isinstance(model, type):
        return False
    try:
        from sklearn.utils import get_tags
    except ImportError:
        return False
    try:
        return bool(get_tags(model).estimator_type == kind)
    except Exception:  # objects that only look like estimators
        return False


def _is_classifier(model: Any) -> bool:
    if isinstance(model, type):
        return False
    return _is_kind(model, "classifier") or hasattr(model, "predict_proba")


def _is_outlier_detector(model: Any) -> bool:
    return _is_kind(model, "outlier_detector") and hasattr(model, "decision_function")


def _refuse_contradiction(task: str | None, found: str | None, model: Any) -> None:
    if task is not None and found is not None and task != found:
        raise InvalidInputError(f"task={task!r}, but {type(model).__name__} says {found!r}; leave task out")


def _refuse_unfitted(model: Any) -> None:
    if not hasattr(model, "fit") or isinstance(model, type) or not hasattr(model, "get_params"):
        return
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    if hasattr(model, "is_fitted") and callable(
        model.is_fitted
    ):  # CatBoost keeps no attribute that scikit-learn knows
        fitted = bool(model.is_fitted())
    else:
        try:
            check_is_fitted(model)
            fitted = True
        except NotFittedError:
            fitted = False
        except TypeError:  # not an estimator in scikit-learn's sense
            fitted = True
    if not fitted:
        raise InvalidInputError(f"model: this {type(model).__name__} is not fitted; call fit first")
