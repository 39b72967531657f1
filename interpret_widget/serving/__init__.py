"""Predictions with reasons at inference: small, self-contained, quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attached import KernelScoringExplainer
from .base import ScoringExplainer
from .self_contained import LinearScoringExplainer, TreeScoringExplainer

if TYPE_CHECKING:
    from interpret_widget.explainers import TabularExplainer

__all__ = [
    "KernelScoringExplainer",
    "LinearScoringExplainer",
    "ScoringExplainer",
    "TreeScoringExplainer",
    "scoring_explainer",
]


def scoring_explainer(explainer: TabularExplainer) -> ScoringExplainer:
    """See `TabularExplainer.for_scoring`."""
    from .forms import TreeForm
    from .making import taken_apart

    parts = taken_apart(explainer)
    if isinstance(parts, str):
        return KernelScoringExplainer(explainer, f"{explainer.reason} The model must be at hand: {parts}.")
    made = TreeScoringExplainer if isinstance(parts.form, TreeForm) else LinearScoringExplainer
    return made.of(parts)
