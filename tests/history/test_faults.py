"""Servers that die, full disks, files that rot: nothing half-written is listed, nothing wrong is read."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
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
from interpret_widget.history.records import KEY
from tests.history.same import same
from tests.history.server import Server


def some(n=9, seed=0):
    values = np.random.default_rng(seed).normal(size=(n, 6))
    return Explanation.from_values(values, values * 2, predictions=values.sum(axis=1))


def nothing_there(client):
    assert client.list_model_explanations() == []
    for ask in (client.download_model_explanation, client.download_aggregates):
        with pytest.raises(RunHistoryError, match="it has none"):
            ask()


def test_a_server_that_dies_during_an_upload_leaves_nothing_listed(tmp_path, monkeypatch):
    from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository

    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    try:
        mlflow.set_tracking_uri(server.uri)
        run = mlflow.start_run()
        sent = HttpArtifactRepository.log_artifact
        files = []

        def dying(self, local_file, artifact_path=None):
            files.append(Path(local_file).name)
            if len(files) == 3:
                server.kill()
            sent(self, local_file, artifact_path)

        monkeypatch.setattr(HttpArtifactRepository, "log_artifact", dying)
        client = ExplanationClient.from_run(run)
        with pytest.raises(RunHistoryError, match="No half of it is ever listed; upload it again"):
            client.upload_model_explanation(some(), pictures=False)
        with pytest.raises(RunHistoryError, match="Check the id of the run and the tracking URI"):
            client.list_model_explanations()
        monkeypatch.undo()
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        monkeypatch.chdir(tmp_path)
        assert sum(1 for file in server.artifacts.rglob("*") if file.is_file()) == 2
        server = Server(folder, server.port)
        again = ExplanationClient.from_run_id(run.info.run_id, tracking_uri=server.uri)
        nothing_there(again)
        again.upload_model_explanation(some(), pictures=False)
        same(again.download_model_explanation(), some())
    finally:
        mlflow.tracking.fluent._active_run_stack.get().clear()  # its server is gone: it cannot be ended
        server.kill()


@pytest.mark.parametrize("step", ["log_artifacts", "log_artifact", "log_batch", "set_tag"])
@pytest.mark.parametrize("error", [ConnectionError("gone"), mlflow.exceptions.MlflowException("gone")])
def test_whatever_step_fails_nothing_is_listed(tracked, monkeypatch, step, error):
    with mlflow.start_run() as run:
        client = ExplanationClient.from_run(run)

        def failing(*_, **__):
            raise error

        with monkeypatch.context() as broken:
            broken.setattr(mlflow.MlflowClient, step, failing)
            with pytest.raises(RunHistoryError, match=r"gone\. No half of it is ever listed"):
                client.upload_model_explanation(some(), pictures=False)
        nothing_there(client)
        with pytest.raises(RunHistoryError, match="it has none"):
            load_explanation(f"runs:/{run.info.run_id}/explanation")


def at_rest(run):
    """The folder of the only explanation of a run in a local store."""
    (manifest,) = Path(mlflow.artifacts.download_artifacts(run.info.artifact_uri)).rglob("manifest.json")
    return manifest.parent


@pytest.fixture
def kept(tracked, explanation):
    with mlflow.start_run() as run:
        uri = log_explanation(explanation, pictures=False)
    return uri, at_rest(run)


def test_every_truncated_or_tampered_file_is_noticed(kept):
    uri, folder = kept
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 8
    for file in files:
        content = file.read_bytes()
        middle = len(content) // 2
        tampered = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        for damaged in (content[:-1], content[:middle], b"", tampered):
            file.write_bytes(damaged)
            read = load_aggregates if file.name == "aggregates.json" else load_explanation
            with pytest.raises(InvalidInputError, match=r"damaged|not as it was saved|something else"):
                read(uri)
        file.write_bytes(content)
    load_explanation(uri)


def test_a_part_is_checked_on_its_own(kept, explanation):
    uri, folder = kept
    (folder / "values" / "1.parquet").write_bytes(b"rotten")
    names = explanation.get_ranked_global_names(4)
    same(load_explanation(uri, top_k=4), explanation.select(features=names))
    with pytest.raises(InvalidInputError, match=r"values/1\.parquet is not as it was saved"):
        load_explanation(uri, top_k=5)


def test_a_missing_table_is_said_and_a_missing_manifest_unlists(kept):
    uri, folder = kept
    (folder / "rows.parquet").unlink()
    with pytest.raises(InvalidInputError, match=r"rows\.parquet is missing"):
        load_explanation(uri)
    (folder / "manifest.json").unlink()
    with pytest.raises(RunHistoryError, match="it has none"):
        load_explanation(uri)


def test_a_newer_format_says_the_way_out(kept):
    uri, folder = kept
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest |= {"version": 99, "written_by": "9.0"}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    for ask in (load_explanation, load_aggregates):
        with pytest.raises(InvalidInputError, match=r"written by interpret-widget 9\.0 .* pip install -U"):
            ask(uri)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": 1}', "null", '{"surprise": true}', "[" * 100_000])
def test_tags_that_are_no_records_are_passed_over(tracked, text):
    with mlflow.start_run() as run:
        client = ExplanationClient.from_run(run)
        made = client.upload_model_explanation(some(), pictures=False)
    tags = client._store.tags
    client._store.tags = lambda: {**tags(), KEY + "x": text}
    assert [each["id"] for each in client.list_model_explanations()] == [made]


@pytest.fixture
def full(tmp_path):
    """A disk with room for a few kilobytes, or None where this machine lets nobody mount one."""
    place = tmp_path / "full"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    yield place if mounted else None
    if mounted:
        subprocess.run(["umount", str(place)], check=True)


def refuse(*_, **__):
    """What a full disk does, where no real one is to be had."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_temporary_folder_is_said(tracked, full, monkeypatch):
    with mlflow.start_run() as run:
        client = ExplanationClient.from_run(run)
        with monkeypatch.context() as crowded:
            if full is None:
                crowded.setattr("interpret_widget.explanation.storage.write_table", refuse)
            else:
                crowded.setattr(tempfile, "tempdir", str(full))
            with pytest.raises(RunHistoryError, match=r"No space left on device.*set TMPDIR"):
                client.upload_model_explanation(some(5000), pictures=False)
        assert full is None or list(full.iterdir()) == []
        nothing_there(client)


