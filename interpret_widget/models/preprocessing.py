"""What turns the user's columns into the estimator's: fitted transformers of every shape behind one face."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError, ModelCallError
from interpret_widget.tabular.dataset import Dataset
from interpret_widget.tabular.lineage import Lineage, probe

from .engineered_names import fill, reported
from .feed import as_array, first_that_works, library


class Preprocessing(ABC):
    """Raw table in the user's type -> engineered matrix."""

    @abstractmethod
    def _apply(self, native: Any) -> Any: ...

    @abstractmethod
    def _reported(self, raw_names: tuple[str, ...], n_out: int) -> list[str | None]: ...

    def transform(self, native: Any) -> Any:
        """Engineered columns of a raw table.

        Parameters
        ----------
        native : table (n_rows, n_raw)
            In the user's type.

        Returns
        -------
        ndarray, sparse matrix or DataFrame (n_rows, n_engineered)
            What the estimator is given.

        Raises
        ------
        InvalidInputError
            A transformer is not fitted.
        ModelCallError
            A transformer raised.
        """
        try:
            return first_that_works(self._apply, native)[1]
        except (InvalidInputError, ModelCallError):
            raise
        except Exception as error:
            if type(error).__name__ == "NotFittedError":
                raise InvalidInputError(
                    f"transformations: not fitted ({error}); fit it on the training rows"
                ) from error
            raise ModelCallError(f"the preprocessing raised {type(error).__name__}: {error}") from error

    def lineage(self, data: Dataset, *, random_state: int = 0) -> Lineage:
        """Parents and names of the engineered columns; names that nobody tells are made from parents."""
        found = probe(self.transform, data, random_state=random_state)
        told = self._reported(data.names, len(found.parents))
        return Lineage(found.raw_names, fill(told, found.engineered_names), found.parents)

    def names(self, data: Dataset) -> tuple[str, ...]:
        """Names of the engineered columns."""
        first = self.transform(data.take(np.arange(min(2, data.n_rows))).native)
        n_out = first.shape[1] if len(first.shape) > 1 else 1
        told = self._reported(data.names, n_out)
        if all(name is not None for name in told):
            return fill(told, ())
        return self.lineage(data).engineered_names


@dataclass(frozen=True)
class Chain(Preprocessing):
    """Transformers one after the other, as a Pipeline applies them."""

    transformers: tuple[Any, ...]

    def _apply(self, native: Any) -> Any:
        for transformer in self.transformers:
            native = transformer.transform(native)
        return native

    def _reported(self, raw_names: tuple[str, ...], n_out: int) -> list[str | None]:
        names: list[str | None] | None = list(raw_names)
        for position, transformer in enumerate(self.transformers):
            last = position == len(self.transformers) - 1
            names = reported(transformer, names, n_out if last else None)
            if names is None:
                return [None] * n_out
        return names if names is not None else [None] * n_out


@dataclass(frozen=True)
class Pairs(Preprocessing):
    """A list of (columns, transformer), each applied to its columns, results side by side.

    A single name picks a one-dimensional column, a list a two-dimensional table, as in ``sklearn_pandas``; a
    transformer of None passes its columns through, a list of transformers is applied in turn.
    """

    pairs: tuple[tuple[Any, tuple[Any, ...]], ...]

    def _apply(self, native: Any) -> Any:
        parts = [self._part(native, columns, chain) for columns, chain in self.pairs]
        if any(hasattr(part, "tocsr") for part in parts):
            from scipy import sparse

            return sparse.hstack([sparse.csr_matrix(part) for part in parts], format="csr")
        return np.hstack(parts)

    def _part(self, native: Any, columns: Any, chain: tuple[Any, ...]) -> Any:
        block = _columns(native, columns)
        for transformer in chain:
            if isinstance(columns, (str, int)) and not hasattr(transformer, "n_features_in_"):
                block = transformer.transform(
                    _flat(block)
                )  # LabelBinarizer, text vectorizers: a single column
            elif hasattr(transformer, "feature_names_in_") or not hasattr(block, "columns"):
                block = transformer.transform(block)
            else:
                block = transformer.transform(as_array(block))
        if hasattr(block, "tocsr"):
            return block
        array = as_array(block)
        return array.reshape(-1, 1) if array.ndim == 1 else array

    def _reported(self, raw_names: tuple[str, ...], n_out: int) -> list[str | None]:
        out: list[str | None] = []
        for columns, chain in self.pairs:
            names: list[str | None] | None = [
                raw_names[c] if isinstance(c, (int, np.integer)) else str(c) for c in _listed(columns)
            ]
            for transformer in chain:
                names = reported(transformer, names, None)
                if names is None:
                    return [None] * n_out
            out.extend(names or [])
        return out if len(out) == n_out else [None] * n_out


