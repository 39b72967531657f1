"""Explain any tabular model and explore the explanation in a notebook.

The public names are imported on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from . import datasets
    from .comparison import Comparison, compare
    from .counterfactual import Counterfactual, Counterfactuals, counterfactuals
    from .effects import FeatureEffect, PairEffect, accumulated_local_effects, partial_dependence
    from .errors import (
        CancelledError,
        InterpretWidgetError,
        InvalidEditError,
        InvalidInputError,
        ModelCallError,
        NoCounterfactualError,
        RunHistoryError,
        UnsupportedModelError,
    )
    from .explainers import TabularExplainer, explain
    from .explanation import Aggregates, Explanation
    from .history import ExplanationClient, load_aggregates, load_explanation, log_explanation
    from .image import ImageExplainer
    from .lime import LIMEExplainer
    from .mimic import (
        DecisionTreeExplainableModel,
        LGBMExplainableModel,
        LinearExplainableModel,
        MimicExplainer,
        SGDExplainableModel,
    )
    from .models.network import TorchModel
    from .pfi import PFIExplainer
    from .quality import Faithfulness, agreement, faithfulness
    from .serving import (
        KernelScoringExplainer,
        LinearScoringExplainer,
        ScoringExplainer,
        TreeScoringExplainer,
    )
    from .serving.tracking import load_scoring_explainer, log_scoring_explainer
    from .text import TextExplainer
    from .widget import ExplanationDashboard, TrainingMonitor

__all__ = [
    "Aggregates",
    "CancelledError",
    "Comparison",
    "Counterfactual",
    "Counterfactuals",
    "DecisionTreeExplainableModel",
    "Explanation",
    "ExplanationClient",
    "ExplanationDashboard",
    "Faithfulness",
    "FeatureEffect",
    "ImageExplainer",
    "InterpretWidgetError",
    "InvalidEditError",
    "InvalidInputError",
    "KernelScoringExplainer",
    "LGBMExplainableModel",
    "LIMEExplainer",
    "LinearExplainableModel",
    "LinearScoringExplainer",
    "MimicExplainer",
    "ModelCallError",
    "NoCounterfactualError",
    "PFIExplainer",
    "PairEffect",
    "RunHistoryError",
    "SGDExplainableModel",
    "ScoringExplainer",
    "TabularExplainer",
    "TextExplainer",
    "TorchModel",
    "TrainingMonitor",
    "TreeScoringExplainer",
    "UnsupportedModelError",
    "__version__",
    "accumulated_local_effects",
    "agreement",
    "compare",
    "counterfactuals",
    "datasets",
    "explain",
    "faithfulness",
    "load_aggregates",
    "load_explanation",
    "load_scoring_explainer",
    "log_explanation",
    "log_scoring_explainer",
    "partial_dependence",
]

_HOMES = {
    "Aggregates": ".explanation",
    "CancelledError": ".errors",
    "Comparison": ".comparison",
    "Counterfactual": ".counterfactual",
    "Counterfactuals": ".counterfactual",
    "Explanation": ".explanation",
    "ExplanationClient": ".history",
    "ExplanationDashboard": ".widget",
    "ImageExplainer": ".image",
    "InterpretWidgetError": ".errors",
    "InvalidEditError": ".errors",
    "InvalidInputError": ".errors",
    "ModelCallError": ".errors",
    "NoCounterfactualError": ".errors",
    "DecisionTreeExplainableModel": ".mimic",
    "LGBMExplainableModel": ".mimic",
    "LIMEExplainer": ".lime",
    "LinearExplainableModel": ".mimic",
    "MimicExplainer": ".mimic",
    "PFIExplainer": ".pfi",
    "RunHistoryError": ".errors",
    "SGDExplainableModel": ".mimic",
    "KernelScoringExplainer": ".serving",
    "LinearScoringExplainer": ".serving",
    "ScoringExplainer": ".serving",
    "TreeScoringExplainer": ".serving",
    "TabularExplainer": ".explainers",
    "TextExplainer": ".text",
    "TorchModel": ".models.network",
    "TrainingMonitor": ".widget",
    "UnsupportedModelError": ".errors",
    "Faithfulness": ".quality",
    "agreement": ".quality",
    "faithfulness": ".quality",
    "FeatureEffect": ".effects",
    "PairEffect": ".effects",
    "accumulated_local_effects": ".effects",
    "partial_dependence": ".effects",
    "compare": ".comparison",
    "counterfactuals": ".counterfactual",
    "explain": ".explainers",
    "load_aggregates": ".history",
    "load_explanation": ".history",
    "load_scoring_explainer": ".serving.tracking",
    "log_explanation": ".history",
    "log_scoring_explainer": ".serving.tracking",
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
