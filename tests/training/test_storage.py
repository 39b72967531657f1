"""A monitor as a file: everything is there again, and what is no such file is refused by name."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.preprocessing import StandardScaler

from interpret_widget import TrainingMonitor
from interpret_widget.errors import InvalidInputError

lgb = pytest.importorskip("lightgbm")

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(500, 3)), columns=list("abc"))
X["kind"] = pd.Categorical(RNG.choice(["y", "x", "z"], 500))
Y = (X.a + (X.kind == "z") > 0.3).astype(int)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    monitor = TrainingMonitor(X[:100], Y[:100], classes=["no", "yes"], title="Mine")
    data = lgb.Dataset(X, Y)
    booster = lgb.train(
        {"objective": "binary", "verbose": -1, "num_leaves": 5},
        data,
        15,
        valid_sets=[lgb.Dataset(X[:100], Y[:100], reference=data)],
        valid_names=["valid"],
        callbacks=[monitor.callback("lightgbm")],
    )
    path = monitor.save(tmp_path_factory.mktemp("kept") / "training.zip")
    return monitor, booster, path


def test_all_runs_are_there_again(saved):
    monitor, booster, path = saved
    again = TrainingMonitor.load(path)
    pd.testing.assert_frame_equal(again.history, monitor.history)
    assert (again.runs, again.remarks) == (monitor.runs, monitor.remarks)
    assert again._schema["title"] == "Mine · round 15"
    for number in (1, 7, 15):
        before, after = monitor.explanation(number), again.explanation(number)
        np.testing.assert_array_equal(after.values, before.values)
        assert after.output_names == ("no", "yes")
    # What-if needs no library.
    anew = again._shown.explainer.explain_row(again._shown.data.edited(3, {"kind": "z", "a": 2.0}))
    row = X[3:4].assign(a=2.0, kind=pd.Categorical(["z"], categories=X.kind.cat.categories))
    np.testing.assert_allclose(
        anew.values[0, :, 1], booster.predict(row, pred_contrib=True)[0, :-1], atol=1e-9
    )
    again.round = 7
    assert again._shown_round == 7
    # A further run goes beside them.
    lgb.train(
        {"verbose": -1, "objective": "binary"}, lgb.Dataset(X, Y), 5, callbacks=[again.callback("lightgbm")]
    )
    assert again.runs == ("run 1", "run 2")


@pytest.mark.parametrize(
    ("estimator", "y"),
    [
        (RandomForestClassifier(8, max_depth=3, random_state=0), Y),
        (HistGradientBoostingRegressor(max_iter=8, max_depth=3), X.a * 2),
    ],
    ids=["forest", "histograms"],
)
def test_scikit_learn_behind_a_preprocessing(tmp_path, estimator, y):
    numbers = X[["a", "b", "c"]]
    scaler = StandardScaler().set_output(transform="pandas").fit(numbers)
    monitor = TrainingMonitor(numbers[:50], y[:50], transformations=scaler, background=numbers[50:80])
    monitor.fit(estimator, scaler.transform(numbers), y)
    path = monitor.save(tmp_path / "training.zip")
    with pytest.raises(InvalidInputError, match="transformations="):
        TrainingMonitor.load(path)
    again = TrainingMonitor.load(path, transformations=scaler)
    np.testing.assert_allclose(again.explanation(4).values, monitor.explanation(4).values, atol=1e-12)


def test_a_file_of_a_later_version_is_refused(saved, tmp_path):
    path = tmp_path / "later.zip"
    with zipfile.ZipFile(saved[2]) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "facts.json":
                content = json.dumps({**json.loads(content), "version": 99}).encode()
            new.writestr(name, content)
    with pytest.raises(InvalidInputError, match="later version"):
        TrainingMonitor.load(path)


def test_no_such_file(tmp_path):
    with pytest.raises(InvalidInputError, match="is not there"):
        TrainingMonitor.load(tmp_path / "none.zip")


@settings(max_examples=60, deadline=None)
@given(where=st.floats(0, 1), byte=st.integers(0, 255), cut=st.booleans())
def test_a_broken_file_is_our_error(saved, where, byte, cut):
    content = bytearray(saved[2].read_bytes())
    at = min(int(where * len(content)), len(content) - 1)
    if cut:
        content = content[:at]
    else:
        content[at] = byte
    broken = saved[2].with_name("broken.zip")
    broken.write_bytes(content)
    try:
        again = TrainingMonitor.load(broken)
    except InvalidInputError:
        return
    again.close()
