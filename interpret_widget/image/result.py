"""What an explanation of an image holds: its regions, and what each contributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class ImageExplanation:
    """One image explained.

    Attributes
    ----------
    image : ndarray (h, w) or (h, w, c)
    segments : ndarray of int (h, w)
        Region of each pixel: 0, 1, …
    values : ndarray (n_segments, n_outputs)
        Contributions; base values plus their sum is the prediction.
    base_values, prediction : ndarray (n_outputs,)
        The answers to the image hidden whole and to the image.
    std_errors : ndarray (n_segments, n_outputs) or None
        Of estimates; None where values are exact.
    output_names : tuple of str
    exact : bool
    method, reason, background : str
        The route and why, and what hides a region.
    """

    image: np.ndarray
    segments: np.ndarray
    values: np.ndarray
    base_values: np.ndarray
    prediction: np.ndarray
    std_errors: np.ndarray | None
    output_names: tuple[str, ...]
    exact: bool
    method: str
    reason: str
    background: str

    def __post_init__(self) -> None:
        for name in ("image", "segments", "values", "base_values", "prediction", "std_errors"):
            array = getattr(self, name)
            if array is not None:
                array = array.copy()
                array.setflags(write=False)
                object.__setattr__(self, name, array)

    @property
    def heat_map(self) -> np.ndarray:
        """Contribution of the region of each pixel (h, w, n_outputs)."""
        return np.asarray(self.values[self.segments])

    @property
    def residual(self) -> float:
        """The largest gap between sum and prediction over outputs."""
        return float(np.abs(self.base_values + self.values.sum(axis=0) - self.prediction).max())

    def to_frame(self) -> Any:
        """One row for each region and output: its size, place, contribution and std_error.

        ``row`` and ``column`` are the middle of the region.
        """
        import pandas as pd

        h, w = self.segments.shape
        y, x = np.mgrid[0:h, 0:w]
        flat, n = self.segments.ravel(), len(self.values)
        size = np.bincount(flat, minlength=n)
        middle = [np.bincount(flat, each.ravel(), n) / size for each in (y, x)]
        nothing = np.full_like(self.values, np.nan)
        errors = nothing if self.std_errors is None else self.std_errors
        rows = [
            (s, size[s], middle[0][s], middle[1][s], name, self.values[s, k], errors[s, k])
            for s in range(n)
            for k, name in enumerate(self.output_names)
        ]
        names = ["segment", "n_pixels", "row", "column", "output", "contribution", "std_error"]
        return pd.DataFrame(rows, columns=names)

    def dashboard(self) -> Any:
        """The image with its regions in colour over it, as a widget."""
        from interpret_widget.widget.evidence import image_evidence

        return image_evidence(self)

    def __repr__(self) -> str:
        h, w = self.segments.shape
        kind = "exact" if self.exact else "estimated"
        outputs = ", ".join(self.output_names)
        return f"ImageExplanation({h} × {w} pixels, {len(self.values)} segments → {outputs}; {kind})"
