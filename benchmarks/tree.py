"""Tree kernels side by side with their peers, in one process: CPU seconds per row, one thread, and ratios.

``python -m benchmarks.tree`` writes TREES.md. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import os
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

import lightgbm
import numpy as np
import shap
import xgboost
from sklearn.ensemble import RandomForestClassifier

from benchmarks.report import formatted
from benchmarks.tree_data import adult, fifty_columns
from interpret_widget.trees import TreeValues, read_trees

RESULTS = Path(__file__).with_name("TREES.md")
_REPEATS = 5


@dataclass(frozen=True)
class Ratio:
    """One row of the table: a peer's cost over ours."""

    what: str
    against: str
    ours: float
    theirs: float
    must: float
    aim: float
    error: str = ""
    unit: str = "µs per row"

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours

    @property
    def line(self) -> str:
        met = "yes" if self.ratio >= self.must else "**no**"
        return (
            f"| {self.what} | {self.against} | {formatted(self.ours)} {self.unit} | {formatted(self.theirs)} "
            f"| **{self.ratio:,.1f} ×** | {self.must:,g} × | {self.aim:,g} × | {met} | {self.error} |"
        )


@dataclass(frozen=True)
class Bound:
    """One row of the table: a figure that should stay below a bound."""

    what: str
    value: float
    unit: str
    must: float
    aim: float
    note: str = ""

    @property
    def line(self) -> str:
        met = "yes" if self.value <= self.must else "**no**"
        must, aim = f"≤ {self.must:g}", f"≤ {self.aim:g}"
        return f"| {self.what} | {formatted(self.value)} {self.unit} | {must} | {aim} | {met} | {self.note} |"


def cost(
    work: Callable[[], Any], rows: int, repeats: int = _REPEATS, clock: Any = time.process_time
) -> float:
    """Median microseconds per row; one run before goes unmeasured."""
    work()
    samples = []
    for _ in range(repeats):
        start = clock()
        work()
        samples.append(clock() - start)
    return statistics.median(samples) / rows * 1e6


def off(found: np.ndarray, truth: np.ndarray) -> str:
    """How far values lie from a peer's."""
    return f"{np.abs(found - truth).max():.1e}"


def path_dependent(model: Any, X: np.ndarray) -> list[Ratio]:
    """LightGBM against its own contributions."""
    booster, few = model.booster_, X[:300]
    theirs = cost(lambda: booster.predict(few, pred_contrib=True, num_threads=1), len(few), 3)
    truth = booster.predict(few, pred_contrib=True, num_threads=1)[:, :-1]
    lines = []
    for dtype, must, aim in (("float64", 35, 80), ("float32", 50, 120)):
        trees = TreeValues(model, dtype=dtype, n_threads=1)
        ours = cost(lambda trees=trees: trees.values(X), len(X))
        error = off(trees.values(few)[:, :, 0], truth)
        what = f"LightGBM 200 × 31 leaves, Adult, path-dependent, {dtype}"
        lines.append(Ratio(what, "LightGBM `pred_contrib`", ours, theirs, must, aim, error))
    return lines


def boosted_deep(model: Any, X: np.ndarray) -> Ratio:
    """XGBoost against its own contributions."""
    booster = model.get_booster()
    booster.set_param({"nthread": 1})
    few = xgboost.DMatrix(X[:60])
    theirs = cost(lambda: booster.predict(few, pred_contribs=True), 60, 1)
    trees = TreeValues(model, n_threads=1)
    ours = cost(lambda: trees.values(X), len(X), 3)
    error = off(trees.values(X[:60])[:, :, 0], booster.predict(few, pred_contribs=True)[:, :-1])
    what = f"XGBoost 500 × depth 8 ({trees.ensemble.n_splits:,} splits), 50 columns, path-dependent"
    peer = f"XGBoost {xgboost.__version__} `pred_contribs`"
    return Ratio(what, peer, ours, theirs, 100, 250, error)


