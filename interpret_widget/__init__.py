"""Explain any tabular model and explore the explanation in a notebook.

The public names are imported on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from . import datasets
    from .errors import (
        CancelledError,
        InterpretWidgetError,
        InvalidEditError,
        InvalidInputError,
        ModelCallError,
        RunHistoryError,
        UnsupportedModelError,
    )
    from .explainers import TabularExplainer, explain
    from .explanation import Aggregates, Explanation
    from .history import ExplanationClient, load_aggregates, load_explanation, log_explanation
    from .mimic import (
        DecisionTreeExplainableModel,
        LGBMExplainableModel,
        LinearExplainableModel,
        MimicExplainer,
        SGDExplainableModel,
    )
    from .models.network import TorchModel
    from .pfi import PFIExplainer
    from .widget import ExplanationDashboard, TrainingMonitor

__all__ = [
    "Aggregates",
    "CancelledError",
    "DecisionTreeExplainableModel",
    "Explanation",
    "ExplanationClient",
    "ExplanationDashboard",
    "InterpretWidgetError",
    "InvalidEditError",
    "InvalidInputError",
    "LGBMExplainableModel",
    "LinearExplainableModel",
    "MimicExplainer",
    "ModelCallError",
    "PFIExplainer",
    "RunHistoryError",
    "SGDExplainableModel",
    "TabularExplainer",
    "TorchModel",
    "TrainingMonitor",
    "UnsupportedModelError",
    "__version__",
    "datasets",
    "explain",
    "load_aggregates",
    "load_explanation",
    "log_explanation",
]

_HOMES = {
    "Aggregates": ".explanation",
    "CancelledError": ".errors",
    "Explanation": ".explanation",
    "ExplanationClient": ".history",
    "ExplanationDashboard": ".widget",
    "InterpretWidgetError": ".errors",
    "InvalidEditError": ".errors",
    "InvalidInputError": ".errors",
    "ModelCallError": ".errors",
    "DecisionTreeExplainableModel": ".mimic",
    "LGBMExplainableModel": ".mimic",
    "LinearExplainableModel": ".mimic",
    "MimicExplainer": ".mimic",
    "PFIExplainer": ".pfi",
    "RunHistoryError": ".errors",
    "SGDExplainableModel": ".mimic",
    "TabularExplainer": ".explainers",
    "TorchModel": ".models.network",
    "TrainingMonitor": ".widget",
    "UnsupportedModelError": ".errors",
    "explain": ".explainers",
    "load_aggregates": ".history",
    "load_explanation": ".history",
    "log_explanation": ".history",
}


def __getattr__(name: str) -> Any:
    if name == "datasets":
        return import_module(".datasets", __name__)
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if home in (".explainers", ".mimic"):
        # Whoever takes an explainer will explain: kernels compile while data are loaded and models fitted.
        import_module(".kernels.warming", __name__).warm()
    value = getattr(import_module(home, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
