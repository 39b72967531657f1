"""The same rows, explained twice: whose prediction changed, and which feature did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .matching import Matched

if TYPE_CHECKING:
    import pandas as pd

    from interpret_widget.explanation import Explanation


def changed_rows(first: Explanation, second: Explanation, matched: Matched) -> pd.DataFrame:
    """One line per row, the largest change first.

    Returns
    -------
    DataFrame
        Indexed by the row's label: ``before``, ``after`` (class, or prediction), ``flipped`` (bool, classes
        only), ``change`` of the prediction of the output that moved most, that ``output``, and the
        ``feature`` whose contribution to it changed most, with its ``contribution_change``.
    """
    import pandas as pd

    here, there = matched.first_rows, matched.second_rows
    one, two = _predictions(first)[here], _predictions(second)[there]
    moves = two[:, matched.second_outputs] - one[:, matched.first_outputs]
    output = np.abs(moves).argmax(axis=1)
    # Of two classes one moves as the other does the opposite: the positive one speaks.
    if first.task == "binary" and len(matched.outputs) == 2:
        output = np.full(len(here), 1)
    rows = np.arange(len(here))
    values = (
        second.values[there][:, matched.second_features][:, :, matched.second_outputs]
        - first.values[here][:, matched.first_features][:, :, matched.first_outputs]
    )[rows, :, output]
    strongest = np.abs(np.nan_to_num(values)).argmax(axis=1)
    frame = pd.DataFrame(index=pd.Index(first.data.labels(here), name="row"))
    if first.task == "regression":
        frame["before"], frame["after"] = (
            one[rows, matched.first_outputs[output]],
            (two[rows, matched.second_outputs[output]]),
        )
    else:
        before = [first.output_names[at] for at in one.argmax(axis=1)]
        after = [second.output_names[at] for at in two.argmax(axis=1)]
        frame["before"], frame["after"] = before, after
        frame["flipped"] = frame["before"] != frame["after"]
    frame["output"] = [matched.outputs[at] for at in output]
    frame["change"] = moves[rows, output]
    frame["feature"] = [matched.features[at] for at in strongest]
    frame["contribution_change"] = values[rows, strongest]
    order = np.argsort(-np.abs(frame["change"].to_numpy()), kind="stable")
    if "flipped" in frame:
        order = order[np.argsort(~frame["flipped"].to_numpy()[order], kind="stable")]
    ordered: pd.DataFrame = frame.iloc[order]
    return ordered


def _predictions(explanation: Explanation) -> np.ndarray:
    """What people read, where it is known; else what the values add up to."""
    for known in (explanation.probabilities, explanation.predictions):
        if known is not None:
            return known
    return explanation.totals()
