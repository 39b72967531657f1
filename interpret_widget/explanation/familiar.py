"""Getters under the names that users of interpret-community know; always ranked by magnitude."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError

from .result import Result
from .summary import ranking


class FamiliarGetters(Result):
    """Plain lists. Classifiers have one list per class where regressors have one level less."""

    @property
    def features(self) -> list[str]:
        """Names of the features."""
        return list(self.feature_names)

    @property
    def classes(self) -> list[str] | None:
        """Names of the classes; None for regression."""
        return None if self.outcome_names is None else list(self.outcome_names)

    @property
    def num_features(self) -> int:
        """Number of features."""
        return self.n_features

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

    # -- all rows ----------------------------------------------------------------------------------------

    @property
    def _global(self) -> np.ndarray:
        # Over classes that no row has values for, the others speak.
        importance = self.importance
        known = ~np.isnan(importance)
        total = np.where(known, importance, 0.0).sum(axis=0)
        count = known.sum(axis=0)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    @property
    def global_importance_values(self) -> list[float]:
        """Mean |contribution| over rows and outputs, in the order of the features."""
        return _list(self._global)

    @property
    def global_importance_names(self) -> list[str]:
        """Names in the order of `global_importance_values`."""
        return self.features

    @property
    def global_importance_rank(self) -> list[int]:
        """Positions of the features from the strongest to the weakest."""
        return _list(ranking(self._global))

    def get_ranked_global_names(self, top_k: int | None = None) -> list[str]:
        """Names from the strongest feature to the weakest.

        Parameters
        ----------
        top_k : int, optional
            How many; all otherwise.
        """
        return [self.feature_names[j] for j in ranking(self._global)[: _checked(top_k)]]

    def get_ranked_global_values(self, top_k: int | None = None) -> list[float]:
        """Importances in the order of `get_ranked_global_names`."""
        values = self._global
        return _list(values[ranking(values)[: _checked(top_k)]])

    def get_feature_importance_dict(self, top_k: int | None = None) -> dict[str, float]:
        """Importance by name, strongest first."""
        names, values = self.get_ranked_global_names(top_k), self.get_ranked_global_values(top_k)
        return dict(zip(names, values, strict=True))

    # -- per class ---------------------------------------------------------------------------------------

    def get_ranked_per_class_names(self, top_k: int | None = None) -> list[list[str]]:
        """For each output the names from the strongest to the weakest."""
        k = _checked(top_k)
        return [[self.feature_names[j] for j in ranking(each)[:k]] for each in self.importance]

    def get_ranked_per_class_values(self, top_k: int | None = None) -> list[list[float]]:
        """Importances in the order of `get_ranked_per_class_names`."""
        k = _checked(top_k)
        return [_list(each[ranking(each)[:k]]) for each in self.importance]

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
        return self._per_output(_list(names[self._local_order()[..., : _checked(top_k)]]))

    def get_ranked_local_values(self, top_k: int | None = None) -> list[Any]:
        """Signed contributions in the order of `get_ranked_local_names`."""
        by_output = np.moveaxis(self.values, 2, 0)
        order = self._local_order()[..., : _checked(top_k)]
        return self._per_output(_list(np.take_along_axis(by_output, order, axis=2)))

    def _local_order(self) -> np.ndarray:
        return ranking(np.moveaxis(self.values, 2, 0))

    def _per_output(self, lists: list[Any]) -> list[Any]:
        return list(lists[0]) if self.task == "regression" and self.n_outputs == 1 else lists


def _list(array: np.ndarray) -> list[Any]:
    return list(array.tolist())


def _checked(top_k: int | None) -> int | None:
    if top_k is None:
        return None
    if isinstance(top_k, bool) or not isinstance(top_k, (int, np.integer)) or top_k < 1:
        raise InvalidInputError(f"top_k={top_k!r}; give a whole number from 1, or None for all features")
    return int(top_k)
