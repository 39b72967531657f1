"""Getters under the names that users of interpret-community know; always ranked by magnitude."""

from __future__ import annotations

from typing import Any

import numpy as np

from .ranked import RankedGetters, checked_top_k
from .result import Result
from .summary import ranking


class FamiliarGetters(Result, RankedGetters):
    """Plain lists. Classifiers have one list per class where regressors have one level less."""

    @property
    def classes(self) -> list[str] | None:
        """Names of the classes; None for regression."""
        return None if self.outcome_names is None else list(self.outcome_names)

    @property
    def num_examples(self) -> int:
        """Number of rows explained."""
        return self.n_rows

    @property
    def num_classes(self) -> int:
        """Number of outputs: classes, or 1 for a single target."""
        return self.n_outputs

    @property
    def is_engineered(self) -> bool:
        """Whether the features are columns of the estimator rather than the user's."""
        return not self.is_raw

    @property
    def model_task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return "regression" if self.task == "regression" else "classification"

    @property
    def model_type(self) -> str | None:
        """Class name of the model; None after `load` and for given values."""
        model = getattr(getattr(self.explainer, "adapter", None), "model", None)
        return None if model is None else type(model).__name__

    @property
    def expected_values(self) -> list[float]:
        """Base value of each output."""
        return [float(value) for value in self.base_values]

    # -- per row -----------------------------------------------------------------------------------------

    @property
    def local_importance_values(self) -> list[Any]:
        """Contributions: [output][row][feature] for classifiers, [row][feature] for one target."""
        return self._per_output(_list(np.moveaxis(self.values, 2, 0)))

    @property
    def local_importance_rank(self) -> list[Any]:
        """Positions of the features by |contribution|, nested as `local_importance_values`."""
        return self._per_output(_list(self._local_order()))

    def get_ranked_local_names(self, top_k: int | None = None) -> list[Any]:
        """Names by |contribution|: [output][row][rank] for classifiers, [row][rank] for one target."""
        names = np.array(self.feature_names, dtype=object)
        return self._per_output(_list(names[self._local_order()[..., : checked_top_k(top_k)]]))

    def get_ranked_local_values(self, top_k: int | None = None) -> list[Any]:
        """Signed contributions in the order of `get_ranked_local_names`."""
        by_output = np.moveaxis(self.values, 2, 0)
        order = self._local_order()[..., : checked_top_k(top_k)]
        return self._per_output(_list(np.take_along_axis(by_output, order, axis=2)))

    def _local_order(self) -> np.ndarray:
        return ranking(np.moveaxis(self.values, 2, 0))

    def _per_output(self, lists: list[Any]) -> list[Any]:
        return list(lists[0]) if self.task == "regression" and self.n_outputs == 1 else lists


def _list(array: np.ndarray) -> list[Any]:
    return list(array.tolist())
