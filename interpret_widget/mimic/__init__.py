"""Explain any model by a surrogate that imitates it, and say how well it does."""

from .explainable import (
    DecisionTreeExplainableModel,
    ExplainableModel,
    LGBMExplainableModel,
    LinearExplainableModel,
    SGDExplainableModel,
)
from .explainer import MimicExplainer

__all__ = [
    "DecisionTreeExplainableModel",
    "ExplainableModel",
    "LGBMExplainableModel",
    "LinearExplainableModel",
    "MimicExplainer",
    "SGDExplainableModel",
]
