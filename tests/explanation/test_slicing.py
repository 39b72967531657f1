"""Slices are explanations with everything in step."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from interpret_widget.errors import InvalidInputError


def test_rows_take_everything_along(deep):
    part = deep[[3, 1]]
    assert np.array_equal(part.values, deep.values[[3, 1]])
    assert part.data.labels() == ["p-3", "p-1"]
    assert np.array_equal(part.y, np.asarray(deep.y)[[3, 1]])
    assert np.array_equal(part.engineered.values, deep.engineered.values[[3, 1]])
    pd.testing.assert_frame_equal(part.data.native, deep.data.native.iloc[[3, 1]])
    assert part.residual < 1e-9


@pytest.mark.parametrize(
    "rows", [slice(2, 9, 3), np.arange(40) % 7 == 0, np.array([5]), 5, -1, range(3), [True] * 40]
)
def test_rows_are_chosen_as_numpy_chooses_them(deep, rows):
    index = rows if not isinstance(rows, range) else list(rows)
    expected = deep.values[index]
    assert np.array_equal(deep[rows].values, expected if expected.ndim == 3 else expected[None])


def test_labels_find_rows(deep):
    assert deep.at("p-7").data.labels() == ["p-7"]
    assert deep.at(["p-7", "p-2"]).data.labels() == ["p-7", "p-2"]
    with pytest.raises(InvalidInputError, match="p-3"):
        deep.at("p-333")


def test_it_is_as_long_as_its_rows_and_gives_them_one_by_one(one):
    assert len(one) == 12
    assert [each.data.labels()[0] for each in one][:2] == ["p-0", "p-1"]


def test_some_features_no_longer_add_up_and_say_so(deep):
    part = deep.select(features=["age", "role"])
    assert part.feature_names == ("age", "role")
    assert part.residual is None
    assert any("do not add up" in note for note in part.notes)
    assert {part.engineered.feature_names[e] for e in part.lineage.children[1]} == {
        name for name in deep.engineered.feature_names if "role" in name
    }


def test_some_outputs_keep_their_names_and_add_up(three):
    part = three.select(outputs=["c", "a"])
    assert part.output_names == ("c", "a")
    assert np.array_equal(part.values, three.values[:, :, [2, 0]])
    assert part.residual < 1e-12


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"rows": [40]}, "rows: position 40 is out of range"),
        ({"rows": [True, False]}, "mask of 2 entries for 40 rows"),
        ({"rows": "p-3"}, r"use explanation.at\(label\)"),
        ({"features": ["agge"]}, "did you mean age"),
        ({"features": ["age", "age"]}, "'age' is chosen twice"),
        ({"outputs": [1.5]}, "give positions, names"),
        ({"features": []}, "features: nothing is chosen"),
        ({"outputs": []}, "outputs: nothing is chosen"),
        ({"rows": [1, [2]]}, "give a flat list"),
        ({"rows": 1.0}, "rows=1.0; give positions"),
    ],
)
def test_a_choice_that_is_not_there_is_refused(deep, choice, said):
    with pytest.raises(InvalidInputError, match=said):
        deep.select(**choice)


def test_row_and_feature_at_once_is_not_taken_for_two_rows(deep):
    for choice in ((1, 2), (slice(None), 0)):
        with pytest.raises(InvalidInputError, match=r"is a tuple.*select\(features="):
            deep[choice]


def test_nothing_of_it_can_be_written_to(three):
    for name in ("values", "base_values", "predictions", "y", "importance", "importance_error"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(three, name)[0] = 1.0
    with pytest.raises(AttributeError):
        three.exact = True
