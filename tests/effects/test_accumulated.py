"""Accumulated local effects against closed forms and a loop."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpret_widget import accumulated_local_effects, partial_dependence
from interpret_widget.errors import InvalidInputError


@pytest.fixture(scope="module")
def alike():
    """Two columns that are nearly one."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 3, size=2_000)
    return np.column_stack([x, x + rng.normal(scale=0.05, size=2_000)])


def test_what_never_occurs_is_not_asked(alike):
    # Far from the diagonal, where no row is, the model is wild; partial dependence averages it in.
    def model(X):
        wild = np.abs(X[:, 0] - X[:, 1]) > 1.5
        return X[:, 0] + 100 * wild

    effect = accumulated_local_effects(model, alike, 0)
    slopes = np.diff(effect.average[:, 0]) / np.diff(effect.grid)
    np.testing.assert_allclose(slopes, 1, atol=1e-9)
    assert np.ptp(partial_dependence(model, alike, 0).average) > 10


def test_the_effect_of_a_linear_model_is_its_coefficient_centred(alike):
    effect = accumulated_local_effects(lambda X: 3 * X[:, 0] - 2 * X[:, 1], alike, 1, grid_resolution=10)
    np.testing.assert_allclose(np.diff(effect.average[:, 0]), -2 * np.diff(effect.grid))
    np.testing.assert_allclose(effect.std_errors, 0, atol=1e-9)
    step = np.clip(np.searchsorted(effect.grid, alike[:, 1], side="left") - 1, 0, len(effect.grid) - 2)
    middle = (effect.average[step, 0] + effect.average[step + 1, 0]) / 2
    assert middle.mean() == pytest.approx(0, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 12), st.integers(0, 10_000))
def test_a_loop_over_rows_agrees(resolution, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 2)).round(1)

    def model(X):
        return np.sin(3 * X[:, 0]) * X[:, 1] + X[:, 1] ** 2

    effect = accumulated_local_effects(model, X, 0, grid_resolution=resolution)
    edges = effect.grid
    assert edges[0] == X[:, 0].min()
    assert edges[-1] == X[:, 0].max()
    added, heights = 0.0, [0.0]
    for at, (low, high) in enumerate(itertools.pairwise(edges)):
        inside = X[(X[:, 0] > low) & (X[:, 0] <= high) | (X[:, 0] == low) & (at == 0)]
        up, down = inside.copy(), inside.copy()
        up[:, 0], down[:, 0] = high, low
        added += (model(up) - model(down)).mean() if len(inside) else 0.0
        heights.append(added)
    np.testing.assert_allclose(np.diff(effect.average[:, 0]), np.diff(heights), atol=1e-12)


def test_the_interaction_of_a_product_is_the_product_of_deviations():
    X = np.random.default_rng(0).uniform(-1, 1, size=(20_000, 2))
    effect = accumulated_local_effects(
        lambda X: X[:, 0] * X[:, 1] + 5 * X[:, 0] + X[:, 1] ** 2,
        X,
        (0, 1),
        max_rows=20_000,
        grid_resolution=8,
    )
    expected = np.multiply.outer(effect.grids[0] - X[:, 0].mean(), effect.grids[1] - X[:, 1].mean())
    np.testing.assert_allclose(effect.average[..., 0], expected, atol=0.03)
    additive = accumulated_local_effects(lambda X: np.exp(X[:, 0]) + X[:, 1] ** 3, X[:500], (0, 1))
    np.testing.assert_allclose(additive.average, 0, atol=1e-9)


def test_levels_are_ordered_by_how_alike_their_rows_are():
    rng = np.random.default_rng(0)
    where = {"cold": 0.0, "hot": 2.0, "mild": 1.0}
    town = rng.choice(list(where), 900)
    X = pd.DataFrame({"town": town, "heat": [where[each] for each in town] + rng.normal(scale=0.2, size=900)})

    def model(X):
        return (
            X["town"].map({"cold": 1.0, "mild": 4.0, "hot": 5.0}).to_numpy(dtype=float) + X["heat"].to_numpy()
        )

    effect = accumulated_local_effects(model, X, "town")
    assert effect.labels in (("cold", "mild", "hot"), ("hot", "mild", "cold"))
    by = dict(zip(effect.labels, effect.average[:, 0], strict=True))
    assert by["mild"] - by["cold"] == pytest.approx(3)
    assert by["hot"] - by["mild"] == pytest.approx(1)
    shares = np.array([(town == label).mean() for label in effect.labels])
    assert shares @ effect.average[:, 0] == pytest.approx(0, abs=1e-12)


def test_bands_hold_the_truth():
    """Of f = x·z the local effect of x is E[z | x] = 0."""

    def model(X):
        return X[:, 0] * X[:, 1]

    hits = []
    for seed in range(60):
        X = np.random.default_rng(seed).normal(size=(300, 2))
        effect = accumulated_local_effects(model, X, 0, grid_resolution=5)
        hits.append(np.abs(effect.average[:, 0]) <= 1.96 * effect.std_errors[:, 0])
    assert 0.9 < np.mean(hits) < 0.99


def test_missing_numbers_take_no_step():
    X = np.random.default_rng(0).normal(size=(200, 2))
    holed = X.copy()
    holed[:50, 0] = np.nan

    def model(X):
        return np.nan_to_num(X[:, 0], nan=1e6)

    effect = accumulated_local_effects(model, holed, 0)
    np.testing.assert_allclose(np.diff(effect.average[:, 0]), np.diff(effect.grid))


def test_what_cannot_be_accumulated_is_named():
    X = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "x"], "c": [1.0, 1.0, 1.0]})

    def model(X):
        return X["a"].to_numpy()

    with pytest.raises(InvalidInputError, match="'b' has levels"):
        accumulated_local_effects(model, X, ("a", "b"))
    with pytest.raises(InvalidInputError, match="'c' has a single value"):
        accumulated_local_effects(model, X, "c")
    assert accumulated_local_effects(model, X, ["a", "b"])[1].heterogeneity.shape == (1,)
