"""Cohorts against a judgement row by row."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpret_widget.errors import InvalidInputError
from interpret_widget.tabular import Dataset
from interpret_widget.widget import cohort

FRAME = pd.DataFrame(
    {
        "number": [1.0, 2.5, np.nan, -4.0, 2.5, 9.0],
        "level": ["a", "b", None, "a", "c", "b"],
        "flag": [True, False, True, True, False, False],
        "day": pd.to_datetime(["2024-01-01", "2024-01-02", None, "2024-01-04", "2024-01-05", "2024-01-06"]),
    }
)
TABLES = [Dataset.of(FRAME)]
numbers = st.sampled_from([-4.0, 0.0, 1.0, 2.5, 9.0])
conditions = st.one_of(
    st.builds(lambda a, b: {"feature": "number", "min": min(a, b), "max": max(a, b)}, numbers, numbers),
    st.builds(lambda a: {"feature": "number", "min": a}, numbers),
    st.builds(lambda v: {"feature": "level", "values": v}, st.lists(st.sampled_from("abc"), max_size=3)),
    st.builds(lambda v: {"feature": "flag", "values": [v]}, st.sampled_from(["True", "False"])),
)


def meets(row, condition):
    value = FRAME[condition["feature"]].iloc[row]
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return False
    if "values" in condition and str(value) not in condition["values"]:
        return False
    return (
        condition.get("min", -math.inf) <= value <= condition.get("max", math.inf)
        if "min" in condition
        else True
    )


@given(st.lists(conditions, max_size=4))
def test_a_row_is_in_where_it_meets_every_condition(given_conditions):
    cohort.check_conditions(TABLES, given_conditions)
    found = cohort.mask(TABLES, given_conditions)
    assert found.tolist() == [all(meets(row, each) for each in given_conditions) for row in range(6)]


def test_dates_are_milliseconds():
    start = pd.Timestamp("2024-01-04").timestamp() * 1000
    assert cohort.mask(TABLES, [{"feature": "day", "min": start}]).tolist() == [False] * 3 + [True] * 3


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"feature": "numbr", "min": 1}, "did you mean 'number'"),
        ({"feature": "number", "min": 3, "max": 1}, "min=3 above max=1"),
        ({"feature": "level", "min": 1}, r"use values=\[…\] with a, b, c"),
        ({"feature": "level", "values": ["z"]}, "'z' is not a value of 'level'; it has a, b, c"),
        ({"feature": "level", "values": "a"}, "is not a list"),
        ({"feature": "number", "values": ["tall"]}, "'tall' is not a value of 'number'"),
        ({"feature": "number", "over": 1}, "'over' in the condition on 'number' is not known"),
        ({"feature": "number", "max": "high"}, "max='high' of the condition on 'number' is not a number"),
        ({"min": 1}, "is not a condition"),
        ("number > 1", "is not a condition"),
    ],
)
def test_what_cannot_be_judged_says_how_to_write_it(condition, said):
    with pytest.raises(InvalidInputError, match=said):
        cohort.check_conditions(TABLES, [condition])


def test_engineered_columns_may_be_named_too(binary):
    explanation = binary[0]
    tables = cohort.tables_of(explanation)
    name = next(name for name in explanation.engineered.feature_names if "smith" in name)
    condition = [{"feature": name, "min": 0.5}]
    cohort.check_conditions(tables, condition)
    assert np.array_equal(cohort.mask(tables, condition), binary[2]["role"] == "smith")
