"""Partial dependence and individual curves against scikit-learn, loops and closed forms."""

from __future__ import annotations

import threading

import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.inspection import partial_dependence as sklearns
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from interpret_widget import partial_dependence
from interpret_widget.errors import CancelledError, InvalidInputError


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "pay": rng.normal(size=120).round(3),
            "age": rng.integers(18, 65, 120),
            "role": rng.choice(["a", "b", "c"], 120),
        }
    )


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_scikit_learn_agrees(classes):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(80, 3))
    if classes == 1:
        model = GradientBoostingRegressor(n_estimators=10, random_state=0).fit(X, X[:, 0] * X[:, 1])
    else:
        y = np.digitize(X[:, 0] * X[:, 1], [0.0] if classes == 2 else [-0.5, 0.5])
        model = GradientBoostingClassifier(n_estimators=10, random_state=0).fit(X, y)
    effect = partial_dependence(model, X, 1)
    theirs = sklearns(
        model, X, [1], kind="both", method="brute", custom_values={1: effect.grid}, response_method="auto"
    )
    ours = effect.average[:, -1] if classes <= 2 else effect.average.T
    np.testing.assert_allclose(ours, theirs["average"] if classes > 2 else theirs["average"][0], atol=1e-12)
    curves = effect.individual[..., -1] if classes <= 2 else np.moveaxis(effect.individual, 2, 0)
    np.testing.assert_allclose(
        curves, theirs["individual"] if classes > 2 else theirs["individual"][0], atol=1e-12
    )


def test_a_pipeline_of_words_and_numbers_against_a_loop(table):
    y = (table["pay"] + (table["role"] == "b") > 0).astype(int)
    encoder = make_column_transformer((OneHotEncoder(), ["role"]), remainder="passthrough")
    model = make_pipeline(encoder, LogisticRegression()).fit(table, y)
    role, pay = partial_dependence(model, table, ["role", "pay"], grid_resolution=7)
    assert role.labels == ("a", "b", "c")
    assert role.is_discrete
    assert role.counts.tolist() == [int((table["role"] == level).sum()) for level in "abc"]
    for effect in (role, pay):
        for value, average, curve in zip(
            effect.labels if effect.is_discrete else effect.grid,
            effect.average[:, 1],
            effect.individual[..., 1].T,
            strict=True,
        ):
            asked = model.predict_proba(table.assign(**{effect.feature: value}))[:, 1]
            assert average == pytest.approx(asked.mean())
            np.testing.assert_allclose(curve, asked)
    assert pay.counts.sum() == len(table)
    assert set(pay.grid) <= set(table["pay"])
    assert pay.unit == "probability"


@pytest.mark.parametrize("library", ["polars", "numpy"])
def test_other_libraries_give_the_same(table, library):
    numbers = table[["pay", "age"]].astype(float)

    def model(X):
        X = np.asarray(X, dtype=float)
        return np.sin(X[:, 0]) * X[:, 1]

    given = pl.from_pandas(numbers) if library == "polars" else numbers.to_numpy()
    names = ("pay", "age") if library == "polars" else (0, 1)
    expected = partial_dependence(model, numbers, [("pay", "age"), "age"])
    found = partial_dependence(model, given, [names, names[1]])
    for one, two in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one.average, two.average)


def test_an_additive_model_acts_alike_on_all_rows(table):
    def additive(X):
        return 2 * X["pay"].to_numpy() + np.sqrt(X["age"].to_numpy())

    def product(X):
        return X["pay"].to_numpy() * X["age"].to_numpy()

    alike = partial_dependence(additive, table, "pay", grid=[-1, 0, 2])
    np.testing.assert_allclose(np.diff(alike.average[:, 0]), [2, 4])
    assert alike.heterogeneity[0] == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(
        alike.centred, np.broadcast_to(alike.centred[:1], alike.centred.shape), atol=1e-12
    )
    # Slopes are the ages; over a grid of variance v a curve of slope s is |s - m| √v away from the mean.
    differing = partial_dependence(product, table, "pay", grid=[-1, 1])
    assert differing.heterogeneity[0] == pytest.approx(table["age"].std(ddof=0))
    assert partial_dependence(additive, table, ("pay", "age")).h_statistic[0] == pytest.approx(0, abs=1e-12)


def test_the_h_statistic_of_a_product_is_that_of_the_formula():
    X = np.repeat([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]], 100, axis=0)
    # Balanced: the product is all interaction; with main effects a, b its share is 1 / (1 + a² + b²).
    for a, b in [(0, 0), (1, 0), (2, 3)]:
        effect = partial_dependence(
            lambda X, a=a, b=b: X[:, 0] * X[:, 1] + a * X[:, 0] + b * X[:, 1], X, (0, 1)
        )
        assert effect.h_statistic[0] == pytest.approx(1 / (1 + a**2 + b**2))
    assert effect.average.shape == (2, 2, 1)
    assert effect.counts.tolist() == [[100, 100], [100, 100]]


