"""The frozen answer of an explainer, and what can be read from it."""

from .explanation import Explanation
from .provenance import Provenance

__all__ = ["Explanation", "Provenance"]
