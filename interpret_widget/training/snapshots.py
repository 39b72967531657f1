"""Copies of a model that is no sum of trees: each is explained anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from .recording import Record

_MOST = 400  # copies that are kept


@dataclass
class Snapshots:
    """Copies by round, and what they are; stands in for the library where there are no trees.

    Attributes
    ----------
    name : str
        For people.
    link : {"identity", "logistic", "sign"}
        From margins to predictions; "sign" where only that of a decision value counts.
    is_classifier : bool
    n_outputs : int
        Recorded outputs: of two classes the second.
    models : dict of int to estimator
    """

    name: str
    link: Literal["identity", "logistic", "sign"]
    is_classifier: bool
    n_outputs: int
    models: dict[int, Any] = field(default_factory=dict)

    def put(self, record: Record, number: int, model: Any) -> None:
        """Keep a copy; where there are too many, every second one goes with all that was recorded of it."""
        self.models[number] = model
        if len(self.models) <= _MOST:
            return
        keep = sorted({0, *range(0, len(record.rounds), 2), len(record.rounds) - 1})
        record.importance = [record.importance[at] for at in keep]
        record.margins = [record.margins[at] for at in keep]
        record.rounds = [record.rounds[at] for at in keep]
        self.models = {at: self.models[at] for at in record.rounds}
