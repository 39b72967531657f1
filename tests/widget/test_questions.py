"""What the page is told is what the explainer and the model say."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest

from interpret_widget import Explanation, LinearExplainableModel, MimicExplainer, explain
from interpret_widget.errors import InvalidEditError
from interpret_widget.widget.payload import prepare
from interpret_widget.widget.protocol import RefusedError
from interpret_widget.widget.questions import Questions
from interpret_widget.widget.sources import gather


def questions(explanation, model=None):
    sources = gather(explanation, model, None, None, None, None)
    ready = prepare(explanation, title="", max_points=100, random_state=0, has_model=True, model_note=None)
    return Questions(
        sources.explanation,
        explainer=sources.explainer,
        adapter=sources.adapter,
        threshold=lambda: 0.5,
        output_payload=ready.output_payload,
        lock=threading.RLock(),
        original=sources.original,
    ).methods()


def ask(methods, method, **params):
    return methods[method](params, threading.Event(), lambda done, total: None)


def test_a_row_as_it_is_comes_from_the_explanation(binary):
    explanation = binary[0]
    found = ask(questions(explanation), "explain_row", row=5, edits={}, level="raw")
    assert np.array_equal(found["values"], explanation.values[5].T)
    assert found["prediction"] == explanation.predictions[5].tolist()
    assert found["label"] == "p-5"
    assert found["x_text"][2] == binary[2]["role"].iloc[5]


@pytest.mark.parametrize("level", ["raw", "engineered"])
def test_an_edited_row_is_explained_as_a_fresh_explanation_would(binary, level):
    explanation, model, X, _ = binary
    edits = {"age": 25, "role": "smith", "member": True}
    found = ask(questions(explanation), "explain_row", row=5, edits=edits, level=level)
    edited = X.iloc[[5]].assign(age=25, role="smith", member=True)
    truth = explain(model, edited, background=X)
    truth = truth if level == "raw" else truth.engineered
    assert found["values"] == pytest.approx(truth.values[0].T, abs=1e-12)
    assert found["probability"] == pytest.approx(model.predict_proba(edited)[0])
    total = np.asarray(found["base_values"]) + found["values"].sum(axis=1)
    assert total == pytest.approx(found["prediction"], abs=1e-9)


def test_an_imitation_stays_one_and_the_model_has_its_say():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 2)), columns=["pay", "age"])

    def model(table):
        return np.prod(np.asarray(table, dtype=float), axis=1) + np.asarray(table, dtype=float)[:, 0]

    explanation = MimicExplainer(model, X, LinearExplainableModel).explain_global(X[:20])
    methods = questions(explanation, model)
    edited = X.iloc[[3]].assign(age=2.0)
    found = ask(methods, "explain_row", row=3, edits={"age": 2.0}, level="raw")
    # Bars and prediction are the surrogate's, and what the model says stands beside them.
    total = np.asarray(found["base_values"]) + found["values"].sum(axis=1)
    assert total == pytest.approx(found["prediction"], abs=1e-9)
    assert found["model_answer"] == pytest.approx(model(edited))
    assert abs(found["model_answer"][0] - found["prediction"][0]) > 0.1
    curve = ask(methods, "partial_dependence", row=3, edits={"age": 2.0}, feature="pay", output=0)
    at = np.interp(float(X["pay"].iloc[3]), *(np.asarray(curve[key], dtype=float) for key in ("grid", "ice")))
    assert at == pytest.approx(found["prediction"][0], abs=1e-6)
    alone = questions(explanation)
    assert ask(alone, "explain_row", row=3, edits={"age": 2.0}, level="raw")["model_answer"] is None
    assert ask(alone, "explain_row", row=3, edits={}, level="raw")["model_answer"] == pytest.approx(
        model(X[3:4])
    )


def test_a_value_that_the_column_cannot_hold_names_its_field(binary):
    with pytest.raises(InvalidEditError) as error:
        ask(questions(binary[0]), "explain_row", row=0, edits={"age": "old"}, level="raw")
    assert error.value.feature == "age"


def test_an_unseen_level_brings_the_models_own_words(binary):
    with pytest.raises(Exception, match="pope"):
        ask(questions(binary[0]), "explain_row", row=0, edits={"role": "pope"}, level="raw")


def test_without_a_model_stored_rows_are_answered_and_edits_are_refused():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20, 3))
    explanation = Explanation.from_values(values, rng.normal(size=(20, 3)), predictions=values.sum(axis=1))
    methods = questions(explanation)
    assert ask(methods, "explain_row", row=3, edits={}, level="raw")["prediction"] == pytest.approx(
        [values[3].sum()]
    )
    with pytest.raises(RefusedError) as error:
        ask(methods, "explain_row", row=3, edits={explanation.feature_names[0]: 1.0}, level="raw")
    assert error.value.code == "no_model"


def test_given_values_with_a_model_are_predicted_anew(binary):
    explanation, model, X, _ = binary
    given = Explanation.from_values(
        explanation.probabilities[:, None, :].repeat(4, axis=1) / 4,
        X,
        predictions=explanation.probabilities,
        probabilities=explanation.probabilities,
        output_names=["left", "stayed"],
        output_space="probability",
    )
    found = ask(questions(given, model), "explain_row", row=2, edits={"age": 20}, level="raw")
    truth = model.predict_proba(X.iloc[[2]].assign(age=20))[0]
    assert found["probability"] == pytest.approx(truth)


def test_a_prediction_comes_in_the_space_of_the_values(binary):
    _, model, X, _ = binary
    found = ask(questions(binary[0]), "predict", row=0, edits={"age": 33})
    edited = X.iloc[[0]].assign(age=33)
    assert found["prediction"][1] == pytest.approx(model.decision_function(edited)[0])
    assert found["probability"] == pytest.approx(model.predict_proba(edited)[0])


@pytest.mark.parametrize("row", [-1, 120, 1.5, None, True])
def test_rows_out_of_range_are_refused(binary, row):
    with pytest.raises(RefusedError, match="0 to 119"):
        ask(questions(binary[0]), "explain_row", row=row, edits={}, level="raw")


def test_part_of_an_explanation_says_why_it_cannot_be_edited(binary):
    sources = gather(binary[0].select(features=["age", "role"]), None, None, None, None, None)
    assert sources.adapter is None
    assert "only some of the features" in sources.note
    assert "columns that you know" in gather(binary[0].engineered, None, None, None, None, None).note
