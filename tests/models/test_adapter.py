"""Models of many libraries through one face: the numbers are the model's own."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from interpret_widget.errors import InvalidInputError, ModelCallError, UnsupportedModelError
from interpret_widget.models import adapt, title_of
from interpret_widget.tabular import Dataset

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(120, 3)), columns=["a", "b", "c"])
Y2 = (X["a"] + 0.3 * RNG.normal(size=120) > 0).astype(int)
Y3 = np.digitize(X["a"] + X["b"], [-0.5, 0.5])
TEXT = np.array(["high", "low", "mid"])[Y3]
Z = X["a"] * 2 - X["c"]
DATA = Dataset.of(X)


@pytest.mark.parametrize(
    "make",
    [
        LogisticRegression,
        GradientBoostingClassifier,
        HistGradientBoostingClassifier,
        lambda: CalibratedClassifierCV(SVC()),
        lambda: GridSearchCV(RandomForestClassifier(5, random_state=0), {"max_depth": [2, 3]}, cv=2),
        lambda: VotingClassifier(
            [("a", LogisticRegression()), ("b", DecisionTreeClassifier())], voting="soft"
        ),
        lambda: make_pipeline(StandardScaler(), "passthrough", LogisticRegression()),
    ],
)
@pytest.mark.parametrize("y", [Y2, TEXT], ids=["binary", "text"])
def test_probabilities(make: Any, y: Any) -> None:
    model = make().fit(X, y)
    adapter = adapt(model, DATA)
    np.testing.assert_array_equal(adapter.predict(DATA), model.predict_proba(X))
    assert adapter.task == ("binary" if y is Y2 else "multiclass")
    assert adapter.has_probabilities
    assert adapter.output_names == (("0", "1") if y is Y2 else ("high", "low", "mid"))
    assert adapter.class_values == ((0, 1) if y is Y2 else ("high", "low", "mid"))


def test_decision_values_have_two_columns() -> None:
    model = SVC(kernel="linear").fit(X, Y2)
    adapter = adapt(model, DATA, classes=["Not leaving", "leaving"])
    values = model.decision_function(X)
    np.testing.assert_array_equal(adapter.predict(X), np.column_stack([-values, values]))
    assert not adapter.has_probabilities
    assert adapter.answer == "decision"
    assert adapter.output_names == ("Not leaving", "leaving")


def test_one_against_one_values_are_not_taken_for_classes() -> None:
    model = make_pipeline(SVC(decision_function_shape="ovo")).fit(X, Y3)
    predicted = adapt(model, DATA).predict(X)
    np.testing.assert_array_equal(predicted.argmax(axis=1), model.predict(X))
    np.testing.assert_array_equal(np.unique(predicted), [0, 1])
    ovr = SVC().fit(X, Y3)
    np.testing.assert_array_equal(adapt(ovr, DATA).predict(X), ovr.decision_function(X))


def test_only_labels_to_be_had() -> None:
    model = VotingClassifier([("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=2))]).fit(
        X, TEXT
    )
    adapter = adapt(model, DATA)
    names = np.array(adapter.output_names)
    np.testing.assert_array_equal(names[adapter.predict(X).argmax(axis=1)], model.predict(X))


@pytest.mark.parametrize(
    "model",
    [LinearRegression(), TransformedTargetRegressor(Ridge(), func=np.cbrt, inverse_func=lambda t: t**3)],
)
def test_regression(model: Any) -> None:
    model.fit(X, Z)
    adapter = adapt(model, DATA)
    assert (adapter.task, adapter.output_names) == ("regression", ("prediction",))
    np.testing.assert_array_equal(adapter.predict(X)[:, 0], model.predict(X))


def test_several_targets() -> None:
    model = LinearRegression().fit(X, np.column_stack([Z, -Z]))
    assert adapt(model, DATA).output_names == ("prediction 0", "prediction 1")
    assert adapt(model, DATA, classes=["gain", "loss"]).output_names == ("gain", "loss")
    with pytest.raises(UnsupportedModelError, match="2 targets at once"):
        adapt(MultiOutputClassifier(LogisticRegression()).fit(X, np.column_stack([Y2, 1 - Y2])), DATA)


def test_outlier_scores_and_clusters() -> None:
    forest = IsolationForest(random_state=0).fit(X)
    np.testing.assert_array_equal(adapt(forest, DATA).predict(X)[:, 0], forest.decision_function(X))
    with pytest.raises(UnsupportedModelError, match="predicts no target"):
        adapt(KMeans(2, n_init=1).fit(X), DATA)


def test_functions() -> None:
    linear = LogisticRegression().fit(X, Y2)
    one = adapt(lambda T: linear.predict_proba(T)[:, 1], DATA)
    assert (one.task, one.n_outputs) == ("regression", 1)
    named = adapt(lambda T: linear.predict_proba(T)[:, 1], DATA, classes=["no", "yes"])
    assert (named.task, named.has_probabilities) == ("binary", True)
    np.testing.assert_allclose(named.predict(X), linear.predict_proba(X))
    both = adapt(linear.predict_proba, DATA)
    assert (both.task, both.has_probabilities) == ("binary", True)
    margin = adapt(linear.decision_function, DATA, task="binary")
    np.testing.assert_array_equal(margin.predict(X)[:, 0], -linear.decision_function(X))
    assert not margin.has_probabilities
    column = adapt(lambda T: T[["a"]].to_numpy(), DATA)
    np.testing.assert_array_equal(column.predict(X), X[["a"]])


def test_probabilities_stay_probabilities() -> None:
    adapter = adapt(lambda T: np.where(T["a"] < 10, 0.5, 1.7), DATA, task="binary")
    with pytest.raises(ModelCallError, match=r"and now 1\.7"):
        adapter.predict(X.assign(a=11.0))


def test_a_margin_within_0_and_1_stays_a_margin() -> None:
    """What a function answers was settled once; a later batch must not be read otherwise."""
    adapter = adapt(lambda T: T["a"].to_numpy(), DATA, task="binary")
    few = X[(X["a"] > 0.1) & (X["a"] < 0.9)]
    np.testing.assert_array_equal(adapter.predict(few)[:, 0], -few["a"])


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["a"], "classes has 1 name"),
        (["a", "a", "b"], "has a name twice"),
        (["low", "mid", "high"], "another order; its order is"),
    ],
)
def test_wrong_classes(classes: list[str], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        adapt(LogisticRegression().fit(X, TEXT), DATA, classes=classes)


def test_what_cannot_be_asked() -> None:
    with pytest.raises(InvalidInputError, match="SVC is not fitted; call fit first"):
        adapt(SVC(), DATA)
    with pytest.raises(InvalidInputError, match="not fitted"):
        adapt(make_pipeline(StandardScaler(), SVC()), DATA)
    with pytest.raises(InvalidInputError, match="not fitted"):
        adapt(GridSearchCV(SVC(), {"C": [1]}), DATA)
    with pytest.raises(UnsupportedModelError, match="a int; it needs predict_proba"):
        adapt(3, DATA)
    with pytest.raises(UnsupportedModelError, match="the class SVC and not an object"):
        adapt(SVC, DATA)
    with pytest.raises(InvalidInputError, match="regressor"):
        adapt(LinearRegression().fit(X, Z), DATA, task="binary")
    with pytest.raises(InvalidInputError, match="no rows"):
        adapt(LinearRegression().fit(X, Z), DATA.take([]))


def test_wrong_columns() -> None:
    model = LogisticRegression().fit(X, Y2)
    with pytest.raises(InvalidInputError, match="lacks 'a'"):
        adapt(model, Dataset.of(X.rename(columns={"a": "z"})))
    with pytest.raises(InvalidInputError, match="has 'd', which"):
        adapt(model, Dataset.of(X.assign(d=1)))
    with pytest.raises(InvalidInputError, match="another order"):
        adapt(model, Dataset.of(X[["b", "a", "c"]]))
    with pytest.raises(InvalidInputError, match="X has 2 columns, but LogisticRegression was fitted on 3"):
        adapt(model, Dataset.of(X.to_numpy()[:, :2]))


def test_a_pipeline_that_picks_columns_may_get_more() -> None:
    model = make_pipeline(make_column_transformer((StandardScaler(), ["a", "b"])), LogisticRegression()).fit(
        X, Y2
    )
    more = X.assign(d=1)[["d", "c", "b", "a"]]
    np.testing.assert_allclose(adapt(model, Dataset.of(more)).predict(more), model.predict_proba(X))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda T: np.full(len(T), np.nan), "finite number"),
        (lambda T: np.ones(3), r"shape \(3, 1\) for 120 rows"),
        (lambda T: np.array(["a"] * len(T)), "must be numbers"),
        (lambda T: 1.0, "must be numbers"),
        (lambda T: T["nope"], "KeyError"),
    ],
)
def test_nonsense_answers(answer: Any, message: str) -> None:
    with pytest.raises(ModelCallError, match=message):
        adapt(answer, DATA)


def test_later_failures_are_told_too() -> None:
    adapter = adapt(lambda T: 1 / T["a"].to_numpy(), DATA)
    with pytest.raises(ModelCallError, match="finite"), np.errstate(divide="ignore"):
        adapter.predict(X.assign(a=0.0))


def test_no_warnings_about_names() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        on_array = LogisticRegression().fit(X.to_numpy(), Y2)
        np.testing.assert_array_equal(
            adapt(on_array, DATA).predict(DATA), on_array.predict_proba(X.to_numpy())
        )
        on_frame = LogisticRegression().fit(X, Y2)
        data = Dataset.of(X.to_numpy())
        np.testing.assert_array_equal(adapt(on_frame, data).predict(data), on_frame.predict_proba(X))


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_other_tables_reach_a_pandas_pipeline(library: str) -> None:
    frame = X.assign(city=np.where(X["b"] > 0, "Rome", "Oslo"))
    ct = make_column_transformer((OneHotEncoder(), ["city"]), (StandardScaler(), ["a", "b"]))
    model = make_pipeline(ct, LogisticRegression()).fit(frame, Y2)
    if library == "polars":
        table: Any = pytest.importorskip("polars").from_pandas(frame)
    else:
        import pyarrow as pa

        table = pa.Table.from_pandas(frame)
    data = Dataset.of(table)
    np.testing.assert_allclose(adapt(model, data).predict(data), model.predict_proba(frame))


def test_titles() -> None:
    assert (
        title_of(make_pipeline(StandardScaler(), GridSearchCV(SVC(), {"C": [1]}, cv=2)).fit(X, Y2)) == "SVC"
    )
    assert title_of(lambda x: x) == "function"
    assert title_of(np.sum) == "sum"
