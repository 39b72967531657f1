"""Who is asked: models of any library behind one face, and pipelines taken apart."""

from .adapter import ModelAdapter, adapt
from .names import title_of
from .pipeline import Split, split
from .preprocessing import Preprocessing, preprocessing_of

__all__ = ["ModelAdapter", "Preprocessing", "Split", "adapt", "preprocessing_of", "split", "title_of"]
