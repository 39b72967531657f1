"""Predictions with reasons at inference, side by side with the fitted pipeline: wall clock of one thread.

``python -m benchmarks.scoring`` writes SCORING.md.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import lightgbm
import numpy as np
import shap
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.report import formatted
from interpret_widget import ScoringExplainer, TabularExplainer
from interpret_widget.datasets import load_attrition

RESULTS = Path(__file__).with_name("SCORING.md")
_ROUNDS = 300
_FRESH = 7


@dataclass(frozen=True)
class Line:
    """One row of the table; times in milliseconds."""

    what: str
    ours: float
    must: float | None = None
    aim: float | None = None
    peer: str = ""
    theirs: float = float("nan")
    unit: str = "ms"

    @property
    def text(self) -> str:
        limits = ["" if each is None else f"≤ {each:g}" for each in (self.must, self.aim)]
        met = "" if self.must is None else "yes" if self.ours <= self.must else "**no**"
        has_peer = self.theirs == self.theirs
        beside = (
            f"{self.peer} | {formatted(self.theirs)} {self.unit} | **{self.theirs / self.ours:.1f} ×**"
            if has_peer
            else " | | "
        )
        return (
            f"| {self.what} | **{formatted(self.ours)} {self.unit}** | {limits[0]} | {limits[1]} | {met} "
            f"| {beside} |"
        )


def spent(work: Callable[[], Any], rounds: int = _ROUNDS) -> float:
    """Median milliseconds of wall clock; a tenth of the rounds before goes unmeasured."""
    for _ in range(max(1, rounds // 10)):
        work()
    samples = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        samples.append(time.perf_counter() - start)
    return statistics.median(samples) * 1e3


def fresh(script: str) -> float:
    """Median milliseconds that a new process says it took, imports included, the interpreter's start not."""
    timed = f"import time\nstart = time.perf_counter()\n{script}\nprint((time.perf_counter() - start) * 1e3)"
    samples = []
    for _ in range(_FRESH):
        done = subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)
        samples.append(float(done.stdout.split()[-1]))
    return statistics.median(samples)


def fitted(estimator: Any, X: Any, y: Any) -> Pipeline:
    """Scaled numbers and one-hot words in front of an estimator."""
    numbers = [name for name in X if X[name].dtype.kind in "iuf"]
    words = [name for name in X if name not in numbers]
    columns = ColumnTransformer(
        [("n", StandardScaler(), numbers), ("w", OneHotEncoder(handle_unknown="ignore"), words)]
    )
    return Pipeline([("columns", columns), ("model", estimator)]).fit(X, y)


