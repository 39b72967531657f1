"""XGBoost's binary model as plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError, UnsupportedModelError

from .assembly import assembled, joined, sets_of_codes
from .ensemble import Ensemble
from .ubjson import parsed


def read(booster: Any, rounds: tuple[int, int] = (0, 0)) -> Ensemble:
    """Read a native booster, fitted here or loaded from a file.

    Parameters
    ----------
    booster : xgboost.Booster
    rounds : (int, int)
        Boosting rounds used, as ``iteration_range``; (0, 0) for all.

    Returns
    -------
    Ensemble
        Its base is zero: the library's ``base_score`` depends on the objective and is found by asking.
        Categories are codes as the library's own table has them.

    Raises
    ------
    UnsupportedModelError
        Boosters of something else than trees; trees of several outputs that say nothing of their covers.
    InvalidInputError
        Rounds that the booster does not have.
    """
    learner = parsed(bytes(booster.save_raw("ubj")))["learner"]
    boosted = learner["gradient_booster"]
    weights = boosted.get("weight_drop")
    model = boosted["gbtree"]["model"] if "gbtree" in boosted else boosted.get("model")
    if model is None or "trees" not in model:
        raise UnsupportedModelError(f"XGBoost boosts {boosted.get('name', 'something else')}, not trees")
    facts = learner["learner_model_param"]
    # One of the two says how many margins there are.
    k = max(1, int(facts.get("num_class", "0")), int(facts.get("num_target", "1")))
    used = slice(*_trees_of(rounds, model, k))
    trees = model["trees"][used]
    weight = np.ones(len(trees)) if weights is None else np.asarray(weights, dtype=np.float64)[used]
    return _ensemble(trees, weight, np.asarray(model["tree_info"])[used], k, int(facts["num_feature"]))


def _trees_of(rounds: tuple[int, int], model: Any, k: int) -> tuple[int, int]:
    n_trees = len(model["trees"])
    starts = model.get("iteration_indptr")
    if starts is None:
        per_round = k * int(model["gbtree_model_param"].get("num_parallel_tree", "1"))
        starts = list(range(0, n_trees + 1, per_round))
    n_rounds = len(starts) - 1
    first, last = rounds[0], rounds[1] or n_rounds
    if not 0 <= first <= last <= n_rounds:
        raise InvalidInputError(
            f"rounds={rounds}: the booster has {n_rounds}; give a start and a stop in that range"
        )
    return int(starts[first]), int(starts[last])


def _ensemble(trees: Any, weight: np.ndarray, owner: np.ndarray, k: int, n_features: int) -> Ensemble:
    sizes = [len(tree["left_children"]) for tree in trees]

    def column(name: str, dtype: Any) -> np.ndarray:
        return joined([tree[name] for tree in trees], dtype)

    left, right = column("left_children", np.int64), column("right_children", np.int64)
    leaf = left < 0
    condition = column("split_conditions", np.float32)
    missing_left = column("default_left", bool)
    by_node = np.repeat(weight, sizes)
    is_vector = any(int(tree["tree_param"].get("size_leaf_vector", "1")) > 1 for tree in trees)
    if any("sum_hessian" not in tree or ("leaf_weights" not in tree and is_vector) for tree in trees):
        raise UnsupportedModelError(
            "XGBoost says how many rows reach a node of several outputs from version 3.2 on"
        )
    cover = column("sum_hessian", np.float64)
    starts = np.cumsum([0, *sizes])[:-1]
    if not (cover[starts] > 0)[~leaf[starts]].all():
        raise UnsupportedModelError("XGBoost's trees do not say how many rows reached them")
    if is_vector:
        value = _vectors(trees, sizes, leaf, right, k) * by_node[:, None]
    else:
        value = condition.astype(np.float64) * by_node
    sets, categories = _sets(trees, sizes)
    # The library sends the categories of a set to the right.
    swapped = sets >= 0
    return assembled(
        sizes,
        feature=np.where(leaf, -1, column("split_indices", np.int64)),
        # "Less than" in single precision is "at most the number before".
        threshold=np.nextafter(condition, np.float32(-np.inf)),
        left=np.where(swapped, right, left),
        right=np.where(swapped, left, right),
        missing_left=missing_left ^ swapped,
        cover=cover,
        value=value,
        output=np.zeros(len(trees)) if is_vector else owner,
        base=np.zeros(k),
        n_features=n_features,
        category_set=sets,
        categories=categories,
        single=True,
    )


def _vectors(trees: Any, sizes: list[int], leaf: np.ndarray, right: np.ndarray, k: int) -> np.ndarray:
    """Values (n_nodes, k): those of leaves are kept apart, at the position that their right child says."""
    per_tree = [np.asarray(tree["leaf_weights"]).reshape(-1, k) for tree in trees]
    first = np.cumsum([0, *(len(each) for each in per_tree)])[:-1]
    packed = joined(per_tree, np.float64)
    out = np.zeros((len(leaf), k))
    out[leaf] = packed[(right + np.repeat(first, sizes))[leaf]]
    return out


def _sets(trees: Any, sizes: list[int]) -> tuple[np.ndarray, np.ndarray | None]:
    """Set of each node, -1 for none, and the sets."""
    sets = np.full(sum(sizes), -1, dtype=np.int64)
    nodes: list[np.ndarray] = []
    codes: list[np.ndarray] = []
    lengths: list[np.ndarray] = []
    start = 0
    for tree, size in zip(trees, sizes, strict=True):
        if len(tree["categories_nodes"]):
            nodes.append(np.asarray(tree["categories_nodes"], dtype=np.int64) + start)
            codes.append(np.asarray(tree["categories"], dtype=np.int64))
            lengths.append(np.asarray(tree["categories_sizes"], dtype=np.int64))
        start += size
    if not nodes:
        return sets, None
    where = np.concatenate(nodes)
    sets[where] = np.arange(len(where))
    return sets, sets_of_codes(np.concatenate(lengths), np.concatenate(codes))
