"""Kernel machines side by side with shap.KernelExplainer, in one process: CPU time of one thread, per row.

``python -m benchmarks.kernel_machines`` writes KERNELS.md.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shap
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR

from benchmarks.report import formatted
from interpret_widget import TabularExplainer
from interpret_widget.datasets import load_attrition
from interpret_widget.explainers import kernel_machine
from interpret_widget.explainers.levels import grouping
from interpret_widget.kernels.product_games import ProductGames
from interpret_widget.models.kernel_machines import read

RESULTS = Path(__file__).with_name("KERNELS.md")
_N_BACKGROUND = 100
_REPEATS = 7


@dataclass(frozen=True)
class Line:
    """One row of the table, in milliseconds per row."""

    what: str
    ours: float
    must: float
    aim: float
    theirs: float = float("nan")
    off: str = ""

    @property
    def text(self) -> str:
        met = "yes" if self.ours <= self.must else "**no**"
        has_peer = self.theirs == self.theirs
        peer = f"{formatted(self.theirs)} ms | **{self.theirs / self.ours:,.0f} ×**" if has_peer else " | "
        return (
            f"| {self.what} | **{formatted(self.ours)} ms** | ≤ {self.must:g} | ≤ {self.aim:g} | {met} "
            f"| {peer} | {self.off} |"
        )


def cost(work: Callable[[], Any], rows: int, repeats: int = _REPEATS) -> float:
    """Median milliseconds per row, CPU time; one run before goes unmeasured."""
    work()
    samples = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        samples.append(time.process_time() - start)
    return statistics.median(samples) / rows * 1e3


def beside_shap(
    what: str, model: Any, Z: np.ndarray, ask: Callable[[Any], Any], must: float, aim: float
) -> Line:
    """Values of the estimator's columns, each a player: what shap can be asked for as well."""
    rng = np.random.default_rng(0)
    background = Z[np.sort(rng.choice(len(Z), _N_BACKGROUND, replace=False))]
    game = ProductGames(read(model), np.arange(Z.shape[1]), Z.shape[1], background)
    ours = cost(lambda: game.values(Z[:64]), 64)
    peer = shap.KernelExplainer(ask, background)
    few = Z[:2]
    start = time.process_time()
    theirs = np.asarray(peer.shap_values(few, silent=True))
    spent = (time.process_time() - start) / len(few) * 1e3
    exact = game.values(few)[..., 0]
    gap = np.abs(exact - theirs.reshape(exact.shape)).max() / np.abs(exact).max()
    return Line(what, ours, must, aim, spent, f"{gap:.1%}")


def attrition() -> tuple[Pipeline, Any]:
    """An RBF SVC behind scaled and one-hot columns."""
    X, y = load_attrition(return_X_y=True)
    numbers = [name for name in X if X[name].dtype.kind in "iuf"]
    words = [name for name in X if name not in numbers]
    prepared = ColumnTransformer(
        [("n", StandardScaler(), numbers), ("w", OneHotEncoder(sparse_output=False), words)]
    )
    return Pipeline([("prepared", prepared), ("svc", SVC())]).fit(X, y), X


def raw_columns(model: Pipeline, X: Any) -> list[Line]:
    """The pipeline's own columns as players; and everything that a call of the library does."""
    explainer = TabularExplainer(model, X)
    lineage, problem = explainer.lineage, explainer.explainer.problem
    assert lineage is not None
    Z, B = problem.columns(problem.dataset(X)), problem.columns(explainer.background)
    game = ProductGames(read(model[-1]), grouping(lineage), len(lineage.raw_names), B)
    n = len(model[-1].support_vectors_)
    kernel_machine.available_threads = lambda: 1
    return [
        Line(
            f"SVC, {n} support vectors, attrition: its {X.shape[1]} raw columns",
            cost(lambda: game.values(Z[:64]), 64),
            20,
            5,
        ),
        Line(
            "the same, `explain_global` of 256 rows: raw and engineered columns, preprocessing, checks",
            cost(lambda: explainer.explain_global(X[:256]), 256, 3),
            20,
            5,
        ),
        Line(
            "the same, one row by `explain_row`, as in a what-if question",
            cost(lambda: explainer.explainer.explain_row(problem.dataset(X[:1])), 1, 15),
            50,
            20,
        ),
    ]


def page(lines: list[Line]) -> str:
    """Return KERNELS.md."""
    versions = ", ".join(f"{each.__name__} {each.__version__}" for each in (sklearn, shap, np))
    return "\n".join(
        [
            "# Kernel machines: how fast",
            "",
            "Measured by `python -m benchmarks.kernel_machines`: CPU time per row of one thread, medians, "
            f"both sides in one process, against the same {_N_BACKGROUND} rows of a background. Ours are "
            "exact; `shap.KernelExplainer` is asked with its default `nsamples` on the estimator's columns, "
            "and is off by this share of the largest value.",
            "",
            "| workload | ours | must | aim | met | shap.KernelExplainer | ratio | shap is off by |",
            "|---|---|---|---|---|---|---|---|",
            *[each.text for each in lines],
            "",
            f"{versions}, Python {sys.version.split()[0]}.",
            "",
        ]
    )


def main() -> None:
    warnings.simplefilter("ignore")
    lines: list[Line] = []

    def say(*found: Line) -> None:
        for each in found:
            print(each.text, flush=True)
            lines.append(each)

    model, X = attrition()
    say(*raw_columns(model, X))
    Z, svc = model[:-1].transform(X), model[-1]
    say(beside_shap(f"the same, its {Z.shape[1]} engineered columns", svc, Z, svc.decision_function, 20, 5))
    rows, target = load_diabetes(return_X_y=True)
    rows = StandardScaler().fit_transform(rows)
    for estimator in (
        SVR(C=30),
        KernelRidge(kernel="laplacian", gamma=0.1),
        GaussianProcessRegressor(RBF(np.ones(10)) + WhiteKernel(), normalize_y=True, random_state=0),
    ):
        estimator.fit(rows, target)
        named = f"{type(estimator).__name__}, {len(read(estimator).points)} terms, diabetes, 10 columns"
        say(beside_shap(named, estimator, rows, estimator.predict, 10, 1))
    RESULTS.write_text(page(lines))
    print(f"wrote {RESULTS.name}")


if __name__ == "__main__":
    main()
