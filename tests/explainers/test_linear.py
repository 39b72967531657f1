"""Linear models: closed form, against the definition and against the model's own margins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.special import expit, softmax
from sklearn import linear_model as lm
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

from interpret_widget.explainers import TabularExplainer, explain

WINE = load_wine(return_X_y=True, as_frame=True)
DIABETES = load_diabetes(return_X_y=True, as_frame=True)
X2, Y2 = WINE[0][WINE[1] < 2], WINE[1][WINE[1] < 2]


def scaled(estimator):
    return make_pipeline(StandardScaler(), estimator)


@pytest.mark.parametrize(
    ("estimator", "space"),
    [
        (lm.LogisticRegression(), "log-odds"),
        (lm.LogisticRegressionCV(cv=2), "log-odds"),
        (lm.SGDClassifier(loss="log_loss", random_state=0), "log-odds"),
        (lm.SGDClassifier(random_state=0), "raw"),
        (LinearDiscriminantAnalysis(), "log-odds"),
        (lm.Perceptron(), "raw"),
        (lm.RidgeClassifier(), "raw"),
        (LinearSVC(), "raw"),
        (SVC(kernel="linear"), "raw"),
        (GridSearchCV(lm.LogisticRegression(), {"C": [0.1, 1]}, cv=2), "log-odds"),
    ],
)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_binary_classifiers(estimator, space):
    model = scaled(estimator).fit(X2, Y2)
    explanation = explain(model, X2)

    assert (explanation.method, explanation.exact, explanation.output_space) == ("linear", True, space)
    margin = model.decision_function(X2)
    np.testing.assert_allclose(explanation.predictions, np.c_[-margin, margin], atol=1e-9)
    assert explanation.residual < 1e-9
    coef = np.ravel(getattr(model[-1], "best_estimator_", model[-1]).coef_)
    Z = model[0].transform(X2)
    np.testing.assert_allclose(explanation.values[..., 1], coef * (Z - Z.mean(axis=0)), atol=1e-9)
    np.testing.assert_allclose(explanation.values[..., 0], -explanation.values[..., 1], atol=0)
    if space == "log-odds":
        np.testing.assert_allclose(expit(explanation.predictions), model.predict_proba(X2), atol=1e-9)
        np.testing.assert_allclose(explanation.probabilities, model.predict_proba(X2), atol=1e-12)
        assert explanation.unit == "log-odds"
    else:
        assert explanation.unit == "decision value"


@pytest.mark.parametrize(
    ("estimator", "space"),
    [
        (lm.LogisticRegression(max_iter=500), "log-odds"),
        (LinearDiscriminantAnalysis(), "log-odds"),
        (LinearSVC(), "raw"),
        (lm.RidgeClassifier(), "raw"),
    ],
)
def test_several_classes(estimator, space):
    X, y = WINE
    labels = np.array(["barbera", "barolo", "grignolino"])[y]
    model = scaled(estimator).fit(X, labels)
    explanation = explain(model, X)
    assert (explanation.method, explanation.output_space) == ("linear", space)
    assert explanation.output_names == ("barbera", "barolo", "grignolino")
    np.testing.assert_allclose(explanation.predictions, model.decision_function(X), atol=1e-9)
    assert explanation.residual < 1e-9
    if space == "log-odds":
        np.testing.assert_allclose(
            softmax(explanation.predictions, axis=1), model.predict_proba(X), atol=1e-9
        )


def test_platt_probabilities_are_not_log_odds():
    model = scaled(SVC(kernel="linear", random_state=0)).fit(X2, Y2)
    calibrated = scaled(CalibratedClassifierCV(SVC(kernel="linear"), cv=2)).fit(X2, Y2)
    assert explain(model, X2).output_space == "raw"
    estimate = explain(calibrated, X2[:3], background=X2[:20])
    assert (estimate.method, estimate.output_space) == ("sampling", "probability")
    assert "CalibratedClassifierCV" in estimate.reason


@pytest.mark.parametrize("shape", ["ovr", "ovo"])
def test_votes_between_pairs_of_classes_are_not_linear(shape):
    X, y = WINE
    model = scaled(SVC(kernel="linear", decision_function_shape=shape)).fit(X, y)
    explanation = explain(model, X[:2], background=X[:10])
    assert explanation.method == "sampling"
    assert "pairs of classes" in explanation.reason


@pytest.mark.parametrize(
    "estimator",
    [
        lm.LinearRegression(),
        lm.Ridge(),
        lm.Lasso(),
        lm.ElasticNet(),
        lm.HuberRegressor(max_iter=2000),
        lm.BayesianRidge(),
        lm.SGDRegressor(random_state=0),
        LinearSVR(random_state=0, max_iter=20_000),
        SVR(kernel="linear"),
        lm.RANSACRegressor(random_state=0),
        lm.TweedieRegressor(power=0, link="identity"),
        TransformedTargetRegressor(lm.Ridge()),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_regressors(estimator):
    X, y = DIABETES
    model = scaled(estimator).fit(X, y)
    explanation = explain(model, X, y)
    assert (explanation.method, explanation.output_space) == ("linear", "raw")
    assert explanation.unit == "target"
    np.testing.assert_allclose(explanation.predictions[:, 0], model.predict(X), rtol=1e-9)
    assert explanation.residual < 1e-8


@pytest.mark.parametrize(
    "estimator", [lm.PoissonRegressor(), lm.GammaRegressor(), lm.TweedieRegressor(power=1.5)]
)
def test_log_link_is_explained_in_its_logarithm(estimator):
    X, y = DIABETES
    model = scaled(estimator).fit(X, y)
    explanation = explain(model, X)
    assert (explanation.method, explanation.unit) == ("linear", "log of the prediction")
    assert any("logarithm" in note for note in explanation.notes)
    np.testing.assert_allclose(np.exp(explanation.predictions[:, 0]), model.predict(X), rtol=1e-9)
    assert explanation.residual < 1e-9


def test_transformed_targets_are_explained_in_their_own_unit():
    X, y = DIABETES
    model = TransformedTargetRegressor(lm.Ridge(), func=np.log, inverse_func=np.exp).fit(X, y)
    explanation = explain(model, X[:2], background=X[:20])
    assert explanation.method == "sampling"
    assert "transformed target" in explanation.reason
    np.testing.assert_allclose(explanation.predictions[:, 0], model.predict(X[:2]))


def test_several_targets():
    X, y = DIABETES
    model = lm.Ridge().fit(X, np.c_[y, -2 * y])
    explanation = explain(model, X)
    np.testing.assert_allclose(explanation.predictions, model.predict(X), rtol=1e-9)
    np.testing.assert_allclose(explanation.values[..., 1], -2 * explanation.values[..., 0], atol=1e-8)


def test_sparse_weights_and_sparse_rows():
    rng = np.random.default_rng(0)
    X = sparse.random(200, 60, density=0.1, format="csr", random_state=0)
    y = (X @ rng.normal(size=60) > 0).astype(int)
    model = SVC(kernel="linear").fit(X, y)
    assert sparse.issparse(model.coef_)
    explanation = explain(model, X)
    coef, dense = model.coef_.toarray()[0], X.toarray()
    assert explanation.method == "linear"
    np.testing.assert_allclose(explanation.values[..., 1], coef * (dense - dense.mean(axis=0)), atol=1e-9)
    assert explanation.residual < 1e-9


def test_text_column_behind_tfidf():
    import pandas as pd
    from sklearn.compose import ColumnTransformer

    words = ["red wine", "white wine", "red meat", "white fish", "green fish", "red fish"] * 10
    frame = pd.DataFrame({"note": words, "price": np.arange(60.0)})
    y = np.array([1, 1, 0, 0, 0, 0] * 10)
    prepared = ColumnTransformer([("t", TfidfVectorizer(), "note"), ("p", StandardScaler(), ["price"])])
    model = make_pipeline(prepared, lm.LogisticRegression()).fit(frame, y)
    explanation = explain(model, frame)
    assert (explanation.method, explanation.feature_names) == ("linear", ("note", "price"))
    np.testing.assert_allclose(explanation.predictions[:, 1], model.decision_function(frame), atol=1e-10)
    assert explanation.residual < 1e-10


def test_base_value_is_the_mean_margin_of_the_background():
    model = scaled(lm.LogisticRegression()).fit(X2, Y2)
    explanation = explain(model, X2[:5], background=X2[30:90])
    np.testing.assert_allclose(
        explanation.base_values[1], model.decision_function(X2[30:90]).mean(), atol=1e-10
    )
    assert explanation.background == "mean of 60 rows"


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 5),
    st.integers(1, 12),
    st.integers(0, 10_000),
    st.sampled_from([0.0, 1e-3, 1.0, 1e4]),
    st.booleans(),
)
def test_any_linear_function_matches_the_definition(n_features, n_background, seed, size, fit_intercept):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, n_features)) * 10.0 ** rng.integers(-3, 4, n_features)
    model = lm.LinearRegression(fit_intercept=fit_intercept).fit(X, rng.normal(size=30))
    model.coef_ = rng.normal(size=n_features) * size
    explanation = TabularExplainer(model, X[:n_background]).explain_global(X)
    expected = model.coef_ * (X - X[:n_background].mean(axis=0))
    scale = np.abs(expected).max() + 1
    np.testing.assert_allclose(explanation.values[..., 0] / scale, expected / scale, atol=1e-12)
    np.testing.assert_allclose(explanation.predictions[:, 0] / scale, model.predict(X) / scale, atol=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_shap_agrees(seed):
    shap = pytest.importorskip("shap")
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(50, 4)) @ rng.normal(size=(4, 4))
    model = lm.Ridge().fit(X, rng.normal(size=50))
    ours = explain(model, X).values[..., 0]
    theirs = shap.LinearExplainer(model, shap.maskers.Independent(X, max_samples=50)).shap_values(X)
    np.testing.assert_allclose(ours, theirs, atol=1e-9)
