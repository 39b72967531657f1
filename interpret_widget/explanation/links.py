"""From log-odds at the base value to probabilities, only where that can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .result import Result

_ROWS_TO_CHECK = 64


def base_probabilities(result: Result) -> np.ndarray | None:
    """Probabilities at the base values (n_outputs,), or None where no link is known to lead there.

    The logistic function (two classes) or softmax (several) must turn the predictions of some rows into their
    probabilities; it does not for a subset of several classes.
    """
    if result.output_space == "probability":
        return result.base_values
    if result.output_space != "log-odds":
        return None
    from scipy.special import expit, softmax

    binary = result.task == "binary"
    link = expit if binary else softmax
    if result.predictions is None or result.probabilities is None or not result.n_rows:
        return np.asarray(link(result.base_values)) if binary else None
    some = slice(0, _ROWS_TO_CHECK)
    linked = expit(result.predictions[some]) if binary else softmax(result.predictions[some], axis=1)
    if not np.allclose(linked, result.probabilities[some], atol=1e-4, equal_nan=True):
        return None
    return np.asarray(link(result.base_values))