def deep_forest(model: Any, X: np.ndarray) -> Ratio:
    """A forest of unlimited depth against shap."""
    peer = shap.TreeExplainer(model)
    few = X[:8]
    theirs = cost(lambda: peer.shap_values(few, check_additivity=False), len(few), 1)
    trees = TreeValues(model, n_threads=1)
    ours = cost(lambda: trees.values(X[:1_000]), 1_000, 3)
    error = off(trees.values(few)[:, :, 0], peer.shap_values(few, check_additivity=False)[:, :, 1])
    what = f"RandomForest, 100 trees of depth {trees_depth(model)}, Adult, path-dependent"
    return Ratio(what, "shap.TreeExplainer", ours, theirs, 60, 200, error)


def trees_depth(model: Any) -> int:
    return int(max(each.get_depth() for each in model.estimators_))


def interventional(model: Any, X: np.ndarray) -> list[Ratio]:
    """A background of 1,000 rows against shap and woodelf."""
    background, rows, few = X[:1_000], X[1_000:21_000], X[1_000:1_010]
    trees = TreeValues(model, background=background, n_threads=1)
    ours = cost(lambda: trees.values(rows), len(rows))
    masker = shap.maskers.Independent(background, max_samples=1_000)
    peer = shap.TreeExplainer(model, masker, feature_perturbation="interventional")
    theirs = cost(lambda: peer.shap_values(few, check_additivity=False), len(few), 2)
    truth = np.asarray(peer.shap_values(few, check_additivity=False))
    error = off(trees.values(few)[:, :, 0], truth)
    what = "the same LightGBM, interventional, 1,000 background rows"
    lines = [Ratio(what, "shap (`max_samples=1000`)", ours, theirs, 1_000, 2_500, error)]
    try:
        import pandas as pd
        from woodelf.explainer import WoodelfExplainer
    except ImportError:
        return lines
    os.environ.setdefault("TQDM_DISABLE", "1")
    other = WoodelfExplainer(model, pd.DataFrame(background))
    frame = pd.DataFrame(rows)
    theirs = cost(lambda: other.shap_values(frame), len(rows), 2)
    error = off(trees.values(few)[:, :, 0], np.asarray(other.shap_values(pd.DataFrame(few))))
    return [*lines, Ratio(what, "woodelf", ours, theirs, 4, 10, error)]


def interactions(model: Any, X: np.ndarray) -> tuple[Ratio, Bound]:
    """Pairs of columns against shap, and against our own values."""
    trees = TreeValues(model, n_threads=1)
    rows, few = X[:5_000], X[:10]
    ours = cost(lambda: trees.interactions(rows), len(rows))
    values = cost(lambda: trees.values(rows), len(rows))
    peer = shap.TreeExplainer(model)
    theirs = cost(lambda: peer.shap_interaction_values(few), len(few), 1)
    truth = np.asarray(peer.shap_interaction_values(few))
    truth = truth[1] if truth.ndim == 4 else truth
    error = off(trees.interactions(few)[..., 0], truth)
    return (
        Ratio("the same LightGBM, interactions", "shap", ours, theirs, 150, 500, error),
        Bound("interactions ÷ values", ours / values, "×", 4, 2.5),
    )


def one_row(model: Any, X: np.ndarray) -> tuple[Bound, Ratio]:
    """A what-if question, wall clock."""
    trees, row = TreeValues(model, n_threads=1), X[:1]
    ours = cost(lambda: trees.values(row), 1, 300, time.perf_counter)
    booster = model.booster_
    theirs = cost(lambda: booster.predict(row, pred_contrib=True, num_threads=1), 1, 50, time.perf_counter)
    return (
        Bound("one row, LightGBM, wall clock", ours / 1_000, "ms", 0.3, 0.08),
        Ratio("one row, LightGBM, wall clock", "LightGBM `pred_contrib`, one thread", ours, theirs, 1, 1),
    )


def beside_prediction(model: Any, X: np.ndarray) -> Bound:
    """What an explanation costs beside a prediction."""
    trees = TreeValues(model, n_threads=1)
    ours = cost(lambda: trees.values(X), len(X))
    theirs = cost(lambda: model.booster_.predict(X, raw_score=True, num_threads=1), len(X))
    return Bound("values ÷ LightGBM's `predict`", ours / theirs, "×", 4, 1.5)


