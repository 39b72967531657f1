"""The table of rows where the page does not hold them all: sort, search, filter, page.

``js/src/panels/rows-query.ts`` does the same for rows that the page holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from interpret_widget.explanation import Explanation
from interpret_widget.tabular.text import stamp_text

from . import cohort, judging
from .protocol import RefusedError

SORTS = ("position", "label", "prediction", "outcome", "error", "uncertainty")
_MOST_ROWS = 1_000


class RowTable:
    """Rows of one explanation, arranged; the last arrangement is kept, because pages of it follow.

    Parameters
    ----------
    explanation : Explanation
    """

    def __init__(self, explanation: Explanation) -> None:
        self._explanation = explanation
        self._shown = judging.shown_predictions(explanation)
        self._outcomes = judging.outcome_codes(explanation)
        self._labels: list[str] | None = None
        self._last: tuple[Any, np.ndarray] | None = None

    def page(self, params: Mapping[str, Any], threshold: float) -> dict[str, Any]:
        """One page: ``RowsQuery`` in, ``RowsPage`` out (``js/src/protocol.ts``)."""
        sort = params.get("sort", "position")
        if sort not in SORTS:
            raise RefusedError("bad_request", f"sort={sort!r} is not one of {', '.join(SORTS)}")
        output = self._explanation.output_position(params.get("output"))
        conditions = list(params.get("cohort") or ())
        search = str(params.get("search") or "").strip()
        key = (sort, bool(params.get("descending")), search, output, repr(conditions), threshold)
        if self._last is None or self._last[0] != key:
            kept = self._kept(search, conditions)
            order = self._ordered(sort, bool(params.get("descending")), kept, output, threshold)
            self._last = (key, order)
        order = self._last[1]
        offset = max(0, int(params.get("offset", 0)))
        some = order[offset : offset + min(_MOST_ROWS, max(0, int(params.get("limit", 100))))]
        k = self._explanation.n_outputs
        nothing = np.full((len(some), k), np.nan)
        return {
            "total": len(order),
            "offset": offset,
            "rows": some.astype(np.uint32),
            "labels": self._explanation.data.labels(some),
            "predictions": nothing if self._shown is None else np.asarray(self._shown[some], np.float64),
            "outcomes": None if self._outcomes is None else self._outcomes[some],
        }

    def _kept(self, search: str, conditions: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """Positions that the cohort and the search leave."""
        data = self._explanation.data
        keep = np.ones(data.n_rows, dtype=bool)
        if conditions:
            tables = cohort.tables_of(self._explanation)
            cohort.check_conditions(tables, conditions)
            keep = cohort.mask(tables, conditions)
        if search:
            keep &= self._matches(search.lower())
        return np.flatnonzero(keep)

    def _matches(self, wanted: str) -> np.ndarray:
        data = self._explanation.data
        pair = re.match(r"^(.+?)\s*=\s*(.+)$", wanted)
        if pair:
            named = [j for j, name in enumerate(data.names) if name.lower() == pair[1].strip()]
            if named:
                return self._has_value(named[0], pair[2], exact=True)
        found = np.fromiter((wanted in label.lower() for label in self._all_labels()), bool, data.n_rows)
        names = self._explanation.outcome_names
        if self._outcomes is not None and names is not None:
            codes = [code for code, name in enumerate(names) if wanted in name.lower()]
            found |= np.isin(self._outcomes, codes)
        for j in range(data.n_columns):
            found |= self._has_value(j, wanted, exact=False)
        return found

    def _has_value(self, position: int, wanted: str, *, exact: bool) -> np.ndarray:
        column = self._explanation.data.schema[position]
        codes = self._explanation.data.column_codes(position)
        if column.is_discrete:
            texts = [label.lower() for label in column.labels]
            listed = [c for c, text in enumerate(texts) if (text == wanted if exact else wanted in text)]
            return np.isin(codes, listed)
        if column.kind == "datetime":
            distinct, where = np.unique(codes, return_inverse=True)
            starts = np.array([stamp_text(ms).startswith(wanted) for ms in distinct], dtype=bool)
            return starts[where]
        try:
            number = float(wanted.replace(",", "").replace("\N{MINUS SIGN}", "-"))
        except ValueError:
            return np.isnan(codes) if wanted == "missing" else np.zeros(len(codes), dtype=bool)
        return np.asarray((codes == number) | (codes == np.float64(np.float32(number))))

    def _ordered(
        self, sort: str, descending: bool, kept: np.ndarray, output: int, threshold: float
    ) -> np.ndarray:
        """Unknown keys come last either way; ties keep the row order."""
        key = self._key(sort, output, threshold)
        if key is None:
            return kept[::-1] if descending else kept
        key = key[kept]
        signed = -key if descending else key
        return kept[np.argsort(signed, kind="stable")]

    def _key(self, sort: str, output: int, threshold: float) -> np.ndarray | None:
        """Numbers to sort by (n_rows,), or None for the order of the rows."""
        explanation = self._explanation
        if sort == "label":
            return self._label_ranks()
        if sort == "outcome":
            return self._outcomes
        if self._shown is None:
            return None
        rule: dict[str, Any] = {
            "task": explanation.task,
            "has_probabilities": explanation.probabilities is not None,
            "threshold": threshold,
        }
        if sort == "prediction":
            return np.asarray(self._shown[:, output], dtype=np.float64)
        if sort == "error" and self._outcomes is not None:
            return np.asarray(np.abs(judging.errors(self._shown, self._outcomes, output=output, **rule)))
        if sort == "uncertainty" and explanation.task != "regression":
            return judging.uncertainty(self._shown, **rule)
        return None

    def _label_ranks(self) -> np.ndarray:
        index = self._explanation.data.index
        if index.dtype.kind in "iuf":
            return np.asarray(index, dtype=np.float64)
        labels = self._all_labels()
        keys = [natural(label) for label in labels]
        order = sorted(range(len(labels)), key=keys.__getitem__)
        ranks = np.empty(len(labels))
        previous, rank = None, -1
        for at in order:
            if keys[at] != previous:
                previous, rank = keys[at], rank + 1
            ranks[at] = rank
        return ranks

    def _all_labels(self) -> list[str]:
        if self._labels is None:
            self._labels = self._explanation.data.labels()
        return self._labels


def natural(text: str) -> tuple[tuple[int, Any], ...]:
    """A key that sorts ``emp-9`` before ``emp-10`` and ignores case.

    >>> sorted(["b2", "B10", "a"], key=natural)
    ['a', 'b2', 'B10']
    """
    parts = re.split(r"(\d+)", text.lower())
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in parts if part)
