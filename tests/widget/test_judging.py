"""Errors and uncertainty, against rows worked out by hand; the page has the same rules."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from interpret_widget.widget import judging


def test_the_error_of_a_class_is_one_minus_its_probability():
    shown = np.array([[0.9, 0.1], [0.3, 0.7], [0.5, 0.5]])
    found = judging.errors(
        shown,
        np.array([0.0, 0.0, np.nan]),
        task="binary",
        has_probabilities=True,
        threshold=0.5,
        output=1,
    )
    assert found[:2] == pytest.approx([0.1, 0.7])
    assert np.isnan(found[2])


def test_without_probabilities_a_row_is_right_or_wrong():
    shown = np.array([[-1.0, 1.0], [2.0, -2.0]])
    found = judging.errors(
        shown, np.array([1.0, 1.0]), task="binary", has_probabilities=False, threshold=0.9, output=1
    )
    assert found.tolist() == [0.0, 1.0]


def test_regression_errs_by_prediction_minus_outcome():
    found = judging.errors(
        np.array([[3.0], [1.0]]),
        np.array([1.0, 4.0]),
        task="regression",
        has_probabilities=False,
        threshold=0.5,
        output=0,
    )
    assert found.tolist() == [2.0, -3.0]


def test_the_least_certain_row_lies_at_the_boundary():
    shown = np.array([[0.9, 0.1], [0.69, 0.31], [0.2, 0.8]])
    rule = {"task": "binary", "has_probabilities": True}
    assert np.argmax(judging.uncertainty(shown, threshold=0.3, **rule)) == 1
    assert np.argmax(judging.uncertainty(shown, threshold=0.75, **rule)) == 2


def test_of_several_classes_the_lead_of_the_first_counts():
    shown = np.array([[0.5, 0.4, 0.1], [0.6, 0.2, 0.2]])
    found = judging.uncertainty(shown, task="multiclass", has_probabilities=True, threshold=0.5)
    assert found == pytest.approx([-0.1, -0.4])


@pytest.mark.parametrize(
    ("y", "codes"),
    [
        ([0, 1, 1], [0, 1, 1]),
        ([1.0, 0.0, np.nan], [1, 0, np.nan]),
        (["yes", "no", None], [1, 0, np.nan]),
        (["what", "no", "yes"], [np.nan, 0, 1]),
    ],
)
def test_outcomes_are_found_by_label_or_by_name(y, codes):
    explanation = SimpleNamespace(
        y=np.asarray(y, dtype=object if isinstance(y[0], str) else None),
        task="binary",
        class_values=(0, 1),
        output_names=("no", "yes"),
    )
    np.testing.assert_array_equal(judging.outcome_codes(explanation), codes)
