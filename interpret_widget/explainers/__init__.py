"""Who answers: routes from a model and rows to an explanation."""

from .additive import AdditiveExplainer
from .api import explain
from .base import Explainer
from .kernel_machine import KernelMachineExplainer
from .linear import LinearExplainer
from .sampling import SamplingExplainer
from .tabular import TabularExplainer
from .tree import TreeExplainer

__all__ = [
    "AdditiveExplainer",
    "Explainer",
    "KernelMachineExplainer",
    "LinearExplainer",
    "SamplingExplainer",
    "TabularExplainer",
    "TreeExplainer",
    "explain",
]
