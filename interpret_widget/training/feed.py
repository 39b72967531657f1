"""What all callbacks do after a round; the monitor's failures never reach the training."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from .control import Control
from .libraries import Library, library_of
from .recorder import Recorder
from .recording import Record

_PATIENCE = 0.2  # seconds between two readings of trees, as between two messages to the page
_RESERVE = 14  # times as long as explaining a copy took, the training goes on before the next
_TRAINING = ("train", "learn", "loss", "acc")


class Feed:
    """Hands rounds and metrics of one run to the recorder, and holds the run where that is wished.

    Parameters
    ----------
    recorder : Recorder
    record : Record
    control : Control
    """

    def __init__(self, recorder: Recorder, record: Record, control: Control) -> None:
        self.recorder = recorder
        self.record = record
        self.control = control
        self._library: Library | None = None
        self._read_at = 0.0
        self._has_failed = False
        self._number = 0
        self._copied: Callable[[], Any] | None = None
        self._took = 0.0
        self._thread: int | None = None

    def after_round(
        self,
        number: int,
        make: Callable[[], Library],
        metrics: Iterable[tuple[str, str, float, bool]],
        *,
        is_last: bool,
    ) -> None:
        """Record a round; trees are read in batches, so that a fast round costs next to nothing.

        Parameters
        ----------
        number : int
            Rounds that the model has now.
        make : callable
            The library's reader; called once.
        metrics : iterable of (data, metric, value, higher_is_better)
        is_last : bool
            Whether no round will follow.
        """
        self.measure(number, metrics)
        self._number, self._thread = number, threading.get_ident()
        if not self._has_failed:
            try:
                self._library = self._library or make()
                now = time.monotonic()
                is_due = is_last or self.control.wants_stop or self.control.is_paused
                if is_due or number == 1 or now - self._read_at >= _PATIENCE:
                    self.recorder.feed(self.record, self._library, number)
                    self._read_at = time.monotonic()
            except Exception as error:
                self.fail(error)
        if not is_last:
            self.hold()

    def after_step(
        self,
        number: int,
        copied: Callable[[], Any],
        metrics: Iterable[tuple[str, str, float, bool]],
        *,
        is_last: bool,
    ) -> None:
        """Record a round of a model that is no sum of trees, by explaining a copy of it.

        That takes longer than adding trees: rounds are left out so that it stays a small share of the time.

        Parameters
        ----------
        number, metrics, is_last
            As in `after_round`.
        copied : callable
            A copy of the model as it is now.
        """
        self.recorder.reopen(self.record)
        self.measure(number, metrics)
        self._number, self._thread, self._copied = number, threading.get_ident(), copied
        is_due = is_last or number == 1 or self.control.wants_stop or self.control.is_paused
        if is_due or time.monotonic() - self._read_at >= max(_PATIENCE, _RESERVE * self._took):
            self._copy()
        if not is_last:
            self.hold()

    def _copy(self) -> None:
        if self._has_failed or self._copied is None or self._number in self.record.rounds[-1:]:
            return
        if self._number % self.recorder.every and self._number != 1 and not self.control.wants_stop:
            return
        began = time.monotonic()
        try:
            self.recorder.copy(self.record, self._number, self._copied())
        except Exception as error:
            self.fail(error)
        self._read_at = time.monotonic()
        # The first one also loads what later ones need.
        self._took = self._read_at - began if self._number > 1 else 0.0

    def measure(self, number: int, metrics: Iterable[tuple[str, str, float, bool]]) -> None:
        """Record the metrics of a round."""
        self.recorder.begin(self.record)
        try:
            for data, metric, value, higher in metrics:
                self.record.measure(f"{data} {metric}", _kind(data), metric, number, float(value), higher)
        except Exception as error:
            self.recorder.fail(error)

    def fail(self, error: BaseException) -> None:
        """Record nothing more; the training goes on."""
        self._has_failed = True
        self.recorder.fail(error)

    def hold(self) -> None:
        """Wait while the run is paused."""
        if self.control.is_paused:
            self.recorder.state(self.record, "paused")
            self.control.wait()
            if not self.control.wants_stop:
                self.recorder.state(self.record, "running")

    def read(self, model: Any) -> None:
        """Take all rounds of a fitted model.

        Raises
        ------
        UnsupportedModelError
            Not a sum of trees over rounds.
        """
        self._library = library_of(model)
        self.recorder.begin(self.record)
        self.recorder.feed(self.record, self._library, self._library.n_rounds)

    def read_left(self) -> bool:
        """Read rounds that are left; False where the run is over, or trains in another thread.

        There a round may be under way.
        """
        if self._thread != threading.get_ident() or self.record.is_over:
            return False
        self.catch_up(self._number)
        return True

    def settle(self, error: BaseException | None = None) -> None:
        """End a run of which no callback will tell, such as one that the library's own early stop ended.

        Parameters
        ----------
        error : BaseException, optional
            What ended the training, where it is known.
        """
        if not self.read_left():
            return
        if isinstance(error, KeyboardInterrupt):
            self.recorder.state(self.record, "stopped", f"interrupted at round {self._number}")
        elif error is not None:
            self.recorder.state(self.record, "failed", f"{type(error).__name__}: {error}")
        else:
            self.recorder.state(self.record, "finished")

    def catch_up(self, number: int) -> None:
        """Read what is left once the model no longer changes."""
        self._copy()
        if self._library is None or self._has_failed:
            return
        try:
            self.recorder.feed(self.record, self._library, min(number, self._library.n_rounds))
        except Exception as error:
            self.fail(error)


def _kind(data: str) -> str:
    name = data.lower()
    if name.startswith(_TRAINING):
        return "train"
    return "valid" if name.startswith(("valid", "val", "eval", "test", "dev")) else "other"
