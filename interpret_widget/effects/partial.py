"""Partial dependence and individual conditional expectations.

Friedman, "Greedy function approximation" (2001); Goldstein et al., "Peeking inside the black box" (2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.explainers.base import Cancel, Progress, ticking

from .asking import Tick, combined, everywhere, one_by_one
from .grids import Grid, grid_of
from .result import FeatureEffect, PairEffect
from .setting import Setting, checked_resolution, setting, wanted

_KINDS = ("average", "individual", "both")


def partial_dependence(
    model: Any,
    X: Any,
    features: Any,
    *,
    kind: str = "both",
    grid: Sequence[Any] | None = None,
    grid_resolution: int = 30,
    percentiles: tuple[float, float] = (0.02, 0.98),
    max_rows: int = 500,
    classes: Sequence[Any] | None = None,
    transformations: Any = None,
    random_state: int = 0,
    progress: Progress | None = None,
    cancel: Cancel = None,
) -> Any:
    """How predictions move when a column of all rows is set to one value after the other.

    Parameters
    ----------
    model : estimator, Pipeline, booster or callable
        As in `TabularExplainer`, of raw columns.
    X : table (n_rows, n_columns)
        Raw rows to average over.
    features : str, pair of str, or list of them
        Columns; a pair is moved together.
    kind : {"both", "average", "individual"}
        Whether curves of single rows are kept; always left out for pairs.
    grid : sequence, optional
        Values of a single feature; chosen otherwise.
    grid_resolution : int
        Most values: all that the data have where they are few, else those at even quantiles.
    percentiles : (float, float)
        Shares of the rows between which numbers are chosen.
    max_rows : int
        Most rows to average over; a random part otherwise.
    classes, transformations, random_state, progress, cancel
        As in `TabularExplainer`.

    Returns
    -------
    FeatureEffect, PairEffect or list of them
        One for each of ``features``; a list where they were given as a list.

    Raises
    ------
    InvalidInputError
        Unknown columns, kinds, or values that a column cannot take.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> effect = partial_dependence(lambda X: 3 * X[:, 0] + X[:, 1] ** 2, X, 0, grid=[-1, 0, 1])
    >>> np.diff(effect.average[:, 0]).round(6).tolist()
    [3.0, 3.0]
    """
    if kind not in _KINDS:
        raise InvalidInputError(f"kind={kind!r} is not one of {', '.join(map(repr, _KINDS))}")
    low, high = percentiles
    if not 0 <= low < high <= 1:
        raise InvalidInputError(f"percentiles={percentiles!r} must be two shares, 0 ≤ low < high ≤ 1")
    resolution = checked_resolution(grid_resolution)
    asked = setting(
        model,
        X,
        classes=classes,
        transformations=transformations,
        max_rows=max_rows,
        random_state=random_state,
    )
    names = wanted(features, asked.data.names)
    if grid is not None and (len(names) > 1 or isinstance(names[0], tuple)):
        raise InvalidInputError(
            "grid goes with a single feature; leave it out, or ask for one feature at a time"
        )

    def effect(each: str | tuple[str, str], tick: Tick) -> Any:
        if isinstance(each, tuple):
            first, second = (grid_of(asked.data, name, resolution, (low, high), None) for name in each)
            return _pair(asked, each, first, second, tick)
        return _single(asked, each, grid_of(asked.data, each, resolution, (low, high), grid), kind, tick)

    found = one_by_one(names, effect, ticking(progress, cancel))
    return found if isinstance(features, list) else found[0]


def _single(asked: Setting, name: str, grid: Grid, kind: str, tick: Any) -> FeatureEffect:
    curves = everywhere(asked.adapter, asked.data, asked.rows, grid.givers, grid.rows, [grid.column], tick)
    n = len(curves)
    codes = asked.data.column_codes(grid.column)
    errors = curves.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(curves.shape[1:], np.nan)
    return FeatureEffect(
        name,
        "partial dependence",
        grid.codes,
        grid.labels,
        grid.is_discrete,
        asked.data.schema[grid.column].kind == "datetime",
        curves.mean(axis=0),
        errors,
        None if kind == "average" else curves,
        grid.counts(codes),
        asked.rows,
        asked.adapter.output_names,
        asked.unit,
        codes,
    )


def _pair(asked: Setting, names: tuple[str, str], one: Grid, two: Grid, tick: Any) -> PairEffect:
    first, second = np.repeat(one.rows, len(two)), np.tile(two.rows, len(one))
    both = combined(asked.data, one.givers, first, one.column, two.givers, second)
    columns = [one.column, two.column]
    found = everywhere(asked.adapter, asked.data, asked.rows, both, np.arange(len(first)), columns, tick)
    average = found.mean(axis=0).reshape(len(one), len(two), -1)
    alone = [
        everywhere(
            asked.adapter, asked.data, asked.rows, each.givers, each.rows, [each.column], _silent
        ).mean(axis=0)
        for each in (one, two)
    ]
    counts = _joint(asked, one, two)
    return PairEffect(
        names,
        "partial dependence",
        (one.codes, two.codes),
        (one.labels, two.labels),
        (one.is_discrete, two.is_discrete),
        average,
        counts,
        _h_statistic(average, alone[0], alone[1], counts),
        asked.rows,
        asked.adapter.output_names,
        asked.unit,
    )


def _joint(asked: Setting, one: Grid, two: Grid) -> np.ndarray:
    here = one.nearest(asked.data.column_codes(one.column))
    there = two.nearest(asked.data.column_codes(two.column))
    counts = np.zeros((len(one) + 1, len(two) + 1), dtype=np.int64)
    np.add.at(counts, (here, there), 1)
    return counts[:-1, :-1]


def _h_statistic(joint: np.ndarray, first: np.ndarray, second: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Friedman and Popescu's H², rows standing at the nearest values of the grid."""
    total = counts.sum()
    weights = counts / total if total else np.full(counts.shape, 1 / counts.size)

    def centred(values: np.ndarray) -> np.ndarray:
        return np.asarray(values - np.einsum("ij,ijk->k", weights, values))

    shape = joint.shape
    whole = centred(joint)
    left = (
        whole
        - centred(np.broadcast_to(first[:, None], shape))
        - centred(np.broadcast_to(second[None], shape))
    )
    above, below = (np.einsum("ij,ijk->k", weights, each**2) for each in (left, whole))
    scale = np.einsum("ij,ijk->k", weights, joint**2)
    # What does not move has no interaction, whatever its rounding errors say.
    moves = below > 1e-20 * np.maximum(scale, 1e-300)
    return np.where(moves, np.clip(above / np.where(moves, below, 1.0), 0.0, 1.0), 0.0)


def _silent(done: int, total: int) -> None:
    """The curves of single features are a small part of a pair's."""
