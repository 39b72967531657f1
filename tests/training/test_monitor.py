"""The monitor around a training: threads, stopping, failures, what it tells the page."""

from __future__ import annotations

import threading
import time

import numpy as np
import pandas as pd
import pytest
import traitlets

from interpret_widget import TrainingMonitor
from interpret_widget.errors import InvalidInputError
from interpret_widget.training import growth
from interpret_widget.training.recording import Record
from interpret_widget.training.remarks import remarks_on
from interpret_widget.widget import codec
from interpret_widget.widget.publishing import Publisher

lgb = pytest.importorskip("lightgbm")

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(800, 4)), columns=list("abcd"))
Y = (X.a + X.b * X.c > 0).astype(int)


def trained(monitor, rounds=20, callbacks=(), **parameters):
    data = lgb.Dataset(X, Y)
    return lgb.train(
        {"objective": "binary", "verbose": -1, **parameters},
        data,
        rounds,
        valid_sets=[lgb.Dataset(X[:200], Y[:200], reference=data)],
        valid_names=["valid"],
        callbacks=[monitor.callback("lightgbm"), *callbacks],
    )


def eventually(check, seconds=10.0):
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def monitor():
    made = TrainingMonitor(X[:200], Y[:200])
    yield made
    made.close()


def decoded(state, run=0):
    return {
        name: codec.decode(state["runs"][run][name]) if name in ("rounds", "importance") else value
        for name, value in state["runs"][run].items()
    }


def test_before_anything_is_recorded(monitor):
    assert monitor.view == "training"
    assert monitor.history.empty
    with pytest.raises(InvalidInputError, match=r"hand monitor.callback"):
        monitor.explanation()
    with pytest.raises(traitlets.TraitError, match="nothing has been recorded"):
        monitor.round = 3


def test_training_in_the_background_is_followed_to_its_end(monitor):
    run = monitor.train(lambda: trained(monitor))
    booster = run.wait(60)
    assert (run.state, run.result is booster, run.exception) == ("finished", True, None)
    eventually(lambda: monitor._flight["runs"] and monitor._flight["shown"] == 20)
    told = decoded(monitor._flight)
    assert told["rounds"].tolist() == list(range(1, 21))
    assert told["importance"].shape == (20, 1, 4)
    assert told["state"] == "finished"
    assert told["metrics"][0]["set"] == "valid"
    np.testing.assert_allclose(
        monitor._shown.values[:, :, 1], booster.predict(X[:200], pred_contrib=True)[:, :-1], atol=1e-9
    )


def test_going_back_shows_the_model_as_it_was(monitor):
    booster = trained(monitor)
    monitor.scenario = {}
    monitor.round = 10
    own = booster.predict(X[:200], pred_contrib=True, num_iteration=10)[:, :-1]
    np.testing.assert_allclose(monitor._shown.values[:, :, 1], own, atol=1e-9)
    assert "round 10" in monitor._schema["title"]
    board = monitor.dashboard(5)
    own = booster.predict(X[:200], pred_contrib=True, num_iteration=5)[:, :-1]
    np.testing.assert_allclose(board.explanation.values[:, :, 1], own, atol=1e-9)
    # A what-if is answered by the model of that round.
    edited = monitor._shown.data.edited(3, {"a": 2.5})
    anew = monitor._shown.explainer.explain_row(edited)
    row = X[3:4].assign(a=2.5)
    own = booster.predict(row, pred_contrib=True, num_iteration=10)[0, :-1]
    np.testing.assert_allclose(anew.values[0, :, 1], own, atol=1e-9)
    for wrong in (0, 21, 1.5, True):
        with pytest.raises(InvalidInputError, match="rounds 1 to 20"):
            monitor.explanation(wrong)


