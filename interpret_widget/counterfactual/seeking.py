"""From a row and wishes to verified counterfactuals, or to what stands in their way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import NoCounterfactualError
from interpret_widget.models import ModelAdapter
from interpret_widget.tabular import Composer, Dataset

from .constraints import Constraints, columns_of
from .distance import Distance
from .goal import Goal, goal_of
from .oracle import Oracle
from .refine import likelier, pruned, shrunk
from .result import Counterfactual, Counterfactuals
from .search import Found, changes, search
from .selection import chosen, plausibility

_REAL = 2_000  # rows of the data that are asked about
_REAL_CELLS = 200_000  # of those of the wanted outcome, to which distances are measured
_NEAR, _RANDOM = 18, 6  # of them, rows of the wanted outcome that the search walks to
_SEARCHING = 0.7  # of the budget; the rest makes changes fewer and smaller
_BLAMED = 12  # constraints that are dropped, one at a time, where nothing was found


@dataclass(frozen=True)
class Wish:
    """What is wanted, and how much may be asked.

    Attributes
    ----------
    desired, threshold, n, max_evals, max_seconds, random_state
        See `counterfactuals`.
    decision : float or None
        See `Goal`.
    """

    desired: Any = None
    threshold: float | None = None
    decision: float | None = None
    n: int = 4
    max_evals: int = 20_000
    max_seconds: float | None = None
    random_state: int = 0


@dataclass(frozen=True, eq=False)
class _Scene:
    """Everything that stays the same while constraints are dropped."""

    data: Dataset
    row: Dataset
    own: np.ndarray
    adapter: ModelAdapter
    goal: Goal
    real: np.ndarray  # codes of real rows of the wanted outcome
    donors: np.ndarray
    distance: Distance
    wish: Wish
    until: float | None
    tick: Callable[[int, int], None]

    def oracle(self, max_evals: int) -> Oracle:
        total = self.wish.max_evals
        return Oracle(
            self.adapter,
            Composer(self.row),
            self.goal,
            max_evals=max_evals,
            until=self.until,
            tick=lambda spent: self.tick(min(spent, total), total),
        )


def seek(
    adapter: ModelAdapter,
    data: Dataset,
    row: Dataset,
    constraints: Constraints,
    wish: Wish,
    tick: Callable[[int, int], None],
) -> Counterfactuals:
    """Find counterfactuals of one row.

    Parameters
    ----------
    adapter : ModelAdapter
        Asked about rows of ``data``.
    data : Dataset
        Values that occur, and rows that are plausible.
    row : Dataset
        One row, with the schema of ``data``.
    constraints : Constraints
    wish : Wish
    tick : callable
        ``(done, total)`` between batches; raises when cancelled.

    Raises
    ------
    InvalidInputError
        No such outcome, or the row has it already.
    NoCounterfactualError
        None was found; ``binding`` names constraints without which there is one.
    """
    started = time.monotonic()
    tick(0, wish.max_evals)
    rng = np.random.default_rng(wish.random_state)
    scene, asked = _scene(adapter, data, row, wish, tick, rng, started)
    columns, notes = columns_of(data, scene.own, constraints)
    most = min(constraints.max_changes or len(columns), len(columns))
    oracle = scene.oracle(max(1, wish.max_evals - asked))
    total = oracle.limit
    oracle.limit = max(1, int(_SEARCHING * total))
    found, proven = search(scene.own, columns, most, oracle, scene.donors, scene.distance, 3 * wish.n)
    is_short = oracle.left == 0
    if not found.by_columns:
        raise _nothing(scene, constraints, is_short)
    oracle.limit = total
    rows = _refined(scene, columns, found, oracle)
    picked = rows[chosen(rows, scene.own, scene.real, scene.distance, wish.n)]
    items = _verified(scene, picked, plausibility(picked, scene.real, scene.distance, rng))
    if not items:
        raise NoCounterfactualError(
            "the model answers differently each time it is asked; no change can be verified"
        )
    if len(items) < wish.n:
        notes.append(f"{len(items)} of {wish.n}: no further set of changes that reaches the goal was found")
    if is_short or oracle.left == 0:
        notes.append(
            "the search ended at max_evals or max_seconds: more of them may find fewer or smaller changes"
        )
    if not len(scene.real):
        notes.append("no row of X has this outcome: plausibility cannot be judged")
    own = scene.adapter.predict(row)[0]
    return Counterfactuals(
        tuple(items),
        scene.goal.text,
        row,
        tuple(own.tolist()),
        _outcome(scene, own),
        adapter.output_names,
        items[0].n_changes <= proven + 1,
        tuple(notes),
        asked + oracle.spent + len(items) + 1,
        time.monotonic() - started,
    )


def _scene(
    adapter: ModelAdapter,
    data: Dataset,
    row: Dataset,
    wish: Wish,
    tick: Callable[[int, int], None],
    rng: np.random.Generator,
    started: float,
) -> tuple[_Scene, int]:
    n_asked = min(data.n_rows, _REAL, max(1, wish.max_evals // 4))
    some = data.take(np.sort(rng.choice(data.n_rows, n_asked, replace=False)))
    shown = adapter.predict(some)
    spread = float(np.std(shown[:, 0]))
    answer = adapter.predict(row)[0]
    goal = goal_of(
        adapter, answer, spread, desired=wish.desired, threshold=wish.threshold, decision=wish.decision
    )
    own = row.codes()[0]
    distance = Distance.of(data)
    real = some.codes()[goal.reached(shown)]
    most = max(200, _REAL_CELLS // data.n_columns)
    if len(real) > most:
        real = real[np.sort(rng.choice(len(real), most, replace=False))]
    order = np.argsort(distance.between(real, own), kind="stable")
    further = rng.permutation(order[_NEAR:])[:_RANDOM]
    donors = real[np.concatenate([order[:_NEAR], further]).astype(np.intp)]
    until = None if wish.max_seconds is None else started + wish.max_seconds
    return _Scene(data, row, own, adapter, goal, real, donors, distance, wish, until, tick), n_asked + 1


def _refined(scene: _Scene, columns: list[Any], found: Found, oracle: Oracle) -> np.ndarray:
    own, distance = scene.own, scene.distance
    rows = np.array(found.best(4 * scene.wish.n + 8))
    rows = pruned(rows, own, oracle, distance)
    rows = shrunk(rows, own, columns, oracle, distance)
    rows = likelier(rows, own, columns, oracle, distance, scene.real)
    rows = pruned(rows, own, oracle, distance)
    last = Found(own, distance)
    last.add(rows)
    return np.array(last.best(len(rows)))


def _verified(scene: _Scene, rows: np.ndarray, likely: np.ndarray) -> list[Counterfactual]:
    """Made anew by the road that every edit takes, and asked of the whole pipeline one by one."""
    composer, names = Composer(scene.row), scene.data.names
    items = []
    far = scene.distance.apart(rows, scene.own)
    for k, codes in enumerate(rows):
        changed = changes(codes, scene.own)
        edited = scene.row.edited(0, {names[j]: composer.value(j, float(codes[j])) for j in changed})
        shown = scene.adapter.predict(edited)
        if not scene.goal.reached(shown)[0]:
            continue
        items.append(
            Counterfactual(
                {names[j]: (scene.row.value(0, j), edited.value(0, j)) for j in changed},
                edited.native,
                tuple(shown[0].tolist()),
                _outcome(scene, shown[0]),
                float(far[k].sum()),
                len(changed),
                float(likely[k]),
                {names[j]: (scene.row.text(0, j), edited.text(0, j)) for j in changed},
            )
        )
    return items


def _outcome(scene: _Scene, shown: np.ndarray) -> str | float:
    if scene.adapter.task == "regression":
        return float(shown[0])
    decision = scene.goal.decision
    return scene.adapter.output_names[
        int(np.argmax(shown)) if decision is None else int(shown[1] >= decision)
    ]


def _nothing(scene: _Scene, constraints: Constraints, is_short: bool) -> NoCounterfactualError:
    """Which constraint, dropped alone, would help."""
    binding, tried = [], 0
    for text, looser in constraints.loosened():
        if tried == _BLAMED or (scene.until is not None and time.monotonic() >= scene.until):
            break
        tried += 1
        columns, _ = columns_of(scene.data, scene.own, looser)
        most = min(looser.max_changes or len(columns), len(columns))
        oracle = scene.oracle(max(200, scene.wish.max_evals // 4))
        found, _ = search(scene.own, columns, most, oracle, scene.donors, scene.distance, 1)
        if found.by_columns:
            binding.append(text)
    said = f"no change was found that leads to {scene.goal.text}"
    if binding:
        return NoCounterfactualError(f"{said}; there is one without {' or without '.join(binding)}", binding)
    if is_short:
        return NoCounterfactualError(f"{said} within max_evals and max_seconds; give more of them")
    if tried:
        return NoCounterfactualError(f"{said}; dropping one constraint alone does not help: drop several")
    reach = "" if len(scene.real) else ", and no row of X is predicted so"
    return NoCounterfactualError(
        f"{said} by values that occur in X{reach}; ask for a nearer goal, or give ranges"
    )
