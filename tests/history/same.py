"""Whether two explanations are one."""

from __future__ import annotations

import numpy as np


def same(a, b):
    for name in ("values", "base_values", "predictions", "probabilities"):
        first, second = getattr(a, name), getattr(b, name)
        assert (first is None) == (second is None), name
        assert first is None or first.tobytes() == second.tobytes(), name
    for name in ("feature_names", "output_names", "notes", "complete", "residual", "lineage", "method"):
        assert getattr(a, name) == getattr(b, name), name
    assert np.array_equal(a.y, b.y)
    assert type(a.data.native) is type(b.data.native)
    assert a.data.schema == b.data.schema
    assert np.array_equal(a.data.codes(), b.data.codes(), equal_nan=True)
    assert (a.engineered is None) == (b.engineered is None)
    if a.engineered is not None:
        same(a.engineered, b.engineered)
