"""Surrogates are explained exactly, and never lend their errors to the estimate."""

from __future__ import annotations

import numpy as np
import pytest

from interpret_widget.explainers.leverage import Pairs, even_shares
from interpret_widget.explainers.surrogate import Answered, fitted


def mixed(n, seed=0):
    """Numbers, levels, and missing values of both."""
    rng = np.random.default_rng(seed)
    X = np.c_[rng.normal(size=(n, 3)), rng.integers(0, 5, n), rng.integers(0, 2, n)].astype(float)
    X[rng.random(X.shape) < 0.05] = np.nan
    return X


def answers(X):
    filled = np.nan_to_num(X)
    one = filled[:, 0] * filled[:, 1] + np.isin(filled[:, 3], [1, 4]) * filled[:, 2] + filled[:, 4]
    return np.c_[1 - one, one]


DISCRETE = np.array([False, False, False, True, True])


@pytest.mark.parametrize("trees", [False, True], ids=["products", "and trees"])
def test_values_are_exact(trees, brute_force):
    ends, now = mixed(60), mixed(900, 1)
    fold = np.arange(900) % 3
    found = fitted(
        Answered(ends, answers(ends)),
        Answered(ends[:0], answers(ends[:0])),
        Answered(now, answers(now)),
        fold,
        3,
        DISCRETE,
        0,
        trees=trees,
    )
    assert len(found) == 3
    background, rows = mixed(12, 2), mixed(4, 3)
    rows[0, 0] = np.inf
    for surrogate in found:
        assert len(surrogate.parts) == 1 + trees
        truth = [brute_force(surrogate.predict, row, background) for row in rows]
        values = surrogate.against(background).values(rows)
        np.testing.assert_allclose(values, truth, atol=1e-9)
        np.testing.assert_allclose(surrogate.predict(rows).sum(axis=1), 1, atol=1e-9)
        off = surrogate.predict(now) - answers(now)
        assert (off**2).mean() < 0.3 * answers(now).var()


def test_a_fold_is_not_seen_by_its_surrogate():
    ends, now = mixed(60), mixed(800, 1)
    fold = np.arange(800) % 2
    none = Answered(ends[:0], answers(ends[:0]))

    def predictions(noise):
        said = answers(now) + noise[:, None] * [-1, 1]
        found = fitted(
            Answered(ends, answers(ends)), none, Answered(now, said), fold, 2, DISCRETE, 0, trees=True
        )
        return [each.predict(now) for each in found]

    plain = predictions(np.zeros(800))
    shaken = predictions(np.where(fold == 0, 5.0, 0.0))
    np.testing.assert_allclose(plain[0], shaken[0], atol=1e-6)
    assert np.abs(plain[1] - shaken[1]).max() > 1


def test_answers_that_are_no_numbers_teach_nothing():
    ends = mixed(60)
    said = answers(ends)
    said[3] = np.nan
    none = Answered(ends[:0], said[:0])
    found = fitted(
        Answered(ends, said),
        none,
        Answered(ends, answers(ends)),
        np.zeros(60, int),
        2,
        DISCRETE,
        0,
        trees=True,
    )
    assert [each.parts for each in found] == [(), ()]


@pytest.mark.parametrize("n_folds", [1, 3])
def test_pairs_are_unbiased_and_add_up_to_nothing(n_folds, brute_force):
    rng = np.random.default_rng(0)
    background, row = rng.integers(0, 3, size=(6, 5)).astype(float), np.array([1.0, 2, 0, 1, 1])

    def ask(rows):
        return np.stack([np.prod(1 + rows, axis=1), rows[:, 0] * rows[:, 3] ** 2], axis=1)

    def differs(rows, backs):
        return row != background[backs]

    shares, _ = even_shares(differs, np.array([0]), ask(row[None]), ask(background))
    pairs = Pairs.draw(differs, np.array([0]), 6, 60_000, rng, n_folds)
    assert np.all(np.abs(np.bincount(pairs.backs) - 10_000) <= n_folds)
    assert not (pairs.inside & pairs.outside).any()
    masks = np.concatenate([pairs.inside, pairs.outside])
    found = ask(np.where(masks, row, background[np.tile(pairs.backs, 2)]))
    ends = ask(row[None]) - ask(background)[pairs.backs]
    each = pairs.coefficients[:, :, None] * pairs.differences(found, ends)[:, None, :]
    np.testing.assert_allclose(each.sum(axis=1), 0, atol=1e-9)
    error = each.std(axis=0) / np.sqrt(len(each))
    truth = brute_force(ask, row, background)
    assert np.all(np.abs(shares[0] + each.mean(axis=0) - truth) < 4.5 * error + 1e-9)
