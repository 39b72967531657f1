"""A preprocessing that is more than arithmetic and tables: its fitted transformers travel along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError, ModelCallError
from interpret_widget.models.feed import library
from interpret_widget.models.preprocessing import Chain, Pairs, Preprocessing, preprocessing_of

from .inputs import Inputs, InputSchema
from .symbols import NotExpressibleError
from .tables import table_of


@dataclass(frozen=True, eq=False)
class Transforming:
    """Fitted transformers.

    Attributes
    ----------
    preprocessing : Preprocessing
    library : {"pandas", "numpy"}
        Of the tables that it was fitted on.
    why : str
        Why it is not arrays.
    """

    preprocessing: Preprocessing
    library: str
    why: str

    @classmethod
    def of(cls, preprocessing: Preprocessing, native: Any, why: str) -> Transforming:
        """Transformers that travel along.

        Raises
        ------
        NotExpressibleError
            Tables of another library, or a preprocessing of another kind.
        """
        if library(native) not in ("pandas", "numpy") or not isinstance(preprocessing, (Chain, Pairs)):
            raise NotExpressibleError(why)
        return cls(preprocessing, library(native), why)

    def apply(self, inputs: Inputs, schema: InputSchema) -> np.ndarray:
        """The columns (n_rows, n_columns)."""
        try:
            out = self.preprocessing.transform(table_of(inputs, schema, self.library))
        except ModelCallError as error:
            raise InvalidInputError(f"X: {error}") from error
        return np.ascontiguousarray(out.toarray() if hasattr(out, "toarray") else out, dtype=np.float64)

    @property
    def plain(self) -> Any:
        """The transformers in lists."""
        if isinstance(self.preprocessing, Chain):
            return {"chain": list(self.preprocessing.transformers)}
        assert isinstance(self.preprocessing, Pairs)
        return {"pairs": [[columns, list(chain)] for columns, chain in self.preprocessing.pairs]}

    @classmethod
    def from_plain(cls, plain: Any, kind: str, why: str) -> Transforming:
        """Of `plain`."""
        if "chain" in plain:
            return cls(Chain(tuple(plain["chain"])), kind, why)
        return cls(preprocessing_of([(columns, chain) for columns, chain in plain["pairs"]]), kind, why)
