"""Types that Parquet or JSON have no word for come back all the same."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from interpret_widget import Explanation
from interpret_widget.errors import InvalidInputError

Z = "Europe/Berlin"
UTC = dt.timezone.utc
ONE_HOUR = dt.timezone(dt.timedelta(hours=1))


def kept(data, folder, **more):
    values = np.random.default_rng(0).normal(size=data.shape)
    before = Explanation.from_values(values, data, base_values=0.5, **more)
    after = Explanation.load(before.save(folder / "kept"))
    assert after.data.schema == before.data.schema
    assert np.array_equal(after.data.codes(), before.data.codes(), equal_nan=True)
    assert after.data.labels() == before.data.labels()
    return before, after


def objects(*items):
    column = np.empty(len(items), dtype=object)
    column[:] = items
    return column


def arrow(items, dtype):
    return pd.array(items, dtype=pd.ArrowDtype(dtype))


COLUMNS = {
    "int64 beyond float64": np.array([2**63 - 1, 2**53 + 1, 0]),
    "uint64": np.array([2**64 - 1, 1, 2], dtype="uint64"),
    "float16": np.array([1.5, np.nan, -0.0], dtype="float16"),
    "other order of bytes": np.array([1.5, np.nan, 3.0], dtype=">f8"),
    "sparse": pd.arrays.SparseArray([np.nan, 1.0, np.nan]),
    "seconds beyond nanoseconds": np.array(["2024", "NaT", "3024"], dtype="datetime64[s]"),
    "fixed offset": pd.date_range("2024", periods=3, tz=ONE_HOUR),
    "period": pd.period_range("2024", periods=3, freq="W"),
    "interval": pd.cut([1, 2, 3], 2),
    "category of dates": pd.Categorical(pd.to_datetime(["2024", "2025", "2024"])),
    "category of mixed": pd.Categorical(["a", 1, 2.5]),
    "category of booleans": pd.Categorical([True, False, None]),
    "nullable float": pd.array([1.5, None, 2.0], dtype="Float64"),
    "nullable boolean": pd.array([True, None, False], dtype="boolean"),
    "python string": pd.array(["a", None, "b"], dtype="string[python]"),
    "arrow string": pd.array(["a", None, "b"], dtype="string[pyarrow]"),
    "arrow seconds": arrow([dt.datetime(2024, 1, 1), None, dt.datetime(2025, 1, 1)], pa.timestamp("s")),
    "arrow decimal": arrow([decimal.Decimal("1.10"), None, decimal.Decimal(2)], pa.decimal128(10, 2)),
    "category of objects": pd.Categorical(["a", "b", "a"], categories=pd.Index(["b", "a"], dtype=object)),
    "objects: text": pd.Series(["a", None, "b"], dtype=object),
    "objects: huge": objects(1, None, 2**70),
    "objects: missing of two kinds": objects("a", None, np.nan),
    "objects: decimal": objects(decimal.Decimal("1.10"), None, decimal.Decimal("-0")),
    "objects: stamps": objects(pd.Timestamp("2024", tz=Z), pd.NaT, pd.Timestamp("2025-07-01", tz=Z)),
    "objects: datetimes": objects(*[dt.datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3)]),
    "objects: times": objects(dt.time(1), dt.time(2, 3, 4, 5), None),
    "objects: durations": objects(dt.timedelta(1, 2, 3), "text", pd.Timedelta(5, "ns")),
    "objects: bytes": objects(b"\x00\xff", None, b""),
    "objects: numpy": objects(np.int8(1), "a", np.timedelta64(5, "us")),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_pandas(name, tmp_path):
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "column": pd.Series(COLUMNS[name])})
    _, after = kept(frame, tmp_path)
    found = after.data.native
    pd.testing.assert_frame_equal(found, frame)
    if frame["column"].dtype == object:
        assert [type(item) for item in found["column"]] == [type(item) for item in frame["column"]]


INDEXES = {
    "timedelta": pd.timedelta_range("1D", periods=3),
    "period": pd.period_range("2024", periods=3, freq="M"),
    "interval": pd.interval_range(0, 3),
    "category": pd.CategoricalIndex(["a", "b", "a"], ordered=True),
    "zoned": pd.date_range("2024", periods=3, tz=Z),
    "range": pd.RangeIndex(5, 11, 2, name="q"),
    "mixed": pd.Index([1, "a", None], dtype=object),
    "text as objects": pd.Index(["a", None, "b"], dtype=object),
    "text": pd.Index(["a", None, "b"]),
    "category of objects": pd.CategoricalIndex(
        ["a", "b", "a"], categories=pd.Index(["b", "a"], dtype=object)
    ),
    "bytes": pd.Index([b"a", b"b", b"c"]),
    "tuples": pd.Index([(1, 2), (1, 3), (2,)], tupleize_cols=False),
    "two levels": pd.MultiIndex.from_product([["a"], pd.date_range("2024", periods=3)], names=["x", None]),
}


@pytest.mark.parametrize("name", INDEXES)
def test_row_labels_of_pandas(name, tmp_path):
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0]}, index=INDEXES[name])
    _, after = kept(frame, tmp_path)
    pd.testing.assert_frame_equal(after.data.native, frame, check_freq=False)


@pytest.mark.parametrize(
    "columns",
    [
        pd.Index([0, 1]),
        pd.Index(["a", 1], dtype=object),
        pd.Index(["a", "b"], name="N"),
        pd.Index(["a", "b"], dtype=object),
        pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")], names=["u", None]),
        pd.Index([("a", "b"), "c"], dtype=object, tupleize_cols=False),
        pd.date_range("2024", periods=2),
        pd.Index(['"<b>', "../a\nb"]),
    ],
    ids=["numbers", "mixed", "named", "objects", "two levels", "tuples", "dates", "nasty"],
)
def test_column_names_of_pandas(columns, tmp_path):
    frame = pd.DataFrame(np.ones((3, 2)), columns=columns)
    _, after = kept(frame, tmp_path)
    pd.testing.assert_frame_equal(after.data.native, frame, check_freq=False)


POLARS = {
    "categorical": pl.Series(["a", None, "b"], dtype=pl.Categorical),
    "enum": pl.Series(["a", None, "b"], dtype=pl.Enum(["z", "b", "a"])),
    "decimal": pl.Series([decimal.Decimal("1.10"), None, decimal.Decimal(2)]),
    "zoned": pl.Series([dt.datetime(2024, 1, 1)] * 3, dtype=pl.Datetime("ms", Z)),
    "duration": pl.Series([dt.timedelta(1)] * 3),
    "time": pl.Series([dt.time(1)] * 3),
    "binary": pl.Series([b"a"] * 3),
    "NaN and null": pl.Series([float("nan"), None, 1.0]),
}


@pytest.mark.parametrize("name", POLARS)
def test_a_column_of_polars(name, tmp_path):
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0], "column": POLARS[name]})
    _, after = kept(frame, tmp_path)
    assert after.data.native.schema == frame.schema
    assert after.data.native.equals(frame)


INT8 = pa.array([0, 1, None], pa.int8())
ARROW = {
    "seconds": pa.array([1, None, 3], pa.timestamp("s")),
    "date64": pa.array([dt.date(2024, 1, 1)] * 3, pa.date64()),
    "dictionary of numbers": pa.DictionaryArray.from_arrays(INT8, pa.array([5, 7]), ordered=True),
    "dictionary of text": pa.DictionaryArray.from_arrays(INT8, pa.array(["b", "a", "z"])),
    "time": pa.array([1, 2, 3], pa.time32("s")),
    "large text": pa.array(["a", None, "b"], pa.large_string()),
    "half": pa.array(np.array([1.5, 2, 3], np.float16)),
    "null": pa.nulls(3),
}


@pytest.mark.parametrize("name", ARROW)
def test_a_column_of_arrow(name, tmp_path):
    table = pa.table({"x": [1.0, 2.0, 3.0], "column": ARROW[name]})
    _, after = kept(table, tmp_path)
    assert after.data.native.schema.equals(table.schema)
    assert after.data.native.to_pylist() == table.to_pylist()


@pytest.mark.parametrize("dtype", [">f8", ">i4", "f2", "u1", "?", "U2", "S2", "M8[D]", "O"])
def test_an_array_of_any_dtype(dtype, tmp_path):
    array = np.array([[0, 1], [1, 0], [1, 1]]).astype(dtype)
    _, after = kept(array, tmp_path)
    assert after.data.native.dtype == array.dtype
    assert np.array_equal(after.data.native, array)


def test_an_array_of_objects_keeps_every_kind_of_missing(tmp_path):
    array = np.array([["a", "b"], [None, np.nan], ["c", pd.NA]], dtype=object)
    _, after = kept(array, tmp_path)
    assert list(map(repr, after.data.native.ravel())) == list(map(repr, array.ravel()))


@pytest.mark.parametrize(
    "y",
    [
        pd.Series([3, 1, 3], dtype="category"),
        np.array([b"a", b"b", b"a"]),
        np.array([1.5, np.nan, 2], dtype=">f4"),
        objects("a", None, "b"),
        pd.array([1, None, 2], dtype="Int64"),
        [dt.date(2024, 1, 1)] * 3,
        [True, False, True],
    ],
    ids=["category", "bytes", "floats", "missing", "nullable", "dates", "booleans"],
)
def test_outcomes_of_any_type(y, tmp_path):
    before, after = kept(pd.DataFrame({"x": [1.0, 2.0, 3.0]}), tmp_path, y=y)
    assert after.y.dtype == before.y.dtype
    assert list(map(repr, after.y.tolist())) == list(map(repr, before.y.tolist()))


@pytest.mark.parametrize(
    "column", [objects([1], [2], [3]), np.array([1, 2, 3], dtype=np.longdouble)], ids=["lists", "long double"]
)
def test_what_cannot_be_saved_is_named_and_leaves_nothing(column, tmp_path):
    explanation = Explanation.from_values(np.ones((3, 1)), pd.DataFrame({"strange": pd.Series(column)}))
    if column.dtype == np.float64:
        pytest.skip("a long double is a double here")
    with pytest.raises(InvalidInputError, match="column 'strange'"):
        explanation.save(tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
