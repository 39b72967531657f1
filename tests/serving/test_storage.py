"""Kept scoring explainers: whole or not at all, checked, and never a reason to run code."""

from __future__ import annotations

import contextlib
import hashlib
import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from interpret_widget import InvalidInputError, ScoringExplainer, TabularExplainer
from interpret_widget.errors import InterpretWidgetError
from interpret_widget.explanation.manifest import _signature
from interpret_widget.models.trees.npz import packed

from .conftest import _people, _prepared

GOLDEN = Path(__file__).parents[1] / "golden" / "scoring"


def sign(folder, change=lambda manifest: None):
    """Write the checksums that fit what is there."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    change(manifest)
    for name in manifest["files"]:
        if (folder / name).is_file():
            manifest["files"][name]["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    manifest["sha256"] = _signature(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


@pytest.fixture(scope="module")
def forest():
    X, score = _people()
    model = _prepared(RandomForestClassifier(4, max_depth=4, random_state=0)).fit(X, score > 0)
    return X, TabularExplainer(model, X).for_scoring()


@pytest.fixture
def folder(forest, tmp_path):
    return forest[1].save(tmp_path / "scorer")


def test_a_folder_holds_json_and_plain_arrays(folder):
    assert sorted(file.name for file in folder.iterdir()) == ["arrays.npz", "manifest.json", "trees.npz"]
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["format"] == "interpret-widget/scoring-explainer"
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        assert {"owner", "columns", "start"} <= set(arrays)


def test_it_is_small(forest, folder):
    assert sum(file.stat().st_size for file in folder.iterdir()) < 40_000


def test_rows_of_the_training_data_are_not_in_it(forest, folder):
    X, _ = forest
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        held = np.concatenate([array.ravel() for array in arrays.values()])
    incomes = X["income"].dropna()
    assert np.isin(incomes.to_numpy(), held).mean() < 0.05


def test_saving_again_replaces_it(forest, folder):
    assert forest[1].save(folder) == folder
    assert ScoringExplainer.load(folder).task == "binary"


def test_a_folder_with_other_things_is_left_alone(forest, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InvalidInputError, match="other things in it"):
        forest[1].save(tmp_path)
    with pytest.raises(InvalidInputError, match="is a file"):
        forest[1].save(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_an_interrupted_save_leaves_what_was_there(forest, folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("interpret_widget.serving.storage.written", full)
    with pytest.raises(OSError, match="No space left"):
        forest[1].save(folder)
    assert ScoringExplainer.load(folder).task == "binary"
    assert [each.name for each in folder.parent.iterdir()] == ["scorer"]


def test_what_is_not_there_or_of_another_kind_is_said(tmp_path):
    with pytest.raises(InvalidInputError, match=r"give the folder that scorer\.save wrote"):
        ScoringExplainer.load(tmp_path / "nowhere")
    golden = Path(__file__).parents[1] / "golden" / "explanations" / "v2"
    with pytest.raises(InvalidInputError, match=r"something else than what scorer\.save writes"):
        ScoringExplainer.load(golden)


def test_a_later_version_is_refused_with_the_way_out(folder):
    sign(folder, lambda manifest: manifest.update(version=99))
    with pytest.raises(InvalidInputError, match=r"version 99 .* pip install -U interpret-widget"):
        ScoringExplainer.load(folder)


@pytest.mark.parametrize("name", ["arrays.npz", "trees.npz", "manifest.json"])
def test_a_changed_or_missing_file_is_named(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-30] + b"x" * 30)
    with pytest.raises(InvalidInputError, match=name):
        ScoringExplainer.load(folder)
    (folder / name).unlink()
    with pytest.raises(InvalidInputError, match=name):
        ScoringExplainer.load(folder)


def test_a_model_that_is_asked_again_is_asked_for(tmp_path):
    X, score = _people()
    X = X[["age"]]
    model = GaussianNB().fit(X, score > 0)
    folder = TabularExplainer(model, X).for_scoring().save(tmp_path / "scorer")
    assert ScoringExplainer.load(folder, model=model).records(X[:1])
    with pytest.raises(
        InvalidInputError, match="GaussianNB, which is asked again about every row: give model="
    ):
        ScoringExplainer.load(folder)
    other = GaussianNB().fit(X, score > 0.5)
    with pytest.raises(InvalidInputError, match="model predicts something else than the GaussianNB that"):
        ScoringExplainer.load(folder, model=other)


def shift(x):
    return np.asarray(x) + 1


def test_types_that_skops_does_not_know_are_named(tmp_path):
    pytest.importorskip("skops")
    X, score = _people()
    X = X[["age"]]
    model = make_pipeline(FunctionTransformer(shift), StandardScaler(), LogisticRegression()).fit(
        X, score > 0
    )
    folder = TabularExplainer(model, X).for_scoring().save(tmp_path / "scorer")
    with pytest.raises(InvalidInputError, match=r"types that skops does not know: (.*shift)\. .* trusted="):
        ScoringExplainer.load(folder)
    name = f"{shift.__module__}.shift"
    again = ScoringExplainer.load(folder, trusted=[name])
    np.testing.assert_allclose(again.predict_proba(X), model.predict_proba(X))


def test_the_golden_one_still_says_what_it_said():
    scorer = ScoringExplainer.load(GOLDEN / "v1")
    said = json.loads((GOLDEN / "v1.json").read_text("utf-8"))
    found = json.loads(json.dumps(scorer.records(said["rows"], 3)))
    assert _alike(found, said["records"])


def _alike(found, known):
    if isinstance(known, dict):
        return found.keys() == known.keys() and all(_alike(found[key], known[key]) for key in known)
    if isinstance(known, list):
        return len(found) == len(known) and all(map(_alike, found, known))
    if isinstance(known, float):
        return found == pytest.approx(known, rel=1e-9, abs=1e-12)
    return bool(found == known)


# -- what an attacker could write ------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def at_most(n):
    return settings(
        max_examples=n,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.fixture(scope="module")
def original(tmp_path_factory, forest):
    return forest[1].save(tmp_path_factory.mktemp("fuzzed") / "original")


@contextlib.contextmanager
def copied(original):
    place = original.parent / "copy"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(original, place)
    yield place


def used_or_refused(place, X):
    """Either it is refused when it is loaded, or all that it says can be asked for without a crash."""
    try:
        scorer = ScoringExplainer.load(place)
    except InterpretWidgetError:
        return
    with contextlib.suppress(InterpretWidgetError):
        scorer.explain(X[:3])


@at_most(60)
@given(content=st.binary(max_size=400))
@pytest.mark.parametrize("name", ["arrays.npz", "trees.npz", "manifest.json"])
def test_arbitrary_bytes_are_refused(original, name, content):
    with copied(original) as place:
        (place / name).write_bytes(content)
        if name != "manifest.json":
            sign(place)
        with pytest.raises(InterpretWidgetError):
            ScoringExplainer.load(place)


@at_most(60)
@given(at=st.integers(0, 10_000), byte=st.integers(1, 255))
@pytest.mark.parametrize("name", ["arrays.npz", "trees.npz"])
def test_a_flipped_byte_is_used_or_refused(original, forest, name, at, byte):
    with copied(original) as place:
        content = bytearray((place / name).read_bytes())
        content[at % len(content)] ^= byte
        (place / name).write_bytes(bytes(content))
        sign(place)
        used_or_refused(place, forest[0])


def paths(value, path=()):
    """Where every value of the manifest lies."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*path, key))


