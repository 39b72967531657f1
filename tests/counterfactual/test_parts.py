"""Goals, distances and the choice among many, on cases small enough to see."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from interpret_widget.counterfactual.constraints import columns_of, read_constraints
from interpret_widget.counterfactual.distance import Distance
from interpret_widget.counterfactual.goal import Goal
from interpret_widget.counterfactual.selection import chosen, plausibility
from interpret_widget.tabular import Dataset

TIE = np.array([[0.5, 0.5], [0.4, 0.6], [0.6, 0.4]])


@pytest.mark.parametrize(
    ("goal", "reached"),
    [
        # The largest answer decides: neither class wins a tie.
        (Goal("b", (1,)), [False, True, False]),
        (Goal("a", (0,)), [False, False, True]),
        # A threshold decides: the second class has it from there on.
        (Goal("b", (1,), decision=0.5), [True, True, False]),
        (Goal("a", (0,), decision=0.5), [False, False, True]),
        (Goal("b", (1,), decision=0.3, threshold=0.55), [False, True, False]),
    ],
)
def test_a_goal_is_reached_by_the_rule_that_predicts(goal, reached):
    assert goal.reached(TIE).tolist() == reached
    assert ((goal.gap(TIE) == 0) == reached).all()


def test_several_classes_and_intervals():
    shown = np.array([[0.5, 0.3, 0.2], [0.3, 0.3, 0.4]])
    assert Goal("other", (1, 2)).gap(shown) == pytest.approx([0.2, 0.0])
    numbers = np.array([[1.0], [2.5], [4.0]])
    assert Goal("", interval=(2.0, 3.0)).gap(numbers).tolist() == [1.0, 0.0, 1.0]


def test_distances_are_gowers_with_robust_spans_and_missing_values():
    X = pd.DataFrame({"n": [*np.arange(101.0), np.nan], "level": ["a", "b"] * 51})
    data = Dataset.of(X)
    distance = Distance.of(data)
    codes = data.codes()
    assert distance.apart(codes[[10, 11, 101]], codes[0]) == pytest.approx(
        np.array([[10 / 90, 0], [11 / 90, 1], [1, 1]])
    )
    assert distance.between(codes[[100]], codes[0]) == pytest.approx([0.5])  # capped at 1, and the same level
    assert distance.nearest(codes[:1], codes, skip_same=True) == pytest.approx([2 / 90 / 2])


def test_plausibility_is_the_share_of_real_rows_that_are_no_less_alone():
    real = np.array([[0.0], [1.0], [3.0], [7.0]])  # nearest neighbours at 1, 1, 2, 4
    distance = Distance(np.array([10.0]))
    rows = np.array([[0.0], [4.5], [10.0], [1.0]])  # nearest real rows at 0, 1.5, 3, 0
    found = plausibility(rows, real, distance, np.random.default_rng(0))
    assert found == pytest.approx([1.0, 0.5, 0.25, 1.0])
    assert np.isnan(plausibility(rows, real[:1], distance, np.random.default_rng(0))).all()


def test_alternatives_differ_in_their_columns():
    own = np.zeros(4)
    rows = np.array([[1.0, 0, 0, 0], [1.0, 0.1, 0, 0], [1.0, 0, 0.1, 0], [0, 0, 0.8, 0.8]])
    picked = chosen(rows, own, np.empty((0, 4)), Distance(np.ones(4)), 2)
    assert picked == [0, 3], "a second change beside the first is no alternative"


def test_numbers_are_tried_in_the_unit_of_the_data():
    X = pd.DataFrame(
        {"cents": [0.25, 1.5, 9.75], "code": [1.0, 4.0, 9.0], "any": [0.1234567, 3.7654321, 8.0]}
    )
    data = Dataset.of(X)
    wishes = read_constraints(
        data, fixed=(), only=None, ranges={"cents": (0, 20)}, directions={"code": "up"}, max_changes=None
    )
    cents, code, any_ = columns_of(data, data.codes()[1], wishes)[0]
    assert (cents.step, code.step, any_.step) == (0.01, 1.0, 1e-3)
    assert code.values.tolist() == [9.0]
    assert {0.0, 2.5, 20.0} <= set(cents.values)
    assert np.array_equal(cents.rounded(np.array([0.304, 0.29999])), [0.3, 0.3])
