"""A scoring explainer goes to MLflow and comes back: as a model that answers, and as itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from interpret_widget import TabularExplainer, __version__, load_scoring_explainer, log_scoring_explainer
from interpret_widget.errors import InvalidInputError, RunHistoryError
from tests.serving.tracking.same import same_answers

ROOT = Path(__file__).parents[3]
EACH = pytest.mark.parametrize("case", ["linear", "trees", "asked"], indirect=True)


def logged(case, **options):
    return log_scoring_explainer(case.model, case.scorer, input_example=case.X[:3], **options)


def loaded(info):
    import mlflow

    return mlflow.pyfunc.load_model(info.model_uri)


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
    from mlflow.exceptions import MlflowException

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
    from mlflow.exceptions import MlflowException

    model = loaded(log_scoring_explainer(None, linear.scorer))
    rows = linear.X[:2]
    rows = rows.drop(columns=change) if isinstance(change, str) else rows.astype(object).assign(**change)
    with pytest.raises(MlflowException) as caught:
        model.predict(rows, params=params)
    assert told in str(caught.value)
    assert caught.value.get_http_status_code() == 400


def test_a_model_that_fails_is_not_the_callers_fault(tracked, asked, monkeypatch):
    from mlflow.exceptions import MlflowException

    model = loaded(logged(asked))

    def broken(*_args, **_kwargs):
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(KNeighborsClassifier, "predict_proba", broken)
    with pytest.raises(MlflowException, match="the disk is on fire") as caught:
        model.predict(asked.X[:1])
    assert caught.value.get_http_status_code() == 500


# -- what is logged --------------------------------------------------------------------------------------


def test_the_signature_says_what_goes_in_and_comes_out(tracked, linear):
    info = logged(linear)
    inputs = {each.name: each.required for each in info.signature.inputs.inputs}
    assert inputs == {"age": True, "income": True, "role": True, "remote": True, "score": False}
    assert list(info.signature.outputs.input_names()) == [
        "prediction",
        "probability",
        "output",
        "score",
        "base_value",
        "reasons",
    ]
    params = {each.name: (each.dtype.name, each.default) for each in info.signature.params.params}
    assert params == {"top_k": ("long", 3), "level": ("string", "raw"), "output": ("string", "")}
    about = info.metadata["interpret_widget"]
    assert about["columns"]["age"] == "integer"
    assert about["outputs"] == ["leaves", "stays"]
    assert about["unit"] == linear.scorer.unit


def files(info):
    import mlflow

    folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=info.model_uri))
    return folder, [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]


@EACH
def test_there_is_no_pickle_in_it(tracked, case):
    from pickletools import genops

    folder, found = files(logged(case))
    for path in found:
        data = (folder / path).read_bytes()
        with pytest.raises((ValueError, UnicodeDecodeError, KeyError, AttributeError)):
            list(genops(data))  # it has to end in the opcode STOP
        if zipfile.is_zipfile(folder / path):
            with zipfile.ZipFile(folder / path) as archive:
                assert not [name for name in archive.namelist() if name.endswith((".pkl", ".pickle"))]
    flavour = (folder / "MLmodel").read_text()
    assert "model_code_path" in flavour
    assert "python_model:" not in flavour
    is_alone = case.scorer.is_self_contained
    assert (Path("artifacts/model.skops") in found) is not is_alone


@EACH
def test_requirements_name_what_scoring_needs(tracked, case):
    import skops

    folder, _ = files(logged(case))
    told = (folder / "requirements.txt").read_text().split()
    assert f"interpret-widget=={__version__}" in told
    assert not any(each.startswith("lightgbm") for each in told)
    assert (f"skops=={skops.__version__}" in told) is not case.scorer.is_self_contained
    assert any(each.startswith("scikit-learn==") for each in told) is not case.scorer.is_self_contained


def test_five_rows_of_the_example_are_kept(tracked, linear):
    info = log_scoring_explainer(linear.model, linear.scorer, input_example=linear.X[:40])
    assert loaded(info).input_example["age"].tolist() == linear.X["age"].tolist()[:5]


def test_it_belongs_to_the_active_run(tracked, linear):
    import mlflow

    with mlflow.start_run() as run:
        info = logged(linear, name="leavers")
    assert info.run_id == run.info.run_id
    again = load_scoring_explainer(f"runs:/{run.info.run_id}/leavers")
    same_answers(again.records(linear.X[:3]), linear.scorer.records(linear.X[:3]))
    assert log_scoring_explainer(None, linear.scorer).run_id is None
    assert mlflow.active_run() is None


# -- whose explainer it is -------------------------------------------------------------------------------


def test_an_explainer_of_another_model_is_refused_with_both_numbers(tracked, linear):
    X, y = linear.X[["age", "income"]], linear.X["role"] == "nurse"
    one, other = LogisticRegression(C=1e-4).fit(X, y), LogisticRegression(C=10).fit(X, ~y)
    scorer = TabularExplainer(one, X).for_scoring()
    with pytest.raises(InvalidInputError, match="explains another model") as caught:
        log_scoring_explainer(other, scorer, input_example=X[:1])
    for model in (one, other):
        assert any(f"{p:.6g}" in str(caught.value) for p in model.predict_proba(X[:1])[0])
    assert "row 100 of input_example" in str(caught.value)


def test_another_task_and_other_classes_are_refused(tracked, linear, trees):
    with pytest.raises(InvalidInputError, match="for regression, but scoring_explainer explains binary"):
        log_scoring_explainer(trees.model, linear.scorer, input_example=trees.X[:3])
    X, y = linear.X[["age", "income"]], linear.X["role"] == "nurse"
    scorer = TabularExplainer(LogisticRegression().fit(X, y), X).for_scoring()
    words = LogisticRegression().fit(X, np.where(y, "yes", "no"))
    with pytest.raises(InvalidInputError, match="classes no, yes, but scoring_explainer has False, True"):
        log_scoring_explainer(words, scorer, input_example=X[:3])


def test_transformations_of_the_explainer_are_taken_into_account(tracked, linear):
    X, y = linear.X[["age", "income"]], linear.X["role"] == "nurse"
    scale = StandardScaler().fit(X)
    model = KNeighborsClassifier(algorithm="brute").fit(scale.transform(X), y)
    scorer = TabularExplainer(model, X[:20], transformations=scale).for_scoring()
    info = log_scoring_explainer(model, scorer, input_example=X[:3], transformations=scale)
    due = model.predict_proba(scale.transform(X[:4]))[:, 1]
    assert np.allclose(loaded(info).predict(X[:4])["probability"], due)


def as_polars(X):
    return pytest.importorskip("polars").from_pandas(X)


@pytest.mark.parametrize(
    "form",
    [
        np.asarray,
        as_polars,
        lambda X: X.to_dict("records"),
        lambda X: X.iloc[0].to_dict(),
        lambda X: X.set_axis([0, 1], axis=1),
    ],
    ids=["array", "polars", "dicts", "dict", "numbered"],
)
def test_the_example_comes_in_any_form_of_a_table(tracked, linear, form):
    X = linear.X[["age", "income"]].set_axis(["0", "1"], axis=1)
    model = LogisticRegression().fit(X.to_numpy(), linear.X["remote"])
    scorer = TabularExplainer(model, X).for_scoring()
    info = log_scoring_explainer(model, scorer, input_example=form(X[:3]))
    same_answers(loaded(info).predict(X[:2]).to_dict("records"), scorer.records(X[:2], top_k=3))
    assert loaded(info).input_example["0"].tolist()[0] == X["0"].iloc[0]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"input_example": None}, "input_example=None; give a few rows"),
        ({"input_example": "rows"}, "input_example is a str"),
        ({"scoring_explainer": "explainer"}, "scoring_explainer is a str; give"),
        ({"input_example": [{"age": 1}]}, "income"),
    ],
)
def test_arguments_that_cannot_be_used(tracked, linear, options, told):
    given = {
        "model": linear.model,
        "scoring_explainer": linear.scorer,
        "input_example": linear.X[:2],
        **options,
    }
    with pytest.raises(InvalidInputError, match=told):
        log_scoring_explainer(**given)


# -- models that travel along ----------------------------------------------------------------------------


def test_an_explainer_that_asks_its_model_needs_it(tracked, asked):
    with pytest.raises(InvalidInputError, match="model=None, but the scoring explainer asks the model"):
        log_scoring_explainer(None, asked.scorer, input_example=asked.X[:3])


def types_told(caught):
    """What a message proposes to trust."""
    return json.loads(str(caught.value).partition("trusted=")[2].replace("'", '"'))


def test_where_only_a_pickle_would_do_it_is_refused(tracked, asked):
    model = make_pipeline(FunctionTransformer(lambda X: X), KNeighborsClassifier(7, algorithm="brute"))
    model.fit(asked.X[["age", "income"]], asked.X["remote"])
    X = asked.X[["age", "income"]]
    scorer = TabularExplainer(model, X[:20]).for_scoring()
    with pytest.raises(InvalidInputError, match="skops") as caught:
        log_scoring_explainer(model, scorer, input_example=X[:3])
    # Trusting it does not help: a function without a name cannot be found again.
    with pytest.raises(InvalidInputError, match=r"skops cannot keep .* pickle"):
        log_scoring_explainer(model, scorer, input_example=X[:3], trusted=types_told(caught))


def test_types_that_skops_does_not_know_must_be_trusted_by_whoever_loads(tracked, boosted):
    with pytest.raises(InvalidInputError, match=r"lightgbm\.basic\.Booster.*pass trusted=\[") as caught:
        logged(boosted)
    types = types_told(caught)
    info = logged(boosted, trusted=types)
    rows = boosted.X[:2]
    due = boosted.scorer.records(rows, top_k=3)
    same_answers(loaded(info).predict(rows).to_dict("records"), due)
    with pytest.raises(InvalidInputError, match="trusted="):
        load_scoring_explainer(info.model_uri)
    same_answers(load_scoring_explainer(info.model_uri, trusted=types).records(rows, top_k=3), due)
    same_answers(load_scoring_explainer(info.model_uri, model=boosted.model).records(rows, top_k=3), due)


# -- back ------------------------------------------------------------------------------------------------


@EACH
def test_the_explainer_comes_back(tracked, case):
    import mlflow

    info = logged(case, registered_model_name="with reasons")
    mlflow.MlflowClient().set_registered_model_alias("with reasons", "live", info.registered_model_version)
    due = case.scorer.records(case.X[:3])
    for uri in (
        info.model_uri,
        f"models:/with reasons/{info.registered_model_version}",
        "models:/with reasons@live",
    ):
        same_answers(load_scoring_explainer(uri).records(case.X[:3]), due)
    mlflow.set_tracking_uri("sqlite:///elsewhere.db")
    again = load_scoring_explainer(info.model_uri, tracking_uri=tracked)
    same_answers(again.records(case.X[:3]), due)


def test_addresses_that_lead_nowhere(tracked, linear):
    import mlflow

    with pytest.raises(InvalidInputError, match="uri='elsewhere'; give 'models:/"):
        load_scoring_explainer("elsewhere")
    with pytest.raises(RunHistoryError, match=r"downloading models:/nothing/1 failed"):
        load_scoring_explainer("models:/nothing/1")
    with mlflow.start_run():
        plain = LogisticRegression().fit(linear.X[["age"]], linear.X["remote"])
        other = mlflow.sklearn.log_model(plain, name="plain", pip_requirements=["scikit-learn"])
    with pytest.raises(InvalidInputError, match="is a model without a scoring explainer"):
        load_scoring_explainer(other.model_uri)


@pytest.mark.parametrize("case", ["linear", "asked"], indirect=True)
def test_damaged_files_are_refused(tracked, case, tmp_path):
    info = logged(case)
    for file in sorted((tmp_path / "artifacts").rglob("artifacts/artifacts/**/*")):
        if not file.is_file() or file.name == "trusted_types.json":
            continue
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(InvalidInputError):
            load_scoring_explainer(info.model_uri)
        file.write_bytes(whole)
    load_scoring_explainer(info.model_uri)


def test_without_mlflow_the_message_says_how_to_install_it(monkeypatch, linear):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    for call in (
        lambda: log_scoring_explainer(None, linear.scorer),
        lambda: load_scoring_explainer("models:/m/1"),
    ):
        with pytest.raises(RunHistoryError, match=r"pip install 'interpret-widget\[mlflow\]'"):
            call()


def test_an_old_mlflow_is_told_to_be_upgraded(monkeypatch, linear):
    import mlflow

    monkeypatch.setattr(mlflow.pyfunc, "log_model", lambda artifact_path: None)
    with pytest.raises(RunHistoryError, match=r"too old .* pip install 'mlflow>=3'"):
        log_scoring_explainer(None, linear.scorer)


def test_what_the_store_refuses_is_told_with_its_words(tracked, linear):
    with pytest.raises(RunHistoryError, match="logging the model 'model' failed: MlflowException"):
        logged(linear, registered_model_name="with/slash")


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
