"""From an explainer's numbers to the frozen result, on both levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.explanation import Explanation, Provenance
from interpret_widget.tabular import Dataset

from .base import Answer

if TYPE_CHECKING:
    from .base import Explainer


def assemble(explainer: Explainer, data: Dataset, answer: Answer, y: Any, seconds: float) -> Explanation:
    """The explanation of the user's columns, with that of the estimator's inside where there is one."""
    problem, scale = explainer.problem, explainer.scale
    outcomes = _outcomes(y, data.n_rows)
    shared: dict[str, Any] = {
        "base_values": answer.base_values,
        "predictions": answer.predictions,
        "probabilities": answer.probabilities,
        "output_names": explainer.adapter.output_names,
        "output_space": scale.space,
        "unit": _unit(scale.unit, y),
        "task": explainer.adapter.task,
        "method": explainer.method,
        "exact": explainer.exact,
        "reason": explainer.reason,
        "background": explainer.background_text,
        "y": outcomes,
        "class_values": explainer.adapter.class_values,
        "lineage": problem.lineage if answer.engineered is not None else None,
        "provenance": Provenance.now(seed=problem.random_state, seconds=seconds, n_rows=data.n_rows),
        "explainer": explainer,
    }
    engineered = None
    if answer.engineered is not None:
        engineered = Explanation(
            values=answer.engineered,
            std_errors=None,
            data=problem.engineered(answer.columns, data.index),
            is_raw=False,
            engineered=None,
            notes=(),
            **shared,
        )
    return Explanation(
        values=answer.values,
        std_errors=answer.std_errors,
        data=data,
        is_raw=True,
        engineered=engineered,
        notes=explainer.notes + _left_out(explainer, answer),
        **shared,
    )


def _left_out(explainer: Explainer, answer: Answer) -> tuple[str, ...]:
    is_wanted = (
        explainer.has_engineered
        and explainer.exact
        and explainer.method != "sampling"
        and explainer.lineage is not None
    )
    if not is_wanted or answer.engineered is not None:
        return ()
    return ("Engineered columns are left out: so many rows and columns would not fit into memory.",)


def _unit(unit: str, y: Any) -> str:
    """The target's own name where the user's outcomes have one."""
    name = getattr(y, "name", None)
    return str(name) if unit == "prediction" and isinstance(name, str) and name else unit


def _outcomes(y: Any, n_rows: int) -> np.ndarray | None:
    if y is None:
        return None
    values = y.to_numpy() if hasattr(y, "to_numpy") else np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if len(values.shape) == 0 or len(values) != n_rows:
        raise InvalidInputError(
            f"y has shape {values.shape}, but X has {n_rows} rows; give one outcome for each row"
        )
    return np.asarray(values)
