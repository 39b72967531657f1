"""Writes the golden folder of the version of the format that this checkout saves: explanations/v<version>.

Run once per version, before its release; folders of earlier versions are never written again.
    python tests/golden/make_explanations.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from interpret_widget import explain
from interpret_widget.explanation.storage import VERSION

HERE = Path(__file__).parent / "explanations"


def explained():
    """Twelve rows of six columns behind one-hot encoding: both levels, a lineage, outcomes, a date, gaps."""
    rng = np.random.default_rng(7)
    n = 12
    X = pd.DataFrame(
        {
            "hired": pd.date_range("2020-01-01", periods=n, freq="37D").as_unit("ns"),
            "age": rng.integers(18, 60, n),
            "pay": np.where(np.arange(n) == 3, np.nan, rng.normal(size=n).round(3)),
            "role": pd.Categorical(rng.choice(["nurse", "clerk", "smïth"], n)),
            "team": rng.choice([True, False], n),
            "score": rng.normal(size=n).astype(np.float32),
        },
        index=pd.Index([f"p-{k}" for k in range(n)], name="who"),
    )
    y = np.where(X["age"] > 40, "yes", "no")
    encode = ColumnTransformer(
        [("role", OneHotEncoder(), ["role"]), ("age", "passthrough", ["age", "team", "score"])]
    )
    return explain(make_pipeline(encode, LogisticRegression(max_iter=500)).fit(X, y), X, y)


def said(explanation) -> dict:
    """What a reader of any version must find, as plain JSON; floats survive it to the bit."""
    levels = [each for each in (explanation, explanation.engineered) if each is not None]
    return {
        "levels": [
            {
                "feature_names": list(level.feature_names),
                "output_names": list(level.output_names),
                "values": level.values.tolist(),
                "base_values": level.base_values.tolist(),
                "predictions": level.predictions.tolist(),
                "importance": level.importance.tolist(),
                "notes": list(level.notes),
                "method": level.method,
                "exact": level.exact,
            }
            for level in levels
        ],
        "parents": [list(each) for each in explanation.lineage.parents],
        "y": explanation.y.tolist(),
        "rows": json.loads(explanation.data.native.reset_index().to_json(date_format="iso", date_unit="ns")),
        "dtypes": [str(dtype) for dtype in explanation.data.native.dtypes],
    }


if __name__ == "__main__":
    explanation = explained()
    explanation.save(HERE / f"v{VERSION}")
    text = json.dumps(said(explanation), ensure_ascii=False, indent=1)
    (HERE / f"v{VERSION}.json").write_text(text, "utf-8")
