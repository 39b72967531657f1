"""Tree models of any library as plain arrays."""

from .ensemble import Ensemble

__all__ = ["Ensemble"]
