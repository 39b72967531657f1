"""A scoring explainer says what the model and its explainer say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from interpret_widget import (
    InvalidInputError,
    KernelScoringExplainer,
    LinearScoringExplainer,
    ScoringExplainer,
    TabularExplainer,
    TreeScoringExplainer,
    UnsupportedModelError,
)

from .conftest import _people, _prepared

TREE, LINEAR, KERNEL = TreeScoringExplainer, LinearScoringExplainer, KernelScoringExplainer


def lightgbm(kind="LGBMClassifier", **settings):
    return getattr(pytest.importorskip("lightgbm"), kind)(n_estimators=12, verbose=-1, **settings)


def xgboost(kind="XGBClassifier", **settings):
    return getattr(pytest.importorskip("xgboost"), kind)(n_estimators=8, **settings)


def binary():
    X, score = _people()
    return X, np.where(score > 0, "leaves", "stays")


def categories():
    X, y = binary()
    return X.astype({"city": "category", "grade": "category"}), (y == "leaves").astype(int)


def numbers():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return X[:150], y[:150]


def halves():
    X, y = numbers()
    return X, (y > 140).astype(int)


def flowers():
    X, y = load_iris(return_X_y=True, as_frame=True)
    return X, y.map({0: "setosa", 1: "versicolor", 2: "virginica"})


@dataclass(frozen=True, eq=False)
class Case:
    """A model, the data that it is fitted on, and the scoring explainer that fits."""

    name: str
    data: Callable[[], Any]
    model: Callable[[], Any]
    kind: type[ScoringExplainer]
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


INTERVENTIONAL = {"feature_perturbation": "interventional"}
CASES = [
    Case("logistic regression behind a pipeline", binary, lambda: _prepared(LogisticRegression()), LINEAR),
    Case("softmax", flowers, lambda: make_pipeline(StandardScaler(), LogisticRegression()), LINEAR),
    Case("decision values", halves, LinearSVC, LINEAR),
    Case("ridge", numbers, Ridge, LINEAR),
    Case("two targets", lambda: (numbers()[0], numbers()[0].iloc[:, :2]), LinearRegression, LINEAR),
    Case("a log link", numbers, PoissonRegressor, LINEAR),
    Case("lightgbm behind a pipeline", binary, lambda: _prepared(lightgbm()), TREE),
    Case("lightgbm with categories", categories, lightgbm, TREE),
    Case("lightgbm of three classes", flowers, lightgbm, TREE),
    Case("a log link of trees", numbers, lambda: lightgbm("LGBMRegressor", objective="poisson"), TREE),
    Case("xgboost with categories", categories, lambda: xgboost(enable_categorical=True), TREE),
    Case("zero means missing", halves, lambda: xgboost(missing=0.0), TREE),
    Case("a forest of classes", binary, lambda: _prepared(RandomForestClassifier(8)), TREE),
    Case("a forest of numbers", numbers, lambda: RandomForestRegressor(8), TREE),
    Case("boosting", binary, lambda: _prepared(GradientBoostingClassifier(n_estimators=8)), TREE),
    Case("adaboost", halves, lambda: AdaBoostClassifier(n_estimators=5), TREE),
    Case(
        "categories of scikit-learn",
        categories,
        lambda: HistGradientBoostingClassifier(max_iter=8, categorical_features="from_dtype"),
        TREE,
    ),
    Case("against rows", halves, lambda: RandomForestClassifier(8), TREE, INTERVENTIONAL),
    Case("probabilities", flowers, lightgbm, TREE, {**INTERVENTIONAL, "model_output": "probability"}),
    Case("a search", halves, lambda: GridSearchCV(RandomForestClassifier(8), {"max_depth": [3]}, cv=2), TREE),
    Case("a cut", halves, lambda: FixedThresholdClassifier(LogisticRegression(), threshold=0.2), LINEAR),
    Case("a kernel machine", halves, lambda: make_pipeline(StandardScaler(), SVC()), KERNEL),
    Case("sampling", flowers, GaussianNB, KERNEL),
    Case("a guess", numbers, Ridge, KERNEL, {"feature_perturbation": "correlation_dependent"}),
    Case(
        "depths of isolation", lambda: (numbers()[0], None), lambda: IsolationForest(n_estimators=8), KERNEL
    ),
]


@cache
def made(case: Case) -> tuple[Any, Any, TabularExplainer, ScoringExplainer]:
    X, y = case.data()
    model = case.model().fit(X, y)
    explainer = TabularExplainer(model, X[::4] if case.kind is KERNEL else X, **case.options)
    return X, model, explainer, explainer.for_scoring()


@pytest.fixture(params=CASES, ids=str)
def case(request):
    if "lightgbm" in request.param.name or request.param.name == "probabilities":
        pytest.importorskip("lightgbm")
    return request.param


def wide(frame, names):
    """Contributions (n_rows, n_features) of a frame, in the order of the data."""
    rows = list(dict.fromkeys(frame["row"]))
    return (
        frame.pivot(index="row", columns="feature", values="contribution").loc[rows, list(names)].to_numpy()
    )


def test_values_are_those_of_the_explainer(case):
    X, _, explainer, scorer = made(case)
    assert type(scorer) is case.kind
    assert scorer.is_self_contained == (case.kind is not KERNEL)
    few = X[5:15]
    known = explainer.explain_global(few)
    for k, output in enumerate(scorer.output_names):
        frame = scorer.explain(few, output=output)
        np.testing.assert_allclose(wide(frame, X.columns), known.values[:, :, k], atol=1e-9, rtol=1e-9)
        np.testing.assert_allclose(frame["base_value"].iloc[0], known.base_values[k], rtol=1e-9)
        assert set(frame["output"]) == {output}
    if known.engineered is not None:
        frame = scorer.explain(few, level="engineered", output=scorer.output_names[0])
        np.testing.assert_allclose(
            wide(frame, known.engineered.feature_names), known.engineered.values[:, :, 0], atol=1e-9
        )


def test_predictions_are_those_of_the_model(case):
    X, model, _, scorer = made(case)
    if case.name == "depths of isolation":
        np.testing.assert_allclose(scorer.predict(X), model.decision_function(X))
        return
    said = np.asarray(model.predict(X))
    if scorer.task == "regression":
        np.testing.assert_allclose(scorer.predict(X), said, rtol=1e-5)
    else:
        assert np.array_equal(scorer.predict(X), said)
    if hasattr(model, "predict_proba"):
        shares = scorer.predict_proba(X)
        np.testing.assert_allclose(shares, model.predict_proba(X), atol=1e-6)
        assert ((shares >= 0) & (shares <= 1)).all()


def test_lines_add_up_whatever_is_left_out(case):
    X, _, _, scorer = made(case)
    output = scorer.output_names[-1]
    for top_k in (None, 1, 3, 1_000):
        frame = scorer.explain(X[:6], top_k, output=output)
        sums = frame.groupby("row", sort=False).agg(
            {"base_value": "first", "contribution": "sum", "score": "first"}
        )
        np.testing.assert_allclose(
            sums["base_value"] + sums["contribution"], sums["score"], rtol=1e-6, atol=1e-9
        )
        strength = frame[frame["feature"] != "all others"].groupby("row")["contribution"].agg(list)
        assert all(np.all(np.diff(np.abs(each)) <= 1e-12) for each in strength)
        assert frame.groupby("row")["rank"].agg(list).iloc[0] == list(range(1, len(frame) // 6 + 1))


def test_a_kept_one_says_the_same(case, tmp_path):
    X, model, _, scorer = made(case)
    folder = scorer.save(tmp_path / "scorer")
    again = ScoringExplainer.load(folder, model=None if scorer.is_self_contained else model)
    assert type(again) is type(scorer)
    assert again.about == scorer.about
    output = scorer.output_names[-1]
    pd.testing.assert_frame_equal(
        again.explain(X[:8], 2, output=output), scorer.explain(X[:8], 2, output=output), rtol=1e-9
    )


def test_records_and_frames_agree(case):
    X, _, _, scorer = made(case)
    output = scorer.output_names[-1]
    frame = scorer.explain(X[:4], 2, output=output)
    found = scorer.records(X[:4], 2, output=output)
    assert len(found) == 4
    for record, (_, lines) in zip(found, frame.groupby("row", sort=False), strict=True):
        assert [each["feature"] for each in record["reasons"]] == lines["feature"].tolist()
        assert [each["contribution"] for each in record["reasons"]] == lines["contribution"].tolist()
        assert record["score"] == lines["score"].iloc[0]
        assert record["prediction"] == lines["prediction"].iloc[0]
        assert record["probability"] is None or record["probability"] == lines["probability"].iloc[0]


def test_the_predicted_class_is_explained_by_default():
    X, model, _, scorer = made(CASES[1])
    frame = scorer.explain(X[::30])
    first = frame.groupby("row", sort=False).first()
    assert first["output"].tolist() == list(model.predict(X[::30]))
    assert len(set(first["output"])) == 3


def test_the_second_of_two_classes_is_explained_by_default():
    X, model, _, scorer = made(CASES[0])
    record = scorer.records(X[:1])[0]
    assert record["output"] == "stays"
    assert record["probability"] == pytest.approx(model.predict_proba(X[:1])[0, 1])


def test_several_targets_are_not_guessed_at():
    X, _, _, scorer = made(next(each for each in CASES if each.name == "two targets"))
    with pytest.raises(InvalidInputError, match="output is not given; the model has"):
        scorer.explain(X[:1])


def test_a_missing_value_and_an_unknown_level_go_where_the_model_sends_them(people, prepared):
    X, score = people
    model = prepared(LogisticRegression()).fit(X, score > 0)
    explainer = TabularExplainer(model, X)
    scorer = explainer.for_scoring()
    strange = X[:3].assign(city=["Paris", "Rome", "Oslo"], income=[np.nan, 3e3, np.nan])
    known = explainer.explain_global(strange)
    np.testing.assert_allclose(wide(scorer.explain(strange), X.columns), known.values[:, :, 1], atol=1e-12)
    assert scorer.records(strange)[0]["reasons"]
    assert [each["value"] for each in scorer.records(strange[:1])[0]["reasons"]].count(None) == 1


def test_rows_are_known_by_their_labels(people, prepared):
    X, score = people
    scorer = TabularExplainer(prepared(LogisticRegression()).fit(X, score > 0), X).for_scoring()
    assert scorer.explain(X[3:5], 1)["row"].tolist() == ["p003", "p003", "p004", "p004"]
    assert scorer.explain(X.iloc[3], 1)["row"].tolist() == ["p003", "p003"]


def test_rows_of_a_large_batch_are_those_of_small_ones(people, prepared, monkeypatch):
    X, score = people
    scorer = TabularExplainer(prepared(LogisticRegression()).fit(X, score > 0), X).for_scoring()
    whole = scorer.explain(X, 3)
    monkeypatch.setattr("interpret_widget.serving.self_contained._CELLS", 200)
    pd.testing.assert_frame_equal(scorer.explain(X, 3), whole, rtol=1e-12)
    parts = pd.concat([scorer.explain(X[start : start + 7], 3) for start in range(0, len(X), 7)])
    pd.testing.assert_frame_equal(parts.reset_index(drop=True), whole, rtol=1e-12)


def test_a_preprocessing_beyond_arithmetic_travels_with_skops(people, tmp_path):
    pytest.importorskip("skops")
    X, score = people
    X = X[["age", "income"]].fillna(3e3)
    model = make_pipeline(PowerTransformer(), LogisticRegression()).fit(X, score > 0)
    explainer = TabularExplainer(model, X)
    scorer = explainer.for_scoring()
    assert type(scorer) is LINEAR
    assert "kept with skops: PowerTransformer is neither arithmetic" in scorer.reason
    again = ScoringExplainer.load(scorer.save(tmp_path / "scorer"))
    known = explainer.explain_global(X[:20])
    np.testing.assert_allclose(wide(again.explain(X[:20]), X.columns), known.values[:, :, 1], atol=1e-9)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_number_that_the_preprocessing_makes_nothing_of_is_refused(people):
    X, score = people
    X = X[["age"]]
    model = make_pipeline(FunctionTransformer(np.log), Ridge()).fit(X, score)
    scorer = TabularExplainer(model, X).for_scoring()
    assert type(scorer) is LINEAR
    np.testing.assert_allclose(scorer.predict(X), model.predict(X))
    for age in (0, -3):
        with pytest.raises(
            InvalidInputError, match=f"column 'age' holds {age} in row 0, of which the prepro"
        ):
            scorer.explain({"age": age})


def test_familiar_constructors(people, prepared):
    X, score = people
    explainer = TabularExplainer(prepared(LogisticRegression()).fit(X, score > 0), X)
    scorer = LinearScoringExplainer(explainer)
    pd.testing.assert_frame_equal(scorer.explain(X[:3]), explainer.for_scoring().explain(X[:3]))
    other = KernelScoringExplainer(explainer)
    np.testing.assert_allclose(
        wide(other.explain(X[:3]), X.columns), wide(scorer.explain(X[:3]), X.columns), atol=1e-12
    )
    with pytest.raises(UnsupportedModelError, match=r"TreeScoringExplainer: the route of .* is linear"):
        TreeScoringExplainer(explainer)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"top_k": 0}, "top_k=0; give a whole number from 1, or None for all features"),
        ({"top_k": True}, "top_k=True"),
        ({"top_k": 2.5}, "top_k=2.5"),
        ({"level": "cooked"}, "level='cooked' is neither 'raw' nor 'engineered'"),
        ({"output": "maybe"}, "output='maybe' is not one of 'leaves', 'stays'"),
    ],
)
def test_arguments_that_do_not_fit_are_named(arguments, said):
    X, _, _, scorer = made(CASES[0])
    with pytest.raises(InvalidInputError) as raised:
        scorer.explain(X[:1], **arguments)
    assert said in str(raised.value)


def test_contributions_that_do_not_add_up_are_withheld(monkeypatch):
    X, _, _, scorer = made(CASES[0])
    wrong = scorer.form.base_values + 0.1
    monkeypatch.setitem(scorer.form.__dict__, "base_values", wrong)
    with pytest.raises(Exception, match="do not add up to its score"):
        scorer.explain(X[:1])


def test_it_says_what_it_is():
    _, _, _, scorer = made(CASES[0])
    assert repr(scorer) == "LinearScoringExplainer(LogisticRegression, 5 columns, binary)"
    assert scorer.unit == "log-odds"
    assert find_spec("interpret_widget.serving")
