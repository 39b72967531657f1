"""Path-dependent values of scikit-learn's trees, computed by `shap.TreeExplainer`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .problem import Problem
from .readers import TreeReader, widened

_FORESTS = (
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "ExtraTreeClassifier",
    "ExtraTreeRegressor",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
)


class ForestReader(TreeReader):
    """Trees and forests: probabilities of classes, or predictions."""

    source = "shap's"
    block = 32  # deep forests take tenths of a second for a row

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._explainer = _explainer(problem.estimator)

    def contributions(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.contributions`."""
        return _with_base(self._explainer, dense(Z))

    def margins(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.margins`."""
        return self._problem.inner.predict(Z)


class HistReader(TreeReader):
    """HistGradientBoosting without categorical splits, which `shap` misreads."""

    source = "shap's"
    block = 512

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        model = problem.estimator
        if np.any(getattr(model, "is_categorical_", None)):
            raise UnsupportedModelError(
                f"{problem.title} splits on categories, which shap's tree algorithm gets wrong"
            )
        self._explainer = _explainer(model)

    def contributions(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.contributions`."""
        return widened(_with_base(self._explainer, dense(Z)), self._problem)

    def margins(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.margins`."""
        return boosted_margins(self._problem, Z)


class GradientBoostingReader(TreeReader):
    """GradientBoosting with any number of classes: one additive ensemble for each output."""

    source = "shap's"
    block = 512

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        model = problem.estimator
        self._explainers = [
            _explainer(
                {
                    "trees": [_tree(each.tree_, model.learning_rate) for each in stages],
                    "internal_dtype": np.float64,
                    "input_dtype": np.float32,
                    "tree_output": "raw_value",
                }
            )
            for stages in model.estimators_.T
        ]
        Z = problem.checked_columns
        starts = self._margins(Z) - self._sums(Z).sum(axis=1)
        if np.ptp(starts, axis=0).max() > 1e-6 * max(1.0, float(np.abs(starts).max())):
            raise UnsupportedModelError(
                f"{problem.title} starts from the predictions of another model (init=)"
            )
        self._start = starts.mean(axis=0)

    def contributions(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.contributions`."""
        out = self._sums(Z)
        out[:, -1] += self._start
        return widened(out, self._problem)

    def margins(self, Z: Any, *, one_row: bool = False) -> np.ndarray:
        """See `TreeReader.margins`."""
        return widened(self._margins(Z), self._problem)

    def _sums(self, Z: Any) -> np.ndarray:
        return np.concatenate([_with_base(each, dense(Z)) for each in self._explainers], axis=-1)

    def _margins(self, Z: Any) -> np.ndarray:
        out = boosted_margins(self._problem, Z)
        return out[:, 1:] if self._problem.inner.task == "binary" else out


def reader_for(problem: Problem) -> TreeReader | None:
    """A reader for scikit-learn's trees; None where the model is something else."""
    model = problem.estimator
    if type(model).__module__.split(".")[0] != "sklearn":
        return None
    name = type(model).__name__
    if name in _FORESTS:
        return ForestReader(problem)
    if name.startswith("HistGradientBoosting"):
        return HistReader(problem)
    if name in ("GradientBoostingClassifier", "GradientBoostingRegressor"):
        return GradientBoostingReader(problem)
    return None


def _explainer(model: Any) -> Any:
    with warnings.catch_warnings():
        # shap's imports warn of other libraries' plans; who runs with warnings as errors still gets values.
        warnings.simplefilter("ignore")
        import shap

        return shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")


def dense(Z: Any) -> np.ndarray:
    """The estimator's columns as a plain array of numbers."""
    return np.asarray(Z.toarray() if hasattr(Z, "toarray") else Z, dtype=np.float64)


def _with_base(explainer: Any, Z: np.ndarray) -> np.ndarray:
    values = explainer.shap_values(Z, check_additivity=False)
    out = np.stack(values, axis=-1) if isinstance(values, list) else np.asarray(values, dtype=np.float64)
    out = out[..., None] if out.ndim == 2 else out
    base = np.atleast_1d(np.asarray(explainer.expected_value, dtype=np.float64)).ravel()
    return np.concatenate([out, np.broadcast_to(base, (len(out), 1, out.shape[2]))], axis=1)


def boosted_margins(problem: Problem, Z: Any) -> np.ndarray:
    """The sums of a boosting model, before its link."""
    model = problem.estimator
    if problem.inner.task == "regression":
        answers = problem.inner.predict(Z)
        is_log = getattr(model, "loss", None) in ("poisson", "gamma")
        return np.log(answers) if is_log else answers
    out = np.asarray(model.decision_function(problem.feed(Z)), dtype=np.float64)
    return widened(out.reshape(-1, 1) if out.ndim == 1 else out, problem)


def _tree(tree: Any, scale: float) -> dict[str, np.ndarray]:
    return {
        "children_left": tree.children_left,
        "children_right": tree.children_right,
        "children_default": tree.children_right,  # GradientBoosting takes no missing values
        "features": tree.feature,
        "thresholds": tree.threshold,
        "values": tree.value[:, 0, :] * scale,
        "node_sample_weight": tree.weighted_n_node_samples,
    }
