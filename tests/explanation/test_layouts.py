"""Contributions that do not belong to the rows they are given with are refused, not joined."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import shap

from interpret_widget import Explanation
from interpret_widget.errors import InvalidInputError

X = pd.DataFrame({"a": [1.0, 2, 3], "b": [0.0, 1, 0], "c": [5.0, 5, 6]}, index=["x", "y", "z"])
V = pd.DataFrame(np.arange(9.0).reshape(3, 3), columns=["a", "b", "c"], index=["x", "y", "z"])


@pytest.mark.parametrize(
    "library", [lambda t: t, pl.from_pandas, pa.Table.from_pandas], ids=["pd", "pl", "pa"]
)
def test_columns_in_another_order_are_refused(library):
    plain = V.reset_index(drop=True)
    assert Explanation.from_values(library(plain), X).feature_names == ("a", "b", "c")
    with pytest.raises(InvalidInputError, match=r"values has the columns of data in another order \(c, a, b"):
        Explanation.from_values(library(plain[["c", "a", "b"]]), X)


def test_rows_in_another_order_are_refused_unless_they_have_no_labels():
    with pytest.raises(InvalidInputError, match=r"give values\.loc\[data\.index\]"):
        Explanation.from_values(V.loc[["z", "x", "y"]], X)
    with pytest.raises(InvalidInputError, match="std_errors has the row labels"):
        Explanation.from_values(V, X, std_errors=V.iloc[::-1])
    assert Explanation.from_values(V.reset_index(drop=True), X).values[0, 2, 0] == 2.0
    assert Explanation.from_values(V.loc[X.index], X).values[2, 0, 0] == 6.0


def test_names_come_with_the_values_where_the_rows_have_none():
    for values in (V, pl.from_pandas(V), pa.Table.from_pandas(V, preserve_index=False)):
        assert Explanation.from_values(values, X.to_numpy()).feature_names == ("a", "b", "c")


def test_interaction_values_are_not_taken_for_classes():
    cube = np.random.default_rng(0).normal(size=(3, 3, 3))
    symmetric = cube + cube.transpose(0, 2, 1)
    with pytest.raises(InvalidInputError, match=r"interaction values; give values\.sum\(axis=2\)"):
        Explanation.from_values(symmetric, X)
    with pytest.raises(InvalidInputError, match="interaction values"):
        Explanation.from_shap(shap.Explanation(symmetric, np.zeros(3), X.to_numpy()))
    assert Explanation.from_values(cube, X).n_outputs == 3
    # Two features of opposite effect on two classes are symmetric, too.
    classes = np.array([[[-1.0, 1.0], [1.0, -1.0]]])
    assert Explanation.from_values(classes).task == "binary"


def test_one_text_is_one_name():
    assert Explanation.from_values(V, X, output_names="price").output_names == ("price",)
    with pytest.raises(InvalidInputError, match="1 names"):
        Explanation.from_values(V.to_numpy(), feature_names="abc")


@pytest.mark.parametrize("argument", ["base_values", "predictions", "probabilities", "std_errors"])
def test_text_is_no_number_and_the_argument_is_named(argument):
    with pytest.raises(InvalidInputError, match=f"{argument} cannot be read as numbers"):
        Explanation.from_values(V, X, **{argument: ["p", "q", "r"]})


def test_complex_numbers_are_refused():
    with pytest.raises(InvalidInputError, match="complex"):
        Explanation.from_values(V.to_numpy() * 1j, X)


def test_how_outcomes_were_read_is_said_where_it_could_be_meant_otherwise():
    cube = np.random.default_rng(0).normal(size=(3, 3, 3))
    said = Explanation.from_values(cube, X, y=[1, 2, 1], output_names=["u", "v", "w"])
    assert any("1 = v, 2 = w" in note for note in said.notes)
    plain = Explanation.from_values(cube, X, base_values=0.0, y=[0, 2, 1], output_names=["u", "v", "w"])
    assert plain.notes == ()
