"""Bring-your-own values: layouts in use are read, the rest is refused with the mend."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from interpret_widget import Explanation
from interpret_widget.errors import InvalidInputError

V = np.arange(24.0).reshape(4, 3, 2)
X = pd.DataFrame(np.ones((4, 3)), columns=["a", "b", "c"])


def test_a_cube_a_list_and_a_matrix_are_read():
    assert np.array_equal(Explanation.from_values([V[..., 0], V[..., 1]], X).values, V)
    assert Explanation.from_values(V[..., 0], X).values.shape == (4, 3, 1)
    assert Explanation.from_values(V.astype(np.float32), X).values.dtype == np.float32


def test_two_names_for_one_output_are_a_binary_classifier():
    given = Explanation.from_values(
        V[..., 0], X, base_values=0.5, predictions=0.5 + V[..., 0].sum(axis=1), output_names=["no", "yes"]
    )
    assert given.task == "binary"
    assert np.array_equal(given.values[..., 1], V[..., 0])
    assert np.array_equal(given.values[..., 0], -V[..., 0])
    assert given.residual == 0.0


def test_in_probability_space_the_other_class_gets_the_rest():
    p = np.array([0.2, 0.9, 0.4, 0.5])
    given = Explanation.from_values(
        np.tile((p - 0.5)[:, None] / 3, (1, 3)),
        X,
        base_values=0.5,
        predictions=p,
        output_names=["no", "yes"],
        output_space="probability",
    )
    assert given.predictions[:, 0] == pytest.approx(1 - p)
    assert given.probabilities[:, 1] == pytest.approx(p)
    assert given.residual < 1e-12


def test_what_is_not_given_is_noted():
    given = Explanation.from_values(V[..., 0])
    assert given.feature_names == ("feature 0", "feature 1", "feature 2")
    assert given.residual is None
    assert any("base value" in note for note in given.notes)
    assert any("feature values" in note for note in given.notes)
    assert not given.exact


def test_a_gap_between_sum_and_prediction_is_the_residual():
    given = Explanation.from_values(V[..., 0], X, base_values=1.0, predictions=V[..., 0].sum(axis=1))
    assert given.residual == pytest.approx(1.0)


def test_the_name_of_the_target_is_the_unit():
    assert Explanation.from_values(V[..., 0], X, y=pd.Series([1, 2, 3, 4], name="price")).unit == "price"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"values": V[0, :, 0]}, r"values\[None, :\]"),
        ({"values": [[1, "x", 3]] * 4}, "cannot be read as numbers"),
        ({"values": np.full((4, 3), np.inf)}, "infinite at row 0, feature 0"),
        ({"values": V[..., 0].T}, "give values.T"),
        ({"values": np.ones((4, 4))}, r"base_values=values\[0, -1\]"),
        ({"base_values": [1, 2, 3, 5]}, "differs from row to row"),
        ({"base_values": np.nan}, "must be finite"),
        ({"predictions": [1, 2]}, r"predictions has shape \(2,\); give \(4, 1\)"),
        ({"y": [1, 2]}, "give one outcome for each row"),
        ({"output_names": ["a", "b", "c"]}, "3 names for 1 outputs"),
        ({"output_space": "odds"}, "choose one of 'probability', 'log-odds', 'raw'"),
        ({"task": "ranking"}, "choose one of 'binary'"),
        ({"std_errors": np.ones((4, 2))}, "std_errors has shape"),
        ({"output_names": ["no", "yes"], "y": [7, 8, 7, 8]}, "give output_names as they stand in y"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_mend(arguments, said):
    given = {"values": V[..., 0], "data": X, **arguments}
    with pytest.raises(InvalidInputError, match=said):
        Explanation.from_values(given.pop("values"), given.pop("data"), **given)