@at_most(250)
@given(data=st.data())
def test_any_value_of_the_manifest_is_used_or_refused(original, forest, data):
    manifest = json.loads((original / "manifest.json").read_text("utf-8"))
    places = [
        path for path in paths(manifest) if path and path[0] in ("schema", "about", "recipe", "form", "kind")
    ]
    path = data.draw(st.sampled_from(places))
    value = data.draw(JSON)

    def change(said):
        for key in path[:-1]:
            said = said[key]
        said[path[-1]] = value

    with copied(original) as place:
        try:
            sign(place, change)
        except (ValueError, RecursionError):
            return  # not JSON
        used_or_refused(place, forest[0])


@at_most(80)
@given(
    name=st.sampled_from(
        [
            "owner",
            "columns",
            "start",
            "lookup-0-out",
            "lookup-0-table",
            "arithmetic-0-raw",
            "arithmetic-0-out",
            "arithmetic-0-parameters",
        ]
    ),
    shift=st.sampled_from([-(10**6), -1, 1, 7, 10**6, 2**62]),
    cut=st.booleans(),
)
def test_arrays_that_point_elsewhere_are_used_or_refused(original, forest, name, shift, cut):
    with copied(original) as place:
        with np.load(place / "arrays.npz", allow_pickle=False) as stored:
            arrays = dict(stored)
        array = arrays[name]
        with np.errstate(over="ignore"):
            arrays[name] = array[:-1] if cut and len(array) else array + np.array(shift, dtype=array.dtype)
        (place / "arrays.npz").write_bytes(packed(arrays))
        sign(place)
        used_or_refused(place, forest[0])


@pytest.mark.parametrize("name", ["arrays.npz", "trees.npz", "manifest.json"])
def test_a_pickle_is_never_opened(original, name, tmp_path):
    touched = tmp_path / "touched"

    class Trap:
        def __reduce__(self):
            return (Path.touch, (touched,))

    with copied(original) as place:
        (place / name).write_bytes(pickle.dumps(Trap()))
        if name != "manifest.json":
            sign(place)
        with pytest.raises(InterpretWidgetError):
            ScoringExplainer.load(place)
        arrays = {"owner": np.array([Trap()], dtype=object)}
        np.savez(place / "arrays.npz", **arrays)
        with contextlib.suppress(Exception):
            sign(place)
        with pytest.raises(InterpretWidgetError):
            ScoringExplainer.load(place)
    assert not touched.exists()
