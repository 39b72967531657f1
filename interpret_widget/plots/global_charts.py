"""What matters over all rows: bars, and bars with one part per class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.explanation.summary import ranking

from .labels import apart, as_written, clip, custom, of_rows, shortened, top_of, with_unit
from .numbers import decimals_for, number
from .style import ACCENT, CLASSES, INK, MISSING, figure, height_of, route, rows_axis

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

_LONGEST_CLASS = 24
_BAR = 0.62


def global_bar(explanation: Explanation, top_k: int, output: int) -> Any:
    """Bars of mean |contribution| to one output; whiskers where values are estimates."""
    mean, error = explanation.importance[output], explanation.importance_error[output]
    order = ranking(mean)[:top_k]
    estimated = explanation.std_errors is not None
    reach = 1.96 * error[order] if estimated else np.zeros(len(order))
    ends = mean[order] + np.nan_to_num(reach)
    whiskers = {"type": "data", "array": reach, "color": INK, "thickness": 1.5, "width": 4}
    fig = _bars(
        explanation,
        order,
        f"What matters for {clip(explanation.output_names[output])}",
        "mean |contribution|" + (" ± 95 %" if estimated else ""),
        ends,
        showlegend=False,
    )
    fig.add_bar(
        x=mean[order],
        y=_lines(order),
        orientation="h",
        width=_BAR,
        marker={"color": ACCENT},
        error_x=whiskers if estimated else None,
        customdata=custom(_names(explanation, order), _more(explanation, mean[order], reach)),
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
    )
    _add_numbers(fig, ends, mean[order])
    return fig


def stacked_bar(explanation: Explanation, top_k: int) -> Any:
    """Bars of mean |contribution|, one part per output, the strongest features over all outputs first."""
    importance = np.nan_to_num(explanation.importance)
    order = np.array(explanation.global_importance_rank[:top_k], dtype=np.intp)
    total = importance.sum(axis=0)[order]
    outputs = ranking(importance.sum(axis=1))
    own = outputs if len(outputs) <= len(CLASSES) else outputs[: len(CLASSES) - 1]
    parts = [
        (shortened(explanation.output_names[k], _LONGEST_CLASS), importance[k], color)
        for k, color in zip(np.sort(own), CLASSES, strict=False)
    ]
    if len(own) < len(outputs):
        rest = outputs[len(own) :]
        parts.append((f"{len(rest)} others", importance[rest].sum(axis=0), MISSING))
    fig = _bars(
        explanation,
        order,
        f"What matters for each of {explanation.n_outputs} outputs",
        "sum of mean |contribution|",
        total,
        barmode="stack",
    )
    names = _names(explanation, order)
    for name, values, color in parts:
        fig.add_bar(
            x=values[order],
            y=_lines(order),
            orientation="h",
            width=_BAR,
            name=name,
            marker={"color": color},
            customdata=custom(names, [name] * len(names), [number(value) for value in values[order]]),
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}: %{customdata[2]}<extra></extra>",
        )
    _add_numbers(fig, total, total)
    return fig


def _bars(
    explanation: Explanation, order: np.ndarray, title: str, quantity: str, ends: np.ndarray, **layout: Any
) -> Any:
    """The empty figure around bars that reach to ``ends``."""
    longest = float(ends[np.isfinite(ends)].max(initial=0.0)) or 1.0
    return figure(
        title,
        f"{top_of(len(order), explanation)}, {of_rows(explanation.n_rows, explanation.n_rows)}, "
        f"{route(explanation)}",
        height=height_of(len(order)),
        yaxis=rows_axis(apart([explanation.feature_names[j] for j in order])),
        xaxis={
            "title": {"text": as_written(with_unit(quantity, explanation.unit))},
            # Room for the numbers, which plotly does not count when it chooses a range.
            "range": [0.0, 1.14 * longest],
            "showgrid": True,
        },
        **layout,
    )


def _add_numbers(fig: Any, ends: np.ndarray, values: np.ndarray) -> None:
    """Each value as text beyond the end of its bar and whisker."""
    decimals = _decimals(values)
    fig.add_scatter(
        x=np.nan_to_num(ends),
        y=_lines(ends),
        mode="text",
        text=[f" {number(value, decimals)}" for value in values],
        textposition="middle right",
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )


def _lines(order: np.ndarray) -> list[float]:
    return [-float(position) for position in range(len(order))]


def _names(explanation: Explanation, order: np.ndarray) -> list[str]:
    return [as_written(explanation.feature_names[j]) for j in order]


def _decimals(values: np.ndarray) -> int | None:
    """Decimals that tell most bars apart: those of the weakest within a factor of ten of the longest."""
    known = values[np.isfinite(values)]
    most = float(known.max(initial=0.0))
    if 0 < most < 1e-4:
        return None
    return decimals_for(float(known[known >= most / 10].min(initial=np.inf)))


def _more(explanation: Explanation, mean: np.ndarray, reach: np.ndarray) -> list[str]:
    if explanation.std_errors is None:
        return [f"{value:.4g}" for value in mean]
    return [f"{value:.4g} ± {around:.2g}" for value, around in zip(mean, reach, strict=True)]
