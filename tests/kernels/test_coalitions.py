"""Values of probabilities against the definition."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax

from interpret_widget.errors import UnsupportedModelError
from interpret_widget.kernels.coalitions import Linked
from interpret_widget.kernels.interventional import Interventional
from tests.kernels.test_path_dependent import cells, ensemble_of, grown


def brute_force(ask, x, background, players):
    """Mean over the background of the Shapley values of ``v(S) = ask(x on S, b elsewhere)``."""
    m = int(players.max()) + 1
    worth = {}
    for size in range(m + 1):
        for chosen in itertools.combinations(range(m), size):
            worth[chosen] = ask(np.where(np.isin(players, chosen), x, background)).mean(axis=0)
    out = np.zeros((m, len(worth[()])))
    for j in range(m):
        for chosen in worth:
            if j not in chosen:
                s = len(chosen)
                weight = math.factorial(s) * math.factorial(m - s - 1) / math.factorial(m)
                out[j] += weight * (worth[tuple(sorted({*chosen, j}))] - worth[chosen])
    return out


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.booleans(), st.booleans(), st.data())
def test_probabilities_of_two_classes(seed, categories, grouped, data):
    rng = np.random.default_rng(seed)
    p = int(rng.integers(1, 6))
    e = ensemble_of([grown(rng, 4, p, categories=categories) for _ in range(4)], p)
    X = np.array([data.draw(st.lists(cells, min_size=p, max_size=p)) for _ in range(2)])
    background = np.array([data.draw(st.lists(cells, min_size=p, max_size=p)) for _ in range(3)])
    players = np.arange(p) // 2 if grouped else np.arange(p)
    game = Linked(e, players, int(players.max()) + 1, background, None, "logistic", np.array([0.3]))
    found = game.values(X)
    for row in range(2):
        truth = brute_force(lambda rows: expit(e.predict(rows) + 0.3), X[row], background, players)
        np.testing.assert_allclose(found[row], truth, atol=1e-10)
    np.testing.assert_allclose(game.expected + found.sum(axis=1), expit(e.predict(X) + 0.3), atol=1e-10)


def test_probabilities_of_several_classes():
    rng = np.random.default_rng(1)
    e = ensemble_of([grown(rng, 4, 4) for _ in range(6)], 4, [0, 1, 2, 0, 1, 2])
    X, background, players = rng.normal(size=(3, 4)), rng.normal(size=(5, 4)), np.arange(4)
    start = np.array([0.1, -0.4, 0.0])
    found = Linked(e, players, 4, background, None, "softmax", start).values(X)
    for row in range(3):
        truth = brute_force(
            lambda rows: softmax(e.predict(rows) + start, axis=1), X[row], background, players
        )
        np.testing.assert_allclose(found[row], truth, atol=1e-12)


def test_without_a_link_it_is_the_game_of_margins():
    rng = np.random.default_rng(2)
    e = ensemble_of([grown(rng, 5, 5) for _ in range(5)], 5)
    X, background = rng.normal(size=(70, 5)), rng.normal(size=(8, 5))
    weights = rng.random(8)
    found = Linked(e, np.arange(5), 5, background, weights, "identity", np.zeros(1)).values(X)
    truth = Interventional(e, np.arange(5), 5, background, weights).values(X)
    np.testing.assert_allclose(found, truth, atol=1e-12)


def test_too_many_differences_are_refused_with_a_mend():
    rng = np.random.default_rng(3)
    e = ensemble_of([grown(rng, 8, 30) for _ in range(8)], 30)
    game = Linked(e, np.arange(30), 30, np.full((2, 30), -9.0), None, "logistic", np.zeros(1))
    with pytest.raises(UnsupportedModelError, match=r"at most 16.*model_output='raw'"):
        game.values(np.full((1, 30), 9.0))
