"""The conditional game of linear models, against brute force with Gaussian conditioning and against shap."""

from __future__ import annotations

import warnings
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

from interpret_widget import CancelledError, InvalidInputError, TabularExplainer, explain
from interpret_widget.explainers import gaussian_game

OPTION = {"feature_perturbation": "correlation_dependent"}


def conditional(Z, groups, weights, row):
    """Values by the definition: every coalition, unknown columns at their mean given the known ones."""
    mean, covariance = Z.mean(axis=0), np.cov(Z, rowvar=False)

    def worth(coalition):
        known = np.array(sorted(at for player in coalition for at in groups[player]), dtype=int)
        unknown = np.setdiff1d(np.arange(Z.shape[1]), known)
        guess = np.array(row, dtype=float)
        slope = covariance[np.ix_(unknown, known)] @ np.linalg.pinv(
            covariance[np.ix_(known, known)], rcond=1e-12, hermitian=True
        )
        guess[unknown] = mean[unknown] + slope @ (row - mean)[known]
        return weights @ guess

    n = len(groups)
    out = np.zeros(n)
    for player in range(n):
        others = [each for each in range(n) if each != player]
        for size in range(n):
            share = factorial(size) * factorial(n - size - 1) / factorial(n)
            for coalition in combinations(others, size):
                out[player] += share * (worth((*coalition, player)) - worth(coalition))
    return out


@pytest.fixture(scope="module")
def mixed():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(300, 5))
    X = base @ rng.normal(size=(5, 5)) + 3
    return pd.DataFrame(X, columns=list("abcde")), X @ rng.normal(size=5) + rng.normal(size=300)


def test_values_are_those_of_the_definition(mixed):
    X, y = mixed
    model = LinearRegression().fit(X, y)
    found = explain(model, X[:4], background=X, **OPTION)
    assert (found.method, found.exact, found.std_errors) == ("linear", True, None)
    for at in range(4):
        truth = conditional(X.to_numpy(), [[j] for j in range(5)], model.coef_, X.to_numpy()[at])
        np.testing.assert_allclose(found.values[at, :, 0], truth, atol=1e-9)
    assert found.residual < 1e-9
    assert "Gaussian fitted to 300 rows" in found.background
    assert "every coalition" in found.reason
    ordinary = explain(model, X[:4], background=X)
    np.testing.assert_allclose(found.base_values, ordinary.base_values)
    assert np.abs(found.values - ordinary.values).max() > 0.1


def test_shap_agrees(mixed):
    shap = pytest.importorskip("shap")
    X, y = mixed
    model = Ridge().fit(X, y)
    ours = explain(model, X[:10], background=X, **OPTION).values[..., 0]
    np.random.seed(0)  # shap draws from it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = shap.LinearExplainer(
                model, (X.mean().to_numpy(), np.cov(X, rowvar=False)), nsamples=3_000, **OPTION
            ).shap_values(X[:10].to_numpy())
        except (TypeError, NotImplementedError, AttributeError) as error:
            pytest.skip(f"this shap has it no more: {error}")
    np.testing.assert_allclose(ours, theirs, atol=0.03 * np.abs(theirs).max())


def test_independent_columns_have_their_ordinary_values():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6))
    X, _ = np.linalg.qr(X - X.mean(axis=0))  # uncorrelated in these very rows
    X = X * [1.0, 5.0, 0.1, 20.0, 3.0, 1.0] + 2
    model = LinearRegression().fit(X, X @ rng.normal(size=6))
    ordinary = explain(model, X[:20], background=X)
    np.testing.assert_allclose(
        explain(model, X[:20], background=X, **OPTION).values, ordinary.values, atol=1e-9
    )


def test_two_identical_columns_share_equally():
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    X = np.c_[x, x, rng.normal(size=200)]
    model = LinearRegression().fit(X, 3 * x + X[:, 2])
    model.coef_ = np.array([3.0, 0.0, 1.0])
    found = explain(model, X[:6], background=X, **OPTION)
    np.testing.assert_allclose(found.values[:, 0], found.values[:, 1], atol=1e-6)
    np.testing.assert_allclose(found.values[:, 0, 0] * 2, 3 * (x[:6] - x.mean()), rtol=0.1, atol=0.1)
    assert found.residual < 1e-9
    assert any("functions of others" in note for note in found.notes)
    ordinary = explain(model, X[:6], background=X)
    assert np.abs(ordinary.values[:, 1]).max() == 0


def test_a_constant_column_tells_nothing_of_others(mixed):
    X, y = mixed
    X = X.assign(c=0.1)  # whose mean is not quite 0.1
    model = LinearRegression().fit(X, y)
    model.coef_[2] = 5.0
    found = explain(model, X[:3].assign(c=0.7), background=X, **OPTION)
    np.testing.assert_allclose(found.values[:, 2, 0], 5 * 0.6, atol=1e-9)
    few = X.drop(columns="c")
    without = LinearRegression().fit(few, y)
    without.coef_ = np.delete(model.coef_, 2)
    truth = explain(without, few[:3], background=few, **OPTION)
    np.testing.assert_allclose(np.delete(found.values, 2, axis=1), truth.values, atol=1e-9)


