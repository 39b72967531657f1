"""Estimated values side by side with shap's: error against predictions asked of the model.

``python -m benchmarks.sampling`` writes SAMPLING.md. Takes about ten minutes on one core. With
``--shapiq FOLDER`` shapiq is one more peer, found there (see `shapiq_peer`); ``--only-shapiq`` leaves the
other lines of SAMPLING.md as they are.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shap
from sklearn.compose import make_column_transformer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from benchmarks import shapiq_peer
from benchmarks.report import formatted
from interpret_widget import TabularExplainer
from interpret_widget.datasets import load_attrition
from interpret_widget.tabular import Dataset

RESULTS = Path(__file__).with_name("SAMPLING.md")
_N_BACKGROUND, _N_JUDGED, _N_TOGETHER = 100, 4, 100
_TRUE_EVALS = 250_000
_KERNEL = "shap.KernelExplainer"
_TRUTH = "standard error of the truth"


@dataclass
class Counted:
    """A model that counts what it is asked."""

    ask: Callable[[np.ndarray], np.ndarray]
    n: int = 0

    def __call__(self, X: Any) -> np.ndarray:
        self.n += len(X)
        return self.ask(np.asarray(X))


@dataclass
class Curve:
    """Predictions for each row and the relative error that they buy."""

    name: str
    points: list[tuple[float, float, float]] = field(default_factory=list)

    def add(self, evals: float, error: float, seconds: float) -> None:
        self.points.append((evals, error, seconds))

    def needed(self, error: float) -> float:
        """Predictions for this error, by the slope of a half between and beyond the points."""
        evals, errors, _ = np.array(self.points).T
        best = np.flatnonzero(errors <= error)
        at = best[0] if len(best) else len(errors) - 1
        return float(evals[at] * (errors[at] / error) ** 2)


def table() -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Attrition as numbers, and which columns are codes of levels."""
    X, y = load_attrition(return_X_y=True)
    data = Dataset.of(X)
    levels = [at for at, column in enumerate(data.schema) if column.is_discrete]
    return np.ascontiguousarray(data.codes()), np.asarray(y), levels


def models(n_columns: int, levels: list[int]) -> dict[str, Any]:
    """Estimators behind one-hot and scaled columns."""
    numbers = [at for at in range(n_columns) if at not in levels]

    def behind(estimator: Any) -> Any:
        return make_pipeline(
            make_column_transformer((OneHotEncoder(), levels), (StandardScaler(), numbers)), estimator
        )

    return {
        "SVC, rbf": behind(SVC(C=3, probability=True, random_state=0)),
        "MLP, 32 × 16": behind(MLPClassifier((32, 16), alpha=1e-2, max_iter=60, random_state=0)),
        "15 nearest neighbours": behind(KNeighborsClassifier(15)),
    }


def measure(name: str, model: Any, X: np.ndarray, quick: bool) -> tuple[list[str], dict[str, float]]:
    """Lines of the table of one model, and what the summary needs."""
    rows, background, error, known = question(model, X, quick)
    judged = rows[:_N_JUDGED]
    curves = [
        ours(model, rows, background, error, together=False, quick=quick),
        ours(model, rows, background, error, together=True, quick=quick),
        *peers(model, judged, background, error, quick),
    ]
    if shapiq_peer.found(None):
        curves.append(by_shapiq(model, judged, background, error, quick))
    kernel = next(curve for curve in curves if curve.name == _KERNEL)
    evals, reached, _ = kernel.points[-1]
    ratios = {curve.name: curve.needed(reached) / evals for curve in curves}
    note = f"| {name} | {_TRUTH} | {_TRUE_EVALS:,} | {100 * known:.1f} % | |"
    lines = [line for curve in curves for line in lines_of(name, curve)]
    return [*lines, note], {f"{name}|{key}": value for key, value in ratios.items()}


def lines_of(name: str, curve: Curve) -> list[str]:
    return [
        f"| {name} | {curve.name} | {evals:,.0f} | {100 * off:.1f} % | {formatted(1e3 * seconds)} ms |"
        for evals, off, seconds in curve.points
    ]


def question(model: Any, X: np.ndarray, quick: bool) -> tuple[np.ndarray, np.ndarray, Any, float]:
    """Rows, background, the relative error of values of the judged ones, and that of the truth."""
    order = np.random.default_rng(0).permutation(len(X))
    background = X[order[:_N_BACKGROUND]]
    rows = X[order[_N_BACKGROUND : _N_BACKGROUND + _N_TOGETHER]]
    truth, known = true_values(model, rows[:_N_JUDGED], background, 100_000 if quick else _TRUE_EVALS)
    size = float(np.sqrt((truth**2).mean()))

    def error(found: np.ndarray) -> float:
        return float(np.sqrt(((found - truth) ** 2).mean())) / size

    return rows, background, error, known / size


