"""Python values as JSON, and columns as Arrow arrays, each with what brings it back exactly."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from interpret_widget.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd

_MISSING = {"none": None, "nan": np.nan}


def pack(value: Any) -> Any:
    """A value as JSON: plain where JSON has it, else ``{"kind": text}``."""
    import pandas as pd

    if value is None or isinstance(value, (bool, str)):
        return value
    if value is pd.NA:
        return {"na": ""}
    if value is pd.NaT:
        return {"nat": ""}
    if isinstance(value, tuple):
        return {"tuple": [pack(each) for each in value]}
    if isinstance(value, pd.Timestamp):
        return {"timestamp": value.isoformat(), "zone": None if value.tz is None else str(value.tz)}
    if isinstance(value, np.timedelta64):
        return {"numpy": value.dtype.str, "value": int(value.view(np.int64))}
    if isinstance(value, np.datetime64):
        return {"datetime64": str(value), "unit": np.datetime_data(value)[0]}
    if isinstance(value, np.generic):
        return {"numpy": value.dtype.str, "value": pack(value.item())}
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else {"float": repr(value)}
    if isinstance(value, dt.datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, decimal.Decimal):
        return {"decimal": str(value)}
    if isinstance(value, dt.time):
        return {"time": value.isoformat()}
    if isinstance(value, pd.Timedelta):
        return {"timedelta": value.isoformat()}
    if isinstance(value, dt.timedelta):
        return {"duration": [value.days, value.seconds, value.microseconds]}
    if isinstance(value, pd.Period):
        return {"period": value.ordinal, "freq": value.freqstr}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, pd.Interval):
        return {"interval": [pack(value.left), pack(value.right), value.closed]}
    raise InvalidInputError(
        f"{value!r} is a {type(value).__name__}, which cannot be saved; make it text, a number or a date"
    )


def unpack(stored: Any) -> Any:
    """The value of `pack`."""
    import pandas as pd

    if not isinstance(stored, dict):
        return stored
    if "na" in stored:
        return pd.NA
    if "nat" in stored:
        return pd.NaT
    if "tuple" in stored:
        return tuple(unpack(each) for each in stored["tuple"])
    if "timestamp" in stored:
        stamp = pd.Timestamp(stored["timestamp"])
        return stamp if stored["zone"] is None else stamp.tz_convert(stored["zone"])
    if "datetime64" in stored:
        return np.datetime64(stored["datetime64"], stored["unit"])
    if "numpy" in stored:
        return np.array(unpack(stored["value"]), dtype=np.dtype(stored["numpy"]))[()]
    if "float" in stored:
        return float(stored["float"])
    if "datetime" in stored:
        return dt.datetime.fromisoformat(stored["datetime"])
    if "date" in stored:
        return dt.date.fromisoformat(stored["date"])
    if "decimal" in stored:
        return decimal.Decimal(stored["decimal"])
    if "time" in stored:
        return dt.time.fromisoformat(stored["time"])
    if "timedelta" in stored:
        return pd.Timedelta(stored["timedelta"])
    if "duration" in stored:
        return dt.timedelta(*stored["duration"])
    if "period" in stored:
        return pd.Period(ordinal=stored["period"], freq=stored["freq"])
    if "bytes" in stored:
        return bytes.fromhex(stored["bytes"])
    if "interval" in stored:
        left, right, closed = stored["interval"]
        return pd.Interval(unpack(left), unpack(right), closed)
    raise InvalidInputError(f"the manifest holds a value of an unknown kind: {sorted(stored)}")


def pack_column(series: pd.Series, name: str) -> tuple[Any, dict[str, Any]]:
    """A column as an Arrow array, and how to make the column from it."""
    import pyarrow as pa

    try:
        return _packed(series, name)
    except (pa.ArrowException, NotImplementedError) as error:
        raise InvalidInputError(
            f"column {name!r} has dtype {series.dtype}, which cannot be saved ({error}); "
            "convert it to numbers, text or dates"
        ) from error


def _packed(series: pd.Series, name: str) -> tuple[Any, dict[str, Any]]:
    import pandas as pd
    import pyarrow as pa

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        categories = pd.Series(dtype.categories)
        return pa.array(series.cat.codes.to_numpy(dtype=np.int32)), {
            "as": "category",
            "categories": [_named(name, value) for value in categories.tolist()],
            "dtype": str(categories.dtype),
            "ordered": bool(dtype.ordered),
        }
    if dtype == np.dtype(object):
        return _pack_objects(series, name)
    if isinstance(dtype, pd.ArrowDtype):
        return pa.chunked_array(series.array.__arrow_array__()), {"as": "arrow"}
    if isinstance(dtype, pd.SparseDtype):
        dense: Any = series
        series = dense.sparse.to_dense()
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf":
        # Not from pandas, which would turn NaN into null.
        values = plain_bytes(series.to_numpy())
        return pa.array(values.astype(np.float32) if values.dtype == np.float16 else values), {
            "as": "dtype",
            "dtype": str(dtype),
        }
    said = str(dtype)
    if said == "string":
        # Which memory holds the text is part of the dtype, though not of its name.
        said = f"string[{getattr(dtype, 'storage', 'python')}]"
    return pa.array(series, from_pandas=True), {"as": "dtype", "dtype": said}


def plain_bytes(values: np.ndarray) -> np.ndarray:
    """Numbers in this machine's order of bytes, which is all that Arrow takes."""
    return values if values.dtype.isnative else values.astype(values.dtype.newbyteorder("="))


