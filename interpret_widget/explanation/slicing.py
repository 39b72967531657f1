"""Some rows, features or outputs of an explanation, with everything that hangs on them in step."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import Dataset, Lineage, Schema

from .fidelity import local

if TYPE_CHECKING:
    from .explanation import Explanation


def select(explanation: Explanation, rows: Any, features: Any, outputs: Any) -> Explanation:
    """See `Explanation.select`."""
    if isinstance(rows, tuple):
        # numpy would take explanation[1, 2] for row 1, feature 2.
        raise InvalidInputError(
            f"rows={rows!r} is a tuple; give a list of rows, and features by select(features=…)"
        )
    if rows is not None:
        explanation = _rows(explanation, positions("rows", rows, explanation.n_rows))
    if outputs is not None:
        chosen = positions("outputs", outputs, explanation.n_outputs, explanation.output_names)
        explanation = _outputs(explanation, chosen)
    if features is not None:
        chosen = positions("features", features, explanation.n_features, explanation.feature_names)
        explanation = _features(explanation, chosen)
    return explanation


def positions(argument: str, which: Any, size: int, names: Sequence[str] = ()) -> np.ndarray:
    """Positions (n,) of a choice given as one or several positions or names, a slice or a mask."""
    if isinstance(which, slice):
        return np.arange(size)[which]
    single = isinstance(which, (str, int, np.integer)) and not isinstance(which, (bool, np.bool_))
    items = [which] if single else which
    if any(isinstance(item, str) for item in _iterated(argument, items)):
        return np.array([_named(argument, item, names) for item in items], dtype=np.intp)
    try:
        chosen = np.asarray(items)
    except ValueError:
        raise InvalidInputError(f"{argument}={which!r}; give a flat list of positions or a mask") from None
    if chosen.ndim != 1:
        raise InvalidInputError(
            f"{argument} has {chosen.ndim} dimensions; give a list of positions or a mask"
        )
    if chosen.dtype == bool:
        if len(chosen) != size:
            raise InvalidInputError(f"{argument} is a mask of {len(chosen)} entries for {size} {argument}")
        return np.flatnonzero(chosen)
    if chosen.size and chosen.dtype.kind not in "iu":
        raise InvalidInputError(f"{argument}={which!r}; give positions, names, a slice or a mask")
    chosen = chosen.astype(np.intp)
    outside = chosen[(chosen < -size) | (chosen >= size)]
    if outside.size:
        raise InvalidInputError(
            f"{argument}: position {outside[0]} is out of range; there are {size} {argument}"
        )
    return np.where(chosen < 0, chosen + size, chosen)


def _iterated(argument: str, items: Any) -> Any:
    if isinstance(items, np.ndarray) and items.dtype.kind in "biuf":
        return ()
    try:
        return iter(items)
    except TypeError:
        raise InvalidInputError(f"{argument}={items!r}; give positions, names, a slice or a mask") from None


def _named(argument: str, name: Any, names: Sequence[str]) -> int:
    if name in names:
        return list(names).index(name)
    if not names:
        raise InvalidInputError(
            f"{argument}={name!r} is no position; use explanation.at(label) for row labels"
        )
    near = difflib.get_close_matches(str(name), names, n=3) or list(names[:5])
    raise InvalidInputError(f"{argument}: {name!r} is not there; did you mean {', '.join(near)}?")


def positions_of(data: Dataset, label: Any) -> np.ndarray:
    """Positions of the rows with a label, or with the labels of a list, in their order."""
    if isinstance(label, (list, np.ndarray)):
        return np.concatenate([positions_of(data, each) for each in label] or [np.array([], dtype=np.intp)])
    try:
        equal = [bool(own == label) for own in data.index]
    except (TypeError, ValueError):
        equal = []
    found = np.flatnonzero(equal)
    if not found.size:
        texts = data.labels()
        found = np.flatnonzero([text == str(label) for text in texts])
        if not found.size:
            near = difflib.get_close_matches(str(label), texts[:20_000], n=3) or texts[:3]
            raise InvalidInputError(
                f"label={label!r} is not in the row index; it has labels such as {', '.join(near)}. "
                "For positions use explanation[position]"
            )
    return found.astype(np.intp)


def _rows(explanation: Explanation, chosen: np.ndarray) -> Explanation:
    engineered = explanation.engineered
    y, r2 = explanation.y, _taken(explanation.local_r2, chosen)
    return replace(
        explanation,
        values=explanation.values[chosen],
        data=explanation.data.take(chosen),
        predictions=_taken(explanation.predictions, chosen),
        probabilities=_taken(explanation.probabilities, chosen),
        model_answers=_taken(explanation.model_answers, chosen),
        local_r2=r2,
        fidelity=explanation.fidelity if r2 is None else local(r2),
        std_errors=_taken(explanation.std_errors, chosen),
        y=None if y is None else np.asarray(y)[chosen],
        engineered=None if engineered is None else _rows(engineered, chosen),
        provenance=replace(explanation.provenance, n_rows=len(chosen)),
    )


def _taken(array: np.ndarray | None, chosen: np.ndarray) -> np.ndarray | None:
    return None if array is None else array[chosen]


def _outputs(explanation: Explanation, chosen: np.ndarray) -> Explanation:
    def columns(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else array[..., chosen]

    engineered, values = explanation.engineered, explanation.class_values
    r2 = columns(explanation.local_r2)
    _refuse_nothing_and_repeats("outputs", chosen, explanation.output_names)
    return replace(
        explanation,
        values=explanation.values[..., chosen],
        base_values=explanation.base_values[chosen],
        predictions=columns(explanation.predictions),
        probabilities=columns(explanation.probabilities),
        model_answers=columns(explanation.model_answers),
        local_r2=r2,
        fidelity=explanation.fidelity if r2 is None else local(r2),
        std_errors=columns(explanation.std_errors),
        output_names=tuple(explanation.output_names[k] for k in chosen),
        class_values=None if values is None else tuple(values[k] for k in chosen),
        base_probabilities=columns(explanation.base_probabilities),
        engineered=None if engineered is None else _outputs(engineered, chosen),
    )


def _features(explanation: Explanation, chosen: np.ndarray) -> Explanation:
    _refuse_nothing_and_repeats("features", chosen, explanation.feature_names)
    complete, notes = cut(explanation.complete, explanation.notes, len(chosen), explanation.n_features)
    lineage, engineered = explanation.lineage, explanation.engineered
    if engineered is not None and lineage is not None:
        children = fed_by(lineage, chosen)
        lineage = narrowed_lineage(lineage, chosen, children) if children.size else None
        # Columns that the preprocessing drops feed nothing: there is no engineered level of them.
        engineered = (
            replace(_features(engineered, children), lineage=lineage, complete=complete)
            if children.size
            else None
        )
    elif lineage is not None and not explanation.is_raw:
        lineage = narrowed_lineage(lineage, np.arange(len(lineage.raw_names)), chosen)
    return replace(
        explanation,
        values=explanation.values[:, chosen],
        data=columns_of(explanation.data, chosen),
        std_errors=None if explanation.std_errors is None else explanation.std_errors[:, chosen],
        lineage=lineage,
        engineered=engineered,
        notes=notes,
        complete=complete,
    )


def cut(complete: bool, notes: tuple[str, ...], n_kept: int, n_features: int) -> tuple[bool, tuple[str, ...]]:
    """Whether values still add up without some features, and what else to note."""
    if complete and n_kept < n_features:
        said = f"Only {n_kept} of {n_features} features are kept: values do not add up."
        return False, (*notes, said)
    return complete, notes


def fed_by(lineage: Lineage, raws: Any) -> np.ndarray:
    """Positions of the engineered columns that any of these raw columns feeds."""
    kept = {int(raw) for raw in raws}
    return np.array([e for e, parents in enumerate(lineage.parents) if kept & set(parents)], dtype=np.intp)


def _refuse_nothing_and_repeats(argument: str, chosen: np.ndarray, names: Sequence[str]) -> None:
    if not chosen.size:
        raise InvalidInputError(f"{argument}: nothing is chosen; give at least one of {', '.join(names[:5])}")
    unique, count = np.unique(chosen, return_counts=True)
    if (count > 1).any():
        raise InvalidInputError(f"{argument}: {names[unique[count > 1][0]]!r} is chosen twice")


def narrowed_lineage(lineage: Lineage, raws: Any, engineered: Any) -> Lineage:
    """The lineage between some raw and some engineered columns, given by position."""
    new = {int(old): position for position, old in enumerate(raws)}
    return Lineage(
        tuple(lineage.raw_names[j] for j in raws),
        tuple(lineage.engineered_names[e] for e in engineered),
        tuple(tuple(new[raw] for raw in lineage.parents[e] if raw in new) for e in engineered),
    )


def columns_of(data: Dataset, chosen: Any) -> Dataset:
    """Some columns of a data set, in the user's own type, with the same row labels and categories."""
    native = data.native
    schema = Schema(tuple(data.schema.columns[j] for j in chosen))
    some: Any
    if hasattr(native, "iloc"):
        some = native.iloc[:, chosen]
    elif hasattr(native, "ndim") and hasattr(native, "dtype"):
        some = native[:, chosen]
    else:
        import narwhals.stable.v1 as nw

        frame: Any = nw.from_native(native, eager_only=True)
        some = frame.select([frame.columns[j] for j in chosen]).to_native()
    return replace(Dataset.of(some, feature_names=schema.names, like=schema), index=data.index)
