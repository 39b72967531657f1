"""Naive Bayes: exact in log-odds, whose sum over columns needs no game."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_wine
from sklearn.impute import SimpleImputer
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget import TabularExplainer, explain

WINE, CLASSES = load_wine(return_X_y=True)
WINE = WINE[:, :4] / WINE[:, :4].std(axis=0)
COUNTS = (WINE * 2).astype(int)
BAYES = [
    (GaussianNB(), WINE),
    (MultinomialNB(alpha=0.3), COUNTS),
    (ComplementNB(), COUNTS),
    (ComplementNB(norm=True), COUNTS),
    (BernoulliNB(binarize=4.0), WINE),
    (BernoulliNB(binarize=None), (WINE > 4).astype(float)),
    (CategoricalNB(min_categories=40), COUNTS),
]


def agrees(explanation, ask, rows, background, brute_force, atol=1e-10):
    """Compare the last outputs with the definition."""
    back = np.asarray(background)
    for row in range(len(rows)):
        truth = brute_force(ask, np.asarray(rows)[row], back)
        found = explanation.values[row, :, -truth.shape[1] :]
        np.testing.assert_allclose(found, truth, atol=atol * max(1.0, np.abs(truth).max()))
    assert explanation.residual <= 1e-9 * max(1.0, np.abs(explanation.predictions).max())


@pytest.mark.parametrize(("model", "rows"), BAYES)
def test_naive_bayes_in_log_odds(model, rows, brute_force):
    model = model.fit(rows, CLASSES > 0)
    explanation = explain(model, rows[:3], background=rows[::9])
    assert (explanation.method, explanation.exact) == ("additive", True)
    assert explanation.output_space == "log-odds"
    assert explanation.background == "mean of 20 rows"
    ask = lambda cells: np.diff(model.predict_joint_log_proba(cells))  # noqa: E731
    agrees(explanation, ask, rows[:3], rows[::9], brute_force)
    np.testing.assert_allclose(explanation.probabilities, model.predict_proba(rows[:3]), atol=1e-12)


@pytest.mark.parametrize(("model", "rows"), BAYES)
def test_naive_bayes_with_several_classes(model, rows, brute_force):
    model = model.fit(rows, CLASSES)
    explanation = explain(model, rows[:3], background=rows[::9])
    assert (explanation.method, explanation.output_space) == ("additive", "log-odds")
    np.testing.assert_allclose(explanation.values.sum(axis=2), 0, atol=1e-9)

    def ask(cells):
        joint = model.predict_joint_log_proba(cells)
        return joint - joint.mean(axis=1, keepdims=True)

    agrees(explanation, ask, rows[:3], rows[::9], brute_force)
    np.testing.assert_allclose(explanation.probabilities, model.predict_proba(rows[:3]), atol=1e-12)


def test_naive_bayes_behind_one_hot(staff):
    frame, y = staff
    prepared = make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["age", "income"]),
        (OneHotEncoder(), ["city", "grade"]),
    )
    pipeline = make_pipeline(prepared, BernoulliNB()).fit(frame, y)
    explanation = TabularExplainer(pipeline, frame).explain_global(frame[:9])
    assert explanation.method == "additive"
    assert explanation.residual < 1e-10
    summed = explanation.lineage.to_raw(explanation.engineered.values)
    np.testing.assert_allclose(summed, explanation.values, atol=1e-12)
