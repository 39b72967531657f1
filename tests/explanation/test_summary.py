"""Aggregates over all rows, against the plain formula."""

from __future__ import annotations

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from interpret_widget.explanation import summary
from interpret_widget.explanation.interaction import strongest_interaction

numbers = st.floats(-1e3, 1e3, width=32)
cubes = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 30), st.integers(1, 4), st.integers(1, 3)),
    elements=st.one_of(numbers, st.just(np.nan)),
)


@given(cubes)
def test_importance_is_the_mean_size_of_what_is_known(values):
    mean, error = summary.importance_with_error(values)
    for k in range(values.shape[2]):
        for j in range(values.shape[1]):
            known = np.abs(values[:, j, k][~np.isnan(values[:, j, k])])
            if not known.size:
                assert np.isnan(mean[k, j])
                continue
            assert mean[k, j] == pytest.approx(known.mean(), rel=1e-9, abs=1e-9)
            if known.size > 1:
                assert error[k, j] == pytest.approx(known.std(ddof=1) / np.sqrt(known.size), abs=1e-6)
            else:
                assert np.isnan(error[k, j])


def test_blocks_of_a_large_table_join_to_one_mean():
    values = np.random.default_rng(0).normal(size=(100_000, 5, 2)) + 1e4
    mean, error = summary.importance_with_error(values)
    assert mean == pytest.approx(np.abs(values).mean(axis=0).T, rel=1e-12)
    assert error == pytest.approx(values.std(axis=0, ddof=1).T / np.sqrt(100_000), rel=1e-6)


def test_errors_of_the_values_add_to_the_spread_over_rows():
    values = np.array([1.0, 3.0]).reshape(2, 1, 1)
    error = summary.importance_error(values, np.full((2, 1, 1), 0.5))
    assert error[0, 0] == pytest.approx(np.sqrt(2.0 / 2 + 2 * 0.25 / 4))


@given(hnp.arrays(np.float64, st.integers(1, 20), elements=st.one_of(numbers, st.just(np.nan))))
def test_a_ranking_goes_down_in_size_with_the_unknown_last(values):
    order = summary.ranking(values)
    ranked = np.abs(values[order])
    known = ranked[~np.isnan(ranked)]
    assert np.all(np.diff(known) <= 0)
    assert np.isnan(ranked[len(known) :]).all()
    assert sorted(order.tolist()) == list(range(len(values)))


@given(hnp.arrays(np.float64, st.integers(2, 60), elements=st.integers(-5, 5).map(float)))
def test_scaled_ranks_are_average_ranks(column):
    found = summary.rank_scaled(column)
    ranks = rankdata(column)
    spread = ranks.max() - ranks.min()
    expected = (ranks - ranks.min()) / spread if spread else np.full(len(column), 0.5)
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("n", [50, 30_000])
def test_the_density_counts_every_row_once_in_its_bin(n):
    rng = np.random.default_rng(1)
    values, codes = rng.normal(size=(n, 3)), rng.normal(size=(n, 3))
    values[5, 0] = np.nan
    counts, shade, (low, high) = summary.density(values, codes, 20)
    assert (low, high) == (np.nanmin(values), np.nanmax(values))
    for j in range(3):
        known = values[~np.isnan(values[:, j]), j]
        expected = np.histogram(known, bins=20, range=(low, high))[0]
        assert np.abs(counts[j].astype(int) - expected).sum() <= 4  # edges fall to one side or the other
        assert counts[j].sum() == len(known)
    assert np.array_equal(np.isnan(shade), counts == 0)


def test_the_shade_of_a_bin_tells_low_from_high():
    codes = np.arange(100.0)[:, None]
    _, shade, _ = summary.density(codes, codes, 10)
    assert np.all(np.diff(shade[0]) > 0)


def test_the_strongest_interaction_is_the_one_in_the_formula():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(800, 5))
    values = np.stack([x[:, 0] * x[:, 3], x[:, 1], x[:, 2] ** 2, x[:, 0] * x[:, 3], 0 * x[:, 4]], axis=1)
    found = strongest_interaction(values[:, :, None], x)
    assert found.tolist() == [3, -1, -1, 0, -1]


def test_without_rows_enough_there_is_no_interaction():
    assert strongest_interaction(np.ones((5, 3, 1)), np.ones((5, 3))).tolist() == [-1, -1, -1]
