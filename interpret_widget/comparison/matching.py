"""What two explanations have in common, so that only like is compared with like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interpret_widget.errors import InvalidInputError

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation

_LOOKED_AT = 1_000  # rows, before all are
_MOST = 0.5


@dataclass(frozen=True, eq=False)
class Matched:
    """Where the common features and outputs stand in either explanation, and the rows that are the same.

    Attributes
    ----------
    features : tuple of str
        In the order of the first.
    first_features, second_features : ndarray of int
    outputs : tuple of str
    first_outputs, second_outputs : ndarray of int
    first_rows, second_rows : ndarray of int
        Rows with the same label and the same values; empty where the explanations are of different rows.
    """

    features: tuple[str, ...]
    first_features: np.ndarray
    second_features: np.ndarray
    outputs: tuple[str, ...]
    first_outputs: np.ndarray
    second_outputs: np.ndarray
    first_rows: np.ndarray
    second_rows: np.ndarray

    @property
    def is_paired(self) -> bool:
        """Whether the same rows were explained twice."""
        return len(self.first_rows) > 0


def match(first: Explanation, second: Explanation) -> Matched:
    """Match features and outputs by name, and rows by label and values.

    Raises
    ------
    InvalidInputError
        Raw columns against engineered ones, values in different units, or nothing in common.
    """
    for what, explanation in (("first", first), ("second", second)):
        if explanation.n_rows == 0:
            raise InvalidInputError(f"the {what} explanation has no rows; explain some")
    if first.is_raw != second.is_raw:
        raise InvalidInputError(
            "one explanation is on raw columns and the other on engineered ones; "
            "compare the same level, such as first.engineered with second"
        )
    if (first.output_space, first.task) != (second.output_space, second.task):
        raise InvalidInputError(
            f"the first explanation is of {first.task} in {first.output_space}, the second of "
            f"{second.task} in {second.output_space}; explain both with the same model_output"
        )
    features, one, two = _common(first.feature_names, second.feature_names, "feature")
    if first.n_outputs == second.n_outputs == 1:
        outputs, of_one, of_two = first.output_names, np.array([0]), np.array([0])
    else:
        outputs, of_one, of_two = _common(first.output_names, second.output_names, "output")
    rows = _same_rows(first, second, one, two)
    return Matched(features, one, two, outputs, of_one, of_two, *rows)


def _common(
    first: tuple[str, ...], second: tuple[str, ...], what: str
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    where = {name: at for at, name in enumerate(second)}
    common = tuple(name for name in first if name in where)
    if not common:
        raise InvalidInputError(
            f"the explanations have no {what} in common: {_few(first)} against {_few(second)}"
        )
    own = {name: at for at, name in enumerate(first)}
    return common, np.array([own[name] for name in common]), np.array([where[name] for name in common])


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(map(repr, names[:5])) + (", …" if len(names) > 5 else "")


def _same_rows(
    first: Explanation, second: Explanation, one: np.ndarray, two: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Labels alone are not enough: two tables may both be numbered from 0."""
    nobody = np.empty(0, dtype=np.intp)
    labels, others = first.data.labels(), second.data.labels()
    if len(set(labels)) < len(labels) or len(set(others)) < len(others):
        return nobody, nobody
    where = {label: at for at, label in enumerate(others)}
    pairs = [(at, where[label]) for at, label in enumerate(labels) if label in where]
    if not pairs:
        return nobody, nobody
    here, there = (np.array(side, dtype=np.intp) for side in zip(*pairs, strict=True))
    # Some equal rows among others are chance; tables that are the same have most of them.
    few = np.unique(np.linspace(0, len(here) - 1, _LOOKED_AT).astype(np.intp))
    if _equal_rows(first, second, one, two, here[few], there[few]).mean() < _MOST:
        return nobody, nobody
    same = _equal_rows(first, second, one, two, here, there)
    if same.mean() < _MOST:
        return nobody, nobody
    return here[same], there[same]


def _equal_rows(
    first: Explanation,
    second: Explanation,
    one: np.ndarray,
    two: np.ndarray,
    here: np.ndarray,
    there: np.ndarray,
) -> np.ndarray:
    same = np.ones(len(here), dtype=bool)
    for j, k in zip(one, two, strict=True):
        same &= _equal(first.data.column(int(j))[here], second.data.column(int(k))[there])
    return same


def _equal(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    import pandas as pd

    missing = np.asarray(pd.isna(one)) & np.asarray(pd.isna(two))
    if one.dtype != object and two.dtype != object:
        return np.asarray(missing | (one == two))
    equal = [a is b or bool(a == b) for a, b in zip(one.tolist(), two.tolist(), strict=True)]
    return np.asarray(missing | np.array(equal, dtype=bool))
