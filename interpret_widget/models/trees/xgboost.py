"""XGBoost's JSON model as plain arrays."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .building import Nodes
from .ensemble import Ensemble


def read(booster: Any, rounds: tuple[int, int] = (0, 0)) -> Ensemble:
    """Read a native booster.

    Parameters
    ----------
    booster : xgboost.Booster
    rounds : (int, int)
        Boosting rounds used, as ``iteration_range``; (0, 0) for all.

    Returns
    -------
    Ensemble
        Its base is zero: the library's ``base_score`` depends on the objective and is found by asking.

    Raises
    ------
    UnsupportedModelError
        Linear boosters, several outputs in one leaf, categorical splits.
    """
    learner = json.loads(booster.save_raw("json"))["learner"]
    boosted = learner["gradient_booster"]
    weights = boosted.get("weight_drop")
    model = boosted["gbtree"]["model"] if "gbtree" in boosted else boosted.get("model")
    if model is None or "trees" not in model:
        raise UnsupportedModelError(f"XGBoost boosts {boosted.get('name', 'something else')}, not trees")
    trees, owner = model["trees"], model["tree_info"]
    k = max(1, int(learner["learner_model_param"].get("num_class", "0")))
    k = max(k, int(learner["learner_model_param"].get("num_target", "1")))
    start, stop = _trees_of(rounds, model, len(trees), k)
    nodes, outputs = Nodes(), []
    for at in range(start, stop):
        tree = trees[at]
        if int(tree["tree_param"].get("size_leaf_vector", "1")) > 1:
            raise UnsupportedModelError("XGBoost has several outputs in one leaf (multi_strategy)")
        if tree.get("categories_nodes"):
            raise UnsupportedModelError("XGBoost splits on categories")
        _add(nodes, tree, 1.0 if weights is None else float(weights[at]))
        outputs.append(int(owner[at]))
    n_features = int(learner["learner_model_param"]["num_feature"])
    return nodes.ensemble(outputs, np.zeros(k), n_features, single=True)


def _trees_of(rounds: tuple[int, int], model: Any, n_trees: int, k: int) -> tuple[int, int]:
    if rounds == (0, 0):
        return 0, n_trees
    starts = model.get("iteration_indptr")
    if starts is not None:
        return int(starts[rounds[0]]), int(starts[min(rounds[1], len(starts) - 1)])
    parallel = int(model["gbtree_model_param"].get("num_parallel_tree", "1"))
    return rounds[0] * k * parallel, min(n_trees, rounds[1] * k * parallel)


def _add(nodes: Nodes, tree: Any, weight: float) -> None:
    left = np.asarray(tree["left_children"], dtype=np.int64)
    leaf = left < 0
    condition = np.asarray(tree["split_conditions"], dtype=np.float32)
    n = len(left)
    # "Less than" in single precision is "at most the number before".
    before = np.nextafter(condition, np.float32(-np.inf)).astype(np.float64)
    nodes.add_nodes(
        feature=np.where(leaf, -1, np.asarray(tree["split_indices"], dtype=np.int64)),
        threshold=np.where(leaf, 0.0, before),
        left=left,
        right=np.asarray(tree["right_children"], dtype=np.int64),
        missing_left=np.asarray(tree["default_left"], dtype=np.int64).astype(bool),
        zero_missing=np.zeros(n, dtype=bool),
        sets=[None] * n,
        cover=np.asarray(tree["sum_hessian"], dtype=np.float64),
        value=np.where(leaf, condition.astype(np.float64) * weight, 0.0),
    )
