"""Encoders of levels as tables: each is asked what it makes of every level that it knows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .symbols import Levels, NotExpressibleError, Symbol

_STRANGE_TEXT = "\u2063a level that nobody has seen\u2063"


def encoded(transformer: Any, symbols: list[Symbol]) -> list[Symbol]:
    """The columns that an encoder makes of columns.

    Raises
    ------
    NotExpressibleError
        Its levels are neither text nor numbers, or the columns were calculated with before.
    """
    categories = _categories(transformer, len(symbols))
    kept: list[Symbol] = []
    start = 0
    width = _ask(transformer, 0, categories[0][:1], categories).shape[1]
    for position, symbol in enumerate(symbols):
        made = _width(transformer, position, len(categories[position]))
        kept += _table(transformer, symbol, position, categories, slice(start, start + made))
        start += made
    if start != width:
        raise NotExpressibleError(f"{type(transformer).__name__} makes another number of columns")
    return kept


def _categories(transformer: Any, n: int) -> list[list[Any]]:
    found = getattr(transformer, "categories_", None)
    if found is None:
        found = [transformer.classes_]
    if len(found) != n:
        raise NotExpressibleError(f"{type(transformer).__name__} knows the levels of other columns")
    out = []
    for each in found:
        values = [value.item() if isinstance(value, np.generic) else value for value in list(each)]
        if not values or not all(isinstance(v, (str, int, float)) or v is None for v in values):
            raise NotExpressibleError("levels are neither text nor numbers")
        out.append(values)
    return out


def _width(transformer: Any, position: int, n_levels: int) -> int:
    kind = type(transformer).__name__
    if kind in ("OrdinalEncoder", "LabelEncoder"):
        return 1
    if kind == "LabelBinarizer":
        return n_levels if n_levels > 2 else 1
    if kind == "TargetEncoder":
        return len(transformer.classes_) if transformer.target_type_ == "multiclass" else 1
    rare = getattr(transformer, "infrequent_categories_", [None] * (position + 1))[position]
    n = n_levels if rare is None else n_levels - len(rare) + 1
    dropped = transformer.drop_idx_
    return n if dropped is None or dropped[position] is None else n - 1


def _table(
    transformer: Any, symbol: Symbol, position: int, categories: list[list[Any]], columns: slice
) -> list[Symbol]:
    """Ask about each level, a missing value and an unknown one."""
    if symbol.steps[:-1] or (symbol.steps and symbol.steps[0][0] != "fill") or symbol.table is not None:
        raise NotExpressibleError("columns are calculated with before they are encoded")
    own = categories[position]
    gaps = [value for value in own if _is_gap(value)]
    if len(gaps) > 1:
        raise NotExpressibleError("two kinds of missing values are levels of their own")
    levels = [value for value in own if not _is_gap(value)]
    lines = _ask(transformer, position, levels, categories)[:, columns]
    unknown = _try(transformer, position, _unknown(levels), categories)
    fill = symbol.steps[0][1] if symbol.steps else symbol.fill
    missing: np.ndarray | None
    if fill is not None:
        place = next((at for at, value in enumerate(levels) if value == fill), None)
        missing = (None if unknown is None else unknown[columns]) if place is None else lines[place]
    else:
        asked = _try(transformer, position, gaps[0] if gaps else np.nan, categories)
        missing = None if asked is None else asked[columns]
    nothing = np.full(lines.shape[1], np.nan)
    strange = nothing if unknown is None else unknown[columns]
    table = np.vstack([lines, nothing if missing is None else missing, strange])
    shared = Levels(tuple(levels), missing is not None, unknown is not None)
    plain = replace(symbol, is_number=True, steps=(), fill=None, levels=shared)
    return [replace(plain, table=np.ascontiguousarray(table[:, child])) for child in range(lines.shape[1])]


def _is_gap(value: Any) -> bool:
    return value is None or value != value


def _unknown(levels: Sequence[Any]) -> Any:
    if any(isinstance(value, str) for value in levels) or not levels:
        return _STRANGE_TEXT
    return float(max(levels)) + 12_345.5


def _try(transformer: Any, position: int, value: Any, categories: list[list[Any]]) -> np.ndarray | None:
    try:
        return np.asarray(_ask(transformer, position, [value], categories)[0])
    except (ValueError, TypeError):  # refused, as the model will
        return None


def _ask(transformer: Any, position: int, values: list[Any], categories: list[list[Any]]) -> np.ndarray:
    """What the encoder makes of rows that hold these values in one column (n_values, n_out)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not hasattr(transformer, "categories_"):
            is_text = any(isinstance(value, str) for value in values)
            out = transformer.transform(np.array(values, dtype=object if is_text else None))
        else:
            out = transformer.transform(_rows(transformer, position, values, categories))
    dense = out.toarray() if hasattr(out, "toarray") else np.asarray(out)
    return np.asarray(dense, dtype=np.float64).reshape(len(values), -1)


def _rows(transformer: Any, position: int, values: list[Any], categories: list[list[Any]]) -> Any:
    import pandas as pd

    names = getattr(transformer, "feature_names_in_", range(len(categories)))
    columns = {}
    for place, (name, levels) in enumerate(zip(names, categories, strict=True)):
        is_text = any(isinstance(level, str) or level is None for level in levels)
        cells = values if place == position else levels[:1] * len(values)
        columns[name] = pd.Series(cells, dtype=object if is_text else None)
    return pd.DataFrame(columns)
