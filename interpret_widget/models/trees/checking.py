"""Whether the arrays of an ensemble are trees at all."""

from __future__ import annotations

import numpy as np

from interpret_widget.errors import InvalidInputError

from .ensemble import LEAF, Ensemble

_PER_NODE = (
    "threshold",
    "left",
    "right",
    "missing_left",
    "zero_missing",
    "category_set",
    "cover",
)


def checked(ensemble: Ensemble) -> Ensemble:
    """The ensemble, where its arrays fit together and every walk from a root ends in a leaf.

    Raises
    ------
    InvalidInputError
        Arrays of other lengths than the nodes; a child, column, set or output that is not there; a node
        with two parents; numbers that cannot be compared or added.
    """
    _lengths(ensemble)
    _within("roots", ensemble.roots, 0, len(ensemble.feature))
    _within("feature", ensemble.feature, LEAF, ensemble.n_features)
    _within("category_set", ensemble.category_set, -1, len(ensemble.categories))
    _within("output", ensemble.output, 0, 1 if ensemble.has_vectors else ensemble.n_outputs)
    _shape_of_trees(ensemble)
    _numbers(ensemble)
    return ensemble


def _lengths(ensemble: Ensemble) -> None:
    n = len(ensemble.feature)
    wanted: dict[str, tuple[int, ...]] = dict.fromkeys(_PER_NODE, (n,))
    wanted |= {"feature": (n,), "roots": (ensemble.n_trees,), "output": (ensemble.n_trees,)}
    wanted |= {"base": (max(1, ensemble.base.size),)}
    wanted |= {"value": (n, len(ensemble.base)) if ensemble.has_vectors else (n,)}
    for name, shape in wanted.items():
        found = getattr(ensemble, name).shape
        if found != shape:
            raise InvalidInputError(f"the trees' {name} has the shape {found} where {shape} is needed")
    if ensemble.categories.ndim != 2:
        raise InvalidInputError(f"the trees' categories have {ensemble.categories.ndim} dimensions, not 2")
    if ensemble.n_features < 0:
        raise InvalidInputError(f"the trees know {ensemble.n_features} columns")


def _within(name: str, positions: np.ndarray, start: int, stop: int) -> None:
    if not positions.size:
        return
    low, high = int(positions.min()), int(positions.max())
    if low < start or high >= stop:
        wrong = low if low < start else high
        raise InvalidInputError(f"the trees' {name} holds {wrong}; it must be from {start} to {stop - 1}")


def _shape_of_trees(ensemble: Ensemble) -> None:
    """No node has two parents, and no root has one: then no walk from a root can come back."""
    n = len(ensemble.feature)
    inner = ensemble.feature != LEAF
    children = np.concatenate([ensemble.left[inner], ensemble.right[inner]])
    _within("children", children, 0, n)
    ends = np.concatenate([ensemble.left[~inner], ensemble.right[~inner]])
    if (ends != LEAF).any():
        raise InvalidInputError("a leaf of the trees has children")
    parents = np.bincount(children, minlength=n)
    if parents.size and parents.max() > 1:
        raise InvalidInputError(f"node {int(parents.argmax())} of the trees has more than one parent")
    if parents[ensemble.roots].any():
        raise InvalidInputError("a root of the trees is the child of another node")


def _numbers(ensemble: Ensemble) -> None:
    if np.isnan(ensemble.threshold).any():
        raise InvalidInputError("a threshold of the trees is missing")
    for name in ("value", "base"):
        if not np.isfinite(getattr(ensemble, name)).all():
            raise InvalidInputError(f"the trees' {name} is not finite everywhere")
    cover = ensemble.cover
    if cover.size and not (np.isfinite(cover).all() and cover.min() >= 0):
        raise InvalidInputError(
            "the trees' cover must be finite and at least 0: shares of rows follow from it"
        )
