"""What would have to change: the smallest plausible changes of a row that lead to another outcome."""

from .api import counterfactuals
from .result import Counterfactual, Counterfactuals

__all__ = ["Counterfactual", "Counterfactuals", "counterfactuals"]
