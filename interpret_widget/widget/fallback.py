"""What viewers without widgets show: GitHub, nbconvert, a notebook reopened without its state.

A plain table, because such viewers strip scripts, styles and inline SVG; bars are characters.
"""

from __future__ import annotations

from html import escape

import numpy as np

from interpret_widget.explanation import Explanation
from interpret_widget.explanation.describe import how_true
from interpret_widget.explanation.summary import ranking

_LONGEST_NAME = 60
_BAR_CELLS = 16
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def fallback_html(explanation: Explanation, *, title: str, output: int, top_k: int = 12) -> str:
    """The strongest features of one output as a table; all text is escaped, a few kilobytes at any size.

    Parameters
    ----------
    explanation : Explanation
    title : str
        Heading.
    output : int
        Position of the output shown.
    top_k : int
        Features shown; the rest is counted.
    """
    mean, error = explanation.importance[output], explanation.importance_error[output]
    order = [int(j) for j in ranking(mean)[:top_k]]
    longest = float(np.nanmax(mean, initial=0.0))
    lines = "".join(
        f"<tr><td>{_short(explanation.feature_names[j])}</td>"
        f"<td><code>{_bar(mean[j], longest)}</code></td>"
        f"<td>{_with_error(mean[j], error[j])}</td></tr>"
        for j in order
    )
    rest = explanation.n_features - len(order)
    more = f"<p>and {rest:,} more feature{'s' if rest > 1 else ''}</p>" if rest > 0 else ""
    what = explanation.unit
    if explanation.task != "regression":
        what = f"{what} of {explanation.output_names[output]}"
    elif explanation.n_outputs > 1:
        what = explanation.output_names[output]
    size = f"{explanation.n_rows:,} rows × {explanation.n_features:,} features"
    return (
        f"<h4>{escape(_cut(title))}</h4>"
        f"<p>{size} · {escape(how_true(explanation))}</p>"
        "<table><thead><tr><th>feature</th><th></th>"
        f"<th>mean |contribution| to {_short(what)}</th></tr></thead>"
        f"<tbody>{lines}</tbody></table>{more}"
        "<p><em>Run the cell in JupyterLab, Notebook 7 or marimo for the live dashboard.</em></p>"
    )


def _with_error(mean: float, error: float) -> str:
    if np.isnan(mean):
        return "unknown"
    return f"{mean:.3g}" if np.isnan(error) else f"{mean:.3g} ± {1.96 * error:.1g}"


def _bar(value: float, longest: float) -> str:
    """Eighths of a character are enough to compare by."""
    if not longest > 0 or np.isnan(value):
        return ""
    eighths = round(8 * _BAR_CELLS * float(value) / longest)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _short(text: str) -> str:
    shown = escape(_cut(text))
    return shown if len(text) <= _LONGEST_NAME else f'<span title="{escape(text[:200])}">{shown}</span>'


def _cut(text: str) -> str:
    """The middle goes: names differ at their ends."""
    if len(text) <= _LONGEST_NAME:
        return text
    return f"{text[: _LONGEST_NAME - 20]}…{text[-19:]}"
