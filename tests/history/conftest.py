"""Stores of MLflow as people have them: a folder, a database, and a server of our own on loopback."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from interpret_widget import explain
from tests.history.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("server"))
    yield started
    started.kill()


@pytest.fixture(autouse=True)
def quiet(monkeypatch, tmp_path):
    """No test writes outside its folder, and nobody waits for minutes for a server that is gone."""
    import mlflow

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    # MLflow refuses folders of runs unless their owner insists.
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    # What set_experiment leaves behind belongs to another store than the next test's.
    monkeypatch.setattr(mlflow.tracking.fluent, "_active_experiment_id", None)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID")
    yield
    while mlflow.active_run() is not None:
        mlflow.end_run()
    mlflow.set_tracking_uri(None)


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    """Made once: MLflow takes seconds to lay out its tables."""
    return f"sqlite:///{tmp_path_factory.mktemp('database') / 'runs.db'}"


@pytest.fixture
def tracked(request, tmp_path, database):
    """The tracking URI of a kind of store, set as the session's."""
    import mlflow

    kind = getattr(request, "param", "database")
    uri = {"folder": lambda: (tmp_path / "runs").as_uri(), "database": lambda: database}.get(kind)
    uri = request.getfixturevalue("server").uri if uri is None else uri()
    mlflow.set_tracking_uri(uri)
    if kind == "database":
        name = f"test {tmp_path.name}"
        mlflow.set_experiment(experiment_id=mlflow.create_experiment(name, (tmp_path / "artifacts").as_uri()))
    else:
        mlflow.set_experiment(f"test {tmp_path.name}")
    return uri


@pytest.fixture(scope="session")
def explanation():
    """Eight columns behind one-hot encoding, 40 rows, both levels."""
    rng = np.random.default_rng(5)
    X = pd.DataFrame(rng.normal(size=(40, 6)), columns=[f"n{j}" for j in range(6)])
    X["role"] = rng.choice(["nurse", "clerk", "smith"], 40)
    X["Größe in $ und $"] = rng.choice(["low_$x", "high"], 40)
    y = np.where(X["n3"] + (X["role"] == "nurse") > 0, "leaves", "stays")
    encode = ColumnTransformer(
        [("text", OneHotEncoder(), ["role", "Größe in $ und $"])], remainder="passthrough"
    )
    return explain(make_pipeline(encode, LogisticRegression()).fit(X, y), X, y)
