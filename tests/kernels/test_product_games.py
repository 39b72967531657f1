"""Values of product games against the definition, and nodes against all nodes."""

from __future__ import annotations

import itertools
import math
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpret_widget.errors import CancelledError
from interpret_widget.explainers.base import ticking
from interpret_widget.kernels import product_games
from interpret_widget.kernels.product_games import ProductGames
from interpret_widget.models.kernel_machines import KernelMachine


def definition(machine, x, background, players, n_players):
    """Mean over the background of the Shapley values of ``v(S) = machine(x on S, b elsewhere)``."""
    worth = {
        chosen: machine.predict(np.where(np.isin(players, chosen), x, background)).mean(axis=0)
        for size in range(n_players + 1)
        for chosen in itertools.combinations(range(n_players), size)
    }
    out = np.zeros((n_players, machine.weights.shape[1]))
    for j in range(n_players):
        for chosen in worth:
            if j not in chosen:
                s = len(chosen)
                share = math.factorial(s) * math.factorial(n_players - s - 1) / math.factorial(n_players)
                out[j] += share * (worth[tuple(sorted({*chosen, j}))] - worth[chosen])
    return out


def drawn(rng, n_terms, q, k=1, power=2, rate=0.5):
    """A machine of random terms; rates of each term, or of all."""
    rates = rate * rng.uniform(0.1, 1, size=(n_terms if rng.random() < 0.5 else 1, q))
    points = rng.normal(size=(n_terms, q))
    return KernelMachine(points, rates, rng.normal(size=(n_terms, k)), rng.normal(size=k), power)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    q=st.integers(1, 8),
    n_terms=st.integers(1, 20),
    k=st.integers(1, 3),
    power=st.sampled_from([1, 2]),
    rate=st.sampled_from([1e-3, 0.3, 2.0, 30.0, 1e4]),
    levels=st.booleans(),
)
def test_every_coalition_is_what_the_machine_says(seed, q, n_terms, k, power, rate, levels):
    rng = np.random.default_rng(seed)
    machine = drawn(rng, n_terms, q, k, power, rate)
    X, background = rng.normal(size=(3, q)), rng.normal(size=(rng.integers(1, 6), q))
    if levels:  # rows that agree in some columns, and with points
        X, background = X.round(), background.round()
        X[0], X[1, 0] = background[0], machine.points[0, 0]
    players = rng.integers(0, 8, size=q)
    game = ProductGames(machine, players, 8, background)
    found = game.values(X)
    for row in range(3):
        truth = definition(machine, X[row], background, players, 8)
        np.testing.assert_allclose(found[row], truth, atol=1e-12, rtol=1e-10)
    np.testing.assert_allclose(game.expected + found.sum(axis=1), machine.predict(X), atol=1e-12)


@pytest.mark.parametrize("rate", [0.02, 0.15, 0.6, 3.0])
@pytest.mark.parametrize("q", [5, 21, 60, 150])
def test_nodes_that_are_left_out_are_lost_in_rounding(q, rate):
    rng = np.random.default_rng(q)
    machine = drawn(rng, 130, q, 2, rate=rate)
    X, background = rng.normal(size=(4, q)), rng.normal(size=(9, q))
    game = ProductGames(machine, np.arange(q), q, background)
    found = game.values(X)
    every = ProductGames(machine, np.arange(q), q, background)
    every._magnitude = 0.0  # nothing may be missed
    truth = every.values(X)
    scale = np.abs(machine.weights).sum() * machine.similarities(np.concatenate([X, background])).mean()
    np.testing.assert_allclose(found, truth, atol=1e-13 * scale, rtol=1e-11)
    np.testing.assert_allclose(found.sum(axis=1) + game.expected, machine.predict(X), atol=1e-11)


def test_nothing_is_divided_by():
    machine = KernelMachine(
        np.array([[0.0, 0.0], [1e200, 0.0]]), np.ones((1, 2)), np.array([[1.0], [2.0]]), np.array([0.5])
    )
    background = np.array([[1e200, 0.0], [0.0, 1.0]])
    X = np.array([[0.0, 0.0], [1e200, 1e3], [0.0, 40.0]])
    found = ProductGames(machine, np.arange(2), 2, background).values(X)
    for row in range(3):
        truth = definition(machine, X[row], background, np.arange(2), 2)
        np.testing.assert_allclose(found[row], truth, atol=1e-14)


def test_columns_that_nothing_moves_belong_to_nobody():
    rng = np.random.default_rng(0)
    machine = drawn(rng, 11, 5)
    X, background = rng.normal(size=(2, 5)), rng.normal(size=(4, 5))
    X[:, [1, 3]] = background[:, [1, 3]] = 0.7
    players = np.array([2, -1, 0, -1, 2])
    found = ProductGames(machine, players, 3, background).values(X)
    truth = definition(machine, X[1], background, np.where(players < 0, 99, players), 3)
    np.testing.assert_allclose(found[1], truth, atol=1e-13)
    assert (found[:, 1] == 0).all()


def test_many_terms_are_taken_in_chunks(monkeypatch):
    rng = np.random.default_rng(3)
    machine = drawn(rng, 203, 6, 2)
    X, background = rng.normal(size=(5, 6)), rng.normal(size=(7, 6))
    truth = ProductGames(machine, np.arange(6), 6, background).values(X)
    monkeypatch.setattr(product_games, "_ROOM", 2_000)
    monkeypatch.setattr(product_games, "_CELLS", 100)
    game = ProductGames(machine, np.arange(6), 6, background)
    assert len(game._chunks) > 3
    steps = []
    found = game.values(X, tick=lambda done, total: steps.append(done / total))
    np.testing.assert_allclose(found, truth, atol=1e-13)
    assert steps == sorted(steps)
    assert steps[-1] == 1.0


def test_threads_do_not_change_a_bit():
    rng = np.random.default_rng(4)
    machine = drawn(rng, 150, 12)
    X, background = rng.normal(size=(200, 12)), rng.normal(size=(30, 12))
    game = ProductGames(machine, np.arange(12), 12, background)
    one = game.values(X)
    assert (game.values(X, n_threads=3) == one).all()
    assert (game.values(X[57:58]) == one[57:58]).all()


def test_a_large_machine_can_be_stopped_soon():
    rng = np.random.default_rng(5)
    machine = drawn(rng, 6_000, 25, rate=0.1)
    X, background = rng.normal(size=(40, 25)), rng.normal(size=(100, 25))
    game = ProductGames(machine, np.arange(25), 25, background)
    game.values(X[:1])
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    start = time.perf_counter()
    with pytest.raises(CancelledError):
        game.values(X, tick=ticking(None, stop))
    assert time.perf_counter() - start < 1.3
