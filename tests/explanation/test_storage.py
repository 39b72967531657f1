"""What is saved comes back bit by bit; what is damaged, foreign or newer is refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from interpret_widget import Explanation
from interpret_widget.errors import InvalidInputError

FRAME = pd.DataFrame(
    {
        "number": [1.5, np.nan, -0.0],
        "whole": np.array([1, 2, 3], dtype="int32"),
        "nullable": pd.array([1, None, 3], dtype="Int64"),
        "flag": [True, False, True],
        "level": pd.Categorical(["b", None, "a"], categories=["b", "a", "z"], ordered=True),
        "text": ["ümlaut", None, '"<b>"'],
        "day": pd.to_datetime(["2024-01-01", None, "2024-03-01"]),
        "zoned": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"]).tz_localize("Europe/Berlin"),
    }
)


def kept(data, tmp_path, **more):
    n, p = data.shape
    values = np.random.default_rng(0).normal(size=(n, p, 2))
    explanation = Explanation.from_values(values, data, base_values=[0.25, -0.25], **more)
    return explanation, Explanation.load(explanation.save(tmp_path / "kept"))


@pytest.mark.parametrize(
    "index",
    [[10, 20, 30], ["a", "b", "b"], pd.date_range("2024-01-01", periods=3), [dt.date(2024, 1, 1)] * 3],
)
def test_pandas_comes_back_as_it_was(tmp_path, index):
    frame = FRAME.set_axis(pd.Index(index, name="who"), axis=0)
    before, after = kept(frame, tmp_path, y=["x", "y", "x"], output_names=["x", "y"])
    pd.testing.assert_frame_equal(after.data.native, frame, check_freq=False)
    assert after.values.tobytes() == before.values.tobytes()
    assert after.data.schema == before.data.schema
    assert after.data.labels() == before.data.labels()
    assert np.array_equal(after.y, before.y)
    for name in ("base_values", "output_names", "task", "unit", "notes", "method", "exact", "class_values"):
        assert np.array_equal(getattr(after, name), getattr(before, name)), name
    assert after.provenance == before.provenance


@pytest.mark.parametrize(
    "make",
    [
        lambda: pl.DataFrame({"a": [1.5, None, 3.0], "b": ["x", None, "y"], "c": [dt.date(2024, 1, 1)] * 3}),
        lambda: pa.table({"a": [1, None, 3], "b": ["x", "y", None]}),
        lambda: np.array([[1.0, np.nan], [3.0, 4.0]]),
        lambda: np.array([[1, "x"], [2.5, None]], dtype=object),
        lambda: sparse.csr_matrix([[0.0, 1.0], [2.0, 0.0]]),
    ],
    ids=["polars", "arrow", "numpy", "objects", "sparse"],
)
def test_every_kind_of_table_keeps_its_type(tmp_path, make):
    data = make()
    before, after = kept(data, tmp_path)
    assert type(after.data.native) is type(data)
    assert np.array_equal(after.data.codes(), before.data.codes(), equal_nan=True)
    assert after.data.schema == before.data.schema


def test_both_levels_and_their_lineage_survive(deep, tmp_path):
    after = Explanation.load(deep.save(tmp_path / "deep"))
    assert np.array_equal(after.engineered.values, deep.engineered.values)
    assert after.lineage == deep.lineage
    assert after.residual == deep.residual
    assert np.array_equal(after.probabilities, deep.probabilities)
    assert after.explainer is None


def test_what_is_loaded_can_be_asked_again_with_its_model(deep, tmp_path):
    after = Explanation.load(deep.save(tmp_path / "deep"))
    dashboard = after.dashboard(model=deep.explainer.adapter.model)
    assert dashboard._schema["has_model"]


def test_nothing_in_the_folder_is_a_pickle(deep, tmp_path):
    folder = deep.save(tmp_path / "deep")
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} == {".parquet", ".json"}


def test_saving_again_replaces_and_leaves_nothing_beside(one, three, tmp_path):
    one.save(tmp_path / "here")
    three.save(tmp_path / "here")
    assert Explanation.load(tmp_path / "here").n_outputs == 3
    assert [each.name for each in tmp_path.iterdir()] == ["here"]


def test_a_folder_with_other_things_is_left_alone(one, tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(InvalidInputError, match="other things in it"):
        one.save(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_no_rows_at_all_are_an_explanation_too(deep, tmp_path):
    after = Explanation.load(deep[[]].save(tmp_path / "x"))
    assert after.values.shape == (0, 3, 2)
    assert after.engineered.values.shape == (0, 5, 2)
    assert after.feature_names == deep.feature_names


def test_single_precision_the_unknown_and_signed_zero_survive_to_the_bit(tmp_path):
    values = np.array([[np.nan, -0.0], [1e-42, 3.4e38]], dtype=np.float32)
    before = Explanation.from_values(values, std_errors=np.abs(values), exact=True)
    after = Explanation.load(before.save(tmp_path / "x"))
    for name in ("values", "std_errors"):
        assert getattr(after, name).dtype == np.float32
        assert getattr(after, name).tobytes() == getattr(before, name).tobytes()


def test_a_slice_that_no_longer_adds_up_says_so_after_loading(deep, tmp_path):
    after = Explanation.load(deep.select(features=["age"]).save(tmp_path / "x"))
    assert not after.complete
    assert after.residual is None


def test_what_goes_wrong_while_saving_leaves_the_old_one(one, tmp_path, monkeypatch):
    folder = one.save(tmp_path / "x")
    bad = Explanation.from_values(np.ones((1, 1)), pd.DataFrame({"lists": [[1]]}))
    with pytest.raises(InvalidInputError, match="column 'lists'"):
        bad.save(folder)
    rename = Path.rename

    def interrupted(self, target):
        if self.name == "fresh":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        one[:3].save(folder)
    assert Explanation.load(folder).n_rows == one.n_rows
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_a_file_is_not_a_folder(one, tmp_path):
    (tmp_path / "file").write_text("precious")
    with pytest.raises(InvalidInputError, match="is a file"):
        one.save(tmp_path / "file")


def entries(part, path=()):
    """Where every single value of a manifest stands."""
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    found = [each for key, value in inside for each in entries(value, (*path, key))]
    return found or [path]


def damaged(folder, change):
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def test_any_change_of_the_manifest_is_noticed(deep, tmp_path):
    folder = deep.save(tmp_path / "x")
    text = (folder / "manifest.json").read_text("utf-8")
    places = entries(json.loads(text))
    assert len(places) > 150
    for *way, last in places:
        for new in (None, 7, "text", "gone"):
            manifest = json.loads(text)
            part = manifest
            for key in way:
                part = part[key]
            if part[last] == new:
                continue
            part[last] = new
            if new == "gone":
                del part[last]
            (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
            with pytest.raises(InvalidInputError):
                Explanation.load(folder)
    (folder / "manifest.json").write_text(json.dumps(json.loads(text), indent=4), "utf-8")
    assert Explanation.load(folder).n_rows == 40  # laid out otherwise, and the same


def test_what_this_machine_cannot_read_says_what_it_was_written_with(one, tmp_path, monkeypatch):
    folder = one.save(tmp_path / "x")
    monkeypatch.setattr("interpret_widget.explanation.tables._read_pandas", lambda *_: 1 / 0)
    with pytest.raises(InvalidInputError, match=f"division by zero.*pandas {pd.__version__}"):
        Explanation.load(folder)


def test_a_changed_table_is_noticed(one, tmp_path):
    folder = one.save(tmp_path / "x")
    file = next(folder.rglob("0.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(InvalidInputError, match="checksum differs"):
        Explanation.load(folder)


def test_a_newer_version_says_the_way_out(one, tmp_path):
    folder = one.save(tmp_path / "x")
    damaged(folder, lambda manifest: manifest.update(version=99, written_by="9.0"))
    with pytest.raises(InvalidInputError, match=r"written by interpret-widget 9\.0 .* pip install -U"):
        Explanation.load(folder)


def test_a_missing_part_a_broken_manifest_and_nothing_at_all(one, tmp_path):
    folder = one.save(tmp_path / "x")
    damaged(folder, lambda manifest: manifest["levels"][0].pop("unit"))
    with pytest.raises(InvalidInputError, match="is damaged"):
        Explanation.load(folder)
    folder = one.save(tmp_path / "y")
    next(folder.rglob("0.parquet")).unlink()
    with pytest.raises(InvalidInputError, match="is missing"):
        Explanation.load(folder)
    with pytest.raises(InvalidInputError, match="holds no manifest"):
        Explanation.load(tmp_path / "nowhere")
