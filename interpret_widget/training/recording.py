"""What was recorded of a run of training: importance, margins and metrics by round. No widget, no threads."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .behind import Behind
from .coding import Coding
from .growth import Growth, Rounds

if TYPE_CHECKING:
    from .snapshots import Snapshots

State = Literal["waiting", "running", "paused", "stopping", "finished", "stopped", "failed"]


@dataclass
class Metric:
    """One measured quantity over rounds.

    Attributes
    ----------
    name : str
        For people: ``"valid binary_logloss"``.
    data : {"train", "valid", "other"}
    metric : str
    higher_is_better : bool
    values : dict of int to float
        By round.
    """

    name: str
    data: Literal["train", "valid", "other"]
    metric: str
    higher_is_better: bool
    values: dict[int, float] = field(default_factory=dict)


@dataclass
class Record:
    """One run.

    Attributes
    ----------
    name : str
    state : str
    message : str or None
        Why it failed, or stopped.
    rounds : list of int
        Recorded rounds, counted from 1: the number of rounds that the model had.
    importance : list of ndarray of float32 (n_outputs, n_features)
    margins : list of ndarray of float32 (n_rows, n_outputs)
    metrics : dict of str to Metric
    growth : Growth or None
        The trees; None before the first of them.
    library : Library or None
    coding : Coding or None
        From the estimator's columns to the trees' numbers.
    snapshots : Snapshots or None
        Copies of a model that is no sum of trees.
    behind : Behind or None
        Transformations of this run alone.
    """

    name: str
    state: State = "waiting"
    message: str | None = None
    rounds: list[int] = field(default_factory=list)
    importance: list[np.ndarray] = field(default_factory=list)
    margins: list[np.ndarray] = field(default_factory=list)
    metrics: dict[str, Metric] = field(default_factory=dict)
    growth: Growth | None = None
    library: Any = None
    coding: Coding | None = None
    snapshots: Snapshots | None = None
    behind: Behind | None = None
    started: float | None = None
    ended: float | None = None

    @property
    def seconds(self) -> float:
        """Since the run began; until it ended."""
        if self.started is None:
            return 0.0
        return (self.ended or time.monotonic()) - self.started

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("finished", "stopped", "failed")

    def take(self, measured: Rounds, first: int, every: int) -> None:
        """Record rounds ``first``, ``first + 1``, …, each ``every``-th of them."""
        for at in range(len(measured.importance)):
            number = first + at
            if number % every == 0 or number == 1:
                self.rounds.append(number)
                self.importance.append(measured.importance[at])
                self.margins.append(measured.margins[at])

    def measure(self, name: str, data: str, metric: str, number: int, value: float, higher: bool) -> None:
        """Record a metric of a round."""
        kind: Any = data if data in ("train", "valid") else "other"
        known = self.metrics.setdefault(name, Metric(name, kind, metric, higher))
        known.values[number] = float(value)

    def best(self) -> int | None:
        """Round of the best validation metric; None without one."""
        for metric in self.metrics.values():
            if metric.data == "valid" and metric.values:
                ranked = max if metric.higher_is_better else min
                return int(ranked(metric.values, key=lambda at: metric.values[at]))
        return None

    def spread(self, most: int, *always: int | None) -> np.ndarray:
        """Positions of at most about so many recorded rounds, evenly spread, and of those nearest to others.

        Rounds may be added meanwhile: all lists have these positions.
        """
        n = min(len(self.rounds), len(self.importance), len(self.margins))
        if n <= most:
            return np.arange(n)
        chosen = {*np.linspace(0, n - 1, most).astype(int).tolist()}
        rounds = np.asarray(self.rounds[:n])
        chosen |= {int(np.argmin(np.abs(rounds - number))) for number in always if number is not None}
        return np.array(sorted(chosen))

    def position(self, number: int) -> int:
        """Position of the recorded round nearest to a number."""
        return int(np.argmin(np.abs(np.asarray(self.rounds) - number)))
