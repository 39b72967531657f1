"""The frozen answer of an explainer, and what can be read from it."""

from .aggregates import Aggregates
from .explanation import Explanation
from .provenance import Provenance

__all__ = ["Aggregates", "Explanation", "Provenance"]
