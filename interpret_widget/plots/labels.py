"""Names and values as text that plotly shows as it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from interpret_widget.tabular.text import MISSING_TEXT, number_text, stamp_text

if TYPE_CHECKING:
    from interpret_widget.explanation import Explanation
    from interpret_widget.tabular import Dataset

#: Longest name beside an axis.
LONGEST_NAME = 32

# plotly reads a subset of HTML, its entities, and TeX between dollars.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def as_written(text: str) -> str:
    """Text that plotly shows as it is: its subset of HTML, its entities and its $TeX$ are taken off.

    >>> as_written("a<b>${c}")
    'a&lt;b&gt;&#36;{c}'
    """
    flat = _CONTROL.sub(" ", str(text))
    return "".join(_ENTITIES.get(letter, letter) for letter in flat)


def clip(text: str, longest: int = LONGEST_NAME) -> str:
    """Text cut to ``longest`` characters; not yet as written."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def shortened(text: str, longest: int = LONGEST_NAME) -> str:
    """Text cut to ``longest`` characters, then as written."""
    return as_written(clip(text, longest))


def apart(names: list[str], longest: int = LONGEST_NAME) -> list[str]:
    """Short texts of names, as written; names that are cut alike keep their ends instead.

    >>> apart(["income of the household, before tax", "income of the household, after tax", "age"], 20)
    ['income of…before tax', 'income of… after tax', 'age']
    """
    cut = [clip(name, longest) for name in names]
    half = (longest - 1) // 2
    return [
        as_written(
            text
            if text == name or cut.count(text) == 1
            else f"{name[:half]}…{name[len(name) - (longest - 1 - half) :]}"
        )
        for name, text in zip(names, cut, strict=True)
    ]


def with_unit(quantity: str, unit: str) -> str:
    """``"mean |contribution| (log-odds)"``; a unit that only repeats the quantity is left out."""
    said = re.search(rf"(?<!\w){re.escape(unit)}(?!\w)", quantity)
    return quantity if said else f"{quantity} ({clip(unit)})"


def cell_texts(data: Dataset, feature: int) -> list[str]:
    """The feature's value in each row, as written."""
    column = data.column(feature)
    if data.schema.columns[feature].kind == "datetime":
        texts = [stamp_text(ms) for ms in data.column_codes(feature)]
    elif column.dtype.kind in "iuf":
        texts = [number_text(value) for value in column]
    else:
        texts = [MISSING_TEXT if value is None else str(value) for value in column]
    return [as_written(text) for text in texts]


def top_of(shown: int, explanation: Explanation) -> str:
    """``"top 12 of 500 features"``."""
    n = explanation.n_features
    if shown == n:
        return "1 feature" if n == 1 else f"{n:,} features"
    return f"top {shown:,} of {n:,} features"


def of_rows(shown: int, n_rows: int) -> str:
    """``"2,000 of 1,204,332 rows"``."""
    if shown == n_rows:
        return "1 row" if n_rows == 1 else f"{n_rows:,} rows"
    return f"{shown:,} of {n_rows:,} rows"


def custom(*columns: list[str] | np.ndarray) -> list[list[str]]:
    """What hover texts read, one line per point."""
    return [list(line) for line in zip(*columns, strict=True)]
