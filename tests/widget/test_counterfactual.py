"""Edits that are said to change the outcome do change it, and none of them is idle."""

from __future__ import annotations

import json
import threading

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

from interpret_widget import explain
from interpret_widget.errors import CancelledError, InvalidInputError
from interpret_widget.models import adapt
from interpret_widget.tabular import Dataset
from interpret_widget.widget.counterfactual import nearest_other
from interpret_widget.widget.protocol import RefusedError
from interpret_widget.widget.questions import Questions
from interpret_widget.widget.sources import gather


def search(explanation, row, output=1, threshold=0.5, **options):
    return nearest_other(
        explanation,
        adapter=explanation.explainer.adapter,
        row=row,
        output=output,
        threshold=threshold,
        **options,
    )


@pytest.mark.parametrize("row", [0, 1, 2, 3, 50])
def test_the_edits_change_the_models_own_answer(binary, row):
    explanation, model, X, _ = binary
    found = search(explanation, row)
    edited = X.iloc[[row]].assign(**found.edits)
    assert model.predict(edited)[0] != model.predict(X.iloc[[row]])[0]
    assert found.probability == pytest.approx(model.predict_proba(edited)[0])
    assert found.label == f"p-{found.row}"
    for name, value in found.edits.items():
        assert X[name].iloc[found.row] == value


@pytest.mark.parametrize("row", range(6))
def test_none_of_the_edits_can_be_left_out(several, row):
    explanation, model, X, _ = several
    found = search(explanation, row)
    own = model.predict(X.iloc[[row]])[0]
    for name in found.edits:
        fewer = {key: value for key, value in found.edits.items() if key != name}
        assert model.predict(X.iloc[[row]].assign(**fewer))[0] == own


def test_one_edit_is_enough_where_one_column_decides():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 5)), columns=list("abcde"))
    model = DecisionTreeClassifier(max_depth=1).fit(X, X["c"] > 0)
    found = search(explain(model, X), 0)
    assert list(found.edits) == ["c"]


def test_the_threshold_of_the_dashboard_decides(binary):
    explanation = binary[0]
    sure = explanation.probabilities[:, 1]
    row = int(np.argmin(np.where(sure > 0.5, sure, np.inf)))
    high = float((sure[row] + sure.max()) / 2)
    assert search(explanation, row, threshold=high).probability[1] >= high
    assert search(explanation, row, threshold=0.5).probability[1] < 0.5


def test_regression_moves_by_a_standard_deviation(regression):
    explanation, model, X, _ = regression
    found = search(explanation, 4, output=0)
    moved = model.predict(X.iloc[[4]].assign(**found.edits))[0] - model.predict(X.iloc[[4]])[0]
    assert abs(moved) >= np.std(model.predict(X))
    assert found.probability is None


def test_missing_values_dates_and_levels_travel():
    n = 40
    X = pd.DataFrame(
        {
            "day": pd.date_range("2024-01-01", periods=n),
            "level": pd.Categorical(["x", "y"] * (n // 2)),
            "number": np.where(np.arange(n) % 3 == 0, np.nan, np.arange(n)),
        }
    )

    def late(frame):
        high = (frame["day"] >= pd.Timestamp("2024-01-21")) & frame["number"].isna().to_numpy()
        return np.column_stack([1 - 0.9 * high, 0.9 * high])

    from interpret_widget import Explanation

    shown = late(X)
    data = Dataset.of(X)
    explanation = Explanation.from_values(
        np.zeros((n, 3, 2)),
        X,
        probabilities=shown,
        predictions=shown,
        output_space="probability",
        output_names=["a", "b"],
    )
    found = nearest_other(
        explanation, adapter=adapt(late, data, classes=["a", "b"]), row=1, output=1, threshold=0.5
    )
    assert found.edits.keys() <= {"day", "level", "number"}
    assert found.edits["number"] is None
    assert found.edits["day"] >= "2024-01-21"


def test_where_there_is_no_other_outcome_it_says_so():
    X = pd.DataFrame({"a": np.arange(10.0)})
    explanation = explain(lambda frame: np.tile([0.8, 0.2], (len(frame), 1)), X, classes=["x", "y"])
    with pytest.raises(InvalidInputError, match="no row that could be found has another predicted class"):
        search(explanation, 0)


def test_it_stops_when_cancelled(binary):
    token = threading.Event()
    token.set()
    with pytest.raises(CancelledError):
        search(binary[0], 0, cancel=token)


def ask(explanation, **params):
    def progress(done, total):
        seen.append((done, total))

    seen = []
    sources = gather(explanation, None, None, None, None, None)
    methods = Questions(
        sources.explanation,
        explainer=sources.explainer,
        adapter=sources.adapter,
        threshold=lambda: params.pop("threshold", 0.5),
        output_payload=lambda output, level: {},
        lock=threading.RLock(),
    ).methods()
    answer = methods["counterfactuals"](params, params.pop("token", threading.Event()), progress)
    assert seen
    assert all(0 <= done <= total for done, total in seen)
    return answer


def test_the_page_gets_alternatives_that_hold_what_is_held(binary):
    explanation, model, X, _ = binary
    held = X.columns[0]
    found = ask(explanation, row=0, desired=None, fixed=[held], max_changes=3)
    own = model.predict(X.iloc[[0]])[0]
    assert 1 <= len(found["items"]) <= 4
    json.dumps(found)
    for item in found["items"]:
        assert held not in item["edits"]
        assert len(item["edits"]) <= 3
        edited = explanation.data.edited(0, item["edits"])
        assert model.predict(edited.native)[0] != own
        assert item["probability"] == pytest.approx(model.predict_proba(edited.native)[0])
        assert item["texts"].keys() == item["edits"].keys()


def test_alternatives_go_by_the_threshold_of_the_dashboard(binary):
    explanation, model, _, _ = binary
    row = int(np.argmin(explanation.probabilities[:, 1]))
    for item in ask(explanation, row=row, threshold=0.8)["items"]:
        assert model.predict_proba(explanation.data.edited(row, item["edits"]).native)[0, 1] >= 0.8


def test_alternatives_of_a_regression_go_up_or_down(regression):
    explanation, model, X, _ = regression
    own, spread = model.predict(X.iloc[[4]])[0], np.std(model.predict(X))
    for item in ask(explanation, row=4, desired="down")["items"]:
        assert item["prediction"][0] <= own - spread * (1 - 1e-9)
        assert item["outcome"] is None


def test_questions_for_alternatives_that_cannot_be_are_refused(binary):
    with pytest.raises(RefusedError, match="out of range"):
        ask(binary[0], row=10**6)
    with pytest.raises(RefusedError, match="not a list"):
        ask(binary[0], row=0, fixed="a")
    with pytest.raises(InvalidInputError, match="max_changes"):
        ask(binary[0], row=0, max_changes=0)
    token = threading.Event()
    token.set()
    with pytest.raises(CancelledError):
        ask(binary[0], row=0, token=token)
