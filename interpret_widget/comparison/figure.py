"""Shares of importance then and now as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpret_widget.arguments import whole_number
from interpret_widget.plots.labels import apart, as_written, custom, shortened
from interpret_widget.plots.style import ACCENT, MISSING, RULE, figure, height_of, rows_axis

if TYPE_CHECKING:
    from .result import Comparison, Summary


def dumbbells(found: Comparison, top_k: int, about: Summary) -> Any:
    """For each feature a line from its share before to its share after."""
    whole_number("top_k", top_k)
    own = found.features[found.features["output"] == about.output].head(top_k)
    lines = [-float(at) for at in range(len(own))]
    before, after = found.names
    subtitle = (
        f"{about.moved:.1%} of the importance is on other features, order agrees by {about.ndcg:.2f} (NDCG)"
    )
    fig = figure(
        f"What matters for {shortened(about.output, 40)}: {before} and {after}",
        subtitle,
        height=height_of(len(own)) + 30,
        yaxis=rows_axis(apart(list(own["feature"]))),
        xaxis={
            "title": {"text": "share of the sum of mean |contribution|"},
            "tickformat": ".0%",
            "rangemode": "tozero",
            "showgrid": True,
            "gridcolor": RULE,
        },
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
    )
    for at, one, two in zip(lines, own["share_before"], own["share_after"], strict=True):
        fig.add_shape(
            type="line", x0=one, x1=two, y0=at, y1=at, line={"color": MISSING, "width": 2}, layer="below"
        )
    names = [as_written(name) for name in own["feature"]]
    marks = ["drifted" if each else "" for each in own["drifted"]]
    for name, column, color, symbol in (
        (before, "share_before", MISSING, "circle-open"),
        (after, "share_after", ACCENT, "circle"),
    ):
        fig.add_scatter(
            x=own[column],
            y=lines,
            mode="markers",
            name=as_written(name),
            marker={"color": color, "size": 10, "symbol": symbol, "line": {"width": 2, "color": color}},
            customdata=custom(names, [f"{share:.2%}" for share in own[column]], marks),
            hovertemplate="%{customdata[0]}<br>"
            + as_written(name)
            + " %{customdata[1]} %{customdata[2]}<extra></extra>",
        )
    return fig
