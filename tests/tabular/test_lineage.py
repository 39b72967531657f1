"""Lineage by probing, on every transformation that broke lists of known classes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)

from interpret_widget.errors import InvalidInputError, ModelCallError
from interpret_widget.tabular import Dataset, Lineage, probe
from interpret_widget.tabular.lineage import names_from_parents


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 300
    out = pd.DataFrame(
        {
            "age": rng.integers(18, 60, n),
            "pay": rng.lognormal(8, 1, n),
            "city": rng.choice(["Oslo", "Rome", "Bern", "Lima"], n, p=[0.5, 0.3, 0.19, 0.01]),
            "job": rng.choice(["cook", "nurse"], n),
        }
    )
    out.loc[out.index[::37], "pay"] = np.nan
    out.loc[[5], "city"] = "Kyiv"  # one row only
    return out


def target(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, n)


def parents_of(transformer: object, frame: pd.DataFrame) -> list[tuple[str, ...]]:
    lineage = probe(transformer.transform, Dataset.of(frame))  # type: ignore[attr-defined]
    return [tuple(lineage.raw_names[raw] for raw in raws) for raws in lineage.parents]


def test_one_hot_of_rare_levels(frame: pd.DataFrame) -> None:
    ct = make_column_transformer((OneHotEncoder(), ["city", "job"]), (StandardScaler(), ["age"])).fit(frame)
    assert parents_of(ct, frame) == [("city",)] * 5 + [("job",)] * 2 + [("age",)]


@pytest.mark.parametrize(
    ("options", "n_city"),
    [
        ({"drop": np.array(["Bern", "cook"], dtype=object)}, 4),
        ({"drop": "first"}, 4),
        ({"min_frequency": 10, "handle_unknown": "infrequent_if_exist"}, 4),
        ({"max_categories": 3, "handle_unknown": "infrequent_if_exist"}, 3),
    ],
)
def test_one_hot_variants(frame: pd.DataFrame, options: dict[str, object], n_city: int) -> None:
    ct = make_column_transformer((OneHotEncoder(**options), ["city", "job"])).fit(frame)
    found = parents_of(ct, frame)
    assert found[:n_city] == [("city",)] * n_city
    assert set(found[n_city:]) == {("job",)}


def test_levels_that_the_sample_lacks_are_found_in_the_encoder(frame: pd.DataFrame) -> None:
    ct = make_column_transformer((OneHotEncoder(), ["city", "job"])).fit(frame)
    few = frame[frame["city"] == "Oslo"].head(4)
    assert parents_of(ct, few) == [("city",)] * 5 + [("job",)] * 2


def test_imputer_indicator(frame: pd.DataFrame) -> None:
    ct = make_column_transformer((SimpleImputer(add_indicator=True), ["age", "pay"])).fit(frame)
    assert parents_of(ct, frame) == [("age",), ("pay",), ("pay",)]


def test_indicator_when_the_sample_has_nothing_missing(frame: pd.DataFrame) -> None:
    ct = make_column_transformer((SimpleImputer(add_indicator=True), ["age", "pay"])).fit(frame)
    assert parents_of(ct, frame.dropna().head(50)) == [("age",), ("pay",), ("pay",)]


def test_bins_one_hot(frame: pd.DataFrame) -> None:
    whole = frame.dropna()
    ct = make_column_transformer(
        (KBinsDiscretizer(40, strategy="uniform"), ["pay"]), (KBinsDiscretizer(5), ["age"])
    )
    ct.fit(whole)  # most of the 40 uniform bins of a log-normal are empty
    assert parents_of(ct, whole) == [("pay",)] * 40 + [("age",)] * 5


def test_passthrough_and_remainder(frame: pd.DataFrame) -> None:
    ct = ColumnTransformer(
        [("same", "passthrough", ["pay"]), ("code", OrdinalEncoder(), ["city", "job"])],
        remainder="passthrough",
    ).fit(frame)
    assert parents_of(ct, frame) == [("pay",), ("city",), ("job",), ("age",)]


def test_passthrough_of_text(frame: pd.DataFrame) -> None:
    ct = ColumnTransformer([("same", "passthrough", ["city", "pay"])]).fit(frame)
    assert parents_of(ct, frame) == [("city",), ("pay",)]


def test_nested_and_union(frame: pd.DataFrame) -> None:
    inner = ColumnTransformer([("n", make_pipeline(SimpleImputer(), StandardScaler()), ["pay"])])
    union = FeatureUnion([("mean", SimpleImputer()), ("median", SimpleImputer(strategy="median"))])
    ct = ColumnTransformer(
        [("deep", inner, ["age", "pay"]), ("both", union, ["age", "pay"]), ("c", OneHotEncoder(), ["job"])]
    ).fit(frame)
    assert parents_of(ct, frame) == [("pay",), ("age",), ("pay",), ("age",), ("pay",), ("job",), ("job",)]


def test_function_of_several_columns_has_several_parents(frame: pd.DataFrame) -> None:
    ratio = FunctionTransformer(lambda X: (X["pay"] / X["age"]).to_numpy().reshape(-1, 1))
    ct = make_column_transformer((ratio, ["age", "pay"]), ("passthrough", ["age"])).fit(frame)
    lineage = probe(ct.transform, Dataset.of(frame))
    assert lineage.parents == ((0, 1), (0,))
    assert not lineage.is_partition
    assert lineage.shared == (0,)
    with pytest.raises(InvalidInputError, match="several raw parents"):
        lineage.to_raw(np.ones((1, 2)))


def test_two_rare_values_at_once(frame: pd.DataFrame) -> None:
    def both(X: pd.DataFrame) -> np.ndarray:
        return ((X["age"] >= 58) & (X["city"] == "Kyiv")).to_numpy().reshape(-1, 1)

    assert parents_of(FunctionTransformer(both).fit(frame), frame) == [("age", "city")]


def test_target_encoder_and_polynomials(frame: pd.DataFrame) -> None:
    encoder = make_column_transformer((TargetEncoder(random_state=0), ["city", "job"]))
    encoder.fit(frame, target(len(frame)))
    assert parents_of(encoder, frame) == [("city",), ("job",)]
    numbers = frame[["age", "pay"]].dropna()
    powers = PolynomialFeatures(2).fit(numbers)
    assert parents_of(powers, numbers) == [(), ("age",), ("pay",), ("age",), ("age", "pay"), ("pay",)]


def test_matrix_products_do_not_invent_parents() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 12)) * 10.0 ** rng.integers(-3, 6, 12)
    pca = PCA(4).fit(X[:, :6])
    frame = pd.DataFrame(X, columns=list("abcdefghijkl"))
    ct = ColumnTransformer([("p", pca, list("abcdef")), ("s", StandardScaler(), list("ghijkl"))]).fit(frame)
    lineage = probe(ct.transform, Dataset.of(frame))
    assert [len(raws) for raws in lineage.parents[4:]] == [1] * 6
    assert all(set(raws) <= set(range(6)) for raws in lineage.parents[:4])


def test_text_column(frame: pd.DataFrame) -> None:
    rng = np.random.default_rng(0)
    words = np.array([f"word{k}" for k in range(60)])
    frame = frame.assign(note=[" ".join(rng.choice(words, 4)) for _ in range(len(frame))])
    ct = ColumnTransformer([("t", TfidfVectorizer(), "note"), ("n", StandardScaler(), ["age"])]).fit(frame)
    lineage = probe(ct.transform, Dataset.of(frame))
    assert lineage.parents == ((4,),) * 60 + ((0,),)


def test_constant_column_is_tried_with_other_values() -> None:
    frame = pd.DataFrame({"a": [1.0, 2, 3], "b": [5.0, 5, 5], "c": pd.Categorical(["x"] * 3, ["x", "y"])})
    ct = make_column_transformer((FunctionTransformer(np.log1p), ["a", "b"]), (OneHotEncoder(), ["c"]))
    ct.fit(pd.DataFrame({"a": [1.0, 2], "b": [5.0, 7], "c": ["x", "y"]}))
    assert parents_of(ct, frame) == [("a",), ("b",), ("c",), ("c",)]


@pytest.mark.parametrize("library", ["numpy", "sparse", "polars", "pyarrow"])
def test_other_tables(library: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3)).round(1)
    if library == "numpy":
        data = Dataset.of(X)
    elif library == "sparse":
        data = Dataset.of(sparse.csr_matrix(np.where(X > 0, X, 0)))
    elif library == "polars":
        pl = pytest.importorskip("polars")
        data = Dataset.of(pl.DataFrame(X, schema=["a", "b", "c"]))
    else:
        import pyarrow as pa

        data = Dataset.of(pa.table({name: X[:, j] for j, name in enumerate("abc")}))

    def transform(native: object) -> np.ndarray:
        dense = native.toarray() if sparse.issparse(native) else np.asarray(native)
        return np.column_stack([dense[:, 2], dense[:, 0] * dense[:, 1]])

    assert probe(transform, data).parents == ((2,), (0, 1))


def test_random_and_batch_dependent_transformations_are_refused(frame: pd.DataFrame) -> None:
    data = Dataset.of(frame[["age"]])
    rng = np.random.default_rng(0)
    with pytest.raises(InvalidInputError, match="asked again"):
        probe(lambda X: X.to_numpy() + rng.normal(size=X.shape), data)
    with pytest.raises(InvalidInputError, match="beside other rows"):
        probe(lambda X: (X - X.mean()).to_numpy(), data)
    with pytest.raises(ModelCallError, match="ValueError: no"):
        probe(_raises, data)


def _raises(X: object) -> np.ndarray:
    raise ValueError("no")


def test_names_and_sums() -> None:
    assert names_from_parents(["a", "b"], [(0,), (1,), (1,), (0, 1), ()]) == (
        "a",
        "b [0]",
        "b [1]",
        "a × b",
        "constant",
    )
    lineage = Lineage(("a", "b", "c"), ("p", "q", "r"), ((0,), (2,), (0,)))
    assert lineage.children == ((0, 2), (), (1,))
    values = np.arange(12.0).reshape(2, 3, 2)
    raw = lineage.to_raw(values)
    np.testing.assert_allclose(raw.sum(axis=1), values.sum(axis=1))
    np.testing.assert_allclose(raw[:, 0], values[:, 0] + values[:, 2])
    assert not raw[:, 1].any()


def test_wrong_number_of_names(frame: pd.DataFrame) -> None:
    with pytest.raises(InvalidInputError, match=r"1 names.*2 columns"):
        probe(lambda X: X[["age", "pay"]].to_numpy(), Dataset.of(frame), engineered_names=["a"])
