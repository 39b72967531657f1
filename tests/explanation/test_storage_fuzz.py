"""Arbitrary bytes in a saved folder give our error: never a crash, never somebody else's code."""

from __future__ import annotations

import contextlib
import hashlib
import json
import pickle
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interpret_widget import Explanation
from interpret_widget.errors import InterpretWidgetError
from interpret_widget.explanation import Aggregates
from interpret_widget.explanation.manifest import _signature

GOLDEN = Path(__file__).parents[1] / "golden" / "explanations" / "v2"
FILES = sorted(file.relative_to(GOLDEN).as_posix() for file in GOLDEN.rglob("*") if file.is_file())
SIGNED = [name for name in FILES if name != "manifest.json"]
#: What an attacker who can count would also write.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("fuzzed") / "x"
    for name in FILES:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
    restore(place)
    return place


def restore(place):
    for name in FILES:
        (place / name).write_bytes((GOLDEN / name).read_bytes())


def sign(place, change=lambda manifest: None):
    """Write the checksums that fit what is there."""
    manifest = json.loads((GOLDEN / "manifest.json").read_text("utf-8"))
    for name, said in manifest["files"].items():
        said["sha256"] = hashlib.sha256((place / name).read_bytes()).hexdigest()
    change(manifest)
    manifest["sha256"] = _signature(manifest)
    (place / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def refused(place):
    for read in (Explanation.load, lambda path: Explanation.load(path, top_k=1), Aggregates.load):
        try:
            read(place)
        except InterpretWidgetError:
            continue
        return False
    return True


def at_most(n):
    """Examples, always the same, in a folder that all of them share."""
    return settings(
        max_examples=n,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@at_most(40)
@given(content=st.binary(max_size=300))
@pytest.mark.parametrize("name", FILES)
def test_any_bytes_in_any_file(folder, name, content):
    restore(folder)
    (folder / name).write_bytes(content)
    with pytest.raises(InterpretWidgetError):
        Aggregates.load(folder) if name == "aggregates.json" else Explanation.load(folder)


@at_most(60)
@given(text=st.text(max_size=40) | JSON.map(json.dumps))
def test_any_json_as_manifest(folder, text):
    restore(folder)
    (folder / "manifest.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert refused(folder)


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, '{"a":' * 200_000, '{"format": "\\ud800"}', "1" * 10_000, "\x00", "NaN"]
    + [json.dumps({"format": "interpret-widget/explanation", "version": v}) for v in (0, -1, True, 1.5, "2")]
    + ['{"format": "interpret-widget/explanation", "version": 2, "files": "\\ud800", "sha256": ""}'],
    ids=lambda text: text[:12],
)
def test_manifests_that_trip_readers_of_json(folder, text):
    restore(folder)
    (folder / "manifest.json").write_text(text, "utf-8")
    assert refused(folder)


@at_most(40)
@given(
    content=st.binary(max_size=300), name=st.sampled_from([file for file in FILES if "manifest" not in file])
)
def test_any_bytes_under_checksums_that_fit(folder, name, content):
    restore(folder)
    (folder / name).write_bytes(content)
    sign(folder)
    with pytest.raises(InterpretWidgetError):
        Aggregates.load(folder) if name == "aggregates.json" else Explanation.load(folder)


@at_most(150)
@given(data=st.data())
def test_any_value_anywhere_in_a_signed_manifest(folder, data):
    restore(folder)

    def change(manifest):
        part, keys = manifest, []
        while isinstance(part, (dict, list)) and part and (not keys or data.draw(st.integers(0, 4))):
            key = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
            keys.append((part, key))
            part = part[key]
        inside, key = keys[-1]
        inside[key] = data.draw(JSON)

    sign(folder, change)
    for read in (Explanation.load, lambda path: Explanation.load(path, top_k=1), Aggregates.load):
        try:
            found = read(folder)
        except InterpretWidgetError:
            continue
        assert isinstance(found, (Explanation, Aggregates))


class Touch:
    """A pickle that leaves a trace when it is read."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return (Path.touch, (self.file,))


def test_pickles_in_the_types_of_a_table_are_not_opened(folder, tmp_path):
    restore(folder)
    trace = tmp_path / "executed"
    poison = pickle.dumps(Touch(trace))
    pickle.loads(poison)
    assert trace.exists()
    trace.unlink()
    table = pq.read_table(GOLDEN / "data" / "0.parquet")
    marks = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": poison}
    fields = [field.with_metadata(marks) for field in table.schema]
    schema = pa.schema(fields, metadata={b"pandas": poison})
    pq.write_table(table.cast(schema), folder / "data" / "0.parquet")
    sign(folder)
    with contextlib.suppress(InterpretWidgetError):
        Explanation.load(folder)
    assert not trace.exists()


def test_names_of_files_do_not_come_from_the_manifest(folder, tmp_path):
    """Nothing outside the folder can be asked for."""
    restore(folder)
    outside = tmp_path / "outside.parquet"
    pq.write_table(pa.table(pd.DataFrame({"a": [1]})), outside)

    def change(manifest):
        manifest["files"][str(outside)] = {"sha256": hashlib.sha256(outside.read_bytes()).hexdigest()}
        manifest["levels"][0]["output_names"] = ["../" * 8 + str(outside)[1:-8], "yes"]

    sign(folder, change)
    with pytest.raises(InterpretWidgetError):
        Explanation.load(folder)
