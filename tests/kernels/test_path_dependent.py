"""Path-dependent values against the definition: every coalition of players, written out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpret_widget.kernels.path_dependent import PathDependent
from interpret_widget.models.trees.building import Nodes


def grown(rng, depth, n_features, *, categories=False, empty=False):
    """A random tree: features repeat on a path, thresholds lie on a coarse grid so that values meet them."""
    table = {
        name: [] for name in ("feature", "threshold", "left", "right", "missing", "set", "cover", "value")
    }

    def node(level, cover):
        at = len(table["feature"])
        for name in table:
            table[name].append(0)
        is_leaf = level == depth or (level > 0 and rng.random() < 0.25)
        table["cover"][at] = cover
        table["value"][at] = rng.normal() if is_leaf else 0.0
        table["missing"][at] = bool(rng.random() < 0.5)
        table["set"][at] = None
        if is_leaf:
            table["feature"][at] = -1
            return at
        feature = int(rng.integers(n_features))
        table["feature"][at] = feature
        table["threshold"][at] = float(rng.integers(-2, 3))
        if categories and feature == 0:
            table["set"][at] = rng.random(4) < 0.5
        part = 0.0 if empty and rng.random() < 0.3 else rng.random()
        table["left"][at] = node(level + 1, cover * part)
        table["right"][at] = node(level + 1, cover * (1 - part))
        return at

    node(0, 100.0)
    return table


def ensemble_of(tables, n_features, outputs=None):
    nodes = Nodes()
    for table in tables:
        n = len(table["feature"])
        nodes.add_nodes(
            feature=np.array(table["feature"]),
            threshold=np.array(table["threshold"], dtype=float),
            left=np.array(table["left"]),
            right=np.array(table["right"]),
            missing_left=np.array(table["missing"], dtype=bool),
            zero_missing=np.zeros(n, dtype=bool),
            sets=table["set"],
            cover=np.array(table["cover"], dtype=float),
            value=np.array(table["value"], dtype=float),
        )
    outputs = [0] * len(tables) if outputs is None else outputs
    return nodes.ensemble(outputs, np.full(max(outputs) + 1, 0.25), n_features)


def goes_left(e, node, x):
    if math.isnan(x):
        return bool(e.missing_left[node])
    if e.category_set[node] >= 0:
        return 0 <= x < e.categories.shape[1] and bool(e.categories[e.category_set[node], int(x)])
    return x <= e.threshold[node]


def worth(e, root, x, players, coalition):
    """Value of a coalition: known players decide, the others are averaged over the covers."""
    node = root
    if e.feature[node] < 0:
        return e.value[node]
    left, right = e.left[node], e.right[node]
    if players[e.feature[node]] in coalition:
        return worth(e, left if goes_left(e, node, x[e.feature[node]]) else right, x, players, coalition)
    total = e.cover[left] + e.cover[right]
    part = e.cover[left] / total if total > 0 else 0.5
    return part * worth(e, left, x, players, coalition) + (1 - part) * worth(e, right, x, players, coalition)


def brute_force(e, x, players):
    m = int(players.max()) + 1
    out = np.zeros((m, e.n_outputs))
    for tree, root in enumerate(e.roots):
        for j in range(m):
            others = [k for k in range(m) if k != j]
            for size in range(m):
                weight = math.factorial(size) * math.factorial(m - size - 1) / math.factorial(m)
                for chosen in itertools.combinations(others, size):
                    gain = worth(e, root, x, players, {*chosen, j}) - worth(e, root, x, players, {*chosen})
                    out[j, e.output[tree]] += weight * gain
    return out


def explained(e, X, players):
    game = PathDependent(e, players, int(players.max()) + 1)
    return game.values(e.table(X)), game.expected


cells = st.sampled_from([-3.0, -2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, math.nan, math.inf, -math.inf])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6), st.booleans(), st.booleans(), st.data())
def test_values_are_those_of_the_definition(seed, depth, categories, empty, data):
    rng = np.random.default_rng(seed)
    n_features = int(rng.integers(1, 6))
    trees = [grown(rng, depth, n_features, categories=categories, empty=empty) for _ in range(2)]
    e = ensemble_of(trees, n_features)
    X = np.array([data.draw(st.lists(cells, min_size=n_features, max_size=n_features)) for _ in range(3)])
    players = np.arange(n_features)
    found, base = explained(e, X, players)
    for row in range(len(X)):
        np.testing.assert_allclose(found[row], brute_force(e, X[row], players), atol=1e-10)
    np.testing.assert_allclose(base + found.sum(axis=1), e.predict(X), atol=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_columns_of_one_player_are_explained_together(seed):
    rng = np.random.default_rng(seed)
    e = ensemble_of([grown(rng, 5, 6) for _ in range(2)], 6)
    players = np.array([0, 0, 1, 2, 2, 2])
    X = rng.integers(-2, 3, (2, 6)).astype(float)
    found, _ = explained(e, X, players)
    for row in range(2):
        np.testing.assert_allclose(found[row], brute_force(e, X[row], players), atol=1e-10)


def test_each_tree_adds_to_its_own_output():
    rng = np.random.default_rng(3)
    trees = [grown(rng, 4, 3) for _ in range(6)]
    e = ensemble_of(trees, 3, [0, 1, 2, 0, 1, 2])
    X = rng.normal(size=(5, 3))
    found, base = explained(e, X, np.arange(3))
    assert found.shape == (5, 3, 3)
    for row in range(5):
        np.testing.assert_allclose(found[row], brute_force(e, X[row], np.arange(3)), atol=1e-12)
    np.testing.assert_allclose(base + found.sum(axis=1), e.predict(X), atol=1e-12)


def test_a_tree_of_one_leaf_moves_nothing():
    nodes = Nodes()
    nodes.add_leaf_tree(1.5)
    e = nodes.ensemble([0], np.array([0.5]), 2)
    found, base = explained(e, np.zeros((3, 2)), np.arange(2))
    assert not found.any()
    assert base.tolist() == [2.0]


def test_blocks_of_rows_do_not_matter():
    rng = np.random.default_rng(1)
    e = ensemble_of([grown(rng, 6, 5) for _ in range(10)], 5)
    X = rng.normal(size=(700, 5))
    whole, _ = explained(e, X, np.arange(5))
    alone = np.concatenate([explained(e, X[row : row + 1], np.arange(5))[0] for row in range(0, 700, 97)])
    np.testing.assert_allclose(whole[::97], alone, atol=1e-14)


def test_deep_trees_stay_accurate():
    rng = np.random.default_rng(0)
    nodes = Nodes()
    depth, n_features = 40, 15
    feature = [j % n_features for j in range(depth)] + [-1] * (depth + 1)
    left = [depth + j for j in range(depth)] + [0] * (depth + 1)
    right = [j + 1 for j in range(depth - 1)] + [2 * depth] + [0] * (depth + 1)
    cover = np.concatenate([2.0 ** -np.arange(depth), 2.0 ** -np.arange(1, depth + 1), [2.0**-depth]])
    n = 2 * depth + 1
    nodes.add_nodes(
        feature=np.array(feature),
        threshold=np.full(n, -2.5),
        left=np.array(left),
        right=np.array(right),
        missing_left=np.zeros(n, dtype=bool),
        zero_missing=np.zeros(n, dtype=bool),
        sets=[None] * n,
        cover=cover,
        value=rng.normal(size=n),
    )
    e = nodes.ensemble([0], np.zeros(1), n_features)
    X = rng.normal(size=(50, n_features))
    found, base = explained(e, X, np.arange(n_features))
    np.testing.assert_allclose(base + found.sum(axis=1), e.predict(X), atol=1e-12)


def test_it_says_how_far_it_is_and_stops_when_told():
    rng = np.random.default_rng(1)
    e = ensemble_of([grown(rng, 4, 3)], 3)
    game = PathDependent(e, np.arange(3), 3)
    X = e.table(rng.normal(size=(40_000, 3)))
    seen = []
    game.values(X, tick=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 40_000)
    assert len(seen) >= 2

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        game.values(X, tick=stop)
