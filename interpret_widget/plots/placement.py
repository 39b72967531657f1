"""Where a feature's values lie on an axis: levels side by side, missing values in a lane of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from interpret_widget.tabular.schema import ColumnSchema
from interpret_widget.tabular.text import MISSING_TEXT, number_text, stamp_text

from .labels import as_written, shortened
from .numbers import ticks

#: Levels with a place of their own; the rarer ones share one.
MOST_LEVELS = 24
_JITTER = 0.18
_DAY = 86_400_000.0


def place(column: ColumnSchema, codes: np.ndarray, seed: int = 0) -> tuple[np.ndarray, dict[str, Any]]:
    """Coordinates (n,) of codes, and the axis that explains them.

    Numbers and dates lie where they are. Levels lie at 0, 1, … in their own order, scattered within ±0.18; a
    few words at the axis name the lane of what is missing.
    """
    rng = np.random.default_rng(seed)
    if column.is_discrete:
        return _levels(column, codes, rng)
    known = np.isfinite(codes)
    where, axis = codes, {}
    if not known.all():
        low = float(codes[known].min()) if known.any() else 0.0
        high = float(codes[known].max()) if known.any() else 0.0
        width = (high - low) or abs(low) or 1.0
        lane = low - 0.1 * width
        where = np.where(known, codes, lane + rng.uniform(-0.02, 0.02, len(codes)) * width)
        at = (
            (ticks(low, high) if known.any() else [])
            if column.kind != "datetime"
            else _dates(low, high, known)
        )
        axis = {
            "tickvals": [lane, *at],
            "ticktext": [_lost(codes[~known]), *(_text(column, value, high - low) for value in at)],
        }
    if column.kind == "datetime":
        where = _stamps(where)
        if axis:
            axis["tickvals"] = list(_stamps(np.array(axis["tickvals"])))
        axis["type"] = "date"
    return where, axis


def _levels(
    column: ColumnSchema, codes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, Any]]:
    listed, counts = np.unique(codes[codes >= 0], return_counts=True)
    own = np.sort(listed[np.argsort(-counts, kind="stable")][:MOST_LEVELS])
    lost, rest = np.isnan(codes), ~np.isnan(codes) & ~np.isin(codes, own)
    where = np.searchsorted(own, codes).astype(np.float64)
    texts = [shortened(column.label(int(code)), 20) for code in own]
    for some, name in ((rest, "other levels"), (lost, MISSING_TEXT)):
        if some.any():
            where[some] = len(texts)
            texts.append(name)
    jitter = rng.uniform(-_JITTER, _JITTER, len(codes))
    return where + jitter, {
        "tickvals": list(range(len(texts))),
        "ticktext": texts,
        "range": [-0.6, len(texts) - 0.4],
    }


def _lost(codes: np.ndarray) -> str:
    names = [MISSING_TEXT] if np.isnan(codes).any() else []
    return " or ".join([*names, *(["infinite"] if np.isinf(codes).any() else [])])


def _stamps(milliseconds: np.ndarray) -> np.ndarray:
    return np.asarray(milliseconds.astype("int64").astype("datetime64[ms]"))


def _dates(low: float, high: float, known: np.ndarray) -> list[float]:
    if not known.any():
        return []
    exact = np.unique(np.linspace(low, high, 4))
    return [float(day) for day in (np.round(exact / _DAY) * _DAY if high - low > 8 * _DAY else exact)]


def _text(column: ColumnSchema, value: float, width: float) -> str:
    if column.kind == "datetime":
        return stamp_text(value)
    # Steps of a round number: what is left of 0.30000000000000004 says nothing.
    return as_written(number_text(float(f"{value:.10g}") if abs(value) > 1e-9 * width else 0.0))
