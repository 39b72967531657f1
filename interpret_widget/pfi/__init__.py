"""Permutation feature importance: how much worse a model gets when it cannot use a column."""

from .explainer import PFIExplainer
from .result import PermutationImportance

__all__ = ["PFIExplainer", "PermutationImportance"]
