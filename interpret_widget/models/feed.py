"""Give a model its table in the form that it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

#: "native": as the user gave it.
Feed = Literal["native", "pandas", "numpy", "named"]


def library(native: Any) -> str:
    """The library of a table: "pandas", "polars", "pyarrow", "numpy", "scipy", …."""
    return type(native).__module__.split(".")[0]


def fed(native: Any, feed: Feed, names: Sequence[Any] | None = None) -> Any:
    """The table in another form.

    Parameters
    ----------
    native : table
        As the user gave it.
    feed : {"native", "pandas", "numpy", "named"}
        "named" is a pandas frame with the column names that the model was fitted with.
    names : sequence, optional
        Those names.
    """
    if feed == "native":
        return native
    if feed == "numpy":
        return native.toarray() if hasattr(native, "toarray") else as_array(native)
    import pandas as pd

    if feed == "named" and library(native) in ("numpy", "scipy"):
        dense = native.toarray() if hasattr(native, "toarray") else native
        return pd.DataFrame(dense, columns=list(names or ()), copy=False)
    if library(native) == "polars":
        return native.to_pandas()
    if library(native) == "pyarrow":
        return native.to_pandas()
    return native


def as_array(native: Any) -> np.ndarray:
    """A plain two-dimensional array."""
    if isinstance(native, np.ndarray):
        return native
    if library(native) == "pyarrow":
        native = native.to_pandas()
    return np.asarray(native.to_numpy() if hasattr(native, "to_numpy") else native)


def candidate_feeds(native: Any) -> tuple[Feed, ...]:
    """Forms to try in turn, the user's own first."""
    if library(native) in ("polars", "pyarrow"):
        return ("native", "pandas", "numpy")
    return ("native",)


def first_that_works(call: Callable[[Any], Any], native: Any) -> tuple[Feed, Any]:
    """The first form that the call takes, and its answer there.

    Raises
    ------
    Exception
        What the call raised for the user's own form, when it takes none.
    """
    failure: Exception | None = None
    for feed in candidate_feeds(native):
        try:
            return feed, call(fed(native, feed))
        except Exception as error:
            failure = failure or error
    assert failure is not None
    raise failure
