"""Rows made of codes are the rows that edits make, one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from interpret_widget.errors import InvalidEditError
from interpret_widget.tabular import Composer, Dataset

FRAME = pd.DataFrame(
    {
        "number": [1.5, np.nan, 3.25, 4.0],
        "whole": np.array([1, 2, 3, 4], dtype=np.int16),
        "level": pd.Categorical(["a", "b", "a", "c"]),
        "text": ["x", None, "y", "x"],
        "flag": [True, False, True, True],
        "day": pd.date_range("2024-01-01", periods=4),
    }
)


def tables():
    pl = pytest.importorskip("polars")
    pa = pytest.importorskip("pyarrow")
    numbers = FRAME[["number", "whole"]].to_numpy(dtype=float)
    return {
        "pandas": FRAME,
        "one dtype": FRAME[["number"]].assign(other=[0.0, 1.0, 2.0, 3.0]),
        "polars": pl.from_pandas(FRAME),
        "pyarrow": pa.Table.from_pandas(FRAME, preserve_index=False),
        "array": numbers,
        "sparse": sparse.csr_matrix(np.nan_to_num(numbers)),
    }


@pytest.mark.parametrize("library", ["pandas", "one dtype", "polars", "pyarrow", "array", "sparse"])
@pytest.mark.parametrize("position", [0, 1])
def test_each_row_is_what_the_same_edits_make_of_it(library, position):
    data = Dataset.of(tables()[library])
    row = data.take([position])
    own = row.codes()[0]
    rng = np.random.default_rng(0)
    # Cells of other rows, where they are known; several batches meet new values.
    composer = Composer(row)
    for _ in range(3):
        others = data.codes()[rng.integers(0, 4, 6)]
        codes = np.array([np.choose(rng.integers(0, 2, len(own)), [own, each]) for each in others])
        codes = np.where(np.isnan(codes), own, codes)
        made = Dataset.of(composer.compose(codes), feature_names=data.names, like=data.schema)
        assert type(made.native) is type(row.native)
        np.testing.assert_array_equal(made.codes(), codes)
        for k in range(6):
            edits = {
                name: composer.value(j, codes[k, j])
                for j, name in enumerate(data.names)
                if not np.array_equal(codes[k, j], own[j], equal_nan=True)
            }
            assert made.record(k) == row.edited(0, edits).record(0)
        if library == "pandas":
            assert made.native.dtypes.to_dict() == FRAME.dtypes.to_dict()
        if library == "polars":
            assert made.native.schema == row.native.schema


def test_a_level_that_is_not_listed_stays_where_it_does_not_change():
    data = Dataset.of(pd.DataFrame({"level": ["a", "b"], "n": [1, 2]}))
    row = Dataset.of(pd.DataFrame({"level": ["new"], "n": [5]}), like=data.schema)
    codes = row.codes()[0]
    made = Composer(row).compose(np.array([[codes[0], 7.0], [0.0, codes[1]]]))
    assert made.to_dict("list") == {"level": ["new", "a"], "n": [7, 5]}


def test_a_value_that_the_column_cannot_hold_is_named():
    row = Dataset.of(FRAME).take([0])
    codes = row.codes().copy()
    codes[0, 1] = 1e6
    with pytest.raises(InvalidEditError, match="whole"):
        Composer(row).compose(codes)
