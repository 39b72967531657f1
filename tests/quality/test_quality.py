"""How true, how stable, how much alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, spearmanr, weightedtau
from sklearn.linear_model import LinearRegression, LogisticRegression

from interpret_widget import Explanation, agreement, explain, faithfulness
from interpret_widget.errors import CancelledError, InvalidInputError
from interpret_widget.quality.stability import stability, told_apart


@pytest.fixture(scope="module")
def linear():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(150, 5)), columns=list("abcde"))
    model = LinearRegression().fit(X, X @ [8.0, 4.0, 2.0, 1.0, 0.0])
    return model, X, explain(model, X)


def test_taking_features_of_a_linear_model_away_is_a_sum_of_its_contributions(linear):
    model, X, _ = linear
    background = X[:1]
    explanation = explain(model, X, background=background)
    found = faithfulness(explanation, model, background)
    # Against one row, what is left of the prediction is what is left of the contributions.
    values = explanation.values[..., 0]
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    ranked = np.take_along_axis(values, order, axis=1)
    gone = np.abs(np.concatenate([np.zeros((len(X), 1)), ranked.cumsum(axis=1)], axis=1)).mean(axis=0)
    left = np.abs(
        ranked.sum(axis=1, keepdims=True)
        - np.concatenate([np.zeros((len(X), 1)), ranked.cumsum(axis=1)], axis=1)
    )
    np.testing.assert_allclose(found.deletion, gone / gone[-1])
    np.testing.assert_allclose(found.insertion, left.mean(axis=0) / gone[-1], atol=1e-12)
    assert found.deletion[0] == 0
    assert found.insertion[-1] == pytest.approx(0, abs=1e-12)


def test_a_faithful_order_is_told_from_a_random_and_a_reversed_one(linear):
    model, X, explanation = linear
    rng = np.random.default_rng(1)
    random = Explanation.from_values(rng.normal(size=(150, 5)), X)
    reversed_ = Explanation.from_values(1 / (np.abs(explanation.values[..., 0]) + 1e-3), X)
    scores = [faithfulness(each, model).score for each in (explanation, random, reversed_)]
    assert scores[0] > 0.5
    assert abs(scores[1]) < 0.15
    assert scores[2] < -0.3
    again = faithfulness(explanation, model, random_state=0).to_frame()
    pd.testing.assert_frame_equal(again, faithfulness(explanation, model).to_frame())
    drawn = {trace.name: trace for trace in faithfulness(explanation).figure().data}
    np.testing.assert_allclose(drawn["taken away, strongest first"].y, again["deletion"])


def test_an_explanation_agrees_with_itself_and_is_the_opposite_of_its_opposite(linear):
    explanation = linear[2]
    same = agreement(explanation, explanation)
    shares = ["top_k_overlap", "rank_agreement", "sign_agreement", "signed_rank_agreement", "spearman"]
    np.testing.assert_allclose(same[shares], 1)
    opposite = Explanation.from_values(-explanation.values, explanation.data.native)
    found = explanation.agreement(opposite).set_index("scope").loc["rows"]
    assert found["top_k_overlap"] == 1
    assert found["sign_agreement"] == 0
    assert found["correlation"] == pytest.approx(-1)


def test_ranks_are_scipys(linear):
    rng = np.random.default_rng(2)
    X = linear[1]
    one, two = (Explanation.from_values(rng.normal(size=(150, 5)) * [1, 2, 3, 4, 5], X) for _ in range(2))
    found = agreement(one, two, k=2).set_index("scope")
    a, b = one.importance[0], two.importance[0]
    assert found.loc["global", "spearman"] == pytest.approx(spearmanr(a, b).statistic)
    assert found.loc["global", "kendall"] == pytest.approx(kendalltau(a, b).statistic)
    assert found.loc["global", "weighted_tau"] == pytest.approx(weightedtau(a, b).statistic)
    by_row = [
        spearmanr(np.abs(x), np.abs(y)).statistic
        for x, y in zip(one.values[..., 0], two.values[..., 0], strict=True)
    ]
    assert found.loc["rows", "spearman"] == pytest.approx(np.mean(by_row))


def test_tops_by_hand():
    one = Explanation.from_values([[5.0, -4.0, 3.0, 0.0]], feature_names=list("abcd"))
    two = Explanation.from_values([[0.0, 4.0, 3.0, -5.0]], feature_names=list("abcd"))
    # a b c against d b c: two in common, at the same ranks, b with another sign.
    found = agreement(one, two, k=3).set_index("scope").loc["rows"]
    assert found["top_k_overlap"] == pytest.approx(2 / 3)
    assert found["rank_agreement"] == pytest.approx(2 / 3)
    assert found["sign_agreement"] == pytest.approx(1 / 3)
    assert found["signed_rank_agreement"] == pytest.approx(1 / 3)


def test_ties_are_told_as_often_as_said():
    order = np.array([0, 1])
    wrong, right = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        shared = rng.exponential(size=100)
        same = np.stack([shared + rng.exponential(size=100), shared + rng.exponential(size=100)], axis=1)
        wrong.append(told_apart(Explanation.from_values(same), 0, order)[0])
        right.append(told_apart(Explanation.from_values(same * [1.5, 1.0]), 0, order)[0])
    # Equal ones are told apart in 5 % of all cases.
    assert 0.02 < np.mean(wrong) < 0.09
    assert np.mean(right) > 0.9


def test_errors_of_estimates_make_ties():
    values = np.tile([[2.0, 1.0]], (30, 1)) + np.random.default_rng(0).normal(scale=0.01, size=(30, 2))
    sure = Explanation.from_values(values, std_errors=np.full((30, 2), 0.01))
    unsure = Explanation.from_values(values, std_errors=np.full((30, 2), 5.0))
    order = np.array([0, 1])
    assert told_apart(sure, 0, order)[0]
    assert not told_apart(unsure, 0, order)[0]


def test_stability_of_what_is_clear_and_of_what_is_not():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(60, 6))
    clear = stability(Explanation.from_values(noise * [30, 20, 10, 1, 1, 1]), 0, 3, 100, 0)
    assert (clear.same_set, clear.overlap) == (1.0, 1.0)
    vague = stability(Explanation.from_values(noise), 0, 3, 100, 0)
    assert vague.same_set < 0.9
    assert vague.tau < clear.tau


def test_the_table_says_what_is_known(linear):
    _, X, explanation = linear
    found = explanation.quality()
    assert found.loc["additivity", "verdict"] == "good"
    assert found.loc["additivity", "figure"] == explanation.residual
    assert found.loc["route", "words"] == "exact by linear"
    assert found.loc["stability", "verdict"] == "good"
    assert found.loc["ties", "verdict"] == "good"
    assert found.loc["faithfulness", "figure"] == pytest.approx(faithfulness(explanation).score)
    given = Explanation.from_values(explanation.values, X).quality()
    assert given.loc["additivity", "verdict"] == "not measured"
    assert given.loc["faithfulness", "words"] == "needs the model: quality(model)"
    assert given.loc["convergence", "verdict"] == "not measured"
    off = Explanation.from_values(explanation.values, X, predictions=explanation.predictions + 5).quality()
    assert off.loc["additivity", "verdict"] == "poor"


def test_the_table_of_an_estimate(linear):
    _, X, _ = linear

    def model(table):
        return np.sin(np.asarray(table, dtype=float)).prod(axis=1)

    rough = explain(model, X[:10], background=X, max_evals=64).quality()
    fine = explain(model, X[:10], background=X, max_evals=2_000).quality()
    assert rough.loc["convergence", "figure"] > fine.loc["convergence", "figure"] > 0
    assert "estimated by sampling" in rough.loc["route", "words"]


def test_what_cannot_be_judged_is_named(linear):
    model, X, explanation = linear
    with pytest.raises(InvalidInputError, match="k=0"):
        explanation.quality(k=0)
    with pytest.raises(InvalidInputError, match="one has 150 rows and other 10"):
        explanation.agreement(explanation[:10])
    with pytest.raises(InvalidInputError, match="other labels"):
        explanation[:10].agreement(explanation[10:20])
    with pytest.raises(InvalidInputError, match="other is a list"):
        explanation.agreement([])
    with pytest.raises(InvalidInputError, match="model is missing"):
        faithfulness(Explanation.from_values(explanation.values, X))
    constant = LinearRegression().fit(X, np.ones(150))
    with pytest.raises(InvalidInputError, match="nothing can be taken away"):
        faithfulness(explanation, constant)
    with pytest.raises(CancelledError):
        faithfulness(explanation, model, cancel=lambda: True)
    wrong = LogisticRegression().fit(X, X["a"] > 0)
    with pytest.raises(InvalidInputError, match="outputs"):
        faithfulness(explanation, wrong)
