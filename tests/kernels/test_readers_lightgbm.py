"""LightGBM's trees read as plain arrays predict and explain what LightGBM does."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_wine

from interpret_widget.errors import InvalidInputError, UnsupportedModelError
from interpret_widget.models.trees import lightgbm as reader
from tests.kernels.reading import awkward, values_of

lgb = pytest.importorskip("lightgbm")

XR, YR = load_diabetes(return_X_y=True)
XC, YC = load_wine(return_X_y=True)
QUIET = {"verbose": -1, "num_threads": 1, "min_data_in_leaf": 5, "seed": 0}
FOREST = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}
KINDS = [
    {},
    {"boosting": "dart"},
    {"zero_as_missing": True},
    {"use_missing": False},
    FOREST,
    {"extra_trees": True},
]


def trained(params, X, y, rounds=15, **data):
    return lgb.train({**QUIET, **params}, lgb.Dataset(X, y, **data), rounds)


def agrees(booster, ensemble, X, explained=60, n_averaged=1, **asked):
    """Margins and values are the library's own; of a forest it gives sums."""
    rows = reader.rows_of(ensemble, X)
    wanted = booster.predict(X, raw_score=True, **asked) / n_averaged
    np.testing.assert_allclose(ensemble.predict(rows), wanted.reshape(len(X), -1), rtol=1e-10, atol=1e-10)
    if explained:
        some = X[:explained]
        own = booster.predict(some, pred_contrib=True, **asked) / n_averaged
        own = own.reshape(len(some), ensemble.n_outputs, -1)
        found, base = values_of(ensemble, rows[:explained])
        scale = max(1.0, np.abs(own).max())
        np.testing.assert_allclose(found.transpose(0, 2, 1), own[:, :, :-1], atol=1e-9 * scale)
        np.testing.assert_allclose(np.broadcast_to(base, own.shape[:2]), own[:, :, -1], atol=1e-9 * scale)


@pytest.mark.parametrize("params", KINDS, ids=lambda p: "-".join(map(str, p.values())) or "plain")
@pytest.mark.parametrize("missing", [False, True])
def test_margins_and_values_are_the_librarys_own(params, missing):
    X = XC.copy()
    X[X[:, 1] < 1.6, 1] = 0.0
    if missing:
        X[::5, 2] = np.nan
    booster = trained({"objective": "multiclass", "num_class": 3, **params}, X, YC)
    e = reader.read(booster)
    assert e.n_outputs == 3
    odd = np.vstack([awkward(e, X), np.full((1, X.shape[1]), np.nan), np.zeros((1, X.shape[1]))])
    agrees(booster, e, odd, n_averaged=15 if params is FOREST else 1)


@pytest.mark.parametrize("objective", ["binary", "poisson", "gamma", "l1", "lambdarank", "cross_entropy"])
def test_objectives(objective):
    y = (YR > 140) * 1.0 if objective in ("binary", "lambdarank", "cross_entropy") else YR
    group = {"group": [34] * 13} if objective == "lambdarank" else {}
    booster = trained({"objective": objective}, XR, y, **group)
    e = reader.read(booster)
    agrees(booster, e, awkward(e, XR))


def test_objectives_of_the_users_own():
    def gradient(scores, data):
        return scores - data.get_label(), np.ones(len(scores))

    booster = trained({"objective": gradient}, XR, YR)
    agrees(booster, reader.read(booster), XR)


def categorical(n=900, codes=70):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, codes, n), rng.normal(size=n), rng.integers(0, 3, n)]).astype(float)
    X[::13, 0] = np.nan
    return X, np.isin(X[:, 0] % 7, [0, 3]) * 2.0 + X[:, 1] * (X[:, 2] == 1)


@pytest.mark.parametrize(
    "params", [{}, {"max_cat_to_onehot": 100}, {"zero_as_missing": True}, {"use_missing": False}]
)
def test_categories(params):
    X, y = categorical()
    params = {"cat_smooth": 1, "min_data_per_group": 5, **params}
    booster = trained(params, X, y, 20, categorical_feature=[0, 2])
    e = reader.read(booster)
    assert (e.category_set >= 0).sum() > 10
    odd = awkward(e, X)
    codes = [
        0,
        1,
        31,
        32,
        33,
        63,
        64,
        69,
        70,
        95,
        96,
        128,
        1e6,
        1e12,
        -1,
        -5,
        -0.5,
        3.7,
        np.nan,
        np.inf,
        -np.inf,
    ]
    odd[: 10 * len(codes), 0] = np.repeat(codes, 10)
    agrees(booster, e, odd, explained=len(odd))


def test_categories_of_a_table_that_was_loaded_again(tmp_path):
    X, y = categorical(codes=8)
    letters = np.array(list("abcdefgh"))
    table = pd.DataFrame(
        {"letter": pd.Categorical(letters[np.nan_to_num(X[:, 0]).astype(int)]), "x": X[:, 1]}
    )
    trained({}, table, y).save_model(tmp_path / "model.txt")
    booster = lgb.Booster(model_file=tmp_path / "model.txt")
    rows = np.column_stack([table.letter.cat.codes, table.x])
    np.testing.assert_allclose(reader.read(booster).predict(rows)[:, 0], booster.predict(table), atol=1e-12)


