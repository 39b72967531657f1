"""HistGradientBoosting as plain arrays, and rows as its trees take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .assembly import assembled, joined, sets_of_words
from .ensemble import Ensemble


def histogram(model: Any) -> Ensemble:
    """The trees of HistGradientBoosting with their start."""
    found = [(output, each) for stage in model._predictors for output, each in enumerate(stage)]
    base = np.asarray(model._baseline_prediction, dtype=np.float64).ravel()
    n_features = int(model._bin_mapper.n_bins_non_missing_.shape[0])
    sizes = [len(each.nodes) for _, each in found]

    def column(name: str, dtype: Any) -> np.ndarray:
        return joined([each.nodes[name] for _, each in found], dtype)

    leaf = column("is_leaf", bool)
    words = [np.asarray(each.raw_left_cat_bitsets) for _, each in found]
    first = np.repeat(np.cumsum([0, *(len(each) for each in words)])[:-1], sizes)
    is_set = column("is_categorical", bool) & ~leaf
    bits = joined(words, np.uint32)
    return assembled(
        sizes,
        feature=np.where(leaf, -1, column("feature_idx", np.int64)),
        threshold=column("num_threshold", np.float64),
        left=column("left", np.int64),
        right=column("right", np.int64),
        missing_left=column("missing_go_to_left", bool),
        cover=column("count", np.float64),
        value=column("value", np.float64),
        output=[output for output, _ in found],
        base=base,
        n_features=n_features,
        category_set=np.where(is_set, column("bitset_idx", np.int64) + first, -1),
        categories=sets_of_words([bits.shape[1]] * len(bits), bits.ravel()) if len(bits) else None,
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
    return np.array(model._preprocess_X(Z, reset=False), dtype=np.float64)
