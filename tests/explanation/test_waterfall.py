"""Steps from the base value to the prediction; the page's rules are held to the same golden file."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpret_widget.explanation.summary import waterfall
from tests.golden import make_waterfall

GOLDEN = Path(__file__).parents[1] / "golden" / "waterfall.json"


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=30), st.floats(-10, 10), st.integers(1, 30))
def test_steps_join_and_end_at_the_prediction(values, base, top_k):
    steps = waterfall(values, base, top_k)
    assert steps[0].start == base
    assert all(one.end == other.start for one, other in itertools.pairwise(steps))
    assert steps[-1].end == pytest.approx(base + sum(values), abs=1e-9)
    assert sorted(j for step in steps for j in step.members) == list(range(len(values)))
    sizes = [abs(step.value) for step in steps if step.feature >= 0]
    assert sizes == sorted(sizes, reverse=True)


def test_a_rest_of_one_is_shown_by_its_name():
    assert [step.feature for step in waterfall([3.0, 2.0, 1.0], 0, 2)] == [0, 1, 2]
    assert [step.feature for step in waterfall([3.0, 2.0, 1.0, 0.5], 0, 2)] == [0, 1, -1]


def test_what_is_unknown_moves_nothing():
    steps = waterfall([np.nan, 2.0], 1.0, 5)
    assert [step.feature for step in steps] == [1, 0]
    assert np.isnan(steps[1].value)
    assert steps[1].start == steps[1].end == 3.0


@pytest.mark.parametrize("case", json.loads(GOLDEN.read_text("utf-8")), ids=lambda case: case["name"])
def test_python_still_takes_the_golden_steps(case):
    found = waterfall(case["values"], case["base"], case["top_k"])
    assert len(found) == len(case["steps"])
    for step, wanted in zip(found, case["steps"], strict=True):
        assert step.feature == (-1 if wanted["feature"] is None else wanted["feature"])
        assert (step.value, step.start, step.end) == pytest.approx(
            (wanted["value"], wanted["start"], wanted["end"])
        )


def test_the_golden_file_is_what_its_script_writes():
    assert json.loads(GOLDEN.read_text("utf-8")) == make_waterfall.cases()
