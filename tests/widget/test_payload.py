"""What the page gets at once: true, small at any size, and the same as the golden files."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from interpret_widget import Explanation
from interpret_widget.widget import codec
from interpret_widget.widget.payload import BUDGET, prepare
from tests.golden import make


def prepared(explanation, **options):
    given = {"title": "t", "max_points": 2000, "random_state": 0, "has_model": True, "model_note": None}
    return prepare(explanation, **{**given, **options})


def size_of(ready):
    return sum(array.nbytes for array in ready.payload.values()) + len(json.dumps(ready.schema))


def synthetic(n, p, k=1, seed=0, **more):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, p)).astype("float32"), columns=[f"x{j}" for j in range(p)])
    values = rng.normal(size=(n, p, k)).astype("float32")
    return Explanation.from_values(values, X, predictions=values.sum(axis=1), **more)


def test_numbers_are_those_of_the_explanation(binary):
    explanation, _, X, y = binary
    ready = prepared(explanation)
    found, at = ready.payload, ready.rows
    assert np.array_equal(at, np.arange(len(X)))
    assert np.allclose(found["raw/values/1"], explanation.values[:, :, 1].T, rtol=1e-6)
    assert np.array_equal(found["raw/importance"], np.abs(explanation.values).mean(axis=0).T)
    assert np.array_equal(found["predictions"], explanation.predictions)
    assert np.array_equal(found["probabilities"], explanation.probabilities)
    assert np.allclose(found["raw/x"][0], X["age"])
    classes = list(explanation.class_values)
    assert found["outcomes"].tolist() == [float(classes.index(label)) for label in y]
    roles = ready.schema["features"]["raw"][2]
    assert [roles["categories"][int(code)] for code in found["raw/x"][2]] == X["role"].tolist()


def test_the_drill_down_knows_its_kin(binary):
    schema = prepared(binary[0]).schema
    raw, engineered = schema["features"]["raw"], schema["features"]["engineered"]
    for position, feature in enumerate(raw):
        assert feature["children"], feature["name"]
        assert all(engineered[child]["parents"] == [position] for child in feature["children"])


def test_every_row_is_counted_in_densities_and_histograms():
    explanation = synthetic(30_000, 3)
    ready = prepared(explanation)
    assert len(ready.rows) == 2000
    assert ready.payload["raw/density/0"].sum(axis=1).tolist() == [30_000] * 3
    for feature in ready.schema["features"]["raw"]:
        assert sum(feature["histogram"]["counts"]) == 30_000
    low, high = ready.payload["raw/density_range/0"]
    assert low == explanation.values.min()
    assert high == explanation.values.max()


@pytest.mark.parametrize(
    ("n", "p", "k"), [(300, 30, 2), (30_000, 14, 1), (5_000, 500, 1), (3_000, 20, 60), (400_000, 30, 1)]
)
def test_the_first_payload_stays_below_two_megabytes(n, p, k):
    ready = prepared(synthetic(n, p, k))
    assert size_of(ready) <= BUDGET
    assert len(ready.rows) >= min(n, 100)


def test_the_worst_errors_are_always_among_the_points():
    n = 20_000
    rng = np.random.default_rng(1)
    values = rng.normal(size=(n, 2))
    y = values.sum(axis=1)
    y[[17, 9_999, 19_998]] += 50.0
    explanation = Explanation.from_values(values, predictions=values.sum(axis=1), y=y)
    assert {17, 9_999, 19_998} <= set(prepared(explanation, max_points=500).rows.tolist())


def test_the_sample_follows_its_seed():
    explanation = synthetic(10_000, 2)
    one, same = prepared(explanation).rows, prepared(explanation).rows
    assert np.array_equal(one, same)
    assert not np.array_equal(one, prepared(explanation, random_state=1).rows)
    assert len(np.unique(one)) == len(one)


def test_further_outputs_come_on_request(several):
    explanation = several[0]
    ready = prepared(explanation)
    assert "raw/values/2" not in ready.payload
    more = ready.output_payload(2, "raw")
    assert np.allclose(more["raw/values/2"], explanation.values[:, :, 2].T, rtol=1e-6)
    assert set(more) == {
        key.replace("/0", "/2") for key in ready.payload if key.startswith("raw/") and key.endswith("/0")
    }


def test_the_schema_is_json():
    frame = pd.DataFrame(
        {
            "when": pd.to_datetime(["2024-01-01", None, "2024-03-01"]),
            "nothing": [np.nan, np.nan, np.nan],
            "same": [1.0, 1.0, 1.0],
            "text": ["a<b>", None, "ümlaut"],
        }
    )
    explanation = Explanation.from_values(np.ones((3, 4)), frame)
    schema = prepared(explanation).schema
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema
    when, nothing, same, text = schema["features"]["raw"]
    assert when["missing"] == pytest.approx(1 / 3)
    assert when["min"] == 1_704_067_200_000
    assert (nothing["min"], nothing["histogram"]["counts"], nothing["missing"]) == (None, [], 1.0)
    assert same["histogram"]["counts"] == [3]
    assert text["categories"] == ["a<b>", "ümlaut"]
    assert text["histogram"]["counts"] == [1, 1]


@pytest.mark.parametrize("name", sorted(make.CASES))
def test_python_still_writes_what_the_golden_files_hold(name):
    golden = codec.from_rest(json.loads((make.FOLDER / f"{name}.json").read_text(encoding="utf-8")))
    fresh = codec.from_rest(codec.at_rest(make.state(make.CASES[name](), name)))
    assert fresh["_schema"].keys() == golden["_schema"].keys()
    for key in ("features", "output_names", "levels", "row_labels", "task", "unit", "n_rows"):
        _close(fresh["_schema"][key], golden["_schema"][key])
    assert fresh["_payload"].keys() == golden["_payload"].keys()
    for key, array in golden["_payload"].items():
        now = fresh["_payload"][key]
        assert (now.dtype, now.shape) == (array.dtype, array.shape), key
        if array.dtype.kind == "f":
            np.testing.assert_allclose(now, array, rtol=1e-4, atol=1e-5, err_msg=key)


def _close(one, other):
    if isinstance(other, dict):
        assert one.keys() == other.keys()
        for key in other.keys() - {"counts"}:
            _close(one[key], other[key])
        if "counts" in other:  # a value on the edge of a bin may fall to either side
            assert sum(one["counts"]) == sum(other["counts"])
            assert np.abs(np.subtract(one["counts"], other["counts"])).max(initial=0) <= 3
    elif isinstance(other, list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            _close(a, b)
    elif isinstance(other, float):
        assert one == pytest.approx(other)
    else:
        assert one == other
