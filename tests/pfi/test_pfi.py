"""Permutation importance against scikit-learn's and closed forms; what matters ranks first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import f1_score, mean_absolute_error, mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from interpret_widget import CancelledError, PFIExplainer
from interpret_widget.errors import InvalidInputError

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(4_000, 3)), columns=["strong", "weak", "none"])
Y = 3 * X.strong + X.weak


@pytest.fixture(scope="module")
def linear():
    return LinearRegression().fit(X, Y)


def test_the_closed_form_of_a_linear_model(linear):
    found = PFIExplainer(linear, metric=mean_squared_error, n_repeats=20).explain_global(X, Y)
    # Independent copies add 2 β² var.
    due = 2 * np.array([9, 1, 0]) * X.to_numpy().var(axis=0)
    np.testing.assert_allclose(found.mean, due, rtol=0.03, atol=1e-9)
    assert found.is_error_metric
    assert found.get_ranked_global_names() == ["strong", "weak", "none"]


def test_errors_and_scores_rank_alike(linear):
    ranked = {
        name: PFIExplainer(linear, metric=metric, is_error_metric=is_error)
        .explain_global(X, Y)
        .get_ranked_global_names()
        for name, metric, is_error in [
            ("score", "r2", None),
            ("negative", "neg_mean_absolute_error", None),
            ("guessed", mean_absolute_error, None),
            ("said", lambda y, p: np.mean((y - p) ** 2), True),
        ]
    }
    assert set(map(tuple, ranked.values())) == {("strong", "weak", "none")}


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "neg_log_loss"])
def test_agrees_with_scikit_learn(metric):
    data, y = load_diabetes(return_X_y=True, as_frame=True)
    y = (y > 150).map({True: "ill", False: "well"})
    model = RandomForestClassifier(50, random_state=0, max_depth=4).fit(data, y)
    found = PFIExplainer(model, metric=metric, n_repeats=40).explain_global(data, y)
    theirs = permutation_importance(model, data, y, scoring=metric, n_repeats=40, random_state=1)
    spread = np.hypot(found.std, theirs.importances_std) / np.sqrt(40)
    np.testing.assert_array_less(np.abs(found.mean - theirs.importances_mean), 4.5 * spread + 1e-12)


def test_the_same_permutations_give_the_same_numbers(linear):
    found = PFIExplainer(linear, metric="r2", n_repeats=3).explain_global(X, Y)
    for column in range(3):
        rng = np.random.default_rng([0, column])
        for repeat in range(3):
            moved = X.copy()
            moved.iloc[:, column] = X.iloc[rng.permutation(len(X)), column].to_numpy()
            due = linear.score(X, Y) - linear.score(moved, Y)
            assert found.importances[column, repeat] == pytest.approx(due, abs=1e-12)


def test_raw_columns_are_permuted_through_the_pipeline():
    raw = X.assign(kind=RNG.choice(["x", "y", "z"], len(X)))
    y = (X.strong + 2 * (raw.kind == "z") > 1).astype(int)
    front = ColumnTransformer([("n", StandardScaler(), list(X)), ("c", OneHotEncoder(), ["kind"])])
    model = make_pipeline(front, LogisticRegression()).fit(raw, y)
    found = PFIExplainer(model, metric=f1_score).explain_global(raw, y)
    assert set(found.get_ranked_global_names(2)) == {"strong", "kind"}
    apart = PFIExplainer(model[-1], transformations=model[0], metric=f1_score).explain_global(raw, y)
    np.testing.assert_allclose(apart.importances, found.importances, atol=1e-12)


def test_conditional_permutation_leaves_a_copy_little():
    both = X.assign(copy=X.strong + 0.01 * RNG.normal(size=len(X)))
    y = Y + both["copy"]
    model = LinearRegression().fit(both, y)
    plain = PFIExplainer(model, metric="r2").explain_global(both, y)
    told = PFIExplainer(model, metric="r2", conditional=True).explain_global(both, y)
    at = plain.feature_names.index("copy")
    assert told.conditional
    assert told.mean[at] < 0.2 * plain.mean[at]
    # Independent columns keep nearly all of theirs.
    weak = plain.feature_names.index("weak")
    assert told.mean[weak] > 0.6 * plain.mean[weak]


def test_models_with_decision_values_functions_and_arrays():
    y = np.where(X.strong > 0, "b", "a")
    machine = SVC(kernel="linear").fit(X[:500], y[:500])
    assert PFIExplainer(machine, metric="roc_auc").explain_global(X[:500], y[:500]).order[0] == 0
    found = PFIExplainer(lambda rows: rows[:, 0] * 2.0).explain_global(X.to_numpy(), Y)
    assert found.order[0] == 0
    polars = pytest.importorskip("polars")
    table = polars.from_pandas(X)
    found = PFIExplainer(lambda rows: rows["strong"].to_numpy()).explain_global(table, Y)
    assert found.get_ranked_global_names(1) == ["strong"]


def test_the_result_as_a_frame_and_a_picture(linear):
    found = PFIExplainer(linear).explain_global(X, Y)
    frame = found.to_frame()
    assert frame.index.tolist() == ["strong", "weak", "none"]
    assert frame["is_clear"].tolist() == [True, True, False]
    figure = found.figure(top_k=2)
    assert list(figure.data[0].y) == ["weak", "strong"]
    assert "r2" in figure.layout.xaxis.title.text
    assert list(found.get_feature_importance_dict(1)) == ["strong"]


def test_progress_cancel_and_one_column(linear):
    told = []
    PFIExplainer(linear, n_repeats=2).explain_global(X, Y, progress=lambda *step: told.append(step))
    assert told[-1] == (3, 3)
    with pytest.raises(CancelledError):
        PFIExplainer(linear).explain_global(X, Y, cancel=lambda: True)
    one = LinearRegression().fit(X[["strong"]], Y)
    assert PFIExplainer(one, conditional=True).explain_global(X[["strong"]], Y).mean[0] > 0.5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"metric": "acuracy"}, "did you mean accuracy"),
        ({"metric": 3}, "metric=3"),
        ({"metric": "r2", "is_error_metric": True}, "more is always better"),
        ({"metric": "r2", "metric_args": {"a": 1}}, "metric_args"),
        ({"metric": "roc_auc"}, "metric='roc_auc' raised"),
        ({"n_repeats": 0}, "n_repeats=0"),
    ],
)
def test_bad_input_is_named(linear, options, said):
    with pytest.raises(InvalidInputError, match=said):
        PFIExplainer(linear, **options).explain_global(X, Y)


def test_there_are_no_local_values(linear):
    with pytest.raises(InvalidInputError, match="single rows"):
        PFIExplainer(linear).explain_local(X[:1])
    with pytest.raises(InvalidInputError, match="4000 rows"):
        PFIExplainer(linear).explain_global(X, Y[:5])
