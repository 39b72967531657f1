"""What every explainer promises, whatever its route: one set of tests over all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from interpret_widget import (
    CancelledError,
    InvalidInputError,
    LIMEExplainer,
    LinearExplainableModel,
    MimicExplainer,
    PFIExplainer,
    TabularExplainer,
)

LABELS = ("no", "yes")


@dataclass(frozen=True)
class Route:
    """A model and the explainer that takes it."""

    name: str
    fit: Callable[[Any, Any], Any]
    explainer: Any = TabularExplainer
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    method: str = ""
    needs: str | None = None
    takes_missing: bool = False
    takes_words: bool = True
    adds_up: float | None = 1e-6  # the largest residual that rounding explains
    by_row: bool = True  # whether a row's values depend on that row alone

    def __str__(self) -> str:
        return self.name


def by(kind, **settings):
    return lambda X, y: kind(**settings).fit(X, y)


def boosted(X, y):
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_estimators=5, verbose=-1, n_jobs=1).fit(X, y)


def boosted_by_xgboost(X, y):
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=5, max_depth=3, n_jobs=1).fit(X, y)


def boosted_by_catboost(X, y):
    from catboost import CatBoostClassifier

    return CatBoostClassifier(iterations=5, verbose=False, allow_writing_files=False, thread_count=1).fit(
        X, y
    )


def network(X, y):
    import torch

    from interpret_widget import TorchModel

    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Linear(X.shape[1], 6),
        torch.nn.Tanh(),
        torch.nn.Linear(6, len(set(y)) if len(set(y)) > 2 else 1),
    )
    return TorchModel(net, classes=sorted(set(y)))


KNN = by(KNeighborsClassifier)
FOREST = by(RandomForestClassifier, n_estimators=5, max_depth=4, random_state=0)
ROUTES = [
    Route("linear", by(LogisticRegression), method="linear"),
    Route(
        "correlated",
        by(LogisticRegression),
        options={"feature_perturbation": "correlation_dependent"},
        method="linear",
    ),
    Route("additive", by(GaussianNB), method="additive"),
    Route("forest", FOREST, method="tree"),
    Route(
        "forest, interventional", FOREST, options={"feature_perturbation": "interventional"}, method="tree"
    ),
    Route("histogram", by(HistGradientBoostingClassifier, max_iter=5), method="tree", takes_missing=True),
    Route("lightgbm", boosted, method="tree", needs="lightgbm", takes_missing=True),
    Route(
        "xgboost",
        boosted_by_xgboost,
        method="tree",
        needs="xgboost",
        takes_missing=True,
        takes_words=False,
        adds_up=1e-4,  # it sums in single precision
    ),
    Route("catboost", boosted_by_catboost, method="tree", needs="catboost", takes_missing=True),
    Route("kernel machine", by(SVC), method="kernel"),
    Route("gradients", network, method="gradients", needs="torch", by_row=False),
    Route("sampling", KNN, options={"method": "sampling", "max_evals": 100}, method="sampling", by_row=False),
    Route("enumeration", KNN, options={"method": "sampling", "max_evals": 10_000}, method="sampling"),
    Route("mimic", KNN, MimicExplainer, (LinearExplainableModel,), method="mimic"),
    Route(
        "lime",
        KNN,
        LIMEExplainer,
        options={"num_samples": 60},
        method="lime",
        needs="lime",
        adds_up=None,
    ),
]


@cache
def table(columns=4, gaps=False):
    """Rows with names and labels of their own, and words as outcomes."""
    rng = np.random.default_rng(columns)
    n = 90
    values = rng.normal(size=(n, columns)) + rng.normal(size=(n, 1))
    y = np.where(values[:, 0] + values.sum(axis=1) * 0.5 + rng.normal(size=n) * 0.3 > 0, "yes", "no")
    if gaps:
        values[rng.random(values.shape) < 0.1] = np.nan
        values[0] = np.nan  # a row that knows nothing
    names = [f"column {chr(97 + j)}" for j in range(columns)]
    X = pd.DataFrame(values, columns=names, index=[f"row {i}" for i in range(n)])
    return X, y


def outcomes(route, y):
    return y if route.takes_words else (y == "yes").astype(int)


@cache
def model_of(route_name, columns=4, gaps=False):
    route = next(each for each in ROUTES if each.name == route_name)
    X, y = table(columns, gaps)
    y = outcomes(route, y)
    if not gaps or route.takes_missing:
        return route.fit(X, y)
    imputer = SimpleImputer().fit(X)
    return Pipeline([("known", imputer), ("model", route.fit(imputer.transform(X), y))])


def made(route, X, columns=4, gaps=False):
    return route.explainer(model_of(route.name, columns, gaps), X, *route.arguments, **route.options)


@pytest.fixture(params=ROUTES, ids=str)
def route(request):
    if request.param.needs and find_spec(request.param.needs) is None:
        pytest.skip(f"{request.param.needs} is not installed")
    return request.param


def test_shapes_outputs_and_sums(route):
    X, y = table()
    found = made(route, X).explain_global(X[:6], outcomes(route, y)[:6])
    assert found.method == route.method
    assert found.values.shape == (6, 4, 2)
    assert found.base_values.shape == (2,)
    assert found.predictions.shape == (6, 2)
    assert np.isfinite(found.values).all()
    if found.std_errors is not None:
        assert found.std_errors.shape == found.values.shape
        assert not (found.exact and found.std_errors.any())
    else:
        assert found.exact or found.method in ("mimic", "lime")
    if route.adds_up is None:
        assert any("do not add up" in note for note in found.notes)
    else:
        np.testing.assert_allclose(
            found.base_values + found.values.sum(axis=1), found.predictions, atol=route.adds_up
        )
    np.testing.assert_allclose(found.importance, np.abs(found.values).mean(axis=0).T)
    assert found.reason
    assert repr(found).startswith("Explanation(6 rows × 4 features → ")


def test_what_is_explained_is_what_the_model_says(route):
    X, _ = table()
    found = made(route, X).explain_global(X[:6])
    said = (
        model_of(route.name).predict_proba(X[:6]) if hasattr(model_of(route.name), "predict_proba") else None
    )
    if said is None:
        said = model_of(route.name).decision_function(X[:6])
        np.testing.assert_allclose(found.predictions[:, 1], said, atol=1e-9)
    elif found.model_answers is not None:
        np.testing.assert_allclose(found.model_answers, said, atol=1e-6)
    else:
        np.testing.assert_allclose(found.probabilities, said, atol=1e-6)


def test_names_labels_and_types_are_kept(route):
    X, y = table()
    X = X.copy()
    before = X.copy()
    found = made(route, X).explain_global(X[3:7], outcomes(route, y)[3:7])
    assert found.feature_names == tuple(X.columns)
    assert list(found.data.index) == ["row 3", "row 4", "row 5", "row 6"]
    assert isinstance(found.data.native, pd.DataFrame)
    pd.testing.assert_frame_equal(found.data.native, X[3:7])
    pd.testing.assert_frame_equal(X, before)  # nobody wrote into it
    np.testing.assert_array_equal(found.y, outcomes(route, y)[3:7])


def test_rows_with_equal_labels_stay_apart(route):
    X, _ = table()
    same = X[:3].set_axis(["twin"] * 3)
    found = made(route, X).explain_global(same)
    assert list(found.data.index) == ["twin"] * 3
    np.testing.assert_allclose(found.values, made(route, X).explain_global(X[:3]).values, atol=1e-12)


def test_labels_that_are_words(route):
    X, y = table()
    found = made(route, X).explain_global(X[:3], outcomes(route, y)[:3])
    assert found.output_names == (LABELS if route.takes_words else ("0", "1"))
    assert found.task == "binary"
    assert tuple(found.class_values) == (LABELS if route.takes_words else (0, 1))


def test_the_same_seed_gives_the_same_numbers(route):
    X, _ = table()
    one, other = (made(route, X).explain_global(X[:5]) for _ in range(2))
    np.testing.assert_array_equal(one.values, other.values)
    explainer = made(route, X)
    explainer.explain_global(X[5:9])
    np.testing.assert_array_equal(explainer.explain_global(X[:5]).values, one.values)


def test_a_row_alone(route):
    X, _ = table()
    explainer = made(route, X)
    alone = explainer.explain_local(X[2:3])
    assert alone.values.shape == (1, 4, 2)
    if route.adds_up is not None:
        assert alone.residual <= route.adds_up
    if route.by_row:
        np.testing.assert_allclose(alone.values[0], explainer.explain_local(X[:5]).values[2], atol=1e-9)


def test_three_classes(route):
    X, _ = table()
    y = np.array(["high", "low", "middle"])[np.digitize(X["column a"] + X["column b"], [-1, 1]) % 3]
    y = y if route.takes_words else np.unique(y, return_inverse=True)[1]
    explainer = route.explainer(route.fit(X, y), X, *route.arguments, **route.options)
    found = explainer.explain_global(X[:4], y[:4])
    assert found.values.shape == (4, 4, 3)
    assert found.task == "multiclass"
    assert found.output_names == (("high", "low", "middle") if route.takes_words else ("0", "1", "2"))
    if route.adds_up is not None:
        assert found.residual <= route.adds_up


def test_one_feature(route):
    X, _ = table(1)
    found = made(route, X, columns=1).explain_global(X[:4])
    assert found.values.shape == (4, 1, 2)
    if route.adds_up is not None:
        np.testing.assert_allclose(
            found.base_values + found.values[:, 0], found.predictions, atol=route.adds_up
        )


def test_missing_values(route):
    X, _ = table(gaps=True)
    found = made(route, X, gaps=True).explain_global(X[:6])
    assert np.isfinite(found.values).all()
    if route.adds_up is not None:
        assert found.residual <= route.adds_up
    assert np.isnan(found.data.codes()[0]).all()


def test_polars_says_the_same_as_pandas(route):
    polars = pytest.importorskip("polars")
    X, _ = table()
    native = polars.from_pandas(X)
    here, there = made(route, X).explain_global(X[:5]), made(route, native).explain_global(native[:5])
    np.testing.assert_allclose(there.values, here.values, atol=1e-9)
    assert there.feature_names == here.feature_names
    assert isinstance(there.data.native, polars.DataFrame)


def test_progress_grows_and_reaches_its_total(route):
    X, _ = table()
    told = []
    made(route, X).explain_global(X[:20], progress=lambda done, total: told.append((done, total)))
    shares = [done / total for done, total in told]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert told[-1][0] == told[-1][1] > 0


def test_cancelling_leaves_nothing_half(route):
    X, _ = table()
    explainer = made(route, X)
    with pytest.raises(CancelledError):
        explainer.explain_global(X[:5], cancel=lambda: True)
    event = threading.Event()
    event.set()
    with pytest.raises(CancelledError):
        explainer.explain_global(X[:5], cancel=event)
    # Later, too, wherever it is asked.
    asked = []

    def late():
        asked.append(None)
        return len(asked) > 1

    try:
        explainer.explain_global(X[:5], cancel=late)
    except CancelledError:
        assert len(asked) == 2
    else:
        assert len(asked) <= 1
    np.testing.assert_array_equal(
        explainer.explain_global(X[:5]).values, made(route, X).explain_global(X[:5]).values
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda X: X.rename(columns={"column b": "colour"}), "column b"),
        (lambda X: X.drop(columns="column c"), "column c"),
        (lambda X: X[X.columns[::-1]], "another order"),
        (lambda X: X[:0], "no rows"),
        (lambda X: X["column a"], "DataFrame"),
    ],
)
def test_rows_that_do_not_fit_are_refused(route, change, said):
    X, _ = table()
    explainer = made(route, X)
    with pytest.raises(InvalidInputError, match=said):
        explainer.explain_global(change(X))
    with pytest.raises(InvalidInputError, match="y"):
        explainer.explain_global(X[:5], np.zeros(4))


def test_nothing_to_compare_with_is_refused(route):
    X, _ = table()
    with pytest.raises(InvalidInputError, match="no rows"):
        made(route, X[:0])


# -- permutation importance says nothing of rows, and keeps the rest of the contract -----------------------


def importance(X, y, columns=4, gaps=False, **options):
    explainer = PFIExplainer(model_of("enumeration", columns, gaps), n_repeats=3)
    return explainer.explain_global(X, y, **options)


def test_permutation_importance_keeps_shapes_names_and_its_seed():
    X, y = table()
    found = importance(X, y)
    assert found.importances.shape == (4, 3)
    assert found.feature_names == tuple(X.columns)
    np.testing.assert_array_equal(found.importances, importance(X, y).importances)
    polars = pytest.importorskip("polars")
    np.testing.assert_array_equal(found.importances, importance(polars.from_pandas(X), y).importances)


def test_permutation_importance_of_one_column_and_of_missing_values():
    X, y = table(1)
    assert importance(X, y, columns=1).importances.shape == (1, 3)
    X, y = table(gaps=True)
    assert np.isfinite(importance(X, y, gaps=True).importances).all()


def test_permutation_importance_reports_and_stops():
    X, y = table()
    told = []
    importance(X, y, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 0
    with pytest.raises(CancelledError):
        importance(X, y, cancel=lambda: True)


def test_permutation_importance_refuses_what_does_not_fit():
    X, y = table()
    with pytest.raises(InvalidInputError, match="column b"):
        importance(X.rename(columns={"column b": "colour"}), y)
    with pytest.raises(InvalidInputError, match="no rows"):
        importance(X[:0], y[:0])
    with pytest.raises(InvalidInputError, match="y has shape"):
        importance(X, y[:5])
    with pytest.raises(InvalidInputError, match="says nothing of single rows"):
        PFIExplainer(model_of("enumeration")).explain_local(X[:1])
