"""Interventional values against the definition: every coalition of players, for every row of the
background."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpret_widget.kernels import interventional
from interpret_widget.kernels.interventional import Interventional
from tests.kernels.test_path_dependent import cells, ensemble_of, grown


def brute_force(e, x, background, weights, players):
    """Mean over the background of the Shapley values of ``v(S) = margin(x on S, b elsewhere)``."""
    m = int(players.max()) + 1
    worth = {}
    for size in range(m + 1):
        for chosen in itertools.combinations(range(m), size):
            rows = np.where(np.isin(players, chosen), x, background)
            worth[chosen] = weights @ e.predict(rows)
    out = np.zeros((m, e.n_outputs))
    for j in range(m):
        for chosen in worth:
            if j in chosen:
                continue
            s = len(chosen)
            weight = math.factorial(s) * math.factorial(m - s - 1) / math.factorial(m)
            out[j] += weight * (worth[tuple(sorted({*chosen, j}))] - worth[chosen])
    return out


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6), st.booleans(), st.sampled_from([12, 3]), st.data())
def test_values_are_those_of_the_definition(seed, depth, categories, most_bits, data):
    rng = np.random.default_rng(seed)
    n_features = int(rng.integers(1, 6))
    e = ensemble_of([grown(rng, depth, n_features, categories=categories) for _ in range(3)], n_features)
    X = np.array([data.draw(st.lists(cells, min_size=n_features, max_size=n_features)) for _ in range(3)])
    background = np.array(
        [data.draw(st.lists(cells, min_size=n_features, max_size=n_features)) for _ in range(4)]
    )
    weights = rng.random(4)
    players = np.arange(n_features)
    before = interventional._MOST_BITS
    interventional._MOST_BITS = most_bits  # trees with longer patterns go another way
    try:
        game = Interventional(e, players, n_features, background, weights)
        found = game.values(X)
    finally:
        interventional._MOST_BITS = before
    for row in range(len(X)):
        truth = brute_force(e, X[row], background, weights / weights.sum(), players)
        np.testing.assert_allclose(found[row], truth, atol=1e-10)
    np.testing.assert_allclose(game.expected + found.sum(axis=1), e.predict(X), atol=1e-10)


@pytest.mark.parametrize("most_bits", [12, 2])
def test_columns_of_one_player_are_explained_together(monkeypatch, most_bits):
    monkeypatch.setattr(interventional, "_MOST_BITS", most_bits)
    rng = np.random.default_rng(5)
    e = ensemble_of([grown(rng, 6, 6) for _ in range(4)], 6)
    players = np.array([0, 0, 1, 2, 2, 2])
    X, background = rng.integers(-2, 3, (5, 6)).astype(float), rng.integers(-2, 3, (9, 6)).astype(float)
    found = Interventional(e, players, 3, background).values(X)
    for row in range(5):
        truth = brute_force(e, X[row], background, np.full(9, 1 / 9), players)
        np.testing.assert_allclose(found[row], truth, atol=1e-12)


@pytest.mark.parametrize("most_bits", [12, 2])
def test_each_tree_adds_to_its_own_output(monkeypatch, most_bits):
    monkeypatch.setattr(interventional, "_MOST_BITS", most_bits)
    rng = np.random.default_rng(6)
    e = ensemble_of([grown(rng, 4, 4) for _ in range(6)], 4, [0, 1, 2, 0, 1, 2])
    X, background = rng.normal(size=(4, 4)), rng.normal(size=(6, 4))
    found = Interventional(e, np.arange(4), 4, background).values(X)
    for row in range(4):
        truth = brute_force(e, X[row], background, np.full(6, 1 / 6), np.arange(4))
        np.testing.assert_allclose(found[row], truth, atol=1e-12)


def test_little_memory_gives_the_same(monkeypatch):
    rng = np.random.default_rng(7)
    e = ensemble_of([grown(rng, 5, 6) for _ in range(12)], 6)
    X, background = rng.normal(size=(1_300, 6)), rng.normal(size=(3_000, 6))
    whole = Interventional(e, np.arange(6), 6, background).values(X)
    monkeypatch.setattr(interventional, "_ROOM", 500)
    steps = []
    game = Interventional(e, np.arange(6), 6, background)
    np.testing.assert_allclose(game.values(X, tick=lambda *at: steps.append(at)), whole, atol=1e-13)
    assert len(steps) > 2
    assert all(done <= total for done, total in steps)
    np.testing.assert_array_equal(game.values(X, n_threads=2), game.values(X))
    single = Interventional(e, np.arange(6), 6, background, dtype="float32").values(X)
    np.testing.assert_allclose(single, whole, atol=1e-5)
