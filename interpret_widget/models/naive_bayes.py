"""Naive Bayes written out: the logarithm of its joint probability is a sum over columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import UnsupportedModelError

from .names import title_of


@dataclass(frozen=True, eq=False)
class AdditiveSum:
    """``sum_j parts_j(x_j) + constant``, one for each class.

    Attributes
    ----------
    parts : callable
        Rows (n, n_columns) -> what each column adds (n, n_columns, n_classes).
    constant : ndarray (n_classes,)
    """

    parts: Callable[[np.ndarray], np.ndarray]
    constant: np.ndarray

    def predict(self, Z: np.ndarray) -> np.ndarray:
        """The sums (n, n_classes)."""
        return np.asarray(self.parts(Z).sum(axis=1) + self.constant)


def read(estimator: Any) -> AdditiveSum:
    """Write a fitted estimator out, as `predict_joint_log_proba` adds it up.

    Raises
    ------
    UnsupportedModelError
        Not a naive Bayes model that is known here.
    """
    reader = _READERS.get(type(estimator).__name__)
    if reader is None or type(estimator).__module__.split(".")[0] != "sklearn":
        raise UnsupportedModelError(f"{title_of(estimator)} is not an additive model that is known here")
    return reader(estimator)


def _gaussian(model: Any) -> AdditiveSum:
    means, variances = model.theta_.T, model.var_.T
    heights = -0.5 * np.log(2 * np.pi * variances)

    def parts(Z: np.ndarray) -> np.ndarray:
        return np.asarray(heights - np.square(Z[:, :, None] - means) / (2 * variances))

    return AdditiveSum(parts, np.log(model.class_prior_))


def _counts(model: Any) -> AdditiveSum:
    weights = model.feature_log_prob_.T
    is_complement = type(model).__name__ == "ComplementNB"
    constant = np.zeros(weights.shape[1]) if is_complement else model.class_log_prior_
    return AdditiveSum(lambda Z: np.asarray(Z[:, :, None] * weights), constant)


def _bernoulli(model: Any) -> AdditiveSum:
    present = model.feature_log_prob_.T
    absent = np.log(1 - np.exp(present))
    at = model.binarize

    def parts(Z: np.ndarray) -> np.ndarray:
        seen = Z if at is None else (at < Z).astype(np.float64)
        return np.asarray(seen[:, :, None] * (present - absent))

    return AdditiveSum(parts, model.class_log_prior_ + absent.sum(axis=0))


def _categorical(model: Any) -> AdditiveSum:
    tables = [each.T for each in model.feature_log_prob_]

    def parts(Z: np.ndarray) -> np.ndarray:
        codes = Z.astype(np.intp)
        return np.stack([table[codes[:, j]] for j, table in enumerate(tables)], axis=1)

    return AdditiveSum(parts, model.class_log_prior_)


_READERS: dict[str, Callable[[Any], AdditiveSum]] = {
    "GaussianNB": _gaussian,
    "MultinomialNB": _counts,
    "ComplementNB": _counts,
    "BernoulliNB": _bernoulli,
    "CategoricalNB": _categorical,
}
