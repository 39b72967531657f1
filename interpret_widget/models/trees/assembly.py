"""Put the trees of a library together: arrays of all trees at once, no loop over nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .checking import checked
from .ensemble import LEAF, Ensemble

_MOST_SETS = 1 << 29  # bytes


def assembled(
    sizes: Any,
    *,
    feature: np.ndarray,
    threshold: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    missing_left: np.ndarray,
    cover: np.ndarray,
    value: np.ndarray,
    output: Any,
    base: Any,
    n_features: int,
    zero_missing: np.ndarray | None = None,
    category_set: np.ndarray | None = None,
    categories: np.ndarray | None = None,
    single: bool = False,
) -> Ensemble:
    """An ensemble of trees that lie one after the other.

    Parameters
    ----------
    sizes : array-like of int (n_trees,)
        Nodes of each tree; its root comes first.
    feature : ndarray (n_nodes,)
        Below 0 in leaves, where the other columns may say anything.
    left, right : ndarray (n_nodes,)
        Children, counted from the first node of their tree.
    threshold, missing_left, cover, value, output, base, n_features, zero_missing, category_set, categories, single
        As in `Ensemble`.
    """  # noqa: E501
    sizes = np.asarray(sizes, dtype=np.int64)
    roots = np.cumsum(sizes) - sizes
    first = np.repeat(roots, sizes)
    inner = feature >= 0
    n = len(feature)
    sets = np.full(n, -1) if category_set is None else np.where(inner, category_set, -1)
    leaf = inner if value.ndim == 1 else inner[:, None]
    return checked(
        Ensemble(
            roots=roots.astype(np.int32),
            feature=np.where(inner, feature, LEAF).astype(np.int32),
            threshold=np.where(inner & (sets < 0), threshold, 0.0).astype(np.float64),
            left=np.where(inner, left + first, LEAF).astype(np.int32),
            right=np.where(inner, right + first, LEAF).astype(np.int32),
            missing_left=np.asarray(missing_left, dtype=bool) & inner,
            zero_missing=np.zeros(n, dtype=bool)
            if zero_missing is None
            else zero_missing & inner & (sets < 0),
            category_set=sets.astype(np.int32),
            categories=np.zeros((0, 0), dtype=bool) if categories is None else categories,
            cover=np.ascontiguousarray(cover, dtype=np.float64),
            value=np.ascontiguousarray(np.where(leaf, 0.0, value), dtype=np.float64),
            output=np.asarray(output, dtype=np.int32),
            base=np.asarray(base, dtype=np.float64),
            n_features=int(n_features),
            single=single,
        )
    )


def joined(parts: Sequence[Any], dtype: Any) -> np.ndarray:
    """Arrays of all trees as one, in the byte order of this machine."""
    if not parts:
        return np.zeros(0, dtype=dtype)
    return np.concatenate([np.asarray(part) for part in parts]).astype(dtype, copy=False)


def sets_of_codes(sizes: Any, codes: np.ndarray) -> np.ndarray:
    """Truth tables (n_sets, n_codes) of sets whose members lie one after the other."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    _limited(len(sizes), int(codes.max(initial=-1)) + 1)
    out = np.zeros((len(sizes), int(codes.max(initial=-1)) + 1), dtype=bool)
    out[owner, codes] = True
    return out


def sets_of_words(sizes: Any, words: np.ndarray) -> np.ndarray:
    """Truth tables (n_sets, n_codes) of sets written as bits, ``sizes`` words of 32 each."""
    sizes = np.asarray(sizes, dtype=np.int64)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    _limited(len(sizes), 32 * int(sizes.max(initial=0)))
    out = np.zeros((len(sizes), int(sizes.max(initial=0)), 32), dtype=bool)
    bits = np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little").astype(bool)
    out[owner, within] = bits.reshape(-1, 32)
    return out.reshape(len(sizes), -1)


def _limited(n_sets: int, n_codes: int) -> None:
    if n_sets * n_codes > _MOST_SETS:
        raise UnsupportedModelError(
            f"{n_sets} sets of up to {n_codes} categories would take {n_sets * n_codes >> 20} MB; "
            "number the categories from 0 without gaps"
        )
