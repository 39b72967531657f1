"""scikit-learn's trees, forests and boosting as plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .ensemble import Ensemble
from .sklearn_histogram import histogram, histogram_columns, histogram_table
from .sklearn_meta import adaboost_classifier, bagging, isolation, isolation_depths
from .sklearn_trees import TREE_CLASSIFIERS, TREE_REGRESSORS, of_trees, second_of_two, shares_of, targets_of

__all__ = ["CLASSIFIERS", "histogram_columns", "histogram_table", "isolation_depths", "read"]

_FOREST_CLASSIFIERS = (*TREE_CLASSIFIERS, "RandomForestClassifier", "ExtraTreesClassifier")
_FOREST_REGRESSORS = (*TREE_REGRESSORS, "RandomForestRegressor", "ExtraTreesRegressor")
_BOOSTED = ("GradientBoostingClassifier", "GradientBoostingRegressor")

#: Models whose outputs are probabilities.
CLASSIFIERS = (*_FOREST_CLASSIFIERS, "BaggingClassifier")


def read(model: Any) -> Ensemble | None:
    """Read a fitted model; None where it is none of these.

    Classifiers of two classes give one output, the second class: a probability for trees, forests and
    bagging; log-odds for boosting; ``decision_function`` for AdaBoost. Regressors of several targets have
    one output for each. The base of GradientBoosting is left at zero: it may depend on the row (``init=``).
    An isolation forest gives the mean depth at which it isolates a row (`isolation_depths`).

    Raises
    ------
    UnsupportedModelError
        A model of these that is not a sum of trees, or not of trees alone.
    """
    name = type(model).__name__
    if name in _FOREST_CLASSIFIERS or name in _FOREST_REGRESSORS:
        return _forest(model, classes=name in _FOREST_CLASSIFIERS)
    if name in _BOOSTED:
        return _boosted(model)
    if name in ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"):
        return histogram(model)
    if name in ("BaggingClassifier", "BaggingRegressor"):
        return bagging(model, classes=name == "BaggingClassifier")
    if name == "AdaBoostClassifier":
        return adaboost_classifier(model)
    if name == "AdaBoostRegressor":
        raise UnsupportedModelError(
            "AdaBoostRegressor predicts a weighted median of its trees, not their sum"
        )
    if name == "IsolationForest":
        return isolation(model)
    return None


def _forest(model: Any, *, classes: bool) -> Ensemble:
    trees = [each.tree_ for each in getattr(model, "estimators_", [model])]
    value = second_of_two(shares_of(trees)) if classes else targets_of(trees)
    return of_trees(trees, value / len(trees), n_features=int(model.n_features_in_))


def _boosted(model: Any) -> Ensemble:
    stages, k = model.estimators_.shape
    trees = [each.tree_ for each in model.estimators_.ravel()]
    value = targets_of(trees) * float(model.learning_rate)
    return of_trees(trees, value, n_features=int(model.n_features_in_), output=np.tile(np.arange(k), stages))
