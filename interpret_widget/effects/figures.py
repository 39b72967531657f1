"""Effects as Plotly figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.plots.labels import apart, as_written, clip, shortened
from interpret_widget.plots.style import ACCENT, MISSING, NEGATIVE, POSITIVE, RAMP, figure, values_axis

if TYPE_CHECKING:
    from .result import FeatureEffect, PairEffect

_BAND = "rgba(47,111,222,0.20)"
_FAINT = "rgba(128,138,152,0.28)"
_MOST_MARKS = 400


def curve(effect: FeatureEffect, output: int, max_curves: int) -> Any:
    """The effect with its 95 % band over individual curves, and the data below."""
    mean, error = effect.average[:, output], np.nan_to_num(effect.std_errors[:, output])
    x: Any = _places(effect)
    fig = figure(
        f"How {clip(effect.feature, 44)} acts on {clip(effect.output_names[output])}",
        f"{effect.kind}, {len(effect.rows):,} rows, ± 95 %",
        height=440,
        xaxis=_axis(effect),
        yaxis=values_axis(effect.unit if effect.individual is not None else f"{effect.unit}, centred"),
    )
    if effect.individual is not None:
        for each in effect.individual[_evenly(len(effect.individual), max_curves), :, output]:
            fig.add_scatter(
                x=x,
                y=each,
                mode="markers" if effect.is_discrete else "lines",
                line={"color": _FAINT, "width": 1},
                marker={"color": _FAINT, "size": 4},
                hoverinfo="skip",
                showlegend=False,
            )
    if effect.is_discrete:
        fig.add_scatter(
            x=x,
            y=mean,
            mode="markers",
            marker={"color": ACCENT, "size": 10},
            error_y={"type": "data", "array": 1.96 * error, "color": ACCENT, "thickness": 1.5},
            customdata=_told(effect),
            hovertemplate="%{customdata[0]}: %{y:.4g}<br>%{customdata[1]} rows<extra></extra>",
            showlegend=False,
        )
        return fig
    for sign in (1, -1):
        fig.add_scatter(
            x=x,
            y=mean + sign * 1.96 * error,
            mode="lines",
            line={"width": 0},
            fill="tonexty" if sign < 0 else None,
            fillcolor=_BAND,
            hoverinfo="skip",
            showlegend=False,
        )
    fig.add_scatter(
        x=x,
        y=mean,
        mode="lines",
        line={"color": ACCENT, "width": 3},
        customdata=_told(effect),
        hovertemplate="%{customdata[0]}: %{y:.4g}<br>%{customdata[1]} rows near<extra></extra>",
        showlegend=False,
    )
    low, high = float(effect.grid.min()), float(effect.grid.max())
    inside = effect.codes[(effect.codes >= low) & (effect.codes <= high)]
    marks = np.sort(inside)[_evenly(len(inside), _MOST_MARKS)]
    fig.add_scatter(
        x=_as_axis(effect, marks),
        y=np.zeros(len(marks)),
        yaxis="y2",
        mode="markers",
        marker={"symbol": "line-ns-open", "color": MISSING, "size": 9, "line": {"width": 1}},
        hoverinfo="skip",
        showlegend=False,
    )
    fig.update_layout(
        yaxis2={"overlaying": "y", "range": [-0.02, 1], "visible": False, "fixedrange": True},
    )
    return fig


def surface(effect: PairEffect, output: int) -> Any:
    """A heat map; cells without rows near them are left out."""
    values = np.where(effect.counts > 0, effect.average[:, :, output], np.nan)
    first, second = (shortened(name, 60) for name in effect.features)
    is_signed = effect.kind == "accumulated local effect"
    said = (
        "beyond their own effects"
        if is_signed
        else f"interaction {effect.h_statistic[output]:.0%} of the variation"
    )
    fig = figure(
        f"How {clip(effect.features[0], 24)} and {clip(effect.features[1], 24)} act together",
        f"{effect.kind} on {clip(effect.output_names[output])}, {len(effect.rows):,} rows; {said}",
        height=480,
        xaxis={"title": {"text": first}},
        yaxis={"title": {"text": second}},
    )
    fig.add_heatmap(
        x=_levels(effect, 0),
        y=_levels(effect, 1),
        z=values.T,
        colorscale=[[0, NEGATIVE], [0.5, "rgb(150,150,160)"], [1, POSITIVE]] if is_signed else RAMP,
        zmid=0 if is_signed else None,
        colorbar={"title": {"text": as_written(effect.unit)}, "outlinewidth": 0},
        hoverongaps=False,
        hovertemplate=f"{first} %{{x}}<br>{second} %{{y}}<br>%{{z:.4g}}<extra></extra>",
    )
    return fig


def _levels(effect: PairEffect, side: int) -> Any:
    if effect.are_discrete[side]:
        return apart(list(effect.labels[side]), 30)
    return effect.grids[side]


def _places(effect: FeatureEffect) -> Any:
    return np.arange(len(effect.grid)) if effect.is_discrete else _as_axis(effect, effect.grid)


def _axis(effect: FeatureEffect) -> dict[str, Any]:
    title = {"title": {"text": shortened(effect.feature, 80)}}
    if not effect.is_discrete:
        return title
    texts = apart(list(effect.labels), 30)
    return {**title, "tickvals": list(range(len(texts))), "ticktext": texts}


def _as_axis(effect: FeatureEffect, numbers: np.ndarray) -> Any:
    return numbers.astype("datetime64[ms]") if effect.is_time else numbers


def _told(effect: FeatureEffect) -> list[list[str]]:
    return [
        [as_written(label), f"{count:,}"] for label, count in zip(effect.labels, effect.counts, strict=True)
    ]


def _evenly(n: int, most: int) -> np.ndarray:
    return (
        np.unique(np.linspace(0, max(0, n - 1), min(n, most)).astype(np.intp)) if n else np.empty(0, np.intp)
    )
