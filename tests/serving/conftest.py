"""A small table with every kind of column, and models of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["age", "income"]
WORDS = ["city", "grade"]


def _people(n=240, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 66, n),
            "income": rng.lognormal(8, 0.5, n).round(2),
            "city": rng.choice(["Rome", "Oslo", "Bonn"], n, p=[0.5, 0.3, 0.2]),
            "grade": rng.choice(["a", "b", "c"], n),
            "remote": rng.random(n) < 0.3,
        },
        index=[f"p{i:03}" for i in range(n)],
    )
    frame.loc[rng.random(n) < 0.1, "income"] = np.nan
    score = 0.06 * (frame["age"] - 40) - 0.0003 * (frame["income"].fillna(3300) - 3300)
    score += frame["city"].map({"Rome": 0.8, "Oslo": -0.6, "Bonn": 0.3}) + 0.7 * frame["remote"]
    score += 0.5 * rng.normal(size=n)
    return frame, score.to_numpy()


def _prepared(estimator, handle_unknown="ignore"):
    return make_pipeline(
        ColumnTransformer(
            [
                ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
                ("words", OneHotEncoder(handle_unknown=handle_unknown), WORDS),
            ],
            remainder="passthrough",
        ),
        estimator,
    )


@pytest.fixture(scope="session")
def people():
    """Frame and score of 240 people."""
    return _people()


@pytest.fixture(scope="session")
def prepared():
    """A pipeline in front of an estimator."""
    return _prepared
