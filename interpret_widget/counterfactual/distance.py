"""How far rows are from each other, whatever the units of their columns (Gower 1971, robustly scaled)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interpret_widget.tabular import Dataset

_CELLS = 4_000_000  # compared at a time


@dataclass(frozen=True, eq=False)
class Distance:
    """Distances between codes of rows.

    Attributes
    ----------
    scales : ndarray (n_columns,)
        Numbers: from the 5th to the 95th percentile of the data; NaN for levels, which are the same or not.
    """

    scales: np.ndarray

    @classmethod
    def of(cls, data: Dataset) -> Distance:
        """Scales of a data set."""
        scales = np.full(data.n_columns, np.nan)
        for j, column in enumerate(data.schema):
            codes = data.column_codes(j)
            known = codes[np.isfinite(codes)]
            if column.is_discrete:
                continue
            low, high = np.percentile(known, [5, 95]) if len(known) else (0.0, 1.0)
            scales[j] = high - low if high > low else (float(np.ptp(known)) if len(known) else 0.0) or 1.0
        return cls(scales)

    def apart(self, codes: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Column by column (…, n_columns): numbers in scales; levels, and missing on one side, 0 or 1."""
        levels = np.isnan(self.scales)
        with np.errstate(invalid="ignore"):
            out = np.where(levels, codes != own, np.abs(codes - own) / np.where(levels, 1.0, self.scales))
        gone, lost = np.isnan(codes), np.isnan(own)
        return np.where(gone & lost, 0.0, np.where(gone | lost, 1.0, out))

    def between(self, codes: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Mean over columns (n,); no column counts for more than 1."""
        return np.asarray(np.minimum(self.apart(codes, own), 1.0).mean(axis=-1))

    def nearest(self, codes: np.ndarray, rows: np.ndarray, *, skip_same: bool = False) -> np.ndarray:
        """Distance of each of ``codes`` (m, n_columns) to the nearest of ``rows`` (m,).

        ``skip_same``: not to a row at distance 0, such as itself.
        """
        m, p = codes.shape
        out = np.full(m, np.inf)
        step = max(1, _CELLS // max(1, len(rows) * p))
        for start in range(0, m, step):
            near = self.between(codes[start : start + step, None, :], rows[None, :, :])
            if skip_same:
                near = np.where(near == 0, np.inf, near)
            out[start : start + step] = near.min(axis=1, initial=np.inf)
        return out
