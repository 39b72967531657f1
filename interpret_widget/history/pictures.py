"""Pictures for MLflow's own pages, so that a run shows its explanation without this package.

Drawn by Matplotlib, which MLflow itself depends on. Plotly's PNG need kaleido and a browser, which machines
that train often lack.
"""

from __future__ import annotations

import warnings
from errno import ENOSPC
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.explanation.summary import ranking
from interpret_widget.plots.beeswarm_chart import shading
from interpret_widget.plots.labels import apart, of_rows, shortened, top_of, with_unit
from interpret_widget.plots.style import ACCENT, MISSING, RAMP, route, sample
from interpret_widget.plots.swarm import swarm_offsets

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

_TOP = 20
_POINTS = 2000


def draw_all(explanation: Explanation, folder: Path) -> None:
    """Write two PNG and the dashboard as HTML; warn of what could not be made, and why."""
    for name, draw in (
        ("global_bar.png", _global_bar),
        ("beeswarm.png", _beeswarm),
        ("dashboard.html", _dashboard),
    ):
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Glyph .* missing from font")
                draw(explanation, folder / name)
        except Exception as error:  # the numbers matter more than a picture of them
            if isinstance(error, OSError) and error.errno == ENOSPC:
                raise  # half a picture is there, and no room for what comes next
            (folder / name).unlink(missing_ok=True)
            warnings.warn(
                f"{name} is left out of the run ({type(error).__name__}: {error}); the explanation is kept",
                stacklevel=4,
            )


def _dashboard(explanation: Explanation, file: Path) -> None:
    board = explanation.dashboard()
    try:
        board.save_html(file)
    finally:
        board.close()


def _global_bar(explanation: Explanation, file: Path) -> None:
    output = explanation.default_output
    mean, error = explanation.importance[output], explanation.importance_error[output]
    order = ranking(mean)[:_TOP]
    figure, axes = _canvas(
        explanation,
        order,
        f"What matters for {_short(explanation.output_names[output])}",
        f"{top_of(len(order), explanation)}, {explanation.n_rows:,} rows, {route(explanation)}",
    )
    reach = 1.96 * np.nan_to_num(error[order]) if explanation.std_errors is not None else None
    axes.barh(-np.arange(len(order)), np.nan_to_num(mean[order]), 0.62, xerr=reach, color=ACCENT)
    said = "mean |contribution|" + ("" if reach is None else " ± 95 %")
    axes.set_xlabel(with_unit(said, explanation.unit), parse_math=False)
    figure.savefig(file)


def _beeswarm(explanation: Explanation, file: Path) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    output = explanation.default_output
    order = ranking(explanation.importance[output])[:_TOP]
    rows = sample(explanation.n_rows, _POINTS)
    values = np.asarray(explanation.values[rows[:, None], order, output], dtype=np.float64)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (-1.0, 1.0)
    name = _short(explanation.output_names[output])
    figure, axes = _canvas(
        explanation,
        order,
        f"Contributions to {name}",
        f"{top_of(len(order), explanation)}, {of_rows(len(rows), explanation.n_rows)}, {route(explanation)}",
    )
    ramp: Any = [(at, [int(c) / 255 for c in str(rgb)[4:-1].split(",")]) for at, rgb in RAMP]
    colors = LinearSegmentedColormap.from_list("low to high", ramp)
    axes.axvline(0, color=MISSING, linewidth=0.8)
    drawn: Any = None
    for line, j in enumerate(order):
        at = swarm_offsets(values[:, line], low, high) - line
        of = shading(explanation, int(j), rows)
        lost = np.isnan(of)
        axes.scatter(values[lost, line], at[lost], s=9, color=MISSING, linewidths=0)
        if not lost.all():
            drawn = axes.scatter(
                values[~lost, line], at[~lost], s=9, c=of[~lost], cmap=colors, vmin=0, vmax=1, linewidths=0
            )
    if drawn is not None:
        bar = figure.colorbar(drawn, ax=axes, ticks=[0, 1], aspect=40)
        bar.ax.set_yticklabels(["low", "high"])
        bar.set_label("feature value (grey: missing, or without an order)")
    axes.set_xlabel(with_unit(f"contribution to {name}", explanation.unit), parse_math=False)
    figure.savefig(file)


def _short(name: str) -> str:
    # Labels are written for plotly, which reads HTML; Matplotlib takes them as they are.
    return unescape(shortened(name))


def _canvas(explanation: Explanation, order: np.ndarray, title: str, subtitle: str) -> tuple[Any, Any]:
    """A figure with one line per feature; not through pyplot, whose state is the user's."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1.6 + 0.32 * len(order)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    # Names are text, also those with a dollar.
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, parse_math=False)
    axes.set_title(subtitle, loc="left", fontsize=9, color="#5b6472", parse_math=False)
    names = [unescape(name) for name in apart([explanation.feature_names[j] for j in order])]
    axes.set_yticks(-np.arange(len(order)), names)
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.set_ylim(-len(order) + 0.4, 0.6)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure, axes
