"""How far two explanations of the same rows agree.

Krishna, Han, Gu, Wu, Jabbari and Lakkaraju, "The disagreement problem in explainable machine learning"
(2022).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interpret_widget.arguments import whole_number
from interpret_widget.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd

    from interpret_widget.explanation import Explanation

_ROWS_AT_A_TIME = 4_096


def agreement(one: Explanation, other: Explanation, *, k: int = 5) -> pd.DataFrame:
    """Compare two explanations feature by feature.

    Parameters
    ----------
    one, other : Explanation
        Of the same rows in the same order; features and outputs are matched by name.
    k : int
        Features at the top that are looked at.

    Returns
    -------
    DataFrame
        One line per output and scope, ``"global"`` or ``"rows"`` (mean over rows): ``top_k_overlap`` (share
        of the k strongest that both name), ``rank_agreement`` (share of the k with the same rank),
        ``sign_agreement`` (share of the k that both name, with the same sign), ``signed_rank_agreement``
        (both), ``spearman``, ``kendall`` (τ-b) and ``weighted_tau`` of magnitudes, ``correlation`` (rows) and
        ``cosine`` of values. The sign of a global importance is that of the mean contribution; NaN where
        nothing varies.

    Raises
    ------
    InvalidInputError
        Other rows, other units, fewer than two features in common.

    Examples
    --------
    >>> from interpret_widget import Explanation
    >>> import numpy as np
    >>> values = np.array([[3.0, 2.0, 1.0], [-3.0, 2.0, 1.0]])
    >>> one = Explanation.from_values(values)
    >>> frame = agreement(one, Explanation.from_values(values * [1, -1, 1]), k=2)
    >>> frame.loc[frame["scope"] == "rows", ["top_k_overlap", "sign_agreement"]].values.tolist()
    [[1.0, 0.5]]
    """
    import pandas as pd

    names, first, second, outputs = _matched(one, other)
    top = min(whole_number("k", k), len(names))
    lines = []
    for name, here, there in outputs:
        a = np.asarray(one.values[:, first, here], dtype=np.float64)
        b = np.asarray(other.values[:, second, there], dtype=np.float64)
        globally = [np.nanmean(np.abs(each), axis=0) for each in (a, b)]
        signs = [np.sign(np.nanmean(each, axis=0)) for each in (a, b)]
        lines.append(
            {
                "output": name,
                "scope": "global",
                **_tops(globally[0][None], globally[1][None], signs[0][None], signs[1][None], top),
                **_ranks(globally[0], globally[1]),
                "correlation": np.nan,
                "cosine": float(_cosine(globally[0][None], globally[1][None])[0]),
            }
        )
        lines.append({"output": name, "scope": "rows", **_over_rows(a, b, top)})
    frame: pd.DataFrame = pd.DataFrame(lines)
    return frame


def _over_rows(a: np.ndarray, b: np.ndarray, top: int) -> dict[str, float]:
    parts = []
    for start in range(0, len(a), _ROWS_AT_A_TIME):
        one, two = (np.nan_to_num(each[start : start + _ROWS_AT_A_TIME]) for each in (a, b))
        found = _tops(np.abs(one), np.abs(two), np.sign(one), np.sign(two), top)
        spearman = _correlation(_ranked(np.abs(one)), _ranked(np.abs(two)))
        each = {
            "spearman": _mean(spearman),
            "correlation": _mean(_correlation(one, two)),
            "cosine": _mean(_cosine(one, two)),
        }
        parts.append((len(one), {**found, **each}))
    keys = parts[0][1]
    sizes = np.array([size for size, _ in parts], dtype=np.float64)
    return {key: float(np.average([part[key] for _, part in parts], weights=sizes)) for key in keys}


def _tops(a: np.ndarray, b: np.ndarray, sign_a: np.ndarray, sign_b: np.ndarray, top: int) -> dict[str, float]:
    """Agreement of the strongest features, mean over rows (n_rows, n_features)."""
    order_a = np.argsort(-a, axis=1, kind="stable")[:, :top]
    order_b = np.argsort(-b, axis=1, kind="stable")[:, :top]
    inside = np.zeros(a.shape, dtype=bool)
    np.put_along_axis(inside, order_b, True, axis=1)
    both = np.take_along_axis(inside, order_a, axis=1)
    same_sign = np.take_along_axis(sign_a == sign_b, order_a, axis=1)
    same_rank = order_a == order_b
    return {
        "top_k_overlap": float(both.mean()),
        "rank_agreement": float(same_rank.mean()),
        "sign_agreement": float((both & same_sign).mean()),
        "signed_rank_agreement": float((same_rank & same_sign).mean()),
    }


def _ranks(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    from scipy.stats import kendalltau, spearmanr, weightedtau

    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return {"spearman": np.nan, "kendall": np.nan, "weighted_tau": np.nan}
    return {
        "spearman": float(spearmanr(a, b).statistic),
        "kendall": float(kendalltau(a, b).statistic),
        "weighted_tau": float(weightedtau(a, b).statistic),
    }


def _ranked(values: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=1))


def _correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _cosine(a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True))


def _cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    above = (a * b).sum(axis=1)
    below = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def _matched(
    one: Explanation, other: Explanation
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, list[tuple[str, int, int]]]:
    for argument, given in (("one", one), ("other", other)):
        if type(given).__name__ != "Explanation":
            raise InvalidInputError(f"{argument} is a {type(given).__name__}; give an Explanation")
    if one.n_rows != other.n_rows or one.n_rows == 0:
        raise InvalidInputError(
            f"one has {one.n_rows} rows and other {other.n_rows}; explain the same rows twice"
        )
    if one.is_raw != other.is_raw:
        raise InvalidInputError(
            "one is on raw columns and the other on engineered ones; compare the same level"
        )
    if one.data.labels() != other.data.labels():
        raise InvalidInputError("the rows have other labels; explain the same rows in the same order")
    names = tuple(name for name in one.feature_names if name in set(other.feature_names))
    if len(names) < 2:
        raise InvalidInputError(f"the explanations have {len(names)} features in common; two are needed")
    if one.n_outputs == other.n_outputs == 1:
        outputs = [(one.output_names[0], 0, 0)]
    else:
        outputs = [
            (name, at, other.output_names.index(name))
            for at, name in enumerate(one.output_names)
            if name in other.output_names
        ]
    if not outputs:
        raise InvalidInputError(
            "the explanations have no output in common: "
            f"{one.output_names[:5]} against {other.output_names[:5]}"
        )
    first = np.array([one.feature_names.index(name) for name in names])
    second = np.array([other.feature_names.index(name) for name in names])
    return names, first, second, outputs