def of_trees(X: Any, y: Any, folder: Path) -> list[Line]:
    """LightGBM of 200 trees behind a preprocessing."""
    model = fitted(lightgbm.LGBMClassifier(n_estimators=200, verbose=-1, n_jobs=1), X, y)
    explainer = TabularExplainer(model, X)
    kept = explainer.for_scoring().save(folder / "scorer")
    scorer = ScoringExplainer.load(kept)
    one, record = X[:1], X[:1].to_dict("records")[0]
    columns, booster = model[0], model[-1].booster_
    peer = shap.TreeExplainer(booster)

    def own() -> Any:
        Z = columns.transform(one)
        return booster.predict(Z, num_threads=1), booster.predict(Z, pred_contrib=True, num_threads=1)

    def by_shap() -> Any:
        Z = columns.transform(one)
        return booster.predict(Z, num_threads=1), peer.shap_values(
            Z.toarray() if hasattr(Z, "toarray") else Z
        )

    many = X.sample(5_000, replace=True, random_state=0).reset_index(drop=True)

    def own_of_many() -> Any:
        Z = columns.transform(many)
        return booster.predict(Z, num_threads=2), booster.predict(Z, pred_contrib=True, num_threads=2)

    pickled = folder / "model.joblib"
    joblib.dump(model, pickled)
    rows = repr([record])
    cold = fresh(
        f"from interpret_widget import ScoringExplainer\n"
        f"ScoringExplainer.load({str(kept)!r}).records({rows}, top_k=3)"
    )
    framed = fresh(
        f"from interpret_widget import ScoringExplainer\n"
        f"ScoringExplainer.load({str(kept)!r}).explain({rows}, top_k=3)"
    )
    theirs_cold = fresh(
        f"import joblib, pandas\nmodel = joblib.load({str(pickled)!r})\n"
        f"Z = model[0].transform(pandas.DataFrame({rows}))\n"
        "model[-1].booster_.predict(Z), model[-1].booster_.predict(Z, pred_contrib=True)"
    )
    name = "pipeline, `predict` and `pred_contrib`: no names, no raw columns"
    return [
        Line("one row, a frame in and a frame out: `explain(row, top_k=3)`",
             spent(lambda: scorer.explain(one, 3)), 2, 0.5, name, spent(own)),
        Line("the same, all 30 raw columns named", spent(lambda: scorer.explain(one)), 2, 0.5,
             "pipeline, `predict` and `shap.TreeExplainer`", spent(by_shap)),
        Line("one row, a dict in and a record out: `records(row, top_k=3)`",
             spent(lambda: scorer.records(record, 3)), 2, 0.5, "pipeline, `predict_proba` alone: no reasons",
             spent(lambda: model.predict_proba(one))),
        Line("5,000 rows, `explain(rows, top_k=3)`", spent(lambda: scorer.explain(many, 3), 7), peer=name,
             theirs=spent(own_of_many, 7)),
        Line("a new process: import, load, first record", cold, 1_000, None,
             "import, unpickle, `predict` and `pred_contrib`", theirs_cold),
        Line("the same with a frame, which imports pandas", framed, 1_000, None,
             "import, unpickle, `predict` and `pred_contrib`", theirs_cold),
        Line("kept on disk", sum(each.stat().st_size for each in kept.iterdir()) / 1024,
             peer="the pipeline as joblib writes it", theirs=pickled.stat().st_size / 1024, unit="KB"),
    ]  # fmt: skip


def of_weights(X: Any, y: Any) -> list[Line]:
    """A logistic regression behind the same preprocessing."""
    model = fitted(LogisticRegression(max_iter=1_000), X, y)
    scorer = TabularExplainer(model, X).for_scoring()
    one, record = X[:1], X[:1].to_dict("records")[0]
    asked = spent(lambda: model.predict_proba(one))
    name = "pipeline, `predict_proba` alone: no reasons"
    return [
        Line("logistic regression, one row, frame to frame", spent(lambda: scorer.explain(one, 3)), 2, 0.5,
             name, asked),
        Line("logistic regression, one row, dict to record", spent(lambda: scorer.records(record, 3)), 2, 0.5,
             name, asked),
    ]  # fmt: skip


def main() -> None:
    warnings.filterwarnings("ignore")
    X, y = load_attrition(return_X_y=True)
    with tempfile.TemporaryDirectory() as folder:
        lines = of_trees(X, y, Path(folder)) + of_weights(X, y)
    for line in lines:
        print(line.text, flush=True)
    head = (
        "# Predictions with reasons at inference: how fast\n\n"
        "Measured by `python -m benchmarks.scoring`: wall clock, warm, in process, medians of "
        f"{_ROUNDS} calls (5,000 rows: 7; new processes: {_FRESH}), both sides in one process. Attrition, "
        "30 raw columns behind scaling and one-hot encoding; LightGBM of 200 trees. Ours gives the "
        "prediction, its probability and the named contributions of raw columns; what the peer gives is "
        "said.\n\n"
        "| workload | ours | must | aim | met | peer | its time | ratio |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    foot = (
        f"\n\nlightgbm {lightgbm.__version__}, sklearn {sklearn.__version__}, shap {shap.__version__}, numpy "
        f"{np.__version__}, Python {sys.version.split()[0]}.\n"
    )
    RESULTS.write_text(head + "\n".join(line.text for line in lines) + foot)
    print(f"wrote {RESULTS.name}")


if __name__ == "__main__":
    main()