def test_a_full_store_leaves_nothing_listed(tracked, full, monkeypatch, database):
    if full is None:
        monkeypatch.setattr("mlflow.store.artifact.local_artifact_repo.shutil.copyfileobj", refuse)
        monkeypatch.setattr("mlflow.store.artifact.local_artifact_repo.shutil.copytree", refuse)
    else:
        mlflow.set_experiment(
            experiment_id=mlflow.create_experiment(f"on a full disk {full}", (full / "artifacts").as_uri())
        )
    with mlflow.start_run() as run:
        client = ExplanationClient.from_run(run)
        with pytest.raises(RunHistoryError, match=r"No space left on device.*No half of it is ever listed"):
            client.upload_model_explanation(some(5000), pictures=False)
        nothing_there(client)


WRITER = """
import sys
import mlflow
from interpret_widget import ExplanationClient
from tests.history.test_faults import some
uri, run_id, seed = sys.argv[1:]
client = ExplanationClient.from_run_id(run_id, tracking_uri=uri)
print("ready", flush=True)
sys.stdin.readline()
for k in range(3):
    client.upload_model_explanation(some(500, 10 * int(seed) + k), comment=f"{seed}-{k}", pictures=False)
"""


@pytest.mark.parametrize("tracked", ["server"], indirect=True)
def test_two_writers_at_once_do_not_mix(tracked):
    with mlflow.start_run() as run:
        pass
    root = str(Path(__file__).parents[2])
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, tracked, run.info.run_id, str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": root},
        )
        for seed in (1, 2)
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    client = ExplanationClient.from_run_id(run.info.run_id)
    listed = client.list_model_explanations()
    assert sorted(each["comment"] for each in listed) == ["1-0", "1-1", "1-2", "2-0", "2-1", "2-2"]
    for each in listed:
        seed, k = each["comment"].split("-")
        same(client.download_model_explanation(each["id"]), some(500, 10 * int(seed) + int(k)))


def test_where_mlflow_refuses_folders_of_runs_its_own_way_out_is_said(tmp_path, monkeypatch):
    """Versions that still take folders say that there is no such run."""
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE")
    with pytest.raises(RunHistoryError, match=r"MLFLOW_ALLOW_FILE_STORE=true|not found"):
        ExplanationClient.from_run_id(
            "0" * 32, tracking_uri=(tmp_path / "mlruns").as_uri()
        ).list_model_explanations()


def test_an_explanation_of_no_rows_is_kept_without_its_dashboard(tracked):
    with mlflow.start_run(), pytest.warns(UserWarning, match=r"dashboard\.html is left out"):
        uri = log_explanation(some()[[]])
    assert load_explanation(uri).n_rows == 0
    assert load_aggregates(uri).n_rows == 0
