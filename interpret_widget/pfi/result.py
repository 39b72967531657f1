"""The importance of columns to a metric, with its spread over permutations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from interpret_widget.arguments import whole_number


@dataclass(frozen=True, eq=False)
class PermutationImportance:
    """How much a metric loses when a column is permuted; positive where the column matters.

    Attributes
    ----------
    feature_names : tuple of str
    importances : ndarray (n_features, n_repeats)
        In the unit of the metric, whichever way that is better.
    baseline : float
        The metric without permutations.
    metric : str
    is_error_metric : bool
        Whether a lower metric is better.
    conditional : bool
        Whether values were exchanged only among rows that are alike in the other columns.
    n_rows : int
    """

    feature_names: tuple[str, ...]
    importances: np.ndarray
    baseline: float
    metric: str
    is_error_metric: bool
    conditional: bool
    n_rows: int

    @cached_property
    def mean(self) -> np.ndarray:
        """Over repeats (n_features,)."""
        return np.asarray(self.importances.mean(axis=1))

    @cached_property
    def std(self) -> np.ndarray:
        """Over repeats (n_features,); NaN of a single one."""
        if self.importances.shape[1] < 2:
            return np.full(len(self.feature_names), np.nan)
        return np.asarray(self.importances.std(axis=1, ddof=1))

    @cached_property
    def order(self) -> np.ndarray:
        """Positions of features, the most important first; equal ones in the order of the columns."""
        return np.argsort(-self.mean, kind="stable")

    def get_ranked_global_names(self, top_k: int | None = None) -> list[str]:
        """Names, the most important first."""
        return [self.feature_names[at] for at in self.order[: self._top(top_k)]]

    def get_ranked_global_values(self, top_k: int | None = None) -> list[float]:
        """Importances in the same order."""
        return [float(self.mean[at]) for at in self.order[: self._top(top_k)]]

    def get_feature_importance_dict(self, top_k: int | None = None) -> dict[str, float]:
        """Importance by name, the most important first."""
        return dict(
            zip(self.get_ranked_global_names(top_k), self.get_ranked_global_values(top_k), strict=True)
        )

    def to_frame(self) -> Any:
        """One row per feature, the most important first: importance, spread, whether it is clear of that."""
        import pandas as pd

        at = self.order
        frame = pd.DataFrame(
            {
                "rank": np.arange(1, len(at) + 1),
                "importance": self.mean[at],
                "std": self.std[at],
                # A feature whose every permutation did not hurt tells nothing.
                "is_clear": self.mean[at] > 2 * np.nan_to_num(self.std[at], nan=np.inf),
            },
            index=pd.Index([self.feature_names[each] for each in at], name="feature"),
        )
        return frame

    def figure(self, top_k: int = 15) -> Any:
        """A Plotly bar chart with one standard deviation over repeats."""
        import plotly.graph_objects as go

        at = self.order[: self._top(top_k)][::-1]
        spread = None if np.isnan(self.std).any() else {"type": "data", "array": self.std[at], "thickness": 1}
        bars = go.Bar(
            x=self.mean[at],
            y=[self.feature_names[each] for each in at],
            orientation="h",
            error_x=spread,
            marker_color="#3b7dd8",
        )
        word = "gains" if self.is_error_metric else "loses"
        figure = go.Figure(bars)
        figure.update_layout(
            template="plotly_white",
            xaxis_title=f"what {self.metric} {word} when the column is permuted (now {self.baseline:.4g})",
            height=90 + 26 * len(at),
            margin={"l": 10, "r": 20, "t": 20, "b": 50},
            showlegend=False,
        )
        figure.update_yaxes(automargin=True)
        return figure

    def _top(self, top_k: int | None) -> int:
        if top_k is None:
            return len(self.feature_names)
        return whole_number("top_k", top_k)

    def __repr__(self) -> str:
        kind = "conditional " if self.conditional else ""
        first = ", ".join(
            f"{name} {value:.3g}" for name, value in self.get_feature_importance_dict(3).items()
        )
        return (
            f"PermutationImportance({kind}{self.metric} {self.baseline:.4g} on {self.n_rows:,} rows; {first})"
        )
