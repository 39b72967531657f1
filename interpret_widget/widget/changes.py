"""A comparison as the page takes it: ``Changes`` in ``js/src/protocol.ts``."""

from __future__ import annotations

import math
from typing import Any

from interpret_widget.comparison import Comparison
from interpret_widget.explanation import Explanation

#: The page shows the ones that moved most; tables have all.
_MOST_OUTPUTS, _MOST_FEATURES, _MOST_ROWS = 20, 60, 200


def facts(found: Comparison, shown: Explanation) -> dict[str, Any]:
    """JSON-safe facts of a comparison whose second side is shown.

    Outputs and rows are given by their positions in ``shown``.
    """
    names = list(found.after.output_names)
    return {
        "names": list(found.names),
        "n_rows": list(found.n_rows),
        "words": found.words(),
        "outputs": [
            {"output": names.index(each.output), **_output(found, each)}
            for each in found.outputs[:_MOST_OUTPUTS]
        ],
        "rows": None if found.rows is None else _rows(found, shown),
    }


def _output(found: Comparison, each: Any) -> dict[str, Any]:
    own = found.features[found.features["output"] == each.output]
    separable = each.separability
    return {
        "moved": each.moved,
        "ndcg": each.ndcg,
        "auc": None if separable is None else separable.auc,
        "auc_p": None if separable is None else separable.p_value,
        "mean_before": _number(each.mean_before),
        "mean_after": _number(each.mean_after),
        "n_features": len(own),
        "features": [
            {
                "name": str(line["feature"]),
                "before": _number(line["share_before"]),
                "after": _number(line["share_after"]),
                "rank_before": int(line["rank_before"]),
                "rank_after": int(line["rank_after"]),
                "moved": _number(line["moved"]),
                "p": _number(line["p_value"]),
                "drifted": bool(line["drifted"]),
                "remarks": str(line["remarks"]),
            }
            for line in own.head(_MOST_FEATURES).to_dict("records")
        ],
    }


def _rows(found: Comparison, shown: Explanation) -> dict[str, Any]:
    assert found.rows is not None
    where = {label: at for at, label in enumerate(shown.data.labels())}
    lines = found.rows.head(_MOST_ROWS)
    return {
        "n": len(found.rows),
        "flipped": int(found.rows["flipped"].sum()) if "flipped" in found.rows else None,
        "lines": [
            {
                "row": where[label],
                "label": str(label),
                "before": _plain(line["before"]),
                "after": _plain(line["after"]),
                "flipped": bool(line.get("flipped", False)),
                "change": _number(line["change"]),
                "feature": str(line["feature"]),
            }
            for label, line in zip(lines.index, lines.to_dict("records"), strict=True)
            if label in where
        ],
    }


def _plain(value: Any) -> float | str | None:
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
