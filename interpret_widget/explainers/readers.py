"""Path-dependent values of boosting libraries, asked of the library itself."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.models.feed import fed, library

from .links import both_sides
from .problem import Problem


class TreeReader(ABC):
    """Values and margins of one kind of tree model.

    Attributes
    ----------
    source : str
        Whose values they are, for people.
    precision : float
        Relative residual that the library's arithmetic explains.
    block : int
        Rows in one call, between which an explanation can be cancelled.
    """

    source: str
    precision = 1e-6
    block = 4_096
    _problem: Problem

    @abstractmethod
    def contributions(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """Values (n, n_columns + 1, n_outputs); the last column is the base value."""

    def raw_values(self, Z: Any, values: np.ndarray) -> np.ndarray | None:
        """Exact values of raw columns (n, n_raw, n_outputs), or None where sums of ``values`` must do."""
        return None

    def watched(self, tell: Callable[[float], None]) -> TreeReader:
        """The same reader, one that tells now and then how much of a block is done where that takes long.

        ``tell`` takes a share of one, and may raise to stop.
        """
        return self

    def affordable(self) -> int:
        """Rows of `Problem.checked` whose values are soon there."""
        return self._problem.checked.n_rows

    @property
    def unit(self) -> str:
        """The unit of margins where no link leads from them to what the model answers."""
        return "raw score"

    @property
    def perturbation(self) -> str:
        """Which values they are, for people."""
        return "path-dependent values"

    @property
    def background_text(self) -> str:
        """What rows are compared with, for people."""
        return "path-dependent"

    @property
    def knows_raw(self) -> bool:
        """Whether `raw_values` gives them."""
        return False

    @abstractmethod
    def margins(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """The model's own prediction (n, n_outputs) in the space of the values."""


def widened(out: np.ndarray, problem: Problem) -> np.ndarray:
    """The one margin of a binary model spelled out into two outputs."""
    if problem.inner.task == "binary" and out.shape[-1] == 1:
        return both_sides(out)
    return out


class LightGBMReader(TreeReader):
    """``pred_contrib`` of LightGBM."""

    source = "LightGBM's own"

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._model = problem.estimator
        self.booster = getattr(problem.estimator, "booster_", problem.estimator)
        # A random forest predicts the mean of its trees, but its raw scores and values are sums.
        header = self.booster.model_to_string(num_iteration=1).split("Tree=0")[0]
        is_mean = "average_output" in header.splitlines()
        self._n_averaged = self.booster.current_iteration() if is_mean else 1

    def contributions(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.contributions`."""
        # A team of threads costs more than one row does.
        threads = {"num_threads": 1} if one_row else {}
        out = self.booster.predict(self.table(Z), pred_contrib=True, **threads)
        if isinstance(out, list):  # sparse rows, several classes
            return np.stack([each.toarray() for each in out], axis=-1) / self._n_averaged
        dense = np.asarray(out.toarray() if hasattr(out, "toarray") else out, dtype=np.float64)
        width = Z.shape[1] + 1
        by_output = dense.reshape(len(dense), -1, width).transpose(0, 2, 1)
        return widened(by_output / self._n_averaged, self._problem)

    def margins(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.margins`."""
        if one_row or self._model is self.booster:
            out = self.booster.predict(
                self.table(Z), raw_score=True, **({"num_threads": 1} if one_row else {})
            )
        else:
            out = self._model.predict(self._problem.feed(Z), raw_score=True)
        return widened(_two_dimensional(out) / self._n_averaged, self._problem)

    def table(self, Z: Any) -> Any:
        """The estimator's columns as LightGBM takes them."""
        table = self._problem.feed(Z)
        return fed(table, "pandas") if library(table) == "polars" else table


class XGBoostReader(TreeReader):
    """``pred_contribs`` of XGBoost, in single precision as the library computes them."""

    source = "XGBoost's own"
    precision = 1e-4

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._model = problem.estimator
        self._is_native = not hasattr(self._model, "get_booster")
        self.booster = self._model if self._is_native else self._model.get_booster()
        best = None if self._is_native else getattr(self._model, "best_iteration", None)
        config = json.loads(self.booster.save_config())
        if config["learner"]["gradient_booster"]["name"] == "gblinear":
            raise UnsupportedModelError(f"{problem.title} boosts linear models, not trees")
        self.rounds = (0, 0) if best is None else (0, int(best) + 1)

    def contributions(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.contributions`."""
        out = self.booster.predict(
            self.matrix(Z, one_row),
            pred_contribs=True,
            strict_shape=True,
            iteration_range=self.rounds,
            validate_features=False,
        )
        return widened(np.asarray(out, dtype=np.float64).transpose(0, 2, 1), self._problem)

    def margins(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.margins`."""
        if one_row or self._is_native:
            out = self.booster.predict(
                self.matrix(Z, one_row),
                output_margin=True,
                iteration_range=self.rounds,
                validate_features=False,
            )
        else:
            out = self._model.predict(self._problem.feed(Z), output_margin=True)
        return widened(_two_dimensional(out), self._problem)

    def matrix(self, Z: Any, one_row: bool = False) -> Any:
        """The estimator's columns as XGBoost takes them."""
        import xgboost

        table = self._problem.feed(Z)
        if library(table) in ("polars", "pyarrow"):
            table = fed(table, "pandas")
        options: dict[str, Any] = {"nthread": 1} if one_row else {}
        if not self._is_native:
            options["missing"] = self._model.missing
            options["feature_types"] = getattr(self._model, "feature_types", None)
        elif library(table) in ("numpy", "scipy"):
            options["feature_types"] = self.booster.feature_types
            options["feature_names"] = self.booster.feature_names
        return xgboost.DMatrix(table, enable_categorical=True, **options)


class CatBoostReader(TreeReader):
    """``ShapValues`` of CatBoost, which knows its own categorical statistics."""

    source = "CatBoost's own"

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._model = problem.estimator

    def contributions(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.contributions`."""
        threads = {"thread_count": 1} if one_row else {}
        out = np.asarray(
            self._model.get_feature_importance(self._pool(Z), type="ShapValues", **threads), dtype=np.float64
        )
        by_output = out[:, :, None] if out.ndim == 2 else out.transpose(0, 2, 1)
        return widened(by_output, self._problem)

    def margins(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.margins`."""
        threads = {"thread_count": 1} if one_row else {}
        out = self._model.predict(self._pool(Z), prediction_type="RawFormulaVal", **threads)
        return widened(_two_dimensional(out), self._problem)

    def _pool(self, Z: Any) -> Any:
        import catboost

        table = self._problem.feed(Z)
        if library(table) in ("polars", "pyarrow"):
            table = fed(table, "pandas")
        special: dict[str, list[Any]] = {}
        for kind in ("cat", "text", "embedding"):
            positions: Any = getattr(self._model, f"get_{kind}_feature_indices", list)()
            if len(positions):
                special[f"{kind}_features"] = list(positions)
        return catboost.Pool(table, **special)


def _two_dimensional(out: Any) -> np.ndarray:
    array = np.asarray(out, dtype=np.float64)
    return array.reshape(-1, 1) if array.ndim == 1 else array
