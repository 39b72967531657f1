"""What an explanation says of all its rows together, without the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .cells import pack, unpack
from .fidelity import Fidelity
from .levels import fidelity_of
from .provenance import Provenance
from .ranked import RankedGetters

if TYPE_CHECKING:
    import pandas as pd

    from .explanation import Explanation


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Aggregates(RankedGetters):
    """Global importances and how true they are: a few kilobytes of an explanation of any size.

    Attributes
    ----------
    feature_names, output_names : tuple of str
    importance, importance_error : ndarray (n_outputs, n_features)
        Mean |contribution| over all rows, and one standard error of it; NaN where unknown.
    base_values : ndarray (n_outputs,)
    residual : float or None
        Largest |base value + contributions - prediction| over all rows.
    fidelity : Fidelity or None
        How well the surrogate that was explained stands for the model, where there was one.
    n_rows : int
        Rows explained.
    task, output_space, unit, method, exact, reason, background, notes, is_raw, provenance
        As in `Explanation`.
    engineered : Aggregates or None
        Of the columns of the estimator.
    """

    feature_names: tuple[str, ...]
    output_names: tuple[str, ...]
    importance: np.ndarray
    importance_error: np.ndarray
    base_values: np.ndarray
    residual: float | None
    fidelity: Fidelity | None
    n_rows: int
    task: str
    output_space: str
    unit: str
    method: str
    exact: bool
    reason: str
    background: str
    notes: tuple[str, ...]
    is_raw: bool
    provenance: Provenance
    engineered: Aggregates | None = None

    @classmethod
    def load(cls, path: str | Path) -> Aggregates:
        """Read them from the folder that `Explanation.save` wrote; tables of rows are left alone."""
        from .storage import load_aggregates

        return load_aggregates(path)

    def global_frame(self) -> pd.DataFrame:
        """One line per output and feature: rank, importance and its standard error."""
        from .frames import global_frame

        return global_frame(self)

    def __repr__(self) -> str:
        outputs = ", ".join(self.output_names[:5]) + (", …" if len(self.output_names) > 5 else "")
        return (
            f"Aggregates({self.n_rows:,} rows × {len(self.feature_names)} features → {outputs}; {self.unit})"
        )


_PLAIN = ("n_rows", "residual")
_FROM_LEVEL = ("task", "output_space", "unit", "method", "exact", "reason", "background", "is_raw")


def packed(explanation: Explanation) -> dict[str, Any]:
    """What the manifest does not hold already, as plain JSON."""
    return {
        "feature_names": list(explanation.feature_names),
        "importance": [[pack(float(value)) for value in line] for line in explanation.importance],
        "importance_error": [[pack(float(value)) for value in line] for line in explanation.importance_error],
        **{name: getattr(explanation, name) for name in _PLAIN},
    }


def unpacked(
    said: Mapping[str, Any], level: Mapping[str, Any], provenance: Provenance, engineered: Aggregates | None
) -> Aggregates:
    """The aggregates of `packed` and of the manifest's part on the same level."""

    def numbers(nested: Any) -> np.ndarray:
        out = np.array([[unpack(value) for value in line] for line in nested], dtype=np.float64)
        out.setflags(write=False)
        return out

    return Aggregates(
        feature_names=tuple(said["feature_names"]),
        output_names=tuple(level["output_names"]),
        importance=numbers(said["importance"]),
        importance_error=numbers(said["importance_error"]),
        base_values=numbers([level["base_values"]])[0],
        fidelity=fidelity_of(level),
        notes=tuple(level["notes"]),
        provenance=provenance,
        engineered=engineered,
        **{name: said[name] for name in _PLAIN},
        **{name: level[name] for name in _FROM_LEVEL},
    )


def aggregates_of(explanation: Explanation) -> Aggregates:
    """The aggregates of an explanation at hand."""
    engineered = explanation.engineered
    return Aggregates(
        importance=explanation.importance,
        importance_error=explanation.importance_error,
        feature_names=explanation.feature_names,
        output_names=explanation.output_names,
        base_values=explanation.base_values,
        fidelity=explanation.fidelity,
        notes=explanation.notes,
        provenance=explanation.provenance,
        engineered=None if engineered is None else aggregates_of(engineered),
        **{name: getattr(explanation, name) for name in (*_PLAIN, *_FROM_LEVEL)},
    )
