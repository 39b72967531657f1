"""What the page must know of each feature: kind, levels, range, histogram, kin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interpret_widget.tabular import Dataset, Lineage
from interpret_widget.tabular.schema import ColumnSchema

#: Levels that the page lists; rarer ones are told apart in Python only.
MOST_LEVELS = 200
_BINS = 40
_ROWS_FOR_BINS = 200_000


def feature_infos(data: Dataset, lineage: Lineage | None, *, is_raw: bool) -> list[dict[str, Any]]:
    """One ``FeatureInfo`` (see ``js/src/protocol.ts``) per column of ``data``.

    Histograms count all rows, or a sample of 200,000 evenly spaced ones where there are more; shapes are then
    the same to the eye and counts are scaled up.
    """
    step = max(1, data.n_rows // _ROWS_FOR_BINS)
    return [
        {
            **_of_column(data, position, column, step),
            "parents": _positions(None if is_raw or lineage is None else lineage.parents, position),
            "children": _positions(lineage.children if is_raw and lineage is not None else None, position),
        }
        for position, column in enumerate(data.schema)
    ]


def has_order(column: ColumnSchema) -> bool:
    """Whether values have a low and a high end, so that a colour ramp means something."""
    return column.ordered or column.kind not in ("categorical", "text")


def _of_column(data: Dataset, position: int, column: ColumnSchema, step: int) -> dict[str, Any]:
    codes = data.column_codes(position)
    info: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind,
        "categories": None,
        "ordered": has_order(column),
        "min": None,
        "max": None,
        "histogram": {"edges": [], "counts": []},
        "missing": float(np.isnan(codes).mean()) if len(codes) else 0.0,
    }
    if column.is_discrete:
        listed = codes[(codes >= 0) & (codes < MOST_LEVELS)].astype(np.intp)
        labels = list(column.labels[:MOST_LEVELS])
        counts = np.bincount(listed, minlength=len(labels))
        info.update(categories=labels, histogram={"edges": [], "counts": counts.tolist()})
        return info
    finite = codes[np.isfinite(codes)]
    if finite.size:
        info.update(min=float(finite.min()), max=float(finite.max()))
        info["histogram"] = _histogram(finite, step, whole=column.kind == "integer")
    return info


def _histogram(finite: np.ndarray, step: int, *, whole: bool) -> dict[str, list[Any]]:
    low, high = float(finite.min()), float(finite.max())
    bins = _BINS
    if whole:
        # Whole numbers: bins hold equally many of them, so that no bin is empty by arithmetic alone.
        wide = max(1, int(np.ceil((high - low + 1) / _BINS)))
        bins = int(np.ceil((high - low + 1) / wide))
        edges = low - 0.5 + wide * np.arange(bins + 1)
    elif low == high:
        margin = abs(low) * 0.01 or 0.5
        edges = np.array([low - margin, high + margin])
        bins = 1
    else:
        edges = np.linspace(low, high, bins + 1)
    some = finite[::step]
    scale = bins / (edges[-1] - edges[0])
    at = np.clip(((some - edges[0]) * scale).astype(np.intp), 0, bins - 1)
    counts = np.bincount(at, minlength=bins) * step
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def _positions(kin: Sequence[Sequence[int]] | None, position: int) -> list[int]:
    return [] if kin is None else [int(each) for each in kin[position]]
