"""Intervals of estimates hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from interpret_widget.datasets import load_attrition
from interpret_widget.explainers import explain

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

COLUMNS = [
    "Age",
    "MonthlyIncome",
    "DistanceFromHome",
    "YearsAtCompany",
    "TotalWorkingYears",
    "JobSatisfaction",
    "DailyRate",
    "HourlyRate",
]


@pytest.mark.parametrize("budget", [200, 800])
@pytest.mark.parametrize(
    "model",
    [
        SVC(C=3, random_state=0),
        MLPClassifier((16,), alpha=1e-2, max_iter=150, random_state=0),
        KNeighborsClassifier(15),
    ],
    ids=["SVC", "MLP", "neighbours"],
)
def test_95_percent_are_95_percent(model, budget):
    X, y = load_attrition(return_X_y=True)
    numbers = X[COLUMNS].astype(float)
    fitted = make_pipeline(StandardScaler(), model).fit(numbers, y)
    background, rows = numbers[:40], numbers[700:712]
    exact = explain(fitted, rows, background=background, max_evals=40 * 2**8, method="sampling")
    assert exact.exact
    hits, squares = [], []
    for seed in range(12):
        found = explain(
            fitted, rows, background=background, max_evals=budget, method="sampling", random_state=seed
        )
        off, claimed = (found.values - exact.values)[..., 1], found.std_errors[..., 1]
        hits.append(np.abs(off) <= 1.96 * claimed)
        squares.append([(off**2).mean(), (claimed**2).mean()])
    # 1,152 intervals, of which those of one row hang together.
    assert 0.92 < np.mean(hits) < 0.98
    real, said = np.mean(squares, axis=0)
    assert 0.85 < np.sqrt(real / said) < 1.15
