"""Whether an explainer and a model predict the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError

# Models that add up in 32 bits differ by less.
_TOLERANCE = 1e-5


def refuse_another_model(model: Any, scorer: Any, X: Any, transformations: Any = None) -> None:
    """Ask both about some rows.

    Parameters
    ----------
    model : estimator, pipeline, booster or callable
        Takes rows as ``X`` has them, or as the transformations make them.
    scorer : ScoringExplainer
    X : pandas.DataFrame (n_rows, n_columns)
    transformations : transformer or list of (columns, transformer), optional

    Raises
    ------
    InvalidInputError
        They differ; the message has both predictions of the worst row.
    ModelCallError
        The model raised.
    """
    from interpret_widget.models.adapter import adapt
    from interpret_widget.models.preprocessing import preprocessing_of
    from interpret_widget.tabular.dataset import Dataset

    rows = X if transformations is None else preprocessing_of(transformations).transform(X)
    # Only a bare function must be told what its numbers mean.
    task = None if hasattr(model, "predict") else scorer.task
    adapter = adapt(model, Dataset.of(rows), task=task)
    if adapter.task != scorer.task:
        raise InvalidInputError(
            f"model is a {adapter.title} for {adapter.task}, but scoring_explainer explains {scorer.task}: "
            f"it explains another model; {_MEND}"
        )
    theirs = adapter.predict(rows)
    if scorer.task == "regression":
        _compare(theirs, np.asarray(scorer.predict(X)).reshape(len(X), -1), X)
        return
    labels = [str(label) for label in adapter.class_values or ()]
    own = [str(label) for label in scorer.class_values or ()]
    if labels and own and labels != own:
        raise InvalidInputError(
            f"model has the classes {', '.join(labels)}, but scoring_explainer has {', '.join(own)}: "
            f"it explains another model; {_MEND}"
        )
    if adapter.has_probabilities and scorer.about.has_probabilities:
        _compare(theirs, scorer.predict_proba(X), X)
        return
    # Decision values have no scale in common with what the explainer answers; labels do.
    said = theirs.argmax(axis=1)
    for row, (mine, answer) in enumerate(zip(said.tolist(), scorer.predict(X).tolist(), strict=True)):
        if own and own[mine] != str(answer):
            raise _another(repr(own[mine]), repr(str(answer)), X, row)


def _compare(theirs: np.ndarray, ours: np.ndarray, X: Any) -> None:
    if theirs.shape != ours.shape:
        raise InvalidInputError(
            f"model answers {theirs.shape[1]} number(s) for a row, but scoring_explainer {ours.shape[1]}: "
            f"it explains another model; {_MEND}"
        )
    off = np.abs(theirs - ours)
    if np.all(off <= _TOLERANCE * np.maximum(1.0, np.abs(theirs))):
        return
    row, output = np.unravel_index(int(np.argmax(off)), off.shape)
    raise _another(f"{theirs[row, output]:.6g}", f"{ours[row, output]:.6g}", X, int(row))


def _another(theirs: str, ours: str, X: Any, row: int) -> InvalidInputError:
    return InvalidInputError(
        f"model predicts {theirs} for row {X.index[row]} of input_example, but scoring_explainer {ours}: "
        f"it explains another model; {_MEND}"
    )


_MEND = "make it anew with TabularExplainer(model, X_train).for_scoring()"
