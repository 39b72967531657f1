"""The dashboard and the training monitor in the notebook, and what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dashboard import ExplanationDashboard
    from .live import LiveDashboard
    from .monitor import TrainingMonitor

__all__ = ["ExplanationDashboard", "LiveDashboard", "TrainingMonitor"]


def __getattr__(name: str) -> Any:
    # Lazily, so that payloads and exports can be made without ipywidgets being imported.
    if name == "ExplanationDashboard":
        from .dashboard import ExplanationDashboard

        return ExplanationDashboard
    if name == "LiveDashboard":
        from .live import LiveDashboard

        return LiveDashboard
    if name == "TrainingMonitor":
        from .monitor import TrainingMonitor

        return TrainingMonitor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
