"""scikit-learn's trees read as plain arrays predict what scikit-learn predicts, and explain it."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn import ensemble as en
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.models.trees import sklearn as reader
from tests.kernels.reading import awkward, values_of

shap = pytest.importorskip("shap")

XR, YR = load_diabetes(return_X_y=True)
XC, YC = load_wine(return_X_y=True)
BINARY = YC < 2
TREES_KNOW_MISSING = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 6)


def holed(X):
    X = X.copy()
    X[::5, 2] = np.nan
    X[::7, 6] = np.nan
    return X


def adds_up(ensemble, X):
    found, base = values_of(ensemble, X)
    np.testing.assert_allclose(found.sum(axis=1) + base, ensemble.predict(X), rtol=1e-9, atol=1e-9)


REGRESSORS = [
    DecisionTreeRegressor(max_depth=6, random_state=0),
    DecisionTreeRegressor(criterion="absolute_error", max_depth=4, random_state=0),
    ExtraTreeRegressor(max_depth=6, random_state=0),
    en.RandomForestRegressor(10, random_state=0, bootstrap=False, max_features=3),
    en.RandomForestRegressor(10, random_state=0),
    en.ExtraTreesRegressor(10, random_state=0),
    en.BaggingRegressor(n_estimators=8, max_features=0.5, random_state=0),
    en.BaggingRegressor(n_estimators=8, max_features=0.8, bootstrap_features=True, random_state=0),
    en.BaggingRegressor(ExtraTreeRegressor(max_depth=5), n_estimators=8, max_samples=0.4, random_state=0),
]


@pytest.mark.parametrize("model", REGRESSORS, ids=lambda m: str(m).split("(")[0])
def test_regressors(model):
    weights = np.random.default_rng(0).integers(0, 4, len(YR)).astype(float)
    model.fit(XR, YR, sample_weight=weights)
    e = reader.read(model)
    odd = awkward(e, XR, missing=False, infinite=False)
    np.testing.assert_allclose(e.predict(odd)[:, 0], model.predict(odd), rtol=1e-12)
    adds_up(e, odd)
    if not hasattr(model, "estimators_features_"):
        truth = shap.TreeExplainer(model)
        wanted = truth.shap_values(XR[:30], check_additivity=False)
        found, base = values_of(e, XR[:30])
        np.testing.assert_allclose(found[:, :, 0], wanted, atol=1e-8)
        np.testing.assert_allclose(base, np.ravel(truth.expected_value), rtol=1e-10)


CLASSIFIERS = [
    DecisionTreeClassifier(max_depth=4, random_state=0, class_weight="balanced"),
    ExtraTreeClassifier(max_depth=4, random_state=0),
    en.RandomForestClassifier(10, random_state=0),
    en.ExtraTreesClassifier(10, random_state=0),
    en.BaggingClassifier(n_estimators=8, max_features=0.5, random_state=0),
    en.BaggingClassifier(n_estimators=30, max_samples=4, random_state=0),
]


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda m: str(m).split("(")[0])
@pytest.mark.parametrize("names", [["no", "yes"], ["b", "a", "c"], [7, 3, 5]], ids=str)
def test_classifiers(model, names):
    X, y = (XC[BINARY], YC[BINARY]) if len(names) == 2 else (XC, YC)
    model.fit(X, np.array(names)[y])
    e = reader.read(model)
    odd = awkward(e, X, missing=False, infinite=False)
    shares = model.predict_proba(odd)
    np.testing.assert_allclose(e.predict(odd), shares[:, 1:] if len(names) == 2 else shares, atol=1e-12)
    adds_up(e, odd)
    assert type(model).__name__ in reader.CLASSIFIERS
    if not hasattr(model, "estimators_features_"):
        wanted = np.asarray(shap.TreeExplainer(model).shap_values(X[:20], check_additivity=False))
        wanted = wanted.transpose(1, 2, 0) if len(wanted) == len(names) else wanted
        found, _ = values_of(e, X[:20])
        np.testing.assert_allclose(found, wanted[..., 1:] if len(names) == 2 else wanted, atol=1e-10)


@pytest.mark.skipif(not TREES_KNOW_MISSING, reason="trees of this version refuse missing values")
@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeRegressor(max_depth=6, random_state=0),
        ExtraTreeRegressor(max_depth=6, random_state=0),
        en.RandomForestRegressor(10, random_state=0),
        en.ExtraTreesRegressor(10, random_state=0),
        en.IsolationForest(n_estimators=10, random_state=0),
    ],
    ids=lambda m: type(m).__name__,
)
def test_missing_values_in_trees(model):
    X = holed(XR)
    model.fit(X, YR)
    e = reader.read(model)
    odd = awkward(e, X, infinite=False)
    if isinstance(model, en.IsolationForest):
        wanted = reader.isolation_depths(model, model.score_samples(odd))[:, 0]
    else:
        # A column that was never missing may not become it.
        odd[:, [0, 1, 3, 4, 5, 7, 8, 9]] = np.nan_to_num(odd[:, [0, 1, 3, 4, 5, 7, 8, 9]])
        wanted = model.predict(odd)
    np.testing.assert_allclose(e.predict(odd)[:, 0], wanted, rtol=1e-10)
    adds_up(e, odd)


@pytest.mark.parametrize("loss", ["squared_error", "huber", "absolute_error", "quantile"])
def test_gradient_boosting_of_numbers(loss):
    model = en.GradientBoostingRegressor(loss=loss, n_estimators=12, subsample=0.7, random_state=0).fit(
        XR, YR
    )
    e = reader.read(model)
    odd = awkward(e, XR, missing=False, infinite=False)
    gap = model.predict(odd) - e.predict(odd)[:, 0]
    assert np.ptp(gap) < 1e-9  # the start is asked of the library
    adds_up(e, odd)


@pytest.mark.parametrize("classes", [2, 3])
def test_gradient_boosting_of_classes(classes):
    X, y = (XC[BINARY], YC[BINARY]) if classes == 2 else (XC, YC)
    model = en.GradientBoostingClassifier(n_estimators=9, random_state=0, n_iter_no_change=3).fit(X, y)
    e = reader.read(model)
    odd = awkward(e, X, missing=False, infinite=False)
    gap = model.decision_function(odd).reshape(len(odd), -1) - e.predict(odd)
    assert np.ptp(gap, axis=0).max() < 1e-12
    adds_up(e, odd)


def test_histogram_boosting_of_numbers_with_missing_and_infinite_values():
    X = holed(XR)
    model = en.HistGradientBoostingRegressor(max_iter=20, min_samples_leaf=5, random_state=0).fit(X, YR)
    e = reader.read(model)
    odd = awkward(e, X)
    np.testing.assert_allclose(e.predict(odd)[:, 0], model.predict(odd), rtol=1e-12)
    adds_up(e, odd)


@pytest.mark.parametrize("as_frame", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_histogram_boosting_with_categories_seen_and_unseen(as_frame, classes):
    rng = np.random.default_rng(0)
    n = 700
    codes, other = rng.integers(0, 30, n).astype(float), rng.integers(0, 4, n).astype(float)
    codes[::9] = np.nan
    number = rng.normal(size=n)
    y = ((np.isin(codes % 7, [1, 3]) * 2.0 + number * (other == 2)) > 0.4).astype(int)
    y = y + (other == 3) if classes == 3 else y
    table = np.column_stack([number, codes, other])
    odd = table.copy()
    odd[:, 1] = rng.choice([0, 1, 3, 17, 29, np.nan, 44], n)
    odd[::5, 0] = rng.choice([np.nan, np.inf, -np.inf, 0.0], len(odd[::5]))
    options = {"max_iter": 15, "min_samples_leaf": 5, "random_state": 0}
    if as_frame:
        letters = [f"c{i:02d}" for i in range(45)]

        def frame(rows):
            named = pd.array([None if np.isnan(c) else letters[int(c)] for c in rows[:, 1]], dtype=object)
            return pd.DataFrame(
                {
                    "number": rows[:, 0],
                    "code": pd.Categorical(named, categories=letters[:30] if rows is table else letters),
                    "other": pd.Categorical(rows[:, 2]),
                }
            )

        given, asked = frame(table), frame(odd)
        model = en.HistGradientBoostingClassifier(categorical_features="from_dtype", **options)
    else:
        given, asked = table, odd
        model = en.HistGradientBoostingClassifier(categorical_features=[1, 2], **options)
    model.fit(given, y)
    e = reader.read(model)
    assert (e.category_set >= 0).sum() > 5
    rows = reader.histogram_table(model, asked)
    wanted = model.decision_function(asked).reshape(n, -1)
    np.testing.assert_allclose(e.predict(rows), wanted, atol=1e-12)
    adds_up(e, rows)
    places = reader.histogram_columns(model, 3)
    np.testing.assert_array_equal(np.isnan(rows[:, list(places).index(0)]), np.isnan(odd[:, 0]))


def test_histogram_boosting_with_categories_of_rows_set_aside():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 120, 300).astype(float)
    table = np.column_stack([codes, rng.normal(size=300)])
    y = np.isin(codes % 7, [0, 3]) * 4.0 + table[:, 1]
    model = en.HistGradientBoostingRegressor(
        categorical_features=[0],
        early_stopping=True,
        validation_fraction=0.4,
        min_samples_leaf=3,
        max_iter=20,
    ).fit(table, y)
    rows = reader.histogram_table(model, table)
    np.testing.assert_allclose(reader.read(model).predict(rows)[:, 0], model.predict(table), rtol=1e-9)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("depth", [1, 4])
def test_adaboost_of_classes_adds_votes(classes, depth):
    X, y = (XC[BINARY], YC[BINARY]) if classes == 2 else (XC, YC)
    rng = np.random.default_rng(0)
    y = np.where(rng.random(len(y)) < 0.2, (y + 1) % classes, y)
    options = {} if "algorithm" not in en.AdaBoostClassifier().get_params() else {"algorithm": "SAMME"}
    model = en.AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=depth), n_estimators=15, random_state=0, **options
    )
    model.fit(X, np.array(["z", "y", "x"])[y])
    e = reader.read(model)
    odd = awkward(e, X, missing=False, infinite=False)
    wanted = model.decision_function(odd).reshape(len(odd), -1)
    np.testing.assert_allclose(e.predict(odd), wanted, atol=1e-12)
    adds_up(e, odd)


def test_adaboost_that_is_no_sum_of_votes_is_refused():
    model = en.AdaBoostClassifier(n_estimators=3).fit(XC, YC)
    model.algorithm = "SAMME.R"
    with pytest.raises(UnsupportedModelError, match="logarithms"):
        reader.read(model)
    with pytest.raises(UnsupportedModelError, match="median"):
        reader.read(en.AdaBoostRegressor(n_estimators=3).fit(XR, YR))


@pytest.mark.parametrize("meta", [en.AdaBoostClassifier, en.BaggingClassifier])
def test_ensembles_of_something_else_are_refused(meta):
    model = meta(LogisticRegression(max_iter=500), n_estimators=3).fit(XC / XC.std(axis=0), YC)
    with pytest.raises(UnsupportedModelError, match="made of LogisticRegression"):
        reader.read(model)


@pytest.mark.parametrize("model", [DecisionTreeRegressor, en.RandomForestRegressor, en.ExtraTreesRegressor])
def test_several_targets_are_several_outputs(model):
    Y = np.column_stack([YR, -2 * YR + XR[:, 0], np.abs(YR - 150)])
    model = model(max_depth=5, random_state=0).fit(XR, Y)
    e = reader.read(model)
    assert e.n_outputs == 3
    odd = awkward(e, XR, missing=False, infinite=False)
    np.testing.assert_allclose(e.predict(odd), model.predict(odd), rtol=1e-12)
    adds_up(e, odd)


def test_several_targets_of_classes_are_refused():
    model = en.RandomForestClassifier(3).fit(XC, np.column_stack([YC, YC % 2]))
    with pytest.raises(UnsupportedModelError, match="several targets"):
        reader.read(model)


@pytest.mark.parametrize(
    "options",
    [{}, {"max_features": 0.4}, {"max_samples": 2}, {"max_samples": 30, "bootstrap": True}],
    ids=str,
)
def test_isolation_forests_say_how_deep_they_must_go(options):
    model = en.IsolationForest(n_estimators=12, random_state=0, **options).fit(XR)
    e = reader.read(model)
    odd = awkward(e, XR, missing=False, infinite=False)
    depths = reader.isolation_depths(model, model.score_samples(odd))
    np.testing.assert_allclose(e.predict(odd), depths, rtol=1e-10)
    adds_up(e, odd)


def test_trees_of_one_leaf():
    model = en.RandomForestRegressor(3, random_state=0).fit(XR, np.ones(len(YR)))
    e = reader.read(model)
    assert e.n_splits == 0
    np.testing.assert_array_equal(e.predict(XR), 1.0)


def test_models_that_are_not_trees_are_not_read():
    assert reader.read(LogisticRegression(max_iter=500).fit(XC / XC.std(axis=0), YC)) is None


def test_a_deep_forest_is_read_at_once():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(8_000, 5))
    y = (X[:, 0] + rng.normal(size=8_000) > 0).astype(int)
    model = en.RandomForestClassifier(40, random_state=0).fit(X, y)
    start = time.process_time()
    e = reader.read(model)
    assert time.process_time() - start < 0.5
    assert e.n_splits > 40_000
