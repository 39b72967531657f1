"""Predictions with their reasons, without the data and the libraries that the model was trained with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .base import Block, Columns, Parts, ScoringExplainer
from .forms import Form, LinearForm, TreeForm, answered
from .inputs import Inputs
from .recipe import refuse_no_numbers

if TYPE_CHECKING:
    from typing_extensions import Self

    from interpret_widget.explainers import TabularExplainer

_CELLS = 4_000_000  # contributions in one block of rows


class SelfContained(ScoringExplainer):
    """Arrays alone.

    Parameters
    ----------
    explainer : TabularExplainer
        Of a model whose parts can be written down as arrays.

    Raises
    ------
    UnsupportedModelError
        They cannot; the message says why.
    """

    columns: Columns
    form: Form
    _form: Any = Form

    def __init__(self, explainer: TabularExplainer) -> None:
        from .making import taken_apart

        parts = taken_apart(explainer)
        if isinstance(parts, str) or not isinstance(parts.form, self._form):
            why = (
                parts
                if isinstance(parts, str)
                else f"the route of {parts.about.title} is {parts.about.method}"
            )
            raise UnsupportedModelError(
                f"{type(self).__name__}: {why}; explainer.for_scoring() takes the scoring explainer that fits"
            )
        self._take(parts)

    @classmethod
    def of(cls, parts: Parts) -> Self:
        """Put together what was taken apart."""
        made = cls.__new__(cls)
        made._take(parts)
        return made

    def _take(self, parts: Parts) -> None:
        self.schema, self.about, self.columns, self.form = (
            parts.schema,
            parts.about,
            parts.columns,
            parts.form,
        )

    @property
    def is_self_contained(self) -> bool:
        """See `ScoringExplainer.is_self_contained`."""
        return True

    def save(self, path: str | Path) -> Path:
        """See `ScoringExplainer.save`."""
        from .storage import save_arrays

        return save_arrays(self, path)

    def _blocks(self, inputs: Inputs, is_raw: bool) -> Iterator[Block]:
        wide = max(len(self.schema), len(self.about.engineered_names or ())) * len(self.output_names)
        step = max(1, _CELLS // wide)
        for start in range(0, inputs.n_rows, step):
            part = inputs if inputs.n_rows <= step else inputs.part(start, start + step)
            Z = self._columns_of(part)
            scores = self.form.scores(Z)
            values = self.form.contributions(Z, is_raw=is_raw)
            yield Block(values, self.form.base_values, scores, answered(self.about.answer, scores), Z)

    def _answers(self, inputs: Inputs) -> np.ndarray:
        return answered(self.about.answer, self.form.scores(self._columns_of(inputs)))

    def _columns_of(self, inputs: Inputs) -> np.ndarray:
        Z = self.columns.apply(inputs, self.schema)
        refuse_no_numbers(Z, inputs, self.schema, self.form.owner, self.about.takes_gaps)
        return Z


class TreeScoringExplainer(SelfContained):
    """Trees as arrays: exact, and needs neither the model nor its library. See `SelfContained`."""

    form: TreeForm
    _form = TreeForm


class LinearScoringExplainer(SelfContained):
    """Weights as arrays: exact, and needs neither the model nor its library. See `SelfContained`."""

    form: LinearForm
    _form = LinearForm
