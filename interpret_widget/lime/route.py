"""From local fits to explanations."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.explainers.assembling import assemble
from interpret_widget.explainers.base import Answer, Cancel, Explainer, Progress, ticking
from interpret_widget.explainers.links import Scale
from interpret_widget.explainers.problem import Problem, drawn
from interpret_widget.explanation.fidelity import local
from interpret_widget.tabular import Dataset

from .fitting import LocalFitter, Settings
from .neighbourhood import Neighbourhood

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

_MOST_FOR_BASE = 10_000  # rows whose mean answer is the base value
_UNITS = {"probability": "probability", "decision": "decision value", "prediction": "prediction"}


class LocalRoute(Explainer):
    """A linear model around every row.

    Parameters
    ----------
    problem : Problem
    neighbourhood : Neighbourhood
    settings : Settings
    """

    method = "lime"
    exact = False

    def __init__(self, problem: Problem, neighbourhood: Neighbourhood, settings: Settings) -> None:
        self.problem = problem
        self._around = neighbourhood
        answer = problem.adapter.answer
        self.scale = Scale("probability" if answer == "probability" else "raw", _UNITS[answer], "identity")
        n = problem.background.n_rows
        self.background_text = (
            f"{settings.num_samples:,} rows drawn around each row, like {n:,} row{'' if n == 1 else 's'}"
        )
        self.reason = (
            f"A linear model is fitted to what {problem.title} answers around each row (LIME); the values "
            "are its terms."
        )
        rows = drawn(problem, _MOST_FOR_BASE)
        self.notes = _notes(settings, neighbourhood.binned, rows.n_rows)
        self._base = problem.adapter.predict(rows).mean(axis=0)
        self._fitter = LocalFitter(
            neighbourhood.numbers,
            neighbourhood.categorical,
            problem.adapter.n_outputs,
            problem.adapter.task == "binary",
            settings,
            problem.random_state,
        )

    def explain(
        self, X: Any, y: Any = None, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> Explanation:
        """See `Explainer.explain`; with the R² of each local fit."""
        return self._assembled(self.problem.dataset(X), y, ticking(progress, cancel))

    def explain_row(self, row: Dataset) -> Explanation:
        """See `Explainer.explain_row`."""
        return self._assembled(row, None, ticking(None, None))

    def answer(self, data: Dataset, tick: Progress) -> Answer:
        """See `Explainer.answer`."""
        return self._fitted(data, self._around.coded(data), tick)[0]

    def _fitted(self, data: Dataset, numbers: np.ndarray, tick: Progress) -> tuple[Answer, np.ndarray]:
        """The numbers, and R² (n_rows, n_outputs)."""
        adapter, n = self.problem.adapter, data.n_rows
        tick(0, n)
        predictions = adapter.predict(data)
        values = np.empty((n, data.n_columns, adapter.n_outputs))
        r2 = np.empty((n, adapter.n_outputs))
        for row in range(n):
            own = predictions[row : row + 1]

            def ask(drawn: np.ndarray, own: np.ndarray = own) -> np.ndarray:
                rng = np.random.default_rng(self.problem.random_state)
                # The first is the row itself, whose cells need not be like any of the background.
                return np.concatenate([own, adapter.predict(self._around.native(drawn[1:], rng))])

            fit = self._fitter.fit(numbers[row], ask)
            values[row], r2[row] = fit.values, fit.r2
            tick(row + 1, n)
        probabilities = predictions if self.scale.space == "probability" else None
        return Answer(values, self._base, predictions, probabilities), r2

    def _assembled(self, data: Dataset, y: Any, tick: Progress) -> Explanation:
        started = time.perf_counter()
        numbers = self._around.coded(data)
        answer, r2 = self._fitted(data, numbers, tick)
        found = assemble(self, data, answer, y, time.perf_counter() - started)
        fidelity = local(r2)
        low = (
            (f"The local linear models fit {self.problem.title} badly ({fidelity}): they say little of it.",)
            if fidelity.is_low
            else ()
        )
        strange = self._around.unseen(numbers)
        alone = (
            (
                f"Some rows have a level of {', '.join(strange[:5])} that no row compared with has; what it "
                "does cannot be told from rows around them.",
            )
            if strange
            else ()
        )
        return replace(found, notes=(*low, *found.notes, *alone), fidelity=fidelity, local_r2=r2)


def _notes(settings: Settings, binned: list[str], n_base: int) -> tuple[str, ...]:
    notes = [
        "Values are terms of local linear models, not Shapley values: they do not add up to the prediction, "
        "and the residual is what they miss.",
        f"The base value is the model's mean answer to {n_base:,} of the rows compared with; each local "
        "model has an intercept of its own.",
    ]
    if settings.discretize_continuous:
        notes.append(
            "A value says what it does to lie in this row's quartile, or to have its level, against another."
        )
    if settings.num_features is not None:
        notes.append(f"At most {settings.num_features} features of a row have a value; the others have 0.")
    if binned:
        shown = ", ".join(binned[:5]) + (", …" if len(binned) > 5 else "")
        notes.append(
            f"Dates and numbers that may be missing are told as quartiles, or as missing, and drawn from "
            f"rows that are there: {shown}."
        )
    return tuple(notes)
