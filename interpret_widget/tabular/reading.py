"""Read one column of any library into a kind, categories and compact codes.

Every column arrives as a pandas Series (Arrow-backed where it came from Arrow or polars, so nothing is
copied) and leaves as a `Reading`. Codes stay in the narrowest array that holds them; `as_floats` widens them
on demand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from interpret_widget.errors import InvalidInputError

from .schema import MAX_LEVELS, UNLISTED, ColumnSchema, Kind

_MISSING = -2  # compact code of a missing value in discrete columns


@dataclass(frozen=True, eq=False)
class Reading:
    """A column's schema and its codes: numbers as they are, or integers with -1 unlisted, -2 missing."""

    schema: ColumnSchema
    compact: np.ndarray

    def as_floats(self) -> np.ndarray:
        """Codes as float64 (n_rows,): number, category code or milliseconds; NaN missing."""
        out = np.asarray(self.compact, dtype=np.float64)
        if self.schema.is_discrete:
            out = np.where(out == _MISSING, np.nan, out)
        return out


def read(series: Any, name: str, dtype: str, like: ColumnSchema | None = None) -> Reading:
    """Read a pandas Series; with ``like``, in the codes of a schema that is known already."""
    if like is not None:
        return _read_like(series, name, like)
    kind, values = _numbers(series, name)
    if kind is None:
        return _read_levels(series, name, dtype)
    if kind == "boolean":
        schema = ColumnSchema(name, "boolean", dtype, (False, True), False, None, None)
        return _counted(schema, values)
    low, high = _finite_range(values)
    return _counted(ColumnSchema(name, kind, dtype, None, False, low, high), values)


def _counted(schema: ColumnSchema, compact: np.ndarray) -> Reading:
    if schema.is_discrete:
        n_missing = int(np.count_nonzero(compact == _MISSING))
    else:
        n_missing = int(np.count_nonzero(np.isnan(compact))) if compact.dtype.kind == "f" else 0
    return Reading(replace(schema, n_missing=n_missing, n_rows=len(compact)), compact)


def _finite_range(values: np.ndarray) -> tuple[float | None, float | None]:
    if values.size == 0:
        return None, None
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)):  # NaN travels through min and max
        finite = values[np.isfinite(values)]
        if finite.size == 0:
            return None, None
        low, high = finite.min(), finite.max()
    return float(low), float(high)


def _numbers(series: Any, name: str) -> tuple[Kind | None, np.ndarray]:
    """Kind and numbers of a numeric, boolean or datetime column; (None, empty) for anything else."""
    import pandas as pd
    from pandas.api import types

    dtype = series.dtype
    nothing = np.empty(0)
    if isinstance(dtype, pd.CategoricalDtype):
        return None, nothing
    if isinstance(dtype, pd.SparseDtype):
        series = pd.Series(np.asarray(series), copy=False)
        dtype = series.dtype
    if types.is_bool_dtype(dtype):
        return "boolean", _booleans(series)
    if types.is_integer_dtype(dtype):
        return "integer", _plain(series)
    if types.is_float_dtype(dtype) or _is_arrow_decimal(dtype):
        return "numeric", _plain(series)
    if types.is_datetime64_any_dtype(dtype):
        return "datetime", milliseconds(series)
    if types.is_timedelta64_dtype(dtype) or types.is_complex_dtype(dtype):
        mend = ".dt.total_seconds()" if types.is_timedelta64_dtype(dtype) else "its real and imaginary parts"
        raise InvalidInputError(
            f"column {name!r} has dtype {dtype}, which cannot be shown; give numbers instead ({mend})"
        )
    if isinstance(dtype, pd.StringDtype):
        return None, nothing
    if dtype != np.dtype(object):
        series = series.astype(object)
    inferred = types.infer_dtype(series, skipna=True)
    if inferred == "boolean":
        return "boolean", _booleans(series)
    if inferred == "integer":
        values = pd.to_numeric(series.where(series.notna(), np.nan)).to_numpy()
        return "integer", values
    if inferred in ("floating", "mixed-integer-float", "decimal", "empty"):
        return "numeric", pd.to_numeric(series.where(series.notna(), np.nan)).to_numpy(dtype=np.float64)
    if inferred in ("datetime", "datetime64", "date"):
        return "datetime", milliseconds(pd.to_datetime(series, utc=True))
    return None, nothing


