"""The dashboard as its user in Python meets it: traits, names, rows, errors."""

from __future__ import annotations

import json

import ipywidgets
import numpy as np
import pandas as pd
import pytest
from traitlets import TraitError

from interpret_widget import Explanation, ExplanationDashboard, compare, explain
from interpret_widget.errors import InvalidInputError
from interpret_widget.widget import codec


@pytest.fixture
def dashboard(binary):
    explanation, model, X, y = binary
    made = ExplanationDashboard(explanation, model, X, y)
    yield made
    made.close()


def test_it_opens_on_the_class_that_is_asked_about(dashboard):
    assert (dashboard.output, dashboard.level, dashboard.row, dashboard.view) == (
        "stayed",
        "raw",
        0,
        "overview",
    )
    assert dashboard.row_label == "p-0"


@pytest.mark.parametrize(
    ("trait", "value", "said"),
    [
        ("view", "table", "'table' is not one of 'overview', 'row'"),
        ("level", "cooked", "'cooked' is not one of 'raw', 'engineered'"),
        ("output", "gone", "is not an output"),
        ("feature", "agge", "did you mean 'age'"),
        ("row", 120, "rows 0 to 119"),
        ("row", "p-3", r"go_to\(label\)"),
        ("selection", [5, 400], "holds 400"),
        ("selection", [True, False], r"shape \(2,\)"),
        ("threshold", 1.5, "use 0 to 1"),
        ("top_k", 0, "use 1 or more"),
        ("cohort", [{"feature": "role", "min": 1}], r"use values=\[…\]"),
        ("scenario", {"age": "old"}, "age: needs a whole number; the data has"),
        ("scenario", {"agge": 3}, "agge"),
        ("scenario", [1], "is not a dict"),
        ("scenarios", [{"name": "x"}], "name, row and edits"),
    ],
)
def test_a_value_out_of_range_names_the_range_and_changes_nothing(dashboard, trait, value, said):
    before = getattr(dashboard, trait)
    with pytest.raises(TraitError, match=said):
        setattr(dashboard, trait, value)
    assert np.array_equal(getattr(dashboard, trait), before)


def test_values_are_taken_as_people_write_them(dashboard):
    dashboard.row = -1
    assert dashboard.row == 119
    dashboard.output = 0
    assert dashboard.output == "left"
    dashboard.selection = np.arange(120) % 40 == 0
    assert dashboard.selection.tolist() == [0, 40, 80]
    dashboard.cohort = {"feature": "age", "min": 30}
    assert dashboard.cohort == [{"feature": "age", "min": 30}]
    dashboard.row = 3
    dashboard.scenario = {"age": np.int64(30), "member": True, "role": "smith"}
    assert dashboard.scenario == {"age": 30, "member": True, "role": "smith"}


def test_class_labels_are_outputs_too():
    X = pd.DataFrame({"a": np.arange(20.0)})
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(X, np.repeat([3, 7], 10))
    dashboard = explain(model, X).dashboard()
    assert dashboard.output == "7"
    dashboard.output = 3
    assert dashboard.output == "3"


def test_rows_come_back_in_the_users_own_table(dashboard, binary):
    X = binary[2]
    dashboard.selection = [4, 2]
    pd.testing.assert_frame_equal(dashboard.selected_rows, X.iloc[[2, 4]])
    dashboard.cohort = [{"feature": "age", "max": 25}, {"feature": "role", "values": ["nurse"]}]
    pd.testing.assert_frame_equal(dashboard.cohort_rows, X[(X["age"] <= 25) & (X["role"] == "nurse")])


def test_a_row_is_found_by_its_label(dashboard):
    dashboard.go_to("p-77")
    assert (dashboard.row, dashboard.view, dashboard.row_label) == (77, "row", "p-77")
    with pytest.raises(InvalidInputError, match="p-7"):
        dashboard.go_to("p-777")


def test_traits_are_observed_and_linked(dashboard):
    seen = []
    dashboard.observe(lambda change: seen.append((change.old, change.new)), "row")
    slider = ipywidgets.IntSlider(max=119)
    ipywidgets.link((slider, "value"), (dashboard, "row"))
    slider.value = 12
    assert dashboard.row == 12
    assert seen == [(0, 12)]


def test_initial_traits_are_arguments(binary):
    dashboard = binary[0].dashboard(row=5, top_k=3, view="row", feature="age", scenario={"age": 20})
    assert (dashboard.row, dashboard.top_k, dashboard.view, dashboard.feature) == (5, 3, "row", "age")
    assert dashboard.scenario == {"age": 20}


def test_an_unknown_argument_is_named_beside_the_known_ones(binary):
    with pytest.raises(TypeError, match=r"does not know 'rows'; it takes .*max_points.*scenario"):
        ExplanationDashboard(binary[0], rows=3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"dataset": pd.DataFrame({"a": [1]})}, "dataset has 1 rows, but the explanation is of 120"),
        ({"true_y": [1, 2]}, r"true_y has shape \(2,\), but the explanation has 120 rows"),
        ({"classes": ["one"]}, "must be 2 different names"),
        ({"max_points": 0}, "max_points=0"),
    ],
)
def test_what_does_not_fit_together_is_refused(binary, arguments, said):
    with pytest.raises(InvalidInputError, match=said):
        ExplanationDashboard(binary[0], **arguments)