def threads(model: Any, X: np.ndarray) -> Bound:
    """Two threads against one, wall clock; as a share of one, so that less is better."""
    one, two = (TreeValues(model, n_threads=n) for n in (1, 2))
    wall = time.perf_counter
    alone = cost(lambda: one.values(X), len(X), 7, wall)
    both = cost(lambda: two.values(X), len(X), 7, wall)
    note = f"two threads are {alone / both:.2f} × as fast as one; {os.cpu_count()} cores"
    return Bound("wall clock of two threads ÷ of one", both / alone, "×", 1 / 1.8, 0.5, note)


def reading(boosted: Any, forest: Any) -> list[Bound]:
    """From the library's model to plain arrays."""
    wall = time.perf_counter
    return [
        Bound(
            "reading XGBoost 500 × depth 8",
            cost(lambda: read_trees(boosted), 1, 3, wall) / 1e6,
            "s",
            0.5,
            0.1,
        ),
        Bound("reading the forest", cost(lambda: read_trees(forest), 1, 3, wall) / 1e6, "s", 1, 0.3),
    ]


_FRESH = """
import time, sys, lightgbm, numpy as np
booster = lightgbm.Booster(model_file=sys.argv[1])
X = np.load(sys.argv[2])
start = time.perf_counter()
from interpret_widget.trees import TreeValues
TreeValues(booster).values(X)
print(time.perf_counter() - start)
"""


def cold(model: Any, X: np.ndarray) -> list[Bound]:
    """The first call of a fresh process, with the package's import; and the very first on a machine."""
    with tempfile.TemporaryDirectory() as folder:
        text, rows = f"{folder}/model.txt", f"{folder}/rows.npy"
        model.booster_.save_model(text)
        np.save(rows, X[:1_000])

        def fresh(cache: str) -> float:
            settings = {**os.environ, "INTERPRET_WIDGET_CACHE": cache}
            command = [sys.executable, "-c", _FRESH, text, rows]
            done = subprocess.run(command, env=settings, check=True, capture_output=True, text=True)
            return float(done.stdout)

        very_first = fresh(f"{folder}/cache")
        later = statistics.median(fresh(f"{folder}/cache") for _ in range(3))
    return [
        Bound("first call of a fresh process, imports included", later, "s", 0.5, 0.5),
        Bound("very first call on a machine: compiles, and says so", very_first, "s", 10, 5),
    ]


def page(ratios: list[Ratio], bounds: list[Bound]) -> str:
    """Return TREES.md."""
    versions = ", ".join(f"{each.__name__} {each.__version__}" for each in (lightgbm, xgboost, shap, np))
    return "\n".join(
        [
            "# Trees: how fast",
            "",
            "Measured by `python -m benchmarks.tree`: CPU time of one thread unless said otherwise, medians, "
            "both sides in one process. `off by` is the largest difference from the peer's values.",
            "",
            "| workload | against | ours | theirs | ratio | must | aim | met | off by |",
            "|---|---|---|---|---|---|---|---|---|",
            *[each.line for each in ratios],
            "",
            "| what | measured | must | aim | met | |",
            "|---|---|---|---|---|---|",
            *[each.line for each in bounds],
            "",
            f"{versions}, Python {sys.version.split()[0]}.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tree", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="LightGBM alone; nothing is written")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    ratios: list[Ratio] = []
    bounds: list[Bound] = []

    def say(*lines: Ratio | Bound) -> None:
        for each in lines:
            print(each.line, flush=True)
            if isinstance(each, Ratio):
                ratios.append(each)
            else:
                bounds.append(each)

    X, y = adult()
    model = lightgbm.LGBMClassifier(n_estimators=200, num_leaves=31, verbose=-1, n_jobs=1).fit(X, y)
    say(*path_dependent(model, X))
    say(*interventional(model, X))
    say(*interactions(model, X))
    say(*one_row(model, X))
    say(beside_prediction(model, X), threads(model, X))
    say(*cold(model, X))
    if arguments.quick:
        return
    wide, target = fifty_columns()
    boosted = xgboost.XGBRegressor(n_estimators=500, max_depth=8, n_jobs=2).fit(wide, target)
    say(boosted_deep(boosted, wide[:4_000]))
    forest = RandomForestClassifier(100, random_state=0, n_jobs=2).fit(X, y)
    say(deep_forest(forest, X))
    say(*reading(boosted, forest))
    RESULTS.write_text(page(ratios, bounds))
    print(f"wrote {RESULTS.name}")


if __name__ == "__main__":
    main()
