"""How a feature acts over its range, coloured by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.explanation.summary import rank_scaled, strongest_interaction
from interpret_widget.tabular.text import number_text, stamp_text

from .labels import as_written, cell_texts, clip, custom, of_rows, shortened, with_unit
from .numbers import signed
from .placement import place
from .style import (
    ACCENT,
    CLASSES,
    MISSING,
    RAMP,
    add_points,
    figure,
    low_to_high,
    route,
    sample,
    values_axis,
)

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

_LONGEST_LEVEL = 24


def dependence(
    explanation: Explanation, feature: int, color: int | None, output: int, max_points: int
) -> Any:
    """Contribution against the feature's value."""
    rows = sample(explanation.n_rows, max_points)
    column = explanation.data.schema.columns[feature]
    y = np.asarray(explanation.values[rows, feature, output], dtype=np.float64)
    x, xaxis = place(column, explanation.data.column_codes(feature)[rows])
    by = "" if color is None else f", coloured by {clip(explanation.feature_names[color])}"
    fig = figure(
        f"How {clip(column.name, 44)} acts on {clip(explanation.output_names[output])}",
        f"{of_rows(len(rows), explanation.n_rows)}{by}, {route(explanation)}",
        height=460,
        xaxis={"title": {"text": shortened(column.name, 80)}, **xaxis},
        yaxis=values_axis(with_unit("contribution", explanation.unit)),
        legend={"title": {"text": _legend(explanation, color)}, "traceorder": "normal"},
    )
    some = explanation.data.take(rows)
    labels = [as_written(label) for label in some.labels()]
    own = [f"{as_written(column.name)} = {text}" for text in cell_texts(some, feature)]
    other = [""] * len(rows)
    if color is not None:
        name = as_written(explanation.feature_names[color])
        other = [f"<br>{name} = {text}" for text in cell_texts(some, color)]
    for at, label, marker in _groups(explanation, rows, color):
        add_points(
            fig,
            len(rows),
            x=x[at],
            y=y[at],
            name=label,
            showlegend=bool(label),
            marker={"size": 7, "opacity": 0.75, **marker},
            customdata=custom(
                [own[i] for i in at],
                [other[i] for i in at],
                [labels[i] for i in at],
                [signed(y[i]) for i in at],
            ),
            hovertemplate="%{customdata[0]}%{customdata[1]}<br>row %{customdata[2]}: %{customdata[3]}"
            "<extra></extra>",
        )
    return fig


def interacting(explanation: Explanation, feature: int, output: int) -> int | None:
    """The feature that colours by default: the one with the strongest interaction."""
    schema = explanation.data.schema
    discrete = [column.is_discrete and not column.ordered for column in schema]
    strongest = strongest_interaction(explanation.values, explanation.data.codes(), output, discrete=discrete)
    found = int(strongest[feature])
    return None if found < 0 else found


def _legend(explanation: Explanation, color: int | None) -> str:
    """Name above the levels; numbers have a bar that carries it."""
    if color is None or not explanation.data.schema.columns[color].is_discrete:
        return ""
    return shortened(explanation.feature_names[color])


def _groups(
    explanation: Explanation, rows: np.ndarray, color: int | None
) -> list[tuple[np.ndarray, str, dict[str, Any]]]:
    """Points that share a legend entry: (positions, name, marker)."""
    if color is None:
        return [(np.arange(len(rows)), "", {"color": ACCENT})]
    column = explanation.data.schema.columns[color]
    codes = explanation.data.column_codes(color)
    some = codes[rows]
    lost = np.isnan(some)
    groups: list[tuple[np.ndarray, str, dict[str, Any]]] = []
    if column.is_discrete:
        levels, counts = np.unique(some[some >= 0], return_counts=True)
        room = len(CLASSES) if len(levels) <= len(CLASSES) else len(CLASSES) - 1
        kept = np.sort(levels[np.argsort(-counts, kind="stable")][:room])
        for shade, code in zip(CLASSES, kept, strict=False):
            name = shortened(column.label(int(code)), _LONGEST_LEVEL)
            groups.append((np.flatnonzero(some == code), name, {"color": shade}))
        rest = ~lost & ~np.isin(some, kept)
        if rest.any():
            groups.append((np.flatnonzero(rest), "other levels", {"color": MISSING}))
    elif not lost.all():
        known = np.flatnonzero(~lost)
        bar = low_to_high(clip(column.name))
        text = stamp_text if column.kind == "datetime" else number_text
        bar["ticktext"] = [text(float(end)) for end in (np.nanmin(codes), np.nanmax(codes))]
        ranks = rank_scaled(codes)[rows][known]
        groups.append(
            (known, "", {"color": ranks, "colorscale": RAMP, "cmin": 0, "cmax": 1, "colorbar": bar})
        )
    if lost.any():
        groups.append((np.flatnonzero(lost), "missing", {"color": MISSING, "symbol": "circle-open"}))
    return groups
