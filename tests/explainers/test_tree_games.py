"""Tree models against a background, in probabilities, and in pairs of columns."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble as en
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from interpret_widget import TabularExplainer, explain
from interpret_widget.errors import InvalidInputError, UnsupportedModelError

lgb = pytest.importorskip("lightgbm")
shap = pytest.importorskip("shap")


def definition(ask, x, background, weights=None):
    """Interventional values of one row, by asking the model about every coalition."""
    p, n = x.shape[1], len(background)
    shares = np.full(n, 1 / n) if weights is None else np.asarray(weights) / np.sum(weights)
    worth = {}
    for size in range(p + 1):
        for chosen in itertools.combinations(range(p), size):
            rows = background.copy()
            for column in chosen:
                rows.isetitem(column, [x.iloc[0, column]] * n)
            worth[chosen] = shares @ np.asarray(ask(rows))
    out = np.zeros(p)
    for j in range(p):
        for chosen in worth:
            if j not in chosen:
                s = len(chosen)
                share = math.factorial(s) * math.factorial(p - s - 1) / math.factorial(p)
                out[j] += share * (worth[tuple(sorted({*chosen, j}))] - worth[chosen])
    return out


@pytest.fixture(scope="module")
def behind_one_hot():
    """A boosting model behind scaled and one-hot columns, with its rows."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.integers(20, 60, 300).astype(float),
            "income": rng.normal(50, 10, 300),
            "city": rng.choice(["Rome", "Oslo", "Lima"], 300),
        }
    )
    y = (frame.age + 20 * (frame.city == "Oslo") * (frame.income > 50) > 45).astype(int)
    prepared = ColumnTransformer(
        [("n", StandardScaler(), ["age", "income"]), ("w", OneHotEncoder(), ["city"])]
    )
    model = Pipeline([("prepare", prepared), ("boost", lgb.LGBMClassifier(n_estimators=20, verbose=-1))])
    return model.fit(frame, y), frame, y


def log_odds(model):
    return lambda rows: model[-1].predict(model[:-1].transform(rows), raw_score=True)


def test_against_rows_of_a_background_every_coalition_is_what_the_model_says(behind_one_hot):
    model, frame, _ = behind_one_hot
    explainer = TabularExplainer(model, frame[:25], feature_perturbation="interventional")
    explanation = explainer.explain_global(frame[100:103])
    assert (explanation.method, explanation.exact) == ("tree", True)
    assert "interventional" in explanation.reason
    assert explanation.background == "25 rows"
    for row in range(3):
        truth = definition(log_odds(model), frame[100 + row : 101 + row], frame[:25])
        np.testing.assert_allclose(explanation.values[row, :, 1], truth, atol=1e-10)
    assert explanation.residual < 1e-10
    assert explanation.engineered.residual < 1e-10


def test_why_higher_than_these(behind_one_hot):
    model, frame, _ = behind_one_hot
    explainer = TabularExplainer(model, frame)
    assert explainer.explain_local(frame[:1]).background == "path-dependent"
    one = explainer.against(frame[7:8]).explain_local(frame[:1])
    assert one.background == "1 row"
    margins = log_odds(model)(frame[[True] + [False] * 6 + [True] + [False] * 292])
    np.testing.assert_allclose(one.values[0, :, 1].sum(), margins[0] - margins[1], atol=1e-10)
    weights = np.linspace(0.1, 2, 12)
    weighted = explainer.against(frame[20:32], weights=weights).explain_local(frame[:1])
    truth = definition(log_odds(model), frame[:1], frame[20:32], weights)
    np.testing.assert_allclose(weighted.values[0, :, 1], truth, atol=1e-10)
    # The explainer itself still compares with what it did.
    assert explainer.explain_local(frame[:1]).background == "path-dependent"


@pytest.mark.parametrize(
    ("weights", "said"),
    [([1.0], "give one for each"), ([1, -1, 1], "not negative"), ([0, 0, 0], "not all zero")],
)
def test_weights_that_do_not_fit_are_refused(behind_one_hot, weights, said):
    model, frame, _ = behind_one_hot
    with pytest.raises(InvalidInputError, match=said):
        TabularExplainer(model, frame).against(frame[:3], weights=weights)


def test_probabilities_are_explained_exactly(behind_one_hot):
    model, frame, _ = behind_one_hot
    explanation = explain(
        model,
        frame[50:54],
        background=frame[:20],
        feature_perturbation="interventional",
        model_output="probability",
    )
    assert explanation.output_space == "probability"
    np.testing.assert_allclose(explanation.predictions, model.predict_proba(frame[50:54]))
    assert explanation.residual < 1e-10
    for row in range(4):
        x = frame[50 + row : 51 + row]
        truth = definition(lambda rows: model.predict_proba(rows)[:, 1], x, frame[:20])
        np.testing.assert_allclose(explanation.values[row, :, 1], truth, atol=1e-10)
        np.testing.assert_allclose(explanation.values[row, :, 0], -truth, atol=1e-10)
    base = model.predict_proba(frame[:20]).mean(axis=0)
    np.testing.assert_allclose(explanation.base_values, base, atol=1e-10)


def test_a_forest_speaks_in_probabilities_already(behind_one_hot):
    _, frame, y = behind_one_hot
    X = frame[["age", "income"]]
    model = en.RandomForestClassifier(20, random_state=0).fit(X, y)
    found = explain(model, X[:5], background=X[:30], feature_perturbation="interventional")
    asked = explain(
        model,
        X[:5],
        background=X[:30],
        feature_perturbation="interventional",
        model_output="probability",
    )
    np.testing.assert_allclose(found.values, asked.values, atol=1e-12)
    for row in range(5):
        truth = definition(lambda rows: model.predict_proba(rows)[:, 1], X[row : row + 1], X[:30])
        np.testing.assert_allclose(found.values[row, :, 1], truth, atol=1e-10)


