"""Predictions with their reasons where the model itself must be asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import InvalidInputError

from .base import Block, ScoringExplainer
from .inputs import Inputs

if TYPE_CHECKING:
    from interpret_widget.explainers import TabularExplainer


class KernelScoringExplainer(ScoringExplainer):
    """Any other model: it is asked again at inference, and compared with rows that are kept.

    Parameters
    ----------
    explainer : TabularExplainer

    Attributes
    ----------
    explainer : TabularExplainer
    """

    _precision = 1e-3  # of libraries that calculate in single precision

    def __init__(self, explainer: TabularExplainer, reason: str | None = None) -> None:
        from .making import attached

        self.explainer = explainer
        self.schema, self.about = attached(explainer, reason or explainer.reason)

    @property
    def is_self_contained(self) -> bool:
        """See `ScoringExplainer.is_self_contained`."""
        return False

    def save(self, path: str | Path) -> Path:
        """See `ScoringExplainer.save`; the rows to compare with are kept too, the model is not."""
        from .storage import save_attached

        return save_attached(self, path)

    def _blocks(self, inputs: Inputs, is_raw: bool) -> Iterator[Block]:
        explainer = self.explainer.explainer
        data = explainer.problem.dataset(self._table(inputs))
        answer = explainer.answer(data, lambda done, total: None)
        values, Z = (answer.values, None) if is_raw else (answer.engineered, answer.columns)
        if values is None:
            raise InvalidInputError(
                f"level='engineered' is not to be had for {self.about.title}: {self.explainer.reason}"
            )
        if Z is not None:
            Z = np.asarray(Z.toarray() if hasattr(Z, "toarray") else Z, dtype=np.float64)
        yield Block(values, answer.base_values, answer.predictions, explainer.adapter.predict(data), Z)

    def _answers(self, inputs: Inputs) -> np.ndarray:
        return self.explainer.adapter.predict(self._table(inputs))

    def _table(self, inputs: Inputs) -> Any:
        from .tables import table_of

        return table_of(inputs, self.schema, like=self.explainer.explainer.problem.background.native)
