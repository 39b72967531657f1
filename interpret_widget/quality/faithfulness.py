"""Whether features that are said to matter do: deletion and insertion curves.

Petsiuk, Das and Saenko, "RISE" (2018), on table rows with background rows in place of what is removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.explainers.base import Cancel, Progress, ticking
from interpret_widget.models import adapt
from interpret_widget.tabular import Dataset, mix

if TYPE_CHECKING:
    import pandas as pd

    from interpret_widget.explanation import Explanation

_MOST_STEPS = 20
_BLOCK = 20_000


@dataclass(frozen=True, eq=False, repr=False)
class Faithfulness:
    """Predictions as features are taken away, or given back, the strongest of each row first.

    Attributes
    ----------
    shares : ndarray (n_steps,)
        Share of features taken away, or given back.
    deletion, insertion : ndarray (n_steps,)
        Mean distance from the prediction of the row: 0 is the row's own, 1 that of the background. A faithful
        order lets ``deletion`` rise, and ``insertion`` fall, early.
    random_deletion, random_insertion : ndarray (n_steps,)
        The same with features in random order.
    output : str
    n_rows : int
    """

    shares: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray
    random_deletion: np.ndarray
    random_insertion: np.ndarray
    output: str
    n_rows: int

    @property
    def score(self) -> float:
        """How much earlier than a random order it gets there: 1 at once, 0 no better; mean of both curves.

        Area between the curves, as a share of the area between the random curve and an ideal one.
        """
        return float(
            np.mean(
                [
                    _gain(self.shares, self.deletion, self.random_deletion, ideal=1.0),
                    _gain(self.shares, self.insertion, self.random_insertion, ideal=0.0),
                ]
            )
        )

    def to_frame(self) -> pd.DataFrame:
        """One line per step."""
        import pandas as pd

        frame: pd.DataFrame = pd.DataFrame(
            {
                "share": self.shares,
                "deletion": self.deletion,
                "random_deletion": self.random_deletion,
                "insertion": self.insertion,
                "random_insertion": self.random_insertion,
            }
        )
        return frame

    def figure(self) -> Any:
        """A Plotly figure: both curves against random order."""
        from .figures import curves

        return curves(self)

    def __repr__(self) -> str:
        return f"Faithfulness({self.score:.2f} for {self.output!r}, {self.n_rows:,} rows)"


def faithfulness(
    explanation: Explanation,
    model: Any = None,
    background: Any = None,
    *,
    output: str | int | None = None,
    max_rows: int = 200,
    random_state: int = 0,
    progress: Progress | None = None,
    cancel: Cancel = None,
) -> Faithfulness:
    """Take features away from rows in the order that an explanation gives them.

    Parameters
    ----------
    explanation : Explanation
        On raw columns.
    model : estimator or callable, optional
        On raw columns; by default the one that was explained, where the explanation still knows it.
    background : table, optional
        Rows whose values stand in for what is taken away; the explained rows otherwise.
    output : str or int, optional
    max_rows : int
        Rows looked at; a random part of the explanation.
    random_state : int
        Seed of rows, stand-ins and random orders.
    progress, cancel
        As in `TabularExplainer.explain_global`.

    Returns
    -------
    Faithfulness

    Raises
    ------
    InvalidInputError
        No model to ask, engineered columns, or predictions that do not move.
    """
    if not explanation.is_raw:
        raise InvalidInputError(
            "explanation is on engineered columns, which no model of raw rows can be asked about"
        )
    data, at = explanation.data, explanation.output_position(output)
    adapter = _adapter(explanation, model)
    rng = np.random.default_rng(random_state)
    rows = np.arange(data.n_rows)
    if data.n_rows > max_rows:
        rows = np.sort(rng.choice(data.n_rows, max_rows, replace=False))
    others = data if background is None else _like(background, data)
    stand_ins = rng.integers(others.n_rows, size=len(rows))
    p = data.n_columns
    taken = np.unique(np.linspace(0, p, min(p, _MOST_STEPS) + 1).round().astype(np.intp))
    values = np.abs(np.nan_to_num(explanation.values[rows, :, at]))
    rank = np.argsort(np.argsort(-values, axis=1, kind="stable"), axis=1)
    chance = np.argsort(rng.random((len(rows), p)), axis=1)
    tick = ticking(progress, cancel)
    asked: list[np.ndarray] = []
    for each, order in enumerate((rank, chance)):
        asked.append(
            _curves(
                adapter,
                data,
                rows,
                others,
                stand_ins,
                order,
                taken,
                at,
                lambda done, total, e=each: tick(e * total + done, 2 * total),
            )
        )
    whole = asked[0][0, :, 0]
    empty = asked[0][0, :, -1]
    scale = float(np.mean(np.abs(whole - empty)))
    if not scale > 0:
        raise InvalidInputError(
            "predictions do not differ from those of the background; nothing can be taken away"
        )
    found = [[np.abs(curve - whole[:, None]).mean(axis=0) / scale for curve in ordered] for ordered in asked]
    return Faithfulness(
        taken / p,
        found[0][0],
        found[0][1],
        found[1][0],
        found[1][1],
        explanation.output_names[at],
        len(rows),
    )


def _curves(
    adapter: Any,
    data: Dataset,
    rows: np.ndarray,
    others: Dataset,
    stand_ins: np.ndarray,
    order: np.ndarray,
    taken: np.ndarray,
    output: int,
    tick: Any,
) -> np.ndarray:
    """Predictions (2, n_rows, n_steps): with the first features taken away, and with only them."""
    gone = order[:, None, :] < taken[None, :, None]
    masks = np.stack([~gone, gone]).reshape(-1, data.n_columns)
    front = np.tile(np.repeat(rows, len(taken)), 2)
    back = np.tile(np.repeat(stand_ins, len(taken)), 2)
    out = np.empty(len(masks))
    for start in range(0, len(masks), _BLOCK):
        tick(start, len(masks))
        part = slice(start, start + _BLOCK)
        out[part] = adapter.predict(mix(data, front[part], others, back[part], masks[part]))[:, output]
    tick(len(masks), len(masks))
    return out.reshape(2, len(rows), len(taken))


def _gain(shares: np.ndarray, curve: np.ndarray, random: np.ndarray, *, ideal: float) -> float:
    from scipy.integrate import trapezoid

    room = float(trapezoid(np.abs(ideal - random), shares))
    gained = float(trapezoid((curve - random) * (1 if ideal else -1), shares))
    return gained / room if room > 0 else 0.0


def _adapter(explanation: Explanation, model: Any) -> Any:
    if model is None:
        explainer = explanation.explainer
        if explainer is None:
            raise InvalidInputError("model is missing: the explanation does not know it; give model=")
        return explainer.adapter
    classes = explanation.output_names if explanation.task != "regression" else None
    adapter = adapt(model, explanation.data, classes=classes)
    if adapter.n_outputs != explanation.n_outputs:
        raise InvalidInputError(
            f"model has {adapter.n_outputs} outputs, the explanation {explanation.n_outputs}; "
            "give the model that was explained"
        )
    return adapter


def _like(background: Any, data: Dataset) -> Dataset:
    nameless = not hasattr(background, "columns")
    others = Dataset.of(background, feature_names=data.names if nameless else None, like=data.schema)
    if others.n_rows == 0:
        raise InvalidInputError("background has no rows; give rows to stand in for what is taken away")
    return others
