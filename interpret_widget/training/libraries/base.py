"""What each training library's model is made of, while it grows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from interpret_widget.models.trees import Ensemble
from interpret_widget.models.trees.frozen import Link
from interpret_widget.training.coding import Coding


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
    says_metrics : bool
        Whether its callback tells metrics of validation data.
    """

    name: str
    link: Link
    is_classifier: bool
    n_outputs: int
    trees_per_round: int
    start: np.ndarray
    is_mean = False
    says_metrics = True

    @abstractmethod
    def read(self, start: int, stop: int) -> Ensemble:
        """The trees of some rounds."""

    @property
    @abstractmethod
    def n_rounds(self) -> int:
        """Rounds that the model has now; a library may drop those after the best one when it ends."""

    @abstractmethod
    def coding(self, Z: Any) -> Coding:
        """How the estimator's columns become numbers that the trees compare; ``Z`` are some of its rows."""

    def margins(self, Z: Any) -> np.ndarray | None:
        """What the library itself says the trees and the start add up to (n, n_outputs), to compare with.

        None where it cannot be asked before it has finished.
        """
        return None
