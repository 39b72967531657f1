"""Write the golden payloads: ``python -m tests.golden.make``.

Coefficients are set by hand rather than fitted, so that the numbers do not depend on a solver's version.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget import Explanation, explain
from interpret_widget.datasets import load_attrition
from interpret_widget.widget import codec
from interpret_widget.widget.payload import Prepared, prepare

FOLDER = Path(__file__).parent


def attrition() -> Explanation:
    """Two classes, raw and engineered columns, row labels, outcomes."""
    X, y = load_attrition(return_X_y=True)
    X, y = X.iloc[:240], y[:240]
    numbers = [name for name in X if X[name].dtype.kind in "if"]
    texts = [name for name in X if name not in numbers]
    columns = ColumnTransformer(
        [("text", OneHotEncoder(), texts), ("number", StandardScaler(), numbers)]
    ).fit(X)
    width = columns.transform(X[:1]).shape[1]
    model = LogisticRegression()
    model.classes_ = np.unique(y)
    model.coef_ = np.round(np.cos(np.arange(width) * 1.7), 3).reshape(1, -1)
    model.intercept_ = np.array([-1.5])
    model.n_features_in_ = width
    return explain(make_pipeline(columns, model), X, y, classes=["staying", "leaving"])


def wine() -> Explanation:
    """Three classes with text labels."""
    X, target = load_wine(return_X_y=True, as_frame=True)
    names = np.array(["Barolo", "Grignolino", "Barbera"])
    scaler = StandardScaler().fit(X)
    model = LogisticRegression()
    model.classes_ = np.sort(names)
    model.coef_ = np.round(np.sin(np.arange(39) * 2.3), 3).reshape(3, 13)
    model.intercept_ = np.array([0.1, 0.2, -0.3])
    model.n_features_in_ = 13
    return explain(make_pipeline(scaler, model), X, names[target.to_numpy()])


def diabetes() -> Explanation:
    """Regression."""
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = LinearRegression()
    model.coef_ = np.round(300 * np.cos(np.arange(10) * 2.1), 1)
    model.intercept_ = 152.0
    model.n_features_in_ = 10
    model.feature_names_in_ = np.array(X.columns, dtype=object)
    return explain(model, X[:200], y[:200])


CASES = {"attrition": attrition, "wine": wine, "diabetes": diabetes}


def prepared(explanation: Explanation, title: str) -> Prepared:
    """As the dashboard prepares it, for a page without a kernel."""
    return prepare(explanation, title=title, max_points=2000, random_state=0, has_model=True, model_note=None)


def state(explanation: Explanation, title: str) -> dict[str, Any]:
    """Traits of a fresh dashboard, without what changes from run to run."""
    ready = prepared(explanation, title)
    schema = {**ready.schema, "package_version": "golden"}
    for truth in schema["truth"].values():
        if truth is not None:
            truth["seconds"] = None
    return {
        "view": "overview",
        "output": explanation.output_names[explanation.default_output],
        "level": schema["levels"][0],
        "_schema": schema,
        "_payload": ready.payload,
        "_epoch": 1,
        "_status": {"mode": "static", "message": None},
    }


def main() -> None:
    """Write all of them."""
    for name, case in CASES.items():
        packed = codec.at_rest(state(case(), name))
        (FOLDER / f"{name}.json").write_text(json.dumps(packed, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
