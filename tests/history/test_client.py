"""What is uploaded comes back from every kind of store, whole or in part, and MLflow's pages show it."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import mlflow
import numpy as np
import pytest

from interpret_widget import (
    Explanation,
    ExplanationClient,
    load_aggregates,
    load_explanation,
    log_explanation,
)
from interpret_widget.errors import InvalidInputError, RunHistoryError
from tests.history.same import same

every_store = pytest.mark.parametrize("tracked", ["folder", "database", "server"], indirect=True)


@every_store
def test_the_workshops_calls(tracked, explanation):
    with mlflow.start_run() as run:
        client = ExplanationClient.from_run(run)
        first = client.upload_model_explanation(
            explanation, comment="global explanation: all features", pictures=False
        )
        second = client.upload_model_explanation(
            explanation[:7], comment="seven rows", model_id="m-1", pictures=False
        )
    again = ExplanationClient.from_run_id(run.info.run_id, tracking_uri=tracked)
    listed = again.list_model_explanations()
    assert [each["id"] for each in listed] == [first, second]
    assert [each["comment"] for each in listed] == ["global explanation: all features", "seven rows"]
    assert [each["n_rows"] for each in listed] == [40, 7]
    assert listed[1]["model_id"] == "m-1"
    assert listed[0]["method"] == "linear"
    assert listed[0]["model_task"] == "classification"
    same(again.download_model_explanation(first), explanation)
    same(again.download_model_explanation(), explanation[:7])  # the newest
    top = again.download_model_explanation(top_k=4, comment="global explanation: all features")
    same(top, explanation.select(features=explanation.get_ranked_global_names(4)))
    assert top.residual is None
    aggregates = again.download_aggregates(first)
    assert aggregates.importance.tobytes() == explanation.importance.tobytes()


@every_store
def test_mlflows_pages_show_it_without_this_package(tracked, explanation):
    with mlflow.start_run() as run, warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        log_explanation(explanation, "why")
    client = mlflow.MlflowClient(tracked)
    data = client.get_run(run.info.run_id).data
    strongest = explanation.get_ranked_global_names(1)[0]
    assert data.metrics[f"why.importance.{strongest}"] == explanation.get_ranked_global_values(1)[0]
    assert data.metrics["why.residual"] == explanation.residual
    assert data.metrics["why.importance.Größe in _ und _"] > 0
    said = {key: data.tags[f"why.{key}"] for key in ("method", "exact", "rows")}
    assert said == {"method": "linear", "exact": "exact", "rows": "40"}
    assert float(data.tags["why.residual"]) == pytest.approx(explanation.residual, rel=1e-2)
    folder = client.list_artifacts(run.info.run_id, "why")[0].path
    files = {each.path.rsplit("/")[-1]: each for each in client.list_artifacts(run.info.run_id, folder)}
    for name in ("global_bar.png", "beeswarm.png"):
        png = Path(client.download_artifacts(run.info.run_id, f"{folder}/{name}")).read_bytes()
        assert png.startswith(b"\x89PNG")
        assert len(png) > 10_000
    page = Path(client.download_artifacts(run.info.run_id, f"{folder}/dashboard.html")).read_text("utf-8")
    assert "interpret-widget/state" in page
    assert set(files) >= {"manifest.json", "aggregates.json", "values", "data"}


def test_the_short_form(tracked, explanation):
    with mlflow.start_run() as run:
        uri = log_explanation(explanation[:5], pictures=False)
        log_explanation(explanation[:6], pictures=False)
        log_explanation(explanation[:7], "other", pictures=False)
    assert uri.startswith(f"runs:/{run.info.run_id}/explanation/")
    same(load_explanation(uri), explanation[:5])
    same(load_explanation(f"runs:/{run.info.run_id}/explanation"), explanation[:6])
    same(load_explanation(f"runs:/{run.info.run_id}/other", tracking_uri=tracked), explanation[:7])
    names = explanation[:6].get_ranked_global_names(2)
    same(
        load_explanation(f"runs:/{run.info.run_id}/explanation", top_k=2),
        explanation[:6].select(features=names),
    )
    assert load_aggregates(uri).get_ranked_global_names() == explanation[:5].get_ranked_global_names()


@every_store
def test_a_part_is_all_that_is_downloaded(tracked, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2000, 60)) * np.arange(60)
    big = Explanation.from_values(values, values.copy(), predictions=values.sum(axis=1))
    with mlflow.start_run():
        uri = log_explanation(big, pictures=False)
    bytes_of = []
    fetched = mlflow.MlflowClient.download_artifacts

    def counted(self, run_id, path, dst_path=None):
        file = fetched(self, run_id, path, dst_path)
        bytes_of.append((path.rsplit("/", 2)[-1], Path(file).stat().st_size))
        return file

    monkeypatch.setattr(mlflow.MlflowClient, "download_artifacts", counted)

    def spent(ask):
        bytes_of.clear()
        ask()
        return sum(size for _, size in bytes_of)

    whole = spent(lambda: load_explanation(uri))
    assert spent(lambda: load_explanation(uri, top_k=4)) < whole / 8
    assert spent(lambda: load_aggregates(uri)) < whole / 40


def test_what_is_kept_can_be_narrowed_and_given_outcomes(tracked, explanation):
    with mlflow.start_run() as run:
        client = ExplanationClient.from_run(run)
        outcomes = np.repeat(["stays", "leaves"], 20)
        client.upload_model_explanation(explanation, top_k=3, true_ys=outcomes.tolist(), pictures=False)
    kept = client.download_model_explanation()
    assert kept.feature_names == tuple(explanation.get_ranked_global_names(3))
    assert not kept.complete
    assert kept.y.tolist() == outcomes.tolist() == kept.engineered.y.tolist()
    assert client.list_model_explanations()[0]["n_features"] == 3


def test_levels_are_told_apart(tracked, explanation):
    with mlflow.start_run() as run:
        client = ExplanationClient.from_run(run)
        both = client.upload_model_explanation(explanation, pictures=False)
        alone = client.upload_model_explanation(explanation.engineered, pictures=False)
        plain = client.upload_model_explanation(Explanation.from_values(np.ones((3, 2))), pictures=False)

    def ids(**filters):
        return [each["id"] for each in client.list_model_explanations(**filters)]

    assert ids(raw=True) == [both, plain]
    assert ids(raw=False) == [alone]
    assert ids(engineered=True) == [both, alone]
    assert ids(engineered=False) == [plain]
    level = explanation.engineered
    same(client.download_model_explanation(both, engineered=True), level)
    same(client.download_model_explanation(alone, engineered=True), level)
    names = level.get_ranked_global_names(2)
    same(client.download_model_explanation(both, engineered=True, top_k=2), level.select(features=names))
    assert client.download_aggregates(both, engineered=True).feature_names == level.feature_names
    assert client.download_aggregates(both, raw=True).feature_names == explanation.feature_names


def test_a_dashboard_opens_on_the_whole_and_on_the_top(tracked, explanation):
    with mlflow.start_run():
        uri = log_explanation(explanation, pictures=False)
    model, X = explanation.explainer.adapter.model, explanation.data.native
    assert load_explanation(uri).dashboard(model=model, dataset=X)._schema["has_model"]
    board = load_explanation(uri, top_k=4).dashboard(model=model, dataset=X)
    assert board.explanation.n_features == 4
    assert "What-if is off" in board._schema["model_note"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "../up"}, "name='../up'"),
        ({"name": ""}, "name=''"),
        ({"name": "a/b"}, "letters, digits"),
        ({"top_k": 0}, "top_k=0"),
        ({"comment": "x" * 1001}, "1001 characters"),
        ({"comment": "\x01" * 1000}, "a record of 6,.* shorten them"),
        ({"comment": 3}, "comment is a int"),
        ({"true_ys": [1, 2]}, r"true_ys has shape \(2,\), but the explanation has 40 rows"),
    ],
)
def test_senseless_arguments_are_refused_before_anything_is_uploaded(tracked, explanation, arguments, said):
    with mlflow.start_run() as run:
        with pytest.raises(InvalidInputError, match=said):
            log_explanation(explanation, **arguments)
        assert mlflow.MlflowClient().list_artifacts(run.info.run_id) == []


def test_what_is_no_explanation_and_no_run_is_refused(tracked):
    with mlflow.start_run() as run, pytest.raises(InvalidInputError, match="explanation is a list"):
        ExplanationClient.from_run(run).upload_model_explanation([1, 2])
    with pytest.raises(InvalidInputError, match="run is a str; give an MLflow run, or its id to from_run_id"):
        ExplanationClient.from_run("abc")
    with pytest.raises(InvalidInputError, match="run_id=''"):
        ExplanationClient.from_run_id("")
    with pytest.raises(RunHistoryError, match="no MLflow run is active; call it inside"):
        log_explanation(Explanation.from_values(np.ones((1, 1))))
    for uri in ("models:/m/1", "runs:/abc", "folder", "runs:/abc/explanation/1/2", 7):
        with pytest.raises(InvalidInputError, match="give 'runs:/<run id>/<name>'"):
            load_explanation(uri)


@every_store
def test_what_is_not_there_is_said_with_what_is(tracked, explanation):
    with mlflow.start_run() as run:
        client = ExplanationClient.from_run(run)
        with pytest.raises(RunHistoryError, match="has no explanation; it has none"):
            client.download_model_explanation()
        client.upload_model_explanation(explanation[:3], comment="mine", pictures=False)
    with pytest.raises(RunHistoryError, match=r"with comment='yours'; it has explanation/\w{32} \('mine'\)"):
        client.download_model_explanation(comment="yours")
    assert client.list_model_explanations(comment="yours") == []
    with pytest.raises(RunHistoryError, match=r"reading run '0{32}' failed: .* Check the id of the run"):
        ExplanationClient.from_run_id("0" * 32).list_model_explanations()


def test_without_mlflow_the_command_to_install_is_said(explanation, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    for ask in (
        lambda: log_explanation(explanation),
        lambda: ExplanationClient.from_run_id("abc"),
        lambda: ExplanationClient.from_run_id("abc", tracking_uri="sqlite:///x.db"),
        lambda: load_explanation("runs:/abc/explanation"),
    ):
        with pytest.raises(RunHistoryError, match=r"pip install 'interpret-widget\[mlflow\]'"):
            ask()


def test_importing_the_names_imports_no_mlflow():
    code = "import sys; from interpret_widget import ExplanationClient; print('mlflow' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"


def test_a_picture_that_cannot_be_drawn_is_said_and_costs_nothing_else(tracked, explanation, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with mlflow.start_run(), pytest.warns(UserWarning, match=r"\.png is left out of the run") as warned:
        uri = log_explanation(explanation)
    assert [str(each.message).split()[0] for each in warned] == ["global_bar.png", "beeswarm.png"]
    same(load_explanation(uri), explanation)
