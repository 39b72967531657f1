"""scikit-learn's ensembles over other trees as plain arrays: bagging, AdaBoost, isolation forests."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .ensemble import Ensemble
from .sklearn_trees import (
    TREE_CLASSIFIERS,
    TREE_REGRESSORS,
    inner_trees,
    of_trees,
    second_of_two,
    shares_of,
    targets_of,
)


def bagging(model: Any, *, classes: bool) -> Ensemble:
    """Mean of trees that each see their own columns: shares of classes, or targets."""
    found = inner_trees(model, TREE_CLASSIFIERS if classes else TREE_REGRESSORS)
    trees = [each.tree_ for each in found]
    if classes:
        k = len(model.classes_)
        # A tree of few rows may not know every class.
        parts = [_spread(shares_of([each.tree_]), each.classes_, k) for each in found]
        value = second_of_two(np.concatenate(parts))
    else:
        value = targets_of(trees)
    return of_trees(
        trees,
        value / len(trees),
        n_features=int(model.n_features_in_),
        columns=model.estimators_features_,
    )


def adaboost_classifier(model: Any) -> Ensemble:
    """The decision function of SAMME: each tree votes for one class with its weight.

    Raises
    ------
    UnsupportedModelError
        SAMME.R, whose sum is of logarithms of shares; estimators other than trees.
    """
    found = inner_trees(model, TREE_CLASSIFIERS)
    if getattr(model, "algorithm", None) == "SAMME.R":
        raise UnsupportedModelError(
            "AdaBoost with algorithm='SAMME.R' adds logarithms; fit it with algorithm='SAMME'"
        )
    k = len(model.classes_)
    if k < 2:
        raise UnsupportedModelError("AdaBoost was fitted on one class and has nothing to decide")
    weights = np.asarray(model.estimator_weights_, dtype=np.float64)
    votes = []
    for each, weight in zip(found, weights / weights.sum(), strict=False):
        chosen = np.searchsorted(model.classes_, each.classes_)[shares_of([each.tree_]).argmax(axis=1)]
        votes.append(np.where(chosen[:, None] == np.arange(k), weight, -weight / (k - 1)))
    value = np.concatenate(votes)
    # Of two classes, the library takes the difference.
    return of_trees(
        [each.tree_ for each in found],
        value[:, 1] - value[:, 0] if k == 2 else value,
        n_features=int(model.n_features_in_),
    )


def isolation(model: Any) -> Ensemble:
    """Mean number of splits that isolate a row, with what the rows left in a leaf would still take."""
    found = inner_trees(model, TREE_REGRESSORS)
    trees = [each.tree_ for each in found]
    left = np.concatenate([tree.n_node_samples for tree in trees])
    depth = np.concatenate([_depths(tree) for tree in trees])
    return of_trees(
        trees,
        (depth + _path_length(left)) / len(trees),
        n_features=int(model.n_features_in_),
        columns=model.estimators_features_,
    )


def isolation_depths(model: Any, scores: np.ndarray) -> np.ndarray:
    """The mean depths (n, 1) that ``model.score_samples`` turned into scores."""
    whole = _path_length(np.array([model._max_samples]))
    return np.asarray(-np.log2(-np.asarray(scores, dtype=np.float64)) * whole)[:, None]


def _spread(shares: np.ndarray, known: np.ndarray, k: int) -> np.ndarray:
    """Shares of the classes that a tree knows among all ``k``, which it knows by position."""
    if shares.shape[1] == k:
        return shares
    out = np.zeros((len(shares), k))
    out[:, np.asarray(known, dtype=np.intp)] = shares
    return out


def _depths(tree: Any) -> np.ndarray:
    """Splits above each node, level by level."""
    out = np.zeros(tree.node_count)
    level = np.zeros(1, dtype=np.int64)
    depth = 0
    while len(level):
        out[level] = depth
        depth += 1
        inner = level[tree.feature[level] >= 0]
        level = np.concatenate([tree.children_left[inner], tree.children_right[inner]])
    return out


def _path_length(n: np.ndarray) -> np.ndarray:
    """Mean depth of an unsuccessful search among ``n`` rows, as isolation forests define it."""
    n = np.asarray(n, dtype=np.float64)
    many = np.maximum(n, 3)
    grown = 2 * (np.log(many - 1) + np.euler_gamma) - 2 * (many - 1) / many
    return np.where(n <= 1, 0.0, np.where(n == 2, 1.0, grown))
