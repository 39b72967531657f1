"""Who answers: routes from a model and rows to an explanation."""

from .api import explain
from .base import Explainer
from .linear import LinearExplainer
from .sampling import SamplingExplainer
from .tabular import TabularExplainer
from .tree import TreeExplainer

__all__ = [
    "Explainer",
    "LinearExplainer",
    "SamplingExplainer",
    "TabularExplainer",
    "TreeExplainer",
    "explain",
]
