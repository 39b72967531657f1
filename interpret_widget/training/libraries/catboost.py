"""CatBoost, which shows its trees when it has finished."""

from __future__ import annotations

from typing import Any

from interpret_widget.models.trees import Ensemble
from interpret_widget.training.coding import Coding, levels_of

from .base import Library


class CatBoost(Library):
    """A fitted CatBoost model of numeric columns; in training the library shows nobody its trees."""

    def __init__(self, model: Any) -> None:
        from interpret_widget.models.trees import catboost

        self._whole = catboost.read(model)
        self.name = type(model).__name__
        loss = str(model.get_all_params().get("loss_function", "")).split(":")[0]
        self.is_classifier = loss in ("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll")
        self.link = {
            "Logloss": "logistic",
            "CrossEntropy": "logistic",
            "MultiClass": "softmax",
            "Poisson": "exp",
            "Tweedie": "exp",
        }.get(loss, "identity")  # type: ignore[assignment]
        self.n_outputs, self.trees_per_round = self._whole.n_outputs, 1
        self.start = self._whole.base

    def read(self, start: int, stop: int) -> Ensemble:
        """See `Library.read`."""
        return self._whole.of_trees(start, stop)

    @property
    def n_rounds(self) -> int:
        """See `Library.n_rounds`."""
        return self._whole.n_trees

    def coding(self, Z: Any) -> Coding:
        """See `Library.coding`."""
        return Coding(levels_of(Z), single=self._whole.single)
