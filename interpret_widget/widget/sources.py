"""Who answers the dashboard's questions: found from what the user handed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from interpret_widget.errors import InterpretWidgetError, InvalidInputError
from interpret_widget.explainers import TabularExplainer
from interpret_widget.explanation import Explanation
from interpret_widget.explanation.slicing import columns_of
from interpret_widget.models import ModelAdapter, adapt
from interpret_widget.tabular import Dataset

_N_COMPARED = 20  # rows on which a given model is compared with the explanation
_TOLERANCE = 1e-4  # single precision models answer within this of their own explanation


@dataclass(frozen=True, eq=False)
class Sources:
    """What the dashboard shows and whom it asks.

    Attributes
    ----------
    explanation : Explanation
        With the user's rows, outcomes and names in place.
    explainer : Explainer or None
        Explains edited rows.
    adapter : ModelAdapter or None
        Predicts edited rows.
    note : str or None
        Why an answer is missing or differs from what was explained.
    original : ModelAdapter or None
        The model that an explained surrogate stands for; says beside each answer what it would have been.
    """

    explanation: Explanation
    explainer: Any
    adapter: ModelAdapter | None
    note: str | None
    original: ModelAdapter | None = None


def gather(
    explanation: Explanation,
    model: Any,
    dataset: Any,
    true_y: Any,
    classes: Sequence[Any] | None,
    features: Sequence[Any] | None,
) -> Sources:
    """Put together what belongs together.

    Raises
    ------
    InvalidInputError
        A data set, outcomes or names that do not fit the explanation.
    """
    if not isinstance(explanation, Explanation):
        raise InvalidInputError(
            f"explanation is a {type(explanation).__name__}; give what explain() or explain_global() "
            "returned, or Explanation.from_values(...) / Explanation.from_shap(...)"
        )
    if explanation.n_rows == 0 or explanation.n_features == 0:
        raise InvalidInputError(
            f"explanation has {explanation.n_rows} rows and {explanation.n_features} features; "
            "explain at least one row of one feature"
        )
    shown = _with_names(explanation, classes)
    if dataset is not None:
        shown = replace(shown, data=_rows(shown, dataset, features))
    elif features is not None and tuple(map(str, features)) != shown.feature_names:
        raise InvalidInputError(
            f"features={list(features)[:5]!r} are not the explanation's features {shown.feature_names[:5]!r}"
        )
    if true_y is not None:
        shown = replace(shown, y=_outcomes(shown, true_y))
    apart = _apart(shown)
    if apart is not None:
        # Its explainer speaks of other columns or outputs than those shown.
        shown = replace(shown, explainer=None)
        if model is None:
            return Sources(shown, None, None, apart)
    if model is None:
        explainer = shown.explainer
        return Sources(shown, explainer, None if explainer is None else explainer.adapter, None)
    return _asked(shown, model)


def _apart(explanation: Explanation) -> str | None:
    """Why the explanation's own explainer cannot answer for what is shown."""
    explainer = explanation.explainer
    if explainer is None:
        return None
    if not explanation.is_raw:
        return (
            "What-if edits the columns that you know: "
            "open the dashboard of the explanation whose .engineered this is."
        )
    if explainer.background is not None and explainer.background.names != explanation.feature_names:
        return "What-if is off: only some of the features are shown. Show the whole explanation to edit rows."
    if explainer.adapter.n_outputs != explanation.n_outputs:
        return "What-if is off: only some of the outputs are shown. Show the whole explanation to edit rows."
    return None


def _with_names(explanation: Explanation, classes: Sequence[Any] | None) -> Explanation:
    if classes is None:
        return explanation
    names = tuple(str(name) for name in classes)
    if len(names) != explanation.n_outputs or len(set(names)) != len(names):
        raise InvalidInputError(
            f"classes={list(classes)!r} must be {explanation.n_outputs} different names, "
            f"for {', '.join(map(repr, explanation.output_names))}"
        )
    engineered = explanation.engineered
    if engineered is not None:
        engineered = replace(engineered, output_names=names)
    return replace(explanation, output_names=names, engineered=engineered)


