"""LightGBM's text model as plain arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError, UnsupportedModelError

from .assembly import assembled, sets_of_words
from .ensemble import Ensemble

# Bits of decision_type, as LightGBM's tree.h has them.
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_NONE, _MISSING_ZERO = 0, 1
# The library takes numbers no larger than this, in single precision, for zero.
_ZERO = float(np.float32(1e-35))


def read(model: Any, rounds: tuple[int, int] = (0, 0)) -> Ensemble:
    """Read a booster or a scikit-learn face of one, fitted here or loaded from a file.

    Parameters
    ----------
    model : lightgbm.Booster or lightgbm.LGBMModel
    rounds : (int, int)
        Boosting rounds used, from a start to a stop; (0, 0) for those that ``predict`` uses: until the best
        one where training stopped early, else all.

    Returns
    -------
    Ensemble
        The mean of the trees for ``boosting="rf"``, whose raw scores are sums.

    Raises
    ------
    UnsupportedModelError
        Trees with linear models in their leaves.
    InvalidInputError
        Rounds that the booster does not have.
    """
    booster = getattr(model, "booster_", model)
    start, stop = _rounds(booster, rounds)
    # The library takes no rounds at all for all of them.
    text = booster.model_to_string(num_iteration=max(1, stop - start), start_iteration=start)
    header, *blocks = text.split("\nTree=")
    facts = _facts(header)
    k = int(facts.get("num_tree_per_iteration", "1"))
    trees = [_facts(block.split("end of trees")[0]) for block in blocks] if stop > start else []
    if any(tree.get("is_linear", "0") != "0" for tree in trees):
        raise UnsupportedModelError("LightGBM has linear models in its leaves (linear_tree=True)")
    is_mean = "average_output" in header.splitlines()
    return _ensemble(
        trees,
        k,
        n_features=int(facts["max_feature_idx"]) + 1,
        scale=k / len(trees) if is_mean and trees else 1.0,
    )


def rows_of(ensemble: Ensemble, table: np.ndarray) -> np.ndarray:
    """Rows of numbers as LightGBM takes them: the tiniest are zero, and codes of categories are whole."""
    out = np.array(table, dtype=np.float64, order="C")
    out[np.abs(out) <= _ZERO] = 0.0
    coded = np.unique(ensemble.feature[ensemble.category_set >= 0])
    out[:, coded] = np.trunc(out[:, coded])
    return out


def _rounds(booster: Any, rounds: tuple[int, int]) -> tuple[int, int]:
    there = booster.current_iteration()
    if tuple(rounds) == (0, 0):
        best = int(getattr(booster, "best_iteration", -1) or -1)
        return 0, best if 0 < best <= there else there
    start, stop = rounds[0], rounds[1] or there
    if not 0 <= start <= stop <= there:
        raise InvalidInputError(
            f"rounds={rounds}: the booster has {there}; give a start and a stop in that range"
        )
    return start, stop


def _facts(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _numbers(trees: Iterable[dict[str, str]], key: str, dtype: Any) -> np.ndarray:
    """The numbers under one key of all trees, one tree after the other."""
    text = " ".join(tree.get(key, "") for tree in trees)
    return np.fromstring(text, dtype=dtype, sep=" ") if text.strip() else np.zeros(0, dtype=dtype)


def _ensemble(trees: list[dict[str, str]], k: int, *, n_features: int, scale: float) -> Ensemble:
    """Splits of a tree come first, its leaves after them; a negative child ``~i`` is leaf i."""
    n_leaves = np.array([int(tree["num_leaves"]) for tree in trees], dtype=np.int64)
    n_splits = np.maximum(n_leaves - 1, 0)
    sizes = n_splits + n_leaves
    # A tree of one leaf says nothing of its splits, or has zeros there.
    grown = [tree for tree, splits in zip(trees, n_splits, strict=True) if splits]
    is_leaf = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes) >= np.repeat(
        n_splits, sizes
    )

    def spread(splits: np.ndarray, leaves: Any) -> np.ndarray:
        out = np.empty(len(is_leaf), dtype=splits.dtype)
        out[~is_leaf] = splits
        out[is_leaf] = leaves
        return out

    def child(side: str) -> np.ndarray:
        at = _numbers(grown, f"{side}_child", np.int64)
        return spread(np.where(at >= 0, at, np.repeat(n_splits, n_splits) + ~at), 0)

    kind = _numbers(grown, "decision_type", np.int64)
    threshold = _numbers(grown, "threshold", np.float64)
    categorical = (kind & _CATEGORICAL) > 0
    missing = (kind >> 2) & 3
    # Without a kind of missing, NaN is taken for 0. A set has it never.
    to_left = np.where(missing == _MISSING_NONE, threshold >= 0, (kind & _DEFAULT_LEFT) > 0) & ~categorical
    of_leaves = np.ones(int(n_leaves.sum()))
    of_leaves[np.repeat(n_splits > 0, n_leaves)] = _numbers(grown, "leaf_count", np.float64)
    sets, categories = _sets(grown, threshold, categorical)
    return assembled(
        sizes,
        feature=spread(_numbers(grown, "split_feature", np.int64), -1),
        threshold=spread(threshold, 0.0),
        left=child("left"),
        right=child("right"),
        missing_left=spread(to_left, False),
        zero_missing=spread(missing == _MISSING_ZERO, False),
        cover=spread(_numbers(grown, "internal_count", np.float64), of_leaves),
        value=spread(np.zeros(len(kind)), _numbers(trees, "leaf_value", np.float64) * scale),
        output=np.arange(len(trees)) % k,
        base=np.zeros(k),
        n_features=n_features,
        category_set=spread(sets, -1),
        categories=categories,
    )


def _sets(
    trees: list[dict[str, str]], threshold: np.ndarray, categorical: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    """Set of each split, -1 for none, and the sets; such a split has it for a threshold."""
    if not categorical.any():
        return np.full(len(threshold), -1, dtype=np.int64), None
    n_sets = [int(tree.get("num_cat", "0")) for tree in trees]
    first = np.repeat(np.cumsum(n_sets) - n_sets, [int(tree["num_leaves"]) - 1 for tree in trees])
    bounds = [
        np.diff(_numbers([tree], "cat_boundaries", np.int64)) for tree in trees if "cat_boundaries" in tree
    ]
    words = _numbers(trees, "cat_threshold", np.int64).astype(np.uint32)
    sets = np.where(categorical, np.where(categorical, threshold, 0).astype(np.int64) + first, -1)
    return sets, sets_of_words(np.concatenate(bounds), words)
