"""What a counterfactual must reach, and how far an answer of the model is from it."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.models import ModelAdapter

_LEAST = 1e-12  # of a gap: an answer on the boundary has not reached the other side


@dataclass(frozen=True)
class Goal:
    """A wanted outcome.

    Attributes
    ----------
    text : str
        For people: ``"leaving"``, ``"another class than staying"``, ``"from 100 to 150"``.
    wanted : tuple of int
        Positions of the classes that will do; empty for regression.
    interval : tuple of float
        Regression: the ends of what will do.
    decision : float or None
        Two classes: the answer from which the second is predicted; None where the largest answer decides.
    threshold : float
        Least probability of the wanted classes together.
    """

    text: str
    wanted: tuple[int, ...] = ()
    interval: tuple[float, float] = (-np.inf, np.inf)
    decision: float | None = None
    threshold: float = 0.0

    def gap(self, shown: np.ndarray) -> np.ndarray:
        """How far answers (n, n_outputs) are from the goal (n,); 0 where they have reached it."""
        if not self.wanted:
            low, high = self.interval
            return np.maximum(0.0, np.maximum(low - shown[:, 0], shown[:, 0] - high))
        if self.decision is not None:
            over = shown[:, 1] - self.decision
            gap = np.where(over >= 0, 0.0, -over) if self.wanted == (1,) else np.where(over < 0, 0.0, over)
            missed = over < 0 if self.wanted == (1,) else over >= 0
        else:
            is_wanted = np.isin(np.arange(shown.shape[1]), self.wanted)
            gap = shown[:, ~is_wanted].max(axis=1) - shown[:, is_wanted].max(axis=1)
            missed = gap >= 0
        gap = np.where(missed, np.maximum(gap, _LEAST), 0.0)
        if self.threshold > 0:
            gap = np.maximum(gap, self.threshold - shown[:, list(self.wanted)].sum(axis=1))
        return gap

    def reached(self, shown: np.ndarray) -> np.ndarray:
        """Bool per answer (n,)."""
        return np.asarray(self.gap(shown) <= 0)


def goal_of(
    adapter: ModelAdapter,
    own: np.ndarray,
    spread: float,
    *,
    desired: Any,
    threshold: float | None = None,
    decision: float | None = None,
) -> Goal:
    """Read what the user wants.

    Parameters
    ----------
    adapter : ModelAdapter
    own : ndarray (n_outputs,)
        The model's answer to the row.
    spread : float
        Regression: standard deviation of predictions, by which a direction is meant.
    desired, threshold
        See `counterfactuals`.
    decision : float, optional
        See `Goal`.

    Raises
    ------
    InvalidInputError
        No such outcome, or the row has it already.
    """
    if adapter.task == "regression":
        goal = _number_goal(adapter, own, spread, desired, threshold)
    else:
        goal = _class_goal(adapter, own, desired, threshold, decision)
    if goal.reached(own[None, :])[0]:
        raise InvalidInputError(
            f"desired={desired!r}: the row's prediction is {goal.text} already; ask for another"
        )
    return goal


def _class_goal(
    adapter: ModelAdapter, own: np.ndarray, desired: Any, threshold: float | None, decision: float | None
) -> Goal:
    names = adapter.output_names
    if threshold is not None:
        if not adapter.has_probabilities:
            raise InvalidInputError(f"threshold={threshold!r}: the model has no probabilities; leave it out")
        if not isinstance(threshold, numbers.Real) or not 0 < float(threshold) <= 1:
            raise InvalidInputError(f"threshold={threshold!r} is not a probability above 0 and up to 1")
    at_least = 0.0 if threshold is None else float(threshold)
    wanted: tuple[int, ...]
    if desired is None or (isinstance(desired, str) and desired == "other" and "other" not in names):
        now = int(np.argmax(own)) if decision is None else int(own[1] >= decision)
        wanted = tuple(k for k in range(len(names)) if k != now)
        text = names[wanted[0]] if len(wanted) == 1 else f"another class than {names[now]}"
    else:
        wanted = (_position(adapter, desired),)
        text = names[wanted[0]]
    if at_least:
        text += f" with a probability of {at_least:g} or more"
    return Goal(text, wanted, decision=decision if len(names) == 2 else None, threshold=at_least)


def _position(adapter: ModelAdapter, desired: Any) -> int:
    for known in (adapter.class_values or (), adapter.output_names):
        for k, label in enumerate(known):
            plain = label.item() if isinstance(label, np.generic) else label
            if isinstance(plain, bool) == isinstance(desired, (bool, np.bool_)) and plain == desired:
                return k
    listed = ", ".join(adapter.output_names[:20])
    raise InvalidInputError(f'desired={desired!r} is not a class; choose from {listed}, or "other"')


def _number_goal(
    adapter: ModelAdapter, own: np.ndarray, spread: float, desired: Any, threshold: float | None
) -> Goal:
    if adapter.n_outputs != 1:
        raise InvalidInputError(
            f"model predicts {adapter.n_outputs} numbers; give a function that returns the one that is meant"
        )
    if threshold is not None:
        raise InvalidInputError(f"threshold={threshold!r} is for classes; give desired=(low, high)")
    value = float(own[0])
    if isinstance(desired, str) and desired in ("up", "down"):
        if spread <= 0:
            raise InvalidInputError(
                f"desired={desired!r}: all predictions of X are the same; give (low, high)"
            )
        if desired == "up":
            return Goal(f"{value + spread:.6g} or more", interval=(value + spread, np.inf))
        return Goal(f"{value - spread:.6g} or less", interval=(-np.inf, value - spread))
    is_pair = isinstance(desired, Sequence) and not isinstance(desired, str) and len(desired) == 2
    if not is_pair or not all(end is None or isinstance(end, numbers.Real) for end in desired):
        raise InvalidInputError(
            f'desired={desired!r}: a regression needs (low, high), where None is open, or "up" or "down"'
        )
    low = -np.inf if desired[0] is None else float(desired[0])
    high = np.inf if desired[1] is None else float(desired[1])
    if not low <= high or (np.isinf(low) and np.isinf(high)):
        raise InvalidInputError(f"desired={desired!r} holds no prediction, or all; give low <= high")
    if np.isinf(high):
        text = f"{low:.6g} or more"
    else:
        text = f"{high:.6g} or less" if np.isinf(low) else f"from {low:.6g} to {high:.6g}"
    return Goal(text, interval=(low, high))
