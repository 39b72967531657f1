"""Curves of faithfulness as a Plotly figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpret_widget.plots.labels import clip
from interpret_widget.plots.style import ACCENT, MISSING, POSITIVE, figure

if TYPE_CHECKING:
    from .faithfulness import Faithfulness


def curves(found: Faithfulness) -> Any:
    """Both curves, against random order."""
    fig = figure(
        f"Do the features that matter most for {clip(found.output, 30)} do so?",
        f"score {found.score:.2f} (1: at once, 0: no better than chance), {found.n_rows:,} rows",
        height=420,
        xaxis={"title": {"text": "share of features"}, "tickformat": ".0%"},
        yaxis={"title": {"text": "distance from the prediction"}, "rangemode": "tozero", "showgrid": True},
    )
    for name, values, color, dash in (
        ("taken away, strongest first", found.deletion, POSITIVE, "solid"),
        ("taken away at random", found.random_deletion, POSITIVE, "dot"),
        ("given back, strongest first", found.insertion, ACCENT, "solid"),
        ("given back at random", found.random_insertion, ACCENT, "dot"),
    ):
        fig.add_scatter(
            x=found.shares,
            y=values,
            mode="lines",
            name=name,
            line={"color": color, "dash": dash, "width": 2.5 if dash == "solid" else 1.5},
            hovertemplate=f"{name}: %{{y:.3f}}<extra></extra>",
        )
    fig.add_hline(y=1, line={"color": MISSING, "width": 1})
    return fig
