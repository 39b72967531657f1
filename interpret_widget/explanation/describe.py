"""An explanation in one line, and as a plain table that any viewer shows."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .summary import ranking

if TYPE_CHECKING:
    from .explanation import Explanation

_OUTPUTS_SHOWN = 4
_FEATURES_SHOWN = 10


def one_line(explanation: Explanation) -> str:
    """Size, outputs, space, route and residual."""
    level = "" if explanation.is_raw else "engineered "
    names = ", ".join(explanation.output_names[:_OUTPUTS_SHOWN])
    more = explanation.n_outputs - _OUTPUTS_SHOWN
    names += f" and {more} more" if more > 0 else ""
    return (
        f"Explanation({explanation.n_rows:,} rows × {explanation.n_features:,} {level}features "
        f"→ {names}; {explanation.unit}; {how_true(explanation)})"
    )


def how_true(explanation: Explanation) -> str:
    """``"exact by tree, residual 3.1e-15"``."""
    text = f"{'exact' if explanation.exact else 'estimated'} by {explanation.method}"
    if explanation.fidelity is not None:
        text = f"{text} of a {explanation.fidelity.surrogate}, {explanation.fidelity}"
    if explanation.method == "given":
        text = f"values given{' as exact' if explanation.exact else ''}"
    if not explanation.complete:
        return f"{text}, not all features"
    return f"{text}, residual {'unknown' if explanation.residual is None else f'{explanation.residual:.2g}'}"


def html_table(explanation: Explanation) -> str:
    """The strongest features as a table without scripts or styles of its own; all text is escaped."""
    output = explanation.default_output
    mean, error = explanation.importance[output], explanation.importance_error[output]
    order = ranking(mean)[:_FEATURES_SHOWN]
    estimated = explanation.std_errors is not None
    lines = "".join(
        f"<tr><td>{escape(explanation.feature_names[j])}</td><td>{mean[j]:.4g}"
        f"{f' ± {1.96 * error[j]:.2g}' if estimated else ''}</td></tr>"
        for j in order
    )
    rest = explanation.n_features - len(order)
    more = f"<p>and {rest:,} more features</p>" if rest > 0 else ""
    notes = "".join(f"<p>{escape(note)}</p>" for note in explanation.notes)
    head = f"mean |contribution| to {explanation.output_names[output]} ({explanation.unit})"
    return (
        f"<div><p>{escape(one_line(explanation))}</p><table><thead><tr><th>feature</th>"
        f"<th>{escape(head)}</th></tr></thead><tbody>{lines}</tbody></table>{more}{notes}</div>"
    )
