"""Explanations made of plain numbers, so that every aggregate can be worked out beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from interpret_widget import Explanation, explain


def table(n=12, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 60, n),
            "pay": rng.normal(size=n),
            "role": rng.choice(["nurse", "clerk", "smith"], n),
        },
        index=[f"p-{k}" for k in range(n)],
    )


def made(k=1, n=12, seed=0, **more):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 3, k))
    base = rng.normal(size=k)
    return Explanation.from_values(
        values, table(n), base_values=base, predictions=base + values.sum(axis=1), **more
    )


@pytest.fixture
def one():
    return made()


@pytest.fixture
def three():
    return made(3, output_names=["a", "b", "c"], y=["a", "b", "c"] * 4)


@pytest.fixture(scope="session")
def deep():
    """With an engineered level and a lineage."""
    X = table(40)
    y = (X["age"] > 40).astype(int)
    columns = ColumnTransformer([("role", OneHotEncoder(), ["role"])], remainder="passthrough")
    return explain(make_pipeline(columns, LogisticRegression(max_iter=500)).fit(X, y), X, y)
