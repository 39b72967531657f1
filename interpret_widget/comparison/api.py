"""The one function that compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interpret_widget.errors import InvalidInputError

from .columns import change_of
from .drifting import adjusted, two_samples
from .matching import Matched, match
from .ranks import moved_share, ndcg, positions, shares
from .result import Comparison, Summary
from .rows import changed_rows
from .separable import separability

if TYPE_CHECKING:
    import pandas as pd

    from interpret_widget.explanation import Explanation

_SIGNIFICANT = 0.05
_LEAST_SHARE = 0.01  # of all importance; with many rows the tiniest difference is significant


def compare(
    before: Explanation,
    after: Explanation,
    *,
    names: tuple[str, str] = ("before", "after"),
    random_state: int = 0,
) -> Comparison:
    """Compare two explanations: of training and live data, or of two models on the same rows.

    Parameters
    ----------
    before, after : Explanation
        Features and outputs are matched by name; rows are the same where label and values are.
    names : (str, str)
        What the two are called in tables and figures.
    random_state : int
        Seed of the two-sample test.

    Returns
    -------
    Comparison

    Raises
    ------
    InvalidInputError
        Nothing to compare: other units, other levels, no common feature.

    Notes
    -----
    For each output and feature: importance then and now; the Wasserstein distance between the contributions,
    as a share of all importance then; the p-value of a Kolmogorov-Smirnov test of them, adjusted for the
    number of features (Benjamini and Hochberg 1995); and what is new in the column itself. A feature has
    drifted where the test says so and the distance is 1 % of all importance or more.

    Examples
    --------
    >>> from interpret_widget import Explanation
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> train = Explanation.from_values(rng.normal(size=(200, 2)), feature_names=["a", "b"])
    >>> live = Explanation.from_values(rng.normal(size=(200, 2)) * [1, 3], feature_names=["a", "b"])
    >>> compare(train, live).drifted
    ['b']
    """
    for argument, given in (("before", before), ("after", after)):
        if type(given).__name__ != "Explanation":
            raise InvalidInputError(
                f"{argument} is a {type(given).__name__}; give an Explanation, such as Explanation.load(path)"
            )
    if len(names) != 2 or names[0] == names[1]:
        raise InvalidInputError(f"names={names!r}; give two different names, such as ('train', 'live')")
    matched = match(before, after)
    is_binary = before.task == "binary" and len(matched.outputs) == 2
    return Comparison(
        names=(str(names[0]), str(names[1])),
        features=_features(before, after, matched),
        outputs=_outputs(before, after, matched, random_state),
        rows=changed_rows(before, after, matched) if matched.is_paired else None,
        n_rows=(before.n_rows, after.n_rows),
        unit=after.unit,
        default_output=matched.outputs[-1 if is_binary else 0],
        is_binary=is_binary,
        left_out=(
            tuple(name for name in before.feature_names if name not in matched.features),
            tuple(name for name in after.feature_names if name not in matched.features),
        ),
        after=after,
    )


def _features(before: Explanation, after: Explanation, matched: Matched) -> pd.DataFrame:
    import pandas as pd

    changes = [
        change_of(before.data, int(j), after.data, int(k))
        for j, k in zip(matched.first_features, matched.second_features, strict=True)
    ]
    parts = []
    for name, one, two in zip(matched.outputs, matched.first_outputs, matched.second_outputs, strict=True):
        importance = before.importance[one, matched.first_features]
        now = after.importance[two, matched.second_features]
        found = np.array(
            [
                two_samples(
                    np.asarray(before.values[:, j, one], dtype=np.float64),
                    np.asarray(after.values[:, k, two], dtype=np.float64),
                )
                for j, k in zip(matched.first_features, matched.second_features, strict=True)
            ]
        )
        total = float(np.nansum(importance)) or 1.0
        p_value, moved = adjusted(found[:, 1]), found[:, 0] / total
        part = pd.DataFrame(
            {
                "output": name,
                "feature": matched.features,
                "importance_before": importance,
                "importance_after": now,
                "share_before": shares(importance),
                "share_after": shares(now),
                "rank_before": positions(importance),
                "rank_after": positions(now),
                "distance": found[:, 0],
                "moved": moved,
                "p_value": p_value,
                "drifted": (p_value < _SIGNIFICANT) & (moved >= _LEAST_SHARE),
                "psi": [change.psi for change in changes],
                "new_categories": [change.new_categories for change in changes],
                "new_share": [change.new_share for change in changes],
                "outside_range": [change.outside_range for change in changes],
                "missing_before": [change.missing_before for change in changes],
                "missing_after": [change.missing_after for change in changes],
                "remarks": [change.words() for change in changes],
            }
        )
        parts.append(part.sort_values("moved", ascending=False, kind="stable"))
    frame: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return frame


def _outputs(
    before: Explanation, after: Explanation, matched: Matched, random_state: int
) -> tuple[Summary, ...]:
    found = []
    for name, one, two in zip(matched.outputs, matched.first_outputs, matched.second_outputs, strict=True):
        importance = before.importance[one, matched.first_features]
        now = after.importance[two, matched.second_features]
        separable = None
        if not matched.is_paired:
            separable = separability(
                np.asarray(before.values[:, matched.first_features, one], dtype=np.float64),
                np.asarray(after.values[:, matched.second_features, two], dtype=np.float64),
                random_state,
            )
        found.append(
            Summary(
                output=name,
                base_before=float(before.base_values[one]),
                base_after=float(after.base_values[two]),
                mean_before=float(np.nanmean(before.totals()[:, one])),
                mean_after=float(np.nanmean(after.totals()[:, two])),
                moved=moved_share(importance, now),
                ndcg=ndcg(importance, now),
                separability=separable,
            )
        )
    return tuple(found)
