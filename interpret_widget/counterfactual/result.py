"""Counterfactuals as found: frozen, each verified by a prediction."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from interpret_widget.tabular import Dataset


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """One row that reaches the wanted outcome.

    Attributes
    ----------
    changes : mapping of str to (old, new)
        Only what changes.
    row : table (1, n_columns)
        In the library and dtypes of X.
    prediction : tuple of float (n_outputs,)
        The model's answer to it: probabilities where it has them.
    outcome : str or float
        The predicted class by name, or the predicted number.
    distance : float
        Sum over changed features: numbers in spans from the 5th to the 95th percentile of X, levels 1 each.
    n_changes : int
    plausibility : float
        Share, from 0 to 1, of the real rows of the wanted outcome that are as far from their nearest
        neighbour as this row is from its nearest, or further; NaN where the data has fewer than two such
        rows.
    """

    changes: Mapping[str, tuple[Any, Any]]
    row: Any = field(repr=False)
    prediction: tuple[float, ...]
    outcome: str | float
    distance: float
    n_changes: int
    plausibility: float
    texts: Mapping[str, tuple[str, str]] = field(repr=False)

    @property
    def edits(self) -> dict[str, Any]:
        """New values by feature: what the dashboard's ``scenario`` takes."""
        return {name: new for name, (_, new) in self.changes.items()}


@dataclass(frozen=True, eq=False)
class Counterfactuals(Sequence[Counterfactual]):
    """Alternatives, the one with the fewest changes first.

    Attributes
    ----------
    items : tuple of Counterfactual
    goal : str
        What was wanted, for people.
    original : Dataset
        The row, as a data set of one.
    prediction, outcome
        The model's answer to it.
    output_names : tuple of str
    is_fewest : bool
        Whether all smaller sets of changes were looked at, over the values tried, and none reaches the goal.
    notes : tuple of str
        What else a reader must know.
    n_evals : int
        Predictions asked of the model.
    seconds : float
    """

    items: tuple[Counterfactual, ...]
    goal: str
    original: Dataset = field(repr=False)
    prediction: tuple[float, ...]
    outcome: str | float
    output_names: tuple[str, ...]
    is_fewest: bool
    notes: tuple[str, ...]
    n_evals: int
    seconds: float

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Counterfactual]:
        return iter(self.items)

    @overload
    def __getitem__(self, at: int) -> Counterfactual: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Counterfactual]: ...
    def __getitem__(self, at: int | slice) -> Counterfactual | Sequence[Counterfactual]:
        return self.items[at]

    @property
    def features(self) -> list[str]:
        """Features that change anywhere, in the order of the columns."""
        return [name for name in self.original.names if any(name in item.changes for item in self.items)]

    def to_frame(self) -> Any:
        """The row and its alternatives, only the features that change; unchanged cells are empty text.

        Returns
        -------
        DataFrame of object (1 + n, features that change + 4)
            Indexed ``"row"``, 1, 2, …; then ``outcome``, ``n_changes``, ``distance``, ``plausibility``.
        """
        import pandas as pd

        names = self.features
        own = self.original.record(0)
        lines: list[list[Any]] = [[*(own[name] for name in names), self.outcome, 0, 0.0, float("nan")]]
        for item in self.items:
            cells = [item.changes[name][1] if name in item.changes else "" for name in names]
            lines.append([*cells, item.outcome, item.n_changes, item.distance, item.plausibility])
        columns = [*names, "outcome", "n_changes", "distance", "plausibility"]
        return pd.DataFrame(lines, index=["row", *range(1, len(self) + 1)], columns=columns, dtype=object)

    def _shown(self, outcome: str | float, prediction: tuple[float, ...]) -> str:
        if not isinstance(outcome, str):
            return f"{outcome:.6g}"
        value = prediction[self.output_names.index(outcome)]
        return f"{outcome} ({value:.3g})"

    def _repr_html_(self) -> str:
        names = self.features
        head = "".join(f"<th>{html.escape(name)}</th>" for name in [*names, "outcome", "plausibility"])
        own = [html.escape(self.original.text(0, name)) for name in names]
        lines = [("row", own, self._shown(self.outcome, self.prediction), "")]
        for k, item in enumerate(self.items, 1):
            cells = [
                f"<b>{html.escape(item.texts[name][1])}</b>" if name in item.changes else "" for name in names
            ]
            real = "" if item.plausibility != item.plausibility else f"{item.plausibility:.0%}"
            lines.append((str(k), cells, self._shown(item.outcome, item.prediction), real))
        body = "".join(
            f"<tr><th>{label}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}"
            f"<td>{html.escape(outcome)}</td><td>{real}</td></tr>"
            for label, cells, outcome, real in lines
        )
        notes = "".join(f"<div>{html.escape(note)}</div>" for note in self.notes)
        caption = f"Counterfactuals: {html.escape(self.goal)}"
        return (
            f"<table><caption>{caption}</caption><thead><tr><th></th>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{notes}"
        )

    def __repr__(self) -> str:
        lines = [f"Counterfactuals({len(self)} to {self.goal}; {self.n_evals:,} predictions)"]
        for item in self.items:
            said = ", ".join(f"{name}: {old} → {new}" for name, (old, new) in item.texts.items())
            lines.append(f"  {said} ⇒ {self._shown(item.outcome, item.prediction)}")
        return "\n".join(lines)
