"""A dashboard whose estimates get better while they are looked at."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from interpret_widget.errors import CancelledError
from interpret_widget.explanation import Explanation

from .dashboard import ExplanationDashboard
from .rpc import Control
from .sources import gather

if TYPE_CHECKING:
    from interpret_widget.explainers import TabularExplainer

_INTERVAL = 0.25  # seconds between two messages about progress
_YIELD = 0.002  # seconds in which a waiting what-if question gets the model


class LiveDashboard(ExplanationDashboard):
    """Rough values at once, then better ones, until limits are reached or somebody stops it.

    Made by `TabularExplainer.dashboard`. A thread of its own goes on asking the model; what-if questions are
    answered in between, as the model is never asked by two threads at once.

    Parameters
    ----------
    explainer : TabularExplainer
        On the sampling route.
    X : table (n_rows, n_columns)
        Rows to explain.
    y : array-like (n_rows,), optional
        True outcomes.
    **options
        As in `ExplanationDashboard`.

    Attributes
    ----------
    explanation : Explanation
        The best so far.
    state : {"running", "finished", "stopped", "failed"}
    """

    _estimate = traitlets.Dict().tag(sync=True)

    def __init__(self, explainer: TabularExplainer, X: Any, y: Any = None, **options: Any) -> None:
        self._halt = threading.Event()
        self._done = threading.Event()
        self._told = 0.0
        self._share = 0.0
        self._holds = False
        self._failure: BaseException | None = None
        self._rounds = explainer.explain_anytime(X, y, progress=self._tick, cancel=self._halt)
        # The first round is small, and a dashboard without bars is no dashboard.
        first = next(self._rounds)
        super().__init__(first, **options)
        self._tell("running", first)
        self._worker = threading.Thread(target=self._refine, name="interpret-widget estimate", daemon=True)
        self._worker.start()

    @property
    def state(self) -> str:
        """Whether estimates still get better."""
        return str(self._estimate["state"])

    def stop(self) -> None:
        """Keep what there is."""
        self._halt.set()

    def wait(self, timeout: float | None = None) -> Explanation:
        """Wait until estimates get no better, and return the best.

        Parameters
        ----------
        timeout : float, optional
            Seconds.

        Raises
        ------
        TimeoutError
            It goes on.
        Exception
            What the model raised; what was found stays in the dashboard.
        """
        if not self._done.wait(timeout):
            raise TimeoutError(f"estimates still get better after {timeout:g} s; stop() keeps what there is")
        if self._failure is not None:
            raise self._failure
        return self.explanation

    def close(self) -> None:
        """Take the dashboard off the page and stop estimating."""
        self._halt.set()
        super().close()

    # -- the thread --------------------------------------------------------------------------------------

    def _refine(self) -> None:
        state, message = "finished", None
        try:
            while True:
                with self._lock:
                    self._holds = True
                    try:
                        found = next(self._rounds, None)
                    finally:
                        self._holds = False
                if found is None:
                    break
                if self._halt.is_set():
                    state = "stopped"
                    break
                self._let_finish()
                self._show(gather(found, None, None, None, None, None), same_rows=True)
                self._tell("running", found)
        except CancelledError:
            state = "stopped"
        except BaseException as error:
            state, message, self._failure = "failed", str(error), error
        self._tell(state, self.explanation, message)
        self._done.set()

    def _tick(self, done: int, total: int) -> None:
        """Between two batches: say how far it is, and let a question have the model."""
        self._share = done / max(1, total)
        if not self._holds:
            return
        now = time.monotonic()
        if now - self._told > _INTERVAL:
            self._told = now
            self._estimate = {**self._estimate, "share": self._share}
        self._lock.release()
        try:
            time.sleep(_YIELD)
        finally:
            self._lock.acquire()

    def _let_finish(self) -> None:
        """Better values would take a question's turn, such as a search of some seconds: it goes first."""
        while self._rpc.is_busy and not self._halt.is_set():
            time.sleep(_YIELD)

    def _tell(self, state: str, explanation: Explanation, message: str | None = None) -> None:
        self._told = time.monotonic()
        share = 1.0 if state == "finished" else self._share
        self._estimate = {"state": state, "share": share, "error": _relative(explanation), "message": message}

    def _controls(self) -> dict[str, Control]:
        return {**super()._controls(), "estimate_stop": self._answer_stop}

    def _answer_stop(self, params: Mapping[str, Any]) -> dict[str, Any]:
        self.stop()
        return {"state": self.state}


def _relative(explanation: Explanation) -> float | None:
    """A standard error as a share of a contribution, both as root mean squares."""
    if explanation.std_errors is None:
        return None
    size = float(np.sqrt(np.nanmean(np.square(explanation.values, dtype=np.float64))))
    error = float(np.sqrt(np.nanmean(np.square(explanation.std_errors, dtype=np.float64))))
    return error / size if size > 0 else None
