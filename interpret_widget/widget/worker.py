"""One thread that answers: newest job per slot, the rest superseded.

Computing where messages are handled would keep their own cancel waiting behind them. The thread ends when it
has been idle for a while and comes back with the next job, so that forgotten dashboards hold none.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

_IDLE_SECONDS = 20.0


@dataclass(frozen=True, eq=False)
class Job:
    """Something to run.

    Attributes
    ----------
    id : str
        To cancel it by.
    run : callable
        Gets ``token``; must not raise.
    superseded : callable
        Called instead of ``run`` where a newer job took the slot, or the worker was closed.
    token : Event
        Set when nobody wants the result any more; jobs look at it between batches.
    """

    id: str
    run: Callable[[threading.Event], None]
    superseded: Callable[[], None]
    token: threading.Event = field(default_factory=threading.Event)


class Worker:
    """Runs jobs one at a time, in the order in which their slots were first asked for."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._waiting: OrderedDict[Hashable, Job] = OrderedDict()
        self._running: Job | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def is_busy(self) -> bool:
        """Whether a job runs or waits."""
        with self._wake:
            return self._running is not None or bool(self._waiting)

    def submit(self, slot: Hashable, job: Job) -> None:
        """Queue a job; one that still waits in this slot is superseded."""
        with self._wake:
            old = self._waiting.get(slot)
            closed = self._closed
            if not closed:
                self._waiting[slot] = job  # keeps the place of the old one
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="interpret-widget", daemon=True)
                    self._thread.start()
                self._wake.notify()
        if old is not None:
            old.superseded()
        if closed:
            job.superseded()

    def cancel(self, job_id: str) -> None:
        """Ask a running job to stop, or take a waiting one out (it is told that it was superseded)."""
        with self._wake:
            if self._running is not None and self._running.id == job_id:
                self._running.token.set()
                return
            slot = next((slot for slot, job in self._waiting.items() if job.id == job_id), None)
            job = self._waiting.pop(slot) if slot is not None else None
        if job is not None:
            job.superseded()

    def close(self) -> None:
        """Stop after the job that runs; what waits is superseded."""
        with self._wake:
            self._closed = True
            dropped = list(self._waiting.values())
            self._waiting.clear()
            if self._running is not None:
                self._running.token.set()
            self._wake.notify()
        for job in dropped:
            job.superseded()

    def _work(self) -> None:
        while True:
            with self._wake:
                self._running = None
                if not self._waiting and not self._closed:
                    self._wake.wait(_IDLE_SECONDS)
                if not self._waiting:
                    self._thread = None
                    return
                _, job = self._waiting.popitem(last=False)
                self._running = job
            job.run(job.token)
