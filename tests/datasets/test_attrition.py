"""The data set that ships with the package."""

from __future__ import annotations

import numpy as np
import pandas as pd

from interpret_widget.datasets import load_attrition


def test_whole_table() -> None:
    table = load_attrition()
    assert table.shape == (1470, 35)
    assert table["Attrition"].sum() == 237
    assert not table.isna().any().any()
    assert table["MonthlyIncome"].mean().round(1) == 6502.9


def test_ready_for_a_model() -> None:
    X, y = load_attrition(return_X_y=True)
    assert X.shape == (1470, 30)
    assert not {"Attrition", "EmployeeCount", "EmployeeNumber", "Over18", "StandardHours"} & set(X.columns)
    assert X.index.is_unique
    assert X.index.equals(y.index)
    row = load_attrition().query("EmployeeNumber == 945").iloc[0]
    pd.testing.assert_series_equal(X.loc["emp-0945"], row[X.columns], check_names=False)
    assert sorted(y.unique()) == [0, 1]


def test_arrays() -> None:
    X, y = load_attrition(return_X_y=True, as_frame=False)
    assert isinstance(X, np.ndarray)
    assert X.shape == (1470, 30)
    assert y.dtype.kind == "i"