def test_missing_values_are_a_level_of_words_and_no_number(table):
    holed = table.astype({"role": object, "pay": float})
    holed.loc[::4, "role"] = None
    holed.loc[::5, "pay"] = np.nan

    def model(X):
        return X["role"].isna().to_numpy() * 10.0 + X["pay"].fillna(-5).to_numpy()

    role = partial_dependence(model, holed, "role")
    assert role.labels == ("a", "b", "c", "missing")
    assert role.average[3, 0] - role.average[0, 0] == pytest.approx(10)
    assert role.counts[3] == 30
    pay = partial_dependence(model, holed, "pay")
    assert np.isfinite(pay.grid).all()


def test_dates_and_whole_numbers_stay_what_they_are():
    days = pd.date_range("2024-01-01", periods=50)
    X = pd.DataFrame({"day": days, "n": np.arange(50)})
    seen = []

    def model(X):
        seen.append(X.dtypes.to_dict())
        return (X["day"] - days[0]).dt.days.to_numpy().astype(float)

    effect = partial_dependence(model, X, "day", grid_resolution=5, percentiles=(0, 1))
    np.testing.assert_allclose(effect.average[[0, -1], 0], [0, 49])
    partial_dependence(model, X, "n")
    assert all(each["day"].kind == "M" and each["n"].kind == "i" for each in seen)
    assert effect.figure().data[-1].x is not None
    assert effect.is_time
    assert np.asarray(effect.figure().data[-1].x).dtype.kind in "MO"


def test_progress_and_cancelling(table):
    told = []
    stop = threading.Event()

    def model(X):
        return X["pay"].to_numpy()

    partial_dependence(model, table, ["pay", "age"], progress=lambda done, total: told.append((done, total)))
    shares = [done / total for done, total in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    stop.set()
    with pytest.raises(CancelledError):
        partial_dependence(model, table, "pay", cancel=stop)


def test_what_cannot_be_asked_is_named(table):
    def model(X):
        return X["pay"].to_numpy()

    for given, word in [
        ({"features": "gone"}, "'gone' is not a column"),
        ({"features": ("pay", "pay")}, "names one column twice"),
        ({"features": ("pay", "age", "role")}, "a pair of names"),
        ({"features": []}, "features is empty"),
        ({"features": "pay", "kind": "all"}, "kind='all'"),
        ({"features": "pay", "percentiles": (1, 0)}, "percentiles"),
        ({"features": "pay", "grid_resolution": 1}, "grid_resolution=1"),
        ({"features": ["pay", "age"], "grid": [1]}, "single feature"),
        ({"features": "pay", "grid": []}, "grid is empty"),
        ({"features": "pay", "max_rows": 0}, "max_rows=0"),
    ]:
        with pytest.raises(InvalidInputError, match=word):
            partial_dependence(model, table, **given)
    with pytest.raises(InvalidInputError, match="X has no rows"):
        partial_dependence(model, table[:0], "pay")


def test_rows_are_drawn_by_the_seed_and_told(table):
    def model(X):
        return X["pay"].to_numpy() ** 2 + X["age"].to_numpy()

    some = partial_dependence(model, table, "pay", max_rows=10, random_state=3)
    again = partial_dependence(model, table, "pay", max_rows=10, random_state=3)
    assert len(some.rows) == 10
    np.testing.assert_array_equal(some.average, again.average)
    alone = partial_dependence(model, table.iloc[some.rows], "pay", grid=list(some.grid))
    np.testing.assert_allclose(some.average, alone.average)


def test_frames_and_figures_show_the_numbers(table):
    y = table["pay"] > 0
    model = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1, n_jobs=1).fit(table[["pay", "age"]], y)
    effect, pair = partial_dependence(model, table[["pay", "age"]], ["pay", ("pay", "age")])
    frame = effect.to_frame()
    assert len(frame) == 2 * len(effect.grid)
    assert frame["effect"].iloc[-1] == effect.average[-1, 1]
    drawn = [trace for trace in effect.figure().data if trace.line.width == 3]
    np.testing.assert_allclose(drawn[0].y, effect.average[:, 1])
    heat = pair.figure("True").data[0]
    shown = np.where(pair.counts > 0, pair.average[..., 1], np.nan)
    np.testing.assert_allclose(heat.z, shown.T)
    assert len(pair.to_frame()) == pair.average.size
    with pytest.raises(InvalidInputError, match="output='maybe'"):
        effect.figure("maybe")
