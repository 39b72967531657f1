"""Datasets of every library: what they say about columns, and what becomes of rows and edits."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from interpret_widget.errors import InvalidEditError, InvalidInputError
from interpret_widget.tabular import Dataset


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [18, 33, 60],
            "pay": [1.5, np.nan, -np.inf],
            "left": [True, False, True],
            "city": ["Rome", None, "Oslo"],
            "size": pd.Categorical(["L", "S", None], ["S", "M", "L"], ordered=True),
            "seen": [pd.Timestamp("2024-01-31"), pd.NaT, pd.Timestamp("2020-02-29 12:30")],
            "n": pd.array([1, None, 3], dtype="Int16"),
        },
        index=["a", "b", "c"],
    )


def test_kinds_ranges_categories(frame: pd.DataFrame) -> None:
    schema = Dataset.of(frame).schema
    assert [c.kind for c in schema] == [
        "integer",
        "numeric",
        "boolean",
        "categorical",
        "categorical",
        "datetime",
        "integer",
    ]
    assert (schema["age"].minimum, schema["age"].maximum) == (18, 60)
    assert (schema["pay"].minimum, schema["pay"].maximum, schema["pay"].n_missing) == (1.5, 1.5, 1)
    assert schema["left"].categories == (False, True)
    assert schema["city"].categories == ("Oslo", "Rome")
    assert schema["size"].categories == ("S", "M", "L")
    assert schema["size"].ordered
    assert schema["seen"].maximum == dt.datetime(2024, 1, 31, tzinfo=dt.timezone.utc).timestamp() * 1000
    assert schema["n"].n_missing == 1
    assert schema["city"].label(1) == "Rome"
    assert schema["city"].label(-1) == "other"


def test_codes_and_columns(frame: pd.DataFrame) -> None:
    data = Dataset.of(frame)
    codes = data.codes()
    assert codes.shape == (3, 7)
    np.testing.assert_array_equal(codes[:, 0], [18, 33, 60])
    np.testing.assert_array_equal(codes[:, 2], [1, 0, 1])
    np.testing.assert_array_equal(codes[:, 3], [1, np.nan, 0])
    np.testing.assert_array_equal(codes[:, 4], [2, 0, np.nan])
    np.testing.assert_array_equal(codes[:, 6], [1, np.nan, 3])
    assert data.codes() is codes
    assert data.column("city").tolist() == ["Rome", None, "Oslo"]
    assert data.column("seen").dtype == np.dtype("datetime64[ms]")
    assert np.isnat(data.column("seen")[1])
    assert data.record(1) == {
        "age": 33,
        "pay": None,
        "left": False,
        "city": None,
        "size": "S",
        "seen": None,
        "n": None,
    }
    assert [data.text(0, name) for name in data.names] == [
        "18",
        "1.5",
        "True",
        "Rome",
        "L",
        "2024-01-31",
        "1",
    ]
    assert data.text(1, "city") == data.text(1, "pay") == "missing"
    assert data.text(2, "seen") == "2020-02-29 12:30:00"
    assert data.labels([2, 0]) == ["c", "a"]


def test_rows_keep_type_schema_and_labels(frame: pd.DataFrame) -> None:
    data = Dataset.of(frame)
    two = data.take([2, 0])
    pd.testing.assert_frame_equal(two.native, frame.iloc[[2, 0]])
    assert two.schema is data.schema
    np.testing.assert_array_equal(two.codes(), data.codes()[[2, 0]])
    assert data.take(np.array([True, False, True])).labels() == ["a", "c"]
    with pytest.raises(InvalidInputError, match="row 3 is out of range; the data has rows 0 to 2"):
        data.take([3])


def test_like_reads_other_rows_in_known_codes(frame: pd.DataFrame) -> None:
    schema = Dataset.of(frame).schema
    other = frame.assign(city=["Bern", "Rome", None])
    codes = Dataset.of(other, like=schema).codes()
    np.testing.assert_array_equal(codes[:, 3], [-1, 1, np.nan])
    with pytest.raises(InvalidInputError, match="lacks age"):
        Dataset.of(frame.drop(columns="age"), like=schema)
    with pytest.raises(InvalidInputError, match="another order"):
        Dataset.of(frame[frame.columns[::-1]], like=schema)


def test_names() -> None:
    X = pd.DataFrame([[1, 2]], columns=[0, ("a", "b")])
    data = Dataset.of(X)
    assert data.names == ("0", "a / b")
    assert list(data.take([0]).native.columns) == list(X.columns)
    assert Dataset.of(np.ones((2, 2))).names == ("x0", "x1")
    assert Dataset.of(np.ones((2, 2)), feature_names=["p", "q"]).take([1]).names == ("p", "q")
    with pytest.raises(InvalidInputError, match=r"several columns called 'a'"):
        Dataset.of(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(InvalidInputError, match=r"several columns called '1'"):
        Dataset.of(pd.DataFrame([[1, 2]], columns=[1, "1"]))
    with pytest.raises(InvalidInputError, match="1 names, but X has 2 columns"):
        Dataset.of(np.ones((2, 2)), feature_names=["p"])
    with pytest.raises(InvalidInputError, match="another order"):
        Dataset.of(pd.DataFrame({"a": [1], "b": [2]}), feature_names=["b", "a"])


@pytest.mark.parametrize("bad", [pd.Series([1.0]), np.ones(3), {"a": [1]}, 3, None])
def test_not_a_table(bad: object) -> None:
    with pytest.raises(InvalidInputError, match="X "):
        Dataset.of(bad)


def test_many_levels_are_text_with_the_most_frequent_listed() -> None:
    values = [f"v{k}" for k in range(300)] + ["often"] * 5
    schema = Dataset.of(pd.DataFrame({"a": values})).schema
    assert schema["a"].kind == "text"
    assert len(schema["a"].categories or ()) == 200
    assert schema["a"].label(0) == "often"
    assert (Dataset.of(pd.DataFrame({"a": values})).codes() == -1).sum() == 101


def test_odd_columns() -> None:
    X = pd.DataFrame(
        {
            "nothing": [None, None],
            "constant": [1, 1],
            "objects": np.array([1, None], dtype=object),
            "flags": np.array([True, None], dtype=object),
            "mixed": np.array([1, "1"], dtype=object),
            "dates": [dt.date(2024, 1, 1), None],
            "lists": [[1], [2]],
        }
    )
    data = Dataset.of(X)
    assert [c.kind for c in data.schema] == [
        "numeric",
        "integer",
        "integer",
        "boolean",
        "categorical",
        "datetime",
        "categorical",
    ]
    assert data.schema["mixed"].labels == ("1", "'1'")
    assert np.isnan(data.codes()[:, 0]).all()
    assert data.edited(0, {"mixed": "'1'"}).native["mixed"].iloc[0] == "1"
    with pytest.raises(InvalidInputError, match="total_seconds"):
        Dataset.of(pd.DataFrame({"t": pd.to_timedelta([1, 2], unit="s")}))


def test_edit_keeps_dtypes_and_the_label(frame: pd.DataFrame) -> None:
    data = Dataset.of(frame)
    row = data.edited(
        0,
        {
            "age": 40.0,
            "pay": 3,
            "left": False,
            "city": "Bern",
            "size": "M",
            "seen": "2024-02-01T00:00:00Z",
            "n": None,
        },
    )
    assert row.native.dtypes.equals(frame.dtypes)
    assert row.labels() == ["a"]
    assert row.record(0) == {
        "age": 40,
        "pay": 3.0,
        "left": False,
        "city": "Bern",
        "size": "M",
        "seen": pd.Timestamp("2024-02-01"),
        "n": None,
    }
    assert row.codes()[0, 3] == -1
    pd.testing.assert_frame_equal(data.take([0]).native, frame.iloc[[0]])


@pytest.mark.parametrize(
    ("feature", "value", "reason"),
    [
        ("age", "forty", "needs a whole number; the data has 18 to 60"),
        ("age", 18.5, "needs a whole number; the data has 18 to 60"),
        ("age", None, "cannot be missing; int64 has no missing value"),
        ("age", True, "needs a whole number"),
        ("age", 1e30, "needs a number from"),
        ("pay", "", "needs a number; the data has 1.5 to 1.5"),
        ("pay", float("inf"), "needs a finite number"),
        ("left", "maybe", "needs true or false"),
        ("city", 5, "needs text, such as Oslo, Rome"),
        ("size", "XL", "needs one of S, M, L"),
        (
            "seen",
            "yesterday",
            "needs a date such as 2024-01-31; the data has 2020-02-29 12:30:00 to 2024-01-31",
        ),
        ("n", 40_000, "needs a number from -32768 to 32767, which is what Int16 can hold"),
    ],
)
def test_bad_edits_say_why(frame: pd.DataFrame, feature: str, value: object, reason: str) -> None:
    with pytest.raises(InvalidEditError) as caught:
        Dataset.of(frame).edited(0, {feature: value})
    assert caught.value.feature == feature
    assert caught.value.reason.startswith(reason)


def test_unknown_feature_names_the_near_ones(frame: pd.DataFrame) -> None:
    with pytest.raises(InvalidInputError, match="'aeg' is not a column; did you mean age"):
        Dataset.of(frame).edited(0, {"aeg": 1})


def test_varied(frame: pd.DataFrame) -> None:
    many = Dataset.of(frame).varied(1, "age", np.array([20.0, 30.0]))
    assert many.native["age"].tolist() == [20, 30]
    assert many.native["size"].tolist() == ["S", "S"]
    assert many.native.dtypes.equals(frame.dtypes)
    assert many.labels() == ["b", "b"]


def test_missing_is_written_as_the_column_writes_it() -> None:
    X = pd.DataFrame({"a": ["x", None], "b": ["x", np.nan]}, dtype=object)
    row = Dataset.of(X).edited(0, {"a": None, "b": None}).native
    assert row["a"].iloc[0] is None
    assert np.isnan(row["b"].iloc[0])


def test_timezones() -> None:
    X = pd.DataFrame({"t": pd.to_datetime(["2024-06-01 12:00"]).tz_localize("Europe/Rome")})
    data = Dataset.of(X)
    assert data.text(0, "t") == "2024-06-01 10:00:00"
    row = data.edited(0, {"t": "2024-06-01T11:00:00+00:00"})
    assert row.native["t"].iloc[0] == pd.Timestamp("2024-06-01 13:00", tz="Europe/Rome")
    assert row.native.dtypes.equals(X.dtypes)


def test_categories_that_are_numbers_travel_as_text() -> None:
    data = Dataset.of(pd.DataFrame({"grade": pd.Categorical([3, 1, 2])}))
    assert data.schema["grade"].labels == ("1", "2", "3")
    for value in ("2", 2, 2.0):
        assert data.edited(0, {"grade": value}).codes()[0, 0] == 1


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_frames_of_other_libraries(library: str) -> None:
    columns = {
        "age": [18, 33, None],
        "pay": [1.5, None, 2.0],
        "left": [True, False, None],
        "city": ["Rome", None, "Oslo"],
        "seen": [dt.datetime(2024, 1, 31), None, dt.datetime(2020, 2, 29)],
    }
    if library == "polars":
        pl = pytest.importorskip("polars")
        X = pl.DataFrame({**columns, "size": pl.Series(["L", "S", None], dtype=pl.Enum(["S", "M", "L"]))})
    else:
        import pyarrow as pa

        X = pa.table({**columns, "size": pa.array(["S", "L", None]).dictionary_encode()})
    data = Dataset.of(X)
    assert [c.kind for c in data.schema] == [
        "integer",
        "numeric",
        "boolean",
        "categorical",
        "datetime",
        "categorical",
    ]
    np.testing.assert_array_equal(data.codes()[:, 0], [18, 33, np.nan])
    np.testing.assert_array_equal(data.codes()[:, 2], [1, 0, np.nan])
    np.testing.assert_array_equal(data.codes()[:, 3], [1, np.nan, 0])
    assert data.record(1) == {
        **{name: values[1] for name, values in columns.items()},
        "size": data.record(1)["size"],
    }
    row = data.edited(0, {"age": 40.0, "city": "Bern", "seen": "2024-02-01", "size": "S", "left": None})
    assert type(row.native) is type(X)
    assert row.native.schema == X.schema
    assert row.text(0, "city") == "Bern"
    assert (row.text(0, "age"), row.text(0, "seen"), row.text(0, "left")) == ("40", "2024-02-01", "missing")
    assert data.varied(0, "pay", [1, 2]).column("pay").tolist() == [1.0, 2.0]
    assert data.take([2, 0]).column("city").tolist() == ["Oslo", "Rome"]
    with pytest.raises(InvalidEditError, match="needs one of"):
        data.edited(0, {"size": "XXL"})


def test_lazy_frames_are_refused() -> None:
    pl = pytest.importorskip("polars")
    with pytest.raises(InvalidInputError, match=r"X\.collect\(\)"):
        Dataset.of(pl.LazyFrame({"a": [1]}))


def test_arrays() -> None:
    data = Dataset.of(np.array([[1.0, np.nan], [3.0, 4.0]], dtype=np.float32))
    assert data.edited(0, {"x1": 2}).native.dtype == np.float32
    np.testing.assert_array_equal(data.codes(), [[1, np.nan], [3, 4]])
    texts = Dataset.of(np.array([["ab", "c"], ["d", "e"]]))
    assert texts.edited(0, {"x0": "longer"}).native[0, 0] == "longer"
    objects = Dataset.of(np.array([["a", 1], ["b", 2]], dtype=object))
    assert [c.kind for c in objects.schema] == ["categorical", "integer"]
    assert objects.edited(1, {"x1": 5.0}).native.tolist() == [["b", 5]]
    with pytest.raises(InvalidInputError, match=r"reshape\(1, -1\)"):
        Dataset.of(np.ones(3))


@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csc_matrix, sparse.coo_array])
def test_sparse(make: object) -> None:
    dense = np.array([[0.0, 2.0, 0.0], [1.0, 0.0, -3.0]])
    data = Dataset.of(make(dense))  # type: ignore[operator]
    np.testing.assert_array_equal(data.codes(), dense)
    assert (data.schema["x2"].minimum, data.schema["x2"].maximum) == (-3, 0)
    np.testing.assert_array_equal(data.edited(0, {"x2": 7}).native.toarray(), [[0, 2, 7]])
    np.testing.assert_array_equal(data.varied(1, 0, [0, 5]).native.toarray(), [[0, 0, -3], [5, 0, -3]])


def test_hostile_names_and_values() -> None:
    name = "<img src=x onerror=alert(1)>`${a}` 'q' \"q\" 🦊 שלום " + "x" * 200
    data = Dataset.of(pd.DataFrame({name: ["<b>", "${x}"]}))
    assert data.names == (name,)
    assert data.text(0, name) == "<b>"
    assert data.edited(0, {name: "`"}).record(0) == {name: "`"}


def test_empty_tables() -> None:
    assert Dataset.of(pd.DataFrame({"a": pd.Series(dtype=float)})).codes().shape == (0, 1)
    assert Dataset.of(np.empty((0, 3))).schema["x1"].minimum is None


cells = {
    "int64": st.integers(-(2**53), 2**53),
    "Int8": st.none() | st.integers(-128, 127),
    "float64": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "bool": st.booleans(),
    "boolean": st.none() | st.booleans(),
    "object": st.none() | st.text(max_size=5),
    "category": st.none() | st.sampled_from(["a", "b", "c"]),
}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_value_of_a_column_can_be_put_into_any_row(source: st.DataObject) -> None:
    """What `record` shows, `edited` takes; nothing else in the row changes."""
    n = source.draw(st.integers(2, 6))
    columns = {
        dtype: pd.Series(source.draw(st.lists(values, min_size=n, max_size=n)), dtype=dtype)
        for dtype, values in cells.items()
    }
    frame = pd.DataFrame(columns)
    data = Dataset.of(frame)
    donor = data.record(n - 1)
    row = data.edited(0, donor)
    assert row.native.dtypes.equals(frame.dtypes)
    assert row.record(0) == donor
    np.testing.assert_array_equal(row.codes()[0], data.codes()[n - 1])


@pytest.mark.parametrize("values", [[[1], [2, 3]], [{"x": 1}, {"x": 2}]], ids=["lists", "structs"])
def test_columns_of_lists_are_refused_by_name(values):
    frame = pytest.importorskip("polars").DataFrame({"age": [1, 2], "visits": values})
    with pytest.raises(InvalidInputError, match=r"column 'visits' of type .*turn it into numbers or text"):
        Dataset.of(frame)


@pytest.mark.parametrize("which", [True, 1.7, None])
def test_a_feature_is_named_or_counted(which):
    schema = Dataset.of(np.zeros((2, 3))).schema
    assert schema.position(np.int64(2)) == 2
    with pytest.raises(InvalidInputError, match="neither a name nor a position"):
        schema.position(which)
