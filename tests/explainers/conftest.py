"""Independent truth and small tables for the tests of explainers."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest

from interpret_widget.explainers import questions


def _brute_force(predict, row, background):
    """Values (n_features, n_outputs) of the interventional game.

    predict: list of mixed rows (m, p) as a numpy array -> (m, k); row: (p,); background: (b, p).
    """
    p = len(row)
    worth = {}
    for size in range(p + 1):
        for coalition in combinations(range(p), size):
            rows = np.array(background, copy=True)
            rows[:, list(coalition)] = np.asarray(row)[list(coalition)]
            worth[coalition] = predict(rows).mean(axis=0)
    values = np.zeros((p, len(worth[()])))
    for j in range(p):
        for size in range(p):
            weight = factorial(size) * factorial(p - size - 1) / factorial(p)
            for coalition in combinations([i for i in range(p) if i != j], size):
                values[j] += weight * (worth[tuple(sorted((*coalition, j)))] - worth[coalition])
    return values


def _staff(n=120, seed=0):
    """Mixed kinds with missing values, rare levels and a constant; the target depends on most of them."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, n).round(1),
            "income": rng.lognormal(8, 0.5, n).round(0),
            "city": rng.choice(["Rome", "Oslo", "Bonn", "Lima"], n, p=[0.5, 0.3, 0.15, 0.05]),
            "grade": rng.choice(["a", "b", "c"], n),
            "always": 1.0,
        }
    )
    frame.loc[rng.random(n) < 0.15, "age"] = np.nan
    score = 0.08 * (frame["age"].fillna(40) - 40) - 0.0004 * (frame["income"] - 3300)
    score += frame["city"].map({"Rome": 0.8, "Oslo": -0.6, "Bonn": 0.3, "Lima": -1.0})
    score += frame["age"].isna() * 0.9 + 0.5 * rng.normal(size=n)
    return frame, (score > 0).astype(int).to_numpy()


def _as_frame(rows, like):
    """Rows of an object array as a frame with the dtypes of another."""
    out = pd.DataFrame(rows, columns=like.columns)
    return out.astype(like.dtypes.to_dict())


@pytest.fixture
def brute_force():
    """Shapley values by the definition."""
    return _brute_force


@pytest.fixture
def as_frame():
    """Object cells -> frame with given dtypes."""
    return _as_frame


@pytest.fixture
def staff():
    """Table and outcome."""
    return _staff()


@pytest.fixture
def small_batches(monkeypatch):
    """Many questions to the model instead of one."""
    monkeypatch.setattr(questions, "_CELLS", 400)
