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


RNG = np.random.default_rng(0)
N = 30_000
LONG = {
    "normal": RNG.normal(size=N),
    "lognormal": np.exp(3 * RNG.normal(size=N)),
    "one outlier": np.where(np.arange(N) == 7, 6e4, RNG.random(N)),
    "many zeros": np.where(RNG.random(N) < 0.7, 0.0, np.exp(2.5 * RNG.normal(size=N))),
    "two scales": np.where(RNG.random(N) < 0.5, RNG.random(N), 1e4 * RNG.random(N)),
    "wide whole numbers": RNG.integers(0, 10**9, N).astype(float),
    "infinite": np.where(RNG.random(N) < 0.1, np.inf, RNG.random(N)),
    "single precision": RNG.normal(size=N).astype(np.float32),
    "missing": np.where(RNG.random(N) < 0.5, np.nan, RNG.normal(size=N)),
}


@pytest.mark.parametrize("name", LONG)
def test_ranks_of_many_rows_are_close(name):
    column = LONG[name]
    known = ~np.isnan(column)
    ranks = rankdata(column[known])
    found = summary.rank_scaled(column)
    assert np.isnan(found[~known]).all()
    expected = (ranks - ranks.min()) / (ranks.max() - ranks.min())
    assert np.abs(found[known] - expected).max() < 5e-3


def test_ranks_of_many_whole_numbers_are_exact():
    column = RNG.integers(-300, 40_000, N).astype(float)
    ranks = rankdata(column)
    assert summary.rank_scaled(column) == pytest.approx((ranks - ranks.min()) / np.ptp(ranks), abs=1e-6)


@given(
    hnp.arrays(
        np.float64, st.tuples(st.integers(1, 40), st.just(2)), elements=st.one_of(numbers, st.just(np.nan))
    ),
    hnp.arrays(np.float64, st.tuples(st.just(40), st.just(2)), elements=st.sampled_from([0.0, 1, 2, np.nan])),
)
def test_the_density_is_what_a_loop_over_rows_counts(values, codes):
    codes = codes[: len(values)]
    counts, shade, (low, high) = summary.density(values, codes, 8)
    known = values[~np.isnan(values)]
    assert not known.size or low <= known.min() <= known.max() <= high
    for j in range(2):
        ranks = summary.rank_scaled(codes[:, j])
        in_bin = [[] for _ in range(8)]
        for value, rank in zip(values[:, j], ranks, strict=True):
            if not np.isnan(value):
                in_bin[min(int((value - low) * (8 / (high - low))), 7)].append(rank)
        assert counts[j].tolist() == [len(each) for each in in_bin]
        for found, each in zip(shade[j], in_bin, strict=True):
            kept = [rank for rank in each if not np.isnan(rank)]
            assert found == pytest.approx(np.mean(kept) if kept else np.nan, abs=1e-6, nan_ok=True)


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


def test_other_features_that_only_look_like_the_cause_are_passed_over():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(900, 6))
    x[:, 5] = x[:, 2] + 0.8 * rng.normal(size=900)  # goes along with the cause
    values = np.zeros((900, 6))
    values[:, 0] = x[:, 0] * x[:, 2]
    values[:, 3] = rng.normal(size=900)  # noise that nothing explains
    found = strongest_interaction(values[:, :, None], x)
    assert found[0] == 2
    assert found[3] == -1


def test_a_category_can_be_the_cause():
    rng = np.random.default_rng(4)
    x = np.stack([rng.integers(0, 4, 900), rng.normal(size=900), rng.normal(size=900)], axis=1).astype(float)
    effect = np.array([1.0, -1.0, 0.5, 0.0])[x[:, 0].astype(int)] * x[:, 1]
    values = np.stack([effect, effect, x[:, 2]], axis=1)[:, :, None]
    assert strongest_interaction(values, x, discrete=[True, False, False]).tolist() == [1, 0, -1]