def test_stop_ends_the_run_through_the_librarys_own_early_stop(monitor):
    run = monitor.train(lambda: trained(monitor, rounds=100_000))
    eventually(lambda: len(monitor._recorder.runs[0].rounds) > 5)
    run.pause()
    eventually(lambda: run.state == "paused")
    n = len(monitor._recorder.runs[0].rounds)
    time.sleep(0.3)
    assert len(monitor._recorder.runs[0].rounds) == n
    run.resume()
    eventually(lambda: len(monitor._recorder.runs[0].rounds) > n)
    run.stop()
    booster = run.wait(30)
    assert run.state == "stopped"
    record = monitor._recorder.runs[0]
    assert booster.best_iteration == record.best()
    assert record.rounds[-1] == booster.current_iteration()


def test_a_training_that_fails_is_shown_and_what_was_recorded_stays(monitor):
    def raising(env):
        if env.iteration == 11:
            raise RuntimeError("disk full")

    run = monitor.train(lambda: trained(monitor, callbacks=[raising]))
    with pytest.raises(RuntimeError, match="disk full"):
        run.wait(60)
    assert (run.state, monitor._recorder.runs[0].message) == ("failed", "RuntimeError: disk full")
    assert len(monitor.history) >= 1
    assert monitor.explanation(1).exact


def test_a_monitor_that_fails_leaves_the_training_alone(monitor, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(growth.Growth, "add", broken)
    assert trained(monitor).num_trees() == 20
    eventually(lambda: monitor._flight["error"] == "ZeroDivisionError: oops")


def test_runs_side_by_side(monitor):
    for rate in (0.05, 0.3):
        watched = monitor.run(f"lr={rate}")
        data = lgb.Dataset(X, Y)
        lgb.train(
            {"objective": "binary", "verbose": -1, "learning_rate": rate},
            data,
            8,
            callbacks=[watched.callback("lightgbm")],
        )
    assert monitor.runs == ("lr=0.05", "lr=0.3")
    slow, fast = (monitor.explanation(8, run=name) for name in monitor.runs)
    assert np.abs(fast.values).sum() > 2 * np.abs(slow.values).sum()
    assert monitor.history.groupby("run").size().to_dict() == {"lr=0.05": 8, "lr=0.3": 8}
    with pytest.raises(InvalidInputError, match="name of another run"):
        monitor.run("lr=0.3")
    with pytest.raises(InvalidInputError, match=r"'lr=0.05', 'lr=0.3'"):
        monitor.explanation(run="lr=1")


def test_the_page_asks(monitor):
    booster = trained(monitor)
    methods = monitor._lasting()
    said = methods["training_row"]({"row": 7, "output": 1})
    own = booster.predict(X[7:8], pred_contrib=True, num_iteration=10)[0, :-1]
    np.testing.assert_allclose(said["values"][9], own[said["features"]], atol=1e-6)
    raw = [booster.predict(X[7:8], raw_score=True, num_iteration=n)[0] for n in (1, 20)]
    np.testing.assert_allclose(said["prediction"][[0, -1]], raw, atol=1e-5)
    other = methods["training_row"]({"row": 7, "output": 0})
    np.testing.assert_allclose(other["values"], -said["values"])
    said = methods["training_compare"]({"a": 2, "b": 20, "output": 1})
    early, late = (booster.predict(X[:200], num_iteration=n) > 0.5 for n in (2, 20))
    assert said["flipped"] == int((early != late).sum())
    assert set(said["rows"].tolist()) <= set(np.flatnonzero(early != late).tolist())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"every": 0}, "every=0"),
        ({"rows": 2.5}, "rows=2.5"),
        ({"y_valid": [1, 2]}, "2 outcomes"),
        ({"X_valid": X[:0]}, "no rows"),
    ],
)
def test_bad_input_is_named(options, said):
    with pytest.raises(InvalidInputError, match=said):
        TrainingMonitor(**{"X_valid": X, **options})


def test_many_rows_are_sampled_with_their_outcomes():
    monitor = TrainingMonitor(X, X.a, rows=50)
    assert monitor._recorder.data.n_rows == 50
    np.testing.assert_array_equal(monitor._recorder.data.native["a"], monitor._recorder.y)


