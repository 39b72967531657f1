"""What every explainer offers, and the numbers that it hands over."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import CancelledError
from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Dataset, Lineage

from .links import Scale
from .problem import Problem

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

#: Called with (done, total) between batches.
Progress = Callable[[int, int], None]
#: Says whether to stop; a function or a `threading.Event`.
Cancel = Any


@dataclass(frozen=True, eq=False)
class Answer:
    """The numbers of an explanation: on the user's columns and, behind a preprocessing, on the estimator's.

    Attributes
    ----------
    values : ndarray (n_rows, n_features, n_outputs)
        On raw columns.
    base_values : ndarray (n_outputs,)
        Shared by both levels.
    predictions : ndarray (n_rows, n_outputs)
        Asked of the model itself, in the space of the values.
    probabilities : ndarray (n_rows, n_outputs) or None
        Where the model has them.
    std_errors : ndarray or None
        As values.
    engineered : ndarray (n_rows, n_engineered, n_outputs) or None
        Values of the estimator's columns.
    columns : matrix (n_rows, n_engineered) or None
        Those columns.
    """

    values: np.ndarray
    base_values: np.ndarray
    predictions: np.ndarray
    probabilities: np.ndarray | None = None
    std_errors: np.ndarray | None = None
    engineered: np.ndarray | None = None
    columns: Any = None


class Explainer(ABC):
    """A route from a model and rows to an explanation.

    Attributes
    ----------
    method : str
        ``"linear"``, ``"additive"``, ``"tree"``, ``"kernel"``, ``"gradients"`` or ``"sampling"``.
    exact : bool
        Whether values are computed rather than estimated.
    reason : str
        One sentence: why this route.
    scale : Scale
        The space of the values.
    background_text : str
        What explained rows are compared with, for people.
    notes : tuple of str
        What else a reader must know.
    problem : Problem
        The model and its background.
    """

    method: str
    exact: bool
    reason: str
    scale: Scale
    background_text: str
    notes: tuple[str, ...] = ()
    problem: Problem
    #: Whether the values of the estimator's columns come with those of the raw ones.
    has_engineered: bool = True

    @property
    def adapter(self) -> ModelAdapter:
        """Asks the model about rows of raw columns."""
        return self.problem.adapter

    @property
    def background(self) -> Dataset | None:
        """Rows to compare with."""
        return self.problem.background

    @property
    def lineage(self) -> Lineage | None:
        """Descent of the estimator's columns."""
        return self.problem.lineage

    def explain(
        self, X: Any, y: Any = None, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> Explanation:
        """Explain rows.

        Parameters
        ----------
        X : table (n_rows, n_columns) or Dataset
            Rows of the columns of the background.
        y : array-like (n_rows,), optional
            True outcomes.
        progress : callable, optional
            Called with (done, total) between batches.
        cancel : callable or Event, optional
            Asked between batches; when true, `CancelledError` is raised.

        Raises
        ------
        InvalidInputError
            Rows with other columns, or as many outcomes as there are no rows.
        ModelCallError
            The model raised.
        CancelledError
            Stopped by ``cancel``.
        """
        from .assembling import assemble

        started = time.perf_counter()
        data = self.problem.dataset(X)
        answer = self.answer(data, ticking(progress, cancel))
        return assemble(self, data, answer, y, time.perf_counter() - started)

    def explain_row(self, row: Dataset) -> Explanation:
        """Explain one row quickly, in the same game as `explain`: the answer to a what-if question."""
        from .assembling import assemble

        started = time.perf_counter()
        return assemble(self, row, self.answer_row(row), None, time.perf_counter() - started)

    @abstractmethod
    def answer(self, data: Dataset, tick: Progress) -> Answer:
        """The numbers for these rows; calls ``tick`` between batches, which may raise."""

    def answer_row(self, row: Dataset) -> Answer:
        """The numbers for one row."""
        return self.answer(row, _silent)


def _silent(done: int, total: int) -> None:
    pass


def ticking(progress: Progress | None, cancel: Cancel) -> Progress:
    """One function that reports progress and raises when cancelled."""
    if cancel is None and progress is None:
        return _silent
    asked = getattr(cancel, "is_set", cancel)

    def tick(done: int, total: int) -> None:
        if asked is not None and asked():
            raise CancelledError(f"the explanation was cancelled after {done} of {total} steps")
        if progress is not None:
            progress(done, total)

    return tick
