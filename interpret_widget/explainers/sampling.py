"""Estimated values of any model on raw columns: it is only ever asked for predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Dataset

from .base import Answer, Cancel, Explainer, Progress, ticking
from .game import Game, in_batches
from .links import Scale
from .permutations import Plan, estimate
from .problem import Problem, drawn

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

_N_BACKGROUND = 50  # background rows where the user sets no budget
_TOTAL_EVALS = 600_000  # predictions over all rows where the user sets no budget
_FEWEST_PAIRS, _MOST_PAIRS = 20, 200


class SamplingExplainer(Explainer):
    """Antithetic permutation sampling with standard errors; values always add up to the prediction.

    Parameters
    ----------
    problem : Problem
        The model and its background.
    reason : str
        Why no exact route is taken.
    max_evals : int, optional
        Predictions for each explained row; chosen by the number of rows otherwise.
    n_background : int, optional
        Background rows to draw. Left out, each explanation settles it by its number of rows and refers to an
        explainer that keeps the rows drawn, so that what-if answers play the same game.
    """

    method = "sampling"

    def __init__(
        self, problem: Problem, reason: str, max_evals: int | None = None, n_background: int | None = None
    ) -> None:
        self.problem = problem
        self.reason = reason
        self.max_evals = max_evals
        self.scale = _scale(problem.adapter)
        self._game: Game | None = None
        given = problem.background.n_rows
        used = given
        if n_background is not None:
            self._game = Game(problem, drawn(problem, n_background))
            used = self._game.background.n_rows
        rows = f"{given:,} row{'' if given == 1 else 's'}"
        self.background_text = rows if used == given else f"{used:,} of {rows}"
        # A pair of walks holds every order of two features.
        self.exact = problem.background.n_columns <= 2 and used == given <= _N_BACKGROUND
        self._pairs(1)

    @property
    def background(self) -> Dataset | None:
        """Rows to compare with: those drawn, once an explanation has settled how many."""
        return self.problem.background if self._game is None else self._game.background

    def explain(
        self, X: Any, y: Any = None, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> Explanation:
        """See `Explainer.explain`."""
        if self._game is not None:
            return super().explain(X, y, progress=progress, cancel=cancel)
        ticking(progress, cancel)(0, 1)
        data = self.problem.dataset(X)
        return self._settled(data.n_rows).explain(data, y, progress=progress, cancel=cancel)

    def explain_row(self, row: Dataset) -> Explanation:
        """See `Explainer.explain_row`."""
        return super().explain_row(row) if self._game is not None else self._settled(1).explain_row(row)

    def answer(self, data: Dataset, tick: Progress) -> Answer:
        """See `Explainer.answer`."""
        if self._game is None:
            return self._settled(data.n_rows).answer(data, tick)
        return self._answer(self._game, data, self._pairs(data.n_rows) // self._game.background.n_rows, tick)

    def answer_row(self, row: Dataset) -> Answer:
        """See `Explainer.answer_row`; one pair of walks for each background row."""
        if self._game is None:
            return self._settled(1).answer_row(row)
        return self._answer(self._game, row, 1, lambda done, total: None)

    def _settled(self, n_rows: int) -> SamplingExplainer:
        n = min(self.problem.background.n_rows, _N_BACKGROUND, self._pairs(n_rows))
        return SamplingExplainer(self.problem, self.reason, self.max_evals, n)

    def _answer(self, game: Game, data: Dataset, repeats: int, tick: Progress) -> Answer:
        adapter, n_background = self.problem.adapter, game.background.n_rows
        at_least = 2 if n_background == 1 and data.n_columns > 2 else 1
        plan = Plan.draw(
            data.n_columns,
            n_background,
            max(at_least, repeats),
            n_background / self.problem.background.n_rows,
            self.problem.random_state,
        )
        at_rows = in_batches(adapter, data)
        found = estimate(game.asking(data), game.differing(data), at_rows, game.at_background, plan, tick)
        probabilities = at_rows if adapter.has_probabilities else None
        return Answer(found.values, game.at_background.mean(axis=0), at_rows, probabilities, found.std_errors)

    def _pairs(self, n_rows: int) -> int:
        """Pairs of walks for each row."""
        n_features = self.problem.background.n_columns
        each = max(1, 2 * (n_features - 1))
        budget = self.max_evals
        if budget is None:
            return int(np.clip(_TOTAL_EVALS // (n_rows * each), _FEWEST_PAIRS, _MOST_PAIRS))
        if not isinstance(budget, (int, np.integer)) or isinstance(budget, bool) or budget < 2 * each:
            raise InvalidInputError(
                f"max_evals={budget!r}: {n_features} features need a whole number of at least {2 * each} "
                "predictions for each row"
            )
        return int(budget) // each


def _scale(adapter: ModelAdapter) -> Scale:
    if adapter.has_probabilities:
        return Scale("probability", "probability", "identity")
    if adapter.answer == "decision":
        return Scale("raw", "decision value", "identity")
    return Scale("raw", "prediction" if adapter.task == "regression" else "1 where predicted", "identity")
