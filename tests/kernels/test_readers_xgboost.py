"""XGBoost's trees read as plain arrays predict and explain what XGBoost does."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_wine

from interpret_widget.errors import InvalidInputError, UnsupportedModelError
from interpret_widget.models.trees import xgboost as reader
from interpret_widget.models.trees.xgboost_rows import rows_of
from tests.kernels.reading import awkward, values_of

xgb = pytest.importorskip("xgboost")

XR, YR = load_diabetes(return_X_y=True)
XC, YC = load_wine(return_X_y=True)
KINDS = [
    {},
    {"booster": "dart", "rate_drop": 0.3},
    {"num_parallel_tree": 3, "subsample": 0.5},
    {"gamma": 1.0, "tree_method": "exact"},
    {"grow_policy": "lossguide", "max_leaves": 9, "max_depth": 0},
]


def trained(params, X, y, rounds=12, **matrix):
    params = {"max_depth": 4, "nthread": 1, "seed": 0, **params}
    return xgb.train(params, xgb.DMatrix(X, y, **matrix), rounds)


def agrees(booster, ensemble, X, rounds=(0, 0), explained=40, **matrix):
    """Margins and values agree, but for the start that only the library knows."""
    given = xgb.DMatrix(X, **matrix)
    rows = rows_of(given, booster)
    wanted = booster.predict(given, output_margin=True, strict_shape=True, iteration_range=rounds)
    gap = wanted - ensemble.predict(rows)
    scale = max(1.0, float(np.abs(wanted).max()))
    assert np.ptp(gap, axis=0).max() <= 2e-6 * scale
    if explained:
        own = booster.predict(
            xgb.DMatrix(X[:explained], **matrix),
            pred_contribs=True,
            strict_shape=True,
            iteration_range=rounds,
        )
        found, base = values_of(ensemble, rows[:explained])
        np.testing.assert_allclose(found.transpose(0, 2, 1), own[:, :, :-1], atol=3e-5 * scale)
        np.testing.assert_allclose(np.ptp(own[:, :, -1] - base, axis=0), 0, atol=3e-5 * scale)


@pytest.mark.parametrize("params", KINDS, ids=lambda p: "-".join(p) or "plain")
@pytest.mark.parametrize("n_classes", [1, 3])
def test_margins_and_values_are_the_librarys_own(params, n_classes):
    X, y = (XR.copy(), YR) if n_classes == 1 else (np.round(XC, 1), YC)
    X[::6, 4] = np.nan
    if n_classes > 1:
        params = {**params, "objective": "multi:softprob", "num_class": n_classes}
    booster = trained(params, X, y)
    e = reader.read(booster)
    assert e.n_outputs == n_classes
    # The library refuses infinity.
    agrees(booster, e, awkward(e, X, infinite=False))


@pytest.mark.parametrize(
    "objective",
    [
        "binary:logistic",
        "count:poisson",
        "reg:gamma",
        "reg:tweedie",
        "reg:absoluteerror",
        "rank:ndcg",
        "survival:cox",
    ],
)
def test_any_objective_keeps_its_start_to_itself(objective):
    y = (YR > 140) * 1.0 if objective.startswith(("binary", "rank")) else YR
    extra = {"qid": np.arange(len(y)) // 13} if objective.startswith("rank") else {}
    booster = trained({"objective": objective}, XR, y, **extra)
    e = reader.read(booster)
    assert not e.base.any()
    agrees(booster, e, awkward(e, XR, infinite=False))


def test_survival_with_censored_times():
    matrix = xgb.DMatrix(XR)
    matrix.set_float_info("label_lower_bound", YR)
    matrix.set_float_info("label_upper_bound", np.where(YR > 200, np.inf, YR))
    booster = xgb.train({"objective": "survival:aft", "max_depth": 3}, matrix, 10)
    agrees(booster, reader.read(booster), XR)


@pytest.mark.parametrize("one_hot", [1, 100], ids=["partition", "one-hot"])
def test_categories_in_a_set_go_right(one_hot):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 40, 900), rng.normal(size=900), rng.integers(0, 3, 900)]).astype(
        float
    )
    y = np.isin(X[:, 0] % 7, [1, 3]) * 2.0 + X[:, 1] * (X[:, 2] == 1)
    X[::11, 0] = np.nan
    kinds = {"feature_types": ["c", "q", "c"], "enable_categorical": True}
    booster = trained({"max_cat_to_onehot": one_hot, "tree_method": "hist"}, X, y, 15, **kinds)
    e = reader.read(booster)
    assert (e.category_set >= 0).sum() > 5
    odd = awkward(e, X, infinite=False)
    codes = [0, 1, 31, 32, 39, 40, 63, 64, 5000, 16_777_215, 1.0, np.nan]
    odd[: 20 * len(codes), 0] = np.repeat(codes, 20)
    agrees(booster, e, odd, **kinds)


def test_codes_below_zero_are_in_no_set():
    rng = np.random.default_rng(1)
    X = rng.integers(0, 12, (600, 1)).astype(float)
    y = np.isin(X[:, 0], [0, 3, 11]) * 1.0
    kinds = {"feature_types": ["c"], "enable_categorical": True}
    booster = trained({"max_cat_to_onehot": 1}, X, y, 4, **kinds)
    e = reader.read(booster)
    # The library's table refuses them; asked without one, it answers.
    odd = np.array([[-1.0], [-3.0], [12.0], [1e9], [0.0], [3.0]], dtype=np.float32)
    wanted = booster.inplace_predict(odd, predict_type="margin", validate_features=False)
    assert np.ptp(wanted - e.predict(odd)[:, 0]) < 1e-6


def test_a_table_with_its_own_order_of_categories_is_coded_as_the_model_was_trained():
    rng = np.random.default_rng(0)
    letters = list("pqrstuvw")
    X = pd.DataFrame(
        {
            "letter": pd.Categorical(rng.choice(letters, 500), letters),
            "number": rng.normal(size=500),
            "size": pd.Categorical(rng.integers(1, 5, 500) * 10),
        }
    )
    y = X.letter.isin(list("qtv")) * 3.0 + X.number + (X["size"] == 20)
    X.loc[::9, "letter"] = np.nan
    model = xgb.XGBRegressor(n_estimators=10, max_depth=4, enable_categorical=True).fit(X, y)
    booster = model.get_booster()
    if not hasattr(booster, "get_categories"):
        pytest.skip("this version takes the table's own codes")
    other = X.assign(letter=X.letter.cat.set_categories([*letters[::-1], "unused"]))
    e = reader.read(booster)
    rows = rows_of(xgb.DMatrix(other, enable_categorical=True), booster)
    assert np.ptp(model.predict(other) - e.predict(rows)[:, 0]) < 1e-5
    unseen = other.assign(letter=other.letter.where(other.letter != "q", "unused"))
    with pytest.raises(InvalidInputError, match="column 0 has the category 'unused'"):
        rows_of(xgb.DMatrix(unseen, enable_categorical=True), booster)


def test_what_is_missing_is_for_the_librarys_table_to_say():
    from scipy import sparse

    X = np.round(XC, 0)
    X[:, 3] = np.where(X[:, 3] < 18, 0.0, X[:, 3])
    booster = trained({"objective": "multi:softmax", "num_class": 3}, X, YC, missing=-1.0)
    e = reader.read(booster)
    for given in (xgb.DMatrix(X, missing=14.0), xgb.DMatrix(sparse.csr_matrix(X))):
        gap = booster.predict(given, output_margin=True) - e.predict(rows_of(given, booster))
        assert np.ptp(gap, axis=0).max() < 1e-5


@pytest.mark.parametrize("params", [{}, {"num_parallel_tree": 2, "subsample": 0.6}, {"booster": "dart"}])
def test_several_outputs_in_one_leaf(params):
    Y = np.column_stack([YR, XR[:, 0] * 500, np.sign(XR[:, 2]) * 90])
    params = {"multi_strategy": "multi_output_tree", "tree_method": "hist", **params}
    try:
        booster = trained(params, XR, Y)
    except xgb.core.XGBoostError as error:
        pytest.skip(f"this version does not: {str(error)[:80]}")
    if tuple(map(int, xgb.__version__.split(".")[:2])) < (3, 2):
        with pytest.raises(UnsupportedModelError, match="from version 3"):
            reader.read(booster)
        return
    e = reader.read(booster)
    assert e.has_vectors
    assert e.n_outputs == 3
    agrees(booster, e, awkward(e, XR, infinite=False), explained=0)
    found, base = values_of(e, XR[:50])
    np.testing.assert_allclose(found.sum(axis=1) + base, e.predict(XR[:50]), atol=1e-9)
    agrees(booster, reader.read(booster, (2, 5)), XR, (2, 5), explained=0)


def test_one_tree_per_output():
    Y = np.column_stack([YR, XR[:, 0] * 500])
    booster = trained({"num_parallel_tree": 2}, XR, Y)
    e = reader.read(booster)
    assert e.n_outputs == 2
    agrees(booster, e, XR)


@pytest.mark.parametrize("params", KINDS[:3], ids=lambda p: "-".join(p) or "plain")
def test_rounds(params):
    booster = trained({**params, "objective": "multi:softprob", "num_class": 3}, XC, YC)
    for rounds in [(0, 5), (3, 7), (11, 12), (0, 1)]:
        agrees(booster, reader.read(booster, rounds), XC, rounds, explained=0 if rounds[0] else 20)
    with pytest.raises(InvalidInputError, match="12; give a start"):
        reader.read(booster, (0, 13))


def test_early_stopping_keeps_what_the_booster_is_asked_for():
    model = xgb.XGBRegressor(n_estimators=200, max_depth=3, early_stopping_rounds=5)
    model.fit(XR[:300], YR[:300], eval_set=[(XR[300:], YR[300:])], verbose=False)
    rounds = (0, model.best_iteration + 1)
    e = reader.read(model.get_booster(), rounds)
    assert e.n_trees == rounds[1] < model.get_booster().num_boosted_rounds()
    assert np.ptp(model.predict(XR, output_margin=True) - e.predict(XR)[:, 0]) < 1e-3


@pytest.mark.parametrize("model", ["XGBRFRegressor", "XGBRFClassifier", "XGBRanker", "XGBClassifier"])
def test_faces_of_scikit_learn(model):
    fit = {"qid": np.arange(len(YR)) // 13} if model == "XGBRanker" else {}
    y = (YR > 140).astype(int) if model != "XGBRFRegressor" else YR
    model = getattr(xgb, model)(n_estimators=9, max_depth=4).fit(XR, y, **fit)
    e = reader.read(model.get_booster())
    margins = model.predict(XR, output_margin=True)
    assert np.ptp(margins - e.predict(XR)[:, 0]) < 1e-5 * max(1, np.abs(margins).max())


@pytest.mark.parametrize("ending", ["json", "ubj"])
def test_boosters_from_files(ending, tmp_path):
    X = XR.copy()
    X[::5, 2] = np.nan
    first = trained({"booster": "dart", "rate_drop": 0.3}, X, YR)
    first.save_model(tmp_path / f"model.{ending}")
    booster = xgb.Booster(model_file=tmp_path / f"model.{ending}")
    agrees(booster, reader.read(booster), X)


def test_single_leaf_trees_and_none_at_all():
    booster = trained({"gamma": 1e12}, XR, YR, 3)
    e = reader.read(booster)
    assert e.n_splits == 0
    agrees(booster, e, XR, explained=0)
    empty = trained({}, XR, YR, 0)
    assert reader.read(empty).n_trees == 0


def test_trees_carry_on_from_other_trees():
    first = trained({}, XR, YR, 5)
    both = xgb.train({"max_depth": 2}, xgb.DMatrix(XR, YR), 4, xgb_model=first)
    e = reader.read(both)
    assert e.n_trees == 9
    agrees(both, e, XR)


def test_linear_boosters_are_refused():
    with pytest.raises(UnsupportedModelError, match="gblinear"):
        reader.read(trained({"booster": "gblinear"}, XR, YR))


def test_a_large_model_is_read_at_once():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4_000, 20)).astype(np.float32)
    y = X[:, 0] * X[:, 1] + np.sin(3 * X[:, 2]) + rng.normal(size=4_000)
    booster = trained({"max_depth": 8, "tree_method": "hist", "max_bin": 32}, X, y, 300)
    start = time.process_time()
    e = reader.read(booster)
    assert time.process_time() - start < 0.5
    assert e.n_splits > 20_000
