"""Native boosters of LightGBM, XGBoost and CatBoost: asked without their scikit-learn faces."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from .feed import as_array, fed, library

Task = Literal["binary", "multiclass", "regression"]

#: (task, asks the model, answers are probabilities, class labels)
Face = tuple[Task, Callable[[Any], Any], bool, "tuple[Any, ...] | None"]


def face_of(model: Any) -> Face | None:
    """How to ask a native booster; None where the model is something else."""
    module, name = type(model).__module__.split(".")[0], type(model).__name__
    if module == "lightgbm" and name == "Booster":
        return _lightgbm(model)
    if module == "xgboost" and name == "Booster":
        return _xgboost(model)
    if module == "catboost" and name == "CatBoost":
        return _catboost(model)
    return None


def _lightgbm(model: Any) -> Face:
    text = model.model_to_string(num_iteration=1)
    line = next((row for row in text.splitlines() if row.startswith("objective=")), "objective=")
    objective = line.removeprefix("objective=").split(" ")[0]

    def ask(native: Any) -> Any:
        table = fed(native, "pandas") if library(native) == "polars" else native
        return model.predict(table)

    if objective in ("binary", "cross_entropy", "xentropy"):
        return ("binary", ask, True, None)
    if objective.startswith("multiclass"):
        return ("multiclass", ask, True, None)
    return ("regression", ask, False, None)


def _xgboost(model: Any) -> Face:
    import xgboost

    config = json.loads(model.save_config())
    objective = str(config["learner"]["objective"]["name"])

    def matrix(native: Any) -> Any:
        table = fed(native, "pandas") if library(native) in ("polars", "pyarrow") else native
        if model.feature_names is None and library(table) == "pandas":
            return xgboost.DMatrix(table, feature_names=None, enable_categorical=True)
        if library(table) in ("numpy", "scipy"):
            return xgboost.DMatrix(
                table, feature_names=model.feature_names, feature_types=model.feature_types
            )
        return xgboost.DMatrix(table, enable_categorical=True)

    if objective == "binary:logistic":
        return ("binary", lambda native: model.predict(matrix(native)), True, None)
    if objective == "binary:logitraw":
        return ("binary", lambda native: _sigmoid(model.predict(matrix(native))), True, None)
    if objective in ("multi:softprob", "multi:softmax"):
        # softmax predicts labels; its margins give the probabilities.
        return (
            "multiclass",
            lambda native: _softmax(model.predict(matrix(native), output_margin=True)),
            True,
            None,
        )
    if objective == "binary:hinge":
        return ("binary", lambda native: model.predict(matrix(native), output_margin=True), False, None)
    return ("regression", lambda native: model.predict(matrix(native)), False, None)


def _catboost(model: Any) -> Face:
    loss = str(model.get_all_params().get("loss_function", "")) if model.is_fitted() else ""

    def table(native: Any) -> Any:
        return fed(native, "pandas") if library(native) in ("polars", "pyarrow") else native

    labels = tuple(np.asarray(model.classes_).tolist()) if len(getattr(model, "classes_", ())) else None
    if loss.split(":")[0] in ("Logloss", "CrossEntropy"):
        return (
            "binary",
            lambda native: model.predict(table(native), prediction_type="Probability"),
            True,
            labels,
        )
    if loss.split(":")[0] in ("MultiClass", "MultiClassOneVsAll"):
        return (
            "multiclass",
            lambda native: model.predict(table(native), prediction_type="Probability"),
            True,
            labels,
        )
    return ("regression", lambda native: model.predict(table(native)), False, None)


def _sigmoid(margins: Any) -> np.ndarray:
    from scipy.special import expit

    return np.asarray(expit(as_array(margins)))


def _softmax(margins: Any) -> np.ndarray:
    from scipy.special import softmax

    return np.asarray(softmax(as_array(margins), axis=1))
