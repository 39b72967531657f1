"""Two explanations side by side: training against live data, one model against the next."""

from .api import compare
from .result import Comparison

__all__ = ["Comparison", "compare"]
