"""Rows in chunks: bounded memory, progress between them, several at once where threads are allowed."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

_MOST = 2_048  # rows of a chunk: its tables and scratch take a few megabytes
_LEAST = 64
_PATIENCE = 0.1  # seconds of work between two looks at whether to stop


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
    most: int = _MOST,
) -> None:
    """Call ``work(start, stop)`` for all rows, and ``tick(done, n)`` before, between and after chunks.

    An exception of either stops the work; chunks that are under way end first.
    """
    fair = -(-n // (2 * n_threads))
    chunk = min(most, max(_LEAST, -(-fair // _LEAST) * _LEAST))
    starts = range(0, n, chunk)
    if n_threads <= 1 or len(starts) <= 1:
        for start in starts:
            if tick is not None:
                tick(start, n)
            work(start, min(start + chunk, n))
    else:
        _in_threads(work, starts, n, tick, n_threads)
    if tick is not None:
        tick(n, n)


def in_pairs(
    work: Callable[[int, int, int, int], None],
    n: int,
    n_background: int,
    seconds: float,
    tick: Callable[[int, int], None] | None = None,
    n_threads: int = 1,
) -> None:
    """Call ``work(start, stop, from, to)`` for all rows and all rows of a background.

    Parameters
    ----------
    work : callable
        Takes a range of rows and one of the background.
    n, n_background : int
    seconds : float
        What a pair of rows takes: ranges are so short that work can be stopped soon.
    tick, n_threads
        As in `in_chunks`; steps are rows, once for each range of the background.
    """
    pairs = max(1, int(_PATIENCE / seconds))
    width = min(pairs, n_background)
    begins = range(0, n_background, width)
    for turn, begin in enumerate(begins):

        def part(start: int, stop: int, begin: int = begin) -> None:
            work(start, stop, begin, min(begin + width, n_background))

        def told(done: int, total: int, turn: int = turn) -> None:
            if tick is not None:
                tick(turn * total + done, len(begins) * total)

        in_chunks(part, n, told, n_threads, min(_MOST, max(1, pairs // width)))


def _in_threads(
    work: Callable[[int, int], None],
    starts: range,
    n: int,
    tick: Callable[[int, int], None] | None,
    n_threads: int,
) -> None:
    chunk = starts.step
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
