"""Watching a training in JupyterLab: rounds stream in, questions are answered, going back is exact."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import PROJECT
from tests.e2e.eventually import eventually
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.server import JupyterServer

SETUP = """
import lightgbm, numpy as np, pandas as pd
from interpret_widget import TrainingMonitor
rng = np.random.default_rng(0)
X = pd.DataFrame(rng.normal(size=(4000, 6)), columns=["age", "income", "tenure", "visits", "score", "noise"])
y = (X.age + X.income * X.tenure > 0).astype(int)
monitor = TrainingMonitor(X[:300], y[:300])
def fit(rounds, *callbacks):
    data = lightgbm.Dataset(X, y)
    return lightgbm.train(
        {"objective": "binary", "verbose": -1, "num_threads": 1, "learning_rate": 0.05},
        data, rounds, valid_sets=[lightgbm.Dataset(X[:300], y[:300], reference=data)], valid_names=["valid"],
        callbacks=[monitor.callback("lightgbm"), *callbacks])
def mean_magnitude(booster, number):
    return np.abs(booster.predict(X[:300], pred_contrib=True, num_iteration=number)[:, :-1]).mean(axis=0)
monitor
"""


@pytest.fixture
def watched(server: JupyterServer, browser: Browser):
    notebook = NotebookPage.open(server, browser, [SETUP, 'block() if "block" in globals() else None'])
    try:
        notebook.show()
        yield notebook
    finally:
        notebook.close()


def state(notebook: NotebookPage) -> str:
    return notebook.dashboard.find("iw-training-state").inner_text()


def at_round(notebook: NotebookPage) -> int:
    return int(notebook.dashboard.find("iw-scrubber").get_attribute("data-round") or 0)


def streams(notebook: NotebookPage) -> dict[str, float]:
    pairs = notebook.dashboard.find("iw-stream").evaluate_all(
        "all => all.map(e => [e.dataset.feature, Number(e.dataset.last)])"
    )
    return dict(pairs)


def test_a_training_in_the_background_streams_answers_and_stops(watched: NotebookPage) -> None:
    page, kernel, dashboard = watched.page, watched.kernel, watched.dashboard
    assert "Nothing recorded yet" in dashboard.find("iw-training").inner_text()
    kernel.run("run = monitor.train(lambda: fit(1_000_000))")
    eventually(page, lambda: at_round(watched) > 20)
    first = at_round(watched)
    eventually(page, lambda: at_round(watched) > first)
    assert state(watched) == "running"

    # A what-if during the run: hold it at a round, ask, and compare with LightGBM's answer for that round.
    kernel.run("monitor.round = 10")
    eventually(page, lambda: kernel.value("monitor._shown_round") == 10)
    dashboard.go("Row & what-if")
    kernel.run("monitor.row = 7")
    eventually(page, lambda: dashboard.waterfall_row() == 7)
    dashboard.edit("age", "2.5")
    shown = dashboard.settled_prediction()
    assert kernel.value("run.state") == "running"

    dashboard.go("Training")
    dashboard.find("iw-stop").click()
    eventually(page, lambda: state(watched) == "stopped")
    kernel.run("booster = run.wait(20); edited = X[7:8].assign(age=2.5)")
    truth = kernel.value("float(booster.predict(edited, num_iteration=10)[0])")
    assert shown.new == pytest.approx(truth, abs=1e-6)

    # The last state arrives: all rounds of the booster, and the importance that LightGBM itself computes.
    kernel.run("monitor.round = None")
    eventually(page, lambda: at_round(watched) == kernel.value("booster.current_iteration()"))
    kernel.run("own = mean_magnitude(booster, -1)")
    truth = kernel.value("dict(zip(X.columns, own.tolist()))")
    assert streams(watched) == pytest.approx(truth, rel=1e-4, abs=1e-6)


def test_going_back_and_comparing(watched: NotebookPage) -> None:
    page, kernel, dashboard = watched.page, watched.kernel, watched.dashboard
    kernel.run("booster = fit(60)")
    eventually(page, lambda: at_round(watched) == 60)
    assert state(watched) == "finished"
    scrubber = dashboard.find("iw-scrubber")
    scrubber.focus()
    page.keyboard.press("Home")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    assert at_round(watched) == 10
    eventually(page, lambda: kernel.value("monitor.round") == 10)
    eventually(page, lambda: kernel.value("monitor._shown_round") == 10)
    kernel.run("own = mean_magnitude(booster, 10)")
    truth = kernel.value("dict(zip(X.columns, own.tolist()))")
    dashboard.go("Overview")

    def bars_are_those_of_round_ten() -> bool:
        found = dashboard.importances()
        return found == pytest.approx({name: truth[name] for name in found}, rel=1e-4)

    eventually(page, bars_are_those_of_round_ten)
    dashboard.go("Training")
    eventually(page, lambda: dashboard.find("iw-training-row").count() == 1)
    kernel.run("monitor.compare = 60")
    eventually(page, lambda: dashboard.find("iw-compare-bar").count() == 6)
    kernel.run("early, late = (booster.predict(X[:300], num_iteration=n) > 0.5 for n in (10, 60))")
    flipped = kernel.value("int((early != late).sum())")
    words = dashboard.find("iw-flipped").inner_text()
    assert words.startswith(f"{flipped} row" if flipped else "No row")
    # Those that flipped are named, and one of them can be followed.
    flips = dashboard.find("iw-flip")
    assert flipped > 0
    assert flips.count() == min(flipped, 10)
    flips.first.click()
    row = int(flips.first.get_attribute("data-row") or -1)
    eventually(page, lambda: kernel.value("monitor.row") == row)
    assert kernel.value(f"bool(early[{row}] != late[{row}])")
    dashboard.find("iw-live").click()
    eventually(page, lambda: at_round(watched) == 60)


def test_a_blocking_cell_streams_too_and_a_failure_leaves_what_was_recorded(watched: NotebookPage) -> None:
    page, kernel = watched.page, watched.kernel
    kernel.run("""
