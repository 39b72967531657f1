"""Names of engineered columns, as far as fitted transformers tell them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np


def reported(
    transformer: Any, names_in: Sequence[str | None] | None, n_out: int | None
) -> list[str | None] | None:
    """Names that a transformer gives its outputs; None in the list where a part of it tells none, None where
    none tells any.

    Parameters
    ----------
    transformer : object
        Fitted.
    names_in : sequence of str or None
        Names of its inputs, None entries where unknown.
    n_out : int or None
        Number of its outputs where known, to check what it says.
    """
    told = _ask(transformer, names_in)
    if told is not None and (n_out is None or len(told) == n_out):
        return _plain(transformer, told)
    if hasattr(transformer, "transformed_names_"):  # DataFrameMapper, after its first transform
        names = list(map(str, transformer.transformed_names_))
        if n_out is None or len(names) == n_out:
            return [*names]
    pieces = _pieces(transformer, names_in)
    if pieces is not None and (n_out is None or len(pieces) == n_out):
        return pieces
    if (
        getattr(transformer, "n_features_in_", None) == n_out
        and names_in is not None
        and len(names_in) == n_out
    ):
        return None
    return None if n_out is None else [None] * n_out


def _ask(transformer: Any, names_in: Sequence[str | None] | None) -> list[str] | None:
    ask = getattr(transformer, "get_feature_names_out", None) or getattr(
        transformer, "get_feature_names", None
    )
    if ask is None:
        return None
    attempts: list[tuple[Any, ...]] = [()]
    if names_in is not None and all(name is not None for name in names_in):
        attempts.insert(0, (np.asarray(names_in, dtype=object),))
    for arguments in attempts:
        try:
            return [str(name) for name in ask(*arguments)]
        except Exception:  # scikit-learn raises ValueError, AttributeError, NotFittedError… for "cannot tell"
            continue
    return None


def _plain(transformer: Any, told: list[str]) -> list[str | None]:
    """Without the "name__" of a ColumnTransformer, where names stay unique without it."""
    prefixes = [str(entry[0]) for entry in getattr(transformer, "transformers_", [])]
    if not prefixes:
        return [*told]
    short = [next((name[len(p) + 2 :] for p in prefixes if name.startswith(f"{p}__")), name) for name in told]
    counts = Counter(short)
    return [s if counts[s] == 1 else name for s, name in zip(short, told, strict=True)]


def _pieces(transformer: Any, names_in: Sequence[str | None] | None) -> list[str | None] | None:
    """A ColumnTransformer of which one part cannot tell its names: ask the other parts."""
    slices = getattr(transformer, "output_indices_", None)
    entries = getattr(transformer, "transformers_", None)
    if slices is None or entries is None:
        return None
    n_out = max((part.stop for part in slices.values()), default=0)
    out: list[str | None] = [None] * n_out
    for name, inner, columns in entries:
        part = slices.get(name)
        if part is None or part.stop <= part.start or inner == "drop":
            continue
        inputs = _inputs(columns, names_in)
        told = inputs if inner == "passthrough" else reported(inner, inputs, part.stop - part.start)
        if told is not None and len(told) == part.stop - part.start:
            out[part] = told
    return out


def _inputs(columns: Any, names_in: Sequence[str | None] | None) -> list[str | None] | None:
    if isinstance(columns, (str, int)):
        columns = [columns]
    if isinstance(columns, slice) or callable(columns):
        return None
    listed = list(columns)
    if all(isinstance(c, str) for c in listed):
        return listed
    if names_in is None:
        return None
    if listed and all(isinstance(c, (bool, np.bool_)) for c in listed):
        return [name for name, keep in zip(names_in, listed, strict=True) if keep]
    return [names_in[int(c)] for c in listed]


def fill(told: Sequence[str | None], from_parents: Sequence[str]) -> tuple[str, ...]:
    """Names told, else those made from parents; made unique by a number."""
    names = [name if name is not None else from_parents[j] for j, name in enumerate(told)]
    counts = Counter(names)
    seen: Counter[str] = Counter()
    out = []
    for name in names:
        seen[name] += 1
        out.append(name if counts[name] == 1 else f"{name} [{seen[name] - 1}]")
    return tuple(out)
