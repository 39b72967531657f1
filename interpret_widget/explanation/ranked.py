"""Features ranked by importance: what explanations and their aggregates answer alike."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from interpret_widget.errors import InvalidInputError

from .summary import ranking


class Ranked(Protocol):
    """Whatever knows its features and how much each matters to each output."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features."""

    @property
    def importance(self) -> np.ndarray:
        """Mean |contribution| (n_outputs, n_features)."""


def overall(importance: np.ndarray) -> np.ndarray:
    """Mean over outputs (n_features,) of importances (n_outputs, n_features), NaN left out."""
    # Over classes that no row has values for, the others speak.
    known = ~np.isnan(importance)
    total = np.where(known, importance, 0.0).sum(axis=0)
    count = known.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def checked_top_k(top_k: Any) -> int | None:
    """A number of features, or None for all of them."""
    if top_k is None:
        return None
    if isinstance(top_k, bool) or not isinstance(top_k, (int, np.integer)) or top_k < 1:
        raise InvalidInputError(f"top_k={top_k!r}; give a whole number from 1, or None for all features")
    return int(top_k)


class RankedGetters:
    """Getters over all rows, under the names that users of interpret-community know."""

    @property
    def features(self: Ranked) -> list[str]:
        """Names of the features."""
        return list(self.feature_names)

    @property
    def num_features(self: Ranked) -> int:
        """Number of features."""
        return len(self.feature_names)

    @property
    def global_importance_values(self: Ranked) -> list[float]:
        """Mean |contribution| over rows and outputs, in the order of the features."""
        return list(overall(self.importance).tolist())

    @property
    def global_importance_names(self: Ranked) -> list[str]:
        """Names in the order of `global_importance_values`."""
        return list(self.feature_names)

    @property
    def global_importance_rank(self: Ranked) -> list[int]:
        """Positions of the features from the strongest to the weakest."""
        return list(ranking(overall(self.importance)).tolist())

    def get_ranked_global_names(self: Ranked, top_k: int | None = None) -> list[str]:
        """Names from the strongest feature to the weakest.

        Parameters
        ----------
        top_k : int, optional
            How many; all otherwise.
        """
        return [self.feature_names[j] for j in ranking(overall(self.importance))[: checked_top_k(top_k)]]

    def get_ranked_global_values(self: Ranked, top_k: int | None = None) -> list[float]:
        """Importances in the order of `get_ranked_global_names`."""
        values = overall(self.importance)
        return list(values[ranking(values)[: checked_top_k(top_k)]].tolist())

    def get_feature_importance_dict(self, top_k: int | None = None) -> dict[str, float]:
        """Importance by name, strongest first."""
        ranked: Any = self
        names, values = ranked.get_ranked_global_names(top_k), ranked.get_ranked_global_values(top_k)
        return dict(zip(names, values, strict=True))

    def get_ranked_per_class_names(self: Ranked, top_k: int | None = None) -> list[list[str]]:
        """For each output the names from the strongest to the weakest."""
        k = checked_top_k(top_k)
        return [[self.feature_names[j] for j in ranking(each)[:k]] for each in self.importance]

    def get_ranked_per_class_values(self: Ranked, top_k: int | None = None) -> list[list[float]]:
        """Importances in the order of `get_ranked_per_class_names`."""
        k = checked_top_k(top_k)
        return [list(each[ranking(each)[:k]].tolist()) for each in self.importance]
