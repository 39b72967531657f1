"""Against brute force and closed forms; and every wish of the user holds for every row."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget import counterfactuals
from interpret_widget.errors import CancelledError, InvalidInputError, NoCounterfactualError


@pytest.fixture(scope="module")
def mixed():
    rng = np.random.default_rng(0)
    n = 300
    X = pd.DataFrame(
        {
            "age": rng.integers(18, 65, n),
            "pay": rng.normal(50, 15, n).round(2),
            "role": pd.array(rng.choice(["clerk", "boss", "agent"], n), dtype=object),
            "away": rng.random(n) < 0.4,
            "score": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
        }
    )
    score = X["pay"] / 15 + 2 * (X["role"] == "boss") - X["away"] - X["age"] / 30 + X["score"].fillna(0)
    y = np.where(score > score.median(), "stays", "leaves")
    preprocess = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["role"]),
        (make_pipeline(SimpleImputer(), StandardScaler()), ["age", "pay", "away", "score"]),
    )
    model = make_pipeline(preprocess, RandomForestClassifier(20, max_depth=5, random_state=0)).fit(X, y)
    return model, X


def fewest_by_brute_force(predict, X, row, fixed=()):
    """Number of changes of the best row in the whole grid of values that occur."""
    own = X.iloc[row]
    levels = [[own[name]] if name in fixed else sorted(X[name].unique()) for name in X]
    grid = pd.DataFrame(list(itertools.product(*levels)), columns=X.columns).astype(X.dtypes.to_dict())
    reached = predict(grid) != predict(X.iloc[[row]])[0]
    counts = (grid != own.to_numpy()).sum(axis=1)
    return int(counts[reached].min()) if reached.any() else None


@pytest.mark.parametrize("seed", range(8))
def test_the_best_changes_as_few_features_as_brute_force_over_all_values(seed):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.integers(0, 4, (200, 5)), columns=list("abcde"))
    # Interactions: no single change can be read off the others.
    y = (X["a"] * X["b"] + (X["c"] == X["d"]) * 3 + (X["e"] > 1) > 6).to_numpy()
    model = RandomForestClassifier(15, random_state=seed).fit(X, y)
    for row in range(4):
        truth = fewest_by_brute_force(model.predict, X, row, fixed=("e",))
        if truth is None:
            with pytest.raises(NoCounterfactualError):
                counterfactuals(model, X, row, fixed=["e"])
            continue
        found = counterfactuals(model, X, row, fixed=["e"])
        assert found[0].n_changes == truth
        assert found.is_fewest


def test_a_parity_needs_all_its_changes_and_greed_would_not_find_them():
    X = pd.DataFrame(list(itertools.product([0, 1], repeat=6)), columns=list("abcdef"))

    def three(frame):
        yes = (frame[["a", "b", "c"]].to_numpy() == 1).all(axis=1)
        return np.column_stack([1.0 - yes, yes])

    found = counterfactuals(three, X, 0, classes=["no", "yes"])
    assert found[0].changes == {"a": (0, 1), "b": (0, 1), "c": (0, 1)}
    assert len(found) == 1
    assert any("1 of 4" in note for note in found.notes)


def test_one_number_of_a_linear_model_goes_just_over_the_boundary():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 3)), columns=list("abc"))
    model = LogisticRegression(C=1e4).fit(X, X["a"] + 0.5 * X["b"] > 0)
    weights, shift = model.coef_[0], model.intercept_[0]
    row = int(np.argmin(np.abs(model.decision_function(X) + 20)))
    own = X.iloc[row]
    found = counterfactuals(model, X, row, only=["a"], n=1)
    boundary = -(shift + weights[1:] @ own[1:].to_numpy()) / weights[0]
    new = found[0].changes["a"][1]
    span = np.ptp(X["a"])
    assert 0 <= (new - boundary) * np.sign(boundary - own["a"]) <= span / 500
    assert np.ptp(np.percentile(X["a"], [5, 95])) * found[0].distance == pytest.approx(abs(new - own["a"]))


def test_an_integer_stays_one_and_is_the_smallest_that_will_do():
    X = pd.DataFrame({"months": np.arange(0, 500, 7), "other": np.arange(72) % 5})

    def model(frame):
        return frame["months"].to_numpy() * 2.0

    found = counterfactuals(model, X, 3, desired=(333.3, None), n=1)
    assert found[0].changes == {"months": (21, 167)}
    assert found[0].row["months"].dtype == X["months"].dtype
    down = counterfactuals(model, X, 70, desired=(None, 100), n=1)
    assert down[0].changes == {"months": (490, 50)}


def test_a_direction_of_a_regression_is_one_standard_deviation():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    model = LinearRegression().fit(X, X @ [1, 2, 3])
    spread, own = np.std(model.predict(X)), model.predict(X.iloc[[0]])[0]
    assert all(item.prediction[0] >= own + spread for item in counterfactuals(model, X, 0, desired="up"))
    assert all(item.prediction[0] <= own - spread for item in counterfactuals(model, X, 0, desired="down"))


def test_every_row_is_verified_and_no_change_can_be_left_out(mixed):
    model, X = mixed
    for row in range(6):
        own = model.predict(X.iloc[[row]])[0]
        found = counterfactuals(model, X, row, max_evals=4000)
        assert 1 <= len(found) <= 4
        assert len({frozenset(item.changes) for item in found}) == len(found)
        for item in found:
            edited = X.iloc[[row]].assign(**item.edits).astype(X.dtypes.to_dict())
            pd.testing.assert_frame_equal(edited, item.row, check_dtype=True)
            assert model.predict(edited)[0] == item.outcome != own
            assert item.prediction == pytest.approx(model.predict_proba(edited)[0])
            assert 0 <= item.plausibility <= 1
            assert not pd.isna(list(item.edits.values())).any()
            for name in item.changes:
                fewer = {key: value for key, value in item.edits.items() if key != name}
                if fewer:
                    less = X.iloc[[row]].assign(**fewer).astype(X.dtypes.to_dict())
                    assert model.predict(less)[0] == own


NUMBERS, LEVELS = ["age", "pay", "score"], ["role", "away"]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_wish_holds_for_every_row(mixed, data):
    model, X = mixed
    row = data.draw(st.integers(0, 299))
    fixed = data.draw(st.lists(st.sampled_from(NUMBERS + LEVELS), max_size=2, unique=True))
    most = data.draw(st.sampled_from([None, 1, 2, 3]))
    ways = data.draw(st.dictionaries(st.sampled_from(NUMBERS), st.sampled_from(["up", "down"]), max_size=2))
    spans = {"pay": sorted(data.draw(st.tuples(st.floats(10, 90), st.floats(10, 90))))}
    roles = data.draw(st.lists(st.sampled_from(["clerk", "boss", "agent"]), min_size=1, unique=True))
    try:
        found = counterfactuals(
            model, X, row, fixed=fixed, directions=ways, ranges={**spans, "role": roles}, max_changes=most,
            max_evals=1500,
        )  # fmt: skip
    except NoCounterfactualError:
        return
    for item in found:
        assert model.predict(item.row)[0] != model.predict(X.iloc[[row]])[0]
        assert not set(item.changes) & set(fixed)
        assert most is None or item.n_changes <= most
        for name, (old, new) in item.changes.items():
            assert new != old
            if name in ways:
                assert (new > old) == (ways[name] == "up")
            if name in NUMBERS:
                low, high = spans.get(name, (X[name].min(), X[name].max()))
                assert low <= new <= high
            else:
                assert new in (roles if name == "role" else (True, False))
        assert item.changes.get("pay", (0, 0))[1] == pytest.approx(
            round(item.changes.get("pay", (0, 0))[1], 2)
        )


def test_the_same_seed_gives_the_same_rows(mixed):
    model, X = mixed
    one, two = (counterfactuals(model, X, 5, max_evals=2000, random_state=3) for _ in range(2))
    assert [item.changes for item in one] == [item.changes for item in two]
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame())


def test_a_class_of_many_is_reached_and_other_is_any_but_the_own():
    from sklearn.datasets import load_wine

    X, y = load_wine(return_X_y=True, as_frame=True)
    names = np.array(["Barolo", "Grignolino", "Barbera"])
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(X, names[y])
    for wanted in ("Grignolino", "Barbera"):
        found = counterfactuals(model, X, 0, desired=wanted, max_evals=5000)
        assert {model.predict(item.row)[0] for item in found} == {wanted}
    sure = counterfactuals(model, X, 0, desired="Barbera", threshold=0.9, max_evals=5000)
    at = list(model.classes_).index("Barbera")
    assert all(model.predict_proba(item.row)[0, at] >= 0.9 for item in sure)
    assert "Barolo" not in {item.outcome for item in counterfactuals(model, X, 0, max_evals=5000)}


def test_a_missing_value_of_the_row_stays_or_becomes_known(mixed):
    model, X = mixed
    row = int(np.flatnonzero(X["score"].isna())[0])
    for item in counterfactuals(model, X, row, max_evals=3000):
        if "score" not in item.changes:
            assert item.row["score"].isna().all()
        else:
            assert item.changes["score"][0] is None
            assert np.isfinite(item.changes["score"][1])


def test_polars_rows_come_back_as_polars():
    pl = pytest.importorskip("polars")
    X = pl.DataFrame({"a": list(range(40)), "b": ["x", "y"] * 20})

    def model(frame):
        yes = (frame["a"].to_numpy() > 30) | ((frame["a"].to_numpy() > 20) & (frame["b"].to_numpy() == "y"))
        return np.column_stack([1.0 - yes, yes])

    found = counterfactuals(model, X, 24, classes=["no", "yes"])
    assert isinstance(found[0].row, pl.DataFrame)
    assert found[0].row.schema == X.schema
    assert [item.changes for item in found] == [{"a": (24, 31)}, {"b": ("x", "y")}] or [
        item.changes for item in found
    ] == [{"b": ("x", "y")}, {"a": (24, 31)}]


def test_arrays_and_sparse_matrices():
    from scipy import sparse

    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, (80, 4)).astype(float)
    model = LogisticRegression().fit(X, X[:, 1] > 1)
    row = int(np.flatnonzero(X[:, 1] == 0)[0])
    dense, thin = (counterfactuals(model, table, row) for table in (X, sparse.csr_matrix(X)))
    assert dense[0].changes == thin[0].changes == {"x1": (0.0, 2.0)}
    assert sparse.issparse(thin[0].row)


@pytest.mark.parametrize("form", ["frame", "series", "mapping"])
def test_the_row_may_be_given_itself(mixed, form):
    model, X = mixed
    forms = {"frame": X.iloc[[7]], "series": X.iloc[7], "mapping": X.iloc[7].to_dict()}
    found = counterfactuals(model, X, forms[form], max_evals=1500)
    assert [item.changes for item in found] == [
        item.changes for item in counterfactuals(model, X, 7, max_evals=1500)
    ]


def test_dates_move_by_days():
    X = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=90), "k": np.arange(90) % 3})

    def model(frame):
        return (frame["day"] - pd.Timestamp("2024-01-01")).dt.days.to_numpy() * 1.0

    found = counterfactuals(model, X, 0, desired=(45, None), n=1)
    assert found[0].changes["day"][1] == pd.Timestamp("2024-02-15")
    with pytest.raises(NoCounterfactualError, match="ranges: day"):
        counterfactuals(model, X, 0, desired=(45, None), ranges={"day": ("2024-01-01", "2024-02-01")})


@pytest.mark.parametrize(
    ("wishes", "binding"),
    [
        ({"fixed": ["a"]}, "fixed: a"),
        ({"only": ["b", "c"]}, "only"),
        ({"ranges": {"a": (0, 4)}}, "ranges: a"),
        ({"directions": {"a": "down"}}, "directions: a"),
        ({"desired": (13, None), "max_changes": 1}, "max_changes=1"),
    ],
)
def test_where_there_is_none_the_constraint_that_stands_in_the_way_is_named(wishes, binding):
    X = pd.DataFrame(
        {"a": np.arange(10), "b": np.arange(10) % 2, "c": np.arange(10) % 3, "d": np.arange(10) % 5}
    )

    def model(frame):
        return frame["a"].to_numpy() + frame["d"].to_numpy() * 1.0

    row = {"a": 2, "b": 0, "c": 0, "d": 2}
    wishes = {"desired": (11, None), **wishes}
    with pytest.raises(NoCounterfactualError) as caught:
        counterfactuals(model, X, row, **wishes)
    assert binding in caught.value.binding
    assert binding in str(caught.value)


def test_a_goal_out_of_reach_says_so():
    X = pd.DataFrame({"a": np.arange(10)})
    with pytest.raises(NoCounterfactualError, match="no row of X is predicted so"):
        counterfactuals(lambda frame: frame["a"].to_numpy() * 1.0, X, 2, desired=(100, None))


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"fixed": ["agee"]}, "did you mean age"),
        ({"fixed": "age"}, "give a list"),
        ({"only": ["age"], "fixed": ["age"]}, "both name 'age'"),
        ({"only": []}, "lets nothing change"),
        ({"fixed": NUMBERS + LEVELS}, "every feature"),
        ({"ranges": {"age": (60, 20)}}, "is empty"),
        ({"ranges": {"age": 3}}, "not \\(low, high\\)"),
        ({"ranges": {"role": ["king"]}}, "no level of it"),
        ({"directions": {"age": "left"}}, "neither"),
        ({"directions": {"role": "up"}}, "no order"),
        ({"max_changes": 0}, "whole number"),
        ({"desired": "nobody"}, "is not a class"),
        ({"threshold": 2}, "probability"),
        ({"n": 0}, "n=0"),
        ({"max_evals": True}, "max_evals=True"),
        ({"max_seconds": -1}, "max_seconds=-1"),
    ],
)
def test_wishes_that_cannot_be_are_refused(mixed, wishes, said):
    model, X = mixed
    with pytest.raises(InvalidInputError, match=said):
        counterfactuals(model, X, 0, **wishes)


def test_an_outcome_that_is_there_already_and_rows_that_are_not_are_refused(mixed):
    model, X = mixed
    with pytest.raises(InvalidInputError, match="already"):
        counterfactuals(model, X, 0, desired=model.predict(X.iloc[[0]])[0])
    for row, said in ((300, "out of range"), (X.iloc[:2], "2 rows"), ({"age": 3}, "lacks pay")):
        with pytest.raises(InvalidInputError, match=said):
            counterfactuals(model, X, row)
    regression = LinearRegression().fit(X[["age"]], X["pay"])
    with pytest.raises(InvalidInputError, match="a regression needs"):
        counterfactuals(regression, X[["age"]], 0)


def test_a_value_of_the_row_outside_of_its_range_may_stay_and_this_is_said(mixed):
    model, X = mixed
    row = int(np.flatnonzero(X["age"] > 60)[0])
    found = counterfactuals(model, X, row, ranges={"age": (20, 30)}, max_evals=2000)
    assert any("own age lies outside" in note for note in found.notes)
    assert any("age" not in item.changes for item in found)


def test_the_budget_is_kept_and_cancelling_ends_it(mixed):
    model, X = mixed
    asked, seen = [], []

    def counted(frame):
        asked.append(len(frame))
        return model.predict_proba(frame)

    found = counterfactuals(
        counted, X, 0, classes=["leaves", "stays"], max_evals=900, progress=lambda *at: seen.append(at)
    )
    # The adapter asks about 256 rows to learn what a function answers; each result is verified.
    assert sum(asked) <= 900 + 2 * 256 + len(found) + 2
    assert found.n_evals <= 900 + len(found) + 2
    assert all(0 <= done <= total == 900 for done, total in seen)
    few = counterfactuals(model, X, 0, max_evals=120)
    assert any("max_evals" in note for note in few.notes)
    assert not any("max_evals" in note for note in found.notes)
    token = threading.Event()
    token.set()
    with pytest.raises(CancelledError):
        counterfactuals(model, X, 0, cancel=token)
    with pytest.raises(NoCounterfactualError, match="give more of them"):
        counterfactuals(model, X, 0, max_seconds=1e-9)


def test_names_and_values_are_escaped_and_only_changes_are_shown():
    hostile = "<img src=x>"
    X = pd.DataFrame({hostile: ["<b>", "<i>"] * 20, "b": np.arange(40)})

    def model(frame):
        yes = frame[hostile].to_numpy() == "<i>"
        return np.column_stack([1.0 - yes, yes])

    found = counterfactuals(model, X, 0, classes=["<no>", "<yes>"])
    shown = found._repr_html_()
    assert "<img" not in shown
    assert "<i>" not in shown
    assert "<yes>" not in shown
    assert "&lt;img" in shown
    frame = found.to_frame()
    assert list(frame.columns) == [hostile, "outcome", "n_changes", "distance", "plausibility"]
    assert frame.loc["row", hostile] == "<b>"
    assert frame.loc[1, hostile] == "<i>"
    assert "to <yes>" in repr(found)


def test_a_model_of_engineered_columns_is_asked_behind_its_transformations(mixed):
    pipeline, X = mixed
    whole = counterfactuals(pipeline, X, 3, max_evals=1500)
    apart = counterfactuals(
        pipeline[-1], X, 3, max_evals=1500, transformations=pipeline[0], classes=["leaves", "stays"]
    )
    assert [item.changes for item in apart] == [item.changes for item in whole]


def test_a_table_of_many_columns_is_searched_within_the_budget():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(120, 300)), columns=[f"f{j}" for j in range(300)])

    def model(frame):
        yes = frame["f7"].to_numpy() + frame["f8"].to_numpy() > 1
        return np.column_stack([1.0 - yes, yes])

    row = int(np.argmax(model(X)[:, 0]))
    found = counterfactuals(model, X, row, classes=["no", "yes"], max_evals=6000)
    assert set(found[0].changes) <= {"f7", "f8"}
    assert found.n_evals <= 6000 + len(found) + 2
