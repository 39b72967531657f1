"""Estimators whose kernel is a product over columns, written out as sums of such products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .names import title_of

_VECTOR_MACHINES = ("SVC", "SVR", "NuSVC", "NuSVR", "OneClassSVM")
_SCALERS = ("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler")
_CELLS = 2_000_000  # numbers in one block of differences
_MOST = 50_000_000  # numbers of the points: 400 MB


@dataclass(frozen=True, eq=False)
class KernelMachine:
    """``sum_s weights_s prod_j exp(-|rates_sj (x_j - points_sj)| ** power) + intercept``.

    Attributes
    ----------
    points : ndarray (n_terms, n_columns)
    rates : ndarray (n_terms, n_columns) or (1, n_columns)
    weights : ndarray (n_terms, n_outputs)
    intercept : ndarray (n_outputs,)
    power : int
        2 for the Gaussian kernel, 1 for the Laplacian one.
    """

    points: np.ndarray
    rates: np.ndarray
    weights: np.ndarray
    intercept: np.ndarray
    power: int = 2

    def logs(self, Z: np.ndarray, terms: slice = slice(None)) -> np.ndarray:
        """Negative logarithms of all factors (n, n_columns, n_terms)."""
        rates = self.rates if len(self.rates) == 1 else self.rates[terms]
        gaps = (Z[:, :, None] - self.points[terms].T) * rates.T
        return np.asarray(np.abs(gaps) if self.power == 1 else np.square(gaps, out=gaps))

    def of_columns(self, columns: np.ndarray) -> KernelMachine:
        """The factors of some columns alone."""
        return replace(self, points=self.points[:, columns], rates=self.rates[:, columns])

    def of_terms(self, terms: np.ndarray) -> KernelMachine:
        """Some of the terms alone."""
        rates = self.rates if len(self.rates) == 1 else self.rates[terms]
        return replace(self, points=self.points[terms], rates=rates, weights=self.weights[terms])

    def similarities(self, Z: np.ndarray) -> np.ndarray:
        """Products (n, n_terms)."""
        out = np.empty((len(Z), len(self.points)))
        step = max(1, _CELLS // max(1, self.points.size))
        for start in range(0, len(Z), step):
            out[start : start + step] = np.exp(-self.logs(Z[start : start + step]).sum(axis=1))
        return out

    def predict(self, Z: np.ndarray) -> np.ndarray:
        """The machine's values (n, n_outputs)."""
        return np.asarray(self.similarities(Z) @ self.weights + self.intercept)

    def rescaled(self, factor: np.ndarray | float, shift: np.ndarray | float) -> KernelMachine:
        """The machine whose values are ``factor`` times these, plus ``shift``."""
        return replace(self, weights=self.weights * factor, intercept=self.intercept * factor + shift)


def read(estimator: Any) -> KernelMachine:
    """Write a fitted estimator out.

    Raises
    ------
    UnsupportedModelError
        Not such a machine; the message says why.
    """
    name = type(estimator).__name__
    package = type(estimator).__module__.split(".")[0]
    reader: Callable[[Any], KernelMachine] | None = None
    if package == "sklearn":
        reader = _vectors if name in _VECTOR_MACHINES else _READERS.get(name)
    if reader is None:
        raise UnsupportedModelError(f"{title_of(estimator)} is not a kernel machine that is known here")
    return reader(estimator)


def _side_by_side(model: Any) -> KernelMachine:
    """One machine for each class or target; with two classes there is one in all."""
    machines = [read(each) for each in model.estimators_]
    if len({each.power for each in machines}) > 1:
        raise UnsupportedModelError(f"{title_of(model)} has machines with different kernels")
    weights = [np.zeros((len(each.points), len(machines))) for each in machines]
    for position, each in enumerate(machines):
        weights[position][:, position] = each.weights[:, 0]
    return KernelMachine(
        np.concatenate([each.points for each in machines]),
        np.concatenate([np.broadcast_to(each.rates, each.points.shape) for each in machines]),
        np.concatenate(weights),
        np.concatenate([each.intercept for each in machines]),
        machines[0].power,
    )


def _behind_scalers(model: Any) -> KernelMachine:
    """A pipeline inside another model, whose steps only stretch and shift columns."""
    steps = [each for _, each in model.steps]
    machine = read(steps[-1])
    for step in reversed(steps[:-1]):
        if type(step).__name__ not in _SCALERS or getattr(step, "clip", False):
            raise UnsupportedModelError(f"{title_of(model)} is not a kernel machine that is known here")
        ends = np.repeat([[0.0], [1.0]], machine.points.shape[1], axis=1)
        shift, end = np.asarray(step.transform(ends), dtype=np.float64)
        slope = end - shift
        machine = replace(
            machine, points=(machine.points - shift) / slope, rates=machine.rates * np.abs(slope)
        )
    return machine


