"""Plotly figures of an explanation."""

from .accessor import Plots

__all__ = ["Plots"]
