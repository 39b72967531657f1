"""Explain single rows by linear models fitted around them, and say how well they fit."""

from .explainer import LIMEExplainer

__all__ = ["LIMEExplainer"]