def _pack_objects(series: pd.Series, name: str) -> tuple[Any, dict[str, Any]]:
    import json

    import pyarrow as pa

    items = series.tolist()
    marks = {kind for item in items if not isinstance(item, str) for kind in [_mark(item)]}
    if len(marks) <= 1 and None not in marks:
        # Text with one way of writing "missing" stays readable in the table.
        texts = [item if isinstance(item, str) else None for item in items]
        return pa.array(texts, pa.string()), {"as": "text", "missing": next(iter(marks), "none")}
    packed = [json.dumps(_named(name, item), ensure_ascii=False, allow_nan=False) for item in items]
    return pa.array(packed, pa.string()), {"as": "json"}


def _mark(item: Any) -> str | None:
    if item is None:
        return "none"
    return "nan" if isinstance(item, float) and item != item else None


def _named(name: str, value: Any) -> Any:
    try:
        return pack(value)
    except InvalidInputError as error:
        raise InvalidInputError(f"column {name!r}: {error}") from None


def unpack_column(array: Any, how: dict[str, Any]) -> pd.Series:
    """The column of `pack_column`."""
    out: pd.Series = _unpacked(array, how)
    return out


def _unpacked(array: Any, how: dict[str, Any]) -> Any:
    import json

    import pandas as pd

    kind = how["as"]
    if kind == "category":
        values = [unpack(value) for value in how["categories"]]
        categories = pd.Index(pd.Series(values, dtype=how["dtype"]))
        codes = array.to_numpy()
        return pd.Series(pd.Categorical.from_codes(codes, categories=categories, ordered=how["ordered"]))
    if kind == "text":
        missing = _MISSING[how["missing"]]
        return pd.Series([missing if item is None else item for item in array.to_pylist()], dtype=object)
    if kind == "json":
        return pd.Series([unpack(json.loads(item)) for item in array.to_pylist()], dtype=object)
    if kind == "arrow":
        return pd.Series(pd.arrays.ArrowExtensionArray(array))
    dtype = pd.api.types.pandas_dtype(how["dtype"])
    if hasattr(dtype, "__from_arrow__") and not isinstance(dtype, pd.SparseDtype):
        return pd.Series(dtype.__from_arrow__(array), dtype=dtype)
    return pd.Series(array.to_pandas()).astype(dtype)
