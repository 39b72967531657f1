"""Accumulated local effects: what a feature does where the data are, unlike partial dependence.

Apley and Zhu, "Visualizing the effects of predictor variables in black box supervised learning models"
(2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.explainers.base import Cancel, Progress, ticking

from .asking import Tick, answers, combined, one_by_one
from .grids import Grid, grid_of
from .levels import by_likeness
from .result import FeatureEffect, PairEffect
from .setting import Setting, checked_resolution, setting, wanted


def accumulated_local_effects(
    model: Any,
    X: Any,
    features: Any,
    *,
    grid_resolution: int = 20,
    max_rows: int = 5_000,
    classes: Sequence[Any] | None = None,
    transformations: Any = None,
    random_state: int = 0,
    progress: Progress | None = None,
    cancel: Cancel = None,
) -> Any:
    """How predictions move with a column, in small steps that rows near them take.

    Parameters
    ----------
    model, X, features, max_rows, classes, transformations, random_state, progress, cancel
        As in `partial_dependence`; pairs are of two numeric columns.
    grid_resolution : int
        Most steps of numbers, at even quantiles; levels all count.

    Returns
    -------
    FeatureEffect, PairEffect or list of them
        Centred: their mean over the data is zero. Of a pair, what the two do beyond their own effects.

    Raises
    ------
    InvalidInputError
        Unknown columns, columns of a single value, pairs with levels.

    Notes
    -----
    Levels without an order are put into one by how alike their rows are in all other columns, as Apley and
    Zhu do. Rows whose value is missing take no step.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=500)
    >>> X = np.column_stack([x, x + rng.normal(scale=0.1, size=500)])  # alike
    >>> effect = accumulated_local_effects(lambda X: 2 * X[:, 0] - X[:, 1], X, 0)
    >>> slopes = np.diff(effect.average[:, 0]) / np.diff(effect.grid)
    >>> slopes.round(6).min(), slopes.round(6).max()
    (np.float64(2.0), np.float64(2.0))
    """
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

    def effect(each: str | tuple[str, str], tick: Tick) -> Any:
        if isinstance(each, tuple):
            return _pair(asked, each, resolution, tick)
        if asked.data.schema[each].is_discrete:
            return _levels(asked, each, tick)
        return _numbers(asked, each, resolution, tick)

    found = one_by_one(names, effect, ticking(progress, cancel))
    return found if isinstance(features, list) else found[0]


def _edges(asked: Setting, name: str, resolution: int) -> Grid:
    """The ends of the steps."""
    grid = grid_of(asked.data, name, resolution + 1, (0.0, 1.0), None)
    if len(grid) < 2:
        raise InvalidInputError(f"features: {name!r} has a single value; nothing can be said of its effect")
    return grid


def _steps(grid: Grid, codes: np.ndarray) -> np.ndarray:
    """The step that each number lies in; the lowest edge belongs to the first."""
    return np.clip(np.searchsorted(grid.codes, codes, side="left") - 1, 0, len(grid) - 2)


def _numbers(asked: Setting, name: str, resolution: int, tick: Any) -> FeatureEffect:
    grid = _edges(asked, name, resolution)
    codes = asked.data.column_codes(grid.column)
    rows = asked.rows[np.isfinite(codes[asked.rows])]
    step = _steps(grid, codes[rows])
    both = np.concatenate([rows, rows])
    giving = grid.rows[np.concatenate([step, step + 1])]
    found = answers(asked.adapter, asked.data, both, grid.givers, giving, [grid.column], tick)
    below, above = np.split(found, 2)
    weights = np.bincount(step, minlength=len(grid) - 1) / len(rows)
    # Between two edges the effect is a straight line: rows of a step stand for its middle.
    centre = np.zeros(len(grid))
    centre[:-1] += weights / 2
    centre[1:] += weights / 2
    average, errors = _accumulated(above - below, step, len(grid) - 1, centre)
    return _effect(asked, name, grid, average, errors)


def _levels(asked: Setting, name: str, tick: Any) -> FeatureEffect:
    data = asked.data
    grid = grid_of(data, name, data.n_rows, (0.0, 1.0), None)
    known = np.flatnonzero(~np.isnan(grid.codes))
    if len(known) < 2:
        raise InvalidInputError(f"features: {name!r} has a single value; nothing can be said of its effect")
    if not data.schema[grid.column].ordered and len(known) > 2:
        known = known[by_likeness(data, asked.rows, grid.column, grid.codes[known])]
    grid = Grid(
        grid.column,
        grid.givers,
        grid.rows[known],
        grid.codes[known],
        tuple(grid.labels[at] for at in known),
        True,
    )
    at = grid.nearest(data.column_codes(grid.column)[asked.rows])
    inside = at < len(grid)
    rows, at = asked.rows[inside], at[inside]
    # Rows of a level step down from it and up from it.
    down, up = np.flatnonzero(at > 0), np.flatnonzero(at < len(grid) - 1)
    own = answers(asked.adapter, data, rows, data, rows, [], tick)
    moved = np.concatenate([down, up])
    giving = grid.rows[np.concatenate([at[down] - 1, at[up] + 1])]
    other = answers(asked.adapter, data, rows[moved], grid.givers, giving, [grid.column], tick)
    differences = np.concatenate([own[down] - other[: len(down)], other[len(down) :] - own[up]])
    step = np.concatenate([at[down] - 1, at[up]])
    weights = np.bincount(at, minlength=len(grid)) / max(1, len(at))
    average, errors = _accumulated(differences, step, len(grid) - 1, weights)
    return _effect(asked, name, grid, average, errors)


def _accumulated(
    differences: np.ndarray, step: np.ndarray, n_steps: int, centre: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Means of the steps added up, centred, and the standard errors that follow (n_steps + 1, n_outputs).

    A step that no row takes is flat.
    """
    count = np.bincount(step, minlength=n_steps)
    sums = np.stack([np.bincount(step, column, n_steps) for column in differences.T], axis=1)
    mean = sums / np.maximum(count, 1)[:, None]
    spread = np.stack(
        [np.bincount(step, column, n_steps) for column in ((differences - mean[step]) ** 2).T], axis=1
    )
    variance = spread / (np.maximum(count - 1, 1) * np.maximum(count, 1))[:, None]
    add_up = np.vstack([np.zeros(n_steps), np.tri(n_steps)])
    add_up = add_up - centre @ add_up
    return add_up @ mean, np.sqrt(add_up**2 @ variance)


