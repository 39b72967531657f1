"""Values of any model on raw columns: it is only ever asked for predictions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Dataset

from .anytime import Standing, rounds
from .base import Answer, Cancel, Explainer, Progress, _silent, ticking
from .enumeration import cost, enumerated
from .game import Game, in_batches
from .links import Scale
from .problem import Problem, drawn
from .questions import Sides
from .residual import FEWEST_PAIRS, Residual
from .surrogate import Surrogate

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

_MOST_BACKGROUND = 1_000  # rows that are mixed with; each costs a prediction, shared by all explained rows
_MANY_BACKGROUND = 200  # of them, however many rows are explained
_CELLS = 20_000_000  # of explained rows times background rows, beyond which fewer of the latter are used
_TOTAL_EVALS = 600_000  # predictions over all rows where the user sets no budget
_FEWEST_EACH, _MOST_EACH = 12, 400  # predictions for each row and feature, in the same case
_FOR_A_ROW = 32  # predictions for each feature of a what-if question, whose surrogate is there already
_ESTIMATED = "Estimated on raw columns by sampling: "


@dataclass(frozen=True)
class Limits:
    """When to stop.

    Attributes
    ----------
    max_evals : int, optional
        Predictions for each explained row.
    max_seconds : float, optional
        From the start of an explanation; a first rough answer is always finished.
    tolerance : float, optional
        Of standard errors, as a share of the standard deviation of the background's predictions.
    """

    max_evals: int | None = None
    max_seconds: float | None = None
    tolerance: float | None = None

    def checked(self, n_features: int) -> Limits:
        """Themselves.

        Raises
        ------
        InvalidInputError
            Not a limit, or too few predictions for the features.
        """
        budget, least = self.max_evals, max(4, 4 * (n_features - 1))
        is_number = isinstance(budget, (int, np.integer)) and not isinstance(budget, bool)
        if budget is not None and (not is_number or budget < least):
            raise InvalidInputError(
                f"max_evals={budget!r}: {n_features} features need a whole number of at least {least} "
                "predictions for each row"
            )
        for name in ("max_seconds", "tolerance"):
            given = getattr(self, name)
            if given is not None and not (isinstance(given, (int, float, np.number)) and given > 0):
                raise InvalidInputError(f"{name}={given!r} is not a number above 0")
        return self


class SamplingExplainer(Explainer):
    """Exact where every coalition can be asked; elsewhere a surrogate is exact, and what it leaves sampled.

    Values always add up to the prediction, and have standard errors.

    Parameters
    ----------
    problem : Problem
        The model and its background.
    reason : str
        Why no exact route is taken.
    limits : Limits, optional
        When to stop; a budget is chosen by the number of rows otherwise.
    n_rows : int, optional
        How many rows the budget is for. Left out, each explanation settles its background rows by its own
        number of rows and refers to an explainer that keeps them, so that what-if answers play the same game.
    """

    method = "sampling"

    def __init__(
        self, problem: Problem, reason: str, limits: Limits | None = None, n_rows: int | None = None
    ) -> None:
        self.problem = problem
        self.limits = (limits or Limits()).checked(problem.background.n_columns)
        self.scale = _scale(problem.adapter)
        self._why = reason
        self._game: Game | None = None
        self._surrogates: tuple[Surrogate, ...] = ()
        given, p = problem.background.n_rows, problem.background.n_columns
        total = self._budget(n_rows or 1) * (n_rows or 1)
        # Every coalition may cost up to twice of what sampling would: the answer is exact.
        most = self._budget(n_rows or 1) * (1 if self.limits.max_evals is not None else 2)
        self.exact = cost(p, given) <= most and self.limits.max_seconds is None
        most_used = int(np.clip(_CELLS // ((n_rows or 1) * p), _MANY_BACKGROUND, _MOST_BACKGROUND))
        used = given if self.exact else min(given, most_used, max(1, total // 4))
        if n_rows is not None:
            self._game = Game(problem, drawn(problem, used))
        self.reason = _exactly(reason) if self.exact else reason
        rows = f"{given:,} row{'' if given == 1 else 's'}"
        self.background_text = rows if used == given else f"{used:,} of {rows}"

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

    def explain_anytime(
        self, X: Any, y: Any = None, *, progress: Progress | None = None, cancel: Cancel = None
    ) -> Iterator[Explanation]:
        """Explanations of the same rows, each better than the one before; parameters as in `explain`."""
        from .assembling import assemble

        ticking(progress, cancel)(0, 1)
        data, started = self.problem.dataset(X), time.perf_counter()
        settled = self if self._game is not None else self._settled(data.n_rows)
        for answer in settled._answers(data, ticking(progress, cancel), several=True):
            yield assemble(settled, data, answer, y, time.perf_counter() - started)

    def explain_row(self, row: Dataset) -> Explanation:
        """See `Explainer.explain_row`."""
        return super().explain_row(row) if self._game is not None else self._settled(1).explain_row(row)

    def answer(self, data: Dataset, tick: Progress) -> Answer:
        """See `Explainer.answer`."""
        if self._game is None:
            return self._settled(data.n_rows).answer(data, tick)
        answer: Answer | None = None
        for answer in self._answers(data, tick, several=False):  # noqa: B007 (the last counts)
            pass
        assert answer is not None
        return answer

    def answer_row(self, row: Dataset) -> Answer:
        """See `Explainer.answer_row`; a surrogate of an explanation before needs few answers."""
        if self._game is None:
            return self._settled(1).answer_row(row)
        if self.exact or not self._surrogates:
            return self.answer(row, _silent)
        at_row = self.problem.adapter.predict(row)
        sides = Sides(self._game, row, at_row, _silent)
        n_pairs = max(4 * FEWEST_PAIRS, _FOR_A_ROW // 2 * (row.n_columns - 1))
        # Another stream than that of the answers which the surrogates have learned from.
        rng = np.random.default_rng([self.problem.random_state, 1])
        found = Residual(sides, self._everywhere()).corrected(
            np.array([0]), n_pairs, rng, list(self._surrogates)
        )
        return self._as_answer(found.values, np.sqrt(found.variances), found.base_values, at_row)

    def _answers(self, data: Dataset, tick: Progress, *, several: bool) -> Iterator[Answer]:
        """Better and better answers."""
        game = self._game
        assert game is not None
        started = time.perf_counter()
        at_rows = in_batches(self.problem.adapter, data)
        sides = Sides(game, data, at_rows, tick)
        if self.exact:
            values = enumerated(sides)
            sides.finished()
            yield self._as_answer(values, np.zeros_like(values), game.at_background.mean(axis=0), at_rows)
            return
        limits = self.limits
        if limits.max_seconds is not None:
            sides.deadline = started + limits.max_seconds
        n, b = data.n_rows, game.background.n_rows
        total = max(self._budget(n) * n - n - b, 2 * n * FEWEST_PAIRS)
        standing: Standing
        for standing in rounds(
            sides,
            self._everywhere(),
            total // (2 * n),
            self.problem.random_state,
            several=several or limits.max_seconds is not None or limits.tolerance is not None,
            tolerance=limits.tolerance,
        ):
            self._surrogates = standing.surrogates
            yield self._as_answer(standing.values, standing.std_errors, standing.base_values, at_rows)

    def _as_answer(
        self, values: np.ndarray, std_errors: np.ndarray, base: np.ndarray, at_rows: np.ndarray
    ) -> Answer:
        probabilities = at_rows if self.problem.adapter.has_probabilities else None
        return Answer(values, base, at_rows, probabilities, std_errors)

    def _everywhere(self) -> np.ndarray:
        return self.problem.background.codes()

    def _settled(self, n_rows: int) -> SamplingExplainer:
        return SamplingExplainer(self.problem, self._why, self.limits, n_rows)

    def _budget(self, n_rows: int) -> int:
        """Predictions for each row."""
        if self.limits.max_evals is not None:
            return int(self.limits.max_evals)
        each = max(1, self.problem.background.n_columns - 1)
        return int(np.clip(_TOTAL_EVALS // n_rows, _FEWEST_EACH * each, _MOST_EACH * each))


def _exactly(reason: str) -> str:
    """The reason in the words of an exact answer."""
    return reason.replace(_ESTIMATED, "Exact on raw columns, as every coalition of them is asked: ")


def _scale(adapter: ModelAdapter) -> Scale:
    if adapter.has_probabilities:
        return Scale("probability", "probability", "identity")
    if adapter.answer == "decision":
        return Scale("raw", "decision value", "identity")
    return Scale("raw", "prediction" if adapter.task == "regression" else "1 where predicted", "identity")
