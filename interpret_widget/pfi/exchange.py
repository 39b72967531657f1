"""Whose value a row gets when a column is permuted."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.tabular import Dataset
from interpret_widget.tabular.numbers import Columns

_DEPTH = 5
_FEWEST = 20  # rows of a group


def anybody(n: int, repeats: int, rng: np.random.Generator) -> np.ndarray:
    """Permutations of all rows (repeats, n)."""
    return np.array([rng.permutation(n) for _ in range(repeats)])


def alike(groups: np.ndarray, repeats: int, rng: np.random.Generator) -> np.ndarray:
    """Permutations within groups of rows (repeats, n)."""
    out = np.tile(np.arange(len(groups)), (repeats, 1))
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        for repeat in range(repeats):
            out[repeat, members] = rng.permutation(members)
    return out


def groups_of(data: Dataset, column: int, random_state: int) -> np.ndarray:
    """Groups of rows whose other columns leave little to say about one: leaves of a tree that predicts it.

    Conditional subgroups (Molnar, König, Bischl, Casalicchio 2023).
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    numbers = Columns(data, takes_codes=True).transform(data.native)
    own, others = numbers[:, column], np.delete(numbers, column, axis=1)
    if others.shape[1] == 0:
        return np.zeros(data.n_rows, dtype=np.intp)
    others = _filled(others)
    schema = data.schema[column]
    options: dict[str, Any] = {
        "max_depth": _DEPTH,
        "min_samples_leaf": min(_FEWEST, max(1, data.n_rows // 4)),
        "random_state": random_state,
    }
    if schema.categories is None or schema.ordered:
        tree: Any = DecisionTreeRegressor(**options).fit(others, _filled(own[:, None])[:, 0])
    else:
        tree = DecisionTreeClassifier(**options).fit(others, np.nan_to_num(own, nan=-2).astype(int))
    return np.asarray(tree.apply(others))


def _filled(numbers: np.ndarray) -> np.ndarray:
    """Missing numbers below all others, so that trees tell them apart."""
    out: np.ndarray = numbers.copy()
    for column in out.T:
        missing = ~np.isfinite(column)
        known = column[~missing]
        column[missing] = known.min() - 1 if known.size else 0.0
    return out
