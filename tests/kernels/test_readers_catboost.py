"""CatBoost's numeric trees predict what CatBoost predicts, and explain what it explains."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.explainers import explain
from interpret_widget.kernels.path_dependent import PathDependent
from interpret_widget.models.trees.catboost import read
from tests.kernels.reading import awkward as at_thresholds

catboost = pytest.importorskip("catboost")

X, Y = load_diabetes(return_X_y=True)
CLASSES = (Y > 100).astype(int) + (Y > 200)


def awkward(X, ensemble):
    """Rows with missing and infinite values, and with every border itself."""
    rows = [X, np.full((1, X.shape[1]), np.nan), np.full((1, X.shape[1]), np.inf)]
    rows.append(np.full((1, X.shape[1]), -np.inf))
    at = X[:40].copy()
    splits = np.flatnonzero(ensemble.feature >= 0)[:40]
    at[np.arange(len(splits)), ensemble.feature[splits]] = ensemble.threshold[splits]
    return np.vstack([*rows, at])


@pytest.mark.parametrize("policy", ["SymmetricTree", "Depthwise", "Lossguide"])
@pytest.mark.parametrize("mode", ["Min", "Max"])
def test_regression_with_missing_values(policy, mode):
    rows = X.copy()
    rows[::6, 2] = np.nan
    model = catboost.CatBoostRegressor(
        iterations=25,
        depth=5,
        grow_policy=policy,
        nan_mode=mode,
        verbose=0,
        thread_count=1,
        allow_writing_files=False,
    ).fit(rows, Y)
    e = read(model)
    odd = awkward(rows, e)
    odd = odd[np.isfinite(odd).all(axis=1) | np.isnan(odd[:, 2])]
    np.testing.assert_allclose(e.predict(odd)[:, 0], model.predict(odd), rtol=1e-9)
    game = PathDependent(e, np.arange(10), 10)
    found = game.values(e.table(rows[:30]))[:, :, 0]
    np.testing.assert_allclose(game.expected + found.sum(axis=1), model.predict(rows[:30]), rtol=1e-9)
    if policy == "SymmetricTree":  # CatBoost's own values of others do not add up to its predictions
        own = model.get_feature_importance(catboost.Pool(rows[:30]), type="ShapValues")
        np.testing.assert_allclose(found, own[:, :-1], atol=1e-8)
        np.testing.assert_allclose(game.expected, own[0, -1], rtol=1e-9)


def test_classes():
    for classes in (CLASSES, (Y > 140).astype(int)):
        model = catboost.CatBoostClassifier(
            iterations=20, depth=4, verbose=0, thread_count=1, allow_writing_files=False
        )
        model.fit(X, classes)
        e = read(model)
        margins = model.predict(X, prediction_type="RawFormulaVal").reshape(len(X), -1)
        np.testing.assert_allclose(e.predict(X), margins, atol=1e-10)
        own = model.get_feature_importance(catboost.Pool(X[:20]), type="ShapValues")
        own = own.reshape(20, -1, 11)[:, :, :-1].transpose(0, 2, 1)
        found = PathDependent(e, np.arange(10), 10).values(e.table(X[:20]))
        np.testing.assert_allclose(found, own, atol=1e-8)
        explanation = explain(model, X[:20], background=X)
        assert (explanation.method, explanation.exact) == ("tree", True)
        assert "our own" in explanation.reason
        assert explanation.residual < 1e-9


@pytest.mark.parametrize("policy", ["SymmetricTree", "Depthwise", "Lossguide"])
@pytest.mark.parametrize(
    "loss", ["RMSE", "Poisson", "MultiClass", "MultiClassOneVsAll", "MultiRMSE", "RMSEWithUncertainty"]
)
def test_rows_on_borders_and_models_from_files(policy, loss, tmp_path):
    if loss == "RMSEWithUncertainty" and policy != "SymmetricTree":
        pytest.skip("CatBoost grows no such trees")
    rows = X.copy()
    rows[::6, 2] = np.nan
    y = CLASSES if loss.startswith("MultiClass") else Y
    y = np.column_stack([Y, X[:, 0] * 500]) if loss == "MultiRMSE" else y
    options = {"iterations": 15, "depth": 4, "grow_policy": policy, "loss_function": loss}
    model = catboost.CatBoost({**options, "verbose": 0, "thread_count": 1, "allow_writing_files": False})
    model.fit(rows, y)
    model.save_model(tmp_path / "model.cbm")
    again = catboost.CatBoost().load_model(tmp_path / "model.cbm")
    e = read(again)
    odd = at_thresholds(e, rows)
    wanted = model.predict(odd, prediction_type="RawFormulaVal").reshape(len(odd), -1)
    np.testing.assert_allclose(e.predict(odd), wanted, rtol=1e-9, atol=1e-12)


def test_trees_that_lean_on_a_scale_and_a_bias():
    model = catboost.CatBoostRegressor(iterations=9, verbose=0, thread_count=1, allow_writing_files=False)
    model.fit(X, Y)
    model.set_scale_and_bias(0.25, -3.0)
    np.testing.assert_allclose(read(model).predict(X)[:, 0], model.predict(X), rtol=1e-9)


def test_categories_are_left_to_catboost():
    words = np.array(["a", "b", "c"])[(CLASSES + np.arange(len(X)) % 2) % 3]
    rows = np.column_stack([words.astype(object), X[:, 0].astype(object)])
    model = catboost.CatBoostRegressor(
        iterations=10, cat_features=[0], one_hot_max_size=10, verbose=0, allow_writing_files=False
    )
    model.fit(rows, Y)
    with pytest.raises(UnsupportedModelError, match="categories"):
        read(model)
    explanation = explain(model, rows[:10], background=rows, features=["word", "age"])
    assert explanation.method == "tree"
    assert "CatBoost's own" in explanation.reason
