"""Every training library, watched: each recorded round is the explanation of that round's model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble as en
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget import TrainingMonitor, explain
from interpret_widget.errors import InvalidInputError, UnsupportedModelError

lgb = pytest.importorskip("lightgbm")
xgb = pytest.importorskip("xgboost")

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(1500, 5)), columns=list("abcde"))
SCORE = X.a + X.b * X.c + 0.3 * RNG.normal(size=len(X))
BINARY, THREE = (SCORE > 0).astype(int), (SCORE > -0.5).astype(int) + (SCORE > 0.7)
WATCHED = X[:200]


def lightgbm_trained(monitor, y, rounds=25, **parameters):
    data = lgb.Dataset(X, y)
    watched = lgb.Dataset(WATCHED, y[:200], reference=data)
    return lgb.train(
        {"verbose": -1, "num_leaves": 8, **parameters},
        data,
        rounds,
        valid_sets=[data, watched],
        valid_names=["training", "valid"],
        callbacks=[monitor.callback("lightgbm")],
    )


@pytest.mark.parametrize(
    ("y", "parameters", "k"),
    [
        (BINARY, {"objective": "binary"}, 1),
        (THREE, {"objective": "multiclass", "num_class": 3}, 3),
        (SCORE, {"objective": "regression"}, 1),
        (np.exp(SCORE / 3), {"objective": "poisson"}, 1),
    ],
    ids=["binary", "multiclass", "regression", "poisson"],
)
def test_lightgbm(y, parameters, k):
    monitor = TrainingMonitor(WATCHED, y[:200])
    booster = lightgbm_trained(monitor, y, **parameters)
    record = monitor._recorder.runs[0]
    assert record.rounds == list(range(1, 26))
    assert monitor.history["valid " + list(record.metrics)[1].split(" ")[1]].notna().all()
    for number in (1, 10, 25):
        own = booster.predict(WATCHED, pred_contrib=True, num_iteration=number).reshape(200, k, 6)
        found = monitor.explanation(number)
        assert found.exact
        values = found.values if k > 1 or found.n_outputs == 1 else found.values[:, :, 1:]
        np.testing.assert_allclose(values, own[:, :, :5].transpose(0, 2, 1), atol=1e-9)
        np.testing.assert_allclose(found.base_values[-k:], own[0, :, 5], atol=1e-9)
        means = np.abs(own[:, :, :5]).mean(axis=0)
        np.testing.assert_allclose(record.importance[number - 1], means, atol=1e-6)
        raw = booster.predict(WATCHED, raw_score=True, num_iteration=number).reshape(200, k)
        np.testing.assert_allclose(record.margins[number - 1], raw, atol=1e-5)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_xgboost(n_classes):
    y = BINARY if n_classes == 2 else THREE
    monitor = TrainingMonitor(WATCHED, y[:200], every=5)
    model = xgb.XGBClassifier(n_estimators=20, max_depth=3, callbacks=[monitor.callback("xgboost")])
    model.fit(X, y, eval_set=[(WATCHED, y[:200])], verbose=False)
    assert monitor._recorder.runs[0].rounds == [1, 5, 10, 15, 20]
    own = model.get_booster().predict(
        xgb.DMatrix(WATCHED), pred_contribs=True, strict_shape=True, iteration_range=(0, 10)
    )
    found = monitor.explanation(10)
    values = found.values if n_classes == 3 else found.values[:, :, 1:]
    np.testing.assert_allclose(values.transpose(0, 2, 1), own[:, :, :-1], atol=1e-4)
    shares = model.predict_proba(WATCHED, iteration_range=(0, 10))
    np.testing.assert_allclose(found.probabilities, shares, atol=1e-5)
    assert any("logloss" in name for name in monitor.history.columns)


@pytest.mark.parametrize(
    "model",
    [
        en.GradientBoostingClassifier(n_estimators=15, random_state=0),
        en.GradientBoostingRegressor(n_estimators=15, random_state=0),
        en.HistGradientBoostingClassifier(max_iter=15, random_state=0),
        en.HistGradientBoostingRegressor(max_iter=15, random_state=0),
        en.RandomForestClassifier(15, max_depth=5, random_state=0),
        en.ExtraTreesRegressor(15, max_depth=5, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_scikit_learn(model):
    y = BINARY if type(model).__name__.endswith("Classifier") else SCORE
    monitor = TrainingMonitor(WATCHED, y[:200])
    fitted = monitor.fit(model, X, y)
    record = monitor._recorder.runs[0]
    assert (record.rounds[-1], record.state) == (15, "finished")
    found, truth = monitor.explanation(), explain(fitted, WATCHED)
    np.testing.assert_allclose(found.values, truth.values, atol=1e-10)
    np.testing.assert_allclose(found.base_values, truth.base_values, atol=1e-10)
    np.testing.assert_allclose(
        record.importance[-1].T, np.abs(truth.values).mean(axis=0)[:, -1:], rtol=1e-5, atol=1e-7
    )


def test_catboost_shows_metrics_first_and_its_rounds_after():
    catboost = pytest.importorskip("catboost")
    monitor = TrainingMonitor(WATCHED, THREE[:200])

    def fit():
        model = catboost.CatBoostClassifier(iterations=12, depth=3, verbose=0, allow_writing_files=False)
        return model.fit(X, THREE, eval_set=(WATCHED, THREE[:200]), callbacks=[monitor.callback("catboost")])

    model = monitor.train(fit).wait(60)
    record = monitor._recorder.runs[0]
    assert record.rounds[-1] == model.tree_count_
    assert {each.data for each in record.metrics.values()} == {"train", "valid"}
    own = model.get_feature_importance(catboost.Pool(WATCHED), type="ShapValues")[:, :, :-1]
    np.testing.assert_allclose(monitor.explanation().values, own.transpose(0, 2, 1), atol=1e-8)


def test_a_model_that_was_not_watched_is_read_afterwards():
    model = lgb.LGBMClassifier(n_estimators=12, verbose=-1).fit(X, BINARY)
    monitor = TrainingMonitor(WATCHED, BINARY[:200])
    monitor.read(model)
    assert monitor._recorder.runs[0].rounds == list(range(1, 13))
    own = model.booster_.predict(WATCHED, pred_contrib=True, num_iteration=7)[:, :-1]
    np.testing.assert_allclose(monitor.explanation(7).values[:, :, 1], own, atol=1e-9)
    with pytest.raises(UnsupportedModelError, match="VotingClassifier"):
        monitor.read(en.VotingClassifier([]))


def test_raw_columns_behind_transformations_and_a_background():
    frame = X.assign(city=RNG.choice(["Rome", "Oslo", "Lima"], len(X)))
    y = (SCORE + (frame.city == "Oslo") > 0).astype(int)
    prepared = ColumnTransformer(
        [("n", StandardScaler(), list("abcde")), ("w", OneHotEncoder(), ["city"])]
    ).fit(frame)
    monitor = TrainingMonitor(
        frame[:100], y[:100], transformations=prepared, background=frame[500:560], classes=["low", "high"]
    )
    data = lgb.Dataset(prepared.transform(frame), y)
    booster = lgb.train(
        {"objective": "binary", "verbose": -1}, data, 12, callbacks=[monitor.callback("lightgbm")]
    )
    found = monitor.explanation(12)
    assert found.feature_names == (*"abcde", "city")
    assert found.output_names == ("low", "high")
    assert found.background == "60 rows"
    margins = booster.predict(prepared.transform(frame[:100]), raw_score=True)
    base = booster.predict(prepared.transform(frame[500:560]), raw_score=True).mean()
    np.testing.assert_allclose(found.base_values[1], base, atol=1e-9)
    np.testing.assert_allclose(found.base_values[1] + found.values[:, :, 1].sum(axis=1), margins, atol=1e-9)
    record = monitor._recorder.runs[0]
    np.testing.assert_allclose(
        record.importance[-1][0], np.abs(found.values[:, :, 1]).mean(axis=0), rtol=1e-5, atol=1e-7
    )


def test_what_cannot_be_watched_is_refused_with_a_reason():
    monitor = TrainingMonitor(WATCHED)
    with pytest.raises(InvalidInputError, match="'lightgbm', 'xgboost', 'catboost'"):
        monitor.callback("lightbgm")
    with pytest.raises(UnsupportedModelError, match="nor has partial_fit"):
        monitor.fit(en.VotingClassifier([]), X, BINARY)
    dart = lightgbm_trained(monitor, BINARY, objective="binary", boosting="dart")
    assert dart.num_trees() == 25  # the training itself goes on
    assert "DART" in monitor._recorder.error
