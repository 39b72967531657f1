"""Small models whose explanations are computed in no time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget import explain


def people(n=120, seed=0):
    """Numbers, whole numbers, levels, booleans and dates, with a labelled index."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 60, n),
            "income": np.round(rng.lognormal(8, 0.5, n), 2),
            "role": rng.choice(["nurse", "clerk", "smith"], n),
            "member": rng.random(n) < 0.4,
        },
        index=[f"p-{k}" for k in range(n)],
    )


def pipeline(X, y, estimator):
    columns = ColumnTransformer(
        [("text", OneHotEncoder(), ["role"]), ("rest", StandardScaler(), ["age", "income", "member"])]
    )
    return make_pipeline(columns, estimator).fit(X, y)


@pytest.fixture(scope="session")
def binary():
    X = people()
    y = np.where((X["age"] > 40) ^ (X["role"] == "smith"), "left", "stayed")
    model = pipeline(X, y, LogisticRegression())
    return explain(model, X, y), model, X, y


@pytest.fixture(scope="session")
def several():
    X = people()
    y = np.digitize(X["age"], [30, 45])
    model = pipeline(X, y, LogisticRegression())
    return explain(model, X, y), model, X, y


@pytest.fixture(scope="session")
def regression():
    X = people()
    y = pd.Series(X["income"] / 100 + X["age"], name="rent")
    model = pipeline(X, y, LinearRegression())
    return explain(model, X, y), model, X, y