def _of_transformed_target(model: Any) -> KernelMachine:
    """Behind a scaler of the target, which only stretches the sum."""
    inside = read(model.regressor_)
    k = inside.weights.shape[1]
    rows = np.concatenate([np.zeros((1, k)), np.eye(k), -2.0 * np.eye(k)])
    back = np.asarray(model.transformer_.inverse_transform(rows), dtype=np.float64)
    shift, slopes = back[0], back[1 : k + 1] - back[0]
    if back.shape != rows.shape or not np.allclose(back[k + 1 :] - shift, -2.0 * slopes, rtol=1e-9):
        raise UnsupportedModelError(
            f"{title_of(model)} bends its target, so its kernel's sum is not what it predicts"
        )
    return replace(inside, weights=inside.weights @ slopes, intercept=inside.intercept @ slopes + shift)


def _vectors(model: Any) -> KernelMachine:
    if model.kernel != "rbf":
        raise _refused(model, model.kernel)
    if len(getattr(model, "classes_", ())) > 2:
        raise UnsupportedModelError(
            f"{title_of(model)} votes between pairs of classes, so it has no sum for single classes"
        )
    return _gaussian(model.support_vectors_, model._gamma, _dense(model.dual_coef_).T, model.intercept_)


def _ridge(model: Any) -> KernelMachine:
    if model.kernel not in ("rbf", "laplacian"):
        raise _refused(model, model.kernel)
    points = _dense(model.X_fit_)
    gamma = 1.0 / points.shape[1] if model.gamma is None else float(model.gamma)
    weights = _dense(model.dual_coef_).reshape(len(points), -1)
    intercept = np.zeros(weights.shape[1])
    if model.kernel == "laplacian":
        rates = np.full((1, points.shape[1]), gamma)
        return KernelMachine(points, rates, weights, intercept, 1)
    return _gaussian(points, gamma, weights, intercept)


def _process(model: Any) -> KernelMachine:
    if not hasattr(model, "X_train_"):
        raise UnsupportedModelError(f"{title_of(model)} is not fitted")
    points = _dense(model.X_train_)
    parts = _summands(model.kernel_, points.shape[1], model)
    alpha = _dense(model.alpha_).reshape(len(points), -1)
    constant = sum(factor for factor, rates in parts if not rates.any())
    parts = [each for each in parts if each[1].any()]
    if not parts:
        raise _refused(model, str(model.kernel_))
    machine = KernelMachine(
        np.tile(points, (len(parts), 1)),
        np.repeat([np.sqrt(rates) for _, rates in parts], len(points) if len(parts) > 1 else 1, axis=0),
        np.concatenate([factor * alpha for factor, _ in parts]),
        constant * alpha.sum(axis=0),
    )
    return machine.rescaled(np.asarray(model._y_train_std), np.asarray(model._y_train_mean))


def _summands(kernel: Any, width: int, model: Any) -> list[tuple[float, np.ndarray]]:
    """A kernel as a sum: of each summand the factor, and the rates of squared differences by column."""
    name = type(kernel).__name__
    if name == "ConstantKernel":
        return [(float(kernel.constant_value), np.zeros(width))]
    if name == "WhiteKernel":
        return []  # nothing between different rows
    if name == "RBF" or (name == "Matern" and kernel.nu == np.inf):
        return [(1.0, np.broadcast_to(0.5 / np.square(np.asarray(kernel.length_scale, float)), (width,)))]
    if name == "Sum":
        return _summands(kernel.k1, width, model) + _summands(kernel.k2, width, model)
    if name == "Product":
        left, right = (_summands(each, width, model) for each in (kernel.k1, kernel.k2))
        return [(a * b, r + s) for a, r in left for b, s in right]
    raise _refused(model, str(kernel))


def _gaussian(points: Any, gamma: float, weights: np.ndarray, intercept: Any) -> KernelMachine:
    points = _dense(points)
    rates = np.full((1, points.shape[1]), np.sqrt(gamma))
    return KernelMachine(points, rates, weights, np.atleast_1d(_dense(intercept)))


def _refused(model: Any, kernel: Any) -> UnsupportedModelError:
    if kernel == "linear":  # another route's
        return UnsupportedModelError(f"{title_of(model)} is not a kernel machine that is known here")
    named = f"kernel={kernel!r}" if isinstance(kernel, str) else "a kernel of the user's"
    return UnsupportedModelError(f"{title_of(model)} has {named}, which is not a product over columns")


def _dense(held: Any) -> np.ndarray:
    if hasattr(held, "toarray") and held.shape[0] * held.shape[1] > _MOST:
        raise UnsupportedModelError(
            f"{held.shape[0]:,} sparse rows of {held.shape[1]:,} columns are too many"
        )
    return np.asarray(held.toarray() if hasattr(held, "toarray") else held, dtype=np.float64)


_READERS: dict[str, Callable[[Any], KernelMachine]] = {
    "KernelRidge": _ridge,
    "GaussianProcessRegressor": _process,
    "MultiOutputRegressor": _side_by_side,
    "OneVsRestClassifier": _side_by_side,
    "Pipeline": _behind_scalers,
    "TransformedTargetRegressor": _of_transformed_target,
}
