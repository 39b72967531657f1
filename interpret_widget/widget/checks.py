"""Checks of the public traits: a wrong value is refused with the range or the names that would do."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from traitlets import TraitError

from interpret_widget.errors import InvalidInputError
from interpret_widget.explanation import Explanation
from interpret_widget.tabular import Dataset

VIEWS = ("overview", "row")
CHARTS = ("bar", "beeswarm", "by-class")


def one_of(name: str, value: Any, allowed: Sequence[str]) -> str:
    """A text of a short list."""
    if isinstance(value, str) and value in allowed:
        return value
    raise TraitError(f"{name}={value!r} is not one of {', '.join(map(repr, allowed))}")


def position(name: str, value: Any, size: int) -> int:
    """A row position; negative ones count from the end, as in Python."""
    try:
        at = operator.index(value)
    except TypeError:
        raise TraitError(
            f"{name}={value!r} is not a position; use 0 to {size - 1}, or go_to(label) for a row label"
        ) from None
    if not -size <= at < size:
        raise TraitError(f"{name}={at} is out of range; the explanation has rows 0 to {size - 1}")
    return at % size


def whole(name: str, value: Any, low: int) -> int:
    """A whole number from ``low`` on."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TraitError(f"{name}={value!r} is not a whole number; use {low} or more") from None
    if number < low:
        raise TraitError(f"{name}={number} is too small; use {low} or more")
    return number


def share(name: str, value: Any) -> float:
    """A number from 0 to 1."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TraitError(f"{name}={value!r} is not a number; use 0 to 1") from None
    if not 0.0 <= number <= 1.0:
        raise TraitError(f"{name}={value!r} is out of range; use 0 to 1")
    return number


def output(value: Any, explanation: Explanation) -> str:
    """The name of an output given by its name, its original class label or its position."""
    names = explanation.output_names
    if isinstance(value, str) and value in names:
        return value
    labels = explanation.class_values or ()
    plain = value.item() if isinstance(value, np.generic) else value
    for name, label in zip(names, labels, strict=False):
        known = label.item() if isinstance(label, np.generic) else label
        if type(known) is type(plain) and known == plain:
            return name
    try:
        return names[explanation.output_position(value)]
    except InvalidInputError as error:
        raise TraitError(str(error)) from None


def feature(name: str, value: Any, known: Sequence[Sequence[str]]) -> str | None:
    """A feature of one of the levels, or None."""
    if value is None or any(value in names for names in known):
        return None if value is None else str(value)
    import difflib

    names = [each for level in known for each in level]
    near = difflib.get_close_matches(str(value), names, n=3) or names[:5]
    raise TraitError(f"{name}={value!r} is not a feature; did you mean {', '.join(map(repr, near))}?")


def positions(name: str, value: Any, size: int) -> np.ndarray:
    """Row positions as uint32; a boolean mask over all rows is taken as well."""
    given = np.asarray([] if value is None else value)
    if given.dtype == bool:
        if given.shape != (size,):
            raise TraitError(f"{name} is a mask of shape {given.shape}; the explanation has {size} rows")
        given = np.flatnonzero(given)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise TraitError(f"{name} takes row positions, a flat list of whole numbers, not {value!r}")
    if given.size and (given.min() < 0 or given.max() >= size):
        wrong = given[(given < 0) | (given >= size)][0]
        raise TraitError(f"{name} holds {wrong}; the explanation has rows 0 to {size - 1}")
    return np.unique(given).astype(np.uint32)


def edits(name: str, value: Any, data: Dataset, row: int) -> dict[str, Any]:
    """What-if edits that the columns can hold, as they travel: numbers, labels, booleans, None."""
    if not isinstance(value, Mapping):
        raise TraitError(f"{name}={value!r} is not a dict of feature: value")
    if not value:
        return {}
    travelling = {str(key): wire(each, data, str(key), name) for key, each in value.items()}
    try:
        data.edited(row, travelling)
    except InvalidInputError as error:
        raise TraitError(f"{name}: {error}") from None
    return travelling


def wire(value: Any, data: Dataset, feature_name: str, name: str = "scenario") -> Any:
    """One edit as it travels: datetimes as ISO text, levels by their label, missing as None."""
    try:
        column = data.schema[feature_name]
    except InvalidInputError as error:
        raise TraitError(f"{name}: {error}") from None
    plain = value.item() if isinstance(value, np.generic) else value
    if plain is None or type(plain).__name__ in ("NAType", "NaTType") or plain != plain:
        return None
    if isinstance(plain, (datetime, date)):
        return plain.isoformat()
    if column.kind in ("categorical", "text") and not isinstance(plain, str):
        for code, known in enumerate(column.categories or ()):
            if known == plain:
                return column.label(code)
        return str(plain)
    return plain


def scenarios(value: Any, data: Dataset, n_rows: int) -> list[dict[str, Any]]:
    """Named scenarios: dicts with name, row and edits."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TraitError(f"scenarios={value!r} is not a list of dicts with name, row and edits")
    checked = []
    for each in value:
        if not isinstance(each, Mapping) or not {"name", "row", "edits"} <= set(each):
            raise TraitError(f"scenarios holds {each!r}; each is a dict with name, row and edits")
        row = position("scenarios: row", each["row"], n_rows)
        checked.append(
            {
                "name": str(each["name"]),
                "row": row,
                "edits": edits("scenarios", each["edits"], data, row),
                "prediction": [float(number) for number in each.get("prediction") or []],
            }
        )
    return checked
