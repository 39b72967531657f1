"""What is explained: the user's table, its schema, and how engineered columns descend from it."""

from .composing import Composer
from .dataset import Dataset
from .lineage import Lineage, probe
from .mixing import mix
from .schema import ColumnSchema, Kind, Schema

__all__ = ["ColumnSchema", "Composer", "Dataset", "Kind", "Lineage", "Schema", "mix", "probe"]
