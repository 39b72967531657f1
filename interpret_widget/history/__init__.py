"""Explanations in the run history of MLflow: kept by whoever trained, fetched by whoever asks."""

from .client import ExplanationClient
from .short import load_aggregates, load_explanation, log_explanation

__all__ = ["ExplanationClient", "load_aggregates", "load_explanation", "log_explanation"]
