"""XGBoost, while it trains."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.models.trees import Ensemble
from interpret_widget.training.coding import Coding, levels_of

from .base import Library


class XGBoost(Library):
    """An XGBoost booster in training."""

    name = "XGBoost"

    def __init__(self, booster: Any) -> None:
        self._booster = booster
        learner = json.loads(booster.save_config())["learner"]
        objective = learner["objective"]["name"]
        if learner["gradient_booster"]["name"] != "gbtree":
            raise UnsupportedModelError(
                f"{learner['gradient_booster']['name']} is not a sum of trees over rounds"
            )
        facts = learner["learner_model_param"]
        self.n_outputs = max(1, int(facts.get("num_class", 0)), int(facts.get("num_target", 1)))
        parallel = learner["gradient_booster"]["gbtree_model_param"].get("num_parallel_tree", "1")
        self.trees_per_round = self.n_outputs * int(parallel)
        self.is_classifier = objective.split(":")[0] in ("binary", "multi")
        self.link = {
            "binary:logistic": "logistic",
            "binary:logitraw": "logistic",
            "reg:logistic": "logistic",
            "multi:softprob": "softmax",
            "multi:softmax": "softmax",
            "count:poisson": "exp",
            "reg:gamma": "exp",
            "reg:tweedie": "exp",
        }.get(objective, "identity")  # type: ignore[assignment]
        self.start = self._start()

    def read(self, start: int, stop: int) -> Ensemble:
        """See `Library.read`."""
        from interpret_widget.models.trees import xgboost

        return xgboost.read(self._booster[start:stop])

    @property
    def n_rounds(self) -> int:
        """See `Library.n_rounds`."""
        return int(self._booster.num_boosted_rounds())

    def coding(self, Z: Any) -> Coding:
        """See `Library.coding`; boosters keep levels of categories from version 3.1 on."""
        levels = levels_of(Z)
        if hasattr(self._booster, "get_categories"):
            kept = self._booster.get_categories(export_to_arrow=True).to_arrow() or []
            for column, (_, known) in enumerate(kept):
                if known is not None and levels[column] is not None:
                    levels[column] = known.to_pylist()
        return Coding(levels, single=True)

    def margins(self, Z: Any) -> np.ndarray | None:
        """See `Library.margins`."""
        import xgboost

        names = self._booster.feature_names
        matrix = xgboost.DMatrix(Z, enable_categorical=True, feature_names=names)
        said = self._booster.predict(matrix, output_margin=True, iteration_range=(0, self.n_rounds))
        return np.asarray(said, dtype=np.float64).reshape(matrix.num_row(), -1)

    def _start(self) -> np.ndarray:
        """What the model adds to its trees, asked for one row."""
        import xgboost

        row = np.zeros((1, int(self._booster.num_features())), dtype=np.float32)
        types, names = self._booster.feature_types, self._booster.feature_names
        matrix = xgboost.DMatrix(row, feature_types=types, feature_names=names, enable_categorical=True)
        rounds = self._booster.num_boosted_rounds()
        said = self._booster.predict(matrix, output_margin=True, iteration_range=(0, rounds))
        trees = self.read(0, rounds)
        return np.asarray(np.asarray(said, dtype=np.float64).reshape(-1) - trees.predict(row)[0])
