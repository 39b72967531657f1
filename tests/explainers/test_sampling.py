"""The sampling route: unbiased against the definition, honest errors, additive always."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from interpret_widget.errors import CancelledError, InvalidInputError
from interpret_widget.explainers import TabularExplainer, explain, game
from tests.explainers.conftest import _brute_force

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def bumpy(X):
    """Interactions of every order."""
    X = np.asarray(X, dtype=float)
    return np.prod(1 + 0.6 * np.sin(2 * X), axis=1) + X[:, 0] * X[:, -1]


def outputs(X):
    return np.asarray(bumpy(X)).reshape(-1, 1)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(1, 9), st.integers(0, 9_999), st.sampled_from([40, 200, 1000]))
def test_agrees_with_the_definition_within_its_errors(n_features, n_background, seed, budget):
    rng = np.random.default_rng(seed)
    background, rows = rng.normal(size=(n_background, n_features)), rng.normal(size=(3, n_features))
    explanation = explain(bumpy, rows, background=background, max_evals=budget, random_state=seed)
    np.testing.assert_allclose(explanation.base_values, outputs(background).mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(
        explanation.base_values + explanation.values.sum(axis=1), outputs(rows), atol=1e-10
    )
    truth = np.stack([_brute_force(outputs, row, background) for row in rows])
    assert explanation.exact == (n_background * (2**n_features - 2) <= budget)
    if explanation.exact:
        np.testing.assert_allclose(explanation.values, truth, atol=1e-10)
        assert not explanation.std_errors.any()
        assert explanation.reason.startswith("Exact on raw columns, as every coalition of them is asked: ")
    else:
        assert explanation.reason.startswith("Estimated on raw columns by sampling: ")
        typical = np.sqrt((explanation.std_errors**2).mean())
        assert np.sqrt(((explanation.values - truth) ** 2).mean()) < 5 * typical


@pytest.mark.parametrize(
    ("n_background", "n_used", "budget"),
    [(8, 8, 256), (8, 8, 1_000), (400, 200, 800), (100, 100, 1_600)],
    ids=["few", "more", "half of many", "all of many"],
)
def test_is_unbiased_and_its_errors_are_calibrated(n_background, n_used, budget, brute_force):
    rng = np.random.default_rng(1)
    background, row = rng.normal(size=(n_background, 8)), rng.normal(size=8)
    truth = brute_force(outputs, row, background)[:, 0]
    errors, claimed = [], []
    for seed in range(60):
        explanation = explain(bumpy, row[None], background=background, max_evals=budget, random_state=seed)
        assert explanation.explainer.background.n_rows == n_used
        assert explanation.residual < 1e-9
        errors.append(explanation.values[0, :, 0] - truth)
        claimed.append(explanation.std_errors[0, :, 0])
    errors, claimed = np.array(errors), np.array(claimed)
    assert np.all(np.abs(errors.mean(axis=0)) < 4 * errors.std(axis=0) / np.sqrt(len(errors)))
    ratio = np.sqrt((errors**2).mean(axis=0) / (claimed**2).mean(axis=0))
    assert np.all((ratio > 0.7) & (ratio < 1.4))
    assert 0.85 < ratio.mean() < 1.15


@pytest.mark.parametrize(
    "model", [MLPClassifier((8,), max_iter=300, random_state=0), KNeighborsClassifier(5), SVC(kernel="poly")]
)
def test_pipelines_of_mixed_columns(model, staff, brute_force, as_frame):
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer

    frame, y = staff
    prepared = ColumnTransformer(
        [
            ("n", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["age", "income"]),
            ("w", OneHotEncoder(min_frequency=10, handle_unknown="infrequent_if_exist"), ["city", "grade"]),
        ]
    )
    pipeline = make_pipeline(prepared, model).fit(frame, y)
    ask = getattr(pipeline, "predict_proba", None) or (
        lambda X: np.c_[-pipeline.decision_function(X), pipeline.decision_function(X)]
    )
    background, rows = frame[:25], frame[60:63]
    explanation = TabularExplainer(pipeline, background, max_evals=500).explain_global(rows)
    assert (explanation.method, explanation.exact, explanation.engineered) == ("sampling", False, None)
    np.testing.assert_allclose(explanation.predictions, ask(rows), atol=1e-10)
    assert explanation.residual < 1e-10
    truth = brute_force(
        lambda cells: ask(as_frame(cells, frame)),
        rows.to_numpy(dtype=object)[1],
        background.to_numpy(dtype=object),
    )
    off = np.abs(explanation.values[1] - truth)
    assert np.all(off <= 4.5 * explanation.std_errors[1] + 1e-9)
    assert not explanation.values[:, 4].any()  # "always" never changes
    assert not explanation.std_errors[:, 4].any()


def test_mixing_engineered_columns_changes_nothing(monkeypatch, staff):
    from sklearn.compose import ColumnTransformer

    frame, y = staff
    prepared = ColumnTransformer(
        [("n", StandardScaler(), ["income"]), ("w", OneHotEncoder(), ["city", "grade"])]
    )
    pipeline = make_pipeline(prepared, MLPClassifier((8,), max_iter=50, random_state=0)).fit(frame, y)
    quick = explain(pipeline, frame[:5], background=frame[:30])
    monkeypatch.setattr(game, "_WIDEST", 0)
    slow = explain(pipeline, frame[:5], background=frame[:30])
    np.testing.assert_allclose(quick.values, slow.values, atol=1e-12)
    np.testing.assert_allclose(quick.std_errors, slow.std_errors, atol=1e-6)


def test_a_preprocessing_that_reads_several_columns_late_is_found_out(staff):
    """A wrong descent of columns costs speed and nothing else: mixed rows are compared first."""
    frame, y = staff
    pipeline = make_pipeline(OneHotEncoder(handle_unknown="ignore"), MLPClassifier((4,), max_iter=30)).fit(
        frame[["city", "grade"]], y
    )
    wrong = TabularExplainer(pipeline, frame[["city", "grade"]])
    problem = wrong.explainer.problem
    swapped = tuple((1 - raws[0],) for raws in problem.lineage.parents)
    object.__setattr__(problem.lineage, "parents", swapped)
    explanation = wrong.explain_global(frame[["city", "grade"]][:10])
    right = explain(pipeline, frame[["city", "grade"]][:10], background=frame[["city", "grade"]])
    np.testing.assert_allclose(explanation.values, right.values, atol=1e-12)


def test_same_seed_same_answer_whatever_the_batches(small_batches, monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 6))
    small = explain(bumpy, X[:6], background=X, max_evals=400)
    monkeypatch.undo()
    large = explain(bumpy, X[:6], background=X, max_evals=400)
    np.testing.assert_allclose(small.values, large.values, atol=1e-12)
    again = explain(bumpy, X[:6], background=X, max_evals=400)
    np.testing.assert_array_equal(again.values, large.values)
    other = explain(bumpy, X[:6], background=X, max_evals=400, random_state=1)
    assert np.abs(other.values - large.values).max() > 1e-6


def test_what_if_plays_the_same_game():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 5)), columns=list("abcde"))
    explanation = explain(bumpy, X[:4], background=X)
    row = explanation.explainer.explain_row(explanation.data.take([2]))
    np.testing.assert_allclose(row.base_values, explanation.base_values, atol=1e-14)
    assert row.background == explanation.background == "200 rows"
    assert row.residual < 1e-12
    spread = np.hypot(row.std_errors[0], explanation.std_errors[2])
    assert np.all(np.abs(row.values[0] - explanation.values[2]) <= 5 * spread)
    edited = explanation.data.edited(2, {"a": 1.5})
    again = explanation.explainer.explain_row(edited)
    np.testing.assert_allclose(again.predictions, outputs(edited.native), atol=1e-12)


def test_budget():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5))
    asked = [0]

    def counted(rows):
        asked[0] += len(rows)
        return bumpy(rows)

    explainer = TabularExplainer(counted, X, max_evals=80)
    asked[0] = 0
    explainer.explain_global(X[:10])
    assert 500 < asked[0] <= 10 * 80  # mixed rows, explained rows, background rows
    with pytest.raises(InvalidInputError, match=r"max_evals=3.*at least 16"):
        TabularExplainer(bumpy, X, max_evals=3)


def test_many_rows_are_asked_about_less_each():
    X = np.random.default_rng(0).normal(size=(6000, 6))
    asked = [0]

    def counted(rows):
        asked[0] += len(rows)
        return bumpy(rows)

    many = explain(counted, X, background=X)
    assert asked[0] < 6000 * 5 * 25
    assert many.residual < 1e-9


def test_progress_and_cancel(small_batches):
    X = np.random.default_rng(0).normal(size=(30, 5))
    steps = []
    explain(bumpy, X[:4], background=X, progress=lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]
    assert len(steps) > 3
    stop = threading.Event()
    seen = []

    def stop_soon(done, total):
        seen.append(done)
        if len(seen) == 3:
            stop.set()

    with pytest.raises(CancelledError):
        explain(bumpy, X[:4], background=X, progress=stop_soon, cancel=stop)
    assert len(seen) == 3


def test_several_classes_add_up_to_nothing():
    X, y = load_wine(return_X_y=True, as_frame=True)
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(7)).fit(X, np.array(["a", "b", "c"])[y])
    explanation = explain(model, X[:8], background=X[::5])
    assert explanation.output_space == "probability"
    np.testing.assert_allclose(explanation.values.sum(axis=2), 0, atol=1e-12)
    np.testing.assert_allclose(explanation.probabilities, model.predict_proba(X[:8]))


def test_rows_of_another_library_are_refused():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)), columns=list("abc"))
    with pytest.raises(InvalidInputError, match=r"numpy.*pandas"):
        TabularExplainer(bumpy, X).explain_global(X.to_numpy())


def test_one_row_and_one_feature():
    explanation = explain(
        lambda X: np.asarray(X)[:, 0] ** 2, np.array([[3.0]]), background=np.array([[1.0], [2.0]])
    )
    assert explanation.exact
    np.testing.assert_allclose(explanation.values, [[[9 - 2.5]]])
    np.testing.assert_allclose(explanation.std_errors, 0)
    alone = explain(bumpy, np.ones((1, 4)), background=np.zeros((1, 4)))
    assert alone.residual < 1e-12
    assert np.isfinite(alone.std_errors).all()
