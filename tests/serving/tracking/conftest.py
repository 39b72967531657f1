"""Models with their scoring explainers, and a store of MLflow to log them to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget import TabularExplainer


@dataclass(frozen=True)
class Case:
    """A model, rows, and the explainer to serve."""

    model: Any
    X: pd.DataFrame
    scorer: Any


def people(n=60):
    rng = np.random.default_rng(4)
    X = pd.DataFrame(
        {
            "age": rng.integers(18, 60, n),
            "income": rng.normal(3000, 800, n).round(2),
            "role": rng.choice(["nurse", "clerk", "smith"], n),
            "remote": rng.random(n) < 0.4,
            "score": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
        },
        index=np.arange(100, 100 + n),
    )
    y = np.where(X["age"] / 20 + (X["role"] == "nurse") + X["remote"] > 2.4, "leaves", "stays")
    return X, y


def encoded(estimator):
    encode = ColumnTransformer(
        [
            ("words", OneHotEncoder(), ["role"]),
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income", "score"]),
        ],
        remainder="passthrough",
    )
    return make_pipeline(encode, estimator)


@pytest.fixture(scope="session")
def linear():
    """Self-contained, classes of text, a column that may be missing."""
    X, y = people()
    model = encoded(LogisticRegression()).fit(X, y)
    return Case(model, X, TabularExplainer(model, X).for_scoring())


@pytest.fixture(scope="session")
def trees():
    """Self-contained, numbers predicted, categories of pandas."""
    import lightgbm

    X, _ = people()
    X = X.astype({"role": "category"})
    y = X["age"] * 2.0 + (X["role"] == "nurse") * 7
    model = lightgbm.LGBMRegressor(n_estimators=8, min_child_samples=5, verbose=-1, n_jobs=1).fit(X, y)
    return Case(model, X, TabularExplainer(model, X).for_scoring())


@pytest.fixture(scope="session")
def asked():
    """Not self-contained: the model is asked again, about three columns and three classes."""
    X, _ = people()
    X = X[["age", "income", "remote"]]
    y = np.digitize(X["age"], [30, 45])
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(7, algorithm="brute")).fit(X, y)
    return Case(model, X, TabularExplainer(model, X[:20]).for_scoring())


@pytest.fixture(scope="session")
def boosted():
    """Not self-contained, and of types that skops does not know by itself."""
    import lightgbm

    X, y = people()
    X = X[["age", "income"]]
    trees = lightgbm.LGBMClassifier(n_estimators=3, min_child_samples=5, verbose=-1, n_jobs=1)
    model = VotingClassifier([("trees", trees), ("line", LogisticRegression())], voting="soft").fit(X, y)
    return Case(model, X, TabularExplainer(model, X[:10]).for_scoring())


@pytest.fixture
def case(request):
    """One of the above by name."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    """Made once: MLflow takes seconds to lay out its tables."""
    return f"sqlite:///{tmp_path_factory.mktemp('database') / 'runs.db'}"


@pytest.fixture
def session(tmp_path, monkeypatch):
    """A session of MLflow that knows of no store yet, in a folder of its own."""
    import mlflow

    monkeypatch.chdir(tmp_path)
    # What set_experiment leaves behind belongs to another store than the next test's.
    monkeypatch.setattr(mlflow.tracking.fluent, "_active_experiment_id", None)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID")
    yield mlflow
    while mlflow.active_run() is not None:
        mlflow.end_run()
    mlflow.set_tracking_uri(None)


@pytest.fixture
def tracked(session, tmp_path, database):
    """The tracking URI of a store with an experiment of its own, set as the session's."""
    session.set_tracking_uri(database)
    place = (tmp_path / "artifacts").as_uri()
    session.set_experiment(experiment_id=session.create_experiment(f"test {tmp_path.name}", place))
    return database