@pytest.mark.parametrize("params", [{}, {"boosting": "dart"}, FOREST], ids=["plain", "dart", "forest"])
def test_boosters_from_text(params):
    X, y = categorical()
    first = trained(params, X, y, 12, categorical_feature=[0, 2])
    booster = lgb.Booster(model_str=first.model_to_string())
    agrees(booster, reader.read(booster), X, n_averaged=12 if params is FOREST else 1)


@pytest.mark.parametrize("params", [{}, FOREST], ids=["plain", "forest"])
def test_rounds(params):
    booster = trained({"objective": "multiclass", "num_class": 3, **params}, XC, YC)
    for start, stop in [(0, 4), (3, 9), (14, 15), (5, 0)]:
        e = reader.read(booster, (start, stop))
        n = (stop or 15) - start
        assert e.n_trees == 3 * n
        agrees(
            booster,
            e,
            XC,
            n_averaged=n if params is FOREST else 1,
            start_iteration=start,
            num_iteration=n,
        )
    assert reader.read(booster, (4, 4)).n_trees == 0
    for wrong in [(0, 16), (-1, 3), (5, 3)]:
        with pytest.raises(InvalidInputError, match="15; give a start"):
            reader.read(booster, wrong)


def test_early_stopping_uses_the_best_round():
    train = lgb.Dataset(XR[:300], YR[:300])
    booster = lgb.train(
        {**QUIET, "metric": "l2"},
        train,
        300,
        valid_sets=[lgb.Dataset(XR[300:], YR[300:], reference=train)],
        callbacks=[lgb.early_stopping(5, verbose=False)],
        keep_training_booster=True,
    )
    e = reader.read(booster)
    assert e.n_trees == booster.best_iteration < booster.current_iteration()
    np.testing.assert_allclose(e.predict(XR)[:, 0], booster.predict(XR), rtol=1e-12)
    whole = reader.read(booster, (0, booster.current_iteration()))
    agrees(booster, whole, XR, num_iteration=whole.n_trees)


@pytest.mark.parametrize("face", ["LGBMRegressor", "LGBMClassifier", "LGBMRanker"])
def test_faces_of_scikit_learn(face):
    y = (YR > 140).astype(int) if face != "LGBMRegressor" else YR
    model = getattr(lgb, face)(n_estimators=8, verbose=-1, n_jobs=1)
    model.fit(XR, y, **({"group": [34] * 13} if face == "LGBMRanker" else {}))
    agrees(model.booster_, reader.read(model), XR)


def test_single_leaf_trees_among_others():
    # Nobody is of the fourth class.
    booster = trained({"objective": "multiclass", "num_class": 4}, XC, YC, 6)
    e = reader.read(booster)
    is_leaf = e.feature[e.roots] < 0
    assert is_leaf.any()
    assert not is_leaf.all()
    agrees(booster, e, XC)


def test_no_trees_at_all():
    booster = lgb.Booster({**QUIET, "objective": "l2"}, lgb.Dataset(XR, YR))
    e = reader.read(booster)
    assert e.n_trees == 0
    np.testing.assert_array_equal(e.predict(XR[:3]), 0)


def test_linear_leaves_are_refused():
    with pytest.raises(UnsupportedModelError, match="linear"):
        reader.read(trained({"linear_tree": True}, XR, YR, 3))


def test_categories_numbered_with_wide_gaps_are_refused_before_they_fill_the_memory():
    from interpret_widget.models.trees.assembly import sets_of_codes

    with pytest.raises(UnsupportedModelError, match="without gaps"):
        sets_of_codes([1] * 1000, np.full(1000, 16_000_000))


def test_a_large_model_is_read_at_once():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6_000, 10))
    booster = trained({"num_leaves": 127}, X, X[:, 0] * X[:, 1] + rng.normal(size=6_000), 200)
    booster.model_to_string()
    start = time.process_time()
    booster.model_to_string()
    own = time.process_time() - start
    start = time.process_time()
    e = reader.read(booster)
    assert time.process_time() - start < 10 * own + 0.2
    assert e.n_splits > 20_000


def test_trees_add_up_over_rounds():
    booster = trained({}, XR, YR, 10)
    e = reader.read(booster)
    whole, _ = values_of(e, XR[:20])
    first, _ = values_of(e.of_trees(0, 4), XR[:20])
    later, _ = values_of(e.of_trees(4, 10), XR[:20])
    np.testing.assert_allclose(first + later, whole, atol=1e-10)
    again, _ = values_of(reader.read(booster, (4, 10)), XR[:20])
    np.testing.assert_allclose(again, later, atol=1e-10)
