"""Trees read as plain arrays predict what their library predicts, and explain what it explains."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import ensemble as en
from sklearn.datasets import load_diabetes, load_wine
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.kernels.path_dependent import PathDependent
from interpret_widget.models.trees import lightgbm as from_lightgbm
from interpret_widget.models.trees import sklearn as from_sklearn
from interpret_widget.models.trees import xgboost as from_xgboost

lgb = pytest.importorskip("lightgbm")
xgb = pytest.importorskip("xgboost")
shap = pytest.importorskip("shap")

XR, YR = load_diabetes(return_X_y=True)
XC, YC = load_wine(return_X_y=True)
BINARY = YC < 2


def values_of(ensemble, X):
    p = ensemble.n_features
    game = PathDependent(ensemble, np.arange(p), p)
    return game.values(ensemble.table(X)), game.expected


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeRegressor(max_depth=5, random_state=0),
        en.RandomForestRegressor(10, random_state=0),
        en.ExtraTreesRegressor(10, random_state=0),
    ],
    ids=lambda m: type(m).__name__,
)
def test_regression_forests(model):
    model.fit(XR, YR)
    e = from_sklearn.read(model)
    np.testing.assert_allclose(e.predict(XR)[:, 0], model.predict(XR), rtol=1e-12)
    found, base = values_of(e, XR[:30])
    truth = shap.TreeExplainer(model)
    np.testing.assert_allclose(found[:, :, 0], truth.shap_values(XR[:30], check_additivity=False), atol=1e-8)
    np.testing.assert_allclose(base, np.ravel(truth.expected_value), rtol=1e-10)


@pytest.mark.parametrize(
    "model",
    [DecisionTreeClassifier(max_depth=4, random_state=0), en.RandomForestClassifier(10, random_state=0)],
    ids=lambda m: type(m).__name__,
)
@pytest.mark.parametrize("classes", [2, 3])
def test_classification_forests(model, classes):
    X, y = (XC[BINARY], YC[BINARY]) if classes == 2 else (XC, YC)
    model.fit(X, y)
    e = from_sklearn.read(model)
    shares = model.predict_proba(X)
    np.testing.assert_allclose(e.predict(X), shares[:, 1:] if classes == 2 else shares, atol=1e-12)
    found, base = values_of(e, X[:20])
    truth = np.asarray(shap.TreeExplainer(model).shap_values(X[:20], check_additivity=False))
    truth = truth.transpose(1, 2, 0) if truth.shape[0] == classes else truth
    np.testing.assert_allclose(found, truth[..., 1:] if classes == 2 else truth, atol=1e-10)
    np.testing.assert_allclose(base + found.sum(axis=1), e.predict(X[:20]), atol=1e-12)


@pytest.mark.parametrize("classes", [2, 3])
def test_histogram_boosting_with_missing_values(classes):
    X, y = (XC[BINARY].copy(), YC[BINARY]) if classes == 2 else (XC.copy(), YC)
    X[::7, 3] = np.nan
    model = en.HistGradientBoostingClassifier(max_iter=15, min_samples_leaf=5, random_state=0).fit(X, y)
    e = from_sklearn.read(model)
    margins = model.decision_function(X)
    np.testing.assert_allclose(e.predict(X), margins.reshape(len(X), -1), atol=1e-12)
    found, base = values_of(e, X)
    np.testing.assert_allclose(base + found.sum(axis=1), e.predict(X), atol=1e-12)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"boosting_type": "dart"},
        {"zero_as_missing": True},
        {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
    ],
)
@pytest.mark.parametrize("missing", [False, True])
def test_lightgbm(params, missing):
    X = XC.copy()
    X[X[:, 1] < 1.6, 1] = 0.0
    if missing:
        X[::5, 2] = np.nan
    model = lgb.LGBMClassifier(n_estimators=15, min_child_samples=5, verbose=-1, n_jobs=1, **params).fit(
        X, YC
    )
    e = from_lightgbm.read(model)
    odd = np.vstack([X, np.full((1, X.shape[1]), np.nan), np.zeros((1, X.shape[1]))])
    rounds = model.booster_.current_iteration() if params.get("boosting_type") == "rf" else 1
    np.testing.assert_allclose(e.predict(odd), model.predict(odd, raw_score=True) / rounds, atol=1e-10)
    found, base = values_of(e, odd)
    own = model.booster_.predict(odd, pred_contrib=True).reshape(len(odd), 3, -1) / rounds
    np.testing.assert_allclose(found.transpose(0, 2, 1), own[:, :, :-1], atol=1e-9)
    np.testing.assert_allclose(np.broadcast_to(base, (len(odd), 3)), own[:, :, -1], atol=1e-9)


def test_lightgbm_splits_on_categories():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 40, 800), rng.normal(size=800)]).astype(float)
    y = np.isin(X[:, 0] % 7, [1, 3]) * 2.0 + X[:, 1]
    model = lgb.LGBMRegressor(n_estimators=20, verbose=-1, n_jobs=1).fit(X, y, categorical_feature=[0])
    e = from_lightgbm.read(model)
    assert len(e.categories) > 0
    odd = np.vstack([X, [[99, 0.0], [-1, 0.0], [np.nan, np.nan]]])
    np.testing.assert_allclose(e.predict(odd)[:, 0], model.predict(odd), atol=1e-10)
    found, _ = values_of(e, X[:50])
    own = model.booster_.predict(X[:50], pred_contrib=True)
    np.testing.assert_allclose(found[:, :, 0], own[:, :-1], atol=1e-9)


def test_lightgbm_linear_leaves_are_refused():
    model = lgb.LGBMRegressor(n_estimators=3, linear_tree=True, verbose=-1).fit(XR, YR)
    with pytest.raises(UnsupportedModelError, match="linear"):
        from_lightgbm.read(model)


@pytest.mark.parametrize(
    "params", [{}, {"booster": "dart", "rate_drop": 0.3}, {"num_parallel_tree": 3, "subsample": 0.5}]
)
def test_xgboost_compares_in_single_precision(params):
    X = np.round(XC, 1)
    X[::6, 4] = np.nan
    model = xgb.XGBClassifier(n_estimators=8, max_depth=4, **params).fit(X, YC)
    e = from_xgboost.read(model.get_booster())
    margins = model.predict(X, output_margin=True)
    gap = margins - e.predict(X)
    assert np.ptp(gap, axis=0).max() < 1e-5  # the rest is base_score, the same for all rows
    found, _ = values_of(e, X[:40])
    matrix = xgb.DMatrix(X[:40])
    own = model.get_booster().predict(matrix, pred_contribs=True, strict_shape=True)
    np.testing.assert_allclose(found.transpose(0, 2, 1), own[:, :, :-1], atol=1e-4)


def test_xgboost_takes_the_rounds_that_it_is_told():
    model = xgb.XGBRegressor(n_estimators=12, max_depth=3).fit(XR, YR)
    e = from_xgboost.read(model.get_booster(), (0, 5))
    margins = model.predict(XR, output_margin=True, iteration_range=(0, 5))
    assert np.ptp(margins - e.predict(XR)[:, 0]) < 1e-3


def test_trees_add_up_over_rounds():
    model = lgb.LGBMRegressor(n_estimators=10, verbose=-1, n_jobs=1).fit(XR, YR)
    e = from_lightgbm.read(model)
    whole, _ = values_of(e, XR[:20])
    first, _ = values_of(e.of_trees(0, 4), XR[:20])
    later, _ = values_of(e.of_trees(4, 10), XR[:20])
    np.testing.assert_allclose(first + later, whole, atol=1e-10)
