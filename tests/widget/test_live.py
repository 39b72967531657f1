"""A dashboard whose estimates get better."""

from __future__ import annotations

import threading
import time

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from interpret_widget import ExplanationDashboard, TabularExplainer
from interpret_widget.widget import LiveDashboard


def wavy(X):
    X = np.asarray(X, dtype=float)
    return np.sin(X[:, :6] @ np.linspace(0.3, 1.4, 6)) + X[:, 0] * X[:, 1]


@pytest.fixture
def numbers():
    return pd.DataFrame(np.random.default_rng(0).normal(size=(80, 24)), columns=[f"c{i}" for i in range(24)])


def test_rough_values_are_there_at_once_and_get_better(numbers):
    seen = []
    dashboard = TabularExplainer(wavy, numbers, max_evals=4_000).dashboard(numbers[:6], row=3, top_k=4)
    first = dashboard.explanation
    dashboard.observe(lambda change: seen.append(dashboard._estimate["error"]), "_epoch")
    assert first.residual < 1e-9
    last = dashboard.wait(60)
    assert dashboard.state == "finished"
    assert dashboard._estimate["share"] == 1
    assert last.std_errors.mean() < 0.5 * first.std_errors.mean()
    assert last.residual < 1e-9
    assert dashboard._estimate["error"] == pytest.approx(
        np.sqrt((last.std_errors**2).mean() / (last.values**2).mean())
    )
    # Where somebody was looking stays where it was.
    assert (dashboard.row, dashboard.top_k) == (3, 4)
    assert len(seen) >= 1
    dashboard.close()


def test_exact_routes_have_an_ordinary_dashboard(numbers):
    model = LinearRegression().fit(numbers, numbers["c0"])
    dashboard = TabularExplainer(model, numbers).dashboard(numbers[:5], title="Plain")
    assert isinstance(dashboard, ExplanationDashboard)
    assert not isinstance(dashboard, LiveDashboard)
    assert dashboard.explanation.exact


def test_stop_keeps_what_there_is_and_questions_are_answered_meanwhile(numbers):
    at_once = threading.Lock()
    clashes = []

    def slow(X):
        if not at_once.acquire(blocking=False):
            clashes.append(True)
            return wavy(X)
        try:
            time.sleep(2e-6 * len(X))
            return wavy(X)
        finally:
            at_once.release()

    explainer = TabularExplainer(slow, numbers, max_evals=5_000_000)
    dashboard = explainer.dashboard(numbers[:6])
    assert dashboard.state == "running"
    with pytest.raises(TimeoutError, match="stop"):
        dashboard.wait(0.01)
    with dashboard._lock:
        answered = dashboard._sources.explainer.explain_row(dashboard._sources.explanation.data.take([0]))
    assert answered.residual < 1e-9
    dashboard.stop()
    kept = dashboard.wait(60)
    assert dashboard.state == "stopped"
    assert kept.residual < 1e-9
    assert not clashes
    dashboard.close()


def test_the_page_can_stop_it_whichever_round_of_values_it_shows(numbers):
    def slow(X):
        time.sleep(2e-6 * len(X))
        return wavy(X)

    dashboard = TabularExplainer(slow, numbers, max_evals=5_000_000).dashboard(numbers[:6])
    dashboard._on_message(
        dashboard, {"kind": "request", "id": "p-1", "epoch": 0, "method": "estimate_stop", "params": {}}, []
    )
    dashboard.wait(60)
    assert dashboard.state == "stopped"
    dashboard.close()


def test_a_search_is_not_cut_short_by_better_values(numbers):
    def slow(X):
        time.sleep(2e-6 * len(X))
        return wavy(X)

    dashboard = TabularExplainer(slow, numbers, max_evals=50_000).dashboard(numbers[:6])
    replies = []

    def search(params, token, progress):
        dashboard._halt.wait(1.0)  # many rounds of better values would fit in here
        assert not token.is_set()
        return {"seen": dashboard._epoch}

    dashboard._questions = lambda: {"counterfactuals": search}
    dashboard._rpc.show(dashboard._questions())
    dashboard._rpc._send = lambda content, buffers: replies.append(content)
    epoch = dashboard._epoch
    asked = {"kind": "request", "id": "p-1", "epoch": epoch, "method": "counterfactuals", "params": {}}
    dashboard._on_message(dashboard, asked, [])
    better = threading.Event()
    dashboard.observe(lambda change: better.set(), "_epoch")
    assert better.wait(60)
    assert [each["result"] for each in replies] == [{"seen": epoch}]
    dashboard.close()


def test_a_model_that_fails_later_is_told_and_nothing_is_lost(numbers):
    asked = [0]

    def moody(X):
        asked[0] += len(X)
        if asked[0] > 30_000:
            raise ValueError("out of mood")
        return wavy(X)

    dashboard = TabularExplainer(moody, numbers, max_evals=100_000).dashboard(numbers[:6])
    with pytest.raises(Exception, match="out of mood"):
        dashboard.wait(60)
    assert dashboard.state == "failed"
    assert "out of mood" in dashboard._estimate["message"]
    assert dashboard.explanation.residual < 1e-9
    dashboard.close()
