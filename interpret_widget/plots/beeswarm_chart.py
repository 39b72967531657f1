"""Every row's contributions, one line of points per feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.explanation.summary import rank_scaled, ranking

from .labels import apart, as_written, cell_texts, clip, custom, of_rows, top_of, with_unit
from .numbers import signed
from .style import (
    MISSING,
    RAMP,
    add_points,
    figure,
    height_of,
    low_to_high,
    route,
    rows_axis,
    sample,
    values_axis,
)
from .swarm import swarm_offsets

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation
    from interpret_widget.tabular.schema import ColumnSchema

_HOVER = "%{customdata[0]} = %{customdata[1]}<br>row %{customdata[2]}: %{customdata[3]}<extra></extra>"


def beeswarm(explanation: Explanation, top_k: int, output: int, max_points: int) -> Any:
    """One line of points per feature, coloured from its low to its high values."""
    order = ranking(explanation.importance[output])[:top_k]
    names = [explanation.feature_names[j] for j in order]
    rows = sample(explanation.n_rows, max_points)
    values = np.asarray(explanation.values[rows[:, None], order, output], dtype=np.float64)
    low, high = _extent(values)
    some = explanation.data.take(rows)
    shades = [shading(explanation, int(j), rows) for j in order]
    grey = any(np.isnan(shade).any() for shade in shades)
    name = clip(explanation.output_names[output])
    fig = figure(
        f"Contributions to {name}",
        f"{top_of(len(order), explanation)}, {of_rows(len(rows), explanation.n_rows)}, {route(explanation)}"
        + ("; grey: missing, or without an order" if grey else ""),
        height=height_of(len(order)),
        yaxis=rows_axis(apart(names)),
        xaxis=values_axis(with_unit(f"contribution to {name}", explanation.unit)),
        showlegend=False,
    )
    labels = [as_written(label) for label in some.labels()]
    explained = False
    for position, (j, shade) in enumerate(zip(order, shades, strict=True)):
        column = values[:, position]
        offsets = swarm_offsets(column, low, high)
        said = cell_texts(some, int(j))
        lost = np.isnan(shade)
        for at in (np.flatnonzero(lost), np.flatnonzero(~lost)):
            if not len(at):
                continue
            marker: dict[str, Any] = {"size": 6, "opacity": 0.8, "color": MISSING}
            if not lost[at[0]]:
                marker.update(color=shade[at], colorscale=RAMP, cmin=0, cmax=1)
                if not explained:
                    marker["colorbar"] = low_to_high("feature value")
                    explained = True
            add_points(
                fig,
                values.size,
                x=column[at],
                y=offsets[at] - position,
                name=as_written(names[position]),
                marker=marker,
                customdata=custom(
                    [as_written(names[position])] * len(at),
                    [said[i] for i in at],
                    [labels[i] for i in at],
                    [signed(column[i]) for i in at],
                ),
                hovertemplate=_HOVER,
            )
    return fig


def has_order(column: ColumnSchema) -> bool:
    """Whether low and high mean something; they do not for levels in alphabetical order."""
    return not column.is_discrete or column.ordered or column.kind == "boolean"


def shading(explanation: Explanation, feature: int, rows: np.ndarray) -> np.ndarray:
    """0..1 from low to high values, ranked among all rows; NaN for the missing and for unordered levels."""
    if not has_order(explanation.data.schema.columns[feature]):
        return np.full(len(rows), np.nan)
    return np.asarray(rank_scaled(explanation.data.column_codes(feature))[rows])


def _extent(values: np.ndarray) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else (-1.0, 1.0)
