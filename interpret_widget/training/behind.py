"""What stands between the watched columns and an estimator's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interpret_widget.errors import InvalidInputError
from interpret_widget.models import Preprocessing, preprocessing_of
from interpret_widget.tabular import Dataset, Lineage


@dataclass(frozen=True, eq=False)
class Behind:
    """Fitted transformations with the descent of their columns, or nothing."""

    transformations: Any = None
    preprocessing: Preprocessing | None = None
    lineage: Lineage | None = None

    @classmethod
    def of(cls, transformations: Any, data: Dataset) -> Behind:
        """Take transformations apart.

        Raises
        ------
        InvalidInputError
            They mix columns.
        """
        if transformations is None:
            return cls()
        preprocessing = preprocessing_of(transformations, data)
        lineage = preprocessing.lineage(data, random_state=0)
        if not lineage.is_partition:
            raise InvalidInputError(
                "transformations mix columns, so that importance cannot be followed on raw columns; "
                "pass the transformed table as X_valid instead"
            )
        return cls(transformations, preprocessing, lineage)
