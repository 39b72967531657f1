"""The strongest features, or the aggregates alone, need only their part of a saved folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from interpret_widget import Explanation, explain
from interpret_widget.errors import InvalidInputError
from interpret_widget.explanation import Aggregates
from interpret_widget.explanation.shards import follow, plan
from interpret_widget.tabular import Lineage

N = 25
NUMBERS = np.random.default_rng(3).normal(size=(N, 11)) * np.arange(11) ** 2
NAMES = [f"column {j}" for j in range(11)]


def same(a, b):
    """Two explanations, to the bit, with everything that hangs on them."""
    for name in ("values", "std_errors", "base_values", "predictions", "probabilities", "base_probabilities"):
        first, second = getattr(a, name), getattr(b, name)
        assert (first is None) == (second is None), name
        assert first is None or first.tobytes() == second.tobytes(), name
    for name in (
        "feature_names",
        "output_names",
        "notes",
        "complete",
        "is_raw",
        "residual",
        "lineage",
        "method",
    ):
        assert getattr(a, name) == getattr(b, name), name
    assert a.data.schema == b.data.schema
    assert a.data.labels() == b.data.labels()
    assert type(a.data.native) is type(b.data.native)
    assert np.array_equal(a.data.codes(), b.data.codes(), equal_nan=True)
    assert (a.engineered is None) == (b.engineered is None)
    if a.engineered is not None:
        same(a.engineered, b.engineered)


TABLES = {
    "pandas": lambda: pd.DataFrame(NUMBERS, columns=NAMES, index=[f"r{i}" for i in range(N)]),
    "numbered": lambda: pd.DataFrame(NUMBERS),
    "polars": lambda: pl.DataFrame(NUMBERS, schema=NAMES),
    "arrow": lambda: pa.table({name: NUMBERS[:, j] for j, name in enumerate(NAMES)}),
    "numpy": lambda: NUMBERS.copy(),
    "objects": lambda: np.where(NUMBERS > 0, NUMBERS, "x").astype(object),
    "csr": lambda: sparse.csr_matrix(np.where(NUMBERS > 0.5, NUMBERS, 0)),
    "coo": lambda: sparse.coo_array(np.where(NUMBERS > 0.5, NUMBERS, 0)),
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("k", [1, 4, 5, 10])
def test_the_top_is_what_select_would_give(kind, k, tmp_path):
    values = np.stack([NUMBERS, -2 * NUMBERS[:, ::-1]], axis=2)
    before = Explanation.from_values(
        values, TABLES[kind](), std_errors=np.abs(values) / 9, output_names=["a", "b"]
    )
    folder = before.save(tmp_path / "x")
    some = Explanation.load(folder, top_k=k)
    same(some, before.select(features=before.get_ranked_global_names(k)))
    assert not some.complete
    assert some.get_ranked_global_names() == before.get_ranked_global_names(k)


def test_as_many_as_there_are_is_all_of_them(deep, tmp_path):
    folder = deep.save(tmp_path / "x")
    for k in (3, 99):
        same(Explanation.load(folder, top_k=k), deep)


@pytest.mark.parametrize("k", [1, 2])
def test_the_engineered_level_stays_in_step(deep, tmp_path, k):
    some = Explanation.load(deep.save(tmp_path / "x"), top_k=k)
    same(some, deep.select(features=deep.get_ranked_global_names(k)))
    assert set(some.lineage.raw_names) == set(deep.get_ranked_global_names(k))
    # … and so does an engineered level that is saved on its own.
    alone = deep.engineered
    same(
        Explanation.load(alone.save(tmp_path / "y"), top_k=k),
        alone.select(features=alone.get_ranked_global_names(k)),
    )


def test_columns_that_feed_nothing_leave_no_engineered_level(tmp_path):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(30, 3)), columns=["dropped", "kept", "also dropped"])
    X["role"] = rng.choice(["a", "b"], 30)
    made = ColumnTransformer([("role", OneHotEncoder(), ["role"]), ("kept", "passthrough", ["kept"])])
    model = make_pipeline(made, LogisticRegression()).fit(X, X["kept"] > 0)
    whole = explain(model, X)
    again = Explanation.load(whole.save(tmp_path / "x"))
    same(again, whole)
    same(Explanation.load(tmp_path / "x", top_k=3), whole.select(features=whole.get_ranked_global_names(3)))
    assert whole.select(features=["dropped"]).engineered is None


def test_only_the_files_of_the_top_are_needed(tmp_path):
    before = Explanation.from_values(NUMBERS, TABLES["pandas"](), std_errors=np.abs(NUMBERS))
    folder = before.save(tmp_path / "x")
    for name in ("values", "std_errors", "data"):
        files = sorted((folder / name).iterdir())
        assert [file.name for file in files] == ["0.parquet", "1.parquet", "2.parquet"]
        for file in files[1:]:
            file.unlink()
    same(Explanation.load(folder, top_k=4), before.select(features=before.get_ranked_global_names(4)))
    with pytest.raises(InvalidInputError, match=r"1\.parquet is missing"):
        Explanation.load(folder, top_k=5)


def test_aggregates_need_no_table_at_all(deep, tmp_path):
    folder = deep.save(tmp_path / "x")
    for file in folder.rglob("*.parquet"):
        file.unlink()
    found = Aggregates.load(folder)
    for mine, theirs in ((found, deep), (found.engineered, deep.engineered)):
        assert mine.importance.tobytes() == theirs.importance.tobytes()
        assert mine.importance_error.tobytes() == theirs.importance_error.tobytes()
        assert mine.base_values.tobytes() == theirs.base_values.tobytes()
        assert (mine.n_rows, mine.residual, mine.method) == (theirs.n_rows, theirs.residual, theirs.method)
        assert mine.get_feature_importance_dict(2) == theirs.get_feature_importance_dict(2)
        assert mine.get_ranked_per_class_names() == theirs.get_ranked_per_class_names()
        pd.testing.assert_frame_equal(mine.global_frame(), theirs.global_frame())
    assert "40 rows × 3 features" in repr(found)


def test_unknown_importances_stay_unknown(tmp_path):
    values = np.ones((1, 2))
    values[0, 1] = np.nan
    found = Aggregates.load(Explanation.from_values(values).save(tmp_path / "x"))
    assert np.array_equal(found.importance, [[1.0, np.nan]], equal_nan=True)
    assert np.isnan(found.importance_error).all()


def test_changed_aggregates_and_parts_are_noticed(one, tmp_path):
    folder = one.save(tmp_path / "x")
    said = json.loads((folder / "aggregates.json").read_text("utf-8"))
    said["levels"][0]["importance"][0][0] *= 2
    (folder / "aggregates.json").write_text(json.dumps(said), "utf-8")
    with pytest.raises(InvalidInputError, match=r"aggregates\.json is not as it was saved"):
        Aggregates.load(folder)
    file = folder / "data" / "0.parquet"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(InvalidInputError, match=r"data/0\.parquet is not as it was saved"):
        Explanation.load(folder, top_k=1)


@pytest.mark.parametrize("top_k", [0, -1, 2.5, True, "3"])
def test_a_senseless_top_k_is_refused(one, tmp_path, top_k):
    folder = one.save(tmp_path / "x")
    with pytest.raises(InvalidInputError, match="top_k="):
        Explanation.load(folder, top_k=top_k)


def test_files_double_so_that_the_top_lies_in_less_than_twice_its_size():
    for p in range(1, 200):
        shards = plan(list(range(p))[::-1])
        assert [j for shard in shards for j in shard] == list(range(p))[::-1]
        for k in range(4, p + 1):
            sizes = np.cumsum([len(shard) for shard in shards])
            assert sizes[np.searchsorted(sizes, k)] < 2 * k


def test_engineered_columns_lie_with_their_strongest_parent():
    lineage = Lineage(("a", "b", "c"), ("u", "v", "w", "x"), ((0,), (1, 2), (), (2,)))
    assert follow([[2], [0, 1]], lineage) == [[1, 3], [0, 2]]


GOLDEN = Path(__file__).parents[1] / "golden" / "explanations"
VERSIONS = sorted(path.stem for path in GOLDEN.glob("v*.json"))


def test_there_is_a_golden_folder_of_every_version():
    from interpret_widget.explanation.storage import VERSION

    assert [f"v{number}" for number in range(1, VERSION + 1)] == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_read_as_it_was_written(version):
    said = json.loads((GOLDEN / f"{version}.json").read_text("utf-8"))
    found = Explanation.load(GOLDEN / version)
    manifest = json.loads((GOLDEN / version / "manifest.json").read_text("utf-8"))
    assert f"v{manifest['version']}" == version
    aggregates = Aggregates.load(GOLDEN / version)
    for level, totals, expected in (
        (found, aggregates, said["levels"][0]),
        (found.engineered, aggregates.engineered, said["levels"][1]),
    ):
        for name in ("values", "base_values", "predictions"):
            assert getattr(level, name).tolist() == expected[name], name
        assert np.allclose(totals.importance, expected["importance"], rtol=1e-14)
        for name in ("feature_names", "output_names", "notes"):
            assert list(getattr(level, name)) == expected[name], name
        assert (level.method, level.exact) == (expected["method"], expected["exact"])
    assert [list(each) for each in found.lineage.parents] == said["parents"]
    assert found.y.tolist() == said["y"]
    native = found.data.native
    assert [str(dtype) for dtype in native.dtypes] == said["dtypes"]
    rows = json.loads(native.reset_index().to_json(date_format="iso", date_unit="ns"))
    assert rows == said["rows"]
    same(Explanation.load(GOLDEN / version, top_k=2), found.select(features=found.get_ranked_global_names(2)))
