"""A run of training in a thread of its own: wait for it, hold it, end it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from .control import Control
from .recorder import Recorder
from .recording import Record


class TrainingRun:
    """Training that goes on while the notebook lives on.

    Attributes
    ----------
    name : str
    """

    def __init__(self, recorder: Recorder, record: Record, control: Control, work: Callable[[], Any]) -> None:
        self._recorder, self._record, self._control = recorder, record, control
        self._work = work
        self._result: Any = None
        self._exception: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name=f"training {record.name}", daemon=True)
        self._thread.start()

    def _main(self) -> None:
        try:
            self._recorder.begin(self._record)
            self._result = self._work()
        except BaseException as error:
            self._exception = error
            self._recorder.state(self._record, "failed", f"{type(error).__name__}: {error}")
        else:
            self._recorder.state(self._record, "stopped" if self._control.wants_stop else "finished")

    @property
    def name(self) -> str:
        """Name of the run."""
        return self._record.name

    @property
    def state(self) -> str:
        """``"running"``, ``"paused"``, ``"finished"``, ``"stopped"`` or ``"failed"``."""
        return self._record.state

    @property
    def result(self) -> Any:
        """What the training returned; None until then."""
        return self._result

    @property
    def exception(self) -> BaseException | None:
        """What the training raised."""
        return self._exception

    def wait(self, timeout: float | None = None) -> Any:
        """Wait until the run is over, and return its result.

        Parameters
        ----------
        timeout : float, optional
            Seconds.

        Raises
        ------
        TimeoutError
            It goes on.
        BaseException
            Whatever the training raised.
        """
        self._thread.join(timeout)
        if self._thread.is_alive():
            raise TimeoutError(f"{self.name} goes on after {timeout} s")
        if self._exception is not None:
            raise self._exception
        return self._result

    def stop(self) -> None:
        """End after the present round, through the library's own early stop."""
        self._control.stop()

    def pause(self) -> None:
        """Hold after the present round."""
        self._control.pause()

    def resume(self) -> None:
        """Go on."""
        self._control.resume()

    def __repr__(self) -> str:
        n = self._record.rounds[-1] if self._record.rounds else 0
        return f"TrainingRun({self.name!r}, {self.state}, {n} rounds, {self._record.seconds:.1f} s)"
