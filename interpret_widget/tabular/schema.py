"""What the columns of a data set are: kinds, categories, ranges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from interpret_widget.errors import InvalidInputError

Kind = Literal["numeric", "integer", "boolean", "categorical", "datetime", "text"]

#: A column of strings with more levels than this is free text; only the most frequent levels are listed.
MAX_LEVELS = 200

#: Code of a level that ``categories`` does not list.
UNLISTED = -1


@dataclass(frozen=True)
class ColumnSchema:
    """One column.

    Parameters
    ----------
    name : str
        Name for people; always text.
    kind : {"numeric", "integer", "boolean", "categorical", "datetime", "text"}
        String columns are "categorical" up to 200 levels, else "text".
    dtype : str
        The dtype in the words of the user's library.
    categories : tuple or None
        Original values by code, for boolean, categorical and text columns (text: the 200 most frequent).
    ordered : bool
        Whether the order of ``categories`` carries meaning.
    minimum, maximum : float or None
        Over the finite values; datetimes in milliseconds since 1970 (UTC).
    n_missing, n_rows : int
        Counted on the data that the schema was read from.
    """

    name: str
    kind: Kind
    dtype: str
    categories: tuple[Any, ...] | None = None
    ordered: bool = False
    minimum: float | None = None
    maximum: float | None = None
    n_missing: int = 0
    n_rows: int = 0

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Texts of the categories by code; two values that print alike are told apart by their ``repr``."""
        values = self.categories or ()
        texts = [str(value) for value in values]
        if len(set(texts)) < len(texts):
            seen = {text for text in texts if texts.count(text) > 1}
            texts = [repr(v) if t in seen else t for v, t in zip(values, texts, strict=True)]
        return tuple(texts)

    def label(self, code: int) -> str:
        """Text of the category with this code; "other" for a level that is not listed."""
        return self.labels[code] if 0 <= code < len(self.labels) else "other"

    @cached_property
    def code_of_label(self) -> Mapping[str, int]:
        """Codes by label, to map what a person chose back to the original value."""
        return {text: code for code, text in enumerate(self.labels)}

    @property
    def is_discrete(self) -> bool:
        """Whether values are codes into ``categories`` rather than numbers."""
        return self.kind in ("boolean", "categorical", "text")


@dataclass(frozen=True)
class Schema:
    """The columns of a data set, in order."""

    columns: tuple[ColumnSchema, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names in column order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {name: position for position, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.columns)

    def __iter__(self) -> Iterator[ColumnSchema]:
        return iter(self.columns)

    def __getitem__(self, which: int | str) -> ColumnSchema:
        return self.columns[self.position(which)]

    def position(self, which: int | str) -> int:
        """Position of a column given by name or position.

        Raises
        ------
        InvalidInputError
            No such column; the message lists the nearest names.
        """
        if isinstance(which, str):
            found = self._positions.get(which)
            if found is None:
                import difflib

                near = difflib.get_close_matches(which, self.names, n=3) or list(self.names[:5])
                raise InvalidInputError(f"feature={which!r} is not a column; did you mean {', '.join(near)}?")
            return found
        if isinstance(which, bool) or not isinstance(which, (int, np.integer)):
            raise InvalidInputError(f"feature={which!r} is neither a name nor a position")
        position = int(which)
        if not 0 <= position < len(self.columns):
            raise InvalidInputError(
                f"feature={which!r} is out of range; the data has columns 0 to {len(self) - 1}"
            )
        return position
