"""What has changed in the columns themselves: ranges, levels, missing values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .drifting import stability_index

if TYPE_CHECKING:
    from interpret_widget.tabular import Dataset

_MOST_NAMED = 5


@dataclass(frozen=True)
class ColumnChange:
    """One column then and now.

    Attributes
    ----------
    psi : float
        Population stability index of its values.
    outside_range : float
        Share of the second table's numbers beyond the first's range; NaN for levels.
    new_categories : tuple of str
        Levels that the first table did not have, the most frequent first.
    new_share : float
        Share of the second table's rows that have them; NaN for numbers.
    missing_before, missing_after : float
        Shares of missing values.
    """

    psi: float
    outside_range: float
    new_categories: tuple[str, ...]
    new_share: float
    missing_before: float
    missing_after: float

    def words(self) -> str:
        """What a person should know of it; empty where nothing is new."""
        said = []
        if self.new_categories:
            named = ", ".join(map(repr, self.new_categories[:_MOST_NAMED]))
            more = len(self.new_categories) - _MOST_NAMED
            named += f" and {more} more" if more > 0 else ""
            said.append(f"new: {named} in {self.new_share:.1%} of rows")
        if self.outside_range > 0:
            said.append(f"{self.outside_range:.1%} of rows outside of the range before")
        if abs(self.missing_after - self.missing_before) > 0.01:
            said.append(f"missing {self.missing_before:.1%} → {self.missing_after:.1%}")
        return "; ".join(said)


def change_of(first: Dataset, j: int, second: Dataset, k: int) -> ColumnChange:
    """Compare column j of one table with column k of another."""
    before, after = first.schema[j], second.schema[k]
    if before.is_discrete or after.is_discrete:
        return _levels(first, j, second, k)
    one, two = first.column_codes(j), second.column_codes(k)
    known = one[np.isfinite(one)]
    now = two[np.isfinite(two)]
    outside = float(((now < known.min()) | (now > known.max())).mean()) if len(known) and len(now) else np.nan
    return ColumnChange(
        stability_index(one, two, is_discrete=False),
        outside,
        (),
        np.nan,
        float(np.isnan(one).mean()),
        float(np.isnan(two).mean()),
    )


def _levels(first: Dataset, j: int, second: Dataset, k: int) -> ColumnChange:
    import pandas as pd

    one, two = (pd.Series(data.column(at), dtype=object) for data, at in ((first, j), (second, k)))
    # True and "True" are one level to a person, and to most encoders another: what is printed decides.
    texts = [column.dropna().map(str) for column in (one, two)]
    levels = {level: code for code, level in enumerate(pd.unique(pd.concat(texts)))}
    codes = [
        column.map(lambda cell: levels[str(cell)], na_action="ignore").astype(float) for column in (one, two)
    ]
    known = set(texts[0])
    counts = texts[1][~texts[1].isin(known)].value_counts()
    return ColumnChange(
        stability_index(codes[0].to_numpy(), codes[1].to_numpy(), is_discrete=True),
        np.nan,
        tuple(map(str, counts.index)),
        float(counts.sum() / len(two)),
        float(one.isna().mean()),
        float(two.isna().mean()),
    )
