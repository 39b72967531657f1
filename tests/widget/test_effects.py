"""Curves of one feature, against scikit-learn and against asking the model row by row."""

from __future__ import annotations

import threading

import pytest
from sklearn.inspection import partial_dependence as sklearn_pd

from interpret_widget.errors import CancelledError
from interpret_widget.models import adapt
from interpret_widget.tabular import Dataset
from interpret_widget.widget.effects import Effects, grid_of, partial_dependence


def test_the_average_is_scikit_learns(binary):
    _, model, X, _ = binary
    some = X.iloc[:90]
    data = Dataset.of(some)
    average = Effects(adapt(model, data), data).average("income")
    truth = sklearn_pd(
        model,
        some,
        ["income"],
        response_method="predict_proba",
        method="brute",
        grid_resolution=40,
        percentiles=(0, 1),
    )
    assert average.n_rows == 90
    assert average.grid == pytest.approx(truth["grid_values"][0])
    assert average.mean[:, 1] == pytest.approx(truth["average"][0], abs=1e-9)


def test_the_curve_of_a_row_is_the_models_own(binary):
    _, model, X, _ = binary
    data = Dataset.of(X)
    effects = Effects(adapt(model, data), data)
    found = partial_dependence(effects, data.edited(7, {"age": 50}), "role", 0)
    labels = [data.schema["role"].label(int(code)) for code in found["grid"]]
    assert labels == ["clerk", "nurse", "smith"]
    asked = X.iloc[[7] * 3].assign(age=50, role=labels)
    assert found["ice"] == pytest.approx(model.predict_proba(asked)[:, 0].tolist())


def test_whole_numbers_stay_whole_and_span_the_data(regression):
    data = Dataset.of(regression[2])
    grid, values = grid_of(data, "age")
    assert (grid.min(), grid.max()) == (regression[2]["age"].min(), regression[2]["age"].max())
    assert all(isinstance(value, int) for value in values)
    grid, _ = grid_of(data, "income")
    assert len(grid) == 40


def test_an_average_is_asked_for_once(binary):
    _, model, X, _ = binary
    asked = []

    def counting(frame):
        asked.append(len(frame))
        return model.predict_proba(frame)

    data = Dataset.of(X)
    effects = Effects(adapt(counting, data, classes=["a", "b"]), data)
    effects.average("age")
    once = sum(asked)
    effects.average("age")
    assert sum(asked) == once


def test_a_cancelled_curve_ends_between_batches(binary):
    _, model, X, _ = binary
    data, token = Dataset.of(X), threading.Event()
    token.set()
    with pytest.raises(CancelledError):
        Effects(adapt(model, data), data).average("age", token)
