"""Every request is answered exactly once: done, failed, cancelled, superseded, stale."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from interpret_widget.errors import CancelledError, InvalidEditError, InvalidInputError
from interpret_widget.widget.rpc import Rpc


class Page:
    """Records what arrives."""

    def __init__(self, methods, epoch=1, **kinds):
        self.messages = []
        self.arrived = threading.Condition()
        self.epoch = epoch
        self.rpc = Rpc(self._take, methods, lambda: self.epoch, **kinds)

    def _take(self, content, buffers):
        with self.arrived:
            self.messages.append((content, buffers))
            self.arrived.notify_all()

    def ask(self, method, request_id, slot=None, epoch=1, **params):
        message = {"kind": "request", "id": request_id, "epoch": epoch, "method": method, "params": params}
        self.rpc.handle(message if slot is None else {**message, "slot": slot})

    def answers(self, request_id):
        return [(c, b) for c, b in self.messages if c["id"] == request_id and c["kind"] == "response"]

    def answer(self, request_id, timeout=10):
        with self.arrived:
            assert self.arrived.wait_for(lambda: self.answers(request_id), timeout), self.messages
        return self.answers(request_id)[0]


@pytest.fixture
def page(request):
    made = []

    def make(lasting=None, controls=None, **methods):
        made.append(Page(methods, lasting=lasting, controls=controls))
        return made[-1]

    yield make
    for each in made:
        each.rpc.close()


class Gate:
    """A method that waits until it is let go, and looks at its token meanwhile."""

    def __init__(self):
        self.entered, self.open, self.asked = threading.Event(), threading.Event(), []

    def __call__(self, params, token, progress):
        self.asked.append(params.get("n"))
        self.entered.set()
        while not self.open.wait(0.005):
            if token.is_set():
                raise CancelledError("stopped")
        return {"n": params.get("n")}


def test_a_result_comes_back_with_its_arrays_in_buffers(page):
    here = page(double=lambda params, token, progress: {"x": np.asarray(params["x"], np.float64) * 2})
    here.ask("double", "p-1", x=[1, 2])
    content, buffers = here.answer("p-1")
    assert content["ok"] is True
    assert content["result"]["x"] == {"dtype": "float64", "shape": [2], "buffer": 0}
    assert np.frombuffer(buffers[0]).tolist() == [2.0, 4.0]


def test_hello_is_answered_while_a_question_is_being_worked_on(page):
    gate = Gate()
    here = page(wait=gate)
    here.ask("wait", "p-1")
    assert gate.entered.wait(5)
    here.ask("hello", "p-2")
    assert here.answer("p-2", timeout=1)[0]["result"]["epoch"] == 1
    gate.open.set()
    assert here.answer("p-1")[0]["ok"]


def test_of_one_slot_only_the_newest_waiting_question_is_worked_on(page):
    gate = Gate()
    here = page(wait=gate)
    for number in (1, 2, 3):
        here.ask("wait", f"p-{number}", slot="what-if", n=number)
        assert gate.entered.wait(5)
    gate.open.set()
    assert here.answer("p-1")[0]["ok"]
    assert here.answer("p-3")[0]["result"] == {"n": 3}
    assert here.answer("p-2")[0]["error"]["code"] == "superseded"
    assert gate.asked == [1, 3]


def test_slots_and_pages_do_not_take_each_others_turn(page):
    gate = Gate()
    here = page(wait=gate)
    here.ask("wait", "p-1", slot="a")
    assert gate.entered.wait(5)
    here.ask("wait", "p-2", slot="a")
    here.ask("wait", "p-3", slot="b")
    here.ask("wait", "q-4", slot="a")
    gate.open.set()
    assert all(here.answer(each)[0]["ok"] for each in ("p-1", "p-2", "p-3", "q-4"))


def test_cancelling_stops_what_runs_and_what_waits(page):
    gate = Gate()
    here = page(wait=gate)
    here.ask("wait", "p-1", slot="a")
    assert gate.entered.wait(5)
    here.ask("wait", "p-2", slot="b")
    here.rpc.handle({"kind": "cancel", "id": "p-2"})
    here.rpc.handle({"kind": "cancel", "id": "p-1"})
    assert here.answer("p-1")[0]["error"]["code"] == "cancelled"
    assert here.answer("p-2")[0]["error"]["code"] == "superseded"


def test_a_question_about_an_older_explanation_is_stale(page):
    here = page(same=lambda params, token, progress: {})
    here.ask("same", "p-1", epoch=0)
    assert here.answer("p-1")[0]["error"]["code"] == "stale"


def test_a_control_is_heard_at_once_whatever_is_shown_or_worked_on(page):
    gate = Gate()
    here = page(
        wait=gate, lasting={"follow": gate}, controls={"stop": lambda params: {"said": params["why"]}}
    )
    here.ask("wait", "p-1")
    here.ask("follow", "p-2")
    assert gate.entered.wait(5)
    here.ask("stop", "p-3", epoch=0, why="enough")
    assert [content["result"] for content, _ in here.answers("p-3")] == [{"said": "enough"}]
    here.ask("stop", "p-4")
    assert here.answers("p-4")[0][0]["error"]["code"] == "model_error"


def test_another_explanation_takes_the_turn_of_questions_about_the_old_one_alone(page):
    old, run = Gate(), Gate()
    here = page(wait=old, lasting={"follow": run})
    here.ask("wait", "p-1", slot="a")
    here.ask("wait", "p-2", slot="b")
    here.ask("follow", "p-3", slot="c", n=3)
    here.ask("follow", "p-4", slot="d", n=4)
    assert old.entered.wait(5)
    assert run.entered.wait(5)
    here.rpc.show({"wait": lambda params, token, progress: {"new": True}})
    here.epoch = 2
    assert here.answer("p-1")[0]["error"]["code"] == "cancelled"
    assert here.answer("p-2")[0]["error"]["code"] == "superseded"
    run.open.set()
    assert here.answer("p-3")[0]["result"] == {"n": 3}
    assert here.answer("p-4")[0]["result"] == {"n": 4}
    here.ask("wait", "p-5", epoch=2)
    assert here.answer("p-5")[0]["result"] == {"new": True}
    here.ask("follow", "p-6", epoch=1)
    assert here.answer("p-6")[0]["ok"]


def test_errors_say_code_feature_and_mend(page):
    def fail(params, token, progress):
        raise params["error"]

    here = page(fail=fail)
    cases = [
        (InvalidEditError("Age", "needs a number", "18 to 60"), "invalid_value", "Age", "needs a number"),
        (InvalidInputError("row=9 is out of range"), "bad_request", None, "row=9 is out of range"),
        (ZeroDivisionError("by zero"), "model_error", None, "ZeroDivisionError: by zero"),
    ]
    for number, (error, code, feature, message) in enumerate(cases):
        here.ask("fail", f"p-{number}", error=error)
        found = here.answer(f"p-{number}")[0]["error"]
        assert (found["code"], found["feature"], found["message"]) == (code, feature, message)
    assert here.answer("p-0")[0]["error"]["hint"] == "18 to 60"


def test_it_answers_again_after_a_failure(page):
    def odd(params, token, progress):
        if params["n"] == 1:
            raise RuntimeError("no")
        return {"n": params["n"]}

    here = page(odd=odd)
    here.ask("odd", "p-1", n=1)
    here.answer("p-1")
    here.ask("odd", "p-2", n=2)
    assert here.answer("p-2")[0]["result"] == {"n": 2}


def test_unknown_methods_and_broken_requests_are_answered_too(page):
    here = page()
    here.ask("nothing", "p-1")
    here.rpc.handle({"kind": "request", "id": "p-2", "method": 3})
    assert here.answer("p-1")[0]["error"]["code"] == "bad_request"
    assert here.answer("p-2")[0]["error"]["code"] == "bad_request"
    here.rpc.handle("noise")
    here.rpc.handle({"kind": "something", "id": "p-3"})
    assert not here.answers("p-3")


def test_progress_arrives_before_the_answer(page):
    def slowly(params, token, progress):
        progress(1, 2)
        return {}

    here = page(slowly=slowly)
    here.ask("slowly", "p-1")
    here.answer("p-1")
    kinds = [content["kind"] for content, _ in here.messages]
    assert kinds == ["progress", "response"]
    assert here.messages[0][0]["done"] == 1


def test_closing_answers_what_waits(page):
    gate = Gate()
    here = page(wait=gate)
    here.ask("wait", "p-1", slot="a")
    assert gate.entered.wait(5)
    here.ask("wait", "p-2", slot="b")
    here.rpc.close()
    assert here.answer("p-2")[0]["error"]["code"] == "superseded"
    assert here.answer("p-1")[0]["error"]["code"] == "cancelled"
    here.ask("wait", "p-3", slot="c")
    assert here.answer("p-3")[0]["error"]["code"] == "superseded"


def test_many_questions_from_many_threads_are_each_answered_once(page):
    here = page(echo=lambda params, token, progress: dict(params))

    def ask(who):
        for number in range(50):
            here.ask("echo", f"{who}-{number}", slot=str(number % 3), n=number)
            time.sleep(0)

    threads = [threading.Thread(target=ask, args=(f"page{k}",)) for k in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for who in range(4):
        here.answer(f"page{who}-49")
        for number in range(50):
            assert len(here.answers(f"page{who}-{number}")) == 1 or here.answer(f"page{who}-{number}")
    assert len(here.messages) == 200
