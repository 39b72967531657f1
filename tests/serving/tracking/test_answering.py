"""What the logged model answers, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from interpret_widget import TabularExplainer, log_scoring_explainer
from tests.serving.tracking.logged import EACH, files, loaded, logged
from tests.serving.tracking.same import same_answers

ROOT = Path(__file__).parents[3]


@EACH
def test_the_logged_model_answers_as_the_explainer_does(tracked, case):
    model = loaded(logged(case))
    rows = case.X.iloc[[7, 3, 20, 3]]
    answer = model.predict(rows, params={"top_k": 2})
    assert answer.index.tolist() == [107, 103, 120, 103]
    same_answers(answer.to_dict("records"), case.scorer.records(rows, top_k=2))
    assert [len(each) for each in answer["reasons"]] == [3, 3, 3, 3]
    # Without parameters: three reasons and the rest; -1: every reason and no rest.
    same_answers(model.predict(rows).to_dict("records"), case.scorer.records(rows, top_k=3))
    same_answers(model.predict(rows, params={"top_k": -1}).to_dict("records"), case.scorer.records(rows))


@EACH
def test_batches_in_chunks_are_answered_as_the_whole(tracked, case):
    """As `spark_udf` hands rows over: a Series for each column, whatever their dtype has become."""
    info = logged(case)
    model = loaded(info)
    whole = model.predict(case.X[:10])
    names = info.signature.inputs.input_names()
    parts = []
    for start, stop in ((0, 4), (4, 9), (9, 10)):
        part = case.X[start:stop].reset_index(drop=True)
        columns = {name: pd.Series(part[name].astype(object).tolist()) for name in names}
        parts.append(model.predict(pd.DataFrame(columns, columns=names)))
    assert [part.index.tolist() for part in parts] == [list(range(4)), list(range(5)), [0]]
    same_answers(pd.concat(parts).to_dict("records"), whole.to_dict("records"))


@EACH
def test_answers_have_the_types_of_the_signature(tracked, case):
    info = logged(case)
    kinds = {"string": str, "double": float, "long": int, "boolean": bool}
    answer = loaded(info).predict(case.X[:3]).to_dict("records")
    outputs = {each.name: each for each in info.signature.outputs.inputs}
    assert list(outputs) == list(answer[0])
    for row in answer:
        for name in ("prediction", "probability", "output", "score", "base_value"):
            is_missing = row[name] is None and not outputs[name].required
            assert is_missing or type(row[name]) is kinds[outputs[name].type.name], name
        for reason in row["reasons"]:
            assert type(reason["feature"]) is str
            assert reason["value"] is None or type(reason["value"]) is str
            assert type(reason["contribution"]) is float
    json.dumps(answer, allow_nan=False)


def test_values_of_reasons_are_text_from_which_they_can_be_had_back(tracked, linear):
    rows = linear.X[:5]
    for position, row in enumerate(loaded(logged(linear)).predict(rows, params={"top_k": -1})["reasons"]):
        told = {reason["feature"]: reason["value"] for reason in row}
        own = rows.iloc[position]
        assert told["role"] == own["role"]
        assert json.loads(told["age"]) == own["age"]
        assert json.loads(told["income"]) == own["income"]
        assert json.loads(told["remote"]) is bool(own["remote"])
        assert told["score"] is None if np.isnan(own["score"]) else json.loads(told["score"]) == own["score"]


def test_labels_keep_their_type(tracked, linear, asked, trees):
    def kind(case):
        return logged(case).signature.outputs.input_dict()["prediction"].type.name

    assert (kind(linear), kind(asked), kind(trees)) == ("string", "long", "double")
    X, y = linear.X[["age", "income"]], linear.X["remote"]
    model = LogisticRegression().fit(X, y)
    info = log_scoring_explainer(model, TabularExplainer(model, X).for_scoring(), input_example=X[:2])
    assert info.signature.outputs.input_dict()["prediction"].type.name == "boolean"
    assert loaded(info).predict(X[:3])["prediction"].tolist() == model.predict(X[:3]).tolist()


def test_of_several_targets_one_is_named(tracked, linear, capfd):
    X = linear.X[["age", "income"]]
    model = LinearRegression().fit(X, np.column_stack([X["age"] * 2, X["income"] / 7]))
    scorer = TabularExplainer(model, X, classes=["twice", "seventh"]).for_scoring()
    info = log_scoring_explainer(model, scorer, input_example=X[:2])
    assert "Failed to validate serving input" not in capfd.readouterr().err
    answer = loaded(info).predict(X[:3], params={"output": "seventh"})
    assert answer["prediction"].tolist() == pytest.approx((X["income"][:3] / 7).tolist())
    assert answer["output"].tolist() == ["seventh"] * 3
    with pytest.raises(MlflowException, match="output is not given; the model has 'twice', 'seventh'"):
        loaded(info).predict(X[:3])


def test_rows_come_in_as_people_have_them(tracked, linear, trees):
    model = loaded(logged(linear))
    due = linear.scorer.records(linear.X[:1], top_k=3)
    record = {"age": int(linear.X["age"].iloc[0]), **linear.X.iloc[0].drop("age").to_dict()}
    for rows in (record, [record], pd.DataFrame([record])):
        same_answers(model.predict(rows).to_dict("records"), due)
    # Whole numbers in a column of decimals, words in one of categories.
    whole = {**trees.X.iloc[0].to_dict(), "income": 3000}
    answer = loaded(logged(trees)).predict(pd.DataFrame([whole]))
    same_answers(answer.to_dict("records"), trees.scorer.records(whole, top_k=3))


def test_a_column_that_was_missing_before_may_be_left_out(tracked, linear):
    model = loaded(logged(linear))
    without = model.predict(linear.X[:2].drop(columns="score"))
    same_answers(
        without.to_dict("records"), linear.scorer.records(linear.X[:2].assign(score=np.nan), top_k=3)
    )


@pytest.mark.parametrize(
    ("change", "params", "told"),
    [
        ({}, {"top_k": 0}, "top_k=0; give the number of reasons, 1 or more, or -1"),
        ({}, {"top_k": -5}, "top_k=-5"),
        ({}, {"top_k": "x"}, "top_k"),
        ({}, {"level": "x"}, "level='x' is neither 'raw' nor 'engineered'"),
        ({}, {"output": "moves"}, "output='moves' is not one of"),
        ({"role": None}, {}, "column 'role' is missing in row 100, and the model takes no missing value"),
        ({"role": "pilot"}, {}, "column 'role' has 'pilot', which the model does not know; it knows 'clerk'"),
        ({"age": "old"}, {}, "column 'age' needs a number, not 'old'"),
        ({"remote": "no"}, {}, "column 'remote' needs true or false, not 'no'"),
        ("age", {}, "age"),
    ],
)
def test_bad_input_is_the_callers_fault_and_told_so(tracked, linear, change, params, told):
    model = loaded(log_scoring_explainer(None, linear.scorer))
    rows = linear.X[:2]
    rows = rows.drop(columns=change) if isinstance(change, str) else rows.astype(object).assign(**change)
    with pytest.raises(MlflowException) as caught:
        model.predict(rows, params=params)
    assert told in str(caught.value)
    assert caught.value.get_http_status_code() == 400


def test_a_model_that_fails_is_not_the_callers_fault(tracked, asked, monkeypatch):
    model = loaded(logged(asked))

    def broken(*_args, **_kwargs):
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(KNeighborsClassifier, "predict_proba", broken)
    with pytest.raises(MlflowException, match="the disk is on fire") as caught:
        model.predict(asked.X[:1])
    assert caught.value.get_http_status_code() == 500


BLOCKED = """
import json, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sklearn", "lightgbm", "skops", "shap"):
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Blocker())
import mlflow, pandas as pd

model = mlflow.pyfunc.load_model(sys.argv[1])
print(json.dumps(model.predict(pd.read_json(sys.argv[2], orient="split")).to_dict("records")))
"""


@pytest.mark.parametrize("case", ["linear", "trees"], indirect=True)
def test_it_answers_where_the_libraries_of_the_model_are_not_installed(tracked, case, tmp_path):
    folder, _ = files(logged(case))
    rows = case.X[:3]
    rows.to_json(tmp_path / "rows.json", orient="split", double_precision=15)
    rows = pd.read_json(tmp_path / "rows.json", orient="split")
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, str(folder), "rows.json"],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    same_answers(json.loads(done.stdout.splitlines()[-1]), case.scorer.records(rows, top_k=3))
