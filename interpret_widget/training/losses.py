"""How far predictions of the watched rows are from their outcomes, where a library does not say."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, softmax

_LEAST = 1e-15  # a probability of zero would cost infinitely much


def loss_of(
    margins: np.ndarray, y: np.ndarray, link: str, labels: np.ndarray | None
) -> tuple[str, float] | None:
    """Name and value of a loss.

    Parameters
    ----------
    margins : ndarray (n, k)
        What the model adds up to; of two classes that of the second.
    y : ndarray (n,)
        Outcomes.
    link : str
        From margins to predictions: "identity", "logistic", "softmax", "exp"; of classes anything else means
        that only signs or the largest count.
    labels : ndarray or None
        Labels of the classes; None for numbers.

    Returns
    -------
    tuple or None
        The logarithmic loss, the share of errors or the root of the mean squared error; None where outcomes
        are not the model's.
    """
    wide = margins.astype(np.float64)
    if labels is None:
        if y.dtype.kind not in "fiub" or wide.shape[1] != 1:
            return None
        predicted = np.exp(wide[:, 0]) if link == "exp" else wide[:, 0]
        return "rmse", float(np.sqrt(np.mean((predicted - y.astype(np.float64)) ** 2)))
    codes = np.searchsorted(labels, y)
    if len(labels) != max(2, wide.shape[1]) or not np.array_equal(labels[codes % len(labels)], y):
        return None
    if link in ("logistic", "softmax"):
        shares = expit(wide) if wide.shape[1] == 1 else softmax(wide, axis=1)
    elif link == "identity":
        shares = wide
    else:
        decided = wide[:, 0] > 0 if wide.shape[1] == 1 else wide.argmax(axis=1)
        return "error rate", float(np.mean(decided != codes))
    if shares.shape[1] == 1:
        shares = np.hstack([1 - shares, shares])
    own = np.clip(shares[np.arange(len(y)), codes], _LEAST, None)
    return "log loss", float(-np.log(own).mean())
