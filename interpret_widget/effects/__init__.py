"""How predictions move with a feature, or with two: partial dependence, ICE, accumulated local effects."""

from .accumulated import accumulated_local_effects
from .partial import partial_dependence
from .result import FeatureEffect, PairEffect

__all__ = ["FeatureEffect", "PairEffect", "accumulated_local_effects", "partial_dependence"]