def test_stop_is_heard_while_a_question_is_worked_on_and_another_round_is_shown(monitor):
    run = monitor.train(lambda: trained(monitor, 1_000_000))
    eventually(lambda: len(monitor._flight["runs"]) == 1 and monitor._shown_round)
    replies = []
    monitor._rpc._send = lambda content, buffers: replies.append(content)
    with monitor._recorder._lock:  # as while a long round is read: `training_row` has to wait for it
        for number, method in enumerate(("training_row", "training_stop")):
            asked = {"kind": "request", "id": f"p-{number}", "epoch": 0, "method": method, "params": {}}
            monitor._on_message(monitor, asked, [])
        assert [each["result"] for each in replies if each["id"] == "p-1"] == [{"state": "stopping"}]
    run.wait(20)
    assert run.state == "stopped"
    eventually(lambda: monitor._flight["runs"][0]["state"] == "stopped")
    eventually(lambda: any(each["id"] == "p-0" for each in replies))


def test_the_end_of_a_run_is_told_before_its_last_round_is_explained(monitor):
    run = monitor.train(lambda: trained(monitor, 1_000_000))
    eventually(lambda: monitor._shown_round)
    told = []
    explain = monitor._show_round

    def slowly(record, number, **options):
        if record.is_over:
            told.append(monitor._flight["runs"][0]["state"])
        explain(record, number, **options)

    monitor._show_round = slowly
    run.stop()
    run.wait(20)
    eventually(lambda: told)
    assert told[0] == "stopped"


def test_a_question_at_work_is_not_cut_short_by_the_next_round(monitor, monkeypatch):
    monkeypatch.setattr("interpret_widget.widget.monitor._REFRESH", 0.0)
    monkeypatch.setattr("interpret_widget.widget.monitor._RESERVE", 0.0)
    run = monitor.train(lambda: trained(monitor, 1_000_000))
    eventually(lambda: monitor._shown_round)
    first, done, replies = monitor._shown_round, threading.Event(), []

    def search(params, token, progress):
        shown = monitor._shown_round
        rounds = len(monitor.history)
        eventually(lambda: len(monitor.history) > rounds + 20)
        time.sleep(0.5)
        done.set()
        return {"stayed": monitor._shown_round == shown and not token.is_set()}

    with monitor._lock:  # nothing is shown in between
        monitor._rpc.show({"search": search})
        monitor._rpc._send = lambda content, buffers: replies.append(content)
        asked = {"kind": "request", "id": "p-1", "epoch": monitor._epoch, "method": "search", "params": {}}
        monitor._on_message(monitor, asked, [])
    assert done.wait(20)
    eventually(lambda: replies)
    assert replies[0]["result"] == {"stayed": True}
    eventually(lambda: monitor._shown_round > first)
    run.stop()
    run.wait(20)


def test_what_is_urgent_waits_for_no_pause():
    told = []
    publisher = Publisher(lambda: told.append(time.monotonic()), 30.0)
    publisher.mark()
    eventually(lambda: len(told) == 1)
    publisher.mark()
    time.sleep(0.1)
    assert len(told) == 1
    publisher.mark(urgent=True)
    eventually(lambda: len(told) == 2, seconds=5)
    publisher.close()


def test_a_page_is_told_so_often_and_always_the_last():
    told, state = [], [0]
    publisher = Publisher(lambda: told.append((time.monotonic(), state[0])), 0.1)
    for step in range(60):
        state[0] = step
        publisher.mark()
        time.sleep(0.005)
    eventually(lambda: told and told[-1][1] == 59)
    gaps = np.diff([at for at, _ in told])
    assert len(told) < 12
    assert gaps.min() > 0.08
    publisher.close()
    assert threading.active_count() < 50


