"""The dashboard in the notebook and what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dashboard import ExplanationDashboard

__all__ = ["ExplanationDashboard"]


def __getattr__(name: str) -> Any:
    # Lazily, so that payloads and exports can be made without ipywidgets being imported.
    if name == "ExplanationDashboard":
        from .dashboard import ExplanationDashboard

        return ExplanationDashboard
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
