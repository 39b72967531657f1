"""Findings in sentences for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .result import Comparison

_MOST_NAMED = 3
_MANY = 0.05  # of rows


def findings(found: Comparison) -> list[str]:
    """Sentences, the most important first."""
    about = found.of()
    before, after = found.names
    said = []
    if found.rows is not None:
        said.append(_on_rows(found))
    named = found.drifted[:_MOST_NAMED]
    if named:
        more = len(found.drifted) - len(named)
        others = f" and {more} more" if more > 0 else ""
        said.append(f"From {before} to {after} the contributions of {', '.join(named)}{others} drifted.")
    else:
        said.append(f"From {before} to {after} no feature's contributions have clearly drifted.")
    said.append(
        f"{about.moved:.1%} of the importance moved to other features; "
        f"their order agrees by {about.ndcg:.2f} (NDCG)."
    )
    if about.separability is not None:
        each = about.separability
        told = "can be told apart" if each.p_value < 0.05 else "cannot be told apart"
        said.append(f"The rows of {before} and {after} {told} by their explanations (AUC {each.auc:.2f}).")
    here = found.features[found.features["output"] == found.default_output]
    changed = here[here["remarks"] != ""]
    for _, line in changed.head(_MOST_NAMED).iterrows():
        said.append(f"{line['feature']}: {line['remarks']}.")
    for names, side in zip(found.left_out, found.names, strict=True):
        if names:
            said.append(f"Only {side}: {', '.join(names[:_MOST_NAMED])}{', …' if len(names) > 3 else ''}.")
    return said


def _on_rows(found: Comparison) -> str:
    assert found.rows is not None
    n = len(found.rows)
    if found.flipped is None:
        largest = float(found.rows["change"].abs().max())
        return f"The same {n:,} rows; the largest change of a prediction is {largest:.4g}."
    flips = int(found.rows["flipped"].sum())
    if not flips:
        return f"The same {n:,} rows; none has another predicted class."
    warning = "" if found.flipped < _MANY else ", many"
    return f"{flips:,} of the same {n:,} rows have another predicted class ({found.flipped:.1%}{warning})."
