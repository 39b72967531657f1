"""LIME on raw columns, against the lime package asked directly and against models that are linear."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from interpret_widget import CancelledError, Explanation, InvalidInputError, LIMEExplainer

lime_tabular = pytest.importorskip("lime.lime_tabular")


@pytest.fixture(scope="module")
def wine():
    X, y = load_wine(return_X_y=True, as_frame=True)
    X = X.iloc[:, [0, 1, 6, 9, 12]].astype(float)
    return RandomForestClassifier(15, max_depth=4, random_state=0).fit(X.to_numpy(), y), X, y


@pytest.fixture(scope="module")
def staff():
    rng = np.random.default_rng(0)
    n = 150
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, n),
            "city": rng.choice(["Rome", "Oslo", "Bonn"], n, p=[0.5, 0.3, 0.2]),
            "level": rng.choice([1, 2, 3], n),
            "nothing": rng.normal(size=n),
        }
    )
    score = frame["age"] * 0.1 + frame["city"].map({"Rome": 4.0, "Oslo": 0.0, "Bonn": 0.0}) - frame["level"]
    return frame, score


@pytest.mark.parametrize("discretizes", [True, False])
@pytest.mark.parametrize("num_features", [None, 2])
def test_values_are_limes_own(wine, discretizes, num_features):
    model, X, _ = wine
    rows = X.iloc[[3, 70, 160]]
    found = LIMEExplainer(
        lambda table: model.predict_proba(table.to_numpy()),
        X,
        classes=["a", "b", "c"],
        num_samples=400,
        num_features=num_features,
        discretize_continuous=discretizes,
        random_state=7,
    ).explain_local(rows)
    for at, row in enumerate(rows.to_numpy()):
        for label in range(3):
            own = lime_tabular.LimeTabularExplainer(
                X.to_numpy(), discretize_continuous=discretizes, random_state=7, feature_selection="auto"
            )
            said = own.explain_instance(
                row, model.predict_proba, labels=(label,), num_features=num_features or 5, num_samples=400
            )
            coefficients = np.zeros(5)
            for feature, weight in said.local_exp[label]:
                coefficients[feature] = weight
            distance = 1.0 if discretizes else (row - X.to_numpy().mean(axis=0)) / X.to_numpy().std(axis=0)
            np.testing.assert_allclose(found.values[at, :, label], coefficients * distance, atol=1e-10)
            assert found.local_r2[at, label] == pytest.approx(said.score, abs=1e-10)
    assert ((found.values != 0).sum(axis=1) <= (num_features or 5)).all()


def test_a_linear_model_gives_its_own_terms():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = LinearRegression().fit(X, y)
    found = LIMEExplainer(model, X, discretize_continuous=False, num_samples=2_000).explain_global(X[:5])
    truth = model.coef_ * (X[:5] - X.mean()).to_numpy()
    # lime's ridge shrinks a little.
    np.testing.assert_allclose(found.values[..., 0], truth, rtol=0.02, atol=0.02)
    assert (found.local_r2 > 0.999).all()
    np.testing.assert_allclose(found.importance[0], np.abs(found.values[..., 0]).mean(axis=0))
    assert found.unit == "prediction"
    np.testing.assert_allclose(found.base_values, model.predict(X).mean())


def test_levels_and_integers_of_a_pipeline(staff):
    frame, score = staff
    columns = make_column_transformer((OneHotEncoder(), ["city", "level"]), remainder=StandardScaler())
    model = make_pipeline(columns, LinearRegression()).fit(frame, score)
    found = LIMEExplainer(model, frame, categorical_features=["level"], num_samples=2_000).explain_local(
        frame.iloc[:12]
    )
    city = found.values[:, 1, 0]
    in_rome = frame["city"].to_numpy()[:12] == "Rome"
    # Rome against the others is 4; a city against the mix of the rest is what the rest is not.
    np.testing.assert_allclose(city[in_rome], 4.0, atol=0.3)
    assert (city[~in_rome] < 0).all()
    level = found.values[:, 2, 0]
    assert (level[frame["level"].to_numpy()[:12] == 1] > 0.5).all()
    assert (level[frame["level"].to_numpy()[:12] == 3] < -0.5).all()
    assert np.abs(found.values[:, 3, 0]).max() < 0.2
    assert found.get_ranked_global_names()[-1] == "nothing"


def test_rows_stay_in_their_bin_where_a_column_has_few_values():
    rng = np.random.default_rng(0)
    X = np.c_[rng.choice([5.0, 6.0, 9.0], 200, p=[0.6, 0.3, 0.1]), rng.normal(size=200)]
    asked = []

    def ask(rows):
        asked.append(rows[:, 0])
        return rows[:, 0] * 10.0

    LIMEExplainer(ask, X, num_samples=300).explain_local(X[:3])
    assert min(map(np.min, asked)) >= 5.0  # lime alone asks about 0


def test_rounding_leaves_no_quartile():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"n": rng.choice([1, 2, 3, 7, 9], 400, p=[0.3, 0.2, 0.2, 0.2, 0.1]), "z": rng.normal(size=400)}
    )
    low, high = np.percentile(X["n"], [25, 50])

    def inside(rows):
        return ((rows["n"] > low) & (rows["n"] <= high)).to_numpy() * 1.0

    row = X[X["n"] == int(high)][:1]
    found = LIMEExplainer(inside, X, num_samples=500).explain_local(row)
    # One quartile is one level: a linear model has it whole.
    assert found.local_r2[0, 0] > 0.999


def test_two_threads_do_not_mix(wine):
    from concurrent.futures import ThreadPoolExecutor

    model, X, _ = wine
    explainer = LIMEExplainer(lambda table: model.predict_proba(table.to_numpy()), X, num_samples=100)
    rows = [X[at : at + 1] for at in range(8)]
    alone = [explainer.explain_local(row).values for row in rows]
    with ThreadPoolExecutor(4) as pool:
        together = [each.values for each in pool.map(explainer.explain_local, rows)]
    np.testing.assert_array_equal(together, alone)


def test_integers_stay_integers(staff):
    frame, _ = staff
    kinds, seen = [], set()

    def ask(rows):
        kinds.append(rows.dtypes.astype(str).to_dict())
        seen.update(rows["level"])
        return rows["level"].to_numpy() * 1.0 + rows["age"].to_numpy()

    LIMEExplainer(ask, frame, num_samples=100).explain_local(frame[:2])
    assert all(kind == frame.dtypes.astype(str).to_dict() for kind in kinds)
    assert seen == {1, 2, 3}


def test_it_says_that_it_is_not_additive_and_how_well_it_fits(wine):
    model, X, y = wine
    found = LIMEExplainer(
        lambda table: model.predict_proba(table.to_numpy()), X, num_samples=300
    ).explain_global(X[::20], y[::20])
    assert (found.method, found.exact, found.output_space) == ("lime", False, "probability")
    assert any("not Shapley values" in note and "do not add up" in note for note in found.notes)
    assert found.residual > 0.01
    np.testing.assert_allclose(found.predictions, model.predict_proba(X[::20].to_numpy()))
    assert found.fidelity.r2 == pytest.approx(np.median(found.local_r2))
    assert found.fidelity.is_low == (found.fidelity.r2 < 0.8)
    assert "the median of 9 fits" in repr(found)
    np.testing.assert_array_equal(found.y, y[::20])


def test_slices_files_and_the_dashboard_keep_the_fit_of_each_row(wine, tmp_path):
    model, X, _ = wine
    explainer = LIMEExplainer(lambda table: model.predict_proba(table.to_numpy()), X, num_samples=200)
    found = explainer.explain_local(X[::30])
    again = Explanation.load(found.save(tmp_path / "lime"))
    np.testing.assert_array_equal(again.local_r2, found.local_r2)
    assert again.fidelity == found.fidelity
    part = found.select(rows=[1, 4], outputs=[2])
    np.testing.assert_array_equal(part.local_r2[:, 0], found.local_r2[[1, 4], 2])
    assert part.fidelity.r2 == pytest.approx(part.local_r2.mean())
    board = found.dashboard()
    np.testing.assert_array_equal(board._schema["truth"]["raw"]["fidelity"]["is_local"], True)
    assert "local_r2" in board._payload
    # What-if: the row alone is the row among others.
    alone = explainer.explainer.explain_row(found.data.take([3]))
    np.testing.assert_array_equal(alone.values[0], found.values[3])
    np.testing.assert_array_equal(alone.local_r2[0], found.local_r2[3])


def test_a_saved_one_is_not_mixed_with_shapley_values(wine, tmp_path):
    model, X, _ = wine

    def ask(table):
        return model.predict_proba(table.to_numpy())

    found = LIMEExplainer(ask, X, num_samples=100).explain_local(X[:5])
    again = Explanation.load(found.save(tmp_path / "lime")).dashboard(model=ask)
    assert "predicted but not explained" in again._schema["model_note"]
    assert not found.dashboard(model=ask)._schema["model_note"]


def test_a_level_that_is_new_is_said_to_be(staff):
    frame, _ = staff

    def ask(rows):
        return (rows["city"] == "Lima").to_numpy() * 5.0 + rows["age"].to_numpy()

    explainer = LIMEExplainer(ask, frame, num_samples=200)
    strange = explainer.explain_local(frame[:2].assign(city=["Lima", "Rome"]))
    assert any("level of city that no row" in note for note in strange.notes)
    assert not any("that no row" in note for note in explainer.explain_local(frame[:2]).notes)


def test_two_classes_by_probability_and_by_decision():
    X, y = load_wine(return_X_y=True, as_frame=True)
    X, y = X[y < 2], y[y < 2]
    likely = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    found = LIMEExplainer(likely, X, num_samples=500).explain_local(X[:3])
    np.testing.assert_array_equal(found.values[..., 0], -found.values[..., 1])
    decided = make_pipeline(StandardScaler(), LinearSVC()).fit(X, y)
    found = LIMEExplainer(decided, X, num_samples=500, discretize_continuous=False).explain_local(X[:3])
    assert (found.output_space, found.unit, found.probabilities) == ("raw", "decision value", None)
    Z = decided[0].transform(X[:3])
    np.testing.assert_allclose(found.values[..., 1], Z * decided[1].coef_, rtol=0.03, atol=0.03)


def test_several_targets_are_fitted_one_by_one(recwarn):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = LinearRegression().fit(X, np.c_[y, -2 * y])
    found = LIMEExplainer(model, X, num_samples=300).explain_local(X[:2])
    np.testing.assert_allclose(found.values[..., 1], -2 * found.values[..., 0], rtol=1e-6)
    assert found.local_r2.shape == (2, 2)
    assert not [each for each in recwarn if "sum to 1" in str(each.message)]


def test_missing_numbers_and_dates_are_told_as_quartiles():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "gap": np.where(rng.random(200) < 0.3, np.nan, rng.normal(size=200)),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, 200), "D"),
            "noise": rng.normal(size=200),
        }
    )

    def ask(rows):
        late = (rows["day"] > pd.Timestamp("2024-10-27")).to_numpy()
        return rows["gap"].isna().to_numpy() * 5.0 + late * 1.0

    explainer = LIMEExplainer(ask, frame, num_samples=1_000)
    found = explainer.explain_local(frame[:20])
    is_missing = frame["gap"].isna().to_numpy()[:20]
    np.testing.assert_allclose(found.values[is_missing, 0, 0], 5.0, atol=0.3)
    assert (found.values[~is_missing, 0, 0] < 0).all()
    assert any("gap, day" in note for note in found.notes)
    gone = frame[:2].assign(noise=[0.0, np.nan])
    with pytest.raises(InvalidInputError, match="missing value of 'noise' in row 1"):
        explainer.explain_local(gone)


@pytest.mark.parametrize("kind", ["polars", "pyarrow", "numpy", "sparse"])
def test_tables_of_any_library(kind, staff):
    frame, _ = staff
    frame = frame.assign(city=frame["city"].map({"Rome": 0.0, "Oslo": 1.0, "Bonn": 2.0})).astype(float)

    def sums(numbers):
        return numbers[:, 0] - 3 * numbers[:, 1]

    truth = LIMEExplainer(lambda rows: sums(rows.to_numpy()), frame, num_samples=200).explain_local(frame[:4])
    if kind in ("polars", "pyarrow"):
        library = pytest.importorskip(kind)
        rows = library.from_pandas(frame) if kind == "polars" else library.Table.from_pandas(frame)
        found = LIMEExplainer(
            lambda table: sums(np.asarray(table.to_pandas() if kind == "pyarrow" else table.to_numpy())),
            rows,
            num_samples=200,
        ).explain_local(rows[:4] if kind == "polars" else rows.slice(0, 4))
    elif kind == "numpy":
        found = LIMEExplainer(sums, frame.to_numpy(), num_samples=200).explain_local(frame.to_numpy()[:4])
    else:
        from scipy import sparse

        rows = sparse.csr_matrix(frame.to_numpy())
        found = LIMEExplainer(lambda table: sums(table.toarray()), rows, num_samples=200).explain_local(
            rows[:4]
        )
    np.testing.assert_allclose(found.values, truth.values, atol=1e-10)


def test_progress_cancelling_and_bad_input(wine):
    model, X, _ = wine

    def ask(table):
        return model.predict_proba(table.to_numpy())

    explainer = LIMEExplainer(ask, X, num_samples=50)
    told = []
    explainer.explain_local(X[:3], progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    with pytest.raises(CancelledError):
        explainer.explain_local(X[:3], cancel=lambda: True)
    for arguments, said in [
        ({"num_samples": 3}, "num_samples=3"),
        ({"num_features": 0}, "num_features=0"),
        ({"kernel_width": -1.0}, r"kernel_width=-1\.0"),
        ({"feature_selection": "best"}, "'lasso_path'"),
        ({"sample_around_instance": True}, "discretize_continuous=False"),
        ({"categorical_features": ["colour"]}, "'colour'"),
    ]:
        with pytest.raises(InvalidInputError, match=said):
            LIMEExplainer(ask, X, **arguments)


def test_without_lime_the_message_says_how_to_get_it(wine, monkeypatch):
    model, X, _ = wine
    monkeypatch.setitem(sys.modules, "lime", None)
    with pytest.raises(ImportError, match=r"pip install 'interpret-widget\[lime\]'"):
        LIMEExplainer(model, X.to_numpy())
