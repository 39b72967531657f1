"""Writes the golden scoring explainer of the version that this checkout saves: scoring/v<version>.

    python -m tests.golden.make_scoring

Never write an old version again: it shows that what a released version kept is still read.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from interpret_widget import TabularExplainer
from interpret_widget.serving.storage import VERSION
from tests.serving.conftest import _people, _prepared

HERE = Path(__file__).parent / "scoring"


def main() -> None:
    X, score = _people()
    labels = np.where(score > 0, "leaves", "stays")
    model = _prepared(DecisionTreeClassifier(max_depth=4, random_state=0)).fit(X, labels)
    scorer = TabularExplainer(model, X).for_scoring()
    folder = HERE / f"v{VERSION}"
    shutil.rmtree(folder, ignore_errors=True)
    scorer.save(folder)
    rows = json.loads(X[:6].to_json(orient="records"))
    rows.append({**rows[0], "city": "never seen", "income": None})
    said = {"rows": rows, "records": scorer.records(rows, 3)}
    (HERE / f"v{VERSION}.json").write_text(json.dumps(said, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
