"""Boosting and forests of scikit-learn."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.models.trees import Ensemble
from interpret_widget.training.coding import Coding, levels_of

from .base import Library


class ScikitLearn(Library):
    """Boosting or a forest of scikit-learn, from an estimator that has trees already."""

    name = "scikit-learn"
    says_metrics = False

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator
        self.name = type(estimator).__name__
        self.is_classifier = hasattr(estimator, "classes_")
        first = self.read(0, 1)
        self.n_outputs = first.n_outputs
        is_forest = self.name.startswith(("RandomForest", "ExtraTrees"))
        self.trees_per_round = 1 if is_forest else first.n_trees
        self.is_mean = is_forest
        self.start = np.zeros(self.n_outputs)
        if hasattr(estimator, "_predictors"):
            self.start = np.asarray(estimator._baseline_prediction, dtype=np.float64).reshape(-1)
        self.link = "identity"
        if self.is_classifier and not is_forest:
            self.link = "logistic" if self.n_outputs == 1 else "softmax"
        if self.name.startswith("GradientBoosting"):
            self.start = self._start()

    def read(self, start: int, stop: int) -> Ensemble:
        """See `Library.read`."""
        from dataclasses import replace

        from interpret_widget.models.trees import sklearn

        part = copy.copy(self._estimator)
        if hasattr(part, "_predictors"):
            part._predictors = part._predictors[start:stop]
        else:
            part.estimators_ = part.estimators_[start:stop]
        found = sklearn.read(part)
        if found is None:
            raise UnsupportedModelError(f"{type(self._estimator).__name__} does not grow by trees")
        if hasattr(part, "_predictors"):
            return replace(found, base=np.zeros_like(found.base))
        if type(part).__name__.startswith(("RandomForest", "ExtraTrees")):
            return replace(found, value=found.value * (stop - start))
        return found

    @property
    def n_rounds(self) -> int:
        """See `Library.n_rounds`."""
        stages = getattr(self._estimator, "_predictors", None)
        return len(self._estimator.estimators_ if stages is None else stages)

    def coding(self, Z: Any) -> Coding:
        """See `Library.coding`; with categories in play HistGradientBoosting moves them to the front."""
        from interpret_widget.models.trees import sklearn

        fitted = self._estimator
        if not hasattr(fitted, "_predictors"):
            return Coding(levels_of(Z), single=True)
        n_columns = int(fitted.n_features_in_)
        order = list(sklearn.histogram_columns(fitted, n_columns))
        levels: list[list[Any] | None] = [None] * n_columns
        if getattr(fitted, "_preprocessor", None) is not None:
            known = fitted._preprocessor.named_transformers_["encoder"].categories_
            for column, categories in zip(np.flatnonzero(fitted.is_categorical_), known, strict=True):
                levels[column] = np.asarray(categories).tolist()
        return Coding(levels, order=None if order == list(range(n_columns)) else order)

    def margins(self, Z: Any) -> np.ndarray | None:
        """See `Library.margins`."""
        if self.name.startswith("GradientBoosting"):
            return None  # has rooms for stages that it has not grown yet
        if hasattr(self._estimator, "_predictors"):
            return np.asarray(self._estimator._raw_predict(Z))
        if self.is_classifier:
            shares = np.asarray(self._estimator.predict_proba(Z))
            return shares[:, 1:] if self.n_outputs == 1 else shares
        said = np.asarray(self._estimator.predict(Z))
        return said.reshape(len(said), -1)

    def _start(self) -> np.ndarray:
        row = np.zeros((1, int(self._estimator.n_features_in_)), dtype=np.float32)
        started = self._estimator._raw_predict_init(row)
        return np.asarray(started, dtype=np.float64).reshape(-1)[: self.n_outputs]
