"""The fast core by itself: arrays in, arrays out."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from scipy import sparse
from sklearn import ensemble as en
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

from interpret_widget.errors import CancelledError, InvalidInputError, UnsupportedModelError
from interpret_widget.trees import TreeValues, read_trees

lgb = pytest.importorskip("lightgbm")
xgb = pytest.importorskip("xgboost")

X, Y = load_diabetes(return_X_y=True)


@pytest.fixture(scope="module")
def forest():
    return en.RandomForestRegressor(20, max_depth=8, random_state=0).fit(X, Y)


@pytest.mark.parametrize("background", [None, X[:50]])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_values_add_up_to_the_prediction(forest, background, dtype):
    trees = TreeValues(forest, background=background, dtype=dtype)
    total = trees.base_values + trees.values(X).sum(axis=1)
    np.testing.assert_allclose(total[:, 0], forest.predict(X), rtol=1e-9 if dtype == "float64" else 1e-4)


def test_what_later_rounds_add():
    for model in (
        lgb.LGBMRegressor(n_estimators=30, verbose=-1).fit(X, Y),
        xgb.XGBRegressor(n_estimators=30, max_depth=4).fit(X, Y),
    ):
        whole = TreeValues(model)
        first, later = TreeValues(model, rounds=(0, 12)), TreeValues(model, rounds=(12, 30))
        np.testing.assert_allclose(first.values(X) + later.values(X), whole.values(X), atol=1e-9)
        np.testing.assert_allclose(first.base_values + later.base_values, whole.base_values, atol=1e-9)


def test_groups_of_columns_play_together(forest):
    labels = ["person", "person", "body", "body", *["blood"] * 6]
    trees = TreeValues(forest, players=labels)
    assert trees.players == ("person", "body", "blood")
    values = trees.values(X[:20])
    assert values.shape == (20, 3, 1)
    np.testing.assert_allclose(trees.base_values + values.sum(axis=1), trees.predict(X[:20]), rtol=1e-12)
    np.testing.assert_allclose(trees.interactions(X[:20]).sum(axis=2), values, atol=1e-10)


def test_sparse_rows_are_the_same_rows(forest):
    rows = np.where(np.abs(X[:30]) < 0.02, 0.0, X[:30])
    trees = TreeValues(forest)
    np.testing.assert_array_equal(trees.values(sparse.csr_matrix(rows)), trees.values(rows))


def test_it_can_be_watched_and_stopped(forest):
    trees, seen = TreeValues(forest, n_threads=1), []
    rows = np.tile(X, (20, 1))
    trees.values(rows, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 2
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledError):
        trees.values(rows, cancel=stop)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda m: TreeValues(m, dtype="float16"), "dtype='float16'"),
        (lambda m: TreeValues(m, n_threads=0), "n_threads=0"),
        (lambda m: TreeValues(m, players=["a"]), "1 labels.*10 columns"),
        (lambda m: TreeValues(m, weights=[1.0]), "not given"),
        (lambda m: TreeValues(m, background=X[:3], weights=[1, 2]), "3 numbers"),
        (lambda m: TreeValues(m, background=X[:3, :4]), "background has 4 columns"),
        (lambda m: TreeValues(m, background=X[:0]), "at least one row"),
        (lambda m: TreeValues(m, rounds=(0, 3)), "rounds"),
        (lambda m: TreeValues(m).values(X[0]), "X has shape"),
        (lambda m: TreeValues(m).values(np.full((1, 10), "a")), "not numbers"),
    ],
)
def test_bad_input_is_named(forest, make, said):
    with pytest.raises(InvalidInputError, match=said):
        make(forest)


def test_models_without_trees_are_refused(forest):
    with pytest.raises(UnsupportedModelError, match="Ridge has no trees"):
        read_trees(Ridge().fit(X, Y))
    with pytest.raises(UnsupportedModelError, match="without a background"):
        TreeValues(forest, background=X[:5]).interactions(X)
