"""LightGBM, while it trains."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.models.trees import Ensemble
from interpret_widget.training.coding import Coding, levels_of

from .base import Library


class LightGBM(Library):
    """A LightGBM booster in training."""

    name = "LightGBM"

    def __init__(self, booster: Any) -> None:
        self._booster = booster
        text = booster.model_to_string(num_iteration=1)
        facts = dict(line.split("=", 1) for line in text.split("\nTree=")[0].splitlines() if "=" in line)
        objective = facts.get("objective", "custom").split()[0]
        if booster.params.get("boosting", booster.params.get("boosting_type")) == "dart":
            raise UnsupportedModelError(
                "DART changes its former trees at every round, so that rounds do not add up"
            )
        self.n_outputs = self.trees_per_round = int(facts["num_tree_per_iteration"])
        self.is_classifier = objective in ("binary", "multiclass", "multiclassova")
        self.link = {
            "binary": "logistic",
            "multiclass": "softmax",
            "cross_entropy": "logistic",
            "poisson": "exp",
            "gamma": "exp",
            "tweedie": "exp",
        }.get(objective, "identity")  # type: ignore[assignment]
        self.start = np.zeros(self.n_outputs)
        self.is_mean = "average_output" in text.split("\nTree=")[0].splitlines()

    def read(self, start: int, stop: int) -> Ensemble:
        """See `Library.read`."""
        from interpret_widget.models.trees import lightgbm

        return lightgbm.read(self._booster, (start, stop))

    @property
    def n_rounds(self) -> int:
        """See `Library.n_rounds`."""
        return int(self._booster.current_iteration())

    def coding(self, Z: Any) -> Coding:
        """See `Library.coding`; the booster keeps the levels of categories, in the order of their columns."""
        known = iter(self._booster.pandas_categorical or [])
        return Coding([None if levels is None else list(next(known)) for levels in levels_of(Z)])

    def margins(self, Z: Any) -> np.ndarray | None:
        """See `Library.margins`."""
        said = self._booster.predict(Z, raw_score=True, num_iteration=self.n_rounds)
        return np.asarray(said, dtype=np.float64).reshape(len(said), -1)
