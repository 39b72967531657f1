"""Tree models: additive against the model's own prediction, equal to shap where shap is right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, softmax
from sklearn import ensemble as en
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.explainers import TabularExplainer, explain
from interpret_widget.models.trees.lightgbm import read
from tests.kernels.test_path_dependent import brute_force

lgb = pytest.importorskip("lightgbm")
xgb = pytest.importorskip("xgboost")
cb = pytest.importorskip("catboost")
shap = pytest.importorskip("shap")

WINE = load_wine(return_X_y=True, as_frame=True)
DIABETES = load_diabetes(return_X_y=True, as_frame=True)
X2, Y2 = WINE[0][WINE[1] < 2], WINE[1][WINE[1] < 2]
CAT = {"iterations": 30, "verbose": 0, "allow_writing_files": False}
BOOSTING = [
    lgb.LGBMClassifier(n_estimators=30, verbose=-1),
    xgb.XGBClassifier(n_estimators=30),
    cb.CatBoostClassifier(**CAT),
    en.GradientBoostingClassifier(n_estimators=30),
    en.HistGradientBoostingClassifier(max_iter=30),
]
FORESTS = [
    DecisionTreeClassifier(max_depth=5),
    en.RandomForestClassifier(10),
    en.ExtraTreesClassifier(10),
]


def is_single(model):
    return type(model).__module__.startswith("xgboost")


@pytest.mark.parametrize("model", BOOSTING, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_boosting_is_explained_in_log_odds(model, n_classes):
    X, y = (X2, Y2) if n_classes == 2 else WINE
    model = clone(model).fit(X, y)
    explanation = explain(model, X)
    assert (explanation.method, explanation.exact, explanation.output_space) == ("tree", True, "log-odds")
    assert explanation.values.shape == (len(X), X.shape[1], n_classes)
    assert explanation.residual < (1e-4 if is_single(model) else 1e-9)
    link = expit if n_classes == 2 else lambda margins: softmax(margins, axis=1)
    np.testing.assert_allclose(link(explanation.predictions), model.predict_proba(X), atol=1e-6)
    # XGBoost makes its probabilities of its margins in single precision.
    single = 1e-6 if is_single(model) else 1e-12
    np.testing.assert_allclose(explanation.probabilities, model.predict_proba(X), rtol=single, atol=single)


@pytest.mark.parametrize("model", FORESTS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_forests_are_explained_in_probability(model, n_classes):
    X, y = (X2, Y2) if n_classes == 2 else WINE
    model = clone(model).fit(X, y)
    explanation = explain(model, X)
    assert (explanation.method, explanation.output_space) == ("tree", "probability")
    np.testing.assert_allclose(explanation.predictions, model.predict_proba(X), atol=1e-12)
    assert explanation.residual < 1e-9
    theirs = shap.TreeExplainer(model).shap_values(X)
    np.testing.assert_allclose(explanation.values, theirs, atol=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        lgb.LGBMRegressor(n_estimators=30, verbose=-1),
        lgb.LGBMRegressor(
            n_estimators=20, boosting_type="rf", bagging_freq=1, bagging_fraction=0.5, verbose=-1
        ),
        xgb.XGBRegressor(n_estimators=30),
        xgb.XGBRegressor(n_estimators=20, booster="dart", rate_drop=0.3),
        cb.CatBoostRegressor(**CAT),
        DecisionTreeRegressor(max_depth=5),
        en.RandomForestRegressor(10),
        en.ExtraTreesRegressor(10),
        en.GradientBoostingRegressor(n_estimators=30, loss="huber"),
        en.HistGradientBoostingRegressor(max_iter=30),
    ],
    ids=lambda m: type(m).__name__,
)
def test_regressors(model):
    X, y = DIABETES
    model.fit(X, y)
    explanation = explain(model, X, y)
    assert (explanation.method, explanation.output_space, explanation.unit) == ("tree", "raw", "target")
    np.testing.assert_allclose(explanation.predictions[:, 0], model.predict(X), rtol=1e-5)
    assert explanation.residual < (1e-2 if is_single(model) else 1e-8)


@pytest.mark.parametrize(
    "model",
    [
        lgb.LGBMRegressor(objective="poisson", n_estimators=20, verbose=-1),
        xgb.XGBRegressor(objective="count:poisson", n_estimators=20),
        cb.CatBoostRegressor(loss_function="Poisson", **CAT),
        en.HistGradientBoostingRegressor(loss="poisson", max_iter=20),
    ],
    ids=lambda m: type(m).__name__,
)
def test_log_link_is_said(model):
    X, y = DIABETES
    model.fit(X, y)
    explanation = explain(model, X)
    assert explanation.unit == "log of the prediction"
    assert any("log of the prediction" in note for note in explanation.notes)
    np.testing.assert_allclose(np.exp(explanation.predictions[:, 0]), model.predict(X), rtol=1e-4)


@pytest.mark.parametrize("model", [BOOSTING[0], BOOSTING[3], BOOSTING[4]], ids=lambda m: type(m).__name__)
def test_shap_agrees_on_binary_boosting(model):
    model.fit(X2, Y2)
    theirs = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent").shap_values(X2)
    theirs = theirs[1] if isinstance(theirs, list) else theirs
    np.testing.assert_allclose(explain(model, X2).values[..., 1], theirs, atol=1e-6)


def test_one_stump_by_hand():
    x = np.array([[0.0], [1.0], [2.0], [3.0]])
    y = np.array([10.0, 10.0, 10.0, 30.0])
    explanation = explain(DecisionTreeRegressor(max_depth=1).fit(x, y), x)
    np.testing.assert_allclose(explanation.base_values, [15.0])
    np.testing.assert_allclose(explanation.values[:, 0, 0], [-5, -5, -5, 15])


def with_categories(frame):
    return frame.assign(city=frame["city"].astype("category"), grade=frame["grade"].astype("category"))


@pytest.mark.parametrize(
    "model",
    [
        lgb.LGBMClassifier(n_estimators=30, verbose=-1, min_child_samples=5, min_data_per_group=5),
        xgb.XGBClassifier(n_estimators=30, enable_categorical=True),
        cb.CatBoostClassifier(cat_features=["city", "grade"], **CAT),
    ],
    ids=lambda m: type(m).__name__,
)
def test_native_categories_and_missing_values(model, staff):
    frame, y = with_categories(staff[0]), staff[1]
    model.fit(frame, y)
    explanation = explain(model, frame)
    assert explanation.method == "tree"
    np.testing.assert_allclose(expit(explanation.predictions), model.predict_proba(frame), atol=1e-6)
    assert explanation.residual < 1e-5
    assert np.abs(explanation.values[:, 2]).max() > 0.1  # city matters


def test_catboost_with_text_categories(staff):
    frame, y = staff
    model = cb.CatBoostClassifier(cat_features=["city", "grade"], **CAT).fit(frame, y)
    explanation = explain(model, frame)
    assert explanation.method == "tree"
    assert explanation.residual < 1e-9


def test_hist_gradient_boosting_with_categories_is_exact_where_shap_is_wrong(staff):
    frame, y = with_categories(staff[0]), staff[1]
    model = en.HistGradientBoostingClassifier(max_iter=20, categorical_features="from_dtype").fit(frame, y)
    explanation = explain(model, frame)
    assert (explanation.method, explanation.exact) == ("tree", True)
    np.testing.assert_allclose(expit(explanation.predictions), model.predict_proba(frame), atol=1e-12)
    assert explanation.residual < 1e-12
    assert np.abs(explanation.values[:, 2]).max() > 0.1  # city matters


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (en.GradientBoostingRegressor(init=Ridge(), n_estimators=5), "init="),
        (xgb.XGBRegressor(booster="gblinear"), "boosts linear models"),
        (lgb.LGBMRegressor(linear_tree=True, n_estimators=5, verbose=-1), "linear trees"),
        (en.AdaBoostRegressor(n_estimators=5), "AdaBoostRegressor"),
    ],
)
def test_what_the_route_does_not_know_is_sampled_and_said(model, said):
    X, y = DIABETES
    explanation = explain(model.fit(X, y), X[:2], background=X[:20])
    assert explanation.method == "sampling"
    assert said in explanation.reason
    assert explanation.residual < 1e-9
    np.testing.assert_allclose(explanation.predictions[:, 0], model.predict(X[:2]), rtol=1e-6)


def test_values_that_do_not_add_up_are_withheld(monkeypatch):
    from interpret_widget.explainers.own_trees import OwnReader

    model = lgb.LGBMClassifier(n_estimators=10, verbose=-1).fit(X2, Y2)
    right = OwnReader.contributions

    def wrong_on_some_rows(self, Z, *, one_row=False):
        out = right(self, Z, one_row=one_row).copy()
        out[:, 0] += 0.5 * (np.asarray(Z)[:, [0]] > 14.5)
        return out

    late = X2[X2.iloc[:, 0] <= 14.5][:40]
    explainer = TabularExplainer(model, late)
    monkeypatch.setattr(OwnReader, "contributions", wrong_on_some_rows)
    explanation = explainer.explain_global(X2)
    assert explanation.method == explainer.method == "sampling"
    assert "did not add up" in explanation.reason
    assert explanation.residual < 1e-10
    monkeypatch.setattr(OwnReader, "contributions", right)
    asked = TabularExplainer(model, late, method="tree")
    monkeypatch.setattr(OwnReader, "contributions", wrong_on_some_rows)
    with pytest.raises(UnsupportedModelError, match="did not add up"):
        asked.explain_global(X2)


def test_early_stopping_is_respected(staff):
    X, y = WINE
    fit, rest = X[::2], X[1::2]
    sets = [(rest, y[1::2])]
    stopped = lgb.LGBMClassifier(n_estimators=300, verbose=-1)
    stopped.fit(fit, y[::2], eval_set=sets, callbacks=[lgb.early_stopping(3, verbose=False)])
    also = xgb.XGBClassifier(n_estimators=300, early_stopping_rounds=3).fit(
        fit, y[::2], eval_set=sets, verbose=0
    )
    for model, best in ((stopped, stopped.best_iteration_), (also, also.best_iteration + 1)):
        assert best < 300
        explanation = explain(model, X)
        np.testing.assert_allclose(
            softmax(explanation.predictions, axis=1), model.predict_proba(X), atol=1e-6
        )
        assert explanation.residual < 1e-5
        again = explanation.explainer.explain_row(explanation.data.take([3]))
        np.testing.assert_allclose(again.values[0], explanation.values[3], atol=1e-6)


def test_native_boosters():
    X, y = X2, Y2
    light = lgb.train({"objective": "binary", "verbose": -1}, lgb.Dataset(X, y), 20)
    extreme = xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(X, y), 20)
    cat = cb.CatBoost({"loss_function": "Logloss", **CAT}).fit(X, y)
    for model, probability in (
        (light, light.predict(X)),
        (extreme, extreme.predict(xgb.DMatrix(X))),
        (cat, cat.predict(X, prediction_type="Probability")[:, 1]),
    ):
        explanation = explain(model, X)
        assert (explanation.method, explanation.output_space) == ("tree", "log-odds")
        np.testing.assert_allclose(expit(explanation.predictions[:, 1]), probability, atol=1e-6)
        assert explanation.residual < 1e-4


def test_raw_columns_are_explained_as_such_and_engineered_ones_beside_them(staff):
    frame, y = staff
    prepared = ColumnTransformer(
        [("n", StandardScaler(), ["age", "income", "always"]), ("w", OneHotEncoder(), ["city", "grade"])]
    )
    model = make_pipeline(prepared, lgb.LGBMClassifier(n_estimators=30, min_child_samples=5, verbose=-1)).fit(
        frame, y
    )
    explanation = explain(model, frame)
    assert explanation.method == "tree"
    assert not any("sums" in note for note in explanation.notes)
    assert explanation.feature_names == tuple(frame.columns)
    detail = explanation.engineered
    own = model[-1].booster_.predict(prepared.transform(frame), pred_contrib=True)
    np.testing.assert_allclose(detail.values[:, :, 1], own[:, :-1], atol=1e-9)
    # Raw columns are players of their own game, which is another question than the sum of their parts.
    trees = read(model[-1])
    players = np.array([parents[0] for parents in explanation.lineage.parents])
    for row in range(3):
        truth = brute_force(trees, np.asarray(prepared.transform(frame.iloc[[row]]))[0], players)
        np.testing.assert_allclose(explanation.values[row, :, 1], truth[:, 0], atol=1e-10)
    sums = detail.values[:, 3:7].sum(axis=1)
    assert np.abs(explanation.values[:, 2] - sums).max() > 1e-6
    np.testing.assert_allclose(expit(explanation.predictions), model.predict_proba(frame), atol=1e-9)
    assert explanation.residual < 1e-9
    assert detail.residual < 1e-9


def test_rows_in_blocks_give_the_same(monkeypatch):
    from interpret_widget.explainers import own_trees

    model = lgb.LGBMClassifier(n_estimators=10, verbose=-1).fit(X2, Y2)
    whole = explain(model, X2).values
    monkeypatch.setattr(own_trees, "_block", lambda ensemble: 7)
    steps = []
    blocks = explain(model, X2, progress=lambda done, total: steps.append((done, total)))
    np.testing.assert_allclose(whole, blocks.values, rtol=1e-13, atol=1e-14)
    assert steps[0] == (0, len(X2))
    assert steps[-1] == (len(X2), len(X2))
    assert isinstance(X2, pd.DataFrame)
