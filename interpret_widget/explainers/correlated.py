"""Linear models in the conditional game: what is not known is guessed from correlated columns that are."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import Dataset

from . import linear
from .base import Answer, Progress
from .gaussian_game import GaussianGame, fit
from .levels import grouping
from .links import apply
from .margins import dense
from .problem import Problem

_MOST_COLUMNS = 2_000  # of the estimator: their covariances are held and factored
_MOST_PLAYERS = 500  # whose orders take a quarter of a minute
_ROWS = 4_096  # at a time


class CorrelatedLinearExplainer(linear.LinearExplainer):
    """Values of the conditional game of a linear model under a Gaussian fitted to the background.

    Parameters
    ----------
    ordinary : LinearExplainer
        Which read the model.

    Raises
    ------
    InvalidInputError
        Background rows that do not vary, or too many columns.
    """

    has_engineered = False

    def __init__(self, ordinary: linear.LinearExplainer) -> None:
        problem = ordinary.problem
        super().__init__(problem, ordinary.form, ordinary.scale)
        Z = _columns(problem)
        owner = np.arange(Z.shape[1]) if problem.lineage is None else grouping(problem.lineage)
        self._game: GaussianGame = fit(
            Z, owner, problem.background.n_columns, self.form.weights, problem.random_state
        )
        self.exact = self._game.exact
        n = len(Z)
        self.background_text = f"Gaussian fitted to {n:,} rows"
        grouped = "" if problem.preprocessing is None else " Columns of one raw column are one player."
        way = "from every coalition" if self.exact else f"from {self._game.n_orders:,} orders of the columns"
        self.reason = (
            f"{problem.title} is linear in its columns; what a coalition lacks is guessed from what it knows "
            f"(correlation_dependent), {way}.{grouped}"
        )
        self.notes = (*self.notes, *_notes(self._game, n))

    def answer(self, data: Dataset, tick: Progress) -> Answer:
        """See `Explainer.answer`."""
        n = data.n_rows
        parts = []
        for start in range(0, n, _ROWS):
            tick(start, n)
            rows = data if n <= _ROWS else data.take(np.arange(start, min(start + _ROWS, n)))
            parts.append(self._part(rows))
        tick(n, n)
        values, errors, margins, probabilities = (
            None if each[0] is None else np.concatenate(each) for each in zip(*parts, strict=True)
        )
        assert values is not None
        assert margins is not None
        return Answer(values, self._base, margins, probabilities, std_errors=errors)

    def answer_row(self, row: Dataset) -> Answer:
        """See `Explainer.answer_row`."""
        values, errors, margins, probabilities = self._part(row)
        return Answer(values, self._base, margins, probabilities, std_errors=errors)

    def _part(self, rows: Dataset) -> tuple[np.ndarray, np.ndarray | None, np.ndarray, np.ndarray | None]:
        problem = self.problem
        Z = problem.columns(rows)
        values, errors = self._game.values(dense(Z))
        margins = linear._margins(problem, self.form, Z)
        probabilities = None
        if problem.inner.has_probabilities:
            known = self.scale.link in ("logistic", "softmax")
            probabilities = apply(self.scale.link, margins) if known else problem.inner.predict(Z)
        return values, errors, margins, probabilities


def build(problem: Problem) -> CorrelatedLinearExplainer | str:
    """The explainer, or why there is none."""
    made = linear.build(problem)
    return made if isinstance(made, str) else CorrelatedLinearExplainer(made)


def _columns(problem: Problem) -> np.ndarray:
    """The estimator's columns of the background."""
    width, players = problem.checked_columns.shape[1], problem.background.n_columns
    if width > _MOST_COLUMNS or players > _MOST_PLAYERS:
        raise InvalidInputError(
            f"feature_perturbation='correlation_dependent' takes up to {_MOST_PLAYERS:,} columns, and "
            f"{_MOST_COLUMNS:,} behind a preprocessing; here are {players:,} and {width:,}. Leave columns "
            "out, or take 'interventional'"
        )
    Z: Any = dense(problem.columns(problem.background))
    if len(Z) < 2 or not np.ptp(Z, axis=0).any():
        raise InvalidInputError(
            "feature_perturbation='correlation_dependent' fits a Gaussian to the rows compared with, but "
            f"nothing varies in them ({len(Z):,} here); give rows such as the training data, "
            "or take 'interventional'"
        )
    return np.asarray(Z)


def _notes(game: GaussianGame, n_rows: int) -> tuple[str, ...]:
    notes = ["A column may have a value without a weight in the model: it tells of columns that have one."]
    width = game.to_coordinates.shape[1]
    if not game.exact:
        notes.append(
            f"Values are means over {game.n_orders:,} orders of the columns, with their standard errors; the "
            "sums are exact."
        )
    if n_rows <= 2 * width:
        notes.append(
            f"The Gaussian of {width:,} directions is fitted to only {n_rows:,} rows: its correlations, and "
            "with them the values, hang on chance. Give more rows."
        )
    elif game.is_singular:
        notes.append("Some columns are functions of others in the rows compared with; these share values.")
    return tuple(notes)
