"""Telling the page at most so often, and always the last state."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_RESERVE = 5  # times as long as the last telling took, nothing is told: the time is the training's


class Publisher:
    """Calls ``publish`` soon after each mark, never more often than every ``interval`` seconds.

    An urgent mark, such as that a run has ended, waits for nothing but a telling under way.

    Parameters
    ----------
    publish : callable
        Called in a thread of its own; must not raise.
    interval : float
        Seconds.
    """

    def __init__(self, publish: Callable[[], None], interval: float) -> None:
        self._publish = publish
        self._interval = interval
        self._wake = threading.Condition()
        self._is_dirty = self._is_urgent = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def mark(self, *, urgent: bool = False) -> None:
        """Something has changed."""
        with self._wake:
            self._is_dirty = True
            self._is_urgent = self._is_urgent or urgent
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="interpret-widget page", daemon=True)
                self._thread.start()
            self._wake.notify()

    def close(self) -> None:
        """Tell nothing more."""
        with self._wake:
            self._closed = True
            self._wake.notify()

    def _work(self) -> None:
        while True:
            with self._wake:
                if not self._is_dirty and not self._closed:
                    self._wake.wait(5.0)
                if not self._is_dirty or self._closed:
                    self._thread = None
                    return
                self._is_dirty = self._is_urgent = False
            began = time.monotonic()
            self._publish()
            took = time.monotonic() - began
            with self._wake:
                self._wake.wait_for(
                    lambda: self._is_urgent or self._closed, max(self._interval - took, _RESERVE * took)
                )