def _effect(asked: Setting, name: str, grid: Grid, average: np.ndarray, errors: np.ndarray) -> FeatureEffect:
    codes = asked.data.column_codes(grid.column)
    return FeatureEffect(
        name,
        "accumulated local effect",
        grid.codes,
        grid.labels,
        grid.is_discrete,
        asked.data.schema[grid.column].kind == "datetime",
        average,
        errors,
        None,
        grid.counts(codes),
        asked.rows,
        asked.adapter.output_names,
        asked.unit,
        codes,
    )


def _pair(asked: Setting, names: tuple[str, str], resolution: int, tick: Any) -> PairEffect:
    data = asked.data
    for name in names:
        if data.schema[name].is_discrete:
            raise InvalidInputError(
                f"features: {name!r} has levels, and accumulated local effects of pairs are of two numeric "
                "columns; partial_dependence takes this pair"
            )
    one, two = (_edges(asked, name, resolution) for name in names)
    codes = [data.column_codes(each.column) for each in (one, two)]
    rows = asked.rows[np.isfinite(codes[0][asked.rows]) & np.isfinite(codes[1][asked.rows])]
    i, j = _steps(one, codes[0][rows]), _steps(two, codes[1][rows])
    corners = [(a, b) for a in (1, 0) for b in (1, 0)]
    first = np.concatenate([one.rows[i + a] for a, _ in corners])
    second = np.concatenate([two.rows[j + b] for _, b in corners])
    both = combined(data, one.givers, first, one.column, two.givers, second)
    columns = [one.column, two.column]
    found = answers(asked.adapter, data, np.tile(rows, 4), both, np.arange(len(first)), columns, tick)
    high, mixed, other, low = np.split(found, 4)
    k = found.shape[1]
    counts = np.zeros((len(one) - 1, len(two) - 1))
    sums = np.zeros((*counts.shape, k))
    np.add.at(counts, (i, j), 1)
    np.add.at(sums, (i, j), high - mixed - other + low)
    means = _filled(sums / np.maximum(counts, 1)[:, :, None], counts, one.codes, two.codes)
    added = np.zeros((len(one), len(two), k))
    added[1:, 1:] = means.cumsum(axis=0).cumsum(axis=1)
    average = _beyond_their_own(added, counts)
    return PairEffect(
        names,
        "accumulated local effect",
        (one.codes, two.codes),
        (one.labels, two.labels),
        (False, False),
        average,
        _at_edges(counts),
        np.full(k, np.nan),
        asked.rows,
        asked.adapter.output_names,
        asked.unit,
    )


def _filled(means: np.ndarray, counts: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cells without rows take the step of the nearest cell that has some, as Apley and Zhu do."""
    from scipy.spatial import cKDTree

    def middles(edges: np.ndarray) -> np.ndarray:
        return np.asarray((edges[1:] + edges[:-1]) / 2 / (np.ptp(edges) or 1.0))

    grid = np.stack(np.meshgrid(middles(first), middles(second), indexing="ij"), axis=-1)
    full = counts > 0
    nearest = cKDTree(grid[full]).query(grid[~full])[1] if not full.all() else np.empty(0, dtype=np.intp)
    out = means.copy()
    out[~full] = means[full][nearest]
    return np.asarray(out)


def _beyond_their_own(added: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """What is left once both first-order effects and the mean are taken off."""

    def own(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """First-order effect along the first axis (n_first, n_outputs)."""
        steps = np.diff(values, axis=0)
        middle = (steps[:, 1:] + steps[:, :-1]) / 2
        total = np.maximum(weights.sum(axis=1), 1)[:, None]
        mean = np.einsum("ij,ijk->ik", weights, middle) / total
        return np.asarray(np.concatenate([np.zeros((1, values.shape[2])), mean.cumsum(axis=0)]))

    left = added - own(added, counts)[:, None] - own(added.swapaxes(0, 1), counts.T)[None]
    middle = (left[1:, 1:] + left[:-1, 1:] + left[1:, :-1] + left[:-1, :-1]) / 4
    return np.asarray(left - np.einsum("ij,ijk->k", counts, middle) / counts.sum())


def _at_edges(counts: np.ndarray) -> np.ndarray:
    """Rows in the cells around each pair of edges."""
    out = np.zeros((counts.shape[0] + 1, counts.shape[1] + 1), dtype=np.int64)
    for a in (0, 1):
        for b in (0, 1):
            out[a : a + counts.shape[0], b : b + counts.shape[1]] += counts.astype(np.int64)
    return out