def _listed(columns: Any) -> list[Any]:
    return [columns] if isinstance(columns, (str, int, np.integer)) else list(columns)


def _columns(native: Any, columns: Any) -> Any:
    wanted = _listed(columns)
    if library(native) == "pyarrow":
        return native.select(wanted)
    if hasattr(native, "columns"):
        absent = [c for c in wanted if isinstance(c, str) and c not in native.columns]
        if absent:
            raise InvalidInputError(
                f"transformations: X has no column {absent[0]!r}; "
                f"it has {', '.join(map(str, native.columns[:8]))}"
            )
        if library(native) == "pandas" and all(isinstance(c, (int, np.integer)) for c in wanted):
            return native.iloc[:, wanted] if not set(wanted) <= set(native.columns) else native[wanted]
        return native[wanted]
    return native[:, wanted]


def _flat(block: Any) -> Any:
    array = block.toarray() if hasattr(block, "toarray") else as_array(block)
    return array[:, 0] if array.ndim == 2 else array


def preprocessing_of(transformations: Any, data: Dataset | None = None) -> Preprocessing:
    """Make one preprocessing of what the user gave as ``transformations``.

    Parameters
    ----------
    transformations : transformer, or list of (columns, transformer)
        A fitted ColumnTransformer, Pipeline of transformers, DataFrameMapper or any object with
        ``transform``; or pairs of columns and fitted transformer, None or list of transformers.
    data : Dataset, optional
        Raw rows to try it on, so that a mistake is told now and not in the middle of an explanation.

    Raises
    ------
    InvalidInputError
        Neither of these, or not fitted.
    """
    from .pipeline import transformers_of

    made: Preprocessing
    if isinstance(transformations, Preprocessing):
        made = transformations
    elif isinstance(transformations, (list, tuple)):
        made = Pairs(tuple(_pair(each, position) for position, each in enumerate(transformations)))
    elif hasattr(transformations, "transform"):
        made = Chain(tuple(transformers_of(transformations)))
    else:
        raise InvalidInputError(
            f"transformations is a {type(transformations).__name__}; "
            "give a fitted transformer (ColumnTransformer, …) or a list of (columns, transformer) pairs"
        )
    if data is not None and data.n_rows:
        made.transform(data.take([0]).native)
    return made


def _pair(each: Any, position: int) -> tuple[Any, tuple[Any, ...]]:
    from .pipeline import transformers_of

    if not isinstance(each, (list, tuple)) or len(each) not in (2, 3):
        raise InvalidInputError(
            f"transformations[{position}] is {each!r}; it must be a pair (columns, transformer)"
        )
    columns, transformer = each[0], each[1]
    steps: Sequence[Any] = transformer if isinstance(transformer, (list, tuple)) else [transformer]
    chain = tuple(inner for step in steps for inner in transformers_of(step))
    for inner in chain:
        if not hasattr(inner, "transform"):
            raise InvalidInputError(f"transformations[{position}]: {type(inner).__name__} has no transform")
    return columns, chain
