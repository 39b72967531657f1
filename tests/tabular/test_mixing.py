"""Mixed rows against cell by cell copying."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import Dataset, mix


def mixed_frame(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "f": rng.normal(size=n),
            "i": rng.integers(0, 9, n),
            "s": rng.choice(["a", "b"], n),
            "c": pd.Categorical(rng.choice(["x", "y"], n), ["x", "y", "z"]),
            "b": rng.random(n) < 0.5,
            "n": pd.array(rng.integers(0, 9, n), dtype="Int64"),
            "t": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 9, n), unit="D"),
        }
    )


def expected(a: Dataset, fr: np.ndarray, b: Dataset, br: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.where(mask, a.codes()[fr], b.codes()[br])


def tables(library: str) -> tuple[Any, Any]:
    a, b = mixed_frame(40, 0), mixed_frame(7, 1)
    if library == "pandas":
        return a, b
    if library == "floats":
        return a[["f"]].assign(g=a["f"] * 2), b[["f"]].assign(g=b["f"] * 2)
    if library == "polars":
        pl = pytest.importorskip("polars")
        return pl.from_pandas(a), pl.from_pandas(b)
    if library == "pyarrow":
        import pyarrow as pa

        plain = ["f", "i", "s", "b", "t"]
        return pa.Table.from_pandas(a[plain]), pa.Table.from_pandas(b[plain])
    dense = a[["f", "i"]].to_numpy(), b[["f", "i"]].to_numpy()
    dense[0][3, 0] = dense[1][2, 1] = np.nan
    dense[0][5:9] = 0
    return dense if library == "numpy" else (sparse.csr_matrix(dense[0]), sparse.csr_matrix(dense[1]))


@pytest.mark.parametrize("library", ["pandas", "floats", "polars", "pyarrow", "numpy", "sparse"])
@pytest.mark.parametrize("m", [1, 5, 200])
def test_cells_come_from_where_the_mask_says(library: str, m: int) -> None:
    X, Z = tables(library)
    a = Dataset.of(X)
    b = Dataset.of(Z, like=a.schema)
    rng = np.random.default_rng(2)
    fr, br = rng.integers(0, a.n_rows, m), rng.integers(0, b.n_rows, m)
    mask = rng.random((m, a.n_columns)) < 0.5
    native = mix(a, fr, b, br, mask)
    assert type(native) is type(X)
    np.testing.assert_array_equal(Dataset.of(native, like=a.schema).codes(), expected(a, fr, b, br, mask))
    if hasattr(X, "dtypes"):
        assert list(native.dtypes) == list(X.dtypes)


def test_one_row_against_many() -> None:
    a = Dataset.of(mixed_frame(3, 0))
    mask = np.zeros((4, 7), dtype=bool)
    mask[:, 0] = True
    native = mix(a, 2, a, np.array([0, 1, 0, 1]), mask)
    assert native["f"].nunique() == 1
    assert native["i"].tolist() == a.native["i"].iloc[[0, 1, 0, 1]].tolist()


def test_column_names_that_are_not_text_survive() -> None:
    X = pd.DataFrame({0: [1, 2], ("a", 1): ["x", "y"]})
    a = Dataset.of(X)
    assert list(mix(a, 0, a, 1, np.ones((1, 2), bool)).columns) == list(X.columns)


def test_wrong_mask() -> None:
    a = Dataset.of(np.ones((2, 3)))
    with pytest.raises(InvalidInputError, match=r"mask has shape \(1, 2\)"):
        mix(a, 0, a, 1, np.ones((1, 2), bool))
