"""The command line, as a person or a pull request calls it."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import lightgbm
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from interpret_widget import Explanation, log_explanation
from interpret_widget.command import main


@pytest.fixture
def files(tmp_path):
    """A table with outcomes, a LightGBM model of it, and one that lacks a column's meaning."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(200, 3)), columns=["pay", "age", "noise"])
    table["left"] = (table["pay"] + table["age"] > 0).astype(int)
    table.insert(0, "id", [f"emp-{i}" for i in range(len(table))])
    table.to_csv(tmp_path / "rows.csv", index=False)
    X = table[["pay", "age", "noise"]]
    for name, used in (("main", X), ("branch", X.assign(age=rng.permutation(X["age"])))):
        model = lightgbm.LGBMClassifier(n_estimators=20, num_leaves=4, verbose=-1, n_jobs=1)
        model.fit(used, table["left"]).booster_.save_model(tmp_path / f"{name}.txt")
    return tmp_path


def run(*typed) -> int:
    return main([str(each) for each in typed])


def explained(files, name) -> str:
    out = files / f"{name}-explained"
    assert run(
        "explain", files / f"{name}.txt", files / "rows.csv",
        "--target", "left", "--index", "id", "--save", out, "--quiet",
    ) == 0  # fmt: skip
    return str(out)


def test_a_model_is_explained_shown_and_saved(files, capsys):
    saved = explained(files, "main")
    capsys.readouterr()
    page = files / "shown.html"
    assert run("show", saved, "--html", page, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    explanation = Explanation.load(saved)
    assert told["rows"] == 200
    assert told["method"] == "tree"
    assert told["exact"] is True
    assert told["top"][0]["feature"] == explanation.get_ranked_global_names()[0]
    assert told["top"][0]["importance"] == pytest.approx(explanation.get_ranked_global_values()[0])
    assert list(explanation.data.index[:2]) == ["emp-0", "emp-1"]
    assert explanation.y is not None
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_progress_goes_to_standard_error(files, capsys):
    assert run("explain", files / "main.txt", files / "rows.csv", "--target", "left", "--index", "id") == 0
    out, err = capsys.readouterr()
    assert "explaining: 100 %" in err
    assert "explaining" not in out
    assert "pay" in out


def test_a_difference_over_the_threshold_fails(files, capsys):
    one, two = explained(files, "main"), explained(files, "branch")
    capsys.readouterr()
    page = files / "diff.html"
    assert run("diff", one, one, "--fail-over", "0", "--fail-over-rows", "0", "--fail-on-drift") == 0
    capsys.readouterr()
    assert run("diff", one, two, "--fail-over", "0.05", "--html", page, "--json") == 1
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert told["moved"] > 0.05
    assert told["flipped"] > 0
    assert told["drifted"][0] in ("pay", "age")
    assert "over --fail-over 0.05" in err
    assert "Rows with another predicted class" in page.read_text("utf-8")
    assert run("diff", one, two, "--fail-over", "1", "--fail-over-rows", "1") == 0
    assert run("diff", one, two, "--fail-over-rows", "0.01") == 1


def test_pickles_need_to_be_allowed(files, capsys, tmp_path):
    class Loud:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    (files / "evil.pkl").write_bytes(pickle.dumps(Loud()))
    assert run("explain", files / "evil.pkl", files / "rows.csv") == 3
    assert "--allow-pickle" in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()

    table = pd.read_csv(files / "rows.csv", index_col="id")
    model = LogisticRegression().fit(table.drop(columns="left"), table["left"])
    (files / "model.pkl").write_bytes(pickle.dumps(model))
    typed = ["explain", files / "model.pkl", files / "rows.csv", "--index", "id", "--target", "left"]
    assert run(*typed, "--allow-pickle", "--json", "--quiet") == 0
    assert json.loads(capsys.readouterr().out)["method"] == "linear"


def test_what_cannot_be_used_is_named(files, capsys):
    for typed, word in [
        (["explain", files / "no.txt", files / "rows.csv"], "MODEL="),
        (["explain", files / "main.txt", files / "no.csv"], "DATA="),
        (["explain", files / "main.txt", files / "rows.csv", "--target", "gone"], "--target='gone'"),
        (["explain", files / "rows.csv", files / "rows.csv"], "ends in '.csv'"),
        (["show", files], "holds no manifest.json"),
        (["diff", files, files], "holds no manifest.json"),
    ]:
        assert run(*typed) == 3
        out, err = capsys.readouterr()
        assert word in err
        assert out == ""


def test_a_page_in_no_folder_is_refused(files, capsys):
    saved = explained(files, "main")
    assert run("show", saved, "--html", files / "none" / "page.html") == 3
    assert "does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("typed", [[], ["diff", "a"], ["diff", "a", "b", "--fail-over", "2"], ["dance"]])
def test_usage_is_told(typed, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(typed)
    assert stopped.value.code == 2
    assert "usage: interpret-widget" in capsys.readouterr().err


def test_the_demo_is_one_file(tmp_path):
    page = tmp_path / "demo.html"
    done = subprocess.run(
        [sys.executable, "-m", "interpret_widget", "demo", "--html", str(page), "--json"],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["exact"] is True
    assert "training on the bundled table" in done.stderr
    assert page.stat().st_size < 3_000_000


def test_explanations_and_models_come_from_runs(files, tmp_path, monkeypatch, capsys):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'runs.db'}")
    mlflow.set_tracking_uri(None)
    table = pd.read_csv(files / "rows.csv", index_col="id")
    model = LogisticRegression().fit(table.drop(columns="left"), table["left"])
    experiment = mlflow.create_experiment("pickled", (tmp_path / "artifacts").as_uri())
    with mlflow.start_run(experiment_id=experiment) as active:
        saved = Explanation.load(explained(files, "main"))
        address = log_explanation(saved, pictures=False)
        logged = mlflow.sklearn.log_model(model, name="model", serialization_format="cloudpickle")
    capsys.readouterr()
    assert active.info.run_id in address
    assert run("show", address, "--json") == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 200
    typed = ["explain", logged.model_uri, files / "rows.csv", "--index", "id", "--target", "left", "--quiet"]
    assert run(*typed) == 3
    assert "--allow-pickle" in capsys.readouterr().err
    assert run(*typed, "--allow-pickle", "--json") == 0
    assert json.loads(capsys.readouterr().out)["method"] == "linear"


def test_skops_loads_what_it_knows_and_asks_for_the_rest(files, capsys):
    skops = pytest.importorskip("skops.io")
    table = pd.read_csv(files / "rows.csv", index_col="id").drop(columns="left")
    outcome = pd.read_csv(files / "rows.csv")["left"].to_numpy()
    skops.dump(LogisticRegression().fit(table, outcome), files / "plain.skops")
    typed = [files / "rows.csv", "--index", "id", "--target", "left", "--quiet", "--json"]
    assert run("explain", files / "plain.skops", *typed) == 0
    assert json.loads(capsys.readouterr().out)["exact"] is True
    booster = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(table, outcome)
    skops.dump(booster, files / "other.skops")
    assert run("explain", files / "other.skops", *typed) == 3
    told = capsys.readouterr().err
    assert "--trust" in told
    types = told.rsplit("--trust ", 1)[1].split()
    assert run("explain", files / "other.skops", *typed, "--trust", *types) == 0
    assert json.loads(capsys.readouterr().out)["method"] == "tree"