def test_the_whole_table_will_do_for_some_of_its_features(binary):
    explanation, model, X, _ = binary
    some = explanation.select(features=["role", "age"])
    board = ExplanationDashboard(some, model, X)
    assert board.explanation.feature_names == ("role", "age")
    pd.testing.assert_frame_equal(board.explanation.data.native, X[["role", "age"]])
    assert board._schema["model_note"].startswith("What-if is off")
    with pytest.raises(InvalidInputError, match="dataset lacks 'role'"):
        ExplanationDashboard(some, model, X.drop(columns="role"))
    with pytest.raises(InvalidInputError, match="other columns than the explanation"):
        ExplanationDashboard(explanation, model, X.assign(more=1))


def test_something_else_than_an_explanation_says_what_to_give():
    with pytest.raises(InvalidInputError, match="explanation is a list; give what explain"):
        ExplanationDashboard([1, 2, 3])


def test_names_for_people_replace_those_of_the_model(binary):
    dashboard = ExplanationDashboard(binary[0], classes=["goes", "stays"])
    assert dashboard.output == "stays"
    assert dashboard._schema["output_names"] == ["goes", "stays"]


def test_an_explanation_of_the_old_system_order_of_arguments(binary):
    """``ExplanationDashboard(global_explanation, model, x_test)``, as the workshop writes it."""
    explanation, model, X, _ = binary
    assert ExplanationDashboard(explanation, model, X)._schema["has_model"]


def test_without_a_model_the_panel_says_how_to_give_one(regression):
    given = Explanation.from_values(regression[0].values, regression[2])
    dashboard = given.dashboard()
    assert not dashboard._schema["has_model"]
    assert "ExplanationDashboard(explanation, model)" in dashboard._schema["model_note"]


def test_another_model_than_the_one_explained_is_said(binary):
    explanation, model, *_ = binary
    other = lambda frame: model.predict_proba(frame)[:, ::-1]  # noqa: E731
    note = ExplanationDashboard(explanation, other)._schema["model_note"]
    assert "is not the one explained" in note


def test_another_explanation_takes_the_same_place(dashboard, regression):
    dashboard.row, dashboard.feature, dashboard.scenario = 119, "age", {"age": 20}
    dashboard.explanation = regression[0][:50]
    assert (dashboard.output, dashboard.feature, dashboard.row) == ("prediction", "age", 49)
    assert dashboard.scenario == {}
    assert dashboard._epoch == 2
    assert dashboard._schema["task"] == "regression"


def test_what_is_synced_at_first_is_small(binary):
    dashboard = binary[0].dashboard()
    state = dashboard.get_state()
    size = sum(len(bytes(array["data"])) for array in state["_payload"].values())
    assert size == sum(codec.decode(array).nbytes for array in state["_payload"].values())
    assert size < 200_000


def test_the_notebook_keeps_a_table_for_viewers_without_widgets(dashboard):
    bundle = dashboard._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    assert binary_top(dashboard) in data["text/html"]
    assert "<script" not in data["text/html"]


def binary_top(dashboard):
    return dashboard.explanation.get_ranked_global_names(top_k=1)[0]


def test_its_text_tells_one_from_another(dashboard):
    assert "120 rows × 4 features" in repr(dashboard)


def test_a_comparison_has_a_panel_of_its_own():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(80, 2)), columns=["pay", "age"], index=[f"r{i}" for i in range(80)])
    before = Explanation.from_values(rng.normal(size=(80, 2)), table)
    after = Explanation.from_values(before.values[..., 0] * [1, 5], table)
    found = compare(before, after, names=("main", "branch"))
    dashboard = found.dashboard()
    assert dashboard.view == "changes"
    told = dashboard._schema["changes"]
    json.dumps(told, allow_nan=False)
    assert told["names"] == ["main", "branch"]
    assert told["outputs"][0]["features"][0]["name"] == "age"
    assert told["rows"]["n"] == 80
    assert told["rows"]["lines"][0]["label"] == found.to_frame("rows").index[0]
    assert table.index[told["rows"]["lines"][0]["row"]] == found.to_frame("rows").index[0]
    dashboard.explanation = before
    assert dashboard._schema["changes"] is None
    assert dashboard.view == "overview"


def test_a_comparison_of_something_else_is_refused():
    one = Explanation.from_values(np.eye(3))
    with pytest.raises(InvalidInputError, match="about another explanation"):
        ExplanationDashboard(one, comparison=compare(one, Explanation.from_values(np.eye(3))))
    with pytest.raises(InvalidInputError, match="comparison is a dict"):
        ExplanationDashboard(one, comparison={})
    with pytest.raises(TraitError, match="view='changes' is not one of"):
        ExplanationDashboard(one, view="changes")
