"""Explain models of texts on their tokens."""

from __future__ import annotations

from .explainer import TextExplainer
from .result import ExplainedText, TextExplanation

__all__ = ["ExplainedText", "TextExplainer", "TextExplanation"]
