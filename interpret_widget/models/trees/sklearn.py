"""scikit-learn's trees, forests and boosting as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .building import Nodes
from .ensemble import Ensemble

CLASSIFIERS = (
    "DecisionTreeClassifier",
    "ExtraTreeClassifier",
    "RandomForestClassifier",
    "ExtraTreesClassifier",
)
_REGRESSORS = (
    "DecisionTreeRegressor",
    "ExtraTreeRegressor",
    "RandomForestRegressor",
    "ExtraTreesRegressor",
)
_BOOSTED = ("GradientBoostingClassifier", "GradientBoostingRegressor")


def read(model: Any) -> Ensemble | None:
    """Read a fitted model; None where it is none of these.

    Classifiers of two classes give one output, the second class: a probability for trees and forests,
    log-odds for boosting. The base of GradientBoosting is left at zero: it may depend on the row (``init=``).
    """
    name = type(model).__name__
    if name in CLASSIFIERS:
        return _forest(model, classes=True)
    if name in _REGRESSORS:
        return _forest(model, classes=False)
    if name in _BOOSTED:
        return _boosted(model)
    if name.startswith("HistGradientBoosting"):
        return _histogram(model)
    return None


def _forest(model: Any, *, classes: bool) -> Ensemble:
    trees = [each.tree_ for each in getattr(model, "estimators_", [model])]
    if trees[0].value.shape[1] != 1:
        raise UnsupportedModelError("the forest predicts several targets at once")
    nodes = Nodes()
    for tree in trees:
        value = tree.value[:, 0, :]
        if classes:
            # Counts in older versions, shares in newer ones.
            value = value / np.maximum(value.sum(axis=1, keepdims=True), 1e-300)
            value = value[:, 1] if value.shape[1] == 2 else value
        else:
            value = value[:, 0]
        _add(nodes, tree, value)
    k = 1 if nodes.is_scalar else int(value.shape[1])
    return nodes.ensemble(
        [0] * len(trees), np.zeros(k), int(model.n_features_in_), scale=1 / len(trees), single=True
    )


def _boosted(model: Any) -> Ensemble:
    nodes, outputs = Nodes(), []
    for stages in model.estimators_:
        for output, each in enumerate(stages):
            _add(nodes, each.tree_, each.tree_.value[:, 0, 0])
            outputs.append(output)
    k = model.estimators_.shape[1]
    return nodes.ensemble(
        outputs, np.zeros(k), int(model.n_features_in_), scale=float(model.learning_rate), single=True
    )


def _add(nodes: Nodes, tree: Any, value: np.ndarray) -> None:
    n = tree.node_count
    missing = getattr(tree, "missing_go_to_left", None)
    nodes.add_nodes(
        feature=np.asarray(tree.feature, dtype=np.int64),
        threshold=tree.threshold,
        left=np.asarray(tree.children_left, dtype=np.int64),
        right=np.asarray(tree.children_right, dtype=np.int64),
        missing_left=np.zeros(n, dtype=bool) if missing is None else np.asarray(missing, dtype=bool),
        zero_missing=np.zeros(n, dtype=bool),
        sets=[None] * n,
        cover=tree.weighted_n_node_samples,
        value=value,
    )


def _histogram(model: Any) -> Ensemble:
    nodes, outputs = Nodes(), []
    for stage in model._predictors:
        for output, predictor in enumerate(stage):
            _add_histogram(nodes, predictor)
            outputs.append(output)
    base = np.asarray(model._baseline_prediction, dtype=np.float64).ravel()
    return nodes.ensemble(outputs, base, int(model._bin_mapper.n_bins_non_missing_.shape[0]))


def _add_histogram(nodes: Nodes, predictor: Any) -> None:
    table = predictor.nodes
    leaf = table["is_leaf"].astype(bool)
    sets: list[Any] = [None] * len(table)
    for position in np.flatnonzero(table["is_categorical"].astype(bool) & ~leaf):
        words = np.asarray(predictor.raw_left_cat_bitsets[table["bitset_idx"][position]])
        sets[position] = np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little").astype(bool)
    nodes.add_nodes(
        feature=np.where(leaf, -1, table["feature_idx"].astype(np.int64)),
        threshold=table["num_threshold"].astype(np.float64),
        left=table["left"].astype(np.int64),
        right=table["right"].astype(np.int64),
        missing_left=table["missing_go_to_left"].astype(bool),
        zero_missing=np.zeros(len(table), dtype=bool),
        sets=sets,
        cover=table["count"].astype(np.float64),
        value=table["value"].astype(np.float64),
    )


def histogram_columns(model: Any, n_columns: int) -> Sequence[int]:
    """Position in the user's columns of each column that the trees of HistGradientBoosting know.

    With categories in play scikit-learn moves them to the front.
    """
    categorical = getattr(model, "is_categorical_", None)
    if getattr(model, "_preprocessor", None) is None or categorical is None:
        return list(range(n_columns))
    mask = np.asarray(categorical, dtype=bool)
    return [*np.flatnonzero(mask).tolist(), *np.flatnonzero(~mask).tolist()]


def histogram_table(model: Any, Z: Any) -> np.ndarray:
    """Rows as the trees of HistGradientBoosting take them: categories as codes, unseen ones missing."""
    table = Z
    if hasattr(model, "_preprocess_X"):
        table = model._preprocess_X(Z, reset=False)
    out = np.array(table, dtype=np.float64)
    if getattr(model, "is_categorical_", None) is None:
        return out
    known, where = model._bin_mapper.make_known_categories_bitsets()
    remapped = getattr(model, "_is_categorical_remapped", model.is_categorical_)
    for column in np.flatnonzero(np.asarray(remapped, dtype=bool)):
        words = np.asarray(known[where[column]])
        listed = np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little").astype(bool)
        codes = out[:, column]
        inside = (codes >= 0) & (codes < len(listed))
        seen = inside.copy()
        seen[inside] = listed[codes[inside].astype(np.intp)]
        out[~seen, column] = np.nan
    return out
