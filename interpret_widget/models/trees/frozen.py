"""A model of plain arrays: trees and the link that makes predictions of their sum. No library is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from scipy.special import expit, softmax

from .ensemble import Ensemble

Link = Literal["identity", "logistic", "softmax", "exp"]


class FrozenTrees:
    """Trees with the link that makes predictions of their sums; asked like an estimator.

    Parameters
    ----------
    ensemble : Ensemble
    table : callable
        The estimator's columns as the trees compare them.
    link : {"identity", "logistic", "softmax", "exp"}
    title : str
        For people: ``"LightGBM, round 137"``.
    classes : ndarray or None
        Labels of a classifier.
    columns : ndarray of int, optional
        Position in the estimator's columns of each column of the table; in their order by default.
    """

    def __init__(
        self,
        ensemble: Ensemble,
        table: Callable[[Any], np.ndarray],
        link: Link,
        title: str,
        classes: np.ndarray | None,
        columns: np.ndarray | None = None,
    ) -> None:
        self.ensemble = ensemble
        self.table = table
        self.link = link
        self.title = title
        self.columns = columns
        self._estimator_type = "regressor" if classes is None else "classifier"
        if classes is not None:
            self.classes_ = classes
            self.predict_proba = self._probabilities

    def margins(self, Z: Any) -> np.ndarray:
        """Sums of the trees (n, n_outputs)."""
        return self.ensemble.margins(self.table(Z))

    def fit(self, *_: Any) -> FrozenTrees:
        """Nothing to do: it is fitted."""
        return self

    def predict(self, Z: Any) -> np.ndarray:
        """Labels of classes, or predictions."""
        if self._estimator_type == "classifier":
            return np.asarray(self.classes_[self._probabilities(Z).argmax(axis=1)])
        margins = self.margins(Z)
        out = np.exp(margins) if self.link == "exp" else margins
        return np.asarray(out[:, 0] if out.shape[1] == 1 else out)

    def _probabilities(self, Z: Any) -> np.ndarray:
        margins = self.margins(Z)
        if self.link == "softmax":
            return np.asarray(softmax(margins, axis=1))
        shares = expit(margins) if self.link == "logistic" else margins
        return np.column_stack([1 - shares[:, 0], shares[:, 0]]) if shares.shape[1] == 1 else shares