def _is_arrow_decimal(dtype: Any) -> bool:
    return str(dtype).startswith("decimal") and "pyarrow" in str(dtype)


def _plain(series: Any) -> np.ndarray:
    """Numbers as a plain array: without a copy where the column is one, floats where something is missing."""
    if isinstance(series.dtype, np.dtype):
        values: np.ndarray = series.to_numpy()
        return values.astype(np.float32) if values.dtype == np.float16 else values
    if _is_arrow_decimal(series.dtype) or series.isna().any() or series.dtype.kind == "f":
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.asarray(series.to_numpy(dtype=np.uint64 if series.dtype.kind == "u" else np.int64))


def _booleans(series: Any) -> np.ndarray:
    if series.dtype == np.bool_:
        return np.asarray(series.to_numpy(), dtype=np.int8)
    missing = series.isna().to_numpy(dtype=bool)
    out = np.full(len(series), _MISSING, dtype=np.int8)
    out[~missing] = series[~missing].astype(bool).to_numpy(dtype=np.int8)
    return out


def milliseconds(series: Any) -> np.ndarray:
    """Moments of a pandas Series in milliseconds since 1970 (UTC), float64; NaN where missing."""
    if getattr(series.dt, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    stamps = series.to_numpy(dtype="datetime64[ms]", na_value=np.datetime64("NaT"))
    out: np.ndarray = stamps.astype(np.int64).astype(np.float64)
    out[np.isnat(stamps)] = np.nan
    return out


def _factor(series: Any) -> tuple[np.ndarray, list[Any]]:
    """Codes (-1 missing) and original values of the levels that occur, in order of appearance."""
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype):
        return np.asarray(series.cat.codes), series.cat.categories.tolist()
    try:
        codes, levels = pd.factorize(series)
    except TypeError:  # lists, dicts: values that cannot be hashed are known by their text
        texts = series.map(str, na_action="ignore")
        codes, levels = pd.factorize(texts)
    return np.asarray(codes), list(levels.tolist())


def _read_levels(series: Any, name: str, dtype: str) -> Reading:
    import pandas as pd

    codes, levels = _factor(series)
    is_categorical = isinstance(series.dtype, pd.CategoricalDtype)
    ordered = bool(is_categorical and series.dtype.ordered)
    kind: Kind = "categorical"
    if len(levels) > MAX_LEVELS:
        kind = "text"
        counts = np.bincount(codes[codes >= 0], minlength=len(levels))
        keep = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
        if ordered:
            keep = np.sort(keep)
    elif is_categorical:
        keep = np.arange(len(levels))
    else:
        keep = np.asarray(_sorted_positions(levels), dtype=np.intp)
    lookup = np.full(len(levels) + 1, UNLISTED, dtype=np.int32)
    lookup[keep] = np.arange(len(keep))
    lookup[-1] = _MISSING  # code -1 of the factor picks the last entry
    categories = tuple(levels[position] for position in keep)
    return _counted(ColumnSchema(name, kind, dtype, categories, ordered), lookup[codes])


def _sorted_positions(levels: list[Any]) -> list[int]:
    try:
        return sorted(range(len(levels)), key=levels.__getitem__)
    except TypeError:
        return sorted(range(len(levels)), key=lambda position: str(levels[position]))


def _read_like(series: Any, name: str, like: ColumnSchema) -> Reading:
    if like.categories is not None:
        codes, levels = _factor(series)
        known = {value: code for code, value in enumerate(like.categories)}
        lookup = np.full(len(levels) + 1, _MISSING, dtype=np.int32)
        for position, level in enumerate(levels):
            lookup[position] = known.get(level, UNLISTED)
        return Reading(like, lookup[codes])
    kind, values = _numbers(series, name)
    if kind == "boolean":
        values = np.where(values == _MISSING, np.nan, values)
    elif kind is None or (kind == "datetime") != (like.kind == "datetime"):
        if series.isna().all():
            return Reading(like, np.full(len(series), np.nan))
        raise InvalidInputError(
            f"column {name!r} is {kind or 'text'} here, but {like.kind} in the data it is compared with"
        )
    return Reading(like, values)
