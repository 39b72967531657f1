"""scikit-learn's compiled trees, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .assembly import assembled, joined
from .ensemble import Ensemble

TREE_CLASSIFIERS = ("DecisionTreeClassifier", "ExtraTreeClassifier")
TREE_REGRESSORS = ("DecisionTreeRegressor", "ExtraTreeRegressor")


def of_trees(
    trees: Sequence[Any],
    value: np.ndarray,
    *,
    n_features: int,
    output: Any = None,
    columns: Sequence[Any] | None = None,
) -> Ensemble:
    """The ensemble of ``tree_`` objects.

    Parameters
    ----------
    trees : sequence of sklearn.tree._tree.Tree
    value : ndarray (n_nodes,) or (n_nodes, n_outputs)
        Leaf values as they are added up.
    n_features : int
    output : array-like of int, optional
        Output of each tree; the first by default.
    columns : sequence of array of int, optional
        Of each tree, the columns of the table that it was given.
    """
    sizes = [tree.node_count for tree in trees]
    missing = [getattr(tree, "missing_go_to_left", None) for tree in trees]
    feature = joined([tree.feature for tree in trees], np.int64)
    if columns is not None:
        feature = _renamed(feature, sizes, columns)
    output = np.zeros(len(trees), dtype=np.int32) if output is None else np.asarray(output)
    k = value.shape[1] if value.ndim == 2 else int(output.max(initial=0)) + 1
    return assembled(
        sizes,
        feature=feature,
        threshold=joined([tree.threshold for tree in trees], np.float64),
        left=joined([tree.children_left for tree in trees], np.int64),
        right=joined([tree.children_right for tree in trees], np.int64),
        missing_left=joined(
            [np.zeros(n) if way is None else way for way, n in zip(missing, sizes, strict=True)], bool
        ),
        cover=joined([tree.weighted_n_node_samples for tree in trees], np.float64),
        value=value,
        output=output,
        base=np.zeros(k),
        n_features=n_features,
        single=True,
    )


def values_of(trees: Sequence[Any]) -> np.ndarray:
    """What the nodes of all trees say (n_nodes, n_targets, n_classes or 1)."""
    return joined([tree.value for tree in trees], np.float64)


def targets_of(trees: Sequence[Any]) -> np.ndarray:
    """Targets of regression (n_nodes, n_targets), or (n_nodes,) where there is one."""
    value = values_of(trees)[:, :, 0]
    return value[:, 0] if value.shape[1] == 1 else value


def shares_of(trees: Sequence[Any]) -> np.ndarray:
    """Shares of the classes (n_nodes, n_classes): older versions keep counts, newer ones shares."""
    value = values_of(trees)
    if value.shape[1] != 1:
        raise UnsupportedModelError("the trees classify several targets at once")
    value = value[:, 0]
    total = np.maximum(value.sum(axis=1, keepdims=True), 1e-300)
    return np.asarray(value / total)


def second_of_two(shares: np.ndarray) -> np.ndarray:
    """The second of two classes alone; more of them as they are."""
    return shares[:, 1] if shares.shape[1] == 2 else shares


def inner_trees(model: Any, allowed: Sequence[str]) -> list[Any]:
    """The estimators of a meta-estimator, if all of them are trees.

    Raises
    ------
    UnsupportedModelError
        Another kind of estimator.
    """
    for each in model.estimators_:
        if type(each).__name__ not in allowed:
            raise UnsupportedModelError(
                f"{type(model).__name__} is made of {type(each).__name__}, not of decision trees"
            )
    return list(model.estimators_)


def _renamed(feature: np.ndarray, sizes: Sequence[int], columns: Sequence[Any]) -> np.ndarray:
    """Columns of the whole table for columns of each tree's own."""
    widths = [len(own) for own in columns]
    first = np.repeat(np.cumsum([0, *widths])[:-1], sizes)
    names = joined(columns, np.int64)
    return np.where(feature >= 0, names[np.where(feature >= 0, feature + first, 0)], feature)
