"""Rows in chunks: bounded memory, progress between them, several at once where threads are allowed."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

_MOST = 2_048  # rows of a chunk: its tables and scratch take a few megabytes
_LEAST = 64


def available_threads() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_chunks(
    work: Callable[[int, int], None],
    n: int,
    tick: Callable[[int, int], None] | None = None,
    n_threads: int = 1,
) -> None:
    """Call ``work(start, stop)`` for all rows, and ``tick(done, n)`` between chunks.

    An exception of either stops the work; chunks that are under way end first.
    """
    fair = -(-n // (2 * n_threads))
    chunk = min(_MOST, max(_LEAST, -(-fair // _LEAST) * _LEAST))
    starts = range(0, n, chunk)
    if n_threads <= 1 or len(starts) <= 1:
        for start in starts:
            if tick is not None:
                tick(start, n)
            work(start, min(start + chunk, n))
        return
    with ThreadPoolExecutor(n_threads) as pool:
        running: deque[Future[None]] = deque()
        done = 0
        try:
            for start in starts:
                if tick is not None:
                    tick(done, n)
                running.append(pool.submit(work, start, min(start + chunk, n)))
                if len(running) > 2 * n_threads:
                    running.popleft().result()
                    done += chunk
            while running:
                running.popleft().result()
                done += chunk
                if tick is not None and running:
                    tick(done, n)
        except BaseException:
            for each in running:
                each.cancel()
            raise