def record_of(shares, losses=None, train=None):
    record = Record("run")
    for at, share in enumerate(shares):
        record.rounds.append(at + 1)
        record.importance.append(np.array([share], dtype=np.float32))
        record.margins.append(np.zeros((1, 1)))
        if losses is not None:
            record.measure("valid loss", "valid", "loss", at + 1, losses[at], False)
        if train is not None:
            record.measure("train loss", "train", "loss", at + 1, train[at], False)
    return record


def test_remarks_have_their_evidence():
    n = 40
    swing = [(1 - t, t) for t in np.clip((np.arange(n) - 10) / 8, 0.1, 0.9)]
    found = {each.kind: each for each in remarks_on(record_of(swing), ["age", "leak"])}
    assert (found["took-over"].feature, found["took-over"].round) == ("leak", 16)
    assert "from age" in found["took-over"].text
    assert found["settled"].round >= 17
    still = [(0.6, 0.4)] * n
    losses = [1 / (1 + t) if t < 15 else 0.06 + 0.01 * (t - 15) for t in range(n)]
    train = [1 / (1 + t) for t in range(n)]
    found = {each.kind: each for each in remarks_on(record_of(still, losses, train), ["age", "b"])}
    assert found["apart"].round == 16
    assert "overfits" in found["apart"].text
    leak = remarks_on(record_of([(0.1, 0.9)] * n, [0.7 * 0.7**t for t in range(n)]), ["age", "outcome_code"])
    assert {"leak"} <= {each.kind for each in leak}
    assert remarks_on(record_of(still[:5]), ["age", "b"]) == []


def test_an_early_stop_of_the_library_leaves_nothing_unread(monitor):
    booster = trained(
        monitor, rounds=400, callbacks=[lgb.early_stopping(3, verbose=False)], learning_rate=0.5
    )
    n = booster.best_iteration
    assert n < 390
    # Rounds after the best one are dropped by the library; those that were seen before are recorded.
    rounds = monitor.history["round"].tolist()
    assert n <= len(rounds) <= n + 3
    assert rounds == list(range(1, len(rounds) + 1))
    monitor.settle()
    assert monitor._recorder.runs[0].state == "finished"


def test_an_interrupted_cell_leaves_a_usable_monitor(monitor):
    def interrupting(env):
        if env.iteration == 11:
            raise KeyboardInterrupt

    interrupting.order = 30
    with pytest.raises(KeyboardInterrupt) as caught:
        trained(monitor, callbacks=[interrupting])
    # What a notebook does when a cell has ended.
    monitor.settle(caught.value)
    record = monitor._recorder.runs[0]
    assert (record.state, record.message) == ("stopped", "interrupted at round 12")
    assert record.rounds == list(range(1, 13))
    assert trained(monitor).num_trees() == 20
    assert monitor.runs == ("run 1", "run 2")


def test_a_run_that_trains_elsewhere_is_not_disturbed(monitor):
    run = monitor.train(lambda: trained(monitor, rounds=100_000))
    eventually(lambda: len(monitor._recorder.runs[0].rounds) > 5)
    monitor.settle(RuntimeError("of another cell"))
    assert run.state == "running"
    run.stop()
    run.wait(30)


def test_a_long_run_is_told_in_as_many_rounds_as_a_chart_has_room_for(monitor):
    rng = np.random.default_rng(0)
    record = monitor._recorder.run("long")
    for number in range(1, 20_001):
        record.rounds.append(number)
        record.importance.append(rng.random((1, 4), dtype=np.float32))
        record.margins.append(np.zeros((1, 1), dtype=np.float32))
    record.measure("valid loss", "valid", "loss", 7_777, 0.1, False)
    monitor._shown_round, monitor.compare = 4_321, 12_345
    told = decoded(monitor._state())
    rounds = told["rounds"].tolist()
    assert len(rounds) <= 1_503
    assert {1, 4_321, 7_777, 12_345, 20_000} <= set(rounds)
    at = rounds.index(4_321)
    np.testing.assert_array_equal(told["importance"][at], record.importance[4_320])
