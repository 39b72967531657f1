"""What is to be explained: a model taken apart, rows to compare with, the descent of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError, InvalidInputError
from interpret_widget.models import ModelAdapter, Preprocessing, adapt, preprocessing_of, split, title_of
from interpret_widget.models.feed import fed
from interpret_widget.models.preprocessing import Chain
from interpret_widget.tabular import Dataset, Lineage, Schema

_N_CHECKED = 40  # background rows on which a route proves itself before it is used


@dataclass(frozen=True, eq=False)
class Problem:
    """A model and its background.

    Attributes
    ----------
    adapter : ModelAdapter
        Asks about rows of raw columns.
    inner : ModelAdapter
        Asks the estimator behind the preprocessing; ``adapter`` itself where there is none.
    preprocessing : Preprocessing or None
        Raw columns -> the estimator's.
    background : Dataset
        Rows to compare with.
    lineage : Lineage or None
        Descent of the estimator's columns; None without preprocessing or where it could not be found.
    obstacle : str or None
        Why values of the estimator's columns cannot be added up to values of raw columns.
    random_state : int
        Seed of everything that is drawn.
    """

    adapter: ModelAdapter
    inner: ModelAdapter
    preprocessing: Preprocessing | None
    background: Dataset
    lineage: Lineage | None
    obstacle: str | None
    random_state: int

    @property
    def estimator(self) -> Any:
        """The estimator behind the preprocessing."""
        return self.inner.model

    @property
    def title(self) -> str:
        """The estimator's name for people."""
        return title_of(self.estimator)

    def dataset(self, X: Any) -> Dataset:
        """The user's rows, read in the codes of the background.

        Raises
        ------
        InvalidInputError
            Other columns than the background's, or no rows.
        """
        nameless = isinstance(X, (list, tuple, np.ndarray)) or hasattr(X, "tocsr")
        names = self.background.names if nameless else None
        data = Dataset.of(X, feature_names=names, like=self.background.schema)
        if data.n_rows == 0:
            raise InvalidInputError("X has no rows; give at least one row to explain")
        return data

    def columns(self, data: Dataset) -> Any:
        """What the estimator is given for these rows."""
        return data.native if self.preprocessing is None else self.preprocessing.transform(data.native)

    def feed(self, Z: Any) -> Any:
        """The estimator's columns in the form that its methods take without complaint."""
        return fed(Z, self.inner._feed, self.inner._names_in)

    @cached_property
    def checked(self) -> Dataset:
        """A few rows of the background, evenly spaced, on which a route proves itself."""
        n = self.background.n_rows
        return self.background.take(np.unique(np.linspace(0, n - 1, min(_N_CHECKED, n)).astype(np.intp)))

    @cached_property
    def checked_columns(self) -> Any:
        """The estimator's columns of `checked`."""
        return self.columns(self.checked)

    def engineered(self, Z: Any, index: np.ndarray) -> Dataset:
        """The estimator's columns as a data set, with names for people and the labels of the raw rows."""
        return replace(self._named(Z, self._engineered_schema), index=index)

    @cached_property
    def _engineered_schema(self) -> Schema:
        """Kinds and ranges of the estimator's columns, as the background has them."""
        return self._named(self.columns(self.background), None).schema

    def _named(self, Z: Any, like: Schema | None) -> Dataset:
        assert self.lineage is not None
        return Dataset.of(Z, feature_names=self.lineage.engineered_names, like=like)


def pose(
    model: Any,
    background: Any,
    *,
    features: Sequence[Any] | None = None,
    classes: Sequence[Any] | None = None,
    transformations: Any = None,
    random_state: int = 0,
) -> Problem:
    """Take the model apart and find the parents of its columns.

    Raises
    ------
    InvalidInputError
        Rows, names, classes or transformations that do not fit the model.
    UnsupportedModelError
        Nothing to ask.
    """
    data = Dataset.of(background, feature_names=None if features is None else list(features))
    if data.n_rows == 0:
        raise InvalidInputError("initialization_examples has no rows; give rows such as the training data")
    parts = split(model)
    preprocessing = parts.preprocessing
    if transformations is not None:
        given = preprocessing_of(transformations, data)
        preprocessing = given if preprocessing is None else Chain((given, preprocessing))
    if preprocessing is None:
        adapter = adapt(model, data, classes=classes)
        inner = adapter if parts.estimator is model else replace(adapter, model=parts.estimator)
        return Problem(adapter, inner, None, data, None, None, random_state)
    few = data.take(np.arange(min(8, data.n_rows)))
    inner = adapt(parts.estimator, Dataset.of(preprocessing.transform(few.native)), classes=classes)
    adapter = (
        adapt(model, data, classes=classes)
        if transformations is None
        else _behind(preprocessing, inner, model)
    )
    lineage, obstacle = _descent(preprocessing, data, random_state)
    return Problem(adapter, inner, preprocessing, data, lineage, obstacle, random_state)


def drawn(problem: Problem, n: int) -> Dataset:
    """At most ``n`` rows of the background, the same ones whenever it is asked."""
    background = problem.background
    if n >= background.n_rows:
        return background
    rng = np.random.default_rng(problem.random_state)
    return background.take(np.sort(rng.choice(background.n_rows, n, replace=False)))


def _behind(preprocessing: Preprocessing, inner: ModelAdapter, model: Any) -> ModelAdapter:
    """An adapter that takes raw rows, for an estimator whose preprocessing was given apart."""

    def ask(native: Any) -> np.ndarray:
        return inner.predict(preprocessing.transform(native))

    return replace(inner, model=model, _ask=ask, _feed="native", _names_in=None)


def _descent(
    preprocessing: Preprocessing, data: Dataset, random_state: int
) -> tuple[Lineage | None, str | None]:
    try:
        lineage = preprocessing.lineage(data, random_state=random_state)
    except InterpretWidgetError as error:
        return None, f"the parents of the model's columns could not be found ({error})"
    if lineage.is_partition:
        return lineage, None
    position = lineage.shared[0]
    parents = [lineage.raw_names[raw] for raw in lineage.parents[position]]
    listed = ", ".join(parents[:3]) + (f" and {len(parents) - 3} more" if len(parents) > 3 else "")
    return lineage, (
        f"{len(lineage.shared)} of the model's columns have several raw parents "
        f"({lineage.engineered_names[position]!r} comes from {listed})"
    )
