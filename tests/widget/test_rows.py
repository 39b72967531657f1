"""The table of rows that the page does not hold: order, search, pages, against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from interpret_widget import Explanation
from interpret_widget.widget.protocol import RefusedError
from interpret_widget.widget.rows import RowTable, natural


def ask(table, **params):
    given = {"sort": "position", "descending": False, "search": "", "offset": 0, "limit": 500, "cohort": []}
    return table.page({**given, **params}, 0.5)


def everything(table, **params):
    return ask(table, **params)["rows"].tolist()


@pytest.mark.parametrize("descending", [False, True])
def test_rows_are_sorted_by_prediction(binary, descending):
    explanation = binary[0]
    found = everything(RowTable(explanation), sort="prediction", descending=descending, output="left")
    shown = pd.Series(explanation.probabilities[:, 0])
    assert found == shown.sort_values(ascending=not descending, kind="stable").index.tolist()


def test_the_worst_errors_come_first(binary):
    explanation, _, _, y = binary
    found = everything(RowTable(explanation), sort="error", descending=True, output="stayed")
    wrong = 1 - np.where(y == "left", explanation.probabilities[:, 0], explanation.probabilities[:, 1])
    assert np.all(np.diff(wrong[found]) <= 0)


def test_rows_of_unknown_outcome_come_last_either_way():
    explanation = Explanation.from_values(
        np.zeros((4, 1)), predictions=np.array([1.0, 2.0, 3.0, 4.0]), y=np.array([np.nan, 2.0, 1.0, np.nan])
    )
    table = RowTable(explanation)
    assert everything(table, sort="error", descending=True) == [2, 1, 0, 3]
    assert everything(table, sort="outcome", descending=False) == [2, 1, 0, 3]
    assert everything(table, sort="outcome", descending=True) == [1, 2, 0, 3]


def test_pages_join_to_the_whole(regression):
    table = RowTable(regression[0])
    whole = everything(table, sort="prediction", descending=True)
    parts = [ask(table, sort="prediction", descending=True, offset=at, limit=50) for at in range(0, 120, 50)]
    assert [row for part in parts for row in part["rows"]] == whole
    assert {part["total"] for part in parts} == {120}
    first = parts[0]
    assert first["labels"] == [f"p-{row}" for row in first["rows"]]
    assert np.array_equal(first["predictions"], regression[0].predictions[first["rows"]])
    assert first["outcomes"] == pytest.approx(np.asarray(regression[3])[first["rows"]])


def test_a_label_is_found_by_a_part_of_it(regression):
    found = everything(RowTable(regression[0]), search="P-11")
    assert found == [11, *range(110, 120)]


def test_values_are_found_by_text_and_by_number(binary):
    explanation, _, X, _ = binary
    table = RowTable(explanation)
    assert everything(table, search="smi") == np.flatnonzero(X["role"] == "smith").tolist()
    age = int(X["age"].iloc[0])
    assert everything(table, search=f"age = {age}") == np.flatnonzero(X["age"] == age).tolist()
    assert everything(table, search="role=smith") == np.flatnonzero(X["role"] == "smith").tolist()
    assert everything(table, search="role=smi") == []


def test_a_cohort_narrows_the_table(binary):
    explanation, _, X, _ = binary
    cohort = [{"feature": "age", "min": 30}, {"feature": "role", "values": ["nurse", "clerk"]}]
    found = everything(RowTable(explanation), cohort=cohort)
    assert found == np.flatnonzero((X["age"] >= 30) & (X["role"] != "smith")).tolist()


def test_labels_sort_as_people_count(regression):
    found = everything(RowTable(regression[0]), sort="label")
    assert found == list(range(120))
    assert sorted(["x10", "X9", "x1a", "x1"], key=natural) == ["x1", "x1a", "X9", "x10"]


def test_numbers_as_labels_sort_as_numbers():
    frame = pd.DataFrame({"a": [0.0, 1.0, 2.0]}, index=[10, -5, 9])
    assert everything(RowTable(Explanation.from_values(np.zeros((3, 1)), frame)), sort="label") == [1, 2, 0]


def test_an_unknown_order_is_refused(regression):
    with pytest.raises(RefusedError, match="sort='age'"):
        ask(RowTable(regression[0]), sort="age")
