"""A self-contained scoring explainer needs neither the libraries of the model nor a frame."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from interpret_widget import TabularExplainer

from .conftest import _people, _prepared

SCRIPT = """
import json, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked}:
            raise ImportError(name + " is blocked")

sys.meta_path.insert(0, Blocker())
from interpret_widget import ScoringExplainer
scorer = ScoringExplainer.load({folder!r})
rows = json.loads({rows!r})
out = dict(records=scorer.records(rows, 2), shares=scorer.predict_proba(rows).tolist())
out["loaded"] = sorted({names} & set(sys.modules))
print(json.dumps(out))
"""
HEAVY = {
    "lightgbm",
    "xgboost",
    "sklearn",
    "pandas",
    "pyarrow",
    "scipy",
    "shap",
    "skops",
    "mlflow",
    "ipywidgets",
}


@pytest.mark.parametrize("kind", ["lightgbm", "linear"])
def test_predictions_and_reasons_without_the_libraries(tmp_path, kind):
    X, score = _people()
    if kind == "lightgbm":
        estimator = pytest.importorskip("lightgbm").LGBMClassifier(n_estimators=10, verbose=-1)
    else:
        estimator = LogisticRegression()
    model = _prepared(estimator).fit(X, score > 0)
    scorer = TabularExplainer(model, X).for_scoring()
    folder = scorer.save(tmp_path / "scorer")
    rows = json.loads(X[:5].to_json(orient="records"))
    script = SCRIPT.format(blocked=HEAVY, folder=str(folder), rows=json.dumps(rows), names=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    said = json.loads(done.stdout)
    assert said["loaded"] == []
    np.testing.assert_allclose(said["shares"], model.predict_proba(X[:5]), atol=1e-9)
    known = scorer.records(X[:5], 2)
    for ours, theirs in zip(said["records"], known, strict=True):
        assert ours["prediction"] == theirs["prediction"]
        assert [each["feature"] for each in ours["reasons"]] == [
            each["feature"] for each in theirs["reasons"]
        ]
        assert ours["score"] == pytest.approx(theirs["score"])
