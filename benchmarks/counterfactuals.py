"""Counterfactuals of attrition side by side with DiCE's: valid or not, how small, how plausible, how fast.

``python -m benchmarks.counterfactuals`` writes COUNTERFACTUALS.md. DiCE (``dice-ml``) is left out where it is
not installed. Takes some minutes on one core.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import platform
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from interpret_widget import counterfactuals
from interpret_widget.counterfactual.distance import Distance
from interpret_widget.datasets import load_attrition
from interpret_widget.tabular import Dataset

RESULTS = Path(__file__).with_name("COUNTERFACTUALS.md")
_WANTED = 4  # alternatives for each row
_HELD = ("Age", "Gender", "MaritalStatus")
Search = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Judged:
    """One row's alternatives."""

    valid: float
    held: float
    changes: float
    distance: float
    to_real: float
    diversity: float
    seconds: float


class Judge:
    """The same measures for everybody."""

    def __init__(self, model: Any, X: pd.DataFrame) -> None:
        self._model, self._X, self._data = model, X, Dataset.of(X)
        self._distance = Distance.of(self._data)
        self._predicted = model.predict(X)

    def judge(self, row: pd.DataFrame, search: Search) -> Judged:
        """Ask for alternatives and measure those that are valid; validity is out of all that were wanted."""
        started = time.perf_counter()
        try:
            found = search(row)
        except Exception as error:  # a peer that finds nothing raises
            warnings.warn(f"{type(error).__name__}: {error}", stacklevel=1)
            found = row.iloc[:0]
        seconds = time.perf_counter() - started
        found = found[list(self._X.columns)].astype(self._X.dtypes.to_dict())
        own = self._model.predict(row)[0]
        good = found[self._model.predict(found) != own] if len(found) else found
        valid = len(good) / _WANTED
        if not len(good):
            return Judged(valid, *[float("nan")] * 5, seconds)
        codes = Dataset.of(good, like=self._data.schema).codes()
        mine = Dataset.of(row, like=self._data.schema).codes()[0]
        apart = self._distance.apart(codes, mine)
        changed = apart > 0
        real = self._data.codes()[self._predicted != own]
        pairs = [
            1 - (changed[i] & changed[j]).sum() / max(1, (changed[i] | changed[j]).sum())
            for i, j in combinations(range(len(good)), 2)
        ]
        at = [self._data.schema.position(name) for name in _HELD]
        return Judged(
            valid,
            float((~changed[:, at]).all(axis=1).mean()),
            float(changed.sum(axis=1).mean()),
            float(apart.sum(axis=1).mean()),
            float(self._distance.nearest(codes, real).mean()),
            float(np.mean(pairs)) if pairs else float("nan"),
            seconds,
        )


def models(X: pd.DataFrame, y: pd.Series) -> dict[str, Any]:
    """Pipelines on raw columns."""
    levels = [name for name in X if X[name].dtype.kind not in "iuf"]
    numbers = [name for name in X if name not in levels]

    def behind(estimator: Any) -> Any:
        ready = make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), levels), (StandardScaler(), numbers)
        )
        return make_pipeline(ready, estimator).fit(X, y)

    return {
        "logistic regression": behind(LogisticRegression(max_iter=2000)),
        "LightGBM": behind(LGBMClassifier(n_estimators=100, num_leaves=8, verbose=-1, n_jobs=1)),
    }


def ours(model: Any, X: pd.DataFrame) -> Search:
    """This package."""

    def search(row: pd.DataFrame) -> pd.DataFrame:
        found = counterfactuals(model, X, row, n=_WANTED, fixed=_HELD)
        return pd.concat([item.row for item in found])

    return search


def dice(model: Any, X: pd.DataFrame, y: pd.Series, method: str) -> Search:
    """DiCE with its own settings."""
    import dice_ml

    levels = {name for name in X if X[name].dtype.kind not in "iuf"}
    data = dice_ml.Data(
        dataframe=X.assign(Attrition=y),
        continuous_features=[name for name in X if name not in levels],
        outcome_name="Attrition",
    )
    engine = dice_ml.Dice(data, dice_ml.Model(model=model, backend="sklearn"), method=method)
    vary = [name for name in X if name not in _HELD]

    def search(row: pd.DataFrame) -> pd.DataFrame:
        seed = {"random_seed": 0} if method == "random" else {}
        answer = engine.generate_counterfactuals(
            row, total_CFs=_WANTED, desired_class="opposite", features_to_vary=vary, verbose=False, **seed
        )
        return answer.cf_examples_list[0].final_cfs_df

    return search


def line(model: str, name: str, all_: list[Judged]) -> str:
    """Means over rows; measures of alternatives over rows that have valid ones."""

    def mean(key: str) -> float:
        values = [getattr(one, key) for one in all_ if getattr(one, key) == getattr(one, key)]
        return float(np.mean(values)) if values else float("nan")

    def cell(key: str, how: str) -> str:
        value = mean(key)
        return format(value, how) if value == value else "–"

    cells = [cell("valid", ".0%"), cell("held", ".0%"), cell("changes", ".2f"), cell("distance", ".2f")]
    cells += [cell("to_real", ".3f"), cell("diversity", ".2f"), cell("seconds", ".2f") + " s"]
    return f"| {model} | {name} | {' | '.join(cells)} |"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20)
    given = parser.parse_args()
    X, y = load_attrition(return_X_y=True)
    rng = np.random.default_rng(0)
    lines: list[str] = []
    for name, model in models(X, y).items():
        predicted = model.predict(X)
        # Half of them leave.
        rows = np.concatenate(
            [rng.choice(np.flatnonzero(predicted == k), given.rows // 2, replace=False) for k in (0, 1)]
        )
        searches = {"interpret_widget": ours(model, X)}
        if importlib.util.find_spec("dice_ml") is not None:
            methods = ("random", "genetic", "kdtree")
            searches |= {f"DiCE, {method}": dice(model, X, y, method) for method in methods}
        judge = Judge(model, X)
        for who, search in searches.items():
            lines.append(line(name, who, [judge.judge(X.iloc[[int(row)]], search) for row in rows]))
            print(lines[-1], flush=True)
    RESULTS.write_text(report(given.rows, lines), "utf-8")


def _peer() -> str:
    if importlib.util.find_spec("dice_ml") is None:
        return "DiCE is not installed."
    return f"DiCE {importlib.metadata.version('dice_ml')} with its own settings."


def report(n_rows: int, lines: list[str]) -> str:
    """The page."""
    parts = [
        "# Counterfactuals",
        "",
        f"`python -m benchmarks.counterfactuals`: {n_rows} rows of attrition, half of them predicted",
        f"to leave, {_WANTED} alternatives each, {', '.join(_HELD)} held. One core,",
        f"{platform.machine()}, Python {platform.python_version()}. {_peer()} Times are rough.",
        "",
        "| model | search | valid | hold | changes | distance | to a real row | diversity | time a row |",
        "|---|---|---|---|---|---|---|---|---|",
        *lines,
        "",
        f"*Valid*: alternatives, of {_WANTED} wanted, whose predicted class is another one when the pipeline",
        "is asked again. *Hold*: those that leave the held columns. *Distance*: sum over columns, numbers in",
        "spans from the 5th to the 95th percentile, levels 1. *To a real row*: mean over columns (Gower)",
        "to the nearest row of the wanted outcome; who takes over half of its values is near to it.",
        "*Diversity*: mean Jaccard distance of the sets of changed columns. All but validity and time are",
        "means over valid alternatives. DiCE's kd-tree takes whole rows, which rarely agree in held columns.",
        "",
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    main()
