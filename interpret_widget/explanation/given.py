"""An explanation from contributions that someone else computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import Dataset

from .explanation import Explanation
from .layouts import as_cube, as_floats, names_of, refuse_another_order
from .provenance import Provenance
from .result import SPACES, TASKS, OutputSpace

_UNITS = {"raw": "prediction", "log-odds": "log-odds", "probability": "probability"}


def from_values(
    values: Any,
    data: Any,
    *,
    base_values: Any,
    predictions: Any,
    probabilities: Any,
    std_errors: Any,
    y: Any,
    feature_names: Sequence[Any] | None,
    output_names: Sequence[Any] | None,
    output_space: str,
    unit: str | None,
    task: str | None,
    method: str,
    exact: bool,
    is_raw: bool,
) -> Explanation:
    """See `Explanation.from_values`."""
    _one_of("output_space", output_space, SPACES)
    if task is not None:
        _one_of("task", task, TASKS)
    for argument, given in (("values", values), ("std_errors", std_errors)):
        refuse_another_order(argument, given, data)
    cube = as_cube("values", values)
    notes: list[str] = []
    # A text alone is one name, not a name for each of its letters.
    feature_names = [feature_names] if isinstance(feature_names, str) else feature_names
    output_names = [output_names] if isinstance(output_names, str) else output_names
    if feature_names is None and names_of(data) is None:
        feature_names = names_of(values)
    dataset = _dataset(cube, data, feature_names, notes)
    n, _, k = cube.shape
    outcomes = _outcomes(y, n)
    names = None if output_names is None else list(output_names)
    mirrored = (
        k == 1 and task != "regression" and (task == "binary" or (names is not None and len(names) == 2))
    )
    task = task or (
        "regression" if k == 1 and not mirrored else "binary" if max(k, 1 + mirrored) == 2 else "multiclass"
    )
    width = 2 if mirrored else k
    labels = _labels(names, outcomes, width, task, y)
    if base_values is None:
        notes.append("No base value was given; 0 is taken.")
    base = _base("base_values", base_values, n, k)
    errors = None if std_errors is None else as_cube("std_errors", std_errors)
    if errors is not None and errors.shape != cube.shape:
        raise InvalidInputError(
            f"std_errors has shape {errors.shape}, but values has {cube.shape}; give one for each"
        )
    said = None if predictions is None else _per_row("predictions", predictions, n, k)
    if mirrored:
        # A binary classifier has one output per class; what speaks for one speaks against the other.
        whole = 1.0 if output_space == "probability" else 0.0
        cube = np.concatenate([-cube, cube], axis=2)
        errors = None if errors is None else np.concatenate([errors, errors], axis=2)
        base = np.concatenate([whole - base, base])
        said = None if said is None else np.concatenate([whole - said, said], axis=1)
    known = None
    if probabilities is not None:
        known = as_floats("probabilities", probabilities).astype(np.float64)
        known = np.stack([1 - known, known], axis=1) if known.ndim == 1 and width == 2 else known
        known = _per_row("probabilities", known, n, width)
    elif output_space == "probability":
        known = said
    classes = None if task == "regression" else _class_values(labels, outcomes, notes)
    return Explanation(
        values=cube,
        base_values=base,
        data=dataset,
        predictions=said,
        probabilities=known,
        std_errors=errors,
        output_names=tuple(str(label) for label in labels),
        output_space=cast(OutputSpace, output_space),
        unit=unit or _unit(output_space, task, y),
        task=task,
        method=method,
        exact=exact,
        reason="The values were given rather than computed here." if method == "given" else "",
        notes=tuple(notes),
        is_raw=is_raw,
        y=outcomes,
        class_values=classes,
        provenance=Provenance.now(n_rows=n),
    )


def _dataset(cube: np.ndarray, data: Any, feature_names: Sequence[Any] | None, notes: list[str]) -> Dataset:
    n, p, _ = cube.shape
    if data is None:
        notes.append("The feature values were not given, so charts show contributions only.")
        names = [f"feature {j}" for j in range(p)] if feature_names is None else feature_names
        if len(names) != p:
            raise InvalidInputError(f"feature_names has {len(names)} names, but values has {p} features")
        return Dataset.of(np.full((n, p), np.nan), feature_names=names)
    dataset = Dataset.of(data, feature_names=feature_names)
    if (dataset.n_rows, dataset.n_columns) == (n, p):
        return dataset
    rows, columns = dataset.n_rows, dataset.n_columns
    hint = "give the rows and columns that were explained"
    if (rows, columns) == (p, n):
        hint = "values seems transposed; give values.T"
    elif rows == n and p == columns + 1:
        hint = "where the last column is the base value, give values[:, :-1] and base_values=values[0, -1]"
    elif rows == n and p > columns:
        hint = "for contributions of engineered columns give the engineered table as data"
    raise InvalidInputError(
        f"values has {n} rows and {p} features, but data has {rows} rows and {columns} columns; {hint}"
    )


def _base(argument: str, given: Any, n: int, k: int) -> np.ndarray:
    base = np.zeros(k) if given is None else as_floats(argument, given).astype(np.float64)
    if base.ndim == 0:
        base = np.full(k, float(base))
    if base.shape in ((n,), (n, 1), (n, k)) and base.shape != (k,):
        rows = base.reshape(n, -1)
        if n and not np.allclose(rows, rows[0], rtol=1e-6, atol=1e-9, equal_nan=True):
            raise InvalidInputError(
                f"{argument} differs from row to row ({rows.min():.6g} to {rows.max():.6g}); explain all "
                "rows against the same background, which gives one base value for each output"
            )
        base = np.broadcast_to(rows[0], (k,)) if n else np.zeros(k)
    if base.shape != (k,):
        raise InvalidInputError(
            f"{argument} has shape {base.shape}; give one number for each of the {k} outputs"
        )
    if not np.isfinite(base).all():
        raise InvalidInputError(f"{argument}={base.tolist()} must be finite")
    return np.array(base)


def _per_row(argument: str, given: Any, n: int, k: int) -> np.ndarray:
    array = as_floats(argument, given).astype(np.float64)
    if array.ndim == 1:
        array = array[:, None]
    if array.shape != (n, k):
        raise InvalidInputError(
            f"{argument} has shape {np.shape(given)}; give ({n}, {k}): one for each row and output"
        )
    return array


def _outcomes(y: Any, n: int) -> np.ndarray | None:
    if y is None:
        return None
    array = y.to_numpy() if hasattr(y, "to_numpy") else np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (n,):
        raise InvalidInputError(
            f"y has shape {array.shape}, but values has {n} rows; give one outcome for each row"
        )
    return np.asarray(array)


def _labels(names: list[Any] | None, y: np.ndarray | None, k: int, task: str, given_y: Any) -> list[Any]:
    if names is not None:
        if len(names) != k:
            raise InvalidInputError(f"output_names has {len(names)} names for {k} outputs; give one for each")
        texts = [str(name) for name in names]
        if len(set(texts)) < k:
            raise InvalidInputError(f"output_names={names!r} names an output twice")
        return names
    if task != "regression":
        found = [] if y is None else _distinct(y)
        return found if len(found) == k else [f"class {c}" for c in range(k)]
    if k == 1:
        name = getattr(given_y, "name", None)
        return [name if isinstance(name, str) and name else "prediction"]
    return [f"output {c}" for c in range(k)]


def _unit(space: str, task: str, y: Any) -> str:
    name = getattr(y, "name", None)
    named = task == "regression" and space == "raw" and isinstance(name, str) and name
    return str(name) if named else _UNITS[space]


def _distinct(y: np.ndarray) -> list[Any]:
    known = {value for value in y.tolist() if value is not None and value == value}
    try:
        return sorted(known)
    except TypeError:
        return sorted(known, key=str)


def _class_values(labels: list[Any], y: np.ndarray | None, notes: list[str]) -> tuple[Any, ...]:
    """Labels as they stand in ``y``, by output: alike, alike as text, or codes of the outputs."""
    if y is None:
        return tuple(labels)
    found = _distinct(y)
    by_text = {str(value): value for value in found}
    if all(text in {str(label) for label in labels} for text in by_text):
        return tuple(by_text.get(str(label), label) for label in labels)
    codes = [value for value in found if isinstance(value, (int, float)) and value in range(len(labels))]
    if len(codes) == len(found):
        if found and 0 not in found:
            # Labels that start at 1 look the same where the last class does not occur.
            meant = ", ".join(f"{code} = {labels[int(code)]}" for code in codes[:10])
            notes.append(f"y was read as positions of the outputs, counted from 0: {meant}.")
        return tuple(range(len(labels)))
    if len(found) == len(labels):
        raise InvalidInputError(
            f"y has the labels {found[:10]}, but output_names is {[str(label) for label in labels[:10]]}; "
            "give output_names as they stand in y, in the order of the outputs"
        )
    raise InvalidInputError(
        f"y has labels that no output stands for, such as {found[:10]}; the outputs are "
        f"{[str(label) for label in labels[:10]]}"
    )


def _one_of(argument: str, given: str, allowed: Sequence[str]) -> None:
    if given not in allowed:
        raise InvalidInputError(f"{argument}={given!r}; choose one of {', '.join(map(repr, allowed))}")
