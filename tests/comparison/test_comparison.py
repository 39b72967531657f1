"""Two explanations side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LinearRegression, LogisticRegression

from interpret_widget import Explanation, compare, explain
from interpret_widget.comparison.drifting import adjusted, stability_index
from interpret_widget.comparison.ranks import moved_share, ndcg
from interpret_widget.comparison.separable import separability
from interpret_widget.errors import InvalidInputError

WEIGHTS = np.array([3.0, 2.0, 1.0])


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(600, 3)), columns=["pay", "age", "noise"])
    return frame, frame @ WEIGHTS


@pytest.fixture(scope="module")
def model(people):
    return LinearRegression().fit(*people)


def of(model, table, people):
    return explain(model, table, background=people[0])


def test_the_same_distribution_has_not_drifted(model, people):
    table = people[0]
    found = compare(of(model, table[:300], people), of(model, table[300:], people), names=("train", "live"))
    assert found.drifted == []
    assert not found.is_paired
    assert found.moved < 0.03
    assert found.ndcg == 1.0
    assert found.of().separability.p_value > 0.01
    assert "From train to live no feature's contributions have clearly drifted." in found.words()


def test_a_column_that_moved_is_found_and_measured(model, people):
    table = people[0]
    live = table[300:].assign(age=table["age"][300:] + 1.0)
    found = compare(of(model, table[:300], people), of(model, live, people), names=("train", "live"))
    assert found.drifted == ["age"]
    line = found.to_frame().iloc[0]
    assert line["feature"] == "age"
    # A shift by 1 moves the contributions by their weight, 2.
    assert line["distance"] == pytest.approx(2.0, abs=0.25)
    assert line["psi"] > 0.25
    assert line["outside_range"] > 0
    assert found.of().mean_after - found.of().mean_before == pytest.approx(2.0, abs=0.7)
    assert found.of().separability.auc > 0.7
    assert found.of().separability.p_value < 1e-4
    assert "age" in found.words()[0]


def test_new_levels_ranges_and_gaps_are_named():
    before = pd.DataFrame({"role": ["a", "b"] * 60, "pay": np.arange(120.0)})
    after = pd.DataFrame({"role": ["a", "c", "<b>"] * 40, "pay": np.arange(120.0) + 60})
    after.loc[:11, "pay"] = np.nan
    values = np.random.default_rng(0).normal(size=(120, 2))
    found = compare(Explanation.from_values(values, before), Explanation.from_values(values, after))
    lines = found.to_frame().set_index("feature")
    assert lines.loc["role", "new_categories"] == ("c", "<b>")
    assert lines.loc["role", "new_share"] == pytest.approx(2 / 3)
    # Of the numbers that are there: 72 to 179, of which those above 119.
    assert lines.loc["pay", "outside_range"] == pytest.approx(60 / 108)
    assert lines.loc["pay", "missing_after"] == pytest.approx(0.1)
    assert "missing 0.0% → 10.0%" in lines.loc["pay", "remarks"]
    assert "<b>" not in found._repr_html_()
    assert "&lt;b&gt;" in found._repr_html_()


def test_the_same_rows_tell_who_flipped(people, tmp_path):
    table, total = people
    outcome = np.where(total > 0, "yes", "no")
    one = LogisticRegression().fit(table, outcome)
    other = LogisticRegression().fit(table.drop(columns="age").assign(age=0.0)[table.columns], outcome)
    rows = table[:100]
    before, after = of(one, rows, people), of(other, rows, people)
    found = compare(before, after, names=("main", "branch"))
    assert found.is_paired
    flipped = one.predict(rows) != other.predict(rows)
    assert found.flipped == pytest.approx(flipped.mean())
    named = found.to_frame("rows")
    assert set(named.index[named["flipped"]]) == {str(label) for label in rows.index[flipped]}
    first = named.iloc[0]
    assert first["feature"] == "age"
    row = list(map(str, rows.index)).index(named.index[0])
    change = other.predict_proba(rows)[row, 1] - one.predict_proba(rows)[row, 1]
    assert first["change"] == pytest.approx(change)
    assert found.of().separability is None
    page = found.save_html(tmp_path / "diff.html").read_text("utf-8")
    assert "main" in page
    assert "Rows with another predicted class" in page
    assert "<script" not in page


def test_rows_that_are_only_numbered_alike_are_not_the_same(model, people):
    table = people[0].reset_index(drop=True)
    other = table[::-1].reset_index(drop=True)
    assert not compare(of(model, table, people), of(model, other, people)).is_paired
    assert compare(of(model, table, people), of(model, table[:50], people)).is_paired


def test_polars_and_pandas_are_compared_alike(model, people):
    table = people[0]
    fitted = LinearRegression().fit(table.to_numpy(), people[1])
    one, two = table[:300], table[300:] * 2
    pandas = compare(explain(fitted, one, background=table), explain(fitted, two, background=table))
    back = pl.from_pandas(table)
    as_polars = compare(
        explain(fitted, pl.from_pandas(one), background=back),
        explain(fitted, pl.from_pandas(two), background=back),
    )
    pd.testing.assert_frame_equal(pandas.to_frame(), as_polars.to_frame())


def test_features_are_matched_by_name(model, people):
    table = people[0]
    values = of(model, table, people).values
    one = Explanation.from_values(values[..., 0], table)
    order = ["noise", "pay", "age"]
    two = Explanation.from_values(values[:, [2, 0, 1], 0], table[order])
    found = compare(one, two)
    assert found.moved == pytest.approx(0, abs=1e-12)
    assert found.to_frame()["distance"].max() == pytest.approx(0, abs=1e-12)
    fewer = compare(one, two.select(features=["pay", "age"]))
    assert fewer.left_out == (("noise",), ())
    assert "Only before: noise." in fewer.words()


def test_what_cannot_be_compared_is_refused(model, people):
    whole = of(model, people[0], people)
    with pytest.raises(InvalidInputError, match="no feature in common"):
        compare(whole, Explanation.from_values(np.ones((3, 2)), feature_names=["x", "z"]))
    with pytest.raises(InvalidInputError, match="same model_output"):
        compare(
            whole,
            Explanation.from_values(np.ones((3, 3)), feature_names=list(people[0]), output_space="log-odds"),
        )
    with pytest.raises(InvalidInputError, match=r"after is a dict; give an Explanation"):
        compare(whole, {})
    with pytest.raises(InvalidInputError, match="the second explanation has no rows"):
        compare(whole, whole[:0])
    with pytest.raises(InvalidInputError, match="two different names"):
        compare(whole, whole, names=("a", "a"))
    found = compare(whole, whole)
    with pytest.raises(InvalidInputError, match="is not compared"):
        found.of("nobody")
    with pytest.raises(InvalidInputError, match="top_k=0"):
        found.figure(0)


def test_the_figure_shows_both_sides(model, people):
    table = people[0]
    found = compare(of(model, table[:300], people), of(model, table[300:] * [1, 4, 1], people))
    then, now = found.figure(2).data
    assert then.x[0] == pytest.approx(found.to_frame()["share_before"].iloc[0])
    assert now.x[0] == pytest.approx(found.to_frame()["share_after"].iloc[0])
    assert len(now.x) == 2


def test_ndcg_is_the_sum_it_says():
    before, after = np.array([5.0, 1.0, 3.0]), np.array([1.0, 9.0, 2.0])
    by_hand = (1.0 / np.log2(2) + 3.0 / np.log2(3) + 5.0 / np.log2(4)) / (5.0 + 3.0 / np.log2(3) + 1.0 / 2)
    assert ndcg(before, after) == pytest.approx(by_hand)


@given(arrays(float, 5, elements=st.floats(0, 100)), arrays(float, 5, elements=st.floats(0, 100)))
def test_shares_and_orders_stay_in_bounds(before, after):
    assert 0 <= moved_share(before, after) <= 1 + 1e-12
    assert 0 <= ndcg(before, after) <= 1 + 1e-12
    assert ndcg(before, before) == pytest.approx(1)
    assert moved_share(before, 3 * before) == pytest.approx(0, abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_values_are_scipys(p_values):
    from scipy.stats import false_discovery_control

    expected = false_discovery_control(p_values)
    np.testing.assert_allclose(adjusted(np.array(p_values)), expected)


def test_the_stability_index_by_hand():
    before, after = np.repeat([0.0, 1.0], [50, 50]), np.repeat([0.0, 1.0], [80, 20])
    by_hand = 0.3 * np.log(0.8 / 0.5) - 0.3 * np.log(0.2 / 0.5)
    assert stability_index(before, after, is_discrete=True) == pytest.approx(by_hand)
    assert stability_index(before, before, is_discrete=False) == 0
    tenths = np.arange(1_000.0)
    assert stability_index(tenths, np.append(tenths, tenths), is_discrete=False) == pytest.approx(0)
    # All are in the highest of ten bins now.
    moved = 0.9 * np.log(1 / 0.1) + 9 * (1e-4 - 0.1) * np.log(1e-4 / 0.1)
    assert stability_index(tenths, tenths + 5_000, is_discrete=False) == pytest.approx(moved)


def test_false_alarms_are_as_rare_as_said():
    rng = np.random.default_rng(0)
    alarms = [
        separability(rng.normal(size=(80, 3)), rng.normal(size=(80, 3)), seed).p_value < 0.1
        for seed in range(60)
    ]
    assert np.mean(alarms) < 0.2
    assert separability(rng.normal(size=(39, 3)), rng.normal(size=(80, 3)), 0) is None