def true_values(model: Any, rows: np.ndarray, background: np.ndarray, evals: int) -> tuple[np.ndarray, float]:
    """Values of the second class from very many predictions, and their standard error."""
    found = [
        TabularExplainer(
            model, background, method="sampling", max_evals=evals, random_state=99
        ).explain_global(row[None])
        for row in rows
    ]
    values = np.concatenate([each.values for each in found])[..., 1]
    return values, float(np.sqrt(np.mean([each.std_errors[..., 1] ** 2 for each in found])))


def ours(
    model: Any, rows: np.ndarray, background: np.ndarray, error: Any, *, together: bool, quick: bool
) -> Curve:
    """Rows one at a time, or many that share what is learned of the model."""
    curve = Curve(f"ours, {len(rows)} rows together" if together else "ours, a row alone")
    for budget in (200, 800, 3_200) if together else (400, 1_600, 6_400, 25_600):
        offs, asked, seconds = [], [], []
        for seed in range(1 if quick else 2):
            values = []
            for part in [rows] if together else [row[None] for row in rows[:_N_JUDGED]]:
                counted = Counted(model.predict_proba)
                began = time.perf_counter()
                explainer = TabularExplainer(
                    counted, background, method="sampling", max_evals=budget, random_state=seed
                )
                counted.n = 0
                values.append(explainer.explain_global(part).values)
                seconds.append((time.perf_counter() - began) / len(part))
                asked.append(counted.n / len(part))
            offs.append(error(np.concatenate(values)[:_N_JUDGED, :, 1]))
        curve.add(float(np.mean(asked)), float(np.sqrt(np.mean(np.square(offs)))), float(np.mean(seconds)))
    return curve


def peers(model: Any, rows: np.ndarray, background: np.ndarray, error: Any, quick: bool) -> list[Curve]:
    """shap's explainers of any model."""

    def second(X: np.ndarray) -> np.ndarray:
        return np.asarray(model.predict_proba(X)[:, 1])

    def by_kernel(ask: Any, budget: int, **options: Any) -> np.ndarray:
        made = shap.KernelExplainer(ask, background)
        return np.asarray(made.shap_values(rows, nsamples=budget, silent=True, **options))

    def by_permutation(ask: Any, budget: int) -> np.ndarray:
        made = shap.PermutationExplainer(
            ask, shap.maskers.Independent(background, max_samples=10_000), seed=0
        )
        return np.asarray(made(rows, max_evals=budget * (2 * rows.shape[1] + 1), silent=True).values)

    def by_sampling(ask: Any, budget: int) -> np.ndarray:
        made = shap.SamplingExplainer(ask, background)
        return np.asarray(made.shap_values(rows, nsamples=budget, silent=True))

    asked: list[tuple[str, Callable[..., np.ndarray], list[int]]] = [
        (_KERNEL, lambda ask, budget: by_kernel(ask, budget, l1_reg=False), [128, 512, 2_108]),
        (f"{_KERNEL}, `l1_reg` as by default", by_kernel, [512, 2_108]),
        ("shap.PermutationExplainer", by_permutation, [1, 4, 10]),
        ("shap.SamplingExplainer", by_sampling, [2_000, 10_000, 50_000]),
    ]
    curves = []
    for name, work, budgets in asked:
        curve = Curve(name)
        for budget in budgets[: 2 if quick else None]:
            counted = Counted(second)
            np.random.seed(0)  # shap draws from it
            began = time.perf_counter()
            found = work(counted, budget)
            curve.add(counted.n / len(rows), error(found), (time.perf_counter() - began) / len(rows))
        curves.append(curve)
    return curves


def by_shapiq(model: Any, rows: np.ndarray, background: np.ndarray, error: Any, quick: bool) -> Curve:
    """shapiq's explainer of any model, with as many coalitions as shap's kernel."""
    curve = Curve(shapiq_peer.NAME)
    for budget in (128, 512) if quick else (128, 512, 2_108):
        counted = Counted(lambda X: np.asarray(model.predict_proba(X)[:, 1]))
        began = time.perf_counter()
        found = shapiq_peer.values(counted, rows, background, budget)
        curve.add(counted.n / len(rows), error(found), (time.perf_counter() - began) / len(rows))
    return curve


def with_shapiq(text: str, lines: list[str]) -> str:
    """The report with these lines of shapiq in place of those it has, each model's before its truth."""
    kept = [line for line in text.splitlines() if f"| {shapiq_peer.NAME} |" not in line]
    out = []
    for line in kept:
        cells = line.split(" | ")
        if len(cells) > 1 and cells[1] == _TRUTH:
            out += [each for each in lines if each.split(" | ")[0] == cells[0]]
        out.append(line)
    versions = f"shap {shap.__version__}, shapiq {shapiq_peer.version()}, numpy {np.__version__}."
    return "\n".join([versions if line.startswith("shap ") else line for line in out]) + "\n"


