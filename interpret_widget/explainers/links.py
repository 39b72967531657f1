"""What the numbers of a model's inner sum mean: found by comparing them with what the model predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from interpret_widget.models import ModelAdapter

OutputSpace = Literal["probability", "log-odds", "raw"]
Link = Literal["identity", "logistic", "softmax", "none"]


@dataclass(frozen=True)
class Scale:
    """The space of values.

    Attributes
    ----------
    space : {"probability", "log-odds", "raw"}
        "log-odds" only where the logistic function (two classes) or softmax (several) of the margins gives
        the model's probabilities.
    unit : str
        The space for people.
    link : {"identity", "logistic", "softmax", "none"}
        From margins to what `ModelAdapter.predict` answers; "none" where no known function leads there.
    """

    space: OutputSpace
    unit: str
    link: Link


def both_sides(margins: np.ndarray) -> np.ndarray:
    """Spell one margin out into two outputs: the first is the negative of the second.

    >>> both_sides(np.array([[2.0]])).tolist()
    [[-2.0, 2.0]]
    """
    return np.concatenate([0.0 - margins, margins], axis=-1)  # no negative zeros


def apply(link: Link, margins: np.ndarray) -> np.ndarray:
    """Probabilities (n, n_outputs) of margins under a logistic or softmax link."""
    from scipy.special import expit, softmax

    return np.asarray(expit(margins) if link == "logistic" else softmax(margins, axis=1))


def scale_of(margins: np.ndarray, adapter: ModelAdapter, answers: np.ndarray, word: str) -> Scale:
    """Name the space of margins by what the model answers for the same rows.

    Parameters
    ----------
    margins : ndarray (n, n_outputs)
        The inner sums.
    adapter : ModelAdapter
        Who answered.
    answers : ndarray (n, n_outputs)
        Its `predict` for these rows.
    word : str
        The unit where no link is recognised, "decision value" or "raw score".
    """
    if adapter.answer == "probability":
        if _alike(margins, answers):
            return Scale("probability", "probability", "identity")
        link: Link = "logistic" if adapter.task == "binary" else "softmax"
        if _alike(apply(link, margins), answers):
            return Scale("log-odds", "log-odds", link)
        return Scale("raw", word, "none")
    if _alike(margins, answers):
        return Scale("raw", "prediction" if adapter.answer == "prediction" else "decision value", "identity")
    if adapter.task == "regression":
        with np.errstate(over="ignore"):
            if _alike(np.exp(margins), answers):
                return Scale("raw", "log of the prediction", "none")
        if _alike(apply("logistic", margins), answers):
            return Scale("raw", "log-odds of the prediction", "none")
    return Scale("raw", word, "none")


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal up to single precision, in which some libraries answer."""
    return a.shape == b.shape and bool(
        np.allclose(a, b, rtol=1e-5, atol=1e-5 * max(1.0, float(np.abs(b).max(initial=0))))
    )
