"""A scoring explainer goes to MLflow and comes back."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import mlflow
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from interpret_widget import TabularExplainer, __version__, load_scoring_explainer, log_scoring_explainer
from interpret_widget.errors import InvalidInputError, RunHistoryError
from tests.serving.tracking.logged import EACH, files, loaded, logged
from tests.serving.tracking.same import same_answers


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
    import polars

    return polars.from_pandas(X)


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


@EACH
def test_the_explainer_comes_back(tracked, case):
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
    monkeypatch.setattr(mlflow.pyfunc, "log_model", lambda artifact_path: None)
    with pytest.raises(RunHistoryError, match=r"too old .* pip install 'mlflow>=3'"):
        log_scoring_explainer(None, linear.scorer)


def test_what_the_store_refuses_is_told_with_its_words(tracked, linear):
    with pytest.raises(RunHistoryError, match="logging the model 'model' failed: MlflowException"):
        logged(linear, registered_model_name="with/slash")
