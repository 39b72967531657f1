"""To and from `shap.Explanation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import InvalidInputError

if TYPE_CHECKING:
    from .explanation import Explanation


def to_shap(explanation: Explanation) -> Any:
    """See `Explanation.to_shap`. One output: values (n_rows, n_features), as shap has them."""
    import shap

    n, p, k = explanation.values.shape
    single = k == 1
    display = None
    if any(column.is_discrete or column.kind == "datetime" for column in explanation.data.schema):
        display = np.empty((n, p), dtype=object)
        for j in range(p):
            display[:, j] = explanation.data.column(j).tolist()
    base = np.tile(explanation.base_values, (n, 1))
    errors = explanation.std_errors
    return shap.Explanation(
        values=np.array(explanation.values[..., 0] if single else explanation.values),
        base_values=base[:, 0] if single else base,
        data=np.array(explanation.data.codes()),
        display_data=display,
        feature_names=list(explanation.feature_names),
        output_names=explanation.output_names[0] if single else list(explanation.output_names),
        error_std=None if errors is None else np.array(errors[..., 0] if single else errors),
    )


def from_shap(given: Any, data: Any, options: Mapping[str, Any]) -> Explanation:
    """See `Explanation.from_shap`."""
    from .explanation import Explanation

    if not hasattr(given, "values") or not hasattr(given, "base_values"):
        raise InvalidInputError(
            f"explanation is a {type(given).__name__}; give a shap.Explanation, "
            "or arrays to Explanation.from_values"
        )
    values = np.asarray(given.values)
    shown = getattr(given, "display_data", None)
    table = data if data is not None else shown if shown is not None else given.data
    errors = getattr(given, "error_std", None)
    one_row = values.ndim == 1 or (values.ndim == 2 and np.ndim(given.data) == 1)
    base = np.asarray(given.base_values, dtype=np.float64)
    if one_row:
        values = values[None]
        errors = None if errors is None else np.asarray(errors)[None]
        if table is not None and np.ndim(table) == 1:
            table = np.asarray(table)[None]
    names: Any = getattr(given, "feature_names", None)
    outputs: Any = getattr(given, "output_names", None)
    k = values.shape[2] if values.ndim == 3 else 1
    if isinstance(outputs, str):
        outputs = [outputs]
    if outputs is not None and (len(outputs) != k or not all(isinstance(each, str) for each in outputs)):
        # shap keeps names per row in some slices; they name no outputs.
        outputs = None
    found: dict[str, Any] = {
        "base_values": base,
        "std_errors": errors,
        "output_names": outputs,
        "feature_names": None if hasattr(table, "columns") or names is None else list(names),
    }
    return Explanation.from_values(values, table, **{**found, **options})