def test_levels_of_a_column_are_one_player():
    rng = np.random.default_rng(0)
    n = 400
    city = rng.choice(["Rome", "Oslo", "Bonn"], n)
    frame = pd.DataFrame(
        {"city": city, "rent": (city == "Rome") * 2.0 + rng.normal(size=n), "age": rng.normal(size=n)}
    )
    frame["age"] += 0.5 * frame["rent"]
    y = (frame["rent"] + (city == "Oslo") + rng.normal(size=n) > 1).astype(int)
    columns = make_column_transformer((OneHotEncoder(), ["city"]), remainder=StandardScaler())
    model = make_pipeline(columns, LogisticRegression()).fit(frame, y)
    found = explain(model, frame[:5], background=frame, **OPTION)
    assert (found.output_space, found.feature_names) == ("log-odds", ("city", "rent", "age"))
    Z = np.asarray(model[0].transform(frame))
    for at in range(5):
        truth = conditional(Z, [[0, 1, 2], [3], [4]], model[1].coef_[0], Z[at])
        np.testing.assert_allclose(found.values[at, :, 1], truth, atol=1e-9)
    np.testing.assert_array_equal(found.values[..., 0], -found.values[..., 1])
    np.testing.assert_allclose(found.probabilities, model.predict_proba(frame[:5]))
    assert found.engineered is None
    assert not any("memory" in note for note in found.notes)


def test_several_classes():
    X, y = load_wine(return_X_y=True, as_frame=True)
    X = X.iloc[:, :4]
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    found = explain(model, X[:2], background=X, **OPTION)
    Z = model[0].transform(X)
    for label in range(3):
        truth = conditional(Z, [[j] for j in range(4)], model[1].coef_[label], Z[1])
        np.testing.assert_allclose(found.values[1, :, label], truth, atol=1e-9)


def test_many_columns_are_estimated_with_errors_that_hold(monkeypatch):
    X, y = load_wine(return_X_y=True, as_frame=True)
    assert X.shape[1] == 13
    model = make_pipeline(StandardScaler(), Ridge()).fit(X, y)
    found = explain(model, X[::4], background=X, **OPTION)
    assert (found.exact, found.residual < 1e-9) == (False, True)
    assert "400 orders" in found.reason
    monkeypatch.setattr(gaussian_game, "MOST_ENUMERATED", 13)
    truth = explain(model, X[::4], background=X, **OPTION)
    assert truth.exact
    off = np.abs(found.values - truth.values)
    assert (off <= 1.96 * found.std_errors).mean() > 0.85
    assert off.max() < 0.05 * np.abs(truth.values).max()
    again = explain(model, X[::4], background=X, random_state=1, **OPTION)
    assert np.abs(again.values - found.values).max() > 0


def test_rows_alone_and_together_are_alike(mixed):
    X, y = mixed
    explainer = TabularExplainer(Ridge().fit(X, y), X, **OPTION)
    together = explainer.explain_global(X[:5])
    alone = explainer.explainer.explain_row(together.data.take([3]))
    np.testing.assert_allclose(alone.values[0], together.values[3], atol=1e-12)
    with pytest.raises(CancelledError):
        explainer.explain_global(X, cancel=lambda: True)


def test_against_other_rows_fits_another_gaussian(mixed):
    X, y = mixed
    explainer = TabularExplainer(Ridge().fit(X, y), X, **OPTION)
    other = explainer.against(X[:60])
    np.testing.assert_allclose(
        other.explain_local(X[:3]).values,
        explain(Ridge().fit(X, y), X[:3], background=X[:60], **OPTION).values,
        atol=1e-12,
    )
    with pytest.raises(InvalidInputError, match="nothing varies"):
        explainer.against(X[:1])


def test_few_rows_are_said_to_be_few(mixed):
    X, y = mixed
    found = explain(Ridge().fit(X, y), X[:6], **OPTION)
    assert any("only 6 rows" in note for note in found.notes)
    assert found.residual < 1e-8


def test_too_many_columns_are_refused_before_work_starts():
    X = np.random.default_rng(0).normal(size=(20, 501))
    with pytest.raises(InvalidInputError, match="here are 501 and 501"):
        TabularExplainer(Ridge().fit(X, X[:, 0]), X, **OPTION)


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        (RandomForestRegressor(5, random_state=0), {}, "RandomForestRegressor has no coef_"),
        (GaussianNB(), {}, "GaussianNB has no coef_"),
        (Ridge(), {"method": "sampling"}, "method='sampling' was asked for"),
        (Ridge(), {"model_output": "probability"}, "what is guessed is the linear sum"),
        (make_pipeline(PolynomialFeatures(2), Ridge()), {}, "'interventional'"),
    ],
)
def test_other_combinations_are_refused_with_the_mend(model, options, said):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    X, y = X.iloc[:60, :4], (y[:60] > 150).astype(int)
    with pytest.raises(InvalidInputError, match=said) as caught:
        TabularExplainer(model.fit(X, y), X, **OPTION, **options)
    assert "interventional" in str(caught.value)