def coverage(models: dict[str, Any], X: np.ndarray, quick: bool) -> list[str]:
    """How often 95 % intervals hold the truth, which every coalition of eight columns tells."""
    lines = []
    few = X[:, :8]
    for name, estimator in models.items():
        hits, scores = [], []
        model = make_pipeline(StandardScaler(), estimator)
        model.fit(few, _OUTCOMES[0])
        background, rows = few[:40], few[700:705]
        exact = TabularExplainer(model, background, method="sampling", max_evals=40 * 2**8).explain_global(
            rows
        )
        assert exact.exact
        for seed in range(10 if quick else 60):
            found = TabularExplainer(
                model, background, method="sampling", max_evals=1_000, random_state=seed
            ).explain_global(rows)
            off, known = (found.values - exact.values)[..., 1], found.std_errors[..., 1]
            some = known > 0
            hits.append((np.abs(off) <= 1.96 * known)[some].mean())
            scores.append(np.sqrt((off**2).mean() / (known**2).mean()))
        lines.append(f"| {name} | {100 * np.mean(hits):.1f} % | {np.mean(scores):.2f} |")
    return lines


_OUTCOMES: list[np.ndarray] = []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough look, nothing is written")
    parser.add_argument("--shapiq", metavar="FOLDER", help="where shapiq is installed, if not here")
    parser.add_argument("--only-shapiq", action="store_true", help="measure shapiq alone")
    asked = parser.parse_args()
    quick = asked.quick
    has_shapiq = shapiq_peer.found(asked.shapiq)
    warnings.filterwarnings("ignore")
    X, y, levels = table()
    _OUTCOMES.append(y)
    lines: list[str] = []
    ratios: dict[str, float] = {}
    made = models(X.shape[1], levels)
    if asked.only_shapiq:
        if not has_shapiq:
            parser.error("shapiq is not installed: uv pip install --target FOLDER shapiq, --shapiq FOLDER")
        for name, model in made.items():
            rows, background, error, _ = question(model.fit(X, y), X, quick)
            found = lines_of(name, by_shapiq(model, rows[:_N_JUDGED], background, error, quick))
            lines += found
            print("\n".join(found), flush=True)
        if not quick:
            RESULTS.write_text(with_shapiq(RESULTS.read_text("utf-8"), lines), encoding="utf-8")
        return
    for name, model in made.items():
        found, told = measure(name, model.fit(X, y), X, quick)
        lines += found
        ratios |= told
        print("\n".join(found), flush=True)
    covered = coverage({name: model[-1] for name, model in made.items()}, X, quick)
    text = _report(lines, ratios, covered)
    print(text)
    if not quick:
        RESULTS.write_text(text, encoding="utf-8")


def _report(lines: list[str], ratios: dict[str, float], covered: list[str]) -> str:
    bests = [
        f"| {key.split('|')[0]} | {key.split('|')[1]} | {100 * share:.1f} % | "
        + ("yes |" if share <= 0.25 else "**no** |")
        for key, share in ratios.items()
        if key.split("|")[1].startswith("ours")
    ]
    parts = [
        "# Sampling: how many predictions for how small an error",
        f"Measured by `python -m benchmarks.sampling`: attrition, 30 columns, {_N_BACKGROUND} background "
        f"rows for everybody, {_N_JUDGED} rows judged. The truth is our own estimate from {_TRUE_EVALS:,} "
        "predictions for each row; its own standard error stands with it. Errors are root mean squares, as a "
        "share of the root mean square of the values; ours are of two seeds.",
        f"## Predictions for the error of {_KERNEL}",
        f"As a share of the predictions that {_KERNEL} asks for with `nsamples` as by default (its last line "
        "below, the better of both settings of `l1_reg`); must be at most 25 %, should be at most 10 %. "
        "Between and beyond the measured points errors are taken to halve with four times the predictions.",
        "| model | | share | must met |\n|---|---|---|---|\n" + "\n".join(bests),
        "## Curves",
        "| model | explainer | predictions for each row | error | time for each row |\n"
        "|---|---|---|---|---|\n" + "\n".join(lines),
        "Predictions are what is counted; a surrogate takes time of its own, about a second for a row alone. "
        "Where a prediction costs a microsecond, as the network's, that is more than what it saves.",
        "## Intervals",
        "Eight columns, 40 background rows, 1,000 predictions for each row; the truth is exact. The last "
        "column is the real error over the one claimed.",
        "| model | value ± 1.96 standard errors holds the truth | error ÷ claimed |\n|---|---|---|\n"
        + "\n".join(covered),
        f"shap {shap.__version__}, "
        + (f"shapiq {shapiq_peer.version()}, " if shapiq_peer.found(None) else "")
        + f"numpy {np.__version__}.",
    ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
