"""Explain models of images on regions of like pixels."""

from __future__ import annotations

from .explainer import ImageExplainer
from .result import ImageExplanation

__all__ = ["ImageExplainer", "ImageExplanation"]
