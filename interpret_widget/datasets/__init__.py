"""Real data that ships with the package, so that everything can be tried offline."""

from .attrition import load_attrition

__all__ = ["load_attrition"]
