"""What watching costs a training: ``python -m benchmarks.training`` writes TRAINING.md."""

from __future__ import annotations

import os
import statistics
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import xgboost

from benchmarks.report import quantile
from benchmarks.tree import Bound
from interpret_widget import TrainingMonitor

RESULTS = Path(__file__).with_name("TRAINING.md")
_ROUNDS, _EPOCHS, _REPEATS = 500, 12, 5


def table() -> tuple[pd.DataFrame, np.ndarray]:
    """100,000 × 30."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(100_000, 30)), columns=[f"c{i}" for i in range(30)])
    return X, (X.c0 + X.c1 * X.c2 + np.sin(2 * X.c3) + rng.normal(size=len(X)) > 0).to_numpy(int)


def added(plain: Callable[[], object], watched: Callable[[], object]) -> tuple[float, str]:
    """Share of time that watching adds; runs alternate, medians."""
    plain()
    watched()
    times: dict[str, list[float]] = {"plain": [], "watched": []}
    for _ in range(_REPEATS):
        for name, work in (("plain", plain), ("watched", watched)):
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    alone, with_it = (statistics.median(times[name]) for name in ("plain", "watched"))
    return (with_it / alone - 1) * 100, f"{alone:.2f} s alone, {with_it:.2f} s watched"


def with_lightgbm(X: pd.DataFrame, y: np.ndarray) -> Bound:
    data = lightgbm.Dataset(X, y)
    data.construct()
    settings = {"objective": "binary", "num_leaves": 31, "verbose": -1}
    monitor = TrainingMonitor(X[:2_000], y[:2_000])
    share, note = added(
        lambda: lightgbm.train(settings, data, _ROUNDS),
        lambda: lightgbm.train(settings, data, _ROUNDS, callbacks=[monitor.callback("lightgbm")]),
    )
    assert all(len(run.rounds) == _ROUNDS for run in monitor._recorder.runs)
    return Bound("time added, LightGBM 500 × 31 leaves, every round", share, "%", 10, 3, note)


def with_xgboost(X: pd.DataFrame, y: np.ndarray) -> Bound:
    data = xgboost.DMatrix(X, y)
    settings = {"objective": "binary:logistic", "max_leaves": 31, "grow_policy": "lossguide", "max_depth": 0}
    monitor = TrainingMonitor(X[:2_000], y[:2_000])
    share, note = added(
        lambda: xgboost.train(settings, data, _ROUNDS),
        lambda: xgboost.train(settings, data, _ROUNDS, callbacks=[monitor.callback("xgboost")]),
    )
    return Bound("time added, XGBoost 500 × 31 leaves, every round", share, "%", 10, 5, note)


def with_torch(X: pd.DataFrame, y: np.ndarray) -> Bound:
    """An MLP that is watched after each epoch: copies are explained beside the training."""
    name = "time added, PyTorch MLP 30-64-64-1, every epoch"
    try:
        import torch
    except ImportError:
        return Bound(name, float("nan"), "%", 10, 5, "PyTorch is not installed")
    inputs = torch.tensor(X.to_numpy(), dtype=torch.float32)
    labels = torch.tensor(y, dtype=torch.float32)
    monitor = TrainingMonitor(X[:2_000], y[:2_000])

    def train(*, is_watched: bool) -> None:
        torch.manual_seed(0)
        layers = torch.nn
        model = layers.Sequential(
            layers.Linear(30, 64), layers.ReLU(), layers.Linear(64, 64), layers.ReLU(), layers.Linear(64, 1)
        )
        optimizer, loss_of = torch.optim.Adam(model.parameters()), layers.BCEWithLogitsLoss()
        step = None
        if is_watched:
            monitor.run(f"run {len(monitor._recorder.runs) + 1}")
            step = monitor.callback("torch", model=model)
        for _ in range(_EPOCHS):
            order = torch.randperm(len(inputs))
            for start in range(0, len(inputs), 256):
                batch = order[start : start + 256]
                optimizer.zero_grad()
                loss = loss_of(model(inputs[batch])[:, 0], labels[batch])
                loss.backward()
                optimizer.step()
            if step is not None:
                step(loss=float(loss.detach()))

    share, note = added(lambda: train(is_watched=False), lambda: train(is_watched=True))
    recorded = len(monitor._recorder.runs[-1].rounds)
    return Bound(name, share, "%", 10, 5, f"{note}; {recorded} of {_EPOCHS} epochs explained")


def what_if(X: pd.DataFrame, y: np.ndarray) -> Bound:
    """Python's part of a what-if answer while a training runs in the background."""
    data = lightgbm.Dataset(X, y)
    monitor = TrainingMonitor(X[:2_000], y[:2_000])
    settings = {"objective": "binary", "num_leaves": 31, "verbose": -1}
    run = monitor.train(
        lambda: lightgbm.train(settings, data, 100_000, callbacks=[monitor.callback("lightgbm")])
    )
    while not monitor._recorder.runs or len(monitor._recorder.runs[0].rounds) < 100:
        time.sleep(0.05)
    monitor.round = 100
    shown, samples = monitor._shown, []
    for at in range(60):
        start = time.perf_counter()
        shown.explainer.explain_row(shown.data.edited(at, {"c0": 0.5}))
        samples.append((time.perf_counter() - start) * 1e3)
        time.sleep(0.03)
    run.stop()
    run.wait()
    note = f"p50 {quantile(samples, 0.5):.1f} ms, n = {len(samples)}; without the way to the page"
    return Bound(
        "what-if answered by Python while training runs, p95", quantile(samples, 0.95), "ms", 250, 100, note
    )


def memory(X: pd.DataFrame, y: np.ndarray) -> Bound:
    data = lightgbm.Dataset(X[:20_000], y[:20_000])
    monitor = TrainingMonitor(X[:2_000], y[:2_000])
    settings = {"objective": "binary", "num_leaves": 31, "verbose": -1}
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    booster = lightgbm.train(settings, data, 1_000, callbacks=[monitor.callback("lightgbm")])
    held = (tracemalloc.get_traced_memory()[0] - before) / 1e6
    tracemalloc.stop()
    assert booster.num_trees() == 1_000
    return Bound("memory of 1,000 rounds, 2,000 rows, 30 columns", held, "MB", 300, 100)


def main() -> None:
    warnings.simplefilter("ignore")
    X, y = table()
    lines = []
    for measured in (with_lightgbm, with_xgboost, with_torch, what_if, memory):
        bound = measured(X, y)
        print(bound.line, flush=True)
        lines.append(bound.line)
    page = [
        "# Watching a training: what it costs",
        "",
        f"Measured by `python -m benchmarks.training` on {os.cpu_count()} cores: 100,000 × 30 to train on, "
        "2,000 rows are watched and every round is recorded. Runs with and without the monitor alternate; "
        "medians of wall-clock time.",
        "",
        "| what | measured | must | aim | met | |",
        "|---|---|---|---|---|---|",
        *lines,
        "",
        f"LightGBM {lightgbm.__version__}, XGBoost {xgboost.__version__}, Python {sys.version.split()[0]}.",
        "",
    ]
    RESULTS.write_text("\n".join(page))
    print(f"wrote {RESULTS.name}")


if __name__ == "__main__":
    main()
