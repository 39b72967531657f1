"""Trees that came one after the other as one ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .ensemble import LEAF, Ensemble


def joined_ensemble(parts: Sequence[Ensemble]) -> Ensemble:
    """One ensemble of the trees of all parts, in their order; bases add up.

    Parameters
    ----------
    parts : sequence of Ensemble
        At least one; of the same columns and outputs.
    """
    if len(parts) == 1:
        return parts[0]
    first_node = np.cumsum([0, *(len(part.feature) for part in parts[:-1])])
    first_set = np.cumsum([0, *(len(part.categories) for part in parts[:-1])])
    width = max(part.categories.shape[1] for part in parts)

    def shifted(name: str, by: np.ndarray) -> np.ndarray:
        columns = []
        for part, offset in zip(parts, by, strict=True):
            column = getattr(part, name)
            columns.append(np.where(column == LEAF, LEAF, column + offset).astype(np.int32))
        return np.concatenate(columns)

    def plain(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    categories = [np.pad(each.categories, ((0, 0), (0, width - each.categories.shape[1]))) for each in parts]
    return replace(
        parts[0],
        roots=shifted("roots", first_node),
        feature=plain("feature"),
        threshold=plain("threshold"),
        left=shifted("left", first_node),
        right=shifted("right", first_node),
        missing_left=plain("missing_left"),
        zero_missing=plain("zero_missing"),
        category_set=shifted("category_set", first_set),
        categories=np.concatenate(categories),
        cover=plain("cover"),
        value=plain("value"),
        output=plain("output"),
        base=np.sum([part.base for part in parts], axis=0),
    )
