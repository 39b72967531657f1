"""CatBoost's JSON model of numeric columns as plain arrays."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .building import Nodes
from .ensemble import LEAF, Ensemble

# Whether a missing value answers "greater than the border" with yes.
_MISSING_IS_GREATER = {"AsIs": False, "AsFalse": False, "AsTrue": True}


def read(model: Any) -> Ensemble:
    """Read a fitted model whose splits all compare numbers.

    Raises
    ------
    UnsupportedModelError
        Splits on categories, text or embeddings: they compare statistics or hashes, which CatBoost alone
        knows.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        facts = json.loads(path.read_text())
    columns = {
        each["feature_index"]: (each["flat_feature_index"], _MISSING_IS_GREATER[each["nan_value_treatment"]])
        for each in facts["features_info"].get("float_features", [])
    }
    scale, bias = facts["scale_and_bias"]
    base = np.atleast_1d(np.asarray(bias, dtype=np.float64))
    k = max(1, len(base))
    nodes, is_oblivious = Nodes(), "oblivious_trees" in facts
    trees = facts["oblivious_trees"] if is_oblivious else facts["trees"]
    for tree in trees:
        flat = _oblivious(tree, k) if is_oblivious else _nested(tree, k)
        _add(nodes, list(flat), columns, k)
    n_features = len(model.feature_names_)
    return nodes.ensemble([0] * len(trees), base, n_features, scale=float(scale), single=True)


def _add(nodes: Nodes, tree: list[tuple[Any, ...]], columns: dict[int, tuple[int, bool]], k: int) -> None:
    """One tree of nodes (split or None, left, right, cover, values), the root first."""
    n = len(tree)
    feature, threshold = np.full(n, LEAF, dtype=np.int64), np.zeros(n)
    missing_left, value = np.ones(n, dtype=bool), np.zeros((n, k))
    for at, (split, _, _, _, values) in enumerate(tree):
        if split is None:
            value[at] = values
            continue
        if split["split_type"] != "FloatFeature":
            raise UnsupportedModelError(f"CatBoost splits on categories ({split['split_type']})")
        feature[at], is_greater = columns[split["float_feature_index"]]
        threshold[at], missing_left[at] = split["border"], not is_greater
    left, right = (np.array([each[side] for each in tree], dtype=np.int64) for side in (1, 2))
    nodes.add_nodes(
        feature=feature,
        threshold=threshold,
        left=left,
        right=right,
        missing_left=missing_left,
        zero_missing=np.zeros(n, dtype=bool),
        sets=[None] * n,
        cover=np.array([each[3] for each in tree], dtype=np.float64),
        value=value if k > 1 else value[:, 0],
    )


def _oblivious(tree: Any, k: int) -> Iterator[tuple[Any, ...]]:
    """All nodes of a level ask the same; the last question is the root's and the highest bit of a leaf."""
    splits = (tree["splits"] or [])[::-1]
    depth = len(splits)
    values = np.asarray(tree["leaf_values"], dtype=np.float64).reshape(1 << depth, k)
    weights = np.asarray(tree["leaf_weights"], dtype=np.float64)
    for level, split in enumerate(splits):
        first = (1 << level) - 1
        covers = weights.reshape(1 << level, -1).sum(axis=1)
        for position in range(1 << level):
            child = 2 * (first + position) + 1
            yield split, child, child + 1, covers[position], None
    for leaf in range(1 << depth):
        yield None, LEAF, LEAF, weights[leaf], values[leaf]


def _nested(tree: Any, k: int) -> Iterator[tuple[Any, ...]]:
    """Trees that grow on one side, in the order of breadth."""
    level, first = [tree], 0
    while level:
        below: list[Any] = []
        after = first + len(level)
        for node in level:
            if "split" not in node:
                yield None, LEAF, LEAF, node["weight"], np.atleast_1d(node["value"])
                continue
            child = after + len(below)
            below += [node["left"], node["right"]]
            yield node["split"], child, child + 1, _cover(node), None
        level, first = below, after


def _cover(node: Any) -> float:
    total, stack = 0.0, [node]
    while stack:
        each = stack.pop()
        if "split" in each:
            stack += [each["left"], each["right"]]
        else:
            total += each["weight"]
    return total
