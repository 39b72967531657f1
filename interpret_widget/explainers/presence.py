"""Values of a game whose players are there or not: words of a text, regions of an image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from interpret_widget.errors import InvalidInputError, ModelCallError
from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Dataset

from .base import Cancel, Progress, ticking
from .enumeration import cost
from .problem import Problem
from .sampling import Limits, SamplingExplainer

#: Up to how many players every coalition is asked, where no number of predictions is given.
ENUMERATED = 12


@dataclass(frozen=True, eq=False)
class Presence:
    """What a game of presence found.

    Attributes
    ----------
    values : ndarray (n_players, n_outputs)
    base_values, prediction : ndarray (n_outputs,)
        The answers to nobody and to everybody.
    std_errors : ndarray (n_players, n_outputs)
        Zero where values are exact.
    exact : bool
        Whether every coalition was asked.
    """

    values: np.ndarray
    base_values: np.ndarray
    prediction: np.ndarray
    std_errors: np.ndarray
    exact: bool


def play(
    ask: Callable[[np.ndarray], np.ndarray],
    n_players: int,
    n_outputs: int,
    *,
    max_evals: int,
    random_state: int = 0,
    progress: Progress | None = None,
    cancel: Cancel = None,
) -> Presence:
    """Shapley values of players that are there or not.

    Exact where every coalition can be asked within ``max_evals`` or players are at most `ENUMERATED`; else
    estimated by leverage-paired sampling (Musco and Witter, 2024) around surrogates, with standard errors.

    Parameters
    ----------
    ask : callable
        bool (n, n_players) -> ndarray (n, n_outputs); True is there.
    n_players, n_outputs : int
    max_evals : int
        Most coalitions asked.
    random_state : int, default 0
    progress, cancel
        As in `Explainer.explain`.

    Raises
    ------
    InvalidInputError
        Too few ``max_evals`` for the players.
    """
    tick = ticking(progress, cancel)
    if n_players < 2:
        ends = ask(np.array([[False] * n_players, [True] * n_players]))
        apart = (ends[1] - ends[0])[None].repeat(n_players, axis=0)
        tick(1, 1)
        return Presence(apart, ends[0], ends[1], np.zeros_like(apart), True)
    budget = max(max_evals, cost(n_players, 1)) if n_players <= ENUMERATED else max_evals
    least = 4 * n_players
    if budget < least:
        raise InvalidInputError(f"max_evals={max_evals!r}: {n_players} players need at least {least}")
    adapter = ModelAdapter(
        ask,
        "regression",
        tuple(map(str, range(n_outputs))),
        False,
        _ask=lambda native: ask(np.asarray(native) > 0.5),
    )
    nobody = Dataset.of(np.zeros((1, n_players)))
    problem = Problem(adapter, adapter, None, nobody, None, None, random_state)
    explainer = SamplingExplainer(problem, "", Limits(max_evals=budget), n_rows=1)
    answer = explainer.answer(Dataset.of(np.ones((1, n_players)), like=nobody.schema), tick)
    errors = answer.std_errors if answer.std_errors is not None else np.zeros_like(answer.values)
    return Presence(answer.values[0], answer.base_values, answer.predictions[0], errors[0], explainer.exact)


def asked(model: Callable[..., object], given: object, n: int, name: str) -> np.ndarray:
    """Answers of a model as floats (n, n_outputs).

    Raises
    ------
    ModelCallError
        The model raised, or its answers are not n finite rows.
    """
    try:
        out = np.asarray(model(given), dtype=np.float64)
    except Exception as error:
        raise ModelCallError(f"{name} raised {type(error).__name__}: {error}") from error
    out = out[:, None] if out.ndim == 1 else out
    if out.ndim != 2 or len(out) != n or out.shape[1] == 0:
        raise ModelCallError(f"{name} answered shape {out.shape} for {n} inputs; return ({n}, n_outputs)")
    if not np.isfinite(out).all():
        raise ModelCallError(f"{name} answered values that are not finite")
    return out