def test_interventional_values_agree_with_shap():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = lgb.LGBMRegressor(n_estimators=50, verbose=-1).fit(X, y)
    found = explain(model, X[:20], background=X[100:180], feature_perturbation="interventional")
    truth = shap.TreeExplainer(model, X[100:180], feature_perturbation="interventional")
    np.testing.assert_allclose(found.values[:, :, 0], truth.shap_values(X[:20]), atol=1e-4)
    np.testing.assert_allclose(found.base_values, truth.expected_value, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"feature_perturbation": "correlation"}, "'tree_path_dependent', 'interventional'"),
        ({"model_output": "log_loss"}, "'raw', 'probability'"),
        ({"model_output": "probability"}, "needs feature_perturbation='interventional'"),
    ],
)
def test_unknown_games_are_refused_before_work_starts(behind_one_hot, options, said):
    model, frame, _ = behind_one_hot
    with pytest.raises(InvalidInputError, match=said):
        TabularExplainer(model, frame, **options)


def test_interactions_of_raw_columns(behind_one_hot):
    model, frame, _ = behind_one_hot
    explainer = TabularExplainer(model, frame)
    pairs = explainer.interaction_values(frame[:40])
    values = explainer.explain_global(frame[:40]).values
    assert pairs.shape == (40, 3, 3, 2)
    np.testing.assert_allclose(pairs.sum(axis=2), values, atol=1e-10)
    np.testing.assert_array_equal(pairs, pairs.transpose(0, 2, 1, 3))
    strength = np.abs(pairs[..., 1]).mean(axis=0)
    assert strength[1, 2] > strength[0, 1]  # city and income act together


def test_interactions_agree_with_shap():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = en.RandomForestRegressor(10, random_state=0).fit(X, y)
    found = TabularExplainer(model, X).interaction_values(X[:10])
    truth = shap.TreeExplainer(model).shap_interaction_values(X[:10])
    np.testing.assert_allclose(found[..., 0], truth, atol=1e-6)


def test_interactions_are_refused_with_a_reason_elsewhere(behind_one_hot):
    _, frame, y = behind_one_hot
    X = frame[["age", "income"]]
    for model in (LogisticRegression().fit(X, y), SVC().fit(X, y)):
        with pytest.raises(UnsupportedModelError, match="tree models"):
            TabularExplainer(model, X[:20]).interaction_values(X[:2])
    forest = en.RandomForestClassifier(5, random_state=0).fit(X, y)
    explainer = TabularExplainer(forest, X[:20], feature_perturbation="interventional")
    with pytest.raises(UnsupportedModelError, match="tree_path_dependent"):
        explainer.interaction_values(X[:2])


def test_other_routes_take_other_rows_too(behind_one_hot):
    _, frame, y = behind_one_hot
    X = frame[["age", "income"]]
    model = LogisticRegression().fit(X, y)
    one = TabularExplainer(model, X).against(X[3:4]).explain_local(X[:1])
    gap = model.decision_function(X[:1]) - model.decision_function(X[3:4])
    np.testing.assert_allclose(one.values[0, :, 1].sum(), gap, atol=1e-10)
    with pytest.raises(InvalidInputError, match="tree models"):
        TabularExplainer(model, X).against(X[:2], weights=[1, 2])


def test_rows_that_differ_in_too_many_columns_are_estimated_and_that_is_said():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(200, 20)), columns=[f"c{i}" for i in range(20)])
    y = (X.sum(axis=1) > 0).astype(int)
    model = lgb.LGBMClassifier(n_estimators=60, verbose=-1).fit(X, y)
    options = {"feature_perturbation": "interventional", "model_output": "probability"}
    explanation = explain(model, X[:3], background=X[50:60], max_evals=200, **options)
    assert (explanation.method, explanation.exact) == ("sampling", False)
    assert "at most 16" in explanation.reason
    with pytest.raises(UnsupportedModelError, match="at most 16"):
        TabularExplainer(model, X[50:60], method="tree", **options)


def test_ensembles_over_trees():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    ada = en.AdaBoostClassifier(n_estimators=15, random_state=0).fit(X, y > 140)
    explanation = explain(ada, X[:20], background=X)
    assert (explanation.method, explanation.exact, explanation.output_space) == ("tree", True, "log-odds")
    np.testing.assert_allclose(explanation.predictions[:, 1], ada.decision_function(X[:20]))
    bagged = en.BaggingRegressor(n_estimators=10, max_features=0.5, random_state=0).fit(X, y)
    explanation = explain(bagged, X[:20], background=X)
    assert (explanation.method, explanation.exact) == ("tree", True)
    np.testing.assert_allclose(explanation.predictions[:, 0], bagged.predict(X[:20]))
    median = explain(en.AdaBoostRegressor(n_estimators=5).fit(X, y), X[:2], background=X[:20], max_evals=100)
    assert median.method == "sampling"
    assert "weighted median" in median.reason


def test_isolation_forests_are_explained_by_depth():
    X, _ = load_diabetes(return_X_y=True, as_frame=True)
    model = en.IsolationForest(n_estimators=30, random_state=0).fit(X)
    explanation = explain(model, X, background=X)
    assert (explanation.method, explanation.exact) == ("tree", True)
    assert explanation.unit == "mean depth of isolation"
    # The deeper, the more ordinary: the order of the scores.
    order = np.argsort(model.score_samples(X))
    assert (np.diff(explanation.predictions[order, 0]) >= -1e-9).all()
    assert explanation.residual < 1e-9
    truth = np.ravel(shap.TreeExplainer(model).expected_value)
    np.testing.assert_allclose(explanation.base_values, truth, rtol=1e-3)
