"""What viewers without widgets show of a dashboard: a table that is legible without styles and scripts."""

from __future__ import annotations

import math
import re
from html import escape
from typing import TYPE_CHECKING

from interpret_widget.explanation.describe import how_true
from interpret_widget.explanation.summary import ranking
from interpret_widget.tabular.text import number_text

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

_LONGEST_NAME = 80
_LONGEST_NOTE = 300
_NOTES_SHOWN = 3
_OUTPUTS_SHOWN = 4
#: Bytes of the table at which further features are only counted: all of it stays below 60 KB.
_MOST_BYTES = 45_000
#: Characters of the longest bar.
_BAR = 24
_EIGHTHS = " ▏▎▍▌▋▊▉"
#: Characters that HTML does not allow; whitespace is shown as a space anyway.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")

_LEFT = "text-align:left;padding:2px 12px 2px 0"
_RIGHT = "text-align:right;padding:2px 12px 2px 0;white-space:nowrap"
_BLOCKS = "color:#2f6fde;font-family:monospace;white-space:pre;line-height:1"


def fallback_html(explanation: Explanation, *, title: str, output: int, top_k: int = 12) -> str:
    """The strongest features of one output as plain HTML.

    GitHub and other viewers take styles away, so the bars are characters and every number is text.

    Parameters
    ----------
    explanation : Explanation
        What the dashboard shows.
    title : str
        The heading.
    output : int
        Position of the output.
    top_k : int
        Features shown; fewer where their names would take more than 60 KB.

    Returns
    -------
    str
        At most 60 KB; all names are escaped, long ones cut.
    """
    mean, error = explanation.importance[output], explanation.importance_error[output]
    order = ranking(mean)[:top_k]
    estimated = explanation.std_errors is not None
    longest = max((float(mean[j]) for j in order if math.isfinite(mean[j])), default=0.0)
    lines: list[str] = []
    size = 0
    for rank, j in enumerate(order, 1):
        around = f" ± {_number(1.96 * float(error[j]))}" if estimated and math.isfinite(error[j]) else ""
        share = float(mean[j]) / longest if longest > 0 and math.isfinite(mean[j]) else 0.0
        line = (
            f'<tr><td style="{_RIGHT}">{rank}</td>'
            f'<td style="{_LEFT}">{_text(explanation.feature_names[j])}</td>'
            f'<td style="{_RIGHT}">{_number(float(mean[j]))}{around}</td>'
            f'<td style="{_LEFT}"><span aria-hidden="true" style="{_BLOCKS}">{bar(share)}</span></td></tr>'
        )
        size += len(line.encode())
        if size > _MOST_BYTES:
            break
        lines.append(line)
    rest = explanation.n_features - len(lines)
    more = f"<p>and {_count(rest, 'weaker feature')}</p>" if rest else ""
    return (
        f"<div><h3>{_text(title, 200)}</h3><p>{_text(_size_and_truth(explanation), 200)}</p>"
        f"<p>{_what(explanation, output)}</p>"
        f'<table><thead><tr><th style="{_RIGHT}">rank</th><th style="{_LEFT}">feature</th>'
        f'<th style="{_RIGHT}">mean |contribution|{" ± 95 %" if estimated else ""}</th><th></th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>{more}{_notes(explanation.notes)}"
        "<p><em>This is a summary. Run the cell in JupyterLab, Notebook 7 or marimo, with interpret-widget "
        "installed, to get the live dashboard.</em></p></div>"
    )


def bar(share: float, width: int = _BAR) -> str:
    """A bar of block characters, to an eighth of a character.

    >>> bar(1.0, 4), bar(0.5, 4), bar(0.59375, 4), bar(0.0, 4)
    ('████', '██', '██▍', '')
    """
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    if share > 0:
        eighths = max(1, eighths)
    whole, part = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[part] if part else "")


def _size_and_truth(explanation: Explanation) -> str:
    level = "" if explanation.is_raw else "engineered "
    return (
        f"{_count(explanation.n_rows, 'row')} × {_count(explanation.n_features, f'{level}feature')} · "
        f"{how_true(explanation)}"
    )


def _what(explanation: Explanation, output: int) -> str:
    """Which output it is, and in what unit."""
    names = explanation.output_names
    said = f"What matters for <strong>{_text(names[output])}</strong> ({_text(explanation.unit)})"
    if len(names) == 1:
        return said
    kind = "outputs" if explanation.task == "regression" else "classes"
    listed = ", ".join(_text(name, 40) for name in names[:_OUTPUTS_SHOWN])
    more = len(names) - _OUTPUTS_SHOWN
    return f"{said}, one of {len(names):,} {kind}: {listed}" + (f" and {more:,} more" if more > 0 else "")


def _notes(notes: tuple[str, ...]) -> str:
    shown = "".join(f"<p>{_text(note, _LONGEST_NOTE)}</p>" for note in notes[:_NOTES_SHOWN])
    more = len(notes) - _NOTES_SHOWN
    return shown + (f"<p>and {_count(more, 'more note')}</p>" if more > 0 else "")


def _text(text: str, longest: int = _LONGEST_NAME) -> str:
    plain = _FORBIDDEN.sub(" ", str(text))
    return escape(plain if len(plain) <= longest else plain[: longest - 1] + "…")


def _count(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def _number(value: float) -> str:
    """Four significant digits; beyond 1,000 whole numbers."""
    if math.isnan(value):
        return "unknown"
    if 1_000 <= value < 1e15:
        return f"{value:,.0f}"
    return number_text(float(f"{value:.4g}"))
