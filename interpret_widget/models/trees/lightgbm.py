"""LightGBM's text model as plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .building import Nodes
from .ensemble import Ensemble

# Bits of decision_type, as LightGBM's tree.h has them.
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_NONE, _MISSING_ZERO = 0, 1


def read(model: Any, rounds: tuple[int, int] | None = None) -> Ensemble:
    """Read a booster or a scikit-learn face of one.

    Parameters
    ----------
    model : Booster or estimator
    rounds : (int, int), optional
        First and last boosting round; all that the model predicts with by default.

    Raises
    ------
    UnsupportedModelError
        Trees with linear models in their leaves.
    """
    booster = getattr(model, "booster_", model)
    best = int(getattr(booster, "best_iteration", -1) or -1)
    start, stop = rounds if rounds is not None else (0, best)
    text = booster.model_to_string(num_iteration=stop - start if stop > 0 else -1, start_iteration=start)
    header, *rest = text.split("\nTree=")
    facts = _facts(header)
    k = int(facts.get("num_tree_per_iteration", "1"))
    n_features = int(facts["max_feature_idx"]) + 1
    nodes = Nodes()
    outputs: list[int] = []
    for at, block in enumerate(rest):
        tree = _facts(block.split("end of trees")[0])
        if int(tree.get("is_linear", "0")):
            raise UnsupportedModelError("LightGBM has linear models in its leaves (linear_tree=True)")
        _add(nodes, tree)
        outputs.append(at % k)
    mean = "average_output" in header.splitlines()
    scale = k / len(rest) if mean and rest else 1.0
    return nodes.ensemble(outputs, np.zeros(k), n_features, scale=scale)


def _facts(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _numbers(tree: dict[str, str], key: str, dtype: Any) -> np.ndarray:
    return np.array(tree.get(key, "").split(), dtype=dtype)


def _add(nodes: Nodes, tree: dict[str, str]) -> None:
    """Splits come first, leaves after them; a negative child ``~i`` is leaf i."""
    values = _numbers(tree, "leaf_value", np.float64)
    n_splits = int(tree["num_leaves"]) - 1
    counts = _numbers(tree, "leaf_count", np.float64)
    if n_splits <= 0:
        nodes.add_leaf_tree(float(values[0]))
        return
    left, right = (_numbers(tree, f"{side}_child", np.int64) for side in ("left", "right"))

    def node_of(child: np.ndarray) -> np.ndarray:
        return np.where(child >= 0, child, n_splits + ~child)

    kind = _numbers(tree, "decision_type", np.int64)
    threshold = _numbers(tree, "threshold", np.float64)
    categorical = (kind & _CATEGORICAL) > 0
    missing = (kind >> 2) & 3
    default_left = (kind & _DEFAULT_LEFT) > 0
    sets = [None] * n_splits if not categorical.any() else _sets(tree, threshold, categorical)
    # Without a kind of missing, NaN is taken for 0.
    as_zero = np.where(threshold >= 0, True, False)
    missing_left = np.where(missing == _MISSING_NONE, as_zero, default_left)
    missing_left[categorical] = False
    nodes.add(
        feature=_numbers(tree, "split_feature", np.int64),
        threshold=np.where(categorical, 0.0, threshold),
        left=node_of(left),
        right=node_of(right),
        missing_left=missing_left,
        zero_missing=(missing == _MISSING_ZERO) & ~categorical,
        sets=sets,
        split_cover=_numbers(tree, "internal_count", np.float64),
        leaf_cover=counts,
        leaf_value=values,
    )


def _sets(tree: dict[str, str], threshold: np.ndarray, categorical: np.ndarray) -> list[Any]:
    bounds = _numbers(tree, "cat_boundaries", np.int64)
    words = _numbers(tree, "cat_threshold", np.uint32)
    out: list[Any] = []
    for position, is_set in enumerate(categorical):
        if not is_set:
            out.append(None)
            continue
        at = int(threshold[position])
        bits = words[bounds[at] : bounds[at + 1]]
        codes = np.unpackbits(bits.astype("<u4").view(np.uint8), bitorder="little").astype(bool)
        out.append(codes)
    return out
