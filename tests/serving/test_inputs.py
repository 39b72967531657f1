"""Rows to score: what is taken, and what is said of what is not."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from interpret_widget import InvalidInputError, TabularExplainer
from interpret_widget.serving.inputs import InputColumn, InputSchema


@pytest.fixture(scope="module")
def scorer(people, prepared):
    X, score = people
    model = prepared(LogisticRegression(), handle_unknown="error").fit(X, score > 0)
    return TabularExplainer(model, X).for_scoring()


@pytest.fixture
def row(people):
    return {"age": 40, "income": 3000.0, "city": "Rome", "grade": "a", "remote": False}


def contributions(scorer, X):
    return [
        {each["feature"]: each["contribution"] for each in record["reasons"]} for record in scorer.records(X)
    ]


def alike(found, known):
    assert len(found) == len(known)
    for ours, theirs in zip(found, known, strict=True):
        assert ours == pytest.approx(theirs)


def test_every_form_of_a_row_says_the_same(scorer, row):
    frame = pd.DataFrame([row])
    known = contributions(scorer, row)
    many = pd.DataFrame([row] * 20)
    mixed = frame[["remote", "grade", "city", "income", "age"]]
    for form in (
        frame,
        [row],
        frame.iloc[0],
        mixed,
        dict(reversed(row.items())),
        frame.to_numpy(dtype=object),
    ):
        assert contributions(scorer, form) == known
    alike(contributions(scorer, many), known * 20)
    nullable = many.convert_dtypes()
    alike(contributions(scorer, nullable), known * 20)
    typed = many.astype({"age": "int8", "income": "float64", "city": "category", "remote": "object"})
    alike(contributions(scorer, typed), known * 20)


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_tables_of_other_libraries(scorer, row, library):
    module = pytest.importorskip(library)
    known = contributions(scorer, [row, row])
    table = module.DataFrame([row, row]) if library == "polars" else module.Table.from_pylist([row, row])
    assert contributions(scorer, table) == known


def test_missing_is_missing_however_it_is_written(scorer, row):
    known = contributions(scorer, {**row, "income": None})
    for gap in (np.nan, pd.NA, float("nan")):
        assert contributions(scorer, {**row, "income": gap}) == known
    many = pd.DataFrame([{**row, "income": None}] * 20)
    alike(contributions(scorer, many), known * 20)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"age": "40"}, "column 'age' needs a number, not '40'; it had 18 to 65"),
        ({"age": True}, "column 'age' needs a number, not True"),
        ({"income": np.inf}, "column 'income' holds an infinite number"),
        ({"city": "Paris"}, "column 'city' has 'Paris', which the model does not know; it knows"),
        ({"city": 3}, "column 'city' needs text, not 3; it had 'Bonn', 'Oslo', 'Rome'"),
        ({"city": None}, "column 'city' is missing in row 0, and the model takes no missing value there"),
        ({"remote": "yes"}, "column 'remote' needs true or false, not 'yes'"),
        ({"remote": 2}, "column 'remote' needs true or false, not 2"),
    ],
)
def test_a_wrong_value_is_named(scorer, row, change, said):
    for X in ({**row, **change}, pd.DataFrame([{**row, **change}] * 20)):
        with pytest.raises(InvalidInputError) as raised:
            scorer.explain(X)
        assert said in str(raised.value)


def test_columns_that_lack_are_named(scorer, row):
    del row["age"]
    with pytest.raises(InvalidInputError, match="X lacks the column 'age'; the model needs it"):
        scorer.explain(row)
    with pytest.raises(InvalidInputError, match="X lacks the column 'age'; is 'Age' meant for 'age'\\?"):
        scorer.explain({**row, "Age": 3})


def test_columns_too_many_are_named(scorer, row):
    with pytest.raises(InvalidInputError, match="X has the column 'left' that the model was not explained"):
        scorer.explain({**row, "left": 1})


def test_a_column_given_twice_is_named(scorer, row):
    frame = pd.DataFrame([row])
    twice = pd.concat([frame, frame[["age"]]], axis=1)
    with pytest.raises(InvalidInputError, match="column 'age' twice"):
        scorer.explain(twice)


@pytest.mark.parametrize(
    ("X", "said"),
    [
        (pd.DataFrame(columns=["age", "income", "city", "grade", "remote"]), "X has no rows"),
        ([], "give a DataFrame, dicts"),
        (np.zeros((2, 3)), "X is a ndarray of shape (2, 3); give a DataFrame, dicts, or an array of 5"),
        (7, "X is a int of shape ()"),
        ("rows", "X is a str of shape ()"),
        ([{"age": 1}, {"aged": 1}], "X[1] has other keys than X[0]"),
    ],
)
def test_what_is_no_table_is_refused(scorer, X, said):
    with pytest.raises(InvalidInputError) as raised:
        scorer.explain(X)
    assert said in str(raised.value)


def test_a_column_that_the_model_drops_may_be_left_out(people):
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, score = people
    model = make_pipeline(ColumnTransformer([("n", StandardScaler(), ["age"])]), LogisticRegression()).fit(
        X, score > 0
    )
    scorer = TabularExplainer(model, X).for_scoring()
    full = {each["feature"]: each for each in scorer.records(X[:1])[0]["reasons"]}
    part = {each["feature"]: each for each in scorer.records(X[["age"]][:1])[0]["reasons"]}
    assert part["age"] == full["age"]
    assert part["city"] == {"feature": "city", "value": None, "contribution": 0.0}


MOMENTS = InputSchema((InputColumn("when", "datetime", "datetime64[ns]", minimum=0.0, maximum=1e12),))


@pytest.mark.parametrize(
    "moment",
    [
        "2024-01-31T12:00:00",
        "2024-01-31T12:00:00Z",
        "2024-01-31T13:00:00+01:00",
        pd.Timestamp("2024-01-31 12:00"),
        datetime.datetime(2024, 1, 31, 12),
        np.datetime64("2024-01-31T12:00"),
    ],
)
def test_moments_are_read_in_many_forms(moment):
    known = pd.Timestamp("2024-01-31 12:00").timestamp() * 1000
    assert MOMENTS.read([{"when": moment}]).numbers[0, 0] == known
    many = pd.DataFrame({"when": [moment] * 20})
    assert (MOMENTS.read(many).numbers[:, 0] == known).all()
    assert MOMENTS.value(MOMENTS.read([{"when": moment}]), 0, 0) == "2024-01-31T12:00:00"


def test_what_is_no_moment_is_named():
    with pytest.raises(InvalidInputError, match="column 'when' needs a date such as 2024-01-31, not 'soon'"):
        MOMENTS.read({"when": "soon"})
