"""What each training library's model is made of, while it grows."""

from __future__ import annotations

import copy
import json
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.models.feed import as_array
from interpret_widget.models.trees import Ensemble
from interpret_widget.models.trees.frozen import Link


class Library(ABC):
    """Reads new trees of a growing model.

    Attributes
    ----------
    name : str
        For people.
    link : {"identity", "logistic", "softmax", "exp"}
        From the trees' sum to a prediction.
    is_classifier : bool
    n_outputs, trees_per_round : int
    start : ndarray (n_outputs,)
        Where boosting starts, beside the trees.
    is_mean : bool
        Whether the model is the mean of its trees.
    """

    name: str
    link: Link
    is_classifier: bool
    n_outputs: int
    trees_per_round: int
    start: np.ndarray
    is_mean = False

    @abstractmethod
    def read(self, start: int, stop: int) -> Ensemble:
        """The trees of some rounds."""

    @property
    @abstractmethod
    def n_rounds(self) -> int:
        """Rounds that the model has now; a library may drop those after the best one when it ends."""

    @abstractmethod
    def table(self, Z: Any) -> np.ndarray:
        """The estimator's columns as the trees compare them."""

    def columns(self, n_columns: int) -> np.ndarray:
        """Position in the estimator's columns of each column of the table."""
        return np.arange(n_columns)


class LightGBM(Library):
    """A LightGBM booster in training."""

    name = "LightGBM"

    def __init__(self, booster: Any) -> None:
        self._booster = booster
        self._levels = list(booster.pandas_categorical or [])
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

    def table(self, Z: Any) -> np.ndarray:
        """See `Library.table`."""
        return _coded(Z, self._levels)


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

    def table(self, Z: Any) -> np.ndarray:
        """See `Library.table`."""
        return _coded(Z, None).astype(np.float32).astype(np.float64)

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


class ScikitLearn(Library):
    """Boosting or a forest of scikit-learn, from an estimator that has trees already."""

    name = "scikit-learn"

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator
        self.name = type(estimator).__name__
        self.is_classifier = hasattr(estimator, "classes_")
        first = self.read(0, 1)
        self.n_outputs = first.n_outputs
        is_forest = self.name.startswith(("RandomForest", "ExtraTrees"))
        self.trees_per_round = 1 if is_forest else first.n_trees
        self.is_mean = is_forest
        self.start = np.zeros(self.n_outputs)
        self.link = "identity"
        if self.is_classifier and not is_forest:
            self.link = "logistic" if self.n_outputs == 1 else "softmax"
        if self.name.startswith("GradientBoosting"):
            self.start = self._start()

    def read(self, start: int, stop: int) -> Ensemble:
        """See `Library.read`."""
        from dataclasses import replace

        from interpret_widget.models.trees import sklearn

        part = copy.copy(self._estimator)
        if hasattr(part, "_predictors"):
            part._predictors = part._predictors[start:stop]
        else:
            part.estimators_ = part.estimators_[start:stop]
        found = sklearn.read(part)
        if found is None:
            raise UnsupportedModelError(f"{type(self._estimator).__name__} does not grow by trees")
        if hasattr(part, "_predictors"):
            return found if start == 0 else replace(found, base=np.zeros_like(found.base))
        if type(part).__name__.startswith(("RandomForest", "ExtraTrees")):
            return replace(found, value=found.value * (stop - start))
        return found

    @property
    def n_rounds(self) -> int:
        """See `Library.n_rounds`."""
        stages = getattr(self._estimator, "_predictors", None)
        return len(self._estimator.estimators_ if stages is None else stages)

    def table(self, Z: Any) -> np.ndarray:
        """See `Library.table`."""
        from interpret_widget.models.trees import sklearn

        if hasattr(self._estimator, "_predictors"):
            return np.ascontiguousarray(sklearn.histogram_table(self._estimator, Z))
        return _coded(Z, None).astype(np.float32).astype(np.float64)

    def columns(self, n_columns: int) -> np.ndarray:
        """See `Library.columns`."""
        from interpret_widget.models.trees import sklearn

        if hasattr(self._estimator, "_predictors"):
            return np.asarray(sklearn.histogram_columns(self._estimator, n_columns))
        return np.arange(n_columns)

    def _start(self) -> np.ndarray:
        row = np.zeros((1, int(self._estimator.n_features_in_)), dtype=np.float32)
        started = self._estimator._raw_predict_init(row)
        return np.asarray(started, dtype=np.float64).reshape(-1)[: self.n_outputs]


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

    def table(self, Z: Any) -> np.ndarray:
        """See `Library.table`."""
        return self._whole.table(_coded(Z, None))


def library_of(model: Any) -> Library:
    """The reader of a fitted model.

    Raises
    ------
    UnsupportedModelError
        Not a sum of trees over rounds.
    """
    package = type(model).__module__.split(".")[0]
    if package == "lightgbm":
        return LightGBM(getattr(model, "booster_", model))
    if package == "xgboost":
        return XGBoost(model.get_booster() if hasattr(model, "get_booster") else model)
    if package == "catboost":
        return CatBoost(model)
    if package == "sklearn" and (hasattr(model, "_predictors") or hasattr(model, "estimators_")):
        return ScikitLearn(model)
    raise UnsupportedModelError(f"{type(model).__name__} is not known as a sum of trees over rounds")


def _coded(Z: Any, levels: list[Any] | None) -> np.ndarray:
    """Numbers of a table; levels by their position, in the list that the library keeps or in their own."""
    table = Z.to_pandas() if hasattr(Z, "to_pandas") else Z
    if not hasattr(table, "iloc"):
        return np.ascontiguousarray(
            as_array(table.toarray() if hasattr(table, "toarray") else table), np.float64
        )
    known = None if levels is None else iter(levels)
    out = np.empty(table.shape)
    for position in range(table.shape[1]):
        column = table.iloc[:, position]
        if str(column.dtype) == "category":
            column = column if known is None else column.cat.set_categories(next(known))
            codes = column.cat.codes.to_numpy()
            out[:, position] = np.where(codes < 0, np.nan, codes)
        else:
            out[:, position] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return out