def _rows(explanation: Explanation, dataset: Any, features: Sequence[Any] | None) -> Dataset:
    """The user's rows in place of those that the explanation keeps."""
    nameless = not hasattr(dataset, "columns")
    names = list(features) if features is not None else None
    if names is None and nameless:
        names = list(explanation.feature_names)
    data = Dataset.of(dataset, feature_names=names if nameless else None, like=None)
    if data.n_rows != explanation.n_rows:
        raise InvalidInputError(
            f"dataset has {data.n_rows} rows, but the explanation is of {explanation.n_rows}; "
            "give the rows that were explained, in their order"
        )
    missing = [name for name in explanation.feature_names if name not in data.names]
    if missing:
        raise InvalidInputError(
            f"dataset lacks {', '.join(map(repr, missing[:5]))}; give the columns that were explained"
        )
    if not explanation.complete and len(data.names) > explanation.n_features:
        # Of an explanation's top features people hand over the whole table, which is what they have.
        data = columns_of(data, [data.names.index(name) for name in explanation.feature_names])
        dataset, names, nameless = data.native, list(data.names), not hasattr(data.native, "columns")
    if data.names != explanation.feature_names:
        raise InvalidInputError(
            "dataset has other columns than the explanation or another order; "
            f"give exactly {', '.join(map(repr, explanation.feature_names[:5]))}, …"
        )
    # Read in the codes of the explanation, so that categories and ranges are those of its background.
    return (
        Dataset.of(dataset, feature_names=names if nameless else None, like=explanation.data.schema)
        if explanation.explainer is not None
        else data
    )


def _outcomes(explanation: Explanation, true_y: Any) -> np.ndarray:
    values = true_y.to_numpy() if hasattr(true_y, "to_numpy") else np.asarray(true_y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.shape[:1] != (explanation.n_rows,):
        raise InvalidInputError(
            f"true_y has shape {values.shape}, but the explanation has {explanation.n_rows} rows"
        )
    return np.asarray(values)


def _asked(explanation: Explanation, model: Any) -> Sources:
    """Ask the given model, and explain edited rows in the game of the explanation where that is possible."""
    data = explanation.data
    explainer = explanation.explainer
    names = explanation.output_names if explanation.task != "regression" else None
    if explainer is not None and model is explainer.problem.estimator:
        # The estimator behind `transformations=`: the explainer knows how to feed it raw rows.
        return Sources(explanation, explainer, explainer.adapter, None)
    is_imitated = explainer is not None and explanation.model_answers is not None
    try:
        adapter = adapt(model, data, classes=names)
    except InterpretWidgetError as error:
        if explainer is not None:
            note = f"The given model cannot be asked ({error}); the explainer's own model answers."
            return Sources(explanation, explainer, explainer.adapter, note)
        return Sources(explanation, None, None, f"What-if is off: the given model cannot be asked ({error}).")
    if is_imitated:
        # Bars, prediction and curves are all the surrogate's, else they would contradict each other.
        return Sources(explanation, explainer, explainer.adapter, None, adapter)
    gap = _gap(adapter, explanation)
    differs = (
        f"The given model is not the one explained: its predictions differ by up to {gap:.2g}."
        if gap is not None and gap > _TOLERANCE
        else None
    )
    if explainer is not None and differs is None:
        return Sources(
            explanation, explainer, adapter if _as_known(adapter, explainer) else explainer.adapter, None
        )
    return _explained_anew(explanation, model, adapter, differs, names)


def _as_known(adapter: ModelAdapter, explainer: Any) -> bool:
    return bool(adapter.answer == explainer.adapter.answer)


def _explained_anew(
    explanation: Explanation, model: Any, adapter: ModelAdapter, differs: str | None, names: Any
) -> Sources:
    """Without the original explainer: one of our own, if it plays in the same units."""
    if explanation.local_r2 is not None:
        # Terms of local models and Shapley values answer different questions.
        note = "Edits are predicted but not explained: the explainer that fits around rows is not saved."
        return Sources(explanation, None, adapter, f"{differs} {note}" if differs else note)
    try:
        built = TabularExplainer(model, explanation.data.native, classes=names).explainer
        same = built.scale.space == explanation.output_space
        why = f"it gives {built.scale.unit}, the explanation {explanation.unit}"
    except InterpretWidgetError as error:
        same, why = False, str(error)
    if not same:
        note = f"Edits are predicted but not explained: {why}."
        return Sources(explanation, None, adapter, f"{differs} {note}" if differs else note)
    note = "Edited rows are explained anew, with the rows shown as background."
    return Sources(explanation, built, adapter, f"{differs} {note}" if differs else note)


def _gap(adapter: ModelAdapter, explanation: Explanation) -> float | None:
    """Largest difference between the model's answer and the explanation's, on a few rows."""
    known = explanation.probabilities if adapter.answer == "probability" else explanation.predictions
    if known is None:
        return None
    n = explanation.n_rows
    few = np.unique(np.linspace(0, n - 1, min(_N_COMPARED, n)).astype(np.intp))
    found = adapter.predict(explanation.data.take(few))
    if found.shape[1] != known.shape[1]:
        return float("inf")
    scale = max(1.0, float(np.nanmax(np.abs(known[few]), initial=0.0)))
    return float(np.nanmax(np.abs(found - known[few]), initial=0.0)) / scale
