"""Interaction values against the definition: every coalition without the two players."""

from __future__ import annotations

import itertools
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interpret_widget.kernels.path_dependent import PathDependent
from tests.kernels.test_path_dependent import brute_force, cells, ensemble_of, grown, worth


def brute_force_pairs(e, x, players):
    """Half of the Shapley interaction index off the diagonal, the rest of the value on it."""
    m = int(players.max()) + 1
    out = np.zeros((m, m, e.n_outputs))
    for tree, root in enumerate(e.roots):
        for i, j in itertools.combinations(range(m), 2):
            others = [k for k in range(m) if k not in (i, j)]
            total = 0.0
            for size in range(m - 1):
                weight = math.factorial(size) * math.factorial(m - size - 2) / math.factorial(m - 1)
                for chosen in itertools.combinations(others, size):
                    known = set(chosen)
                    total += weight * (
                        worth(e, root, x, players, known | {i, j})
                        - worth(e, root, x, players, known | {i})
                        - worth(e, root, x, players, known | {j})
                        + worth(e, root, x, players, known)
                    )
            out[i, j, e.output[tree]] += total / 2
            out[j, i, e.output[tree]] += total / 2
    values = brute_force(e, x, players)
    for i in range(m):
        out[i, i] = values[i] - out[i].sum(axis=0)
    return out


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6), st.booleans(), st.booleans(), st.data())
def test_interactions_are_those_of_the_definition(seed, depth, categories, empty, data):
    rng = np.random.default_rng(seed)
    n_features = int(rng.integers(1, 6))
    trees = [grown(rng, depth, n_features, categories=categories, empty=empty) for _ in range(2)]
    e = ensemble_of(trees, n_features, [0, 1])
    X = np.array([data.draw(st.lists(cells, min_size=n_features, max_size=n_features)) for _ in range(3)])
    players = np.arange(n_features)
    game = PathDependent(e, players, n_features)
    found = game.interactions(e.table(X))
    for row in range(len(X)):
        np.testing.assert_allclose(found[row], brute_force_pairs(e, X[row], players), atol=1e-10)
    np.testing.assert_allclose(found.sum(axis=2), game.values(e.table(X)), atol=1e-10)
    np.testing.assert_array_equal(found, found.transpose(0, 2, 1, 3))


def test_columns_of_one_player_interact_together():
    rng = np.random.default_rng(2)
    e = ensemble_of([grown(rng, 6, 6) for _ in range(2)], 6)
    players = np.array([0, 0, 1, 2, 2, 2])
    X = rng.integers(-2, 3, (3, 6)).astype(float)
    found = PathDependent(e, players, 3).interactions(X)
    for row in range(3):
        np.testing.assert_allclose(found[row], brute_force_pairs(e, X[row], players), atol=1e-11)


def test_threads_and_single_precision_do_not_matter():
    rng = np.random.default_rng(4)
    e = ensemble_of([grown(rng, 6, 5) for _ in range(10)], 5)
    X = rng.normal(size=(900, 5))
    game = PathDependent(e, np.arange(5), 5)
    np.testing.assert_array_equal(game.interactions(X, n_threads=2), game.interactions(X))
    single = PathDependent(e, np.arange(5), 5, "float32").interactions(X)
    np.testing.assert_allclose(single, game.interactions(X), atol=1e-4)
