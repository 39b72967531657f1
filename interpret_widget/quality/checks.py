"""Everything that is known about how true an explanation is, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError
from interpret_widget.explainers.base import Cancel, Progress

from .faithfulness import faithfulness
from .stability import stability, told_apart

if TYPE_CHECKING:
    import pandas as pd

    from interpret_widget.explanation import Explanation

_COLUMNS = ("check", "figure", "verdict", "words")
_UNKNOWN = "not measured"


def quality(
    explanation: Explanation,
    model: Any = None,
    *,
    background: Any = None,
    output: str | int | None = None,
    k: int = 5,
    n_resamples: int = 200,
    random_state: int = 0,
    progress: Progress | None = None,
    cancel: Cancel = None,
) -> pd.DataFrame:
    """See `Explanation.quality`."""
    import pandas as pd

    for name, number in (("k", k), ("n_resamples", n_resamples)):
        whole_number(name, number)
    if explanation.n_rows == 0:
        raise InvalidInputError("the explanation has no rows; explain some")
    at = explanation.output_position(output)
    top = min(int(k), explanation.n_features)
    lines = [
        _additivity(explanation),
        _route(explanation),
        _convergence(explanation, at),
        _fidelity(explanation),
        *_stable(explanation, at, top, int(n_resamples), random_state),
        _ties(explanation, at, top),
        _faithful(explanation, model, background, at, random_state, progress, cancel),
        ("output space", np.nan, "", f"{explanation.unit}, for {explanation.output_names[at]}"),
        ("background", np.nan, "", explanation.background or "unknown"),
    ]
    frame: pd.DataFrame = pd.DataFrame(lines, columns=list(_COLUMNS)).set_index("check")
    return frame


_Line = tuple[str, float, str, str]


def _additivity(explanation: Explanation) -> _Line:
    residual = explanation.residual
    if residual is None:
        why = "features were left out" if not explanation.complete else "predictions are unknown"
        return ("additivity", np.nan, _UNKNOWN, f"{why}, so sums cannot be checked")
    known = explanation.predictions
    scale = max(1e-12, float(np.nanmax(np.abs(known), initial=0.0))) if known is not None else 1.0
    share = residual / scale
    verdict = "good" if share < 1e-6 else "fair" if share < 1e-2 else "poor"
    return (
        "additivity",
        residual,
        verdict,
        f"base value plus contributions miss the prediction by at most {residual:.2g} {explanation.unit}",
    )


def _route(explanation: Explanation) -> _Line:
    if explanation.exact:
        return ("route", np.nan, "good", f"exact by {explanation.method}")
    return ("route", np.nan, "fair", f"estimated by {explanation.method}: {explanation.reason}".rstrip(": "))


def _convergence(explanation: Explanation, output: int) -> _Line:
    if explanation.exact:
        return ("convergence", 0.0, "good", "nothing is estimated")
    if explanation.std_errors is None:
        return ("convergence", np.nan, _UNKNOWN, "the values have no standard errors")
    errors = explanation.std_errors[:, :, output].astype(np.float64)
    values = explanation.values[:, :, output].astype(np.float64)
    signal = float(np.sqrt(np.nanmean(values**2)))
    share = float(np.sqrt(np.nanmean(errors**2))) / signal if signal > 0 else np.nan
    verdict = "good" if share < 0.05 else "fair" if share < 0.2 else "poor"
    return (
        "convergence",
        share,
        verdict,
        f"a standard error is {share:.1%} of a contribution, {float(np.nanmax(errors)):.2g} at most; "
        "a larger max_evals makes it smaller",
    )


def _fidelity(explanation: Explanation) -> _Line:
    found = explanation.fidelity
    if found is None:
        return ("fidelity", np.nan, "good" if explanation.exact else "", "the model itself is explained")
    verdict = "poor" if found.is_low else "good" if found.r2 > 0.95 else "fair"
    return ("fidelity", found.r2, verdict, f"a {found.surrogate} stands for the model: {found}")


def _stable(
    explanation: Explanation, output: int, k: int, n_resamples: int, random_state: int
) -> list[_Line]:
    if explanation.n_rows < 2:
        return [("stability", np.nan, _UNKNOWN, "one row cannot be resampled")]
    found = stability(explanation, output, k, n_resamples, random_state)
    verdict = "good" if found.same_set > 0.9 else "fair" if found.overlap > 0.7 else "poor"
    return [
        (
            "stability",
            found.same_set,
            verdict,
            f"the {k} strongest features are the same in {found.same_set:.0%} of {n_resamples} resamples of "
            f"the rows, and share {found.overlap:.0%} on average",
        ),
        ("ranking", found.tau, "", "Kendall τ of the whole ranking under the same resampling"),
    ]


def _ties(explanation: Explanation, output: int, k: int) -> _Line:
    from interpret_widget.explanation.summary import ranking

    order = ranking(explanation.importance[output])[: k + 1]
    clear = told_apart(explanation, output, order)
    pairs = [
        f"{explanation.feature_names[one]} and {explanation.feature_names[two]}"
        for one, two, apart in zip(order[:-1], order[1:], clear, strict=True)
        if not apart
    ]
    if not pairs:
        return ("ties", 0.0, "good", f"the order of the {min(k, len(order))} strongest is clear at 95 %")
    return ("ties", float(len(pairs)), "fair", f"order not clear at 95 %: {'; '.join(pairs)}")


def _faithful(
    explanation: Explanation,
    model: Any,
    background: Any,
    output: int,
    random_state: int,
    progress: Progress | None,
    cancel: Cancel,
) -> _Line:
    if model is None and explanation.explainer is None:
        return ("faithfulness", np.nan, _UNKNOWN, "needs the model: quality(model)")
    if not explanation.is_raw:
        return ("faithfulness", np.nan, _UNKNOWN, "no model can be asked about engineered columns")
    try:
        found = faithfulness(
            explanation,
            model,
            background,
            output=output,
            random_state=random_state,
            progress=progress,
            cancel=cancel,
        )
    except InvalidInputError as error:
        return ("faithfulness", np.nan, _UNKNOWN, str(error))
    verdict = "good" if found.score > 0.4 else "fair" if found.score > 0.15 else "poor"
    return (
        "faithfulness",
        found.score,
        verdict,
        "how much sooner than at random predictions change when a row's strongest features are taken away",
    )