def slow(env):
    import time
    time.sleep(0.02)
    if env.iteration == 149:
        raise RuntimeError("disk full")
slow.order = 30
import threading
outcome = {}
def block():
    try:
        fit(400, slow)
    except RuntimeError as error:
        outcome["said"] = str(error)
""")
    watched.run_nth(1)
    eventually(page, lambda: at_round(watched) > 5)
    first = at_round(watched)
    eventually(page, lambda: at_round(watched) > first + 5)
    assert "answered after the cell" in watched.dashboard.find("iw-training").inner_text()
    watched.wait_until_idle()
    assert kernel.value("outcome['said']") == "disk full"
    assert kernel.value("len(monitor.history)") >= 140


def test_an_interrupted_kernel_leaves_a_usable_monitor(watched: NotebookPage) -> None:
    page, kernel = watched.page, watched.kernel
    kernel.run("def block(): fit(1_000_000)")
    watched.run_nth(1)
    eventually(page, lambda: at_round(watched) > 5)
    watched.command("notebook:interrupt-kernel")
    eventually(page, lambda: state(watched) == "stopped")
    assert "interrupted at round" in watched.dashboard.find("iw-training").inner_text()
    last = kernel.value("int(monitor.history['round'].max())")
    eventually(page, lambda: at_round(watched) == last)
    kernel.run("booster = fit(30)")
    assert kernel.value("list(monitor.runs)") == ["run 1", "run 2"]


def test_a_notebook_closed_and_reopened_picks_up_the_run(server: JupyterServer, browser: Browser) -> None:
    notebook = NotebookPage.open(server, browser, [SETUP])
    try:
        notebook.show()
        notebook.kernel.run("run = monitor.train(lambda: fit(1_000_000))")
        eventually(notebook.page, lambda: at_round(notebook) > 5)
        notebook.save()
        left_at = at_round(notebook)
        notebook.reopen(browser)
        notebook.wait_for_dashboard()
        eventually(notebook.page, lambda: at_round(notebook) > left_at)
        first = at_round(notebook)
        eventually(notebook.page, lambda: at_round(notebook) > first)
        assert state(notebook) == "running"
        notebook.dashboard.find("iw-stop").click()
        eventually(notebook.page, lambda: state(notebook) == "stopped")
    finally:
        notebook.close()


def test_the_notebook_tells_its_story(server: JupyterServer, browser: Browser) -> None:
    path = "training/notebooks/04_watch_training.ipynb"
    target = server.root / path
    target.parent.mkdir(parents=True)
    target.write_bytes((PROJECT / "notebooks" / "04_watch_training.ipynb").read_bytes())
    notebook = NotebookPage.open_file(server, browser, path, height=2600)
    try:
        dashboard = notebook.show()
        notebook.wait_until_idle()
        page = notebook.page
        eventually(page, lambda: dashboard.find("iw-training-state").inner_text() == "finished")
        eventually(page, lambda: dashboard.find("iw-stream").count() == 8)
        eventually(page, lambda: "without the leak" in dashboard.find("iw-training").inner_text())
        page.wait_for_timeout(500)
        notebook.screenshot(PROJECT / "build" / "screenshots" / "training-light.png")
        notebook.set_theme(True)
        notebook.screenshot(PROJECT / "build" / "screenshots" / "training-dark.png")
    finally:
        notebook.close()
