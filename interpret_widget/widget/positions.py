"""A trait of row positions that travels as bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from traitlets import TraitType


class Positions(TraitType[Any, Any]):
    """Row positions, a uint32 array in Python and little-endian bytes on the wire."""

    info_text = "row positions"

    def validate(self, obj: Any, value: Any) -> Any:
        """Keep the old array where nothing changed, so that nobody is told of a change."""
        old = obj._trait_values.get(self.name)
        if isinstance(old, np.ndarray) and isinstance(value, np.ndarray) and np.array_equal(old, value):
            return old
        return value


def to_wire(value: Any, widget: Any) -> memoryview:
    """Bytes of the positions."""
    return memoryview(np.ascontiguousarray(value, dtype="<u4").tobytes())


def from_wire(value: Any, widget: Any) -> Any:
    """Positions from bytes, or from a plain list as some hosts send it."""
    if value is None or isinstance(value, (list, tuple)):
        return value
    return np.frombuffer(bytes(value), dtype="<u4")
