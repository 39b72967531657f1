"""What MLflow is told of the rows that go in and the answers that come out."""

from __future__ import annotations

from typing import Any

from .answers import DEFAULT_TOP_K, is_optional, prediction_type


def signature_of(scorer: Any) -> Any:
    """The signature of a served explainer.

    Columns that go in have the type "any": the explainer checks values itself, and MLflow's own conversions
    would not leave them as they came. A server casts JSON to the declared type first, which cuts 3.7 to 3 for
    a column of integers and makes True of the word "no" for one of truth values; in process it refuses whole
    numbers for a column of decimals, and categories of pandas for one of text.

    Parameters
    ----------
    scorer : ScoringExplainer

    Returns
    -------
    mlflow.models.ModelSignature
        Inputs by name, those of `is_optional` not required; the columns of `answers.answers`; the parameters
        ``top_k`` (long), ``level`` and ``output`` (string).
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import AnyType, Array, Object, Property

    reason = Object(
        [
            Property("feature", "string"),
            Property("value", "string", required=False),
            Property("contribution", "double"),
        ]
    )
    any_type: Any = AnyType
    return ModelSignature(
        Schema([ColSpec(any_type(), each.name, required=not is_optional(each)) for each in scorer.schema]),
        Schema(
            [
                ColSpec(prediction_type(scorer), "prediction"),
                ColSpec("double", "probability", required=False),
                ColSpec("string", "output"),
                ColSpec("double", "score"),
                ColSpec("double", "base_value"),
                ColSpec(Array(reason), "reasons"),
            ]
        ),
        ParamSchema(
            [
                ParamSpec("top_k", "long", DEFAULT_TOP_K),
                ParamSpec("level", "string", "raw"),
                ParamSpec("output", "string", ""),
            ]
        ),
    )


def described(scorer: Any) -> dict[str, Any]:
    """Metadata of the logged model, for people and other programs: kinds of columns, outputs, unit."""
    return {
        "task": scorer.task,
        "columns": {each.name: each.kind for each in scorer.schema},
        "outputs": list(map(str, scorer.output_names)),
        "unit": scorer.unit,
        "self_contained": bool(scorer.is_self_contained),
    }
