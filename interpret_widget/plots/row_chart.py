"""Why one prediction: from the base value to the prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.explanation.waterfall import FOLD, waterfall

from .labels import apart, as_written, clip, shortened, top_of, with_unit
from .numbers import decimals_for, number, signed
from .style import MISSING, NEGATIVE, POSITIVE, ZERO, figure, height_of, route, rows_axis

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

_LONGEST_NAME = 28
_LONGEST_VALUE = 18
_BAR = 0.62
#: A prediction further from the sum than this share of the picture gets a bar of its own.
_VISIBLE = 0.005


@dataclass(frozen=True)
class _Bar:
    name: str
    shown: str
    value: float
    start: float
    end: float
    color: str


def row_waterfall(explanation: Explanation, row: int, top_k: int, output: int) -> Any:
    """Bars from the base value, strongest first; the others folded into one."""
    one = explanation[row]
    base = float(one.base_values[output])
    bars = _bars(one, base, top_k, output)
    end = bars[-1].end if bars else base
    known = one.predictions is not None and math.isfinite(float(one.predictions[0, output]))
    goal = float(one.predictions[0, output]) if known and one.predictions is not None else end
    corners = [base, goal, *(bar.end for bar in bars)]
    low, high = min(corners), max(corners)
    if abs(goal - end) > _VISIBLE * (high - low):
        said = "not explained" if one.complete else "features left out"
        bars.append(_Bar(said, said, goal - end, end, goal, MISSING))
    decimals = _decimals([bar.value for bar in bars])
    level = _decimals([high - low] if high > low else [base])
    destination = "prediction" if known else "sum"
    shown = (
        min(top_k, one.n_features) if any(bar.name.endswith(" others") for bar in bars) else one.n_features
    )
    name = clip(one.output_names[output])
    fig = figure(
        f"Why row {clip(one.data.labels()[0])}: {name} {_headline(one, output) or number(goal, level)}",
        with_unit(
            f"from the base value {number(base, level)} to the {destination} {number(goal, level)}", one.unit
        )
        + f", {top_of(shown, one)}, {route(one)}",
        height=height_of(len(bars)) + 40,
        yaxis={**rows_axis([bar.shown for bar in bars]), "range": [-len(bars) - 0.1, 1.0]},
        xaxis={
            "title": {"text": as_written(with_unit(name, one.unit))},
            "range": _range(low, high),
            "showgrid": True,
            "zeroline": True,
            "zerolinecolor": ZERO,
        },
        showlegend=False,
    )
    fig.add_bar(
        base=[bar.start for bar in bars],
        x=[bar.end - bar.start for bar in bars],
        y=[-float(position) for position in range(len(bars))],
        orientation="h",
        width=_BAR,
        marker={"color": [bar.color for bar in bars]},
        text=[signed(bar.value, decimals) for bar in bars],
        textposition="outside",
        cliponaxis=False,
        customdata=[[bar.name, signed(bar.value), number(bar.start), number(bar.end)] for bar in bars],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}: from %{customdata[2]} to %{customdata[3]}"
        "<extra></extra>",
    )
    last = -float(len(bars) - 1)
    for upper, bar in enumerate(bars[:-1]):
        _line(fig, bar.end, -upper - _BAR / 2, -upper - 1 + _BAR / 2, "solid")
    _mark(fig, base, 0.62, "bottom", f"base value {number(base, level)}", _range(low, high))
    _line(fig, base, 0.62, _BAR / 2, "dot")
    _mark(fig, goal, last - 0.62, "top", f"{destination} {number(goal, level)}", _range(low, high))
    _line(fig, goal, last - 0.62, last - _BAR / 2, "solid")
    return fig


def _bars(one: Explanation, base: float, top_k: int, output: int) -> list[_Bar]:
    row = one.values[0, :, output]
    steps = waterfall(row, base, top_k)
    cut = apart([one.feature_names[step.feature] for step in steps if step.feature != FOLD], _LONGEST_NAME)
    bars = []
    for position, step in enumerate(steps):
        if step.feature == FOLD:
            unknown = int(np.isnan(row[list(step.members)]).sum())
            name = shown = (
                f"{len(step.members):,}" + (f" ({unknown:,} unknown)" if unknown else "") + " others"
            )
        else:
            value = one.data.text(0, step.feature)
            name = as_written(f"{one.feature_names[step.feature]} = {value}")
            shown = f"{cut[position]} = {shortened(value, _LONGEST_VALUE)}"
        color = MISSING if math.isnan(step.value) else POSITIVE if step.end >= step.start else NEGATIVE
        bars.append(_Bar(name, shown, step.value, step.start, step.end, color))
    return bars


def _line(fig: Any, x: float, start: float, end: float, dash: str) -> None:
    fig.add_shape(
        type="line", x0=x, x1=x, y0=start, y1=end, line={"color": MISSING, "width": 1.2, "dash": dash}
    )


def _mark(fig: Any, x: float, y: float, anchor: str, text: str, limits: list[float]) -> None:
    """A text above or below the bars, inside the picture at its ends."""
    share = (x - limits[0]) / (limits[1] - limits[0])
    side = "left" if share < 0.15 else "right" if share > 0.85 else "center"
    fig.add_annotation(x=x, y=y, text=text, showarrow=False, xanchor=side, yanchor=anchor)


def _range(low: float, high: float) -> list[float]:
    """Room for the numbers beside the bars."""
    margin = 0.12 * (high - low) or 0.5 * max(abs(high), 1e-6)
    return [low - margin, high + margin]


def _decimals(values: list[float]) -> int | None:
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return None if 0 < largest < 1e-4 else decimals_for(largest)


def _headline(one: Explanation, output: int) -> str:
    """The probability, where the model has one; a small one is never 0, a large one never 100."""
    if one.probabilities is None or not math.isfinite(float(one.probabilities[0, output])):
        return ""
    percent = 100 * float(one.probabilities[0, output])
    if 0 < percent < 0.05:
        return "< 0.1 %"
    return "> 99.9 %" if 99.95 < percent < 100 else f"{percent:.1f} %"
