"""Everything in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .tabular import TabularExplainer

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

    from .base import Cancel, Progress


def explain(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    background: Any = None,
    features: Sequence[Any] | None = None,
    classes: Sequence[Any] | None = None,
    transformations: Any = None,
    method: str = "auto",
    feature_perturbation: str = "tree_path_dependent",
    model_output: str = "raw",
    random_state: int = 0,
    max_evals: int | None = None,
    max_seconds: float | None = None,
    tolerance: float | None = None,
    progress: Progress | None = None,
    cancel: Cancel = None,
) -> Explanation:
    """Explain the rows ``X`` of a fitted model.

    Parameters
    ----------
    model, features, classes, transformations, method : see `TabularExplainer`
    feature_perturbation, model_output, random_state, max_evals, max_seconds, tolerance : see
        `TabularExplainer`
    X : table (n_rows, n_columns)
        Rows to explain.
    y : array-like (n_rows,), optional
        True outcomes.
    background : table, optional
        Rows to compare with, such as the training data; ``X`` itself otherwise.
    progress, cancel
        As in `TabularExplainer.explain_global`.

    Returns
    -------
    Explanation
        Its ``method``, ``exact`` and ``reason`` say how it was made.
    """
    chooser = TabularExplainer(
        model,
        X if background is None else background,
        features=features,
        classes=classes,
        transformations=transformations,
        method=method,
        feature_perturbation=feature_perturbation,
        model_output=model_output,
        random_state=random_state,
        max_evals=max_evals,
        max_seconds=max_seconds,
        tolerance=tolerance,
    )
    return chooser.explain_global(X, y, progress=progress, cancel=cancel)
