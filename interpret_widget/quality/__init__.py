"""How true an explanation is, how stable, and how far two of them agree."""

from .agreement import agreement
from .faithfulness import Faithfulness, faithfulness

__all__ = ["Faithfulness", "agreement", "faithfulness"]
