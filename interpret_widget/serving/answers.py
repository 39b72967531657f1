"""Predictions with reasons as a table of plain types: what is served, whatever serves it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from interpret_widget.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd

#: Columns of an answer, in order.
COLUMNS = ("prediction", "probability", "output", "score", "base_value", "reasons")
#: Reasons of each row where the caller does not say; the rest is added up in one more.
DEFAULT_TOP_K = 3
#: What stands for "all reasons": parameters of MLflow have one type and cannot be None.
ALL_REASONS = -1


def answers(scorer: Any, X: pd.DataFrame, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Score rows.

    Parameters
    ----------
    scorer : ScoringExplainer
    X : DataFrame (n_rows, n_columns)
        Optional columns (`is_optional`) may be absent: they are missing in every row.
    params : mapping, optional
        ``top_k``, ``level`` and ``output`` as in `ScoringExplainer.records`; ``top_k=-1`` means all features,
        ``output=""`` the one that is predicted.

    Returns
    -------
    DataFrame (n_rows, 6)
        `COLUMNS`, with the index of ``X``. ``reasons`` is a list of dicts with the keys feature, value (text
        or None, see `value_text`) and contribution; ``base_value`` plus all contributions is ``score``.

    Raises
    ------
    InvalidInputError
        Rows or parameters that cannot be used.
    """
    import pandas as pd

    asked = {"top_k": DEFAULT_TOP_K, "level": "raw", "output": "", **(params or {})}
    records = scorer.records(
        _completed(X, scorer),
        top_k=_checked_top_k(asked["top_k"]),
        level=asked["level"] or "raw",
        output=asked["output"] or None,
    )
    predicted = _PLAIN[prediction_type(scorer)]
    columns = {
        "prediction": [predicted(each["prediction"]) for each in records],
        # Not NaN, which JSON does not have.
        "probability": _floats_or_none([each["probability"] for each in records]),
        "output": [str(each["output"]) for each in records],
        "score": [float(each["score"]) for each in records],
        "base_value": [float(each["base_value"]) for each in records],
        "reasons": [[_reason(reason) for reason in each["reasons"]] for each in records],
    }
    table: pd.DataFrame = pd.DataFrame(columns, index=X.index, columns=list(COLUMNS))
    return table


def prediction_type(scorer: Any) -> str:
    """The one type of all predictions, by its name in MLflow: double, long, boolean or string."""
    if scorer.class_values is None:
        return "double"
    types = {type(_python(value)) for value in scorer.class_values}
    return _NAMES.get(types.pop(), "string") if len(types) == 1 else "string"


def value_text(value: Any) -> str | None:
    """A cell as text from which the cell can be had back; None where it is missing.

    Values of one column are numbers, of the next words, but a column of a table has one type. So words are
    as they are, and numbers and truth values as JSON writes them: ``41``, ``0.25``, ``true``.
    """
    plain = _python(value)
    if plain is None or isinstance(plain, str):
        return plain
    return json.dumps(plain) if isinstance(plain, (bool, int, float)) else str(plain)


def is_optional(column: Any) -> bool:
    """Whether a column may be left out: it was missing before and may be again, or nobody looks at it."""
    return (column.has_missing and column.takes_missing) or not column.is_used


def _reason(reason: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "feature": str(reason["feature"]),
        "value": value_text(reason["value"]),
        "contribution": float(reason["contribution"]),
    }


def _completed(X: pd.DataFrame, scorer: Any) -> pd.DataFrame:
    absent = [each.name for each in scorer.schema if is_optional(each) and each.name not in X.columns]
    return X.assign(**dict.fromkeys(absent)) if absent else X


def _checked_top_k(top_k: Any) -> int | None:
    if top_k is None or top_k == ALL_REASONS:
        return None
    if isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1:
        raise InvalidInputError(
            f"top_k={top_k!r}; give the number of reasons, 1 or more, or {ALL_REASONS} for all features"
        )
    return top_k


def _floats_or_none(values: list[Any]) -> Any:
    import pandas as pd

    has_some = any(value is not None for value in values)
    return [float(value) for value in values] if has_some else pd.array(values, dtype=object)


def _python(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


_PLAIN = {"double": float, "long": int, "boolean": bool, "string": str}
_NAMES = {own: name for name, own in _PLAIN.items()}
