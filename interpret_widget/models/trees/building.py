"""Collect the trees of a library into one set of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .checking import checked
from .ensemble import LEAF, Ensemble


class Nodes:
    """Trees one after the other. Within a tree, splits come first and leaves after them, or in any order."""

    def __init__(self) -> None:
        self._parts: dict[str, list[np.ndarray]] = {
            name: []
            for name in ("feature", "threshold", "left", "right", "missing", "zero", "set", "cover", "value")
        }
        self._roots: list[int] = []
        self._sets: list[np.ndarray] = []
        self._n = 0

    def add_leaf_tree(self, value: Any) -> None:
        """A tree that is one leaf."""
        one = np.atleast_1d(np.asarray(value, dtype=np.float64))
        nothing = np.full(1, LEAF, dtype=np.int64)
        no = np.zeros(1, dtype=bool)
        self.add_nodes(
            feature=nothing,
            threshold=np.zeros(1),
            left=nothing,
            right=nothing,
            missing_left=no,
            zero_missing=no,
            sets=[None],
            cover=np.ones(1),
            value=one if np.ndim(value) == 0 else one[None],
        )

    def add_nodes(
        self,
        *,
        feature: np.ndarray,
        threshold: np.ndarray,
        left: np.ndarray,
        right: np.ndarray,
        missing_left: np.ndarray,
        zero_missing: np.ndarray,
        sets: Sequence[Any],
        cover: np.ndarray,
        value: np.ndarray,
    ) -> None:
        """A tree whose nodes lie in any order, the root first; leaves have a feature below 0."""
        inner = feature >= 0
        which = np.full(len(feature), -1, dtype=np.int64)
        for position, codes in enumerate(sets):
            if codes is not None:
                which[position] = len(self._sets)
                self._sets.append(codes)
        columns = {
            "feature": np.where(inner, feature, LEAF),
            "threshold": threshold,
            "left": np.where(inner, left + self._n, LEAF),
            "right": np.where(inner, right + self._n, LEAF),
            "missing": missing_left,
            "zero": zero_missing,
            "set": which,
            "cover": cover,
            "value": value,
        }
        for name, array in columns.items():
            self._parts[name].append(array)
        self._roots.append(self._n)
        self._n += len(feature)

    def ensemble(
        self,
        outputs: Sequence[int],
        base: np.ndarray,
        n_features: int,
        *,
        scale: float = 1.0,
        single: bool = False,
    ) -> Ensemble:
        """All trees added so far."""

        def column(name: str, dtype: Any) -> np.ndarray:
            parts = self._parts[name]
            return np.ascontiguousarray(np.concatenate(parts), dtype=dtype) if parts else np.zeros(0, dtype)

        width = max((len(codes) for codes in self._sets), default=0)
        categories = np.zeros((len(self._sets), width), dtype=bool)
        for row, codes in enumerate(self._sets):
            categories[row, : len(codes)] = codes
        return checked(
            Ensemble(
                roots=np.asarray(self._roots, dtype=np.int32),
                feature=column("feature", np.int32),
                threshold=column("threshold", np.float64),
                left=column("left", np.int32),
                right=column("right", np.int32),
                missing_left=column("missing", np.bool_),
                zero_missing=column("zero", np.bool_),
                category_set=column("set", np.int32),
                categories=categories,
                cover=column("cover", np.float64),
                value=column("value", np.float64) * scale,
                output=np.asarray(outputs, dtype=np.int32),
                base=np.asarray(base, dtype=np.float64),
                n_features=n_features,
                single=single,
            )
        )
