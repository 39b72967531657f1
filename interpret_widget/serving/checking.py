"""What a stored scoring explainer says of itself, checked before it is used: it may come from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from interpret_widget.errors import InvalidInputError

from .base import About, Columns
from .forms import ANSWERS, LinearForm, TreeForm
from .inputs import InputColumn, InputSchema
from .recipe import STEPS, Recipe

_KINDS = ("numeric", "integer", "boolean", "categorical", "datetime", "text")
_TASKS = ("binary", "multiclass", "regression")
_PLAIN = (str, int, float, bool, type(None))
_Form = TypeVar("_Form", LinearForm, TreeForm)


def schema_of(said: Sequence[Mapping[str, Any]]) -> InputSchema:
    """The columns that rows must have."""
    columns = []
    for each in said:
        levels = each["categories"]
        column = InputColumn(**{**each, "categories": None if levels is None else tuple(levels)})
        _must(isinstance(column.name, str) and column.kind in _KINDS, "a column is of no known kind")
        _must(isinstance(column.dtype, str), "a column has no dtype")
        switches = (column.has_missing, column.takes_missing, column.is_used)
        _must(all(isinstance(each, bool) for each in switches), "a column is neither used nor not")
        _must(all(isinstance(level, _PLAIN) for level in column.categories or ()), "levels are no levels")
        _must(
            all(isinstance(bound, (int, float, type(None))) for bound in (column.minimum, column.maximum)),
            "the range of a column is no range",
        )
        columns.append(column)
    _must(len({each.name for each in columns}) == len(columns) > 0, "columns have the same name")
    return InputSchema(tuple(columns))


def about_of(said: Mapping[str, Any]) -> About:
    """What is known of the model."""
    names, values, engineered = said["output_names"], said["class_values"], said["engineered_names"]
    about = About(
        **{
            **said,
            "output_names": tuple(map(str, names)),
            "class_values": None if values is None else tuple(values),
            "engineered_names": None if engineered is None else tuple(map(str, engineered)),
            "versions": dict(said["versions"]),
        }
    )
    _must(about.task in _TASKS and about.answer in ANSWERS, "the task is not known")
    words = (about.title, about.unit, about.method, about.background, about.reason)
    _must(all(isinstance(each, str) for each in words), "its words are no words")
    switches = (about.has_probabilities, about.takes_gaps)
    _must(all(isinstance(each, bool) for each in switches), "it does not say what the model does")
    _must(about.threshold is None or isinstance(about.threshold, float), "the threshold is no number")
    _must(len(about.output_names) > 0, "there are no outputs")
    if about.task != "regression":
        known = about.class_values
        _must(known is not None and len(known) == len(about.output_names) > 1, "classes have no labels")
        _must(all(isinstance(each, _PLAIN) for each in known or ()), "labels are no labels")
    _must(about.task != "binary" or len(about.output_names) == 2, "two classes have two names")
    _must(about.threshold is None or about.task == "binary", "a threshold is of two classes")
    return about


def checked_recipe(recipe: Recipe, schema: InputSchema) -> Recipe:
    """A recipe that reads columns that there are, and writes each of its own once."""
    written: list[np.ndarray] = []
    for each in recipe.arithmetic:
        _must(all(step in STEPS for step in each.steps), "a step is not known")
        _must(
            each.raw.ndim == each.out.ndim == 1 and each.raw.shape == each.out.shape, "steps have no columns"
        )
        _must(each.parameters.shape == (len(each.steps), len(each.raw)), "steps lack parameters")
        _must(_within(each.raw, len(schema)), "steps read a column that is not there")
        _must(all(schema.columns[int(raw)].is_number for raw in each.raw), "steps calculate with words")
        written.append(each.out)
    for lookup in recipe.lookups:
        _must(0 <= lookup.raw < len(schema), "levels are of a column that is not there")
        _must(all(isinstance(level, _PLAIN) for level in lookup.levels), "levels are no levels")
        _must(lookup.out.ndim == 1, "levels have no columns")
        _must(lookup.table.shape == (len(lookup.levels) + 2, len(lookup.out)), "levels lack their table")
        written.append(lookup.out)
    out = np.concatenate(written) if written else np.empty(0, dtype=np.int64)
    _must(len(out) == recipe.n_out and np.array_equal(np.sort(out), np.arange(recipe.n_out)), "columns lack")
    return recipe


def checked_form(form: _Form, schema: InputSchema, about: About, columns: Columns) -> _Form:
    """A sum over columns that there are."""
    k, width = len(about.output_names), len(form.owner)
    _must(form.n_raw == len(schema), "the sum is over other columns")
    _must(form.owner.ndim == 1 and _within(form.owner, form.n_raw, lowest=-1), "columns have no owner")
    names = about.engineered_names
    _must(width == (form.n_raw if names is None else len(names)), "columns lack names")
    _must(not isinstance(columns, Recipe) or columns.n_out == width, "the recipe makes other columns")
    if isinstance(form, LinearForm):
        _must(form.weights.shape == (k, width), "weights are of other columns")
        _must(form.intercept.shape == (k,) and form.means.shape == (width,), "weights are of other columns")
        return form
    trees = form.ensemble
    _must(form.both in ("no", "signs", "shares") and form.link in ANSWERS[:3], "the sum is not known")
    _must(trees.n_outputs == (k if form.both == "no" else 1), "trees are of other outputs")
    _must(form.both == "no" or k == 2, "two classes have two names")
    _must(form.start.shape == (trees.n_outputs,), "trees lack their start")
    _must(form.columns.shape == (trees.n_features,) and _within(form.columns, width), "trees lack columns")
    used = form.columns[np.unique(trees.feature[trees.feature >= 0])]
    _must(bool((form.owner[used] >= 0).all()), "a split asks about a column that has no owner")
    if form.background is not None:
        rows = form.background
        _must(rows.ndim == 2 and rows.shape[1] == trees.n_features and len(rows) > 0, "there are no rows")
        shares = form.shares
        if shares is not None:
            is_share = shares.shape == (len(rows),) and bool((shares >= 0).all()) and shares.sum() > 0
            _must(is_share, "rows lack weights")
    else:
        _must(form.link == "identity", "probabilities need rows")
    return form


def _within(positions: np.ndarray, n: int, lowest: int = 0) -> bool:
    return positions.size == 0 or bool(positions.min() >= lowest and positions.max() < n)


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvalidInputError(f"the scoring explainer is damaged ({otherwise}); save it again")
