"""Stopping and pausing a run from elsewhere: what the training thread asks between two rounds."""

from __future__ import annotations

import threading


class Control:
    """A wish to stop or to pause, and the training thread's way to learn of it."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._go = threading.Event()
        self._go.set()

    @property
    def wants_stop(self) -> bool:
        """Whether the run should end after this round."""
        return self._stop.is_set()

    @property
    def is_paused(self) -> bool:
        """Whether the run should wait."""
        return not self._go.is_set()

    def stop(self) -> None:
        """End after this round; a paused run goes on to do so."""
        self._stop.set()
        self._go.set()

    def pause(self) -> None:
        """Wait after this round."""
        self._go.clear()

    def resume(self) -> None:
        """Go on."""
        self._go.set()

    def wait(self) -> None:
        """Return once the run may go on; can be interrupted."""
        while not self._go.wait(0.2):
            pass
