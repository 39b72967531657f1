"""How every figure looks: the dashboard's colours, on a page that may be light or dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .labels import as_written, shortened

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

# The colours of js/src/styles/tokens.css.
POSITIVE = "#d6336c"
NEGATIVE = "#2a7de1"
ACCENT = "#2f6fde"
MISSING = "#8b95a3"
#: Low to high values of a feature.
RAMP = [[0.0, "rgb(42,125,225)"], [0.5, "rgb(150,90,200)"], [1.0, "rgb(232,62,120)"]]
#: Classes or levels side by side, as in the dashboard; further ones share grey.
CLASSES = ("#2a7de1", "#d6336c", "#0f9d8a", "#b06a00", "#7a52c7", "#5f8f1e", "#c2561a", "#3f5a7d")
# Figures have no background, so text and lines must be read on white and on near-black alike: this grey has a
# contrast above 4 with both.
INK = "#747d8a"
RULE = "rgba(128,138,152,0.22)"
ZERO = "rgba(128,138,152,0.85)"

_CLEAR = "rgba(0,0,0,0)"
_FONT = "-apple-system, Segoe UI, Inter, Roboto, Helvetica Neue, Arial, sans-serif"
#: Characters of a title before it is cut: what fits beside a notebook's cell.
_LONGEST_TITLE = 90
#: Points that SVG still draws at once. Beyond, WebGL does, of which a page can hold only a few figures.
_MOST_SVG_POINTS = 4_000


def figure(title: str, subtitle: str, *, height: int, **layout: Any) -> Any:
    """An empty figure without background; both titles are shown as written."""
    import plotly.graph_objects as go

    axis = {
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "automargin": True,
        "gridcolor": RULE,
    }
    first, second = shortened(title, _LONGEST_TITLE), shortened(subtitle, _LONGEST_TITLE + 30)
    return go.Figure(
        layout={
            "template": "none",
            "title": {
                "text": f"<b>{first}</b><br><span style='font-size:13px'>{second}</span>",
                "x": 0.0,
                "xref": "container",
                "xanchor": "left",
                # In pixels from the top, whatever the height.
                "y": 1 - 30 / height,
                "yanchor": "auto",
                "pad": {"l": 14},
                "font": {"size": 18},
            },
            "font": {"family": _FONT, "color": INK, "size": 13},
            "paper_bgcolor": _CLEAR,
            "plot_bgcolor": _CLEAR,
            "height": height,
            "margin": {"l": 20, "r": 30, "t": 78, "b": 54},
            "hoverlabel": {"bgcolor": "#ffffff", "font": {"color": "#1b2430"}, "bordercolor": "#cfd6df"},
            "legend": {"traceorder": "normal"},
            **layout,
            "xaxis": {**axis, **layout.get("xaxis", {})},
            "yaxis": {**axis, **layout.get("yaxis", {})},
        }
    )


def rows_axis(texts: list[str]) -> dict[str, Any]:
    """A vertical axis with a text at 0, -1, …: numbers, since names such as "1" or "2020-01-01" are not.

    Strongest first from the top; the texts are taken as they are.
    """
    return {
        "tickvals": [-float(position) for position in range(len(texts))],
        "ticktext": texts,
        "range": [-len(texts) + 0.4, 0.6],
        "ticks": "outside",
        "ticklen": 6,
        "tickcolor": _CLEAR,
    }


def values_axis(title: str) -> dict[str, Any]:
    """An axis of contributions, with a line at zero."""
    return {
        "title": {"text": shortened(title, _LONGEST_TITLE)},
        "zeroline": True,
        "zerolinecolor": ZERO,
        "zerolinewidth": 1.5,
        "showgrid": True,
    }


def route(explanation: Explanation) -> str:
    """``"exact by linear"``: how true the numbers of a figure are."""
    if explanation.method == "given":
        return "values given"
    return f"{'exact' if explanation.exact else 'estimated'} by {explanation.method}"


def height_of(lines: int) -> int:
    """Pixels of a chart with this many lines."""
    return 140 + 31 * max(3, lines)


def add_points(fig: Any, n_points: int, **trace: Any) -> None:
    """Markers, in SVG where ``n_points`` of the whole figure are few."""
    add = fig.add_scatter if n_points <= _MOST_SVG_POINTS else fig.add_scattergl
    add(mode="markers", **trace)


def low_to_high(title: str) -> dict[str, Any]:
    """The bar that explains `RAMP`."""
    return {
        "title": {"text": as_written(title), "side": "right"},
        "tickvals": [0, 1],
        "ticktext": ["low", "high"],
        "thickness": 10,
        "len": 0.7,
        "outlinewidth": 0,
        "ticks": "",
    }


def sample(n_rows: int, most: int, seed: int = 0) -> np.ndarray:
    """Increasing positions of at most ``most`` rows."""
    if n_rows <= most:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(seed).choice(n_rows, most, replace=False))
