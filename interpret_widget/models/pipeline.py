"""Take a model apart: what prepares the columns, and the estimator behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interpret_widget.errors import InvalidInputError

from .preprocessing import Chain, Preprocessing


@dataclass(frozen=True)
class Split:
    """A model in two parts.

    Attributes
    ----------
    preprocessing : Preprocessing or None
        Raw table -> engineered matrix; None where the estimator takes the raw table itself.
    estimator : object
        The final estimator, search wrappers opened.
    """

    preprocessing: Preprocessing | None
    estimator: Any


def unwrap(model: Any) -> Any:
    """The fitted estimator inside wrappers that predict exactly as it does (searches, frozen and threshold
    wrappers).

    Raises
    ------
    InvalidInputError
        A search that was not fitted, or fitted with ``refit=False``.
    """
    while True:
        if hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif hasattr(model, "param_grid") or hasattr(model, "param_distributions"):
            mend = "fit it first" if not hasattr(model, "cv_results_") else "fit it with refit=True"
            raise InvalidInputError(f"model: {type(model).__name__} has no best_estimator_; {mend}")
        elif type(model).__name__ == "FrozenEstimator":
            model = model.estimator
        elif type(model).__name__ in ("TunedThresholdClassifierCV", "FixedThresholdClassifier"):
            # Only the cut differs; probabilities are the inner estimator's.
            inner = getattr(model, "estimator_", None)
            if inner is None:
                return model
            model = inner
        else:
            return model


def is_pipeline(model: Any) -> bool:
    """A list of named steps, of scikit-learn, imbalanced-learn or another library."""
    steps = getattr(model, "steps", None)
    return (
        isinstance(steps, (list, tuple))
        and len(steps) > 0
        and all(isinstance(step, (list, tuple)) and len(step) >= 2 for step in steps)
        and hasattr(model, "named_steps")
    )


def split(model: Any) -> Split:
    """Split a fitted model into preprocessing and final estimator.

    Pipelines may be nested, hold passthrough steps, searches and samplers (which do nothing when
    predicting). Anything else is returned whole.
    """
    steps, final = _flatten(unwrap(model))
    return Split(Chain(tuple(steps)) if steps else None, final)


def _flatten(model: Any) -> tuple[list[Any], Any]:
    """Transformers in order, and the estimator at the end."""
    if not is_pipeline(model):
        return [], model
    steps: list[Any] = []
    for step in model.steps[:-1]:
        steps.extend(transformers_of(step[1]))
    last = unwrap(model.steps[-1][1])
    if last is None or last == "passthrough" or not hasattr(last, "predict"):
        raise InvalidInputError(
            f"model: the pipeline ends with {_name(last)}, which cannot predict; "
            "give a pipeline that ends with an estimator"
        )
    inner, final = _flatten(last)
    return steps + inner, final


def transformers_of(step: Any) -> list[Any]:
    """The transformers of one step: none for passthrough and samplers, several for a nested pipeline."""
    if step is None or step == "passthrough":
        return []
    if hasattr(step, "fit_resample") and not hasattr(step, "transform"):
        return []
    if is_pipeline(step):
        return [inner for each in step.steps for inner in transformers_of(each[1])]
    return [unwrap(step)]


def _name(thing: Any) -> str:
    return repr(thing) if thing is None or isinstance(thing, str) else type(thing).__name__
