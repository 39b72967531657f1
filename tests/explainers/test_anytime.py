"""Rounds: rough at once, then better; budgets of time, of predictions, and of error."""

from __future__ import annotations

import threading
import time

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression

from interpret_widget.errors import CancelledError, InvalidInputError
from interpret_widget.explainers import TabularExplainer, anytime, explain


def wavy(X):
    X = np.asarray(X, dtype=float)
    return np.sin(X[:, :6] @ np.linspace(0.3, 1.4, 6)) + X[:, 0] * X[:, 1] + np.abs(X).sum(axis=1)


@pytest.fixture
def numbers():
    return np.random.default_rng(0).normal(size=(120, 10))


def test_each_explanation_is_whole_and_better_than_the_one_before(numbers):
    explainer = TabularExplainer(wavy, numbers, max_evals=4_000)
    errors = []
    for explanation in explainer.explain_anytime(numbers[:5], wavy(numbers[:5])):
        assert explanation.residual < 1e-9
        np.testing.assert_allclose(explanation.base_values, wavy(numbers).mean())
        errors.append(np.sqrt((explanation.std_errors**2).mean()))
        last = explanation
    assert len(errors) >= 3
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.5 * errors[0]
    whole = explainer.explain_global(numbers[:5])
    spread = np.hypot(last.std_errors, whole.std_errors)
    assert np.all(np.abs(last.values - whole.values) < 5 * spread)


def test_exact_routes_answer_once(numbers):
    linear = TabularExplainer(LinearRegression().fit(numbers, numbers[:, 0]), numbers)
    assert [each.exact for each in linear.explain_anytime(numbers[:3])] == [True]
    few = TabularExplainer(lambda X: X[:, 0] * X[:, 1], numbers[:20, :3])
    assert [each.exact for each in few.explain_anytime(numbers[:3, :3])] == [True]


def test_time_is_kept_and_what_there_is_returned(numbers):
    def slow(X):
        time.sleep(2e-5 * len(X))
        return wavy(X)

    # What a machine compiles once is not what the time is for.
    explain(wavy, numbers[:20], background=numbers, max_evals=4_000)
    began = time.perf_counter()
    explanation = explain(slow, numbers[:20], background=numbers, max_seconds=1.0, max_evals=1_000_000)
    assert time.perf_counter() - began < 4
    assert not explanation.exact
    assert explanation.residual < 1e-9
    assert (explanation.std_errors > 0).all()


def test_tolerance_stops_early(numbers):
    asked = [0]

    def counted(X):
        asked[0] += len(X)
        return wavy(X)

    spread = wavy(numbers).std()
    counts = []
    for tolerance in (0.2, 0.02):
        asked[0] = 0
        explanation = explain(
            counted, numbers[:3], background=numbers, tolerance=tolerance, max_evals=100_000
        )
        assert explanation.std_errors.max() <= tolerance * spread
        counts.append(asked[0])
    assert counts[0] < counts[1] < 100_000


@pytest.mark.parametrize("wrong", [{"max_seconds": 0}, {"tolerance": -1}, {"tolerance": "much"}])
def test_limits_are_checked(numbers, wrong):
    name = next(iter(wrong))
    with pytest.raises(InvalidInputError, match=f"{name}=.* is not a number above 0"):
        TabularExplainer(wavy, numbers, **wrong)


def test_cancelled_between_rounds(numbers):
    stop = threading.Event()
    explainer = TabularExplainer(wavy, numbers, max_evals=20_000)
    found = explainer.explain_anytime(numbers[:3], cancel=stop)
    assert np.isfinite(next(found).values).all()
    stop.set()
    with pytest.raises(CancelledError):
        next(found)


def test_progress_of_rounds(numbers):
    steps = []
    for _ in TabularExplainer(wavy, numbers, max_evals=2_000).explain_anytime(
        numbers[:3], progress=lambda done, total: steps.append((done, total))
    ):
        pass
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


def test_a_row_costs_little_after_an_explanation(numbers):
    asked = [0]

    def counted(X):
        asked[0] += len(X)
        return wavy(X)

    explanation = explain(counted, numbers[:30], background=numbers)
    asked[0] = 0
    row = explanation.explainer.explain_row(explanation.data.take([4]))
    assert asked[0] < 32 * 10
    np.testing.assert_allclose(row.base_values, explanation.base_values, atol=1e-14)
    np.testing.assert_allclose(row.predictions, explanation.predictions[[4]], atol=1e-12)
    spread = np.hypot(row.std_errors[0], explanation.std_errors[4])
    assert np.all(np.abs(row.values[0] - explanation.values[4]) < 5 * spread)
    far = explanation.explainer.explain_row(explanation.data.edited(4, {"x0": 50.0}))
    assert far.residual < 1e-9
    assert np.abs(far.values).max() < 1_000


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_words_and_missing_values(library):
    rng = np.random.default_rng(0)
    n = 150
    frame = pd.DataFrame({f"n{at}": rng.normal(size=n) for at in range(8)})
    frame["word"] = rng.choice(["ash", "oak", "elm"], n)
    frame.loc[rng.random(n) < 0.2, "n1"] = np.nan

    def ask(X):
        X = X.to_pandas() if library == "polars" else X
        numbers = X.drop(columns="word").astype(float)
        score = numbers.fillna(-1).to_numpy().sum(axis=1) / 3 + (X["word"] == "oak") * X["n0"].astype(float)
        share = 1 / (1 + np.exp(-np.asarray(score)))
        return np.c_[1 - share, share]

    given = pl.from_pandas(frame) if library == "polars" else frame
    explanation = explain(ask, given[:4], background=given[20:120], classes=["no", "yes"], max_evals=1_500)
    assert explanation.output_names == ("no", "yes")
    assert explanation.residual < 1e-9
    np.testing.assert_allclose(explanation.values.sum(axis=2), 0, atol=1e-9)
    again = explain(ask, given[:4], background=given[20:120], classes=["no", "yes"], max_evals=1_500)
    np.testing.assert_array_equal(explanation.values, again.values)


def test_rows_that_are_alike_are_asked_once():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, size=(200, 8)).astype(float)
    asked = [0]

    def counted(rows):
        asked[0] += len(rows)
        return rows[:, 0] * rows[:, 1] + rows[:, 2:].prod(axis=1)

    explain(counted, X[:1], background=X, max_evals=20_000)
    assert asked[0] < 2_000


def test_a_drawn_part_of_the_background_stands_for_all_of_it(monkeypatch):
    """Blocks share one base value; errors include that other background rows might have been drawn."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3_000, 9))
    monkeypatch.setattr(anytime, "_BLOCK", 60_000)
    truth = explain(wavy, X[:12], background=X, max_evals=40_000, random_state=50)
    assert truth.background == "1,000 of 3,000 rows"
    scores = []
    for seed in range(8):
        few = explain(wavy, X[:12], background=X, max_evals=300, random_state=seed)
        assert few.residual < 1e-9
        assert few.background == "900 of 3,000 rows"
        spread = np.sqrt(few.std_errors**2 + truth.std_errors**2)
        scores.append(((few.values - truth.values) / spread) ** 2)
    assert 0.8 < np.sqrt(np.mean(scores)) < 1.2
    assert abs(few.base_values - wavy(X).mean()) < 0.1
    row = few.explainer.explain_row(few.data.take([3]))
    np.testing.assert_allclose(row.base_values, few.base_values, atol=1e-12)
